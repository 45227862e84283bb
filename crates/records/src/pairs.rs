//! Decisions about two persons who may be one: how they stand in a verification.

use crate::{
    Hash, KEY_ORDER, State,
    review::{field, step},
};
use lawang_domain::{Event, HouseholdId, InstanceId};
use sha2::{Digest, Sha256};

/// A decision from the view of one household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairEvent {
    /// The same in the verifications of both households.
    pub id: InstanceId,
    pub member: InstanceId,
    pub other_household: HouseholdId,
    pub other_member: InstanceId,
    /// `same`, `two_families`, `different`, or a word that a later program knows.
    pub verdict: String,
    /// 0: none goes, 1: this one stays, 2: the other.
    pub keeps: u8,
    /// JSON: names of answers taken from the one that goes.
    pub taken: String,
    pub reason: String,
    /// JSON: dates of the lists by source on which a look at who receives what rests; empty for all others.
    pub lists: String,
    /// A larger one saw the smaller ones of the same document.
    pub step: u64,
    /// Milliseconds since 1970, for display.
    pub at: i64,
    /// The change that it came with: its envelope says by whom.
    pub change: Hash,
}

/// The decisions in a verification. What names nobody is left out: it stays in the document.
pub fn pair_events(verification: &State) -> Vec<PairEvent> {
    let repeat = Event::PAIRS;
    let read = |id: &InstanceId| {
        let text = |key: &str| field(verification, repeat, *id, key);
        let path = lawang_domain::FieldPath::of(repeat, *id, "verdict");
        let verdict = verification.fields.get(&path)?.first()?;
        Some(PairEvent {
            id: *id,
            member: text("member").parse().ok()?,
            other_household: text("other_household").parse().ok()?,
            other_member: text("other_member").parse().ok()?,
            verdict: verdict.text.clone(),
            keeps: text("keeps").parse().ok().filter(|k| *k < 3).unwrap_or(0),
            taken: text("taken"),
            reason: text("reason"),
            lists: text("lists"),
            step: step(verification, repeat, *id),
            at: text(KEY_ORDER).parse().unwrap_or(0),
            change: verdict.change,
        })
    };
    verification.of(repeat).iter().filter_map(read).collect()
}

/// What a suspicion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairAbout {
    /// Who is who.
    Persons = 0,
    /// One household, by its own answers.
    Household = 1,
    /// Who receives what, by the lists of programmes.
    Lists = 2,
}

/// The number of a suspicion, the same on every device and at the server, whichever side comes first.
pub fn pair_id(
    one: (HouseholdId, InstanceId),
    other: (HouseholdId, InstanceId),
    about: PairAbout,
) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update([about as u8]);
    for (household, member) in [one.min(other), one.max(other)] {
        hash.update(household.as_bytes());
        hash.update(member.as_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewEvent, Record, write_event};
    use lawang_domain::DocumentKind;
    use uuid::Uuid;

    fn place(n: u128) -> (HouseholdId, InstanceId) {
        let (household, member) = (Uuid::from_u128(n), Uuid::from_u128(n + 10));
        (HouseholdId(household), InstanceId(member))
    }

    #[test]
    fn a_pair_has_one_number_from_both_sides_and_another_than_a_finding() {
        assert_eq!(
            pair_id(place(1), place(2), PairAbout::Persons),
            pair_id(place(2), place(1), PairAbout::Persons)
        );
        let about = [PairAbout::Persons, PairAbout::Household, PairAbout::Lists];
        let ids = about.map(|about| pair_id(place(1), place(2), about));
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        assert_ne!(
            pair_id(place(1), place(2), PairAbout::Persons),
            pair_id(place(1), place(3), PairAbout::Persons)
        );
    }

    #[test]
    fn a_decision_is_read_as_it_was_written_and_one_that_names_nobody_is_left_out() {
        let kind = DocumentKind::Verification;
        let mut record = Record::genesis_of(place(1).0, kind).unwrap();
        let (member, household, other) = (
            place(1).1.to_string(),
            place(2).0.to_string(),
            place(2).1.to_string(),
        );
        for (id, member) in [(7, member.as_str()), (8, "nobody")] {
            let event = NewEvent {
                id: InstanceId(Uuid::from_u128(id)),
                repeat: Event::PAIRS,
                at: 5_000,
                fields: &[
                    ("member", member),
                    ("other_household", &household),
                    ("other_member", &other),
                    ("verdict", "same"),
                    ("keeps", "2"),
                    ("taken", "[\"nik\"]"),
                    ("reason", "alasan"),
                ],
            };
            let writes = write_event(&record.state().unwrap(), &event);
            let heads = record.heads();
            record.write(&heads, &[1; 16], 5, &writes).unwrap().unwrap();
        }
        let found = pair_events(&record.state().unwrap());
        assert_eq!(found.len(), 1);
        let event = &found[0];
        assert_eq!(
            (event.member, event.other_household),
            (place(1).1, place(2).0)
        );
        assert_eq!((event.keeps, event.step, event.at), (2, 1, 5_000));
        assert_eq!(
            (event.verdict.as_str(), event.taken.as_str()),
            ("same", "[\"nik\"]")
        );
    }
}
