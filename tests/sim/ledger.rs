//! What was acknowledged, and where it has to be found.

use crate::world::lock;
use lawang_app::Device;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_store::LogState;
use lawang_tests::world::Tablet;
use std::collections::BTreeMap;

/// An answer that a device acknowledged as saved.
#[derive(Debug, Clone)]
pub struct Entry {
    pub step: usize,
    pub tablet: usize,
    pub household: HouseholdId,
    pub path: FieldPath,
    pub value: String,
    /// Typed on the screen: typed over before it was part of a change, only the later answer counts.
    pub typed: bool,
    /// How often everything typed on the device had become changes.
    pub folded: u32,
    /// The device knew that all of the record was erased: it was answered anew.
    pub anew: bool,
    /// The district had it when the history was let go of: nothing more can be asked.
    pub settled: bool,
    /// It was what the district's record said when the history was let go of: whoever replaces it has to have seen it.
    pub stood: bool,
}

/// What somebody had in view who then wrote.
#[derive(Debug, Clone)]
pub struct Sight {
    pub step: usize,
    pub household: HouseholdId,
    /// Values, each with its question.
    pub values: Vec<(FieldPath, String)>,
}

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
    /// Also of acts that came to nothing: they may have, halfway.
    pub sights: Vec<Sight>,
    folds: [u32; 8],
    /// How often a visit ended, by device and household: what was typed in it alone became changes then.
    ends: BTreeMap<(usize, HouseholdId), u32>,
}

/// Whether a change of the record, in one of these states, wrote the answer.
fn written(device: &Device, entry: &Entry, fits: impl Fn(LogState) -> bool) -> bool {
    let Ok(record) = device.record(entry.household) else {
        return false;
    };
    let changes = device.store().changes(entry.household).unwrap_or_default();
    changes
        .iter()
        .filter(|change| change.applied && fits(change.state))
        .any(|change| {
            record.difference(&change.hash).is_ok_and(|all| {
                all.iter().any(|(path, old, new)| {
                    path == &entry.path && (new == &entry.value || old == &entry.value)
                })
            })
        })
}

/// Whether changes of the record only took the value away, and none wrote it.
fn only_replaced(device: &Device, entry: &Entry) -> bool {
    let Ok(record) = device.record(entry.household) else {
        return false;
    };
    let changes = device.store().changes(entry.household).unwrap_or_default();
    !changes.iter().any(|change| {
        record.difference(&change.hash).is_ok_and(|all| {
            all.iter()
                .any(|(path, _, new)| path == &entry.path && new == &entry.value)
        })
    })
}

impl Entry {
    /// The value stands in the record, perhaps beside others.
    pub fn stands(&self, device: &Device) -> bool {
        device.state(self.household).is_ok_and(|state| {
            state
                .fields
                .get(&self.path)
                .is_some_and(|values| values.iter().any(|v| v.text == self.value))
        })
    }

    /// The value stands in the record or in its history.
    pub fn is_there(&self, device: &Device) -> bool {
        self.stands(device) || written(device, self, |_| true)
    }

    /// The value is listed as refused, with a reason.
    pub fn is_refused(&self, device: &Device) -> bool {
        let edit = format!(
            "\"path\":{},\"value\":{}",
            serde_json::Value::from(self.path.to_string()),
            serde_json::Value::from(self.value.as_str())
        );
        device.store().proposals(true).is_ok_and(|all| {
            all.iter()
                .any(|p| !p.reason.is_empty() && p.edits.contains(&edit))
        })
    }
}

impl Ledger {
    pub fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Before somebody writes: what there is to see, in the open form if there is one.
    pub fn sees(
        &mut self,
        step: usize,
        device: &Device,
        household: HouseholdId,
        path: Option<&FieldPath>,
    ) {
        // An open form stays at the heads that it was opened with while something in it is not yet a change.
        let typed = device.store().entries(household).unwrap_or_default();
        let draft = device.store().draft(household).ok().flatten();
        let draft = draft.filter(|_| typed.iter().any(|entry| !entry.folded));
        let Ok(record) = device.record(household) else {
            return;
        };
        let state = match draft.filter(|_| path.is_some()) {
            Some(draft) => record.state_at(&draft.heads),
            None => record.state(),
        };
        let Ok(state) = state else { return };
        let wanted = |of: &FieldPath| path.is_none_or(|path| path == of);
        // What they typed themselves and is not part of a change yet stands in the form too.
        let typed = typed.iter().filter(|entry| !entry.folded);
        let typed = typed.filter_map(|e| Some((e.path.parse().ok()?, e.value.clone())));
        let values = state
            .fields
            .into_iter()
            .flat_map(|(of, all)| all.into_iter().map(move |v| (of.clone(), v.text)))
            .chain(typed)
            .filter(|(of, _)| wanted(of))
            .collect();
        self.sights.push(Sight {
            step,
            household,
            values,
        });
    }

    /// Whether the answer said what stood there already: then nothing was written.
    pub fn repeats(&self, entry: &Entry) -> bool {
        self.sights.iter().any(|sight| {
            sight.step == entry.step
                && sight.household == entry.household
                && sight
                    .values
                    .iter()
                    .any(|(path, text)| *path == entry.path && *text == entry.value)
        })
    }

    /// Whether somebody who wrote later had the answer in view: then it may have been replaced.
    pub fn seen_later(&self, entry: &Entry) -> bool {
        // In one step somebody may write several times.
        let later = self.entries.iter().skip_while(|o| !std::ptr::eq(*o, entry));
        let own = later.skip(1).any(|other| {
            other.tablet == entry.tablet
                && other.household == entry.household
                && other.path == entry.path
        });
        own || self.sights.iter().any(|sight| {
            sight.step > entry.step
                && sight.household == entry.household
                && sight
                    .values
                    .iter()
                    .any(|(path, text)| *path == entry.path && *text == entry.value)
        })
    }

    /// How often what is typed now on a device in a household had become changes.
    pub fn folds(&self, tablet: usize, household: HouseholdId) -> u32 {
        let ends = self.ends.get(&(tablet, household));
        self.folds[tablet] + ends.copied().unwrap_or_default()
    }

    /// A visit of a household ended on a device.
    pub fn ended(&mut self, tablet: usize, household: HouseholdId) {
        *self.ends.entry((tablet, household)).or_default() += 1;
    }

    /// Everything typed on a device has become changes.
    pub fn folded(&mut self, tablet: usize) {
        self.folds[tablet] += 1;
    }

    /// A later answer of the same device to the same question, typed before the earlier one became a change.
    pub fn typed_over(&self, entry: &Entry) -> bool {
        entry.typed
            && self.entries.iter().any(|other| {
                other.tablet == entry.tablet
                    && other.step > entry.step
                    && other.household == entry.household
                    && other.path == entry.path
                    && other.folded == entry.folded
            })
    }

    /// Before the history of records is let go of: what is at the district already can be asked for no more.
    /// `says`: whether an answer stands in the district's record.
    pub fn history_ends(
        &mut self,
        tablets: &[Tablet],
        of: impl Fn(HouseholdId) -> bool,
        says: impl Fn(&Entry) -> bool,
    ) {
        // What somebody said later builds on what they said before, which came to the district with it: over a hub,
        // without their device having heard so.
        let came_with_later: Vec<bool> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                of(entry.household)
                    && self.entries[index + 1..].iter().any(|later| {
                        later.tablet == entry.tablet
                            && later.household == entry.household
                            && later.path == entry.path
                            && later.value != entry.value
                            && says(later)
                    })
            })
            .collect();
        for (entry, came) in self.entries.iter_mut().zip(came_with_later) {
            if !of(entry.household) {
                continue;
            }
            let device = lock(&tablets[entry.tablet]);
            let sent = |state| matches!(state, LogState::Sent);
            let waits = device
                .store()
                .changes(entry.household)
                .unwrap_or_default()
                .iter()
                .any(|c| !matches!(c.state, LogState::Sent))
                || !device
                    .store()
                    .entries(entry.household)
                    .unwrap_or_default()
                    .is_empty();
            entry.settled |= written(&device, entry, sent) || !waits || came;
            entry.stood |= entry.settled && says(entry);
        }
    }

    /// A device's database was replaced by a copy from when the ledger had this length: what it had not handed over is
    /// gone, and nobody can bring it back. To be asked before the database is replaced.
    pub fn replaced(&mut self, tablet: usize, device: &Device, length: usize) {
        let mut index = 0;
        self.entries.retain(|entry| {
            index += 1;
            let late = index > length && entry.tablet == tablet;
            // Not what merely stood there before somebody wrote something else.
            !late
                || (written(device, entry, |state| state == LogState::Sent)
                    && !only_replaced(device, entry))
        });
    }
}
