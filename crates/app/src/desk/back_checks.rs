//! Second visits: a sample of finished visits (`draws.rs`) is made again by somebody else who does not see the first
//! answers. What differs is counted by question and by person.

use crate::{
    cards::VISIT_SUBMITTED, device::Device, error::AppError, forms::BACK_CHECK_ID as BACK_CHECK,
    views, visit::shown,
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_forms::QuestionType;
use lawang_records::{State, VISITS, maker, submission};
use lawang_store::HouseholdCard;
use std::collections::{BTreeMap, BTreeSet};

/// The question of a second visit that names the household: it stands in the submission's row.
const ABOUT: &str = "about_household";
/// In the same row: the visit that was drawn. No question: questionnaires of districts need not know it.
const ABOUT_VISIT: &str = "_about_visit";
const ABOUT_HEAD: &str = "about_head";
const ABOUT_ADDRESS: &str = "about_address";

/// A second visit that is here.
struct Second {
    survey: HouseholdId,
    /// The visit that was drawn; programs of before did not say it.
    about: Option<InstanceId>,
    person: String,
    /// RFC 3339; empty: not finished.
    submitted: String,
    state: State,
}

/// Second visits by household.
type Seconds = BTreeMap<HouseholdId, Vec<Second>>;

/// The second visit to one that was drawn; of several the finished one. One that does not say which visit it is about is
/// about none that was submitted after it.
fn second_of<'a>(
    seconds: &'a Seconds,
    household: HouseholdId,
    drawn: InstanceId,
    submitted: &str,
) -> Option<&'a Second> {
    let all = seconds.get(&household)?.iter();
    let about = all.filter(|second| match second.about {
        Some(visit) => visit == drawn,
        None => second.submitted.is_empty() || second.submitted.as_str() >= submitted,
    });
    about.min_by_key(|second| second.submitted.is_empty())
}

/// A visit that was drawn.
pub(super) struct First {
    pub visit: InstanceId,
    pub person: String,
    /// RFC 3339.
    submitted: String,
}

/// A question asked twice.
struct Twice {
    path: FieldPath,
    first: String,
    second: String,
}

/// A visit of a record; nothing where the record does not know whose it is.
pub(super) fn first_in(state: &State, visit: InstanceId) -> Option<First> {
    let text = |key: &str| state.text(&FieldPath::of(VISITS, visit, key)).to_owned();
    let person = text("person");
    (!person.is_empty()).then(|| First {
        visit,
        person,
        submitted: text(VISIT_SUBMITTED),
    })
}

/// All visits of a household that were ever drawn, each once.
fn visits_drawn(administration: &State) -> BTreeSet<InstanceId> {
    let events = administration.of(Event::BACK_CHECKS).iter();
    events
        .filter_map(|id| {
            let path = FieldPath::of(Event::BACK_CHECKS, *id, "visit");
            administration.text(&path).parse().ok()
        })
        .collect()
}

impl Device {
    /// Second visits that are here.
    fn second_visits(&self) -> Result<Seconds, AppError> {
        let mut all = Seconds::new();
        for card in self.store.surveys(Some(BACK_CHECK))? {
            let state = self.store.record(card.household)?.state()?;
            let Ok(household) = state.answer(ABOUT).parse() else {
                continue;
            };
            let submitted = maker(&state).map_or(String::new(), |(visit, _)| {
                state
                    .text(&FieldPath::of(VISITS, visit, VISIT_SUBMITTED))
                    .to_owned()
            });
            all.entry(household).or_default().push(Second {
                survey: card.household,
                about: state.answer(ABOUT_VISIT).parse().ok(),
                person: card.person,
                submitted,
                state,
            });
        }
        Ok(all)
    }

    /// Visits drawn in a village, or in all: with what differs for those who check, without a word of it for others.
    ///
    /// # Errors
    /// The store's.
    pub fn back_checks(&self, village: &str) -> Result<views::BackChecks, AppError> {
        let village = Some(village).filter(|v| !v.is_empty());
        let seconds = self.second_visits()?;
        let (checker, me) = (self.checks(), &self.identity.person);
        let mut rows = Vec::new();
        for card in self.store.drawn(village)? {
            let Some(first) = self.first_visit(&card)? else {
                continue;
            };
            let second = second_of(&seconds, card.household, first.visit, &first.submitted);
            let done = second.filter(|s| !s.submitted.is_empty() && s.person != first.person);
            let own = first.person == *me;
            // Nobody sees of the own visits that somebody looks after them.
            if !checker && (own || done.is_some()) {
                continue;
            }
            let twice = match done {
                Some(done) if checker => self.twice(&card, first.visit, &done.state)?,
                _ => Vec::new(),
            };
            let differ: Vec<&Twice> = twice.iter().filter(|t| t.first != t.second).collect();
            let fields = self.words_of(&card, &differ)?;
            let closed = match (own, done.is_some()) {
                (true, _) => crate::words::of("own_visit", &self.language).0,
                (_, true) => crate::words::of("not_drawn", &self.language).0,
                _ => String::new(),
            };
            rows.push(views::BackCheckRow {
                household: card.household.to_string(),
                begun: second
                    .filter(|s| s.submitted.is_empty())
                    .map_or(String::new(), |s| s.survey.to_string()),
                head: card.head,
                address: card.address,
                rt: card.rt,
                rw: card.rw,
                village: card.village,
                enumerator: if checker { first.person } else { String::new() },
                by: done.map_or(String::new(), |d| d.person.clone()),
                at: done.map_or(String::new(), |d| d.submitted.clone()),
                closed,
                asked: u32::try_from(twice.len()).unwrap_or(u32::MAX),
                differ: u32::try_from(differ.len()).unwrap_or(u32::MAX),
                fields,
            });
        }
        let undrawn = if self.may_draw() {
            let visited = self.store.visited(village)?;
            self.undrawn(&visited)?.values().map(Vec::len).sum()
        } else {
            0
        };
        Ok(views::BackChecks {
            rows,
            may_draw: self.may_draw(),
            undrawn: u32::try_from(undrawn).unwrap_or(u32::MAX),
        })
    }

    /// The visit that was drawn last.
    fn first_visit(&self, card: &HouseholdCard) -> Result<Option<First>, AppError> {
        let drawn = self.store.review(card.household)?.and_then(|r| r.drawn);
        let Some(visit) = drawn else {
            return Ok(None);
        };
        let state = self.store.record(card.household)?.state()?;
        Ok(first_in(&state, visit))
    }

    /// Begins the second visit of a household.
    ///
    /// # Errors
    /// `not_drawn`, `own_visit`.
    pub fn begin_back_check(&mut self, household: HouseholdId) -> Result<HouseholdId, AppError> {
        let card = self
            .store
            .card(household)?
            .ok_or_else(|| AppError::new("not_found", "no such household"))?;
        self.not_restricted(household)?;
        let first = self
            .first_visit(&card)?
            .ok_or_else(|| AppError::new("not_drawn", "no visit was drawn"))?;
        if first.person == self.identity.person {
            return Err(AppError::new("own_visit", "the first visit is one's own"));
        }
        let seconds = self.second_visits()?;
        if let Some(second) = second_of(&seconds, household, first.visit, &first.submitted) {
            if !second.submitted.is_empty() {
                return Err(AppError::new("not_drawn", "made again already"));
            }
            return Ok(second.survey);
        }
        let (about, visit) = (household.to_string(), first.visit.to_string());
        self.begin_survey(
            BACK_CHECK,
            &card.village,
            &[
                (ABOUT, about.as_str()),
                (ABOUT_VISIT, visit.as_str()),
                (ABOUT_HEAD, card.head.as_str()),
                (ABOUT_ADDRESS, card.address.as_str()),
            ],
        )
    }

    /// Questions that were answered at both visits: choices and numbers of the household that both questionnaires call the
    /// same.
    fn twice(
        &self,
        card: &HouseholdCard,
        visit: InstanceId,
        second: &State,
    ) -> Result<Vec<Twice>, AppError> {
        let record = self.store.record(card.household)?;
        let state = record.state()?;
        let first = match submission(&state, visit) {
            Some((_, change)) => record.state_at(&[change])?,
            None => state,
        };
        let reader = self.reader(&card.village, second);
        // What the first questionnaire computes stands in no record.
        let asked_first = self.reader(&card.village, &first);
        let mut all = Vec::new();
        for (path, value) in reader.answers() {
            let question = reader.form().question(&path);
            let coded = question.is_some_and(|q| {
                !q.calculated && (q.list.is_some() || q.kind == QuestionType::Integer)
            });
            let said = first.text(&path);
            let computed = match said {
                "" => asked_first.node(&path).map(|node| node.value),
                _ => None,
            };
            let before = computed.as_deref().unwrap_or(said);
            if coded && path.instance.is_none() && !before.is_empty() && !value.is_empty() {
                all.push(Twice {
                    first: before.to_owned(),
                    second: value,
                    path,
                });
            }
        }
        Ok(all)
    }

    fn words_of(
        &self,
        card: &HouseholdCard,
        differ: &[&Twice],
    ) -> Result<Vec<views::ChangedField>, AppError> {
        if differ.is_empty() {
            return Ok(Vec::new());
        }
        let language = self.language.as_str();
        let state = self.store.record(card.household)?.state()?;
        let reader = self.reader(&card.village, &state);
        Ok(differ
            .iter()
            .map(|twice| views::ChangedField {
                path: twice.path.to_string(),
                label: reader.label(&twice.path, language),
                old: shown(&reader, &twice.path, &twice.first, language),
                new: shown(&reader, &twice.path, &twice.second, language),
            })
            .collect())
    }

    /// What second visits found of a person's work.
    pub(super) fn add_second_visits(
        &self,
        work: &mut views::EnumeratorWork,
        village: Option<&str>,
    ) -> Result<(), AppError> {
        let seconds = self.second_visits()?;
        let mut fields: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for card in self.store.drawn(village)? {
            let state = self.store.record(card.household)?.state()?;
            let administration = self
                .store
                .document(card.household, DocumentKind::Administration)?
                .state()?;
            for drawn in visits_drawn(&administration) {
                let Some(first) = first_in(&state, drawn) else {
                    continue;
                };
                let done = second_of(&seconds, card.household, drawn, &first.submitted);
                let done = done.filter(|s| !s.submitted.is_empty() && s.person != first.person);
                let Some(done) = done.filter(|_| first.person == work.person) else {
                    continue;
                };
                work.checked += 1;
                let reader = self.reader(&card.village, &state);
                for twice in self.twice(&card, drawn, &done.state)? {
                    let differs = u32::from(twice.first != twice.second);
                    work.asked_twice += 1;
                    work.differ += differs;
                    let label = reader.label(&twice.path, &self.language);
                    let score = fields.entry(label).or_default();
                    score.0 += 1;
                    score.1 += differs;
                }
            }
        }
        work.fields = fields
            .into_iter()
            .filter(|(_, (_, differ))| *differ > 0)
            .map(|(label, (asked, differ))| views::FieldScore {
                label,
                asked,
                differ,
            })
            .collect();
        work.fields.sort_by_key(|f| std::cmp::Reverse(f.differ));
        Ok(())
    }
}
