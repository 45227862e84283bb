//! How a visit was made, where its answers were corrected afterwards: who was sent back to some answers and mends them
//! at a table has visited all the same. Time and place are those of the visit at the house.

use super::checks::position_in;
use crate::{
    cards::{VISIT_STARTED, VISIT_SUBMITTED},
    device::Device,
    error::AppError,
};
use lawang_domain::{DocumentKind, FieldPath, HouseholdId, InstanceId, RecordState};
use lawang_records::{Hash, Record, State, VISITS, decisions, maker, submission};
use lawang_store::{DeskCard, Visited};
use std::collections::BTreeSet;

/// A visit at the house, and where the house was known to be before it.
pub(super) struct Made {
    pub started: String,
    pub submitted: String,
    pub position: Option<(f64, f64)>,
    pub before: Option<(f64, f64)>,
}

impl Made {
    /// The line of the desk with how the visit at the house was made.
    pub(super) fn on(&self, desk: &DeskCard) -> DeskCard {
        DeskCard {
            started: self.started.clone(),
            submitted: self.submitted.clone(),
            position: self.position,
            ..desk.clone()
        }
    }
}

/// Submitted visits in their order.
struct Submitted {
    visit: InstanceId,
    change: Hash,
    person: String,
    started: String,
    at: String,
}

fn submitted(state: &State) -> Vec<Submitted> {
    let said = |id: InstanceId, key: &str| state.text(&FieldPath::of(VISITS, id, key)).to_owned();
    let mut all: Vec<Submitted> = state
        .of(VISITS)
        .iter()
        .filter_map(|id| submission(state, *id))
        .map(|(visit, change)| Submitted {
            visit,
            change,
            person: said(visit, "person"),
            started: said(visit, VISIT_STARTED),
            at: said(visit, VISIT_SUBMITTED),
        })
        .collect();
    all.sort_by(|a, b| (&a.at, a.visit).cmp(&(&b.at, b.visit)));
    all
}

/// The visit at the house, of which the newest one only corrects answers that were sent back; `None` where the newest
/// one is no correction.
fn corrected(
    record: &Record,
    state: &State,
    verification: &State,
) -> Result<Option<Made>, AppError> {
    let all = submitted(state);
    let newest = maker(state).map(|(visit, _)| visit);
    let Some(last) = all.iter().position(|one| Some(one.visit) == newest) else {
        return Ok(None);
    };
    let sent_back: BTreeSet<InstanceId> = decisions(verification)
        .into_iter()
        .filter(|decision| decision.state == RecordState::Returned)
        .filter_map(|decision| decision.visit)
        .collect();
    let mut first = last;
    // Whoever else it was given to has to go there.
    while first > 0
        && sent_back.contains(&all[first - 1].visit)
        && all[first - 1].person == all[first].person
    {
        first -= 1;
    }
    if first == last {
        return Ok(None);
    }
    let place = |at: usize| -> Result<_, AppError> {
        Ok(position_in(&record.state_at(&[all[at].change])?))
    };
    let before = match first.checked_sub(1) {
        Some(earlier) => place(earlier)?,
        None => None,
    };
    let before = match before {
        Some(known) => Some(known),
        None => position_in(&record.register()?),
    };
    Ok(Some(Made {
        started: all[first].started.clone(),
        submitted: all[first].at.clone(),
        position: place(first)?,
        before,
    }))
}

impl Device {
    /// How the visit at the house was made, where the newest visit of a household only corrects it.
    pub(super) fn corrected(
        &self,
        household: HouseholdId,
        record: &Record,
        state: &State,
    ) -> Result<Option<Made>, AppError> {
        if state.of(VISITS).len() < 2 {
            return Ok(None);
        }
        let verification = self
            .store
            .document(household, DocumentKind::Verification)?
            .state()?;
        corrected(record, state, &verification)
    }

    /// Finished visits as they were made at the houses.
    pub(super) fn visits_made(&self, village: Option<&str>) -> Result<Vec<Visited>, AppError> {
        let mut all = self.store.visited(village)?;
        let sent_back: BTreeSet<HouseholdId> = self.store.sent_back(village)?.into_iter().collect();
        for visited in all.iter_mut() {
            if !sent_back.contains(&visited.household) {
                continue;
            }
            let record = self.store.record(visited.household)?;
            let state = record.state()?;
            if let Some(made) = self.corrected(visited.household, &record, &state)? {
                visited.desk = made.on(&visited.desk);
            }
        }
        all.sort_by(|a, b| {
            let order = |v: &Visited| (v.desk.enumerator.clone(), v.desk.submitted.clone());
            order(a).cmp(&order(b))
        });
        Ok(all)
    }
}
