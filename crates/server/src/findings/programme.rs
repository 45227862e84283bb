//! The list of a programme beside the register: who of a family receives what.

use super::{
    civil::{MOST_REFUSED, Progress, known, stream, without_nik},
    register::Register,
    report::{FindingsReport, Matched},
    write::{Outcome, Source, write},
};
use crate::{
    admin::RowNote,
    error::{Result, ServerError},
    server::Server,
};
use chrono::NaiveDate;
use lawang_domain::{AidProgramme, FindingDetail, FindingResult, MatchedBy, mask_number};
use lawang_matching::registry::{
    ALIKE, Known, address, differing, keys, link_rest, may_be_one_name, similarity,
};
use lawang_prelist::{ListFile, ListKind, ListRow};
use std::{
    collections::{BTreeSet, HashSet},
    io::{Read, Seek, Write},
};

/// On one family card, names this much alike are one person's.
const SAME_CARD: u8 = 80;

pub(super) fn count_by(persons: &mut Matched, by: Option<MatchedBy>) {
    match by {
        Some(MatchedBy::Nik) => persons.deterministic += 1,
        Some(by) => {
            persons.probabilistic += 1;
            match by {
                MatchedBy::Digits => persons.by_digits += 1,
                MatchedBy::FamilyCard => persons.by_family_card += 1,
                MatchedBy::Linkage | MatchedBy::Nik => persons.by_linkage += 1,
            }
        }
        None => {}
    }
}

/// An entry of the list that was not found by its NIK.
struct Open {
    row: usize,
    known: Known,
    until: String,
    valid: bool,
}

fn until(row: &ListRow) -> (String, bool) {
    match row.until.is_empty() {
        true => (row.last_paid.clone(), false),
        false => (row.until.clone(), true),
    }
}

struct Receivers<'a> {
    register: &'a Register,
    outcomes: Vec<Option<Outcome>>,
}

impl Receivers<'_> {
    /// Notes that somebody receives. Who stands there twice receives until the later date.
    fn note(&mut self, at: usize, detail: FindingDetail) {
        match &mut self.outcomes[at] {
            Some(before) => {
                if detail.until > before.detail.until {
                    before.detail.until = detail.until;
                    before.detail.valid_until = detail.valid_until;
                }
            }
            empty => {
                *empty = Some(Outcome {
                    result: FindingResult::Receives,
                    detail,
                });
            }
        }
    }

    /// Everybody here with this NIK whose name fits; when nobody's does, all of them, marked.
    fn by_nik(&mut self, there: &Known, (until, valid): (&str, bool)) -> bool {
        let places: Vec<(usize, u8)> = self
            .register
            .with_nik(there.nik)
            .map(|at| {
                let name = &self.register.persons[at].known.name;
                (at, similarity(name, &there.name))
            })
            .collect();
        let named = !there.name.is_empty();
        let fit = |at: usize| may_be_one_name(&self.register.persons[at].known.name, &there.name);
        let fits = !named || places.iter().any(|(at, _)| fit(*at));
        let chosen: Vec<(usize, u8)> = places
            .iter()
            .copied()
            .filter(|(at, _)| !fits || !named || fit(*at))
            .collect();
        for (at, alike) in &chosen {
            let here = &self.register.persons[*at].known;
            let detail = FindingDetail {
                by: Some(MatchedBy::Nik),
                similarity: named.then_some(*alike),
                differs: differing(here, there).into_iter().map(Into::into).collect(),
                address: address(here, there),
                other_person: !fits,
                until: until.to_owned(),
                valid_until: valid,
                ..FindingDetail::default()
            };
            self.note(*at, detail);
        }
        !places.is_empty()
    }

    /// Twelve digits and the name, or the family card and the name: the likest, if there is only one.
    fn by_rule(&mut self, open: &Open) -> bool {
        let there = &open.known;
        let best = |places: &mut dyn Iterator<Item = usize>, least: u8| {
            let mut found: Vec<(u8, usize)> = places
                .map(|at| {
                    (
                        similarity(&self.register.persons[at].known.name, &there.name),
                        at,
                    )
                })
                .filter(|(alike, _)| *alike >= least)
                .collect();
            found.sort_unstable_by(|a, b| b.cmp(a));
            match found[..] {
                [(_, at)] => Some(at),
                [(first, at), (second, _), ..] if first > second => Some(at),
                _ => None,
            }
        };
        let by_card = best(&mut self.register.with_card(there.no_kk), SAME_CARD)
            .map(|at| (at, MatchedBy::FamilyCard));
        let found = by_card.or_else(|| {
            best(&mut self.register.with_digits(there.nik), ALIKE).map(|at| (at, MatchedBy::Digits))
        });
        let Some((at, by)) = found else {
            return false;
        };
        let detail = without_nik(&self.register.persons[at].known, there, by, None);
        self.note(
            at,
            FindingDetail {
                until: open.until.clone(),
                valid_until: open.valid,
                ..detail
            },
        );
        true
    }

    /// Everything else that both sides know. Gives the rows that were found.
    fn by_linkage(&mut self, open: &[Open], year: u32) -> Result<Vec<usize>> {
        let mut own = Vec::new();
        let mut wanted: HashSet<u64> = HashSet::new();
        for entry in open {
            keys(&entry.known, &mut own);
            wanted.extend(&own);
        }
        let pool: Vec<usize> = (0..self.register.persons.len())
            .filter(|at| {
                keys(&self.register.persons[*at].known, &mut own);
                own.iter().any(|key| wanted.contains(key))
            })
            .collect();
        let sought: Vec<&Known> = open.iter().map(|entry| &entry.known).collect();
        let there: Vec<&Known> = pool
            .iter()
            .map(|at| &self.register.persons[*at].known)
            .collect();
        let linked = link_rest(&sought, &there, year, 1)
            .map_err(|error| ServerError::Damaged(error.to_string()))?;
        let mut rows = Vec::new();
        for found in linked {
            let (entry, at) = (&open[found.sought], pool[found.found]);
            let here = &self.register.persons[at].known;
            let by = MatchedBy::Linkage;
            let detail = without_nik(here, &entry.known, by, Some(found.probability));
            self.note(
                at,
                FindingDetail {
                    until: entry.until.clone(),
                    valid_until: entry.valid,
                    ..detail
                },
            );
            rows.push(entry.row);
        }
        Ok(rows)
    }
}

fn listed(error: csv::Error) -> ServerError {
    ServerError::File(error.into())
}

/// Writes the entries that are nobody of the register, numbers masked.
fn list_unmatched<R: Read + Seek>(
    file: &mut ListFile<R>,
    unmatched: &HashSet<usize>,
    out: &mut dyn Write,
) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "row",
        "nik",
        "no_kk",
        "name",
        "village_code",
        "address",
        "last_paid",
        "until",
    ])
    .map_err(listed)?;
    let mut trouble = None;
    file.each(&mut |row, _| {
        let Ok(row) = row else { return };
        if trouble.is_some() || !unmatched.contains(&row.row) {
            return;
        }
        let line = [
            row.row.to_string(),
            mask_number(&row.nik),
            mask_number(&row.no_kk),
            row.name,
            row.village,
            row.address,
            row.last_paid,
            row.until,
        ];
        let line = line.map(crate::admin::harmless);
        trouble = csv.write_record(line).err();
    })
    .map_err(stream)?;
    match trouble {
        Some(error) => Err(listed(error)),
        None => Ok(csv.flush()?),
    }
}

impl Server {
    /// Imports the list of a programme, and matches it with the register. `dated` as in [`Server::import_dukcapil`];
    /// `unmatched` gets the entries that are nobody of the register, numbers masked.
    ///
    /// # Errors
    /// As [`Server::import_dukcapil`].
    pub fn import_programme<R: Read + Seek>(
        &self,
        file: R,
        programme: &AidProgramme,
        dated: Option<NaiveDate>,
        now: u64,
        unmatched: Option<&mut dyn Write>,
        progress: &mut Progress<'_>,
    ) -> Result<FindingsReport> {
        let mut file = self.begin_findings(file, ListKind::Programme)?;
        let name = programme.code;
        let (dated, again) = self.date_of_file(name, &file.sha256(), dated, now)?;
        progress("reading the register", 0, 1);
        let register = Register::load(self)?;
        let mut report = FindingsReport {
            source: name.to_owned(),
            dated: dated.clone(),
            again,
            warnings: file.warnings().into_iter().map(RowNote::from).collect(),
            ..FindingsReport::default()
        };
        let mut receivers = Receivers {
            outcomes: vec![None; register.persons.len()],
            register: &register,
        };
        let (mut open, mut left_out) = (Vec::new(), HashSet::new());
        let mut named: BTreeSet<String> = BTreeSet::new();
        let mut bad_rows = 0;
        let total = file.bytes();
        report.rows = file
            .each(&mut |row, read| {
                progress("reading the file", read, total);
                let row = match row {
                    Ok(row) => row,
                    Err(refused) => {
                        bad_rows += 1;
                        let room = MOST_REFUSED.saturating_sub(report.refused.len());
                        report
                            .refused
                            .extend(refused.into_iter().take(room).map(RowNote::from));
                        return;
                    }
                };
                if !row.village.is_empty() && !named.contains(&row.village) {
                    named.insert(row.village.clone());
                }
                let there = known(&row);
                let (until, valid) = until(&row);
                if there.nik != 0 && receivers.by_nik(&there, (&until, valid)) {
                    report.entries.matched += 1;
                    return;
                }
                let entry = Open {
                    row: row.row,
                    known: there,
                    until,
                    valid,
                };
                if receivers.by_rule(&entry) {
                    report.entries.matched += 1;
                    return;
                }
                report.entries.unmatched += 1;
                // A list of the whole country is mostly about others: who lives elsewhere is not looked for by name.
                let here = entry
                    .known
                    .village
                    .is_none_or(|v| register.villages.contains(&v.to_string()));
                if here {
                    open.push(entry);
                } else {
                    left_out.insert(row.row);
                }
            })
            .map_err(stream)?;
        progress("linking", 0, open.len() as u64);
        let year: u32 = dated.get(..4).and_then(|y| y.parse().ok()).unwrap_or(2100);
        let linked: HashSet<usize> = receivers.by_linkage(&open, year)?.into_iter().collect();
        report.entries.matched += linked.len();
        report.entries.unmatched -= linked.len().min(report.entries.unmatched);
        if let Some(out) = unmatched {
            left_out.extend(
                open.iter()
                    .map(|o| o.row)
                    .filter(|row| !linked.contains(row)),
            );
            list_unmatched(&mut file, &left_out, out)?;
        }
        let outcomes = receivers.outcomes;
        let mut ends_in = BTreeSet::new();
        for (village, code) in (0_u32..).zip(&register.villages) {
            if named.contains(code) {
                ends_in.insert(village);
            }
        }
        for (person, outcome) in register.persons.iter().zip(&outcomes) {
            let Some(outcome) = outcome else { continue };
            if person.restricted {
                report.persons.restricted += 1;
                continue;
            }
            count_by(&mut report.persons, outcome.detail.by);
            report.persons.other_person += usize::from(outcome.detail.other_person);
            if !file.has("village_code") {
                ends_in.insert(person.village);
            }
        }
        report.villages = ends_in.len();
        report.villages_not_covered = register.villages.len() - ends_in.len();
        let source = Source {
            name,
            dated: &dated,
            ends_in: &ends_in,
        };
        report.written = write(self, &register, &outcomes, &source, &mut |done, all| {
            progress("writing", done as u64, all as u64);
        })?;
        self.note_import(&report, &file.sha256(), bad_rows, now)?;
        Ok(report)
    }
}
