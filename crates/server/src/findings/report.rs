//! What an import of findings says.

use crate::admin::RowNote;
use serde::Serialize;
use std::collections::BTreeMap;

/// The result of an import. What a person is in the register is counted under `persons`, what stands in the file under
/// `entries`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FindingsReport {
    /// `dukcapil`, or the programme.
    pub source: String,
    /// Date of the file, ISO.
    pub dated: String,
    /// The same file was imported before.
    pub again: bool,
    /// Rows of the file.
    pub rows: usize,
    /// Persons by result.
    pub persons: Matched,
    /// Of the civil registry: how alike the names are of those with the same NIK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
    /// Of the civil registry: what else it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<Flags>,
    /// Of the file.
    pub entries: Entries,
    /// What was written.
    pub written: Written,
    /// Villages about whose unmatched persons the file says something: half of those with a sound NIK are found in it (of
    /// a programme: it names the village).
    pub villages: usize,
    /// Villages of the register about which it says nothing.
    pub villages_not_covered: usize,
    /// Rows that were not taken, with every reason.
    pub refused: Vec<RowNote>,
    /// What is odd and was taken all the same.
    pub warnings: Vec<RowNote>,
}

/// Persons of the register by result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// The same NIK.
    pub deterministic: usize,
    /// Twelve digits and the name, No. KK and the name, or linkage.
    pub probabilistic: usize,
    /// Of these, by twelve digits, by No. KK, by linkage.
    pub by_digits: usize,
    /// See `by_digits`.
    pub by_family_card: usize,
    /// See `by_digits`.
    pub by_linkage: usize,
    /// Not found yet.
    pub unmatched: usize,
    /// The number is none, and the person was not found without it.
    pub invalid: usize,
    /// Of those with the same NIK: the number seems to be another person's.
    pub other_person: usize,
    /// Found, but their data are restricted on request: nothing is written.
    pub restricted: usize,
}

/// Persons by band of likeness.
pub type Bands = BTreeMap<&'static str, usize>;

/// Persons by what the civil registry says besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Flags {
    /// Died.
    pub deceased: usize,
    /// Moved away, as the file says.
    pub moved: usize,
    /// The number is not in use.
    pub inactive: usize,
    /// Lives in another village by its address.
    pub other_village: usize,
    /// The same village, another RT or RW.
    pub other_rt_rw: usize,
    /// The same RT and RW, other words.
    pub other_text: usize,
}

/// Rows of the file by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Entries {
    /// They are somebody of the register.
    pub matched: usize,
    /// They are nobody of the register.
    pub unmatched: usize,
}

/// Persons by what was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Nothing was known of them from this source.
    pub new: usize,
    /// Something else than before.
    pub changed: usize,
    /// The same as before, of a newer date.
    pub confirmed: usize,
    /// Nothing to write.
    pub unchanged: usize,
    /// A newer file says something already: only the history got a line.
    pub older: usize,
    /// Of a programme: stood on the list before, and no longer.
    pub ended: usize,
}
