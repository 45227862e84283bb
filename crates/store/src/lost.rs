//! What the server no longer has, because it was restored from an older copy.

use crate::{Store, StoreError, syncing::CURSOR_KEY};
use lawang_domain::DeviceId;
use lawang_records::{BESIDE_ACTOR, Row, belongs_to, inspect};
use rusqlite::Transaction;

impl Store {
    /// Everything that the server acknowledged after these numbers of changes and rows counts as not sent. What this
    /// device made is sent again; what others made waits for them, as what was heard of at a hub does; what the register
    /// said, and the answers said again beside it, is set aside, because it says that anew. `writes`: this device may add records; then it also sends rows that
    /// others made, which are the same whoever sends them. Gives the number of changes and rows.
    pub fn server_lost(
        tx: &Transaction<'_>,
        me: DeviceId,
        writes: bool,
        kept: u64,
        kept_rows: u64,
    ) -> Result<usize, StoreError> {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let (kept, kept_rows) = (number(kept), number(kept_rows));
        let beside = Self::said_beside(tx, kept)?;
        for hash in &beside {
            tx.execute(
                "UPDATE change_log SET state = 2, seq = NULL, reason = 'lost_in_restore' WHERE hash = ?1",
                [hash],
            )?;
        }
        let mine = tx.execute(
            "UPDATE change_log SET state = 0, seq = NULL, reason = NULL
             WHERE state = 1 AND seq > ?1 AND device = ?2",
            (kept, me.as_bytes().as_slice()),
        )?;
        let register = tx.execute(
            "UPDATE change_log SET state = 2, seq = NULL, reason = 'lost_in_restore'
             WHERE state = 1 AND seq > ?1 AND device = zeroblob(16)",
            [kept],
        )?;
        let others = tx.execute(
            "UPDATE change_log SET state = 4, seq = NULL WHERE state = 1 AND seq > ?1",
            [kept],
        )?;
        let rows = tx.execute(
            "UPDATE row_log SET state = ?2 WHERE state = 1
               AND village IN (SELECT village FROM scope WHERE active = 1 AND row_cursor > ?1)",
            (kept_rows, if writes { 0 } else { 4 }),
        )?;
        // A record that was begun on a device has no number here that would say whether the backup has it: it is sent again.
        let begun = Self::begun_on_devices(tx)?;
        for id in &begun {
            tx.execute(
                "UPDATE row_log SET state = ?2 WHERE id = ?1 AND state = 1",
                (id, if writes { 0 } else { 4 }),
            )?;
        }
        tx.execute(
            "UPDATE scope SET row_cursor = min(row_cursor, ?1)",
            [kept_rows],
        )?;
        tx.execute("UPDATE photo SET state = 0 WHERE state = 1", [])?;
        for table in ["household", "survey"] {
            tx.execute(
                &format!(
                    "UPDATE {table} SET unsent = 1 WHERE household IN
                         (SELECT household FROM change_log WHERE state = 0
                          UNION SELECT household FROM row_log WHERE state = 0)"
                ),
                [],
            )?;
        }
        let cursor: Option<Vec<u8>> = tx
            .query_row("SELECT value FROM meta WHERE key = ?1", [CURSOR_KEY], |r| {
                r.get(0)
            })
            .ok();
        let cursor = cursor
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        Self::set_pull_cursor(tx, cursor.min(kept.unsigned_abs()))?;
        Ok(mine + beside.len() + register + others + rows + begun.len())
    }

    /// Rows at the server that come from no register.
    fn begun_on_devices(tx: &Transaction<'_>) -> Result<Vec<i64>, StoreError> {
        let mut select = tx.prepare(
            "SELECT id, body FROM row_log WHERE state = 1
               AND village IN (SELECT village FROM scope WHERE active = 1)",
        )?;
        let mut rows = select.query([])?;
        let mut begun = Vec::new();
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(1)?;
            let found = Row::from_bytes(&body).map_err(|e| StoreError::Damaged(e.to_string()))?;
            if !found.answers.contains_key("register_id") {
                begun.push(row.get(0)?);
            }
        }
        Ok(begun)
    }

    /// Answers that the server said again beside the register's word: it says them anew with that.
    fn said_beside(tx: &Transaction<'_>, kept: i64) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut select = tx.prepare(
            "SELECT hash, body FROM change_log WHERE state = 1 AND seq > ?1 AND kind = 0",
        )?;
        let mut rows = select.query([kept])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(1)?;
            if inspect(&body).is_ok_and(|info| belongs_to(&info.actor, BESIDE_ACTOR)) {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }
}
