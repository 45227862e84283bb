//! How much one peer may ask.

use crate::store::lock;
use std::{collections::HashMap, hash::Hash, sync::Mutex, time::Duration};

/// The bounds of a server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body of a sync request, bytes.
    pub sync_body: usize,
    /// Largest body of an enrolment, bytes.
    pub enrol_body: usize,
    /// Longest time for a request with its body.
    pub request: Duration,
    /// Requests that work at once; others wait a little, then are told `busy`.
    pub at_once: usize,
    /// Requests of a device: so many at once, so many a second after that.
    pub device_burst: f64,
    /// See above.
    pub device_rate: f64,
    /// Wrong enrolment codes from one address in a minute.
    pub wrong_codes: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The protocol's 8 MiB, and room for the envelope.
            sync_body: 8 * 1024 * 1024 + 64 * 1024,
            enrol_body: 16 * 1024,
            request: Duration::from_secs(60),
            at_once: 64,
            // A first download over a link that is cut every 3 KB makes thousands of small requests.
            device_burst: 4000.0,
            device_rate: 300.0,
            wrong_codes: 10.0,
        }
    }
}

/// Buckets of tokens, one a peer. Full ones are forgotten.
pub(crate) struct Buckets<K> {
    burst: f64,
    per_second: f64,
    all: Mutex<HashMap<K, (f64, u64)>>,
}

/// Peers that are remembered at once.
const MAX_PEERS: usize = 20_000;

impl<K: Eq + Hash + Clone> Buckets<K> {
    pub(crate) fn new(burst: f64, per_second: f64) -> Self {
        Self {
            burst,
            per_second,
            all: Mutex::default(),
        }
    }

    /// Takes `tokens`; otherwise says after how many seconds there will be one.
    pub(crate) fn take(&self, peer: &K, tokens: f64, now_ms: u64) -> Result<(), u64> {
        let mut all = lock(&self.all);
        let level = |(left, at): (f64, u64)| {
            let seconds = now_ms.saturating_sub(at) as f64 / 1000.0;
            (left + seconds * self.per_second).min(self.burst)
        };
        if all.len() >= MAX_PEERS {
            all.retain(|_, bucket| level(*bucket) < self.burst);
        }
        let left = all.get(peer).map_or(self.burst, |bucket| level(*bucket));
        if left < 1.0 {
            all.insert(peer.clone(), (left, now_ms));
            return Err(((1.0 - left) / self.per_second).ceil() as u64);
        }
        if all.len() < MAX_PEERS || all.contains_key(peer) {
            all.insert(peer.clone(), (left - tokens, now_ms));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_asks_too_often_is_told_how_long_to_wait() {
        let buckets = Buckets::new(3.0, 0.5);
        for _ in 0..3 {
            buckets.take(&"a", 1.0, 1_000).unwrap();
        }
        assert_eq!(buckets.take(&"a", 1.0, 1_000), Err(2));
        buckets.take(&"b", 1.0, 1_000).unwrap();
        buckets.take(&"a", 1.0, 3_000).unwrap();
        assert_eq!(buckets.take(&"a", 1.0, 3_000), Err(2));
    }

    #[test]
    fn looking_costs_nothing_until_a_token_is_taken() {
        let buckets = Buckets::new(1.0, 1.0);
        for _ in 0..5 {
            buckets.take(&1, 0.0, 0).unwrap();
        }
        buckets.take(&1, 1.0, 0).unwrap();
        assert!(buckets.take(&1, 0.0, 0).is_err());
    }
}
