//! Whatever is altered afterwards is found and named.

use crate::common::*;
use crate::{
    Server,
    evidence::Misfit,
    household::unsigned,
    store::{Column, Param, params},
};
use lawang_sync::{CheckRequest, Proof, encode};

/// A server with rows, accepted and refused changes, batches and a signed head; and what a device keeps of it.
fn busy() -> (Server, Proof) {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let first = tablet.edit(&server, home("R1"), "rt", "009");
    let second = tablet.edit(&server, home("R2"), "address", "Dusun II");
    let foreign = tablet.write(&mut tablet.record(&server, home("R3")), &[put("rt", "1")]);
    tablet.push(&server, &[(home("R3"), &foreign)]).unwrap();
    let proof = agree(&server, &tablet, &[&first, &second]);
    (server, proof)
}

fn agree(server: &Server, tablet: &Tablet, changes: &[&lawang_records::NewChange]) -> Proof {
    let rows = tablet.rows(server, HERE).unwrap();
    let last = tablet.hello(server, changes.len() as u64).villages[0].last_row;
    let check = CheckRequest {
        cursor: changes.len() as u64,
        villages: vec![held(HERE, last, &rows, changes)],
    };
    let reply = tablet.check(server, &check);
    assert!(reply.agreed);
    Proof {
        receipt: reply.receipt,
        checkpoint: reply.checkpoint,
        check,
    }
}

fn misfit(server: &Server) -> Misfit {
    server.verify_log().unwrap().unwrap_err()
}

fn get<T: Column>(server: &Server, table: &str, column: &str, at: &str) -> T {
    let sql = format!("SELECT {column} FROM {table} WHERE {at}");
    server
        .store
        .read(|tx| tx.one(&sql, params![], |r| r.get(0)))
        .unwrap()
}

fn set(server: &Server, table: &str, column: &str, at: &str, value: &dyn Param) {
    let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {at}");
    server
        .store
        .write(|tx| tx.execute(&sql, &[value.value()]))
        .unwrap();
}

fn run(server: &Server, sql: &str) {
    server.store.write(|tx| tx.execute(sql, params![])).unwrap();
}

#[test]
fn an_untouched_log_fits_and_says_how_much_it_covers() {
    on_both(|| {
        let (server, proof) = busy();
        let report = server.verify_log().unwrap().unwrap();
        assert_eq!((report.rows, report.changes, report.refused), (3, 2, 1));
        assert_eq!((report.batches, report.erased), (3, 0));
        assert_eq!(report.checkpoints, 1);
        let verdict = server.check_receipt(&encode(&proof)).unwrap();
        assert!(verdict.fits, "{verdict:?}");
        assert_eq!(verdict.position, Some(report.entries));
    });
}

#[test]
fn a_batch_that_came_twice_is_no_second_entry() {
    on_both(|| {
        let (server, _) = busy();
        let before = server.verify_log().unwrap().unwrap();
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let record = &mut tablet.record(&server, home("R1"));
        let change = tablet.write(record, &[put("rt", "010")]);
        tablet.push(&server, &[(home("R1"), &change)]).unwrap();
        tablet.push(&server, &[(home("R1"), &change)]).unwrap();
        let after = server.verify_log().unwrap().unwrap();
        assert_eq!(after.entries, before.entries + 1);
    });
}

/// Table, condition, columns of bytes, of text, of numbers; log and number in the answer.
type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
    (&'static str, u64),
);

const CASES: &[Case] = &[
    (
        "row_log",
        "row_seq = 3",
        &["household", "body", "digest", "village_digest"],
        &["village"],
        &["received_at", "village_rows"],
        ("rows", 3),
    ),
    (
        "change_log",
        "seq = 1",
        &["hash", "body", "device", "incarnation", "village_digest"],
        &["village", "person", "role"],
        &["kind", "at", "received_at", "village_changes"],
        ("changes", 1),
    ),
    (
        "quarantine",
        "id = 1",
        &["device", "hash", "household", "body"],
        &["code", "message"],
        &["received_at", "document"],
        ("refused", 1),
    ),
    (
        "batch",
        "chained = 3",
        &["hash", "device", "incarnation", "signature"],
        &[],
        &["clock", "received_at", "things", "refused"],
        ("batches", 0),
    ),
    (
        "evidence",
        "position = 3",
        &["body", "entry"],
        &["kind"],
        &["at", "rows", "changes", "refused"],
        ("", 0),
    ),
    ("checkpoint", "position = 5", &["body"], &[], &[], ("", 0)),
];

#[test]
fn one_altered_byte_in_any_column_is_found_and_named() {
    // Some eighty stores: on one engine, because the other gives the same values.
    let (server, _) = busy();
    for (table, at, bytes, texts, numbers, (log, number)) in CASES {
        let check = |column: &str, place: usize| {
            let found = misfit(&server);
            assert_eq!(
                (found.log.unwrap_or(""), found.number.unwrap_or(0)),
                (*log, *number),
                "{table}.{column} byte {place}: {found:?}"
            );
        };
        for column in *bytes {
            let kept: Vec<u8> = get(&server, table, column, at);
            for place in 0..kept.len() {
                let mut bent = kept.clone();
                bent[place] ^= 0x10;
                let now = if *column == "hash" && *table == "batch" {
                    // The name of the line itself changes.
                    "chained = 3"
                } else {
                    at
                };
                set(&server, table, column, now, &bent);
                check(column, place);
                set(&server, table, column, now, &kept);
            }
        }
        for column in *texts {
            let kept: String = get(&server, table, column, at);
            let bent = format!("{}~", &kept[..kept.len() - 1]);
            set(&server, table, column, at, &bent);
            check(column, kept.len() - 1);
            set(&server, table, column, at, &kept);
        }
        for column in *numbers {
            let kept: i64 = get(&server, table, column, at);
            set(&server, table, column, at, &(kept + 1));
            check(column, 0);
            set(&server, table, column, at, &kept);
        }
    }
    server.verify_log().unwrap().unwrap();
}

#[test]
fn what_was_removed_inserted_or_swapped_is_found_where_it_was() {
    on_both(|| {
        let removed = |sql: &str, what: &str| {
            let (server, _) = busy();
            run(&server, sql);
            let found = misfit(&server);
            assert_eq!(found.what, what, "{sql}: {found:?}");
            found
        };
        removed("DELETE FROM change_log WHERE seq = 1", "missing");
        removed("DELETE FROM quarantine", "missing");
        removed("DELETE FROM batch WHERE chained = 4", "columns");
        let gap = removed("DELETE FROM evidence WHERE position = 3", "entry_missing");
        assert_eq!(gap.position, 3);
        let (server, _) = busy();
        // Between two lines that were there, and after all of them.
        run(&server, "UPDATE change_log SET seq = 7 WHERE seq = 2");
        assert_eq!(misfit(&server).what, "missing");
        let (server, _) = busy();
        server
            .store
            .write(|tx| {
                tx.execute(
                    "INSERT INTO change_log SELECT 9, ?1,
            household, village, body, device, incarnation, person, role, at, received_at,
            village_changes, village_digest, kind, NULL, NULL FROM change_log WHERE seq = 1",
                    params![[255_u8; 32]],
                )
            })
            .unwrap();
        assert_eq!(misfit(&server).what, "not_chained");
        let (server, _) = busy();
        for (from, to) in [(3, 90), (4, 3), (90, 4)] {
            run(
                &server,
                &format!("UPDATE evidence SET position = {to} WHERE position = {from}"),
            );
        }
        let found = misfit(&server);
        assert_eq!((found.position, found.what), (3, "entry"));
    });
}

#[test]
fn an_end_that_was_cut_off_is_found_by_a_checkpoint_and_by_a_receipt() {
    on_both(|| {
        let (server, proof) = busy();
        let kept: i64 = get(&server, "evidence", "max(position)", "1 = 1");
        run(&server, "DELETE FROM change_log WHERE seq = 2");
        run(&server, "DELETE FROM quarantine");
        run(&server, "DELETE FROM batch WHERE chained > 3");
        run(&server, "DELETE FROM evidence WHERE position > 3");
        let found = misfit(&server);
        assert_eq!(
            (found.position, found.what),
            (unsigned(kept), "end_missing")
        );
        // Whoever removes the server's own checkpoint too is still found out by what a device keeps.
        run(&server, "DELETE FROM checkpoint");
        server.verify_log().unwrap().unwrap();
        let verdict = server.check_receipt(&encode(&proof)).unwrap();
        assert_eq!((verdict.fits, verdict.what), (false, "end_missing"));
        // Also when other work has taken the place.
        let tablet = Tablet::enrol(&server, 3, &[HERE]);
        let record = &mut tablet.record(&server, home("R2"));
        for n in 0..4 {
            let change = tablet.write(record, &[put("rt", &format!("{n}"))]);
            tablet.push(&server, &[(home("R2"), &change)]).unwrap();
        }
        server.verify_log().unwrap().unwrap();
        let verdict = server.check_receipt(&encode(&proof)).unwrap();
        assert_eq!((verdict.fits, verdict.what), (false, "entry"));
    });
}

#[test]
fn a_receipt_of_another_server_or_for_other_data_does_not_fit() {
    on_both(|| {
        let (server, proof) = busy();
        let other = Server::open_in_memory(8).unwrap();
        let verdict = other.check_receipt(&encode(&proof)).unwrap();
        assert_eq!(verdict.what, "signature");
        assert_eq!(
            server.check_receipt(b"x").unwrap_err().code(),
            "not_a_receipt"
        );
        let mut bent = proof.clone();
        bent.check.villages[0].changes += 1;
        assert_eq!(
            server.check_receipt(&encode(&bent)).unwrap().what,
            "signature"
        );
    });
}

#[test]
fn a_receipt_goes_on_fitting_while_work_goes_on() {
    on_both(|| {
        let (server, proof) = busy();
        let tablet = Tablet::enrol(&server, 4, &[HERE]);
        tablet.edit(&server, home("R1"), "address", "Dusun III");
        assert!(server.check_receipt(&encode(&proof)).unwrap().fits);
    });
}

#[test]
fn what_an_older_program_wrote_is_chained_when_the_server_starts() {
    on_both(|| {
        let (server, _) = busy();
        run(&server, "DELETE FROM evidence");
        run(&server, "DELETE FROM checkpoint");
        run(&server, "UPDATE batch SET chained = NULL");
        assert_eq!(misfit(&server).what, "not_chained");
        server.chain_all(NOW).unwrap();
        let report = server.verify_log().unwrap().unwrap();
        assert_eq!(
            (report.rows, report.changes, report.refused, report.batches),
            (3, 2, 1, 3)
        );
        let before = report.entries;
        server.chain_all(NOW).unwrap();
        assert_eq!(server.verify_log().unwrap().unwrap().entries, before);
    });
}
