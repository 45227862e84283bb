//! The village's worklist.

use super::Village;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// State of a household's visit, as shown with its own word, colour and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Belum dikunjungi
    NotVisited,
    /// Sedang diisi
    InProgress,
    /// Siap dikirim
    Ready,
    /// Terkirim
    Sent,
    /// Dikembalikan
    Returned,
    /// Terverifikasi
    Verified,
    /// Perlu dipilih
    Conflict,
    /// Ditolak server
    Refused,
    /// Tidak ditemukan / pindah / meninggal
    NotFound,
}

/// What part of the worklist to show.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
pub struct WorklistQuery {
    /// Searched in names, address, dusun, RT/RW (`rt 3`), No. KK and NIK; three characters or more, anywhere in a word.
    pub search: String,
    pub village: Option<String>,
    /// Empty: all states.
    pub states: Vec<VisitState>,
    pub offset: u32,
    /// At most 200.
    pub limit: u32,
}

/// One page of the worklist with the numbers around it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Worklist {
    /// Households that match the query.
    pub total: u32,
    pub rows: Vec<WorklistRow>,
    /// Households by state, in the chosen village, whatever the search.
    pub counts: Vec<StateCount>,
    /// Households in the chosen village.
    pub households: u32,
    /// Visits finished (ready, sent, verified, not found) in the chosen village.
    pub finished: u32,
    /// Households on this device with work that the server does not have yet.
    pub unsent: u32,
    /// Photos that the server does not have yet.
    pub unsent_photos: u32,
    pub villages: Vec<Village>,
}

/// How many households are in a state.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StateCount {
    pub state: VisitState,
    pub households: u32,
}

/// One household in the worklist.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WorklistRow {
    pub id: String,
    /// Name of the head of the family; empty when not known yet.
    pub head: String,
    pub address: String,
    /// Dusun or SLS.
    pub sls: String,
    pub rt: String,
    pub rw: String,
    pub village: String,
    pub members: u32,
    pub state: VisitState,
    /// Work here that the server does not have yet.
    pub unsent: bool,
    /// Fields with two values that a person must settle.
    pub conflicts: u32,
    /// UTC, RFC 3339; empty if never visited.
    pub last_visit: String,
    /// Programmes that the register knows, as short words: `PKH`, `Sembako`.
    pub programmes: Vec<String>,
    /// Its data are restricted on request: it is listed so that people know whom to leave alone.
    pub restricted: bool,
}

/// A family that is not on the list.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AddHouseholdRequest {
    /// One of the villages in scope.
    pub village: String,
}

/// The household that was made.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HouseholdAdded {
    pub household: String,
}
