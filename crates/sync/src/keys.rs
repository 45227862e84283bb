//! A device's key, and the automerge actor that belongs to it.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Random eight bytes, chosen anew whenever a device's database was restored from a copy: two lives of
/// one device must never write under the same actor.
pub type Incarnation = [u8; 8];

/// A device's (or a server's) ed25519 key.
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The same key for X25519.
    pub(crate) fn exchange_secret(&self) -> [u8; 32] {
        self.0.to_scalar_bytes()
    }

    /// Signs a message under a purpose, so that a signature for one thing is never one for another.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 64] {
        self.0.sign(&bound(purpose, message)).to_bytes()
    }
}

/// Checks a signature made by [`DeviceKey::sign`].
pub fn verify(public: &[u8; 32], purpose: &str, message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::from_bytes(public),
        Signature::from_slice(signature),
    ) else {
        return false;
    };
    key.verify_strict(&bound(purpose, message), &signature)
        .is_ok()
}

fn bound(purpose: &str, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(b"lawang ");
    out.extend_from_slice(purpose.as_bytes());
    out.push(0);
    out.extend_from_slice(&Sha256::digest(message));
    out
}

/// The automerge actor of a device in one incarnation: 16 bytes that nobody else can claim, because
/// the server recomputes them from the signer's key.
pub fn actor_of(public: &[u8; 32], incarnation: &Incarnation) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(b"lawang actor\0")
        .chain_update(public)
        .chain_update(incarnation)
        .finalize();
    let mut actor = [0; 16];
    actor.copy_from_slice(&digest[..16]);
    actor
}
