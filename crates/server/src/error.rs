//! What can go wrong, in two layers: detail for the log, a stable code for everybody else.

use crate::store::Trouble;
use lawang_sync::RemoteError;

/// A failure of the server. `Refused` is an answer, everything else is trouble.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The server will not do it; `code` is stable.
    #[error("{message}")]
    Refused {
        /// Stable word.
        code: &'static str,
        /// A sentence without personal data.
        message: String,
        /// What to do about it; may be empty.
        hint: String,
    },
    /// The database.
    #[error("the database: {0}")]
    Database(Trouble),
    /// Files.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Where attachments are, when that is not the disk.
    #[error("{message}")]
    Attachments {
        /// Stable word.
        code: &'static str,
        /// What and where, without keys and without personal data.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// A document or row in the store cannot be read.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

impl ServerError {
    /// A refusal without a hint.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
            hint: String::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused { code, message, .. } => Self::Refused {
                code,
                message,
                hint: text.into(),
            },
            other => other,
        }
    }

    /// The stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } | Self::Attachments { code, .. } => code,
            Self::Database(trouble) => trouble.code(),
            Self::File(e) if e.kind() == std::io::ErrorKind::StorageFull => "disk_full",
            Self::File(_) => "file",
            Self::Damaged(_) => "damaged_store",
        }
    }
}

impl From<lawang_records::RecordError> for ServerError {
    fn from(error: lawang_records::RecordError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// What the device is told: for trouble only the code, because its text may name paths.
impl From<ServerError> for RemoteError {
    fn from(error: ServerError) -> Self {
        let code = error.code();
        match error {
            ServerError::Refused { message, .. } => RemoteError::new(code, message),
            // Whatever is wrong there: the device keeps what it has, and comes again.
            ServerError::Attachments { message, .. } => {
                tracing::error!(code, error = message, "an attachment is not taken now");
                RemoteError::new(
                    "attachments_unavailable",
                    "the server cannot keep attachments now; they stay on the device, try again later",
                )
            }
            other => {
                tracing::error!(code, error = %other, "a request failed");
                RemoteError::new(code, "the server could not do this now; try again")
            }
        }
    }
}

/// Result of the server's own functions.
pub type Result<T> = std::result::Result<T, ServerError>;
