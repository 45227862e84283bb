//! Edits that the server refused, and what others propose.

use super::{ChangedField, RefusedDecision};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Refused edits, and proposals of others that wait here.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProposalList {
    /// Of this device, the newest first.
    pub mine: Vec<ProposalView>,
    /// Of others, for who may take them.
    pub received: Vec<ReceivedProposal>,
}

/// Edits made here that the server refused.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProposalView {
    pub id: String,
    pub household: String,
    /// Head of the household, or the questionnaire's title.
    pub head: String,
    pub address: String,
    /// `field_answers`, `verification`, `administration`.
    pub document: String,
    /// Stable word, e.g. `record_closed`.
    pub code: String,
    /// Why it was refused, and what to do, in words.
    pub reason: String,
    /// UTC, RFC 3339: when the person made them.
    pub at: String,
    /// What was answered, bookkeeping left out.
    pub fields: Vec<ChangedField>,
    /// `open`, `sent`, `corrected`, `discarded`.
    pub state: String,
    /// Why it cannot be sent to someone who may, in words; empty when it can.
    pub cannot_send: String,
    /// Why it cannot be answered anew, in words; empty when it can. Of a pair: why it cannot be decided again.
    pub cannot_correct: String,
    /// What it is about, where it is a decision about a pair: discarding takes it back.
    pub pair: Option<RefusedDecision>,
}

/// What somebody else proposes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReceivedProposal {
    pub id: String,
    pub household: String,
    pub head: String,
    pub address: String,
    /// Who proposes it.
    pub person: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// Why the server refused it, in words.
    pub reason: String,
    /// What the person says about it; may be empty.
    pub note: String,
    pub fields: Vec<ChangedField>,
}

/// Names one proposal.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ProposalRequest {
    pub proposal: String,
}

/// Sends refused edits to someone who may make them.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct SendProposalRequest {
    pub proposal: String,
    /// What to say about it; may be empty.
    pub note: String,
}

/// Answers a proposal of somebody else.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AnswerProposalRequest {
    pub household: String,
    pub proposal: String,
    /// Take the edits over into the record.
    pub take: bool,
    pub note: String,
}

/// Where to answer anew.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProposalOpened {
    pub household: String,
    /// Path of the first question; may be empty.
    pub path: String,
}
