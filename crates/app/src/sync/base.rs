//! A record begins anew here too: the server erased something of it on request, or compacted it. What was made here and
//! not sent goes on from the new beginning; what was erased leaves this device.

use super::rebase::{Edit, edit_of, without_gaps};
use crate::{
    device::{Device, MADE},
    environment::random_uuid,
    error::AppError,
    visit::Ending,
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_records::{
    Hash, KEY_PARENT, KEY_STATUS, Record, Row, Said, State, Touch, UNKNOWN, Write, inspect,
    is_bookkeeping, shows_evidence, source,
};
use lawang_store::{ChangeRow, Draft, LogState, OLD_BASE, Proposal, ProposalState, Store, Thing};
use lawang_sync::{Entry, KIND_BASE, NewBase, PullBody, decode};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A document at its new beginning, with what was made here again.
struct Fresh {
    kind: DocumentKind,
    record: Record,
    again: Vec<ChangeRow>,
    proposals: Vec<Proposal>,
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
        for (entry, base) in words {
            let seq = hub.is_none().then_some(entry.seq);
            let household = HouseholdId(Uuid::from_bytes(*entry.household));
            if base.moved.is_none() && self.store.row_state(household)?.is_none() {
                // Of a record that left.
                continue;
            }
            gone |= match &base.moved {
                Some(moved) => self.follow_move(&base, moved, seq)?,
                None => self.follow(&base, seq)?,
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

    /// True when anything left this device.
    fn follow(&mut self, base: &NewBase, seq: Option<u64>) -> Result<bool, AppError> {
        let household = HouseholdId(Uuid::from_bytes(*base.household));
        let hash = Hash(base.hash());
        let (digest, changes) = self.store.beginning(household)?;
        // A household begun here has the same empty row as an erased one; what was typed into it and is in no change yet
        // has to go all the same.
        let here = digest == *base.digest
            && changes == 0
            && (base.reason != NewBase::ERASED || !self.store.has_beside(household)?);
        let row = match &base.row {
            // A later word brings the row as it is now.
            Some(row) if !here && !self.store.knows_base(&hash.0)? => row,
            _ => {
                self.store
                    .transact(|tx| Store::note_base(tx, household, &hash, seq))?;
                return Ok(false);
            }
        };
        if Row::digest(row) != *base.digest {
            return Err(damaged());
        }
        let new = Row::from_bytes(row).map_err(|_| damaged())?;
        if base.reason != NewBase::ERASED {
            // What somebody is typing was typed on the old beginning: a change there, made again like the others.
            self.fold(household, &Ending::default())?;
        }
        let mut fresh = Vec::new();
        let gone = self.gone(household, &new, &base.reason)?;
        for number in &base.documents {
            let kind = DocumentKind::from_number(*number).ok_or_else(damaged)?;
            fresh.push(self.again(household, kind, (&new, seq), &base.reason, &gone)?);
        }
        self.keep_beginning(household, base, row, fresh, &gone, (&hash, seq))?;
        Ok(true)
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

    fn again(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
        (row, seq): (&Row, Option<u64>),
        reason: &str,
        gone: &BTreeSet<InstanceId>,
    ) -> Result<Fresh, AppError> {
        let record = match kind {
            DocumentKind::FieldAnswers => Record::genesis(row)?,
            other => Record::genesis_of(household, other)?,
        };
        let mut fresh = Fresh {
            kind,
            record,
            again: Vec::new(),
            proposals: Vec::new(),
        };
        let changes = self.store.changes_of(household, kind)?;
        // Documents beside the answers begin with the same change each time: what the district took of them after its
        // word, before this device heard of it, stands on the new beginning already.
        for change in changes.iter().filter(|c| c.applied) {
            if change.state == LogState::Sent && seq.is_some() && change.seq > seq {
                fresh.record.apply(&change.body).map_err(|_| damaged())?;
            }
        }
        let waits = |c: &&ChangeRow| c.state == LogState::Unsent && c.applied;
        if reason == NewBase::ERASED || !changes.iter().any(|c| waits(&c)) {
            return Ok(fresh);
        }
        let before = self.store.document(household, kind)?;
        let now = Now {
            state: fresh.record.state()?,
            said: fresh.record.said()?,
            before: before.said()?,
            first: before.genesis_hash(),
            own: changes.iter().filter(waits).map(|c| c.hash).collect(),
            without_evidence: reason == NewBase::ERASED_PERSON || !gone.is_empty(),
        };
        for change in changes.iter().filter(waits) {
            self.make_again(&mut fresh, &before, &now, change, gone)?;
        }
        Ok(fresh)
    }

    /// Makes one change again on the new beginning. What would hide something that its author did not see becomes a
    /// proposal.
    fn make_again(
        &self,
        fresh: &mut Fresh,
        before: &Record,
        begins: &Now,
        change: &ChangeRow,
        gone: &BTreeSet<InstanceId>,
    ) -> Result<(), AppError> {
        let info = inspect(&change.body).map_err(|_| damaged())?;
        // What cannot be read must not be taken for nothing: the old beginning stays until somebody has looked.
        let touches = before.touches(&change.body).map_err(|_| damaged())?;
        let seen = before.state_at(&info.deps)?;
        let now = &begins.state;
        let mut there: BTreeSet<InstanceId> = fresh
            .record
            .state()?
            .instances
            .into_values()
            .flatten()
            .collect();
        for touch in &touches {
            if let Touch::AddInstance { id, .. } = touch {
                there.insert(*id);
            }
        }
        // An instance inside one that is gone is gone with it.
        let mut dropped = gone.clone();
        for touch in &touches {
            if let Touch::Put {
                instance: Some(id),
                key,
                value,
                ..
            } = touch
                && key == KEY_PARENT
                && let Ok(parent) = value.parse::<InstanceId>()
                && !there.contains(&parent)
            {
                there.remove(id);
                if dropped.contains(&parent) {
                    dropped.insert(*id);
                }
            }
        }
        // An event that names somebody who was erased goes with them.
        if fresh.kind != DocumentKind::FieldAnswers {
            for touch in &touches {
                if let Touch::Put {
                    instance: Some(id),
                    value,
                    ..
                } = touch
                    && gone.iter().any(|gone| value.contains(&gone.to_string()))
                {
                    there.remove(id);
                    dropped.insert(*id);
                }
            }
        }
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        for touch in touches.clone() {
            let instance = match &touch {
                Touch::AddInstance { id, .. } => Some(*id),
                Touch::Put { instance, .. } => *instance,
            };
            if let Some(id) = instance.filter(|id| !there.contains(id)) {
                // What was said of somebody whom the district does not have yet is kept for its author.
                if fresh.kind == DocumentKind::FieldAnswers && !dropped.contains(&id) {
                    denied.extend(edit_of(&touch, &touches, &seen));
                }
                continue;
            }
            match &touch {
                Touch::AddInstance { .. } => allowed.push(touch),
                Touch::Put { value, .. } => {
                    let path = touch.field();
                    let unseen = |path: &FieldPath| {
                        begins.hides(path, value, &seen) || struck_out(path, now, &touches)
                    };
                    match path.filter(unseen) {
                        None => allowed.push(touch),
                        Some(path) => denied.push(Edit {
                            old: now.text(&path).to_owned(),
                            path: path.to_string(),
                            value: value.clone(),
                            adds: false,
                        }),
                    }
                }
            }
        }
        if begins.without_evidence {
            // Of evidence nobody knows who can be seen in it: it goes with whoever was erased, and the proposal stays.
            allowed.retain(|touch| {
                !matches!(touch, Touch::Put { repeat, key, .. }
                    if repeat == Event::REMOVALS && key == "evidence")
            });
        }
        if fresh.kind != DocumentKind::FieldAnswers {
            without_gaps(&mut allowed, &fresh.record.state()?);
        }
        // Also what stands there by now: somebody else said it, and whoever replaces that has not seen this.
        let again = Record::writes_for(&allowed)
            .into_iter()
            .map(|write| match write {
                Write::Put(path, value) if answers(&path) => Write::Say(path, value),
                other => other,
            });
        let writes: Vec<Write> = again.collect();
        let heads = fresh.record.heads();
        if let Some(made) = fresh
            .record
            .write(&heads, &self.actor, info.time, &writes)?
        {
            let row = self.new_row(
                change.household,
                fresh.kind,
                made.hash,
                made.bytes,
                change.at,
            )?;
            fresh.again.push(row);
        }
        if !denied.is_empty() {
            fresh.proposals.push(Proposal {
                id: random_uuid(self.environment.as_ref()),
                household: change.household,
                kind: fresh.kind,
                change: change.hash,
                reason: OLD_BASE.to_owned(),
                at: change.at,
                edits: serde_json::to_string(&denied).unwrap_or_default(),
                state: ProposalState::Open,
                settled: None,
            });
        }
        Ok(())
    }

    /// One transaction: the row, the log, the documents, and what stood beside them.
    fn keep_beginning(
        &mut self,
        household: HouseholdId,
        base: &NewBase,
        row: &[u8],
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
            Store::begin_anew(tx, household, row, &base.documents, seq)?;
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

/// Whether a write is about somebody who is struck out where the record begins anew, and whom the same change does not
/// take back in: what was concurrent before would be refused now.
fn struck_out(path: &FieldPath, now: &State, touches: &[Touch]) -> bool {
    let Some((of, id)) = &path.instance else {
        return false;
    };
    let status = FieldPath::of(of.as_str(), *id, KEY_STATUS);
    let back = touches.iter().any(|touch| {
        matches!(touch, Touch::Put { value, .. } if value != "removed")
            && touch.field().as_ref() == Some(&status)
    });
    !path.key.starts_with('_') && !back && now.text(&status) == "removed"
}

/// Whether the field is an answer, and none of what is kept beside them, some of which is written once.
fn answers(path: &FieldPath) -> bool {
    let beside = path.instance.as_ref();
    !path.key.starts_with('_') && !beside.is_some_and(|(of, _)| is_bookkeeping(of))
}

/// What the record says where it begins anew, and how what was made before stands to that.
struct Now {
    state: State,
    /// Who said it.
    said: Said,
    /// Who had said what the record said at its beginning before.
    before: Said,
    /// The first change of the beginning before.
    first: Option<Hash>,
    /// Changes of this device that are made again, one on the other.
    own: BTreeSet<Hash>,
    /// Somebody was erased, perhaps one of whom this device never heard: files that show nobody knows whom go.
    without_evidence: bool,
}

impl Now {
    /// Whether a write would replace a value that its author never saw; also one that says the same as what the author saw,
    /// when somebody else said it since.
    fn hides(&self, path: &FieldPath, value: &str, seen: &State) -> bool {
        let stands = self.state.text(path);
        if stands == value {
            return false;
        }
        if stands != seen.text(path) {
            return true;
        }
        let Some(by) = self.said.answered.get(path).filter(|by| **by != UNKNOWN) else {
            return false;
        };
        let mut had = seen.fields.get(path).into_iter().flatten();
        !had.any(|value| {
            source(&value.change) == *by
                || self.own.contains(&value.change)
                || (Some(value.change) == self.first && self.before.answered.get(path) == Some(by))
        })
    }
}
