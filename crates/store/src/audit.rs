//! The log of how an open visit is filled in: a line an event, until the visit ends.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use rusqlite::Transaction;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEvent {
    /// Given by the store.
    pub id: i64,
    /// What happened, in the words of ODK's form audit log.
    pub event: String,
    /// XPath of the question, group or repeat, with positions; may be empty.
    pub node: String,
    /// For an answer changed on a page of several questions: the event of that page.
    pub within: Option<i64>,
    /// Milliseconds since 1970.
    pub started: i64,
    /// Milliseconds since 1970; `None` for an event without duration.
    pub ended: Option<i64>,
    /// Decimal degrees, as text; empty: not known.
    pub latitude: String,
    /// Decimal degrees, as text; empty: not known.
    pub longitude: String,
    /// Metres, as text; empty: not known.
    pub accuracy: String,
    /// The answer before.
    pub old_value: String,
    /// The answer after.
    pub new_value: String,
    /// Who said to be filling in.
    pub person: String,
    /// Why a finished visit was changed.
    pub reason: String,
}

impl Store {
    /// Adds an event; gives its number.
    pub fn add_audit(
        tx: &Transaction<'_>,
        household: HouseholdId,
        event: &AuditEvent,
    ) -> Result<i64, StoreError> {
        tx.prepare_cached(
            "INSERT INTO audit_event (household, event, node, within, started, ended, latitude, longitude, accuracy,
                 old_value, new_value, person, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute((
            household.as_bytes().as_slice(),
            &event.event,
            &event.node,
            event.within,
            event.started,
            event.ended,
            &event.latitude,
            &event.longitude,
            &event.accuracy,
            &event.old_value,
            &event.new_value,
            &event.person,
            &event.reason,
        ))?;
        Ok(tx.last_insert_rowid())
    }

    /// Says that a page, and the answers changed on it, were last seen at this moment.
    pub fn extend_audit(tx: &Transaction<'_>, id: i64, ended: i64) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE audit_event SET ended = ?2 WHERE id = ?1 OR within = ?1")?
            .execute((id, ended))?;
        Ok(())
    }

    /// Puts the newest answer into the event that saw the answer before.
    pub fn change_audit(tx: &Transaction<'_>, id: i64, value: &str) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE audit_event SET new_value = ?2 WHERE id = ?1")?
            .execute((id, value))?;
        Ok(())
    }

    /// The newest answer to a question of a page of several: the first change of it there is an event, later
    /// ones move that event on.
    pub fn put_audit_within(
        tx: &Transaction<'_>,
        household: HouseholdId,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let known = tx
            .prepare_cached(
                "UPDATE audit_event SET new_value = ?3, ended = ?4 WHERE within = ?1 AND node = ?2",
            )?
            .execute((event.within, &event.node, &event.new_value, event.ended))?;
        if known == 0 {
            Self::add_audit(tx, household, event)?;
        }
        Ok(())
    }

    /// The position of an event that had none.
    pub fn place_audit(
        tx: &Transaction<'_>,
        id: i64,
        [latitude, longitude, accuracy]: [&str; 3],
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "UPDATE audit_event SET latitude = ?2, longitude = ?3, accuracy = ?4
             WHERE (id = ?1 OR within = ?1) AND latitude = ''",
        )?
        .execute((id, latitude, longitude, accuracy))?;
        Ok(())
    }

    /// Puts a name to the events from `first` on.
    pub fn name_audit(
        tx: &Transaction<'_>,
        household: HouseholdId,
        first: i64,
        person: &str,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE audit_event SET person = ?3 WHERE household = ?1 AND id >= ?2")?
            .execute((household.as_bytes().as_slice(), first, person))?;
        Ok(())
    }

    /// Events of the open visit, in order.
    pub fn audit_events(&self, household: HouseholdId) -> Result<Vec<AuditEvent>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, event, node, within, started, ended, latitude, longitude, accuracy, old_value, new_value,
                 person, reason
             FROM audit_event WHERE household = ?1 ORDER BY id",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            Ok(AuditEvent {
                id: r.get(0)?,
                event: r.get(1)?,
                node: r.get(2)?,
                within: r.get(3)?,
                started: r.get(4)?,
                ended: r.get(5)?,
                latitude: r.get(6)?,
                longitude: r.get(7)?,
                accuracy: r.get(8)?,
                old_value: r.get(9)?,
                new_value: r.get(10)?,
                person: r.get(11)?,
                reason: r.get(12)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Whether the open visit has events already.
    pub fn has_audit(&self, household: HouseholdId) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM audit_event WHERE household = ?1)")?
            .query_row([household.as_bytes().as_slice()], |r| r.get(0))?)
    }
}
