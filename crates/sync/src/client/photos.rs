//! Photos on their way up: each by itself, so that one that a server does not take keeps none of the others back.

use super::{Asked, Client, Phase};
use crate::{Local, PhotoOffer, PhotoState};

/// Codes with which a server refuses one photo for good.
const REFUSALS: &[&str] = &[
    "not_an_image",
    "photo_too_large",
    "not_your_village",
    "photo_differs",
];
/// A server of before lets only devices of one village go on with a photo that was begun there: it may be done, or gone,
/// by the next exchange.
const NOT_NOW: &str = "unknown_photo";
/// Times that a photo is sent from the start before it counts as damaged.
const SETBACKS: u8 = 3;

/// Whether an error is about one photo alone.
pub(super) fn is_about_one(code: &str) -> bool {
    code == NOT_NOW || REFUSALS.contains(&code)
}

impl Client {
    /// The server does not take the photo that was offered: never, or not in this exchange.
    pub(super) fn photo_not_taken<L: Local>(
        &mut self,
        local: &mut L,
        code: &str,
    ) -> Result<(), L::Error> {
        if let Asked::Photo(offer) = std::mem::replace(&mut self.asked, Asked::Nothing) {
            if code == NOT_NOW {
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
            // The photo here is damaged: it is kept and shown as refused, and holds nothing up.
            local.photo_refused(&offer.hash, "photo_differs")?;
            self.report.refused += 1;
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
