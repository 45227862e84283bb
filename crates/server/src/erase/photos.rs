//! Photos that an erasure lets go of.

use crate::{
    authority,
    error::Result,
    hub::LIVE,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DocumentKind, HouseholdId};
use lawang_records::shows_evidence;
use std::collections::BTreeSet;
use uuid::Uuid;

/// `photo.done` of one whose file has to go.
const GONE: i64 = 2;

/// Marks photos of a record that nothing names any more, here or in another record: their files go after the transaction.
/// Gives their number.
///
/// Refused where attachments were moved since this process began: it would look for their files in the old place.
pub(super) fn gone_photos(
    tx: &Tx<'_>,
    server: &Server,
    household: HouseholdId,
    kept: &BTreeSet<String>,
) -> Result<usize> {
    server.photos.still_here(tx)?;
    let all: Vec<[u8; 32]> = tx.query(
        "SELECT hash FROM photo WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let gone: Vec<[u8; 32]> = all
        .into_iter()
        .filter(|hash| {
            let name = hex::encode(hash);
            !kept.iter().any(|value| value.contains(&name))
        })
        .collect();
    let mut count = 0;
    for hash in &gone {
        // The same bytes may stand in another record too: there is one photo of them, and it goes on as that one's.
        let other: Option<[u8; 16]> = tx.optional(
            "SELECT id FROM household WHERE id <> ?1 AND state LIKE ?2 ORDER BY id LIMIT 1",
            params![household.as_bytes(), format!("%{}%", hex::encode(hash))],
            |r| r.get(0),
        )?;
        let other = match other {
            Some(other) => Some(other),
            None => proposed_elsewhere(tx, household, hash)?,
        };
        if let Some(other) = other {
            tx.execute(
                "UPDATE photo SET household = ?2 WHERE hash = ?1",
                params![hash, other],
            )?;
            continue;
        }
        tx.execute(
            "UPDATE photo SET done = ?2 WHERE hash = ?1",
            params![hash, GONE],
        )?;
        count += 1;
    }
    Ok(count)
}

/// Another record whose proposal for removal rests on the same file: one letter of the village often names several
/// families.
fn proposed_elsewhere(
    tx: &Tx<'_>,
    household: HouseholdId,
    hash: &[u8; 32],
) -> Result<Option<[u8; 16]>> {
    let name = hex::encode(hash);
    let mut named: BTreeSet<[u8; 16]> = BTreeSet::new();
    tx.each(
        &format!(
            "SELECT household, body FROM change_log WHERE household <> ?1 AND kind = ?2 AND {LIVE}"
        ),
        params![
            household.as_bytes(),
            u32::from(DocumentKind::Verification.number())
        ],
        |r| {
            let (id, body): ([u8; 16], Vec<u8>) = (r.get(0)?, r.get(1)?);
            if body.windows(name.len()).any(|at| at == name.as_bytes()) {
                named.insert(id);
            }
            Ok(())
        },
    )?;
    for id in named {
        let other = HouseholdId(Uuid::from_bytes(id));
        let verification = authority::side(tx, other, DocumentKind::Verification)?;
        if let Some(verification) = verification
            && shows_evidence(&verification.state()?, hash)
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

impl Server {
    /// Takes photo files away that an erasure let go of; also after a crash.
    pub(crate) fn remove_gone_photos(&self) -> Result<usize> {
        let gone: Vec<[u8; 32]> = self.store.read(|tx| {
            tx.query(
                "SELECT hash FROM photo WHERE done = ?1",
                params![GONE],
                |r| r.get(0),
            )
        })?;
        for hash in &gone {
            self.photos.remove(hash)?;
            self.store
                .write(|tx| tx.execute("DELETE FROM photo WHERE hash = ?1", params![hash]))?;
        }
        Ok(gone.len())
    }
}
