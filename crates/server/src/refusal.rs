//! Why something goes to quarantine.

use lawang_records::{ApplyError, ChangeError};

/// A code for programs, a sentence for the log. Never a value.
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: String,
}

pub(crate) fn refuse(code: &'static str, message: impl ToString) -> Refusal {
    Refusal {
        code,
        message: message.to_string(),
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        let code = match &error {
            ChangeError::TooLarge => "change_too_large",
            ChangeError::Malformed => "malformed_change",
            ChangeError::Checksum => "bad_checksum",
            ChangeError::Counter => "bad_counter",
            ChangeError::NotAnAnswer => "not_an_answer",
            ChangeError::UnknownObject => "unknown_object",
            ChangeError::Predecessor => "bad_predecessor",
            ChangeError::Dependencies => "missing_dependency",
        };
        refuse(code, error)
    }
}

impl From<ApplyError> for Refusal {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Change(error) => error.into(),
            ApplyError::MissingDependencies(_) => refuse("missing_dependency", error),
            ApplyError::ReusedActor => refuse("reused_actor", error),
            ApplyError::Refused(_) => refuse("broken_change", error),
        }
    }
}
