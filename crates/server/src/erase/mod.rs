//! Erasure on request, and compaction: the same step. A record begins anew from a row of what it says now, without what
//! was erased; the lines before it keep their hashes and lose their bytes; every device does the same at its next
//! exchange, and work made on the old beginning goes on from the new one.

mod again;
mod backups;
mod base;
mod compact;
mod follow;
#[cfg(test)]
mod kills;
mod photos;
mod plan;
#[cfg(test)]
mod prelists;
mod said;
#[cfg(test)]
mod tests;

pub(crate) use again::stand_beside;
pub use backups::ScrubReport;
pub(crate) use base::{append_base, count_anew, number_of, signed};
pub use compact::CompactReport;
pub(crate) use follow::follow;
pub(crate) use said::Word;

use crate::{
    devices::Device,
    error::{Result, ServerError},
    evidence,
    household::{self, int},
    moves,
    server::Server,
    store::{Tx, params},
};
use base::begin_anew;
use lawang_domain::{HouseholdId, InstanceId};
use lawang_records::{Row, Touch};
use lawang_sync::{NewBase, encode};
use photos::{gone_photos, letters};
use plan::{mentions, one, whole};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraseTarget {
    /// All that was said about a household, or a submission of another questionnaire.
    Record(HouseholdId),
    /// What was said about one person: an instance of a household.
    Person(InstanceId),
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EraseReport {
    /// The record.
    pub household: HouseholdId,
    /// The person, if only one was erased.
    pub person: Option<InstanceId>,
    /// It was erased before: only what a break had left undone was done now.
    pub again: bool,
    /// Lines of the logs whose bytes are gone.
    pub lines: usize,
    /// Photos that are gone.
    pub photos: usize,
    /// Position of the entry in the chained log.
    pub position: u64,
    /// Backups that were rewritten without it.
    pub backups: Vec<String>,
    /// Backups that could not be reached: they still hold it.
    pub backups_left: Vec<String>,
}

/// An erasure as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// Position of the entry in the chained log.
    pub position: u64,
    /// The record.
    pub household: HouseholdId,
    /// The person, if only one was erased.
    pub person: Option<InstanceId>,
    /// As it was given.
    pub reason: String,
    /// Who ran the command.
    pub account: String,
    /// RFC 3339.
    pub at: String,
}

/// The stored word with the row that it speaks of: what devices get. A later word about another beginning brings its own;
/// a row that only moved since is the same but for its village. Whoever has neither that village nor the one where the record
/// is now gets the word alone.
pub(crate) fn with_row(
    tx: &Tx<'_>,
    device: &Device,
    household: &[u8; 16],
    base: NewBase,
) -> Result<Vec<u8>> {
    let mut base = base;
    let row: Vec<u8> = tx.one(
        "SELECT body FROM row_log WHERE household = ?1",
        params![household],
        |r| r.get(0),
    )?;
    let row = Row::from_bytes(&row).map_err(|e| ServerError::Damaged(e.to_string()))?;
    let mut villages = moves::villages(tx, household)?;
    villages.push(row.village.clone());
    let mut row = row;
    let mine = device.covers(&row.village);
    for village in villages.into_iter().rev() {
        if !mine && !device.covers(&village) {
            continue;
        }
        row.village = village;
        let bytes = row.to_bytes();
        if Row::digest(&bytes) == *base.digest {
            base.row = Some(bytes.into());
            break;
        }
    }
    Ok(encode(&base))
}

/// Whether all that was said about a record was erased, and which persons of it.
pub(crate) fn erased(tx: &Tx<'_>, household: HouseholdId) -> Result<(bool, BTreeSet<InstanceId>)> {
    let found: Vec<Option<[u8; 16]>> = tx.query(
        "SELECT member FROM erasure WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let whole = found.iter().any(Option::is_none);
    let members = found.into_iter().flatten();
    Ok((
        whole,
        members.map(|id| InstanceId(Uuid::from_bytes(id))).collect(),
    ))
}

/// Whether a change builds on something that is only a hash any more: its author has to begin anew first.
pub(crate) fn builds_on_erased(
    tx: &Tx<'_>,
    household: HouseholdId,
    deps: &[lawang_records::Hash],
) -> Result<bool> {
    for dep in deps {
        let gone: bool = tx.one(
            "SELECT EXISTS (SELECT 1 FROM change_log
                            WHERE hash = ?1 AND household = ?2 AND erased IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM old_genesis WHERE hash = ?1 AND household = ?2)",
            params![dep.0, household.as_bytes()],
            |r| r.get(0),
        )?;
        if gone {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an event names somebody who was erased: whoever made it did not know, and makes the rest of it again.
pub(crate) fn names_erased(tx: &Tx<'_>, household: HouseholdId, touches: &[Touch]) -> Result<bool> {
    let (_, gone) = erased(tx, household)?;
    Ok(!gone.is_empty()
        && touches.iter().any(|touch| match touch {
            Touch::Put { value, .. } => mentions(value, &gone),
            Touch::AddInstance { .. } => false,
        }))
}

/// At a hub: takes the bytes of changes away that the district refused because they were made before an erasure.
pub(crate) fn forget_changes(
    server: &Server,
    tx: &Tx<'_>,
    hashes: &[[u8; 32]],
    now: u64,
) -> Result<()> {
    let head = evidence::seal(server, tx, now)?;
    let mut body = evidence::Body::default();
    let mut villages = BTreeSet::new();
    for hash in hashes {
        let found: Option<(i64, String)> = tx.optional(
            "SELECT seq, village FROM change_log WHERE hash = ?1 AND erased IS NULL",
            params![hash],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let Some((seq, village)) = found else {
            continue;
        };
        tx.execute(
            "UPDATE change_log SET body = ?2, erased = ?3 WHERE seq = ?1",
            params![seq, Vec::<u8>::new(), int(head.position + 1)],
        )?;
        body.erased.push(evidence::Erased {
            log: 1,
            number: household::unsigned(seq),
        });
        villages.insert(village);
    }
    if body.erased.is_empty() {
        return Ok(());
    }
    for village in &villages {
        count_anew(tx, village)?;
    }
    let numbers = (head.rows, head.changes, head.refused);
    evidence::append(tx, Some(head), numbers, "erased", &body, now)?;
    evidence::seal(server, tx, now)?;
    Ok(())
}

/// Whether a record began anew at some time: bytes of it were let go of.
pub(crate) fn began_anew(tx: &Tx<'_>, household: &[u8; 16]) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND erased IS NOT NULL)
             OR EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND erased IS NOT NULL)",
        params![household],
        |r| r.get(0),
    )
}

/// Whether this digest is that of a row with which a record once began, before it began anew.
pub(crate) fn first_row(tx: &Tx<'_>, row: &Row, digest: &[u8; 32]) -> Result<bool> {
    let first: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND first_digest = ?2)",
        params![row.household.as_bytes(), digest],
        |r| r.get(0),
    )?;
    let old = lawang_records::Record::genesis(row)?.genesis_hash();
    let between: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM old_genesis WHERE household = ?1 AND hash = ?2)",
        params![row.household.as_bytes(), old.map(|hash| hash.0)],
        |r| r.get(0),
    )?;
    Ok(first || between)
}

impl Server {
    fn target(&self, target: EraseTarget) -> Result<(HouseholdId, Option<InstanceId>)> {
        let person = match target {
            EraseTarget::Record(id) => return Ok((id, None)),
            EraseTarget::Person(person) => person,
        };
        let mut found = None;
        self.each_household(None, &mut |stored| {
            if found.is_none()
                && stored
                    .projection()?
                    .instances
                    .values()
                    .any(|ids| ids.contains(&person))
            {
                found = Some(stored.id);
            }
            Ok(())
        })?;
        Ok((found.ok_or_else(unknown)?, Some(person)))
    }

    /// Erases a record or a person: here, in the backups that can be reached, and on every device at its next exchange.
    ///
    /// # Errors
    /// `not_known` when there is nothing of this id, `reason_missing`.
    pub fn erase(
        &self,
        target: EraseTarget,
        reason: &str,
        account: &str,
        now: u64,
    ) -> Result<EraseReport> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(ServerError::refused(
                "reason_missing",
                "say why it is erased",
            ));
        }
        let mut report = match self.erased_before(target)? {
            Some(before) => EraseReport {
                household: before.household,
                person: before.person,
                again: true,
                lines: 0,
                photos: self.finish_erasing(&[])?,
                position: before.position,
                backups: Vec::new(),
                backups_left: Vec::new(),
            },
            None => {
                let (household, person) = self.target(target)?;
                self.erase_here(household, person, reason, account, now)?
            }
        };
        (report.backups, report.backups_left) = self.scrub_backups(now)?;
        Ok(report)
    }

    /// The same erasure, if it was carried out and nothing has come since that would have to go.
    fn erased_before(&self, target: EraseTarget) -> Result<Option<Erasure>> {
        let same = |erasure: &Erasure| match target {
            EraseTarget::Record(id) => erasure.household == id && erasure.person.is_none(),
            EraseTarget::Person(id) => erasure.person == Some(id),
        };
        let Some(found) = self.erasures()?.into_iter().rev().find(same) else {
            return Ok(None);
        };
        let since: bool = self.store.read(|tx| {
            tx.one(
                "SELECT EXISTS (SELECT 1 FROM quarantine WHERE household = ?1 AND erased IS NULL)",
                params![found.household.as_bytes()],
                |r| r.get(0),
            )
        })?;
        Ok(Some(found).filter(|found| found.person.is_some() || !since))
    }

    /// What comes after the transaction of an erasure in these villages (none named: any): files of photos, old pages.
    fn finish_erasing(&self, villages: &[&str]) -> Result<usize> {
        let photos = self.remove_gone_photos()?;
        self.store.scrub(villages)?;
        Ok(photos)
    }

    /// The same at the start of a server, after a kill in between. On PostgreSQL other processes may be at work, and
    /// writing all tables anew would hold them up: there the command that was killed, given again, does it.
    pub(crate) fn finish_erasing_at_start(&self) -> Result<()> {
        if self.store.address().is_none() {
            self.finish_erasing(&[])?;
        } else {
            self.remove_gone_photos()?;
        }
        Ok(())
    }

    pub(super) fn erase_here(
        &self,
        household: HouseholdId,
        person: Option<InstanceId>,
        reason: &str,
        account: &str,
        now: u64,
    ) -> Result<EraseReport> {
        let (lines, photos, position, village) = self.store.write(|tx| {
            let head = evidence::seal(self, tx, now)?;
            let position = head.position + 1;
            let found = household::from_logs(tx, household)?.ok_or_else(unknown)?;
            let state = found.record.state()?;
            let village = found.village.clone();
            let (plan, kept) = match person {
                None => (
                    whole(household, &village, found.form.as_deref()),
                    BTreeSet::new(),
                ),
                Some(person) => one(tx, &found, &village, &state, person)?,
            };
            let letters = letters(tx, household)?;
            let body = begin_anew(tx, self, &plan, position, now)?;
            count_anew(tx, &village)?;
            let numbers = (head.rows, head.changes, head.refused);
            let next = evidence::append(tx, Some(head), numbers, "erased", &body, now)?;
            evidence::sign(self, tx, next, now)?;
            tx.execute(
                "INSERT INTO erasure (position, household, member, reason, account, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    int(position),
                    household.as_bytes(),
                    person.map(|id| *id.as_bytes()),
                    reason,
                    account,
                    int(now)
                ],
            )?;
            evidence::seal(self, tx, now)?;
            let photos = gone_photos(tx, self, household, &kept, &letters)?;
            Ok((body.erased.len(), photos, position, village))
        })?;
        self.finish_erasing(&[&village])?;
        Ok(EraseReport {
            household,
            person,
            again: false,
            lines,
            photos,
            position,
            backups: Vec::new(),
            backups_left: Vec::new(),
        })
    }

    /// What was erased on request, the newest last.
    pub fn erasures(&self) -> Result<Vec<Erasure>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT position, household, member, reason, account, at FROM erasure ORDER BY position",
                params![],
                |r| {
                    Ok(Erasure {
                        position: household::unsigned(r.get(0)?),
                        household: HouseholdId(Uuid::from_bytes(r.get(1)?)),
                        person: r
                            .get::<Option<[u8; 16]>>(2)?
                            .map(|id| InstanceId(Uuid::from_bytes(id))),
                        reason: r.get(3)?,
                        account: r.get(4)?,
                        at: crate::admin::rfc3339(r.get(5)?),
                    })
                },
            )
        })
    }
}

pub(crate) fn unknown() -> ServerError {
    ServerError::refused("not_known", "nothing of this id is known here")
        .hint("`lawang admin households --json` lists ids")
}
