//! Where a record stands, from its field answers and its verification; the same on every replica.
//!
//! Decisions are events that are never changed. Which of them counts follows from what their authors had seen
//! ([`lawang_domain::standing`]), never from a clock.

use crate::{Hash, KEY_ORDER, Record, RecordError, State, VISITS, Write};
use lawang_domain::{Event, FieldPath, InstanceId, RecordState, Taken, standing};

/// A decision with what it came with.
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
    /// The decision that counts for that visit.
    pub decision: Option<ReviewedAs>,
    /// Decisions on that visit which contradict each other, and nobody has settled it.
    pub contested: Vec<ReviewedAs>,
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

/// A visit that was submitted, with the change that submitted it.
pub fn submission(answers: &State, visit: InstanceId) -> Option<(InstanceId, Hash)> {
    let values = answers
        .fields
        .get(&FieldPath::of(VISITS, visit, "submitted"))?;
    let value = values.first().filter(|v| !v.text.is_empty())?;
    Some((visit, value.change))
}

/// Where a record stands.
///
/// # Errors
/// When the verification cannot be read.
pub fn review(answers: &State, verification: Option<&Record>) -> Result<Review, RecordError> {
    let visit = maker(answers).map(|(id, _)| id);
    match verification {
        Some(verification) => Ok(review_of(visit, verification, &verification.state()?)),
        None => Ok(review_of_none(visit)),
    }
}

/// Where a record stood for whoever had seen no more of its verification than these heads. `visit`: the newest
/// submitted one.
///
/// # Errors
/// When the heads are not in the verification.
pub fn review_at(
    visit: Option<InstanceId>,
    verification: &Record,
    heads: &[Hash],
) -> Result<Review, RecordError> {
    let state = verification.state_at(heads)?;
    Ok(review_of(visit, verification, &state))
}

/// The decision that counts for the visit that was decided on last, for those who know the verification and not the
/// answers; and those that it is contested with.
///
/// # Errors
/// When the verification cannot be read.
pub fn last_decided(verification: &Record) -> Result<Review, RecordError> {
    let state = verification.state()?;
    let all = decisions(&state);
    let newest = all
        .iter()
        .max_by_key(|d| (step(&state, Event::DECISIONS, d.id), d.id))
        .and_then(|d| d.visit);
    Ok(review_of(newest, verification, &state))
}

fn review_of_none(visit: Option<InstanceId>) -> Review {
    Review {
        state: standing(visit, &[], |_, _| false).state,
        visit,
        ..Review::default()
    }
}

fn review_of(visit: Option<InstanceId>, verification: &Record, state: &State) -> Review {
    let all = decisions(state);
    let taken: Vec<Taken> = all
        .iter()
        .map(|d| Taken {
            id: d.id,
            to: d.state,
            visit: d.visit,
        })
        .collect();
    let knew = |a: usize, b: usize| {
        if all[a].change == all[b].change {
            // A record that began anew holds all in one change: the steps still say who saw what.
            let step = |i: usize| step(state, Event::DECISIONS, all[i].id);
            step(a) > step(b)
        } else {
            verification.knew(&all[a].change, &all[b].change)
        }
    };
    let found = standing(visit, &taken, knew);
    let of = |id: &InstanceId| all.iter().find(|d| d.id == *id).cloned();
    Review {
        state: found.state,
        visit,
        decision: found.counts.as_ref().and_then(of),
        contested: found.contested.iter().filter_map(|t| of(&t.id)).collect(),
    }
}

/// Every decision of a verification, in the order of their steps.
pub fn decisions(verification: &State) -> Vec<ReviewedAs> {
    let repeat = Event::DECISIONS;
    let mut all: Vec<ReviewedAs> = verification
        .of(repeat)
        .iter()
        .filter_map(|id| {
            let values = verification
                .fields
                .get(&FieldPath::of(repeat, *id, "decision"))?;
            let value = values.first()?;
            Some(ReviewedAs {
                id: *id,
                state: value.text.parse().ok()?,
                reason: field(verification, repeat, *id, "reason"),
                visit: field(verification, repeat, *id, "visit").parse().ok(),
                change: value.change,
            })
        })
        .collect();
    all.sort_by_key(|d| (step(verification, repeat, d.id), d.id));
    all
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
        let state = |visit| review(&submitted(visit), Some(&record)).unwrap().state;
        assert_eq!(state(11), RecordState::Returned);
        assert_eq!(state(12), RecordState::Submitted, "a newer visit waits");
        let none = review(&State::default(), None).unwrap();
        assert_eq!(none.state, RecordState::Draft);
    }

    #[test]
    fn of_decisions_taken_apart_the_more_careful_one_counts_on_every_replica() {
        let (mut a, mut b) = (document(), document());
        let verified = decide(&mut a, A, 9, "field_verified", 11);
        let returned = decide(&mut b, B, 2, "returned", 11);
        a.apply(&returned).unwrap();
        b.apply(&verified).unwrap();
        for record in [a, b] {
            let found = review(&submitted(11), Some(&record)).unwrap();
            assert_eq!(found.state, RecordState::Returned);
            assert_eq!(found.contested.len(), 2);
        }
    }

    #[test]
    fn a_late_decision_on_an_older_visit_says_nothing_of_a_newer_one() {
        let (mut here, mut late) = (document(), document());
        // Apart, and with more steps behind it than the other replica has.
        decide(&mut late, B, 7, "field_verified", 11);
        let again = decide(&mut late, B, 8, "returned", 11);
        let earlier = late.changes_after_genesis();
        decide(&mut here, A, 9, "returned", 12);
        for change in earlier {
            here.apply(&change.bytes).unwrap();
        }
        assert!(!again.is_empty());
        let found = review(&submitted(12), Some(&here)).unwrap();
        assert_eq!(found.state, RecordState::Returned);
        assert_eq!(found.decision.map(|d| d.id.0.as_u128()), Some(9));
        assert!(found.contested.is_empty());
    }

    #[test]
    fn a_decision_is_judged_by_what_its_author_had_seen() {
        let mut record = document();
        let before = record.heads();
        decide(&mut record, A, 9, "field_verified", 11);
        let visit = Some(InstanceId(Uuid::from_u128(11)));
        let then = review_at(visit, &record, &before).unwrap();
        let now = review_at(visit, &record, &record.heads()).unwrap();
        assert_eq!(then.state, RecordState::Submitted);
        assert_eq!(now.state, RecordState::FieldVerified);
    }
}
