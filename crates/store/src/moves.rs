//! Records that moved to another village, and what leaves this device because of it.

use crate::{OLD_BASE, Store, StoreError, base::BESIDE, log::blob16};
use lawang_domain::HouseholdId;
use lawang_records::{Hash, Row};
use lawang_sync::{KIND_BASE, Moved};
use rusqlite::{OptionalExtension, Transaction};

/// Records that moved from one village to another, as this device heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRecords {
    /// Kemendagri code of the village before.
    pub from: String,
    /// Kemendagri code of the village after.
    pub to: String,
    /// Name of the village after, with its kecamatan.
    pub to_name: String,
    /// How many.
    pub records: u32,
    /// How many of them are still here.
    pub here: u32,
    /// When this device heard of the newest, milliseconds since 1970.
    pub at: i64,
}

/// Tables in which a record has lines of its own, by `household`, besides what was typed, proposed or photographed.
const TABLES: [&str; 9] = [
    "snapshot",
    "entity_op",
    "review",
    "desk",
    "suspected",
    "pair_decision",
    "finding",
    "survey",
    "household",
];

/// Records that went to a village that is not this device's, and of which nothing waits here.
const DONE: &str = "SELECT m.household FROM moved m JOIN row_log r ON r.household = m.household
     WHERE r.village NOT IN (SELECT village FROM scope WHERE active = 1)
       AND r.state = 1
       AND NOT EXISTS (SELECT 1 FROM change_log c WHERE c.household = m.household AND c.state NOT IN (1, 4))
       AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.household = m.household)
       AND NOT EXISTS (SELECT 1 FROM draft_entry e WHERE e.household = m.household AND e.folded = 0)
       AND NOT EXISTS (SELECT 1 FROM proposal p WHERE p.household = m.household AND p.state = 0)
       AND NOT EXISTS (SELECT 1 FROM photo f WHERE f.household = m.household AND f.state = 0)
       AND NOT EXISTS (SELECT 1 FROM evidence_draft e WHERE e.household = m.household)
       AND NOT EXISTS (SELECT 1 FROM desk_draft e WHERE e.household = m.household)";

impl Store {
    /// Everything of a record that is kept by village goes to another one; words about moves stay in the logs in which they
    /// were said: they alone have a body. `row`: its bytes, if this device may see them.
    pub fn relocate(
        tx: &Transaction<'_>,
        household: HouseholdId,
        to: &str,
        row: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        if let Some(row) = row {
            tx.execute(
                "UPDATE row_log SET body = ?2, digest = ?3, state = 1, reason = NULL WHERE household = ?1",
                (id, row, Row::digest(row).as_slice()),
            )?;
        }
        tx.execute(
            "UPDATE row_log SET village = ?2 WHERE household = ?1",
            (id, to),
        )?;
        tx.execute(
            "UPDATE change_log SET village = ?2 WHERE household = ?1 AND NOT (kind = ?3 AND body <> x'')",
            (id, to, KIND_BASE),
        )?;
        for table in ["entity_op", "finding"] {
            tx.execute(
                &format!("UPDATE {table} SET village = ?2 WHERE household = ?1"),
                (id, to),
            )?;
        }
        Ok(())
    }

    /// Notes the district's word in the order of the village in whose log it stands: it counts there like a change.
    pub fn note_move(
        tx: &Transaction<'_>,
        household: HouseholdId,
        (number, moved): (u64, &Moved),
        hash: &Hash,
        seq: Option<u64>,
        at: i64,
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        tx.execute(
            "INSERT INTO change_log (hash, household, village, body, device, person, role, at, state, seq, applied, kind)
             VALUES (?1, ?2, ?3, x'01', zeroblob(16), '', 'register', 0, ?6, ?4, 0, ?5)
             ON CONFLICT (hash) DO UPDATE SET state = 1, seq = coalesce(excluded.seq, seq), reason = NULL WHERE excluded.state = 1",
            (
                hash.0.as_slice(),
                id,
                moved.log(),
                seq.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
                KIND_BASE,
                // At the district, or heard of at a hub.
                if seq.is_some() { 1 } else { 4 },
            ),
        )?;
        tx.execute(
            "INSERT INTO moved (household, number, from_village, to_village, to_name, at) VALUES (?1, ?6, ?2, ?3, ?4, ?5)
             ON CONFLICT (household) DO UPDATE SET number = ?6, from_village = ?2, to_village = ?3, to_name = ?4, at = ?5
                 WHERE number < ?6",
            (
                id,
                &moved.from,
                &moved.to,
                &moved.to_name,
                at,
                i64::try_from(number).unwrap_or(i64::MAX),
            ),
        )?;
        Ok(())
    }

    /// What waits for a new beginning that this device will not hear of, because the record is not its village's any more,
    /// becomes a proposal like what was refused for the village. Gives the records.
    pub fn too_late(&mut self) -> Result<Vec<HouseholdId>, StoreError> {
        const WAITING: &str = "state = 0 AND reason = ?1 AND household IN
             (SELECT m.household FROM moved m JOIN row_log r ON r.household = m.household
              WHERE r.village NOT IN (SELECT village FROM scope WHERE active = 1))";
        let records: Vec<HouseholdId> = {
            let sql = format!("SELECT DISTINCT household FROM change_log WHERE {WAITING}");
            let mut select = self.conn.prepare(&sql)?;
            let rows = select.query_map([OLD_BASE], |r| {
                Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)))
            })?;
            rows.collect::<Result<_, _>>()?
        };
        if !records.is_empty() {
            self.transact(|tx| {
                let sql = format!(
                    "UPDATE change_log SET state = 2, reason = 'not_your_village' WHERE {WAITING}"
                );
                tx.execute(&sql, [OLD_BASE])?;
                Ok(())
            })?;
        }
        Ok(records)
    }

    /// Where a record went, by the newest word that this device heard, and that word's number.
    pub fn moved_to(&self, household: HouseholdId) -> Result<Option<(String, u64)>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT to_village, number FROM moved WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs()))
            })
            .optional()?)
    }

    /// What this device heard of moves, newest first.
    pub fn moved(&self) -> Result<Vec<MovedRecords>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT from_village, to_village, max(to_name), count(*), count(r.id), max(at)
             FROM moved m LEFT JOIN row_log r ON r.household = m.household
             GROUP BY from_village, to_village ORDER BY max(at) DESC, from_village, to_village",
        )?;
        let rows = select.query_map([], |r| {
            Ok(MovedRecords {
                from: r.get(0)?,
                to: r.get(1)?,
                to_name: r.get(2)?,
                records: r.get(3)?,
                here: r.get(4)?,
                at: r.get(5)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Records that went to a village that is not this device's, and of which nothing waits here.
    pub fn moved_away(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(DONE)?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Lets go of records with all that stands beside them; words about moves stay, they count in their villages.
    pub fn let_go(tx: &Transaction<'_>, records: &[HouseholdId]) -> Result<(), StoreError> {
        for id in records {
            let id = id.as_bytes().as_slice();
            let row: Option<i64> = tx
                .query_row("SELECT id FROM row_log WHERE household = ?1", [id], |r| {
                    r.get(0)
                })
                .optional()?;
            if let Some(row) = row {
                tx.execute("DELETE FROM search WHERE rowid = ?1", [row])?;
                tx.execute("DELETE FROM persons WHERE id = ?1", [row])?;
                tx.execute(
                    "DELETE FROM suspicion WHERE left_row = ?1 OR right_row = ?1",
                    [row],
                )?;
            }
            tx.execute("DELETE FROM pair_decision WHERE other_household = ?1", [id])?;
            for table in BESIDE.into_iter().chain(TABLES) {
                tx.execute(&format!("DELETE FROM {table} WHERE household = ?1"), [id])?;
            }
            tx.execute(
                    "DELETE FROM hub_thing WHERE id = ?1 OR id IN
                         (SELECT hash FROM change_log WHERE household = ?1 AND NOT (kind = ?2 AND body <> x''))",
                    (id, KIND_BASE),
                )?;
            tx.execute(
                "DELETE FROM change_log WHERE household = ?1 AND NOT (kind = ?2 AND body <> x'')",
                (id, KIND_BASE),
            )?;
            tx.execute("DELETE FROM row_log WHERE household = ?1", [id])?;
        }
        Ok(())
    }
}
