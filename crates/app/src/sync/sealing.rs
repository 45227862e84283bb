//! Work that passes through hands which must not read it: a hub outside its villages, a memory card.

use super::{CancelToken, Transport, hubs::Hub, run};
use crate::{device::Device, error::AppError};
use lawang_store::{Store, Thing};
use lawang_sync::{
    Asker, HubRequest, HubResponse, LinkFailure, OutBatch, PhotoPiece, SealedItem, encode, seal,
};
use std::sync::Mutex;

/// Bytes of a photo in one sealed piece.
const PIECE: usize = 2 * 1024 * 1024;
/// Bytes of work in one sealed piece, before compression.
const SEALED_BATCH: usize = 512 * 1024;

impl Device {
    /// Something sealed to the district, whatever carries it.
    pub(super) fn sealed(&self, item: &SealedItem) -> Result<Vec<u8>, AppError> {
        let random = crate::environment::random(self.environment.as_ref());
        seal(&self.identity.server_key, &random, &encode(item))
            .map_err(|e| AppError::new("damaged", e.to_string()))
    }

    /// The next thing of villages that are not the hub's, sealed, with what it holds.
    fn next_sealed(&mut self, hub: &Hub) -> Result<Option<(Vec<u8>, OutBatch)>, AppError> {
        let server = hub.server();
        let outside = |village: &str| !hub.covers(village);
        let Some(batch) = self.batch_for_hub(&server, SEALED_BATCH, outside)? else {
            return Ok(None);
        };
        let item = SealedItem::Batch(batch.bytes.clone().into());
        Ok(Some((self.sealed(&item)?, batch)))
    }

    /// The piece of a photo that begins at `offset`, sealed, and where the next one begins; nothing at its end.
    pub(super) fn sealed_piece(
        &self,
        photo: &lawang_store::Photo,
        offset: u64,
    ) -> Result<Option<(Vec<u8>, u64)>, AppError> {
        if offset >= photo.len {
            return Ok(None);
        }
        let bytes = self.store.photo_piece(&photo.hash, offset, PIECE)?;
        if bytes.is_empty() {
            return Err(AppError::new("damaged", "a photo is shorter than it was"));
        }
        let next = offset + bytes.len() as u64;
        let piece = PhotoPiece {
            hash: photo.hash.into(),
            len: photo.len,
            household: (*photo.household.as_bytes()).into(),
            offset,
            bytes: bytes.into(),
        };
        Ok(Some((self.sealed(&SealedItem::Photo(piece))?, next)))
    }
}

/// Leaves at a hub, sealed to the district, what is of villages that are not the hub's.
pub(super) fn leave_sealed(
    device: &Mutex<Device>,
    hub: &Hub,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
) -> Result<(), AppError> {
    let mut asker = Asker::default();
    let server = hub.server();
    let mut call = |wait: u64, bytes: &[u8]| -> Result<Vec<u8>, LinkFailure> {
        transport.pause(wait, cancel);
        transport.call(bytes)
    };
    let mut relay = |body: Vec<u8>| -> Result<(), AppError> {
        match asker.hub(HubRequest::Relay(body.into()), &mut call)? {
            HubResponse::Relayed(_) => Ok(()),
            _ => Err(LinkFailure::NotLawang.into()),
        }
    };
    loop {
        let next = run::lock(device).next_sealed(hub)?;
        let Some((body, batch)) = next else { break };
        relay(body)?;
        run::lock(device).store.transact(|tx| {
            for id in &batch.rows {
                Store::mark_at_hub(tx, &server, Thing::Row, id, 0)?;
            }
            for hash in &batch.changes {
                Store::mark_at_hub(tx, &server, Thing::Change, hash, 0)?;
            }
            Ok(())
        })?;
    }
    loop {
        let photo = run::lock(device)
            .store
            .unsent_photo_at_hub(&server, |_, village| !hub.covers(village))?;
        let Some(photo) = photo else { break };
        let mut at = 0;
        loop {
            // Let go of the device before the network is asked: the screens go on meanwhile.
            let piece = run::lock(device).sealed_piece(&photo, at)?;
            let Some((sealed, next)) = piece else { break };
            relay(sealed)?;
            at = next;
        }
        run::lock(device)
            .store
            .transact(|tx| Store::mark_at_hub(tx, &server, Thing::Photo, &photo.hash, 0))?;
    }
    Ok(())
}
