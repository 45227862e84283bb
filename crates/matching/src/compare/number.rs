//! Numbers and codes beside each other.

use super::{
    Agreement,
    level::{code as code_level, number::*, region as region_level},
};
use crate::persons::Values;

/// How many rows besides these two hold the number that both hold, as bits to take away.
fn shared_by_others(values: &Values, row: u32) -> f32 {
    let holders = values.rows_with[values.rows[row as usize] as usize];
    // The level counts from the commonest case, two holders: 20 bits stand for it, so that the sum is never negative.
    TWO_HOLDERS - (f64::from(holders.max(2) - 1).log2() as f32).min(TWO_HOLDERS)
}

/// See [`shared_by_others`].
pub(crate) const TWO_HOLDERS: f32 = 20.0;

fn missing(values: &Values, a: u32, b: u32) -> bool {
    values.rows[a as usize] == 0 || values.rows[b as usize] == 0
}

pub(crate) fn same(values: &Values, a: u32, b: u32) -> bool {
    values.rows[a as usize] == values.rows[b as usize]
}

/// What the birth dates of a pair say, beside which the NIKs are read: twelve of the sixteen digits are region and date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Days {
    /// A date is missing, in its field and in the NIK.
    Unknown,
    /// The same day, by the dates, by the NIKs, or crosswise.
    Same,
    /// Different days, whichever way they are read.
    Differ,
}

/// Compares NIKs. What the birth dates say already is not said again: among people of one birthday NIKs differ in
/// region and serial alone, and serials are small numbers, so that one digit apart is common among strangers.
pub(crate) fn nik(values: &Values, a: u32, b: u32, days: Days) -> Agreement {
    if missing(values, a, b) {
        return Agreement::default();
    }
    let on_a_day = match days {
        Days::Same => SAME_ON_A_DAY - SAME,
        _ => 0,
    };
    if same(values, a, b) {
        return Agreement {
            level: SAME + on_a_day,
            bits: shared_by_others(values, a),
        };
    }
    let (x, y) = (values.text(a), values.text(b));
    // Forty more on the day is the other sex, no other day.
    let day = |nik: &str| {
        nik.get(6..8)
            .and_then(|d| d.parse::<u32>().ok())
            .map(|d| d % 40)
    };
    let same_birth = x.get(8..12) == y.get(8..12) && day(x) == day(y);
    let slip = one_slip(x, y);
    let level = match days {
        // A slip within the date of birth, which the dates themselves show to be one.
        Days::Same if slip && !same_birth => ONE_DIGIT,
        Days::Same if slip || x.get(..12) == y.get(..12) => ALIKE,
        Days::Unknown if slip => ONE_DIGIT,
        Days::Unknown if x.get(..12) == y.get(..12) => ALIKE,
        _ => DIFFERENT,
    };
    Agreement::plain(level + on_a_day)
}

pub(crate) fn identifier(values: &Values, a: u32, b: u32) -> Agreement {
    if missing(values, a, b) {
        return Agreement::default();
    }
    if same(values, a, b) {
        return Agreement {
            level: SAME,
            bits: shared_by_others(values, a),
        };
    }
    let (x, y) = (values.text(a), values.text(b));
    if x.len().abs_diff(y.len()) > 2 {
        return Agreement::plain(DIFFERENT);
    }
    Agreement::plain(match strsim::osa_distance(x, y) {
        1 => ONE_DIGIT,
        2 if x.len() >= 6 => ALIKE,
        _ => DIFFERENT,
    })
}

pub(crate) fn family_card(values: &Values, a: u32, b: u32, rows: u32) -> Agreement {
    if missing(values, a, b) {
        return Agreement::default();
    }
    if same(values, a, b) {
        return Agreement::chance(SAME, others(values, a, rows));
    }
    let (x, y) = (values.text(a), values.text(b));
    Agreement::plain(if x.get(..12) == y.get(..12) {
        // Cards made on the same day in the same district have neighbouring serials.
        ALIKE
    } else if one_slip(x, y) {
        ONE_DIGIT
    } else {
        DIFFERENT
    })
}

/// Share of the rows that hold the value of this one, the pair itself hardly counted.
fn others(values: &Values, row: u32, rows: u32) -> f64 {
    let holders = f64::from(values.rows_with[values.rows[row as usize] as usize]);
    (holders - 1.5).max(0.5) / f64::from(rows.max(2))
}

pub(crate) fn code(values: &Values, a: u32, b: u32, rows: u32) -> Agreement {
    if missing(values, a, b) {
        return Agreement::default();
    }
    if same(values, a, b) {
        return Agreement::chance(code_level::SAME, others(values, a, rows));
    }
    let (x, y) = (values.text(a), values.text(b));
    let near = x.len().min(y.len()) >= 3
        && x.len().abs_diff(y.len()) <= 1
        && strsim::osa_distance(x, y) == 1;
    Agreement::plain(if near {
        code_level::ONE_OFF
    } else {
        code_level::DIFFERENT
    })
}

pub(crate) fn region(values: &Values, a: u32, b: u32, rows: u32) -> Agreement {
    if missing(values, a, b) {
        return Agreement::default();
    }
    if same(values, a, b) {
        return Agreement::chance(region_level::VILLAGE, others(values, a, rows));
    }
    let (x, y) = (values.text(a), values.text(b));
    // `18.09.01.2001`: province, regency, district, village.
    let first = |text: &str, dots: usize| {
        let mut ends = text.match_indices('.').map(|(at, _)| at);
        ends.nth(dots).map(|end| text[..end].to_owned())
    };
    let shared = |dots| first(x, dots).is_some() && first(x, dots) == first(y, dots);
    Agreement::plain(if shared(2) {
        region_level::DISTRICT
    } else if shared(1) {
        region_level::REGENCY
    } else {
        region_level::DIFFERENT
    })
}

/// One digit other, or two neighbours exchanged; both of the same length.
fn one_slip(x: &str, y: &str) -> bool {
    let (x, y) = (x.as_bytes(), y.as_bytes());
    if x.len() != y.len() {
        return false;
    }
    let mut wrong = (0..x.len()).filter(|i| x[*i] != y[*i]);
    match (wrong.next(), wrong.next(), wrong.next()) {
        (Some(_), None, _) => true,
        (Some(i), Some(j), None) => j == i + 1 && x[i] == y[j] && x[j] == y[i],
        _ => false,
    }
}
