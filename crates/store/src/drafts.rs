//! Open visits: every answer is a row of its own until it becomes part of a change.

use crate::{Store, StoreError, log::blob16};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_records::{Hash, Heads};
use rusqlite::{OptionalExtension, Transaction};

/// An open visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub household: HouseholdId,
    /// The visit's instance in the document.
    pub visit: InstanceId,
    /// The heads that the form was opened with.
    pub heads: Heads,
    pub form: String,
    pub version: String,
    /// Milliseconds since 1970.
    pub started: i64,
    /// The page that was open last.
    pub page: String,
    /// Pages that were opened.
    pub visited: Vec<String>,
}

/// What kind of thing was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Answer = 0,
    NewInstance = 1,
}

/// One thing that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEntry {
    pub kind: EntryKind,
    /// A field path; for a new instance `repeat/uuid`.
    pub path: String,
    /// The answer; for a new instance its order.
    pub value: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// It is part of a change already, and kept so that the open form can be built again.
    pub folded: bool,
}

fn split(bytes: &[u8]) -> Heads {
    bytes
        .chunks_exact(32)
        .map(|chunk| {
            let mut hash = [0; 32];
            hash.copy_from_slice(chunk);
            Hash(hash)
        })
        .collect()
}

fn join(heads: &[Hash]) -> Vec<u8> {
    heads.iter().flat_map(|h| h.0).collect()
}

impl Store {
    /// The open visit of a household.
    pub fn draft(&self, household: HouseholdId) -> Result<Option<Draft>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT visit, heads, form, version, started, page, visited FROM draft WHERE household = ?1",
            )?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok(Draft {
                    household,
                    visit: InstanceId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                    heads: split(&r.get::<_, Vec<u8>>(1)?),
                    form: r.get(2)?,
                    version: r.get(3)?,
                    started: r.get(4)?,
                    page: r.get(5)?,
                    visited: r.get::<_, String>(6)?.lines().map(str::to_owned).collect(),
                })
            })
            .optional()?)
    }

    /// Households with an open visit.
    pub fn drafts(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT household FROM draft ORDER BY started")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Opens a visit, or moves the open one (page, heads).
    pub fn put_draft(tx: &Transaction<'_>, draft: &Draft) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO draft (household, visit, heads, form, version, started, page, visited)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (household) DO UPDATE SET visit = ?2, heads = ?3, form = ?4, version = ?5,
                 started = ?6, page = ?7, visited = ?8",
        )?
        .execute((
            draft.household.as_bytes().as_slice(),
            draft.visit.as_bytes().as_slice(),
            join(&draft.heads),
            &draft.form,
            &draft.version,
            draft.started,
            &draft.page,
            draft.visited.join("\n"),
        ))?;
        Ok(())
    }

    /// Closes a visit. Its entries must have become a change in the same transaction.
    pub fn end_draft(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM draft WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Whether a visit of the household is open and something was typed in it.
    pub fn has_draft(tx: &Transaction<'_>, household: HouseholdId) -> Result<bool, StoreError> {
        Ok(tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM draft WHERE household = ?1)
                    AND EXISTS (SELECT 1 FROM draft_entry WHERE household = ?1)",
            )?
            .query_row([household.as_bytes().as_slice()], |r| r.get(0))?)
    }

    /// One answer, on disk when this returns: the smallest durable write that there is.
    pub fn type_answer(
        &mut self,
        household: HouseholdId,
        entry: &DraftEntry,
    ) -> Result<(), StoreError> {
        self.transact(|tx| Self::add_entry(tx, household, entry))
    }

    /// Adds what was typed.
    pub fn add_entry(
        tx: &Transaction<'_>,
        household: HouseholdId,
        entry: &DraftEntry,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("INSERT INTO draft_entry (household, kind, path, value, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((
                household.as_bytes().as_slice(),
                entry.kind as i64,
                &entry.path,
                &entry.value,
                entry.at,
            ))?;
        Ok(())
    }

    /// Everything typed that is not part of a change yet, in order.
    pub fn entries(&self, household: HouseholdId) -> Result<Vec<DraftEntry>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT kind, path, value, at, folded FROM draft_entry WHERE household = ?1 ORDER BY id",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            Ok(DraftEntry {
                kind: if r.get::<_, i64>(0)? == 0 {
                    EntryKind::Answer
                } else {
                    EntryKind::NewInstance
                },
                path: r.get(1)?,
                value: r.get(2)?,
                at: r.get(3)?,
                folded: r.get(4)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Marks what has just become part of a change, in the change's own transaction.
    pub fn fold_entries(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE draft_entry SET folded = 1 WHERE household = ?1 AND folded = 0")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Removes the entries of a visit that ends; all must be part of changes.
    pub fn clear_entries(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM draft_entry WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }
}
