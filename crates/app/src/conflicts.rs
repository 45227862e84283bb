//! Two people answered one question differently while apart: shown with both values, settled by a person.

use crate::{
    cards::MEMBERS,
    desk::{undone, values_before},
    device::Device,
    error::AppError,
    forms::is_survey,
    views,
    visit::{file_kind, item_of, label_with_member, timestamp, told_apart, widget},
};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::Instance;
use lawang_records::{Value, stands_in};
use sha2::{Digest, Sha256};

/// Stands for exactly these values: for each write of one, whoever made it.
fn seen_of(values: &[Value]) -> String {
    let mut changes: Vec<_> = values.iter().map(|value| value.change.0).collect();
    changes.sort_unstable();
    let mut digest = Sha256::new();
    for change in changes {
        digest.update(change);
    }
    hex::encode(&digest.finalize()[..12])
}

impl Device {
    /// Every field with more than one value.
    pub fn conflicts(&self) -> Result<Vec<views::ConflictView>, AppError> {
        let mut all = Vec::new();
        for household in self.store.conflicted()? {
            if self.is_restricted(household)? {
                continue;
            }
            self.conflicts_of(household, &mut all)?;
        }
        Ok(all)
    }

    fn conflicts_of(
        &self,
        household: HouseholdId,
        all: &mut Vec<views::ConflictView>,
    ) -> Result<(), AppError> {
        let language = self.language.as_str();
        let record = self.store.record(household)?;
        let state = record.state()?;
        let register = record.register()?;
        let reader = self.reader(&self.store.row(household)?.1, &state);
        let persons = self.restricted_persons(household)?;
        let mut waiting: Vec<(FieldPath, Vec<Value>)> = state
            .conflicts()
            .map(|(path, values)| (path.clone(), values.clone()))
            .collect();
        for (path, settlement) in undone(&state) {
            if !waiting.iter().any(|(found, _)| *found == path) {
                let values = values_before(&record, &state, settlement, &path);
                waiting.push((path, values));
            }
        }
        for (path, values) in &waiting {
            if path
                .instance_id()
                .is_some_and(|id| stands_in(&persons, &state, id))
            {
                continue;
            }
            let question = reader.form().question(path);
            all.push(views::ConflictView {
                household: household.to_string(),
                head: if is_survey(&state) {
                    reader.form().title(language)
                } else {
                    crate::cards::head(&state)
                },
                address: state.answer("address").to_owned(),
                path: path.to_string(),
                label: label_with_member(&reader, path, language),
                widget: question.map_or(views::Widget::Text, |q| widget(q, path)),
                choices: reader
                    .choices(path, language)
                    .into_iter()
                    .map(item_of)
                    .collect(),
                register: told_apart(&reader, path, register.text(path), language),
                values: self.conflict_values(&reader, path, values)?,
                seen: seen_of(values),
            });
        }
        Ok(())
    }

    /// Values of a question side by side: who wrote each, where and when.
    pub(crate) fn conflict_values(
        &self,
        reader: &Instance,
        path: &FieldPath,
        values: &[Value],
    ) -> Result<Vec<views::ConflictValue>, AppError> {
        let register = if self.language == "en" {
            "Register"
        } else {
            "Data daftar"
        };
        let kind = reader.form().question(path).map(|q| q.kind);
        let one = |value: &Value| -> Result<views::ConflictValue, AppError> {
            let change = self.store.change(&value.change)?;
            let at = change.as_ref().map_or(0, |change| change.at);
            let by = change.filter(|change| !change.device.0.is_nil());
            Ok(views::ConflictValue {
                value: value.text.clone(),
                display: told_apart(reader, path, &value.text, &self.language),
                file: file_kind(kind, &value.text).into(),
                author: by.as_ref().map_or(register.into(), |by| by.person.clone()),
                device: by.as_ref().map_or(String::new(), |by| {
                    by.device.to_string()[..8].to_uppercase()
                }),
                at: match at {
                    0 => String::new(),
                    at => timestamp(at.saturating_mul(1000)),
                },
                mine: by.is_some_and(|by| by.device == self.id()),
            })
        };
        values.iter().map(one).collect()
    }

    /// Settles a field: the value, and why, become a change like any other. `seen`: what of the field was shown, by
    /// [`views::ConflictView::seen`]; without it the choice is about whatever stands there.
    ///
    /// # Errors
    /// `reason_needed`; `no_conflict`; `changed_meanwhile` when other values stand there than were shown; `bad_value`; the
    /// policy's reason.
    pub fn resolve(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        value: &str,
        reason: &str,
        seen: Option<&str>,
    ) -> Result<(), AppError> {
        let reason = reason.trim();
        if reason.chars().count() < 3 {
            return Err(AppError::new("reason_needed", "no reason given").at(path));
        }
        self.may_settle(household)?;
        // What is typed and not part of a change yet comes first, so that it is seen by the choice.
        self.close_visit(household)?;
        let mut record = self.store.record(household)?;
        let state = record.state()?;
        let standing = self.conflicting(&record, &state, path);
        if standing.is_empty() {
            return Err(AppError::new("no_conflict", "nothing to settle").at(path));
        }
        // A choice overrules all other values: one that came since the screen was drawn is shown first.
        if seen.is_some_and(|seen| seen != seen_of(&standing)) {
            return Err(AppError::new("changed_meanwhile", "not the values shown").at(path));
        }
        let offered = standing.iter().any(|v| v.text == value);
        if !offered {
            let mut reader = self.reader(&self.store.row(household)?.1, &state);
            if let Some((MEMBERS, id)) = path.instance.as_ref().map(|(of, id)| (of.as_str(), *id)) {
                reader.add_repeat(MEMBERS, None, id);
            }
            reader.set(path, value).map_err(|error| {
                AppError::new("bad_value", error.code)
                    .at(path)
                    .saying(format!(
                        "{}\u{1f}{}",
                        error.message("id"),
                        error.message("en")
                    ))
            })?;
        }
        let now = self.now();
        let writes = self.settlement(path, value, reason, &state, None);
        let heads = record.heads();
        let change = record.write(&heads, &self.actor, now / 1000, &writes)?;
        self.append(household, &record, change.as_ref(), now / 1000, |_| Ok(()))
    }
}
