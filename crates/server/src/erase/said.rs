//! Who said what a record says: people in the field, or the register. A record that begins anew keeps it in its row.

use super::base::Author;
use crate::{
    authority,
    error::Result,
    household::{Household, REGISTER_DEVICE},
    store::{Tx, params},
};
use lawang_domain::{DeviceId, DocumentKind, FieldPath, HouseholdId};
use lawang_records::{Hash, Heads, Said, Source, State, UNKNOWN, is_bookkeeping, maker, source};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Stands for people whose name is not known any more.
const SOMEBODY: &str = "Pendataan";

/// A change to the answers as the log knows it, its bytes perhaps gone.
struct Line {
    hash: Hash,
    author: Author,
    /// It came before a new beginning.
    gone: bool,
}

impl Line {
    fn of_register(&self) -> bool {
        self.author.device == REGISTER_DEVICE
    }
}

fn lines(tx: &Tx<'_>, household: HouseholdId) -> Result<Vec<Line>> {
    tx.query(
        "SELECT hash, device, person, role, at, erased IS NOT NULL FROM change_log
         WHERE household = ?1 AND kind = 0 ORDER BY seq",
        params![household.as_bytes()],
        |r| {
            Ok(Line {
                hash: Hash(r.get(0)?),
                author: Author {
                    device: DeviceId(Uuid::from_bytes(r.get(1)?)),
                    person: r.get(2)?,
                    role: r.get(3)?,
                    at: r.get::<i64>(4)? / 1000,
                },
                gone: r.get(5)?,
            })
        },
    )
}

/// What the register says of a record, told apart from what people answered.
pub(crate) struct Word {
    /// The register's newest change.
    pub heads: Heads,
    /// Where the values of the first change come from.
    pub said: Said,
    /// The register's values at those heads.
    pub state: State,
    /// What stood at those heads: the register's values, and the answers with which the record began anew.
    pub began: State,
    lines: Vec<Line>,
}

impl Word {
    pub(crate) fn of(tx: &Tx<'_>, household: &Household) -> Result<Self> {
        let record = &household.record;
        let lines = lines(tx, household.id)?;
        let mut said = record.said()?;
        if !said.told && !all_registers(tx, household.id, &lines)? {
            // It began anew before rows said it, or a device began it: whatever stands in it may be an answer.
            let first = record.state_at(&record.genesis_hash().into_iter().collect::<Heads>())?;
            said.answered = first.fields.into_keys().map(|p| (p, UNKNOWN)).collect();
        }
        // Earlier servers said answers again under the register's own actor.
        let people = |hash: &Hash| lines.iter().any(|l| l.hash == *hash && !l.of_register());
        let heads = record.register_heads_among(&|hash| !people(hash));
        Ok(Self {
            state: record.register_with(&heads, &said)?,
            began: record.state_at(&heads)?,
            heads,
            said,
            lines,
        })
    }

    /// Who gave an answer with which the record began anew, if what the register's chain has there is that answer.
    pub(crate) fn answer(&self, household: &Household, path: &FieldPath) -> Option<Source> {
        let first = household.record.genesis_hash();
        let stands = self.began.fields.get(path)?;
        let own = stands.iter().all(|value| Some(value.change) == first);
        self.said.answered.get(path).copied().filter(|_| own)
    }

    /// Who made the change that gave an answer.
    pub(super) fn author(&self, from: &Source) -> Author {
        let known = self
            .lines
            .iter()
            .find(|line| source(&line.hash) == *from && !line.of_register());
        if let Some(line) = known {
            return line.author.clone();
        }
        let mut people = self.lines.iter().rev().filter(|l| !l.of_register());
        let Some(newest) = people.next() else {
            return Author {
                person: SOMEBODY.to_owned(),
                ..Author::register()
            };
        };
        let mut author = newest.author.clone();
        if people.any(|line| line.author.person != author.person) {
            SOMEBODY.clone_into(&mut author.person);
        }
        author
    }
}

/// Whether everything in a row that does not say who said it is the register's.
fn all_registers(tx: &Tx<'_>, household: HouseholdId, lines: &[Line]) -> Result<bool> {
    let by_device: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND device IS NOT NULL)",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    Ok(!by_device && !lines.iter().any(|line| line.gone && !line.of_register()))
}

/// Where each value of a record comes from, for the row with which it begins anew.
pub(super) fn of_now(tx: &Tx<'_>, household: &Household, state: &State) -> Result<Said> {
    let word = Word::of(tx, household)?;
    let people: BTreeMap<Hash, Source> = word
        .lines
        .iter()
        .filter(|line| !line.of_register())
        .map(|line| (line.hash, source(&line.hash)))
        .collect();
    let first = household.record.genesis_hash();
    let mut said = Said {
        told: true,
        ..Said::default()
    };
    for (path, values) in &state.fields {
        // Visits, settlements and the like are nobody's but people's: years of them would make the row long.
        if path
            .instance
            .as_ref()
            .is_some_and(|(of, _)| is_bookkeeping(of))
        {
            continue;
        }
        let Some(value) = values.first() else {
            continue;
        };
        let found = if Some(value.change) == first {
            word.said.answered.get(path).copied()
        } else if let Some(source) = people.get(&value.change) {
            Some(*source)
        } else if people.is_empty() {
            None
        } else {
            // Somebody may have said the same as the register, apart from it.
            let all = household.record.said_by_all(path)?;
            all.iter().find_map(|hash| people.get(hash)).copied()
        };
        if let Some(source) = found {
            said.answered.insert(path.clone(), source);
        }
        let word = word.state.text(path);
        if !word.is_empty() && (found.is_some() || values.len() > 1) {
            said.register.insert(path.clone(), word.to_owned());
        }
    }
    said.since = since(tx, household, state, &word)?;
    Ok(said)
}

/// Who answered what since the newest visit was submitted: the changes that tell it are about to go.
fn since(
    tx: &Tx<'_>,
    household: &Household,
    state: &State,
    word: &Word,
) -> Result<BTreeMap<FieldPath, BTreeSet<String>>> {
    let mut since = BTreeMap::<FieldPath, BTreeSet<String>>::new();
    let Some((_, submission)) = maker(state) else {
        return Ok(since);
    };
    let first = household.record.genesis_hash();
    if Some(submission) == first {
        // It began anew before, and nobody submitted anything since.
        since.clone_from(&word.said.since);
    }
    let people = word.lines.iter().filter(|line| !line.of_register());
    let mut by_person = BTreeMap::<&str, BTreeSet<Hash>>::new();
    for line in people {
        let of = by_person.entry(&line.author.person).or_default();
        of.insert(line.hash);
    }
    let verification = match authority::side(tx, household.id, DocumentKind::Verification)? {
        Some(record) => record.state()?,
        None => State::default(),
    };
    for (person, own) in by_person {
        let excused = authority::excused(tx, &verification, person)?;
        let own = |hash: &Hash| own.contains(hash);
        let record = &household.record;
        let found = record.answered_since(&submission, &own, &excused)?;
        for path in found {
            since.entry(path).or_default().insert(person.to_owned());
        }
    }
    Ok(since)
}
