//! What the exchange with the server needs: what waits, cursors, counts and digests.

use crate::{LogState, Store, StoreError, log::blob16, open::put_meta};
use lawang_domain::{DocumentKind, HouseholdId};
use lawang_sync::SetDigest;
use rusqlite::{OptionalExtension, Transaction};

/// A village in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub village: String,
    pub name: String,
    pub district: String,
    pub regency: String,
    /// Number of the last row fetched.
    pub row_cursor: u64,
    pub active: bool,
}

/// A village with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeNames {
    /// Kemendagri code.
    pub village: String,
    pub name: String,
    /// Kecamatan.
    pub district: String,
    /// Kabupaten or kota.
    pub regency: String,
}

/// A row or change that waits, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    pub household: HouseholdId,
    /// Of the change; the row's digest for a row.
    pub hash: [u8; 32],
    pub body: Vec<u8>,
    /// Of the change.
    pub kind: DocumentKind,
}

/// The same with its village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub thing: Unsent,
    pub village: String,
}

/// A past exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLogRow {
    /// Milliseconds since 1970.
    pub at: i64,
    pub ok: bool,
    /// JSON.
    pub report: String,
    pub receipt: Vec<u8>,
}

const CURSOR: &str = CURSOR_KEY;
/// Under which the cursor of changes stands.
pub(crate) const CURSOR_KEY: &str = "pull_cursor";

impl Store {
    /// Villages, active ones first.
    pub fn scope(&self) -> Result<Vec<Scope>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT village, name, district, regency, row_cursor, active FROM scope ORDER BY active DESC, village")?;
        let rows = select.query_map([], |r| {
            Ok(Scope {
                village: r.get(0)?,
                name: r.get(1)?,
                district: r.get(2)?,
                regency: r.get(3)?,
                row_cursor: r.get::<_, i64>(4)?.unsigned_abs(),
                active: r.get(5)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Replaces the scope; cursors of rows of villages that stay are kept, villages that left keep their data. The cursor
    /// of changes is one for all villages: when one is new here, or comes back, what was changed there before is behind
    /// it, and all is fetched again.
    pub fn set_scope(tx: &Transaction<'_>, villages: &[ScopeNames]) -> Result<(), StoreError> {
        let mut known = tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM scope WHERE village = ?1 AND active = 1)",
        )?;
        let mut gained = false;
        for v in villages {
            gained |= !known.query_row([&v.village], |r| r.get::<_, bool>(0))?;
        }
        if gained {
            put_meta(tx, CURSOR, &0u64.to_be_bytes())?;
        }
        tx.execute("UPDATE scope SET active = 0", [])?;
        for v in villages {
            tx.execute(
                "INSERT INTO scope (village, name, district, regency) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (village) DO UPDATE SET name = ?2, district = ?3, regency = ?4, active = 1",
                (&v.village, &v.name, &v.district, &v.regency),
            )?;
        }
        Ok(())
    }

    /// Number of the last row of a village that is on disk here.
    pub fn row_cursor(&self, village: &str) -> Result<u64, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT row_cursor FROM scope WHERE village = ?1")?;
        let mut rows = select.query([village])?;
        Ok(match rows.next()? {
            Some(row) => row.get::<_, i64>(0)?.unsigned_abs(),
            None => 0,
        })
    }

    /// Puts a page on disk and moves the cursor, in one transaction; unpacking is another step that a
    /// crash cannot lose.
    pub fn store_page(&mut self, village: &str, to: u64, body: &[u8]) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT INTO page_inbox (village, body) VALUES (?1, ?2)",
                (village, body),
            )?;
            tx.execute(
                "UPDATE scope SET row_cursor = ?2 WHERE village = ?1",
                (village, i64::try_from(to).unwrap_or(i64::MAX)),
            )?;
            Ok(())
        })
    }

    /// The oldest page that is not unpacked.
    pub fn next_page(&self) -> Result<Option<(i64, String, Vec<u8>)>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT id, village, body FROM page_inbox ORDER BY id LIMIT 1")?;
        let mut rows = select.query([])?;
        Ok(match rows.next()? {
            Some(r) => Some((r.get(0)?, r.get(1)?, r.get(2)?)),
            None => None,
        })
    }

    /// The page is unpacked; called in the transaction that unpacked it.
    pub fn page_done(tx: &Transaction<'_>, id: i64) -> Result<(), StoreError> {
        tx.execute("DELETE FROM page_inbox WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Rows that wait, oldest first.
    pub fn unsent_rows(&self, max: usize) -> Result<Vec<Unsent>, StoreError> {
        self.unsent(
            "SELECT household, digest, body, 0 FROM row_log WHERE state = 0 ORDER BY id LIMIT ?1",
            max,
        )
    }

    /// Changes that wait, oldest first: a change never goes before one that it builds on.
    pub fn unsent_changes(&self, max: usize) -> Result<Vec<Unsent>, StoreError> {
        self.unsent(
            "SELECT household, hash, body, kind FROM change_log WHERE state = 0
               AND household NOT IN (SELECT household FROM change_log WHERE state = 0 AND reason = 'old_base')
             ORDER BY id LIMIT ?1",
            max,
        )
    }

    fn unsent(&self, sql: &str, max: usize) -> Result<Vec<Unsent>, StoreError> {
        let mut select = self.conn.prepare_cached(sql)?;
        let rows = select.query_map([i64::try_from(max).unwrap_or(i64::MAX)], |r| {
            Ok(Unsent {
                household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                hash: r.get::<_, Vec<u8>>(1)?.try_into().unwrap_or_default(),
                body: r.get(2)?,
                kind: DocumentKind::from_number(r.get(3)?).unwrap_or_default(),
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// How many half bytes of a household's id tell it from every other one here.
    pub fn household_name_len(&self, id: HouseholdId) -> Result<usize, StoreError> {
        let mut len = 1;
        for sql in [
            "SELECT max(household) FROM row_log WHERE household < ?1",
            "SELECT min(household) FROM row_log WHERE household > ?1",
        ] {
            let neighbour: Option<Vec<u8>> = self
                .conn
                .prepare_cached(sql)?
                .query_row([id.as_bytes().as_slice()], |r| r.get(0))?;
            let Some(neighbour) = neighbour else { continue };
            let mut same = 0;
            for (a, b) in neighbour.iter().zip(id.as_bytes()) {
                if a == b {
                    same += 2;
                    continue;
                }
                same += usize::from(a >> 4 == b >> 4);
                break;
            }
            len = len.max(1 + same);
        }
        Ok(len.min(32))
    }

    /// The server has the row, or refuses it with a code.
    pub fn mark_row(
        tx: &Transaction<'_>,
        household: HouseholdId,
        state: LogState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE row_log SET state = ?2, reason = ?3 WHERE household = ?1")?
            .execute((household.as_bytes().as_slice(), state as i64, reason))?;
        Ok(())
    }

    /// The server has the change under a number, or refuses it with a code.
    pub fn mark_change(
        tx: &Transaction<'_>,
        hash: &[u8; 32],
        state: LogState,
        seq: Option<u64>,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "UPDATE change_log SET state = ?2, seq = ?3, reason = ?4 WHERE hash = ?1",
        )?
        .execute((
            hash.as_slice(),
            state as i64,
            seq.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
            reason,
        ))?;
        Ok(())
    }

    /// The cursor in the server's order of changes.
    pub fn pull_cursor(&self) -> Result<u64, StoreError> {
        Ok(self
            .meta(CURSOR)?
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes))
    }

    /// Moves the cursor, in the transaction that stores what it stands for.
    pub fn set_pull_cursor(tx: &Transaction<'_>, cursor: u64) -> Result<(), StoreError> {
        put_meta(tx, CURSOR, &cursor.to_be_bytes())
    }

    /// Everything will be fetched again: after a restore, what this device once had may be missing here.
    pub fn forget_cursors(tx: &Transaction<'_>) -> Result<(), StoreError> {
        put_meta(tx, CURSOR, &0u64.to_be_bytes())?;
        Self::forget_hub_cursors(tx)?;
        tx.execute("UPDATE scope SET row_cursor = 0", [])?;
        Ok(())
    }

    /// Sets a value of the key-value table inside a transaction.
    pub fn put_meta(tx: &Transaction<'_>, key: &str, value: &[u8]) -> Result<(), StoreError> {
        put_meta(tx, key, value)
    }

    /// Rows and changes of a village that the server has, up to a cursor, with their digest.
    pub fn village_sets(
        &self,
        village: &str,
        cursor: u64,
    ) -> Result<(u64, u64, SetDigest), StoreError> {
        let mut digest = SetDigest::default();
        let mut count = |sql: &str, rows: bool, bound: Option<i64>| -> Result<u64, StoreError> {
            let mut select = self.conn.prepare_cached(sql)?;
            let mut found = match bound {
                Some(bound) => select.query((village, bound))?,
                None => select.query([village])?,
            };
            let mut number = 0;
            while let Some(row) = found.next()? {
                let hash: [u8; 32] = row.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default();
                if rows {
                    digest.add_row(&hash);
                } else {
                    digest.add_change(&hash);
                }
                number += 1;
            }
            Ok(number)
        };
        let rows = count(
            "SELECT digest FROM row_log WHERE village = ?1 AND state = 1",
            true,
            None,
        )?;
        let changes = count(
            "SELECT hash FROM change_log WHERE village = ?1 AND state = 1 AND seq <= ?2",
            false,
            Some(i64::try_from(cursor).unwrap_or(i64::MAX)),
        )?;
        Ok((rows, changes, digest))
    }

    /// Remembers an exchange; the newest fifty are kept.
    pub fn log_sync(&mut self, row: &SyncLogRow) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT INTO sync_log (at, ok, report, receipt) VALUES (?1, ?2, ?3, ?4)",
                (row.at, row.ok, &row.report, &row.receipt),
            )?;
            // Receipts are proof and stay; only the stories of failures are pruned.
            tx.execute(
                "DELETE FROM sync_log WHERE ok = 0 AND id <= (SELECT max(id) - 50 FROM sync_log)",
                [],
            )?;
            Ok(())
        })
    }

    /// The newest exchange after which the district held the same as this device, milliseconds since 1970.
    pub fn last_agreed(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .conn
            .prepare("SELECT at FROM sync_log WHERE ok = 1 ORDER BY id DESC LIMIT 1")?
            .query_row([], |r| r.get(0))
            .optional()?)
    }

    /// Past exchanges, newest first.
    pub fn sync_log(&self, max: u32) -> Result<Vec<SyncLogRow>, StoreError> {
        let mut select = self
            .conn
            .prepare("SELECT at, ok, report, receipt FROM sync_log ORDER BY id DESC LIMIT ?1")?;
        let rows = select.query_map([max], |r| {
            Ok(SyncLogRow {
                at: r.get(0)?,
                ok: r.get(1)?,
                report: r.get(2)?,
                receipt: r.get(3)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_agreement_is_remembered_however_often_something_else_came_after_it() {
        let mut store = Store::in_memory().unwrap();
        assert_eq!(store.last_agreed().unwrap(), None);
        let mut log = |at: i64, ok: bool| {
            let row = SyncLogRow {
                at,
                ok,
                report: String::new(),
                receipt: Vec::new(),
            };
            store.log_sync(&row).unwrap();
        };
        log(5, true);
        log(6, true);
        for at in 7..80 {
            log(at, false);
        }
        assert_eq!(store.last_agreed().unwrap(), Some(6));
    }
}
