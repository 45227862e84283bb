//! Whether a text is an answer of a type, and how it is written.

use crate::expr::{number_text, parse_date, parse_date_time, parse_time, to_number};
use crate::form::List;
use crate::types::QuestionType as Q;
use chrono::FixedOffset;
use lawang_domain::FieldPath;
use serde::Serialize;

/// Longest answer, in characters.
const MAX_TEXT: usize = 20_000;

/// Why an answer was not taken. The message exists in Indonesian and English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{english}")]
pub struct SetError {
    /// Stable identifier: `unknown_field`, `read_only`, `not_an_integer`, `not_a_number`, `not_a_date`,
    /// `not_a_time`, `not_a_moment`, `not_a_choice`, `not_a_place`, `not_acknowledged`, `too_long`.
    pub code: &'static str,
    indonesian: String,
    english: String,
}

impl SetError {
    fn new(code: &'static str, indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        Self {
            code,
            indonesian: indonesian.into(),
            english: english.into(),
        }
    }

    /// The message in `id` or, for any other language, in English.
    pub fn message(&self, lang: &str) -> &str {
        if lang.eq_ignore_ascii_case("id") {
            &self.indonesian
        } else {
            &self.english
        }
    }

    pub(super) fn unknown(path: &FieldPath) -> Self {
        let key = &path.key;
        Self::new(
            "unknown_field",
            format!("Formulir tidak memiliki pertanyaan '{key}' di tempat ini."),
            format!("The form has no question '{key}' in this place."),
        )
    }

    pub(super) fn read_only() -> Self {
        Self::new(
            "read_only",
            "Isian ini tidak dapat diubah.",
            "This field cannot be changed.",
        )
    }
}

/// The answer as it is stored: choices in the order of their list, numbers without space. Empty stays
/// empty.
pub(crate) fn check_type(kind: Q, list: Option<&List>, value: &str) -> Result<String, SetError> {
    if value.chars().count() > MAX_TEXT {
        return Err(SetError::new(
            "too_long",
            "Jawaban terlalu panjang.",
            "The answer is too long.",
        ));
    }
    let trimmed = value.trim();
    if trimmed.is_empty() && kind != Q::Text {
        return Ok(String::new());
    }
    match kind {
        Q::Integer => integer(trimmed).ok_or_else(|| {
            SetError::new(
                "not_an_integer",
                "Isi dengan bilangan bulat.",
                "Enter a whole number.",
            )
        }),
        Q::Decimal | Q::Range => decimal(trimmed).ok_or_else(|| {
            SetError::new(
                "not_a_number",
                "Isi dengan angka, misalnya 12.5.",
                "Enter a number, such as 12.5.",
            )
        }),
        Q::Date | Q::Today => parse_date(trimmed)
            .map(|_| trimmed.to_owned())
            .ok_or_else(|| {
                SetError::new(
                    "not_a_date",
                    "Tanggal itu tidak ada.",
                    "There is no such date.",
                )
            }),
        Q::Time => parse_time(trimmed)
            .map(|_| trimmed.to_owned())
            .ok_or_else(|| {
                SetError::new(
                    "not_a_time",
                    "Isi dengan jam, misalnya 14:30.",
                    "Enter a time, such as 14:30.",
                )
            }),
        Q::DateTime => {
            let zone = FixedOffset::east_opt(0);
            zone.and_then(|z| parse_date_time(trimmed, z))
                .map(|_| trimmed.to_owned())
                .ok_or_else(|| {
                    SetError::new(
                        "not_a_moment",
                        "Isi dengan tanggal dan jam.",
                        "Enter a date and a time.",
                    )
                })
        }
        // Answers of a repeat as choices: what is offered is asked when the answer is checked.
        Q::SelectOne if list.is_none() => Ok(trimmed.to_owned()),
        Q::SelectMultiple | Q::Rank if list.is_none() => {
            Ok(trimmed.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Q::SelectOne => {
            let known = list.is_some_and(|l| l.has(trimmed));
            known
                .then(|| trimmed.to_owned())
                .ok_or_else(|| not_a_choice(trimmed))
        }
        Q::SelectMultiple => several(list, trimmed, true),
        Q::Rank => several(list, trimmed, false),
        Q::Geopoint | Q::StartGeopoint | Q::BackgroundGeopoint => {
            geopoint(trimmed).ok_or_else(|| {
                SetError::new(
                    "not_a_place",
                    "Lokasi harus berupa lintang dan bujur.",
                    "A place is a latitude and a longitude.",
                )
            })
        }
        Q::Geotrace => points(trimmed, 2).ok_or_else(|| {
            SetError::new(
                "not_a_place",
                "Garis terdiri atas dua titik atau lebih.",
                "A line has two points or more.",
            )
        }),
        Q::Geoshape => points(trimmed, 3).and_then(closed).ok_or_else(|| {
            SetError::new(
                "not_a_place",
                "Bidang terdiri atas tiga titik atau lebih dan tertutup.",
                "An area has three points or more and is closed.",
            )
        }),
        Q::Acknowledge => match trimmed.to_lowercase().as_str() {
            "ok" | "true" | "1" => Ok("OK".to_owned()),
            _ => Err(SetError::new(
                "not_acknowledged",
                "Isinya hanya OK.",
                "Only OK can be stored here.",
            )),
        },
        _ => Ok(value.to_owned()),
    }
}

fn not_a_choice(value: &str) -> SetError {
    let shown: String = value.chars().take(40).collect();
    SetError::new(
        "not_a_choice",
        format!("'{shown}' bukan salah satu pilihan."),
        format!("'{shown}' is not one of the choices."),
    )
}

/// At most 15 digits: beyond, arithmetic would not be exact.
fn integer(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let good =
        !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse::<i64>().ok().map(|n| n.to_string()))?
}

fn decimal(text: &str) -> Option<String> {
    let number = to_number(text);
    let good = !number.is_nan() && text.len() <= 20 && !text.contains(',');
    good.then(|| number_text(number))
}

/// Codes once each, in the order of the list or (ranks) in the order given.
fn several(list: Option<&List>, text: &str, sorted: bool) -> Result<String, SetError> {
    let mut places: Vec<(u32, &str)> = Vec::new();
    for code in text.split_whitespace() {
        let first = list
            .and_then(|l| l.rows_of(code).first())
            .ok_or_else(|| not_a_choice(code))?;
        if sorted || !places.iter().any(|(_, known)| *known == code) {
            places.push((*first, code));
        }
    }
    if sorted {
        places.sort_unstable();
        places.dedup();
    }
    Ok(places
        .iter()
        .map(|(_, code)| *code)
        .collect::<Vec<_>>()
        .join(" "))
}

/// Two to four numbers, in range.
fn geopoint(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let numbers: Vec<f64> = parts
        .iter()
        .filter_map(|p| p.parse().ok())
        .filter(|n: &f64| n.is_finite())
        .collect();
    let good = numbers.len() == parts.len()
        && (2..=4).contains(&numbers.len())
        && numbers[0].abs() <= 90.0
        && numbers[1].abs() <= 180.0;
    good.then(|| parts.join(" "))
}

/// Points joined by `;`, at least so many.
fn points(text: &str, least: usize) -> Option<String> {
    let points: Option<Vec<String>> = text
        .split(';')
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(geopoint)
        .collect();
    points
        .filter(|all| all.len() >= least)
        .map(|all| all.join(";"))
}

/// The first point again at the end, as ODK stores an area.
fn closed(text: String) -> Option<String> {
    let points: Vec<&str> = text.split(';').collect();
    let place = |point: &str| {
        point
            .split(' ')
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (first, last) = (points.first()?, points.last()?);
    if place(first) == place(last) {
        (points.len() > 3).then_some(text)
    } else {
        Some(format!("{text};{first}"))
    }
}

/// `range`: between the ends, on a step.
pub(super) fn in_range(parameters: &[(String, String)], value: f64) -> bool {
    let get = |key: &str, otherwise: f64| {
        let found = parameters
            .iter()
            .find(|(k, _)| k == key)
            .and_then(|(_, v)| v.parse().ok());
        found.unwrap_or(otherwise)
    };
    let (start, end, step) = (get("start", 0.0), get("end", 10.0), get("step", 1.0));
    let steps = (value - start) / step;
    value >= start.min(end) && value <= start.max(end) && (steps - steps.round()).abs() < 1e-9
}
