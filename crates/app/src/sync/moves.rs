//! A village was split or merged: records go to another village with all that was said of them. What somebody made here
//! before the word came is sent as always; what went to a village that is not this person's leaves the device once
//! nothing of it waits.

use super::base::damaged;
use crate::{
    cards,
    device::Device,
    error::AppError,
    views,
    visit::{Ending, timestamp},
};
use lawang_domain::HouseholdId;
use lawang_records::{Hash, Row};
use lawang_store::{LogState, NewRow, Store};
use lawang_sync::{Moved, NewBase};
use uuid::Uuid;

impl Device {
    /// Does what the district said. False: nothing was erased.
    pub(super) fn follow_move(
        &mut self,
        base: &NewBase,
        moved: &Moved,
        seq: Option<u64>,
    ) -> Result<bool, AppError> {
        let household = HouseholdId(Uuid::from_bytes(*base.household));
        let hash = Hash(base.hash());
        let at = self.now();
        let known = self.store.knows_base(&hash.0)?;
        let row = match &base.row {
            // A later word brings the row as it is now.
            Some(row) if !known => {
                if Row::digest(row) != *base.digest {
                    return Err(damaged());
                }
                Some(row.as_slice())
            }
            _ => None,
        };
        let here = self.store.row_state(household)?.is_some();
        if !here {
            return self
                .take_in(household, moved, row, (&hash, seq))
                .map(|()| false);
        }
        let before = self.store.row(household)?.1;
        if known || before == moved.to {
            self.store.transact(|tx| {
                if !known {
                    Store::relocate(tx, household, &moved.to, row)?;
                }
                Store::note_move(tx, household, moved, &hash, seq, at)
            })?;
            return Ok(false);
        }
        // What is being typed was typed before the word came: a change like the others, sent in this exchange.
        self.fold(household, &Ending::default())?;
        let state = self.store.record(household)?.state()?;
        let draft = !self.store.entries(household)?.is_empty();
        let card = cards::card(household, &moved.to, &state, draft);
        let id = self.store.row_id(household)?;
        self.store.transact(|tx| {
            Store::relocate(tx, household, &moved.to, row)?;
            Store::note_move(tx, household, moved, &hash, seq, at)?;
            cards::put(tx, id, card)
        })?;
        Ok(false)
    }

    /// A record that was not here: it comes to a village of this device, or it had left before the device came.
    fn take_in(
        &mut self,
        household: HouseholdId,
        moved: &Moved,
        row: Option<&[u8]>,
        (hash, seq): (&Hash, Option<u64>),
    ) -> Result<(), AppError> {
        let at = self.now();
        let new = match row {
            None => None,
            Some(bytes) => {
                let row = Row::from_bytes(bytes).map_err(|_| damaged())?;
                let state = cards::state_of_row(&row);
                let card = cards::card(household, &row.village, &state, false);
                let new = NewRow {
                    household,
                    village: row.village,
                    body: bytes.to_vec(),
                    state: LogState::Sent,
                };
                Some((new, card))
            }
        };
        self.store.transact(|tx| {
            if let Some((new, card)) = new {
                let (id, _) = Store::add_row(tx, &new)?;
                cards::put(tx, id, card)?;
            }
            Store::note_move(tx, household, moved, hash, seq, at)
        })?;
        Ok(())
    }

    /// After an exchange that ended in agreement.
    pub(super) fn let_go_of_moved(&mut self) -> Result<(), AppError> {
        if let Some(open) = self.open.as_ref().map(|open| open.household())
            && self.store.has_moved(open)?
        {
            // Somebody is looking at one of them.
            return Ok(());
        }
        if self.store.let_go_of_moved()? > 0 {
            self.store.scrub()?;
        }
        Ok(())
    }

    /// Records that moved because a village was split or merged, as this device heard of it, newest first.
    pub fn moved_records(&self) -> Result<Vec<views::MovedRecords>, AppError> {
        let scope = self.store.scope()?;
        let name = |code: &str| {
            let known = scope.iter().find(|s| s.village == code);
            known.map_or_else(
                || code.to_owned(),
                |s| format!("{}, {}", s.name, s.district),
            )
        };
        let all = self.store.moved()?.into_iter();
        Ok(all
            .map(|moved| views::MovedRecords {
                from: name(&moved.from),
                to: moved.to_name,
                records: moved.records,
                here: moved.here,
                mine: scope.iter().any(|s| s.active && s.village == moved.to),
                at: timestamp(moved.at),
            })
            .collect())
    }
}
