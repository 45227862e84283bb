//! What an engine says when it could not do something.

use crate::error::ServerError;

/// Trouble with the database: a word that is the same for every engine, and the engine's own words for
/// the log.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Trouble {
    pub(super) code: &'static str,
    pub(super) words: String,
}

impl Trouble {
    /// `busy`, `disk_full`, `wrong_server_key`, `database`.
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<rusqlite::Error> for ServerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, NotADatabase};
        let code = match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => "busy",
            Some(DiskFull) => "disk_full",
            Some(NotADatabase) => "wrong_server_key",
            _ => "database",
        };
        Self::Database(Trouble {
            code,
            words: error.to_string(),
        })
    }
}
