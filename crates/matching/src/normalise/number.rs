//! NIK, No. KK and other identifying numbers: which of them say something.

use super::{date::TypedDate, fold};
use lawang_domain::{Nik, NikWarning, Sex};

/// Letters and digits of a number, in small letters; blanks, dots and dashes vanish. At most 40 of them.
pub fn squeeze(text: &str) -> String {
    let mut out = String::new();
    fold(text, |c| {
        if c.is_alphanumeric() && out.len() < 40 {
            out.push(c);
        }
    });
    out
}

/// A number that is nobody's: empty, one character repeated, or 1234567890...
pub fn is_placeholder(number: &str) -> bool {
    let mut chars = number.chars();
    let Some(first) = chars.next() else {
        return true;
    };
    let counted = number.len() > 4 && "12345678901234567890".starts_with(number);
    counted || chars.all(|c| c == first) || number.trim_matches('0').is_empty()
}

/// A NIK that identifies: sound by its format, given by the civil registry, and without the patterns of invented
/// numbers (domain rules, section 3). Everything else is no evidence, neither for nor against.
pub fn usable_nik(text: &str) -> Option<Nik> {
    let nik: Nik = squeeze(text).parse().ok()?;
    let invented = nik.warnings().iter().any(|w| {
        matches!(
            w,
            NikWarning::Temporary | NikWarning::RepeatedDigits | NikWarning::Province
        )
    });
    (!invented).then_some(nik)
}

/// A No. KK that identifies: sixteen digits that are no placeholder.
pub fn usable_family_card(text: &str) -> Option<String> {
    let number = squeeze(text);
    let sound = number.len() == 16
        && number.bytes().all(|b| b.is_ascii_digit())
        && !is_placeholder(&number)
        && !number.ends_with("0000");
    sound.then_some(number)
}

/// Birth date in a NIK, with the century that lies nearest before `latest_year`.
pub fn birth_of(nik: &Nik, latest_year: u32) -> Option<TypedDate> {
    let (day, month, year) = nik.birth_day_month_year()?;
    let century = if 2000 + year <= latest_year {
        2000
    } else {
        1900
    };
    Some(TypedDate::new(century + year, month, day))
}

/// Sex in a NIK.
pub fn sex_of(nik: &Nik) -> Option<Sex> {
    nik.sex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nik_that_cannot_be_or_stands_for_nothing_is_no_evidence() {
        for text in [
            "",
            "0000000000000000",
            "1111111111111111",
            "1234567890123456",
            "9999999999999999",
            "180901170890900",
            "18090117O8909001",
            "1809010013909001",
            "0180901200100001",
            "1809012212222201",
        ] {
            assert!(usable_nik(text).is_none(), "{text}");
        }
        assert!(usable_nik("1809015708909001").is_some());
        assert!(usable_nik(" 180901.570890.9001 ").is_some());
    }

    #[test]
    fn a_nik_gives_birth_date_and_sex() {
        let woman = usable_nik("1809015708909001").unwrap();
        assert_eq!(birth_of(&woman, 2026), Some(TypedDate(19_900_817)));
        assert_eq!(sex_of(&woman), Some(Sex::Female));
        let child = usable_nik("1809011708209001").unwrap();
        assert_eq!(birth_of(&child, 2026), Some(TypedDate(20_200_817)));
    }

    #[test]
    fn placeholders_of_any_length_are_known() {
        for text in ["", "0", "0000000", "99999", "12345678"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("5304218"));
        assert!(usable_family_card("1809010101200000").is_none());
        assert!(usable_family_card("1809010101209001").is_some());
    }
}
