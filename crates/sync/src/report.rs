//! What an exchange says of itself while it runs, and at its end.

/// Where the exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    Sending,
    Receiving,
    Checking,
    /// Sending photos.
    Photos,
    /// Receiving photos of other devices.
    FetchingPhotos,
    Done,
}

/// Numbers for a progress bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub households_sent: u32,
    pub households_received: u32,
    /// Rows and changed households still to come, as far as the server said.
    pub households_to_receive: u32,
    pub photos_sent: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    pub photo_bytes_up: u64,
    /// Photos of other devices that came, and how many there are to come, these included.
    pub photos_received: u32,
    pub photos_to_receive: u32,
    /// With everything around.
    pub photo_bytes_down: u64,
    pub requests: u32,
}

/// The result of an exchange.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub progress: Progress,
    /// Changes and rows that the server took, received, refused.
    pub pushed: u32,
    pub pulled: u32,
    pub refused: u32,
    pub agreed: bool,
    pub receipt: Vec<u8>,
    /// Device clock minus server clock, milliseconds.
    pub clock_offset: i64,
    /// Photos of other devices were left out, because the disk is nearly full.
    pub no_room: bool,
    /// Villages on which the two sides differ.
    pub differing: Vec<String>,
}
