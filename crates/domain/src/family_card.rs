//! No. KK, the number of a family card.

use crate::{Message, nik::mask_number};
use std::{fmt, str::FromStr};

/// Nomor Kartu Keluarga: 16 digits, district of issue, date of recording DDMMYY (no +40), serial.
///
/// It changes on a move, a death of the head, a divorce or a split: never a permanent key. Masked like a NIK.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyCardNumber([u8; 16]);

/// The text cannot be a No. KK.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a No. KK has exactly 16 digits")]
pub struct FamilyCardError;

impl FamilyCardError {
    /// The sentence shown to a person.
    pub fn message(self) -> Message {
        Message::new("No. KK harus tepat 16 angka", self.to_string())
    }
}

/// What is odd about a No. KK, but no reason to refuse it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FamilyCardWarning {
    /// Digits 7 to 12 are no date of recording.
    #[error("digits 7 to 12 of the No. KK are no date")]
    Date,
    /// It looks like the NIK of a woman: the day has 40 added, which a No. KK never has.
    #[error("the No. KK looks like a NIK")]
    LooksLikeNik,
}

impl FamilyCardWarning {
    /// The sentence shown to a person.
    pub fn message(self) -> Message {
        let id = match self {
            Self::Date => "angka ke-7 sampai ke-12 No. KK bukan tanggal",
            Self::LooksLikeNik => "No. KK ini tampak seperti NIK",
        };
        Message::new(id, self.to_string())
    }
}

impl FromStr for FamilyCardNumber {
    type Err = FamilyCardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 16] = text
            .trim()
            .as_bytes()
            .try_into()
            .map_err(|_| FamilyCardError)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(FamilyCardError)
        }
    }
}

impl FamilyCardNumber {
    /// The whole number; a read of personal data.
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// District of issue, six digits without dots.
    pub fn region(&self) -> &str {
        &self.reveal()[..6]
    }

    /// Oddities of the number.
    pub fn warnings(&self) -> Vec<FamilyCardWarning> {
        let two = |at: usize| (self.0[at] - b'0') * 10 + (self.0[at + 1] - b'0');
        let (day, month) = (two(6), two(8));
        if (41..=71).contains(&day) && (1..=12).contains(&month) {
            vec![FamilyCardWarning::LooksLikeNik]
        } else if !(1..=31).contains(&day) || !(1..=12).contains(&month) {
            vec![FamilyCardWarning::Date]
        } else {
            Vec::new()
        }
    }

    /// First six and last four digits.
    pub fn masked(&self) -> String {
        mask_number(self.reveal())
    }
}

impl fmt::Display for FamilyCardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for FamilyCardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyCardNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_card_has_sixteen_digits_and_a_plain_date() {
        let card: FamilyCardNumber = "1809011203140007".parse().unwrap();
        assert_eq!(card.region(), "180901");
        assert!(card.warnings().is_empty());
        assert_eq!(format!("{card:?}"), "FamilyCardNumber(180901******0007)");
        assert!("180901120314000".parse::<FamilyCardNumber>().is_err());
        assert!("1809o11203140007".parse::<FamilyCardNumber>().is_err());
    }

    #[test]
    fn a_nik_typed_as_family_card_is_noticed() {
        let card: FamilyCardNumber = "1809015708909001".parse().unwrap();
        assert_eq!(card.warnings(), [FamilyCardWarning::LooksLikeNik]);
        let card: FamilyCardNumber = "1809013508909001".parse().unwrap();
        assert_eq!(card.warnings(), [FamilyCardWarning::Date]);
    }
}
