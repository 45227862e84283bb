//! The district server: one SQLite store, the protocol's server side, HTTP around it.
//!
//! [`Server`] is a value without network and clock; [`router`] puts HTTP in front of it, [`serve`] runs it.
//! Administration ([`admin`]) works on the same data folder, also from another process while the server
//! runs.
//!
//! One connection writes, several read, and every call is one transaction: what a reply acknowledges is
//! on disk. Numbers are given inside the write transaction, so they follow the order of commits even
//! beside an import by another process. The two logs are the truth; households and pages are caches.

#[cfg(test)]
extern crate self as lawang_server;

/// An S3 for tests, as the tests from outside have it.
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/server/bucket.rs"]
mod bucket;
/// A PostgreSQL for tests, as the tests from outside have it.
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/server/cluster.rs"]
mod cluster;
/// Tablets and prelists, as the tests from outside have them.
#[cfg(test)]
#[allow(dead_code)]
#[path = "../tests/server/common.rs"]
mod common;

pub mod admin;
mod attachments;
mod authority;
pub mod backup;
mod check;
mod devices;
mod enrol;
mod entities;
mod entropy;
mod erase;
mod error;
mod evaluate;
mod evidence;
mod findings;
mod forms;
mod glance;
mod household;
pub mod http;
pub mod hub;
mod ingest;
mod metrics;
mod moment;
mod moves;
mod pages;
mod parts;
mod photo_offers;
mod photos;
mod photos_down;
mod projection;
mod pull;
mod refusal;
mod registry;
mod restrict;
mod rules;
mod server;
mod store;
mod unpack;

pub use attachments::{AttachmentsReport, AwsSettings, BucketUrl, MAX_PHOTO, MovedAttachments};
pub use enrol::{EnrolRequest, Enrolled, EnrolmentCode};
pub use entropy::Entropy;
pub use erase::{CompactReport, EraseReport, EraseTarget, Erasure, ScrubReport};
pub use error::{Result, ServerError};
pub use evaluate::Flag;
pub use evidence::{LogReport, Misfit, ReceiptVerdict};
pub use findings::{
    Bands, Entries, FindingLine, FindingsReport, Flags, Matched, PastLine, Progress, RecipientLine,
    Written,
};
pub use forms::HOUSEHOLD_VISIT;
pub use http::router;
pub use moves::{MoveLine, Movers, RecordsMoved};
pub use projection::Projection;
pub use restrict::RestrictionLine;
pub use server::{Options, Server};
pub use store::{Fault, MoveReport, MovedTable, Store, Trouble, VERSION as STORE_VERSION};
