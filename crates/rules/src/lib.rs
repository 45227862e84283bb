//! Rules that change by decree, with the day from which they hold: reasons, time limits, quorum, signs of impossible
//! work, and the formula by which need is scored. None of it is a constant in the program: `schema/rules/rules.json`
//! has what holds in the country, and a district may publish its own beside the questionnaire.

mod book;
mod need;

pub use book::{Problem, RuleBook, RulesError};
pub use need::{Answers, Criterion, Formula, Met, Need, Of, Point, Scored, Turned};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A word that stands for a reason, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable, in files and records.
    pub code: String,
    pub id: String,
    pub en: String,
    /// The answers that give it by themselves: one of several lists of conditions that all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Vec<Criterion>>,
}

impl Reason {
    /// The words in a language.
    pub fn words(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.id }
    }
}

/// From where on work looks impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl Rules {
    /// Everything in it that cannot be meant, named from `at` on.
    fn check(&self, at: &str, problems: &mut Vec<Problem>) {
        let mut say = |place: &str, why: String| {
            problems.push(Problem {
                at: format!("{at}.{place}"),
                why,
            });
        };
        for (list, reasons) in [
            ("return_reasons", &self.return_reasons),
            ("removal_reasons", &self.removal_reasons),
        ] {
            if reasons.is_empty() {
                say(list, "there is no reason to choose from".to_owned());
            }
            for (index, reason) in reasons.iter().enumerate() {
                let place = format!("{list}[{index}]");
                if reasons[..index].iter().any(|r| r.code == reason.code) {
                    let why = format!("the code `{}` stands in this list already", reason.code);
                    say(&place, why);
                }
                if [&reason.code, &reason.id, &reason.en]
                    .iter()
                    .any(|text| text.trim().is_empty())
                {
                    say(&place, "code, id and en are all needed".to_owned());
                }
                if reason.when.iter().any(Vec::is_empty) {
                    let why = "a list of conditions without any would hold for every family";
                    say(&place, why.to_owned());
                }
                for criterion in reason.when.iter().flatten() {
                    if criterion.codes.is_empty() {
                        let why =
                            format!("`{}` has no answers: it can never hold", criterion.field);
                        say(&place, why);
                    }
                }
            }
        }
        let numbers = [
            ("overdue_years", self.overdue_years, 1, 50),
            ("cutoff_day", self.cutoff_day, 1, 28),
            ("objection_days", self.objection_days, 1, 366),
            ("quorum_percent", self.quorum_percent, 0, 100),
            (
                "paradata.most_an_hour",
                self.paradata.most_an_hour,
                1,
                1_000,
            ),
            (
                "paradata.far_metres",
                self.paradata.far_metres,
                1,
                1_000_000,
            ),
            (
                "paradata.one_point_visits",
                self.paradata.one_point_visits,
                2,
                100_000,
            ),
            (
                "paradata.alike_visits",
                self.paradata.alike_visits,
                2,
                100_000,
            ),
        ];
        for (place, number, least, most) in numbers {
            if !(least..=most).contains(&number) {
                say(place, format!("{number} is not between {least} and {most}"));
            }
        }
        self.need.check(&format!("{at}.need"), problems);
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

    /// The newest day of taking over that is past. What was submitted until then and nobody has decided on missed it.
    pub fn cutoff_before(&self, today: NaiveDate) -> NaiveDate {
        let this_month = self.cutoff_in(today);
        if this_month < today {
            return this_month;
        }
        let before = today.checked_sub_months(chrono::Months::new(1));
        before.map_or(NaiveDate::MIN, |day| self.cutoff_in(day))
    }

    /// The next day of taking over, today included.
    pub fn cutoff_from(&self, today: NaiveDate) -> NaiveDate {
        let this_month = self.cutoff_in(today);
        if this_month >= today {
            return this_month;
        }
        let after = today.checked_add_months(chrono::Months::new(1));
        after.map_or(NaiveDate::MAX, |day| self.cutoff_in(day))
    }

    /// In the month of a day. The day is at most 28, so every month has it.
    fn cutoff_in(&self, month: NaiveDate) -> NaiveDate {
        month.with_day(self.cutoff_day).unwrap_or(month)
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

    /// Questions that bear on eligibility or need, with whose they are, the answers that count, and where in the set
    /// they stand.
    pub fn criteria(&self) -> Vec<(String, Of, &Criterion)> {
        let reasons = self.removal_reasons.iter().enumerate();
        let reasons = reasons.flat_map(|(index, reason)| {
            let at = format!("removal_reasons[{index}]");
            let all = reason.when.iter().flatten();
            all.map(move |criterion| (at.clone(), Of::Household, criterion))
        });
        reasons.chain(self.need.criteria()).collect()
    }

    /// Names of questions that bear on eligibility or need.
    pub fn weighty(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .criteria()
            .into_iter()
            .map(|(_, _, criterion)| criterion.field.as_str())
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
    fn the_ministry_takes_over_on_one_day_of_each_month() {
        let rules = RuleBook::national().at(day("2026-11-26"));
        for (today, past, next) in [
            ("2026-11-26", "2026-11-17", "2026-12-17"),
            ("2026-11-17", "2026-10-17", "2026-11-17"),
            ("2026-11-18", "2026-11-17", "2026-12-17"),
            ("2027-01-01", "2026-12-17", "2027-01-17"),
            ("2026-03-31", "2026-03-17", "2026-04-17"),
            ("2026-12-31", "2026-12-17", "2027-01-17"),
        ] {
            assert_eq!(rules.cutoff_before(day(today)), day(past), "past, {today}");
            assert_eq!(rules.cutoff_from(day(today)), day(next), "next, {today}");
        }
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
        let RulesError(problems) = RuleBook::read(&twice).unwrap_err();
        assert_eq!(problems[0].at, "[1].from");
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
