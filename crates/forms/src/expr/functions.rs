//! What each function does. Vectors and their source are in the tests.

use super::Expr;
use super::dates::{
    decimal_days, format, fraction_of_day, midnight, parse_time, to_date, to_moment,
};
use super::eval::{Env, Spot};
use super::value::{NodeRef, Value, number_text};
use crate::form::NodeKind;
use crate::functions::Function as F;
use chrono::NaiveTime;

/// Longest text that functions build; JavaRosa has no bound, a device with 2 GB has.
const MAX_TEXT: usize = 1 << 20;

impl Env<'_> {
    pub(super) fn call(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        match function {
            F::If => {
                let chosen = if self.bool(&args[0], spot) {
                    &args[1]
                } else {
                    &args[2]
                };
                self.scalar(chosen, spot)
            }
            F::Coalesce => {
                let first = self.scalar(&args[0], spot);
                if first.text().is_empty() {
                    self.scalar(&args[1], spot)
                } else {
                    first
                }
            }
            F::Once => self.once(&args[0], spot),
            F::True => Value::Bool(true),
            F::False => Value::Bool(false),
            F::Boolean => Value::Bool(self.bool(&args[0], spot)),
            F::Not => Value::Bool(!self.bool(&args[0], spot)),
            F::BooleanFromString => {
                let text = self.text(&args[0], spot);
                Value::Bool(text.eq_ignore_ascii_case("true") || text == "1")
            }
            F::Number => Value::Number(self.number(&args[0], spot)),
            F::Text => Value::Text(self.text(&args[0], spot)),
            F::Current => Value::Nodes(vec![self.current]),
            F::Position => Value::Number(match args.first() {
                None => spot.position as f64,
                Some(path) => match self.eval(path, spot) {
                    Value::Nodes(nodes) => nodes.first().map_or(f64::NAN, |n| self.position(*n)),
                    _ => f64::NAN,
                },
            }),
            F::Last => Value::Number(spot.size as f64),
            F::Count | F::CountNonEmpty | F::Sum => self.aggregate(function, &args[0], spot),
            F::Min | F::Max => self.extreme(function == F::Max, args, spot),
            F::Today
            | F::Now
            | F::Date
            | F::DateTime
            | F::DecimalDateTime
            | F::DecimalTime
            | F::FormatDate
            | F::FormatDateTime => self.dates(function, args, spot),
            F::Random => Value::Number((self.next_random() >> 11) as f64 / (1u64 << 53) as f64),
            F::Uuid => {
                let (high, low) = (self.next_random(), self.next_random());
                let bits = (u128::from(high) << 64) | u128::from(low);
                Value::Text(
                    uuid::Builder::from_random_bytes(bits.to_be_bytes())
                        .into_uuid()
                        .to_string(),
                )
            }
            F::Checklist | F::WeightedChecklist => self.checklist(function, args, spot),
            F::Abs
            | F::Acos
            | F::Asin
            | F::Atan
            | F::Atan2
            | F::Ceiling
            | F::Cos
            | F::Exp
            | F::Exp10
            | F::Floor
            | F::Int
            | F::Log
            | F::Log10
            | F::Pi
            | F::Pow
            | F::Round
            | F::Sin
            | F::Sqrt
            | F::Tan => {
                let numbers: Vec<f64> = args.iter().map(|a| self.number(a, spot)).collect();
                Value::Number(arithmetic(function, &numbers))
            }
            F::Concat => Value::Text(bounded(self.texts(args, spot).concat())),
            F::Join => {
                let separator = self.text(&args[0], spot);
                Value::Text(bounded(self.texts(&args[1..], spot).join(&separator)))
            }
            F::Selected
            | F::SelectedAt
            | F::CountSelected
            | F::Contains
            | F::StartsWith
            | F::EndsWith
            | F::SubstringBefore
            | F::SubstringAfter
            | F::StringLength
            | F::Substr
            | F::NormalizeSpace
            | F::Translate
            | F::Regex => {
                let texts: Vec<String> = args.iter().map(|a| self.text(a, spot)).collect();
                let number = |index: usize| args.get(index).map(|a| self.number(a, spot));
                strings(function, &texts, number)
            }
            // Resolved into expressions of their own.
            F::Instance | F::IndexedRepeat | F::ChoiceName => Value::Text(String::new()),
        }
    }

    fn once(&self, expr: &Expr, spot: Spot) -> Value {
        if let NodeRef::Main { scope, node } = self.current {
            let def = self.form.node(node);
            if matches!(def.kind, NodeKind::Question(_))
                && !self.data.scopes[scope].values[def.slot].is_empty()
            {
                return self.read(self.current);
            }
        }
        self.scalar(expr, spot)
    }

    /// Texts of all arguments, node sets taken apart.
    fn texts(&self, args: &[Expr], spot: Spot) -> Vec<String> {
        let mut out = Vec::new();
        for arg in args {
            match self.eval(arg, spot) {
                Value::Nodes(nodes) => out.extend(nodes.iter().map(|n| self.read(*n).text())),
                other => out.push(other.text()),
            }
        }
        out
    }

    fn numbers(&self, args: &[Expr], spot: Spot) -> Vec<f64> {
        let mut out = Vec::new();
        for arg in args {
            match self.eval(arg, spot) {
                Value::Nodes(nodes) => out.extend(nodes.iter().map(|n| self.read(*n).number())),
                other => out.push(other.number()),
            }
        }
        out
    }

    fn aggregate(&self, function: F, arg: &Expr, spot: Spot) -> Value {
        let Value::Nodes(nodes) = self.eval(arg, spot) else {
            return Value::Number(f64::NAN);
        };
        let values = || nodes.iter().map(|n| self.read(*n));
        Value::Number(match function {
            F::Count => nodes.len() as f64,
            F::CountNonEmpty => values().filter(|v| !v.text().is_empty()).count() as f64,
            // An unanswered node of a repeat counts nothing; any other text makes the sum NaN.
            _ => values()
                .filter(|v| !v.text().is_empty())
                .map(|v| v.number())
                .fold(0.0, |a, b| a + b),
        })
    }

    fn extreme(&self, greatest: bool, args: &[Expr], spot: Spot) -> Value {
        let numbers = self.numbers(args, spot).into_iter().filter(|n| !n.is_nan());
        let best = if greatest {
            numbers.reduce(f64::max)
        } else {
            numbers.reduce(f64::min)
        };
        Value::Number(best.unwrap_or(f64::NAN))
    }

    /// Only `checklist` knows -1 for "no bound", and takes its bounds without fractions.
    fn checklist(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        let (least, most) = (self.number(&args[0], spot), self.number(&args[1], spot));
        Value::Bool(if function == F::Checklist {
            let count = args[2..].iter().filter(|a| self.bool(a, spot)).count() as i64;
            let (least, most) = (least as i64, most as i64);
            (least < 0 || count >= least) && (most < 0 || count <= most)
        } else {
            let score: f64 = args[2..]
                .chunks_exact(2)
                .filter(|pair| self.bool(&pair[0], spot))
                .map(|pair| self.number(&pair[1], spot))
                .sum();
            score >= least && score <= most
        })
    }

    fn dates(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        let zone = *self.context.now.offset();
        let empty = || Value::Text(String::new());
        let arg = args.first().map(|a| self.scalar(a, spot));
        match (function, arg) {
            (F::Today, _) => Value::Date(self.context.today),
            (F::Now, _) => Value::Moment(self.context.now),
            (F::Date, Some(value)) => to_date(&value).unwrap_or_else(empty),
            (F::DateTime, Some(value)) => to_moment(&value, zone).unwrap_or_else(empty),
            (F::DecimalDateTime, Some(value)) => {
                let moment = match &value {
                    Value::Text(t) if t.is_empty() => None,
                    value => to_moment(value, zone),
                };
                Value::Number(match moment {
                    Some(Value::Moment(m)) => decimal_days(m),
                    _ => f64::NAN,
                })
            }
            (F::DecimalTime, Some(value)) => {
                let time = match &value {
                    Value::Moment(m) => Some(m.time()),
                    Value::Date(_) => Some(NaiveTime::MIN),
                    other => parse_time(&other.text()).map(|(time, _)| time),
                };
                Value::Number(time.map_or(f64::NAN, fraction_of_day))
            }
            (_, Some(value)) => {
                let pattern = self.text(&args[1], spot);
                let moment = match to_moment(&value, zone) {
                    Some(Value::Moment(m)) => m,
                    _ => match parse_time(&value.text()).and_then(|(time, _)| {
                        Some(
                            midnight(self.context.today, zone)?
                                + time.signed_duration_since(NaiveTime::MIN),
                        )
                    }) {
                        Some(m) if function == F::FormatDateTime => m,
                        _ => return empty(),
                    },
                };
                format(
                    moment.naive_local(),
                    &pattern,
                    function == F::FormatDateTime,
                )
                .map_or_else(empty, Value::Text)
            }
            (_, None) => empty(),
        }
    }
}

fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let mut end = MAX_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

fn arithmetic(function: F, n: &[f64]) -> f64 {
    let x = n.first().copied().unwrap_or(f64::NAN);
    match function {
        F::Abs => x.abs(),
        F::Acos => x.acos(),
        F::Asin => x.asin(),
        F::Atan => x.atan(),
        F::Atan2 => x.atan2(n[1]),
        F::Ceiling => x.ceil(),
        F::Cos => x.cos(),
        F::Exp => x.exp(),
        F::Exp10 => 10f64.powf(x),
        F::Floor => x.floor(),
        F::Int => x.trunc(),
        F::Log => x.ln(),
        F::Log10 => x.log10(),
        F::Pi => std::f64::consts::PI,
        // Java's, where nothing to any power but 0 stays nothing.
        F::Pow if n[1].is_nan() || (x.abs() == 1.0 && n[1].is_infinite()) => f64::NAN,
        F::Pow => x.powf(n[1]),
        F::Round => match n.get(1) {
            None => (x + 0.5).floor(),
            Some(places) => round_to(x, *places),
        },
        F::Sin => x.sin(),
        F::Sqrt => x.sqrt(),
        F::Tan => x.tan(),
        _ => f64::NAN,
    }
}

/// `round(x, places)`: half away from zero, on the decimal digits that the number shows, so that
/// 1.255 becomes 1.26 although its binary form lies below.
fn round_to(x: f64, places: f64) -> f64 {
    if !x.is_finite() || places.is_nan() || places.abs() > 30.0 {
        return x;
    }
    let places = places.trunc() as i32;
    let text = format!("{}e{places}", number_text(x.abs()));
    let Ok(scaled) = text.parse::<f64>() else {
        return x;
    };
    let rounded = scaled.round();
    let back = format!("{rounded}e{}", -places).parse().unwrap_or(x);
    if x < 0.0 { -back } else { back }
}

fn strings(function: F, t: &[String], number: impl Fn(usize) -> Option<f64>) -> Value {
    let second = t.get(1).map(String::as_str).unwrap_or_default();
    let first = t.first().map(String::as_str).unwrap_or_default();
    match function {
        F::Selected => {
            let wanted = second.trim();
            let padded = format!(" {first} ");
            Value::Bool(
                padded.contains(&format!(" {wanted} ")) || (first.is_empty() && wanted.is_empty()),
            )
        }
        F::SelectedAt => {
            let index = number(1).unwrap_or(f64::NAN);
            let chosen = (index >= 0.0)
                .then(|| first.split_whitespace().nth(index as usize))
                .flatten();
            Value::Text(chosen.unwrap_or_default().to_owned())
        }
        F::CountSelected => Value::Number(first.split_whitespace().count() as f64),
        F::Contains => Value::Bool(first.contains(second)),
        F::StartsWith => Value::Bool(first.starts_with(second)),
        F::EndsWith => Value::Bool(first.ends_with(second)),
        F::SubstringBefore => {
            Value::Text(first.split_once(second).map_or("", |(a, _)| a).to_owned())
        }
        F::SubstringAfter => {
            Value::Text(first.split_once(second).map_or("", |(_, b)| b).to_owned())
        }
        F::StringLength => Value::Number(first.encode_utf16().count() as f64),
        F::Substr => Value::Text(substr(first, number(1), number(2))),
        F::NormalizeSpace => Value::Text(first.split_whitespace().collect::<Vec<_>>().join(" ")),
        F::Translate => {
            let to: Vec<char> = t[2].chars().collect();
            let from: Vec<char> = second.chars().collect();
            let out = first
                .chars()
                .filter_map(|c| match from.iter().position(|f| *f == c) {
                    None => Some(c),
                    Some(index) => to.get(index).copied(),
                })
                .collect();
            Value::Text(out)
        }
        F::Regex => {
            Value::Bool(java_regex(second).is_ok_and(|r| r.is_match(first).unwrap_or(false)))
        }
        _ => Value::Text(String::new()),
    }
}

fn substr(text: &str, start: Option<f64>, end: Option<f64>) -> String {
    let chars: Vec<char> = text.chars().collect();
    let size = chars.len() as f64;
    let place = |n: f64| {
        let n = if n.is_nan() { 0.0 } else { n.trunc() };
        (if n < 0.0 { size + n } else { n }).clamp(0.0, size) as usize
    };
    let (start, end) = (place(start.unwrap_or(0.0)), place(end.unwrap_or(size)));
    chars
        .get(start..end)
        .map(|c| c.iter().collect())
        .unwrap_or_default()
}

/// A pattern of Java that must match the whole text. `\d`, `\w` and `\s` mean ASCII, as in Java.
pub(in crate::expr) fn java_regex(pattern: &str) -> Result<fancy_regex::Regex, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    out.push_str("^(?:");
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('w') => out.push_str(if in_class {
                    "0-9A-Za-z_"
                } else {
                    "[0-9A-Za-z_]"
                }),
                Some('s') => out.push_str(if in_class {
                    r" \t\n\x0B\f\r"
                } else {
                    r"[ \t\n\x0B\f\r]"
                }),
                Some('D') => out.push_str("[^0-9]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            '[' => {
                // Inside a class Java nests; authors mean the character.
                out.push_str(if in_class { r"\[" } else { "[" });
                in_class = true;
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out.push_str(r")\z");
    fancy_regex::RegexBuilder::new(&out)
        .backtrack_limit(100_000)
        .delegate_size_limit(1 << 20)
        .build()
        .map_err(|e| e.to_string())
}
