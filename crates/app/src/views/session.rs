//! Who works here, and whether the device is open.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the device stands when the app starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not enrolled: ask for the server's address, the code and a new PIN.
    New,
    /// Enrolled, waiting for the PIN.
    Locked,
    /// Open.
    Ready,
}

/// The answer to `boot`, `enrol`, `unlock`, `lock`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Session {
    pub phase: Phase,
    /// `id` or `en`.
    pub language: String,
    /// Name of the enumerator as enrolled; empty while locked or new.
    pub person: String,
    /// Role as in the domain reference, e.g. `enumerator`.
    pub role: String,
    /// Villages in scope: code and name.
    pub villages: Vec<Village>,
    /// Seconds to wait before another PIN may be tried; 0 when it may be tried now.
    pub wait_seconds: u32,
    /// Wrong PINs in a row so far.
    pub failed_pins: u32,
    /// Set when a damaged database was moved aside at start: the file's new name.
    pub damaged: Option<String>,
    /// A questionnaire is shown to its author: nothing is kept, nothing is sent.
    pub preview: bool,
}

/// A village in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Village {
    /// Kemendagri code, `18.09.01.2001`.
    pub code: String,
    pub name: String,
    /// Name of the kecamatan.
    pub district: String,
}

/// First start: bind this device to a server.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct EnrolRequest {
    /// `https://...` or, inside an office network, `http://...`.
    pub server: String,
    pub code: String,
    /// At least six digits.
    pub pin: String,
}

/// Opens a locked device.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct UnlockRequest {
    pub pin: String,
}
