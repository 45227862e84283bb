//! Settings and what the device says of itself.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the settings screen shows.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Settings {
    /// `id` or `en`.
    pub language: String,
    /// `light`, `dark`, `system`.
    pub theme: String,
    pub server: String,
    pub person: String,
    pub role: String,
    pub device: String,
    pub form_title: String,
    pub form_version: String,
    pub app_version: String,
    /// Free space for photos and data, bytes.
    pub free_bytes: u64,
    pub households: u32,
    pub database_bytes: u64,
    /// Past exchanges, newest first, at most 50.
    pub log: Vec<SyncLogEntry>,
}

/// One past exchange in plain words.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SyncLogEntry {
    /// UTC, RFC 3339.
    pub at: String,
    pub ok: bool,
    pub text: String,
    pub receipt_code: String,
}

/// Changes settings; what is `None` stays.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
pub struct SettingsChange {
    pub language: Option<String>,
    pub theme: Option<String>,
}

/// A new PIN.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ChangePinRequest {
    pub old: String,
    pub new: String,
}
