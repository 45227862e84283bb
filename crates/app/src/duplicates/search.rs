//! The search for suspicions and the index that it uses: in steps so small that a screen never waits for one.
//!
//! Every household has a stamp in the projection of persons, which grows when its persons change. The index in memory
//! and the table of suspicions each know up to which stamp they are; a step takes either a little further.

use super::{
    findings,
    lists::Cards,
    persons::{Person, Persons},
};
use crate::{cards, device::Device, error::AppError};
use chrono::Datelike;
use lawang_domain::{HouseholdId, InstanceId};
use lawang_matching::{PersonIndex, Reason, learn_strangers, register_fields};
use lawang_store::{PersonsRow, Store, Suspicion};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// So many households are read in a step.
const READ: u32 = 250;
/// So many households are compared in a step.
const COMPARED: u32 = 24;
/// A pair less likely than this is not worth a person's time, unless both hold one NIK.
const LEAST: f64 = 0.5;
/// So many suspicions of one person.
const MOST_OF_ONE: usize = 10;
/// So many in all: nobody looks at more, and a hostile register must not fill the disk. Who holds the NIK of another is
/// listed beyond that, up to twice as many.
const MOST: u32 = 20_000;
/// A NIK that more persons hold is shown as one cluster, not as pairs.
pub(super) const CLUSTER: usize = lawang_matching::MOST_HOLDERS;
/// The chance that a person of a village stands there twice, before anything is known; from the sample district.
const TWICE: f64 = 0.02;
/// The chance that somebody who is being typed is on the device already.
const TYPED: f64 = 0.3;
/// The seed of the random pairs: the same register gives the same suspicions.
const SEED: u64 = 1;
/// So many persons are added to an index before it is made anew: they enter its frequencies only then.
const MOST_ADDED: usize = 4_000;

/// A person of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Number of the household's row.
    pub row: i64,
    pub household: HouseholdId,
    pub member: InstanceId,
    /// Replaced by a newer row, or no longer there.
    pub stale: bool,
}

/// What is kept of a reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(rename = "f")]
    pub field: String,
    #[serde(rename = "c")]
    pub code: String,
    #[serde(rename = "b")]
    pub bits: f32,
    #[serde(rename = "i", default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(rename = "e", default, skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// ISO date of the list that says it; empty where none does.
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    pub dated: String,
}

impl From<&Reason> for Kept {
    fn from(reason: &Reason) -> Self {
        Self {
            field: reason.field.clone(),
            code: reason.code.to_owned(),
            bits: reason.bits,
            id: reason.id.to_owned(),
            en: reason.en.to_owned(),
            dated: String::new(),
        }
    }
}

pub(super) fn kept(reasons: &[Reason]) -> Vec<Kept> {
    reasons
        .iter()
        .filter(|reason| reason.code != "missing")
        .map(Kept::from)
        .collect()
}

/// Persons that wait for being made into an index, which may take half a second and needs no device.
pub struct Unbuilt {
    persons: lawang_matching::Persons,
    owners: Vec<Owner>,
    cards: Cards,
    stamp: i64,
    turn: u64,
}

/// An index, ready to be asked.
pub struct Ready {
    pub(super) index: PersonIndex,
    pub(super) owners: Vec<Owner>,
    rows: HashMap<i64, Vec<u32>>,
    pub(super) cards: Cards,
    stamp: i64,
    added: usize,
    /// The household whose open visit is in here, and what of it.
    typed: Option<(i64, String)>,
    turn: u64,
}

impl Unbuilt {
    /// Makes the index.
    pub fn build(mut self) -> Box<Ready> {
        let prior = TWICE / f64::from(self.persons.len().max(1));
        let model = learn_strangers(&mut self.persons, prior, SEED);
        let mut rows: HashMap<i64, Vec<u32>> = HashMap::new();
        for (at, owner) in self.owners.iter().enumerate() {
            rows.entry(owner.row).or_default().push(at as u32);
        }
        Box::new(Ready {
            index: PersonIndex::new(self.persons, model).expecting(TYPED),
            owners: self.owners,
            rows,
            cards: self.cards,
            stamp: self.stamp,
            added: 0,
            typed: None,
            turn: self.turn,
        })
    }
}

impl Ready {
    /// Takes the persons of a household as they are now.
    fn take(&mut self, line: &PersonsRow) {
        let persons = Persons::read(&line.body);
        if self.typed.as_ref().is_some_and(|(row, _)| *row == line.id) {
            self.typed = None;
        }
        self.replace(line.id, line.household, &persons, None);
        self.stamp = self.stamp.max(line.stamp);
    }

    /// Takes the members of a visit that is being filled in, unless they are known so; the one being typed is left out.
    /// When the visit is put down, the household's line changes and they are taken from there.
    pub(super) fn take_typed(
        &mut self,
        row: i64,
        household: HouseholdId,
        persons: &Persons,
        without: Option<InstanceId>,
    ) {
        let others: Vec<&Person> = compared(persons)
            .filter(|p| Some(p.member) != without)
            .collect();
        let mark = serde_json::to_string(&others).unwrap_or_default();
        if self.typed.as_ref() == Some(&(row, mark.clone())) {
            return;
        }
        self.typed = Some((row, mark));
        self.replace(row, household, persons, without);
    }

    /// Replaces the persons of a household, one of them left out.
    fn replace(
        &mut self,
        row: i64,
        household: HouseholdId,
        persons: &Persons,
        without: Option<InstanceId>,
    ) {
        for at in self.rows.remove(&row).unwrap_or_default() {
            self.owners[at as usize].stale = true;
        }
        let mut fresh = Vec::new();
        for person in compared(persons).filter(|p| Some(p.member) != without) {
            let at = self.index.add(&persons.values(person));
            self.cards.add(at, persons, person);
            self.owners.push(Owner {
                row,
                household,
                member: person.member,
                stale: false,
            });
            fresh.push(at);
        }
        self.added += fresh.len();
        self.rows.insert(row, fresh);
    }

    pub(super) fn owner(&self, at: u32) -> Option<&Owner> {
        self.owners.get(at as usize).filter(|owner| !owner.stale)
    }
}

/// Members who are compared: those who are not struck out and have a name or a NIK.
fn compared(persons: &Persons) -> impl Iterator<Item = &Person> {
    persons
        .all
        .iter()
        .filter(|p| p.gone.is_empty() && !(p.name.trim().is_empty() && p.nik.is_empty()))
}

/// Where the index is.
#[derive(Default)]
pub(crate) enum Lookout {
    /// Nobody asked yet.
    #[default]
    Asleep,
    /// Persons are read.
    Reading {
        persons: Box<lawang_matching::Persons>,
        owners: Vec<Owner>,
        cards: Cards,
        after: i64,
        stamp: i64,
    },
    /// Being made, elsewhere.
    Building {
        turn: u64,
    },
    Ready(Box<Ready>),
}

/// What a step left.
pub enum Searched {
    /// Everything has been compared.
    Done,
    /// There is more to do.
    More,
    /// [`Unbuilt::build`] it, without holding the device, and give it to [`Device::take_index`].
    Build(Box<Unbuilt>),
    /// Somebody else builds the index.
    Elsewhere,
}

impl Device {
    /// Takes the search a little further, some milliseconds of work.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search_step(&mut self) -> Result<Searched, AppError> {
        match std::mem::take(&mut self.lookout) {
            Lookout::Asleep => {
                if self.name_persons()? {
                    return Ok(Searched::More);
                }
                let latest = u32::try_from(self.today().year()).unwrap_or(2100);
                let persons = lawang_matching::Persons::new(register_fields(), latest)
                    .map_err(|error| AppError::new("storage", error.to_string()))?;
                self.lookout = Lookout::Reading {
                    persons: Box::new(persons),
                    owners: Vec::new(),
                    cards: Cards::default(),
                    after: 0,
                    stamp: self.store.persons_stamp()?,
                };
                Ok(Searched::More)
            }
            Lookout::Reading {
                mut persons,
                mut owners,
                mut cards,
                mut after,
                stamp,
            } => {
                let lines = self.store.persons_after(after, READ)?;
                for line in &lines {
                    let of = Persons::read(&line.body);
                    for person in compared(&of) {
                        cards.add(persons.len(), &of, person);
                        persons.push(&of.values(person));
                        owners.push(Owner {
                            row: line.id,
                            household: line.household,
                            member: person.member,
                            stale: false,
                        });
                    }
                    after = line.id;
                }
                if lines.len() == READ as usize {
                    self.lookout = Lookout::Reading {
                        persons,
                        owners,
                        cards,
                        after,
                        stamp,
                    };
                    return Ok(Searched::More);
                }
                self.turn += 1;
                let turn = self.turn;
                self.lookout = Lookout::Building { turn };
                Ok(Searched::Build(Box::new(Unbuilt {
                    persons: *persons,
                    owners,
                    cards,
                    stamp,
                    turn,
                })))
            }
            Lookout::Building { turn } => {
                self.lookout = Lookout::Building { turn };
                Ok(Searched::Elsewhere)
            }
            Lookout::Ready(mut ready) => {
                let more = self.compare_some(&mut ready);
                // Too many came since it was made: it begins anew when somebody asks.
                if !matches!(&more, Ok(false)) || ready.added <= MOST_ADDED {
                    self.lookout = Lookout::Ready(ready);
                }
                Ok(if more? {
                    Searched::More
                } else {
                    Searched::Done
                })
            }
        }
    }

    /// Takes an index that was made elsewhere, unless it is out of date.
    pub fn take_index(&mut self, ready: Box<Ready>) {
        if matches!(self.lookout, Lookout::Building { turn } if turn == ready.turn) {
            self.lookout = Lookout::Ready(ready);
        }
    }

    /// Searches to the end: for programs.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search_all(&mut self) -> Result<(), AppError> {
        loop {
            match self.search_step()? {
                Searched::Done => return Ok(()),
                Searched::More => {}
                Searched::Build(unbuilt) => self.take_index(unbuilt.build()),
                // Whoever builds it holds no device; here nobody else can.
                Searched::Elsewhere => self.lookout = Lookout::Asleep,
            }
        }
    }

    /// Households whose cards an older program wrote get their line of persons. True: there may be more.
    fn name_persons(&mut self) -> Result<bool, AppError> {
        let missing = self.store.without_persons(READ / 4)?;
        if missing.is_empty() {
            return Ok(false);
        }
        let mut lines = Vec::with_capacity(missing.len());
        for household in missing {
            let (row, village) = self.store.row(household)?;
            let state = if self.store.changes(household)?.is_empty() {
                cards::state_of_row(&row)
            } else {
                self.store.record(household)?.state()?
            };
            lines.push((
                self.store.row_id(household)?,
                Persons::of(&village, &state).line(),
            ));
        }
        self.store.transact(|tx| {
            for (id, (line, gone)) in &lines {
                Store::put_persons(tx, *id, line, *gone)?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Brings the index up to date, then compares some households. True: there is more to do.
    fn compare_some(&mut self, ready: &mut Ready) -> Result<bool, AppError> {
        if self.catch_up(ready)? {
            return Ok(true);
        }
        let looked = self.store.looked()?;
        let lines = self.store.persons_since(looked, COMPARED)?;
        if lines.is_empty() {
            return self.compare_lists(ready);
        }
        let there = self.store.suspicion_count()?;
        let mut found = Vec::with_capacity(lines.len());
        for line in &lines {
            let all = match there >= 2 * MOST {
                true => Vec::new(),
                false => self.suspicions(ready, line, there >= MOST)?,
            };
            found.push((line.id, line.stamp, all));
        }
        self.store.transact(|tx| {
            for (row, stamp, all) in &found {
                Store::put_suspicions(tx, *row, *stamp, all)?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Takes some of the persons that changed since into the index. True: there may be more.
    fn catch_up(&self, ready: &mut Ready) -> Result<bool, AppError> {
        self.put_back(ready, None)?;
        self.freshen(ready, READ / 4)
    }

    /// The same for so many households.
    pub(super) fn freshen(&self, ready: &mut Ready, most: u32) -> Result<bool, AppError> {
        let fresh = self.store.persons_since(ready.stamp, most)?;
        for line in &fresh {
            ready.take(line);
        }
        Ok(!fresh.is_empty())
    }

    /// The household whose open visit is in the index stands there again as its record has it, unless it is this one.
    pub(super) fn put_back(&self, ready: &mut Ready, but: Option<i64>) -> Result<(), AppError> {
        let Some((row, _)) = ready.typed.take_if(|(row, _)| Some(*row) != but) else {
            return Ok(());
        };
        if let Some(line) = self.store.persons_of(row)? {
            ready.replace(row, line.household, &Persons::read(&line.body), None);
        }
        Ok(())
    }

    /// What is found about the persons of a household; `certain`: of those who look alike only who holds one NIK.
    fn suspicions(
        &self,
        ready: &mut Ready,
        line: &PersonsRow,
        certain: bool,
    ) -> Result<Vec<Suspicion>, AppError> {
        let persons = Persons::read(&line.body);
        let mut found = findings::of(line, &persons);
        let mut twins = Vec::new();
        for at in ready.rows.get(&line.id).cloned().unwrap_or_default() {
            let Some(own) = ready.owner(at).copied() else {
                continue;
            };
            // Of a number that thousands hold it is enough to know that they are too many.
            let holders: Vec<u32> = ready
                .index
                .holders(at)
                .filter(|row| ready.owner(*row).is_some())
                .take(CLUSTER + 1)
                .collect();
            let clustered = holders.len() > CLUSTER;
            let mut seen = Vec::new();
            // Rows that were replaced are still in the index, so a few more are asked for.
            let alike = match certain {
                true => Vec::new(),
                false => ready.index.alike(at, MOST_OF_ONE * 2, LEAST),
            };
            for hit in alike {
                let Some(other) = ready.owner(hit.row).copied() else {
                    continue;
                };
                if clustered && hit.same_nik {
                    continue;
                }
                let Some(theirs) = self.store.persons_of(other.row)? else {
                    continue;
                };
                seen.push(hit.row);
                twins.push((own, other));
                found.push(findings::pair(
                    (own, other),
                    &persons,
                    &Persons::read(&theirs.body),
                    hit.probability,
                    &hit.reasons,
                ));
                if seen.len() == MOST_OF_ONE {
                    break;
                }
            }
            if clustered {
                continue;
            }
            for row in holders
                .into_iter()
                .filter(|row| *row != at && !seen.contains(row))
            {
                if let Some(other) = ready.owner(row).copied() {
                    let (probability, reasons) = ready.index.compare_rows(at, row);
                    found.push(findings::shared_nik((own, other), probability, &reasons));
                }
            }
        }
        found.extend(self.by_lists(ready, line, &twins)?);
        Ok(found)
    }

    /// Members of a household with those of others who may be the same person.
    pub(super) fn twins(&self, ready: &mut Ready, line: &PersonsRow) -> Vec<(Owner, Owner)> {
        let mut all = Vec::new();
        for at in ready.rows.get(&line.id).cloned().unwrap_or_default() {
            let Some(own) = ready.owner(at).copied() else {
                continue;
            };
            let alike = ready.index.alike(at, MOST_OF_ONE, LEAST);
            let others = alike.iter().filter_map(|hit| ready.owner(hit.row).copied());
            all.extend(others.map(|other| (own, other)));
        }
        all
    }
}
