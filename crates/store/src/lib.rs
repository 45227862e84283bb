//! The device's database: SQLCipher, opened with a raw key that the PIN unwraps.
//!
//! The log is truth, tables are projections. This crate knows rows, bytes and transactions; what they
//! mean is the business of `lawang-app`.

mod audit;
mod authority;
mod base;
mod desk;
mod desk_drafts;
#[cfg(test)]
mod desk_tests;
mod drafts;
mod duplicates;
mod entities;
mod error;
mod evidence;
mod fetched;
mod findings;
mod forms;
mod hubs;
mod log;
mod lost;
mod moves;
mod on_top;
mod open;
mod photos;
mod projection;
mod receipts;
mod rules;
mod surveys;
mod syncing;
mod vault;

pub use audit::AuditEvent;
pub use authority::{Proposal, ProposalState, Restricted, ReviewRow};
pub use base::OLD_BASE;
pub use desk::{DeskCard, DeskEntry, DeskFilter, Due, Reasons, Visited};
pub use desk_drafts::COMMENT as DESK_COMMENT;
pub use drafts::{Draft, DraftEntry, EntryKind};
pub use duplicates::{MemberAt, PairDecision, PersonsRow, Suspicion};
pub use error::StoreError;
pub use evidence::ProposedEvidence;
pub use fetched::{AbsentPhoto, FetchedPhoto, WaitingVisit};
pub use findings::{FindingRow, HeldFindings};
pub use forms::FormRow;
pub use hubs::{HubRow, Thing};
pub use log::{ChangeRow, LogState, NewRow};
pub use moves::MovedRecords;
pub use open::{Opened, Store};
pub use photos::Photo;
pub use projection::{CardQuery, HouseholdCard, StateCounts};
pub use receipts::KeptReceipt;
pub use rules::HeldRules;
pub use rusqlite::Transaction;
pub use surveys::SurveyCard;
pub use syncing::{Scope, ScopeNames, SyncLogRow, Unsent, Waiting};
pub use vault::{Identity, SystemKeyStore, Vault, VaultError, VaultParams};
