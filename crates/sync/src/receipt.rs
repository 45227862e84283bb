//! Proof that the server held, at a moment, exactly what the device held.

use crate::{CheckRequest, DeviceKey, Digest32, Id, decode, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray};
use sha2::{Digest, Sha256};

const PURPOSE: &str = "receipt";

/// Signed by the server, kept by the device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    #[n(0)]
    pub server: Id,
    #[n(1)]
    pub device: Id,
    /// Milliseconds since 1970 by the server's clock.
    #[n(2)]
    pub time: u64,
    /// Cursor in the server's order.
    #[n(3)]
    pub cursor: u64,
    /// SHA-256 of the [`CheckRequest`] that both sides agreed on.
    #[n(4)]
    pub checked: Digest32,
    #[n(5)]
    pub signature: ByteArray<64>,
}

/// The receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("the bytes are not a receipt")]
    Malformed,
    #[error("the receipt was not signed by this server")]
    Signature,
    #[error("the receipt is for other data")]
    OtherData,
}

impl Receipt {
    /// Makes and signs one.
    pub fn issue(key: &DeviceKey, server: Id, device: Id, time: u64, check: &CheckRequest) -> Self {
        let mut receipt = Self {
            server,
            device,
            time,
            cursor: check.cursor,
            checked: Self::fingerprint(check),
            signature: [0; 64].into(),
        };
        receipt.signature = key.sign(PURPOSE, &receipt.signed_part()).into();
        receipt
    }

    /// SHA-256 of a check, as it stands in a receipt.
    pub fn fingerprint(check: &CheckRequest) -> Digest32 {
        let digest: [u8; 32] = Sha256::digest(encode(check)).into();
        digest.into()
    }

    fn signed_part(&self) -> Vec<u8> {
        let mut unsigned = self.clone();
        unsigned.signature = [0; 64].into();
        encode(&unsigned)
    }

    /// Reads a receipt and checks that this server signed it for this check.
    pub fn verify(
        bytes: &[u8],
        server_key: &[u8; 32],
        check: &CheckRequest,
    ) -> Result<Self, ReceiptError> {
        let receipt: Self = decode(bytes).ok_or(ReceiptError::Malformed)?;
        if !verify(
            server_key,
            PURPOSE,
            &receipt.signed_part(),
            receipt.signature.as_slice(),
        ) {
            return Err(ReceiptError::Signature);
        }
        if receipt.checked != Self::fingerprint(check) || receipt.cursor != check.cursor {
            return Err(ReceiptError::OtherData);
        }
        Ok(receipt)
    }

    /// Eight characters to read aloud, `7F3A-91C2`.
    pub fn code(&self) -> String {
        let s = self.signature.as_slice();
        format!("{:02X}{:02X}-{:02X}{:02X}", s[0], s[1], s[2], s[3])
    }
}
