//! The visit: pages of questions, as the questionnaire's rules make them at this moment.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Opens (or goes on with) the visit to a household, at a page.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct VisitRequest {
    pub household: String,
    /// Page id; `None`: where the person was when the app was last open.
    #[serde(default)]
    pub page: Option<String>,
}

/// One answer. It is on disk when the reply arrives.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AnswerRequest {
    pub household: String,
    /// Page to give back after the answer.
    pub page: String,
    /// `field` or `members/<uuid>/field`.
    pub path: String,
    /// Empty clears the answer. select_multiple: codes joined by a space. Date: `YYYY-MM-DD`.
    /// geopoint: `lat lon altitude accuracy`.
    pub value: String,
}

/// Several answers at once (as last time, copy from the previous member).
#[derive(Debug, Clone, Deserialize, TS)]
pub struct TakeOverRequest {
    pub household: String,
    /// Every empty question of this page gets the register's value.
    pub page: String,
}

/// A person joins the household.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AddMemberRequest {
    pub household: String,
}

/// A person entered by mistake is struck out (kept, marked) or taken back in.
/// Death and moving away are answers to `presence_status`, not removals.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct RemoveMemberRequest {
    pub household: String,
    pub member: String,
    pub removed: bool,
    pub reason: String,
}

/// The visit at one page.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitView {
    pub household: String,
    /// Title for the top bar: the head's name or the address.
    pub title: String,
    pub form_title: String,
    pub form_version: String,
    /// UTC, RFC 3339.
    pub started_at: String,
    /// Pages in order; those that do not apply now are left out.
    pub pages: Vec<PageSummary>,
    /// The page asked for.
    pub page: Page,
    /// Answers of this visit that are saved here and not sent yet.
    pub unsent_answers: u32,
    /// Set when a member was just added: the member's id.
    pub added_member: Option<String>,
}

/// A page in the jump list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PageSummary {
    /// Group's name, `members` for the roster, `members/<uuid>/<group>` for a member's page.
    pub id: String,
    pub label: String,
    /// The member that this page belongs to.
    pub member: Option<String>,
    /// Questions that apply now.
    pub questions: u32,
    pub answered: u32,
    /// Required and empty.
    pub missing: u32,
    /// Answers that break a rule.
    pub invalid: u32,
    /// Warnings shown on the page.
    pub warnings: u32,
    pub visited: bool,
}

/// One page of questions, or the roster.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Page {
    pub id: String,
    pub label: String,
    pub hint: String,
    /// Questions and notes in order; only those that apply now.
    pub items: Vec<Item>,
    /// On the roster's page.
    pub roster: Option<Vec<RosterMember>>,
    /// Id of the next and previous page, as the rules stand now.
    pub next: Option<String>,
    pub previous: Option<String>,
    /// How many questions of this page are empty here but known from the register.
    pub can_take_over: u32,
}

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Widget {
    SelectOne,
    SelectMultiple,
    Text,
    Integer,
    Decimal,
    Date,
    Time,
    DateTime,
    Geopoint,
    Image,
    Signature,
    /// Sixteen digits: NIK or No. KK.
    IdNumber,
    /// Shown, not asked.
    Note,
    /// Shown, worked out by the questionnaire.
    Calculated,
}

/// A question or a note.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Item {
    pub path: String,
    pub widget: Widget,
    /// As in the questionnaire: `warning`, `multiline`, `minimal`, `month-year`, ... separated by spaces.
    pub appearance: String,
    pub label: String,
    pub hint: String,
    pub required: bool,
    pub readonly: bool,
    pub value: String,
    /// The value in words (choice labels, local date).
    pub display: String,
    /// What the register says, in words; empty if it says nothing.
    pub previous: String,
    /// The raw value of the register.
    pub previous_value: String,
    /// The register says something else than the answer.
    pub changed: bool,
    /// What is wrong with the answer and what to do; empty if nothing is.
    pub error: String,
    /// What the number or date says, e.g. `Lahir 17 Agu 1985 - perempuan - Kab. Pesawaran`; empty if nothing.
    pub reading: String,
    pub choices: Vec<ChoiceItem>,
    /// Two people answered differently: see conflicts.
    pub conflict: bool,
}

/// One choice of a select question.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChoiceItem {
    pub value: String,
    pub label: String,
}

/// A member on the roster's page.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RosterMember {
    pub id: String,
    pub name: String,
    /// `Anak · laki-laki · 12 tahun`.
    pub summary: String,
    /// In words when other than living here; else empty.
    pub presence: String,
    pub removed: bool,
    /// Came in during this visit.
    pub added: bool,
    pub missing: u32,
    pub invalid: u32,
    /// First page of this member.
    pub first_page: Option<String>,
}

/// What stands in the way of submitting.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitSummary {
    pub household: String,
    pub title: String,
    pub ready: bool,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
    /// What this visit changes against the register.
    pub changes: Vec<super::ChangedField>,
    pub questions: u32,
    pub answered: u32,
    pub photos: u32,
    pub started_at: String,
}

/// Something missing or wrong, with the place to jump to.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Problem {
    pub page: String,
    pub page_label: String,
    pub path: String,
    pub label: String,
    pub message: String,
    /// `missing`, `invalid`, `warning`.
    pub kind: String,
}

/// The visit was submitted on this device.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Submitted {
    pub household: String,
    /// UTC, RFC 3339.
    pub at: String,
}

/// A photo or signature for a question. The image is checked, turned upright, shrunk, stripped of
/// its EXIF and on disk when the reply arrives.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PhotoRequest {
    pub household: String,
    pub page: String,
    pub path: String,
    /// The file's bytes, base64; at most 25 MB before encoding.
    pub data: String,
}

/// Asks for a stored photo.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PhotoFetch {
    /// `sha256:<hex>`, the question's value.
    pub photo: String,
}

/// A stored photo.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PhotoData {
    /// `data:image/jpeg;base64,...`
    pub url: String,
}
