//! What only PostgreSQL does.

use super::{Session, migrate};
use crate::{
    cluster::{fresh_database, run},
    common::{self, HERE, THERE},
    error::{Result, ServerError},
    server::{Options, Server},
    store::{Store, moving, params, postgres::Address},
};
use std::{sync::Barrier, thread};

fn session(url: &str) -> Session {
    Session::open(&Address::parse(url).unwrap()).unwrap()
}

fn note(store: &Store, pause: bool) -> Result<i64> {
    store.write(|tx| {
        let id = tx.one(
            "INSERT INTO reveal_log (at, what, account) VALUES (1, 'list', 'a') RETURNING id",
            params![],
            |r| r.get(0),
        )?;
        if pause {
            thread::sleep(std::time::Duration::from_millis(3));
        }
        Ok(id)
    })
}

#[test]
fn numbers_are_in_the_order_of_commits_though_two_processes_write_at_once() {
    let url = fresh_database();
    // Each store has its own connections and locks, like a process of its own.
    let stores = [0, 1].map(|_| Store::open_database(&url).unwrap());
    let start = Barrier::new(5);
    let ids = |store: &Store| -> Vec<i64> {
        let sql = "SELECT id FROM reveal_log ORDER BY id";
        store
            .read(|tx| tx.query(sql, params![], |r| r.get(0)))
            .unwrap()
    };
    thread::scope(|scope| {
        for store in [&stores[0], &stores[0], &stores[1], &stores[1]] {
            scope.spawn(|| {
                start.wait();
                for n in 0..20 {
                    note(store, n % 2 == 0).unwrap();
                }
            });
        }
        start.wait();
        // Whoever reads sees no number appear behind one that was seen before.
        let mut seen: Vec<i64> = Vec::new();
        while seen.len() < 80 {
            let now = ids(&stores[1]);
            assert_eq!(now[..seen.len()], seen[..]);
            seen = now;
        }
    });
}

#[test]
fn a_connection_that_was_lost_between_transactions_is_made_anew_and_one_inside_is_an_error() {
    let url = fresh_database();
    let store = Store::open_database(&url).unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    store.read(|_| Ok(())).unwrap();
    run(&url, others);
    note(&store, false).unwrap();
    run(&url, others);
    store.read(|_| Ok(())).unwrap();
    let broken: Result<()> = store.write(|tx| {
        tx.execute(
            "INSERT INTO reveal_log (at, what, account) VALUES (1, 'lost', 'a')",
            params![],
        )?;
        run(&url, others);
        Ok(())
    });
    assert!(matches!(broken.unwrap_err(), ServerError::Database(_)));
    let lost = "SELECT count(*) FROM reveal_log WHERE what = 'lost'";
    let count: i64 = store
        .read(|tx| tx.one(lost, params![], |r| r.get(0)))
        .unwrap();
    assert_eq!(count, 0);
    note(&store, false).unwrap();
}

#[test]
fn work_that_goes_on_after_a_failed_statement_is_not_taken_for_done() {
    let store = Store::open_database(&fresh_database()).unwrap();
    let done = store.write(|tx| {
        tx.execute("INSERT INTO meta VALUES (?1, ?2)", params!["first", [1_u8]])?;
        let _ = tx.execute("INSERT INTO meta VALUES (?1, ?2)", params!["first", [2_u8]]);
        Ok(())
    });
    assert_eq!(done.unwrap_err().code(), "damaged_store");
    let sql = "SELECT value FROM meta WHERE key = 'first'";
    let found: Option<Vec<u8>> = store
        .read(|tx| tx.optional(sql, params![], |r| r.get(0)))
        .unwrap();
    assert_eq!(found, None);
}

#[test]
fn every_kecamatan_has_its_partitions_and_a_village_without_one_is_an_error() {
    let url = fresh_database();
    let server = Server::open_database(&url, None, &Options::default()).unwrap();
    common::village(&server);
    let csv = common::prelist(&[("R9", "18.09.02.2003", "P9", &[("name", "Dewi")])]);
    assert_eq!(common::import(&server, &csv).imported, 1);
    let mut session = session(&url);
    let lines = session
        .names(
            "SELECT tableoid::regclass::text || ' ' || count(*) FROM row_log GROUP BY tableoid ORDER BY 1",
        )
        .unwrap();
    assert_eq!(lines, ["row_log_18_09_01 3", "row_log_18_09_02 1"]);
    let error = server
        .store
        .write(|tx| {
            tx.execute(
                "INSERT INTO household (id, village) VALUES (?1, ?2)",
                params![[1_u8; 16], "18.09.03.2001"],
            )
        })
        .unwrap_err();
    assert_eq!(error.code(), "database");
    // What is asked of one village looks into one partition.
    let plan = session
        .names("EXPLAIN SELECT seq FROM change_log WHERE village = '18.09.02.2003' AND seq > 5")
        .unwrap()
        .join(" ");
    assert!(
        plan.contains("18_09_02") && !plan.contains("18_09_01"),
        "{plan}"
    );
}

#[test]
fn an_erasure_writes_the_partition_anew_and_its_old_file_is_gone() {
    let url = fresh_database();
    let server = Server::open_database(&url, None, &Options::default()).unwrap();
    common::village(&server);
    let mut session = session(&url);
    let mut files = |table: &str| {
        let sql = format!("SELECT pg_relation_filenode('{table}')::text");
        session.names(&sql).unwrap()
    };
    let (rows, other) = (files("row_log_18_09_01"), files("form"));
    server.store.scrub(&[HERE, THERE]).unwrap();
    assert_ne!(files("row_log_18_09_01"), rows);
    assert_eq!(files("form"), other);
}

#[test]
fn a_newer_an_altered_and_a_foreign_database_are_left_alone() {
    let url = fresh_database();
    drop(Store::open_database(&url).unwrap());
    let code = |url: &str| Store::open_database(url).map(|_| ()).unwrap_err().code();
    let next = migrate::FILES.len() + 1;
    run(
        &url,
        &format!("INSERT INTO store_version VALUES ({next}, 'later.sql', 'x')"),
    );
    assert_eq!(code(&url), "newer_store");
    run(
        &url,
        &format!(
            "DELETE FROM store_version WHERE number = {next};
             UPDATE store_version SET sha256 = 'y' WHERE number = 1"
        ),
    );
    assert_eq!(code(&url), "other_store");
    let foreign = fresh_database();
    run(&foreign, "CREATE TABLE accounts (id bigint)");
    assert_eq!(code(&foreign), "other_store");
}

#[test]
fn an_older_store_is_brought_to_the_version_of_the_program_and_a_broken_step_leaves_it_as_it_was() {
    let url = fresh_database();
    drop(Store::open_database(&url).unwrap());
    let mut session = session(&url);
    let mut files = migrate::FILES.to_vec();
    files.push((
        "next.sql",
        "ALTER TABLE page ADD COLUMN note text; SELECT nonsense",
    ));
    assert_eq!(
        migrate::run(&mut session, &files).unwrap_err().code(),
        "database"
    );
    assert_eq!(session.versions().unwrap().len(), migrate::FILES.len());
    files.pop();
    files.push(("next.sql", "ALTER TABLE page ADD COLUMN note text"));
    migrate::run(&mut session, &files).unwrap();
    migrate::run(&mut session, &files).unwrap();
    assert_eq!(session.versions().unwrap().len(), files.len());
}

#[test]
fn both_engines_have_the_same_tables_with_the_same_columns() {
    let url = fresh_database();
    drop(Store::open_database(&url).unwrap());
    let there = session(&url)
        .names(
            "SELECT c.table_name || '.' || c.column_name || ' ' ||
                    CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB'
                                     WHEN 'text' THEN 'TEXT' ELSE c.data_type END ||
                    CASE WHEN c.is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END
             FROM information_schema.columns c
             WHERE c.table_schema = current_schema() AND c.table_name NOT IN ('part', 'store_version')
             ORDER BY 1",
        )
        .unwrap();
    let here = Store::in_memory().unwrap();
    let mut columns: Vec<String> = here
        .read(|tx| {
            let mut all = Vec::new();
            for table in moving::tables(tx)? {
                let sql = "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)";
                tx.each(sql, params![table.name], |r| {
                    let (name, kind): (String, String) = (r.get(0)?, r.get(1)?);
                    let filled = r.get::<bool>(2)? || r.get::<i64>(3)? > 0;
                    let filled = if filled { " NOT NULL" } else { "" };
                    all.push(format!("{}.{name} {kind}{filled}", table.name));
                    Ok(())
                })?;
            }
            Ok(all)
        })
        .unwrap();
    columns.sort();
    let mut there = there;
    there.sort();
    assert_eq!(columns, there);
}

/// Texts of statements in a file: string literals that begin as one does.
fn statements(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices('"') {
        let text: String = source[at + 1..].chars().take_while(|c| *c != '"').collect();
        let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "];
        let whole = !text.contains(['{', '\\']);
        if whole
            && begins
                .iter()
                .any(|word| text.trim_start().starts_with(word))
        {
            found.push(text);
        }
    }
    found
}

#[test]
fn every_statement_of_the_server_is_understood_by_postgresql() {
    let url = fresh_database();
    drop(Store::open_database(&url).unwrap());
    let mut session = session(&url);
    let mut open = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    ))];
    let mut seen = 0;
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("src/store") {
                    open.push(path);
                }
                continue;
            }
            // Tests of the embedded engine.
            if path.ends_with("tests.rs") || path.ends_with("kills.rs") {
                continue;
            }
            for sql in statements(&std::fs::read_to_string(&path).unwrap()) {
                seen += 1;
                if let Err(error) = session.understands(&sql) {
                    panic!("{}: {sql}: {error}", path.display());
                }
            }
        }
    }
    assert!(seen > 120, "{seen} statements were found");
}
