//! The truth: rows, changes, and the documents made of them.

use crate::{Store, StoreError};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_records::{Hash, Record, Row};
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

/// Where a thing of the log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogState {
    /// Made here, not at the server yet.
    Unsent = 0,
    /// At the server.
    Sent = 1,
    /// Refused by the server; kept here.
    Refused = 2,
    /// Built on a refused change; what it said lives on in another change or in a proposal.
    Replaced = 3,
    /// Made elsewhere and heard of at a hub; not known to be at the server.
    AtHub = 4,
}

impl LogState {
    fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Unsent,
            1 => Self::Sent,
            3 => Self::Replaced,
            4 => Self::AtHub,
            _ => Self::Refused,
        }
    }
}

/// A row to add.
#[derive(Debug, Clone)]
pub struct NewRow {
    pub household: HouseholdId,
    pub village: String,
    /// Canonical bytes.
    pub body: Vec<u8>,
    pub state: LogState,
}

/// A change with what is known of it.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub hash: Hash,
    pub household: HouseholdId,
    /// The document of the record.
    pub kind: DocumentKind,
    pub village: String,
    /// Raw bytes.
    pub body: Vec<u8>,
    pub device: DeviceId,
    pub person: String,
    pub role: String,
    /// Seconds since 1970 by the author's clock.
    pub at: i64,
    pub state: LogState,
    /// Number in the server's order.
    pub seq: Option<u64>,
    /// Why it was refused, as a code.
    pub reason: Option<String>,
    /// `false`: kept, but this program could not apply it.
    pub applied: bool,
}

pub(crate) fn blob16(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

impl Store {
    /// A household's register row and village.
    pub fn row(&self, household: HouseholdId) -> Result<(Row, String), StoreError> {
        let (body, village): (Vec<u8>, String) = self
            .conn
            .prepare_cached("SELECT body, village FROM row_log WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        let row = Row::from_bytes(&body).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok((row, village))
    }

    /// Where a household's row stands; `None` if it is not here.
    pub fn row_state(&self, household: HouseholdId) -> Result<Option<LogState>, StoreError> {
        let state: Option<i64> = self
            .conn
            .prepare_cached("SELECT state FROM row_log WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| r.get(0))
            .optional()?;
        Ok(state.map(LogState::from_number))
    }

    /// Adds a row if the household is not there yet; gives its number and whether it is new.
    pub fn add_row(tx: &Transaction<'_>, row: &NewRow) -> Result<(i64, bool), StoreError> {
        let digest = Row::digest(&row.body);
        let added = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO row_log (household, village, body, digest, state) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                row.household.as_bytes().as_slice(),
                &row.village,
                &row.body,
                digest.as_slice(),
                row.state as i64,
            ))?;
        if added == 1 {
            return Ok((tx.last_insert_rowid(), true));
        }
        if row.state == LogState::Sent {
            // The server has it: whatever it was here, it is there.
            tx.prepare_cached(
                "UPDATE row_log SET state = 1, reason = NULL WHERE household = ?1 AND digest = ?2",
            )?
            .execute((row.household.as_bytes().as_slice(), digest.as_slice()))?;
        }
        let id = tx
            .prepare_cached("SELECT id FROM row_log WHERE household = ?1")?
            .query_row([row.household.as_bytes().as_slice()], |r| r.get(0))?;
        Ok((id, false))
    }

    /// Adds a change if it is not there yet; gives whether it is new.
    pub fn add_change(tx: &Transaction<'_>, change: &ChangeRow) -> Result<bool, StoreError> {
        let added = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO change_log
                 (hash, household, village, body, device, person, role, at, state, seq, reason, applied, kind)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute((
                change.hash.0.as_slice(),
                change.household.as_bytes().as_slice(),
                &change.village,
                &change.body,
                change.device.as_bytes().as_slice(),
                &change.person,
                &change.role,
                change.at,
                change.state as i64,
                change.seq.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
                &change.reason,
                change.applied,
                change.kind.number(),
            ))?;
        if added == 0 && change.state == LogState::Sent {
            // It came before what it builds on, and that is here by now: from here on it stands after that.
            tx.prepare_cached(
                "UPDATE change_log SET id = (SELECT max(id) + 1 FROM change_log)
                 WHERE hash = ?1 AND applied = 0 AND ?2 = 1",
            )?
            .execute((change.hash.0.as_slice(), change.applied))?;
            tx.prepare_cached(
                "UPDATE change_log SET state = 1, seq = ?2, reason = NULL, applied = ?3 WHERE hash = ?1",
            )?
            .execute((
                change.hash.0.as_slice(),
                change.seq.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
                change.applied,
            ))?;
        }
        if added == 0 && change.state == LogState::Sent {
            // It was refused, and taken after all: there is nothing left to propose.
            tx.prepare_cached("UPDATE proposal SET state = 2 WHERE change = ?1 AND state = 0")?
                .execute([change.hash.0.as_slice()])?;
        }
        Ok(added == 1)
    }

    /// The household's document: the snapshot with what came after it, or all from the row.
    pub fn record(&self, household: HouseholdId) -> Result<Record, StoreError> {
        let snapshot: Option<(i64, Vec<u8>)> = self
            .conn
            .prepare_cached("SELECT upto, doc FROM snapshot WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        let (upto, mut record) =
            match snapshot.and_then(|(upto, doc)| Some((upto, Record::load(&doc).ok()?))) {
                Some(found) => found,
                // The snapshot is only a cache: without one, or with a damaged one, the log tells all.
                None => (0, Record::genesis(&self.row(household)?.0)?),
            };
        let mut select = self.conn.prepare_cached(
            "SELECT body FROM change_log WHERE household = ?1 AND id > ?2 AND applied = 1 AND kind = 0 ORDER BY id",
        )?;
        let mut rows = select.query((household.as_bytes().as_slice(), upto))?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(0)?;
            record
                .apply(&body)
                .map_err(|e| StoreError::Damaged(e.to_string()))?;
        }
        Ok(record)
    }

    /// Keeps the document as a snapshot: everything in the log so far is in it.
    pub fn put_snapshot(
        tx: &Transaction<'_>,
        household: HouseholdId,
        record: &Record,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO snapshot (household, upto, doc)
             VALUES (?1, coalesce((SELECT max(id) FROM change_log WHERE household = ?1), 0), ?2)
             ON CONFLICT (household) DO UPDATE SET upto = excluded.upto, doc = excluded.doc",
        )?
        .execute((household.as_bytes().as_slice(), record.save()))?;
        Ok(())
    }

    /// All changes of a household in the order in which they came here.
    pub fn changes(&self, household: HouseholdId) -> Result<Vec<ChangeRow>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT hash, household, village, body, device, person, role, at, state, seq, reason, applied, kind
             FROM change_log WHERE household = ?1 ORDER BY id",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], read_change)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// One change by its hash.
    pub fn change(&self, hash: &Hash) -> Result<Option<ChangeRow>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT hash, household, village, body, device, person, role, at, state, seq, reason, applied, kind
                 FROM change_log WHERE hash = ?1",
            )?
            .query_row([hash.0.as_slice()], read_change)
            .optional()?)
    }

    /// All records in the order of their rows: households and other surveys.
    pub fn all_records(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare("SELECT household FROM row_log ORDER BY id")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Why the server refused things of a household, as codes.
    pub fn refusals(&self, household: HouseholdId) -> Result<Vec<String>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT reason FROM (
                 SELECT reason FROM row_log WHERE household = ?1 AND state = 2
                 UNION SELECT reason FROM change_log WHERE household = ?1 AND state = 2 AND applied = 1
                 UNION SELECT reason FROM proposal WHERE household = ?1 AND state = 0)
             WHERE reason IS NOT NULL ORDER BY reason",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}

fn read_change(row: &rusqlite::Row<'_>) -> rusqlite::Result<ChangeRow> {
    let hash: Vec<u8> = row.get(0)?;
    Ok(ChangeRow {
        hash: Hash(hash.try_into().unwrap_or_default()),
        household: HouseholdId(blob16(&row.get::<_, Vec<u8>>(1)?)),
        village: row.get(2)?,
        body: row.get(3)?,
        device: DeviceId(blob16(&row.get::<_, Vec<u8>>(4)?)),
        person: row.get(5)?,
        role: row.get(6)?,
        at: row.get(7)?,
        state: LogState::from_number(row.get(8)?),
        seq: row
            .get::<_, Option<i64>>(9)?
            .and_then(|n| u64::try_from(n).ok()),
        reason: row.get(10)?,
        applied: row.get(11)?,
        kind: DocumentKind::from_number(row.get(12)?).unwrap_or_default(),
    })
}
