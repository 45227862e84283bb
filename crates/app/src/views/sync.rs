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
    /// Photos of other devices, for the desk.
    ReceivingPhotos,
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
    /// Photos of other devices that came, and how many there are to come, these included.
    pub photos_received: u32,
    pub photos_to_receive: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// The last finished exchange, this one included.
    pub report: Option<SyncReport>,
    /// Set in phase `failed`: what happened and what to do, in words.
    pub problem: Option<SyncProblem>,
    /// UTC, RFC 3339, of the last exchange that ended in agreement; empty if none.
    pub last_success: String,
    /// Something was ever made on this device: only then is there anything that the district could confirm.
    pub made_here: bool,
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
    /// Of the households that wait: those that a hub has and the district does not.
    pub at_hub_households: u32,
    /// Of the households that wait: those that are in the newest courier file.
    pub in_file_households: u32,
    /// Name of the hub of this exchange, running or ended; empty: the district.
    pub hub: String,
    /// Records that moved because a village was split or merged.
    pub moves: Vec<MovedRecords>,
    /// Hubs on the network and those that were used before.
    pub hubs: Vec<HubSeen>,
}

/// Records that went from one village to another because a village was split or merged.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MovedRecords {
    /// Name of the village before, or its code.
    pub from: String,
    /// Name of the village after.
    pub to: String,
    pub records: u32,
    /// How many of them are on this device.
    pub here: u32,
    /// Whether the village after is this device's too.
    pub mine: bool,
    /// UTC, RFC 3339.
    pub at: String,
}

/// A hub as the screen offers it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HubSeen {
    pub name: String,
    pub address: String,
    /// It answers on this network now.
    pub nearby: bool,
    /// UTC, RFC 3339, of the last exchange there; empty if none.
    pub last: String,
}

/// Where to exchange.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct SyncStart {
    /// A hub's address or code; empty: the district, or a hub when the district is away.
    #[serde(default)]
    pub place: String,
}

/// A photo of a QR code, base64.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct HubPhoto {
    pub data: String,
}

/// What a hub's QR code says.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HubCode {
    pub address: String,
}

/// A courier file that was written.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CourierWritten {
    /// Where it lies.
    pub path: String,
    pub bytes: u64,
    /// Households with something in it.
    pub households: u32,
    pub photos: u32,
}

/// A courier file of answers, base64.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct CourierFile {
    pub data: String,
}

/// What a file of answers said.
#[derive(Debug, Clone, Serialize, TS)]
pub struct CourierTaken {
    /// Things that the district answered for.
    pub things: u32,
    pub refused: u32,
    /// What waits here now.
    pub unsent_households: u32,
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
    /// Photos of other devices that came.
    #[serde(default)]
    pub photos_received: u32,
    #[serde(default)]
    pub photo_bytes_down: u64,
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
    /// Name of the hub at which it was; empty: with the district. What is at a hub is not safe yet.
    #[serde(default)]
    pub hub: String,
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

/// A past exchange in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExchangeEntry {
    /// UTC, RFC 3339.
    pub at: String,
    /// Whether both sides hold the same since then: the work is safe.
    pub agreed: bool,
    /// Whether it came to its end; if not, `words` says why.
    pub ended: bool,
    /// With whom: the server's address, or the hub's name.
    pub with: String,
    /// Households sent, received, refused.
    pub pushed: u32,
    pub pulled: u32,
    pub refused: u32,
    pub bytes: u64,
    /// The receipt's code; empty if there is none.
    pub receipt_code: String,
    /// What there is to say: why it failed, or what to know.
    pub words: Vec<String>,
}
