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

fn field(state: &State, repeat: &str, id: InstanceId, key: &str) -> String {
    state.text(&FieldPath::of(repeat, id, key)).to_owned()
}

fn step(state: &State, repeat: &str, id: InstanceId) -> u64 {
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

/// What an event writes.
pub fn write_event(seen: &State, event: &NewEvent<'_>) -> Vec<Write> {
    let next = seen
        .of(event.repeat)
        .iter()
        .map(|id| step(seen, event.repeat, *id))
        .max()
        .unwrap_or(0)
        + 1;
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
