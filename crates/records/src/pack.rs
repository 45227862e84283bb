//! Changes packed for the wire: what both sides can work out is left out, and the rest stands column by column.
//!
//! A raw change of one answer has 115 to 132 bytes. Its checksum and its own hash follow from its content; its
//! actor is that of every change in the batch; what it builds on is mostly the household's first change, an earlier
//! change of the same batch, or one that the receiver has, for which two or more bytes of the hash are enough.
//! A receiver that can is left to work out ids and times too ([`Leaving::Derived`]).
//! In a tight packing the number of the first operation stands as a distance from what follows the changes built on.
//! [`PackedChanges::unpack`] rebuilds every byte and compares a digest over all hashes, so that a wrong guess is noticed and
//! the sender sends the changes whole instead.

mod anatomy;
mod names;

pub use names::{Held, Known, Names, Naming};

use crate::{
    Hash, MAX_CHANGE,
    derive::{Fillings, Of, Times, take_out, whole_second},
    leb::{Reader, at_most, leb, signed_leb, zigzag},
};
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};
use sha2::{Digest, Sha256};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The four bytes with which every chunk begins.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Kind of chunk: a change that is not compressed.
const CHANGE: u8 = 1;
/// Most changes in one packing.
const MAX_CHANGES: usize = 20_000;
/// Most things a single change may build on, and most other actors that it may name.
const MAX_DEPS: u64 = 200;
/// Longest actor: sixteen bytes, and what automerge puts before them.
const MAX_ACTOR: usize = 64;
/// Most bytes of all rebuilt changes together: a small packing must not fill the memory.
const MAX_UNPACKED: usize = 16 * 1024 * 1024;
/// Most columns of a change, and of a packing.
const MAX_COLUMNS: usize = 64;
/// Most actors of a packing: each that a batch names, also only to say whose value it replaces.
const MAX_ACTORS: usize = 4096;
/// Most lists of columns: Automerge knows some fourteen columns, and few of their combinations occur.
const MAX_LAYOUTS: usize = 256;

/// Most things that so many changes may build on together: a change builds on one, or joins the heads of a few devices.
fn most_deps(changes: usize) -> u64 {
    4 * changes as u64 + MAX_DEPS
}

/// What a packing leaves to the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving<'a> {
    /// What every receiver works out.
    Packed,
    /// The numbers of first operations too.
    Tight,
    /// Of these also ids and times that follow from something. The ids of the households, by number.
    Derived(&'a [[u8; 16]]),
    /// And ids that follow from a time.
    Timed(&'a [[u8; 16]]),
}

/// Packed changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PackedChanges {
    /// How many.
    #[n(0)]
    count: u32,
    /// SHA-256 over the hashes of all changes in order, its first 16 bytes.
    #[n(1)]
    digest: ByteArray<16>,
    /// Actors in the order in which they are first named.
    #[cbor(n(2), decode_with = "at_most::<MAX_ACTORS, _, _>")]
    actors: Vec<ByteVec>,
    /// Which columns a change has: encoded lists of column numbers, each kind of change once.
    #[cbor(n(3), decode_with = "at_most::<MAX_LAYOUTS, _, _>")]
    layouts: Vec<ByteVec>,
    /// What each change builds on.
    #[n(4)]
    pub(crate) deps: ByteVec,
    /// Actor of each change, and further actors that it names.
    #[n(5)]
    who: ByteVec,
    /// Distance of each sequence number from what follows the last one of its actor.
    #[n(6)]
    seqs: ByteVec,
    #[n(7)]
    start_ops: ByteVec,
    /// Seconds since the change before.
    #[n(8)]
    times: ByteVec,
    /// Kind of each change: an index into the layouts.
    #[n(9)]
    kinds: ByteVec,
    /// Messages and bytes of a later format; mostly nothing.
    #[n(10)]
    rest: ByteVec,
    /// For each column number that occurs: the lengths, then the bytes, of that column in every change that has it.
    #[cbor(n(11), decode_with = "at_most::<MAX_COLUMNS, _, _>")]
    columns: Vec<Column>,
    /// `start_ops` are distances from one more than the largest last operation of what a change builds on; of an earlier
    /// change of the packing its first operation stands for the last.
    #[n(12)]
    tight: Option<bool>,
    /// The columns are without the texts that follow from something; the lengths are those without them.
    #[n(13)]
    fillings: Option<Fillings>,
}

/// One column of all changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Column {
    #[n(0)]
    number: u32,
    #[n(1)]
    lengths: ByteVec,
    #[n(2)]
    bytes: ByteVec,
}

/// Why a packing cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    #[error("the bytes are no packed changes")]
    Malformed,
    #[error("the packed changes are too large")]
    TooLarge,
    #[error("a change builds on one that is not known here by this name")]
    Unknown,
    #[error("the rebuilt changes are not those that were packed")]
    Digest,
}

struct Parsed<'a> {
    deps: Vec<Hash>,
    actor: &'a [u8],
    seq: u64,
    start_op: u64,
    time: i64,
    message: &'a [u8],
    others: Vec<&'a [u8]>,
    columns: Vec<(u64, &'a [u8])>,
    extra: &'a [u8],
    hash: Hash,
}

/// Packs raw changes, each with the number of its household among those of the batch. `name` says how a change outside
/// the packing is named, and the number of its last operation. `leaving`: what the receiver can do. `None`: one of
/// them is none that Lawang writes, and they have to travel whole.
pub fn pack(
    changes: &[(u32, &[u8])],
    leaving: Leaving<'_>,
    mut name: impl FnMut(u32, &Hash) -> Option<(Naming, u64)>,
) -> Option<PackedChanges> {
    let mut actors: Vec<&[u8]> = Vec::new();
    let mut layouts: Vec<Vec<u8>> = Vec::new();
    let mut columns: BTreeMap<u64, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    let mut next_seq: BTreeMap<usize, u64> = BTreeMap::new();
    let mut here: BTreeMap<Hash, (u64, u64)> = BTreeMap::new();
    let (mut deps, mut who, mut seqs, mut start_ops) = (vec![], vec![], vec![], vec![]);
    let (mut times, mut kinds, mut rest) = (vec![], vec![], vec![]);
    let tight = leaving != Leaving::Packed;
    let derives = matches!(leaving, Leaving::Derived(_) | Leaving::Timed(_));
    let mut fillings = derives.then(Fillings::default);
    let mut digest = Sha256::new();
    let mut time = 0i64;
    let mut deps_left = most_deps(changes.len());
    for (index, (household, bytes)) in changes.iter().enumerate() {
        let change = parse(bytes)?;
        deps_left = deps_left.checked_sub(change.deps.len() as u64)?;
        leb(&mut deps, change.deps.len() as u64);
        let mut last_op = 0;
        for dep in &change.deps {
            if let Some((at, first_op)) = here.get(dep) {
                leb(&mut deps, 1 + 33 + (index as u64 - 1 - at));
                last_op = last_op.max(*first_op);
                continue;
            }
            let (naming, op) = name(*household, dep)?;
            last_op = last_op.max(op);
            match naming {
                Naming::Genesis => leb(&mut deps, 0),
                Naming::Bytes(len) => {
                    let len = len.clamp(1, 32);
                    leb(&mut deps, u64::from(len));
                    deps.extend_from_slice(&dep.0[..usize::from(len)]);
                }
            }
        }
        let actor = index_of(&mut actors, change.actor);
        leb(&mut who, actor as u64);
        leb(&mut who, change.others.len() as u64);
        for other in &change.others {
            leb(&mut who, index_of(&mut actors, other) as u64);
        }
        let expected = next_seq.get(&actor).copied().unwrap_or(1);
        zigzag(&mut seqs, change.seq.wrapping_sub(expected) as i64);
        next_seq.insert(actor, change.seq.wrapping_add(1));
        if tight {
            let follows = last_op.wrapping_add(1);
            zigzag(&mut start_ops, change.start_op.wrapping_sub(follows) as i64);
        } else {
            leb(&mut start_ops, change.start_op);
        }
        zigzag(&mut times, change.time.wrapping_sub(time));
        time = change.time;
        let mut layout = Vec::new();
        for (number, _) in &change.columns {
            leb(&mut layout, *number);
        }
        let plain = change.message.is_empty() && change.extra.is_empty();
        let kind = match layouts.iter().position(|known| *known == layout) {
            Some(at) => at,
            None => {
                layouts.push(layout);
                layouts.len() - 1
            }
        };
        leb(&mut kinds, (kind as u64) << 1 | u64::from(!plain));
        if !plain {
            for part in [change.message, change.extra] {
                leb(&mut rest, part.len() as u64);
                rest.extend_from_slice(part);
            }
        }
        let mut last = None;
        let derived = match leaving {
            Leaving::Packed | Leaving::Tight => None,
            Leaving::Derived(ids) | Leaving::Timed(ids) => {
                let of = Of {
                    actor: change.actor,
                    household: ids.get(*household as usize)?,
                    time: change.time,
                };
                let times = if matches!(leaving, Leaving::Timed(_)) {
                    let columns = change.columns.iter().map(|(_, data)| *data);
                    Times::Shared(whole_second(columns, of))
                } else {
                    Times::Apart
                };
                Some((of, times))
            }
        };
        for (number, data) in &change.columns {
            let (lengths, bytes) = columns.entry(*number).or_default();
            let short = match (derived, &mut fillings) {
                (Some((of, times)), Some(fillings)) => {
                    Cow::Owned(take_out(data, of, times, &mut last, fillings))
                }
                _ => Cow::Borrowed(*data),
            };
            leb(lengths, short.len() as u64);
            bytes.extend_from_slice(&short);
        }
        digest.update(change.hash.0);
        here.insert(change.hash, (index as u64, change.start_op));
    }
    if actors.len() > MAX_ACTORS || layouts.len() > MAX_LAYOUTS || columns.len() > MAX_COLUMNS {
        return None;
    }
    let full: [u8; 32] = digest.finalize().into();
    let mut short = [0; 16];
    short.copy_from_slice(&full[..16]);
    let packed = PackedChanges {
        count: u32::try_from(changes.len()).ok()?,
        digest: short.into(),
        actors: actors.into_iter().map(|a| a.to_vec().into()).collect(),
        layouts: layouts.into_iter().map(Into::into).collect(),
        deps: deps.into(),
        who: who.into(),
        seqs: seqs.into(),
        start_ops: start_ops.into(),
        times: times.into(),
        kinds: kinds.into(),
        rest: rest.into(),
        columns: columns
            .into_iter()
            .map(|(number, (lengths, bytes))| {
                Some(Column {
                    number: u32::try_from(number).ok()?,
                    lengths: lengths.into(),
                    bytes: bytes.into(),
                })
            })
            .collect::<Option<_>>()?,
        tight: tight.then_some(true),
        fillings,
    };
    Some(packed)
}

/// The place of an actor in the list, at its end when it is new.
fn index_of<'a>(actors: &mut Vec<&'a [u8]>, actor: &'a [u8]) -> usize {
    match actors.iter().position(|known| *known == actor) {
        Some(at) => at,
        None => {
            actors.push(actor);
            actors.len() - 1
        }
    }
}

impl PackedChanges {
    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Rebuilds the raw changes. `households`: the household of each change, as a number; `ids`: their ids; `find` looks
    /// a change of one up.
    ///
    /// # Errors
    /// [`UnpackError`]; nothing is given when a single change does not fit.
    pub fn unpack(
        &self,
        households: &[u32],
        ids: &[[u8; 16]],
        mut find: impl FnMut(u32, Known<'_>) -> Option<Held>,
    ) -> Result<Vec<Vec<u8>>, UnpackError> {
        let tight = self.tight == Some(true);
        let count = self.len();
        if count > MAX_CHANGES {
            return Err(UnpackError::TooLarge);
        }
        if households.len() != count || self.actors.iter().any(|actor| actor.len() > MAX_ACTOR) {
            return Err(UnpackError::Malformed);
        }
        let layouts: Vec<Vec<u64>> = self
            .layouts
            .iter()
            .map(|layout| layout_of(layout))
            .collect::<Result<_, _>>()?;
        let mut columns: BTreeMap<u64, (Reader<'_>, Reader<'_>)> = BTreeMap::new();
        for column in &self.columns {
            let readers = (Reader(&column.lengths), Reader(&column.bytes));
            if columns.insert(u64::from(column.number), readers).is_some() {
                return Err(UnpackError::Malformed);
            }
        }
        let (mut deps, mut who) = (Reader(&self.deps), Reader(&self.who));
        let (mut seqs, mut start_ops) = (Reader(&self.seqs), Reader(&self.start_ops));
        let (mut times, mut kinds) = (Reader(&self.times), Reader(&self.kinds));
        let mut rest = Reader(&self.rest);
        let mut filling = self.fillings.as_ref().map(Fillings::reader);
        let mut next_seq: BTreeMap<u64, u64> = BTreeMap::new();
        let mut rebuilt: Vec<Held> = Vec::with_capacity(count);
        let mut changes = Vec::with_capacity(count);
        let mut digest = Sha256::new();
        let mut time = 0i64;
        let mut size = 0;
        let mut deps_left = most_deps(count);
        for household in households {
            let mut body = Vec::new();
            let builds_on = deps.leb()?;
            if builds_on > MAX_DEPS || builds_on > deps_left {
                return Err(UnpackError::TooLarge);
            }
            deps_left -= builds_on;
            leb(&mut body, builds_on);
            let (mut last_op, mut named) = (0, BTreeSet::new());
            for _ in 0..builds_on {
                let held = match deps.leb()? {
                    0 => find(*household, Known::Genesis),
                    len @ 1..=32 => {
                        let begin = deps.take(len as usize)?;
                        find(*household, Known::Begins(begin))
                    }
                    back => back
                        .checked_sub(34)
                        .and_then(|back| usize::try_from(back).ok())
                        .and_then(|back| rebuilt.len().checked_sub(1 + back))
                        .and_then(|at| rebuilt.get(at).copied()),
                };
                let held = held.ok_or(UnpackError::Unknown)?;
                if !named.insert(held.hash) {
                    return Err(UnpackError::Malformed);
                }
                last_op = last_op.max(held.last_op);
                body.extend_from_slice(&held.hash.0);
            }
            let actor = who.leb()?;
            self.put_actor(&mut body, actor)?;
            let author = self.actor(actor)?;
            let expected = next_seq.get(&actor).copied().unwrap_or(1);
            let seq = expected.wrapping_add(seqs.zigzag()? as u64);
            next_seq.insert(actor, seq.wrapping_add(1));
            leb(&mut body, seq);
            let start_op = if tight {
                last_op
                    .wrapping_add(1)
                    .wrapping_add(start_ops.zigzag()? as u64)
            } else {
                start_ops.leb()?
            };
            leb(&mut body, start_op);
            time = time.wrapping_add(times.zigzag()?);
            signed_leb(&mut body, time);
            let kind = kinds.leb()?;
            let layout = usize::try_from(kind >> 1)
                .ok()
                .and_then(|at| layouts.get(at))
                .ok_or(UnpackError::Malformed)?;
            let (message, extra) = if kind & 1 == 1 {
                let len = rest.len()?;
                let message = rest.take(len)?;
                let len = rest.len()?;
                (message, rest.take(len)?)
            } else {
                (&[][..], &[][..])
            };
            leb(&mut body, message.len() as u64);
            body.extend_from_slice(message);
            let others = who.leb()?;
            if others > MAX_DEPS {
                return Err(UnpackError::TooLarge);
            }
            leb(&mut body, others);
            for _ in 0..others {
                let other = who.leb()?;
                self.put_actor(&mut body, other)?;
            }
            leb(&mut body, layout.len() as u64);
            let (mut data, mut last) = (Vec::new(), None);
            for number in layout {
                let (lengths, bytes) = columns.get_mut(number).ok_or(UnpackError::Malformed)?;
                let short = bytes.take(lengths.len()?)?;
                let column = match &mut filling {
                    None => Cow::Borrowed(short),
                    Some(filling) => {
                        let of = Of {
                            actor: author,
                            household: ids.get(*household as usize).ok_or(UnpackError::Unknown)?,
                            time,
                        };
                        Cow::Owned(filling.put_in(short, of, &mut last)?)
                    }
                };
                leb(&mut body, *number);
                leb(&mut body, column.len() as u64);
                data.extend_from_slice(&column);
                if data.len() > MAX_CHANGE {
                    return Err(UnpackError::TooLarge);
                }
            }
            body.extend_from_slice(&data);
            body.extend_from_slice(extra);
            let (change, hash) = chunk(&body);
            size += change.len();
            if change.len() > MAX_CHANGE || size > MAX_UNPACKED {
                return Err(UnpackError::TooLarge);
            }
            digest.update(hash.0);
            rebuilt.push(Held {
                hash,
                last_op: start_op,
            });
            changes.push(change);
        }
        let full: [u8; 32] = digest.finalize().into();
        if full[..16] != *self.digest {
            return Err(UnpackError::Digest);
        }
        Ok(changes)
    }

    fn actor(&self, index: u64) -> Result<&[u8], UnpackError> {
        let at = usize::try_from(index).ok();
        let actor = at.and_then(|at| self.actors.get(at));
        actor
            .map(|actor| actor.as_slice())
            .ok_or(UnpackError::Malformed)
    }

    fn put_actor(&self, body: &mut Vec<u8>, index: u64) -> Result<(), UnpackError> {
        let actor = self.actor(index)?;
        leb(body, actor.len() as u64);
        body.extend_from_slice(actor);
        Ok(())
    }
}

fn layout_of(bytes: &[u8]) -> Result<Vec<u64>, UnpackError> {
    let mut reader = Reader(bytes);
    let mut numbers = Vec::new();
    while !reader.0.is_empty() {
        if numbers.len() == MAX_COLUMNS {
            return Err(UnpackError::TooLarge);
        }
        numbers.push(reader.leb()?);
    }
    Ok(numbers)
}

/// A change chunk around its content, and its hash.
fn chunk(body: &[u8]) -> (Vec<u8>, Hash) {
    let mut hashed = vec![CHANGE];
    leb(&mut hashed, body.len() as u64);
    hashed.extend_from_slice(body);
    let hash = Hash(Sha256::digest(&hashed).into());
    let mut bytes = Vec::with_capacity(hashed.len() + 8);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&hash.0[..4]);
    bytes.extend_from_slice(&hashed);
    (bytes, hash)
}

/// Takes a change apart; `None` unless putting it together again gives the very same bytes.
fn parse(bytes: &[u8]) -> Option<Parsed<'_>> {
    if bytes.len() > MAX_CHANGE || bytes.len() < 10 || bytes[..4] != MAGIC || bytes[8] != CHANGE {
        return None;
    }
    let mut reader = Reader(&bytes[9..]);
    let len = reader.len().ok()?;
    let body = reader.take(len).ok()?;
    if !reader.0.is_empty() {
        return None;
    }
    let mut reader = Reader(body);
    let mut deps = Vec::new();
    for _ in 0..reader.leb().ok().filter(|n| *n <= MAX_DEPS)? {
        deps.push(Hash(reader.take(32).ok()?.try_into().ok()?));
    }
    let actor = reader.prefixed().ok().filter(|a| a.len() <= MAX_ACTOR)?;
    let seq = reader.leb().ok()?;
    let start_op = reader.leb().ok()?;
    let time = reader.signed().ok()?;
    let message = reader.prefixed().ok()?;
    let mut others = Vec::new();
    for _ in 0..reader.leb().ok().filter(|n| *n <= MAX_DEPS)? {
        others.push(reader.prefixed().ok()?);
    }
    let mut widths = Vec::new();
    for _ in 0..reader.leb().ok().filter(|n| *n <= MAX_COLUMNS as u64)? {
        widths.push((reader.leb().ok()?, reader.len().ok()?));
    }
    let mut columns = Vec::with_capacity(widths.len());
    for (number, len) in widths {
        columns.push((number, reader.take(len).ok()?));
    }
    let parsed = Parsed {
        deps,
        actor,
        seq,
        start_op,
        time,
        message,
        others,
        columns,
        extra: reader.0,
        hash: Hash([0; 32]),
    };
    let (again, hash) = chunk(&parsed.body());
    (again == bytes).then_some(Parsed { hash, ..parsed })
}

impl Parsed<'_> {
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        leb(&mut body, self.deps.len() as u64);
        for dep in &self.deps {
            body.extend_from_slice(&dep.0);
        }
        leb(&mut body, self.actor.len() as u64);
        body.extend_from_slice(self.actor);
        leb(&mut body, self.seq);
        leb(&mut body, self.start_op);
        signed_leb(&mut body, self.time);
        leb(&mut body, self.message.len() as u64);
        body.extend_from_slice(self.message);
        leb(&mut body, self.others.len() as u64);
        for other in &self.others {
            leb(&mut body, other.len() as u64);
            body.extend_from_slice(other);
        }
        leb(&mut body, self.columns.len() as u64);
        for (number, data) in &self.columns {
            leb(&mut body, *number);
            leb(&mut body, data.len() as u64);
        }
        for (_, data) in &self.columns {
            body.extend_from_slice(data);
        }
        body.extend_from_slice(self.extra);
        body
    }
}
