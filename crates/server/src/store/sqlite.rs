//! The embedded engine: SQLCipher, one connection that writes, several that read.

use super::{
    key, lock, migrate, moving,
    tx::{Statements, Tx},
    value::{Cells, Value, params},
};
use crate::error::{Result, ServerError};
use rusqlite::{
    CachedStatement, Connection, OpenFlags, ToSql, Transaction, TransactionBehavior,
    params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

/// Read connections kept open; more are opened under load and closed again.
const READERS: usize = 6;
/// How long a writer waits for another process (an import beside a running server).
const BUSY: Duration = Duration::from_secs(20);
/// The database's name in the data folder.
const FILE: &str = "server.db";
/// Prepared statements that a connection keeps: all that the server has.
const PREPARED: usize = 128;

/// A database in one file, or in memory.
pub(super) struct Sqlite {
    /// `None` in memory.
    file: Option<(PathBuf, [u8; 32])>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(super) fn open(
        dir: &Path,
        key_file: Option<&Path>,
        fresh_key: &dyn Fn() -> Result<[u8; 32]>,
    ) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let path = dir.join(FILE);
        let key = key::read_or_make(
            &key_file.map_or_else(|| dir.join("server.key"), Path::to_path_buf),
            path.exists(),
            fresh_key,
        )?;
        let mut writer = connect(&path, &key, true)?;
        migrate::migrate(&mut writer)?;
        Ok(Self {
            file: Some((path, key)),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// A connection of its own and the key; `None` in memory.
    pub(super) fn reader(&self) -> Result<Option<(Connection, [u8; 32])>> {
        let Some((path, key)) = &self.file else {
            return Ok(None);
        };
        Ok(Some((connect(path, key, true)?, *key)))
    }

    /// The writing connection, outside a transaction.
    pub(super) fn with_writer<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        work(&lock(&self.writer))
    }

    /// The file grows no further, or as it likes: a full disk for simulations.
    pub(super) fn limit(&self, full: bool) -> Result<()> {
        let pages = if full { 1 } else { i64::from(u32::MAX) - 1 };
        let sql = format!("PRAGMA max_page_count = {pages}");
        Ok(lock(&self.writer).query_row(&sql, [], |_| Ok(()))?)
    }

    pub(super) fn raw_key(&self) -> Option<[u8; 32]> {
        self.file.as_ref().map(|(_, key)| *key)
    }

    pub(super) fn in_memory() -> Result<Self> {
        let mut writer = Connection::open_in_memory()?;
        writer.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        writer.pragma_update(None, "foreign_keys", true)?;
        writer.set_prepared_statement_cache_capacity(PREPARED);
        migrate::migrate(&mut writer)?;
        Ok(Self {
            file: None,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.write_even_if_moved(|tx| {
            still_here(tx)?;
            work(tx)
        })
    }

    /// For moving itself.
    pub(super) fn write_even_if_moved<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut connection = lock(&self.writer);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&Tx(&tx))?;
        tx.commit()?;
        Ok(value)
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let Some((path, key)) = &self.file else {
            let mut connection = lock(&self.writer);
            let tx = connection.transaction()?;
            still_here(&Tx(&tx))?;
            return work(&Tx(&tx));
        };
        let free = lock(&self.readers).pop();
        let mut connection = match free {
            Some(connection) => connection,
            None => connect(path, key, false)?,
        };
        let tx = connection.transaction()?;
        let value = still_here(&Tx(&tx)).and_then(|()| work(&Tx(&tx)));
        drop(tx);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(connection);
        }
        value
    }
}

/// Another process may have moved the district to PostgreSQL: then nobody works on this store any more, however long
/// they have had it open.
fn still_here(tx: &Tx<'_>) -> Result<()> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let to: Option<Vec<u8>> = tx.optional(sql, params![moving::MOVED], |r| r.get(0))?;
    match to {
        None => Ok(()),
        Some(to) => Err(moving::moved(&String::from_utf8_lossy(&to))),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Cells for rusqlite::Row<'_> {
    fn value(&self, at: usize) -> Result<Value<'_>> {
        Ok(match self.get_ref(at)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(n) => Value::Int(n),
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
            ValueRef::Text(text) => Value::Text(
                std::str::from_utf8(text)
                    .map_err(|_| ServerError::Damaged(format!("column {at} is not UTF-8")))?,
            ),
            ValueRef::Real(_) => {
                return Err(ServerError::Damaged(format!("column {at} is a fraction")));
            }
        })
    }
}

impl Statements for Transaction<'_> {
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let mut statement: CachedStatement<'_> = self.prepare_cached(sql)?;
        Ok(statement.execute(params_from_iter(params))? as u64)
    }

    fn rows(
        &self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Cells) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(params))?;
        while let Some(row) = rows.next()? {
            if !each(row)? {
                break;
            }
        }
        Ok(())
    }
}

fn connect(path: &Path, key: &[u8; 32], writes: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if writes {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    // A raw key: no derivation, it is random already.
    connection.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
    connection.busy_timeout(BUSY)?;
    let unreadable = |_| {
        ServerError::refused(
            "wrong_server_key",
            "the key in the key file does not open the server's database",
        )
        .hint("put the key file that belongs to this database back (server.key)")
    };
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => unreadable(error),
            _ => error.into(),
        })?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if !writes {
        connection.pragma_update(None, "query_only", true)?;
    }
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}
