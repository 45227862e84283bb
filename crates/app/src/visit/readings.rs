//! What a number or a date says, in words, beside the field.

use super::OpenVisit;
use chrono::{Datelike, NaiveDate};
use lawang_domain::{FieldPath, Nik, Sex};

/// Fields of sixteen digits.
pub(crate) fn is_id_number(path: &FieldPath) -> bool {
    matches!(path.key.as_str(), "nik" | "no_kk" | "no_kk_member")
}

const MONTHS_ID: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des",
];
const MONTHS_EN: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `17 Agu 1985`.
pub(crate) fn date_words(date: NaiveDate, language: &str) -> String {
    format!("{} {}", date.day(), month_words(date, language))
}

/// `Agu 1985`.
pub(crate) fn month_words(date: NaiveDate, language: &str) -> String {
    let months = if language == "en" {
        MONTHS_EN
    } else {
        MONTHS_ID
    };
    format!("{} {}", months[date.month0() as usize], date.year())
}

/// Whole years between two days.
pub(crate) fn age(birth: NaiveDate, today: NaiveDate) -> Option<u32> {
    today.years_since(birth)
}

impl OpenVisit {
    /// The sentence beside a field; empty if there is nothing to say.
    pub(crate) fn reading(
        &self,
        path: &FieldPath,
        value: &str,
        today: NaiveDate,
        language: &str,
    ) -> String {
        let english = language == "en";
        if path.key == "nik" {
            return match value.parse::<Nik>() {
                Ok(nik) => {
                    let born = nik.birth_date(today).map(|d| date_words(d, language));
                    let sex = match (nik.sex(), english) {
                        (Some(Sex::Female), false) => "perempuan",
                        (Some(Sex::Female), true) => "woman",
                        (Some(Sex::Male), false) => "laki-laki",
                        (Some(Sex::Male), true) => "man",
                        (None, _) => "",
                    };
                    let region = nik.region();
                    let place = format!("{}.{}.{}", &region[..2], &region[2..4], &region[4..6]);
                    match (born, english) {
                        (Some(born), false) => {
                            format!("Menurut NIK: lahir {born}, {sex}, terdaftar di {place}")
                        }
                        (Some(born), true) => {
                            format!("By the NIK: born {born}, {sex}, registered in {place}")
                        }
                        (None, _) => String::new(),
                    }
                }
                Err(_) => String::new(),
            };
        }
        if path.key == "birth_date" {
            return value
                .parse::<NaiveDate>()
                .ok()
                .and_then(|birth| age(birth, today))
                .map(|years| {
                    if english {
                        format!("{years} years old")
                    } else {
                        format!("umur {years} tahun")
                    }
                })
                .unwrap_or_default();
        }
        String::new()
    }
}
