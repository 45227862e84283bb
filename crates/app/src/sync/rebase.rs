//! After refusals: the document goes on from what was accepted, under a fresh actor. What is allowed is made again
//! on top, in the order in which it was made; what is not becomes a proposal. Nothing is lost, and what only
//! built on a refused change goes through in the same exchange.

use super::taken::{INSTANCE_TAKEN, Taken};
use crate::{
    device::{Device, INCARNATION, MADE},
    environment::{random, random_uuid},
    error::AppError,
};
use lawang_domain::{Denied, DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_records::{
    BESIDE_ACTOR, Evidence, Hash, Heads, KEY_OF, KEY_ORDER, Record, State, Touch, Write,
    belongs_to, inspect, next_step,
};
use lawang_store::{ChangeRow, Draft, LogState, Proposal, ProposalState, Store};
use lawang_sync::{Incarnation, actor_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A change that was refused only because it builds on another refused one.
pub(super) const DEPENDS: &str = "missing_dependency";

/// One refused edit as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// Field path; of a new instance `repeat/uuid`.
    pub path: String,
    pub value: String,
    /// What stood there before.
    #[serde(default)]
    pub old: String,
    /// Makes an instance; the value is its order.
    #[serde(default)]
    pub adds: bool,
}

/// Why more of a document is set aside than what was refused.
pub(super) enum Aside {
    Nothing,
    /// Changes of other devices that a hub showed and takes back.
    Withdrawn(BTreeSet<Hash>),
    /// Changes that make instances which are there.
    Taken(Taken),
}

/// A document while it is made anew.
struct Work {
    household: HouseholdId,
    kind: DocumentKind,
    /// With everything that was refused, to read what it did.
    before: Record,
    record: Record,
    /// What takes the place of changes that are set aside, in the eyes of those that build on them.
    moved: BTreeMap<Hash, Heads>,
    aside: Vec<(Hash, LogState)>,
    /// Of other devices, heard of at a hub, and in the way: the district will not have what builds on them.
    doubtful: BTreeSet<Hash>,
    taken: Taken,
    fresh: Vec<ChangeRow>,
    proposals: Vec<Proposal>,
}

/// What of a change is made again, and what is not.
struct Split {
    allowed: Vec<Write>,
    denied: Vec<Edit>,
}

impl Device {
    /// Makes every document anew in which something was refused; gives the number of documents.
    pub(crate) fn rebase_refused(&mut self) -> Result<usize, AppError> {
        self.make_taken_again()?;
        let waiting = self.store.refused_documents()?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let fresh: Incarnation = random(self.environment.as_ref());
        let actor = actor_of(&self.key.public(), &fresh);
        let mut done = 0;
        for (household, kind) in waiting {
            match self.rebase(household, kind, (fresh, actor), Aside::Nothing) {
                Ok(()) => done += 1,
                // One record that cannot be read must not keep the others from being sent.
                Err(error) if matches!(error.code, "record_damaged" | "database_damaged") => {
                    tracing::error!(%household, code = error.code, "refused work cannot be set aside yet");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Takes changes of other devices out of their documents that a hub showed and takes back; what was built on them
    /// here is made anew.
    pub(crate) fn set_withdrawn_aside(&mut self, hashes: &BTreeSet<Hash>) -> Result<(), AppError> {
        let mut documents = BTreeSet::new();
        for hash in hashes {
            if let Some(change) = self.store.change(hash)?
                && change.state == LogState::AtHub
                && change.applied
            {
                documents.insert((change.household, change.kind));
            }
        }
        if documents.is_empty() {
            return Ok(());
        }
        let fresh: Incarnation = random(self.environment.as_ref());
        let actor = actor_of(&self.key.public(), &fresh);
        for (household, kind) in documents {
            let aside = Aside::Withdrawn(hashes.clone());
            self.rebase(household, kind, (fresh, actor), aside)?;
        }
        Ok(())
    }

    /// One document, under a fresh actor.
    pub(super) fn rebase_with(
        &mut self,
        household: HouseholdId,
        kind: DocumentKind,
        aside: Aside,
    ) -> Result<(), AppError> {
        let fresh: Incarnation = random(self.environment.as_ref());
        let actor = actor_of(&self.key.public(), &fresh);
        self.rebase(household, kind, (fresh, actor), aside)
    }

    fn rebase(
        &mut self,
        household: HouseholdId,
        kind: DocumentKind,
        (incarnation, actor): (Incarnation, [u8; 16]),
        aside: Aside,
    ) -> Result<(), AppError> {
        let mut work = Work {
            household,
            kind,
            before: self.store.document(household, kind)?,
            record: self.store.first(household, kind)?,
            moved: BTreeMap::new(),
            aside: Vec::new(),
            doubtful: BTreeSet::new(),
            taken: Taken::default(),
            fresh: Vec::new(),
            proposals: Vec::new(),
        };
        let changes = self.store.changes_of(household, kind)?;
        work.doubtful = doubtful(&changes);
        match aside {
            Aside::Nothing => {}
            Aside::Withdrawn(hashes) => work.doubtful.extend(hashes),
            Aside::Taken(taken) => work.taken = taken,
        }
        for change in changes {
            if change.applied {
                self.step(&mut work, &change, &actor)?;
            }
        }
        self.keep(work, incarnation, actor)
    }

    fn step(&self, work: &mut Work, change: &ChangeRow, actor: &[u8; 16]) -> Result<(), AppError> {
        let damaged = |e: String| AppError::new("record_damaged", e);
        let info = inspect(&change.body).map_err(|e| damaged(e.to_string()))?;
        let builds_on_refused = info.deps.iter().any(|hash| work.moved.contains_key(hash));
        let stays = match change.state {
            LogState::Sent => true,
            LogState::Refused => false,
            LogState::Unsent | LogState::Replaced => {
                !builds_on_refused && !work.taken.changes.contains(&change.hash)
            }
            LogState::AtHub => !builds_on_refused && !work.doubtful.contains(&change.hash),
        };
        if stays {
            work.record
                .apply(&change.body)
                .map_err(|e| damaged(e.to_string()))?;
            return Ok(());
        }
        let mut heads: Heads = Vec::new();
        for hash in &info.deps {
            match work.moved.get(hash) {
                Some(instead) => heads.extend(instead),
                None => heads.push(*hash),
            }
        }
        let heads = work.record.newest_of(&heads);
        let registers = change.device.0.is_nil() || belongs_to(&info.actor, BESIDE_ACTOR);
        if change.state == LogState::AtHub || registers {
            // The register says it again when its prelist is imported again; or the device that made it makes it anew, and that comes here; and it itself, if the district takes it.
            work.moved.insert(change.hash, heads);
            work.aside.push((change.hash, LogState::Replaced));
            return Ok(());
        }
        let reason = match change.state {
            LogState::Refused => change.reason.as_deref().unwrap_or(DEPENDS),
            _ if !work.taken.changes.is_empty() => INSTANCE_TAKEN,
            _ => change.reason.as_deref().unwrap_or(DEPENDS),
        };
        let refused = change.state == LogState::Refused && reason != DEPENDS;
        let mut split = self.split(work, change, refused.then_some(reason), &heads)?;
        let mut now = heads.clone();
        if !split.allowed.is_empty() {
            let time = info.time;
            match work.record.write(&heads, actor, time, &split.allowed) {
                Ok(Some(made)) => {
                    now = vec![made.hash];
                    let row =
                        self.new_row(work.household, work.kind, made.hash, made.bytes, change.at)?;
                    work.fresh.push(row);
                }
                Ok(None) => {}
                // It cannot be made again; then a person sees all of it.
                Err(_) => split = self.all_denied(work, change)?,
            }
        }
        work.moved.insert(change.hash, now);
        let state = if refused {
            LogState::Refused
        } else {
            LogState::Replaced
        };
        work.aside.push((change.hash, state));
        if !split.denied.is_empty() {
            work.proposals.push(Proposal {
                id: random_uuid(self.environment.as_ref()),
                household: work.household,
                kind: work.kind,
                change: change.hash,
                reason: reason.to_owned(),
                at: change.at,
                edits: serde_json::to_string(&split.denied).unwrap_or_default(),
                state: ProposalState::Open,
                settled: None,
            });
        }
        Ok(())
    }

    fn all_denied(&self, work: &Work, change: &ChangeRow) -> Result<Split, AppError> {
        let denied = match work.before.touches(&change.body) {
            Ok(touches) => edits(work, change, &touches, &|_| true)?,
            Err(_) => vec![unreadable()],
        };
        Ok(Split {
            allowed: Vec::new(),
            denied,
        })
    }

    /// `refused`: the reason with which the server refused this very change.
    fn split(
        &self,
        work: &Work,
        change: &ChangeRow,
        refused: Option<&str>,
        heads: &[Hash],
    ) -> Result<Split, AppError> {
        let Ok(mut touches) = work.before.touches(&change.body) else {
            return Ok(Split {
                allowed: Vec::new(),
                denied: vec![unreadable()],
            });
        };
        let mut denied: Vec<bool> = match refused {
            Some(code) if Denied::CODES.contains(&code) => self
                .denied(work.household, work.kind, &touches)?
                .iter()
                .map(Option::is_some)
                .collect(),
            // Refused for what it is, not for what it writes.
            Some(_) => vec![true; touches.len()],
            None => vec![false; touches.len()],
        };
        work.taken.leave_out(&mut touches, &mut denied);
        // The server knows better than this device why: all of it is for a person to see.
        let unexplained = refused.is_some() && !denied.contains(&true);
        // Events are whole or nothing.
        let event = work.kind != DocumentKind::FieldAnswers && denied.contains(&true);
        if unexplained || event {
            denied.fill(true);
        }
        spread(&mut denied, &touches, &work.record, heads)?;
        let mut allowed: Vec<Touch> = touches
            .iter()
            .zip(&denied)
            .filter(|(_, denied)| !**denied)
            .map(|(touch, _)| touch.clone())
            .collect();
        if work.kind != DocumentKind::FieldAnswers {
            without_gaps(&mut allowed, &work.record.state_at(heads)?);
        }
        Ok(Split {
            allowed: Record::writes_for(&allowed),
            denied: edits(work, change, &touches, &|index| denied[index])?,
        })
    }

    /// One transaction: the log, the document, what was typed, the proposals, the new incarnation.
    fn keep(
        &mut self,
        work: Work,
        incarnation: Incarnation,
        actor: [u8; 16],
    ) -> Result<(), AppError> {
        let household = work.household;
        let draft = if work.kind == DocumentKind::FieldAnswers {
            let draft = self.store.draft(household)?.map(|draft| {
                let mut heads: Heads = Vec::new();
                for hash in &draft.heads {
                    match work.moved.get(hash) {
                        Some(instead) => heads.extend(instead),
                        None => heads.push(*hash),
                    }
                }
                Draft {
                    heads: work.record.newest_of(&heads),
                    ..draft
                }
            });
            match draft {
                // What goes on here is another visit than the one that is there.
                Some(draft) if work.taken.instances.contains(&draft.visit) => {
                    let visit = match work.taken.renamed.get(&draft.visit) {
                        Some(name) => *name,
                        None => self.new_visit(household, &work.record.state()?, draft.started),
                    };
                    Some(Draft { visit, ..draft })
                }
                draft => draft,
            }
        } else {
            None
        };
        let mut gone: Vec<String> = Vec::new();
        for proposal in &work.proposals {
            let edits: Vec<Edit> = serde_json::from_str(&proposal.edits).unwrap_or_default();
            gone.extend(edits.into_iter().map(|edit| edit.path));
        }
        // Of a proposal that was refused, the files may be nowhere else: they wait where the next one is made.
        let files: Vec<[u8; 32]> = match work.kind {
            DocumentKind::Verification => work.proposals.iter().flat_map(evidence_in).collect(),
            _ => Vec::new(),
        };
        let now = self.now();
        let known = self.incarnations()?;
        // Always, also with nothing to send: the old actor has said things under numbers that must not be used again,
        // and a batch that comes to the server late, and is taken then, has to come back here with the others.
        let renew = self.incarnation != incarnation;
        let made = if renew { 0 } else { self.made()? } + work.fresh.len() as u64;
        let review = self.review_with(household, &[(work.kind, &work.record)], &work.fresh)?;
        let card_from = if work.kind == DocumentKind::FieldAnswers {
            work.record.clone()
        } else {
            self.store.record(household)?
        };
        let card = self.card_of(household, &card_from)?;
        self.store.transact(|tx| {
            for (hash, state) in &work.aside {
                Store::set_aside(tx, hash, *state)?;
            }
            for row in &work.fresh {
                Store::add_change(tx, row)?;
            }
            for proposal in &work.proposals {
                Store::put_proposal(tx, proposal)?;
            }
            Store::evidence_back(tx, household, &files, now)?;
            if work.kind == DocumentKind::FieldAnswers {
                Store::put_snapshot(tx, household, &work.record)?;
                Store::forget_entity_ops(tx, household)?;
                if let Some(draft) = &draft {
                    Store::put_draft(tx, draft)?;
                }
                for path in &gone {
                    Store::drop_entry(tx, household, path)?;
                }
            }
            if renew {
                let mut joined: Vec<u8> = known.iter().flatten().copied().collect();
                joined.extend_from_slice(&incarnation);
                Store::put_meta(tx, super::local::INCARNATIONS, &joined)?;
                Store::put_meta(tx, INCARNATION, &incarnation)?;
            }
            if renew || !work.fresh.is_empty() {
                Store::put_meta(tx, MADE, &made.to_be_bytes())?;
            }
            Store::put_review(tx, household, &review)?;
            crate::cards::put(tx, card.0, card.1)
        })?;
        if renew {
            self.incarnation = incarnation;
            self.actor = actor;
        }
        if matches!(&self.open, Some(open) if open.household() == household) {
            self.open = None;
        }
        Ok(())
    }
}

/// Hashes of the files that a refused proposal for removal shows.
fn evidence_in(proposal: &Proposal) -> Vec<[u8; 32]> {
    let edits: Vec<Edit> = serde_json::from_str(&proposal.edits).unwrap_or_default();
    let shown = |edit: &Edit| -> Option<Vec<Evidence>> {
        let path: FieldPath = edit.path.parse().ok()?;
        let (of, _) = path.instance?;
        if of != Event::REMOVALS || path.key != "evidence" {
            return None;
        }
        serde_json::from_str(&edit.value).ok()
    };
    let files = edits.iter().filter_map(shown).flatten();
    files.filter_map(|file| file.hash()).collect()
}

/// Changes that came from a hub and on which something was built that the district refused for what it builds on.
fn doubtful(changes: &[ChangeRow]) -> BTreeSet<Hash> {
    let by_hash: BTreeMap<Hash, &ChangeRow> = changes.iter().map(|c| (c.hash, c)).collect();
    let mut waiting: Vec<&ChangeRow> = changes
        .iter()
        .filter(|c| {
            c.applied && c.state == LogState::Refused && c.reason.as_deref() == Some(DEPENDS)
        })
        .collect();
    let mut found = BTreeSet::new();
    while let Some(change) = waiting.pop() {
        let deps = inspect(&change.body)
            .map(|info| info.deps)
            .unwrap_or_default();
        let known: Vec<&ChangeRow> = deps
            .iter()
            .filter_map(|d| by_hash.get(d).copied())
            .collect();
        if known.iter().any(|dep| dep.state == LogState::Refused) {
            // That explains it.
            continue;
        }
        for dep in known {
            if dep.state == LogState::AtHub && found.insert(dep.hash) {
                waiting.push(dep);
            }
        }
    }
    found
}

/// An event before one that is made again may be gone: no step is left out.
pub(super) fn without_gaps(events: &mut [Touch], there: &State) {
    for touch in events {
        if let Touch::Put {
            repeat, key, value, ..
        } = touch
            && key == "step"
        {
            let next = next_step(there, repeat);
            let step = value.parse::<u64>().unwrap_or(next).min(next);
            *value = step.to_string();
        }
    }
}

/// What is not made again takes what stands in it along: fields of an instance that will not be there.
fn spread(
    denied: &mut [bool],
    touches: &[Touch],
    record: &Record,
    heads: &[Hash],
) -> Result<(), AppError> {
    let there = record.state_at(heads)?;
    let known: BTreeSet<InstanceId> = there.instances.values().flatten().copied().collect();
    let mut missing: BTreeSet<InstanceId> = BTreeSet::new();
    for (touch, denied) in touches.iter().zip(denied.iter()) {
        match touch {
            Touch::AddInstance { id, .. } if *denied => {
                missing.insert(*id);
            }
            // An instance without what it is, is nothing.
            Touch::Put {
                instance: Some(id),
                key,
                new: true,
                ..
            } if *denied && (key == KEY_OF || key == KEY_ORDER) => {
                missing.insert(*id);
            }
            Touch::Put {
                instance: Some(id),
                new: false,
                ..
            } if !known.contains(id) => {
                missing.insert(*id);
            }
            _ => {}
        }
    }
    for (touch, denied) in touches.iter().zip(denied.iter_mut()) {
        *denied |= match touch {
            Touch::AddInstance { id, .. } => missing.contains(id),
            Touch::Put { instance, .. } => instance.is_some_and(|id| missing.contains(&id)),
        };
    }
    Ok(())
}

/// What a change wrote, as it is kept for a person.
fn edits(
    work: &Work,
    change: &ChangeRow,
    touches: &[Touch],
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Vec<Edit>, AppError> {
    let deps = inspect(&change.body)
        .map(|info| info.deps)
        .unwrap_or_default();
    let seen = work.before.state_at(&deps)?;
    let mut all = Vec::new();
    for (index, touch) in touches.iter().enumerate() {
        if !wanted(index) {
            continue;
        }
        all.extend(edit_of(touch, touches, &seen));
    }
    Ok(all)
}

/// One thing that a change did, as it is kept for a person; nothing of what only belongs to another of its `touches`.
pub(super) fn edit_of(touch: &Touch, touches: &[Touch], seen: &State) -> Option<Edit> {
    match touch {
        Touch::AddInstance { id, repeat } => Some(Edit {
            path: format!("{repeat}/{id}"),
            value: order_of(touches, *id),
            old: String::new(),
            adds: true,
        }),
        Touch::Put { new: true, key, .. } if key == KEY_OF || key == KEY_ORDER => None,
        Touch::Put { value, .. } => touch.field().map(|path| Edit {
            old: seen.text(&path).to_owned(),
            path: path.to_string(),
            value: value.clone(),
            adds: false,
        }),
    }
}

fn order_of(touches: &[Touch], wanted: InstanceId) -> String {
    touches
        .iter()
        .find_map(|touch| match touch {
            Touch::Put {
                instance: Some(id),
                key,
                value,
                new: true,
                ..
            } if *id == wanted && key == KEY_ORDER => Some(value.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// Nobody can say what the change does: it is kept whole in the log, and shown without its fields.
fn unreadable() -> Edit {
    Edit {
        path: String::new(),
        value: String::new(),
        old: String::new(),
        adds: false,
    }
}
