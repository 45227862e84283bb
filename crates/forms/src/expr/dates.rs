//! Dates and times as texts.

use super::Value;
use super::value::epoch;
use chrono::{
    DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike,
};
use std::fmt::Write;
use std::ops::RangeInclusive;

/// Years of dates. JavaRosa takes others too, and then reckons by the Julian calendar or writes years
/// of five digits, which nothing reads again.
const YEARS: RangeInclusive<i32> = 1000..=9999;

/// `YYYY-MM-DD`, exactly, with a year from 1000 to 9999.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())?
    };
    let year = digits(0..4)?;
    if year < 1000 {
        return None;
    }
    NaiveDate::from_ymd_opt(year as i32, digits(5..7)?, digits(8..10)?)
}

/// `HH:MM`, with seconds, thousandths and zone as it pleases the device. Gives the local time.
pub(crate) fn parse_time(text: &str) -> Option<(NaiveTime, Option<FixedOffset>)> {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) if at > 0 => (&text[..at], Some(parse_zone(&text[at..])?)),
        _ => (text, None),
    };
    ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(clock, format).ok())
        .map(|time| (time, zone))
}

fn parse_zone(text: &str) -> Option<FixedOffset> {
    if text.eq_ignore_ascii_case("z") {
        return FixedOffset::east_opt(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

/// `YYYY-MM-DDTHH:MM..`; a text without zone is in the zone of the device.
pub(crate) fn parse_date_time(text: &str, zone: FixedOffset) -> Option<DateTime<FixedOffset>> {
    let (date, time) = text.split_once(['T', ' '])?;
    let date = parse_date(date)?;
    let (time, own) = parse_time(time)?;
    own.unwrap_or(zone)
        .from_local_datetime(&NaiveDateTime::new(date, time))
        .single()
}

/// `date(..)`: `None` where JavaRosa gives up. A text with a time keeps it, as in JavaRosa.
pub(super) fn to_date(value: &Value, zone: FixedOffset) -> Option<Value> {
    Some(match value {
        Value::Text(text) if !text.contains('T') => Value::Date(lenient_date(text)?),
        Value::Text(text) => Value::Moment(lenient_moment(text, zone)?),
        Value::Date(d) => Value::Date(*d),
        Value::Moment(m) => Value::Date(m.date_naive()),
        Value::Number(n) => Value::Date(from_days(n.trunc())?),
        Value::Bool(_) | Value::Nodes(_) => return None,
    })
}

/// `date-time(..)`: in the zone of the device; `None` where JavaRosa gives up.
pub(super) fn to_moment(value: &Value, zone: FixedOffset) -> Option<DateTime<FixedOffset>> {
    Some(match value {
        Value::Text(text) => lenient_moment(text, zone)?,
        Value::Date(d) => midnight(*d, zone)?,
        Value::Moment(m) => m.with_timezone(&zone),
        Value::Number(n) => {
            from_days(n.floor())?;
            let millis = (n * 86_400_000.0) as i64;
            DateTime::from_timestamp_millis(millis)?.with_timezone(&zone)
        }
        Value::Bool(_) | Value::Nodes(_) => return None,
    })
}

/// A day as functions take it: unlike an answer it needs no leading zeros.
fn lenient_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year = year.parse().ok().filter(|y| YEARS.contains(y))?;
    parts
        .next()
        .is_none()
        .then(|| NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?))?
}

/// A day, or a day and a time, as functions take it.
fn lenient_moment(text: &str, zone: FixedOffset) -> Option<DateTime<FixedOffset>> {
    let Some((date, clock)) = text.split_once('T') else {
        return midnight(lenient_date(text)?, zone);
    };
    let (clock, own) = match clock.find(['Z', '+', '-']) {
        Some(at) => (&clock[..at], parse_zone(&clock[at..])?),
        None => (clock, zone),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let seconds: f64 = match parts.next() {
        None => 0.0,
        Some(text) => {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
            text[..end.unwrap_or(text.len())].parse().ok()?
        }
    };
    if parts.next().is_some() || seconds >= 60.0 {
        return None;
    }
    let (second, milli) = (
        seconds.trunc() as u32,
        (1000.0 * seconds - 1000.0 * seconds.trunc()) as u32,
    );
    let time = NaiveTime::from_hms_milli_opt(hour, minute, second, milli)?;
    let moment = own
        .from_local_datetime(&NaiveDateTime::new(lenient_date(date)?, time))
        .single()?;
    Some(moment.with_timezone(&zone))
}

pub(super) fn midnight(date: NaiveDate, zone: FixedOffset) -> Option<DateTime<FixedOffset>> {
    zone.from_local_datetime(&date.and_time(NaiveTime::MIN))
        .single()
}

fn from_days(n: f64) -> Option<NaiveDate> {
    if !n.is_finite() || n.abs() > 1e7 {
        return None;
    }
    epoch()
        .checked_add_signed(Duration::days(n as i64))
        .filter(|date| YEARS.contains(&date.year()))
}

/// Days since 1970-01-01T00:00Z with the fraction, so a local midnight in Jakarta ends in .7083.
pub(super) fn decimal_days(moment: DateTime<FixedOffset>) -> f64 {
    moment.timestamp_millis() as f64 / 86_400_000.0
}

/// Fraction of the day, counted as JavaRosa counts it (so that the last digits are the same).
pub(super) fn time_of_day(moment: DateTime<FixedOffset>, zone: FixedOffset) -> f64 {
    let local = moment.timestamp_millis() + i64::from(zone.local_minus_utc()) * 1000;
    let days = local as f64 / 86_400_000.0;
    days - days.floor()
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Number of the week, as Java counts in Indonesia and the United States: from Sunday, and the week
/// with the first of January is the first.
fn week(date: NaiveDate) -> u32 {
    let since_sunday = date.weekday().num_days_from_sunday();
    let saturday = date + Duration::days(i64::from(6 - since_sunday));
    if saturday.year() > date.year() {
        return 1;
    }
    (saturday.ordinal() - 1) / 7 + 1
}

/// `format-date` and `format-date-time`, which JavaRosa formats alike: `None` for an escape that does
/// not exist. Names of months and days are English.
pub(super) fn format(moment: NaiveDateTime, pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        // Writing to a String cannot fail.
        let _ = match chars.next()? {
            '%' => write!(out, "%"),
            'Y' => write!(out, "{:04}", moment.year()),
            'y' => write!(out, "{:02}", moment.year() % 100),
            'm' => write!(out, "{:02}", moment.month()),
            'n' => write!(out, "{}", moment.month()),
            'b' => write!(out, "{}", MONTHS[moment.month0() as usize]),
            'd' => write!(out, "{:02}", moment.day()),
            'e' => write!(out, "{}", moment.day()),
            'a' => write!(
                out,
                "{}",
                DAYS[moment.weekday().num_days_from_monday() as usize]
            ),
            'W' => write!(out, "{}", week(moment.date())),
            'H' => write!(out, "{:02}", moment.hour()),
            'h' => write!(out, "{}", moment.hour()),
            'M' => write!(out, "{:02}", moment.minute()),
            'S' => write!(out, "{:02}", moment.second()),
            '3' => write!(out, "{:03}", moment.nanosecond() / 1_000_000 % 1000),
            _ => return None,
        };
    }
    Some(out)
}

/// The first escape of a pattern that `format` would refuse.
pub(super) fn bad_escape(pattern: &str) -> Option<String> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            match chars.next() {
                Some(e) if "%YymnbdeaWHhMS3".contains(e) => {}
                Some(e) => return Some(format!("%{e}")),
                None => return Some("%".to_owned()),
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_dates_are_no_dates() {
        for text in [
            "2017-02-29",
            "2017-13-01",
            "17-01-01",
            "2017-1-1",
            "2017/01/01",
            "०१२३-01-01",
            "0001-01-01",
        ] {
            assert!(parse_date(text).is_none(), "{text}");
        }
        assert!(parse_date("2016-02-29").is_some());
    }

    #[test]
    fn times_with_and_without_zone_are_read() {
        for text in [
            "06:30",
            "06:30:15",
            "06:30:15.500",
            "06:30:15.500+07:00",
            "06:30Z",
        ] {
            assert!(parse_time(text).is_some(), "{text}");
        }
        for text in ["24:00", "6", "06:30+7", "-", "06:30+é1"] {
            assert!(parse_time(text).is_none(), "{text}");
        }
    }
}
