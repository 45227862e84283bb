//! The head of the server's chained log, signed: whoever keeps one can tell years later whether the log was altered.

use crate::{CheckRequest, DeviceKey, Digest32, Id, Receipt, decode, digest, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};

const PURPOSE: &str = "checkpoint";

/// Signed by the server, kept by the server and by devices.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Checkpoint {
    #[n(0)]
    pub server: Id,
    /// Milliseconds since 1970 by the server's clock.
    #[n(1)]
    pub time: u64,
    /// Position of the newest entry of the chained log.
    #[n(2)]
    pub position: u64,
    /// That entry's hash: it stands for everything before it.
    #[n(3)]
    pub entry: Digest32,
    /// SHA-256 of the receipt that it was given with; nothing: the server's own checkpoint.
    #[n(4)]
    pub receipt: Option<Digest32>,
    #[n(5)]
    pub signature: ByteArray<64>,
}

impl Checkpoint {
    /// Makes and signs one.
    pub fn issue(
        key: &DeviceKey,
        server: Id,
        time: u64,
        (position, entry): (u64, [u8; 32]),
        receipt: Option<&[u8]>,
    ) -> Self {
        let mut checkpoint = Self {
            server,
            time,
            position,
            entry: entry.into(),
            receipt: receipt.map(digest),
            signature: [0; 64].into(),
        };
        checkpoint.signature = key.sign(PURPOSE, &checkpoint.signed_part()).into();
        checkpoint
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut unsigned = self.clone();
        unsigned.signature = [0; 64].into();
        encode(&unsigned)
    }

    /// Whether this server signed it.
    pub fn signed_by(&self, server_key: &[u8; 32]) -> bool {
        verify(
            server_key,
            PURPOSE,
            &self.signed_part(),
            self.signature.as_slice(),
        )
    }
}

/// What a device keeps of an exchange, so that it can be checked without the device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proof {
    /// A [`Receipt`], encoded.
    #[n(0)]
    pub receipt: ByteVec,
    /// A [`Checkpoint`], encoded; nothing: the server gave none.
    #[n(1)]
    pub checkpoint: Option<ByteVec>,
    /// What both sides agreed on.
    #[n(2)]
    pub check: CheckRequest,
}

/// A proof that was read and whose signatures are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub receipt: Receipt,
    pub checkpoint: Option<Checkpoint>,
    pub check: CheckRequest,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("the bytes are not a receipt")]
    Malformed,
    #[error("the receipt was not signed by this server")]
    Signature,
    #[error("the receipt and its checkpoint do not belong together")]
    OtherData,
}

impl Proof {
    /// Reads the parts and checks that this server signed them, and that they belong together.
    ///
    /// # Errors
    /// As [`ProofError`] says.
    pub fn verify(self, server_key: &[u8; 32]) -> Result<Proved, ProofError> {
        let receipt =
            Receipt::verify(&self.receipt, server_key, &self.check).map_err(
                |error| match error {
                    crate::ReceiptError::Malformed => ProofError::Malformed,
                    crate::ReceiptError::Signature => ProofError::Signature,
                    crate::ReceiptError::OtherData => ProofError::OtherData,
                },
            )?;
        let checkpoint = match &self.checkpoint {
            None => None,
            Some(bytes) => {
                let found: Checkpoint = decode(bytes).ok_or(ProofError::Malformed)?;
                if !found.signed_by(server_key) {
                    return Err(ProofError::Signature);
                }
                if found.receipt != Some(digest(&self.receipt)) || found.server != receipt.server {
                    return Err(ProofError::OtherData);
                }
                Some(found)
            }
        };
        Ok(Proved {
            receipt,
            checkpoint,
            check: self.check,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(key: &DeviceKey) -> Proof {
        let check = CheckRequest {
            cursor: 7,
            villages: Vec::new(),
        };
        let receipt = encode(&Receipt::issue(
            key,
            [1; 16].into(),
            [2; 16].into(),
            9,
            &check,
        ));
        let checkpoint = Checkpoint::issue(key, [1; 16].into(), 9, (3, [4; 32]), Some(&receipt));
        Proof {
            checkpoint: Some(encode(&checkpoint).into()),
            receipt: receipt.into(),
            check,
        }
    }

    #[test]
    fn a_proof_holds_only_as_it_was_signed_and_only_whole() {
        let key = DeviceKey::from_seed(&[7; 32]);
        let public = key.public();
        let good = proof(&key);
        let proved = good.clone().verify(&public).unwrap();
        assert_eq!(proved.checkpoint.unwrap().position, 3);
        let other = DeviceKey::from_seed(&[8; 32]).public();
        assert_eq!(good.clone().verify(&other), Err(ProofError::Signature));
        let mut moved = good.clone();
        moved.check.cursor = 8;
        assert_eq!(moved.verify(&public), Err(ProofError::OtherData));
        let alone = encode(&Checkpoint::issue(
            &key,
            [1; 16].into(),
            9,
            (3, [4; 32]),
            None,
        ));
        let mut apart = good.clone();
        apart.checkpoint = Some(alone.into());
        assert_eq!(apart.verify(&public), Err(ProofError::OtherData));
        let whole = good.checkpoint.clone().unwrap();
        for index in 0..whole.len() {
            let mut bytes = Vec::from(whole.clone());
            bytes[index] ^= 1;
            let mut bent = good.clone();
            bent.checkpoint = Some(bytes.into());
            assert!(bent.verify(&public).is_err(), "byte {index}");
        }
    }
}
