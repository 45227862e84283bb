//! Photos that an erasure lets go of.

use crate::{
    error::Result,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::HouseholdId;
use std::collections::BTreeSet;

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
