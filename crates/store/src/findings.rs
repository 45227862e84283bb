//! What registers outside say of the persons: fetched from the district, shown, never made here.

use crate::{Store, StoreError, log::blob16};
use lawang_domain::{HouseholdId, InstanceId};
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

/// What one source says of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    pub household: HouseholdId,
    pub member: InstanceId,
    /// `dukcapil`, a programme, or `elsewhere`.
    pub source: String,
    pub result: String,
    /// Date of the file, ISO.
    pub dated: String,
    /// JSON of `lawang_domain::FindingDetail`.
    pub detail: String,
}

/// The package of a village that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldFindings {
    pub version: u64,
    pub hash: [u8; 32],
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<FindingRow> {
    let id = |at| -> rusqlite::Result<Uuid> { Ok(blob16(&row.get::<_, Vec<u8>>(at)?)) };
    Ok(FindingRow {
        household: HouseholdId(id(0)?),
        member: InstanceId(id(1)?),
        source: row.get(2)?,
        result: row.get(3)?,
        dated: row.get(4)?,
        detail: row.get(5)?,
    })
}

const COLUMNS: &str = "household, member, source, result, dated, detail";

/// The numbers of kinds of suspicions that rest on lists: `couple_on_lists` and `dead_on_list`.
pub const BY_LISTS: &str = "8, 9";

impl Store {
    /// What is said of the members of a household.
    pub fn findings(&self, household: HouseholdId) -> Result<Vec<FindingRow>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM finding WHERE household = ?1 ORDER BY member, source"
        ))?;
        let rows = select.query_map([household.as_bytes().as_slice()], read)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Households of whose members something is said.
    pub fn households_with_findings(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT DISTINCT household FROM finding ORDER BY household")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Who may stand in another village as well, household by household.
    pub fn findings_elsewhere(&self) -> Result<Vec<FindingRow>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM finding WHERE source = 'elsewhere' ORDER BY household, member"
        ))?;
        let rows = select.query_map([], read)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// What is said of the persons of a village, household by household.
    pub fn findings_of_village(&self, village: &str) -> Result<Vec<FindingRow>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM finding WHERE village = ?1 ORDER BY household, member, source"
        ))?;
        let rows = select.query_map([village], read)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// The package of a village that is here.
    pub fn held_findings(&self, village: &str) -> Result<Option<HeldFindings>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT version, hash FROM finding_held WHERE village = ?1")?
            .query_row([village], |r| {
                Ok(HeldFindings {
                    version: r.get::<_, i64>(0)?.unsigned_abs(),
                    hash: r.get::<_, Vec<u8>>(1)?.try_into().unwrap_or_default(),
                })
            })
            .optional()?)
    }

    /// Villages of which something is here, whole or in pieces.
    pub fn villages_with_findings(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT village FROM finding_held UNION SELECT village FROM finding_part",
        )?;
        let rows = select.query_map([], |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// How many bytes of a package are here.
    pub fn finding_part_bytes(&self, hash: &[u8; 32]) -> Result<u64, StoreError> {
        let bytes: i64 = self
            .conn
            .prepare_cached(
                "SELECT coalesce(sum(length(body)), 0) FROM finding_part WHERE hash = ?1",
            )?
            .query_row([hash.as_slice()], |r| r.get(0))?;
        Ok(bytes.unsigned_abs())
    }

    /// All pieces of a package in order.
    pub fn finding_parts(&self, hash: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT body FROM finding_part WHERE hash = ?1 ORDER BY position")?;
        let mut rows = select.query([hash.as_slice()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(all)
    }

    /// Keeps a piece of a package; pieces of another one of the village go.
    pub fn add_finding_part(
        tx: &Transaction<'_>,
        village: &str,
        hash: &[u8; 32],
        position: u64,
        body: &[u8],
    ) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM finding_part WHERE village = ?1 AND hash <> ?2")?
            .execute((village, hash.as_slice()))?;
        tx.prepare_cached(
            "INSERT OR REPLACE INTO finding_part (hash, position, village, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((hash.as_slice(), int(position), village, body))?;
        Ok(())
    }

    /// Replaces what is said of a village.
    pub fn put_findings(
        tx: &Transaction<'_>,
        village: &str,
        held: &HeldFindings,
        rows: &[FindingRow],
    ) -> Result<(), StoreError> {
        Self::drop_findings(tx, village)?;
        let mut insert = tx.prepare_cached(
            "INSERT OR REPLACE INTO finding (household, member, source, village, result, dated, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for row in rows {
            insert.execute((
                row.household.as_bytes().as_slice(),
                row.member.as_bytes().as_slice(),
                &row.source,
                village,
                &row.result,
                &row.dated,
                &row.detail,
            ))?;
        }
        tx.execute(
            "INSERT INTO finding_held (village, version, hash) VALUES (?1, ?2, ?3)",
            (village, int(held.version), held.hash.as_slice()),
        )?;
        Ok(())
    }

    /// A village whose lists were not compared with its persons yet since they came, and up to which row that is done.
    pub fn unlooked_lists(&self) -> Result<Option<(String, i64)>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT village, looked FROM finding_held WHERE looked >= 0 ORDER BY village LIMIT 1",
            )?
            .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?)
    }

    /// Numbers of the rows of households in a village of which somebody stands on a list, after one of them.
    pub fn listed_after(&self, village: &str, row: i64, most: u32) -> Result<Vec<i64>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT h.id FROM finding f JOIN household h ON h.household = f.household
             WHERE f.village = ?1 AND f.result = 'receives' AND h.id > ?2 ORDER BY h.id LIMIT ?3",
        )?;
        let rows = select.query_map((village, row, most), |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Notes up to which row the lists of a village were compared; -1: all.
    pub fn note_looked_lists(
        tx: &Transaction<'_>,
        village: &str,
        row: i64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE finding_held SET looked = ?2 WHERE village = ?1")?
            .execute((village, row))?;
        Ok(())
    }

    /// Lets go of all that is said of a village, and of what was found by it.
    pub fn drop_findings(tx: &Transaction<'_>, village: &str) -> Result<(), StoreError> {
        tx.prepare_cached(&format!(
            "DELETE FROM suspicion WHERE kind IN ({BY_LISTS})
               AND (left_row IN (SELECT id FROM household WHERE village = ?1)
                    OR right_row IN (SELECT id FROM household WHERE village = ?1))"
        ))?
        .execute([village])?;
        for table in ["finding", "finding_held", "finding_part"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE village = ?1"),
                [village],
            )?;
        }
        Ok(())
    }

    /// Lets go of the pieces of a village's package: they are wrong.
    pub fn drop_finding_parts(tx: &Transaction<'_>, village: &str) -> Result<(), StoreError> {
        tx.execute("DELETE FROM finding_part WHERE village = ?1", [village])?;
        Ok(())
    }

    /// Lets go of what is said of a household's members but those kept (`None`: of all of them), and of pieces on their
    /// way, which may say it too.
    pub fn forget_findings(
        tx: &Transaction<'_>,
        household: HouseholdId,
        kept: Option<&[InstanceId]>,
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        tx.execute(
            "DELETE FROM finding_part WHERE village = (SELECT village FROM row_log WHERE household = ?1)",
            [id],
        )?;
        tx.prepare_cached(&format!(
            "DELETE FROM suspicion WHERE kind IN ({BY_LISTS})
               AND (left_row = (SELECT id FROM row_log WHERE household = ?1)
                    OR right_row = (SELECT id FROM row_log WHERE household = ?1))"
        ))?
        .execute([id])?;
        let members: Vec<Vec<u8>> = tx
            .prepare_cached("SELECT DISTINCT member FROM finding WHERE household = ?1")?
            .query_map([id], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        for member in members {
            let stays = kept.is_some_and(|all| all.iter().any(|k| k.as_bytes()[..] == member[..]));
            if !stays {
                tx.execute(
                    "DELETE FROM finding WHERE household = ?1 AND member = ?2",
                    (id, member),
                )?;
            }
        }
        Ok(())
    }
}
