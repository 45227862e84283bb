//! An instance (a visit, a member, an event) that this device made twice: once in a change that the district has, which
//! came there over a hub or was lost here with the database, and once more. The district takes the first: of two maps
//! under one name nobody would ever see the other. What the later change says besides is made again without it. A
//! visit or an event of which it says something else goes on under a name of its own; what it says otherwise of anything
//! else (a member, say) is for its author to see.

use super::rebase::Aside;
use crate::{device::Device, environment::random_uuid, error::AppError};
use lawang_domain::{DocumentKind, FieldPath, HouseholdId, InstanceId};
use lawang_records::{Hash, KEY_OF, KEY_ORDER, Record, State, Touch, is_bookkeeping};
use lawang_store::{ChangeRow, LogState, OLD_BASE};
use std::collections::{BTreeMap, BTreeSet};

/// The server's word for a change that makes an instance which is there.
pub(super) const INSTANCE_TAKEN: &str = "instance_taken";
/// Follows from how many events there were, not from what one says.
const STEP: &str = "step";

/// Instances that are made again in a document, and what the others say of them.
#[derive(Default)]
pub(super) struct Taken {
    /// Changes that make them.
    pub changes: BTreeSet<Hash>,
    pub instances: BTreeSet<InstanceId>,
    /// Of them, those that go on under another name.
    pub renamed: BTreeMap<InstanceId, InstanceId>,
    /// Without what waits here.
    others: State,
}

impl Taken {
    /// Takes out of what a change does what is there already; marks what differs from it.
    pub fn leave_out(&self, touches: &mut Vec<Touch>, denied: &mut Vec<bool>) {
        let mut kept = Vec::with_capacity(touches.len());
        let mut marks = Vec::with_capacity(touches.len());
        for (touch, mut mark) in touches.drain(..).zip(denied.drain(..)) {
            let of = match &touch {
                Touch::AddInstance { id, .. } => Some(*id),
                Touch::Put { instance, .. } => *instance,
            };
            let name = of.and_then(|id| self.renamed.get(&id));
            if let Some(name) = name {
                kept.push(under(touch, *name));
                marks.push(mark);
                continue;
            }
            if of.is_some_and(|id| self.instances.contains(&id)) {
                if self.says(&touch) {
                    continue;
                }
                mark = true;
            }
            kept.push(touch);
            marks.push(mark);
        }
        *touches = kept;
        *denied = marks;
    }

    fn says(&self, touch: &Touch) -> bool {
        let Touch::Put { key, value, .. } = touch else {
            return true;
        };
        let told = |path| {
            let all = self.others.fields.get(&path).into_iter().flatten();
            all.into_iter().any(|other| other.text == *value)
        };
        [KEY_OF, KEY_ORDER, STEP].contains(&key.as_str()) || touch.field().is_some_and(told)
    }
}

/// Names for visits and events that a record has where it begins anew (`now`) and that waiting changes make once more,
/// saying otherwise: an old copy finished them again. Whoever waits with the very value that stands there said it, and
/// only did not hear that it was taken.
pub(super) fn names_at(
    now: &State,
    waiting: &[Touch],
    kind: DocumentKind,
    mut fresh: impl FnMut() -> InstanceId,
) -> BTreeMap<InstanceId, InstanceId> {
    let made = |id: &InstanceId| {
        let again =
            |touch: &Touch| matches!(touch, Touch::AddInstance { id: made, .. } if made == id);
        waiting.iter().any(again)
    };
    let mut said: BTreeMap<FieldPath, BTreeSet<&str>> = BTreeMap::new();
    for touch in waiting {
        if let (Touch::Put { value, .. }, Some(path)) = (touch, touch.field()) {
            said.entry(path).or_default().insert(value);
        }
    }
    let mut names = BTreeMap::new();
    for (path, values) in &said {
        let Some((of, id)) = &path.instance else {
            continue;
        };
        let own = kind != DocumentKind::FieldAnswers || is_bookkeeping(of);
        let follows = [KEY_OF, KEY_ORDER, STEP].contains(&path.key.as_str());
        let stands = now.text(path);
        let otherwise = !stands.is_empty() && !values.contains(stands);
        if own && !follows && otherwise && made(id) {
            names.entry(*id).or_insert_with(&mut fresh);
        }
    }
    names
}

/// The same about an instance of another name.
pub(super) fn under(touch: Touch, name: InstanceId) -> Touch {
    match touch {
        Touch::AddInstance { repeat, .. } => Touch::AddInstance { id: name, repeat },
        Touch::Put {
            repeat,
            key,
            value,
            new,
            removed,
            ..
        } => Touch::Put {
            instance: Some(name),
            repeat,
            key,
            value,
            new,
            removed,
        },
    }
}

impl Device {
    /// Makes again, without the instance, what the district did not take because the instance was there, once the change
    /// that made it there has come.
    pub(super) fn make_taken_again(&mut self) -> Result<(), AppError> {
        for (household, kind) in self.store.parked_documents()? {
            let taken = self.taken_in(household, kind)?;
            if !taken.changes.is_empty() {
                self.rebase_with(household, kind, Aside::Taken(taken))?;
            }
        }
        Ok(())
    }

    fn taken_in(&self, household: HouseholdId, kind: DocumentKind) -> Result<Taken, AppError> {
        let record = self.store.document(household, kind)?;
        let changes = self.store.changes_of(household, kind)?;
        let there = |change: &ChangeRow| {
            change.applied && matches!(change.state, LogState::Sent | LogState::AtHub)
        };
        // What stands in the row that the record began anew from has no change of its own here.
        let waiting: BTreeSet<Hash> = changes
            .iter()
            .filter(|c| c.applied && c.state == LogState::Unsent)
            .map(|c| c.hash)
            .collect();
        let mut taken = Taken::default();
        let parked = |change: &&ChangeRow| {
            change.applied
                && change.state == LogState::Unsent
                && change.reason.as_deref() == Some(OLD_BASE)
        };
        for change in changes.iter().filter(parked) {
            let touches = record.touches(&change.body).unwrap_or_default();
            for touch in touches {
                if let Touch::AddInstance { id, .. } = touch
                    && record
                        .makers(id)?
                        .iter()
                        .any(|hash| !waiting.contains(hash))
                {
                    taken.changes.insert(change.hash);
                    taken.instances.insert(id);
                }
            }
        }
        if !taken.changes.is_empty() {
            let mut without: Record = self.store.first(household, kind)?;
            for change in changes.iter().filter(|c| there(c)) {
                // What builds on something that waits here cannot be there without it.
                let _ = without.apply(&change.body);
            }
            taken.others = without.state()?;
            self.rename(&mut taken, &record, &changes, kind);
        }
        Ok(taken)
    }

    /// Names for visits and events of which what waits here says something else than the one that is there.
    fn rename(
        &self,
        taken: &mut Taken,
        record: &Record,
        changes: &[ChangeRow],
        kind: DocumentKind,
    ) {
        let waits = |change: &&ChangeRow| change.applied && change.state == LogState::Unsent;
        for change in changes.iter().filter(waits) {
            for touch in record.touches(&change.body).unwrap_or_default() {
                let Touch::Put {
                    instance: Some(id),
                    repeat,
                    ..
                } = &touch
                else {
                    continue;
                };
                let own = kind != DocumentKind::FieldAnswers || is_bookkeeping(repeat);
                if own && taken.instances.contains(id) && !taken.says(&touch) {
                    let environment = self.environment.as_ref();
                    let fresh = || InstanceId(random_uuid(environment));
                    taken.renamed.entry(*id).or_insert_with(fresh);
                }
            }
        }
    }
}
