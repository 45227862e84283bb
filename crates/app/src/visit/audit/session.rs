//! One sitting at a form: what is on the screen, which events are open.

use super::masked;
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_store::{AuditEvent, Store, StoreError, Transaction};
use std::collections::BTreeMap;

/// Positions kept in memory.
const MAX_POSITIONS: usize = 200;

/// From opening a form to putting it down. A new one begins after the program was killed.
pub(crate) struct AuditSession {
    pub household: HouseholdId,
    pub visit: InstanceId,
    /// Number of its first event; 0 until it is on disk.
    pub first: i64,
    /// Who says to be filling in.
    pub person: String,
    /// The last moment at which something happened, milliseconds since 1970.
    pub seen: i64,
    pub shown: Option<Shown>,
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screen {
    Page(String),
    End,
}

/// The event of what is on the screen.
pub(crate) struct Shown {
    /// Its number; 0 until it is on disk.
    pub id: i64,
    pub screen: Screen,
    pub started: i64,
    /// The question, if it stands alone on the page: then the page's event has its answers.
    pub only: Option<FieldPath>,
    /// Answers that were there before they were changed here.
    pub before: BTreeMap<FieldPath, String>,
}

/// Something to write into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuditOp {
    Add(AuditEvent),
    /// The event with this number, and those within it, lasted until this moment.
    Extend(i64, i64),
    /// Latitude, longitude and accuracy of an event that has none.
    Place(i64, [String; 3]),
    /// The newest answer of an event.
    Change(i64, String),
    /// The newest answer to a question of the page: added when it is the first one.
    ChangeWithin(AuditEvent),
}

/// Where the device was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Position {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Decimal degrees.
    pub latitude: f64,
    /// Decimal degrees.
    pub longitude: f64,
    /// Metres.
    pub accuracy: f64,
}

impl Position {
    pub(super) fn texts(self) -> [String; 3] {
        [self.latitude, self.longitude, self.accuracy].map(|n| n.to_string())
    }
}

/// The most accurate position of the last `max_age` seconds; of equal ones the newest.
pub(super) fn best(positions: &[Position], now: i64, max_age: u32) -> Option<Position> {
    positions
        .iter()
        .rev()
        .filter(|p| now - p.at <= i64::from(max_age) * 1000)
        .copied()
        .min_by(|a, b| a.accuracy.total_cmp(&b.accuracy))
}

/// Keeps a position, and lets the oldest go.
pub(super) fn keep(positions: &mut Vec<Position>, position: Position) {
    if positions.len() >= MAX_POSITIONS {
        positions.remove(0);
    }
    positions.push(position);
}

impl AuditSession {
    pub(super) fn new(household: HouseholdId, visit: InstanceId, now: i64) -> Self {
        Self {
            household,
            visit,
            first: 0,
            person: String::new(),
            seen: now,
            shown: None,
        }
    }
}

impl Shown {
    /// What a changed answer adds to the log.
    pub(super) fn changed(
        &mut self,
        path: &FieldPath,
        before: &str,
        after: &str,
        template: AuditEvent,
        node: String,
    ) -> Option<AuditOp> {
        if self.id == 0 {
            return None;
        }
        let first = self
            .before
            .entry(path.clone())
            .or_insert_with(|| before.to_owned());
        let old = masked(path, first);
        let mut new = masked(path, after);
        if new == old && after != first.as_str() {
            // Two numbers that look alike behind their mask.
            new += " *";
        }
        Some(if self.only.as_ref() == Some(path) {
            AuditOp::Change(self.id, new)
        } else {
            AuditOp::ChangeWithin(AuditEvent {
                node,
                within: Some(self.id),
                started: self.started,
                ended: Some(template.started),
                old_value: old,
                new_value: new,
                ..template
            })
        })
    }
}

/// Writes into the log; gives the numbers of what was added.
pub(crate) fn write(
    tx: &Transaction<'_>,
    household: HouseholdId,
    ops: &[AuditOp],
) -> Result<Vec<i64>, StoreError> {
    let mut ids = Vec::new();
    for op in ops {
        match op {
            AuditOp::Add(event) => ids.push(Store::add_audit(tx, household, event)?),
            AuditOp::Extend(id, at) => Store::extend_audit(tx, *id, *at)?,
            AuditOp::Place(id, [latitude, longitude, accuracy]) => {
                Store::place_audit(tx, *id, [latitude, longitude, accuracy])?;
            }
            AuditOp::Change(id, value) => Store::change_audit(tx, *id, value)?,
            AuditOp::ChangeWithin(event) => Store::put_audit_within(tx, household, event)?,
        }
    }
    Ok(ids)
}

/// The same on events in memory.
pub(super) fn apply(events: &mut [AuditEvent], op: &AuditOp) {
    match op {
        AuditOp::Extend(id, at) => {
            for event in events
                .iter_mut()
                .filter(|e| e.id == *id || e.within == Some(*id))
            {
                event.ended = Some(*at);
            }
        }
        AuditOp::Place(id, [latitude, longitude, accuracy]) => {
            let here = |e: &&mut AuditEvent| {
                (e.id == *id || e.within == Some(*id)) && e.latitude.is_empty()
            };
            for event in events.iter_mut().filter(here) {
                event.latitude.clone_from(latitude);
                event.longitude.clone_from(longitude);
                event.accuracy.clone_from(accuracy);
            }
        }
        AuditOp::Add(_) | AuditOp::Change(..) | AuditOp::ChangeWithin(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_accurate_position_counts_as_long_as_it_is_young_enough() {
        let at = |at: i64, accuracy: f64| Position {
            at,
            latitude: -5.4,
            longitude: 105.2,
            accuracy,
        };
        let seen = [at(0, 3.0), at(50_000, 20.0), at(60_000, 8.0)];
        let accuracy = |now: i64, age: u32| best(&seen, now, age).map(|p| p.accuracy);
        assert_eq!(accuracy(60_000, 120), Some(3.0));
        assert_eq!(accuracy(100_000, 60), Some(8.0));
        assert_eq!(accuracy(112_000, 60), Some(8.0));
        assert_eq!(accuracy(200_000, 60), None);
    }
}
