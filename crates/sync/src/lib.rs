//! The sync protocol, without I/O: messages, signed batches, digests, receipts and the two machines.
//!
//! The device runs [`Client`], which is asked for the next request and told the answer; the server
//! implements [`Registry`] and is reached through [`serve`]. What carries the bytes (HTTP, an in-memory
//! network with faults) is somebody else's business, and so is the clock.
//!
//! Two logs travel: bare register rows, per village, in pages; and changes, in the server's order.
//! Messages are CBOR arrays: a newer program may append fields, an older one skips them.

mod base;
mod batch;
mod bounded;
mod checkpoint;
mod client;
mod courier;
mod digest;
mod findings;
mod hub;
mod keys;
mod life;
mod link;
mod local;
mod message;
mod package;
mod piece;
mod receipt;
mod report;
mod rules;
mod seal;
mod server;
mod verdict;

pub use base::{KIND_BASE, Moved, NewBase};
pub use batch::{
    Batch, BatchChange, BatchError, BatchRow, Beginning, Opened, PackedBatch, Packing, SignedBatch,
};
pub use checkpoint::{Checkpoint, Proof, ProofError, Proved};
pub use client::{Client, ClientError, Step, is_not_now};
pub use courier::{AnswerFile, CourierError, CourierFile, CourierReader, Piece};
pub use digest::SetDigest;
pub use findings::{
    FindingsError, FindingsOffer, FindingsPackage, FindingsPart, FindingsRequest,
    HouseholdFindings, MemberFindings, SourceFinding,
};
pub use hub::*;
pub use keys::{DeviceKey, Incarnation, actor_of, verify};
pub use life::Life;
pub use link::{LinkFailure, MAX_PART, MIN_PART, shorter_part};
pub use local::{Local, OutBatch};
pub use message::*;
pub use package::{MAX_PACKAGE, Package, PackageError};
pub use piece::{PieceHead, shorter_piece, signed_part};
pub use receipt::{Receipt, ReceiptError};
pub use report::{Progress, Report, Stage};
pub use rules::{RULES, RulesOffer, rules_package};
pub use seal::{SealError, seal};
pub use server::{
    COST_OF_MESSAGE, MAX_MESSAGES_OF_DEVICE, MAX_PARTS_OF_DEVICE, PartStore, Parts, Registry,
    new_bytes, serve,
};
pub use verdict::{AcceptedRun, PushReply, RefusedRun, Run, Verdict};

/// Version of the protocol that this program speaks.
pub const PROTOCOL: u16 = 1;

/// Compresses a message body. Level 19: the bytes cross a village's mobile link, and are few.
pub fn compress(bytes: &[u8], level: i32) -> Vec<u8> {
    // Compressing from memory into memory fails only when memory does.
    zstd::bulk::compress(bytes, level).unwrap_or_default()
}

/// Decompresses a message body of at most `limit` bytes; a larger one is refused before it is
/// inflated, so that a small message cannot fill the memory.
pub fn decompress(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    zstd::bulk::decompress(bytes, limit).ok()
}
