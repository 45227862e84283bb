//! What somebody wrote at the desk and has not decided with yet: lines by name, of one household each.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use rusqlite::Transaction;

/// Comments on answers begin so.
pub const COMMENT: &str = "comment/";

impl Store {
    /// Name and value of each line, by name.
    pub fn desk_draft(&self, household: HouseholdId) -> Result<Vec<(String, String)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT name, value FROM desk_draft WHERE household = ?1 ORDER BY name",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Keeps what is written now, in place of what was kept before.
    pub fn put_desk_draft(
        &mut self,
        household: HouseholdId,
        lines: &[(String, String)],
    ) -> Result<(), StoreError> {
        self.transact(|tx| {
            let id = household.as_bytes().as_slice();
            tx.prepare_cached("DELETE FROM desk_draft WHERE household = ?1")?
                .execute([id])?;
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO desk_draft (household, name, value) VALUES (?1, ?2, ?3)",
            )?;
            for (name, value) in lines {
                insert.execute((id, name, value))?;
            }
            Ok(())
        })
    }

    /// It was decided: what was kept is part of the decision, but for comments where those are said one by one.
    pub fn end_desk_draft(
        tx: &Transaction<'_>,
        household: HouseholdId,
        comments_too: bool,
    ) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM desk_draft WHERE household = ?1 AND (?2 OR substr(name, 1, 8) <> ?3)",
            (household.as_bytes().as_slice(), comments_too, COMMENT),
        )?;
        Ok(())
    }

    /// One line was said.
    pub fn end_desk_line(
        tx: &Transaction<'_>,
        household: HouseholdId,
        name: &str,
    ) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM desk_draft WHERE household = ?1 AND name = ?2",
            (household.as_bytes().as_slice(), name),
        )?;
        Ok(())
    }
}
