//! Map files on the device.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A map file, which lies on the device.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MapFile {
    /// Its name, `.pmtiles` included.
    pub name: String,
    pub bytes: u64,
}

/// A piece of a map file that is put onto the device; pieces come in order.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct MapPiece {
    pub name: String,
    /// Where the piece begins; 0 starts anew.
    pub offset: u64,
    /// Bytes of the whole file.
    pub total: u64,
    /// The bytes, base64; at most 25 MB before encoding.
    pub data: String,
}

/// How much of a map file is on disk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MapStored {
    pub stored: u64,
}

/// Which map file.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct MapName {
    pub name: String,
}

/// Asks for bytes of a map file.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct MapRange {
    pub name: String,
    pub offset: u64,
    /// At most 4 MiB come at once.
    pub length: u32,
}

/// Bytes of a map file; fewer than asked for where it ends.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MapBytes {
    /// base64
    pub data: String,
}
