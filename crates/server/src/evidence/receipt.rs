//! Checks what devices kept against what the server holds now.

use super::{Entry, head};
use crate::{
    error::{Result, ServerError},
    household::{int, unsigned},
    moves,
    server::Server,
    store::{Tx, params},
};
use lawang_sync::{KIND_BASE, NewBase, Proof, SetDigest, VillageCheck, decode};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of one receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptVerdict {
    /// As people read it aloud.
    pub code: String,
    /// RFC 3339, by the server's clock at that time.
    pub at: String,
    /// Position of the newest entry then, if the receipt came with a checkpoint.
    pub position: Option<u64>,
    /// The server holds all that it acknowledged, unaltered.
    pub fits: bool,
    /// Stable word: `fits`, `signature`, `other_server`, `entry`, `end_missing`, `lost_in_restore`, `data`.
    pub what: &'static str,
    /// A sentence, without personal data.
    pub message: String,
}

impl Server {
    /// Checks a receipt with all that a device kept of it (an encoded [`Proof`]).
    ///
    /// # Errors
    /// `not_a_receipt`, or trouble with the store; everything else is in the answer.
    pub fn check_receipt(&self, proof: &[u8]) -> Result<ReceiptVerdict> {
        let malformed = || ServerError::refused("not_a_receipt", "the bytes are no receipt");
        let proof: Proof = decode(proof).ok_or_else(malformed)?;
        let receipt: lawang_sync::Receipt = decode(&proof.receipt).ok_or_else(malformed)?;
        let said = |position, what: &'static str, message: &str| ReceiptVerdict {
            code: receipt.code(),
            at: crate::admin::rfc3339(int(receipt.time)),
            position,
            fits: what == "fits",
            what,
            message: message.to_owned(),
        };
        let proved = match proof.verify(&self.key.public()) {
            Ok(proved) => proved,
            Err(error) => return Ok(said(None, "signature", &error.to_string())),
        };
        if *proved.receipt.server != *self.id.as_bytes() {
            let words = "another server gave this receipt";
            return Ok(said(None, "other_server", words));
        }
        let position = proved.checkpoint.as_ref().map(|c| c.position);
        self.store.read(|tx| {
            if let Some(checkpoint) = &proved.checkpoint {
                let there: Option<Entry> = tx.optional(
                    "SELECT position, at, kind, rows, changes, refused, body, entry
                     FROM evidence WHERE position = ?1",
                    params![int(checkpoint.position)],
                    Entry::read,
                )?;
                let same = there.is_some_and(|entry| entry.head.entry == *checkpoint.entry);
                let lost: bool = tx.one(
                    "SELECT EXISTS (SELECT 1 FROM life WHERE position < ?1 AND at > ?2)",
                    params![int(checkpoint.position), int(checkpoint.time)],
                    |r| r.get(0),
                )?;
                if !same && lost {
                    let words = "the server was restored since from an older backup, without the entries that this receipt stands for; devices send again what they hold";
                    return Ok(said(position, "lost_in_restore", words));
                }
                if !same && head(tx)?.is_none_or(|head| head.position < checkpoint.position) {
                    let words = "the chain ends before the entry that this receipt names";
                    return Ok(said(position, "end_missing", words));
                }
                if !same {
                    let words = "the entry at this position is another one than when the receipt was given";
                    return Ok(said(position, "entry", words));
                }
            }
            // Without a checkpoint the clock says which erasures came later.
            let until = match position {
                Some(position) => position,
                None => {
                    let found: Option<i64> = tx.one(
                        "SELECT max(position) FROM evidence WHERE at <= ?1",
                        params![int(proved.receipt.time)],
                        |r| r.get(0),
                    )?;
                    unsigned(found.unwrap_or(0))
                }
            };
            for village in &proved.check.villages {
                let held = then(tx, village, proved.check.cursor, until)?;
                if held != *village {
                    let words = "the lines that the receipt was given for are not all there as they were";
                    return Ok(said(position, "data", words));
                }
            }
            Ok(said(position, "fits", "all that was acknowledged is here, unaltered"))
        })
    }
}

/// What the server held of a village at an entry, from its lines alone.
fn then(tx: &Tx<'_>, asked: &VillageCheck, cursor: u64, position: u64) -> Result<VillageCheck> {
    let mut bases: BTreeMap<[u8; 16], [u8; 32]> = BTreeMap::new();
    let (mut rows, mut changes, mut digest) = (0, 0, SetDigest::default());
    let moves = moves::since(tx, position)?;
    let stood = |household: &[u8; 16], now: &str| match moves.get(household) {
        Some(then) => *then == asked.code,
        None => now == asked.code,
    };
    tx.each(
        "SELECT hash, kind, body, household, erased, village FROM change_log
         WHERE (village = ?1 OR household IN (SELECT household FROM moved WHERE from_village = ?1))
               AND seq <= ?2 ORDER BY seq",
        params![asked.code, int(cursor)],
        |r| {
            if r.get::<Option<i64>>(4)?
                .is_some_and(|at| unsigned(at) <= position)
            {
                return Ok(());
            }
            let here: String = r.get(5)?;
            let base: Option<NewBase> = match r.get::<i64>(1)? == i64::from(KIND_BASE) {
                true => decode(&r.get::<Vec<u8>>(2)?),
                false => None,
            };
            let there = match &base {
                // A word about a move stays in the log in which it was said.
                Some(base) if base.moved.is_some() => here == asked.code,
                _ => stood(&r.get(3)?, &here),
            };
            if !there {
                return Ok(());
            }
            digest.add_change(&r.get(0)?);
            changes += 1;
            if let Some(base) = base {
                bases.insert(r.get(3)?, *base.digest);
            }
            Ok(())
        },
    )?;
    tx.each(
        "SELECT household, coalesce(first_digest, digest), village FROM row_log
         WHERE (village = ?1 OR household IN (SELECT household FROM moved WHERE from_village = ?1))
               AND row_seq <= ?2",
        params![asked.code, int(asked.last_row)],
        |r| {
            let here: String = r.get(2)?;
            if !stood(&r.get(0)?, &here) {
                return Ok(());
            }
            let first: [u8; 32] = r.get(1)?;
            digest.add_row(bases.get(&r.get::<[u8; 16]>(0)?).unwrap_or(&first));
            rows += 1;
            Ok(())
        },
    )?;
    Ok(VillageCheck {
        code: asked.code.clone(),
        last_row: asked.last_row,
        rows,
        changes,
        digest: digest.0.into(),
    })
}
