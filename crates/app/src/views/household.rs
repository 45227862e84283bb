//! One household: who lives there, what happened to its record.

use super::VisitState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names one household.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct HouseholdRequest {
    pub household: String,
}

/// The household's page.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HouseholdView {
    pub id: String,
    pub head: String,
    pub address: String,
    pub sls: String,
    pub rt: String,
    pub rw: String,
    /// Village code and name.
    pub village: String,
    pub village_name: String,
    pub state: VisitState,
    pub unsent: bool,
    pub conflicts: u32,
    /// Why the server refused work on this household, in words; empty if it did not.
    pub refusals: Vec<String>,
    /// Welfare decile of the register, empty if unranked.
    pub decile: String,
    pub programmes: Vec<String>,
    /// Date of the register's last update, ISO; may be empty.
    pub register_updated: String,
    pub members: Vec<MemberRow>,
    /// Newest first.
    pub history: Vec<HistoryEntry>,
    /// Latitude and longitude if known: `[-5.36, 105.1]`.
    pub position: Option<(f64, f64)>,
    /// A verifier sent it back, and nobody has submitted it anew.
    pub returned: Option<ReturnedView>,
    /// All of it is restricted on request: then nothing else of it is said here.
    pub restriction: Option<RestrictionView>,
}

/// Why a visit was sent back.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReturnedView {
    pub reason: String,
    pub author: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// Comments that nobody has answered.
    pub open: u32,
}

/// The data are kept and nobody works on them, because the person they are about asked for it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RestrictionView {
    /// As the office gave it.
    pub reason: String,
    /// UTC, RFC 3339.
    pub since: String,
}

/// A member in short.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MemberRow {
    pub id: String,
    pub name: String,
    /// Masked: first 6 and last 4 digits.
    pub nik: String,
    /// In words, e.g. `Kepala keluarga`.
    pub relation: String,
    /// In words, e.g. `Laki-laki`.
    pub sex: String,
    /// Years; `None` when the birth date is not known.
    pub age: Option<u32>,
    /// In words when other than living here, e.g. `Meninggal`; else empty.
    pub presence: String,
    /// Entered by mistake and struck out; kept, shown dimmed.
    pub removed: bool,
    /// This person's data are restricted on request: only the name is said.
    pub restriction: Option<RestrictionView>,
}

/// One change in the record's history.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HistoryEntry {
    /// UTC, RFC 3339, by the author's clock.
    pub at: String,
    pub author: String,
    /// `register`, `visit`, `submitted`, `settled`.
    pub kind: String,
    /// The server has it.
    pub sent: bool,
    /// Refused by the server.
    pub refused: bool,
    pub fields: Vec<ChangedField>,
}

/// What one change did to one field.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChangedField {
    pub path: String,
    /// The question's label, with the member's name in front where it belongs to one.
    pub label: String,
    pub old: String,
    pub new: String,
}
