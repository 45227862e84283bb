//! Digests, Base64 and signed texts.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::Value;
use crate::functions::Function as F;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Bits after the last whole byte do not matter, as in JavaRosa.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An algorithm of `digest()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::expr) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// The algorithm of a name, in any case, with or without hyphen.
pub(in crate::expr) fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name.to_ascii_uppercase().replace('-', "").as_str() {
        "MD5" => Algorithm::Md5,
        "SHA1" => Algorithm::Sha1,
        "SHA256" => Algorithm::Sha256,
        "SHA384" => Algorithm::Sha384,
        "SHA512" => Algorithm::Sha512,
        _ => return None,
    })
}

/// How `digest()` writes its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::expr) enum Encoding {
    Hex,
    Base64,
}

/// The encoding of a name, in any case.
pub(in crate::expr) fn encoding(name: &str) -> Option<Encoding> {
    Some(match name.to_ascii_lowercase().as_str() {
        "hex" => Encoding::Hex,
        "base64" => Encoding::Base64,
        _ => return None,
    })
}

impl Env<'_> {
    pub(super) fn digest(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        let text = |index: usize| self.cow(&args[index], spot);
        Value::Text(match function {
            F::Digest => {
                let encoding = match args.get(2) {
                    None => Some(Encoding::Base64),
                    Some(name) => encoding(&self.cow(name, spot)),
                };
                match (algorithm(&text(1)), encoding) {
                    (Some(algorithm), Some(encoding)) => hashed(&text(0), algorithm, encoding),
                    // A name that is computed and is none; JavaRosa stops.
                    _ => String::new(),
                }
            }
            F::Base64Decode => String::from_utf8_lossy(&decoded(&text(0))).into_owned(),
            _ => signed(&decoded(&text(0)), &decoded(&text(1))).unwrap_or_default(),
        })
    }
}

fn hashed(text: &str, algorithm: Algorithm, encoding: Encoding) -> String {
    let bytes = text.as_bytes();
    let hash = match algorithm {
        Algorithm::Md5 => Md5::digest(bytes).to_vec(),
        Algorithm::Sha1 => Sha1::digest(bytes).to_vec(),
        Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        Algorithm::Sha384 => Sha384::digest(bytes).to_vec(),
        Algorithm::Sha512 => Sha512::digest(bytes).to_vec(),
    };
    match encoding {
        Encoding::Base64 => BASE64.encode(hash),
        Encoding::Hex => hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The bytes of a Base64 text: signs that are none of Base64's are left out, and a text whose length
/// does not fit is empty, as in JavaRosa.
fn decoded(text: &str) -> Vec<u8> {
    let signs: Vec<u8> = text
        .bytes()
        .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        .collect();
    if !signs.len().is_multiple_of(4) {
        return Vec::new();
    }
    BASE64.decode(signs).unwrap_or_default()
}

/// What follows the signature of 64 bytes, if it was made with the key (Ed25519, 32 bytes).
fn signed(contents: &[u8], key: &[u8]) -> Option<String> {
    let (signature, message) = contents.split_at_checked(64)?;
    let key = VerifyingKey::from_bytes(key.get(..32)?.try_into().ok()?).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    key.verify(message, &signature).ok()?;
    Some(String::from_utf8_lossy(message).into_owned())
}
