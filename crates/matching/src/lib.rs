//! Record linkage of persons: who stands in two places, under two spellings, with two numbers.
//!
//! ```
//! use lawang_matching::{Options, Persons, link, explain_pair, register_fields};
//! let mut persons = Persons::new(register_fields(), 2026)?;
//! persons.push(&["1809011708909001", "Muhammad Yusuf", "1990-08-17", "1", "Siti Aminah", "", "18.09.01.2001", ""]);
//! persons.push(&["1809011708909001", "Moh. Joesoef", "1990-08-17", "1", "St. Aminah", "", "18.09.01.2001", ""]);
//! let found = link(&mut persons, &Options::default());
//! let pair = found.pairs[0];
//! let (probability, reasons) = explain_pair(&persons, &found.model, pair.left, pair.right);
//! assert!(probability > 0.9);
//! assert!(reasons.iter().any(|r| r.field == "name" && r.code == "close"));
//! # Ok::<(), lawang_matching::SchemaError>(())
//! ```
//!
//! Reads no clock and draws no randomness but from a seed.

mod block;
mod compare;
pub mod decisions;
mod explain;
mod index;
mod intern;
pub mod kinds;
mod link;
mod model;
pub mod normalise;
mod persons;
pub mod registry;
mod schema;
pub mod table;
mod train;

pub use compare::level::{Frequency, Level, levels};
pub use explain::{Reason, words_of};
pub use index::{Hit, PersonIndex};
pub use link::{
    Linked, MOST_HOLDERS, Options, Pair, SharedNumber, explain_pair, link, link_with,
    shared_numbers,
};
pub use model::{Model, Trained};
pub use persons::{Persons, SchemaError};
pub use schema::{Field, FieldKind, MOST_FIELDS, register_fields};
pub use train::learn_strangers;
