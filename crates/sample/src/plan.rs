//! The district before its people have names: villages, families by size, welfare, programmes.
//!
//! Every size of sample is cut out of the same planned district, so that its totals hold exactly for the whole.

use crate::{
    compose::{Slot, compose},
    dice::{Dice, Stream},
};
use lawang_domain::{AreaCode, VillageCode};
use lawang_prelist::regions;

/// Families of Kabupaten Pesawaran by size 1 to 8: 96,425 families, 271,490 persons (September 2024).
pub const FAMILIES_BY_SIZE: [u32; 8] = [17_164, 25_786, 25_994, 17_164, 7_039, 2_314, 675, 289];
/// Families that receive PKH.
pub const PKH_FAMILIES: usize = 23_307;
/// Families that receive Sembako.
pub const SEMBAKO_FAMILIES: usize = 41_640;
/// Persons whose health insurance the state pays (PBI-JK).
pub const PBI_PERSONS: usize = 225_942;
/// Families that receive BLT-DD and nothing else.
const BLT_FAMILIES: usize = 2_400;
/// The regency that is played.
pub const REGENCY: &str = "18.09";
/// The district (kecamatan) of the middle size: Gedong Tataan.
pub const DISTRICT: &str = "18.09.01";

const SMALLEST_VILLAGE: i64 = 295;
const LARGEST_VILLAGE: i64 = 1_379;

/// A planned family.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    /// Number in the whole district, from 0.
    pub index: u32,
    pub village: VillageCode,
    /// Number in the village, from 1.
    pub number: u32,
    pub slots: Vec<Slot>,
    /// Welfare decile in the register; 0 is unranked.
    pub decile: u8,
    pub pkh: bool,
    pub sembako: bool,
    pub blt: bool,
    /// By member: health insurance paid by the state.
    pub pbi: Vec<bool>,
}

/// How much of the district a sample holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// One village of about 700 families, which one depends on the seed.
    Village,
    /// Kecamatan Gedong Tataan, 19 villages.
    Kecamatan,
    /// The whole of Kabupaten Pesawaran.
    District,
}

impl std::str::FromStr for Size {
    type Err = UnknownSize;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "village" => Ok(Self::Village),
            "kecamatan" => Ok(Self::Kecamatan),
            "district" => Ok(Self::District),
            _ => Err(UnknownSize(text.chars().take(40).collect())),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Village => "village",
            Self::Kecamatan => "kecamatan",
            Self::District => "district",
        })
    }
}

/// No size has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no size; sizes are village, kecamatan, district")]
pub struct UnknownSize(pub String);

/// The families of the sample, in the order of their villages.
pub(crate) fn plan(size: Size, seed: u64) -> Vec<Family> {
    let villages = villages(seed);
    let mut families = district(seed, &villages);
    match size {
        Size::District => {}
        Size::Kecamatan => families.retain(|f| f.village.district().to_string() == DISTRICT),
        Size::Village => {
            let chosen = villages
                .iter()
                .min_by_key(|(code, count)| ((count - 700).abs(), *code))
                .map(|(code, _)| *code);
            families.retain(|f| Some(f.village) == chosen);
        }
    }
    families
}

/// Villages with their number of families.
fn villages(seed: u64) -> Vec<(VillageCode, i64)> {
    let mut dice = Dice::new(seed, Stream::Villages, 0);
    let regency: Option<AreaCode> = REGENCY.parse().ok();
    let mut villages: Vec<(VillageCode, i64)> = regency
        .map(regions::villages_of)
        .unwrap_or_default()
        .into_iter()
        .map(|(code, _)| {
            // The smaller of two makes small villages frequent and large ones rare.
            let first = dice.range(SMALLEST_VILLAGE, LARGEST_VILLAGE);
            let second = dice.range(SMALLEST_VILLAGE, LARGEST_VILLAGE);
            (code, first.min(second))
        })
        .collect();
    let total: i64 = FAMILIES_BY_SIZE.iter().map(|n| i64::from(*n)).sum();
    let mut rest = total - villages.iter().map(|(_, n)| n).sum::<i64>();
    // The sum lies between 148 times the smallest and 148 times the largest, so this ends.
    while rest != 0 && !villages.is_empty() {
        for (_, count) in &mut villages {
            let step = rest.signum();
            if rest != 0 && (SMALLEST_VILLAGE..=LARGEST_VILLAGE).contains(&(*count + step)) {
                *count += step;
                rest -= step;
            }
        }
    }
    villages
}

fn district(seed: u64, villages: &[(VillageCode, i64)]) -> Vec<Family> {
    let mut dice = Dice::new(seed, Stream::Families, 0);
    let mut sizes: Vec<u8> = Vec::new();
    for (size, count) in (1u8..).zip(FAMILIES_BY_SIZE) {
        sizes.extend(std::iter::repeat_n(size, count as usize));
    }
    dice.shuffle(&mut sizes);
    let mut deciles = deciles(&mut dice, sizes.len());
    dice.shuffle(&mut deciles);
    let mut families: Vec<Family> = villages
        .iter()
        .flat_map(|(village, count)| (1..=*count as u32).map(move |number| (*village, number)))
        .zip(sizes.into_iter().zip(deciles))
        .zip(0u32..)
        .map(|(((village, number), (size, decile)), index)| {
            let mut own = Dice::new(seed, Stream::Composition, u64::from(index));
            Family {
                index,
                village,
                number,
                slots: compose(&mut own, size),
                decile,
                pkh: false,
                sembako: false,
                blt: false,
                pbi: vec![false; usize::from(size)],
            }
        })
        .collect();
    programmes(seed, &mut families);
    families
}

/// Desil 1-2 45 %, 3-4 35 %, 5 and above 17 %, the rest unranked (0).
fn deciles(dice: &mut Dice, families: usize) -> Vec<u8> {
    let share = |percent: usize| (families * percent + 50) / 100;
    let mut deciles = vec![0; families];
    let (low, middle, high) = (share(45), share(35), share(17));
    for (i, decile) in deciles.iter_mut().enumerate() {
        *decile = if i < low {
            dice.weighted(&[(1, 11), (2, 9)])
        } else if i < low + middle {
            dice.weighted(&[(3, 11), (4, 9)])
        } else if i < low + middle + high {
            dice.weighted(&[(5, 35), (6, 25), (7, 17), (8, 12), (9, 7), (10, 4)])
        } else {
            0
        };
    }
    deciles
}

/// How late a family comes when a programme is handed out: the poor first, with some chance.
fn rank(dice: &mut Dice, decile: u8) -> u64 {
    let step = match decile {
        0 => 6,
        1..=4 => u64::from(decile),
        _ => 10 + u64::from(decile),
    };
    step * 200 + dice.below(700)
}

fn programmes(seed: u64, families: &mut [Family]) {
    let mut dice = Dice::new(seed, Stream::Programmes, 0);
    let ranks: Vec<u64> = families.iter().map(|f| rank(&mut dice, f.decile)).collect();
    let first = |mut from: Vec<usize>, count: usize| {
        from.sort_by_key(|i| (ranks[*i], *i));
        from.truncate(count);
        from
    };
    let with_component = (0..families.len())
        .filter(|i| families[*i].slots.iter().any(Slot::is_pkh_component))
        .collect();
    let mut pkh = first(with_component, PKH_FAMILIES);
    for i in &pkh {
        families[*i].pkh = true;
    }
    // About 90 % of PKH is inside Sembako.
    dice.shuffle(&mut pkh);
    let inside = pkh.len() * 9 / 10;
    for i in &pkh[..inside] {
        families[*i].sembako = true;
    }
    let others = (0..families.len()).filter(|i| !families[*i].pkh).collect();
    for i in first(others, SEMBAKO_FAMILIES - inside) {
        families[i].sembako = true;
    }
    let unaided = (0..families.len())
        .filter(|i| !families[*i].pkh && !families[*i].sembako)
        .collect();
    for i in first(unaided, BLT_FAMILIES) {
        families[i].blt = true;
    }
    let mut persons: Vec<(u64, u32, u8)> = Vec::new();
    for (i, family) in families.iter().enumerate() {
        for member in 0..family.slots.len() {
            persons.push((rank(&mut dice, family.decile), i as u32, member as u8));
        }
    }
    persons.sort_unstable();
    for (_, family, member) in persons.into_iter().take(PBI_PERSONS) {
        families[family as usize].pbi[usize::from(member)] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_sizes_sums_to_the_district() {
        let families: u32 = FAMILIES_BY_SIZE.iter().sum();
        let persons: u32 = (1..).zip(FAMILIES_BY_SIZE).map(|(s, n)| s * n).sum();
        assert_eq!((families, persons), (96_425, 271_490));
    }

    #[test]
    fn villages_have_between_295_and_1379_families_and_sum_exactly() {
        for seed in [0, 1, 42, u64::MAX] {
            let villages = villages(seed);
            assert_eq!(villages.len(), 148);
            assert_eq!(villages.iter().map(|(_, n)| n).sum::<i64>(), 96_425);
            assert!(villages.iter().all(|(_, n)| (295..=1379).contains(n)));
        }
    }
}
