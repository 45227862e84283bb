//! Values of expressions, and conversions between them as JavaRosa makes them.

use chrono::{DateTime, FixedOffset, NaiveDate};

/// A node that a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeRef {
    /// A node in an instance of its scope (indices into `Data::scopes` and `Form::nodes`).
    Main { scope: usize, node: u32 },
    /// A row of a choice list.
    Item { list: usize, row: u32 },
    /// A cell of a choice list.
    Cell {
        list: usize,
        row: u32,
        column: usize,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    Number(f64),
    Text(String),
    Date(NaiveDate),
    Moment(DateTime<FixedOffset>),
    /// Nodes in document order; turned into one of the others by whoever needs it.
    Nodes(Vec<NodeRef>),
}

pub(crate) fn epoch() -> NaiveDate {
    NaiveDate::default()
}

/// Days since 1970-01-01.
pub(crate) fn days(date: NaiveDate) -> f64 {
    date.signed_duration_since(epoch()).num_days() as f64
}

/// `number(text)`: digits with an optional minus and one decimal sign, nothing else; JavaRosa takes
/// a comma for a point, and neither `+5` nor `1e3`.
pub(crate) fn to_number(text: &str) -> f64 {
    let text = text.trim_matches(|c| c <= ' ');
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
        && digits.bytes().any(|b| b.is_ascii_digit());
    if !plain {
        return f64::NAN;
    }
    if text.contains(',') {
        return text.replace(',', ".").parse().unwrap_or(f64::NAN);
    }
    text.parse().unwrap_or(f64::NAN)
}

/// `string(number)` of XPath 1.0: no exponent, no trailing `.0`, no minus zero.
pub(crate) fn number_text(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if n == 0.0 || (n - n.round()).abs() < 1e-12 && n.round() == 0.0 {
        "0".to_owned()
    } else if (n - n.trunc()).abs() < 1e-12 {
        n.trunc().to_string()
    } else {
        n.to_string()
    }
}

impl Value {
    /// As text. Nodes must have been read before.
    pub(crate) fn text(&self) -> String {
        match self {
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => number_text(*n),
            Value::Text(t) => t.clone(),
            Value::Date(d) => d.format("%Y-%m-%d").to_string(),
            // JavaRosa writes any date object as its day.
            Value::Moment(m) => m.format("%Y-%m-%d").to_string(),
            Value::Nodes(_) => String::new(),
        }
    }

    /// What JavaRosa takes for no value: an empty text and NaN.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Value::Text(t) => t.is_empty(),
            Value::Number(n) => n.is_nan(),
            _ => false,
        }
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Value::Bool(b) => f64::from(u8::from(*b)),
            Value::Number(n) => *n,
            Value::Text(t) => to_number(t),
            Value::Date(d) => days(*d),
            Value::Moment(m) => days(m.date_naive()),
            Value::Nodes(_) => f64::NAN,
        }
    }

    pub(crate) fn bool(&self) -> bool {
        match self {
            Value::Bool(b) => *b,
            Value::Number(n) => n.abs() > 1e-12 && !n.is_nan(),
            Value::Text(t) => !t.is_empty(),
            Value::Date(_) | Value::Moment(_) => true,
            Value::Nodes(nodes) => !nodes.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Vectors of JavaRosa (ODK Validate of pyxform 4.5); ODK XForms section "Number functions".
    #[test]
    fn texts_become_numbers_as_in_javarosa() {
        for (text, number) in [
            (" 5 ", 5.0),
            ("5,5", 5.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-3", -3.0),
        ] {
            assert_eq!(to_number(text), number, "{text}");
        }
        for text in [
            "",
            "-",
            "+5",
            "1e3",
            "0x10",
            "abc",
            "Infinity",
            "NaN",
            "2017-06-15",
            "1.2.3",
            ".",
            "--1",
        ] {
            assert!(to_number(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn numbers_become_texts_without_exponent() {
        for (number, text) in [
            (7.0, "7"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e10, "10000000000"),
            (1_234_567_890_123.0, "1234567890123"),
            (1e-7, "0.0000001"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
