//! The store: what the server keeps, on the engine that it was given.
//!
//! The rest of the server knows [`Tx`], [`Row`] and [`params!`], and no engine. `sqlite.rs` has the embedded
//! one, `postgres/` the one on a database server.

#[cfg(test)]
mod contract;
mod copy;
mod faults;
mod key;
mod migrate;
mod moving;
mod postgres;
mod sqlite;
mod trouble;
mod tx;
mod value;

pub use faults::Fault;
pub use migrate::VERSION;
pub use moving::{MoveReport, MovedTable};
pub use trouble::Trouble;
pub(crate) use tx::Tx;
#[cfg(test)]
pub(crate) use value::Column;
pub(crate) use value::{Param, Row, Value, params};

use crate::{
    error::{Result, ServerError},
    moment::moment,
};
use faults::{Dies, Faults};
use postgres::Postgres;
use sqlite::Sqlite;
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The database.
pub struct Store {
    engine: Engine,
    faults: Faults,
}

// There is one in a process: its size does not matter.
#[allow(clippy::large_enum_variant)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
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
        Ok(Self {
            engine: Engine::Sqlite(Sqlite::open(dir, key_file, fresh_key)?),
            faults: Faults::default(),
        })
    }

    /// Opens a PostgreSQL database and brings it to this program's version.
    ///
    /// # Errors
    /// `bad_database_url`, `unfinished_copy`, `old_database`, `bad_database`, `newer_store`, `other_store`, or trouble on the way there.
    pub fn open_database(url: &str) -> Result<Self> {
        let store = Self {
            engine: Engine::Postgres(may_wait(|| Postgres::open(url))?),
            faults: Faults::default(),
        };
        if store.is_arriving()? {
            return Err(ServerError::refused(
                "unfinished_copy",
                "the database holds a copy of a district that has not moved here yet",
            )
            .hint("run `lawang admin migrate-store` again: it finishes what broke off"));
        }
        Ok(store)
    }

    /// A plain database in memory, for simulations and tests.
    pub fn in_memory() -> Result<Self> {
        Ok(Self {
            engine: Engine::Sqlite(Sqlite::in_memory()?),
            faults: Faults::default(),
        })
    }

    /// One transaction that may write. It holds the database's write lock from its start, so numbers
    /// given in it are in the order of commits, also beside another process. What `work` refuses is
    /// rolled back.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let dies = self.faults.next()?;
        let work = |tx: &Tx<'_>| {
            let value = work(tx)?;
            self.faults.reached(Dies::Before, dies)?;
            Ok(value)
        };
        let done = match &self.engine {
            Engine::Sqlite(engine) => engine.write(work),
            Engine::Postgres(engine) => may_wait(|| engine.write(work)),
        };
        moment("a transaction");
        let done = done?;
        self.faults.reached(Dies::After, dies)?;
        Ok(done)
    }

    /// For simulations and tests: what goes wrong from here on; nothing with `None`.
    pub(crate) fn plan(&self, fault: Option<Fault>) -> Result<()> {
        self.faults.plan(fault);
        match &self.engine {
            Engine::Sqlite(engine) => engine.limit(fault == Some(Fault::Full)),
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Whether a planned fault ended the process.
    pub(crate) fn is_dead(&self) -> bool {
        self.faults.is_dead()
    }

    /// For simulations: what the next process finds. Faults are over.
    pub(crate) fn revived(self) -> Self {
        Self {
            faults: Faults::default(),
            ..self
        }
    }

    /// Writes a copy of the database as it is now to a new file, beside those who write; gives the key that opens it.
    /// Nothing of what was deleted is in it.
    ///
    /// # Errors
    /// `no_backup_of_this_store` where the engine has tools of its own.
    pub(crate) fn copy_to(&self, file: &Path) -> Result<[u8; 32]> {
        let key = match &self.engine {
            Engine::Sqlite(engine) => engine.copy_to(file),
            Engine::Postgres(_) => Err(own_tools()),
        };
        moment("a copy of the database");
        key
    }

    /// What was deleted in these villages is gone from the files too, not only from the tables; no village named means
    /// all of them.
    pub(crate) fn scrub(&self, villages: &[&str]) -> Result<()> {
        let done = match &self.engine {
            Engine::Sqlite(engine) => engine.scrub(),
            Engine::Postgres(engine) => may_wait(|| engine.scrub(villages)),
        };
        moment("scrubbed");
        done
    }

    /// Every page as it lies there, in a plain file; of a store in memory, or of a test's own cluster.
    #[cfg(test)]
    pub(crate) fn pages_to(&self, file: &Path) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.pages_to(file),
            Engine::Postgres(engine) => engine.pages_to(file),
        }
    }

    /// The key that the database is encrypted with.
    ///
    /// # Errors
    /// `no_backup_of_this_store` where there is none.
    pub(crate) fn key(&self) -> Result<[u8; 32]> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.key(),
            Engine::Postgres(_) => Err(own_tools()),
        }
    }

    /// Where the database is, without a password; `None` for the embedded engine.
    pub(crate) fn address(&self) -> Option<&str> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(engine) => Some(engine.said()),
        }
    }

    /// One transaction that may write and gives no numbers: it waits for no other writer. Only where several
    /// processes share what one process of the embedded engine keeps in memory.
    ///
    /// # Errors
    /// `damaged_store` on the embedded engine, which has no use for it.
    pub(crate) fn apart<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        match &self.engine {
            Engine::Sqlite(_) => Err(ServerError::Damaged("nothing is shared here".into())),
            Engine::Postgres(engine) => may_wait(|| engine.apart(work)),
        }
    }

    /// One transaction that reads a single state of the database, beside the writer.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.faults.alive()?;
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(work),
            Engine::Postgres(engine) => may_wait(|| engine.read(work)),
        }
    }
}

/// The client of PostgreSQL drives a runtime of its own, which must not happen on a thread that drives one already:
/// such a thread hands its other tasks over first.
fn may_wait<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor::MultiThread};
    match Handle::try_current() {
        Ok(here) if here.runtime_flavor() == MultiThread => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn own_tools() -> ServerError {
    ServerError::refused(
        "no_backup_of_this_store",
        "a store on PostgreSQL is backed up with the tools of PostgreSQL",
    )
    .hint("use pg_dump or pg_basebackup for the database, and copy the data folder for the photographs")
}

/// A panic while a lock was held rolled its transaction back; the connection is still good.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_engine_does_what_every_engine_must() {
        contract::holds(&Store::in_memory().unwrap());
        let dir = tempfile::tempdir().unwrap();
        contract::holds(&Store::open(dir.path(), None, &|| Ok([7; 32])).unwrap());
    }

    #[test]
    fn postgresql_does_what_every_engine_must() {
        contract::holds(&Store::open_database(&crate::cluster::fresh_database()).unwrap());
    }

    #[test]
    fn a_planned_death_leaves_a_whole_transaction_or_none_and_nothing_happens_after_it() {
        let keys = |store: &Store| {
            let sql = "SELECT count(*) FROM meta WHERE key LIKE 'test%'";
            store
                .read(|tx| tx.one(sql, params![], |r| r.get::<i64>(0)))
                .unwrap()
        };
        let put = |store: &Store, key: &str| {
            store
                .write(|tx| tx.execute("INSERT INTO meta VALUES (?1, ?2)", params![key, [1_u8]]))
                .map_err(|e| e.code())
        };
        for (fault, left) in [(Fault::CrashBefore(1), 1), (Fault::CrashAfter(1), 2)] {
            let store = Store::in_memory().unwrap();
            store.plan(Some(fault)).unwrap();
            assert_eq!(put(&store, "test 1"), Ok(1));
            assert_eq!(put(&store, "test 2"), Err("crash"));
            assert!(store.is_dead());
            assert_eq!(put(&store, "test 3"), Err("crash"));
            let store = store.revived();
            assert_eq!(keys(&store), left);
            assert_eq!(put(&store, "test 4"), Ok(1));
        }
        let store = Store::in_memory().unwrap();
        store.plan(Some(Fault::Full)).unwrap();
        let big = vec![7_u8; 400_000];
        let write = |store: &Store| {
            store
                .write(|tx| tx.execute("INSERT INTO meta VALUES (?1, ?2)", params!["test", big]))
                .map_err(|e| e.code())
        };
        assert_eq!(write(&store), Err("disk_full"));
        assert_eq!(keys(&store), 0);
        store.plan(None).unwrap();
        assert_eq!(write(&store), Ok(1));
    }

    #[test]
    fn a_reader_sees_one_state_while_others_write() {
        let dir = tempfile::tempdir().unwrap();
        reads_one_state(&Store::open(dir.path(), None, &|| Ok([7; 32])).unwrap());
        reads_one_state(&Store::open_database(&crate::cluster::fresh_database()).unwrap());
    }

    fn reads_one_state(store: &Store) {
        let count =
            |tx: &Tx<'_>| tx.one("SELECT count(*) FROM meta", params![], |r| r.get::<i64>(0));
        store
            .read(|tx| {
                let before = count(tx)?;
                store.write(|tx| {
                    tx.execute("INSERT INTO meta VALUES (?1, ?2)", params!["new", [1_u8]])
                })?;
                assert_eq!(count(tx)?, before);
                Ok(())
            })
            .unwrap();
        assert_eq!(store.read(count).unwrap(), 1);
    }
}
