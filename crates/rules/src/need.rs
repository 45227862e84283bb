//! The provisional need of a family by a formula: each point explained. It advises, people decide.

use crate::Problem;
use serde::{Deserialize, Serialize};

/// An answer that is one of some codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// The question's name.
    pub field: String,
    #[serde(rename = "in")]
    pub codes: Vec<String>,
}

impl Criterion {
    /// Whether an answer is one of them.
    pub fn holds(&self, answer: &str) -> bool {
        self.codes.iter().any(|code| code == answer)
    }
}

/// Whose answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    Household,
    /// The head of the family.
    Head,
}

/// One point of a formula: met when any of its criteria holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    pub code: String,
    pub id: String,
    pub en: String,
    pub of: Of,
    pub any: Vec<Criterion>,
    #[serde(default = "one")]
    pub weight: u32,
}

fn one() -> u32 {
    1
}

impl Point {
    /// The words in a language.
    pub fn words(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.id }
    }
}

/// A formula with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formula {
    /// The decree.
    pub name: String,
    /// Poor at once, whatever the points.
    pub at_once: Option<Point>,
    pub points: Vec<Point>,
    /// From so many points on a family is taken for poor; nothing: from half of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poor_from: Option<u32>,
}

/// What a formula says now and did not say before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// The family is poor.
    Poor,
    /// The family is poor no more.
    BetterOff,
}

impl Turned {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poor => "poor",
            Self::BetterOff => "better_off",
        }
    }
}

/// Whether a point is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    Yes,
    No,
    /// None of its questions was answered.
    Unknown,
}

/// The answers of a family, by the names of questions.
pub struct Answers<'a> {
    pub household: &'a dyn Fn(&str) -> String,
    pub head: &'a dyn Fn(&str) -> String,
}

/// A point with what came out.
#[derive(Debug, Clone)]
pub struct Scored<'a> {
    pub point: &'a Point,
    pub met: Met,
    /// The question that it rests on: the one that made it so, else the first that was answered.
    pub field: Option<&'a str>,
}

/// The need of a family.
#[derive(Debug, Clone)]
pub struct Need<'a> {
    pub at_once: bool,
    /// Sum of the weights of what is met.
    pub score: u32,
    /// Sum of all weights.
    pub of: u32,
    /// With the point that decides at once first, if the formula has one.
    pub points: Vec<Scored<'a>>,
    formula: &'a Formula,
}

impl Need<'_> {
    /// The place in an order of need: at once before any score.
    pub fn rank(&self) -> u32 {
        if self.at_once { self.of } else { self.score }
    }

    /// Whether the formula says something else of the family than before: by what is known both times, which has to be half
    /// of all points. A register that knows little makes nobody poorer by what it does not say.
    pub fn turned(&self, before: &Need<'_>) -> Option<Turned> {
        let at_once = usize::from(self.formula.at_once.is_some());
        let both = self.points.iter().zip(&before.points).skip(at_once);
        let (mut known, mut now, mut then) = (0u64, 0u64, 0u64);
        for (here, there) in both {
            if here.met == Met::Unknown || there.met == Met::Unknown {
                continue;
            }
            let weight = u64::from(here.point.weight);
            known += weight;
            now += weight * u64::from(here.met == Met::Yes);
            then += weight * u64::from(there.met == Met::Yes);
        }
        let of = u64::from(self.of);
        let from = u64::from(self.formula.poor_from());
        let enough = known * 2 >= of && known > 0;
        let poor = |at_once: bool, met: u64| at_once || (enough && met * of >= from * known);
        match (poor(before.at_once, then), poor(self.at_once, now)) {
            (false, true) => Some(Turned::Poor),
            // Nobody is better off only because too little is known of them.
            (true, false) if enough => Some(Turned::BetterOff),
            _ => None,
        }
    }

    /// Whether anything at all was answered.
    pub fn known(&self) -> bool {
        self.points.iter().any(|scored| scored.met != Met::Unknown)
    }
}

impl Formula {
    /// From how many points on a family is taken for poor.
    pub fn poor_from(&self) -> u32 {
        self.poor_from.unwrap_or_else(|| self.of().div_ceil(2))
    }

    /// Sum of all weights.
    fn of(&self) -> u32 {
        self.points.iter().map(|point| point.weight).sum()
    }

    pub(crate) fn check(&self, at: &str, problems: &mut Vec<Problem>) {
        let mut say = |place: String, why: &str| {
            problems.push(Problem {
                at: format!("{at}.{place}"),
                why: why.to_owned(),
            });
        };
        if self.points.is_empty() {
            say("points".to_owned(), "the formula has no points");
        }
        if let Some(from) = self.poor_from {
            let of = self
                .points
                .iter()
                .map(|point| u64::from(point.weight))
                .sum();
            if from == 0 || u64::from(from) > of {
                say(
                    "poor_from".to_owned(),
                    "no family, or every family, is poor from so many points",
                );
            }
        }
        for (place, point) in self.placed() {
            if point.any.is_empty() || point.any.iter().any(|c| c.codes.is_empty()) {
                say(place.clone(), "it can never be met");
            }
            if [&point.code, &point.id, &point.en]
                .iter()
                .any(|text| text.trim().is_empty())
            {
                say(place.clone(), "code, id and en are all needed");
            }
            if !(1..=1_000).contains(&point.weight) {
                say(place, "the weight is not between 1 and 1000");
            }
        }
    }

    fn placed(&self) -> impl Iterator<Item = (String, &Point)> {
        let first = self.at_once.iter().map(|p| ("at_once".to_owned(), p));
        let points = self.points.iter().enumerate();
        first.chain(points.map(|(index, p)| (format!("points[{index}]"), p)))
    }

    /// Every criterion with its place and whose answer counts.
    pub(crate) fn criteria(&self) -> impl Iterator<Item = (String, Of, &Criterion)> {
        self.placed().flat_map(|(place, point)| {
            let all = point.any.iter();
            all.map(move |criterion| (format!("need.{place}"), point.of, criterion))
        })
    }

    /// Scores a family.
    pub fn score(&self, answers: &Answers<'_>) -> Need<'_> {
        let first = self.at_once.as_ref().map(|point| scored(point, answers));
        let points: Vec<Scored<'_>> = self.points.iter().map(|p| scored(p, answers)).collect();
        let met = points.iter().filter(|scored| scored.met == Met::Yes);
        Need {
            at_once: first.as_ref().is_some_and(|scored| scored.met == Met::Yes),
            score: met.map(|scored| scored.point.weight).sum(),
            of: self.of(),
            formula: self,
            points: first.into_iter().chain(points).collect(),
        }
    }
}

fn scored<'a>(point: &'a Point, answers: &Answers<'_>) -> Scored<'a> {
    let answer = |field: &str| match point.of {
        Of::Household => (answers.household)(field),
        Of::Head => (answers.head)(field),
    };
    let holds = point.any.iter().find(|c| c.holds(&answer(&c.field)));
    let answered = point.any.iter().find(|c| !answer(&c.field).is_empty());
    Scored {
        point,
        met: match (holds, answered) {
            (Some(_), _) => Met::Yes,
            (None, Some(_)) => Met::No,
            (None, None) => Met::Unknown,
        },
        field: holds.or(answered).map(|c| c.field.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleBook;

    fn turned(before: &[(&str, &str)], now: &[(&str, &str)]) -> Option<Turned> {
        let find = |list: &[(&str, &str)], field: &str| {
            let found = list.iter().find(|(key, _)| *key == field);
            found.map_or(String::new(), |(_, value)| (*value).to_owned())
        };
        let rules = RuleBook::national().at("2026-11-26".parse().unwrap());
        let score = |list: &[(&str, &str)]| {
            rules.need.score(&Answers {
                household: &|field| find(list, field),
                head: &|_| String::new(),
            })
        };
        score(now).turned(&score(before))
    }

    #[test]
    fn what_the_formula_says_turns_both_ways_by_what_is_known_both_times() {
        let rich = [
            ("floor_material", "1"),
            ("wall_material", "1"),
            ("toilet_facility", "1"),
            ("power_va_1", "4"),
        ];
        let poor = [
            ("floor_material", "8"),
            ("wall_material", "5"),
            ("toilet_facility", "1"),
            ("power_va_1", "4"),
        ];
        assert_eq!(turned(&rich, &poor), Some(Turned::Poor));
        assert_eq!(turned(&poor, &rich), Some(Turned::BetterOff));
        assert_eq!(turned(&rich, &rich), None);
        let one = [("floor_material", "8"), rich[1], rich[2], rich[3]];
        assert_eq!(turned(&rich, &one), None, "not enough");
        // What the register never asked makes nobody poorer.
        let asked = [
            &rich[..],
            &[
                ("food_worry", "1"),
                ("food_share", "1"),
                ("clothes_bought", "2"),
            ],
        ];
        assert_eq!(turned(&rich, &asked.concat()), None);
        assert_eq!(turned(&rich[..2], &poor[..2]), None, "too little is known");
        assert_eq!(turned(&[], &[("has_shelter", "2")]), Some(Turned::Poor));
    }

    fn need_of(household: &[(&str, &str)], head: &[(&str, &str)]) -> (bool, u32, u32, Vec<Met>) {
        let find = |list: &[(&str, &str)], field: &str| {
            let found = list.iter().find(|(key, _)| *key == field);
            found.map_or(String::new(), |(_, value)| (*value).to_owned())
        };
        let rules = RuleBook::national().at("2026-11-26".parse().unwrap());
        let need = rules.need.score(&Answers {
            household: &|field| find(household, field),
            head: &|field| find(head, field),
        });
        let met = need.points.iter().map(|scored| scored.met).collect();
        (need.at_once, need.score, need.rank(), met)
    }

    #[test]
    fn every_point_of_the_poverty_check_counts_once_and_says_what_is_not_known() {
        let poorest = [
            ("has_shelter", "1"),
            ("food_worry", "1"),
            ("food_share", "1"),
            ("clothes_bought", "2"),
            ("floor_material", "8"),
            ("wall_material", "4"),
            ("toilet_facility", "6"),
            ("lighting_source", "4"),
        ];
        let (at_once, score, _, met) = need_of(&poorest, &[("worked_last_week", "2")]);
        assert!(!at_once);
        assert_eq!((score, met.len()), (8, 9));
        let (_, score, _, met) = need_of(&[("floor_material", "2"), ("power_va_1", "1")], &[]);
        assert_eq!(score, 1);
        assert_eq!(met.iter().filter(|m| **m == Met::Unknown).count(), 7);
        assert_eq!(met.iter().filter(|m| **m == Met::No).count(), 1);
    }

    #[test]
    fn who_has_no_shelter_is_poor_at_once_whatever_the_points() {
        let (at_once, score, rank, _) =
            need_of(&[("has_shelter", "2"), ("floor_material", "1")], &[]);
        assert!(at_once);
        assert_eq!((score, rank), (0, 8));
    }
}
