//! A transaction: the only way in which the server speaks with its database.
//!
//! One SQL text serves every engine, so it keeps to what all of them understand: parameters `?1`, `?2`;
//! `INSERT .. ON CONFLICT (columns) DO NOTHING | DO UPDATE`; `RETURNING` for numbers that the database
//! gives; integers for booleans; `LIKE` instead of `instr`. A text is prepared once on a connection and
//! kept, so texts are constants, or one of a few.

use super::value::{Cells, Row, Value};
use crate::error::{Result, ServerError};

/// What an engine does inside a transaction.
pub(super) trait Statements {
    /// Runs a statement that gives no rows. Gives the number of rows that it touched.
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64>;

    /// Runs a statement and hands over its rows as they come, until `each` says `false`.
    fn rows(
        &self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Cells) -> Result<bool>,
    ) -> Result<()>;

    /// Makes room for a village whose rows were never here.
    fn make_room(&self, _village: &str) -> Result<()> {
        Ok(())
    }
}

/// A transaction of a [`Store`](super::Store).
pub(crate) struct Tx<'a>(pub(super) &'a dyn Statements);

impl Tx<'_> {
    /// Runs a statement that gives no rows. Gives the number of rows that it touched.
    pub(crate) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        self.0.execute(sql, params)
    }

    /// Makes room for a village, where an engine wants to know of it before its first row.
    ///
    /// # Errors
    /// `unknown_village`: it is not the code of one.
    pub(crate) fn make_room(&self, village: &str) -> Result<()> {
        self.0.make_room(village)
    }

    /// Every row, one at a time and none kept. `each` must not use the transaction: the answer is still
    /// coming in.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.0.rows(sql, params, &mut |cells| {
            each(&Row(cells))?;
            Ok(true)
        })
    }

    /// All rows, for answers that are small.
    pub(crate) fn query<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<C> {
        let mut all = Vec::new();
        self.each(sql, params, |row| {
            all.push(map(row)?);
            Ok(())
        })?;
        Ok(all.into_iter().collect())
    }

    /// The first row, if there is one.
    pub(crate) fn optional<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut map = Some(map);
        let mut found = None;
        self.0.rows(sql, params, &mut |cells| {
            if let Some(map) = map.take() {
                found = Some(map(&Row(cells))?);
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// The first row of an answer that always has one, or of an `INSERT .. RETURNING`.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.optional(sql, params, map)?
            .ok_or_else(|| ServerError::Damaged("a row that must be there is not".into()))
    }
}
