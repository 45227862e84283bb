//! Takes a prelist: new households become rows; what the register says anew of a known one becomes a
//! change in the register's own name, at the heads that the register last wrote. So an answer given in
//! the field is never overwritten; where both differ, a person decides. That holds too where the record
//! began anew and its row holds answers: these are said again beside what the register says.

use crate::{
    erase::{self, Word},
    error::{Result, ServerError},
    evidence,
    forms::Catalogue,
    household::{self, Household, Origin, REGISTER_DEVICE},
    projection::MEMBERS,
    restrict,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DocumentKind, FieldPath};
use lawang_prelist::{COLUMNS, PrelistHousehold, Refused, Scope, regions};
use lawang_records::{KEY_ORDER, REGISTER_ACTOR, Row, RowInstance, UNKNOWN, Write, inspect};
use serde::Serialize;

/// Households in one transaction: short enough that devices that sync meanwhile hardly wait.
const CHUNK: usize = 500;

/// The result of an import; counts are households.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// New to the register.
    pub imported: usize,
    /// Known, with something new.
    pub updated: usize,
    /// Known, nothing new.
    pub unchanged: usize,
    /// Persons in the accepted rows.
    pub persons: usize,
    /// Rows that were not taken, with every reason. Row 0: a household as a whole.
    pub refused: Vec<RowNote>,
    /// What is odd and was taken all the same.
    pub warnings: Vec<RowNote>,
}

/// Something about one row of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowNote {
    /// As Excel counts it; 0: the file or a household as a whole.
    pub row: usize,
    /// Name of the column; empty when the whole row is meant.
    pub column: String,
    /// Stable word.
    pub code: &'static str,
    /// In English. Never a NIK, a No. KK or a name.
    pub message: String,
    /// In Indonesian.
    pub message_id: String,
}

impl From<Refused> for RowNote {
    fn from(note: Refused) -> Self {
        Self {
            row: note.row,
            column: note.column,
            code: note.code,
            message: note.message.en,
            message_id: note.message.id,
        }
    }
}

enum Outcome {
    New,
    Updated,
    Same,
    /// The register moved it to another village.
    Moved,
    /// It was erased on request.
    Erased,
    /// Its data are restricted on request.
    Restricted,
}

/// The prelist's household as a row.
pub(crate) fn row_of(household: &PrelistHousehold) -> Row {
    Row {
        household: household.household,
        village: household.village.to_string(),
        answers: household.answers.clone(),
        instances: household
            .members
            .iter()
            .map(|(id, fields)| RowInstance {
                id: *id,
                of: MEMBERS.to_owned(),
                fields: fields.clone(),
            })
            .collect(),
    }
}

impl Server {
    /// Imports a prelist file. `progress` is told households done and in all. Running it again with the
    /// same file changes nothing; interrupted, it is carried on by running it again.
    ///
    /// # Errors
    /// The file as a whole is no prelist (`missing_column`, `file_not_csv`, ...); single rows are in the report.
    pub fn import_prelist(
        &self,
        bytes: &[u8],
        now: u64,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<ImportReport> {
        let checked = lawang_prelist::check(bytes, &regions::village_exists)
            .map_err(|error| ServerError::refused(error.code(), error.to_string()))?;
        let total = checked.household_count();
        let mut report = ImportReport::default();
        let mut households = checked.households();
        let mut done = 0;
        progress(0, total);
        loop {
            let chunk: Vec<PrelistHousehold> = households.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break;
            }
            self.store.write(|tx| {
                for household in &chunk {
                    report.persons += household.members.len();
                    match take(tx, &self.forms, household, now)? {
                        Outcome::New => report.imported += 1,
                        Outcome::Updated => report.updated += 1,
                        Outcome::Same => report.unchanged += 1,
                        Outcome::Moved => report.refused.push(moved(household)),
                        Outcome::Erased => report.refused.push(erased(household)),
                        Outcome::Restricted => report.refused.push(restricted(household)),
                    }
                }
                evidence::seal(self, tx, now).map(|_| ())
            })?;
            done += chunk.len();
            progress(done, total);
        }
        drop(households);
        report
            .refused
            .extend(checked.refused.into_iter().map(RowNote::from));
        report.warnings = checked.warnings.into_iter().map(RowNote::from).collect();
        Ok(report)
    }
}

fn erased(household: &PrelistHousehold) -> RowNote {
    let id = &household.register_id;
    RowNote {
        row: 0,
        column: String::new(),
        code: "erased_on_request",
        message: format!("household {id} was erased on request and is not taken in again"),
        message_id: format!(
            "data keluarga {id} sudah dihapus atas permintaan dan tidak dimasukkan lagi"
        ),
    }
}

fn restricted(household: &PrelistHousehold) -> RowNote {
    let id = &household.register_id;
    RowNote {
        row: 0,
        column: String::new(),
        code: "restricted",
        message: format!(
            "the data of household {id} are restricted on request and are left as they are"
        ),
        message_id: format!(
            "data keluarga {id} dibatasi atas permintaan dan dibiarkan seperti semula"
        ),
    }
}

fn moved(household: &PrelistHousehold) -> RowNote {
    let id = &household.register_id;
    RowNote {
        row: 0,
        column: "village_code".into(),
        code: "village_changed",
        message: format!(
            "household {id} is registered in another village; when the village was split or merged, `lawang admin move-households` moves it first"
        ),
        message_id: format!(
            "keluarga {id} sudah tercatat di desa lain; bila desa dimekarkan atau digabung, pindahkan dahulu dengan `lawang admin move-households`"
        ),
    }
}

fn take(tx: &Tx<'_>, forms: &Catalogue, household: &PrelistHousehold, now: u64) -> Result<Outcome> {
    let mut row = row_of(household);
    // What was erased on request does not come back with the next prelist.
    let (whole, persons) = erase::erased(tx, row.household)?;
    if whole {
        return Ok(Outcome::Erased);
    }
    if !restrict::restricted(tx, row.household)?.is_empty() {
        return Ok(Outcome::Restricted);
    }
    row.instances.retain(|member| !persons.contains(&member.id));
    let bytes = row.to_bytes();
    let digest = Row::digest(&bytes);
    let known = tx.optional(
        "SELECT village, register_digest FROM household WHERE id = ?1",
        params![row.household.as_bytes()],
        |r| Ok((r.get::<String>(0)?, r.get::<Option<[u8; 32]>>(1)?)),
    )?;
    match known {
        None => {
            household::append_row(tx, &row, &bytes, None, now)?;
            Ok(Outcome::New)
        }
        Some((_, Some(before))) if before == digest => Ok(Outcome::Same),
        Some((village, _)) if village != row.village => Ok(Outcome::Moved),
        Some(_) => {
            let changed = update(tx, forms, &row, now)?;
            tx.execute(
                "UPDATE household SET register_digest = ?2 WHERE id = ?1",
                params![row.household.as_bytes(), digest],
            )?;
            Ok(if changed {
                Outcome::Updated
            } else {
                Outcome::Same
            })
        }
    }
}

/// Writes the differences between what the register said last and what it says now.
fn update(tx: &Tx<'_>, forms: &Catalogue, row: &Row, now: u64) -> Result<bool> {
    let mut household = household::load(tx, row.household)?
        .ok_or_else(|| ServerError::Damaged("a household without a row".into()))?;
    let word = Word::of(tx, &household)?;
    let News { writes, beside } = differences(&household, &word, row);
    if writes.is_empty() {
        return Ok(false);
    }
    erase::stand_beside(tx, &mut household, &word, &beside, now)?;
    let time = i64::try_from(now / 1000).unwrap_or(0);
    let Some(change) = household
        .record
        .write(&word.heads, REGISTER_ACTOR, time, &writes)?
    else {
        return Ok(false);
    };
    let info = inspect(&change.bytes).map_err(|e| ServerError::Damaged(e.to_string()))?;
    let origin = Origin {
        device: REGISTER_DEVICE,
        incarnation: [0; 8],
        person: "Prelist",
        role: "register",
        now,
    };
    household::append_change(
        tx,
        &mut household,
        DocumentKind::FieldAnswers,
        &info,
        &change.bytes,
        &origin,
    )?;
    household::save(tx, forms, &household)?;
    Ok(true)
}

/// What the register says anew.
struct News {
    writes: Vec<Write>,
    /// Answers with which the record began anew, and that have to stand beside it.
    beside: Vec<FieldPath>,
}

fn differences(household: &Household, word: &Word, row: &Row) -> News {
    let known = word.began.of(MEMBERS);
    let (mut writes, mut beside) = (Vec::new(), Vec::new());
    let mut put = |path: FieldPath, new: Option<&String>| {
        let new = new.map_or("", String::as_str);
        if word.state.text(&path) == new {
            return;
        }
        match word.answer(household, &path) {
            None => writes.push(Write::Put(path, new.to_owned())),
            // Perhaps it is what the register said all along.
            Some(UNKNOWN) if word.began.text(&path) == new => (),
            Some(_) => {
                writes.push(Write::Say(path.clone(), new.to_owned()));
                beside.push(path);
            }
        }
    };
    let of = |scope| {
        COLUMNS
            .iter()
            .filter(move |c| c.scope == scope)
            .map(|c| c.name)
    };
    // A cell that became empty is news as well; further columns of the file come with their keys.
    let mut keys: Vec<&str> = of(Scope::Household).collect();
    keys.extend(
        row.answers
            .keys()
            .map(String::as_str)
            .filter(|k| !of(Scope::Household).any(|c| c == *k)),
    );
    for key in keys {
        put(FieldPath::household(key), row.answers.get(key));
    }
    for member in row.instances.iter().filter(|m| known.contains(&m.id)) {
        let mut keys: Vec<&str> = of(Scope::Member).collect();
        keys.extend(
            member
                .fields
                .keys()
                .map(String::as_str)
                .filter(|k| *k != KEY_ORDER && !of(Scope::Member).any(|c| c == *k)),
        );
        for key in keys {
            put(
                FieldPath::of(MEMBERS, member.id, key),
                member.fields.get(key),
            );
        }
    }
    for member in row.instances.iter().filter(|m| !known.contains(&m.id)) {
        writes.push(Write::AddInstance {
            repeat: MEMBERS.to_owned(),
            id: member.id,
            order: member.fields.get(KEY_ORDER).cloned().unwrap_or_default(),
        });
        for (key, value) in member.fields.iter().filter(|(key, _)| *key != KEY_ORDER) {
            let path = FieldPath::of(MEMBERS, member.id, key.as_str());
            writes.push(Write::Put(path, value.clone()));
        }
    }
    News { writes, beside }
}
