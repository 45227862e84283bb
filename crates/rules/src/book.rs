//! Sets of rules by the day from which they hold, and reading them.

use crate::{Reason, Rules};
use chrono::NaiveDate;
use std::sync::LazyLock;

/// What is wrong in a file of rules, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// `[0].removal_reasons[2]`; with line and column where the file cannot be read at all.
    #[serde(rename = "path")]
    pub at: String,
    #[serde(rename = "message")]
    pub why: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.why)
    }
}

/// A file of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct RulesError(pub Vec<Problem>);

impl RulesError {
    fn one(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self(vec![Problem {
            at: at.into(),
            why: why.into(),
        }])
    }
}

/// Sets of rules by the day from which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBook(Vec<Rules>);

impl RuleBook {
    /// Reads a file. What this program does not know in it is left out: it comes from a newer one.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn read(json: &str) -> Result<Self, RulesError> {
        Self::parse(json, false)
    }

    /// Reads what somebody wrote: a name that means nothing is a mistake.
    ///
    /// # Errors
    /// As [`RuleBook::read`].
    pub fn read_strictly(json: &str) -> Result<Self, RulesError> {
        Self::parse(json, true)
    }

    fn parse(json: &str, strictly: bool) -> Result<Self, RulesError> {
        let mut unknown = Vec::new();
        let mut reader = serde_json::Deserializer::from_str(json);
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
        let read: Result<Vec<Rules>, _> =
            serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()));
        let read = read.and_then(|all| reader.end().map(|()| all));
        let mut all = read.map_err(|error| {
            let path = track.path().to_string();
            let at = match path.as_str() {
                "." | "" => "the file".to_owned(),
                path => path.to_owned(),
            };
            RulesError::one(at, error.to_string())
        })?;
        if all.is_empty() {
            return Err(RulesError::one("the file", "there are no rules in it"));
        }
        let mut problems: Vec<Problem> = Vec::new();
        if strictly {
            problems.extend(unknown.into_iter().map(|path| Problem {
                at: placed(&path),
                why: "no rule has this name".to_owned(),
            }));
        }
        for (index, rules) in all.iter().enumerate() {
            let at = format!("[{index}]");
            rules.check(&at, &mut problems);
            if all[..index].iter().any(|other| other.from == rules.from) {
                problems.push(Problem {
                    at: format!("{at}.from"),
                    why: format!("two sets of rules hold from {}", rules.from),
                });
            }
        }
        if !problems.is_empty() {
            return Err(RulesError(problems));
        }
        all.sort_by_key(|rules| rules.from);
        Ok(Self(all))
    }

    /// What holds in the country.
    pub fn national() -> &'static Self {
        static NATIONAL: LazyLock<RuleBook> = LazyLock::new(|| {
            RuleBook::read_strictly(include_str!("../../../schema/rules/rules.json"))
                .unwrap_or_else(|error| panic!("schema/rules/rules.json: {error}"))
        });
        &NATIONAL
    }

    /// What holds on a day; before the first day, the first.
    pub fn at(&self, day: NaiveDate) -> &Rules {
        let later = self.0.partition_point(|rules| rules.from <= day);
        &self.0[later.saturating_sub(1)]
    }

    /// All sets, by the day from which they hold.
    pub fn sets(&self) -> &[Rules] {
        &self.0
    }

    /// Both together; where both say something of a day, the other one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let kept = self.0.iter().filter(|rules| {
            let replaced = other.0.iter().any(|o| o.from == rules.from);
            !replaced
        });
        let mut all: Vec<Rules> = kept.chain(&other.0).cloned().collect();
        all.sort_by_key(|rules| rules.from);
        Self(all)
    }

    /// The words of a reason for removal that was given on a day: what was decided by the rules of then keeps its name,
    /// though the list has changed.
    pub fn removal_reason(&self, code: &str, day: NaiveDate) -> Option<&Reason> {
        let of = |rules: &'_ Rules| rules.removal_reasons.iter().position(|r| r.code == code);
        let then = self.at(day);
        let found = of(then).map(|at| &then.removal_reasons[at]);
        found.or_else(|| {
            let mut newest_first = self.0.iter().rev();
            newest_first.find_map(|rules| of(rules).map(|at| &rules.removal_reasons[at]))
        })
    }

    /// The file that gives the same sets, always the same bytes for them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// `0.need.points.3.wieght` as the other places are written.
fn placed(path: &str) -> String {
    let mut out = String::new();
    for step in path.split('.') {
        if step.bytes().all(|b| b.is_ascii_digit()) {
            out.push_str(&format!("[{step}]"));
        } else if step != "?" {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(step);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATIONAL: &str = include_str!("../../../schema/rules/rules.json");

    fn wrong(json: &str) -> Vec<String> {
        let RulesError(problems) = RuleBook::read_strictly(json).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_all_of_it_at_once() {
        let bad = NATIONAL
            .replace("\"overdue_years\": 2", "\"overdue_years\": 0")
            .replace("\"cutoff_day\": 17", "\"cutoff_day\": 31")
            .replace("\"code\": \"moved\"", "\"code\": \"died\"")
            .replace("\"in\": [\"6\", \"8\"]", "\"in\": []");
        let said = wrong(&bad);
        assert_eq!(
            said,
            [
                "[0].removal_reasons[1]: the code `died` stands in this list already",
                "[0].overdue_years: 0 is not between 1 and 50",
                "[0].cutoff_day: 31 is not between 1 and 28",
                "[0].need.points[4]: it can never be met",
            ]
        );
    }

    #[test]
    fn a_name_that_means_nothing_is_a_mistake_of_an_author_and_news_to_an_older_program() {
        let misspelt = NATIONAL.replace(
            "\"quorum_percent\": 50",
            "\"quorum_percent\": 50, \"quorun\": 60",
        );
        assert_eq!(wrong(&misspelt), ["[0].quorun: no rule has this name"]);
        assert_eq!(&RuleBook::read(&misspelt).unwrap(), RuleBook::national());
        let deep = NATIONAL.replace("\"code\": \"floor\"", "\"code\": \"floor\", \"wieght\": 2");
        assert_eq!(
            wrong(&deep),
            ["[0].need.points[4].wieght: no rule has this name"]
        );
    }

    #[test]
    fn what_cannot_be_read_says_what_was_wanted_where() {
        let text = NATIONAL.replace("\"overdue_years\": 2", "\"overdue_years\": \"two\"");
        let said = wrong(&text);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("[0].overdue_years: "), "{said:?}");
        assert!(said[0].contains("line"), "{said:?}");
        for text in ["", "{", "[]", "{}", "[1]", "null"] {
            assert_eq!(wrong(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn sets_of_a_district_stand_beside_those_of_the_country_and_come_back_as_they_were_written() {
        let own = NATIONAL
            .replace("2022-12-30", "2027-01-01")
            .replace("\"quorum_percent\": 50", "\"quorum_percent\": 66");
        let own = RuleBook::read_strictly(&own).unwrap();
        let both = RuleBook::national().with(&own);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(both.at(day("2026-12-31")).quorum_percent, 50);
        assert_eq!(both.at(day("2027-01-01")).quorum_percent, 66);
        assert_eq!(RuleBook::read_strictly(&both.to_json()).unwrap(), both);
        assert_eq!(both.with(&own), both);
    }

    #[test]
    fn a_reason_keeps_its_words_after_it_left_the_list() {
        let own = NATIONAL
            .replace("2022-12-30", "2027-01-01")
            .replace("\"code\": \"account\"", "\"code\": \"dormant\"");
        let book = RuleBook::national().with(&RuleBook::read(&own).unwrap());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let words = |code, on| book.removal_reason(code, day(on)).map(|r| r.en.as_str());
        assert_eq!(words("account", "2026-11-26"), Some("Account inactive"));
        assert_eq!(words("account", "2027-05-01"), Some("Account inactive"));
        assert_eq!(words("dormant", "2027-05-01"), Some("Account inactive"));
        assert_eq!(words("nothing", "2027-05-01"), None);
    }
}
