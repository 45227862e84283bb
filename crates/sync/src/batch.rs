//! A signed batch: what one device made, in one envelope with one signature.

use crate::{DeviceKey, Id, compress, decode, decompress, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};

/// Largest batch before compression.
pub const MAX_BATCH: usize = 4 * 1024 * 1024;
/// Most changes in a batch.
pub const MAX_CHANGES: usize = 2_000;
const PURPOSE: &str = "batch";
const PURPOSE_PACKED: &str = "packed batch";

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

/// A batch without what the receiver can work out: households are named by the beginning of their ids, changes are packed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PackedBatch {
    #[n(0)]
    pub device: Id,
    #[n(1)]
    pub incarnation: ByteArray<8>,
    #[n(2)]
    pub clock: u64,
    #[n(3)]
    pub person: String,
    #[n(4)]
    pub role: String,
    #[n(5)]
    pub rows: Vec<BatchRow>,
    /// How many bytes of each id stand in `households`, 1 to 16.
    #[n(6)]
    pub prefix: u8,
    /// The beginnings of the ids of the households, one after the other, in the order in which they are first named.
    #[n(7)]
    pub households: ByteVec,
    /// The household of each change: 0 for the next one that is new, else 1 more than how many households back; a LEB128 number each.
    #[n(8)]
    pub of: ByteVec,
    /// The changes, as `lawang-records` packs them.
    #[n(9)]
    pub changes: ByteVec,
}

/// A batch as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedBatch {
    /// zstd of a [`Batch`], or of a [`PackedBatch`].
    #[n(0)]
    pub body: ByteVec,
    /// ed25519 by the device over `body`; the purpose tells the two kinds of batch apart.
    #[n(1)]
    pub signature: ByteArray<64>,
    /// The body is a [`PackedBatch`].
    #[n(2)]
    pub packed: Option<bool>,
}

/// A batch whose signature fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    Whole(Batch),
    Packed(PackedBatch),
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

fn sign<T: Encode<()>>(batch: &T, key: &DeviceKey, packed: bool) -> SignedBatch {
    let body = compress(&encode(batch), 19);
    let purpose = if packed { PURPOSE_PACKED } else { PURPOSE };
    let signature = key.sign(purpose, &body);
    SignedBatch {
        body: body.into(),
        signature: signature.into(),
        packed: packed.then_some(true),
    }
}

impl Batch {
    /// Compresses and signs.
    pub fn sign(&self, key: &DeviceKey) -> SignedBatch {
        sign(self, key, false)
    }
}

impl PackedBatch {
    /// Compresses and signs.
    pub fn sign(&self, key: &DeviceKey) -> SignedBatch {
        sign(self, key, true)
    }

    /// The number of the household of each change, counted in the order of `households`; `None` if the numbers make no sense.
    pub fn numbers(&self) -> Option<Vec<u32>> {
        let known = self.beginnings().count() as u64;
        let mut named = 0u64;
        let mut numbers = Vec::new();
        let mut bytes = self.of.iter();
        while let Some(first) = bytes.next() {
            let (mut value, mut byte, mut shift) = (u64::from(first & 0x7f), *first, 7);
            while byte & 0x80 != 0 {
                byte = *bytes.next()?;
                if shift > 28 {
                    return None;
                }
                value |= u64::from(byte & 0x7f) << shift;
                shift += 7;
            }
            let number = match value {
                0 => {
                    named += 1;
                    named - 1
                }
                back => named.checked_sub(back)?,
            };
            if number >= known {
                return None;
            }
            numbers.push(u32::try_from(number).ok()?);
        }
        Some(numbers)
    }

    /// Writes `numbers` as the field `of` has them; they count households in the order in which they are first named.
    pub fn encode_numbers(numbers: &[u32]) -> ByteVec {
        let mut out = Vec::new();
        let mut named = 0u32;
        for number in numbers {
            let mut value = if *number >= named {
                named = number + 1;
                0
            } else {
                named - number
            };
            while value >= 0x80 {
                out.push((value as u8 & 0x7f) | 0x80);
                value >>= 7;
            }
            out.push(value as u8);
        }
        out.into()
    }

    /// The beginnings of the households' ids.
    pub fn beginnings(&self) -> impl Iterator<Item = &[u8]> {
        let len = usize::from(self.prefix.clamp(1, 16));
        self.households.chunks_exact(len)
    }

    /// The batch with its changes as they were before packing.
    pub fn whole(self, changes: Vec<BatchChange>) -> Batch {
        Batch {
            device: self.device,
            incarnation: self.incarnation,
            clock: self.clock,
            person: self.person,
            role: self.role,
            rows: self.rows,
            changes,
        }
    }
}

impl SignedBatch {
    /// Checks size, signature and form, in this order, and opens the batch.
    pub fn open(bytes: &[u8], public: &[u8; 32], device: &[u8; 16]) -> Result<Opened, BatchError> {
        if bytes.len() > MAX_BATCH {
            return Err(BatchError::TooLarge);
        }
        let signed: Self = decode(bytes).ok_or(BatchError::Malformed)?;
        let packed = signed.packed == Some(true);
        let purpose = if packed { PURPOSE_PACKED } else { PURPOSE };
        if !verify(public, purpose, &signed.body, signed.signature.as_slice()) {
            return Err(BatchError::Signature);
        }
        let raw = decompress(&signed.body, MAX_BATCH).ok_or(BatchError::TooLarge)?;
        let opened = if packed {
            Opened::Packed(decode(&raw).ok_or(BatchError::Malformed)?)
        } else {
            Opened::Whole(decode(&raw).ok_or(BatchError::Malformed)?)
        };
        let (of, things) = match &opened {
            Opened::Whole(batch) => (&batch.device, batch.rows.len() + batch.changes.len()),
            Opened::Packed(batch) => {
                let changes = batch.numbers().ok_or(BatchError::Malformed)?.len();
                (&batch.device, batch.rows.len() + changes)
            }
        };
        if things > MAX_CHANGES {
            return Err(BatchError::TooLarge);
        }
        if of.as_slice() != device {
            return Err(BatchError::OtherDevice);
        }
        Ok(opened)
    }
}
