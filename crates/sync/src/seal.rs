//! Sealed to one reader: work that passes through hands that must not read it (a hub outside its villages, a memory
//! card).
//!
//! A NaCl box (X25519, XSalsa20-Poly1305) from a key that is used once to the district's key. The district has one
//! ed25519 key that every device holds since its enrolment; its X25519 form is the usual birational map, so nothing
//! more has to be handed out. Who wrote is said by the signature of the batch inside, not by the box.

use crate::DeviceKey;
use crypto_box::{PublicKey, SalsaBox, SecretKey, aead::Aead};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

/// Version of what follows: the one-time public key (32 bytes), then the box.
const VERSION: u8 = 1;
const HEAD: usize = 33;

/// The bytes are not sealed to this key, or were altered or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not sealed to this key, or they were altered")]
pub struct SealError;

/// The key is used once, so what both sides know serves as nonce.
fn nonce(once: &[u8; 32], reader: &[u8; 32]) -> crypto_box::Nonce {
    let digest = Sha256::new()
        .chain_update(b"lawang seal\0")
        .chain_update(once)
        .chain_update(reader)
        .finalize();
    let mut nonce = crypto_box::Nonce::default();
    nonce.copy_from_slice(&digest[..24]);
    nonce
}

/// Seals to the holder of an ed25519 key. `random`: 32 bytes that are never used again.
///
/// # Errors
/// [`SealError`]: `reader` is no ed25519 key.
pub fn seal(reader: &[u8; 32], random: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let reader = VerifyingKey::from_bytes(reader)
        .map_err(|_| SealError)?
        .to_montgomery()
        .to_bytes();
    let once = SecretKey::from(*random);
    let public = *once.public_key().as_bytes();
    let sealed = SalsaBox::new(&PublicKey::from(reader), &once)
        .encrypt(&nonce(&public, &reader), plain)
        .map_err(|_| SealError)?;
    let mut out = Vec::with_capacity(HEAD + sealed.len());
    out.push(VERSION);
    out.extend_from_slice(&public);
    out.extend_from_slice(&sealed);
    Ok(out)
}

impl DeviceKey {
    /// Opens what was sealed to this key.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open_seal(&self, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        let (head, sealed) = bytes.split_at_checked(HEAD).ok_or(SealError)?;
        let (version, public) = head.split_first().ok_or(SealError)?;
        let public: [u8; 32] = public.try_into().map_err(|_| SealError)?;
        if *version != VERSION {
            return Err(SealError);
        }
        let secret = SecretKey::from(self.exchange_secret());
        let reader = *secret.public_key().as_bytes();
        SalsaBox::new(&PublicKey::from(public), &secret)
            .decrypt(&nonce(&public, &reader), sealed)
            .map_err(|_| SealError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reader_opens_what_was_sealed_and_one_wrong_bit_is_noticed() {
        let district = DeviceKey::from_seed(&[7; 32]);
        let sealed = seal(&district.public(), &[9; 32], b"SITI AMINAH").unwrap();
        assert_eq!(district.open_seal(&sealed).unwrap(), b"SITI AMINAH");
        assert!(!sealed.windows(4).any(|w| w == b"SITI"));
        assert!(
            DeviceKey::from_seed(&[8; 32]).open_seal(&sealed).is_err(),
            "another key opens nothing"
        );
        for bit in 0..sealed.len() * 8 {
            let mut wrong = sealed.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            // The highest bit of an X25519 key means nothing (RFC 7748); it is part of the nonce here all the same.
            assert!(district.open_seal(&wrong).is_err(), "bit {bit}");
        }
        for cut in 0..sealed.len() {
            assert!(district.open_seal(&sealed[..cut]).is_err());
        }
    }
}
