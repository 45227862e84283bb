//! What can go wrong with the database.

use thiserror::Error;

/// Errors of the device's database. Texts are for logs of the program; people get words by code.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The disk is full, or nearly: nothing was written.
    #[error("the disk is full")]
    DiskFull,
    /// The file is no database that this key opens, or its pages are damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Another process has the database open.
    #[error("another program has the database open")]
    InUse,
    /// Written by a newer version of Lawang.
    #[error("the database was written by a newer version ({0})")]
    TooNew(i64),
    /// No such household, photo or draft.
    #[error("not found")]
    NotFound,
    /// A document cannot be read.
    #[error(transparent)]
    Record(#[from] lawang_records::RecordError),
    /// Only in tests: the process died here.
    #[error("crashed here on purpose")]
    Crash,
    #[error("the database: {0}")]
    Sql(rusqlite::Error),
    #[error("the data directory: {0}")]
    Io(#[from] std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            _ => match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
                other => Self::Sql(other),
            },
        }
    }
}
