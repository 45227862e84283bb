//! Photos by their content.

use crate::{LogState, Store, StoreError, log::blob16};
use lawang_domain::HouseholdId;
use rusqlite::OptionalExtension;
use std::collections::BTreeSet;

/// A stored photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    pub household: HouseholdId,
    pub mime: String,
    pub len: u64,
}

impl Store {
    /// Stores a photo that was taken here; one that is already there is no error, and a copy of it becomes the own one; one that
    /// was refused is offered anew.
    pub fn add_photo(&mut self, photo: &Photo, body: &[u8]) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT INTO photo (hash, household, mime, len, state, body) VALUES (?1, ?2, ?3, ?4, 0, ?5)
                 ON CONFLICT (hash) DO UPDATE SET household = excluded.household, mime = excluded.mime, state = 0,
                     fetched = NULL WHERE photo.state IN (2, 5)",
                (
                    photo.hash.as_slice(),
                    photo.household.as_bytes().as_slice(),
                    &photo.mime,
                    i64::try_from(body.len()).unwrap_or(i64::MAX),
                    body,
                ),
            )?;
            Ok(())
        })
    }

    /// A photo with its bytes; also a file that is kept for a proposal.
    pub fn photo(&self, hash: &[u8; 32]) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let found = self
            .conn
            .query_row(
                "SELECT mime, body FROM photo WHERE hash = ?1",
                [hash.as_slice()],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?;
        match found {
            Some(photo) => Ok(Some(photo)),
            None => self.evidence_body(hash),
        }
    }

    /// A piece of a photo.
    pub fn photo_piece(
        &self,
        hash: &[u8; 32],
        offset: u64,
        max: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let start = i64::try_from(offset).unwrap_or(i64::MAX).saturating_add(1);
        Ok(self.conn.query_row(
            "SELECT substr(body, ?2, ?3) FROM photo WHERE hash = ?1",
            (
                hash.as_slice(),
                start,
                i64::try_from(max).unwrap_or(i64::MAX),
            ),
            |r| r.get(0),
        )?)
    }

    /// The oldest photo that the server does not have, but for these.
    pub fn unsent_photo(&self, skip: &BTreeSet<[u8; 32]>) -> Result<Option<Photo>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT hash, household, mime, len FROM photo WHERE state = 0 ORDER BY rowid",
        )?;
        let mut rows = select.query([])?;
        while let Some(r) = rows.next()? {
            let hash = r.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default();
            if !skip.contains(&hash) {
                return Ok(Some(Photo {
                    hash,
                    household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(1)?)),
                    mime: r.get(2)?,
                    len: r.get::<_, i64>(3)?.unsigned_abs(),
                }));
            }
        }
        Ok(None)
    }

    /// Photos that the server does not have.
    pub fn unsent_photos(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .query_row("SELECT count(*) FROM photo WHERE state = 0", [], |r| {
                r.get(0)
            })?)
    }

    /// The server has the photo, or refuses it.
    pub fn mark_photo(&mut self, hash: &[u8; 32], state: LogState) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "UPDATE photo SET state = ?2 WHERE hash = ?1",
                (hash.as_slice(), state as i64),
            )?;
            Ok(())
        })
    }
}
