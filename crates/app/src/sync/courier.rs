//! Work on a memory card: the batches that would travel over a network, sealed to the district, in a file; and the
//! district's answers in another.

use crate::{device::Device, error::AppError};
use lawang_store::{Store, Thing};
use lawang_sync::{AnswerFile, CourierFile, SealedItem};
use std::io::Write;

/// Marks of a file that is being written; no hub has this id.
const FILE: [u8; 16] = *b"courier file ...";
/// Bytes of work in one sealed piece, before compression.
const PIECE: usize = 512 * 1024;

/// What went into a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    /// Rows of new households and changes.
    pub things: u32,
    pub photos: u32,
}

impl Device {
    /// Writes everything that the district does not have into a file, also what went into one before: only the
    /// district's answer settles it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn export_batches(&mut self, out: &mut dyn Write) -> Result<Exported, AppError> {
        self.fold_all()?;
        let mut exported = Exported::default();
        let failed = |e: std::io::Error| AppError::new("file", e.to_string());
        let device = *self.identity.device.as_bytes();
        let server = *self.identity.server.as_bytes();
        let mut file = CourierFile::create(out, &device, &server).map_err(failed)?;
        // The marks of the last file do not count.
        self.store.transact(|tx| Store::forget_marks(tx, &FILE))?;
        while let Some(batch) = self.batch_for_hub(&FILE, PIECE, |_| true)? {
            let sealed = self.sealed(&SealedItem::Batch(batch.bytes.into()))?;
            file.put(&sealed).map_err(failed)?;
            exported.things += u32::try_from(batch.rows.len() + batch.changes.len()).unwrap_or(0);
            self.store.transact(|tx| {
                for id in &batch.rows {
                    Store::mark_at_hub(tx, &FILE, Thing::Row, id, 0)?;
                }
                for hash in &batch.changes {
                    Store::mark_at_hub(tx, &FILE, Thing::Change, hash, 0)?;
                }
                Ok(())
            })?;
        }
        while let Some(photo) = self.store.unsent_photo_at_hub(&FILE, |_| true)? {
            self.sealed_photo(&photo, |sealed| file.put(&sealed).map_err(failed))?;
            exported.photos += 1;
            self.store
                .transact(|tx| Store::mark_at_hub(tx, &FILE, Thing::Photo, &photo.hash, 0))?;
        }
        file.finish().map_err(failed)?;
        Ok(exported)
    }

    /// Takes a file of the district's answers. Gives the number of things that they are about. Twice is once.
    ///
    /// # Errors
    /// `bad_courier_file`, `other_device_file`, `not_lawang_server` (not signed by the district).
    pub fn import_answers(&mut self, bytes: &[u8]) -> Result<u32, AppError> {
        let file = AnswerFile::read(bytes)
            .map_err(|e| AppError::new("bad_courier_file", e.to_string()))?;
        if file.device != *self.identity.device.as_bytes() {
            return Err(AppError::new(
                "other_device_file",
                "the answers are for another device",
            ));
        }
        let mut things = 0;
        for answer in &file.answers {
            things += self.take_outcomes(answer)?;
        }
        Ok(things)
    }
}
