//! One household old against new: what changed, checks, need, threads, decisions, and what registers outside say.

use super::{ConflictValue, DeskDraft, DeskReason, EvidenceView, RemovalView, VisitState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names one household and what of it is wanted.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ComparisonRequest {
    pub household: String,
    /// Also what did not change.
    pub everything: bool,
}

/// One household: register, previous visit, this visit.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Comparison {
    pub household: String,
    pub head: String,
    pub address: String,
    pub sls: String,
    pub rt: String,
    pub rw: String,
    /// Its code.
    pub village: String,
    pub village_name: String,
    pub state: VisitState,
    /// The record's state in the process, in words.
    pub standing: String,
    /// Stands for exactly what is shown: goes back with a decision, so that nobody decides on what they did not see.
    pub seen: String,
    pub reasons: Vec<DeskReason>,
    pub register: Option<Source>,
    pub previous: Option<Source>,
    /// The newest submitted visit.
    pub current: Option<Source>,
    /// In the order of the questionnaire.
    pub fields: Vec<ComparedField>,
    /// Questions that are the same in all and not listed.
    pub unchanged: u32,
    pub photos: Vec<ComparedPhoto>,
    pub checks: Vec<CheckView>,
    pub thread: Vec<ThreadEntry>,
    pub decisions: Vec<DecisionView>,
    pub need: Option<NeedView>,
    /// What registers outside say of the members.
    pub findings: Vec<FindingView>,
    pub removal: Option<RemovalView>,
    /// Files kept on this device for a proposal that is not made yet.
    pub evidence_kept: Vec<EvidenceView>,
    /// What was written here and not decided with yet.
    pub draft: DeskDraft,
    pub may: DeskRights,
    /// Persons to whom the household can be given.
    pub people: Vec<String>,
    /// Reasons to send back, to propose for removal.
    pub return_reasons: Vec<ReasonChoice>,
    pub removal_reasons: Vec<ReasonChoice>,
}

/// What this person may do with the record now. Each is empty when allowed, else why not, in words.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DeskRights {
    pub accept: String,
    pub send_back: String,
    pub assign: String,
    pub remove: String,
    pub comment: String,
}

/// A reason from the dated list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReasonChoice {
    pub code: String,
    pub label: String,
}

/// Where a column of the comparison comes from.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Source {
    pub person: String,
    /// Short name; empty for the register.
    pub device: String,
    /// UTC, RFC 3339, or a date; may be empty.
    pub at: String,
    /// How long the visit took, seconds.
    pub seconds: Option<u32>,
    /// Between the visit's position and the household's known place, metres.
    pub distance: Option<u32>,
    /// That is farther than the rules of the visit's day allow without a second look.
    pub far: bool,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
}

/// One question in three columns.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComparedField {
    pub path: String,
    /// With the member's name in front where it belongs to one.
    pub label: String,
    /// Title of the page; with a member's name where it belongs to one.
    pub section: String,
    /// In words; numbers masked.
    pub register: String,
    pub previous: String,
    pub current: String,
    /// Differs from the newest older value.
    pub changed: bool,
    /// Bears on eligibility or need.
    pub weighty: bool,
    /// Who wrote the current value, and when, where somebody else did than who submitted.
    pub author: String,
    pub at: String,
    /// Other values that were written at the same time and wait for a choice.
    pub conflict: bool,
    /// What can be taken instead: `register`, `previous`; empty where nothing older is there.
    pub older: String,
}

/// Photos of one question, old and new.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComparedPhoto {
    pub path: String,
    pub label: String,
    /// As the command `photo` takes it; empty where there is none.
    pub previous: String,
    pub current: String,
    /// All that stand against each other and wait for a choice, `current` among them; empty where nothing does.
    pub values: Vec<ConflictValue>,
}

/// A check that does not hold.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CheckView {
    /// Path of the question; empty where it is about the visit.
    pub path: String,
    pub label: String,
    pub message: String,
    /// The enumerator's explanation; may be empty.
    pub explained: String,
    /// `missing`, `wrong`, `warning`, `paradata`.
    pub kind: String,
}

/// A comment, or an answer to one.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ThreadEntry {
    pub id: String,
    /// The question; empty where it is about the household.
    pub path: String,
    pub label: String,
    pub text: String,
    pub author: String,
    /// UTC, RFC 3339.
    pub at: String,
    pub mine: bool,
    /// The comment that it answers; empty for a comment of its own.
    pub answers: String,
    /// Asked with a return, and not answered yet.
    pub open: bool,
}

/// A decision of the past, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DecisionView {
    pub id: String,
    pub state: String,
    /// In words.
    pub title: String,
    pub reason: String,
    pub author: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// It counts now.
    pub counts: bool,
    /// It contradicts the one that counts, and nobody with more authority has settled it.
    pub contested: bool,
}

/// The provisional need by a formula: advice, people decide.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NeedView {
    /// Name, source and date of the formula.
    pub formula: String,
    pub score: u32,
    pub of: u32,
    /// Poor at once, whatever the score (no shelter).
    pub at_once: bool,
    /// Score of the register or the previous visit.
    pub before: Option<u32>,
    pub points: Vec<NeedPoint>,
}

/// One point of the formula.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NeedPoint {
    pub label: String,
    /// `yes`, `no`, `unknown`.
    pub met: String,
    /// The answer that it rests on, in words.
    pub because: String,
}

/// What a register outside says of a person, or the district of another village.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FindingView {
    pub member: String,
    pub name: String,
    /// `dukcapil`, the name of a programme's list, or `elsewhere`.
    pub source: String,
    /// `deterministic`, `probabilistic`, `unmatched`, `invalid`, `receives`, `suspected`.
    pub result: String,
    /// In words.
    pub words: String,
    /// Date of the file, ISO.
    pub at: String,
}
