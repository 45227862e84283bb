//! Instances of repeats: adding them, taking them out, and those that the questionnaire counts.

use super::{OpenVisit, Whole, tree::find_repeat};
use crate::{device::Device, environment::random_uuid, error::AppError};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::{KEY_PARENT, KEY_STATUS};
use lawang_store::{DraftEntry, EntryKind};
use std::collections::btree_map::Entry;

fn entry(kind: EntryKind, path: impl ToString, value: impl Into<String>, at: i64) -> DraftEntry {
    DraftEntry {
        kind,
        path: path.to_string(),
        value: value.into(),
        at,
        folded: false,
    }
}

/// Entries that make an instance: itself, and what it stands in.
fn making(
    repeat: &str,
    id: InstanceId,
    parent: Option<InstanceId>,
    order: String,
    at: i64,
) -> Vec<DraftEntry> {
    let mut entries = vec![entry(
        EntryKind::NewInstance,
        format!("{repeat}/{id}"),
        order,
        at,
    )];
    if let Some(parent) = parent {
        let path = FieldPath::of(repeat, id, KEY_PARENT);
        entries.push(entry(EntryKind::Answer, path, parent.to_string(), at));
    }
    entries
}

impl Device {
    /// Adds an empty instance of a repeat; `parent` is the instance around it, for a nested one. Gives
    /// its id.
    pub fn add_instance(
        &mut self,
        household: HouseholdId,
        repeat: &str,
        parent: Option<InstanceId>,
    ) -> Result<InstanceId, AppError> {
        let id = InstanceId(random_uuid(self.environment.as_ref()));
        let at = self.now();
        let open = self.open_visit(household, Whole::Visit)?;
        if open.is_members(repeat) {
            return self.add_member(household, Whole::Visit);
        }
        let missing = || AppError::new("no_such_repeat", "no such repeat in this place");
        if open.is_counted(repeat).ok_or_else(missing)? {
            return Err(AppError::new("counted_repeat", "repeat_count"));
        }
        open.instance.add_repeat(repeat, parent, id);
        if !open.instance.instances(repeat).contains(&id) {
            return Err(missing());
        }
        open.added.insert(id);
        open.places.insert(id, (repeat.to_owned(), parent));
        let entries = making(repeat, id, parent, at.to_string(), at);
        self.type_entries(household, &entries)?;
        Ok(id)
    }

    /// Takes an instance out, or back in. One that is part of the record is struck out, with a reason;
    /// nothing is deleted.
    pub fn remove_instance(
        &mut self,
        household: HouseholdId,
        repeat: &str,
        id: InstanceId,
        removed: bool,
        reason: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        let open = self.open_visit(household, Whole::Visit)?;
        if open.is_members(repeat) {
            return self.remove_member(household, id, removed, reason);
        }
        let known = open.places.get(&id).is_some_and(|(of, _)| of == repeat)
            || open.instance.instances(repeat).contains(&id);
        if !known {
            return Err(AppError::new("no_such_repeat", "no such instance"));
        }
        if open.is_counted(repeat).unwrap_or(true) {
            return Err(AppError::new("counted_repeat", "repeat_count"));
        }
        let reason = reason.trim();
        if removed && open.needs_reason(repeat, id) && reason.chars().count() < 3 {
            return Err(AppError::new("reason_needed", "no reason given"));
        }
        let node = open.xpath(Some((repeat, id)), "");
        let mark = |key: &str, value: &str| {
            entry(EntryKind::Answer, FieldPath::of(repeat, id, key), value, at)
        };
        let entries = [
            mark(KEY_STATUS, if removed { "removed" } else { "" }),
            mark("_status_reason", if removed { reason } else { "" }),
        ];
        self.type_entries(household, &entries)?;
        if removed {
            self.log_removed(household, node)?;
        }
        self.reload_visit()
    }
}

impl OpenVisit {
    /// Whether the questionnaire counts the instances of a repeat; `None` if it has no such repeat.
    fn is_counted(&self, repeat: &str) -> Option<bool> {
        find_repeat(&self.form.root().children, repeat).map(|found| found.counted)
    }

    /// Instances struck out at one place.
    pub(crate) fn removed_at(&self, repeat: &str, parent: Option<InstanceId>) -> Vec<InstanceId> {
        let here = |id: &&InstanceId| {
            self.places
                .get(*id)
                .is_some_and(|(of, around)| of == repeat && *around == parent)
        };
        self.removed.iter().filter(here).copied().collect()
    }

    /// Entries for an answer in an instance that exists only because the questionnaire counts it: the
    /// record has to know it, those before it (their order is their position) and those around it.
    pub(crate) fn entries_of_counted(&mut self, path: &FieldPath, at: i64) -> Vec<DraftEntry> {
        let mut entries = Vec::new();
        let mut next = path.instance.clone();
        while let Some((repeat, id)) = next {
            if self.places.contains_key(&id) {
                break;
            }
            let parent = self.instance.parent_of(id);
            let siblings = match parent {
                None => self.instance.instances(&repeat),
                Some(parent) => self.instance.instances_in(&repeat, parent),
            };
            let mut here = Vec::new();
            for (index, sibling) in siblings.into_iter().enumerate() {
                if let Entry::Vacant(place) = self.places.entry(sibling) {
                    place.insert((repeat.clone(), parent));
                    let order = format!("{at}-{index:05}");
                    here.extend(making(&repeat, sibling, parent, order, at));
                }
                if sibling == id {
                    break;
                }
            }
            here.append(&mut entries);
            entries = here;
            next = parent.and_then(|parent| Some((self.repeat_of(parent)?, parent)));
        }
        entries
    }

    fn repeat_of(&self, id: InstanceId) -> Option<String> {
        let form = self.form.clone();
        form.repeats()
            .into_iter()
            .find(|repeat| self.instance.instances(repeat).contains(&id))
            .map(str::to_owned)
    }
}
