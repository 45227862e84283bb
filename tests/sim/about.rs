//! Steps that belong together choose the same household, person and question, on whichever device or at the office.

use lawang_domain::{HouseholdId, InstanceId};
use lawang_tests::chance::Chance;

/// What has an id that is the same everywhere.
pub trait Named: Copy {
    fn name(&self) -> [u8; 16];
}

impl Named for HouseholdId {
    fn name(&self) -> [u8; 16] {
        *self.as_bytes()
    }
}

impl Named for InstanceId {
    fn name(&self) -> [u8; 16] {
        *self.as_bytes()
    }
}

/// One of them: chosen by `about`, and then the same also where there are others beside it; else by chance.
/// `None` of none.
pub fn one<T: Named>(about: Option<u64>, chance: &mut Chance, all: &[T]) -> Option<T> {
    let by_chance = chance.below(all.len());
    match about {
        None => all.get(by_chance).copied(),
        Some(about) => all
            .iter()
            .copied()
            .min_by_key(|of| weight(about, of.name())),
    }
}

/// FNV-1a, stirred once more.
fn weight(about: u64, name: [u8; 16]) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325 ^ about;
    let sum = name.iter().fold(seed, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (sum ^ (sum >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}
