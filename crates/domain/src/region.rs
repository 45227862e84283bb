//! Kemendagri region codes, dotted: province `18`, regency `18.09`, district `18.09.01`, village `18.09.01.2001`.
//!
//! BPS numbers the same places differently (BPS 1809010 is Punduh Pidada, Kemendagri 18.09.01 is Gedong Tataan),
//! so a code without dots is refused here rather than guessed at.

use crate::Message;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a village is by the first digit of its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VillageKind {
    /// `1`: urban village, led by a Lurah, meets in a Muskel.
    Kelurahan,
    /// `2`: village, led by a Kepala Desa, meets in a Musdes.
    Desa,
    /// `3`: customary village.
    Adat,
}

impl VillageKind {
    /// The word before the village's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Kelurahan => "Kelurahan",
            Self::Desa => "Desa",
            Self::Adat => "Desa Adat",
        }
    }

    /// The title of the one who leads it.
    pub fn head_title(self) -> &'static str {
        match self {
            Self::Kelurahan => "Lurah",
            Self::Desa => "Kepala Desa",
            Self::Adat => "Kepala Desa Adat",
        }
    }

    /// The meeting that decides about the register.
    pub fn meeting(self) -> &'static str {
        match self {
            Self::Kelurahan => "Muskel",
            Self::Desa | Self::Adat => "Musdes",
        }
    }
}

/// A village, by its ten digits; sorts like its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct VillageCode(u64);

/// The text is not a village code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VillageCodeError {
    /// Ten digits without dots: perhaps a BPS code, which numbers other places.
    #[error(
        "a village code is written with dots, as 18.09.01.2001; without dots it may be a BPS code"
    )]
    WithoutDots,
    /// Anything else.
    #[error("a village code is written 18.09.01.2001")]
    Shape,
}

impl VillageCodeError {
    /// The sentence shown to a person.
    pub fn message(&self) -> Message {
        let id = match self {
            Self::WithoutDots => {
                "kode desa ditulis dengan titik, seperti 18.09.01.2001; tanpa titik bisa jadi itu kode BPS"
            }
            Self::Shape => "kode desa ditulis seperti 18.09.01.2001",
        };
        Message::new(id, self.to_string())
    }
}

impl FromStr for VillageCode {
    type Err = VillageCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bytes = text.as_bytes();
        if bytes.len() == 10 && bytes.iter().all(u8::is_ascii_digit) {
            return Err(VillageCodeError::WithoutDots);
        }
        let shape = bytes.len() == 13
            && bytes.iter().enumerate().all(|(i, b)| match i {
                2 | 5 | 8 => *b == b'.',
                _ => b.is_ascii_digit(),
            });
        if !shape {
            return Err(VillageCodeError::Shape);
        }
        let digits = bytes
            .iter()
            .filter(|b| b.is_ascii_digit())
            .fold(0u64, |n, d| n * 10 + u64::from(d - b'0'));
        let code = Self(digits);
        let (province, regency, district, village) = code.parts();
        let possible = province >= 11
            && (1..70).contains(&regency) | (71..100).contains(&regency)
            && district >= 1
            && (1000..4000).contains(&village);
        if possible {
            Ok(code)
        } else {
            Err(VillageCodeError::Shape)
        }
    }
}

impl VillageCode {
    fn parts(self) -> (u64, u64, u64, u64) {
        (
            self.0 / 100_000_000,
            self.0 / 1_000_000 % 100,
            self.0 / 10_000 % 100,
            self.0 % 10_000,
        )
    }

    /// Kelurahan, desa or adat.
    pub fn kind(self) -> VillageKind {
        match self.parts().3 / 1000 {
            1 => VillageKind::Kelurahan,
            2 => VillageKind::Desa,
            _ => VillageKind::Adat,
        }
    }

    /// The province, `18`.
    pub fn province(self) -> AreaCode {
        AreaCode::of(AreaLevel::Province, self.0 / 100_000_000)
    }
    /// The regency or city, `18.09`.
    pub fn regency(self) -> AreaCode {
        AreaCode::of(AreaLevel::Regency, self.0 / 1_000_000)
    }
    /// The district (kecamatan), `18.09.01`.
    pub fn district(self) -> AreaCode {
        AreaCode::of(AreaLevel::District, self.0 / 10_000)
    }
    /// The ten digits without dots, for file names.
    pub fn digits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for VillageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p, r, d, v) = self.parts();
        write!(f, "{p:02}.{r:02}.{d:02}.{v:04}")
    }
}
impl fmt::Debug for VillageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VillageCode({self})")
    }
}
impl From<VillageCode> for String {
    fn from(code: VillageCode) -> Self {
        code.to_string()
    }
}
impl TryFrom<String> for VillageCode {
    type Error = VillageCodeError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The levels of the administration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaLevel {
    /// Provinsi, two digits.
    Province,
    /// Kabupaten or kota, four digits.
    Regency,
    /// Kecamatan, six digits.
    District,
    /// Desa, kelurahan or adat, ten digits.
    Village,
}

/// An area of any level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AreaCode {
    level: AreaLevel,
    digits: u64,
}

/// The text is no area's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an area is written 18, 18.09, 18.09.01 or 18.09.01.2001")]
pub struct AreaCodeError;

impl AreaCode {
    fn of(level: AreaLevel, digits: u64) -> Self {
        Self { level, digits }
    }

    /// Its level.
    pub fn level(self) -> AreaLevel {
        self.level
    }

    /// A city (kota) rather than a kabupaten; only regencies can be.
    pub fn is_city(self) -> bool {
        self.level == AreaLevel::Regency && self.digits % 100 >= 71
    }

    /// The area that holds it; `None` for a province.
    pub fn parent(self) -> Option<Self> {
        match self.level {
            AreaLevel::Province => None,
            AreaLevel::Regency => Some(Self::of(AreaLevel::Province, self.digits / 100)),
            AreaLevel::District => Some(Self::of(AreaLevel::Regency, self.digits / 100)),
            AreaLevel::Village => Some(Self::of(AreaLevel::District, self.digits / 10_000)),
        }
    }

    /// Whether the village lies in it (a village lies in itself).
    pub fn contains(self, village: VillageCode) -> bool {
        match self.level {
            AreaLevel::Province => village.province() == self,
            AreaLevel::Regency => village.regency() == self,
            AreaLevel::District => village.district() == self,
            AreaLevel::Village => village.0 == self.digits,
        }
    }

    /// The village, if it is one.
    pub fn village(self) -> Option<VillageCode> {
        (self.level == AreaLevel::Village).then_some(VillageCode(self.digits))
    }
}

impl From<VillageCode> for AreaCode {
    fn from(code: VillageCode) -> Self {
        Self::of(AreaLevel::Village, code.0)
    }
}

impl FromStr for AreaCode {
    type Err = AreaCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // The rest of a village code that exists nowhere completes the shorter ones, so that one check serves all.
        let (level, filled) = match text.len() {
            2 => (AreaLevel::Province, format!("{text}.01.01.2001")),
            5 => (AreaLevel::Regency, format!("{text}.01.2001")),
            8 => (AreaLevel::District, format!("{text}.2001")),
            13 => (AreaLevel::Village, text.to_owned()),
            _ => return Err(AreaCodeError),
        };
        let village: VillageCode = filled.parse().map_err(|_| AreaCodeError)?;
        Ok(match level {
            AreaLevel::Province => village.province(),
            AreaLevel::Regency => village.regency(),
            AreaLevel::District => village.district(),
            AreaLevel::Village => village.into(),
        })
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.digits;
        match self.level {
            AreaLevel::Province => write!(f, "{n:02}"),
            AreaLevel::Regency => write!(f, "{:02}.{:02}", n / 100, n % 100),
            AreaLevel::District => {
                write!(f, "{:02}.{:02}.{:02}", n / 10_000, n / 100 % 100, n % 100)
            }
            AreaLevel::Village => VillageCode(n).fmt(f),
        }
    }
}
impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AreaCode({self})")
    }
}
impl From<AreaCode> for String {
    fn from(code: AreaCode) -> Self {
        code.to_string()
    }
}
impl TryFrom<String> for AreaCode {
    type Error = AreaCodeError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_code_prints_what_it_read_and_knows_its_parents() {
        let code: VillageCode = " 18.09.01.2001 ".parse().unwrap();
        assert_eq!(code.to_string(), "18.09.01.2001");
        assert_eq!(code.district().to_string(), "18.09.01");
        assert_eq!(code.regency().to_string(), "18.09");
        assert_eq!(code.province().to_string(), "18");
        assert_eq!(code.kind(), VillageKind::Desa);
        let duren_sawit: VillageCode = "31.75.07.1001".parse().unwrap();
        assert_eq!(duren_sawit.kind(), VillageKind::Kelurahan);
        assert!(duren_sawit.regency().is_city());
        assert!(!code.regency().is_city());
    }

    #[test]
    fn a_code_without_dots_may_be_of_bps_and_is_refused() {
        assert_eq!(
            "1809010001".parse::<VillageCode>(),
            Err(VillageCodeError::WithoutDots)
        );
    }

    #[test]
    fn impossible_codes_are_refused() {
        for text in [
            "",
            "18.09.01",
            "18.09.01.0001",
            "18.09.01.4001",
            "18.00.01.2001",
            "18.70.01.2001",
            "18.09.00.2001",
            "08.09.01.2001",
            "18.09.01.20011",
            "18-09-01-2001",
            "18.09.01.200x",
        ] {
            assert!(text.parse::<VillageCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_area_contains_its_villages_only() {
        let village: VillageCode = "18.09.01.2001".parse().unwrap();
        for (area, inside) in [
            ("18", true),
            ("18.09", true),
            ("18.09.01", true),
            ("18.09.01.2001", true),
            ("19", false),
            ("18.10", false),
            ("18.09.02", false),
            ("18.09.01.2002", false),
        ] {
            let area: AreaCode = area.parse().unwrap();
            assert_eq!(area.contains(village), inside, "{area}");
            assert_eq!(area.to_string().parse::<AreaCode>().unwrap(), area);
        }
        assert!("1".parse::<AreaCode>().is_err());
        assert_eq!(
            AreaCode::from(village).parent().unwrap().to_string(),
            "18.09.01"
        );
    }

    #[test]
    fn village_codes_sort_like_their_text() {
        let mut codes: Vec<VillageCode> = ["18.09.02.2001", "18.09.01.2010", "18.09.01.1002"]
            .iter()
            .map(|c| c.parse().unwrap())
            .collect();
        codes.sort();
        let sorted: Vec<String> = codes.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["18.09.01.1002", "18.09.01.2010", "18.09.02.2001"]);
    }
}
