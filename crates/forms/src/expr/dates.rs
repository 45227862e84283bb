//! Dates and times as texts.

use super::Value;
use super::value::epoch;
use chrono::{
    DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike,
};

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

/// `date(..)`: `None` where JavaRosa gives up.
pub(super) fn to_date(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Text(t) if t.is_empty() => Value::Text(String::new()),
        Value::Text(t) => {
            let day = t.split_once('T').map_or(t.as_str(), |(day, _)| day);
            Value::Date(parse_date(day)?)
        }
        Value::Date(d) => Value::Date(*d),
        Value::Moment(m) => Value::Date(m.date_naive()),
        Value::Number(n) => Value::Date(from_days(*n)?),
        Value::Bool(_) | Value::Nodes(_) => return None,
    })
}

/// `date-time(..)`.
pub(super) fn to_moment(value: &Value, zone: FixedOffset) -> Option<Value> {
    Some(match value {
        Value::Text(t) if t.is_empty() => Value::Text(String::new()),
        Value::Text(t) => {
            Value::Moment(parse_date_time(t, zone).or_else(|| midnight(parse_date(t)?, zone))?)
        }
        Value::Date(d) => Value::Moment(midnight(*d, zone)?),
        Value::Moment(m) => Value::Moment(*m),
        Value::Number(n) => {
            let day = midnight(from_days(*n)?, FixedOffset::east_opt(0)?)?;
            let seconds = ((n - n.floor()) * 86_400_000.0).round() as i64;
            Value::Moment((day + Duration::milliseconds(seconds)).with_timezone(&zone))
        }
        Value::Bool(_) | Value::Nodes(_) => return None,
    })
}

pub(super) fn midnight(date: NaiveDate, zone: FixedOffset) -> Option<DateTime<FixedOffset>> {
    zone.from_local_datetime(&date.and_time(NaiveTime::MIN))
        .single()
}

fn from_days(n: f64) -> Option<NaiveDate> {
    if !n.is_finite() || n.abs() > 1e7 {
        return None;
    }
    epoch().checked_add_signed(Duration::days(n.floor() as i64))
}

/// Days since 1970-01-01T00:00Z with the fraction, so a local midnight in Jakarta ends in .7083.
pub(super) fn decimal_days(moment: DateTime<FixedOffset>) -> f64 {
    moment.timestamp_millis() as f64 / 86_400_000.0
}

pub(super) fn fraction_of_day(time: NaiveTime) -> f64 {
    f64::from(time.num_seconds_from_midnight()) / 86_400.0
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `format-date` and `format-date-time`: `None` for an escape that does not exist.
pub(super) fn format(moment: NaiveDateTime, pattern: &str, with_time: bool) -> Option<String> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let escape = chars.next()?;
        out += &match escape {
            '%' => "%".to_owned(),
            'Y' => format!("{:04}", moment.year()),
            'y' => format!("{:02}", moment.year() % 100),
            'm' => format!("{:02}", moment.month()),
            'n' => moment.month().to_string(),
            'b' => MONTHS[moment.month0() as usize].to_owned(),
            'd' => format!("{:02}", moment.day()),
            'e' => moment.day().to_string(),
            'a' => DAYS[moment.weekday().num_days_from_monday() as usize].to_owned(),
            'H' if with_time => format!("{:02}", moment.hour()),
            'h' if with_time => moment.hour().to_string(),
            'M' if with_time => format!("{:02}", moment.minute()),
            'S' if with_time => format!("{:02}", moment.second()),
            '3' if with_time => format!("{:03}", moment.nanosecond() / 1_000_000 % 1000),
            _ => return None,
        };
    }
    Some(out)
}

/// The escapes of a pattern that `format` would refuse.
pub(super) fn bad_escape(pattern: &str, with_time: bool) -> Option<String> {
    let known = if with_time {
        "%YymnbdeaHhMS3"
    } else {
        "%Ymynbdea"
    };
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            match chars.next() {
                Some(e) if known.contains(e) => {}
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
