use crate::common::*;
use lawang_domain::HouseholdId;
use lawang_records::Row;
use lawang_sync::{CheckRequest, Part, Receipt, Request, Response, Verdict};

#[test]
fn a_device_gets_only_its_villages() {
    let server = server();
    village(&server);
    let a = Tablet::enrol(&server, 1, &[HERE]);
    let b = Tablet::enrol(&server, 2, &[THERE]);
    b.edit(&server, home("R3"), "rt", "003");

    let hello = a.hello(&server, 0);
    let scope: Vec<_> = hello
        .villages
        .iter()
        .map(|v| (v.code.as_str(), v.rows))
        .collect();
    assert_eq!(scope, [(HERE, 2)]);
    assert_eq!(hello.villages[0].district, "Gedong Tataan");
    assert!(!hello.villages[0].name.is_empty());

    let rows = a.rows(&server, HERE).unwrap();
    let ids: Vec<_> = rows.iter().map(|r| r.household).collect();
    assert_eq!(ids, [home("R1"), home("R2")]);
    assert_eq!(a.rows(&server, THERE).unwrap_err().code, "not_your_village");

    let (reply, body) = a.pull(&server, 0, u32::MAX);
    assert_eq!(body.entries, []);
    assert_eq!(
        (reply.next, reply.remaining),
        (1, 0),
        "the cursor passes by what is not for it"
    );
}

#[test]
fn a_first_download_of_many_rows_comes_in_pages_and_is_complete() {
    let server = server();
    let ids: Vec<(String, String)> = (0..4203)
        .map(|n| (format!("R{n}"), format!("P{n}")))
        .collect();
    let persons: Vec<_> = ids
        .iter()
        .map(|(r, p)| (r.as_str(), HERE, p.as_str(), &[("name", "Siti")][..]))
        .collect();
    import(&server, &prelist(&persons));
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    assert_eq!(server.build_pages(&|| false).unwrap(), 3);
    assert_eq!(server.build_pages(&|| false).unwrap(), 0, "they are kept");
    assert_eq!(tablet.rows(&server, HERE).unwrap().len(), 4203);
    // New rows make the last page grow.
    import(&server, &prelist(&[("NEW", HERE, "PNEW", &[])]));
    let rows = tablet.rows(&server, HERE).unwrap();
    assert_eq!(rows.len(), 4204);
    assert_eq!(tablet.hello(&server, 0).villages[0].rows, 4204);
}

#[test]
fn sending_twice_changes_nothing_and_gets_the_same_answer() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let new = Row::empty(HouseholdId(uuid::Uuid::from_u128(77)), HERE);
    let mut record = lawang_records::Record::genesis(&new).unwrap();
    let first = tablet.write(&mut record, &[put("rt", "004")]);
    let second = tablet.write(&mut record, &[put("rw", "005")]);
    let batch = tablet.batch(
        std::slice::from_ref(&new),
        &[(new.household, &first), (new.household, &second)],
    );
    let verdicts = tablet.send(&server, &batch).unwrap();
    let want = [
        Verdict::Accepted(4),
        Verdict::Accepted(1),
        Verdict::Accepted(2),
    ];
    assert_eq!(verdicts, want);
    assert_eq!(tablet.send(&server, &batch).unwrap(), want);
    let view = server.household(new.household).unwrap().unwrap();
    assert_eq!((view.answer("rt"), view.answer("rw")), ("004", "005"));
    assert_eq!(tablet.hello(&server, 2).head, 2);
}

#[test]
fn what_one_device_sends_the_other_gets_with_its_author_and_the_sender_does_not_get_it_back() {
    let server = server();
    village(&server);
    let a = Tablet::enrol(&server, 1, &[HERE]);
    let b = Tablet::enrol(&server, 2, &[HERE, THERE]);
    for tablet in [&a, &b] {
        tablet.hello(&server, 0);
    }
    let change = a.edit(&server, home("R1"), "floor_material", "1");
    let (reply, body) = b.pull(&server, 0, u32::MAX);
    assert_eq!((reply.next, reply.remaining), (1, 0));
    assert_eq!(body.entries.len(), 1);
    assert_eq!(body.entries[0].change.as_slice(), change.bytes);
    assert_eq!(body.authors[0].device.as_slice(), a.id.as_bytes());
    assert_eq!(body.authors[0].person, "Petugas");
    let (reply, body) = a.pull(&server, 0, u32::MAX);
    assert_eq!((reply.next, body.entries.len()), (1, 0));
}

#[test]
fn changes_come_in_portions_that_the_device_chooses_and_none_is_missed() {
    let server = server();
    village(&server);
    let a = Tablet::enrol(&server, 1, &[HERE]);
    let b = Tablet::enrol(&server, 2, &[HERE]);
    a.hello(&server, 0);
    b.hello(&server, 0);
    let mut record = a.record(&server, home("R1"));
    let changes: Vec<_> = (0..10)
        .map(|n| a.write(&mut record, &[put("rt", &n.to_string())]))
        .collect();
    let batch: Vec<_> = changes.iter().map(|c| (home("R1"), c)).collect();
    a.push(&server, &batch).unwrap();
    let (mut cursor, mut seen) = (0, Vec::new());
    loop {
        let (reply, body) = b.pull(&server, cursor, 400);
        assert!(reply.next > cursor || reply.remaining == 0);
        seen.extend(body.entries.iter().map(|e| e.seq));
        cursor = reply.next;
        assert_eq!(reply.remaining as usize, 10 - seen.len());
        if reply.remaining == 0 {
            break;
        }
    }
    assert_eq!(seen, (1..=10).collect::<Vec<u64>>());
}

#[test]
fn both_sides_agree_when_they_hold_the_same_and_the_receipt_proves_it() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let rows = tablet.rows(&server, HERE).unwrap();
    let change = tablet.edit(&server, home("R1"), "rt", "009");
    let mut check = CheckRequest {
        cursor: 1,
        villages: vec![held(HERE, 2, &rows, &[&change])],
    };
    let reply = tablet.check(&server, &check);
    assert!(reply.agreed && reply.differing.is_empty());
    Receipt::verify(&reply.receipt, &server.public_key(), &check).unwrap();

    // What came after the cursor is not compared.
    let other = Tablet::enrol(&server, 2, &[HERE]);
    other.edit(&server, home("R2"), "rt", "008");
    assert!(tablet.check(&server, &check).agreed);

    // At the newer cursor the device lacks a change.
    check.cursor = 2;
    let reply = tablet.check(&server, &check);
    assert!(!reply.agreed && reply.receipt.is_empty());
    assert_eq!(
        (reply.differing[0].changes, reply.differing[0].rows),
        (2, 2)
    );
}

#[test]
fn a_check_that_leaves_out_a_village_or_names_a_foreign_one_never_agrees() {
    let server = server();
    village(&server);
    let both = Tablet::enrol(&server, 1, &[HERE, THERE]);
    let here = both.rows(&server, HERE).unwrap();
    let there = both.rows(&server, THERE).unwrap();
    let check = |villages| CheckRequest {
        cursor: 0,
        villages,
    };
    let full = vec![held(HERE, 2, &here, &[]), held(THERE, 3, &there, &[])];
    assert!(both.check(&server, &check(full.clone())).agreed);
    assert!(!both.check(&server, &check(full[..1].to_vec())).agreed);
    let one = Tablet::enrol(&server, 2, &[HERE]);
    let reply = one.check(&server, &check(full));
    assert!(!reply.agreed);
    assert_eq!(reply.differing, [], "and nothing is told about it");
}

#[test]
fn a_device_that_was_restored_from_an_old_copy_is_told_and_gets_its_own_lost_changes_back() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    assert!(!tablet.hello(&server, 0).restored);
    tablet.edit(&server, home("R1"), "rt", "009");
    assert!(!tablet.hello(&server, 1).restored);
    assert_eq!(tablet.pull(&server, 0, u32::MAX).1.entries.len(), 0);
    assert!(tablet.hello(&server, 0).restored);
    assert_eq!(tablet.pull(&server, 0, u32::MAX).1.entries.len(), 1);
}

#[test]
fn a_cursor_that_the_server_never_gave_is_an_error_not_silence() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let request = lawang_sync::PullRequest {
        cursor: 9,
        limit: 1000,
    };
    let error = tablet
        .ask(&server, lawang_sync::Request::Pull(request))
        .unwrap_err();
    assert_eq!(error.code, "server_restored");
    let rows = tablet.rows(&server, HERE).unwrap();
    let check = CheckRequest {
        cursor: 9,
        villages: vec![held(HERE, 2, &rows, &[])],
    };
    assert!(!tablet.check(&server, &check).agreed);
}

#[test]
fn two_people_who_answer_differently_apart_make_a_conflict_that_the_server_shows() {
    let server = server();
    village(&server);
    let a = Tablet::enrol(&server, 1, &[HERE]);
    let b = Tablet::enrol(&server, 2, &[HERE]);
    a.edit(&server, home("R1"), "floor_material", "1");
    b.edit(&server, home("R1"), "floor_material", "2");
    b.edit(&server, home("R2"), "rt", "004");
    let mut seen = Vec::new();
    server
        .households(None, false, &mut |line| {
            seen.push((line.household, line.state, line.conflicts, line.changes));
            Ok(())
        })
        .unwrap();
    assert_eq!(
        seen,
        [
            (
                home("R1"),
                "conflict".into(),
                vec!["floor_material".to_owned()],
                2
            ),
            (home("R2"), "in_progress".into(), vec![], 1),
            (home("R3"), "not_visited".into(), vec![], 0),
        ]
    );
}

#[test]
fn of_messages_in_parts_that_a_device_begins_and_never_ends_the_newest_are_kept() {
    on_both(|| {
        let server = server();
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let other = Tablet::enrol(&server, 2, &[HERE]);
        // The first byte of a message of two; none asks how much is there.
        let have = |tablet: &Tablet, number: u8, bytes: &[u8]| {
            let part = Part {
                id: [number; 32].into(),
                total: 2,
                offset: 1 - bytes.len() as u64,
                bytes: bytes.to_vec().into(),
            };
            match tablet.ask(&server, Request::UploadPart(part)).unwrap() {
                Response::Upload(state) => state.have,
                answer => panic!("{answer:?}"),
            }
        };
        assert_eq!(have(&other, 0, &[7]), 1);
        for number in 0..70 {
            assert_eq!(have(&tablet, number, &[7]), 1);
        }
        let kept: Vec<u8> = (0..70)
            .filter(|number| have(&tablet, *number, &[]) == 1)
            .collect();
        assert_eq!(kept.len(), 64);
        assert!(kept.contains(&69), "the one that is under way");
        assert_eq!(have(&other, 0, &[]), 1, "no other device's go");
        // One of those goes on as if nothing had been.
        let rest = Part {
            id: [69; 32].into(),
            total: 2,
            offset: 1,
            bytes: vec![7].into(),
        };
        let whole = tablet.ask(&server, Request::UploadPart(rest)).unwrap();
        assert!(matches!(whole, Response::Upload(state) if state.have == 2));
    });
}
