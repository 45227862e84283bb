//! Rules that change by decree, with the day from which they hold: reasons, time limits, quorum, signs of impossible
//! work, and the formula by which need is scored. None of it is a constant in the program: `schema/rules/rules.json`
//! has what holds in the country, and a district may publish its own beside the questionnaire.

mod need;

pub use need::{Answers, Criterion, Formula, Met, Need, Of, Point, Scored};

use chrono::NaiveDate;
use serde::Deserialize;
use std::sync::LazyLock;

/// A word that stands for a reason, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reason {
    /// Stable, in files and records.
    pub code: String,
    pub id: String,
    pub en: String,
    /// The answers that give it by themselves: one of several lists of conditions that all hold.
    #[serde(default)]
    pub when: Vec<Vec<Criterion>>,
}

impl Reason {
    /// The words in a language.
    pub fn words(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.id }
    }
}

/// From where on work looks impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Paradata {
    /// A whole visit takes at least so long.
    pub shortest_seconds: u32,
    /// Visits submitted within one hour.
    pub most_an_hour: u32,
    /// From the household's known place.
    pub far_metres: u32,
    /// Visits that were made within this distance of each other were made at one point.
    pub one_point_metres: u32,
    /// So many of them are a sign.
    pub one_point_visits: u32,
    /// So many visits with the same answers are a sign.
    pub alike_visits: u32,
}

/// What holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rules {
    pub from: NaiveDate,
    /// Laws and decrees.
    pub source: String,
    /// For sending a visit back.
    pub return_reasons: Vec<Reason>,
    /// For proposing a family for removal.
    pub removal_reasons: Vec<Reason>,
    /// Data are verified at least this often (UU 13/2011).
    pub overdue_years: u32,
    /// Day of the month on which the ministry takes over what changed.
    pub cutoff_day: u32,
    /// An objection that nobody verified lapses after so many days.
    pub objection_days: u32,
    /// Of those invited to a village meeting, in percent.
    pub quorum_percent: u32,
    pub paradata: Paradata,
    pub need: Formula,
}

/// A file of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("the rules cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("there are no rules in the file")]
    Empty,
    #[error("two sets of rules hold from {0}")]
    SameDay(NaiveDate),
    #[error("the code `{0}` stands twice in one list")]
    SameCode(String),
    #[error("{0}")]
    Senseless(String),
}

/// Sets of rules by the day from which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBook(Vec<Rules>);

impl RuleBook {
    /// Reads a file.
    ///
    /// # Errors
    /// [`RulesError`] says what is wrong.
    pub fn read(json: &str) -> Result<Self, RulesError> {
        let mut all: Vec<Rules> = serde_json::from_str(json)?;
        all.sort_by_key(|rules| rules.from);
        if all.is_empty() {
            return Err(RulesError::Empty);
        }
        if let Some(pair) = all.windows(2).find(|pair| pair[0].from == pair[1].from) {
            return Err(RulesError::SameDay(pair[0].from));
        }
        for rules in &all {
            rules.check()?;
        }
        Ok(Self(all))
    }

    /// What holds in the country.
    pub fn national() -> &'static Self {
        static NATIONAL: LazyLock<RuleBook> = LazyLock::new(|| {
            RuleBook::read(include_str!("../../../schema/rules/rules.json"))
                .unwrap_or_else(|error| panic!("schema/rules/rules.json: {error}"))
        });
        &NATIONAL
    }

    /// What holds on a day; before the first day, the first.
    pub fn at(&self, day: NaiveDate) -> &Rules {
        let later = self.0.partition_point(|rules| rules.from <= day);
        &self.0[later.saturating_sub(1)]
    }
}

impl Rules {
    fn check(&self) -> Result<(), RulesError> {
        for list in [&self.return_reasons, &self.removal_reasons] {
            for (index, reason) in list.iter().enumerate() {
                if list[..index].iter().any(|other| other.code == reason.code) {
                    return Err(RulesError::SameCode(reason.code.clone()));
                }
                if reason.code.is_empty() || reason.id.is_empty() || reason.en.is_empty() {
                    let what = format!("the reason `{}` has no code or no words", reason.code);
                    return Err(RulesError::Senseless(what));
                }
            }
        }
        if self.overdue_years == 0 || !(1..=28).contains(&self.cutoff_day) {
            let what = "overdue_years is 1 or more, cutoff_day is 1 to 28".to_owned();
            return Err(RulesError::Senseless(what));
        }
        if self.quorum_percent > 100 {
            return Err(RulesError::Senseless(
                "quorum_percent is 0 to 100".to_owned(),
            ));
        }
        self.need.check()
    }

    /// The first day on which data that were current on `updated` are overdue.
    pub fn overdue_from(&self, updated: NaiveDate) -> NaiveDate {
        updated
            .checked_add_months(chrono::Months::new(12 * self.overdue_years))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The newest day on which data must not have been current last, to be overdue today.
    pub fn overdue_before(&self, today: NaiveDate) -> NaiveDate {
        today
            .checked_sub_months(chrono::Months::new(12 * self.overdue_years))
            .unwrap_or(NaiveDate::MIN)
    }

    /// The reason for removal that the answers give by themselves, the first in the list.
    pub fn removal_by(&self, answer: impl Fn(&str) -> String) -> Option<&Reason> {
        self.removal_reasons.iter().find(|reason| {
            reason
                .when
                .iter()
                .any(|all| !all.is_empty() && all.iter().all(|c| c.holds(&answer(&c.field))))
        })
    }

    /// Names of questions that bear on eligibility or need.
    pub fn weighty(&self) -> Vec<&str> {
        let reasons = self
            .removal_reasons
            .iter()
            .flat_map(|r| r.when.iter().flatten());
        let mut names: Vec<&str> = reasons
            .map(|c| c.field.as_str())
            .chain(self.need.fields())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_holds_in_the_country_can_be_read_and_names_its_source() {
        let rules = RuleBook::national().at(day("2026-11-26"));
        assert!(rules.source.contains("262/HUK/2022"));
        assert_eq!(rules.need.points.len(), 8);
        assert_eq!(RuleBook::national().at(day("1999-01-01")).from, rules.from);
    }

    #[test]
    fn the_rules_of_a_day_are_the_newest_that_hold_by_then() {
        let one = include_str!("../../../schema/rules/rules.json").trim();
        let later = one
            .replace("2022-12-30", "2027-01-01")
            .replace("\"overdue_years\": 2", "\"overdue_years\": 1");
        let both = format!(
            "{},{}",
            one.trim_end_matches(']'),
            later.trim_start_matches('[')
        );
        let book = RuleBook::read(&both).unwrap();
        assert_eq!(book.at(day("2026-12-31")).overdue_years, 2);
        assert_eq!(book.at(day("2027-01-01")).overdue_years, 1);
        let twice = format!(
            "{},{}",
            one.trim_end_matches(']'),
            one.trim_start_matches('[')
        );
        assert!(matches!(
            RuleBook::read(&twice),
            Err(RulesError::SameDay(_))
        ));
        assert!(matches!(RuleBook::read("[]"), Err(RulesError::Empty)));
        assert!(matches!(
            RuleBook::read("{"),
            Err(RulesError::Unreadable(_))
        ));
    }

    #[test]
    fn data_are_overdue_two_years_after_they_were_current() {
        let rules = RuleBook::national().at(day("2026-11-26"));
        assert_eq!(rules.overdue_from(day("2024-02-29")), day("2026-02-28"));
        assert_eq!(rules.overdue_before(day("2026-11-26")), day("2024-11-26"));
    }

    #[test]
    fn answers_give_a_reason_for_removal_by_themselves_the_first_that_fits() {
        let rules = RuleBook::national().at(day("2026-11-26"));
        let by = |answers: &[(&str, &str)]| {
            let found = rules.removal_by(|field| {
                let found = answers.iter().find(|(key, _)| *key == field);
                found.map_or(String::new(), |(_, value)| (*value).to_owned())
            });
            found.map(|reason| reason.code.clone())
        };
        let died = [("household_status", "2"), ("not_found_reason", "2")];
        assert_eq!(by(&died).as_deref(), Some("died"));
        assert_eq!(
            by(&[("household_status", "2")]).as_deref(),
            Some("not_found")
        );
        assert_eq!(by(&[("is_well_off", "1")]).as_deref(), Some("well_off"));
        assert_eq!(by(&[("household_status", "1"), ("is_well_off", "2")]), None);
        assert_eq!(by(&[]), None);
    }
}
