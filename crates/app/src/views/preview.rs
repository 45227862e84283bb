//! A questionnaire shown to its author.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What the preview shows; on a device of an enumerator only `active: false`.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct Preview {
    pub active: bool,
    /// Name of the questionnaire's file.
    pub file: String,
    /// Grows whenever the file (or one beside it) was saved and read again.
    pub generation: u32,
    /// The empty record that is filled in.
    pub household: String,
    /// Languages of the questionnaire; none if it has only one without a name.
    pub languages: Vec<PreviewLanguage>,
    /// Code of the one that is shown.
    pub language: String,
    /// What is wrong: as long as there is something, the form of before is kept but not shown.
    pub errors: Vec<FormProblem>,
    /// What is doubtful.
    pub warnings: Vec<FormProblem>,
    /// Files that the questionnaire names and that are not there.
    pub missing_files: Vec<String>,
    /// Answers given before that the file as it is now has no question for, by path.
    pub dropped: Vec<String>,
}

/// A language of the questionnaire.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PreviewLanguage {
    pub code: String,
    pub name: String,
}

/// Something wrong or doubtful in a questionnaire, in its author's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FormProblem {
    /// Name of the sheet; empty if it stands in none.
    pub sheet: String,
    /// From 1; 0 if it is not known.
    pub row: u32,
    /// Heading as written; may be empty.
    pub column: String,
    pub message: String,
}

/// Shows the questionnaire in another of its languages.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PreviewLanguageRequest {
    /// Its code.
    pub language: String,
}

/// A question of a page as its author knows it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NamedQuestion {
    pub path: String,
    /// Column `name`.
    pub name: String,
    /// Column `type`, as far as it is known: `select_one`, `integer`, ...
    pub kind: String,
    pub sheet: String,
    /// From 1; 0 if it is not known.
    pub row: u32,
    /// The stored value.
    pub value: String,
    /// It stands on the screen now; otherwise it is computed, hidden or does not apply.
    pub shown: bool,
    /// Filled cells by column: `relevant`, `constraint`, `calculation`, ...
    pub cells: BTreeMap<String, String>,
}

/// The questions of a page with their names, those too that are computed or do not apply now.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NamedPage {
    pub questions: Vec<NamedQuestion>,
}
