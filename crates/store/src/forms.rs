//! Questionnaires that were fetched: whole packages, pieces under way, what is current.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use rusqlite::{OptionalExtension, Transaction};
use std::collections::BTreeSet;

/// A questionnaire on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    pub id: String,
    pub version: String,
    /// SHA-256 of what the body inflates to.
    pub hash: [u8; 32],
    /// In Indonesian.
    pub title: String,
    pub title_en: String,
    /// Questions that people answer.
    pub questions: u32,
    /// Milliseconds since 1970; 0: it came with the program.
    pub at: i64,
    /// Why this program cannot use it; empty if it can.
    pub problem: String,
}

const COLUMNS: &str = "id, version, hash, title, title_en, questions, at, problem";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<FormRow> {
    Ok(FormRow {
        id: row.get(0)?,
        version: row.get(1)?,
        hash: row.get::<_, Vec<u8>>(2)?.try_into().unwrap_or_default(),
        title: row.get(3)?,
        title_en: row.get(4)?,
        questions: row.get(5)?,
        at: row.get(6)?,
        problem: row.get(7)?,
    })
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Store {
    /// All questionnaires, the ones fetched last at the end.
    pub fn forms(&self) -> Result<Vec<FormRow>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached(&format!("SELECT {COLUMNS} FROM form ORDER BY at, rowid"))?;
        let rows = select.query_map([], read)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// One questionnaire with its packed body.
    pub fn form(&self, id: &str, version: &str) -> Result<Option<(FormRow, Vec<u8>)>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS}, body FROM form WHERE id = ?1 AND version = ?2"
            ))?
            .query_row([id, version], |r| Ok((read(r)?, r.get(8)?)))
            .optional()?)
    }

    /// Puts a whole questionnaire here; pieces of it are not needed any more. The same version with other
    /// content is replaced: the server is right.
    pub fn put_form(tx: &Transaction<'_>, form: &FormRow, body: &[u8]) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO form (id, version, hash, title, title_en, questions, at, problem, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id, version) DO UPDATE SET hash = ?3, title = ?4, title_en = ?5, questions = ?6,
                 at = ?7, problem = ?8, body = ?9",
        )?
        .execute((
            &form.id,
            &form.version,
            form.hash.as_slice(),
            &form.title,
            &form.title_en,
            form.questions,
            form.at,
            &form.problem,
            body,
        ))?;
        Self::drop_form_parts(tx, &form.hash)
    }

    /// How many bytes of a package are here.
    pub fn form_part_bytes(&self, hash: &[u8; 32]) -> Result<u64, StoreError> {
        let bytes: i64 = self
            .conn
            .prepare_cached("SELECT coalesce(sum(length(body)), 0) FROM form_part WHERE hash = ?1")?
            .query_row([hash.as_slice()], |r| r.get(0))?;
        Ok(bytes.unsigned_abs())
    }

    /// All pieces of a package in order.
    pub fn form_parts(&self, hash: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT body FROM form_part WHERE hash = ?1 ORDER BY position")?;
        let mut rows = select.query([hash.as_slice()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(all)
    }

    /// Keeps a piece of a package.
    pub fn add_form_part(
        tx: &Transaction<'_>,
        hash: &[u8; 32],
        position: u64,
        body: &[u8],
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO form_part (hash, position, body) VALUES (?1, ?2, ?3)",
        )?
        .execute((hash.as_slice(), int(position), body))?;
        Ok(())
    }

    /// Throws the pieces of a package away: they are part of the whole, or wrong.
    pub fn drop_form_parts(tx: &Transaction<'_>, hash: &[u8; 32]) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM form_part WHERE hash = ?1")?
            .execute([hash.as_slice()])?;
        Ok(())
    }

    /// Identifier and version of what the server says that new visits use.
    pub fn current_forms(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT id, version FROM form_current ORDER BY id")?;
        let rows = select.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// The version of a questionnaire that new visits use, if the server said so.
    pub fn current_form(&self, id: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT version FROM form_current WHERE id = ?1")?
            .query_row([id], |r| r.get(0))
            .optional()?)
    }

    /// Remembers what the server says is current.
    pub fn set_current_forms(
        tx: &Transaction<'_>,
        current: &[(String, String)],
    ) -> Result<(), StoreError> {
        tx.execute("DELETE FROM form_current", [])?;
        for (id, version) in current {
            tx.execute(
                "INSERT OR REPLACE INTO form_current (id, version) VALUES (?1, ?2)",
                (id, version),
            )?;
        }
        Ok(())
    }

    /// Questionnaires of open visits, identifier and version.
    pub fn draft_forms(&self) -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT DISTINCT form, version FROM draft")?;
        let rows = select.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Records with work that the server does not have, or has refused.
    pub fn unsettled(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM change_log WHERE state <> 1
             UNION SELECT household FROM row_log WHERE state <> 1",
        )?;
        let rows = select.query_map([], |r| {
            Ok(HouseholdId(crate::log::blob16(&r.get::<_, Vec<u8>>(0)?)))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Lets a questionnaire go that nothing here needs any more; the server keeps it.
    pub fn drop_form(tx: &Transaction<'_>, id: &str, version: &str) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM form WHERE id = ?1 AND version = ?2")?
            .execute([id, version])?;
        Ok(())
    }
}
