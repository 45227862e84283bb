//! `lawang form check`.

use crate::compile::compile_with_warnings;
use crate::{Files, Problem};
use serde::Serialize;

/// What `lawang form check` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Whether the form can be used.
    pub ok: bool,
    /// What makes it unusable.
    pub errors: Vec<Problem>,
    /// What its author may want to mend.
    pub warnings: Vec<Problem>,
}

/// Checks a questionnaire that stands alone and reports all problems at once.
pub fn check(bytes: &[u8], file_name: &str) -> CheckReport {
    check_with(bytes, file_name, &Files::new())
}

/// Checks a questionnaire with the files beside it and reports all problems at once.
pub fn check_with(bytes: &[u8], file_name: &str, files: &Files) -> CheckReport {
    let (_, errors, warnings) = compile_with_warnings(bytes, file_name, files);
    CheckReport {
        ok: errors.is_empty(),
        errors,
        warnings,
    }
}
