//! What each function does, by concept. Vectors and their source are in the tests.

mod dates;
mod digest;
mod geo;
mod nodes;
mod numbers;
mod regex;
mod session;
mod shuffle;
mod strings;

pub(super) use digest::{algorithm, encoding};
pub(super) use geo::written;
pub(super) use regex::java_regex;
pub(super) use session::PROPERTIES;

use super::Expr;
use super::eval::{Env, Spot};
use super::value::Value;
use crate::functions::Function as F;

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
                if first.is_null() {
                    self.scalar(&args[1], spot)
                } else {
                    first
                }
            }
            F::Once => self.once(&args[0], spot),
            F::Depend => self.scalar(&args[0], spot),
            F::True => Value::Bool(true),
            F::False => Value::Bool(false),
            F::Boolean => Value::Bool(self.bool(&args[0], spot)),
            F::Not => Value::Bool(!self.bool(&args[0], spot)),
            F::BooleanFromString => {
                let text = self.cow(&args[0], spot);
                Value::Bool(text.eq_ignore_ascii_case("true") || text == "1")
            }
            F::Number => Value::Number(self.number(&args[0], spot)),
            F::Text => Value::Text(self.text(&args[0], spot)),
            F::Current
            | F::Position
            | F::Last
            | F::Count
            | F::CountNonEmpty
            | F::Sum
            | F::Min
            | F::Max
            | F::Randomize
            | F::Checklist
            | F::WeightedChecklist => self.nodes(function, args, spot),
            F::Today
            | F::Now
            | F::Date
            | F::DateTime
            | F::DecimalDateTime
            | F::DecimalTime
            | F::FormatDate
            | F::FormatDateTime => self.dates(function, args, spot),
            F::Random | F::Uuid | F::Version | F::Property => self.session(function, args, spot),
            F::Area | F::Distance | F::Geofence | F::Intersects => self.geo(function, args, spot),
            F::Digest | F::Base64Decode | F::ExtractSigned => self.digest(function, args, spot),
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
            | F::Tan => Value::Number(self.arithmetic(function, args, spot)),
            F::Concat
            | F::Join
            | F::Selected
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
            | F::Regex => self.strings(function, args, spot),
            // Resolved into expressions of their own.
            F::Instance | F::IndexedRepeat | F::ChoiceName | F::PullData | F::Itext => {
                Value::Text(String::new())
            }
        }
    }
}

/// Java's conversion of a double to an int: NaN is 0, everything else is cut and bounded.
fn java_int(n: f64) -> i32 {
    n as i32
}
