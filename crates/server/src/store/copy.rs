//! A copy of the embedded engine's database while it is in use.

use super::sqlite::Sqlite;
use crate::error::{Result, ServerError};
use std::{fs::File, path::Path};

impl Sqlite {
    /// As one transaction sees it, without free pages, under the same key.
    pub(super) fn copy_to(&self, file: &Path) -> Result<[u8; 32]> {
        let Some((connection, key)) = self.reader()? else {
            return Err(ServerError::refused(
                "no_backup_of_this_store",
                "a store in memory has no backup",
            ));
        };
        connection.execute("VACUUM INTO ?1", [file.to_string_lossy().into_owned()])?;
        File::open(file)?.sync_all()?;
        Ok(key)
    }

    /// Deleted bytes are overwritten in their pages (`secure_delete`); here older copies of those pages leave the log
    /// that is written ahead.
    pub(super) fn scrub(&self) -> Result<()> {
        self.with_writer(|connection| {
            let busy: i64 =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
            if busy != 0 {
                // A reader is at it; the next checkpoint does it.
                tracing::warn!("old pages stay in the write-ahead log until the next checkpoint");
            }
            Ok(())
        })
    }

    pub(super) fn key(&self) -> Result<[u8; 32]> {
        self.raw_key().ok_or_else(|| {
            ServerError::refused("no_backup_of_this_store", "a store in memory has no key")
        })
    }

    #[cfg(test)]
    pub(super) fn pages_to(&self, file: &Path) -> Result<()> {
        self.with_writer(|connection| {
            let mut copy = rusqlite::Connection::open(file)?;
            let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
            backup.run_to_completion(1_000, std::time::Duration::ZERO, None)?;
            Ok(())
        })
    }
}
