//! Chance that is the same on every machine and in every version: ChaCha8, integers only.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// What a stream of chance is for; each family and purpose has its own, so that one does not shift another.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Villages = 1,
    Families = 2,
    Composition = 3,
    Programmes = 4,
    Village = 5,
    Details = 6,
    Dirt = 7,
    DirtOfPerson = 8,
    DirtOfFamily = 9,
    Registry = 10,
}

pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        key[16..24].copy_from_slice(&index.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 0 to `n` - 1; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// `low` to `high`, both included.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as u64) as i64
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// One of the values, by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(T, u32)]) -> T {
        let total: u64 = list.iter().map(|(_, w)| u64::from(*w)).sum();
        let mut at = self.below(total);
        for (value, weight) in list {
            if at < u64::from(*weight) {
                return *value;
            }
            at -= u64::from(*weight);
        }
        list[0].0
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u64 + 1) as usize);
        }
    }

    /// The numbers below `n` in random order.
    pub(crate) fn order(&mut self, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_stream_never_change() {
        let mut dice = Dice::new(1, Stream::Villages, 0);
        let first: Vec<u64> = (0..4).map(|_| dice.below(1_000_000)).collect();
        let mut again = Dice::new(1, Stream::Villages, 0);
        assert!(first.iter().all(|n| again.below(1_000_000) == *n));
        assert_ne!(first[0], Dice::new(2, Stream::Villages, 0).below(1_000_000));
        assert_ne!(first[0], Dice::new(1, Stream::Families, 0).below(1_000_000));
    }

    #[test]
    fn a_range_reaches_both_its_ends() {
        let mut dice = Dice::new(7, Stream::Details, 1);
        let seen: std::collections::BTreeSet<i64> = (0..200).map(|_| dice.range(-1, 2)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
    }
}
