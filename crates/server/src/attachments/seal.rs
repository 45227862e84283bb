//! What lies in a bucket is sealed with a key that follows from the server's own: whoever runs the bucket reads nothing.
//!
//! The nonce follows from the key and the content, so the same bytes at the same place are the same object whoever writes
//! it, and no nonce stands over two contents.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 4] = b"LWA1";
const NONCE: usize = 24;
const TAG: usize = 16;
/// What sealing adds, bytes.
pub(super) const OVERHEAD: usize = MAGIC.len() + NONCE + TAG;

pub(super) struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: [u8; 32],
}

fn derive(seed: &[u8; 32], purpose: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update("lawang attachments ")
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(seed)
        .finalize()
        .into()
}

impl Sealer {
    /// `seed`: of the server's key.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(derive(seed, "key"))),
            nonces: derive(seed, "nonce"),
        }
    }

    /// `about`: what the object is of; it opens only as that. `None` if the cipher refuses, which it does for nothing
    /// that an attachment may be.
    pub(super) fn seal(&self, about: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let said = Sha256::new()
            .chain_update(self.nonces)
            .chain_update((about.len() as u64).to_be_bytes())
            .chain_update(about)
            .chain_update(Sha256::digest(bytes))
            .finalize();
        let nonce: [u8; NONCE] = said.get(..NONCE)?.try_into().ok()?;
        let payload = Payload {
            msg: bytes,
            aad: about,
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&MAGIC[..], &nonce, &sealed].concat())
    }

    /// `None` if it was not sealed with this key, about this, or is damaged.
    pub(super) fn open(&self, about: &[u8], object: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = object
            .strip_prefix(&MAGIC[..])?
            .split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: about,
        };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_with_its_key_as_what_it_is_and_undamaged() {
        let sealer = Sealer::new(&[7; 32]);
        let object = sealer.seal(b"whole 1", b"a photo of a house").unwrap();
        assert_eq!(object.len(), 18 + OVERHEAD);
        assert!(!object.windows(5).any(|w| w == b"house"));
        let opened = sealer.open(b"whole 1", &object);
        assert_eq!(opened.as_deref(), Some(&b"a photo of a house"[..]));
        assert_eq!(sealer.open(b"whole 2", &object), None);
        assert_eq!(Sealer::new(&[8; 32]).open(b"whole 1", &object), None);
        for at in 0..object.len() {
            let mut damaged = object.clone();
            damaged[at] ^= 1;
            assert_eq!(sealer.open(b"whole 1", &damaged), None, "byte {at}");
        }
    }

    #[test]
    fn equal_contents_are_equal_objects_and_no_nonce_comes_twice() {
        let sealer = Sealer::new(&[7; 32]);
        let seal = |about: &[u8], bytes: &[u8]| sealer.seal(about, bytes).unwrap();
        assert_eq!(seal(b"a", b"one"), seal(b"a", b"one"));
        let nonce = |object: Vec<u8>| object[4..4 + NONCE].to_vec();
        assert_ne!(nonce(seal(b"a", b"one")), nonce(seal(b"a", b"two")));
        assert_ne!(nonce(seal(b"a", b"one")), nonce(seal(b"b", b"one")));
    }
}
