//! PostgreSQL: several processes, one database.
//!
//! Whoever writes takes one lock of the database first, so writing transactions come one after the other, in all
//! processes, and numbers are in the order of commits. Readers see one state and wait for nobody.
//!
//! The client runs a runtime of its own, so the store is used from threads that may wait (`may_wait` sees to it),
//! never from the only thread of a runtime.

mod address;
mod migrate;
mod partitions;
mod session;
#[cfg(test)]
mod tests;

pub(super) use address::Address;
pub(super) use session::Session;

use super::{lock, tx::Tx};
use crate::error::{Result, ServerError};
use session::Work;
use std::{collections::HashSet, sync::Mutex};

/// Connections for reading that are kept open; more are opened under load and closed again.
const READERS: usize = 8;
/// The lock of those who write is this number, in every database of Lawang: "lawang".
const BEGIN_WRITE: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(119186509029991)";
const BEGIN_APART: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A database on a server.
pub(super) struct Postgres {
    address: Address,
    /// One a process: those of other processes wait at the database, these wait here.
    writer: Mutex<Option<Session>>,
    readers: Mutex<Vec<Session>>,
    placed: Mutex<HashSet<String>>,
}

impl Postgres {
    /// Opens a database and brings it to this program's version.
    pub(super) fn open(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        if address.in_the_clear() {
            tracing::warn!("what goes to the database and back is not encrypted");
        }
        let mut writer = Session::open(&address)?;
        migrate::run(&mut writer, migrate::FILES)?;
        Ok(Self {
            address,
            writer: Mutex::new(Some(writer)),
            readers: Mutex::default(),
            placed: Mutex::default(),
        })
    }

    /// Host and database, for messages.
    pub(super) fn said(&self) -> &str {
        self.address.said()
    }

    /// A connection of its own, between transactions.
    pub(super) fn connect(&self) -> Result<Session> {
        Session::open(&self.address)
    }

    /// Begins a writing transaction on a connection of one's own.
    pub(super) fn begin_on(&self, session: &mut Session) -> Result<()> {
        session.begin(BEGIN_WRITE)
    }

    pub(super) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let mut kept = lock(&self.writer);
        let mut session = self.begin(kept.take(), BEGIN_WRITE)?;
        let placed = lock(&self.placed).clone();
        let (value, placed) = finish(&mut session, placed, work);
        if let Some(placed) = placed {
            *lock(&self.placed) = placed;
        }
        if !session.is_broken() {
            *kept = Some(session);
        }
        value
    }

    /// A transaction that writes beside others, without the lock.
    pub(super) fn apart<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let free = lock(&self.readers).pop();
        let mut session = self.begin(free, BEGIN_APART)?;
        let (value, _) = finish(&mut session, HashSet::new(), work);
        self.keep(session);
        value
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let free = lock(&self.readers).pop();
        let mut session = self.begin(free, BEGIN_READ)?;
        let tx = Work::new(&mut session, HashSet::new());
        let value = work(&Tx(&tx));
        drop(tx);
        if session.end("ROLLBACK").is_ok() {
            self.keep(session);
        }
        value
    }

    fn keep(&self, session: Session) {
        let mut readers = lock(&self.readers);
        if !session.is_broken() && readers.len() < READERS {
            readers.push(session);
        }
    }

    /// Writes the partitions of these villages' kecamatan anew, and the tables that have none, without what was
    /// deleted or overwritten. What the database server itself keeps elsewhere it does not reach: the write-ahead
    /// log until it is recycled, archives of it, replicas' logs, backups, blocks that the file system set free.
    pub(super) fn scrub(&self, villages: &[&str]) -> Result<()> {
        let mut session = self.connect()?;
        for table in partitions::written(&mut session, villages)? {
            if let Err(error) = session.batch(&format!("VACUUM (FULL, ANALYZE) {table}")) {
                if error.code() != "busy" {
                    return Err(error);
                }
                // Somebody reads it for long; VACUUM (FULL) by hand, or the next erasure, does it.
                tracing::warn!(%table, "what was erased is still in the files of this table");
            }
        }
        // The planner's statistics quote frequent values; what they quoted before lies in their own file until then. Whoever
        // owns the database may do this; for others the database says a warning and leaves it.
        if let Err(error) = session.batch("VACUUM (FULL) pg_catalog.pg_statistic") {
            tracing::warn!(%error, "what was erased may still be quoted in the statistics of the database");
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn pages_to(&self, file: &std::path::Path) -> Result<()> {
        let mut session = self.connect()?;
        session.batch("CHECKPOINT")?;
        let folder = session.names(
            "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database
             WHERE datname = current_database()",
        )?;
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&folder[0])? {
            all.extend(std::fs::read(entry?.path())?);
        }
        Ok(std::fs::write(file, all)?)
    }

    /// Begins a transaction, on a new connection if the kept one was lost meanwhile: nothing was done yet.
    fn begin(&self, kept: Option<Session>, sql: &str) -> Result<Session> {
        if let Some(mut session) = kept {
            match session.begin(sql) {
                Ok(()) => return Ok(session),
                // The lock was not to be had.
                Err(error) if !session.is_broken() => return Err(error),
                Err(error) => tracing::warn!(%error, "a connection to the database was lost"),
            }
            // The others most likely went with it.
            lock(&self.readers).clear();
        }
        let mut session = Session::open(&self.address)?;
        session.begin(sql)?;
        Ok(session)
    }
}

/// Does the work and ends the transaction. Gives the kecamatan that have partitions now, if it was committed.
fn finish<T>(
    session: &mut Session,
    placed: HashSet<String>,
    work: impl FnOnce(&Tx<'_>) -> Result<T>,
) -> (Result<T>, Option<HashSet<String>>) {
    let tx = Work::new(session, placed);
    let value = work(&Tx(&tx));
    let (failed, placed) = tx.end();
    let value = match value {
        Ok(_) if failed => Err(ServerError::Damaged(
            "a statement failed and the work went on".into(),
        )),
        other => other,
    };
    match value {
        // Whether a commit that broke off went through nobody knows: it counts as failed, and the same work again
        // changes nothing.
        Ok(value) => match session.end("COMMIT") {
            Ok(()) => (Ok(value), Some(placed)),
            Err(error) => (Err(error), None),
        },
        Err(error) => {
            let _ = session.end("ROLLBACK");
            (Err(error), None)
        }
    }
}

/// Connections are closed on a thread of their own: closing one waits, and the last owner of a server may be a thread
/// that drives a runtime.
impl Drop for Postgres {
    fn drop(&mut self) {
        let writer = lock(&self.writer).take();
        let readers = std::mem::take(&mut *lock(&self.readers));
        let closing = std::thread::spawn(move || drop((writer, readers)));
        let _ = closing.join();
    }
}
