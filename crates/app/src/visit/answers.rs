//! One answer: checked by the questionnaire, on disk, then shown.

use super::{OpenVisit, Whole};
use crate::{cards::MEMBERS, device::Device, error::AppError, views};
use lawang_domain::{Denied, FieldPath, HouseholdId, VisitState};
use lawang_forms::Instance;
use lawang_store::{DraftEntry, EntryKind, Store};

impl Device {
    /// Takes an answer in a visit. It is on disk when this returns. An answer that breaks a rule of the
    /// questionnaire is kept and marked; one that is no value of the question's type is refused.
    pub fn answer(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        value: &str,
        whole: Whole,
    ) -> Result<(), AppError> {
        let at = self.now();
        if whole == Whole::Visit {
            self.begin_audit(household)?;
            self.check_identified(household)?;
        }
        let open = self.open_visit(household, whole)?;
        if open.hides(path) {
            return Err(Denied::Restricted.into());
        }
        open.forget_old_position(at);
        let (value, kept) = open.try_answer(path, value, at)?;
        let mut entries = open.entries_of_counted(path, at);
        entries.push(DraftEntry {
            kind: EntryKind::Answer,
            path: path.to_string(),
            value,
            at,
            folded: false,
        });
        entries.extend(kept);
        self.type_entries(household, &entries)
    }

    /// Keeps a recording that was made while the form was filled in. It comes in parts, one every few minutes and
    /// one a sitting: all stand in the answer, in order, separated by spaces.
    pub(crate) fn keep_recording(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        part: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        let open = self.open_visit(household, Whole::Visit)?;
        let mut value = open.instance.node(path).map_or(String::new(), |n| n.value);
        if value.split_whitespace().any(|known| known == part) {
            // Sent again, because the reply was lost.
            return Ok(());
        }
        if !value.is_empty() {
            value.push(' ');
        }
        value += part;
        open.instance
            .set_recording(path, &value)
            .map_err(|error| AppError::new("bad_value", error.code).at(path))?;
        let entry = DraftEntry {
            kind: EntryKind::Answer,
            path: path.to_string(),
            value,
            at,
            folded: false,
        };
        self.type_entries(household, &[entry])
    }

    /// Puts entries on disk in one transaction; the household is marked as begun with its first one.
    pub(crate) fn type_entries(
        &mut self,
        household: HouseholdId,
        entries: &[DraftEntry],
    ) -> Result<(), AppError> {
        if let Err(denied) = self.may_answer(household) {
            // Memory must not say more than the disk.
            self.open = None;
            return Err(denied);
        }
        let begun = self
            .open
            .as_ref()
            .is_some_and(|open| open.household() == household && open.begun);
        let waiting = match &mut self.open {
            Some(open) if open.household() == household => std::mem::take(&mut open.waiting),
            _ => Vec::new(),
        };
        let entries = &[waiting.as_slice(), entries].concat();
        let mut noted = self.rows_of(household, entries);
        let written = self.store.transact(|tx| {
            for entry in entries {
                Store::add_entry(tx, household, entry)?;
            }
            for row in &mut noted.rows {
                row.put(tx, household)?;
            }
            for event in &noted.events {
                Store::add_event(tx, household, event)?;
            }
            if !begun {
                Store::mark_begun(tx, household, VisitState::InProgress)?;
            }
            Ok(())
        });
        if let Err(error) = written {
            // Memory must not say more than the disk.
            self.open = None;
            return Err(error.into());
        }
        self.keep_rows(household, noted);
        if let Some(open) = &mut self.open {
            open.begun = true;
            open.pending += u32::try_from(entries.len()).unwrap_or(0);
        }
        Ok(())
    }

    /// Every empty question of a page gets what the register says.
    pub fn take_over(&mut self, household: HouseholdId, page: &str) -> Result<u32, AppError> {
        let at = self.now();
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        let mut entries = Vec::new();
        // An answer may open further questions of the page: until nothing new comes.
        for _ in 0..8 {
            let mut found = false;
            for path in open.page_questions(page, &language) {
                let Some(value) = open.can_take_over(&path) else {
                    continue;
                };
                if let Ok(changed) = open.instance.set(&path, &value) {
                    entries.push(DraftEntry {
                        kind: EntryKind::Answer,
                        path: path.to_string(),
                        value,
                        at,
                        folded: false,
                    });
                    entries.extend(open.kept(&changed, at));
                    found = true;
                }
            }
            if !found {
                break;
            }
        }
        if entries.is_empty() {
            return Ok(0);
        }
        self.type_entries(household, &entries)?;
        Ok(u32::try_from(entries.len()).unwrap_or(u32::MAX))
    }
}

impl OpenVisit {
    /// Sets an answer in memory, or says what is wrong with it; gives the value as it is stored, and what else has to
    /// be kept because of it.
    pub(crate) fn try_answer(
        &mut self,
        path: &FieldPath,
        value: &str,
        at: i64,
    ) -> Result<(String, Vec<DraftEntry>), AppError> {
        check_place(self, path)?;
        let value = plain(&self.instance, path, value.trim());
        let changed = self.instance.set(path, &value).map_err(|error| {
            let code = if error.code == "readonly" {
                "readonly"
            } else {
                "bad_value"
            };
            AppError::new(code, error.code).at(path).saying(format!(
                "{}\u{1f}{}",
                error.message("id"),
                error.message("en")
            ))
        })?;
        Ok((value, self.kept(&changed, at)))
    }

    /// The register's value for an empty, open question, if it would fit.
    pub(crate) fn can_take_over(&self, path: &FieldPath) -> Option<String> {
        let node = self.instance.node(path)?;
        let old = self.register.text(path);
        (node.relevant && !node.readonly && node.value.is_empty() && !old.is_empty())
            .then(|| old.to_owned())
    }
}

fn check_place(open: &OpenVisit, path: &FieldPath) -> Result<(), AppError> {
    if let Some((repeat, id)) = &path.instance
        && !open.instance.instances(repeat).contains(id)
    {
        let code = if repeat == MEMBERS {
            "no_such_member"
        } else {
            "no_such_field"
        };
        return Err(AppError::new(code, "no such instance").at(path));
    }
    match open.form.question(path) {
        Some(question) if question.calculated => {
            Err(AppError::new("readonly", "calculated").at(path))
        }
        Some(_) => Ok(()),
        None => Err(AppError::new("no_such_field", "unknown question").at(path)),
    }
}

/// People type `1.234,5` and `3271 0412 ...`: numbers lose what only people need.
fn plain(instance: &Instance, path: &FieldPath, value: &str) -> String {
    use lawang_forms::QuestionType;
    match instance.form().question(path).map(|q| q.kind) {
        Some(QuestionType::Integer) => {
            // `1.234` and `1.234,0` are 1234 here; a point never is a decimal one in a whole number.
            let whole = match value.split_once(',') {
                Some((whole, rest)) if rest.chars().all(|c| c == '0') => whole,
                _ => value,
            };
            whole.replace('.', "")
        }
        Some(QuestionType::Decimal) => match (value.contains(','), value.contains('.')) {
            (true, true) => value.replace('.', "").replace(',', "."),
            (true, false) => value.replace(',', "."),
            _ => value.to_owned(),
        },
        _ if super::readings::is_id_number(path) => {
            value.chars().filter(|c| !c.is_whitespace()).collect()
        }
        _ => value.to_owned(),
    }
}

impl AppError {
    /// A message of the questionnaire comes in both languages, with a unit separator between.
    pub(crate) fn said_in(&self, language: &str) -> Option<String> {
        let said = self.said.as_ref()?;
        Some(match said.split_once('\u{1f}') {
            Some((_, english)) if language == "en" => english.to_owned(),
            Some((indonesian, _)) => indonesian.to_owned(),
            None => said.clone(),
        })
    }
}

/// Widgets of number questions accept what [`plain`] understands.
pub(crate) fn widget(question: &lawang_forms::Question, path: &FieldPath) -> views::Widget {
    use lawang_forms::QuestionType as Q;
    use views::Widget as W;
    let appearance = |word: &str| question.appearance.split_whitespace().any(|w| w == word);
    match question.kind {
        Q::Note => W::Note,
        _ if question.calculated => W::Calculated,
        Q::SelectOne => W::SelectOne,
        Q::SelectMultiple => W::SelectMultiple,
        Q::Rank => W::Rank,
        Q::Integer => W::Integer,
        Q::Range => W::Range,
        Q::Decimal => W::Decimal,
        Q::Date => W::Date,
        Q::Time => W::Time,
        Q::DateTime => W::DateTime,
        Q::Geopoint => W::Geopoint,
        Q::Geotrace => W::Geotrace,
        Q::Geoshape => W::Geoshape,
        Q::Acknowledge => W::Acknowledge,
        Q::Barcode => W::Barcode,
        Q::Image if appearance("signature") => W::Signature,
        Q::Image if appearance("draw") => W::Draw,
        Q::Image if appearance("annotate") => W::Annotate,
        Q::Image => W::Image,
        Q::Audio => W::Audio,
        Q::Video => W::Video,
        Q::File | Q::Osm => W::File,
        _ if super::readings::is_id_number(path) => W::IdNumber,
        _ => W::Text,
    }
}
