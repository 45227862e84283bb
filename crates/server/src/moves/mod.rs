//! A village is split or merged: records belong to another village from then on, with all that was ever said of them.
//! The record stays the same one (its first change does not name the village, so nothing that builds on it is lost); its
//! lines are counted in the other village, and both villages' logs say so. Whoever worked on it before may still bring
//! what was made before the word came.

mod arrivals;

pub(crate) use arrivals::Arrivals;

use crate::{
    devices::Device,
    erase,
    error::{Result, ServerError},
    evidence::{self, Body, Erased},
    findings,
    household::{self, int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{HouseholdId, VillageCode};
use lawang_prelist::regions;
use lawang_records::Row;
use lawang_sync::{KIND_BASE, Moved, NewBase, decode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long after a move work from before it is taken: as long as a device may be away from every network.
const LATE_MS: u64 = 183 * 86_400_000;
/// Records that move in one transaction.
const AT_ONCE: usize = 200;

/// Which records move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movers {
    /// All of the village: it is merged into the other one.
    All,
    /// These households, by their ids or by the register's; submissions of other questionnaires stay.
    Listed(BTreeSet<String>),
    /// Those whose answer to this question is one of these texts, upper and lower case being the same.
    Where {
        /// Name of a question about the household, such as `hamlet`.
        field: String,
        /// Texts.
        values: BTreeSet<String>,
    },
}

/// What a move did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecordsMoved {
    /// Records that moved now.
    pub moved: usize,
    /// Names of the list that no household of the village has.
    pub unknown: Vec<String>,
    /// People who have the village that was left and not the one that was come to: they lose sight of what moved.
    pub without: Vec<String>,
}

/// One move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveLine {
    /// The record.
    pub household: HouseholdId,
    /// Kemendagri code of the village before.
    pub from: String,
    /// Kemendagri code of the village after.
    pub to: String,
    /// As it was given.
    pub reason: String,
    /// Who ran the command.
    pub account: String,
    /// RFC 3339.
    pub at: String,
}

fn refused(code: &'static str, message: &str, hint: &str) -> ServerError {
    ServerError::refused(code, message).hint(hint)
}

impl Server {
    /// Moves records to another village of the district's register, on every device and hub at its next exchange. Running
    /// it again moves what is left. `progress` is told how many records are done, and of how many.
    ///
    /// # Errors
    /// `reason_missing`, `not_a_district`, `same_village`, `unknown_village`, `nothing_moves`.
    pub fn move_records(
        &self,
        (from, to): (VillageCode, VillageCode),
        movers: &Movers,
        (reason, account): (&str, &str),
        now: u64,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<RecordsMoved> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(ServerError::refused("reason_missing", "say why"));
        }
        if self.hub().is_some() {
            return Err(refused(
                "not_a_district",
                "a hub moves nothing",
                "give the command at the district server",
            ));
        }
        if from == to {
            return Err(refused(
                "same_village",
                "the two villages are one",
                "say with --to where the records go",
            ));
        }
        if !regions::village_exists(&to) {
            return Err(refused(
                "unknown_village",
                "there is no village with this code",
                "look the code up in the list of the Ministry of Home Affairs; a new village is in the newer list",
            ));
        }
        let (ids, unknown) = self.movers(from, movers)?;
        if ids.is_empty() {
            return Err(refused(
                "nothing_moves",
                "no record of the village is meant",
                "lawang admin households --village CODE shows which there are",
            ));
        }
        let target = to.to_string();
        let mut report = RecordsMoved {
            unknown,
            without: self.people_without(from, to)?,
            ..RecordsMoved::default()
        };
        for chunk in ids.chunks(AT_ONCE) {
            report.moved += self.store.write(|tx| {
                let about = Why { reason, account };
                self.move_some(tx, chunk, (&from.to_string(), &target), &about, now)
            })?;
            progress(report.moved, ids.len());
        }
        Ok(report)
    }

    /// Ids of those who move, and names that nobody has.
    fn movers(
        &self,
        from: VillageCode,
        movers: &Movers,
    ) -> Result<(Vec<HouseholdId>, Vec<String>)> {
        let mut ids = Vec::new();
        let mut met = BTreeSet::new();
        self.each_household(Some(from), &mut |stored| {
            let said = stored.projection()?;
            let takes = match movers {
                Movers::All => true,
                Movers::Listed(names) => {
                    let register = said.answer("register_id");
                    let id = stored.id.to_string();
                    let named = [id.as_str(), register]
                        .into_iter()
                        .find(|name| names.contains(*name));
                    named.is_some_and(|name| met.insert(name.to_owned()))
                }
                Movers::Where { field, values } => {
                    let said = said.answer(field).trim().to_lowercase();
                    values
                        .iter()
                        .any(|value| value.trim().to_lowercase() == said)
                }
            };
            if takes {
                ids.push(stored.id);
            }
            Ok(())
        })?;
        if *movers == Movers::All {
            self.each_survey(None, Some(from), &mut |stored| {
                ids.push(stored.id);
                Ok(())
            })?;
        }
        let unknown = match movers {
            Movers::Listed(names) => names.difference(&met).cloned().collect(),
            _ => Vec::new(),
        };
        Ok((ids, unknown))
    }

    fn people_without(&self, from: VillageCode, to: VillageCode) -> Result<Vec<String>> {
        let names: BTreeSet<String> = self
            .devices()?
            .into_iter()
            .filter(|d| d.revoked.is_none())
            .filter(|d| d.villages.contains(&from) && !d.villages.contains(&to))
            .map(|d| d.name)
            .collect();
        Ok(names.into_iter().collect())
    }

    /// Records of one village, as one entry.
    fn move_some(
        &self,
        tx: &Tx<'_>,
        ids: &[HouseholdId],
        (from, to): (&str, &str),
        why: &Why<'_>,
        now: u64,
    ) -> Result<usize> {
        let head = evidence::seal(self, tx, now)?;
        let position = head.position + 1;
        let mut body = Body::default();
        let mut moved = 0;
        for id in ids {
            // Somebody may have moved it since the list was made.
            let Some(row) = household::row_of(tx, *id)?.filter(|row| row.village == from) else {
                continue;
            };
            let row = Row {
                village: to.to_owned(),
                ..row
            };
            body.erased.push(relocate(self, tx, &row, from, position)?);
            let number = erase::number_of(tx, *id)?;
            for (step, leaves) in [(1, true), (2, false)] {
                let base = NewBase {
                    household: (*id.as_bytes()).into(),
                    number: number + step,
                    digest: Row::digest(&row.to_bytes()).into(),
                    reason: NewBase::MOVED.to_owned(),
                    documents: Vec::new(),
                    row: None,
                    signature: None,
                    moved: Some(Moved {
                        from: from.to_owned(),
                        to: to.to_owned(),
                        leaves,
                        to_name: name_of(to),
                    }),
                };
                let base = erase::signed(self, base);
                erase::append_base(tx, if leaves { from } else { to }, &base, now)?;
            }
            note(tx, *id, (from, to), position, why, now)?;
            moved += 1;
        }
        if moved > 0 {
            count_and_chain(self, tx, (from, to), head, &body, now)?;
        }
        Ok(moved)
    }

    /// Every move, the newest last.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn moves(&self) -> Result<Vec<MoveLine>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT household, from_village, to_village, reason, account, at FROM moved ORDER BY id",
                params![],
                |r| {
                    Ok(MoveLine {
                        household: HouseholdId(Uuid::from_bytes(r.get(0)?)),
                        from: r.get(1)?,
                        to: r.get(2)?,
                        reason: r.get(3)?,
                        account: r.get(4)?,
                        at: crate::admin::rfc3339(r.get(5)?),
                    })
                },
            )
        })
    }
}

/// `Kurungan Nyawa, Gedong Tataan`; a code that nobody knows stands for itself.
fn name_of(village: &str) -> String {
    let Ok(code) = village.parse::<VillageCode>() else {
        return village.to_owned();
    };
    let names = [regions::name(code), regions::name(code.district())];
    let known: Vec<&str> = names.into_iter().flatten().collect();
    if known.is_empty() {
        village.to_owned()
    } else {
        known.join(", ")
    }
}

/// Why, and who ran the command.
struct Why<'a> {
    reason: &'a str,
    account: &'a str,
}

fn note(
    tx: &Tx<'_>,
    household: HouseholdId,
    (from, to): (&str, &str),
    position: u64,
    why: &Why<'_>,
    now: u64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO moved (household, from_village, to_village, position, reason, account, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            household.as_bytes(),
            from,
            to,
            int(position),
            why.reason,
            why.account,
            int(now)
        ],
    )?;
    Ok(())
}

/// Both villages are counted anew, and the chained log says which rows are others now.
fn count_and_chain(
    server: &Server,
    tx: &Tx<'_>,
    (from, to): (&str, &str),
    head: evidence::Head,
    body: &Body,
    now: u64,
) -> Result<()> {
    erase::count_anew(tx, from)?;
    erase::count_anew(tx, to)?;
    let numbers = (head.rows, head.changes, head.refused);
    evidence::append(tx, Some(head), numbers, "moved", body, now)?;
    evidence::seal(server, tx, now)?;
    Ok(())
}

/// Everything of a record that is kept by village goes to the village that `row` names; words about moves stay in the
/// logs in which they were said. Gives the line whose bytes are others now.
fn relocate(server: &Server, tx: &Tx<'_>, row: &Row, from: &str, position: u64) -> Result<Erased> {
    let id = row.household.as_bytes();
    let to = row.village.as_str();
    let bytes = row.to_bytes();
    tx.make_room(to)?;
    findings::stale(tx, row.household)?;
    let number: i64 = tx.one(
        "SELECT row_seq FROM row_log WHERE household = ?1",
        params![id],
        |r| r.get(0),
    )?;
    tx.execute(
        "UPDATE row_log SET first_digest = coalesce(first_digest, digest), body = ?2, digest = ?3, erased = ?4,
                            first_village = coalesce(first_village, village), village = ?5
         WHERE household = ?1",
        params![id, bytes, Row::digest(&bytes), int(position), to],
    )?;
    tx.execute(
        "UPDATE change_log SET first_village = coalesce(first_village, village), village = ?2
         WHERE household = ?1 AND kind <> ?3",
        params![id, to, u32::from(KIND_BASE)],
    )?;
    for (seq, base) in bases(tx, row.household)? {
        if base.moved.is_none() {
            tx.execute(
                "UPDATE change_log SET first_village = coalesce(first_village, village), village = ?2 WHERE seq = ?1",
                params![seq, to],
            )?;
        }
    }
    tx.execute(
        "UPDATE household SET village = ?2 WHERE id = ?1",
        params![id, to],
    )?;
    tx.execute(
        "UPDATE finding SET village = ?2 WHERE household = ?1",
        params![id, to],
    )?;
    findings::elsewhere::moved(tx, row.household, to)?;
    findings::stale(tx, row.household)?;
    tx.execute(
        "DELETE FROM page WHERE village = ?1 OR village = ?2",
        params![from, to],
    )?;
    // What is computed from it; of a record that nobody touched nothing is.
    let touched: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM household WHERE id = ?1 AND doc IS NOT NULL)",
        params![id],
        |r| r.get(0),
    )?;
    if touched {
        tx.execute("DELETE FROM entity_op WHERE household = ?1", params![id])?;
        let fresh = household::from_logs(tx, row.household)?
            .ok_or_else(|| ServerError::Damaged("a record without a row".into()))?;
        household::save(tx, &server.forms, &fresh)?;
    }
    Ok(Erased {
        log: 0,
        number: unsigned(number),
    })
}

/// Words about the record's beginnings and moves, oldest first, with their numbers.
fn bases(tx: &Tx<'_>, household: HouseholdId) -> Result<Vec<(i64, NewBase)>> {
    let all: Vec<(i64, Vec<u8>)> = tx.query(
        "SELECT seq, body FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq",
        params![household.as_bytes(), u32::from(KIND_BASE)],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    all.into_iter()
        .map(|(seq, body)| {
            let base = decode(&body).ok_or_else(|| ServerError::Damaged("a new base".into()))?;
            Ok((seq, base))
        })
        .collect()
}

/// A hub does what its district said.
pub(crate) fn follow(
    server: &Server,
    tx: &Tx<'_>,
    base: &NewBase,
    moved: &Moved,
    now: u64,
) -> Result<()> {
    let odd = || ServerError::refused("bad_upstream", "the word about a move cannot be read");
    let id = HouseholdId(Uuid::from_bytes(*base.household));
    let row = match &base.row {
        Some(row) => Some(Row::from_bytes(row).map_err(|_| odd())?),
        None => None,
    };
    let here = household::row_of(tx, id)?;
    let bare = NewBase {
        row: None,
        ..base.clone()
    };
    let Some(here) = here else {
        // It comes to this hub's villages; or it left them before the hub had them, and only the word is kept.
        let row = row.unwrap_or_else(|| Row::empty(id, &moved.to));
        household::append_row(tx, &row, &row.to_bytes(), None, now)?;
        erase::append_base(tx, moved.log(), &bare, now)?;
        evidence::seal(server, tx, now)?;
        return Ok(());
    };
    let new = row.unwrap_or_else(|| Row {
        village: moved.to.clone(),
        ..here.clone()
    });
    if new == here {
        // The other village's log said so already.
        erase::append_base(tx, moved.log(), &bare, now)?;
        evidence::seal(server, tx, now)?;
        return Ok(());
    }
    let head = evidence::seal(server, tx, now)?;
    let position = head.position + 1;
    let from = here.village;
    let body = Body {
        erased: vec![relocate(server, tx, &new, &from, position)?],
        ..Body::default()
    };
    erase::append_base(tx, moved.log(), &bare, now)?;
    let why = Why {
        reason: "",
        account: "",
    };
    note(tx, id, (&from, &new.village), position, &why, now)?;
    count_and_chain(server, tx, (&from, &new.village), head, &body, now)?;
    if moved.log() != from && moved.log() != new.village {
        erase::count_anew(tx, moved.log())?;
    }
    // What the district is known to hold.
    tx.execute(
        "UPDATE upstream_change SET village = ?2
         WHERE hash IN (SELECT hash FROM change_log WHERE household = ?1 AND village = ?2)",
        params![id.as_bytes(), new.village],
    )?;
    Ok(())
}

/// Whether the device may still bring work on a record that left one of its villages: it has not agreed with this
/// server since, or its work comes by another way, so it may be from before the word. What it brings itself after it heard is
/// refused like any other, and whatever comes half a year later.
pub(crate) fn late(tx: &Tx<'_>, device: &Device, household: HouseholdId, now: u64) -> Result<bool> {
    let left = left(tx, device, household)?;
    Ok(left.is_some_and(|at| {
        now < at.saturating_add(LATE_MS) && device.last_agreed.is_none_or(|agreed| agreed < at)
    }))
}

/// When the record left a village of the device for the last time, milliseconds since 1970.
pub(crate) fn left(tx: &Tx<'_>, device: &Device, household: HouseholdId) -> Result<Option<u64>> {
    let moves: Vec<(String, i64)> = tx.query(
        "SELECT from_village, at FROM moved WHERE household = ?1 ORDER BY id",
        params![household.as_bytes()],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let mine = moves.into_iter().filter(|(from, _)| device.covers(from));
    Ok(mine.map(|(_, at)| unsigned(at)).max())
}

/// Villages in which the record stood before.
pub(crate) fn villages(tx: &Tx<'_>, household: &[u8; 16]) -> Result<Vec<String>> {
    tx.query(
        "SELECT DISTINCT from_village FROM moved WHERE household = ?1",
        params![household],
        |r| r.get(0),
    )
}

/// In which village each record that moved later stood when an entry of the chained log was written.
pub(crate) fn since(tx: &Tx<'_>, position: u64) -> Result<BTreeMap<[u8; 16], String>> {
    let mut stood = BTreeMap::new();
    tx.each(
        "SELECT household, from_village FROM moved WHERE position > ?1 ORDER BY id",
        params![int(position)],
        |r| {
            stood.entry(r.get(0)?).or_insert(r.get(1)?);
            Ok(())
        },
    )?;
    Ok(stood)
}
