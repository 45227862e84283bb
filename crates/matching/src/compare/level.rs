//! The levels of agreement of each kind of field, with their words, and what is expected before any data are seen.

use crate::schema::FieldKind;

/// How the frequency of a value enters the weight of a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frequency {
    /// Not at all: the level's `u` is the same for all values.
    None,
    /// The chance of an accidental agreement is computed from the value itself and replaces the level's `u`.
    Own,
    /// A value that is rarer than is usual at this level adds to the weight, a commoner one takes from it.
    Relative,
}

/// One level of agreement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Stable word.
    pub code: &'static str,
    /// What it means, in Indonesian, for people.
    pub id: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Share of true pairs that are expected at this level before training.
    pub m: f64,
    /// How frequencies enter.
    pub frequency: Frequency,
}

const fn level(
    code: &'static str,
    id: &'static str,
    en: &'static str,
    m: f64,
    frequency: Frequency,
) -> Level {
    Level {
        code,
        id,
        en,
        m,
        frequency,
    }
}

use Frequency::{None as Flat, Own, Relative};

/// Levels of names; in the code they are known by their place, from 1.
pub(crate) mod name {
    pub const SAME: u8 = 1;
    pub const SPELLING: u8 = 2;
    pub const SHORTER: u8 = 3;
    pub const CLOSE: u8 = 4;
    pub const NICKNAME: u8 = 5;
    pub const PARTLY: u8 = 6;
    pub const FAINT: u8 = 7;
    pub const DIFFERENT: u8 = 8;
}
const NAME: &[Level] = &[
    level("same", "nama sama", "same name", 0.80, Own),
    level(
        "spelling",
        "nama sama dengan ejaan, singkatan atau urutan lain",
        "same name in another spelling, abbreviation or order",
        0.07,
        Own,
    ),
    level(
        "shorter",
        "satu nama adalah bagian dari nama yang lain",
        "one name is part of the other",
        0.04,
        Relative,
    ),
    level(
        "close",
        "nama hampir sama (salah ketik)",
        "almost the same name (a slip)",
        0.04,
        Relative,
    ),
    level(
        "nickname",
        "nama panggilan atau singkatan dari yang lain",
        "short form of the other name",
        0.01,
        Relative,
    ),
    level(
        "partly",
        "sebagian kata dalam nama sama",
        "some words of the names are the same",
        0.02,
        Relative,
    ),
    level(
        "faint",
        "sebagian kata dalam nama mirip",
        "some words of the names are alike",
        0.005,
        Flat,
    ),
    level("different", "nama berbeda", "different names", 0.015, Flat),
];

pub(crate) mod date {
    pub const SAME: u8 = 1;
    pub const DEFAULT: u8 = 2;
    pub const BY_NIK: u8 = 3;
    pub const SWAPPED: u8 = 4;
    pub const ONE_DIGIT: u8 = 5;
    pub const ONE_DEFAULT: u8 = 6;
    pub const TWO_PARTS: u8 = 7;
    pub const YEAR: u8 = 8;
    pub const DIFFERENT: u8 = 9;
}
const DATE: &[Level] = &[
    level(
        "same",
        "tanggal lahir sama",
        "same date of birth",
        0.86,
        Own,
    ),
    level(
        "same_default",
        "tanggal lahir sama, tetapi tanggal perkiraan (1 Januari, 1 Juli, 31 Desember)",
        "same date of birth, but a stand-in (1 January, 1 July, 31 December)",
        0.02,
        Own,
    ),
    level(
        "by_nik",
        "tanggal lahir berbeda, tetapi sama menurut NIK",
        "dates of birth differ, but are the same by a NIK",
        0.01,
        Flat,
    ),
    level(
        "swapped",
        "hari dan bulan lahir tertukar",
        "day and month exchanged",
        0.015,
        Flat,
    ),
    level(
        "one_digit",
        "tanggal lahir berbeda satu angka",
        "dates of birth differ in one digit",
        0.025,
        Flat,
    ),
    level(
        "one_default",
        "tahun lahir sama, salah satu tanggal perkiraan",
        "same year of birth, one of the dates is a stand-in",
        0.01,
        Flat,
    ),
    level(
        "two_parts",
        "dua dari hari, bulan dan tahun lahir sama",
        "two of day, month and year of birth are the same",
        0.03,
        Flat,
    ),
    level(
        "year",
        "hanya tahun lahir yang sama",
        "only the year of birth is the same",
        0.01,
        Flat,
    ),
    level(
        "different",
        "tanggal lahir berbeda",
        "different dates of birth",
        0.02,
        Flat,
    ),
];

const SEX: &[Level] = &[
    level("same", "jenis kelamin sama", "same sex", 0.985, Flat),
    level(
        "different",
        "jenis kelamin berbeda",
        "different sex",
        0.015,
        Flat,
    ),
];

pub(crate) mod number {
    pub const SAME: u8 = 1;
    pub const ONE_DIGIT: u8 = 2;
    pub const ALIKE: u8 = 3;
    pub const DIFFERENT: u8 = 4;
    /// NIKs of persons born on the same day: the same four levels again.
    pub const SAME_ON_A_DAY: u8 = 5;
}
/// Half of a NIK is birth date and sex. So what NIKs share is judged apart for persons born on the same day: the first
/// four levels are for the others, the last four for them, and each four sum to one.
const NIK: &[Level] = &[
    level("same", "NIK sama", "same NIK", 0.90, Relative),
    level(
        "one_digit",
        "NIK berbeda satu angka atau dua angka tertukar",
        "NIKs differ in one digit or two exchanged ones",
        0.05,
        Flat,
    ),
    level(
        "alike",
        "NIK mirip: wilayah, tanggal lahir atau nomor urut sama",
        "NIKs alike: the same region, birth date or serial number",
        0.01,
        Flat,
    ),
    level("different", "NIK berbeda", "different NIKs", 0.04, Flat),
    level("same", "NIK sama", "same NIK", 0.90, Relative),
    level(
        "one_digit",
        "NIK berbeda satu angka atau dua angka tertukar",
        "NIKs differ in one digit or two exchanged ones",
        0.05,
        Flat,
    ),
    level(
        "alike",
        "NIK mirip: wilayah, tanggal lahir atau nomor urut sama",
        "NIKs alike: the same region, birth date or serial number",
        0.01,
        Flat,
    ),
    level("different", "NIK berbeda", "different NIKs", 0.04, Flat),
];
const IDENTIFIER: &[Level] = &[
    level("same", "nomor sama", "same number", 0.88, Relative),
    level(
        "one_digit",
        "nomor berbeda satu karakter atau dua tertukar",
        "numbers differ in one character or two exchanged ones",
        0.07,
        Flat,
    ),
    level("alike", "nomor mirip", "similar numbers", 0.02, Flat),
    level(
        "different",
        "nomor berbeda",
        "different numbers",
        0.03,
        Flat,
    ),
];
const FAMILY_CARD: &[Level] = &[
    level("same", "No. KK sama", "same family card number", 0.70, Own),
    level(
        "one_digit",
        "No. KK berbeda satu angka atau dua angka tertukar",
        "family card numbers differ in one digit or two exchanged ones",
        0.02,
        Flat,
    ),
    level(
        "alike",
        "No. KK mirip",
        "similar family card numbers",
        0.01,
        Flat,
    ),
    level(
        "different",
        "No. KK berbeda",
        "different family card numbers",
        0.27,
        Flat,
    ),
];

pub(crate) mod bag {
    pub const SAME: u8 = 1;
    pub const NEARLY: u8 = 2;
    pub const MOSTLY: u8 = 3;
    pub const PARTLY: u8 = 4;
    pub const DIFFERENT: u8 = 5;
}
const ADDRESS: &[Level] = &[
    level("same", "alamat sama", "same address", 0.60, Own),
    level(
        "nearly",
        "alamat hampir sama",
        "almost the same address",
        0.12,
        Relative,
    ),
    level(
        "mostly",
        "sebagian besar alamat sama",
        "most of the address is the same",
        0.08,
        Relative,
    ),
    level(
        "partly",
        "sebagian alamat sama",
        "part of the address is the same",
        0.08,
        Relative,
    ),
    level(
        "different",
        "alamat berbeda",
        "different addresses",
        0.12,
        Flat,
    ),
];

pub(crate) mod region {
    pub const VILLAGE: u8 = 1;
    pub const DISTRICT: u8 = 2;
    pub const REGENCY: u8 = 3;
    pub const DIFFERENT: u8 = 4;
}
const REGION: &[Level] = &[
    level("same", "desa sama", "same village", 0.80, Own),
    level(
        "same_district",
        "kecamatan sama, desa lain",
        "same district, another village",
        0.08,
        Flat,
    ),
    level(
        "same_regency",
        "kabupaten sama, kecamatan lain",
        "same regency, another district",
        0.08,
        Flat,
    ),
    level("different", "kabupaten lain", "another regency", 0.04, Flat),
];

pub(crate) mod text {
    pub const SAME: u8 = 1;
    pub const SPELLING: u8 = 2;
    pub const CLOSE: u8 = 3;
    pub const DIFFERENT: u8 = 4;
}
const TEXT: &[Level] = &[
    level("same", "sama", "same", 0.85, Own),
    level(
        "spelling",
        "sama dengan ejaan lain",
        "same in another spelling",
        0.03,
        Own,
    ),
    level("close", "hampir sama", "almost the same", 0.06, Flat),
    level("different", "berbeda", "different", 0.06, Flat),
];

pub(crate) mod code {
    pub const SAME: u8 = 1;
    pub const ONE_OFF: u8 = 2;
    pub const DIFFERENT: u8 = 3;
}
const CODE: &[Level] = &[
    level("same", "sama", "same", 0.88, Own),
    level(
        "one_off",
        "berbeda satu karakter",
        "differ in one character",
        0.05,
        Flat,
    ),
    level("different", "berbeda", "different", 0.07, Flat),
];

/// Where the levels of a field begin anew, under another condition: shares sum to one from each of these places to the
/// next.
#[allow(clippy::single_range_in_vec_init)] // Lists of ranges, most with one.
pub(crate) fn parts(kind: FieldKind) -> &'static [std::ops::Range<usize>] {
    match kind {
        FieldKind::Nik => &[0..4, 4..8],
        FieldKind::Name => &[0..8],
        FieldKind::BirthDate => &[0..9],
        FieldKind::Sex => &[0..2],
        FieldKind::FamilyCard | FieldKind::Identifier | FieldKind::Region | FieldKind::Text => {
            &[0..4]
        }
        FieldKind::Address => &[0..5],
        FieldKind::Code => &[0..3],
    }
}

/// How many of the true pairs may disagree in a field that belongs to a person as long as they live: levels, and the
/// most that they may sum to. Without such bounds the training takes brothers, twins or neighbours for one person
/// where these are many and true pairs few.
pub(crate) fn bounds(kind: FieldKind) -> &'static [(&'static [usize], f64)] {
    match kind {
        FieldKind::Name => &[(&[5, 6, 7], 0.2)],
        FieldKind::BirthDate => &[(&[2, 3, 4, 5, 6, 7, 8], 0.4), (&[7, 8], 0.2)],
        FieldKind::Sex => &[(&[1], 0.1)],
        FieldKind::Nik => &[(&[1, 2, 3, 5, 6, 7], 0.4), (&[3, 7], 0.2)],
        FieldKind::Identifier => &[(&[1, 2, 3], 0.4), (&[3], 0.2)],
        _ => &[],
    }
}

/// The levels of a kind, best agreement first. Level 0, a missing value on either side, is neutral and in none of
/// these lists.
pub fn levels(kind: FieldKind) -> &'static [Level] {
    match kind {
        FieldKind::Name => NAME,
        FieldKind::BirthDate => DATE,
        FieldKind::Sex => SEX,
        FieldKind::Nik => NIK,
        FieldKind::FamilyCard => FAMILY_CARD,
        FieldKind::Identifier => IDENTIFIER,
        FieldKind::Address => ADDRESS,
        FieldKind::Region => REGION,
        FieldKind::Text => TEXT,
        FieldKind::Code => CODE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_of_true_pairs_sums_to_one() {
        for kind in [
            FieldKind::Name,
            FieldKind::BirthDate,
            FieldKind::Sex,
            FieldKind::Nik,
            FieldKind::FamilyCard,
            FieldKind::Identifier,
            FieldKind::Address,
            FieldKind::Region,
            FieldKind::Text,
            FieldKind::Code,
        ] {
            for part in parts(kind) {
                let sum: f64 = levels(kind)[part.clone()].iter().map(|l| l.m).sum();
                assert!((sum - 1.0).abs() < 1e-9, "{kind:?}: {sum}");
            }
            assert_eq!(parts(kind).last().map(|p| p.end), Some(levels(kind).len()));
            assert!(levels(kind).len() < 16, "a level fits into four bits");
        }
    }
}
