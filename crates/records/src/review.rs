//! Where a record stands, from its field answers and its verification; the same on every replica.
//!
//! Decisions are events that are never changed. Which of them counts follows from `step`, one more than the
//! largest that its author saw, never from a clock. Of decisions taken apart at the same step the more
//! careful one counts: sending back before going on.

use crate::{Hash, KEY_ORDER, State, VISITS, Write};
use lawang_domain::{Event, FieldPath, InstanceId, RecordState};

/// The decision that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedAs {
    /// The event.
    pub id: InstanceId,
    pub state: RecordState,
    pub reason: String,
    /// The visit decided on; nothing where a decision is about none.
    pub visit: Option<InstanceId>,
    /// The change that it came with: its envelope says by whom.
    pub change: Hash,
}

/// Where a record stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    pub state: RecordState,
    /// The newest submitted visit.
    pub visit: Option<InstanceId>,
    pub decision: Option<ReviewedAs>,
}

/// An event to write.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    pub id: InstanceId,
    /// One of [`Event`]'s repeats.
    pub repeat: &'a str,
    /// Milliseconds since 1970, for display.
    pub at: i64,
    pub fields: &'a [(&'a str, &'a str)],
}

pub(crate) fn field(state: &State, repeat: &str, id: InstanceId, key: &str) -> String {
    state.text(&FieldPath::of(repeat, id, key)).to_owned()
}

pub(crate) fn step(state: &State, repeat: &str, id: InstanceId) -> u64 {
    field(state, repeat, id, "step").parse().unwrap_or(0)
}

/// The newest submitted visit of field answers, and the change that submitted it.
pub fn maker(answers: &State) -> Option<(InstanceId, Hash)> {
    answers
        .of(VISITS)
        .iter()
        .filter_map(|id| {
            let values = answers
                .fields
                .get(&FieldPath::of(VISITS, *id, "submitted"))?;
            let value = values.first().filter(|v| !v.text.is_empty())?;
            Some((value.text.as_str(), *id, value.change))
        })
        .max()
        .map(|(_, id, change)| (id, change))
}

/// Where a record stands.
pub fn review(answers: &State, verification: Option<&State>) -> Review {
    let visit = maker(answers).map(|(id, _)| id);
    let decision = verification.and_then(decision);
    let state = match (&visit, &decision) {
        (None, _) => RecordState::Draft,
        // A visit that was submitted after the decision waits for a new one.
        (Some(_), Some(decision)) if decision.visit == visit => decision.state,
        (Some(_), _) => RecordState::Submitted,
    };
    Review {
        state,
        visit,
        decision,
    }
}

fn decision(verification: &State) -> Option<ReviewedAs> {
    let repeat = Event::DECISIONS;
    verification
        .of(repeat)
        .iter()
        .filter_map(|id| {
            let values = verification
                .fields
                .get(&FieldPath::of(repeat, *id, "decision"))?;
            let value = values.first()?;
            let state: RecordState = value.text.parse().ok()?;
            Some((*id, state, value.change))
        })
        .max_by_key(|(id, state, _)| {
            // Returned is the last of all states, and the earlier of two others is the more careful one.
            let careful = match state {
                RecordState::Returned => u8::MAX,
                other => u8::MAX - 1 - *other as u8,
            };
            (step(verification, repeat, *id), careful, *id)
        })
        .map(|(id, state, change)| ReviewedAs {
            id,
            state,
            reason: field(verification, repeat, id, "reason"),
            visit: field(verification, repeat, id, "visit").parse().ok(),
            change,
        })
}

/// The step of the next event of a list.
pub fn next_step(seen: &State, repeat: &str) -> u64 {
    let steps = seen.of(repeat).iter().map(|id| step(seen, repeat, *id));
    steps.max().unwrap_or(0).saturating_add(1)
}

/// What an event writes.
pub fn write_event(seen: &State, event: &NewEvent<'_>) -> Vec<Write> {
    let next = next_step(seen, event.repeat);
    let put = |key: &str, value: &str| {
        Write::Put(FieldPath::of(event.repeat, event.id, key), value.to_owned())
    };
    let mut writes = vec![
        Write::AddInstance {
            repeat: event.repeat.to_owned(),
            id: event.id,
            order: event.at.to_string(),
        },
        put("step", &next.to_string()),
    ];
    writes.extend(event.fields.iter().map(|(key, value)| put(key, value)));
    debug_assert!(!event.fields.iter().any(|(key, _)| *key == KEY_ORDER));
    writes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, Record, Row, Value};
    use lawang_domain::{DocumentKind, HouseholdId};
    use uuid::Uuid;

    const A: &[u8] = &[1; 16];
    const B: &[u8] = &[2; 16];

    fn household() -> HouseholdId {
        HouseholdId(Uuid::from_u128(4))
    }

    fn document() -> Record {
        Record::genesis_of(household(), DocumentKind::Verification).unwrap()
    }

    fn decide(record: &mut Record, actor: &[u8], id: u128, to: &str, visit: u128) -> Vec<u8> {
        let visit = InstanceId(Uuid::from_u128(visit)).to_string();
        let event = NewEvent {
            id: InstanceId(Uuid::from_u128(id)),
            repeat: Event::DECISIONS,
            at: 1,
            fields: &[("decision", to), ("reason", "alasan"), ("visit", &visit)],
        };
        let writes = write_event(&record.state().unwrap(), &event);
        let heads = record.heads();
        let made = record.write(&heads, actor, 1, &writes).unwrap().unwrap();
        made.bytes
    }

    fn submitted(visit: u128) -> State {
        let mut state = State::default();
        let id = InstanceId(Uuid::from_u128(visit));
        state.instances.insert(VISITS.into(), vec![id]);
        let value = Value {
            text: format!("2026-11-{visit}T00:00:00Z"),
            change: Hash([0; 32]),
        };
        let path = FieldPath::of(VISITS, id, "submitted");
        state.fields.insert(path, vec![value]);
        state
    }

    #[test]
    fn the_first_changes_of_the_documents_of_a_record_have_different_hashes() {
        let row = Row::empty(household(), "18.09.01.2001");
        let answers = Record::genesis(&row).unwrap();
        let administration = Record::genesis_of(household(), DocumentKind::Administration).unwrap();
        let all = [answers.heads(), document().heads(), administration.heads()];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert_eq!(document().heads(), document().heads());
        assert_eq!(document().kind(), Some(DocumentKind::Verification));
    }

    #[test]
    fn the_last_decision_counts_for_the_visit_that_it_is_about() {
        let mut record = document();
        decide(&mut record, A, 9, "field_verified", 11);
        decide(&mut record, A, 2, "returned", 11);
        let verification = record.state().unwrap();
        let state = |visit| review(&submitted(visit), Some(&verification)).state;
        assert_eq!(state(11), RecordState::Returned);
        assert_eq!(state(12), RecordState::Submitted, "a newer visit waits");
        assert_eq!(review(&State::default(), None).state, RecordState::Draft);
    }

    #[test]
    fn of_decisions_taken_apart_the_more_careful_one_counts_on_every_replica() {
        let (mut a, mut b) = (document(), document());
        let verified = decide(&mut a, A, 9, "field_verified", 11);
        let returned = decide(&mut b, B, 2, "returned", 11);
        a.apply(&returned).unwrap();
        b.apply(&verified).unwrap();
        for record in [a, b] {
            let found = review(&submitted(11), Some(&record.state().unwrap()));
            assert_eq!(found.state, RecordState::Returned);
        }
    }
}
