//! NIK, the population number: what its digits say, and what they can be checked against.

use crate::Message;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Sex as the register codes it (Regsosek 405).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// `1`, laki-laki.
    Male,
    /// `2`, perempuan.
    Female,
}

impl Sex {
    /// The register's code, `1` or `2`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }

    /// From the register's code; `None` for anything else.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            _ => None,
        }
    }
}

/// Nomor Induk Kependudukan: 16 digits `PPKKCC DDMMYY SSSS`, women have 40 added to the day.
///
/// The region is where the person was first registered, and a NIK is never issued again to correct a birth
/// date; so a difference to the person's data is a warning, never an error. There is no `Serialize`, and both
/// `Display` and `Debug` mask the number: the full number is read through [`Nik::reveal`] only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nik([u8; 16]);

/// Why a text cannot be a NIK.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum NikError {
    /// Not exactly 16 digits.
    #[error("a NIK has exactly 16 digits")]
    NotSixteenDigits,
    /// The day is 0, 32 to 40, or above 71.
    #[error("digits 7 and 8 of the NIK are no day of birth")]
    Day,
    /// The month is not 1 to 12.
    #[error("digits 9 and 10 of the NIK are no month of birth")]
    Month,
}

impl NikError {
    /// Stable name for files and interfaces.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotSixteenDigits => "not_sixteen_digits",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The sentence shown to a person.
    pub fn message(self) -> Message {
        let id = match self {
            Self::NotSixteenDigits => "NIK harus tepat 16 angka",
            Self::Day => "angka ke-7 dan ke-8 NIK bukan tanggal lahir",
            Self::Month => "angka ke-9 dan ke-10 NIK bukan bulan lahir",
        };
        Message::new(id, self.to_string())
    }
}

/// What is odd about a NIK, but no reason to refuse it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum NikWarning {
    /// The birth date of the person is not the one in the NIK.
    #[error("the date of birth differs from the one in the NIK")]
    BirthDateDiffers,
    /// The sex of the person is not the one in the NIK.
    #[error("the sex differs from the one in the NIK")]
    SexDiffers,
    /// The month has no such day in any century (30 February).
    #[error("the NIK names a day that the month does not have")]
    NoSuchDay,
    /// Five equal digits where they are not expected.
    #[error("the NIK has a run of equal digits")]
    RepeatedDigits,
    /// The serial number is 0000; serials start at 0001.
    #[error("the serial number of the NIK is zero")]
    ZeroSerial,
    /// No province has this number.
    #[error("the NIK starts with no known province")]
    Province,
    /// A number that the village gave until the real one comes: `0`, ten digits of the village, five digits.
    #[error("this is a temporary number given by the village")]
    Temporary,
}

impl NikWarning {
    /// Stable name for files and interfaces.
    pub fn code(self) -> &'static str {
        match self {
            Self::BirthDateDiffers => "birth_date_differs",
            Self::SexDiffers => "sex_differs",
            Self::NoSuchDay => "no_such_day",
            Self::RepeatedDigits => "repeated_digits",
            Self::ZeroSerial => "zero_serial",
            Self::Province => "province",
            Self::Temporary => "temporary",
        }
    }

    /// The sentence shown to a person.
    pub fn message(self) -> Message {
        let id = match self {
            Self::BirthDateDiffers => "tanggal lahir berbeda dengan yang ada di NIK",
            Self::SexDiffers => "jenis kelamin berbeda dengan yang ada di NIK",
            Self::NoSuchDay => "tanggal di NIK tidak ada dalam bulan itu",
            Self::RepeatedDigits => "NIK berisi angka kembar berurutan",
            Self::ZeroSerial => "nomor urut NIK nol",
            Self::Province => "awal NIK bukan kode provinsi yang dikenal",
            Self::Temporary => "ini nomor sementara dari desa",
        };
        Message::new(id, self.to_string())
    }
}

impl FromStr for Nik {
    type Err = NikError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 16] = text
            .trim()
            .as_bytes()
            .try_into()
            .map_err(|_| NikError::NotSixteenDigits)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NikError::NotSixteenDigits);
        }
        let nik = Self(digits);
        if nik.is_temporary() {
            return Ok(nik);
        }
        match nik.number(6, 2) {
            0 | 32..=40 | 72.. => return Err(NikError::Day),
            _ => {}
        }
        if !(1..=12).contains(&nik.number(8, 2)) {
            return Err(NikError::Month);
        }
        Ok(nik)
    }
}

impl Nik {
    /// The whole number. Every call is a read of personal data that the caller must be allowed to make and log.
    pub fn reveal(&self) -> &str {
        // The digits were checked to be ASCII when the number was made.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn number(&self, from: usize, len: usize) -> u32 {
        self.0[from..from + len]
            .iter()
            .fold(0, |n, d| n * 10 + u32::from(d - b'0'))
    }

    /// Given by the village, not by the civil registry: it starts with 0 and holds no birth date.
    pub fn is_temporary(&self) -> bool {
        self.0[0] == b'0' && self.0[1] != b'0'
    }

    /// Province, regency and district of the first registration, six digits without dots.
    pub fn region(&self) -> &str {
        &self.reveal()[..6]
    }

    /// Sex by the +40 rule; `None` for a temporary number.
    pub fn sex(&self) -> Option<Sex> {
        if self.is_temporary() {
            None
        } else if self.number(6, 2) > 40 {
            Some(Sex::Female)
        } else {
            Some(Sex::Male)
        }
    }

    /// Day (1 to 31), month (1 to 12) and the last two digits of the year; `None` for a temporary number.
    pub fn birth_day_month_year(&self) -> Option<(u32, u32, u32)> {
        if self.is_temporary() {
            return None;
        }
        let day = self.number(6, 2);
        let day = if day > 40 { day - 40 } else { day };
        Some((day, self.number(8, 2), self.number(10, 2)))
    }

    /// The latest possible birth date that is not after `today`: the NIK gives no century.
    pub fn birth_date(&self, today: NaiveDate) -> Option<NaiveDate> {
        let (day, month, year) = self.birth_day_month_year()?;
        [2000, 1900]
            .into_iter()
            .filter_map(|century| NaiveDate::from_ymd_opt(century + year as i32, month, day))
            .find(|date| *date <= today)
    }

    /// The serial number within the same first twelve digits, 0 to 9999.
    pub fn serial(&self) -> u32 {
        self.number(12, 4)
    }

    /// Oddities of the number by itself.
    pub fn warnings(&self) -> Vec<NikWarning> {
        let mut found = Vec::new();
        if self.is_temporary() {
            return vec![NikWarning::Temporary];
        }
        if !(11..=97).contains(&self.number(0, 2)) {
            found.push(NikWarning::Province);
        }
        if let Some((day, month, year)) = self.birth_day_month_year() {
            let exists = [1900, 2000]
                .iter()
                .any(|c| NaiveDate::from_ymd_opt(c + year as i32, month, day).is_some());
            if !exists {
                found.push(NikWarning::NoSuchDay);
            }
        }
        // BPS Sulteng's list: 22222 to 99999 anywhere, 11111 in digits 9 to 16, 00000 in digits 1 to 13.
        let run = self.0.windows(5).enumerate().any(|(at, five)| {
            five.iter().all(|d| *d == five[0])
                && match five[0] {
                    b'0' => at + 5 <= 13,
                    b'1' => at >= 8,
                    _ => true,
                }
        });
        if run {
            found.push(NikWarning::RepeatedDigits);
        }
        if self.serial() == 0 {
            found.push(NikWarning::ZeroSerial);
        }
        found
    }

    /// Compares the number with the person's data; what is `None` is not compared.
    pub fn check_against(
        &self,
        birth_date: Option<NaiveDate>,
        sex: Option<Sex>,
    ) -> Vec<NikWarning> {
        let mut found = Vec::new();
        if let (Some(date), Some(parts)) = (birth_date, self.birth_day_month_year()) {
            let year = date.year().rem_euclid(100) as u32;
            if parts != (date.day(), date.month(), year) {
                found.push(NikWarning::BirthDateDiffers);
            }
        }
        if let (Some(sex), Some(own)) = (sex, self.sex())
            && sex != own
        {
            found.push(NikWarning::SexDiffers);
        }
        found
    }

    /// First six and last four digits, `180901******9001`.
    pub fn masked(&self) -> String {
        mask_number(self.reveal())
    }
}

impl fmt::Display for Nik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Nik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nik({})", self.masked())
    }
}

/// Masks a NIK or No. KK as it was typed, right or wrong: first six and last four characters, or nothing at all
/// when it is so short that these would be most of it.
pub fn mask_number(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let shown = |i: usize| chars.len() >= 14 && (i < 6 || i + 4 >= chars.len());
    chars
        .iter()
        .enumerate()
        .map(|(i, c)| if shown(i) { *c } else { '*' })
        .collect()
}

/// Masks every run of sixteen or more digits in a text: whatever may be a NIK or No. KK.
pub fn mask_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let length = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at(length);
        out.push_str(before);
        match length {
            0..16 => out.push_str(digits),
            _ => out.push_str(&mask_number(digits)),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn nik(text: &str) -> Nik {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_as_long_as_a_nik_are_masked_wherever_they_stand_in_a_text() {
        assert_eq!(
            mask_long_numbers("Siti 1809015708909001, RT 003/1 é 2026"),
            "Siti 180901******9001, RT 003/1 é 2026"
        );
        assert_eq!(mask_long_numbers("123456789012345"), "123456789012345");
        assert_eq!(mask_long_numbers(""), "");
    }

    #[test]
    fn a_nik_of_a_woman_has_forty_added_to_the_day() {
        let woman = nik("1809015708909001");
        assert_eq!(woman.sex(), Some(Sex::Female));
        assert_eq!(woman.birth_day_month_year(), Some((17, 8, 90)));
        assert_eq!(nik("1809011708909001").sex(), Some(Sex::Male));
        assert_eq!(woman.region(), "180901");
        assert_eq!(woman.serial(), 9001);
    }

    #[test]
    fn the_century_is_the_latest_that_is_not_in_the_future() {
        let today = date("2026-11-21");
        assert_eq!(
            nik("1809011708909001").birth_date(today),
            Some(date("1990-08-17"))
        );
        assert_eq!(
            nik("1809011708209001").birth_date(today),
            Some(date("2020-08-17"))
        );
        assert_eq!(
            nik("1809012212269001").birth_date(today),
            Some(date("1926-12-22"))
        );
    }

    #[test]
    fn each_impossible_pattern_is_an_error_with_its_name() {
        for (text, error) in [
            ("", NikError::NotSixteenDigits),
            ("180901170890900", NikError::NotSixteenDigits),
            ("18090117089090011", NikError::NotSixteenDigits),
            ("18090117O8909001", NikError::NotSixteenDigits),
            ("१८09011708909001", NikError::NotSixteenDigits),
            ("1809010008909001", NikError::Day),
            ("1809013208909001", NikError::Day),
            ("1809014008909001", NikError::Day),
            ("1809017208909001", NikError::Day),
            ("1809011700909001", NikError::Month),
            ("1809011713909001", NikError::Month),
        ] {
            assert_eq!(text.parse::<Nik>(), Err(error), "{}", error.code());
        }
    }

    #[test]
    fn odd_patterns_are_warnings_only() {
        for (text, warning) in [
            ("1809013002909001", NikWarning::NoSuchDay),
            ("1809012212222201", NikWarning::RepeatedDigits),
            ("1809011011111101", NikWarning::RepeatedDigits),
            ("1800000108909001", NikWarning::RepeatedDigits),
            ("1809011708900000", NikWarning::ZeroSerial),
            ("9909011708909001", NikWarning::Province),
            ("0180901200100001", NikWarning::Temporary),
        ] {
            assert_eq!(nik(text).warnings(), [warning], "{}", warning.code());
        }
        assert!(nik("1809011708909001").warnings().is_empty());
        assert!(
            nik("1111111708909001").warnings().is_empty(),
            "11111 before digit 9 is an ordinary region"
        );
    }

    #[test]
    fn a_mismatch_with_the_person_is_a_warning() {
        let woman = nik("1809015708909001");
        let born = Some(date("1990-08-17"));
        assert!(woman.check_against(born, Some(Sex::Female)).is_empty());
        assert!(woman.check_against(None, None).is_empty());
        assert_eq!(
            woman.check_against(Some(date("1990-08-18")), Some(Sex::Male)),
            [NikWarning::BirthDateDiffers, NikWarning::SexDiffers]
        );
    }

    #[test]
    fn neither_display_nor_debug_shows_the_number() {
        let woman = nik("1809015708909001");
        assert_eq!(woman.to_string(), "180901******9001");
        assert_eq!(format!("{woman:?}"), "Nik(180901******9001)");
        assert_eq!(mask_number("12345"), "*****");
        assert_eq!(woman.reveal(), "1809015708909001");
    }
}
