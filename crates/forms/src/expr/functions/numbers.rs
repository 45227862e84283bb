//! Arithmetic.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::{Value, days, number_text};
use super::java_int;
use crate::functions::Function as F;

impl Env<'_> {
    pub(super) fn arithmetic(&self, function: F, args: &[Expr], spot: Spot) -> f64 {
        let plain = |index: usize| self.number(&args[index], spot);
        let exact = |index: usize| self.exact_number(&args[index], spot);
        match function {
            F::Abs => exact(0).abs(),
            F::Acos => exact(0).acos(),
            F::Asin => exact(0).asin(),
            F::Atan => exact(0).atan(),
            F::Atan2 => exact(0).atan2(exact(1)),
            F::Ceiling => plain(0).ceil(),
            F::Cos => exact(0).cos(),
            F::Exp => exact(0).exp(),
            F::Exp10 => 10f64.powf(exact(0)),
            F::Floor => plain(0).floor(),
            F::Int => plain(0).trunc(),
            F::Log => exact(0).ln(),
            F::Log10 => exact(0).log10(),
            F::Pi => std::f64::consts::PI,
            F::Pow => power(exact(0), exact(1)),
            F::Round => {
                let places = if args.len() > 1 {
                    java_int(plain(1))
                } else {
                    0
                };
                round(plain(0), places)
            }
            F::Sin => exact(0).sin(),
            F::Sqrt => exact(0).sqrt(),
            F::Tan => exact(0).tan(),
            _ => f64::NAN,
        }
    }

    /// A number; a moment that a function has just computed keeps the fraction of its day, while one
    /// that is read from a node does not (JavaRosa's `toDouble` and `toNumeric`).
    fn exact_number(&self, expr: &Expr, spot: Spot) -> f64 {
        match expr {
            Expr::Call(F::Depend, args) => return self.exact_number(&args[0], spot),
            Expr::Call(F::If, args) => {
                let chosen = if self.bool(&args[0], spot) { 1 } else { 2 };
                return self.exact_number(&args[chosen], spot);
            }
            Expr::Call(F::Coalesce, args) => {
                let chosen = usize::from(self.scalar(&args[0], spot).is_null());
                return self.exact_number(&args[chosen], spot);
            }
            Expr::Call(..) => {}
            _ => return self.number(expr, spot),
        }
        match self.eval(expr, spot) {
            Value::Moment(m) => {
                let day = m.date_naive();
                let since = m
                    .naive_local()
                    .signed_duration_since(day.and_time(chrono::NaiveTime::MIN));
                days(day) + since.num_milliseconds() as f64 / 86_400_000.0
            }
            Value::Nodes(nodes) => self.first(&nodes).number(),
            other => other.number(),
        }
    }
}

/// As Java: what cannot be known is NaN, also with 1 as base.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    base.powf(exponent)
}

/// Rounds on the decimal digits that the number shows, so that 1.255 becomes 1.26 although its binary
/// form lies below. A half goes up: 2.5 becomes 3 and -2.5 becomes -2.
fn round(x: f64, places: i32) -> f64 {
    if !x.is_finite() {
        return x;
    }
    if places.abs() > 30 {
        return f64::NAN;
    }
    if places == 0 && x.fract() == 0.0 {
        return x;
    }
    let shifted = |text: &str, by: i32| format!("{text}e{by}").parse::<f64>();
    let Ok(scaled) = shifted(&number_text(x.abs()), places) else {
        return x;
    };
    let away = scaled.round();
    let rounded = if x < 0.0 && away - scaled == 0.5 {
        away - 1.0
    } else {
        away
    };
    let size = shifted(&number_text(rounded), -places).unwrap_or(x.abs());
    if x < 0.0 { -size } else { size }
}
