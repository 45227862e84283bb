//! Work on a memory card: the batches that would travel over a network, sealed to the district, in a file; and the
//! district's answers in another.

use crate::{device::Device, error::AppError};
use lawang_store::{Store, Thing};
use lawang_sync::{AnswerFile, CourierFile, SealedItem};
use std::io::Write;

/// Marks of what is in the newest file; no hub has this id.
pub(crate) const FILE: [u8; 16] = *b"courier file ...";
/// The same while it is being written.
const PART: [u8; 16] = *b"courier file ..?";
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
    /// district's answer settles it. [`Device::exported`] says that the file is whole and in its place.
    ///
    /// # Errors
    /// What the disk says.
    pub fn export_batches(&mut self, out: &mut dyn Write) -> Result<Exported, AppError> {
        self.fold_all()?;
        self.rebase_refused()?;
        let mut exported = Exported::default();
        let failed = |e: std::io::Error| AppError::new("file", e.to_string());
        let device = *self.identity.device.as_bytes();
        let server = *self.identity.server.as_bytes();
        let mut file = CourierFile::create(out, &device, &server).map_err(failed)?;
        // Those of a file that was not finished.
        self.store.transact(|tx| Store::forget_marks(tx, &PART))?;
        while let Some(batch) = self.batch_for_hub(&PART, PIECE, |_| true)? {
            let sealed = self.sealed(&SealedItem::Batch(batch.bytes.into()))?;
            file.put(&sealed).map_err(failed)?;
            exported.things += u32::try_from(batch.rows.len() + batch.changes.len()).unwrap_or(0);
            self.store.transact(|tx| {
                for id in &batch.rows {
                    Store::mark_at_hub(tx, &PART, Thing::Row, id, 0)?;
                }
                for hash in &batch.changes {
                    Store::mark_at_hub(tx, &PART, Thing::Change, hash, 0)?;
                }
                Ok(())
            })?;
        }
        while let Some(photo) = self.store.unsent_photo_at_hub(&PART, |_, _| true)? {
            let mut at = 0;
            while let Some((sealed, next)) = self.sealed_piece(&photo, at)? {
                file.put(&sealed).map_err(failed)?;
                at = next;
            }
            exported.photos += 1;
            self.store
                .transact(|tx| Store::mark_at_hub(tx, &PART, Thing::Photo, &photo.hash, 0))?;
        }
        file.finish().map_err(failed)?;
        Ok(exported)
    }

    /// The file is written: from here on the screen says what is in it. Gives the households that are in it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn exported(&mut self) -> Result<u32, AppError> {
        self.store
            .transact(|tx| Store::move_marks(tx, &PART, &FILE))?;
        Ok(self.store.unsent_in_file(&FILE)?)
    }

    /// Takes a file of the district's answers. Gives the number of things that they are about. Twice is once.
    ///
    /// # Errors
    /// `bad_courier_file`, `other_device_file`, `damaged_courier_file` (what was whole is taken), `not_lawang_server` (not
    /// signed by the district).
    pub fn import_answers(&mut self, bytes: &[u8]) -> Result<u32, AppError> {
        let file = AnswerFile::read(bytes)
            .map_err(|e| AppError::new("bad_courier_file", e.to_string()))?;
        if file.device != *self.identity.device.as_bytes() {
            return Err(AppError::new(
                "other_device_file",
                "the answers are for another device",
            ));
        }
        if file.district != *self.identity.server.as_bytes() {
            return Err(AppError::new("other_device_file", "another district"));
        }
        let mut things = 0;
        for answer in &file.answers {
            things += self.take_outcomes(answer)?;
        }
        // Work that was refused is set aside, and what builds on it made anew.
        self.rebase_refused()?;
        if file.incomplete {
            return Err(AppError::new("damaged_courier_file", "pieces are missing"));
        }
        Ok(things)
    }
}
