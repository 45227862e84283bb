//! What can go wrong for a person: a stable code, and words that come from it.

use crate::words;
use lawang_store::{StoreError, VaultError};
use lawang_sync::LinkFailure;

/// An error of a use case. Never holds a NIK or a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct AppError {
    /// Stable word for programs; the words for people are looked up by it.
    pub code: &'static str,
    /// For the program's own log.
    pub detail: String,
    /// Filled into the words where they say `{}`.
    pub argument: String,
    /// The field that it is about.
    pub path: Option<String>,
    /// Sentences that replace the looked-up message: texts of the questionnaire.
    pub said: Option<String>,
}

impl AppError {
    /// An error with a code.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            argument: String::new(),
            path: None,
            said: None,
        }
    }

    /// With something to fill into the words.
    pub fn with(mut self, argument: impl Into<String>) -> Self {
        self.argument = argument.into();
        self
    }

    /// About a field.
    pub fn at(mut self, path: impl ToString) -> Self {
        self.path = Some(path.to_string());
        self
    }

    /// With the questionnaire's own words.
    pub fn saying(mut self, sentence: impl Into<String>) -> Self {
        self.said = Some(sentence.into());
        self
    }

    /// Message and hint in a language.
    pub fn words(&self, language: &str) -> (String, String) {
        let (message, hint) = words::of(self.code, language);
        let message = match self.said_in(language) {
            Some(said) => said,
            None => message.replace("{}", &self.argument),
        };
        (message, hint.replace("{}", &self.argument))
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::DiskFull => "disk_full",
            StoreError::Damaged(_) => "database_damaged",
            StoreError::InUse => "in_use",
            StoreError::TooNew(_) => "too_new",
            StoreError::NotFound => "not_found",
            StoreError::Record(_) => "record_damaged",
            StoreError::Crash => "crash",
            StoreError::Sql(_) | StoreError::Io(_) => "storage",
        };
        Self::new(code, error.to_string())
    }
}

impl From<lawang_records::RecordError> for AppError {
    fn from(error: lawang_records::RecordError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        let detail = error.to_string();
        match error {
            VaultError::WrongPin { wait_ms, .. } if wait_ms > 0 => {
                Self::new("wrong_pin_wait", detail).with(seconds(wait_ms))
            }
            VaultError::WrongPin { .. } => Self::new("wrong_pin", detail),
            VaultError::Wait { wait_ms } => Self::new("pin_wait", detail).with(seconds(wait_ms)),
            VaultError::KeyStoreLost => Self::new("key_store_lost", detail),
            VaultError::Damaged(_) => Self::new("key_file_damaged", detail),
            VaultError::Io(_) => Self::new("storage", detail),
        }
    }
}

fn seconds(ms: u64) -> String {
    ms.div_ceil(1000).to_string()
}

impl From<LinkFailure> for AppError {
    fn from(failure: LinkFailure) -> Self {
        let detail = failure.to_string();
        match failure {
            LinkFailure::Cut(_) => Self::new("no_connection", detail),
            LinkFailure::NotLawang => Self::new("not_lawang_server", detail),
            LinkFailure::Certificate(_) => Self::new("bad_certificate", detail),
            LinkFailure::Remote(remote) => Self::new(words::known(&remote.code), detail),
        }
    }
}
