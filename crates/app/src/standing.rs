//! Where a record stands for this device's person: its state, whether it is their own work, who contradicts whom.

use crate::{authority::village, device::Device, error::AppError, forms};
use lawang_domain::{
    Contest, DocumentKind, FieldPath, HouseholdId, RecordContext, RecordState, Role,
};
use lawang_records::{Excused, Hash, Record, Review, VISITS, maker, review};
use lawang_store::LogState;

impl Device {
    /// Where a record stands.
    pub fn record_state(&self, household: HouseholdId) -> Result<RecordState, AppError> {
        Ok(self.standing(household)?.state)
    }

    pub(crate) fn standing(&self, household: HouseholdId) -> Result<RecordContext, AppError> {
        let record = self.store.record(household)?;
        let answers = record.state()?;
        let verification = self.store.document(household, DocumentKind::Verification)?;
        let found = review(&answers, Some(&verification))?;
        let made = maker(&answers);
        let by = match made {
            Some((visit, change)) => Some(match self.store.change(&change)? {
                Some(change) => change.person,
                // The record began anew since: the visit itself says whose it is.
                None => answers
                    .text(&FieldPath::of(VISITS, visit, "person"))
                    .to_owned(),
            }),
            None => None,
        };
        let mut own_work = by.is_some_and(|person| person == self.identity.person);
        if let Some((_, submission)) = made.filter(|_| !own_work) {
            own_work = self.answered_since(&record, &submission, &verification)?;
        }
        Ok(RecordContext {
            village: village(&self.store.row(household)?.1)?,
            state: found.state,
            survey: forms::is_survey(&answers),
            own_work,
            contested: self.contest(&found)?,
            restricted: self.is_restricted(household)?,
        })
    }

    /// Whether this person gave answers since a visit was submitted: whoever decides on it would decide on them too.
    fn answered_since(
        &self,
        record: &Record,
        submission: &Hash,
        verification: &Record,
    ) -> Result<bool, AppError> {
        let person = &self.identity.person;
        let excused = Excused::of(&verification.state()?, &mut |change| {
            let by = self.store.change(change).ok().flatten();
            by.is_none_or(|by| by.person != *person)
        });
        let own = |change: &Hash| {
            let by = self.store.change(change).ok().flatten();
            // What was not sent yet will be in the name of whoever has the device then.
            by.is_some_and(|by| {
                by.person == *person || (by.device == self.id() && by.state == LogState::Unsent)
            })
        };
        if !record
            .answered_since(submission, &own, &excused)?
            .is_empty()
        {
            return Ok(true);
        }
        if Some(*submission) != record.genesis_hash() {
            return Ok(false);
        }
        // The record began anew since: its row says who answered.
        let said = record.said()?;
        Ok(said.since.values().any(|people| people.contains(person)))
    }

    /// Who took the decisions that contradict each other.
    fn contest(&self, found: &Review) -> Result<Option<Contest>, AppError> {
        let mut taken = Vec::new();
        for decision in &found.contested {
            let by = self.store.change(&decision.change)?;
            // Of a record that began anew nobody knows any more who it was: the village's own person, at least.
            let role = by.and_then(|by| by.role.parse().ok());
            taken.push((decision.state, role.unwrap_or(Role::VillageVerifier)));
        }
        Ok(Contest::between(taken))
    }
}
