//! Sending and receiving.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the exchange with the server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncPhase {
    /// Nothing under way.
    Idle,
    Connecting,
    Sending,
    Receiving,
    /// Comparing counts and digests with the server.
    Checking,
    SendingPhotos,
    Done,
    Cancelled,
    Failed,
}

/// State of the exchange; asked for every half second while one runs.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SyncStatus {
    pub phase: SyncPhase,
    /// Households sent and to send, received and to receive.
    pub households_sent: u32,
    pub households_to_send: u32,
    pub households_received: u32,
    pub households_to_receive: u32,
    pub photos_sent: u32,
    pub photos_to_send: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// The last finished exchange, this one included.
    pub report: Option<SyncReport>,
    /// Set in phase `failed`: what happened and what to do, in words.
    pub problem: Option<SyncProblem>,
    /// UTC, RFC 3339, of the last exchange that ended in agreement; empty if none.
    pub last_success: String,
    pub server: String,
    /// What waits here now.
    pub unsent_households: u32,
    pub unsent_photos: u32,
    /// Submissions of other questionnaires.
    pub unsent_surveys: u32,
    /// Households refused by the server.
    pub refused_households: u32,
    /// Refused edits that the person has not dealt with, and proposals of others that wait for an answer here.
    pub proposals: u32,
    pub conflicts: u32,
}

/// The result of one exchange.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncReport {
    pub pushed: u32,
    pub pulled: u32,
    pub refused: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    pub photo_bytes_up: u64,
    pub requests: u32,
    /// Both sides hold the same.
    pub agreed: bool,
    /// Proof, signed by the server; empty if they did not agree.
    pub receipt: String,
    /// Short form of the receipt for reading aloud, e.g. `7F3A-91C2`.
    pub receipt_code: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// Seconds that this device's clock is ahead of the server's (negative: behind); 0 if within two minutes.
    pub clock_offset_seconds: i64,
    /// Sentences for the person, e.g. about a wrong clock.
    pub notices: Vec<String>,
}

/// Why an exchange failed.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SyncProblem {
    pub code: String,
    pub message: String,
    pub hint: String,
}
