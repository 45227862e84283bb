//! A village was split or merged: records go to another village with all that was said of them. What somebody made here
//! before the word came is sent as always; what went to a village that is not this person's leaves the device once
//! nothing of it waits.

use super::{base::damaged, local::INCARNATIONS};
use crate::{
    cards,
    device::{Device, INCARNATION, MADE},
    environment::random,
    error::AppError,
    views,
    visit::{Ending, timestamp},
};
use lawang_domain::HouseholdId;
use lawang_records::{Hash, Row};
use lawang_store::{LogState, NewRow, Store};
use lawang_sync::{Incarnation, Moved, NewBase, actor_of};
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
        // It may have left before this device came.
        let before = match self.store.row_state(household)? {
            Some(_) => Some(self.store.row(household)?.1),
            None => None,
        };
        // Told late, by a hub or in a village that came later: newer words have been followed.
        let newest = self.store.moved_to(household)?;
        let old = newest.is_some_and(|(_, number)| number > base.number);
        if known || old || before.is_none_or(|before| before == moved.to) {
            self.store.transact(|tx| {
                if !known && !old {
                    Store::relocate(tx, household, &moved.to, row)?;
                }
                Store::note_move(tx, household, (base.number, moved), &hash, seq, at)
            })?;
            return Ok(false);
        }
        // What is being typed was typed before the word came: a change like the others, sent in this exchange.
        self.fold(household, &Ending::default())?;
        let state = self.store.record(household)?.state()?;
        let scope = self.store.scope()?;
        let mine = scope.iter().any(|s| s.active && s.village == moved.to);
        // Nobody goes on here with what is not theirs any more; all that was typed is part of a change by now.
        let draft = mine && !self.store.entries(household)?.is_empty();
        let card = cards::card(&self.rules, household, &moved.to, &state, draft);
        let id = self.store.row_id(household)?;
        self.store.transact(|tx| {
            Store::relocate(tx, household, &moved.to, row)?;
            Store::note_move(tx, household, (base.number, moved), &hash, seq, at)?;
            if !mine {
                Store::end_draft(tx, household)?;
            }
            cards::put(tx, id, card)
        })?;
        if !mine && matches!(&self.open, Some(open) if open.household() == household) {
            self.open = None;
        }
        Ok(false)
    }

    /// A record that was not here and comes to a village of this device.
    pub(super) fn take_in(&mut self, base: &NewBase, from_district: bool) -> Result<(), AppError> {
        let household = HouseholdId(Uuid::from_bytes(*base.household));
        let Some(bytes) = &base.row else {
            return Ok(());
        };
        if let Some(state) = self.store.row_state(household)? {
            // It was heard of at a hub, and the district has it too.
            let same = self.store.beginning(household)?.0 == *base.digest;
            if state == LogState::AtHub && same && from_district {
                self.store
                    .transact(|tx| Store::mark_row(tx, household, LogState::Sent, None))?;
            }
            return Ok(());
        }
        // It left since, as this device has heard: whoever says this has not.
        let newest = self.store.moved_to(household)?;
        let old = newest.is_some_and(|(_, number)| number > base.number);
        if old || self.store.knows_base(&base.hash())? {
            return Ok(());
        }
        if Row::digest(bytes) != *base.digest {
            return Err(damaged());
        }
        let row = Row::from_bytes(bytes).map_err(|_| damaged())?;
        let state = cards::state_of_row(&row);
        let card = cards::card(&self.rules, household, &row.village, &state, false);
        let new = NewRow {
            household,
            village: row.village,
            body: bytes.to_vec(),
            state: LogState::Sent,
        };
        self.store.transact(|tx| {
            let (id, _) = Store::add_row(tx, &new)?;
            cards::put(tx, id, card)
        })?;
        Ok(())
    }

    /// After an exchange that ended in agreement.
    pub(super) fn let_go_of_moved(&mut self) -> Result<(), AppError> {
        let late = self.store.too_late()?;
        if !late.is_empty() {
            self.rebase_refused()?;
        }
        for household in late {
            let (id, card) = self.card_of(household, &self.store.record(household)?)?;
            self.store.transact(|tx| cards::put(tx, id, card))?;
        }
        let away = self.store.moved_away()?;
        if away.is_empty() {
            return Ok(());
        }
        // A record that comes back is without what was made here until its lines are there too: whatever is written
        // meanwhile must not go under a number that was used.
        let fresh: Incarnation = random(self.environment.as_ref());
        let mut joined: Vec<u8> = self.incarnations()?.iter().flatten().copied().collect();
        joined.extend_from_slice(&fresh);
        self.store.transact(|tx| {
            Store::let_go(tx, &away)?;
            Store::put_meta(tx, INCARNATIONS, &joined)?;
            Store::put_meta(tx, INCARNATION, &fresh)?;
            Store::put_meta(tx, MADE, &0u64.to_be_bytes())
        })?;
        self.incarnation = fresh;
        self.actor = actor_of(&self.key.public(), &fresh);
        Ok(self.store.scrub()?)
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
