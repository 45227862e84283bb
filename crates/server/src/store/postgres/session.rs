//! One connection: its statements, and a transaction on it.

use super::{address::Address, partitions};
use crate::{
    error::{Result, ServerError},
    store::{
        trouble::Trouble,
        tx::{Statements, Tx},
        value::{Cells, Value},
    },
};
use postgres::{
    Client, Statement,
    binary_copy::BinaryCopyInWriter,
    fallible_iterator::FallibleIterator,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    error::Error,
};

/// Prepared statements that a connection keeps: more than the server has.
const PREPARED: usize = 400;
/// What holds for every connection. A writer waits as long for another one as on the embedded engine; a process that
/// hangs in the middle of a transaction lets go of the lock.
const SETTINGS: &str = "SET lock_timeout = '20s'; SET idle_in_transaction_session_timeout = '120s';
    SET client_min_messages = 'warning'; SET standard_conforming_strings = on";

/// A connection that is between transactions.
pub(in crate::store) struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
    /// It is in a transaction that did not end: of no more use.
    broken: bool,
}

impl Session {
    /// # Errors
    /// `database` when nobody answers or the password is wrong, `old_database` before version 15, `bad_database` when
    /// it does not hold UTF-8 or would lose what it acknowledged.
    pub(in crate::store) fn open(address: &Address) -> Result<Self> {
        let mut client = address.connect()?;
        client.batch_execute(SETTINGS)?;
        let said = client.query_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'),
                    current_setting('synchronous_commit'), current_setting('server_version')",
            &[],
        )?;
        let (version, encoding, commits): (i64, &str, &str) =
            (said.get(0), said.get(1), said.get(2));
        if version < 150_000 {
            return Err(ServerError::refused(
                "old_database",
                format!(
                    "the database is PostgreSQL {}; 15 or newer is needed",
                    said.get::<_, &str>(3)
                ),
            )
            .hint("bring the database server up to date"));
        }
        if encoding != "UTF8" {
            return Err(ServerError::refused(
                "bad_database",
                format!("the database holds {encoding}, not UTF-8"),
            )
            .hint("make it with: createdb --encoding UTF8 --template template0 NAME"));
        }
        // What is acknowledged to a device is on disk, whatever the database's usual way is.
        if commits == "off" {
            client.batch_execute("SET synchronous_commit = on")?;
        }
        Ok(Self {
            client,
            prepared: HashMap::new(),
            broken: false,
        })
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken || self.client.is_closed()
    }

    /// Begins a transaction; what it waits for may not come, and then it did not begin.
    pub(super) fn begin(&mut self, sql: &str) -> Result<()> {
        let begun = self.batch(sql);
        if begun.is_err() {
            let _ = self.end("ROLLBACK");
        }
        begun
    }

    /// Ends a transaction.
    pub(in crate::store) fn end(&mut self, sql: &str) -> Result<()> {
        let ended = self.batch(sql);
        self.broken |= ended.is_err();
        ended
    }

    /// Work in the transaction that was begun by hand.
    pub(in crate::store) fn work<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        work(&Tx(&Work::new(self, HashSet::new())))
    }

    /// Takes every line out of every table.
    pub(in crate::store) fn empty_all(&mut self) -> Result<()> {
        let tables = self.names(
            "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
             AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'store_version'",
        )?;
        self.batch(&format!("TRUNCATE {} CASCADE", tables.join(", ")))
    }

    /// Lets the numbers that the database gives go on after the largest ones that are there.
    pub(in crate::store) fn carry_on_numbers(&mut self) -> Result<()> {
        let owned = self.names(
            "SELECT format('SELECT setval(%L, max(%I)) FROM %I HAVING max(%I) IS NOT NULL',
                           pg_get_serial_sequence(table_name, column_name), column_name, table_name, column_name)
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND is_identity = 'YES'",
        )?;
        let shared = [
            ("row_number", "row_seq", "row_log"),
            ("change_number", "seq", "change_log"),
        ];
        for (sequence, column, table) in shared {
            self.batch(&format!(
                "SELECT setval('{sequence}', max({column})) FROM {table} HAVING max({column}) IS NOT NULL"
            ))?;
        }
        owned.iter().try_for_each(|sql| self.batch(sql))
    }

    /// Begins to fill a table; columns by name and type of the embedded engine.
    pub(in crate::store) fn copy_into(
        &mut self,
        table: &str,
        columns: &[(String, String)],
    ) -> Result<Filling<'_>> {
        let types = columns.iter().map(|(name, kind)| match kind.as_str() {
            "INTEGER" => Ok(Type::INT8),
            "TEXT" => Ok(Type::TEXT),
            "BLOB" => Ok(Type::BYTEA),
            other => Err(ServerError::Damaged(format!(
                "{table}.{name} is of the type {other}"
            ))),
        });
        let types = types.collect::<Result<Vec<_>>>()?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
        let writer = self.client.copy_in(&sql)?;
        Ok(Filling(BinaryCopyInWriter::new(writer, &types)))
    }

    /// Names that a query gives in its first column.
    pub(super) fn names(&mut self, sql: &str) -> Result<Vec<String>> {
        let rows = self.client.query(sql, &[])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Several statements at once, without parameters.
    pub(in crate::store) fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.client.batch_execute(sql)?)
    }

    /// Whether there is a table of that name.
    pub(super) fn exists(&mut self, table: &str) -> Result<bool> {
        let sql = "SELECT to_regclass(quote_ident($1)) IS NOT NULL";
        Ok(self.client.query_one(sql, &[&table])?.get(0))
    }

    /// How many tables there are.
    pub(super) fn tables(&mut self) -> Result<i64> {
        let sql = "SELECT count(*) FROM pg_class
                   WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')";
        Ok(self.client.query_one(sql, &[])?.get(0))
    }

    /// Digests of the versions that were applied, the first one first.
    pub(super) fn versions(&mut self) -> Result<Vec<String>> {
        let sql = "SELECT sha256 FROM store_version ORDER BY number";
        let rows = self.client.query(sql, &[])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) fn note_version(&mut self, number: usize, file: &str, sum: &str) -> Result<()> {
        let sql = "INSERT INTO store_version (number, file, sha256) VALUES ($1, $2, $3)";
        self.client.execute(sql, &[&(number as i64), &file, &sum])?;
        Ok(())
    }

    /// Whether a text can be prepared, with parameters and columns of kinds that values have.
    #[cfg(test)]
    pub(super) fn understands(&mut self, sql: &str) -> Result<()> {
        let statement = self.prepare(sql)?;
        let inputs = [Type::INT8, Type::INT4, Type::TEXT, Type::BYTEA];
        let outputs = [Type::INT8, Type::INT4, Type::TEXT, Type::BYTEA, Type::BOOL];
        let fits = statement.params().iter().all(|ty| inputs.contains(ty))
            && statement
                .columns()
                .iter()
                .all(|c| outputs.contains(c.type_()));
        match fits {
            true => Ok(()),
            false => Err(ServerError::Damaged("a kind that values have not".into())),
        }
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        if let Some(found) = self.prepared.get(sql) {
            return Ok(found.clone());
        }
        let made = self.client.prepare(&numbered(sql))?;
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), made.clone());
        Ok(made)
    }
}

/// A table that is being filled.
pub(in crate::store) struct Filling<'a>(BinaryCopyInWriter<'a>);

impl Filling<'_> {
    pub(in crate::store) fn write(&mut self, line: &[Value<'_>]) -> Result<()> {
        let line: Vec<&(dyn ToSql + Sync)> = line.iter().map(|value| value as _).collect();
        Ok(self.0.write(&line)?)
    }

    pub(in crate::store) fn finish(self) -> Result<()> {
        self.0.finish()?;
        Ok(())
    }
}

/// A transaction on a session. Dropped without an end, it leaves the session in it: such a session is closed.
pub(super) struct Work<'a> {
    session: RefCell<&'a mut Session>,
    /// A statement failed: PostgreSQL does nothing more in this transaction, and would answer a commit with silence.
    failed: Cell<bool>,
    /// Kecamatan whose partitions are there.
    placed: RefCell<HashSet<String>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(session: &'a mut Session, placed: HashSet<String>) -> Self {
        Self {
            session: RefCell::new(session),
            failed: Cell::new(false),
            placed: RefCell::new(placed),
        }
    }

    /// Whether a statement failed, and the kecamatan that have partitions now.
    pub(super) fn end(self) -> (bool, HashSet<String>) {
        (self.failed.get(), self.placed.into_inner())
    }

    fn run<T>(&self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let mut session = self
            .session
            .try_borrow_mut()
            .map_err(|_| ServerError::Damaged("a statement inside an answer".into()))?;
        work(&mut session)
    }

    /// As [`Self::run`], and a failure of the database is remembered.
    fn statement<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut Client, Statement) -> std::result::Result<T, postgres::Error>,
    ) -> Result<T> {
        let done = self.run(|session| {
            let statement = session.prepare(sql)?;
            Ok(work(&mut session.client, statement)?)
        });
        if done.is_err() {
            self.failed.set(true);
        }
        done
    }
}

impl Statements for Work<'_> {
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
        self.statement(sql, |client, statement| client.execute(&statement, &params))
    }

    fn rows(
        &self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Cells) -> Result<bool>,
    ) -> Result<()> {
        // An error of `each` is its own, and no failure of the transaction.
        self.statement(sql, |client, statement| {
            let params = params.iter().map(|p| p as &(dyn ToSql + Sync));
            let mut rows = client.query_raw(&statement, params)?;
            while let Some(row) = rows.next()? {
                match each(&row) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(()))
        })?
    }

    fn make_room(&self, village: &str) -> Result<()> {
        let kecamatan = partitions::kecamatan(village)?;
        if self.placed.borrow().contains(&kecamatan) {
            return Ok(());
        }
        let made = self.run(|session| partitions::make(session, &kecamatan));
        if made.is_err() {
            self.failed.set(true);
        }
        made?;
        self.placed.borrow_mut().insert(kecamatan);
        Ok(())
    }
}

/// `?1` as PostgreSQL writes it: `$1`. What stands in quotes is left alone.
fn numbered(sql: &str) -> String {
    let mut quoted = false;
    sql.chars()
        .map(|c| match c {
            '\'' => {
                quoted = !quoted;
                c
            }
            '?' if !quoted => '$',
            _ => c,
        })
        .collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT8) => n.to_sql(ty, out),
            // Lengths and offsets of the database's own functions.
            (Self::Int(n), &Type::INT4) => i32::try_from(*n)?.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => match text.contains('\0') {
                // The one character that PostgreSQL's text does not hold; only hostile programs send it.
                true => text.replace('\0', "\u{fffd}").to_sql(ty, out),
                false => text.to_sql(ty, out),
            },
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            _ => Err(format!("a value of another kind than {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Cells for postgres::Row {
    fn value(&self, at: usize) -> Result<Value<'_>> {
        let ty = self
            .columns()
            .get(at)
            .ok_or_else(|| ServerError::Damaged(format!("there is no column {at}")))?
            .type_();
        let value = match *ty {
            Type::INT8 => self.try_get::<_, Option<i64>>(at)?.map(Value::Int),
            Type::INT4 => self
                .try_get::<_, Option<i32>>(at)?
                .map(|n| Value::Int(n.into())),
            Type::BOOL => self
                .try_get::<_, Option<bool>>(at)?
                .map(|b| Value::Int(b.into())),
            Type::TEXT | Type::VARCHAR => self.try_get::<_, Option<&str>>(at)?.map(Value::Text),
            Type::BYTEA => self.try_get::<_, Option<&[u8]>>(at)?.map(Value::Bytes),
            _ => {
                return Err(ServerError::Damaged(format!(
                    "column {at} is of the type {ty}"
                )));
            }
        };
        Ok(value.unwrap_or(Value::Null))
    }
}

impl From<postgres::Error> for ServerError {
    /// Without the values of rows: they stand in a detail that is left out.
    fn from(error: postgres::Error) -> Self {
        let state = error.code().map(|state| state.code().to_owned());
        let code = match state.as_deref() {
            // Waited for a lock, lost a deadlock, cancelled, shutting down, starting, too many connections.
            Some("55P03" | "40001" | "40P01" | "57014" | "57P01" | "57P02" | "57P03" | "53300") => {
                "busy"
            }
            Some("53100") => "disk_full",
            // Out of reach for the moment, most likely.
            None if error.is_closed() => "busy",
            _ => "database",
        };
        let words = match error.as_db_error() {
            Some(said) => format!(
                "{} ({}{})",
                said.message(),
                said.code().code(),
                said.constraint()
                    .map_or(String::new(), |name| format!(", {name}"))
            ),
            None => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                format!("{error}{}", cause.unwrap_or_default())
            }
        };
        Self::Database(Trouble { code, words })
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn parameters_are_numbered_and_what_is_quoted_stays() {
        assert_eq!(
            numbered("SELECT '?1' FROM t WHERE a = ?1 AND b LIKE '%?%' OR c = ?12"),
            "SELECT '?1' FROM t WHERE a = $1 AND b LIKE '%?%' OR c = $12"
        );
    }
}
