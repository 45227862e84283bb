//! A district moves from the embedded engine to PostgreSQL, and nothing is left behind.
//!
//! While it is copied nobody writes to the old store: it holds its write lock, devices are told `busy` and come again.
//! All goes into one transaction of the new store, so a copy that broke off leaves nothing there. Only when every
//! table is the same on both sides, line by line, is the old store marked as moved: from then on every process that
//! still has it open refuses. A crash between the two commits leaves a copy that says of itself that it is not in use
//! yet, and the same command again finishes it.

use super::{
    Store, Tx,
    postgres::{Postgres, Session},
    value::{Row, Value, params},
};
use crate::error::{Result, ServerError};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// In the old store's `meta`: where the district is now.
pub(super) const MOVED: &str = "moved_to";
/// In the new store's `meta`: it is a copy that is not in use yet, of the server with this id.
pub(super) const ARRIVING: &str = "arriving";

/// One table, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// Its name.
    pub table: String,
    /// Its lines.
    pub lines: u64,
    /// SHA-256 over all values in the order of the key, hex: the same of the old and of the new store.
    pub digest: String,
}

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveReport {
    /// Host and database.
    pub to: String,
    /// Every table.
    pub tables: Vec<MovedTable>,
    /// Villages whose kecamatan got a partition.
    pub villages: usize,
}

/// A table as the embedded engine describes it.
pub(super) struct Table {
    pub(super) name: String,
    /// Name and type: INTEGER, TEXT or BLOB.
    pub(super) columns: Vec<(String, String)>,
    /// Columns of the key, joined by commas.
    key: String,
}

pub(super) fn tables(tx: &Tx<'_>) -> Result<Vec<Table>> {
    let names: Vec<String> = tx.query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        params![],
        |r| r.get(0),
    )?;
    let mut all = Vec::new();
    for name in names {
        let described: Vec<(String, String, i64)> = tx.query(
            "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid",
            params![name],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        let mut key: Vec<(i64, &str)> = described
            .iter()
            .filter(|(_, _, pk)| *pk > 0)
            .map(|(column, _, pk)| (*pk, column.as_str()))
            .collect();
        key.sort_unstable();
        let key: Vec<&str> = key.into_iter().map(|(_, column)| column).collect();
        all.push(Table {
            key: key.join(", "),
            columns: described
                .iter()
                .map(|(column, kind, _)| (column.clone(), kind.clone()))
                .collect(),
            name,
        });
    }
    Ok(all)
}

impl Table {
    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// All lines in the order of the key; of `meta` without the marks of moving.
    fn select(&self) -> String {
        let marks = match self.name == "meta" {
            true => format!(" WHERE key NOT IN ('{MOVED}', '{ARRIVING}')"),
            false => String::new(),
        };
        format!(
            "SELECT {} FROM {}{marks} ORDER BY {}",
            self.names(),
            self.name,
            self.key
        )
    }

    /// Number of lines, and SHA-256 over all values, each with its kind and length.
    fn digest(&self, tx: &Tx<'_>) -> Result<MovedTable> {
        let mut said = Sha256::new_with_prefix(format!("lawang table {}\0", self.name));
        let mut lines = 0;
        tx.each(&self.select(), params![], |row| {
            lines += 1;
            for at in 0..self.columns.len() {
                match row.value(at)? {
                    Value::Null => said.update([0]),
                    Value::Int(n) => {
                        said.update([1]);
                        said.update(n.to_be_bytes());
                    }
                    Value::Text(text) => {
                        long(&mut said, 2, text.replace('\0', "\u{fffd}").as_bytes())
                    }
                    Value::Bytes(bytes) => long(&mut said, 3, bytes),
                }
            }
            Ok(())
        })?;
        Ok(MovedTable {
            table: self.name.clone(),
            lines,
            digest: hex::encode(said.finalize()),
        })
    }
}

fn long(said: &mut Sha256, kind: u8, bytes: &[u8]) {
    said.update([kind]);
    said.update((bytes.len() as u64).to_be_bytes());
    said.update(bytes);
}

fn mark(tx: &Tx<'_>, key: &str) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    tx.optional(sql, params![key], |r: &Row<'_>| r.get(0))
}

pub(super) fn moved(to: &str) -> ServerError {
    ServerError::refused("store_moved", format!("this district moved to {to}"))
        .hint("stop this process and start `lawang serve --data DIR --database-url URL`")
}

impl Store {
    /// Moves the district to an empty PostgreSQL database, and marks this store as moved. `progress` hears of every
    /// table when it is there.
    ///
    /// # Errors
    /// `store_moved`, `target_not_empty`, `copy_differs`, `not_embedded`, and those of [`Store::open_database`]. Until
    /// it succeeds this store goes on as it was.
    pub fn move_to(&self, url: &str, progress: &mut dyn FnMut(&MovedTable)) -> Result<MoveReport> {
        let super::Engine::Sqlite(from) = &self.engine else {
            return Err(ServerError::refused(
                "not_embedded",
                "only a store on the embedded engine is moved",
            ));
        };
        let to = Postgres::open(url)?;
        let report = from.write_even_if_moved(|tx| copy(tx, &to, progress))?;
        to.write(|tx| tx.execute("DELETE FROM meta WHERE key = ?1", params![ARRIVING]))?;
        Ok(report)
    }

    /// Whether this is a copy that is not in use yet.
    pub(super) fn is_arriving(&self) -> Result<bool> {
        self.read(|tx| Ok(mark(tx, ARRIVING)?.is_some()))
    }
}

fn copy(old: &Tx<'_>, to: &Postgres, progress: &mut dyn FnMut(&MovedTable)) -> Result<MoveReport> {
    let id =
        mark(old, "id")?.ok_or_else(|| ServerError::Damaged("a store without an id".into()))?;
    let before = mark(old, MOVED)?;
    if let Some(place) = before
        .as_deref()
        .filter(|place| *place != to.said().as_bytes())
    {
        return Err(moved(&String::from_utf8_lossy(place)));
    }
    let mut session = to.connect()?;
    session.batch("SET idle_in_transaction_session_timeout = 0")?;
    to.begin_on(&mut session)?;
    let (arriving, empty) = session.work(|new| {
        let empty: bool = new.one(
            "SELECT NOT EXISTS (SELECT 1 FROM meta) AND NOT EXISTS (SELECT 1 FROM row_log)",
            params![],
            |r| r.get(0),
        )?;
        Ok((mark(new, ARRIVING)?, empty))
    })?;
    let fresh = match (before, arriving) {
        // A copy of this district that broke off between the two commits.
        (Some(_), Some(of)) if of == id => false,
        (None, Some(of)) if of == id => {
            session.empty_all()?;
            true
        }
        (None, None) if empty => true,
        (Some(_), None) => return Err(moved(to.said())),
        _ => {
            return Err(ServerError::refused(
                "target_not_empty",
                format!("{} holds another district already", to.said()),
            )
            .hint("name a database that was just made"));
        }
    };
    let tables = tables(old)?;
    let villages: Vec<String> = old.query(
        "SELECT village FROM row_log UNION SELECT village FROM household UNION SELECT village FROM page
         UNION SELECT village FROM change_log UNION SELECT village FROM entity_op ORDER BY 1",
        params![],
        |r| r.get(0),
    )?;
    if fresh {
        session.work(|new| {
            villages
                .iter()
                .try_for_each(|village| new.make_room(village))
        })?;
        for table in &tables {
            fill(old, &mut session, table)?;
        }
        session
            .work(|new| new.execute("INSERT INTO meta VALUES (?1, ?2)", params![ARRIVING, id]))?;
        session.carry_on_numbers()?;
    }
    let mut report = MoveReport {
        to: to.said().to_owned(),
        tables: Vec::new(),
        villages: villages.len(),
    };
    for table in &tables {
        let here = table.digest(old)?;
        let there = session.work(|new| table.digest(new))?;
        if here != there {
            return Err(ServerError::refused(
                "copy_differs",
                format!("the table {} is not the same on both sides", table.name),
            )
            .hint("nothing was moved; the district goes on as it was"));
        }
        progress(&here);
        report.tables.push(here);
    }
    session.end("COMMIT")?;
    old.execute(
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![MOVED, to.said().as_bytes()],
    )?;
    Ok(report)
}

/// Copies one table.
fn fill(old: &Tx<'_>, session: &mut Session, table: &Table) -> Result<()> {
    let mut writer = session.copy_into(&table.name, &table.columns)?;
    old.each(&table.select(), params![], |row| {
        let mut line = Vec::with_capacity(table.columns.len());
        for at in 0..table.columns.len() {
            line.push(row.value(at)?);
        }
        writer.write(&line)
    })?;
    writer.finish()
}

#[cfg(test)]
#[path = "moving_tests.rs"]
mod tests;
