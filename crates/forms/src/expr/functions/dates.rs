//! Dates and times.

use super::super::Expr;
use super::super::dates::{
    decimal_days, format, midnight, parse_time, time_of_day, to_date, to_moment,
};
use super::super::eval::{Env, Spot};
use super::super::value::Value;
use crate::functions::Function as F;
use chrono::NaiveTime;

impl Env<'_> {
    /// Where JavaRosa stops with an error, because a value is no date, the result is empty.
    pub(super) fn dates(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        let zone = *self.context.now.offset();
        let empty = || Value::Text(String::new());
        let Some(arg) = args.first() else {
            return match function {
                F::Today => Value::Date(self.context.today),
                _ => Value::Moment(self.context.now),
            };
        };
        let value = self.scalar(arg, spot);
        if value.is_null() {
            return match function {
                F::FormatDate | F::FormatDateTime => empty(),
                _ => value,
            };
        }
        // A time alone, of today; JavaRosa takes only what a time question holds.
        let clock = |value: &Value| {
            let (time, _) = parse_time(&value.text())?;
            let since = time.signed_duration_since(NaiveTime::MIN);
            Some(midnight(self.context.today, zone)? + since)
        };
        match function {
            F::Date => to_date(&value, zone).unwrap_or_else(empty),
            F::DateTime => to_moment(&value, zone).map_or_else(empty, Value::Moment),
            F::DecimalDateTime => match value {
                Value::Number(n) => Value::Number(n),
                value => to_moment(&value, zone)
                    .map_or_else(empty, |moment| Value::Number(decimal_days(moment))),
            },
            F::DecimalTime => match &value {
                Value::Number(n) => Value::Number(n - n.floor()),
                value => to_moment(value, zone)
                    .or_else(|| clock(value))
                    .map_or_else(empty, |moment| Value::Number(time_of_day(moment, zone))),
            },
            _ => to_moment(&value, zone)
                .or_else(|| clock(&value))
                .and_then(|m| format(m.naive_local(), &self.cow(&args[1], spot)))
                .map_or_else(empty, Value::Text),
        }
    }
}
