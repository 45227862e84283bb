//! A change as it comes from elsewhere: checked before automerge gets to see it.

use crate::{Hash, leb::leb};
use automerge::Change;
use lawang_domain::InstanceId;
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest change that is read, in bytes. A visit with eight members filled in completely is 30 KB.
pub const MAX_CHANGE: usize = 256 * 1024;
/// Operation counters beyond this are forged: no document of a household comes near it.
const MAX_COUNTER: u64 = 10_000_000;

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("the change is larger than {MAX_CHANGE} bytes")]
    TooLarge,
    #[error("the bytes are not a change")]
    Malformed,
    #[error("the change's checksum does not fit its content")]
    Checksum,
    #[error("the change's operation counter is out of bounds")]
    Counter,
    #[error("the change touches something that is not an answer")]
    NotAnAnswer,
    #[error("the change writes into something that is not there at its own heads")]
    UnknownObject,
    #[error("the change does not name exactly the values that it replaces")]
    Predecessor,
    #[error("the change builds on changes that are not here")]
    Dependencies,
}

/// automerge writes at older heads under a derived actor: these bytes, a LEB128 level, the actor.
const CONCURRENT: [u8; 4] = [0x13, 0xb2, 0x23, 0x09];

/// Whether a change's actor is `base`, or one that automerge derives from it.
pub fn belongs_to(actor: &[u8], base: &[u8]) -> bool {
    if actor == base {
        return true;
    }
    let Some(level) = actor
        .strip_prefix(&CONCURRENT)
        .and_then(|rest| rest.strip_suffix(base))
    else {
        return false;
    };
    matches!(level, [rest @ .., last] if rest.len() < 3 && last & 0x80 == 0 && rest.iter().all(|b| b & 0x80 != 0))
}

/// The actor that automerge derives from `base` at this level, 1 or more.
pub(crate) fn concurrent_actor(base: &[u8], level: u64) -> Vec<u8> {
    let mut actor = CONCURRENT.to_vec();
    leb(&mut actor, level);
    actor.extend_from_slice(base);
    actor
}

/// What a change says of itself, without a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeInfo {
    pub hash: Hash,
    pub actor: Vec<u8>,
    pub deps: Vec<Hash>,
    /// Seconds since 1970 by the author's clock.
    pub time: i64,
    pub start_op: u64,
    pub operations: usize,
}

/// One thing that a change does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// Writes a value.
    Put {
        /// `None`: into the answers of the household itself.
        instance: Option<InstanceId>,
        /// The instance's repeat; empty for the household.
        repeat: String,
        key: String,
        value: String,
        /// The instance is made by the same change.
        new: bool,
        /// The instance was struck out at the heads on which the change was made, and still is after it.
        removed: bool,
    },
    /// Makes an instance of a repeat.
    AddInstance { id: InstanceId, repeat: String },
}

/// Parses a raw change and checks what automerge does not: size, kind of chunk, checksum, counters.
pub fn inspect(bytes: &[u8]) -> Result<ChangeInfo, ChangeError> {
    let change = parse(bytes)?;
    Ok(ChangeInfo {
        hash: change.hash().into(),
        actor: change.actor_id().to_bytes().to_vec(),
        deps: change.deps().iter().map(|h| Hash(h.0)).collect(),
        time: change.timestamp(),
        start_op: change.start_op().get(),
        operations: change.len(),
    })
}

/// Only uncompressed change chunks are read: a compressed one could inflate without bounds.
pub(crate) fn parse(bytes: &[u8]) -> Result<Change, ChangeError> {
    if bytes.len() > MAX_CHANGE {
        return Err(ChangeError::TooLarge);
    }
    if bytes.len() < 12 || bytes[..4] != [0x85, 0x6f, 0x4a, 0x83] || bytes[8] != 1 {
        return Err(ChangeError::Malformed);
    }
    // The chunk's checksum is the start of its hash, and automerge never compares the two.
    if Sha256::digest(&bytes[8..])[..4] != bytes[4..8] {
        return Err(ChangeError::Checksum);
    }
    let change = catch_unwind(AssertUnwindSafe(|| Change::from_bytes(bytes.to_vec())))
        .map_err(|_| ChangeError::Malformed)?
        .map_err(|_| ChangeError::Malformed)?;
    if change.raw_bytes() != bytes {
        return Err(ChangeError::Malformed);
    }
    if change.start_op().get().saturating_add(change.len() as u64) > MAX_COUNTER {
        return Err(ChangeError::Counter);
    }
    Ok(change)
}
