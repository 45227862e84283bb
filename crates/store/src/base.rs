//! Records that begin anew: what was before leaves the tables.

use crate::{Proposal, Store, StoreError, Thing, log::blob16};
use lawang_domain::{DocumentKind, HouseholdId};
use lawang_records::{Hash, Row};
use lawang_sync::KIND_BASE;
use rusqlite::Transaction;

/// Why a change waits for its record to begin anew here too.
pub const OLD_BASE: &str = "old_base";

/// What stands beside the log of a record.
pub(crate) const BESIDE: [&str; 9] = [
    "draft",
    "draft_entry",
    "audit_event",
    "proposal",
    "photo",
    "photo_piece",
    "photo_absent",
    "evidence_draft",
    "desk_draft",
];

impl Store {
    /// Whether this device has begun the record anew already with this word.
    pub fn knows_base(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM change_log WHERE hash = ?1 AND state IN (1, 4))",
            [hash.as_slice()],
            |r| r.get(0),
        )?)
    }

    /// Whether this device knows that a record began anew.
    pub fn began_anew(&self, household: HouseholdId) -> Result<bool, StoreError> {
        Ok(self.conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND kind = ?2 AND body = x'')",
            (household.as_bytes().as_slice(), KIND_BASE),
            |r| r.get(0),
        )?)
    }

    /// Digest of a record's row, and how many changes of its documents are here.
    pub fn beginning(&self, household: HouseholdId) -> Result<([u8; 32], u32), StoreError> {
        let id = household.as_bytes().as_slice();
        let digest: Vec<u8> = self.conn.query_row(
            "SELECT digest FROM row_log WHERE household = ?1",
            [id],
            |r| r.get(0),
        )?;
        let changes = self.conn.query_row(
            "SELECT count(*) FROM change_log WHERE household = ?1 AND kind <> ?2",
            (id, KIND_BASE),
            |r| r.get(0),
        )?;
        Ok((digest.try_into().unwrap_or_default(), changes))
    }

    /// Notes the server's word in its order: it counts like a change.
    pub fn note_base(
        tx: &Transaction<'_>,
        household: HouseholdId,
        hash: &Hash,
        seq: Option<u64>,
    ) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO change_log (hash, household, village, body, device, person, role, at, state, seq, applied, kind)
             SELECT ?1, household, village, x'', zeroblob(16), '', 'register', 0, ?5, ?3, 0, ?4
             FROM row_log WHERE household = ?2
             ON CONFLICT (hash) DO UPDATE SET state = 1, seq = coalesce(excluded.seq, seq), reason = NULL WHERE excluded.state = 1",
            (
                hash.0.as_slice(),
                household.as_bytes().as_slice(),
                seq.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
                KIND_BASE,
                // At the district, or heard of at a hub.
                if seq.is_some() { 1 } else { 4 },
            ),
        )?;
        Ok(())
    }

    /// Replaces a record's row, when a word brings one, and lets go of all changes of these documents, but those that the
    /// district took after its word, which has the number `seq`.
    pub fn begin_anew(
        tx: &Transaction<'_>,
        household: HouseholdId,
        row: Option<&[u8]>,
        documents: &[u8],
        seq: Option<u64>,
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        let last = seq.map_or(i64::MAX, |n| i64::try_from(n).unwrap_or(i64::MAX));
        if let Some(row) = row {
            tx.execute(
                "UPDATE row_log SET body = ?2, digest = ?3, state = 1, reason = NULL WHERE household = ?1",
                (id, row, Row::digest(row).as_slice()),
            )?;
        }
        for kind in documents {
            tx.execute(
                "DELETE FROM hub_thing WHERE kind = 1 AND id IN
                     (SELECT hash FROM change_log
                      WHERE household = ?1 AND kind = ?2 AND NOT (state = 1 AND coalesce(seq, 0) > ?3))",
                (id, kind, last),
            )?;
            tx.execute(
                "DELETE FROM change_log
                 WHERE household = ?1 AND kind = ?2 AND NOT (state = 1 AND coalesce(seq, 0) > ?3)",
                (id, kind, last),
            )?;
        }
        tx.execute("DELETE FROM snapshot WHERE household = ?1", [id])?;
        tx.execute("DELETE FROM entity_op WHERE household = ?1", [id])?;
        Ok(())
    }

    /// Lets go of changes of these documents that are neither at the district nor known from a hub: what they say is made
    /// again.
    pub fn forget_waiting(
        tx: &Transaction<'_>,
        household: HouseholdId,
        documents: &[u8],
    ) -> Result<(), StoreError> {
        for kind in documents {
            tx.execute(
                "DELETE FROM change_log WHERE household = ?1 AND kind = ?2 AND state NOT IN (1, 4)",
                (household.as_bytes().as_slice(), kind),
            )?;
        }
        Ok(())
    }

    /// Lets go of everything beside the log that was typed, proposed or photographed for a record.
    pub fn forget_beside(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        for table in BESIDE {
            tx.execute(
                &format!("DELETE FROM {table} WHERE household = ?1"),
                [household.as_bytes().as_slice()],
            )?;
        }
        Ok(())
    }

    /// Whether anything beside the log was typed, proposed or photographed for a record.
    pub fn has_beside(&self, household: HouseholdId) -> Result<bool, StoreError> {
        for table in BESIDE {
            let found: bool = self.conn.query_row(
                &format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE household = ?1)"),
                [household.as_bytes().as_slice()],
                |r| r.get(0),
            )?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A photo goes on as that of another record which shows the same bytes. It is offered for that one anew: what the
    /// district was given of the record before, it may have let go of with it.
    pub fn give_photo(
        tx: &Transaction<'_>,
        hash: &[u8; 32],
        household: HouseholdId,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE photo SET household = ?2, state = CASE state WHEN 1 THEN 0 ELSE state END WHERE hash = ?1",
            (hash.as_slice(), household.as_bytes().as_slice()),
        )?;
        tx.execute(
            "DELETE FROM hub_thing WHERE kind = ?1 AND id = ?2",
            (Thing::Photo as i64, hash.as_slice()),
        )?;
        Ok(())
    }

    /// Lets go of single entries, edits of proposals (all of one that has none left) and photos, and of what the log of the open form noted of values.
    pub fn forget_parts(
        tx: &Transaction<'_>,
        household: HouseholdId,
        entries: &[String],
        proposals: &[Proposal],
        photos: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        for path in entries {
            tx.execute(
                "DELETE FROM draft_entry WHERE household = ?1 AND path = ?2",
                (id, path),
            )?;
        }
        for proposal in proposals {
            let id = proposal.id.as_bytes().as_slice();
            if proposal.edits.is_empty() {
                tx.execute("DELETE FROM proposal WHERE id = ?1", [id])?;
            } else {
                let change = "UPDATE proposal SET edits = ?2 WHERE id = ?1";
                tx.execute(change, (id, &proposal.edits))?;
            }
        }
        for photo in photos {
            tx.execute("DELETE FROM photo WHERE hash = ?1", [photo.as_slice()])?;
        }
        // Nobody knows who can be seen in evidence, and of whom words at the desk speak.
        tx.execute("DELETE FROM evidence_draft WHERE household = ?1", [id])?;
        tx.execute("DELETE FROM desk_draft WHERE household = ?1", [id])?;
        // Photos under way are asked for anew, if they are still shown.
        tx.execute("DELETE FROM photo_piece WHERE household = ?1", [id])?;
        tx.execute(
            "UPDATE audit_event SET old_value = '', new_value = '' WHERE household = ?1",
            [id],
        )?;
        Ok(())
    }

    /// Photos of a record.
    pub fn photos_of(&self, household: HouseholdId) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT hash FROM photo WHERE household = ?1")?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            Ok(r.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default())
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Documents in which a change waits that the district did not take for where it begins.
    pub fn parked_documents(&self) -> Result<Vec<(HouseholdId, DocumentKind)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT household, kind FROM change_log WHERE state = 0 AND reason = ?1",
        )?;
        let rows = select.query_map([OLD_BASE], |r| {
            Ok((HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)), r.get(1)?))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (household, number): (HouseholdId, u8) = row?;
            // A kind of a newer program waits for a newer program.
            found.extend(DocumentKind::from_number(number).map(|kind| (household, kind)));
        }
        Ok(found)
    }

    /// Changes that waited for their record to begin anew are tried again.
    pub fn retry_old_base(&mut self) -> Result<(), StoreError> {
        let waits: bool = self.conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM change_log WHERE state = 0 AND reason = ?1)",
            [OLD_BASE],
            |r| r.get(0),
        )?;
        if waits {
            self.transact(|tx| {
                tx.execute(
                    "UPDATE change_log SET reason = NULL WHERE state = 0 AND reason = ?1",
                    [OLD_BASE],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What was let go of leaves the files too: deleted bytes are overwritten in their pages (`secure_delete`), the
    /// search forgets the words of lines that are gone, and the write-ahead log is emptied.
    pub fn scrub(&mut self) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
            Ok(())
        })?;
        self.conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}
