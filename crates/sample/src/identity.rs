//! Numbers of persons and family cards: valid, unique, and to be known as synthetic by serials from 9000.

use chrono::{Datelike, Days, NaiveDate};
use lawang_domain::Sex;
use std::collections::HashMap;

/// The first serial of a synthetic number; the civil registry rarely gets beyond 0100 for one day and district.
pub const FIRST_SERIAL: u64 = 9000;

/// Hands out NIKs and No. KKs. The maps are only looked up, never walked, so their order does not matter.
#[derive(Default)]
pub(crate) struct Numbers {
    niks: HashMap<u64, u64>,
    cards: HashMap<u64, u64>,
}

fn twelve(region: u64, date: NaiveDate, plus: u64) -> u64 {
    let day = u64::from(date.day()) + plus;
    let year = date.year().rem_euclid(100) as u64;
    region * 1_000_000 + day * 10_000 + u64::from(date.month()) * 100 + year
}

fn next(map: &mut HashMap<u64, u64>, key: u64) -> Option<u64> {
    let used = map.entry(key).or_insert(0);
    let serial = FIRST_SERIAL + *used;
    *used += 1;
    (serial <= 9999).then_some(key * 10_000 + serial)
}

impl Numbers {
    /// A new NIK, and the birth date it holds: the next day when a day's serials are used up.
    pub(crate) fn nik(&mut self, region: u64, birth: NaiveDate, sex: Sex) -> (u64, NaiveDate) {
        let plus = if sex == Sex::Female { 40 } else { 0 };
        let mut date = birth;
        loop {
            if let Some(nik) = next(&mut self.niks, twelve(region, date, plus)) {
                return (nik, date);
            }
            // Back in time, so that nobody is born after the reference day.
            date = date.checked_sub_days(Days::new(1)).unwrap_or(birth);
        }
    }

    /// A new No. KK recorded on `date` or, when its serials are used up, on the days before.
    pub(crate) fn card(&mut self, region: u64, date: NaiveDate) -> u64 {
        let mut date = date;
        loop {
            if let Some(card) = next(&mut self.cards, twelve(region, date, 0)) {
                return card;
            }
            date = date.checked_sub_days(Days::new(1)).unwrap_or(date);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lawang_domain::Nik;

    #[test]
    fn a_day_that_is_full_spreads_to_the_day_before() {
        let mut numbers = Numbers::default();
        let day: NaiveDate = "1990-01-01".parse().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for i in 0..1500 {
            let (nik, date) = numbers.nik(180_901, day, Sex::Female);
            assert!(seen.insert(nik));
            assert_eq!(date == day, i < 1000);
            let nik: Nik = nik.to_string().parse().unwrap();
            assert!(nik.check_against(Some(date), Some(Sex::Female)).is_empty());
            assert!(u64::from(nik.serial()) >= FIRST_SERIAL);
        }
    }
}
