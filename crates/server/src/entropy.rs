//! Randomness: the system's, or a seed's, so that a simulation can be replayed.

use crate::error::{Result, ServerError};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where random bytes come from.
#[derive(Debug, Default)]
pub enum Entropy {
    /// The operating system.
    #[default]
    System,
    /// SHA-256 of a seed and a counter. For simulations only.
    Seeded {
        /// The seed.
        seed: u64,
        /// How much was taken.
        taken: AtomicU64,
    },
}

impl Entropy {
    /// A replayable source.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded {
            seed,
            taken: AtomicU64::new(0),
        }
    }

    /// `N` random bytes, at most 32.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N]> {
        let mut out = [0; N];
        match self {
            Self::System => getrandom::fill(&mut out).map_err(|_| {
                ServerError::refused("no_randomness", "the system gives no random numbers")
            })?,
            Self::Seeded { seed, taken } => {
                let n = taken.fetch_add(1, Ordering::Relaxed);
                let digest = Sha256::new()
                    .chain_update(b"lawang simulation\0")
                    .chain_update(seed.to_le_bytes())
                    .chain_update(n.to_le_bytes())
                    .finalize();
                for (to, from) in out.iter_mut().zip(digest) {
                    *to = from;
                }
            }
        }
        Ok(out)
    }

    /// A random UUID, version 4.
    pub fn uuid(&self) -> Result<uuid::Uuid> {
        Ok(uuid::Builder::from_random_bytes(self.bytes()?).into_uuid())
    }
}
