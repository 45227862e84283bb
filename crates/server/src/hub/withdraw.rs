//! What a hub showed to devices and the district will not have: it is taken back, with everything that builds on it. The
//! batches themselves stay as they came.

use crate::{
    error::{Result, ServerError},
    household::{self, Log, int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::HouseholdId;
use lawang_records::inspect;
use lawang_sync::Digest32;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is asked of lines of the log that count: their bytes are there, and they were not taken back.
pub(crate) const LIVE: &str = "(change_log.erased IS NULL
    AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.hash = change_log.hash))";
/// The same of rows: the district did not refuse the household whole.
pub(crate) const ROW_LIVE: &str =
    "(NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.hash = row_log.digest))";
/// Most hashes that one device is told of.
const MAX_TOLD: i64 = 20_000;

fn in_district(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM upstream_change WHERE hash = ?1)",
        params![hash],
        |r| r.get(0),
    )
}

/// The change and all that builds on it, as far as the district does not hold it; with the first number among them.
fn with_dependents(
    tx: &Tx<'_>,
    household: &[u8; 16],
    kind: i64,
    refused: &[u8; 32],
) -> Result<(BTreeSet<[u8; 32]>, i64)> {
    let lines: Vec<(i64, [u8; 32], Vec<u8>)> = tx.query(
        "SELECT seq, hash, body FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq",
        params![household, kind],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let (mut gone, mut first) = (BTreeSet::new(), i64::MAX);
    for (seq, hash, body) in &lines {
        let deps = inspect(body).map(|info| info.deps).unwrap_or_default();
        let builds_on = deps.iter().any(|dep| gone.contains(&dep.0));
        if (hash == refused || builds_on) && !in_district(tx, hash)? {
            gone.insert(*hash);
            first = first.min(*seq);
        }
    }
    Ok((gone, first))
}

/// The same of a village's rows. Pages that were made of them are made anew.
fn count_rows_again(tx: &Tx<'_>, village: &str, from: i64) -> Result<()> {
    let mut total = household::running(tx, Log::Rows, village, unsigned(from).saturating_sub(1))?;
    let sql = format!(
        "SELECT row_seq, digest, {ROW_LIVE} FROM row_log WHERE village = ?1 AND row_seq >= ?2
         ORDER BY row_seq"
    );
    let lines: Vec<(i64, [u8; 32], bool)> = tx.query(&sql, params![village, from], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    for (seq, digest, live) in lines {
        if live {
            total.count += 1;
            total.digest.add_row(&digest);
        }
        tx.execute(
            "UPDATE row_log SET village_rows = ?2, village_digest = ?3 WHERE row_seq = ?1",
            params![seq, int(total.count), total.digest.0],
        )?;
    }
    tx.execute("DELETE FROM page WHERE village = ?1", params![village])?;
    Ok(())
}

/// Counts and digests of a village's lines from a number on, made anew.
fn count_again(tx: &Tx<'_>, village: &str, from: i64) -> Result<()> {
    let mut total =
        household::running(tx, Log::Changes, village, unsigned(from).saturating_sub(1))?;
    let sql = format!(
        "SELECT seq, hash, {LIVE} FROM change_log WHERE village = ?1 AND seq >= ?2 ORDER BY seq"
    );
    let lines: Vec<(i64, [u8; 32], bool)> = tx.query(&sql, params![village, from], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    for (seq, hash, live) in lines {
        if live {
            total.count += 1;
            total.digest.add_change(&hash);
        }
        tx.execute(
            "UPDATE change_log SET village_changes = ?2, village_digest = ?3 WHERE seq = ?1",
            params![seq, int(total.count), total.digest.0],
        )?;
    }
    Ok(())
}

fn remember(tx: &Tx<'_>, hash: &[u8; 32], village: &str, reason: &str, now: u64) -> Result<()> {
    tx.execute(
        "INSERT INTO withdrawn (hash, village, reason, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash) DO NOTHING",
        params![hash, village, reason, int(now)],
    )?;
    Ok(())
}

/// Takes back what the district refused for good. `refused`: hashes with the district's reason.
pub(super) fn withdraw(
    server: &Server,
    tx: &Tx<'_>,
    refused: &[([u8; 32], String)],
    now: u64,
) -> Result<()> {
    let mut villages: BTreeMap<String, i64> = BTreeMap::new();
    let mut households: BTreeSet<HouseholdId> = BTreeSet::new();
    for (hash, reason) in refused {
        let found = tx.optional(
            "SELECT household, village, kind FROM change_log WHERE hash = ?1",
            params![hash],
            |r| Ok((r.get::<[u8; 16]>(0)?, r.get::<String>(1)?, r.get::<i64>(2)?)),
        )?;
        let Some((household, village, kind)) = found else {
            // Not taken in here, or taken back before: nobody has to be told, but it must not come in later either.
            remember(tx, hash, "", reason, now)?;
            continue;
        };
        let (gone, first) = with_dependents(tx, &household, kind, hash)?;
        if gone.is_empty() {
            continue;
        }
        for hash in &gone {
            remember(tx, hash, &village, reason, now)?;
        }
        tracing::warn!(
            changes = gone.len(),
            reason,
            "taken back: the district refused it"
        );
        let from = villages.entry(village).or_insert(first);
        *from = first.min(*from);
        households.insert(HouseholdId(Uuid::from_bytes(household)));
    }
    for (village, from) in &villages {
        count_again(tx, village, *from)?;
    }
    for id in &households {
        let household = household::from_logs(tx, *id)?
            .ok_or_else(|| ServerError::Damaged("a household without a row".into()))?;
        household::save(tx, &server.forms, &household)?;
    }
    Ok(())
}

/// Takes households back that the district refused whole, with all that was written into them and that it does not hold.
pub(super) fn withdraw_households(
    server: &Server,
    tx: &Tx<'_>,
    refused: &[([u8; 16], String)],
    now: u64,
) -> Result<()> {
    for (household, reason) in refused {
        let at_district: bool = tx.one(
            "SELECT EXISTS (SELECT 1 FROM upstream_row WHERE household = ?1)",
            params![household],
            |r| r.get(0),
        )?;
        let row = tx.optional(
            "SELECT row_seq, village, digest FROM row_log WHERE household = ?1",
            params![household],
            |r| Ok((r.get::<i64>(0)?, r.get::<String>(1)?, r.get::<[u8; 32]>(2)?)),
        )?;
        // What the district holds of it came another way.
        let Some((seq, village, digest)) = row.filter(|_| !at_district) else {
            continue;
        };
        let changes: Vec<[u8; 32]> = tx.query(
            "SELECT hash FROM change_log WHERE household = ?1 ORDER BY seq",
            params![household],
            |r| r.get(0),
        )?;
        let changes: Vec<_> = changes
            .into_iter()
            .map(|hash| (hash, reason.clone()))
            .collect();
        withdraw(server, tx, &changes, now)?;
        remember(tx, &digest, &village, reason, now)?;
        count_rows_again(tx, &village, seq)?;
        tx.execute(
            "DELETE FROM entity_op WHERE household = ?1",
            params![household],
        )?;
        tracing::warn!(reason, "a household is taken back: the district refused it");
    }
    Ok(())
}

/// Whether a household was taken back.
pub(crate) fn is_household_withdrawn(tx: &Tx<'_>, household: HouseholdId) -> Result<bool> {
    let sql =
        format!("SELECT EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND NOT {ROW_LIVE})");
    tx.one(&sql, params![household.as_bytes()], |r| r.get(0))
}

/// The district took a household after all: it counts again.
pub(super) fn row_back(tx: &Tx<'_>, digest: &[u8; 32]) -> Result<()> {
    if !is_withdrawn(tx, digest)? {
        return Ok(());
    }
    tx.execute("DELETE FROM withdrawn WHERE hash = ?1", params![digest])?;
    let found = tx.optional(
        "SELECT row_seq, village FROM row_log WHERE digest = ?1",
        params![digest],
        |r| Ok((r.get::<i64>(0)?, r.get::<String>(1)?)),
    )?;
    match found {
        Some((seq, village)) => count_rows_again(tx, &village, seq),
        None => Ok(()),
    }
}

/// Whether it was taken back: it does not come in again before the district has it.
pub(crate) fn is_withdrawn(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM withdrawn WHERE hash = ?1)",
        params![hash],
        |r| r.get(0),
    )
}

/// The district took it after all. True: it stands in the log and counts again, so the record has to be made anew.
pub(super) fn back(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<bool> {
    if !is_withdrawn(tx, hash)? {
        return Ok(false);
    }
    tx.execute("DELETE FROM withdrawn WHERE hash = ?1", params![hash])?;
    let found = tx.optional(
        "SELECT village, seq FROM change_log WHERE hash = ?1",
        params![hash],
        |r| Ok((r.get::<String>(0)?, r.get::<i64>(1)?)),
    )?;
    if let Some((village, seq)) = &found {
        count_again(tx, village, *seq)?;
    }
    Ok(found.is_some())
}

/// What was taken back of these villages.
pub(super) fn told(tx: &Tx<'_>, villages: &[String]) -> Result<Vec<Digest32>> {
    let mut all = Vec::new();
    for village in villages {
        tx.each(
            "SELECT hash FROM withdrawn WHERE village = ?1 ORDER BY hash LIMIT ?2",
            params![village, MAX_TOLD],
            |r| {
                all.push(r.get::<[u8; 32]>(0)?.into());
                Ok(())
            },
        )?;
    }
    Ok(all)
}

/// At the district: whether a change builds on something that was refused here for good, so that waiting is in vain.
pub(super) fn hopeless(tx: &Tx<'_>, household: &[u8; 16], change: &[u8]) -> Result<bool> {
    let row: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM quarantine WHERE household = ?1 AND kind = 'row')
            AND NOT EXISTS (SELECT 1 FROM row_log WHERE household = ?1)",
        params![household],
        |r| r.get(0),
    )?;
    if row {
        return Ok(true);
    }
    let deps = |body: &[u8]| inspect(body).map(|info| info.deps).unwrap_or_default();
    let mut waiting: Vec<[u8; 32]> = deps(change).iter().map(|dep| dep.0).collect();
    let mut seen = BTreeSet::new();
    while let Some(hash) = waiting.pop() {
        if !seen.insert(hash) || household::seq_of(tx, &hash)?.is_some() {
            continue;
        }
        let refused: Vec<(String, Vec<u8>)> = tx.query(
            "SELECT code, body FROM quarantine WHERE hash = ?1 AND kind = 'change'",
            params![hash],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        for (code, body) in refused {
            if code != "missing_dependency" && code != "unknown_household" {
                return Ok(true);
            }
            waiting.extend(deps(&body).iter().map(|dep| dep.0));
        }
    }
    Ok(false)
}
