//! From answers typed to one change: when a page of work is put down, submitted or sent.

use super::OpenVisit;
use crate::{
    cards::{self, VISIT_NAME, VISIT_STARTED, VISIT_SUBMITTED},
    device::{Device, MADE},
    error::AppError,
    forms,
};
use chrono::{DateTime, SecondsFormat, Utc};
use lawang_domain::{DocumentKind, FieldPath, HouseholdId};
use lawang_records::{NewChange, Record, State, VISITS, Write, stands_in, write_entity};
use lawang_store::{ChangeRow, Draft, EntryKind, LogState, Store};

/// What one transaction writes besides the change.
#[derive(Default)]
pub(crate) struct Ending {
    /// The visit is finished: mark it submitted and close it.
    pub submit: bool,
    /// The visit is put down for good without being finished (a correction by a program).
    pub close: bool,
    /// What the next form of this kind gets as last saved, by its key in the store's notes: it is kept
    /// together with the visit, or not at all.
    pub last_saved: Option<(String, Vec<u8>)>,
    /// The field of the visit that names the log of how it was filled in, with its value.
    pub log: Option<(FieldPath, String)>,
}

impl Device {
    /// Everything typed for a household becomes one change; the visit stays open unless it ends.
    /// Gives whether there was anything.
    pub(crate) fn fold(
        &mut self,
        household: HouseholdId,
        ending: &Ending,
    ) -> Result<bool, AppError> {
        let Some(draft) = self.store.draft(household)? else {
            return Ok(false);
        };
        // What was typed stays typed until the restriction is lifted.
        if self.is_restricted(household)? {
            return Ok(false);
        }
        let entries = self.store.entries(household)?;
        let fresh: Vec<_> = entries.iter().filter(|e| !e.folded).collect();
        if fresh.is_empty() && !ending.submit {
            if ending.close || (entries.is_empty() && !self.is_audited(household)) {
                // Opened and put down again without an answer: as if it had not been opened.
                self.store.transact(|tx| {
                    Store::end_draft(tx, household)?;
                    Store::clear_events(tx, household)?;
                    Store::clear_entries(tx, household)
                })?;
                self.open = None;
                self.refresh_card(household)?;
            }
            return Ok(false);
        }
        let mut record = self.store.record(household)?;
        // Calculations go on for them, and nothing of it is written.
        let restricted = self.restricted_persons(household)?;
        let known = if restricted.is_empty() {
            State::default()
        } else {
            record.state()?
        };
        let mut writes = Vec::with_capacity(fresh.len() + 4);
        self.visit_writes(&record, &draft, ending, &mut writes)?;
        for entry in &fresh {
            match entry.kind {
                EntryKind::NewInstance => {
                    if let Some((repeat, id)) = entry.path.split_once('/')
                        && let Ok(id) = id.parse()
                    {
                        writes.push(Write::AddInstance {
                            repeat: repeat.into(),
                            id,
                            order: entry.value.clone(),
                        });
                    }
                }
                EntryKind::Answer => {
                    if let Ok(path) = entry.path.parse::<FieldPath>()
                        && !path
                            .instance_id()
                            .is_some_and(|id| stands_in(&restricted, &known, id))
                    {
                        writes.push(Write::Put(path, entry.value.clone()));
                    }
                }
            }
        }
        let time = fresh.last().map_or_else(|| self.now(), |e| e.at) / 1000;
        let change = record.write(&draft.heads, &self.actor, time, &writes)?;
        let next = (!ending.submit && !ending.close).then(|| Draft {
            heads: change
                .as_ref()
                .map_or_else(|| draft.heads.clone(), |c| vec![c.hash]),
            ..draft.clone()
        });
        self.append(
            household,
            &record,
            change.as_ref(),
            time,
            |tx| match &next {
                Some(draft) => {
                    Store::put_draft(tx, draft)?;
                    Store::fold_entries(tx, household)
                }
                None => {
                    if let Some((key, answers)) = &ending.last_saved {
                        Store::put_meta(tx, key, answers)?;
                    }
                    Store::end_draft(tx, household)?;
                    Store::clear_events(tx, household)?;
                    Store::clear_entries(tx, household)
                }
            },
        )?;
        match &mut self.open {
            Some(open) if open.draft.household == household => match next {
                Some(draft) => {
                    open.draft = draft;
                    open.pending = 0;
                    open.state = record.state_at(&open.draft.heads)?;
                }
                None => self.open = None,
            },
            _ => {}
        }
        Ok(true)
    }

    /// The visit's own entry in the record: when, by whom, with which questionnaire.
    fn visit_writes(
        &self,
        record: &Record,
        draft: &Draft,
        ending: &Ending,
        writes: &mut Vec<Write>,
    ) -> Result<(), AppError> {
        let state = record.state_at(&draft.heads)?;
        let field = |key: &str| FieldPath::of(VISITS, draft.visit, key);
        if !state.of(VISITS).contains(&draft.visit) {
            writes.push(Write::AddInstance {
                repeat: VISITS.into(),
                id: draft.visit,
                order: draft.started.to_string(),
            });
            for (key, value) in [
                (VISIT_STARTED, timestamp(draft.started)),
                ("person", self.identity.person.clone()),
            ] {
                writes.push(Write::Put(field(key), value));
            }
        }
        // Written again only when it changed: the version was not on this device any more.
        writes.push(Write::Put(field("form"), draft.form.clone()));
        writes.push(Write::Put(field("form_version"), draft.version.clone()));
        if forms::is_survey(&state)
            && let Some(open) = &self.open
            && open.draft.household == draft.household
        {
            writes.push(Write::Put(field(VISIT_NAME), open.instance.instance_name()));
        }
        if ending.submit {
            if let Some(open) = self.open.as_ref().filter(|o| o.draft.visit == draft.visit) {
                let (_, village) = self.store.row(draft.household)?;
                for op in self.entity_changes(open, &village)? {
                    write_entity(&op, writes);
                }
            }
            if let Some((path, file)) = &ending.log {
                writes.push(Write::Put(path.clone(), file.clone()));
            }
            writes.push(Write::Put(
                field(VISIT_SUBMITTED),
                timestamp(after_all(&state, self.now())),
            ));
        }
        Ok(())
    }

    /// Appends a change made here: log, snapshot, card and whatever else belongs to it, in one
    /// transaction.
    pub(crate) fn append(
        &mut self,
        household: HouseholdId,
        record: &Record,
        change: Option<&NewChange>,
        time: i64,
        also: impl FnOnce(&lawang_store::Transaction<'_>) -> Result<(), lawang_store::StoreError>,
    ) -> Result<(), AppError> {
        let (_, village) = self.store.row(household)?;
        let id = self.store.row_id(household)?;
        let state = record.state()?;
        let row = change.map(|change| ChangeRow {
            hash: change.hash,
            household,
            kind: DocumentKind::FieldAnswers,
            village: village.clone(),
            body: change.bytes.clone(),
            device: self.id(),
            person: self.identity.person.clone(),
            role: self.identity.role.clone(),
            at: time,
            state: LogState::Unsent,
            seq: None,
            reason: None,
            applied: true,
        });
        let made = self.made()? + u64::from(row.is_some());
        self.store.transact(|tx| {
            if let Some(row) = &row {
                Store::add_change(tx, row)?;
                Store::put_meta(tx, MADE, &made.to_be_bytes())?;
                Store::put_snapshot(tx, household, record)?;
            }
            also(tx)?;
            let draft = Store::has_draft(tx, household)?;
            cards::put(
                tx,
                id,
                cards::card(&self.rules, household, &village, &state, draft),
            )
        })?;
        Ok(())
    }

    /// How many changes this device made in this incarnation.
    pub(crate) fn made(&self) -> Result<u64, AppError> {
        Ok(self
            .store
            .meta(MADE)?
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes))
    }

    /// Writes a household's card anew.
    pub(crate) fn refresh_card(&mut self, household: HouseholdId) -> Result<(), AppError> {
        let record = self.store.record(household)?;
        self.append(household, &record, None, 0, |_| Ok(()))
    }

    /// Everything that is typed anywhere becomes changes: called before sending.
    pub(crate) fn fold_all(&mut self) -> Result<(), AppError> {
        for household in self.store.drafts()? {
            match self.fold(household, &Ending::default()) {
                // What is typed there stays typed; it must not keep the others from being sent.
                Err(error)
                    if matches!(
                        error.code,
                        "not_found" | "record_damaged" | "database_damaged"
                    ) =>
                {
                    tracing::error!(%household, code = error.code, "a visit cannot become a change yet");
                }
                other => {
                    other?;
                }
            }
        }
        Ok(())
    }

    /// Puts the open visit down: what was typed becomes a change; the visit can be gone on with later.
    pub fn close_visit(&mut self, household: HouseholdId) -> Result<(), AppError> {
        self.fold(household, &Ending::default())?;
        if matches!(&self.open, Some(open) if open.draft.household == household) {
            self.open = None;
        }
        Ok(())
    }

    /// A household that is not on the list.
    pub fn add_household(&mut self, village: &str) -> Result<HouseholdId, AppError> {
        self.add_record(village, None, &[])
    }
}

impl OpenVisit {
    /// The household of this visit.
    pub(crate) fn household(&self) -> HouseholdId {
        self.draft.household
    }
}

/// The moment of a submission: never before one that its author had seen, however wrong the clock is, or a visit that
/// was sent back would stay sent back after it was made again.
fn after_all(state: &State, now: i64) -> i64 {
    let last = state
        .of(VISITS)
        .iter()
        .map(|id| state.text(&FieldPath::of(VISITS, *id, VISIT_SUBMITTED)))
        .max()
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    last.map_or(now, |last| now.max(last.timestamp_millis() + 1_000))
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn timestamp(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}
