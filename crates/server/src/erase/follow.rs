//! A hub does what its district said of a record, on its own store.

use super::base::{Plan, append_base, begin_anew, count_anew};
use crate::{
    error::{Result, ServerError},
    evidence, household, moves,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DocumentKind, HouseholdId};
use lawang_records::Row;
use lawang_sync::{Batch, KIND_BASE, NewBase, PackedBatch, SignedBatch, decode, decompress};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most bytes of a batch.
const MAX_BATCH: usize = 8 * 1024 * 1024;

/// Begins a record anew in the district's words; photos that have to go are marked. `stays`: changes that the district
/// took after this word, as far as is known; some may have come here before it.
pub(crate) fn follow(
    server: &Server,
    tx: &Tx<'_>,
    base: &NewBase,
    stays: BTreeSet<[u8; 32]>,
    now: u64,
) -> Result<()> {
    let odd = || ServerError::refused("bad_upstream", "a new beginning cannot be read");
    let said = server
        .hub()
        .is_some_and(|hub| base.signed_by(&hub.district_key));
    if !said {
        return Err(odd());
    }
    let household = HouseholdId(Uuid::from_bytes(*base.household));
    if household::seq_of(tx, &base.hash())?.is_some() {
        return Ok(());
    }
    if let Some(moved) = &base.moved {
        return moves::follow(server, tx, base, moved, now);
    }
    let here = household::row_of(tx, household)?;
    if let (None, Some(row)) = (here, &base.row) {
        // It comes to this hub's villages with a move.
        let row = Row::from_bytes(row).map_err(|_| odd())?;
        household::append_row(tx, &row, &row.to_bytes(), None, now)?;
    }
    let (village, digest): (String, Vec<u8>) = tx
        .optional(
            "SELECT village, digest FROM row_log WHERE household = ?1",
            params![household.as_bytes()],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .ok_or_else(odd)?;
    let known: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND erased IS NULL)",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let mut documents = base
        .documents
        .iter()
        .map(|number| DocumentKind::from_number(*number).ok_or_else(odd))
        .collect::<Result<Vec<_>>>()?;
    let row = match &base.row {
        // A hub that came later has the row as it is now, and nothing before it.
        Some(row) if known || digest != base.digest.as_slice() => {
            Some(Row::from_bytes(row).map_err(|_| odd())?)
        }
        Some(_) => None,
        // A later word brings the row, and may say nothing of the documents beside the answers. They need no row to begin
        // anew.
        None => {
            documents.retain(|kind| *kind != DocumentKind::FieldAnswers);
            let waits = known && !documents.is_empty();
            household::row_of(tx, household)?.filter(|_| waits)
        }
    };
    let Some(row) = row else {
        append_base(tx, &village, base, now)?;
        evidence::seal(server, tx, now)?;
        return Ok(());
    };
    let reason = match base.reason.as_str() {
        NewBase::COMPACTED if skipped_erasure(tx, household, &digest)? => NewBase::ERASED_PERSON,
        NewBase::COMPACTED => NewBase::COMPACTED,
        NewBase::ERASED => NewBase::ERASED,
        _ => NewBase::ERASED_PERSON,
    };
    let head = evidence::seal(server, tx, now)?;
    let gone = reason != NewBase::COMPACTED;
    let plan = Plan {
        household,
        village: &village,
        row,
        reason,
        documents,
        again: Vec::new(),
        refused: gone,
        said: Some(base.clone()),
        stays,
    };
    let letters = super::letters(tx, household)?;
    let body = begin_anew(tx, server, &plan, head.position + 1, now)?;
    count_anew(tx, &village)?;
    let kind = if gone { "erased" } else { "compacted" };
    let numbers = (head.rows, head.changes, head.refused);
    evidence::append(tx, Some(head), numbers, kind, &body, now)?;
    evidence::seal(server, tx, now)?;
    if base.row.is_some() {
        tx.execute(
            "UPDATE upstream_row SET digest = ?2 WHERE household = ?1",
            params![household.as_bytes(), base.digest.as_slice()],
        )?;
    }
    if !gone {
        return Ok(());
    }
    forget_batches(tx, household)?;
    let state = household::from_logs(tx, household)?
        .ok_or_else(odd)?
        .record
        .state()?;
    let kept = state
        .fields
        .values()
        .flatten()
        .map(|v| v.text.clone())
        .collect();
    super::gone_photos(tx, server, household, &kept, &letters).map(|_| ())
}

/// Whether an erasure was said since the beginning that the record's row (of this digest) is of: its row came with a
/// later word only, so what was said of the person in the answers is still here.
fn skipped_erasure(tx: &Tx<'_>, household: HouseholdId, digest: &[u8]) -> Result<bool> {
    let words: Vec<Vec<u8>> = tx.query(
        "SELECT body FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq DESC",
        params![household.as_bytes(), u32::from(KIND_BASE)],
        |r| r.get(0),
    )?;
    let words = words.iter().filter_map(|body| decode::<NewBase>(body));
    let mut since = words.take_while(|word| word.digest.as_slice() != digest);
    Ok(since.any(|word| [NewBase::ERASED, NewBase::ERASED_PERSON].contains(&word.reason.as_str())))
}

/// Signed batches that the district answered are kept for a restore of it. Those that hold something of the record are
/// let go of.
fn forget_batches(tx: &Tx<'_>, household: HouseholdId) -> Result<()> {
    let all: Vec<(i64, Vec<u8>)> = tx.query(
        "SELECT id, body FROM forward WHERE state <> 0 AND sealed = 0 ORDER BY id",
        params![],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    for (id, body) in all {
        if mentions(&body, household) {
            tx.execute(
                "UPDATE forward SET body = ?2, state = 2 WHERE id = ?1",
                params![id, Vec::<u8>::new()],
            )?;
        }
    }
    Ok(())
}

fn mentions(bytes: &[u8], household: HouseholdId) -> bool {
    let Some(signed) = decode::<SignedBatch>(bytes) else {
        return false;
    };
    let Some(raw) = decompress(&signed.body, MAX_BATCH) else {
        return false;
    };
    let id = household.as_bytes();
    match decode::<Batch>(&raw) {
        Some(batch) => {
            batch.rows.iter().any(|row| *row.household == *id)
                || batch.changes.iter().any(|change| *change.household == *id)
        }
        // Hubs take no packed ones; if there is one, it is better gone than kept.
        None => decode::<PackedBatch>(&raw).is_some(),
    }
}
