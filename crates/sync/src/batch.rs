//! A signed batch: what one device made, in one envelope with one signature.

use crate::{DeviceKey, Id, compress, decode, decompress, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};

/// Largest batch before compression.
pub const MAX_BATCH: usize = 4 * 1024 * 1024;
/// Most changes in a batch.
pub const MAX_CHANGES: usize = 2_000;
const PURPOSE: &str = "batch";

/// Rows of new households and changes, with who made them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    #[n(0)]
    pub device: Id,
    #[n(1)]
    pub incarnation: ByteArray<8>,
    /// Hybrid logical clock when the batch was made.
    #[n(2)]
    pub clock: u64,
    #[n(3)]
    pub person: String,
    #[n(4)]
    pub role: String,
    #[n(5)]
    pub rows: Vec<BatchRow>,
    #[n(6)]
    pub changes: Vec<BatchChange>,
}

/// A household that is new to the register.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BatchRow {
    #[n(0)]
    pub household: Id,
    /// Canonical bytes of the row.
    #[n(1)]
    pub row: ByteVec,
}

/// A change to a household.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BatchChange {
    #[n(0)]
    pub household: Id,
    /// The raw change.
    #[n(1)]
    pub change: ByteVec,
    /// The document of the record: 1 verification, 2 administration; nothing: field answers.
    #[n(2)]
    pub kind: Option<u8>,
}

/// A batch as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedBatch {
    /// zstd of a [`Batch`].
    #[n(0)]
    pub body: ByteVec,
    /// ed25519 by the device over `body`.
    #[n(1)]
    pub signature: ByteArray<64>,
}

/// Why a batch is not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    #[error("the bytes are not a batch")]
    Malformed,
    #[error("the batch's signature does not fit")]
    Signature,
    #[error("the batch is too large")]
    TooLarge,
    #[error("the batch names another device than the one that sent it")]
    OtherDevice,
}

impl BatchError {
    /// Stable word for the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_batch",
            Self::Signature => "bad_signature",
            Self::TooLarge => "batch_too_large",
            Self::OtherDevice => "other_device",
        }
    }
}

impl Batch {
    /// Compresses and signs.
    pub fn sign(&self, key: &DeviceKey) -> SignedBatch {
        let body = compress(&encode(self), 19);
        let signature = key.sign(PURPOSE, &body);
        SignedBatch {
            body: body.into(),
            signature: signature.into(),
        }
    }
}

impl SignedBatch {
    /// Checks size, signature and form, in this order, and opens the batch.
    pub fn open(bytes: &[u8], public: &[u8; 32], device: &[u8; 16]) -> Result<Batch, BatchError> {
        if bytes.len() > MAX_BATCH {
            return Err(BatchError::TooLarge);
        }
        let signed: Self = decode(bytes).ok_or(BatchError::Malformed)?;
        if !verify(public, PURPOSE, &signed.body, signed.signature.as_slice()) {
            return Err(BatchError::Signature);
        }
        let raw = decompress(&signed.body, MAX_BATCH).ok_or(BatchError::TooLarge)?;
        let batch: Batch = decode(&raw).ok_or(BatchError::Malformed)?;
        if batch.changes.len() + batch.rows.len() > MAX_CHANGES {
            return Err(BatchError::TooLarge);
        }
        if batch.device.as_slice() != device {
            return Err(BatchError::OtherDevice);
        }
        Ok(batch)
    }
}
