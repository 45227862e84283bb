use crate::common::*;
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_records::{ENTITIES, Record, Row, RowInstance, VISITS, Write};
use lawang_sync::{Envelope, Request, Response, Verdict, decode, encode};
use uuid::Uuid;

fn refused(code: &str) -> Verdict {
    Verdict::Refused(code.to_owned())
}

#[test]
fn a_change_to_a_village_that_is_not_the_devices_is_kept_in_quarantine_with_the_reason() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let foreign = tablet.write(&mut tablet.record(&server, home("R3")), &[put("rt", "009")]);
    let own = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    let batch = [(home("R3"), &foreign), (home("R1"), &own)];
    let verdicts = tablet.push(&server, &batch).unwrap();
    assert_eq!(verdicts[0], refused("not_your_village"));
    assert!(
        matches!(verdicts[1], Verdict::Accepted(_)),
        "one bad change stops no other"
    );
    tablet.push(&server, &batch).unwrap();
    let kept = server.quarantine().unwrap();
    assert_eq!(kept.len(), 1, "sending it again does not pile it up");
    assert_eq!(kept[0].code, "not_your_village");
    assert_eq!(kept[0].household, home("R3"));
    assert_eq!(kept[0].bytes as usize, foreign.bytes.len());
    assert_eq!(
        server.household(home("R3")).unwrap().unwrap().answer("rt"),
        ""
    );
}

#[test]
fn a_role_that_only_reads_writes_nothing() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol_as(&server, 1, &[HERE], Role::Auditor);
    let change = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    let row = Row::empty(HouseholdId(uuid::Uuid::from_u128(5)), HERE);
    let batch = tablet.batch(&[row], &[(home("R1"), &change)]);
    let verdicts = tablet.send(&server, &batch).unwrap();
    assert_eq!(verdicts, [refused("role_may_not"), refused("role_may_not")]);
}

#[test]
fn every_forged_or_broken_change_is_refused_for_its_own_reason() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let id = home("R1");

    let stolen = other.write(&mut other.record(&server, id), &[put("rt", "1")]);
    let mut record = tablet.record(&server, id);
    tablet.write(&mut record, &[put("rt", "2")]);
    let orphan = tablet.write(&mut record, &[put("rt", "3")]);
    let mut flipped = tablet.write(&mut tablet.record(&server, id), &[put("rt", "4")]);
    let middle = flipped.bytes.len() / 2;
    flipped.bytes[middle] ^= 1;
    let mut garbage = flipped.clone();
    garbage.bytes = vec![7; 50];
    let decile = tablet.write(
        &mut tablet.record(&server, id),
        &[put("welfare_decile", "1")],
    );
    let unknown = HouseholdId(uuid::Uuid::from_u128(404));
    let fine = tablet.write(&mut tablet.record(&server, id), &[put("rt", "5")]);

    let verdicts = tablet
        .push(
            &server,
            &[
                (id, &stolen),
                (id, &orphan),
                (id, &flipped),
                (id, &garbage),
                (id, &decile),
                (unknown, &fine),
                (id, &fine),
            ],
        )
        .unwrap();
    assert_eq!(
        verdicts[..6],
        [
            refused("wrong_actor"),
            refused("missing_dependency"),
            refused("bad_checksum"),
            refused("malformed_change"),
            refused("register_field"),
            refused("unknown_household"),
        ]
    );
    assert!(matches!(verdicts[6], Verdict::Accepted(_)));
    // What was refused as an unknown household came in for the right one.
    assert_eq!(server.quarantine().unwrap().len(), 5);
}

#[test]
fn a_household_that_is_known_with_another_row_is_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE, THERE]);
    let verdicts = |rows: &[Row]| tablet.send(&server, &tablet.batch(rows, &[])).unwrap();
    let same = server.row(home("R1")).unwrap().unwrap();
    assert_eq!(verdicts(&[same]), [Verdict::Accepted(1)]);
    let empty = Row::empty(home("R1"), HERE);
    assert_eq!(verdicts(&[empty]), [refused("row_differs")]);
    let outside = Row::empty(HouseholdId(uuid::Uuid::from_u128(6)), "18.09.01.2003");
    assert_eq!(verdicts(&[outside]), [refused("not_your_village")]);
}

// Lists of entities follow from changes alone; a row is not read for them.
#[test]
fn a_row_that_holds_entities_is_refused() {
    let server = server();
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut row = Row::empty(HouseholdId(uuid::Uuid::from_u128(6)), HERE);
    row.instances.push(RowInstance {
        id: InstanceId(uuid::Uuid::from_u128(7)),
        of: ENTITIES.into(),
        fields: [("list".to_owned(), "trees".to_owned())].into(),
    });
    let verdicts = tablet.send(&server, &tablet.batch(&[row], &[])).unwrap();
    assert_eq!(verdicts, [refused("malformed_row")]);
}

#[test]
fn a_batch_with_one_byte_flipped_is_refused_whole_and_nothing_of_it_is_stored() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let change = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    let good = tablet.batch(&[], &[(home("R1"), &change)]);
    for at in [0, good.body.len() / 2, good.body.len() - 1] {
        let mut bad = good.clone();
        bad.body[at] ^= 0x10;
        assert_eq!(
            tablet.send(&server, &bad).unwrap_err().code,
            "bad_signature"
        );
    }
    assert_eq!(server.quarantine().unwrap().len(), 0);
    assert_eq!(tablet.hello(&server, 1).head, 0);
    assert!(matches!(
        tablet.send(&server, &good).unwrap()[..],
        [Verdict::Accepted(1)]
    ));
}

#[test]
fn a_batch_of_another_device_is_refused() {
    let server = server();
    village(&server);
    let a = Tablet::enrol(&server, 1, &[HERE]);
    let b = Tablet::enrol(&server, 2, &[HERE]);
    let foreign = a.batch(&[], &[]);
    assert_eq!(b.send(&server, &foreign).unwrap_err().code, "bad_signature");
    let claims_to_be_a = Tablet { id: a.id, ..b };
    let batch = claims_to_be_a.batch(&[], &[]);
    let b = Tablet::enrol(&server, 2, &[HERE]);
    assert_eq!(b.send(&server, &batch).unwrap_err().code, "other_device");
}

#[test]
fn random_bytes_get_an_answer_and_never_break_the_server() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    for length in 0..200u32 {
        let bytes: Vec<u8> = (0..length).map(|n| (n * 37 + length * 11) as u8).collect();
        let reply = server.handle(tablet.id, &bytes, NOW);
        assert!(matches!(decode(&reply), Some(Response::Error(_))));
        let push = Envelope {
            max_response: 1 << 20,
            request: Request::Push(bytes.into()),
        };
        let reply = server.handle(tablet.id, &encode(&push), NOW);
        assert!(matches!(decode(&reply), Some(Response::Error(_))));
    }
}

/// A visit with the form's name, submitted at a time.
fn submit(tablet: &Tablet, record: &mut Record, at: &str) -> lawang_records::NewChange {
    let visit = InstanceId(uuid::Uuid::from_u128(31));
    let field =
        |key: &str, value: &str| Write::Put(FieldPath::of(VISITS, visit, key), value.to_owned());
    let add = Write::AddInstance {
        repeat: VISITS.into(),
        id: visit,
        order: "1".into(),
    };
    tablet.write(
        record,
        &[
            add,
            field("form", "household_visit"),
            field("form_version", "2026112601"),
            field("submitted", at),
            put("household_status", "99"),
        ],
    )
}

#[test]
fn an_invalid_visit_is_kept_and_flagged_with_fields_and_without_values() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let change = submit(
        &tablet,
        &mut tablet.record(&server, home("R1")),
        "2026-11-21T10:00:00+07:00",
    );
    let verdicts = tablet.push(&server, &[(home("R1"), &change)]).unwrap();
    assert!(matches!(verdicts[..], [Verdict::Accepted(_)]));
    let mut seen = 0;
    server
        .households(Some(HERE.parse().unwrap()), false, &mut |line| {
            if line.household == home("R1") {
                seen += 1;
                assert_eq!(line.state, "sent");
                let flags: Vec<_> = line
                    .flags
                    .iter()
                    .map(|f| (f.code.as_str(), f.field.as_str()))
                    .collect();
                assert!(
                    flags.contains(&("invalid", "household_status")),
                    "{flags:?}"
                );
            } else {
                assert_eq!(line.flags, []);
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn a_row_that_is_here_is_acknowledged_again_whoever_may_add_what_by_now() {
    let server = server();
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let row = Row::empty(HouseholdId(Uuid::from_u128(9)), HERE);
    let batch = tablet.batch(std::slice::from_ref(&row), &[]);
    let first = tablet.send(&server, &batch).unwrap();
    server
        .change_device(tablet.id, Some(Role::Auditor), None)
        .unwrap();
    // The answer was lost: the device asks again, and must not believe that it was refused.
    assert_eq!(tablet.send(&server, &batch).unwrap(), first);
    let other = Row::empty(HouseholdId(Uuid::from_u128(10)), HERE);
    let verdicts = tablet.send(&server, &tablet.batch(&[other], &[])).unwrap();
    assert_eq!(verdicts, [Verdict::Refused("role_may_not".into())]);
}
