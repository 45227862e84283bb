//! The log of how open visits are filled in: a row an event, until the visit ends.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use rusqlite::Transaction;

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditEvent {
    /// As in ODK's log: `question`, `form save`, ...
    pub event: String,
    /// XPath; empty where it is about the whole form.
    pub node: String,
    /// Milliseconds since 1970.
    pub start: i64,
    /// Milliseconds since 1970; `None`: it has no duration, or was cut off.
    pub end: Option<i64>,
    /// Latitude and longitude in degrees, accuracy in metres.
    pub place: Option<[f64; 3]>,
    pub old_value: String,
    pub new_value: String,
    /// Who said that they fill the form in.
    pub person: String,
    /// Why a form was changed that had been put down before.
    pub reason: String,
}

impl Store {
    /// Adds an event; gives its number, for [`Store::set_event`].
    pub fn add_event(
        tx: &Transaction<'_>,
        household: HouseholdId,
        event: &AuditEvent,
    ) -> Result<i64, StoreError> {
        let place = |at: usize| event.place.map(|p| p[at]);
        tx.prepare_cached(
            "INSERT INTO audit_event (household, event, node, start, \"end\", latitude, longitude, accuracy,
                 old_value, new_value, person, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute((
            household.as_bytes().as_slice(),
            &event.event,
            &event.node,
            event.start,
            event.end,
            place(0),
            place(1),
            place(2),
            &event.old_value,
            &event.new_value,
            &event.person,
            &event.reason,
        ))?;
        Ok(tx.last_insert_rowid())
    }

    /// Writes again what becomes known later of an event: its end, its place, the new value.
    pub fn set_event(tx: &Transaction<'_>, id: i64, event: &AuditEvent) -> Result<(), StoreError> {
        let place = |at: usize| event.place.map(|p| p[at]);
        tx.prepare_cached(
            "UPDATE audit_event SET \"end\" = ?2, latitude = ?3, longitude = ?4, accuracy = ?5,
                 old_value = ?6, new_value = ?7 WHERE id = ?1",
        )?
        .execute((
            id,
            event.end,
            place(0),
            place(1),
            place(2),
            &event.old_value,
            &event.new_value,
        ))?;
        Ok(())
    }

    /// The log of a household's open visit, in order.
    pub fn events(&self, household: HouseholdId) -> Result<Vec<AuditEvent>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT event, node, start, \"end\", latitude, longitude, accuracy, old_value, new_value, person, reason
             FROM audit_event WHERE household = ?1 ORDER BY id",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            let place: [Option<f64>; 3] = [r.get(4)?, r.get(5)?, r.get(6)?];
            Ok(AuditEvent {
                event: r.get(0)?,
                node: r.get(1)?,
                start: r.get(2)?,
                end: r.get(3)?,
                place: match place {
                    [Some(latitude), Some(longitude), Some(accuracy)] => {
                        Some([latitude, longitude, accuracy])
                    }
                    _ => None,
                },
                old_value: r.get(7)?,
                new_value: r.get(8)?,
                person: r.get(9)?,
                reason: r.get(10)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Removes the log of a visit that ends; it must be a file of the visit by now, or the visit nothing.
    pub fn clear_events(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM audit_event WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }
}
