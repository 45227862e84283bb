//! Persons of the register beside the list of another office: the rules of matching (pemadanan) first, and record linkage
//! for those whose number is missing or wrong.

use crate::{
    link::{Options, link_with},
    normalise::{address as words_of, fold, name::Name},
    persons::{Persons, SchemaError},
    schema::register_fields,
    train::learn_strangers,
};
use lawang_domain::{AddressResult, VillageCode};
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Linked persons are this likely to be one, at least.
const LIKELY: f64 = 0.95;
/// When another is half as likely, nobody is taken.
const RIVAL: f64 = 0.5;
/// From this likeness on, names are those of one person in the rules of matching.
pub const ALIKE: u8 = 50;

/// Mothers whose names are less alike than this are two; they are written by one clerk and vary little.
const MOTHERS: u8 = 70;

/// A person as one side knows them. Numbers are 0 and texts empty where they are not known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// Sixteen digits.
    pub nik: u64,
    /// As written.
    pub name: String,
    /// `YYYYMMDD`.
    pub birth_date: u32,
    /// 1 man, 2 woman.
    pub sex: u8,
    /// Mother's name.
    pub mother: String,
    /// No. KK, sixteen digits.
    pub no_kk: u64,
    /// Where it says they live.
    pub village: Option<VillageCode>,
    /// RT.
    pub rt: u16,
    /// RW.
    pub rw: u16,
    /// Address in words.
    pub address: String,
}

/// A number of sixteen digits; 0 for everything else.
pub fn sixteen(text: &str) -> u64 {
    let sound = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit());
    if sound { text.parse().unwrap_or(0) } else { 0 }
}

/// `1990-08-17` as 19900817; 0 for everything else.
pub fn day(text: &str) -> u32 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.len() == 10 && digits.len() == 8 {
        digits.parse().unwrap_or(0)
    } else {
        0
    }
}

/// The number in `003`, `RT 3`; 0 if there is none.
pub fn small_number(text: &str) -> u16 {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(4).collect();
    digits.parse().unwrap_or(0)
}

/// Capitals, accents, apostrophes, full stops and double blanks make no difference; words stay in their order.
fn plain(text: &str) -> String {
    let mut out = String::new();
    fold(text, |c| {
        if c.is_alphanumeric() {
            out.push(c);
        } else if c.is_whitespace() && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    });
    out.truncate(out.trim_end().len());
    out
}

/// How alike two names are, 0 to 100: the share of letters that need not be changed (Levenshtein). 100 only for equal
/// ones; 0 when one is missing.
pub fn similarity(left: &str, right: &str) -> u8 {
    let (left, right) = (plain(left), plain(right));
    if left.is_empty() || right.is_empty() {
        return 0;
    }
    if left == right {
        return 100;
    }
    let longest = left.chars().count().max(right.chars().count());
    let changes = strsim::levenshtein(&left, &right);
    let share = 100 * (longest - changes.min(longest)) / longest;
    u8::try_from(share.min(99)).unwrap_or(99)
}

/// Fields that both sides know and that differ.
pub fn differing(here: &Known, there: &Known) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut number = |name, left: u64, right: u64| {
        if left != 0 && right != 0 && left != right {
            found.push(name);
        }
    };
    number("nik", here.nik, there.nik);
    number("sex", here.sex.into(), there.sex.into());
    number(
        "birth_date",
        here.birth_date.into(),
        there.birth_date.into(),
    );
    number("no_kk", here.no_kk, there.no_kk);
    for (name, left, right) in [
        ("name", &here.name, &there.name),
        ("mother", &here.mother, &there.mother),
    ] {
        let known = !left.trim().is_empty() && !right.trim().is_empty();
        if known && similarity(left, right) < 100 {
            found.push(name);
        }
    }
    found
}

/// The village code, then RT and RW, then the words; `None` when nothing is known on both sides.
pub fn address(here: &Known, there: &Known) -> Option<AddressResult> {
    let (left, right) = (
        words_of::parse(&here.address),
        words_of::parse(&there.address),
    );
    if let (Some(left), Some(right)) = (here.village, there.village)
        && left != right
    {
        return Some(AddressResult::OtherVillage);
    }
    let other = |left: u16, right: u16| left != 0 && right != 0 && left != right;
    if other(here.rt, there.rt) || other(here.rw, there.rw) {
        return Some(AddressResult::OtherRtRw);
    }
    let worded = !left.is_empty() && !right.is_empty();
    if worded {
        // One is often written longer than the other.
        let (short, long) = if left.len() <= right.len() {
            (&left, &right)
        } else {
            (&right, &left)
        };
        let shared = short.iter().filter(|w| long.contains(w)).count();
        return Some(if shared * 2 >= short.len() {
            AddressResult::Same
        } else {
            AddressResult::OtherText
        });
    }
    let both = here.village.is_some() && there.village.is_some();
    both.then_some(AddressResult::Same)
}

/// Whether two names may be one person's: alike, or with a word in common in whatever spelling (`M. Yusuf`, `Yusuf`).
pub fn may_be_one_name(left: &str, right: &str) -> bool {
    if similarity(left, right) >= ALIKE {
        return true;
    }
    let (left, right) = (Name::parse(left).words, Name::parse(right).words);
    left.iter()
        .any(|word| word.chars().count() > 2 && right.contains(word))
}

/// Whether a NIK that is the same on both sides seems to belong to another person there: the names are not alike, and two of
/// birth date, sex and mother differ, or one of the first two when the names have no word in common either.
pub fn is_other_person(here: &Known, there: &Known) -> bool {
    if similarity(&here.name, &there.name) >= ALIKE {
        return false;
    }
    let differs = |left: u32, right: u32| left != 0 && right != 0 && left != right;
    let strikes = u8::from(differs(here.birth_date, there.birth_date))
        + u8::from(differs(here.sex.into(), there.sex.into()));
    let mothers = !here.mother.trim().is_empty() && !there.mother.trim().is_empty();
    let other_mother = mothers && similarity(&here.mother, &there.mother) < MOTHERS;
    strikes + u8::from(other_mother) >= 2
        || strikes >= 1 && !may_be_one_name(&here.name, &there.name)
}

/// What two persons who may be one have in common, as numbers: who shares none of these with anybody need not be kept.
pub fn keys(person: &Known, keys: &mut Vec<u64>) {
    keys.clear();
    let mut key = |kind: u8, parts: &[u64], word: &str| {
        let mut hasher = FxHasher::default();
        hasher.write_u8(kind);
        for part in parts {
            hasher.write_u64(*part);
        }
        hasher.write(word.as_bytes());
        keys.push(hasher.finish());
    };
    let name = Name::parse(&person.name);
    if person.nik != 0 {
        key(0, &[person.nik / 10_000], "");
    }
    if person.no_kk != 0 {
        key(1, &[person.no_kk], "");
    }
    if person.birth_date != 0 {
        key(2, &[person.birth_date.into(), person.sex.into()], "");
    }
    for word in &name.words {
        if person.birth_date != 0 {
            key(3, &[u64::from(person.birth_date / 10_000)], word);
        }
        if let Some(village) = person.village {
            key(4, &[], &format!("{village} {word}"));
        }
    }
}

/// Two persons that linkage takes for one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Match {
    /// Place among those sought.
    pub sought: usize,
    /// Place in the pool.
    pub found: usize,
    /// That they are one person, 0 to 1.
    pub probability: f64,
}

/// For each person sought the one of the pool who is the same by all that both sides know, if there is exactly one.
/// `latest_year`: the last in which anybody may have been born; `seed`: of the random pairs from which it is learned what
/// strangers share.
///
/// # Errors
/// None that can happen: the fields are those of the register.
pub fn link_rest(
    sought: &[&Known],
    pool: &[&Known],
    latest_year: u32,
    seed: u64,
) -> Result<Vec<Match>, SchemaError> {
    if sought.is_empty() || pool.is_empty() {
        return Ok(Vec::new());
    }
    let mut persons = Persons::new(register_fields(), latest_year)?;
    for person in sought {
        push(&mut persons, person);
    }
    persons.begin_right();
    for person in pool {
        push(&mut persons, person);
    }
    let smaller = sought.len().min(pool.len()) as f64;
    let prior = 0.7 * smaller / (sought.len() as f64 * pool.len() as f64);
    let model = learn_strangers(&mut persons, prior, seed);
    let options = Options {
        seed,
        threshold: RIVAL,
    };
    let linked = link_with(&mut persons, model, &options);
    let first = sought.len();
    let mut best: Vec<Option<Match>> = vec![None; first];
    let mut rivals = vec![0.0_f64; first];
    // The likeliest come first.
    for pair in linked.pairs {
        let (at, found) = (pair.left as usize, pair.right as usize - first);
        match best[at] {
            None => {
                best[at] = Some(Match {
                    sought: at,
                    found,
                    probability: pair.probability,
                });
            }
            Some(_) => rivals[at] = rivals[at].max(pair.probability),
        }
    }
    Ok(best
        .into_iter()
        .zip(rivals)
        .filter_map(|(best, rival)| best.filter(|b| b.probability >= LIKELY && rival < LIKELY))
        .collect())
}

fn push(persons: &mut Persons, person: &Known) {
    let number = |n: u64| match n {
        0 => String::new(),
        n => format!("{n:016}"),
    };
    let birth = match person.birth_date {
        0 => String::new(),
        n => format!("{:04}-{:02}-{:02}", n / 10_000, n / 100 % 100, n % 100),
    };
    let village = person.village.map_or(String::new(), |v| v.to_string());
    let sex = match person.sex {
        0 => "",
        1 => "1",
        _ => "2",
    };
    persons.push(&[
        &number(person.nik),
        &person.name,
        &birth,
        sex,
        &person.mother,
        &number(person.no_kk),
        &village,
        &person.address,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn siti() -> Known {
        Known {
            nik: 1_809_015_708_909_001,
            name: "Siti Aminah".into(),
            birth_date: 19_900_817,
            sex: 2,
            mother: "Ponirah".into(),
            no_kk: 1_809_011_203_149_007,
            village: "18.09.01.2001".parse().ok(),
            rt: 3,
            rw: 1,
            address: "Dusun Sukarame II RT 003 RW 001".into(),
        }
    }

    #[test]
    fn likeness_is_the_share_of_letters_that_stay() {
        assert_eq!(similarity("SITI  AMINAH", "Siti Aminah"), 100);
        assert_eq!(similarity("Siti Aminah", "Siti Aminha"), 81);
        assert_eq!(similarity("Siti", ""), 0);
        assert!(similarity("Muhammad Yusuf", "Muhamad Yusuf") >= 90);
        assert!(similarity("Siti Aminah", "Bambang") < ALIKE);
        let long = "a".repeat(500);
        assert_eq!(similarity(&long, &format!("{long}b")), 99);
    }

    #[test]
    fn a_short_form_may_be_the_same_person_and_another_name_may_not() {
        assert!(may_be_one_name("Muhammad Yusuf Hidayatullah", "M. Yusuf"));
        assert!(may_be_one_name("Siti Aminah", "St. Aminah"));
        assert!(!may_be_one_name("Siti Aminah", "Bambang Wijaya"));
        assert!(!may_be_one_name("Siti Aminah", ""));
    }

    #[test]
    fn a_number_of_somebody_with_a_word_of_the_name_in_common_is_still_somebody_elses() {
        let here = siti();
        let there = |name: &str, birth_date, mother: &str| Known {
            name: name.into(),
            birth_date,
            mother: mother.into(),
            ..siti()
        };
        assert!(is_other_person(
            &here,
            &there("Nurhayati Kusumawardani Aminah", 19_710_203, "Sumiati")
        ));
        assert!(is_other_person(
            &here,
            &there("Bambang", 19_710_203, "Ponirah")
        ));
        let slip = there("Aminah", 19_900_101, "Ponirah");
        assert!(similarity(&here.name, "Aminah Rahayuningsih Kusumawardani") < ALIKE);
        assert!(!is_other_person(&here, &slip));
        assert!(!is_other_person(
            &here,
            &there("Aminah Rahayuningsih Kusumawardani", 19_900_101, "Ponirah")
        ));
        assert!(!is_other_person(&here, &Known::default()));
    }

    #[test]
    fn what_only_one_side_knows_does_not_differ() {
        let here = siti();
        assert_eq!(differing(&here, &here.clone()), [""; 0]);
        assert_eq!(differing(&here, &Known::default()), [""; 0]);
        let there = Known {
            birth_date: 19_900_101,
            name: "Siti Amina".into(),
            ..here.clone()
        };
        assert_eq!(differing(&here, &there), ["birth_date", "name"]);
    }

    #[test]
    fn an_address_is_compared_by_village_then_rt_and_rw_then_words() {
        let here = siti();
        let with = |change: &dyn Fn(&mut Known)| {
            let mut there = here.clone();
            change(&mut there);
            address(&here, &there)
        };
        assert_eq!(with(&|_| ()), Some(AddressResult::Same));
        assert_eq!(
            with(&|p| p.village = "18.09.01.2002".parse().ok()),
            Some(AddressResult::OtherVillage)
        );
        assert_eq!(with(&|p| p.rt = 4), Some(AddressResult::OtherRtRw));
        assert_eq!(
            with(&|p| p.address = "Jl. Merdeka 17".into()),
            Some(AddressResult::OtherText)
        );
        assert_eq!(address(&here, &Known::default()), None);
    }

    #[test]
    fn one_without_a_number_is_found_by_everything_else_and_a_stranger_is_not() {
        let here = Known { nik: 0, ..siti() };
        let mut pool: Vec<Known> = (0..60)
            .map(|n| Known {
                nik: 1_809_010_101_709_001 + n * 10_000_000_000_000 % 7,
                name: format!("Orang {n}"),
                birth_date: 19_700_101 + n as u32,
                sex: 1 + (n % 2) as u8,
                mother: format!("Ibu {n}"),
                no_kk: 1_809_010_101_209_001 + n,
                ..siti()
            })
            .collect();
        pool.push(Known {
            name: "Siti Amina".into(),
            ..siti()
        });
        let sought = [
            &here,
            &Known {
                name: "Bambang Wijaya".into(),
                birth_date: 19_551_111,
                sex: 1,
                ..Known::default()
            },
        ];
        let pool: Vec<&Known> = pool.iter().collect();
        let found = link_rest(&sought, &pool, 2026, 1).unwrap();
        let places: Vec<(usize, usize)> = found.iter().map(|m| (m.sought, m.found)).collect();
        assert_eq!(places, [(0, 60)]);
    }

    #[test]
    fn persons_who_may_be_one_share_a_key() {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        keys(&siti(), &mut left);
        let there = Known {
            nik: 0,
            no_kk: 0,
            name: "St. Aminah".into(),
            ..siti()
        };
        keys(&there, &mut right);
        assert!(left.iter().any(|k| right.contains(k)));
        let other = Known {
            name: "Bambang".into(),
            birth_date: 19_551_111,
            village: "18.09.02.2001".parse().ok(),
            ..Known::default()
        };
        keys(&other, &mut right);
        assert!(!left.iter().any(|k| right.contains(k)));
    }
}
