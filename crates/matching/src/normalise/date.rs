//! Birth dates, also impossible ones: what was typed is compared digit by digit.

use super::words;
use chrono::NaiveDate;

/// A date as typed, `year * 10000 + month * 100 + day`. Month and day may be impossible (2001-13-32): a clerk's slip
/// is still evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TypedDate(pub u32);

const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("feb", 2),
    ("peb", 2),
    ("mar", 3),
    ("apr", 4),
    ("mei", 5),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("agu", 8),
    ("ags", 8),
    ("aug", 8),
    ("sep", 9),
    ("okt", 10),
    ("oct", 10),
    ("nov", 11),
    ("nop", 11),
    ("des", 12),
    ("dec", 12),
];

impl TypedDate {
    /// From its parts.
    pub fn new(year: u32, month: u32, day: u32) -> Self {
        Self(year * 10_000 + month * 100 + day)
    }

    /// `YYYY-MM-DD`, `YYYYMMDD`, `DD-MM-YYYY`, with any separator, and months in words. `None` when there is no year of
    /// four digits between 1850 and 2150 in it.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = words(text, 6);
        let number = |word: &str| word.parse::<u32>().ok();
        match parts.as_slice() {
            [one] if one.len() == 8 => {
                let all = number(one)?;
                let first = Self(all);
                // DDMMYYYY when the first four digits are no year.
                Some(first)
                    .filter(|d| d.has_year())
                    .or_else(|| Some(Self::new(all % 10_000, all / 10_000 % 100, all / 1_000_000)))
            }
            [a, b, c, ..] => {
                let month = |word: &str| match number(word) {
                    Some(n) => Some(n),
                    None => MONTHS
                        .iter()
                        .find(|(name, _)| word.starts_with(name))
                        .map(|(_, n)| *n),
                };
                // `17T00:00:00`: a time behind the day.
                let c = c.split('t').next().unwrap_or_default();
                let (first, middle, last) = (number(a)?, month(b)?, number(c)?);
                if middle > 99 {
                    None
                } else if a.len() == 4 && last <= 99 {
                    Some(Self::new(first, middle, last))
                } else if c.len() == 4 && first <= 99 {
                    Some(Self::new(last, middle, first))
                } else {
                    None
                }
            }
            _ => None,
        }
        .filter(|d| d.has_year())
    }

    fn has_year(self) -> bool {
        (1850..=2150).contains(&self.year())
    }

    /// The year.
    pub fn year(self) -> u32 {
        self.0 / 10_000
    }

    /// The month as typed, 0 to 99.
    pub fn month(self) -> u32 {
        self.0 / 100 % 100
    }

    /// The day as typed, 0 to 99.
    pub fn day(self) -> u32 {
        self.0 % 100
    }

    /// What stands where nobody knows the date at all: 1900-01-01 and before, or day and month zero of 1900.
    pub fn is_placeholder(self) -> bool {
        self.year() < 1900 || self.year() == 1900 && self.month() <= 1 && self.day() <= 1
    }

    /// What stands where only the year is known: 1 January, 1 July, 31 December, or zeros.
    pub fn is_default_day(self) -> bool {
        matches!(
            (self.month(), self.day()),
            (1, 1) | (7, 1) | (12, 31) | (0, _) | (_, 0)
        )
    }

    /// Day and month exchanged.
    pub fn swapped(self) -> Self {
        Self::new(self.year(), self.day(), self.month())
    }

    /// The calendar's date, if there is one.
    pub fn calendar(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year() as i32, self.month(), self.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_order_that_offices_use() {
        for text in [
            "1990-08-17",
            "17-08-1990",
            "17/8/1990",
            "19900817",
            "17081990",
            "17 Agustus 1990",
            "17 Aug 1990",
            "1990.08.17",
            "1990-08-17T00:00:00",
        ] {
            assert_eq!(
                TypedDate::parse(text),
                Some(TypedDate(19_900_817)),
                "{text}"
            );
        }
    }

    #[test]
    fn impossible_days_are_kept_and_what_is_no_date_is_nothing() {
        assert_eq!(TypedDate::parse("19981332"), Some(TypedDate(19_981_332)));
        for text in [
            "",
            "-",
            "0000-00-00",
            "17-08",
            "1990",
            "abc",
            "99-99-99",
            "17 xyz 1990",
        ] {
            assert_eq!(TypedDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_that_stand_for_not_known_are_told_apart() {
        let date = |text: &str| TypedDate::parse(text).unwrap();
        assert!(date("1900-01-01").is_placeholder());
        assert!(!date("1901-01-01").is_placeholder());
        for text in ["1960-01-01", "1960-07-01", "1960-12-31", "1960-00-00"] {
            assert!(date(text).is_default_day(), "{text}");
        }
        assert!(!date("1960-01-02").is_default_day());
    }
}
