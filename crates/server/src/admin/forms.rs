//! Publishing questionnaires, and what the office sees of them.

use super::lists::rfc3339;
use crate::{
    entities::Declared,
    error::{Result, ServerError},
    forms::{self, HOUSEHOLD_VISIT},
    household::{self, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::HouseholdId;
use lawang_forms::{Files, Form, Item, Problem, check_with, compile_with};
use lawang_records::{ENTITIES, SETTLEMENTS, VISITS};
use lawang_sync::{MAX_PACKAGE, RULES};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Names that a record keeps for itself.
const RESERVED: &[&str] = &[VISITS, SETTLEMENTS, ENTITIES];
/// Records looked at again in one transaction.
const CHUNK: usize = 200;

/// What became of a questionnaire that was to be published.
#[derive(Debug, Clone, Serialize)]
pub struct Published {
    /// Its identifier.
    pub form: String,
    /// Its version.
    pub version: String,
    /// Its title in Indonesian, or in its own language.
    pub title: String,
    /// SHA-256 of its content with its files.
    pub hash: String,
    /// Bytes that a device fetches.
    pub bytes: usize,
    /// The files that go with it.
    pub files: Vec<String>,
    /// The lists of entities that it reads: what is collected elsewhere is chosen from here.
    pub entity_lists: Vec<String>,
    /// `false`: exactly this was published before.
    pub published: bool,
    /// Visits that named this version before it was known, and were read now.
    pub evaluated: usize,
    /// What its author may want to mend.
    pub warnings: Vec<Problem>,
}

/// A version as the office sees it.
#[derive(Debug, Clone, Serialize)]
pub struct FormLine {
    /// Its identifier.
    pub form: String,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: String,
    /// New visits use it.
    pub current: bool,
    /// It came with the program.
    pub built_in: bool,
    /// A submission belongs to a village, not to a household of the register.
    pub survey: bool,
    /// Questions that are answered.
    pub questions: u64,
    /// Files that go with it.
    pub files: u64,
    /// Bytes that a device fetches.
    pub bytes: u64,
    /// SHA-256 of its content with its files.
    pub hash: String,
    /// RFC 3339; empty for one that came with the program.
    pub published: String,
    /// Records that answer this questionnaire, whatever the version.
    pub records: u64,
}

impl Server {
    /// Publishes a questionnaire: devices fetch it at their next exchange, new visits use it, and visits that
    /// named it before it was known are read. The same content again changes nothing. `files`: data and media
    /// beside it; those that it does not refer to are left out.
    ///
    /// The inner error is every problem that makes the questionnaire unusable.
    ///
    /// # Errors
    /// `version_taken`: this version was published with other content. `form_too_large`.
    pub fn publish_form(
        &self,
        name: &str,
        bytes: &[u8],
        files: &BTreeMap<String, Vec<u8>>,
        now: u64,
    ) -> Result<std::result::Result<Published, Vec<Problem>>> {
        let mut beside = Files::new();
        for (name, bytes) in files {
            beside.insert(name.as_str(), bytes.as_slice());
        }
        beside.allow_entities();
        let compiled = match compile_with(bytes, name, &beside) {
            Ok(compiled) => compiled,
            // `check` reads on where compiling stops.
            Err(problems) => {
                let report = check_with(bytes, name, &beside);
                return Ok(Err(if report.errors.is_empty() {
                    problems
                } else {
                    report.errors
                }));
            }
        };
        let form = compiled.form;
        let mut problems = reserved(&form);
        problems.extend(self.unknown_entities(name, bytes, files, &form)?);
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let wanted = form.attachments();
        let mut warnings = compiled.warnings;
        let missing = |name: &&String| !files.contains_key(*name) && !form.reads_entities_as(name);
        for name in wanted.iter().filter(missing) {
            let words =
                format!("The file '{name}' is not among the files: what shows it stays empty.");
            if !warnings.iter().any(|w| w.message.contains(name.as_str())) {
                warnings.push(Problem::new("missing_file", words));
            }
        }
        warnings.extend(self.instead_of_entities(files, &form)?);
        let taken: BTreeMap<String, Vec<u8>> = files
            .iter()
            .filter(|(name, _)| wanted.contains(name))
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect();
        let names: Vec<String> = taken.keys().cloned().collect();
        let package = forms::package(&form, name, bytes, taken);
        if package.size() > MAX_PACKAGE {
            return Err(ServerError::refused(
                "form_too_large",
                format!(
                    "the questionnaire with its files has {} bytes; a device takes {MAX_PACKAGE}",
                    package.size()
                ),
            )
            .hint("make pictures and films smaller"));
        }
        let (hash, body) = (package.hash(), package.pack());
        let published = self.store.write(|tx| {
            match known(tx, &form)? {
                Some(before) if before == hash => return Ok(false),
                Some(_) => {
                    return Err(ServerError::refused(
                        "version_taken",
                        format!(
                            "version {} of {} was published with other content",
                            form.version(),
                            form.id()
                        ),
                    )
                    .hint("raise the version in the sheet settings"));
                }
                None => {}
            }
            forms::insert(tx, &form, &hash, &body, names.len(), false, now)?;
            Ok(true)
        })?;
        let evaluated = self.evaluate_again(&form)?;
        Ok(Ok(Published {
            form: form.id().to_owned(),
            version: form.version().to_owned(),
            title: form.title("id"),
            hash: hex::encode(hash),
            bytes: body.len(),
            files: names,
            entity_lists: form.entity_lists().into_iter().map(str::to_owned).collect(),
            published,
            evaluated,
            warnings,
        }))
    }

    /// Lists of entities that nobody makes, and properties that nobody saves.
    fn unknown_entities(
        &self,
        name: &str,
        bytes: &[u8],
        files: &BTreeMap<String, Vec<u8>>,
        form: &Form,
    ) -> Result<Vec<Problem>> {
        let wanted = form.entity_columns();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = self.store.read(|tx| Declared::of(tx, &self.forms))?;
        known.add(form);
        let mut problems = Vec::new();
        for (list, columns) in wanted {
            let Some(properties) = known.properties.get(list) else {
                // Said again with the cell: without lists of entities the file is missing.
                let mut beside = Files::new();
                for (name, bytes) in files {
                    beside.insert(name.as_str(), bytes.as_slice());
                }
                let file = format!("'{list}.csv'");
                let found = check_with(bytes, name, &beside).errors;
                problems.extend(found.into_iter().filter(|p| p.message.contains(&file)));
                problems.push(Problem::new(
                    "file_missing",
                    format!("{file} is not there, and no published form makes entities of a list '{list}'."),
                ));
                continue;
            };
            for column in columns.iter().filter(|c| !properties.contains(**c)) {
                let all: Vec<&str> = properties.iter().map(String::as_str).collect();
                problems.push(Problem::new(
                    "reference_unknown",
                    format!(
                        "The entities of the list '{list}' have no property '{column}'; published forms save {}.",
                        all.join(", ")
                    ),
                ));
            }
        }
        Ok(problems)
    }

    /// Files that stand in for lists of entities: they win, and their author may not mean that.
    fn instead_of_entities(
        &self,
        files: &BTreeMap<String, Vec<u8>>,
        form: &Form,
    ) -> Result<Vec<Problem>> {
        let given = |name: &&String| name.ends_with(".csv") && files.contains_key(*name);
        let given: Vec<&String> = form.attachments().iter().filter(given).collect();
        if given.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = self.store.read(|tx| Declared::of(tx, &self.forms))?;
        known.add(form);
        let stands_in = |name: &&String| {
            let list = name.strip_suffix(".csv");
            list.is_some_and(|list| known.forms.contains_key(list))
        };
        let warned = given.into_iter().filter(stands_in).map(|name| {
            let words = format!(
                "The file '{name}' is taken instead of the list of entities of that name; publish without it to choose from what is collected."
            );
            Problem::new("file_instead_of_entities", words)
        });
        Ok(warned.collect())
    }

    /// Reads the visits again that name this version and could not be read without it. Interrupted, it is
    /// carried on by publishing the same again.
    fn evaluate_again(&self, form: &Form) -> Result<usize> {
        let waiting: Vec<[u8; 16]> = self.store.read(|tx| {
            let mut waiting = Vec::new();
            let sql = "SELECT id, state FROM household
                       WHERE flags IS NOT NULL AND flags LIKE '%other_questionnaire%'";
            tx.each(sql, params![], |row| {
                let state: Option<String> = row.get(1)?;
                let projection: Option<crate::Projection> =
                    state.and_then(|json| serde_json::from_str(&json).ok());
                let named = projection.is_some_and(|p| {
                    p.last_submitted().is_some_and(|(visit, _)| {
                        p.field(VISITS, visit, "form") == form.id()
                            && p.field(VISITS, visit, "form_version") == form.version()
                    })
                });
                if named {
                    waiting.push(row.get(0)?);
                }
                Ok(())
            })?;
            Ok(waiting)
        })?;
        for chunk in waiting.chunks(CHUNK) {
            self.store.write(|tx| {
                for id in chunk {
                    let id = HouseholdId(Uuid::from_bytes(*id));
                    if let Some(found) = household::load(tx, id)? {
                        household::save(tx, &self.forms, &found)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(waiting.len())
    }

    /// Every version that is kept, by identifier, the newest last.
    pub fn forms(&self) -> Result<Vec<FormLine>> {
        self.store.read(|tx| {
            let current = forms::current(tx)?;
            tx.query(
                "SELECT seq, id, version, title, built_in, questions, files, length(body), hash, published_at,
                        (SELECT count(*) FROM household h
                         WHERE h.form = f.id OR (h.form IS NULL AND f.id = ?1))
                 FROM form f ORDER BY id, built_in DESC, seq",
                params![HOUSEHOLD_VISIT],
                |r| {
                let id: String = r.get(1)?;
                let at: i64 = r.get(9)?;
                Ok(FormLine {
                    current: current.get(&id) == Some(&r.get(0)?),
                    survey: id != HOUSEHOLD_VISIT,
                    form: id,
                    version: r.get(2)?,
                    title: r.get(3)?,
                    built_in: r.get(4)?,
                    questions: unsigned(r.get(5)?),
                    files: unsigned(r.get(6)?),
                    bytes: unsigned(r.get(7)?),
                    hash: hex::encode(r.get::<[u8; 32]>(8)?),
                    published: if at == 0 { String::new() } else { rfc3339(at) },
                    records: unsigned(r.get(10)?),
                })
            })
        })
    }
}

fn known(tx: &Tx<'_>, form: &Form) -> Result<Option<[u8; 32]>> {
    tx.optional(
        "SELECT hash FROM form WHERE id = ?1 AND version = ?2",
        params![form.id(), form.version()],
        |r| r.get(0),
    )
}

/// Names that would be mistaken for a record's own bookkeeping, and identifiers that cannot be one.
fn reserved(form: &Form) -> Vec<Problem> {
    fn walk(items: &[Item], out: &mut Vec<Problem>) {
        for item in items {
            match item {
                Item::Group(group) => walk(&group.children, out),
                Item::Repeat(repeat) => {
                    if RESERVED.contains(&repeat.name.as_str()) {
                        out.push(Problem::new(
                            "reserved_name",
                            format!(
                                "The repeat cannot be named '{}': records keep that name for themselves.",
                                repeat.name
                            ),
                        ));
                    }
                    walk(&repeat.children, out);
                }
                Item::Question(question) => {
                    if question.name.starts_with('_') {
                        out.push(Problem::new(
                            "reserved_name",
                            format!(
                                "The question cannot be named '{}': names with a leading underscore are the record's own.",
                                question.name
                            ),
                        ));
                    }
                }
            }
        }
    }
    let mut out = Vec::new();
    for (what, text) in [("form_id", form.id()), ("version", form.version())] {
        if text.chars().count() > 120 || text.chars().any(char::is_control) {
            out.push(Problem::new(
                "bad_setting",
                format!("The setting '{what}' has at most 120 characters on one line."),
            ));
        }
    }
    if form.id() == RULES {
        let words = format!(
            "The setting 'form_id' cannot be '{RULES}': the district's rules travel under it."
        );
        out.push(Problem::new("bad_setting", words));
    }
    walk(&form.root().children, &mut out);
    out
}
