//! A record begins anew here too: the server erased something of it on request, or compacted it. What was made here and
//! not sent goes on from the new beginning; what was erased leaves this device.

use super::{
    rebase::Edit,
    remade::{Fresh, Ground},
};
use crate::{
    device::{Device, MADE},
    error::AppError,
    visit::Ending,
};
use lawang_domain::{DocumentKind, HouseholdId, InstanceId};
use lawang_records::{Hash, Record, Row, State, Touch, shows_evidence};
use lawang_store::{ChangeRow, Draft, LogState, Proposal, Store, Thing};
use lawang_sync::{Entry, KIND_BASE, NewBase, PullBody, decode};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What of a record begins anew.
struct Anew<'a> {
    /// The row, if it comes with the word.
    row: Option<&'a [u8]>,
    /// Numbers of the documents.
    documents: Vec<u8>,
    /// Numbers of those in which only what waits here is made again.
    rest: Vec<u8>,
}

pub(super) fn damaged() -> AppError {
    AppError::new("not_lawang_server", "a new beginning cannot be read")
}

impl Device {
    /// Takes the server's words about new beginnings out of a page of changes and follows them.
    pub(super) fn follow_bases(
        &mut self,
        body: &mut PullBody,
        hub: Option<&[u8; 16]>,
    ) -> Result<(), AppError> {
        let (bases, rest): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut body.entries)
            .into_iter()
            .partition(|entry| entry.kind == Some(KIND_BASE));
        body.entries = rest;
        let mut gone = false;
        let mut words = Vec::with_capacity(bases.len());
        for entry in bases {
            let base: NewBase = decode(&entry.change).ok_or_else(damaged)?;
            // Whoever brings it: only the district says so.
            if !base.signed_by(&self.identity.server_key) {
                return Err(damaged());
            }
            // Of a record that comes to this device, one word has the row.
            self.take_in(&base, hub.is_none())?;
            words.push((entry, base));
        }
        for at in 0..words.len() {
            let (entry, base) = &words[at];
            let seq = hub.is_none().then_some(entry.seq);
            let household = HouseholdId(Uuid::from_bytes(*entry.household));
            if base.moved.is_none() && self.store.row_state(household)?.is_none() {
                // Of a record that left.
                continue;
            }
            gone |= match &base.moved {
                Some(moved) => self.follow_move(base, moved, seq)?,
                None => {
                    let later = words[at..].iter().map(|(_, word)| word);
                    let row = later
                        .filter(|word| word.household == base.household)
                        .find_map(|word| word.row.as_ref().map(|row| row.as_slice()));
                    self.follow(base, row, seq)?
                }
            };
            if let Some(hub) = hub {
                let hash = base.hash();
                let here = self.store.row_state(household)?;
                self.store.transact(|tx| {
                    if base.row.is_some() && here.is_some() {
                        let id = entry.household.as_slice();
                        Store::mark_at_hub(tx, hub, Thing::Row, id, entry.seq)?;
                    }
                    Store::mark_at_hub(tx, hub, Thing::Change, &hash, entry.seq)
                })?;
            }
        }
        if gone {
            self.store.scrub()?;
        }
        Ok(())
    }

    /// Does what a word says. `now`: the record's row after this and all that was said since, as far as this page says.
    /// True when anything left this device.
    fn follow(
        &mut self,
        base: &NewBase,
        now: Option<&[u8]>,
        seq: Option<u64>,
    ) -> Result<bool, AppError> {
        let household = HouseholdId(Uuid::from_bytes(*base.household));
        let hash = Hash(base.hash());
        let (digest, changes) = self.store.beginning(household)?;
        // A household begun here has the same empty row as an erased one; what was typed into it and is in no change yet
        // has to go all the same.
        let here = digest == *base.digest
            && changes == 0
            && (base.reason != NewBase::ERASED || !self.store.has_beside(household)?);
        // A later word brings the row as it is now, and may say nothing of the documents beside the answers. They need no
        // row to begin anew.
        let answers = DocumentKind::FieldAnswers.number();
        let documents: Vec<u8> = match &base.row {
            Some(_) => base.documents.clone(),
            None if base.reason == NewBase::ERASED || changes == 0 => Vec::new(),
            None => {
                let beside = base.documents.iter().copied();
                beside.filter(|number| *number != answers).collect()
            }
        };
        if here || documents.is_empty() || self.store.knows_base(&hash.0)? {
            self.store
                .transact(|tx| Store::note_base(tx, household, &hash, seq))?;
            return Ok(false);
        }
        let row = base.row.as_ref().map(|row| row.as_slice());
        if row.is_some_and(|row| Row::digest(row) != *base.digest) {
            return Err(damaged());
        }
        let new = match row.or(now) {
            Some(row) => Row::from_bytes(row).map_err(|_| damaged())?,
            None => self.store.row(household)?.0,
        };
        if base.reason != NewBase::ERASED {
            // What somebody is typing was typed on the old beginning: a change there, made again like the others.
            self.fold(household, &Ending::default())?;
        }
        let mut fresh = Vec::new();
        let gone = match row.or(now) {
            Some(_) => self.gone(household, &new, &base.reason)?,
            // Who was erased, the later word will show.
            None => BTreeSet::new(),
        };
        for number in &documents {
            let kind = DocumentKind::from_number(*number).ok_or_else(damaged)?;
            let ground = Ground::Anew(&new, seq);
            fresh.push(self.again(household, kind, ground, &base.reason, &gone)?);
        }
        let rest = self.rest(household, &documents, &gone)?;
        for kind in &rest {
            fresh.push(self.again(household, *kind, Ground::Same, &base.reason, &gone)?);
        }
        let what = Anew {
            row,
            documents,
            rest: rest.iter().map(|kind| kind.number()).collect(),
        };
        self.keep_beginning(household, base, &what, fresh, &gone, (&hash, seq))?;
        Ok(true)
    }

    /// Documents of which the word says nothing, and in which something waits that may name who is gone: an earlier word,
    /// in an earlier page, said that they begin anew, and not who was erased.
    fn rest(
        &self,
        household: HouseholdId,
        documents: &[u8],
        gone: &BTreeSet<InstanceId>,
    ) -> Result<Vec<DocumentKind>, AppError> {
        let mut rest = Vec::new();
        for kind in DocumentKind::ALL.iter().copied() {
            let said = kind == DocumentKind::FieldAnswers || documents.contains(&kind.number());
            if said || gone.is_empty() {
                continue;
            }
            let there = |c: &ChangeRow| matches!(c.state, LogState::Sent | LogState::AtHub);
            if self
                .store
                .changes_of(household, kind)?
                .iter()
                .any(|c| !there(c))
            {
                rest.push(kind);
            }
        }
        Ok(rest)
    }

    /// Instances that the new beginning is without, and that the district had: they were erased, perhaps before another
    /// beginning that this device did not hear of in time.
    fn gone(
        &self,
        household: HouseholdId,
        row: &Row,
        reason: &str,
    ) -> Result<BTreeSet<InstanceId>, AppError> {
        if reason == NewBase::ERASED {
            return Ok(BTreeSet::new());
        }
        let kind = DocumentKind::FieldAnswers;
        let before = self.store.document(household, kind)?;
        let mut gone: BTreeSet<InstanceId> =
            before.state()?.instances.into_values().flatten().collect();
        for instance in &row.instances {
            gone.remove(&instance.id);
        }
        for change in self.store.changes_of(household, kind)? {
            // What came from a hub may have reached the district and been erased there.
            let compacted = reason == NewBase::COMPACTED;
            let elsewhere = match change.state {
                LogState::Unsent => true,
                LogState::AtHub => compacted,
                _ => false,
            };
            if elsewhere && change.applied {
                for touch in before.touches(&change.body).map_err(|_| damaged())? {
                    if let Touch::AddInstance { id, .. } = touch {
                        gone.remove(&id);
                    }
                }
            }
        }
        Ok(gone)
    }

    /// One transaction: the row (if it comes with the word), the log, the documents, and what stood beside them.
    fn keep_beginning(
        &mut self,
        household: HouseholdId,
        base: &NewBase,
        what: &Anew<'_>,
        fresh: Vec<Fresh>,
        gone: &BTreeSet<InstanceId>,
        (hash, seq): (&Hash, Option<u64>),
    ) -> Result<(), AppError> {
        let answers = fresh.iter().find(|f| f.kind == DocumentKind::FieldAnswers);
        let record = match answers {
            Some(fresh) => fresh.record.clone(),
            None => self.store.record(household)?,
        };
        let state = record.state()?;
        let erased = base.reason == NewBase::ERASED;
        let parts = base.reason == NewBase::ERASED_PERSON || !gone.is_empty();
        let (entries, proposals, photos) = if parts {
            let kind = DocumentKind::Verification;
            let verification = match fresh.iter().find(|f| f.kind == kind) {
                Some(fresh) => fresh.record.state()?,
                None => self.store.document(household, kind)?.state()?,
            };
            self.left_over(household, (&state, &verification), gone)?
        } else {
            Default::default()
        };
        let shared = match (erased, parts) {
            (true, _) => self.shared(household, &self.store.photos_of(household)?)?,
            (_, true) => self.shared(household, &photos)?,
            _ => Vec::new(),
        };
        let photos: Vec<[u8; 32]> = photos
            .into_iter()
            .filter(|hash| shared.iter().all(|(of, _)| of != hash))
            .collect();
        let draft = self
            .store
            .draft(household)?
            .filter(|_| !erased)
            .map(|draft| Draft {
                heads: record.heads(),
                ..draft
            });
        let count: u64 = fresh.iter().map(|f| f.again.len() as u64).sum();
        let made = self.made()? + count;
        let beside: Vec<(DocumentKind, &Record)> = fresh
            .iter()
            .filter(|f| f.kind != DocumentKind::FieldAnswers)
            .map(|f| (f.kind, &f.record))
            .chain([(DocumentKind::FieldAnswers, &record)])
            .collect();
        let again: Vec<ChangeRow> = fresh.iter().flat_map(|f| f.again.clone()).collect();
        let review = self.review_with(household, &beside, &again)?;
        let card = if erased {
            let (_, village) = self.store.row(household)?;
            let line = crate::cards::card(&self.rules, household, &village, &state, false);
            (self.store.row_id(household)?, line)
        } else {
            self.card_of(household, &record)?
        };
        self.store.transact(|tx| {
            Store::begin_anew(tx, household, what.row, &what.documents, seq)?;
            Store::forget_waiting(tx, household, &what.rest)?;
            for (hash, other) in &shared {
                Store::give_photo(tx, hash, *other)?;
            }
            if erased {
                Store::forget_beside(tx, household)?;
                Store::forget_findings(tx, household, None)?;
            }
            if parts {
                let kept: Vec<InstanceId> = state.instances.values().flatten().copied().collect();
                Store::forget_findings(tx, household, Some(&kept))?;
                Store::forget_parts(tx, household, &entries, &proposals, &photos)?;
            }
            Store::note_base(tx, household, hash, seq)?;
            for row in &again {
                Store::add_change(tx, row)?;
            }
            for proposal in fresh.iter().flat_map(|f| &f.proposals) {
                Store::put_proposal(tx, proposal)?;
            }
            if let Some(draft) = &draft {
                Store::put_draft(tx, draft)?;
            }
            if count > 0 {
                Store::put_meta(tx, MADE, &made.to_be_bytes())?;
            }
            Store::put_snapshot(tx, household, &record)?;
            Store::put_review(tx, household, &review)?;
            crate::cards::put(tx, card.0, card.1)
        })?;
        if matches!(&self.open, Some(open) if open.household() == household) {
            self.open = None;
        }
        Ok(())
    }

    /// Photos whose bytes another record shows too, saved or typed, with that record: there is one photo of them.
    fn shared(
        &self,
        household: HouseholdId,
        photos: &[[u8; 32]],
    ) -> Result<Vec<([u8; 32], HouseholdId)>, AppError> {
        let mut open: Vec<([u8; 32], String)> = photos
            .iter()
            .map(|hash| (*hash, hex::encode(hash)))
            .collect();
        let mut shared = Vec::new();
        if open.is_empty() {
            return Ok(shared);
        }
        for other in self.store.all_records()? {
            if other == household {
                continue;
            }
            let state = self.store.record(other)?.state()?;
            let typed = self.store.entries(other)?;
            let verification = self.store.document(other, DocumentKind::Verification)?;
            let verification = verification.state()?;
            open.retain(|(hash, _)| {
                let shows = shows_evidence(&verification, hash);
                if shows {
                    shared.push((*hash, other));
                }
                !shows
            });
            let saved = state.fields.values().flatten().map(|v| v.text.as_str());
            let named: Vec<&str> = saved
                .chain(typed.iter().map(|e| e.value.as_str()))
                .collect();
            open.retain(|(hash, name)| {
                let shows = named.iter().any(|value| value.contains(name));
                if shows {
                    shared.push((*hash, other));
                }
                !shows
            });
        }
        Ok(shared)
    }

    /// What was typed, proposed or photographed about instances that are gone; proposals as they are without it, without
    /// edits when nothing is left of them.
    #[allow(clippy::type_complexity)] // Three lists that are handed on at once.
    fn left_over(
        &self,
        household: HouseholdId,
        (state, verification): (&State, &State),
        gone: &BTreeSet<InstanceId>,
    ) -> Result<(Vec<String>, Vec<Proposal>, Vec<[u8; 32]>), AppError> {
        let typed = self.store.entries(household)?;
        // Not whatever is in no record: what was refused may have made instances of its own.
        let about_gone = |text: &str| gone.iter().any(|id| text.contains(&id.to_string()));
        let entries: Vec<String> = typed
            .iter()
            .filter(|entry| about_gone(&entry.path))
            .map(|entry| entry.path.clone())
            .collect();
        let mut proposals = Vec::new();
        for proposal in self.store.proposals(true)? {
            let mut edits: Vec<Edit> = serde_json::from_str(&proposal.edits).unwrap_or_default();
            let before = edits.len();
            // What the same person said of others stays.
            edits.retain(|edit| {
                ![&edit.path, &edit.value, &edit.old]
                    .into_iter()
                    .any(|text| about_gone(text))
            });
            if proposal.household == household && edits.len() < before {
                let edits = match edits.is_empty() {
                    true => String::new(),
                    false => serde_json::to_string(&edits).unwrap_or_default(),
                };
                proposals.push(Proposal { edits, ..proposal });
            }
        }
        let values = state
            .fields
            .values()
            .flatten()
            .map(|value| value.text.as_str());
        let typed = typed.iter().filter(|entry| !about_gone(&entry.path));
        let named: Vec<&str> = values
            .chain(typed.map(|entry| entry.value.as_str()))
            .collect();
        let mut photos = self.store.photos_of(household)?;
        photos.retain(|hash| {
            let name = hex::encode(hash);
            // What a proposal still shows, made before its author heard of any of this, is promised to all who see it.
            !shows_evidence(verification, hash) && !named.iter().any(|value| value.contains(&name))
        });
        Ok((entries, proposals, photos))
    }
}
