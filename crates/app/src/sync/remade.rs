//! What was made here and not sent is made again where a record begins anew: change by change, without what was erased.
//! What would hide something that its author did not see becomes a proposal.

use super::{
    base::damaged,
    rebase::{Edit, edit_of, without_gaps},
    taken::{names_at, under},
};
use crate::{device::Device, environment::random_uuid, error::AppError};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_records::{
    Hash, KEY_PARENT, KEY_STATUS, Record, Row, Said, State, Touch, UNKNOWN, Write, inspect,
    is_bookkeeping, source,
};
use lawang_store::{ChangeRow, LogState, OLD_BASE, Proposal, ProposalState};
use lawang_sync::NewBase;
use std::collections::{BTreeMap, BTreeSet};

/// A document at its new beginning, with what was made here again.
pub(super) struct Fresh {
    pub kind: DocumentKind,
    pub record: Record,
    pub again: Vec<ChangeRow>,
    pub proposals: Vec<Proposal>,
}

/// On what something is made again.
#[derive(Clone, Copy)]
pub(super) enum Ground<'a> {
    /// The record's row, and the number of the word about it.
    Anew(&'a Row, Option<u64>),
    /// What the others say of it: it does not begin anew.
    Same,
}

impl Ground<'_> {
    /// Documents beside the answers begin with the same change each time: what the district took of them after its word,
    /// before this device heard of it, stands on the new beginning already.
    fn holds(self, change: &ChangeRow) -> bool {
        match self {
            Self::Anew(_, seq) => {
                change.state == LogState::Sent && seq.is_some() && change.seq > seq
            }
            Self::Same => matches!(change.state, LogState::Sent | LogState::AtHub),
        }
    }
}

impl Device {
    pub(super) fn again(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
        ground: Ground<'_>,
        reason: &str,
        gone: &BTreeSet<InstanceId>,
    ) -> Result<Fresh, AppError> {
        let record = match kind {
            DocumentKind::FieldAnswers => match ground {
                Ground::Anew(row, _) => Record::genesis(row)?,
                Ground::Same => self.store.first(household, kind)?,
            },
            other => Record::genesis_of(household, other)?,
        };
        let mut fresh = Fresh {
            kind,
            record,
            again: Vec::new(),
            proposals: Vec::new(),
        };
        let changes = self.store.changes_of(household, kind)?;
        for change in changes.iter().filter(|c| c.applied) {
            if ground.holds(change) {
                fresh.record.apply(&change.body).map_err(|_| damaged())?;
            }
        }
        let waits = |c: &&ChangeRow| c.state == LogState::Unsent && c.applied;
        if reason == NewBase::ERASED || !changes.iter().any(|c| waits(&c)) {
            return Ok(fresh);
        }
        let before = self.store.document(household, kind)?;
        let state = fresh.record.state()?;
        let mut waiting = Vec::new();
        for change in changes.iter().filter(waits) {
            waiting.extend(before.touches(&change.body).map_err(|_| damaged())?);
        }
        let names = names_at(&state, &waiting, kind, || {
            InstanceId(random_uuid(self.environment.as_ref()))
        });
        let now = Now {
            names,
            state,
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
        let touches: Vec<Touch> = touches.into_iter().map(|t| begins.named(t)).collect();
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
    /// What goes on under another name.
    names: BTreeMap<InstanceId, InstanceId>,
}

impl Now {
    fn named(&self, touch: Touch) -> Touch {
        let of = match &touch {
            Touch::AddInstance { id, .. } => Some(*id),
            Touch::Put { instance, .. } => *instance,
        };
        match of.and_then(|id| self.names.get(&id)) {
            Some(name) => under(touch, *name),
            None => touch,
        }
    }

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
