//! The verifier's desk: what waits, one household old against new, decisions, threads, removal.

use super::{ChangedField, VisitState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a household waits, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeskReason {
    /// Two decisions contradict each other.
    Contested,
    /// A question has two values.
    Conflict,
    /// Somebody proposes what was refused.
    Proposal,
    /// A member may be another person of the register.
    Duplicate,
    /// The questionnaire's own checks fail, or the visit is implausible.
    Check,
    /// The family looks well-off, or was not found, moved, died.
    Eligibility,
    /// Older than the law or the local cut-off allows.
    Overdue,
    /// Submitted, nothing special.
    Submitted,
    /// Sent back, and the enumerator has not answered yet.
    Returned,
}

/// What part of the queue to show.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
pub struct DeskQuery {
    /// As in the worklist.
    pub search: String,
    pub village: Option<String>,
    /// Empty: all that wait for a person at this desk (everything but `returned`).
    pub reasons: Vec<DeskReason>,
    /// Only visits of this person; empty: of all.
    pub enumerator: String,
    pub offset: u32,
    /// At most 200.
    pub limit: u32,
}

/// A part of the queue with the numbers around it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Desk {
    /// Households that match.
    pub total: u32,
    pub rows: Vec<DeskRow>,
    /// Households by reason; one household may count under several.
    pub counts: Vec<ReasonCount>,
    /// Households decided on since the last village meeting or ever: verified, or further.
    pub done: u32,
    /// People whose visits wait here.
    pub enumerators: Vec<String>,
    /// This person may verify; otherwise the desk only shows.
    pub may_decide: bool,
    /// Visits whose checks nobody has looked at yet: their reasons are not complete; ask again.
    pub unchecked: u32,
    /// The next day on which the ministry takes over what was decided, today included; ISO date.
    pub cutoff: String,
    /// Days from today until then.
    pub cutoff_days: u32,
}

/// How many households wait for a reason.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReasonCount {
    pub reason: DeskReason,
    pub households: u32,
}

/// One household in the queue.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DeskRow {
    pub household: String,
    pub head: String,
    pub address: String,
    pub sls: String,
    pub rt: String,
    pub rw: String,
    pub village: String,
    pub state: VisitState,
    /// All reasons, the most pressing first.
    pub reasons: Vec<DeskReason>,
    /// The first reason in a few words, e.g. `2 isian berbeda`.
    pub words: String,
    /// Who visited.
    pub enumerator: String,
    /// UTC, RFC 3339: when the visit was submitted; may be empty.
    pub submitted: String,
    /// Need by the formula in force, 0 to its maximum; `None` when there is no visit.
    pub need: Option<u32>,
    /// Proposed for removal.
    pub removal: bool,
}

/// The family is proposed for removal.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RemovalView {
    pub id: String,
    pub reason: String,
    pub title: String,
    pub note: String,
    pub author: String,
    pub at: String,
    /// Whom the place is proposed for; empty where nobody is.
    pub replacement: String,
    pub replacement_head: String,
    /// Heads of other families proposed for removal whose place is promised to the same family; only in the list of all
    /// proposals.
    pub promised_to: Vec<String>,
    /// What others said of this family's removal without knowing of this proposal: a person has to propose anew or take
    /// back, and so settles it.
    pub others: Vec<OtherRemoval>,
    /// What it rests on besides words.
    pub evidence: Vec<EvidenceView>,
}

/// A proposal for removal, or its taking back, that stands beside another.
#[derive(Debug, Clone, Serialize, TS)]
pub struct OtherRemoval {
    /// The reason in words; empty: taken back.
    pub title: String,
    pub note: String,
    pub author: String,
    pub at: String,
    /// Whom the place is proposed for; empty where nobody is.
    pub replacement_head: String,
}

/// A photo or a document that a proposal shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EvidenceView {
    /// As the commands `photo` and `attachment` take it.
    pub file: String,
    /// `photo`, `pdf`.
    pub kind: String,
    pub bytes: u32,
    /// Why it cannot be looked at here, in words; empty when it can.
    pub missing: String,
}

/// A photo or a PDF for a proposal.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct EvidenceRequest {
    pub household: String,
    /// The file's bytes, base64; a photo of at most 25 MB, a PDF of at most 10 MB before encoding.
    pub data: String,
}

/// Names a file of a proposal: to take it out before the proposal is made, or to write it where other programs find it.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct EvidenceFile {
    pub household: String,
    /// [`EvidenceView::file`].
    pub file: String,
}

/// Where a file was written.
#[derive(Debug, Clone, Serialize, TS)]
pub struct EvidenceSaved {
    pub path: String,
}

/// Accepts a visit.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AcceptRequest {
    pub household: String,
    /// [`Comparison::seen`].
    pub seen: String,
    /// Questions whose older value stays.
    pub keep_older: Vec<String>,
    /// Why; needed where an older value stays.
    pub note: String,
}

/// Sends a visit back.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct SendBackRequest {
    pub household: String,
    pub seen: String,
    /// In words, or a code of [`Comparison::return_reasons`].
    pub reason: String,
    pub comments: Vec<NewComment>,
    /// Gives the household to somebody else at the same time; empty: whoever visited.
    pub assign: String,
}

/// What somebody chose and wrote about a household at the desk and has not decided with yet. It stays on this device,
/// whatever ends the program, until it is decided, said or taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeskDraft {
    /// Paths of the answers whose older value is to stay.
    pub keep: Vec<String>,
    pub comments: Vec<NewComment>,
    pub note: String,
    /// Why it is to be sent back: a code of the list, or what the screen says for words of one's own.
    pub reason: String,
    pub reason_own: String,
    /// To whom it is to be given.
    pub assign: String,
    /// What is to be said about the household.
    pub said: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct DeskDraftRequest {
    pub household: String,
    pub draft: DeskDraft,
}

/// A comment on an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewComment {
    pub path: String,
    pub text: String,
}

/// Says something, or answers what was said.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct CommentRequest {
    pub household: String,
    /// The question; empty for the household.
    pub path: String,
    pub text: String,
    /// The comment that it answers; empty for none.
    pub answers: String,
}

/// Gives a household to somebody.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AssignRequest {
    pub household: String,
    pub person: String,
    pub reason: String,
}

/// Proposes a family for removal, or takes the proposal back.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct RemovalRequest {
    pub household: String,
    pub seen: String,
    /// A code of [`Comparison::removal_reasons`]; empty takes the proposal back.
    pub reason: String,
    pub note: String,
    /// A family of the waiting list that takes the place; may be empty.
    pub replacement: String,
    /// What it rests on: files kept for it, or shown by the proposal that it replaces.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub evidence: Vec<String>,
}

/// Names a village.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct VillageRequest {
    pub village: String,
}

/// Families that could take a place, the neediest first; and proposals for removal.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Replacements {
    pub waiting: Vec<WaitingFamily>,
    pub removals: Vec<ProposedRemoval>,
}

/// A family on the village's waiting list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WaitingFamily {
    pub household: String,
    pub head: String,
    pub address: String,
    pub need: u32,
    pub of: u32,
    /// Its place is proposed already.
    pub taken: bool,
}

/// A proposal for removal in a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProposedRemoval {
    pub household: String,
    pub head: String,
    pub address: String,
    pub removal: RemovalView,
}

/// Settles several conflicts with one reason.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct SettleRequest {
    pub conflicts: Vec<ConflictKey>,
    /// `newest`, `register`, `author:NAME`.
    pub take: String,
    pub reason: String,
}

/// Names one conflict.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ConflictKey {
    pub household: String,
    pub path: String,
    /// [`super::ConflictView::seen`].
    pub seen: String,
}

/// What became of several conflicts.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Settled {
    pub settled: u32,
    /// Those that could not be settled so, with the reason in words.
    pub left: Vec<LeftConflict>,
}

/// A conflict that stays.
#[derive(Debug, Clone, Serialize, TS)]
pub struct LeftConflict {
    pub household: String,
    pub path: String,
    pub why: String,
}

/// Settlements that can still be undone, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SettlementView {
    pub id: String,
    pub household: String,
    pub head: String,
    pub field: ChangedField,
    pub reason: String,
    pub author: String,
    pub at: String,
    /// Why it can no longer be undone, in words; empty when it can.
    pub closed: String,
}

/// Undoes a settlement: the values wait for a choice again.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct UndoRequest {
    pub household: String,
    pub settlement: String,
}

/// How the work of each person looks: impossible work, and what second visits found.
#[derive(Debug, Clone, Serialize, TS)]
pub struct EnumeratorWork {
    pub person: String,
    pub visits: u32,
    /// Median length of a visit, seconds.
    pub seconds: Option<u32>,
    /// Most visits submitted within one hour.
    pub most_an_hour: u32,
    /// Signs of impossible work, in words, each with the households that it is about.
    pub signs: Vec<WorkSign>,
    /// Second visits compared, and answers that differ among those asked twice.
    pub checked: u32,
    pub asked_twice: u32,
    pub differ: u32,
    /// Questions that differ most.
    pub fields: Vec<FieldScore>,
}

/// A sign of impossible work.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WorkSign {
    /// `too_fast`, `too_many`, `one_point`, `all_alike`, `far_away`.
    pub code: String,
    pub words: String,
    pub households: Vec<SignFamily>,
}

/// A family that a sign is about.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SignFamily {
    pub household: String,
    pub head: String,
    pub address: String,
    pub rt: String,
    pub rw: String,
}

/// How often a question differs at second visits.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FieldScore {
    pub label: String,
    pub asked: u32,
    pub differ: u32,
}

/// Visits drawn to be made again by somebody else.
#[derive(Debug, Clone, Serialize, TS)]
pub struct BackChecks {
    pub rows: Vec<BackCheckRow>,
    /// This person may draw.
    pub may_draw: bool,
    /// Finished visits that have not been drawn.
    pub undrawn: u32,
}

/// A past draw of one person's visits, drawn again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DrawCheck {
    pub person: String,
    /// The seed with what the program added to it.
    pub seed: String,
    pub percent: u32,
    /// How many visits it was drawn from, by the record.
    pub of: u32,
    pub drawn: u32,
    pub at: String,
    pub outcome: DrawOutcome,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DrawOutcome {
    /// The same visits.
    Fits,
    /// What it was drawn from is not here any more, or not yet.
    PoolChanged,
    /// Other visits: they were not drawn so.
    DoesNotFit,
}

/// One of them. What was answered is shown to those who check only: whoever visits again does not know it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct BackCheckRow {
    pub household: String,
    pub head: String,
    pub address: String,
    pub rt: String,
    pub rw: String,
    pub village: String,
    /// Who visited first; empty for those who do not check.
    pub enumerator: String,
    /// Who visited again; empty: nobody yet.
    pub by: String,
    /// UTC, RFC 3339: when; may be empty.
    pub at: String,
    /// Begun here and not finished: the submission.
    pub begun: String,
    /// Why this person does not visit again, in words; empty when it can be begun.
    pub closed: String,
    pub asked: u32,
    pub differ: u32,
    /// Questions that were answered otherwise.
    pub fields: Vec<ChangedField>,
}

/// Draws visits to be made again.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct DrawRequest {
    pub village: String,
    /// Of the visits of each person, 1 to 100; at least one visit each.
    pub percent: u32,
    /// Any text; the same text draws the same visits, so that anybody can repeat the draw.
    pub seed: String,
}
