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
}
