//! Brings the database to this program's version, one frozen file after the other.

use crate::error::{Result, ServerError};
use rusqlite::{Connection, TransactionBehavior};

const FILES: &[&str] = &[
    include_str!("../../../../schema/server/sqlite/0001_register.sql"),
    include_str!("../../../../schema/server/sqlite/0002_forms.sql"),
    include_str!("../../../../schema/server/sqlite/0003_entities.sql"),
    include_str!("../../../../schema/server/sqlite/0004_authority.sql"),
    include_str!("../../../../schema/server/sqlite/0005_hub.sql"),
    include_str!("../../../../schema/server/sqlite/0006_evidence.sql"),
    include_str!("../../../../schema/server/sqlite/0007_restriction.sql"),
    include_str!("../../../../schema/server/sqlite/0008_findings.sql"),
    include_str!("../../../../schema/server/sqlite/0009_moves.sql"),
    include_str!("../../../../schema/server/sqlite/0010_rules.sql"),
    include_str!("../../../../schema/server/sqlite/0011_old_beginnings.sql"),
    include_str!("../../../../schema/server/sqlite/0012_photo_offers.sql"),
];

/// The version that this program writes.
pub const VERSION: usize = FILES.len();

pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    run(connection, FILES)
}

fn run(connection: &mut Connection, files: &[&str]) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = found as usize;
    if found > files.len() {
        return Err(ServerError::refused(
            "newer_store",
            format!(
                "the store is of version {found}, this program knows {}",
                files.len()
            ),
        )
        .hint("use the newer program that wrote it"));
    }
    if found < files.len() {
        for file in &files[found..] {
            tx.execute_batch(file)?;
        }
        tx.pragma_update(None, "user_version", files.len() as u32)?;
    }
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: &str = "ALTER TABLE household ADD COLUMN note TEXT;";

    fn tables(connection: &Connection) -> Vec<(String, String)> {
        connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap()
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    #[test]
    fn every_older_store_is_upgraded_to_what_a_new_one_is() {
        let mut all = FILES.to_vec();
        all.push(LATER);
        let mut fresh = Connection::open_in_memory().unwrap();
        run(&mut fresh, &all).unwrap();
        for version in 0..all.len() {
            let mut old = Connection::open_in_memory().unwrap();
            run(&mut old, &all[..version]).unwrap();
            if version > 0 {
                old.execute("INSERT INTO meta VALUES ('id', x'01')", [])
                    .unwrap();
            }
            run(&mut old, &all).unwrap();
            assert_eq!(tables(&old), tables(&fresh), "from version {version}");
            let kept: u32 = old
                .query_row("SELECT count(*) FROM meta", [], |r| r.get(0))
                .unwrap();
            assert_eq!(kept, u32::from(version > 0));
        }
    }

    #[test]
    fn photos_of_before_are_given_where_they_were_sent_first_and_half_of_one_proves_nothing() {
        let mut store = Connection::open_in_memory().unwrap();
        run(&mut store, &FILES[..11]).unwrap();
        store
            .execute_batch(
                "INSERT INTO photo (hash, len, household, device, done) VALUES
                     (zeroblob(32), 10, x'01', x'02', 1),
                     (CAST(printf('%032d', 7) AS BLOB), 20, x'03', x'04', 0);
                 INSERT INTO upstream_photo VALUES (zeroblob(32), 2);",
            )
            .unwrap();
        migrate(&mut store).unwrap();
        let offers: Vec<(Vec<u8>, Vec<u8>, [i64; 4])> = store
            .prepare(
                "SELECT household, device, sent, differs, proven, upstream FROM photo_offer ORDER BY household",
            )
            .unwrap()
            .query_map([], |r| {
                let numbers = [r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?];
                Ok((r.get(0)?, r.get(1)?, numbers))
            })
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(
            offers,
            [
                (vec![1], vec![2], [10, 0, 1, 2]),
                (vec![3], vec![4], [0, 0, 0, 0])
            ]
        );
    }

    #[test]
    fn a_store_of_a_newer_program_is_left_alone() {
        let mut newer = Connection::open_in_memory().unwrap();
        let mut all = FILES.to_vec();
        all.push(LATER);
        run(&mut newer, &all).unwrap();
        let before = tables(&newer);
        assert_eq!(migrate(&mut newer).unwrap_err().code(), "newer_store");
        assert_eq!(tables(&newer), before);
    }
}
