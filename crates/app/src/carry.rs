//! From one version of a questionnaire to the next: answers carry over by name, and what no longer fits is
//! said.

use crate::{
    device::Device,
    error::AppError,
    forms::{Loaded, newest_visit},
    views,
    visit::{label_with_member, shown},
};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::{Form, Instance, QuestionType as Q};
use lawang_records::{KEY_PARENT, KEY_STATUS, State, is_bookkeeping};
use std::sync::Arc;

/// Why an answer no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The question is not asked any more.
    QuestionGone,
    /// The question is answered in another way now.
    TypeChanged,
    /// The choice is not among the choices.
    ChoiceGone,
    /// A rule says otherwise now.
    ValueInvalid,
}

impl Misfit {
    fn code(self) -> &'static str {
        match self {
            Self::QuestionGone => "question_gone",
            Self::TypeChanged => "type_changed",
            Self::ChoiceGone => "choice_gone",
            Self::ValueInvalid => "value_invalid",
        }
    }

    fn words(self, language: &str) -> &'static str {
        match (self, language) {
            (Self::QuestionGone, "en") => "This is no longer asked. The old answer is kept.",
            (Self::QuestionGone, _) => "Tidak ditanyakan lagi. Jawaban lama tetap tersimpan.",
            (Self::TypeChanged, "en") => "This is answered in another way now. Answer it again.",
            (Self::TypeChanged, _) => "Sekarang dijawab dengan cara lain. Isi lagi.",
            (Self::ChoiceGone, "en") => "This choice no longer exists. Choose again.",
            (Self::ChoiceGone, _) => "Pilihan ini tidak ada lagi. Pilih lagi.",
            (Self::ValueInvalid, "en") => "The old answer breaks a new rule. Correct it.",
            (Self::ValueInvalid, _) => "Jawaban lama tidak sesuai aturan baru. Perbaiki.",
        }
    }
}

/// Answers that came from an earlier version.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub form: String,
    pub from: String,
    pub to: String,
    /// Answers that fit.
    pub fitting: u32,
    /// Path, old value, why it does not fit.
    pub misfits: Vec<(FieldPath, String, Misfit)>,
    /// The answers in the version that they came from, where that is here: it has the words for them.
    reader: Option<Instance>,
}

/// Kinds of answers that stand for each other.
fn family(kind: Q) -> u8 {
    match kind {
        Q::Integer | Q::Decimal | Q::Range => 1,
        Q::SelectOne => 2,
        Q::SelectMultiple => 3,
        Q::Date => 4,
        Q::DateTime => 5,
        Q::Time => 6,
        Q::Geopoint => 7,
        Q::Image => 8,
        Q::Audio => 9,
        Q::Video => 10,
        Q::File | Q::Osm => 11,
        Q::Rank => 12,
        Q::Geotrace => 13,
        Q::Geoshape => 14,
        Q::Acknowledge => 15,
        _ => 0,
    }
}

/// Compares what a record holds with a version of the questionnaire. `old`: the version with which it was
/// filled in, if it is here.
pub(crate) fn compare(
    state: &State,
    register: &State,
    old: Option<&Form>,
    scratch: &mut Instance,
) -> (u32, Vec<(FieldPath, String, Misfit)>) {
    let form = scratch.form().clone();
    for repeat in form.repeats() {
        for id in present(state, repeat) {
            let parent = state.text(&FieldPath::of(repeat, id, KEY_PARENT));
            scratch.add_repeat(repeat, parent.parse().ok(), id);
        }
    }
    let removed = |path: &FieldPath| {
        path.instance.as_ref().is_some_and(|(of, id)| {
            state.text(&FieldPath::of(of.as_str(), *id, KEY_STATUS)) == "removed"
        })
    };
    let answers: Vec<(&FieldPath, &str)> = state
        .fields
        .iter()
        .filter(|(path, _)| {
            !path.key.starts_with('_')
                && !path
                    .instance
                    .as_ref()
                    .is_some_and(|(of, _)| is_bookkeeping(of))
        })
        .filter_map(|(path, values)| Some((path, values.first()?.text.as_str())))
        .filter(|(path, value)| !value.is_empty() && !removed(path))
        .collect();
    scratch.load(
        answers
            .iter()
            .map(|(path, value)| ((*path).clone(), (*value).to_owned())),
    );
    let mut fitting = 0;
    let mut misfits = Vec::new();
    for (path, value) in answers {
        let before = old.and_then(|f| f.question(path));
        // What the register said and nobody said otherwise is not lost with a question.
        let answered_before = register.text(path) != value
            && (old.is_none() || before.is_some_and(|q| q.kind.is_answered() && !q.calculated));
        let Some(now) = form.question(path) else {
            if answered_before {
                misfits.push((path.clone(), value.to_owned(), Misfit::QuestionGone));
            }
            continue;
        };
        if now.calculated || !now.kind.is_answered() {
            continue;
        }
        let other_kind = before.is_some_and(|q| family(q.kind) != family(now.kind));
        let misfit = match scratch.set(path, value) {
            Err(error) if error.code == "not_a_choice" && !other_kind => Some(Misfit::ChoiceGone),
            Err(error) if error.code != "read_only" => Some(Misfit::TypeChanged),
            _ if other_kind => Some(Misfit::TypeChanged),
            _ => scratch
                .node(path)
                .filter(|node| !node.valid)
                .map(|_| Misfit::ValueInvalid),
        };
        match misfit {
            Some(misfit) => misfits.push((path.clone(), value.to_owned(), misfit)),
            None => fitting += 1,
        }
    }
    (fitting, misfits)
}

fn present(state: &State, repeat: &str) -> Vec<InstanceId> {
    state
        .of(repeat)
        .iter()
        .copied()
        .filter(|id| state.text(&FieldPath::of(repeat, *id, KEY_STATUS)) != "removed")
        .collect()
}

impl Device {
    /// What a visit with `form` meets that was filled in with another version; `None` when there is nothing
    /// of another version. `visit`: the visit itself, whose own entry in the record does not count.
    pub(crate) fn carried(
        &self,
        village: &str,
        state: &State,
        register: &State,
        form: &Arc<Form>,
        visit: Option<InstanceId>,
    ) -> Result<Option<Carried>, AppError> {
        let Some((id, from)) = newest_visit(state, visit) else {
            return Ok(None);
        };
        if id == form.id() && from == form.version() {
            return Ok(None);
        }
        let old = self.form_version(&id, &from)?;
        let mut scratch = Instance::new(form.clone(), self.context());
        let old = old.as_ref().map(|l| l.form.as_ref());
        let (fitting, misfits) = compare(state, register, old, &mut scratch);
        let reader = (!misfits.is_empty()).then(|| self.reader(village, state));
        Ok(Some(Carried {
            reader,
            form: id,
            from,
            to: form.version().to_owned(),
            fitting,
            misfits,
        }))
    }

    /// What becomes of a record's answers in the version that its next visit uses.
    pub fn carry_over(&self, household: HouseholdId) -> Result<views::CarryOver, AppError> {
        let record = self.store.record(household)?;
        let draft = self.store.draft(household)?;
        let state = match &draft {
            Some(draft) => record.state_at(&draft.heads)?,
            None => record.state()?,
        };
        let register = record.register()?;
        let loaded: Loaded = match &draft {
            Some(draft) => match self.form_version(&draft.form, &draft.version)? {
                Some(found) => found,
                None => self.newest_form_of(&state)?,
            },
            None => self.newest_form_of(&state)?,
        };
        let (_, village) = self.store.row(household)?;
        let (loaded, _) = self.with_lists(loaded, &village)?;
        let visit = draft.as_ref().map(|d| d.visit);
        let carried = self.carried(&village, &state, &register, &loaded.form, visit)?;
        Ok(match carried {
            Some(carried) => carried.view(&self.language, |_, _| true),
            None => views::CarryOver {
                form: loaded.form.id().to_owned(),
                from_version: newest_visit(&state, visit).map_or(String::new(), |(_, v)| v),
                to_version: loaded.form.version().to_owned(),
                carried: 0,
                problems: Vec::new(),
            },
        })
    }
}

impl Carried {
    /// For people, in the words of the version that the answers came from. `open`: whether an answer still
    /// stands as it came.
    pub(crate) fn view(
        &self,
        language: &str,
        open: impl Fn(&FieldPath, &str) -> bool,
    ) -> views::CarryOver {
        views::CarryOver {
            form: self.form.clone(),
            from_version: self.from.clone(),
            to_version: self.to.clone(),
            carried: self.fitting,
            problems: self
                .misfits
                .iter()
                .filter(|(path, value, _)| open(path, value))
                .map(|(path, value, misfit)| {
                    let reader = self.reader.as_ref();
                    views::CarryProblem {
                        path: path.to_string(),
                        label: reader.map_or_else(
                            || path.key.clone(),
                            |r| label_with_member(r, path, language),
                        ),
                        value: reader.map_or_else(String::new, |r| shown(r, path, value, language)),
                        reason: misfit.code().into(),
                        message: misfit.words(language).into(),
                    }
                })
                .collect(),
        }
    }
}
