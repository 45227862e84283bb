//! Photos for devices whose people check visits: only what a record in their villages shows, piece by piece.

use crate::{
    attachments::Hash,
    authority, devices,
    error::{Result, ServerError},
    household,
    hub::LIVE,
    photo_offers,
    restrict::restricted,
    server::Server,
    store::{Tx, lock, params},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_records::{shows_evidence, stands_in};
use lawang_sync::{PhotoBytes, PhotoWanted};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// Most bytes in one answer.
const MAX_PIECE: u32 = 256 * 1024;
/// Most bytes of photos that are kept in memory between two pieces.
const RECENT_BYTES: usize = 32 * 1024 * 1024;
/// `photo.done` of one that is whole.
const DONE: i64 = 1;

/// Photos that were asked for in pieces a moment ago: a bucket gives an attachment only whole.
#[derive(Default)]
pub(crate) struct Recent(Mutex<VecDeque<(Hash, Arc<Vec<u8>>)>>);

impl Recent {
    pub(crate) fn get(&self, hash: &Hash) -> Option<Arc<Vec<u8>>> {
        let kept = lock(&self.0);
        let found = kept.iter().find(|(known, _)| known == hash);
        found.map(|(_, bytes)| bytes.clone())
    }

    pub(crate) fn put(&self, hash: Hash, bytes: Arc<Vec<u8>>) {
        let mut kept = lock(&self.0);
        kept.retain(|(known, _)| *known != hash);
        kept.push_back((hash, bytes));
        let size = |kept: &VecDeque<(Hash, Arc<Vec<u8>>)>| -> usize {
            kept.iter().map(|(_, bytes)| bytes.len()).sum()
        };
        while kept.len() > 1 && size(&kept) > RECENT_BYTES {
            kept.pop_front();
        }
    }

    /// It is not given any more, or whole at the device.
    pub(crate) fn forget(&self, hash: &Hash) {
        lock(&self.0).retain(|(known, _)| known != hash);
    }
}

/// The same words for everything that a device may not have: they say nothing about what there is.
fn not_yours() -> ServerError {
    ServerError::refused("not_your_photo", "no photo for this device")
}

/// A piece of a photo.
///
/// # Errors
/// `not_your_photo`; `photo_not_there` when a record shows it and its bytes have not come.
pub(crate) fn wanted(server: &Server, id: DeviceId, wanted: &PhotoWanted) -> Result<PhotoBytes> {
    let hash: Hash = *wanted.hash;
    let household = HouseholdId(Uuid::from_bytes(*wanted.household));
    let whole = server.store.read(|tx| may(tx, id, household, &hash));
    let whole = whole.inspect_err(|_| server.photos.recent.forget(&hash))?;
    let not_there = || ServerError::refused("photo_not_there", "its bytes have not come");
    if !whole {
        return Err(not_there());
    }
    let bytes = match server.photos.recent.get(&hash) {
        Some(bytes) => bytes,
        None => Arc::new(server.photos.place().read(&hash)?.ok_or_else(not_there)?),
    };
    let len = bytes.len() as u64;
    let start = usize::try_from(wanted.offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let most = wanted.max.clamp(1, MAX_PIECE) as usize;
    let end = start.saturating_add(most).min(bytes.len());
    let piece = PhotoBytes {
        len,
        bytes: bytes[start..end].to_vec().into(),
    };
    if end < bytes.len() {
        server.photos.recent.put(hash, bytes);
    } else {
        server.photos.recent.forget(&hash);
    }
    Ok(piece)
}

/// Whether the device may have this photo of the record, and if so whether it is here whole.
fn may(tx: &Tx<'_>, id: DeviceId, household: HouseholdId, hash: &Hash) -> Result<bool> {
    let device = devices::find(tx, id)?;
    if !device.role.looks_at_photos() && !device.role.sees_evidence() {
        return Err(not_yours());
    }
    let record: Option<(String, Option<String>)> = tx.optional(
        "SELECT village, state FROM household WHERE id = ?1",
        params![household.as_bytes()],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let Some((village, state)) = record else {
        return Err(not_yours());
    };
    let may = device.covers(&village)
        && (device.role.looks_at_photos() && shows(tx, household, state.as_deref(), hash)?
            || device.role.sees_evidence()
                && proposes_with(tx, household, hash)?
                && fits_evidence(tx, &device, household, hash)?);
    if !may {
        return Err(not_yours());
    }
    let done: Option<i64> = tx.optional(
        "SELECT done FROM photo WHERE hash = ?1",
        params![hash],
        |r| r.get(0),
    )?;
    if done != Some(DONE) {
        return Ok(false);
    }
    // Bytes that were sent for records of other villages alone stay there, whoever writes their name down.
    if !photo_offers::reaches(tx, &device, household, hash)? {
        return Err(not_yours());
    }
    Ok(true)
}

/// Whether a proposal to remove the family rests on a file. While anything of the record is restricted it is nobody's to
/// look at: of a file nobody knows who can be seen in it.
fn proposes_with(tx: &Tx<'_>, household: HouseholdId, hash: &Hash) -> Result<bool> {
    let restricted = restricted(tx, household)?;
    if restricted.whole || !restricted.persons.is_empty() {
        return Ok(false);
    }
    let Some(verification) = authority::side(tx, household, DocumentKind::Verification)? else {
        return Ok(false);
    };
    Ok(shows_evidence(&verification.state()?, hash))
}

/// Whoever writes the name of a file into a proposal does not get at a photo of another family with it: one of a record
/// where something is restricted is nobody's, and one that a visit shows is for those who look at visits.
fn fits_evidence(
    tx: &Tx<'_>,
    device: &devices::Device,
    household: HouseholdId,
    hash: &Hash,
) -> Result<bool> {
    for owner in photo_offers::owners(tx, hash)? {
        if owner != household {
            let restricted = restricted(tx, owner)?;
            if restricted.whole || !restricted.persons.is_empty() {
                return Ok(false);
            }
        }
        if device.role.looks_at_photos() {
            continue;
        }
        let state: Option<Option<String>> = tx.optional(
            "SELECT state FROM household WHERE id = ?1",
            params![owner.as_bytes()],
            |r| r.get(0),
        )?;
        if shows(tx, owner, state.flatten().as_deref(), hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a record shows a photo, now or in an earlier visit, and nothing that is restricted is in the way.
fn shows(tx: &Tx<'_>, household: HouseholdId, state: Option<&str>, hash: &Hash) -> Result<bool> {
    let value = format!("sha256:{}", hex::encode(hash));
    let restricted = restricted(tx, household)?;
    if restricted.whole {
        return Ok(false);
    }
    if restricted.persons.is_empty() {
        if state.is_some_and(|state| state.contains(&value)) {
            return Ok(true);
        }
        // What an earlier visit showed, or one of two values, stands in the changes as it was written.
        let mut found = false;
        let sql = format!(
            "SELECT body FROM change_log WHERE household = ?1 AND kind = 0 AND {LIVE} ORDER BY seq"
        );
        tx.each(&sql, params![household.as_bytes()], |r| {
            let body: Vec<u8> = r.get(0)?;
            found |= body.windows(value.len()).any(|at| at == value.as_bytes());
            Ok(())
        })?;
        return Ok(found);
    }
    // A photo of a restricted person is nobody's to look at. Of older photos it is not known whose they were.
    let Some(found) = household::load(tx, household)? else {
        return Ok(false);
    };
    let state = found.record.state()?;
    Ok(state.fields.iter().any(|(path, values)| {
        let about = path.instance_id();
        values.iter().any(|v| v.text == value)
            && !about.is_some_and(|id| stands_in(&restricted.persons, &state, id))
    }))
}
