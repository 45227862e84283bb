//! A signed batch: what one device made, in one envelope with one signature.

use crate::{DeviceKey, Id, compress, decode, decompress, encode, feature, verify};
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

/// What a batch may leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Packing {
    /// Nothing: every server understands it.
    #[default]
    Whole,
    /// What [`PackedBatch`] leaves out.
    Packed,
    /// More of it, see [`PackedBatch::lengths`].
    Tight,
    /// Of a tight batch also ids and times that follow from something.
    Derived,
    /// And the ids that follow from a time.
    Timed,
}

impl Packing {
    /// The best that a server understands, by the features in its greeting.
    pub fn of(features: u32) -> Self {
        if features & feature::PACKED_BATCH == 0 {
            Self::Whole
        } else if features & feature::TIGHT_BATCH == 0 {
            Self::Packed
        } else if features & feature::DERIVED == 0 {
            Self::Tight
        } else if features & feature::TIMED == 0 {
            Self::Derived
        } else {
            Self::Timed
        }
    }
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
    /// How many bytes of each id stand in `households`, 1 to 16; 0 in a tight batch.
    #[n(6)]
    pub prefix: u8,
    /// The beginnings of the ids of the households, one after the other, in the order in which they are first named. In a
    /// tight batch half bytes, the upper one first; the last byte is filled up with zero.
    #[n(7)]
    pub households: ByteVec,
    /// The household of each change: 0 for the next one that is new, else 1 more than how many households back; a LEB128 number each.
    #[n(8)]
    pub of: ByteVec,
    /// The changes, as `lawang-records` packs them.
    #[n(9)]
    pub changes: ByteVec,
    /// The batch is tight: how many half bytes of each household's id stand in `households`, 1 to 32, a byte each. It
    /// goes only to a server that says so ([`crate::feature::TIGHT_BATCH`]), and is answered with runs of verdicts.
    #[n(10)]
    pub lengths: Option<ByteVec>,
}

/// The ids that begin in one way: from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    pub low: [u8; 16],
    pub high: [u8; 16],
}

impl Beginning {
    /// `nibbles`: half bytes, 0 to 15 each; those behind the 32nd do not count.
    fn of(nibbles: impl IntoIterator<Item = u8>) -> Self {
        let (mut low, mut high) = ([0u8; 16], [0xffu8; 16]);
        for (at, nibble) in nibbles.into_iter().take(32).enumerate() {
            let shift = if at % 2 == 0 { 4 } else { 0 };
            low[at / 2] |= nibble << shift;
            high[at / 2] &= (nibble << shift) | (0xf0 >> shift);
        }
        Self { low, high }
    }

    /// Whether this id begins so.
    pub fn fits(&self, id: &[u8; 16]) -> bool {
        (&self.low..=&self.high).contains(&id)
    }
}

/// The half bytes of bytes, the upper one of each first.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f])
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
        let known = self.beginnings()?.len() as u64;
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

    /// Writes `households` and `lengths` of a tight batch: of each id so many half bytes, 1 to 32.
    pub fn encode_beginnings<'a>(
        ids: impl IntoIterator<Item = (&'a [u8; 16], usize)>,
    ) -> (ByteVec, ByteVec) {
        let (mut halves, mut lengths) = (Vec::new(), Vec::new());
        for (id, len) in ids {
            let len = len.clamp(1, 32);
            halves.extend(nibbles(id).take(len));
            lengths.push(u8::try_from(len).unwrap_or(32));
        }
        let pairs = halves.chunks(2);
        let bytes: Vec<u8> = pairs
            .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
            .collect();
        (bytes.into(), lengths.into())
    }

    /// How many changes there are: every number ends in the one byte that has no upper bit.
    fn count(&self) -> usize {
        self.of.iter().filter(|byte| **byte & 0x80 == 0).count()
    }

    /// How the households' ids begin; `None` when lengths and bytes do not fit together, or when there are more of them
    /// than a batch has changes.
    pub fn beginnings(&self) -> Option<Vec<Beginning>> {
        let Some(lengths) = &self.lengths else {
            let len = usize::from(self.prefix.clamp(1, 16));
            if self.households.len() / len > MAX_CHANGES {
                return None;
            }
            let ids = self.households.chunks_exact(len);
            return Some(ids.map(|id| Beginning::of(nibbles(id))).collect());
        };
        if lengths.len() > MAX_CHANGES {
            return None;
        }
        let fits = lengths.iter().all(|len| (1..=32).contains(len));
        let sum: usize = lengths.iter().map(|len| usize::from(*len)).sum();
        if !fits || sum.div_ceil(2) != self.households.len() {
            return None;
        }
        let mut halves = nibbles(&self.households);
        let ids = lengths.iter();
        Some(
            ids.map(|len| Beginning::of(halves.by_ref().take(usize::from(*len))))
                .collect(),
        )
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
            Opened::Packed(batch) => (&batch.device, batch.rows.len() + batch.count()),
        };
        if things > MAX_CHANGES {
            return Err(BatchError::TooLarge);
        }
        if matches!(&opened, Opened::Packed(batch) if batch.numbers().is_none()) {
            return Err(BatchError::Malformed);
        }
        if of.as_slice() != device {
            return Err(BatchError::OtherDevice);
        }
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(
        prefix: u8,
        households: Vec<u8>,
        lengths: Option<Vec<u8>>,
        of: Vec<u8>,
    ) -> PackedBatch {
        PackedBatch {
            device: [1; 16].into(),
            incarnation: [2; 8].into(),
            clock: 0,
            person: String::new(),
            role: String::new(),
            rows: Vec::new(),
            prefix,
            households: households.into(),
            of: of.into(),
            changes: Vec::new().into(),
            lengths: lengths.map(Into::into),
        }
    }

    proptest! {
        #[test]
        fn a_beginning_fits_its_id_and_no_id_that_differs_within_it(ids in prop::collection::vec((any::<[u8; 16]>(), 1usize..=32), 0..20), other in any::<[u8; 16]>()) {
            let (households, lengths) = PackedBatch::encode_beginnings(ids.iter().map(|(id, len)| (id, *len)));
            let read = batch(0, households.into(), Some(lengths.into()), Vec::new()).beginnings().unwrap();
            prop_assert_eq!(read.len(), ids.len());
            for (beginning, (id, len)) in read.iter().zip(&ids) {
                prop_assert!(beginning.fits(id));
                let same = nibbles(id).take(*len).eq(nibbles(&other).take(*len));
                prop_assert_eq!(beginning.fits(&other), same);
            }
        }

        #[test]
        fn whatever_lengths_and_bytes_come_nothing_breaks(prefix in any::<u8>(), households in prop::collection::vec(any::<u8>(), 0..60), lengths in prop::option::of(prop::collection::vec(0u8..40, 0..20)), of in prop::collection::vec(any::<u8>(), 0..40)) {
            let batch = batch(prefix, households, lengths, of);
            if let Some(numbers) = batch.numbers() {
                prop_assert_eq!(numbers.len(), batch.count());
                let known = batch.beginnings().unwrap().len();
                prop_assert!(numbers.iter().all(|n| (*n as usize) < known));
            }
        }
    }

    #[test]
    fn beginnings_in_whole_bytes_are_read_as_before() {
        let read = batch(2, vec![0xab, 0xcd, 0x01, 0x02], None, Vec::new())
            .beginnings()
            .unwrap();
        let mut id = [0x77; 16];
        id[..2].copy_from_slice(&[0x01, 0x02]);
        assert!(read[1].fits(&id) && !read[0].fits(&id));
    }

    #[test]
    fn a_batch_that_names_more_households_than_it_may_have_changes_is_no_batch() {
        let key = DeviceKey::from_seed(&[1; 32]);
        let open = |batch: &PackedBatch| {
            SignedBatch::open(&encode(&batch.sign(&key)), &key.public(), &[1; 16]).map(|_| ())
        };
        // Some hundred bytes that become millions of names.
        let bomb = batch(1, vec![0; MAX_BATCH - 200], None, Vec::new());
        assert!(encode(&bomb.sign(&key)).len() < 1_000);
        assert_eq!(open(&bomb), Err(BatchError::Malformed));
        let tight = batch(0, vec![0; 3_000_000], Some(vec![6; 1_000_000]), Vec::new());
        assert_eq!(open(&tight), Err(BatchError::Malformed));
        let names = |count: usize| batch(0, vec![0; count * 3], Some(vec![6; count]), vec![]);
        assert!(names(MAX_CHANGES).beginnings().is_some());
        assert!(names(MAX_CHANGES + 1).beginnings().is_none());
        let names = |count: usize| batch(2, vec![0; count * 2], None, vec![]);
        assert!(names(MAX_CHANGES).beginnings().is_some());
        assert!(names(MAX_CHANGES + 1).beginnings().is_none());
        // More changes than a batch has are counted before anything is made of them.
        let changes = |count| {
            batch(
                0,
                vec![0; 3],
                Some(vec![6]),
                [vec![0], vec![1; count - 1]].concat(),
            )
        };
        assert_eq!(open(&changes(MAX_CHANGES)), Ok(()));
        assert_eq!(open(&changes(MAX_CHANGES + 1)), Err(BatchError::TooLarge));
    }

    #[test]
    fn a_server_gets_no_tighter_batch_than_it_knows() {
        assert_eq!(Packing::of(0), Packing::Whole);
        assert_eq!(Packing::of(feature::TIGHT_BATCH), Packing::Whole);
        assert_eq!(Packing::of(feature::PACKED_BATCH), Packing::Packed);
        assert_eq!(Packing::of(3), Packing::Tight);
        assert_eq!(Packing::of(feature::DERIVED), Packing::Whole);
        assert_eq!(Packing::of(11), Packing::Derived);
        assert_eq!(Packing::of(feature::TIMED), Packing::Whole);
        assert_eq!(Packing::of(u32::MAX), Packing::Timed);
    }
}
