//! A synthetic district from a seed: the register's dirty copy, the civil registry's, the lists of the programmes, and
//! apart from them the truth.
//!
//! Modelled on Kabupaten Pesawaran, September 2024: 96,425 families, 271,490 persons, 148 villages. Only the regions
//! are real. The truth is made first; the copies are spoiled from it in known shares, which `truth/errors.csv` lists.

mod compose;
mod dice;
pub mod dirt;
mod housing;
mod identity;
mod model;
mod names;
mod plan;
mod write;

pub use identity::FIRST_SERIAL;
pub use model::{REFERENCE_DAY, Sample, generate};
pub use plan::{
    DISTRICT, FAMILIES_BY_SIZE, PBI_PERSONS, PKH_FAMILIES, REGENCY, SEMBAKO_FAMILIES, Size,
    UnknownSize,
};
pub use write::{Programme, Written, write_to};
