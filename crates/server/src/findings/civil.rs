//! The civil registry's extract, or its answer to persons that were sent to it, beside the register.

use super::{
    register::{NikState, Person, Register},
    report::FindingsReport,
    write::{Outcome, Source, write},
};
use crate::{
    admin::RowNote,
    error::{Result, ServerError},
    household::int,
    server::Server,
    store::params,
};
use chrono::{DateTime, NaiveDate};
use lawang_domain::{
    AddressResult, CivilFlag, DUKCAPIL, FindingDetail, FindingResult, MatchedBy, band,
};
use lawang_matching::registry::{
    ALIKE, Known, address, day, differing, is_other_person, keys, link_rest, similarity, sixteen,
    small_number,
};
use lawang_prelist::{CivilAnswer, CivilStatus, ListFile, ListKind, ListRow, StreamError};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io::{Read, Seek},
};

/// A village is covered by a file when this share of its persons with a sound NIK is found in it, in percent.
const COVERED: usize = 50;
/// Most refused rows that are listed.
pub(super) const MOST_REFUSED: usize = 10_000;

/// What an import is doing: a word, how much of it is done, and of how much.
pub type Progress<'a> = dyn FnMut(&'static str, u64, u64) + 'a;

pub(super) fn stream(error: StreamError) -> ServerError {
    match error {
        StreamError::Io(error) => ServerError::File(error),
        StreamError::File(error) => {
            ServerError::refused(error.code(), error.to_string()).hint(error.message().id)
        }
    }
}

/// The other office's person as matching wants them.
pub(super) fn known(row: &ListRow) -> Known {
    Known {
        nik: row.nik_number().unwrap_or(0),
        name: row.name.clone(),
        birth_date: day(&row.birth_date),
        sex: row.sex.parse().unwrap_or(0),
        mother: row.mother.clone(),
        no_kk: sixteen(&row.no_kk),
        village: row.village.parse().ok(),
        rt: small_number(&row.rt),
        rw: small_number(&row.rw),
        address: row.address.clone(),
    }
}

fn flag(status: CivilStatus) -> Option<CivilFlag> {
    match status {
        CivilStatus::Active => None,
        CivilStatus::Deceased => Some(CivilFlag::Deceased),
        CivilStatus::Moved => Some(CivilFlag::Moved),
        CivilStatus::Inactive => Some(CivilFlag::Inactive),
    }
}

/// What a row of an extract with the same NIK says of a person.
fn same_nik(person: &Known, there: &Known, status: CivilStatus) -> Outcome {
    let similarity = similarity(&person.name, &there.name);
    Outcome {
        result: FindingResult::Deterministic,
        detail: FindingDetail {
            by: Some(MatchedBy::Nik),
            similarity: Some(similarity),
            differs: differing(person, there)
                .into_iter()
                .map(Into::into)
                .collect(),
            address: address(person, there),
            flag: flag(status),
            other_person: is_other_person(person, there),
            ..FindingDetail::default()
        },
    }
}

/// What somebody says of a person who was found without the whole NIK.
pub(super) fn without_nik(
    person: &Known,
    there: &Known,
    by: MatchedBy,
    probability: Option<f64>,
) -> FindingDetail {
    let mut differs: Vec<String> = differing(person, there)
        .into_iter()
        .map(Into::into)
        .collect();
    if !differs.iter().any(|f| f == "nik") {
        // It is missing, or no number.
        differs.insert(0, "nik".to_owned());
    }
    FindingDetail {
        by: Some(by),
        similarity: Some(similarity(&person.name, &there.name)),
        // Never certain: a person decides.
        probability: probability.map(|p| ((p * 100.0).floor() as u8).min(99)),
        differs,
        address: address(person, there),
        ..FindingDetail::default()
    }
}

/// What an answer says of a person that was sent.
fn answered(row: &ListRow, person: &Known) -> Option<Outcome> {
    let result = match row.answer? {
        CivilAnswer::NotFound => FindingResult::Unmatched,
        CivilAnswer::Found | CivilAnswer::Differs => FindingResult::Deterministic,
    };
    let found = result == FindingResult::Deterministic;
    let name_differs = row.differs.contains(&"name");
    let detail = FindingDetail {
        by: found.then_some(MatchedBy::Nik),
        similarity: (found && !name_differs).then(|| similarity(&person.name, &row.name)),
        differs: row
            .differs
            .iter()
            .filter(|f| **f != "address")
            .map(|f| (*f).to_owned())
            .collect(),
        address: row
            .differs
            .contains(&"address")
            .then_some(AddressResult::OtherText),
        flag: flag(row.status),
        ..FindingDetail::default()
    };
    Some(Outcome { result, detail })
}

/// Of several that say something of one person the better one: names that fit.
fn better(old: Option<&Outcome>, new: &Outcome) -> bool {
    old.is_none_or(|old| {
        (
            new.result == FindingResult::Deterministic,
            new.detail.similarity,
        ) > (
            old.result == FindingResult::Deterministic,
            old.detail.similarity,
        )
    })
}

/// Reads the file once, row by row, and notes what is refused; a NIK that stood there before is.
struct FirstPass<'a> {
    register: &'a Register,
    outcomes: Vec<Option<Outcome>>,
    entries: super::report::Entries,
    refused: Vec<RowNote>,
    bad_rows: usize,
    /// Numbers seen, with their row only in the message of a second one.
    seen: HashSet<u64>,
    is_answer: bool,
}

impl FirstPass<'_> {
    fn row(&mut self, row: std::result::Result<ListRow, Vec<lawang_prelist::Refused>>) {
        let row = match row {
            Ok(row) => row,
            Err(refused) => {
                self.bad_rows += 1;
                let room = MOST_REFUSED.saturating_sub(self.refused.len());
                self.refused
                    .extend(refused.into_iter().take(room).map(RowNote::from));
                return;
            }
        };
        let there = known(&row);
        if !self.seen.insert(there.nik) {
            self.bad_rows += 1;
            if self.refused.len() < MOST_REFUSED {
                self.refused.push(RowNote {
                    row: row.row,
                    column: "nik".to_owned(),
                    code: "duplicate_nik",
                    message: "this NIK stands in an earlier row of the file already".to_owned(),
                    message_id: "NIK ini sudah ada di baris sebelumnya dalam berkas".to_owned(),
                });
            }
            return;
        }
        let mut anybody = false;
        for at in self.register.with_nik(there.nik) {
            let person = &self.register.persons[at].known;
            let outcome = if self.is_answer {
                answered(&row, person)
            } else {
                Some(same_nik(person, &there, row.status))
            };
            anybody = true;
            if let Some(outcome) = outcome
                && better(self.outcomes[at].as_ref(), &outcome)
            {
                self.outcomes[at] = Some(outcome);
            }
        }
        if anybody {
            self.entries.matched += 1;
        } else {
            self.entries.unmatched += 1;
        }
    }
}

/// Villages of which enough persons are in the file.
fn covered(register: &Register, outcomes: &[Option<Outcome>]) -> BTreeSet<u32> {
    let mut counts: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for (person, outcome) in register.persons.iter().zip(outcomes) {
        if person.nik == NikState::Sound {
            let (found, all) = counts.entry(person.village).or_default();
            *all += 1;
            *found += usize::from(outcome.is_some());
        }
    }
    counts
        .into_iter()
        .filter(|(_, (found, all))| *found * 100 >= *all * COVERED)
        .map(|(village, _)| village)
        .collect()
}

/// Those who were not found by their NIK, among the rows whose NIK is nobody's here.
fn second_pass<R: Read + Seek>(
    file: &mut ListFile<R>,
    register: &Register,
    outcomes: &mut [Option<Outcome>],
    covered: &BTreeSet<u32>,
    (year, entries): (u32, &mut super::report::Entries),
    progress: &mut Progress<'_>,
) -> Result<()> {
    let sought: Vec<usize> = (0..outcomes.len())
        .filter(|at| outcomes[*at].is_none() && covered.contains(&register.persons[*at].village))
        .collect();
    let mut own = Vec::new();
    let mut wanted: HashSet<u64> = HashSet::new();
    for at in &sought {
        keys(&register.persons[*at].known, &mut own);
        wanted.extend(&own);
    }
    let mut pool: Vec<(Known, CivilStatus)> = Vec::new();
    let mut seen: HashSet<u64> = HashSet::new();
    let total = file.bytes();
    file.each(&mut |row, read| {
        progress("looking again", read, total);
        let Ok(row) = row else { return };
        let there = known(&row);
        if register.with_nik(there.nik).next().is_some() {
            return;
        }
        keys(&there, &mut own);
        if own.iter().any(|key| wanted.contains(key)) && seen.insert(there.nik) {
            pool.push((there, row.status));
        }
    })
    .map_err(stream)?;
    drop(wanted);
    let mut left = Vec::new();
    let mut used: HashSet<usize> = HashSet::new();
    // The rule of twelve digits, the likest names first.
    let mut by_digits: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, (there, _)) in pool.iter().enumerate() {
        by_digits.entry(there.nik / 10_000).or_default().push(place);
    }
    let mut candidates: Vec<(u8, bool, usize, usize)> = Vec::new();
    for at in &sought {
        let here = &register.persons[*at].known;
        let places = (here.nik != 0).then(|| by_digits.get(&(here.nik / 10_000)));
        for place in places.flatten().into_iter().flatten() {
            let there = &pool[*place].0;
            let alike = similarity(&here.name, &there.name);
            if alike >= ALIKE {
                candidates.push((alike, here.birth_date == there.birth_date, *at, *place));
            }
        }
    }
    candidates.sort_by(|a, b| {
        (b.0, b.1)
            .cmp(&(a.0, a.1))
            .then((a.2, a.3).cmp(&(b.2, b.3)))
    });
    for (_, _, at, place) in candidates {
        if outcomes[at].is_none() && used.insert(place) {
            let (there, status) = &pool[place];
            let here = &register.persons[at].known;
            let mut detail = without_nik(here, there, MatchedBy::Digits, None);
            detail.flag = flag(*status);
            outcomes[at] = Some(Outcome {
                result: FindingResult::Probabilistic,
                detail,
            });
        }
    }
    left.extend(sought.iter().copied().filter(|at| outcomes[*at].is_none()));
    let rest: Vec<usize> = (0..pool.len()).filter(|p| !used.contains(p)).collect();
    progress("linking", 0, left.len() as u64);
    let here: Vec<&Known> = left.iter().map(|at| &register.persons[*at].known).collect();
    let there: Vec<&Known> = rest.iter().map(|place| &pool[*place].0).collect();
    let linked = link_rest(&here, &there, year, 1)
        .map_err(|error| ServerError::Damaged(error.to_string()))?;
    for found in linked {
        let (at, place) = (left[found.sought], rest[found.found]);
        let (there, status) = &pool[place];
        let here = &register.persons[at].known;
        let mut detail = without_nik(here, there, MatchedBy::Linkage, Some(found.probability));
        detail.flag = flag(*status);
        outcomes[at] = Some(Outcome {
            result: FindingResult::Probabilistic,
            detail,
        });
        used.insert(place);
    }
    entries.matched += used.len();
    entries.unmatched = entries.unmatched.saturating_sub(used.len());
    Ok(())
}

fn rest(register: &Register, outcomes: &mut [Option<Outcome>], covered: &BTreeSet<u32>) {
    for (person, outcome) in register.persons.iter().zip(outcomes) {
        if outcome.is_none() && covered.contains(&person.village) {
            *outcome = Some(Outcome {
                result: match person.nik {
                    NikState::Malformed => FindingResult::Invalid,
                    _ => FindingResult::Unmatched,
                },
                detail: FindingDetail::default(),
            });
        }
    }
}

fn count(report: &mut FindingsReport, person: &Person, outcome: &Outcome) {
    if person.restricted {
        report.persons.restricted += 1;
        return;
    }
    let detail = &outcome.detail;
    let persons = &mut report.persons;
    match outcome.result {
        FindingResult::Deterministic => {
            persons.deterministic += 1;
            if let Some(similarity) = detail.similarity {
                let bands = report.bands.get_or_insert_default();
                *bands.entry(band(similarity)).or_insert(0) += 1;
            }
        }
        FindingResult::Invalid => persons.invalid += 1,
        FindingResult::Unmatched => persons.unmatched += 1,
        _ => super::programme::count_by(persons, detail.by),
    }
    persons.other_person += usize::from(detail.other_person);
    let flags = report.flags.get_or_insert_default();
    match detail.flag {
        Some(CivilFlag::Deceased) => flags.deceased += 1,
        Some(CivilFlag::Moved) => flags.moved += 1,
        Some(CivilFlag::Inactive) => flags.inactive += 1,
        None => {}
    }
    match detail.address {
        Some(AddressResult::OtherVillage) => flags.other_village += 1,
        Some(AddressResult::OtherRtRw) => flags.other_rt_rw += 1,
        Some(AddressResult::OtherText) => flags.other_text += 1,
        Some(AddressResult::Same) | None => {}
    }
}

impl Server {
    /// Imports an extract or an answer file of the civil registry, and matches it with the register. `dated`: of the file;
    /// by default the one it was imported with before, or today. The same file again changes nothing; interrupted, it is
    /// carried on by giving the command again.
    ///
    /// # Errors
    /// The file as a whole is no such list (`missing_column`, `file_not_csv`, ...), `not_a_district`; single rows are in
    /// the report.
    pub fn import_dukcapil<R: Read + Seek>(
        &self,
        file: R,
        dated: Option<NaiveDate>,
        now: u64,
        progress: &mut Progress<'_>,
    ) -> Result<FindingsReport> {
        let mut file = self.begin_findings(file, ListKind::Civil)?;
        let (dated, again) = self.date_of_file(DUKCAPIL, &file.sha256(), dated, now)?;
        progress("reading the register", 0, 1);
        let register = Register::load(self)?;
        let is_answer = file.has("answer");
        let mut first = FirstPass {
            outcomes: vec![None; register.persons.len()],
            register: &register,
            entries: Default::default(),
            refused: Vec::new(),
            bad_rows: 0,
            seen: HashSet::new(),
            is_answer,
        };
        let total = file.bytes();
        let rows = file
            .each(&mut |row, read| {
                progress("reading the file", read, total);
                first.row(row);
            })
            .map_err(stream)?;
        let FirstPass {
            mut outcomes,
            mut entries,
            refused,
            bad_rows,
            ..
        } = first;
        let mut report = FindingsReport {
            source: DUKCAPIL.to_owned(),
            dated: dated.clone(),
            again,
            rows,
            refused,
            warnings: file.warnings().into_iter().map(RowNote::from).collect(),
            ..FindingsReport::default()
        };
        // An answer is about those that were asked for, and nobody else.
        let covered = match is_answer {
            true => BTreeSet::new(),
            false => covered(&register, &outcomes),
        };
        if !is_answer {
            let year: u32 = dated.get(..4).and_then(|y| y.parse().ok()).unwrap_or(2100);
            second_pass(
                &mut file,
                &register,
                &mut outcomes,
                &covered,
                (year, &mut entries),
                progress,
            )?;
            rest(&register, &mut outcomes, &covered);
            report.villages = covered.len();
            report.villages_not_covered = register.villages.len() - covered.len();
        }
        report.entries = entries;
        for (person, outcome) in register.persons.iter().zip(&outcomes) {
            if let Some(outcome) = outcome {
                count(&mut report, person, outcome);
            }
        }
        let source = Source {
            name: DUKCAPIL,
            dated: &dated,
            ends_in: &BTreeSet::new(),
        };
        report.written = write(self, &register, &outcomes, &source, &mut |done, all| {
            progress("writing", done as u64, all as u64);
        })?;
        self.note_import(&report, &file.sha256(), bad_rows, now)?;
        Ok(report)
    }

    /// Opens a list of another office.
    pub(super) fn begin_findings<R: Read + Seek>(
        &self,
        file: R,
        kind: ListKind,
    ) -> Result<ListFile<R>> {
        if self.hub().is_some() {
            return Err(
                ServerError::refused("not_a_district", "a hub imports nothing")
                    .hint("give the command at the district server"),
            );
        }
        ListFile::open(file, kind).map_err(stream)
    }

    /// Date of a file, and whether it was imported before.
    pub(super) fn date_of_file(
        &self,
        source: &str,
        hash: &[u8; 32],
        dated: Option<NaiveDate>,
        now: u64,
    ) -> Result<(String, bool)> {
        let before: Option<String> = self.store.read(|tx| {
            tx.optional(
                "SELECT dated FROM finding_import WHERE hash = ?1 AND source = ?2 ORDER BY id DESC LIMIT 1",
                params![hash, source],
                |r| r.get(0),
            )
        })?;
        let again = before.is_some();
        let today = DateTime::from_timestamp_millis(int(now)).map(|t| t.date_naive());
        let dated = dated.map(|d| d.to_string()).or(before);
        Ok((
            dated.unwrap_or_else(|| today.unwrap_or_default().to_string()),
            again,
        ))
    }

    pub(super) fn note_import(
        &self,
        report: &FindingsReport,
        hash: &[u8; 32],
        bad_rows: usize,
        now: u64,
    ) -> Result<()> {
        self.store.write(|tx| {
            let known: bool = tx.one(
                "SELECT EXISTS (SELECT 1 FROM finding_import WHERE hash = ?1 AND source = ?2 AND dated = ?3)",
                params![hash, report.source, report.dated],
                |r| r.get(0),
            )?;
            if known {
                return Ok(());
            }
            tx.execute(
                "INSERT INTO finding_import (source, dated, hash, entries, refused, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    report.source,
                    report.dated,
                    hash,
                    int(report.rows as u64),
                    int(bad_rows as u64),
                    int(now)
                ],
            )?;
            Ok(())
        })
    }
}
