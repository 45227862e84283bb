//! Questionnaires, and submissions of other ones than the household visit.

use super::{Village, VisitState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A questionnaire that can be filled in here.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FormEntry {
    /// Its identifier.
    pub form: String,
    /// The version that new visits use; empty if none can be used here.
    pub version: String,
    pub title: String,
    /// A submission belongs to a village, not to a household of the register.
    pub survey: bool,
    /// Questions that people answer.
    pub questions: u32,
    /// Whether it can be filled in here.
    pub usable: bool,
    /// The version that is current and not in use here yet; empty if there is none.
    pub waiting: String,
    /// Why this program cannot use that version; empty if it was only not fetched.
    pub problem: String,
    /// All versions on this device.
    pub versions: Vec<String>,
}

/// Which submissions are wanted.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct SurveyQuery {
    /// Only of this questionnaire.
    #[serde(default)]
    pub form: Option<String>,
}

/// Submissions on this device, with the questionnaires that one can begin.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SurveyList {
    /// Questionnaires other than the household visit.
    pub forms: Vec<FormEntry>,
    /// The newest first.
    pub rows: Vec<SurveyRow>,
    /// Submissions with work that the server does not have yet.
    pub unsent: u32,
    /// Where one can begin.
    pub villages: Vec<Village>,
}

/// A submission in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SurveyRow {
    pub id: String,
    pub form: String,
    pub form_title: String,
    /// Version with which it was filled in last; empty if nobody did.
    pub form_version: String,
    /// What the questionnaire calls it; may be empty.
    pub name: String,
    pub village: String,
    pub village_name: String,
    /// Who filled it in last.
    pub person: String,
    pub state: VisitState,
    pub unsent: bool,
    pub conflicts: u32,
    /// UTC, RFC 3339; empty if it was only begun.
    pub last_visit: String,
}

/// Begins a submission.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct NewSurveyRequest {
    /// A questionnaire of [`SurveyList::forms`].
    pub form: String,
    /// One of the villages in scope.
    pub village: String,
}

/// What becomes of answers that were given to another version of the questionnaire.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CarryOver {
    pub form: String,
    /// Version of the newest visit before; empty if there was none.
    pub from_version: String,
    pub to_version: String,
    /// Answers that fit.
    pub carried: u32,
    /// Answers that do not. All are kept.
    pub problems: Vec<CarryProblem>,
}

/// An answer that no longer fits.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CarryProblem {
    pub path: String,
    pub label: String,
    /// In words; numbers of people masked.
    pub value: String,
    /// `question_gone`, `type_changed`, `choice_gone`, `value_invalid`.
    pub reason: String,
    /// The reason in words, and what to do.
    pub message: String,
}
