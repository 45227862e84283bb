//! Files that go with a proposal to remove a family: kept by themselves until it is made, then stored like photos.

use crate::{Photo, Store, StoreError, log::blob16};
use lawang_domain::HouseholdId;
use rusqlite::{OptionalExtension, Transaction};

/// Files that a proposal in force shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedEvidence {
    pub household: HouseholdId,
    pub village: String,
    pub files: Vec<[u8; 32]>,
}

fn hash_of(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

/// Hashes that stand one behind the other.
pub(crate) fn hashes(bytes: &[u8]) -> Vec<[u8; 32]> {
    bytes.chunks_exact(32).map(hash_of).collect()
}

impl Store {
    /// Keeps a file for a proposal that is not made yet; the same file twice is one. `at`: milliseconds since 1970.
    pub fn add_evidence(&mut self, file: &Photo, body: &[u8], at: i64) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO evidence_draft (household, hash, mime, body, added) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    file.household.as_bytes().as_slice(),
                    file.hash.as_slice(),
                    &file.mime,
                    body,
                    at,
                ),
            )?;
            Ok(())
        })
    }

    /// Files kept for a proposal, in the order in which they came.
    pub fn evidence_of(&self, household: HouseholdId) -> Result<Vec<Photo>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT hash, mime, length(body) FROM evidence_draft WHERE household = ?1 ORDER BY added, rowid",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            Ok(Photo {
                hash: hash_of(&r.get::<_, Vec<u8>>(0)?),
                household,
                mime: r.get(1)?,
                len: r.get::<_, i64>(2)?.unsigned_abs(),
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Lets go of a file that its person takes out again before the proposal is made.
    pub fn drop_evidence(
        &mut self,
        household: HouseholdId,
        hash: &[u8; 32],
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "DELETE FROM evidence_draft WHERE household = ?1 AND hash = ?2",
                (household.as_bytes().as_slice(), hash.as_slice()),
            )?;
            Ok(())
        })
    }

    /// The proposal is made: its files are stored to be sent. A copy of one that came from elsewhere becomes the own one, and
    /// one that the server refused (for a village that was not this device's then) is offered anew.
    pub fn propose_evidence(
        tx: &Transaction<'_>,
        household: HouseholdId,
        files: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        for hash in files {
            tx.execute(
                "INSERT INTO photo (hash, household, mime, len, state, body)
                 SELECT hash, household, mime, length(body), 0, body FROM evidence_draft
                 WHERE household = ?1 AND hash = ?2
                 ON CONFLICT (hash) DO UPDATE SET household = excluded.household, mime = excluded.mime, state = 0,
                     fetched = NULL WHERE photo.state IN (2, 5)",
                (id, hash.as_slice()),
            )?;
            tx.execute(
                "DELETE FROM evidence_draft WHERE household = ?1 AND hash = ?2",
                (id, hash.as_slice()),
            )?;
        }
        Ok(())
    }

    /// The proposal was refused: its files are kept for the next one, those that were made here or came.
    pub fn evidence_back(
        tx: &Transaction<'_>,
        household: HouseholdId,
        files: &[[u8; 32]],
        at: i64,
    ) -> Result<(), StoreError> {
        for hash in files {
            tx.execute(
                "INSERT OR IGNORE INTO evidence_draft (household, hash, mime, body, added)
                 SELECT ?1, hash, mime, body, ?3 FROM photo WHERE hash = ?2",
                (household.as_bytes().as_slice(), hash.as_slice(), at),
            )?;
        }
        Ok(())
    }

    /// A file kept for a proposal, with its bytes.
    pub(crate) fn evidence_body(
        &self,
        hash: &[u8; 32],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        Ok(self
            .conn
            .query_row(
                "SELECT mime, body FROM evidence_draft WHERE hash = ?1 LIMIT 1",
                [hash.as_slice()],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?)
    }

    /// What proposals in force show, in villages of this device. Where something of the record is restricted it is
    /// nobody's to look at: of a file nobody knows who can be seen in it.
    pub fn proposed_evidence(&self) -> Result<Vec<ProposedEvidence>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT r.household, l.village, r.evidence FROM review r JOIN row_log l ON l.household = r.household
             WHERE r.removal <> '' AND length(r.evidence) > 0 AND r.restricted = 0
               AND l.village IN (SELECT village FROM scope WHERE active = 1) ORDER BY r.household",
        )?;
        let rows = select.query_map([], |r| {
            Ok(ProposedEvidence {
                household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                village: r.get(1)?,
                files: hashes(&r.get::<_, Vec<u8>>(2)?),
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Proposals of which an earlier program did not note what they show.
    pub fn evidence_not_looked_at(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM review WHERE removal <> '' AND evidence IS NULL",
        )?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}
