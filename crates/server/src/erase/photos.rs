//! Photos that an erasure lets go of.

use crate::{
    attachments::Hash,
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

/// Files of a record that only its proposals for removal show, and no answer of it: a letter of the village may name other
/// families as well. Asked before the record begins anew.
pub(super) fn letters(tx: &Tx<'_>, household: HouseholdId) -> Result<BTreeSet<Hash>> {
    let verification = authority::side(tx, household, DocumentKind::Verification)?;
    let Some(verification) = verification else {
        return Ok(BTreeSet::new());
    };
    let verification = verification.state()?;
    let all: Vec<Hash> = tx.query(
        "SELECT hash FROM photo WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let mut letters: BTreeSet<Hash> = all
        .into_iter()
        .filter(|hash| shows_evidence(&verification, hash))
        .collect();
    let mut answered = |text: &[u8]| {
        letters.retain(|hash| {
            let name = hex::encode(hash);
            !text.windows(name.len()).any(|at| at == name.as_bytes())
        });
    };
    tx.each(
        "SELECT state FROM household WHERE id = ?1 AND state IS NOT NULL",
        params![household.as_bytes()],
        |r| {
            answered(r.get::<String>(0)?.as_bytes());
            Ok(())
        },
    )?;
    tx.each(
        "SELECT body FROM change_log WHERE household = ?1 AND kind = 0",
        params![household.as_bytes()],
        |r| {
            answered(&r.get::<Vec<u8>>(0)?);
            Ok(())
        },
    )?;
    Ok(letters)
}

/// Marks photos of a record that nothing names any more, here or in another record: their files go after the transaction.
/// Gives their number.
///
/// Refused where attachments were moved since this process began: it would look for their files in the old place.
pub(super) fn gone_photos(
    tx: &Tx<'_>,
    server: &Server,
    household: HouseholdId,
    kept: &BTreeSet<String>,
    letters: &BTreeSet<Hash>,
) -> Result<usize> {
    server.photos.still_here(tx)?;
    let all: Vec<Hash> = tx.query(
        "SELECT hash FROM photo WHERE household = ?1
         UNION SELECT hash FROM photo_offer WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let gone: Vec<Hash> = all
        .into_iter()
        .filter(|hash| {
            let name = hex::encode(hash);
            !kept.iter().any(|value| value.contains(&name))
        })
        .collect();
    let mut count = 0;
    for hash in &gone {
        let owner: Option<[u8; 16]> = tx.optional(
            "SELECT household FROM photo WHERE hash = ?1",
            params![hash],
            |r| r.get(0),
        )?;
        if owner != Some(*household.as_bytes()) {
            // It is another record's, for which it was sent first.
            forget_offers(tx, hash, household)?;
            continue;
        }
        // The same bytes may stand in another record too: there is one photo of them, and it goes on as that one's.
        let other: Option<[u8; 16]> = tx.optional(
            "SELECT id FROM household WHERE id <> ?1 AND state LIKE ?2 ORDER BY id LIMIT 1",
            params![household.as_bytes(), format!("%{}%", hex::encode(hash))],
            |r| r.get(0),
        )?;
        let other = match other {
            Some(other) => Some(other),
            None if letters.contains(hash) => proposed_elsewhere(tx, household, hash)?,
            None => None,
        };
        if let Some(other) = other {
            tx.execute(
                "UPDATE photo SET household = ?2 WHERE hash = ?1",
                params![hash, other],
            )?;
            // What devices of this village sent for the one, they sent for the other too.
            tx.execute(
                "INSERT INTO photo_offer (hash, household, device, sent, differs, proven)
                 SELECT o.hash, h.id, o.device, o.sent, o.differs, o.proven
                 FROM photo_offer o JOIN household mine ON mine.id = o.household
                                    JOIN household h ON h.village = mine.village
                 WHERE o.hash = ?1 AND o.household = ?2 AND h.id = ?3
                 ON CONFLICT DO NOTHING",
                params![hash, household.as_bytes(), other],
            )?;
            forget_offers(tx, hash, household)?;
            continue;
        }
        tx.execute(
            "UPDATE photo SET done = ?2 WHERE hash = ?1",
            params![hash, GONE],
        )?;
        tx.execute("DELETE FROM photo_offer WHERE hash = ?1", params![hash])?;
        count += 1;
    }
    Ok(count)
}

fn forget_offers(tx: &Tx<'_>, hash: &Hash, household: HouseholdId) -> Result<()> {
    tx.execute(
        "DELETE FROM photo_offer WHERE hash = ?1 AND household = ?2",
        params![hash, household.as_bytes()],
    )?;
    Ok(())
}

/// Another record whose proposal for removal rests on the same file: one letter of the village often names several
/// families. One of the same village, or one for which somebody offered the file: whoever writes its name down elsewhere
/// keeps nothing of what was erased.
fn proposed_elsewhere(
    tx: &Tx<'_>,
    household: HouseholdId,
    hash: &Hash,
) -> Result<Option<[u8; 16]>> {
    let name = hex::encode(hash);
    let mut named: BTreeSet<[u8; 16]> = BTreeSet::new();
    tx.each(
        &format!(
            "SELECT household, body FROM change_log WHERE household <> ?1 AND kind = ?2 AND {LIVE} AND household IN
                 (SELECT h.id FROM household h JOIN household mine ON mine.village = h.village WHERE mine.id = ?1
                  UNION SELECT o.household FROM photo_offer o WHERE o.hash = ?3)"
        ),
        params![
            household.as_bytes(),
            u32::from(DocumentKind::Verification.number()),
            hash
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
        let gone: Vec<Hash> = self.store.read(|tx| {
            tx.query(
                "SELECT hash FROM photo WHERE done = ?1",
                params![GONE],
                |r| r.get(0),
            )
        })?;
        for hash in &gone {
            self.photos.remove(hash)?;
            self.store.write(|tx| {
                tx.execute("DELETE FROM photo_offer WHERE hash = ?1", params![hash])?;
                tx.execute("DELETE FROM photo WHERE hash = ?1", params![hash])
            })?;
        }
        Ok(gone.len())
    }
}
