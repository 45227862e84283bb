//! What the core is given from outside: time and randomness. A seed replays everything.

/// Clock and randomness of the host.
pub trait Environment: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
    /// Minutes east of Greenwich, for days and for times shown to people.
    fn utc_offset_minutes(&self) -> i32;
    /// Fills with random bytes from the system's source.
    fn random(&self, bytes: &mut [u8]);
}

/// A hub as it announces itself. Only its certificate, which the district signed, says whether it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHub {
    pub name: String,
    /// The district server that it says it belongs to.
    pub district: uuid::Uuid,
    pub address: String,
}

/// Looks for hubs on the network. Nothing is sent before somebody asks.
pub trait HubFinder: Send + Sync {
    /// Those that answer now; waits at most so long for the first one.
    fn found(&self, wait: std::time::Duration) -> Vec<FoundHub>;
}

/// Random bytes of a fixed size.
pub(crate) fn random<const N: usize>(environment: &dyn Environment) -> [u8; N] {
    let mut bytes = [0; N];
    environment.random(&mut bytes);
    bytes
}

/// A random UUID.
pub(crate) fn random_uuid(environment: &dyn Environment) -> uuid::Uuid {
    uuid::Builder::from_random_bytes(random(environment)).into_uuid()
}
