//! Findings into the store: what is the same is left, what is new replaces, and the dates before are kept.

use super::{
    register::{Person, Register},
    report::Written,
};
use crate::{
    error::Result,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{FindingDetail, FindingResult};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// So many dates before the newest are kept of a person and source: two years of months.
const PAST: usize = 24;

/// What a file says of a person.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub result: FindingResult,
    pub detail: FindingDetail,
}

struct Before {
    result: String,
    dated: String,
    detail: String,
    past: Vec<(String, String)>,
}

fn past(text: &str) -> Vec<(String, String)> {
    let all: Option<Vec<(String, String)>> = serde_json::from_str(text).ok();
    all.unwrap_or_default()
}

fn push(all: &mut Vec<(String, String)>, dated: &str, result: &str) {
    if all.iter().any(|(d, r)| d == dated && r == result) {
        return;
    }
    all.push((dated.to_owned(), result.to_owned()));
    all.sort_by(|a, b| b.cmp(a));
    all.truncate(PAST);
}

fn text(past: &[(String, String)]) -> String {
    serde_json::to_string(past).unwrap_or_else(|_| Value::Array(Vec::new()).to_string())
}

pub(super) struct Source<'a> {
    /// `dukcapil`, or a programme.
    pub name: &'a str,
    /// Date of the file.
    pub dated: &'a str,
    /// Places of villages in which whoever received and is not in the file receives no longer.
    pub ends_in: &'a BTreeSet<u32>,
}

/// Writes the outcomes, one transaction a village. `outcomes`: by place in the register.
pub(super) fn write(
    server: &Server,
    register: &Register,
    outcomes: &[Option<Outcome>],
    source: &Source<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Written> {
    let mut by_village: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, person) in register.persons.iter().enumerate() {
        if outcomes[at].is_some() && !person.restricted {
            by_village.entry(person.village).or_default().push(at);
        }
    }
    for village in source.ends_in {
        by_village.entry(*village).or_default();
    }
    let mut written = Written::default();
    let all = by_village.len();
    for (done, (village, places)) in by_village.into_iter().enumerate() {
        let code = &register.villages[village as usize];
        let of_village = server.store.write(|tx| {
            let mut counted = Written::default();
            let mut before = known(tx, code, source.name)?;
            for at in &places {
                let (person, Some(outcome)) = (&register.persons[*at], &outcomes[*at]) else {
                    continue;
                };
                let key = (*person.household.as_bytes(), *person.member.as_bytes());
                one(
                    tx,
                    code,
                    person,
                    outcome,
                    before.remove(&key),
                    source,
                    &mut counted,
                )?;
            }
            if source.ends_in.contains(&village) {
                for (key, before) in before {
                    end(tx, key, before, source, &mut counted)?;
                }
            }
            if counted.new + counted.changed + counted.confirmed + counted.ended > 0 {
                tx.execute(
                    "UPDATE finding_package SET body = ?2 WHERE village = ?1",
                    params![code, Vec::<u8>::new()],
                )?;
            }
            Ok(counted)
        })?;
        written.new += of_village.new;
        written.changed += of_village.changed;
        written.confirmed += of_village.confirmed;
        written.unchanged += of_village.unchanged;
        written.older += of_village.older;
        written.ended += of_village.ended;
        progress(done + 1, all);
    }
    Ok(written)
}

type Key = ([u8; 16], [u8; 16]);

fn known(tx: &Tx<'_>, village: &str, source: &str) -> Result<BTreeMap<Key, Before>> {
    tx.query(
        "SELECT household, member, result, dated, detail, past FROM finding
         WHERE village = ?1 AND source = ?2",
        params![village, source],
        |r| {
            let before = Before {
                result: r.get(2)?,
                dated: r.get(3)?,
                detail: r.get(4)?,
                past: past(&r.get::<String>(5)?),
            };
            Ok(((r.get(0)?, r.get(1)?), before))
        },
    )
}

fn one(
    tx: &Tx<'_>,
    village: &str,
    person: &Person,
    outcome: &Outcome,
    before: Option<Before>,
    source: &Source<'_>,
    counted: &mut Written,
) -> Result<()> {
    // Maps and strings always serialise.
    let detail = serde_json::to_string(&outcome.detail).unwrap_or_default();
    let (household, member) = (person.household.as_bytes(), person.member.as_bytes());
    let Some(mut before) = before else {
        tx.execute(
            "INSERT INTO finding (household, member, source, village, result, dated, detail, past)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '[]')
             ON CONFLICT (household, member, source) DO UPDATE SET village = excluded.village,
                 result = excluded.result, dated = excluded.dated, detail = excluded.detail",
            params![
                household,
                member,
                source.name,
                village,
                outcome.result.as_str(),
                source.dated,
                detail
            ],
        )?;
        counted.new += 1;
        return Ok(());
    };
    let same = before.result == outcome.result.as_str() && before.detail == detail;
    let (result, dated, detail) = if before.dated.as_str() > source.dated {
        let known = before.past.clone();
        push(&mut before.past, source.dated, outcome.result.as_str());
        if known == before.past {
            counted.unchanged += 1;
            return Ok(());
        }
        counted.older += 1;
        (
            before.result.as_str(),
            before.dated.as_str(),
            &before.detail,
        )
    } else if same && before.dated == source.dated {
        counted.unchanged += 1;
        return Ok(());
    } else {
        if before.dated != source.dated {
            push(&mut before.past, &before.dated, &before.result);
        }
        if same {
            counted.confirmed += 1;
        } else {
            counted.changed += 1;
        }
        (outcome.result.as_str(), source.dated, &detail)
    };
    tx.execute(
        "UPDATE finding SET result = ?4, dated = ?5, detail = ?6, past = ?7
         WHERE household = ?1 AND member = ?2 AND source = ?3",
        params![
            household,
            member,
            source.name,
            result,
            dated,
            detail,
            text(&before.past)
        ],
    )?;
    Ok(())
}

/// Somebody who received before and is not on the newer list.
fn end(
    tx: &Tx<'_>,
    (household, member): Key,
    mut before: Before,
    source: &Source<'_>,
    counted: &mut Written,
) -> Result<()> {
    if before.result != FindingResult::Receives.as_str() || before.dated.as_str() >= source.dated {
        return Ok(());
    }
    let restricted: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM restricted
                        WHERE household = ?1 AND (length(member) = 0 OR member = ?2))",
        params![household, member],
        |r| r.get(0),
    )?;
    if restricted {
        return Ok(());
    }
    push(&mut before.past, &before.dated, &before.result);
    tx.execute(
        "UPDATE finding SET result = ?4, dated = ?5, past = ?6
         WHERE household = ?1 AND member = ?2 AND source = ?3",
        params![
            household,
            member,
            source.name,
            FindingResult::Ended.as_str(),
            source.dated,
            text(&before.past)
        ],
    )?;
    counted.ended += 1;
    Ok(())
}
