//! Photos that other devices took: what the desk wants to see, pieces under way, copies that go again.

use crate::{
    Photo, Restricted, Store, StoreError,
    desk::{QUEUE, Reasons, bits},
    log::blob16,
};
use lawang_domain::{HouseholdId, RecordState};
use rusqlite::Transaction;
use std::collections::BTreeMap;

/// `photo.state` of a copy that came from the server.
const FETCHED: i64 = 5;

/// A visit that waits at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingVisit {
    pub household: HouseholdId,
    pub village: String,
    /// Photos that it shows, then those of the visit before; nothing: not looked at yet.
    pub photos: Option<Vec<[u8; 32]>>,
}

/// A copy that came from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedPhoto {
    pub hash: [u8; 32],
    pub household: HouseholdId,
    /// When it came, milliseconds since 1970.
    pub at: i64,
    /// The village is still this device's.
    pub in_scope: bool,
    pub restricted: Restricted,
    /// The state that the newest visit was decided to be in.
    pub decision: Option<RecordState>,
}

/// A photo that was asked for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsentPhoto {
    /// Milliseconds since 1970.
    pub asked: i64,
    /// It is there and no picture.
    pub useless: bool,
}

fn hash_of(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

impl Store {
    /// Visits that wait for a person at the desk, the newest first, in villages of this device.
    pub fn waiting_visits(&self) -> Result<Vec<WaitingVisit>, StoreError> {
        let sql = format!(
            "SELECT household, village, photos FROM (
                 SELECT h.household AS household, h.village AS village, d.photos AS photos, d.submitted AS submitted,
                        {} AS bits {QUEUE} AND length(d.visit) = 16
                 AND h.village IN (SELECT village FROM scope WHERE active = 1))
             WHERE bits & {} <> 0 ORDER BY submitted DESC, household",
            bits(),
            Reasons::WAITING,
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        // That it is overdue is no reason to look at its photos.
        let rows = select.query_map(["", ""], |r| {
            let photos: Option<Vec<u8>> = r.get(2)?;
            Ok(WaitingVisit {
                household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                village: r.get(1)?,
                photos: photos.map(|all| all.chunks_exact(32).map(hash_of).collect()),
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Notes which photos a household's visits show.
    pub fn set_desk_photos(
        &mut self,
        household: HouseholdId,
        photos: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.prepare_cached("UPDATE desk SET photos = ?2 WHERE household = ?1")?
                .execute((household.as_bytes().as_slice(), photos.concat()))?;
            Ok(())
        })
    }

    /// Whether a photo is here, taken here or fetched, or kept for a proposal.
    pub fn has_photo(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM photo WHERE hash = ?1)
                     OR EXISTS (SELECT 1 FROM evidence_draft WHERE hash = ?1)",
            )?
            .query_row([hash.as_slice()], |r| r.get(0))?)
    }

    /// Whether the disk has room for so many bytes more.
    pub fn has_room(&self, bytes: u64) -> bool {
        !self.on_disk() || self.free_bytes() >= bytes
    }

    /// How many bytes of a photo under way are here.
    pub fn photo_piece_bytes(&self, hash: &[u8; 32]) -> Result<u64, StoreError> {
        let bytes: i64 = self
            .conn
            .prepare_cached(
                "SELECT coalesce(sum(length(body)), 0) FROM photo_piece WHERE hash = ?1",
            )?
            .query_row([hash.as_slice()], |r| r.get(0))?;
        Ok(bytes.unsigned_abs())
    }

    /// All pieces of a photo in order.
    pub fn photo_pieces(&self, hash: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT body FROM photo_piece WHERE hash = ?1 ORDER BY position")?;
        let mut rows = select.query([hash.as_slice()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(all)
    }

    /// Keeps a piece of a photo.
    pub fn add_photo_piece(
        &mut self,
        hash: &[u8; 32],
        household: HouseholdId,
        position: u64,
        body: &[u8],
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO photo_piece (hash, position, household, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                hash.as_slice(),
                i64::try_from(position).unwrap_or(i64::MAX),
                household.as_bytes().as_slice(),
                body,
            ))?;
            Ok(())
        })
    }

    /// Keeps a whole photo that came from the server, in place of its pieces. One that is here already stays as it is.
    /// `at`: milliseconds since 1970.
    pub fn add_fetched_photo(
        &mut self,
        photo: &Photo,
        body: &[u8],
        at: i64,
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO photo (hash, household, mime, len, state, body, fetched)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    photo.hash.as_slice(),
                    photo.household.as_bytes().as_slice(),
                    &photo.mime,
                    i64::try_from(body.len()).unwrap_or(i64::MAX),
                    FETCHED,
                    body,
                    at,
                ),
            )?;
            forget_under_way(tx, &photo.hash)
        })
    }

    /// Notes that a photo was asked for in vain; pieces of it are thrown away.
    pub fn photo_is_absent(
        &mut self,
        hash: &[u8; 32],
        household: HouseholdId,
        absent: AbsentPhoto,
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            forget_under_way(tx, hash)?;
            tx.execute(
                "INSERT INTO photo_absent (hash, household, asked, useless) VALUES (?1, ?2, ?3, ?4)",
                (
                    hash.as_slice(),
                    household.as_bytes().as_slice(),
                    absent.asked,
                    absent.useless,
                ),
            )?;
            Ok(())
        })
    }

    /// Photos that were asked for in vain.
    pub fn absent_photos(&self) -> Result<BTreeMap<[u8; 32], AbsentPhoto>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT hash, asked, useless FROM photo_absent")?;
        let rows = select.query_map([], |r| {
            let absent = AbsentPhoto {
                asked: r.get(1)?,
                useless: r.get(2)?,
            };
            Ok((hash_of(&r.get::<_, Vec<u8>>(0)?), absent))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Copies that came from the server.
    pub fn fetched_photos(&self) -> Result<Vec<FetchedPhoto>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT p.hash, p.household, p.fetched, s.village IS NOT NULL, coalesce(r.restricted, 0),
                    CASE WHEN r.visit = d.visit THEN r.decision ELSE '' END
             FROM photo p
             LEFT JOIN row_log l ON l.household = p.household
             LEFT JOIN scope s ON s.village = l.village AND s.active = 1
             LEFT JOIN review r ON r.household = p.household
             LEFT JOIN desk d ON d.household = p.household
             WHERE p.state = ?1",
        )?;
        let rows = select.query_map([FETCHED], |r| {
            Ok(FetchedPhoto {
                hash: hash_of(&r.get::<_, Vec<u8>>(0)?),
                household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(1)?)),
                at: r.get::<_, Option<i64>>(2)?.unwrap_or_default(),
                in_scope: r.get(3)?,
                restricted: Restricted::from_number(r.get(4)?),
                decision: r
                    .get::<_, Option<String>>(5)?
                    .and_then(|decision| decision.parse().ok()),
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Lets go of copies, and of what is noted about photos that nobody wants any more.
    pub fn let_go_of_copies(
        &mut self,
        copies: &[[u8; 32]],
        wanted: impl Fn(&[u8; 32]) -> bool,
    ) -> Result<(), StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT hash FROM photo_piece UNION SELECT hash FROM photo_absent",
        )?;
        let noted: Vec<[u8; 32]> = select
            .query_map([], |r| Ok(hash_of(&r.get::<_, Vec<u8>>(0)?)))?
            .collect::<Result<_, _>>()?;
        drop(select);
        let stale: Vec<_> = noted.into_iter().filter(|hash| !wanted(hash)).collect();
        if copies.is_empty() && stale.is_empty() {
            return Ok(());
        }
        self.transact(|tx| {
            for hash in copies {
                tx.execute(
                    "DELETE FROM photo WHERE hash = ?1 AND state = ?2",
                    (hash.as_slice(), FETCHED),
                )?;
            }
            for hash in &stale {
                forget_under_way(tx, hash)?;
            }
            Ok(())
        })
    }
}

fn forget_under_way(tx: &Transaction<'_>, hash: &[u8; 32]) -> Result<(), StoreError> {
    for table in ["photo_piece", "photo_absent"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE hash = ?1"))?
            .execute([hash.as_slice()])?;
    }
    Ok(())
}
