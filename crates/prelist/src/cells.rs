//! One cell: what it may hold and what it becomes.

use crate::{Kind, Message};
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;

/// Why a cell is refused.
pub(crate) struct Fault {
    pub code: &'static str,
    pub message: Message,
}

fn fault(code: &'static str, id: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault {
        code,
        message: Message::new(id, en),
    }
}

/// Longest identifier, in characters.
const MAX_ID_CHARS: usize = 100;

/// The value as it is stored, or why not. Whether a village exists is asked by the caller.
pub(crate) fn normalise<'a>(kind: Kind, name: &str, cell: &'a str) -> Result<Cow<'a, str>, Fault> {
    let value = cell.trim();
    if value.is_empty() {
        return match kind {
            Kind::Id => Err(fault(
                if name == "person_id" {
                    "person_id_missing"
                } else {
                    "register_id_missing"
                },
                format!("{name} kosong; setiap baris harus punya {name}"),
                format!("{name} is empty; every row must have one"),
            )),
            Kind::Village => Err(fault(
                "unknown_region",
                "kode desa kosong",
                "the village code is empty",
            )),
            _ => Ok(Cow::Borrowed("")),
        };
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if value.chars().any(odd) {
        return Err(fault(
            "control_character",
            "sel berisi karakter yang tidak dapat dicetak; berkas mungkin rusak",
            "the cell holds characters that cannot be printed; the file may be damaged",
        ));
    }
    match kind {
        Kind::Id if value.chars().count() > MAX_ID_CHARS => Err(fault(
            "id_too_long",
            format!("{name} lebih dari {MAX_ID_CHARS} karakter"),
            format!("{name} has more than {MAX_ID_CHARS} characters"),
        )),
        Kind::Id | Kind::Village | Kind::Text | Kind::Name => Ok(Cow::Borrowed(value)),
        Kind::Nik | Kind::FamilyCard => Ok(number(value)),
        Kind::Date => date(value),
        Kind::Area => area(value),
        Kind::One(codes) if codes.contains(&value) => Ok(Cow::Borrowed(value)),
        Kind::One(codes) => Err(unknown_code(value, codes)),
        Kind::Many(codes) => many(value, codes),
    }
}

/// Excel users protect long numbers with an apostrophe, and people group digits with blanks, dots or hyphens.
fn number(value: &str) -> Cow<'_, str> {
    let bare = value.trim_start_matches(['\'', '’', '`']);
    if bare.contains([' ', '.', '-', '\u{a0}']) {
        let digits: String = bare
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '\u{a0}'))
            .collect();
        if digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Cow::Owned(digits);
        }
    }
    Cow::Borrowed(bare)
}

fn short(value: &str) -> String {
    // Long values are not repeated: a number or a name in the wrong column must not end up in a log.
    if value.chars().count() <= 3 {
        format!(" “{value}”")
    } else {
        String::new()
    }
}

fn unknown_code(value: &str, codes: &[&str]) -> Fault {
    let shown = short(value);
    let range = codes.join(", ");
    fault(
        "unknown_code",
        format!("kode{shown} tidak dikenal; yang boleh: {range}"),
        format!("the code{shown} is not known; allowed: {range}"),
    )
}

fn many<'a>(value: &'a str, codes: &[&str]) -> Result<Cow<'a, str>, Fault> {
    let mut chosen = Vec::new();
    for code in value.split_whitespace() {
        match codes.iter().position(|c| *c == code) {
            Some(at) => chosen.push(at),
            None => return Err(unknown_code(code, codes)),
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.first() == Some(&0) && chosen.len() > 1 {
        let none = codes[0];
        return Err(fault(
            "unknown_code",
            format!("kode {none} (tidak ada) tidak boleh bersama kode lain"),
            format!("the code {none} (none) cannot stand with other codes"),
        ));
    }
    let list: Vec<&str> = chosen.iter().map(|at| codes[*at]).collect();
    Ok(Cow::Owned(list.join(" ")))
}

fn date(value: &str) -> Result<Cow<'_, str>, Fault> {
    let impossible = || {
        fault(
            "impossible_date",
            "tanggal tidak mungkin; tulis TTTT-BB-HH, misalnya 1990-08-17",
            "impossible date; write YYYY-MM-DD, for example 1990-08-17",
        )
    };
    let parts: Vec<&str> = value.split(['-', '/']).collect();
    let [a, b, c] = parts[..] else {
        return Err(impossible());
    };
    let number = |text: &str, longest: usize| -> Option<u32> {
        let good = text.len() <= longest && text.bytes().all(|b| b.is_ascii_digit());
        good.then(|| text.parse().ok()).flatten()
    };
    let (year, month, day, is_iso) = if a.len() == 4 {
        (
            number(a, 4),
            number(b, 2),
            number(c, 2),
            value.len() == 10 && value.contains('-'),
        )
    } else {
        (
            if c.len() == 4 { number(c, 4) } else { None },
            number(b, 2),
            number(a, 2),
            false,
        )
    };
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return Err(impossible());
    };
    let found = NaiveDate::from_ymd_opt(year as i32, month, day)
        .filter(|d| (1880..2100).contains(&d.year()))
        .ok_or_else(impossible)?;
    if is_iso && !value.contains('/') {
        Ok(Cow::Borrowed(value))
    } else {
        Ok(Cow::Owned(found.to_string()))
    }
}

fn area(value: &str) -> Result<Cow<'_, str>, Fault> {
    let text = value.replace(',', ".");
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match text.parse::<f64>() {
        Ok(number) if plain && (0.0..=100_000.0).contains(&number) => {
            if text == value {
                Ok(Cow::Borrowed(value))
            } else {
                Ok(Cow::Owned(text))
            }
        }
        _ => Err(fault(
            "not_a_number",
            "luas harus angka dari 0 sampai 100000 (meter persegi)",
            "the area must be a number from 0 to 100000 (square metres)",
        )),
    }
}

/// Whether the date was written day first.
pub(crate) fn is_day_first(cell: &str) -> bool {
    let value = cell.trim();
    value.find(['-', '/']).is_some_and(|at| at < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: Kind, cell: &str) -> Result<String, &'static str> {
        normalise(kind, "x", cell)
            .map(Cow::into_owned)
            .map_err(|f| f.code)
    }

    #[test]
    fn dates_are_read_year_first_or_day_first() {
        for (cell, expected) in [
            ("1990-08-17", Ok("1990-08-17")),
            ("17/08/1990", Ok("1990-08-17")),
            ("7-8-1990", Ok("1990-08-07")),
            ("1990/8/7", Ok("1990-08-07")),
            ("2000-02-29", Ok("2000-02-29")),
            ("", Ok("")),
            ("1990-02-30", Err("impossible_date")),
            ("08/17/1990", Err("impossible_date")),
            ("17-08-90", Err("impossible_date")),
            ("0090-08-17", Err("impossible_date")),
            ("1990-08-17-01", Err("impossible_date")),
            ("+990-08-17", Err("impossible_date")),
            ("kemarin", Err("impossible_date")),
        ] {
            assert_eq!(
                value(Kind::Date, cell),
                expected.map(str::to_owned),
                "{cell}"
            );
        }
    }

    #[test]
    fn several_codes_are_sorted_and_none_stands_alone() {
        let kind = Kind::Many(&["0", "1", "2", "4", "8", "99"]);
        assert_eq!(value(kind, "4  1 4").as_deref(), Ok("1 4"));
        assert_eq!(value(kind, "0").as_deref(), Ok("0"));
        assert_eq!(value(kind, "0 1"), Err("unknown_code"));
        assert_eq!(value(kind, "3"), Err("unknown_code"));
    }

    #[test]
    fn areas_are_numbers_with_point_or_comma() {
        assert_eq!(value(Kind::Area, "45,5").as_deref(), Ok("45.5"));
        for bad in ["-3", "1e3", "inf", "1.2.3", "luas", "100001"] {
            assert_eq!(value(Kind::Area, bad), Err("not_a_number"), "{bad}");
        }
    }

    #[test]
    fn grouped_numbers_lose_their_blanks_and_apostrophe() {
        let plain = "1809011708909001";
        for cell in [
            plain,
            "'1809011708909001",
            "1809 0117 0890 9001",
            "180901.170890.9001",
        ] {
            assert_eq!(value(Kind::Nik, cell).as_deref(), Ok(plain), "{cell}");
        }
        assert_eq!(
            value(Kind::Nik, "1.80901E+15").as_deref(),
            Ok("1.80901E+15")
        );
    }

    #[test]
    fn a_long_wrong_value_is_not_repeated_in_the_message() {
        let Err(fault) = normalise(Kind::One(&["1", "2"]), "sex", "1809011708909001") else {
            panic!("accepted");
        };
        assert!(!fault.message.en.contains("1809") && !fault.message.id.contains("1809"));
    }
}
