//! Publishing the rules of the district, and what the office sees of them.

use crate::{
    error::{Result, ServerError},
    forms::{self, HOUSEHOLD_VISIT},
    rules,
    server::Server,
    store::{Tx, params},
};
use chrono::{DateTime, Duration, NaiveDate};
use lawang_forms::Form;
use lawang_rules::{Of, Problem, RuleBook, Rules, RulesError};
use lawang_sync::{RulesOffer, rules_package};
use serde::Serialize;
use std::sync::Arc;

/// Where the day begins first in the country's west; a set that begins today has begun nowhere before.
const WESTERN_HOURS: i64 = 7;
/// The repeat of a household's persons, where the head of the family is asked for.
const MEMBERS: &str = "members";

/// What became of rules that were to be published.
#[derive(Debug, Clone, Serialize)]
pub struct PublishedRules {
    /// Number of the publication.
    pub version: u64,
    /// SHA-256 of its package.
    pub hash: String,
    /// Days from which the sets of the file hold that were not known before.
    pub from: Vec<String>,
    /// `false`: all of it holds already.
    pub published: bool,
}

/// A set of rules as the office sees it.
#[derive(Debug, Clone, Serialize)]
pub struct RulesLine {
    /// ISO date from which it holds.
    pub from: String,
    /// Laws and decrees.
    pub source: String,
    /// It holds today.
    pub in_force: bool,
    /// It is the country's as it came with this program.
    pub national: bool,
    /// The formula of need.
    pub formula: String,
    pub removal_reasons: usize,
    pub return_reasons: usize,
    pub overdue_years: u32,
    pub cutoff_day: u32,
    pub objection_days: u32,
    pub quorum_percent: u32,
}

fn today(now: u64) -> NaiveDate {
    let moment = DateTime::from_timestamp_millis(i64::try_from(now).unwrap_or(i64::MAX));
    (moment.unwrap_or_default() + Duration::hours(WESTERN_HOURS)).date_naive()
}

impl Server {
    /// Publishes rules: a file with one set or several, each with the day from which it holds, beside those that hold
    /// already. Devices fetch them at their next exchange. What holds already is left alone, and nothing can be made to
    /// hold from a day that has passed: what was decided since then was decided by other rules. A set that does not
    /// hold yet can be published anew.
    ///
    /// The inner error is everything that is wrong, with its place in the file.
    ///
    /// # Errors
    /// The store's; `rules_of_the_district` at a hub.
    pub fn publish_rules(
        &self,
        json: &str,
        now: u64,
    ) -> Result<std::result::Result<PublishedRules, Vec<Problem>>> {
        if self.hub().is_some() {
            return Err(ServerError::refused(
                "rules_of_the_district",
                "a hub passes on the rules of its district",
            )
            .hint("publish them there"));
        }
        let own = match RuleBook::read_strictly(json) {
            Ok(own) => own,
            Err(RulesError(problems)) => return Ok(Err(problems)),
        };
        let today = today(now);
        self.store.write(|tx| {
            let before = rules::offer(tx)?;
            let known = rules::book(tx)?;
            let held = |set: &Rules| known.sets().iter().find(|k| k.from == set.from);
            let mut problems = Vec::new();
            for set in own.sets() {
                let at = format!("the set from {}", set.from);
                let mut say = |why: &str| {
                    problems.push(Problem {
                        at: at.clone(),
                        why: why.to_owned(),
                    });
                };
                match held(set) {
                    Some(same) if same == set => continue,
                    Some(_) if set.from <= today => say(
                        "other rules hold from this day already, and decisions were made by them; let new ones begin on a later day",
                    ),
                    None if set.from < today => say(
                        "it would change what was decided by the rules of then; let it begin today or later",
                    ),
                    _ => {}
                }
            }
            problems.extend(self.unknown_questions(tx, &own)?);
            if !problems.is_empty() {
                return Ok(Err(problems));
            }
            let from: Vec<String> = own
                .sets()
                .iter()
                .filter(|set| held(set) != Some(*set))
                .map(|set| set.from.to_string())
                .collect();
            if from.is_empty() {
                return Ok(Ok(PublishedRules {
                    version: before.as_ref().map_or(0, |offer| offer.version),
                    hash: before.map_or(String::new(), |offer| hex::encode(&offer.hash[..])),
                    from,
                    published: false,
                }));
            }
            let package = rules_package(&known.with(&own).to_json());
            let (hash, body) = (package.hash(), package.pack());
            let version = before.map_or(0, |offer| offer.version) + 1;
            let offer = RulesOffer::sign(version, hash, body.len() as u64, &self.key);
            rules::keep(tx, &offer, &body, now)?;
            Ok(Ok(PublishedRules {
                version,
                hash: hex::encode(hash),
                from,
                published: true,
            }))
        })
    }

    /// Questions and answers that no questionnaire of the register's households asks for: a rule on them would never
    /// hold, and nobody would notice.
    fn unknown_questions(&self, tx: &Tx<'_>, own: &RuleBook) -> Result<Vec<Problem>> {
        let mut known: Vec<Arc<Form>> = forms::built_in()
            .map(|b| b.form.clone())
            .into_iter()
            .collect();
        if let Some(seq) = forms::current(tx)?.get(HOUSEHOLD_VISIT) {
            let version: String = tx.one(
                "SELECT version FROM form WHERE seq = ?1",
                params![*seq],
                |r| r.get(0),
            )?;
            known.extend(self.forms.form(tx, HOUSEHOLD_VISIT, &version)?);
        }
        let mut problems = Vec::new();
        for set in own.sets() {
            for (place, of, criterion) in set.criteria() {
                let repeat = match of {
                    Of::Household => None,
                    Of::Head => Some(MEMBERS),
                };
                let asked: Vec<(&Form, Option<&str>)> = known
                    .iter()
                    .filter_map(|form| {
                        let question = form.find(repeat, &criterion.field)?;
                        Some((form.as_ref(), question.list.as_deref()))
                    })
                    .collect();
                let at = format!("the set from {}, {place}", set.from);
                if asked.is_empty() {
                    problems.push(Problem {
                        at,
                        why: format!("the household visit has no question `{}`", criterion.field),
                    });
                    continue;
                }
                let offered = |code: &str| {
                    asked.iter().any(|(form, list)| match list {
                        None => true,
                        Some(list) => form
                            .list_texts(list, "id")
                            .is_none_or(|mut rows| rows.any(|(c, _)| c == code)),
                    })
                };
                let missing = criterion.codes.iter().filter(|code| !offered(code));
                problems.extend(missing.map(|code| Problem {
                    at: at.clone(),
                    why: format!("the question `{}` has no answer `{code}`", criterion.field),
                }));
            }
        }
        Ok(problems)
    }

    /// The sets of rules that this district judges by, the oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn rules(&self, now: u64) -> Result<Vec<RulesLine>> {
        let book = self.store.read(rules::book)?;
        let in_force = book.at(today(now)).from;
        Ok(book
            .sets()
            .iter()
            .map(|set| RulesLine {
                from: set.from.to_string(),
                source: set.source.clone(),
                in_force: set.from == in_force,
                national: RuleBook::national().sets().contains(set),
                formula: set.need.name.clone(),
                removal_reasons: set.removal_reasons.len(),
                return_reasons: set.return_reasons.len(),
                overdue_years: set.overdue_years,
                cutoff_day: set.cutoff_day,
                objection_days: set.objection_days,
                quorum_percent: set.quorum_percent,
            })
            .collect())
    }
}
