//! What registers outside say: fetched village by village, in pieces, after everything else was compared.

use super::{Asked, Client, FORM_MOST, FORM_SETBACKS, Phase};
use crate::{FindingsOffer, FindingsPart, FindingsRequest, Local, Request};

impl Client {
    /// The next piece to be asked for; moves on when there is none.
    pub(super) fn ask_for_findings<L: Local>(
        &mut self,
        local: &mut L,
    ) -> Result<Option<Request>, L::Error> {
        let Some(offer) = self.findings_left.front().cloned() else {
            if self.report.agreed && !self.forms_missing {
                local.settled()?;
            }
            self.phase = Phase::Photo;
            return Ok(None);
        };
        let (Some(have), Some(hash)) = (local.findings_have(&offer)?, offer.hash) else {
            self.findings_left.pop_front();
            self.setbacks = 0;
            return Ok(None);
        };
        let max = self.form_piece.min(self.link.size().saturating_mul(4));
        let request = FindingsRequest {
            village: offer.village.clone(),
            hash,
            offset: have,
            max: u32::try_from(max).unwrap_or(u32::MAX),
        };
        self.asked = Asked::Findings { offer, hash, have };
        Ok(Some(Request::Findings(request)))
    }

    /// Takes a piece.
    pub(super) fn take_findings<L: Local>(
        &mut self,
        local: &mut L,
        offer: &FindingsOffer,
        part: &FindingsPart,
    ) -> Result<(), L::Error> {
        local.take_findings(offer, part)?;
        self.form_piece = (self.form_piece * 2).min(FORM_MOST);
        let now = local.findings_have(offer)?;
        if now.is_some_and(|now| now <= part.offset) {
            self.setbacks += 1;
            if self.setbacks >= FORM_SETBACKS {
                // Damaged at the server: what is here stays.
                self.forms_missing = true;
                self.findings_left.pop_front();
                self.setbacks = 0;
            }
        }
        Ok(())
    }
}
