//! Photos on their way up: each by itself, so that one that a server does not take keeps none of the others back.

use super::{Asked, Client, Phase};
use crate::{Local, PhotoOffer, PhotoState};
use sha2::{Digest, Sha256};

/// Codes with which a server refuses one photo for good.
const REFUSALS: &[&str] = &[
    "not_an_image",
    "photo_too_large",
    "not_your_village",
    "photo_differs",
];
/// Codes with which a server does not take a photo in this exchange. One of before lets only devices of one village go on
/// with a photo that was begun there; and somebody else may have said another length of it meanwhile.
const NOT_NOW: &[&str] = &["unknown_photo", "photo_too_long"];
/// Bytes of a photo that are looked at at once.
const LOOK: usize = 256 * 1024;
/// Times that a photo is sent from the start before it counts as damaged.
const SETBACKS: u8 = 3;

/// Whether an error is about one photo alone.
pub(super) fn is_about_one(code: &str) -> bool {
    is_not_now(code) || REFUSALS.contains(&code)
}

/// Whether a photo may be taken another time.
pub fn is_not_now(code: &str) -> bool {
    NOT_NOW.contains(&code)
}

/// Whether the bytes here are those that the photo is named after.
fn is_itself<L: Local>(local: &mut L, offer: &PhotoOffer) -> Result<bool, L::Error> {
    let (mut hash, mut at) = (Sha256::new(), 0);
    while at < offer.len {
        let bytes = local.photo_bytes(&offer.hash, at, LOOK)?;
        if bytes.is_empty() {
            break;
        }
        at += bytes.len() as u64;
        hash.update(&bytes);
    }
    Ok(at == offer.len && hash.finalize()[..] == offer.hash[..])
}

impl Client {
    /// The server does not take the photo that was offered: never, or not in this exchange.
    pub(super) fn photo_not_taken<L: Local>(
        &mut self,
        local: &mut L,
        code: &str,
    ) -> Result<(), L::Error> {
        if let Asked::Photo(offer) = std::mem::replace(&mut self.asked, Asked::Nothing) {
            if is_not_now(code) {
                self.photos_skipped.insert(*offer.hash);
            } else {
                local.photo_refused(&offer.hash, code)?;
                self.report.refused += 1;
            }
        }
        self.setbacks = 0;
        self.phase = Phase::Photo;
        Ok(())
    }

    /// The server said how much of a photo it has.
    pub(super) fn photo_state<L: Local>(
        &mut self,
        local: &mut L,
        offer: PhotoOffer,
        state: &PhotoState,
    ) -> Result<(), L::Error> {
        let had = match &self.phase {
            Phase::PhotoParts { have, .. } => Some(*have),
            _ => None,
        };
        if had.is_some_and(|had| state.have < had || (state.have == 0 && !state.done)) {
            self.setbacks += 1;
        }
        if self.setbacks >= SETBACKS {
            if is_itself(local, &offer)? {
                // Somebody else sends other bytes under its name: it may go with the next exchange.
                self.photos_skipped.insert(*offer.hash);
            } else {
                // The photo here is damaged: it is kept and shown as refused, and holds nothing up.
                local.photo_refused(&offer.hash, "photo_differs")?;
                self.report.refused += 1;
            }
            self.setbacks = 0;
            self.phase = Phase::Photo;
            return Ok(());
        }
        if state.done {
            local.photo_done(&offer.hash)?;
            self.report.progress.photos_sent += 1;
            self.setbacks = 0;
            self.phase = Phase::Photo;
        } else {
            self.phase = Phase::PhotoParts {
                have: state.have.min(offer.len),
                offer,
            };
        }
        Ok(())
    }
}
