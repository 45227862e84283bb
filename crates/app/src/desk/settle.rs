//! Conflicts in numbers: many of one kind settled with one reason, and undone until the village meeting has decided.

use crate::{
    authority::needed,
    cards,
    device::Device,
    error::AppError,
    views,
    visit::{label_with_member, timestamp, told_apart},
    words,
};
use lawang_domain::{DocumentKind, FieldPath, HouseholdId, InstanceId};
use lawang_records::{Hash, Record, SETTLEMENTS, State, Value, Write, review};
use std::collections::BTreeSet;

/// Settlements that are listed.
const LISTED: usize = 200;

fn said<'a>(state: &'a State, id: InstanceId, key: &str) -> &'a str {
    state.text(&FieldPath::of(SETTLEMENTS, id, key))
}

/// Settlements that were undone and not settled anew: their values wait for a choice again.
pub(crate) fn undone(state: &State) -> Vec<(FieldPath, InstanceId)> {
    // In the order of `_order`: the last word about a question counts.
    let mut last: std::collections::BTreeMap<&str, Option<InstanceId>> =
        std::collections::BTreeMap::new();
    for id in state.of(SETTLEMENTS) {
        let undoes = said(state, *id, "undoes").parse().ok();
        last.insert(said(state, *id, "path"), undoes);
    }
    last.into_iter()
        .filter_map(|(path, undoes)| Some((path.parse().ok()?, undoes?)))
        .collect()
}

/// Settlements that somebody undid, each by its own name: a later one of the same question is no part of it.
fn all_undone(state: &State) -> BTreeSet<InstanceId> {
    let undoes = |id: &InstanceId| said(state, *id, "undoes").parse().ok();
    state.of(SETTLEMENTS).iter().filter_map(undoes).collect()
}

/// The change that made a settlement.
fn made_by(state: &State, settlement: InstanceId) -> Option<Hash> {
    let reason = FieldPath::of(SETTLEMENTS, settlement, "reason");
    let values = state.fields.get(&reason)?;
    values.first().map(|value| value.change)
}

/// The values that stood against each other when a settlement was made.
pub(crate) fn values_before(
    record: &Record,
    state: &State,
    settlement: InstanceId,
    path: &FieldPath,
) -> Vec<Value> {
    let Some(change) = made_by(state, settlement) else {
        return Vec::new();
    };
    let before = record.state_before(&change);
    let mut values = before
        .ok()
        .and_then(|before| before.fields.get(path).cloned())
        .unwrap_or_default();
    if let Some(now) = state.fields.get(path).and_then(|values| values.first())
        && !values.iter().any(|value| value.text == now.text)
    {
        values.push(now.clone());
    }
    values
}

impl Device {
    /// A value chosen for a question, and why; or the word that an earlier choice is undone. It stands after all
    /// settlements that its author had seen, however wrong the clock is.
    pub(crate) fn settlement(
        &self,
        path: &FieldPath,
        value: &str,
        reason: &str,
        seen: &State,
        undoes: Option<InstanceId>,
    ) -> Vec<Write> {
        let last = seen
            .of(SETTLEMENTS)
            .iter()
            .filter_map(|id| said(seen, *id, "_order").parse::<i64>().ok())
            .max();
        let order = last.map_or(self.now(), |last| self.now().max(last.saturating_add(1)));
        let id = self.new_id();
        let field = |key: &str| FieldPath::of(SETTLEMENTS, id, key);
        let mut writes = vec![
            Write::AddInstance {
                repeat: SETTLEMENTS.into(),
                id,
                order: order.to_string(),
            },
            Write::Put(field("path"), path.to_string()),
            Write::Put(field("reason"), reason.to_owned()),
        ];
        match undoes {
            Some(undone) => writes.push(Write::Put(field("undoes"), undone.to_string())),
            None => writes.insert(0, Write::Put(path.clone(), value.to_owned())),
        }
        writes
    }

    /// Settles many conflicts with one reason; each with [`views::ConflictView::seen`]. `take`: `newest`, `register`, or
    /// `author:NAME`.
    ///
    /// # Errors
    /// `reason_needed`, `malformed_request` for another `take`; what cannot be settled so, or has other values than were
    /// shown, is listed, and stays.
    pub fn settle_many(
        &mut self,
        conflicts: &[(HouseholdId, FieldPath, String)],
        take: &str,
        reason: &str,
    ) -> Result<views::Settled, AppError> {
        needed(reason)?;
        let author = take.strip_prefix("author:");
        if !matches!(take, "newest" | "register") && author.is_none() {
            return Err(AppError::new("malformed_request", "no such way to settle"));
        }
        let mut done = views::Settled {
            settled: 0,
            left: Vec::new(),
        };
        for (household, path, seen) in conflicts {
            let value = self.value_to_take(*household, path, take, author);
            let settled =
                value.and_then(|value| self.resolve(*household, path, &value, reason, Some(seen)));
            match settled {
                Ok(()) => done.settled += 1,
                // The disk is full or the database damaged: the others would fail too.
                Err(error) if matches!(error.code, "disk_full" | "database_damaged") => {
                    return Err(error);
                }
                Err(error) => done.left.push(views::LeftConflict {
                    household: household.to_string(),
                    path: path.to_string(),
                    why: words::of(error.code, &self.language).0,
                }),
            }
        }
        Ok(done)
    }

    fn value_to_take(
        &self,
        household: HouseholdId,
        path: &FieldPath,
        take: &str,
        author: Option<&str>,
    ) -> Result<String, AppError> {
        let record = self.store.record(household)?;
        let state = record.state()?;
        if take == "register" {
            let register = record.register()?;
            let value = register.text(path);
            return if value.is_empty() {
                Err(AppError::new("no_such_value", "the register has no value").at(path))
            } else {
                Ok(value.to_owned())
            };
        }
        let mut found: Vec<(i64, String, String)> = Vec::new();
        for value in self.conflicting(&record, &state, path) {
            let by = self.store.change(&value.change)?;
            let (at, person) = by.map_or((0, String::new()), |by| (by.at, by.person));
            found.push((at, person, value.text));
        }
        found.sort();
        let taken = match author {
            Some(author) => found
                .into_iter()
                .rev()
                .find(|(_, person, _)| person == author),
            None => found.pop(),
        };
        taken
            .map(|(_, _, value)| value)
            .ok_or_else(|| AppError::new("no_such_value", "no value of that person").at(path))
    }

    /// The values of a question that stand against each other; empty when none do.
    pub(crate) fn conflicting(
        &self,
        record: &Record,
        state: &State,
        path: &FieldPath,
    ) -> Vec<Value> {
        if let Some((_, values)) = state.conflicts().find(|(found, _)| *found == path) {
            return values.clone();
        }
        undone(state)
            .into_iter()
            .find(|(found, _)| found == path)
            .map_or(Vec::new(), |(_, id)| values_before(record, state, id, path))
    }

    /// Settlements, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub fn settlements(&self) -> Result<Vec<views::SettlementView>, AppError> {
        let language = self.language.as_str();
        let mut all = Vec::new();
        for household in self.store.with_settlements()? {
            if self.is_restricted(household)? {
                continue;
            }
            let record = self.store.record(household)?;
            let state = record.state()?;
            let closed = self.closed_for_undo(household, &state)?;
            let reader = self.reader(&self.store.row(household)?.1, &state);
            let gone = all_undone(&state);
            for id in state.of(SETTLEMENTS) {
                let undoes = !said(&state, *id, "undoes").is_empty();
                let Ok(path) = said(&state, *id, "path").parse::<FieldPath>() else {
                    continue;
                };
                if undoes || gone.contains(id) {
                    continue;
                }
                let change = made_by(&state, *id);
                let by = match &change {
                    Some(change) => self.store.change(change)?,
                    None => None,
                };
                let words = |value: &str| told_apart(&reader, &path, value, language);
                // As it was then: others have answered and settled since.
                let (old, new) = match &change {
                    Some(change) => self.settled_then(&record, change, &path)?,
                    None => (Vec::new(), state.text(&path).to_owned()),
                };
                let old: Vec<String> = old.iter().map(|value| words(&value.text)).collect();
                all.push(views::SettlementView {
                    id: id.to_string(),
                    household: household.to_string(),
                    head: cards::head(&state),
                    field: views::ChangedField {
                        path: path.to_string(),
                        label: label_with_member(&reader, &path, language),
                        old: old.join(" / "),
                        new: words(&new),
                    },
                    reason: said(&state, *id, "reason").to_owned(),
                    author: by.map_or(String::new(), |by| by.person),
                    at: timestamp(said(&state, *id, "_order").parse().unwrap_or(0)),
                    closed: closed.clone(),
                });
            }
        }
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        all.truncate(LISTED);
        Ok(all)
    }

    /// What stood against each other before a change settled it, and what it set.
    fn settled_then(
        &self,
        record: &Record,
        change: &Hash,
        path: &FieldPath,
    ) -> Result<(Vec<Value>, String), AppError> {
        // Of a record that began anew nobody knows any more what was before.
        let before = record.state_before(change).unwrap_or_default();
        let then = record.state_at(&[*change])?;
        let mut old = self.conflicting(record, &before, path);
        if old.is_empty() {
            old = before.fields.get(path).cloned().unwrap_or_default();
        }
        Ok((old, then.text(path).to_owned()))
    }

    /// Why settlements of a record can no longer be undone, in words; empty when they can.
    fn closed_for_undo(&self, household: HouseholdId, state: &State) -> Result<String, AppError> {
        let verification = self.store.document(household, DocumentKind::Verification)?;
        let stands = review(state, Some(&verification))?.state;
        // The same moment from which the village's desk looks at it no more: a meeting that has not decided closes nothing.
        Ok(
            match (stands.beyond_village_desk(), self.language == "en") {
                (false, _) => String::new(),
                (true, true) => format!("The record is {}.", stands.words()),
                (true, false) => format!("Data keluarga sudah {}.", stands.title()),
            },
        )
    }

    /// Undoes a settlement: its values wait for a choice again.
    ///
    /// # Errors
    /// `not_found` also of what is undone already; `record_closed` once the village meeting has decided; the policy's reason.
    pub fn undo_settlement(
        &mut self,
        household: HouseholdId,
        settlement: InstanceId,
    ) -> Result<(), AppError> {
        self.may_settle(household)?;
        self.close_visit(household)?;
        let mut record = self.store.record(household)?;
        let state = record.state()?;
        let path: Option<FieldPath> = state
            .of(SETTLEMENTS)
            .contains(&settlement)
            .then(|| said(&state, settlement, "path").parse().ok())
            .flatten();
        let undoes_itself = !said(&state, settlement, "undoes").is_empty();
        let gone = undoes_itself || all_undone(&state).contains(&settlement);
        let path = path
            .filter(|_| !gone)
            .ok_or_else(|| AppError::new("not_found", "no such settlement"))?;
        if !self.closed_for_undo(household, &state)?.is_empty() {
            return Err(AppError::new(
                "record_closed",
                "the village meeting has decided",
            ));
        }
        let now = self.now();
        let words = if self.language == "en" {
            "undone"
        } else {
            "dibatalkan"
        };
        let writes = self.settlement(&path, "", words, &state, Some(settlement));
        let heads = record.heads();
        let change = record.write(&heads, &self.actor, now / 1000, &writes)?;
        self.append(household, &record, change.as_ref(), now / 1000, |_| Ok(()))
    }
}
