//! How a packing names changes that the receiver holds, and how the receiver finds them.

use crate::{Hash, Record};

/// A change builds on: what the receiver has to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// The first change of the household, which follows from its row.
    Genesis,
    /// The change of that household whose hash begins with these bytes.
    Begins(&'a [u8]),
}

/// A change as the receiver holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub hash: Hash,
    /// Number of its last operation.
    pub last_op: u64,
}

/// How the sender names a change that is not in the packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// It is the household's first change.
    Genesis,
    /// So many bytes of its hash name it among the changes of its household, 1 to 32.
    Bytes(u8),
}

/// The changes of a document, to be found by their names: made once, however many are looked up.
#[derive(Debug, Clone)]
pub struct Names {
    genesis: Option<Held>,
    /// All, by their hashes.
    sorted: Vec<Held>,
}

impl Names {
    /// Of the document as it is now.
    pub fn of(record: &Record) -> Self {
        let all = record.doc.get_changes_meta(&[]);
        let held = all.iter().map(|meta| Held {
            hash: Hash(meta.hash.0),
            last_op: meta.max_op,
        });
        let mut sorted: Vec<Held> = held.collect();
        let genesis = sorted.first().copied();
        sorted.sort_unstable_by_key(|held| held.hash);
        Self { genesis, sorted }
    }

    /// The one change of that name; `None` when there is none, or more than one.
    pub fn find(&self, known: Known<'_>) -> Option<Held> {
        let bytes = match known {
            Known::Genesis => return self.genesis,
            Known::Begins(bytes) => bytes,
        };
        let at = self
            .sorted
            .partition_point(|held| held.hash.0.as_slice() < bytes);
        let mut fit = self.sorted[at..].iter();
        let found = fit.next().filter(|held| held.hash.0.starts_with(bytes))?;
        let another = fit
            .next()
            .is_some_and(|held| held.hash.0.starts_with(bytes));
        (!another).then_some(*found)
    }
}
