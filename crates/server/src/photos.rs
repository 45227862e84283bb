//! Photos and other attachments as devices send them: offered, then in parts that can be carried on after a cut.

use crate::{
    attachments::{Hash, MAX_PHOTO},
    devices,
    error::{Result, ServerError},
    household::{int, unsigned},
    moment::moment,
    moves, photo_offers,
    server::Server,
    store::{lock, params},
};
use lawang_domain::{DeviceId, HouseholdId};
use lawang_sync::{PhotoOffer, PhotoPart, PhotoState};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// `photo.done` of one that is whole.
const DONE: i64 = 1;

/// Programs, and pages with programs in them, by their first bytes: whoever opens one later runs it. Everything else
/// that a question takes is kept: pictures, sounds, films, other files, and the log of how a form was filled in.
fn is_program(start: &[u8]) -> bool {
    const BINARY: [&[u8]; 4] = [b"MZ", b"\x7fELF", b"#!/", b"\xca\xfe\xba\xbe"];
    const PAGES: [&str; 5] = ["<!doctype html", "<html", "<script", "<svg", "<?php"];
    if BINARY.iter().any(|magic| start.starts_with(magic)) {
        return true;
    }
    let text = String::from_utf8_lossy(&start[..start.len().min(1024)]).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    text.starts_with('<') && PAGES.iter().any(|page| text.contains(page))
}

/// The code is the one that devices know since they sent nothing but photos.
fn a_program() -> ServerError {
    ServerError::refused("not_an_image", "the bytes are a program")
}

pub(crate) fn offer(server: &Server, device: DeviceId, offer: &PhotoOffer) -> Result<PhotoState> {
    if offer.len > MAX_PHOTO || offer.len == 0 {
        return Err(ServerError::refused(
            "photo_too_large",
            "a photo has at most 25 MB, and at least one byte",
        ));
    }
    let hash = *offer.hash;
    server.store.write(|tx| {
        let device = devices::find(tx, device)?;
        let village: Option<String> = tx.optional(
            "SELECT village FROM household WHERE id = ?1",
            params![offer.household.as_slice()],
            |r| r.get(0),
        )?;
        // The data went first: what was photographed before the record moved may still follow.
        let id = HouseholdId(Uuid::from_bytes(*offer.household));
        let left = moves::left(tx, &device, id)?.is_some();
        if !village.is_some_and(|v| left || device.covers(&v)) {
            return Err(ServerError::refused(
                "not_your_village",
                "the photo belongs to no household in the device's villages",
            ));
        }
        tx.execute(
            "INSERT INTO photo (hash, len, household, device) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hash) DO UPDATE SET len = excluded.len WHERE photo.done = 0",
            params![
                hash,
                int(offer.len),
                offer.household.as_slice(),
                device.id.as_bytes()
            ],
        )?;
        photo_offers::note(tx, device.id, &hash, id)
    })?;
    let claim = server.photos.claim(&hash);
    let _writing = lock(&claim);
    let place = server.photos.place();
    if server.photos.is_whole(&hash)? {
        // Also after a crash between the file and the table.
        return done(server, device, &hash);
    }
    let mut have = place.have(&hash)?;
    if have > offer.len {
        place.remove_part(&hash)?;
        have = 0;
    }
    if have == offer.len {
        return complete(server, device, &hash, offer.len, &[]);
    }
    Ok(PhotoState { have, done: false })
}

/// Bytes of a part from `have` on: of one that reaches further than what is here, those that are missing.
fn fresh(part: &PhotoPart, have: u64) -> &[u8] {
    let known = have
        .checked_sub(part.offset)
        .and_then(|n| usize::try_from(n).ok());
    known
        .and_then(|known| part.bytes.get(known..))
        .unwrap_or_default()
}

pub(crate) fn part(server: &Server, device: DeviceId, part: &PhotoPart) -> Result<PhotoState> {
    let hash = *part.hash;
    let len = server.store.read(|tx| {
        let found = devices::find(tx, device)?;
        let sql = "SELECT len FROM photo WHERE hash = ?1";
        let len = match photo_offers::may_send(tx, &found, &hash)? {
            true => tx.optional(sql, params![hash], |r| r.get::<i64>(0))?,
            false => None,
        };
        len.map(unsigned).ok_or_else(unknown)
    })?;
    let claim = server.photos.claim(&hash);
    let _writing = lock(&claim);
    if server.photos.is_whole(&hash)? {
        return show(server, device, part);
    }
    let place = server.photos.place();
    let have = place.have(&hash)?;
    // A part that came twice, or early, changes nothing: the answer says where to go on.
    let bytes = fresh(part, have);
    if bytes.is_empty() {
        if have == len {
            return complete(server, device, &hash, len, &[]);
        }
        return Ok(PhotoState { have, done: false });
    }
    let now = have + bytes.len() as u64;
    if now > len {
        return Err(ServerError::refused(
            "photo_too_long",
            "more bytes than the photo was said to have",
        ));
    }
    if have == 0 && is_program(bytes) {
        return Err(a_program());
    }
    if now == len {
        return complete(server, device, &hash, len, bytes);
    }
    place.append(&hash, have, bytes)?;
    Ok(PhotoState {
        have: now,
        done: false,
    })
}

/// A part of a file that is whole here, from a device that has to show that it holds it.
fn show(server: &Server, device: DeviceId, part: &PhotoPart) -> Result<PhotoState> {
    let hash = *part.hash;
    let so_far = done(server, device, &hash)?;
    let have = so_far.have;
    let bytes = fresh(part, have);
    if so_far.done || bytes.is_empty() {
        return Ok(so_far);
    }
    let whole = match server.photos.recent.get(&hash) {
        Some(whole) => whole,
        None => Arc::new(server.photos.place().read(&hash)?.ok_or_else(unknown)?),
    };
    let len = whole.len() as u64;
    let now = (have + bytes.len() as u64).min(len);
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let right = whole.get(place(have)..place(now)) == Some(bytes);
    if now < len {
        server.photos.recent.put(hash, whole);
    } else {
        server.photos.recent.forget(&hash);
    }
    let have = server
        .store
        .write(|tx| photo_offers::show(tx, device, &hash, (have, now), (len, right)))?;
    Ok(PhotoState {
        have,
        done: have == len,
    })
}

/// The part and `last` are the whole: it is compared with its hash before it counts.
fn complete(
    server: &Server,
    device: DeviceId,
    hash: &Hash,
    len: u64,
    last: &[u8],
) -> Result<PhotoState> {
    let place = server.photos.place();
    let mut bytes = place.part(hash)?;
    let kept = bytes.len();
    bytes.extend_from_slice(last);
    let right = Sha256::digest(&bytes)[..] == hash[..];
    if !right && server.photos.is_whole(hash)? {
        // Another process was just done with it.
        return done(server, device, hash);
    }
    if !right || is_program(&bytes) {
        place.remove_part(hash)?;
        return if right {
            Err(a_program())
        } else {
            // The device sends it again from the start.
            Ok(PhotoState {
                have: 0,
                done: false,
            })
        };
    }
    if !last.is_empty() {
        // Before it counts as whole: after a kill in between nobody has to send it once more.
        server
            .store
            .write(|tx| photo_offers::sent_all(tx, device, hash, len))?;
    }
    place.finish(hash, &bytes, kept)?;
    moment("a whole photo");
    done(server, device, hash)
}

fn unknown() -> ServerError {
    ServerError::refused("unknown_photo", "offer the photo first")
}

/// It is kept: the table says so too. One that an erasure let go of meanwhile is taken away again. A device that did not
/// send it is told how much of it it has sent, until its village may have it.
fn done(server: &Server, device: DeviceId, hash: &Hash) -> Result<PhotoState> {
    let state = server.store.write(|tx| {
        server.photos.still_here(tx)?;
        tx.execute(
            "UPDATE photo SET done = ?2 WHERE hash = ?1 AND done = 0",
            params![hash, DONE],
        )?;
        let sql = "SELECT done, len FROM photo WHERE hash = ?1";
        let found = tx.optional(sql, params![hash], |r| {
            Ok((r.get::<i64>(0)?, r.get::<i64>(1)?))
        })?;
        let Some((done, len)) = found else {
            return Ok(None);
        };
        let len = unsigned(len);
        let shown = photo_offers::shown(tx, device, hash, len)?;
        let have = if shown.all { len } else { shown.bytes };
        Ok(Some((done, have, shown.all)))
    })?;
    if state.is_none_or(|(done, ..)| done != DONE) {
        server.photos.remove_claimed(hash)?;
    }
    let (_, have, done) = state.ok_or_else(unknown)?;
    Ok(PhotoState { have, done })
}

impl Server {
    /// A whole photo; `None` while it is not there.
    pub fn photo(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        self.photos.place().read(hash)
    }
}
