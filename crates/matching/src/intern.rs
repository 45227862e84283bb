//! Each text once, known by a number from then on.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Texts by number, in one piece of memory. Number 0 is the empty text, which stands for a missing value.
#[derive(Clone, Debug)]
pub(crate) struct Interner {
    text: String,
    ends: Vec<u32>,
    /// Hash to number; the next hash is tried when another text holds it.
    known: FxHashMap<u64, u32>,
}

impl Default for Interner {
    fn default() -> Self {
        let mut new = Self {
            text: String::new(),
            ends: Vec::new(),
            known: FxHashMap::default(),
        };
        new.number("");
        new
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.write_usize(text.len());
    hasher.finish()
}

impl Interner {
    /// Number of a text, which is new or old.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        let mut hash = hash(text);
        loop {
            match self.known.get(&hash) {
                Some(number) if self.get(*number) == text => return *number,
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let number = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.known.insert(hash, number);
        number
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = match number {
            0 => 0,
            n => self.ends.get(n - 1).copied().unwrap_or(0),
        };
        let end = self.ends.get(number).copied().unwrap_or(0);
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_nothing_is_zero() {
        let mut all = Interner::default();
        let a = all.number("siti");
        assert_eq!(all.number(""), 0);
        assert_ne!(all.number("sita"), a);
        assert_eq!(all.number("siti"), a);
        assert_eq!(all.get(a), "siti");
        assert_eq!(all.get(99), "");
        assert_eq!(all.len(), 3);
    }
}
