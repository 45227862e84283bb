//! A digest of a set: the same whatever the order, cheap to carry forward.

use sha2::{Digest, Sha256};

/// Sum, modulo 2^256, of the SHA-256 of the elements. It finds honest differences; that nobody forges
/// elements is the business of signatures, not of this sum.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct SetDigest(pub [u8; 32]);

impl std::fmt::Debug for SetDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.short())
    }
}

impl SetDigest {
    /// Adds a register row by the digest of its canonical bytes.
    pub fn add_row(&mut self, row_digest: &[u8; 32]) {
        self.add(b'r', row_digest);
    }

    /// Adds a change by its hash.
    pub fn add_change(&mut self, hash: &[u8; 32]) {
        self.add(b'c', hash);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &SetDigest) {
        self.plus(&other.0);
    }

    fn add(&mut self, kind: u8, element: &[u8; 32]) {
        let digest: [u8; 32] = Sha256::new()
            .chain_update([kind])
            .chain_update(element)
            .finalize()
            .into();
        self.plus(&digest);
    }

    fn plus(&mut self, other: &[u8; 32]) {
        let mut carry = 0u16;
        for (a, b) in self.0.iter_mut().zip(other) {
            let sum = u16::from(*a) + u16::from(*b) + carry;
            *a = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
    }

    /// Twelve hexadecimal digits for people.
    pub fn short(&self) -> String {
        self.0[..6].iter().map(|b| format!("{b:02x}")).collect()
    }
}
