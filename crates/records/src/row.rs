//! A household as the register's prelist gives it.

use lawang_domain::{HouseholdId, InstanceId};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The register's bare row: all that a device needs to build the first change of the document.
///
/// Its encoding is canonical (maps are ordered, no floats, no optional forms), so that equal rows have
/// equal bytes, equal digests and equal first changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Row {
    #[cbor(n(0), encode_with = "encode_uuid", decode_with = "decode_household")]
    pub household: HouseholdId,
    /// Kemendagri code of the village.
    #[n(1)]
    pub village: String,
    #[n(2)]
    pub answers: BTreeMap<String, String>,
    /// In order of their ids.
    #[n(3)]
    pub instances: Vec<RowInstance>,
}

/// A member as the register knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RowInstance {
    #[cbor(n(0), encode_with = "encode_instance", decode_with = "decode_instance")]
    pub id: InstanceId,
    /// The repeat's name.
    #[n(1)]
    pub of: String,
    #[n(2)]
    pub fields: BTreeMap<String, String>,
}

/// The bytes are not a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a register row")]
pub struct RowError;

fn encode_uuid<C, W: minicbor::encode::Write>(
    id: &HouseholdId,
    e: &mut minicbor::Encoder<W>,
    _: &mut C,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.bytes(id.as_bytes())?.ok()
}

fn encode_instance<C, W: minicbor::encode::Write>(
    id: &InstanceId,
    e: &mut minicbor::Encoder<W>,
    _: &mut C,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.bytes(id.as_bytes())?.ok()
}

fn decode_uuid(d: &mut minicbor::Decoder<'_>) -> Result<Uuid, minicbor::decode::Error> {
    Uuid::from_slice(d.bytes()?).map_err(minicbor::decode::Error::custom)
}

fn decode_household<C>(
    d: &mut minicbor::Decoder<'_>,
    _: &mut C,
) -> Result<HouseholdId, minicbor::decode::Error> {
    decode_uuid(d).map(HouseholdId)
}

fn decode_instance<C>(
    d: &mut minicbor::Decoder<'_>,
    _: &mut C,
) -> Result<InstanceId, minicbor::decode::Error> {
    decode_uuid(d).map(InstanceId)
}

impl Row {
    /// A household that no register knows yet.
    pub fn empty(household: HouseholdId, village: impl Into<String>) -> Self {
        Self {
            household,
            village: village.into(),
            answers: BTreeMap::new(),
            instances: Vec::new(),
        }
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        // Writing into a vector cannot fail.
        let _ = minicbor::encode(self, &mut out);
        out
    }

    /// Reads canonical bytes; anything else (unordered instances, trailing bytes) is refused, because it
    /// would have another digest than the same row elsewhere.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RowError> {
        let row: Self = minicbor::decode(bytes).map_err(|_| RowError)?;
        if row.to_bytes() == bytes && row.instances.is_sorted_by(|a, b| a.id < b.id) {
            Ok(row)
        } else {
            Err(RowError)
        }
    }

    /// SHA-256 of canonical row bytes: what both sides compare.
    pub fn digest(bytes: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"lawang row\0")
            .chain_update(bytes)
            .finalize()
            .into()
    }
}
