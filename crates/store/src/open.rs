//! Opening, moving a damaged file aside, one transaction at a time.

use crate::StoreError;
use fs4::available_space;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const MIGRATIONS: &[&str] = &[
    include_str!("../../../schema/device/0001_register.sql"),
    include_str!("../../../schema/device/0002_forms.sql"),
    include_str!("../../../schema/device/0003_entities.sql"),
    include_str!("../../../schema/device/0004_audit.sql"),
    include_str!("../../../schema/device/0005_authority.sql"),
    include_str!("../../../schema/device/0006_hub.sql"),
    include_str!("../../../schema/device/0007_erasure.sql"),
    include_str!("../../../schema/device/0008_restriction.sql"),
    include_str!("../../../schema/device/0009_desk.sql"),
    include_str!("../../../schema/device/0010_duplicates.sql"),
    include_str!("../../../schema/device/0011_findings.sql"),
    include_str!("../../../schema/device/0012_photos.sql"),
    include_str!("../../../schema/device/0013_moves.sql"),
    include_str!("../../../schema/device/0014_rules.sql"),
    include_str!("../../../schema/device/0015_evidence_and_lists.sql"),
    include_str!("../../../schema/device/0016_aid.sql"),
    include_str!("../../../schema/device/0017_elsewhere.sql"),
    include_str!("../../../schema/device/0018_eligibility.sql"),
    include_str!("../../../schema/device/0019_desk_draft.sql"),
];
/// Below this much free space nothing is written: a visit with photos must fit as a whole.
const RESERVE: u64 = 24 * 1024 * 1024;
/// Up to this size the whole file is checked when it is opened; that takes under half a second.
const CHECK_BELOW: u64 = 96 * 1024 * 1024;

/// The device's database.
pub struct Store {
    pub(crate) conn: Connection,
    dir: Option<PathBuf>,
    /// Tests only: transactions left until one fails as if the process had died.
    crash_after: Cell<Option<u32>>,
}

/// A store, and what happened on the way.
pub struct Opened {
    pub store: Store,
    /// The file that was damaged, under its new name.
    pub moved_aside: Option<PathBuf>,
    /// Things made here and not sent yet that were still readable in the damaged file.
    pub salvaged: u32,
}

impl Store {
    /// Opens `lawang.db` in a directory with its raw key, and makes it if it is not there. A damaged
    /// file is moved aside, never deleted; what was made here and can still be read in it is taken over.
    /// `stamp`: text for the new name of a damaged file, e.g. `20261121-140500`.
    pub fn open(dir: &Path, key: &[u8; 32], stamp: &str) -> Result<Opened, StoreError> {
        fs::create_dir_all(dir)?;
        let path = dir.join("lawang.db");
        match Self::try_open(&path, key) {
            Ok(conn) => Ok(Opened {
                store: Self {
                    conn,
                    dir: Some(dir.into()),
                    crash_after: Cell::new(None),
                },
                moved_aside: None,
                salvaged: 0,
            }),
            Err(StoreError::Damaged(_)) => {
                let aside = dir.join(format!("lawang.db.rusak-{stamp}"));
                for suffix in ["", "-wal", "-shm"] {
                    let from = dir.join(format!("lawang.db{suffix}"));
                    if from.exists() {
                        fs::rename(&from, format!("{}{suffix}", aside.display()))?;
                    }
                }
                let conn = Self::try_open(&path, key)?;
                let mut store = Self {
                    conn,
                    dir: Some(dir.into()),
                    crash_after: Cell::new(None),
                };
                let salvaged = store.salvage(&aside, key);
                Ok(Opened {
                    store,
                    moved_aside: Some(aside),
                    salvaged,
                })
            }
            Err(other) => Err(other),
        }
    }

    /// A plain database in memory, for simulations.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut conn = Connection::open_in_memory()?;
        overwrite(&conn)?;
        migrate(&mut conn)?;
        Ok(Self {
            conn,
            dir: None,
            crash_after: Cell::new(None),
        })
    }

    /// Takes an open connection over; for simulations that restore a copy.
    pub fn from_connection(mut conn: Connection) -> Result<Self, StoreError> {
        migrate(&mut conn)?;
        Ok(Self {
            conn,
            dir: None,
            crash_after: Cell::new(None),
        })
    }

    fn try_open(path: &Path, key: &[u8; 32]) -> Result<Connection, StoreError> {
        let mut conn = connect(path, key, OpenFlags::default())?;
        conn.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        if fs::metadata(path).map(|m| m.len()).unwrap_or(0) < CHECK_BELOW {
            let word: String = conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
            if word != "ok" {
                return Err(StoreError::Damaged(word));
            }
        }
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut conn)?;
        Ok(conn)
    }

    /// Copies what was made here and not sent from a damaged file, as far as it can be read, with what it
    /// builds on: the households' rows and their changes. Gives the number of things that wait.
    fn salvage(&mut self, aside: &Path, key: &[u8; 32]) -> u32 {
        let Ok(old) = connect(aside, key, OpenFlags::SQLITE_OPEN_READ_WRITE) else {
            return 0;
        };
        const OURS: &str = "household IN (SELECT household FROM change_log WHERE state = 0
            UNION SELECT household FROM row_log WHERE state = 0 UNION SELECT household FROM draft_entry)";
        let mut saved = 0;
        for (table, columns, filter) in [
            // Under which actors this device has written: the server asks for them.
            (
                "meta",
                "key, value",
                "WHERE key IN ('incarnation', 'incarnations')",
            ),
            (
                "row_log",
                "household, village, body, digest, state, reason",
                &format!("WHERE {OURS} ORDER BY id"),
            ),
            (
                "change_log",
                "hash, household, village, body, device, person, role, at, state, seq, reason, applied, kind",
                &format!("WHERE {OURS} ORDER BY id"),
            ),
            // The same of a file that was never upgraded.
            (
                "change_log",
                "hash, household, village, body, device, person, role, at, state, seq, reason, applied",
                &format!("WHERE {OURS} ORDER BY id"),
            ),
            (
                "proposal",
                "id, household, kind, change, reason, at, edits, state, settled",
                "",
            ),
            ("receipt", "at, code, proof", "ORDER BY id"),
            // Open visits need the questionnaires that they were begun with.
            (
                "form",
                "id, version, hash, title, title_en, questions, body, at, problem",
                "",
            ),
            (
                "draft",
                "household, visit, heads, form, version, started, page, visited",
                "WHERE household IN (SELECT household FROM draft_entry)",
            ),
            (
                "draft_entry",
                "household, kind, path, value, at, folded",
                "ORDER BY id",
            ),
            (
                "audit_event",
                "household, event, node, start, \"end\", latitude, longitude, accuracy, old_value, new_value, person, reason",
                "ORDER BY id",
            ),
            (
                "photo",
                "hash, household, mime, len, state, body",
                "WHERE state = 0",
            ),
            (
                "evidence_draft",
                "household, hash, mime, body, added",
                "ORDER BY added",
            ),
            ("desk_draft", "household, name, value", ""),
        ] {
            let count = columns.split(',').count();
            let Ok(mut select) = old.prepare(&format!("SELECT {columns} FROM {table} {filter}"))
            else {
                continue;
            };
            let Ok(mut rows) = select.query([]) else {
                continue;
            };
            let marks = vec!["?"; count].join(",");
            let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
            while let Ok(Some(row)) = rows.next() {
                let values: Result<Vec<rusqlite::types::Value>, _> =
                    (0..count).map(|i| row.get(i)).collect();
                let Ok(values) = values else { continue };
                if self
                    .conn
                    .execute(&insert, rusqlite::params_from_iter(values))
                    .is_ok_and(|added| added > 0)
                    && !matches!(table, "meta" | "form" | "audit_event" | "receipt")
                {
                    saved += 1;
                }
            }
        }
        saved
    }

    /// Runs `work` in one transaction: all of it is on disk afterwards, or none.
    pub fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.room()?;
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        if let Some(left) = self.crash_after.get() {
            if left == 0 {
                return Err(StoreError::Crash);
            }
            self.crash_after.set(Some(left - 1));
        }
        tx.commit()?;
        Ok(done)
    }

    /// Refuses when the disk is nearly full, before anything is half-written.
    pub fn room(&self) -> Result<(), StoreError> {
        match &self.dir {
            Some(dir) if available_space(dir)? < RESERVE => Err(StoreError::DiskFull),
            _ => Ok(()),
        }
    }

    /// Changes whenever anything was written, here or by another process.
    pub fn version(&self) -> Result<(u64, i64), StoreError> {
        let elsewhere = self
            .conn
            .query_row("PRAGMA data_version", [], |r| r.get(0))?;
        Ok((self.conn.total_changes(), elsewhere))
    }

    /// Whether the data are on a disk at all, and not in memory.
    pub(crate) fn on_disk(&self) -> bool {
        self.dir.is_some()
    }

    /// Free bytes on the disk that holds the data.
    pub fn free_bytes(&self) -> u64 {
        self.dir
            .as_ref()
            .and_then(|d| available_space(d).ok())
            .unwrap_or(0)
    }

    /// Size of the database in bytes.
    pub fn size_bytes(&self) -> u64 {
        let get = |pragma: &str| {
            self.conn
                .query_row(pragma, [], |r| r.get::<_, i64>(0))
                .unwrap_or(0)
        };
        u64::try_from(get("PRAGMA page_count") * get("PRAGMA page_size")).unwrap_or(0)
    }

    /// Tests only: after `transactions` more commits, the next one fails as if the process had died.
    pub fn crash_after(&self, transactions: Option<u32>) {
        self.crash_after.set(transactions);
    }

    /// Limits the file's size in pages: a full disk for tests.
    pub fn limit_pages(&self, pages: i64) -> Result<(), StoreError> {
        self.conn
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }

    /// The connection, for benchmarks that compare with bare SQL.
    pub fn raw(&self) -> &Connection {
        &self.conn
    }

    /// A value of the small key-value table.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        let mut rows = statement.query([key])?;
        Ok(match rows.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }

    /// Sets values of the small key-value table in one transaction.
    pub fn set_meta(&mut self, pairs: &[(&str, &[u8])]) -> Result<(), StoreError> {
        self.transact(|tx| {
            for (key, value) in pairs {
                put_meta(tx, key, value)?;
            }
            Ok(())
        })
    }
}

pub(crate) fn put_meta(tx: &Transaction<'_>, key: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
    )?
    .execute((key, value))?;
    Ok(())
}

/// What is deleted is overwritten: an erasure leaves nothing in free pages.
fn overwrite(conn: &Connection) -> Result<(), StoreError> {
    conn.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(())
}

fn connect(path: &Path, key: &[u8; 32], flags: OpenFlags) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    // A raw key: no passphrase derivation, opening takes under a millisecond.
    conn.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    overwrite(&conn)?;
    conn.pragma_update(None, "cache_size", -16_000)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let version: i64 = conn.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > newest {
        return Err(StoreError::TooNew(version));
    }
    for (index, sql) in MIGRATIONS.iter().enumerate() {
        let number = i64::try_from(index).unwrap_or(0) + 1;
        if number > version {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", number)?;
            tx.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(conn: &Connection) -> Vec<(String, String)> {
        let mut select = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = select
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_database_of_every_older_version_is_upgraded_and_keeps_what_is_in_it() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        for version in 1..MIGRATIONS.len() {
            let mut old = Connection::open_in_memory().unwrap();
            for sql in &MIGRATIONS[..version] {
                old.execute_batch(sql).unwrap();
            }
            old.pragma_update(None, "user_version", version as i64)
                .unwrap();
            old.execute("INSERT INTO meta VALUES ('language', x'656e')", [])
                .unwrap();
            migrate(&mut old).unwrap();
            assert_eq!(tables(&old), tables(&fresh), "from version {version}");
            let store = Store::from_connection(old).unwrap();
            assert_eq!(store.meta("language").unwrap().unwrap(), b"en");
            assert!(store.forms().unwrap().is_empty());
        }
    }

    #[test]
    fn findings_that_an_older_program_fetched_are_fetched_again_and_no_older_ones_come_back() {
        let mut old = Connection::open_in_memory().unwrap();
        for sql in &MIGRATIONS[..16] {
            old.execute_batch(sql).unwrap();
        }
        old.pragma_update(None, "user_version", 16).unwrap();
        let held = "INSERT INTO finding_held (village, version, hash) VALUES ('18.09.01.2001', 7, randomblob(32))";
        old.execute(held, []).unwrap();
        migrate(&mut old).unwrap();
        let store = Store::from_connection(old).unwrap();
        let held = store.held_findings("18.09.01.2001").unwrap().unwrap();
        assert_eq!((held.version, held.hash), (7, [0; 32]));
    }
}
