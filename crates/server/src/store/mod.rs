//! The embedded store: one connection that writes, several that read.

mod key;
mod migrate;

pub use migrate::VERSION;

use crate::error::{Result, ServerError};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Read connections kept open; more are opened under load and closed again.
const READERS: usize = 6;
/// How long a writer waits for another process (an import beside a running server).
const BUSY: Duration = Duration::from_secs(20);
/// The database's name in the data folder.
const FILE: &str = "server.db";

/// The database.
pub struct Store {
    /// `None` in memory.
    file: Option<(PathBuf, [u8; 32])>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens or makes `dir/server.db`, encrypted with the key in `key_file` (by default
    /// `dir/server.key`, made at the first start, readable by its owner only).
    ///
    /// # Errors
    /// `missing_server_key` when a database is there without its key, `wrong_server_key` when the key
    /// does not open it, `newer_store` when a newer program wrote it.
    pub fn open(
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

    /// A plain database in memory, for simulations and tests.
    pub fn in_memory() -> Result<Self> {
        let mut writer = Connection::open_in_memory()?;
        writer.pragma_update(None, "foreign_keys", true)?;
        migrate::migrate(&mut writer)?;
        Ok(Self {
            file: None,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// One transaction that may write. It holds the database's write lock from its start, so numbers
    /// given in it are in the order of commits, also beside another process.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = lock(&self.writer);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        tx.commit()?;
        Ok(value)
    }

    /// One transaction that reads a single state of the database, beside the writer.
    pub fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let Some((path, key)) = &self.file else {
            let mut connection = lock(&self.writer);
            let tx = connection.transaction()?;
            return work(&tx);
        };
        let free = lock(&self.readers).pop();
        let mut connection = match free {
            Some(connection) => connection,
            None => connect(path, key, false)?,
        };
        let tx = connection.transaction()?;
        let value = work(&tx);
        drop(tx);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(connection);
        }
        value
    }
}

/// A panic while a lock was held rolled its transaction back; the connection is still good.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if !writes {
        connection.pragma_update(None, "query_only", true)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
