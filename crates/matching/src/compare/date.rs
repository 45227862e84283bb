//! Birth dates beside each other.

use super::{
    Agreement,
    level::date::{
        BY_NIK, DEFAULT, DIFFERENT, ONE_DEFAULT, ONE_DIGIT, SAME, SWAPPED, TWO_PARTS, YEAR,
    },
};
use crate::{normalise::date::TypedDate, persons::Dates};

/// Somebody is born on a given day, whoever is alive: one in the days of about seventy years.
const ONE_DAY: f64 = 1.0 / 25_000.0;

/// Compares the dates of two rows; `by_nik`: their NIKs tell the same day, though their dates do not.
pub(crate) fn compare(dates: &Dates, a: u32, b: u32, by_nik: bool, rows: u32) -> Agreement {
    let own = |row: u32| {
        let date = dates.rows[row as usize];
        (date.0 != 0 && !date.is_placeholder()).then_some(date)
    };
    let (Some(x), Some(y)) = (own(a), own(b)) else {
        return Agreement::plain(if by_nik { BY_NIK } else { 0 });
    };
    if x == y {
        let holders = dates.counts.get(&x.0).copied().unwrap_or(0);
        let chance = (f64::from(holders) - 2.0) / f64::from(rows.max(2));
        let level = if x.is_default_day() { DEFAULT } else { SAME };
        // Of a stand-in only the year is known.
        let least = match level {
            DEFAULT => 1.0 / 700.0,
            _ => ONE_DAY,
        };
        return Agreement::chance(level, chance.max(least));
    }
    if by_nik {
        return Agreement::plain(BY_NIK);
    }
    Agreement::plain(different(x, y))
}

fn different(x: TypedDate, y: TypedDate) -> u8 {
    if x.swapped() == y {
        return SWAPPED;
    }
    let same_year = x.year() == y.year();
    if !same_year && x.is_default_day() && y.is_default_day() {
        // Nothing but two years is known, and they differ.
        return DIFFERENT;
    }
    if same_year && (x.is_default_day() || y.is_default_day()) {
        return ONE_DEFAULT;
    }
    if one_slip(x.0, y.0) {
        return ONE_DIGIT;
    }
    let parts = [same_year, x.month() == y.month(), x.day() == y.day()];
    match parts.iter().filter(|p| **p).count() {
        2 => TWO_PARTS,
        _ if same_year => YEAR,
        _ => DIFFERENT,
    }
}

/// One of the eight digits differs, or two neighbours are exchanged.
fn one_slip(mut x: u32, mut y: u32) -> bool {
    let (mut a, mut b) = ([0; 8], [0; 8]);
    for at in (0..8).rev() {
        a[at] = x % 10;
        b[at] = y % 10;
        x /= 10;
        y /= 10;
    }
    let mut wrong = (0..8).filter(|i| a[*i] != b[*i]);
    match (wrong.next(), wrong.next(), wrong.next()) {
        (Some(_), None, _) => true,
        (Some(i), Some(j), None) => j == i + 1 && a[i] == b[j] && a[j] == b[i],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(a: &str, b: &str) -> Agreement {
        let mut dates = Dates::default();
        for text in [a, b] {
            let date = TypedDate::parse(text).unwrap_or_default();
            dates.rows.push(date);
            *dates.counts.entry(date.0).or_insert(0) += 1;
        }
        compare(&dates, 0, 1, false, 1000)
    }

    #[test]
    fn slips_swaps_and_stand_ins_have_levels_of_their_own() {
        for (a, b, level) in [
            ("1990-08-17", "1990-08-17", SAME),
            ("1990-03-04", "1990-04-03", SWAPPED),
            ("1990-08-17", "1990-08-18", ONE_DIGIT),
            ("1990-08-17", "1990-08-71", ONE_DIGIT),
            ("1990-08-17", "1980-08-17", ONE_DIGIT),
            ("1990-08-17", "1990-01-01", ONE_DEFAULT),
            ("1960-01-01", "1960-01-01", DEFAULT),
            ("1960-12-31", "1960-07-01", ONE_DEFAULT),
            ("1990-08-17", "1990-08-29", TWO_PARTS),
            ("1990-08-17", "1987-08-17", TWO_PARTS),
            ("1990-08-17", "1990-02-25", YEAR),
            ("1990-08-17", "1955-02-25", DIFFERENT),
            ("1986-01-01", "1989-01-01", DIFFERENT),
            ("1900-01-01", "1900-01-01", 0),
            ("1900-01-01", "1990-08-17", 0),
            ("", "1990-08-17", 0),
        ] {
            assert_eq!(levels(a, b).level, level, "{a} {b}");
            assert_eq!(levels(b, a).level, level, "{b} {a}");
        }
    }

    #[test]
    fn a_stand_in_says_less_than_a_real_day() {
        let real = levels("1960-03-04", "1960-03-04").bits;
        let stand_in = levels("1960-01-01", "1960-01-01").bits;
        assert!(real > stand_in + 4.0, "{real} {stand_in}");
    }
}
