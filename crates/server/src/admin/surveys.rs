//! Submissions of questionnaires that are no household visit: lists, and tables for one questionnaire.

use super::{
    export::{cell, harmless},
    lists::{Stored, digest_of},
};
use crate::{
    error::{Result, ServerError},
    evaluate::Flag,
    forms,
    projection::Projection,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{HouseholdId, InstanceId, VillageCode};
use lawang_forms::{Form, Item};
use lawang_records::{KEY_PARENT, VISITS, is_bookkeeping};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A submission as the office sees it.
#[derive(Debug, Clone, Serialize)]
pub struct SurveyLine {
    /// The record's id.
    pub household: HouseholdId,
    /// The questionnaire.
    pub form: String,
    /// The version with which it was filled in last; empty if nobody did.
    pub form_version: String,
    /// Where it belongs.
    pub village: String,
    /// As in a worklist.
    pub state: String,
    /// What the questionnaire calls it; may be empty.
    pub name: String,
    /// Who filled it in last.
    pub person: String,
    /// RFC 3339; empty while it is not submitted.
    pub submitted: String,
    /// SHA-256 of the document's heads in ascending order.
    pub digest: String,
    /// Changes after the first one.
    pub changes: u64,
    /// Paths with several values.
    pub conflicts: Vec<String>,
    /// What the server found in the submission.
    pub flags: Vec<Flag>,
}

/// One table of an export.
#[derive(Debug, Clone)]
pub struct FormTable {
    /// The repeat whose instances are its lines; empty: the submissions themselves.
    pub repeat: String,
    /// Lines under the header.
    pub rows: usize,
    /// UTF-8 with a BOM.
    pub csv: Vec<u8>,
}

/// Columns before the answers of a submission, and of an instance of a repeat.
const FIXED: &[&str] = &[
    "submission",
    "village_code",
    "form_version",
    "state",
    "submitted",
    "person",
    "name",
    "conflicts",
    "flags",
];
const FIXED_REPEAT: &[&str] = &["submission", "instance", "parent"];

/// The visit in which a submission was worked on last.
fn newest(view: &Projection) -> Option<InstanceId> {
    match view.last_submitted() {
        Some((id, _)) => Some(id),
        None => view
            .instances
            .get(VISITS)
            .and_then(|all| all.last().copied()),
    }
}

fn line(stored: &Stored, view: &Projection) -> Result<SurveyLine> {
    let visit = newest(view);
    let at = |key: &str| visit.map_or(String::new(), |id| view.field(VISITS, id, key).to_owned());
    Ok(SurveyLine {
        household: stored.id,
        form: stored.form.clone().unwrap_or_default(),
        form_version: at("form_version"),
        village: stored.village.clone(),
        state: stored.visit_state.clone(),
        name: at("name"),
        person: at("person"),
        submitted: at("submitted"),
        digest: digest_of(&stored.heads_or_genesis()?),
        changes: stored.changes,
        conflicts: view.conflicts.iter().cloned().collect(),
        flags: stored.flags(),
    })
}

/// Columns of a table: those of the questionnaire in its order, then others that occur.
#[derive(Default)]
struct Keys {
    asked: Vec<String>,
    others: BTreeSet<String>,
}

impl Keys {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.asked.iter().chain(&self.others)
    }

    fn note(&mut self, key: &str) {
        if !key.starts_with('_') && !self.asked.iter().any(|k| k == key) {
            self.others.insert(key.to_owned());
        }
    }
}

fn keys(items: &[Item], repeat: &str, out: &mut BTreeMap<String, Keys>, order: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Group(group) => keys(&group.children, repeat, out, order),
            Item::Repeat(inner) => {
                order.push(inner.name.clone());
                out.entry(inner.name.clone()).or_default();
                keys(&inner.children, &inner.name, out, order);
            }
            Item::Question(question) if question.kind.is_answered() || question.calculated => {
                out.entry(repeat.to_owned())
                    .or_default()
                    .asked
                    .push(question.name.clone());
            }
            Item::Question(_) => {}
        }
    }
}

struct Table {
    csv: csv::Writer<Vec<u8>>,
    rows: usize,
}

fn broken(error: impl std::fmt::Display) -> ServerError {
    ServerError::refused("export_failed", error.to_string())
}

impl Table {
    fn new(header: impl Iterator<Item = String>) -> Result<Self> {
        let mut csv = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        csv.write_record(header).map_err(broken)?;
        Ok(Self { csv, rows: 0 })
    }

    fn write(&mut self, line: Vec<String>) -> Result<()> {
        self.rows += 1;
        self.csv
            .write_record(line.into_iter().map(harmless))
            .map_err(broken)
    }
}

impl Server {
    /// Submissions, by questionnaire and village if these are given, in the order of their rows.
    pub fn surveys(
        &self,
        form: Option<&str>,
        village: Option<VillageCode>,
    ) -> Result<Vec<SurveyLine>> {
        let mut lines = Vec::new();
        self.each_survey(form, village, &mut |stored| {
            if stored.restricted {
                return Ok(());
            }
            let view = stored.projection()?;
            lines.push(line(&stored, &view)?);
            Ok(())
        })?;
        Ok(lines)
    }

    /// The submissions of one questionnaire as tables: one of the submissions, one for each repeat.
    ///
    /// # Errors
    /// `unknown_form`: it was never published, and nothing answers it.
    pub fn export_form(
        &self,
        form: &str,
        village: Option<VillageCode>,
        reveal: bool,
    ) -> Result<Vec<FormTable>> {
        let compiled = self.store.read(|tx| self.current_form(tx, form))?;
        let mut columns: BTreeMap<String, Keys> = BTreeMap::new();
        let mut order = vec![String::new()];
        columns.entry(String::new()).or_default();
        if let Some(compiled) = &compiled {
            keys(&compiled.root().children, "", &mut columns, &mut order);
        }
        let mut any = false;
        self.each_survey(Some(form), village, &mut |stored| {
            any = true;
            if stored.restricted {
                return Ok(());
            }
            for path in stored.projection()?.fields.keys() {
                let mut parts = path.split('/');
                let (repeat, key) = match (parts.next(), parts.next(), parts.next()) {
                    (Some(key), None, None) => ("", key),
                    (Some(repeat), Some(_), Some(key)) => (repeat, key),
                    _ => continue,
                };
                if is_bookkeeping(repeat) {
                    continue;
                }
                if !columns.contains_key(repeat) {
                    order.push(repeat.to_owned());
                }
                columns.entry(repeat.to_owned()).or_default().note(key);
            }
            Ok(())
        })?;
        if compiled.is_none() && !any {
            return Err(
                ServerError::refused("unknown_form", "there is no such questionnaire")
                    .hint("`lawang admin forms` lists them"),
            );
        }
        let mut tables = BTreeMap::new();
        for repeat in &order {
            let fixed = if repeat.is_empty() {
                FIXED
            } else {
                FIXED_REPEAT
            };
            let header = fixed.iter().map(|c| (*c).to_owned());
            let names: Vec<String> = columns[repeat].all().cloned().collect();
            tables.insert(repeat.clone(), Table::new(header.chain(names))?);
        }
        self.each_survey(Some(form), village, &mut |stored| {
            if stored.restricted {
                return Ok(());
            }
            let view = stored.projection()?;
            let said = line(&stored, &view)?;
            for (repeat, table) in &mut tables {
                let names = &columns[repeat];
                if repeat.is_empty() {
                    let flags: Vec<String> = said
                        .flags
                        .iter()
                        .map(|f| format!("{} {}", f.code, f.field))
                        .collect();
                    let mut cells = vec![
                        said.household.to_string(),
                        said.village.clone(),
                        said.form_version.clone(),
                        said.state.clone(),
                        said.submitted.clone(),
                        said.person.clone(),
                        said.name.clone(),
                        said.conflicts.join(" "),
                        flags.join("; "),
                    ];
                    cells.extend(names.all().map(|key| cell(key, view.answer(key), reveal)));
                    table.write(cells)?;
                    continue;
                }
                for id in view.present(repeat) {
                    let mut cells = vec![
                        said.household.to_string(),
                        id.to_string(),
                        view.field(repeat, id, KEY_PARENT).to_owned(),
                    ];
                    let fields = names.all();
                    cells.extend(fields.map(|key| cell(key, view.field(repeat, id, key), reveal)));
                    table.write(cells)?;
                }
            }
            Ok(())
        })?;
        order
            .into_iter()
            .filter_map(|repeat| Some((tables.remove(&repeat)?, repeat)))
            .map(|(table, repeat)| {
                Ok(FormTable {
                    repeat,
                    rows: table.rows,
                    csv: table.csv.into_inner().map_err(broken)?,
                })
            })
            .collect()
    }

    fn current_form(&self, tx: &Tx<'_>, id: &str) -> Result<Option<Arc<Form>>> {
        let Some(seq) = forms::current(tx)?.get(id).copied() else {
            return Ok(None);
        };
        let version: String = tx.one(
            "SELECT version FROM form WHERE seq = ?1",
            params![seq],
            |r| r.get(0),
        )?;
        self.forms.form(tx, id, &version)
    }
}
