//! Two persons side by side.

use super::{
    elsewhere,
    findings::{Place, is_finding},
    list::{Entry, Lines, id_text, percent},
    lists,
    persons::DUPLICATE_OF,
    search::{Kept, Lookout, kept},
    standing::{Decided, Standing},
    words,
};
use crate::{
    cards::MEMBERS,
    device::Device,
    error::AppError,
    views::{self, PairState, PairVerdict},
    visit::{shown, timestamp},
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_forms::{Instance, Item, QuestionType};
use lawang_records::{KEY_STATUS, State, Touch};
use lawang_store::LogState;
use sha2::{Digest, Sha256};

/// Answers of a household that tell two of them apart.
const HOUSEHOLD: &[&str] = &[
    "no_kk",
    "address",
    "sls",
    "rt",
    "rw",
    "program_pkh",
    "program_sembako",
    "program_blt_dd",
];
/// Only the register says these.
const NOT_TAKEN: &[&str] = &["person_id", "name_confirmed"];

/// One of the two, with its record.
pub(super) struct Side {
    pub place: Place,
    pub state: State,
    pub village: String,
}

impl Side {
    pub(super) fn text(&self, key: &str) -> &str {
        self.state.text(&self.path(key))
    }

    pub(super) fn path(&self, key: &str) -> FieldPath {
        FieldPath::of(MEMBERS, self.place.member, key)
    }

    pub(super) fn is_there(&self) -> bool {
        self.state.of(MEMBERS).contains(&self.place.member)
    }
}

/// Everything about a pair.
pub(super) struct Whole {
    pub entry: Entry,
    pub standing: Standing,
    pub left: Side,
    pub right: Side,
    /// Stands for what was shown.
    pub seen: String,
}

impl Device {
    /// A pair by its number.
    ///
    /// # Errors
    /// `no_pair`.
    pub(super) fn whole_pair(&self, id: &str) -> Result<Whole, AppError> {
        let none = || AppError::new("no_pair", "no such pair");
        let standing = self.pairs_standing()?;
        let entry = self
            .entries(&standing)?
            .into_iter()
            .find(|entry| id_text(&entry.id) == id.trim())
            .ok_or_else(none)?;
        let (left, right) = entry.places();
        let (left, right) = (self.side(left)?, self.side(right)?);
        if !left.is_there() || !right.is_there() {
            return Err(none());
        }
        let mut hash = Sha256::new();
        for side in [&left, &right] {
            seen(&mut hash, side);
        }
        let about = entry.about();
        for (decided, _) in standing.about(about.0, about.1, entry.by_lists()) {
            hash.update(decided.event.id.0.as_bytes());
        }
        if let Some(said) = &entry.elsewhere {
            // Only texts and numbers: nothing in it can fail.
            hash.update(serde_json::to_vec(said).unwrap_or_default());
        }
        for (source, dated) in lists::dates(&entry.reasons) {
            hash.update(source.as_bytes());
            hash.update(dated.as_bytes());
        }
        Ok(Whole {
            entry,
            standing,
            left,
            right,
            seen: hex::encode(&hash.finalize()[..16]),
        })
    }

    pub(super) fn side(&self, place: Place) -> Result<Side, AppError> {
        Ok(Side {
            place,
            state: self.store.record(place.household)?.state()?,
            village: self.store.row(place.household)?.1,
        })
    }

    /// Two persons with what differs, why they are suspected, and what was decided.
    ///
    /// # Errors
    /// `no_pair`.
    pub fn pair(&mut self, id: &str) -> Result<views::PairView, AppError> {
        let mut whole = self.whole_pair(id)?;
        let language = self.language.clone();
        let mut lines = Lines::default();
        let one_sided = whole.entry.by_lists() || whole.entry.elsewhere.is_some();
        if whole.entry.reasons.is_empty() && !one_sided {
            self.compare_anew(&mut whole, &mut lines)?;
        }
        let Whole {
            entry,
            standing,
            left,
            right,
            seen,
        } = whole;
        let finding = is_finding(entry.kind);
        let closed = self.closed_to(&[left.place.household, right.place.household])?;
        let readers = (
            self.reader(&left.village, &left.state),
            self.reader(&right.village, &right.state),
        );
        let mut decisions = Vec::new();
        let about = entry.about();
        for (decided, counts) in standing.about(about.0, about.1, entry.by_lists()) {
            decisions.push(self.decision_view(decided, counts, finding, &readers.0, &left)?);
        }
        decisions.reverse();
        let mut chain = Vec::new();
        if entry.state == PairState::Disputed {
            let links = standing.chain(about.0, about.1);
            for other in self.entries(&standing)? {
                let (a, b) = other.about();
                if links.contains(&(a.min(b), a.max(b))) && other.id != entry.id {
                    chain.push(self.pair_row(&other, &standing, &mut lines)?);
                }
            }
        }
        let refused = self.refused_about(&entry, &standing)?;
        Ok(views::PairView {
            refused,
            row: self.pair_row(&entry, &standing, &mut lines)?,
            seen,
            fields: fields(&readers, (&left, &right), finding, &language),
            reasons: entry
                .reasons
                .iter()
                .filter(|kept| words::is_said(kept))
                .map(|kept| words::reason(kept, &language))
                .collect(),
            decisions,
            chain,
            verdicts: match (closed.is_empty(), finding) {
                (false, _) => Vec::new(),
                (true, true) => vec![PairVerdict::Different],
                // Who is one person is decided where both can be seen.
                (true, false) if entry.elsewhere.is_some() => vec![PairVerdict::Different],
                (true, false) if left.place.household == right.place.household => {
                    vec![PairVerdict::Same, PairVerdict::Different]
                }
                (true, false) => vec![
                    PairVerdict::Same,
                    PairVerdict::TwoFamilies,
                    PairVerdict::Different,
                ],
            },
            keep: 1 + u8::from(richness(&right) > richness(&left)),
            closed,
            advice: match &entry.elsewhere {
                Some(_) => elsewhere::advice(&language).to_owned(),
                None => String::new(),
            },
        })
    }

    /// Reasons for a pair that the search no longer has, because one of the two is struck out.
    fn compare_anew(&mut self, whole: &mut Whole, lines: &mut Lines) -> Result<(), AppError> {
        let Lookout::Ready(ready) = &mut self.lookout else {
            return Ok(());
        };
        let mut values: Vec<Vec<String>> = Vec::new();
        for at in [&whole.entry.left, &whole.entry.right] {
            let line = self.store.persons_of(at.row)?;
            let persons = line.map_or_else(super::Persons::default, |line| {
                super::Persons::read(&line.body)
            });
            let Some(person) = persons.person(at.member) else {
                return Ok(());
            };
            let own = persons.values(person);
            values.push(own.iter().map(|v| (*v).to_owned()).collect());
        }
        let _ = lines;
        let texts = |at: usize| values[at].iter().map(String::as_str).collect::<Vec<_>>();
        let (probability, reasons) = ready.index.compare(&texts(0), &texts(1));
        whole.entry.probability = probability;
        whole.entry.reasons = kept(&reasons);
        Ok(())
    }

    fn decision_view(
        &self,
        decided: &Decided,
        counts: bool,
        finding: bool,
        reader: &Instance,
        left: &Side,
    ) -> Result<views::PairDecision, AppError> {
        let change = self.store.change(&decided.event.change)?;
        let taken: Vec<String> = serde_json::from_str(&decided.event.taken).unwrap_or_default();
        Ok(views::PairDecision {
            verdict: decided.verdict,
            title: words::verdict(decided.verdict, finding, &self.language),
            reason: decided.event.reason.clone(),
            keep: match decided.goes() {
                Some((_, stays)) if stays == decided.left => 1,
                Some(_) => 2,
                None => 0,
            },
            taken: taken
                .iter()
                .map(|key| label(reader, &left.path(key), &self.language))
                .collect(),
            refused: change
                .as_ref()
                .is_some_and(|change| change.state == LogState::Refused),
            device: change
                .as_ref()
                .map_or(String::new(), |c| c.device.to_string()[..8].to_uppercase()),
            author: change.map(|change| change.person).unwrap_or_default(),
            at: timestamp(decided.event.at),
            counts,
        })
    }

    /// Why nothing can be decided about a pair here, in words; empty when it can.
    pub(super) fn closed_to(&self, households: &[HouseholdId]) -> Result<String, AppError> {
        let mut first = String::new();
        for household in households {
            match self.may_decide(*household)? {
                None => return Ok(String::new()),
                Some(error) if first.is_empty() => first = error.words(&self.language).0,
                Some(_) => {}
            }
        }
        Ok(first)
    }

    /// Why this person decides about no pair at all.
    pub(super) fn closed_to_all(&self) -> Result<String, AppError> {
        let role = self.role();
        let may = lawang_domain::EVENTS
            .iter()
            .any(|event| event.repeat == Event::PAIRS && event.roles.contains(&role));
        if may {
            return Ok(String::new());
        }
        let denied: AppError = lawang_domain::Denied::Event(role, Event::PAIRS).into();
        Ok(denied.words(&self.language).0)
    }

    /// Why nothing may be written about a household's members; `None` when it may.
    pub(super) fn may_decide(&self, household: HouseholdId) -> Result<Option<AppError>, AppError> {
        let touch = Touch::Put {
            instance: Some(InstanceId(uuid::Uuid::nil())),
            repeat: Event::PAIRS.to_owned(),
            key: "verdict".to_owned(),
            value: PairVerdict::Different.as_str().to_owned(),
            new: true,
            removed: false,
        };
        let denied = self.denied(household, DocumentKind::Verification, &[touch])?;
        Ok(denied.into_iter().flatten().next().map(AppError::from))
    }
}

/// Everything of a person that is shown beside the other.
fn seen(hash: &mut Sha256, side: &Side) {
    let own = side.place.member;
    let mut add = |path: &FieldPath, text: &str| {
        let path = path.to_string();
        hash.update((path.len() as u64).to_be_bytes());
        hash.update(path.as_bytes());
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    for (path, values) in &side.state.fields {
        let shown = path.instance_id() == Some(own)
            || (path.instance.is_none() && HOUSEHOLD.contains(&path.key.as_str()));
        if shown {
            for value in values {
                add(path, &value.text);
            }
        }
    }
    add(&side.path(KEY_STATUS), side.text(KEY_STATUS));
    add(&side.path(DUPLICATE_OF), side.text(DUPLICATE_OF));
}

/// How much a record says: who has a NIK that can be, then whose record was visited, then more answers.
fn richness(side: &Side) -> (bool, bool, usize) {
    let nik = side.text("nik").parse::<lawang_domain::Nik>();
    let visited = !side.state.of(lawang_records::VISITS).is_empty();
    let own = side.place.member;
    let answers = side
        .state
        .fields
        .iter()
        .filter(|(path, values)| {
            path.instance_id() == Some(own) && values.iter().any(|v| !v.text.is_empty())
        })
        .count();
    (nik.is_ok_and(|nik| !nik.is_temporary()), visited, answers)
}

fn label(reader: &Instance, path: &FieldPath, language: &str) -> String {
    match reader.label(path, language) {
        label if label.is_empty() => path.key.clone(),
        label => label,
    }
}

/// Names of a repeat's questions that a person answers, in order.
pub(super) fn member_questions(reader: &Instance) -> Vec<String> {
    fn collect(items: &[Item], inside: bool, found: &mut Vec<String>) {
        for item in items {
            match item {
                Item::Group(group) => collect(&group.children, inside, found),
                Item::Repeat(repeat) if repeat.name == MEMBERS => {
                    collect(&repeat.children, true, found);
                }
                // What stands in a repeat of a member is not compared.
                Item::Repeat(_) => {}
                Item::Question(question) if inside => {
                    if !question.calculated && question.kind != QuestionType::Note {
                        found.push(question.name.clone());
                    }
                }
                Item::Question(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(&reader.form().root().children, false, &mut found);
    found
}

/// Whether an answer can be taken from the one who goes.
pub(super) fn can_take(key: &str) -> bool {
    !key.starts_with('_') && !NOT_TAKEN.contains(&key)
}

/// `finding`: nobody asks whether the two are one, so nothing is taken over and no difference is worth a mark.
fn fields(
    readers: &(Instance, Instance),
    (left, right): (&Side, &Side),
    finding: bool,
    language: &str,
) -> Vec<views::PairField> {
    let alone = left.place == right.place;
    let mut all = Vec::new();
    let mut add = |field: &str, paths: (FieldPath, FieldPath)| {
        let raw = (left.state.text(&paths.0), right.state.text(&paths.1));
        if raw.0.is_empty() && raw.1.is_empty() {
            return;
        }
        all.push(views::PairField {
            field: field.to_owned(),
            label: label(&readers.0, &paths.0, language),
            left: shown(&readers.0, &paths.0, raw.0, language),
            right: match alone {
                true => String::new(),
                false => shown(&readers.1, &paths.1, raw.1, language),
            },
            differs: !alone && !finding && raw.0 != raw.1,
        });
    };
    for key in member_questions(&readers.0) {
        let field = if can_take(&key) && !alone && !finding {
            key.as_str()
        } else {
            ""
        };
        add(field, (left.path(&key), right.path(&key)));
    }
    for key in HOUSEHOLD {
        add("", (FieldPath::household(*key), FieldPath::household(*key)));
    }
    all
}

/// The pair's likelihood in percent, and its reasons, for a list of persons who look alike.
pub(super) fn said(probability: f64, reasons: &[Kept], language: &str) -> (u32, String) {
    (percent(probability), words::because(reasons, language))
}
