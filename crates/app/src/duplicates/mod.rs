//! Who may stand in the register twice: the search, the list, a pair side by side, decisions, and a look while
//! somebody types. `crates/matching` compares; what a decision does to a record is written here.

mod background;
mod check;
mod decide;
pub(crate) mod elsewhere;
mod findings;
mod list;
mod lists;
mod pair;
mod persons;
mod refused;
mod search;
mod standing;
mod words;

pub(crate) use background::search_in_background;
pub(crate) use persons::{DUPLICATE_OF, Persons};
pub(crate) use refused::RefusedPairs;
pub(crate) use search::Lookout;
pub use search::{Ready, Searched, Unbuilt};
pub(crate) use standing::decisions_in;
