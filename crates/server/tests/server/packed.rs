//! Batches that leave out what the server can work out, and the short greeting.

use crate::common::*;
use lawang_domain::HouseholdId;
use lawang_records::{Leaving, Naming, NewChange, Record, Row, pack};
use lawang_sync::{
    BatchRow, Glance, PackedBatch, RemoteError, Request, Response, SignedBatch, Verdict, encode,
};

/// Packs as a device does; ids are named by their first `prefix` bytes, in a tight batch by a half byte less.
fn packed(
    tablet: &Tablet,
    rows: &[Row],
    changes: &[(HouseholdId, &NewChange, &Record)],
    prefix: u8,
    tight: bool,
) -> SignedBatch {
    let numbered: Vec<(u32, &[u8])> = changes
        .iter()
        .enumerate()
        .map(|(n, (_, change, _))| (n as u32, change.bytes.as_slice()))
        .collect();
    let leaving = if tight {
        Leaving::Tight
    } else {
        Leaving::Packed
    };
    let done = pack(&numbered, leaving, |n, hash| {
        Some(
            changes[n as usize]
                .2
                .naming(hash)
                .unwrap_or((Naming::Bytes(4), 9)),
        )
    });
    let numbers: Vec<u32> = numbered.iter().map(|(n, _)| *n).collect();
    let ids = changes.iter().map(|(id, ..)| id.as_bytes());
    let len = usize::from(prefix);
    let (prefix, households, lengths) = if tight {
        let (halves, lengths) = PackedBatch::encode_beginnings(ids.map(|id| (id, len * 2 - 1)));
        (0, halves, Some(lengths))
    } else {
        let bytes: Vec<u8> = ids.flat_map(|id| &id[..len]).copied().collect();
        (prefix, bytes.into(), None)
    };
    PackedBatch {
        device: (*tablet.id.as_bytes()).into(),
        incarnation: tablet.incarnation.into(),
        clock: NOW << 16,
        person: "Petugas".into(),
        role: "enumerator".into(),
        rows: rows
            .iter()
            .map(|row| BatchRow {
                household: (*row.household.as_bytes()).into(),
                row: row.to_bytes().into(),
            })
            .collect(),
        prefix,
        households,
        of: PackedBatch::encode_numbers(&numbers),
        changes: encode(&done.unwrap()).into(),
        lengths,
    }
    .sign(&tablet.key)
}

fn glance(
    tablet: &Tablet,
    server: &lawang_server::Server,
    token: [u8; 8],
    made: u64,
    cursor: u64,
) -> Result<(bool, bool), RemoteError> {
    let request = Glance {
        incarnation: tablet.incarnation.into(),
        made,
        time: NOW,
        token: token.into(),
        cursor,
        checked: None,
    };
    match tablet.ask(server, Request::Glance(request))? {
        Response::Glance(reply) => Ok((reply.known, !reply.receipt.is_empty())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_packed_batch_gets_the_verdicts_of_a_whole_one_also_for_a_household_that_it_brings() {
    for tight in [false, true] {
        a_packed_batch_gets_the_verdicts_of_a_whole_one(tight);
    }
}

fn a_packed_batch_gets_the_verdicts_of_a_whole_one(tight: bool) {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let known = tablet.record(&server, home("R1"));
    let mut record = known.clone();
    let first = tablet.write(&mut record, &[put("rt", "004")]);
    let new = Row::empty(HouseholdId(uuid::Uuid::from_u128(77)), HERE);
    let fresh = Record::genesis(&new).unwrap();
    let second = tablet.write(&mut fresh.clone(), &[put("rt", "009")]);
    let batch = packed(
        &tablet,
        std::slice::from_ref(&new),
        &[
            (home("R1"), &first, &known),
            (new.household, &second, &fresh),
        ],
        16,
        tight,
    );
    let want = [
        Verdict::Accepted(4),
        Verdict::Accepted(1),
        Verdict::Accepted(2),
    ];
    assert_eq!(tablet.send(&server, &batch).unwrap(), want);
    // Whole, the same things are known already.
    let whole = tablet.batch(
        std::slice::from_ref(&new),
        &[(home("R1"), &first), (new.household, &second)],
    );
    assert_eq!(tablet.send(&server, &whole).unwrap(), want);
}

#[test]
fn names_that_the_server_does_not_know_or_that_stand_for_two_are_an_error_and_store_nothing() {
    for tight in [false, true] {
        names_that_are_no_names_are_an_error(tight);
    }
}

fn names_that_are_no_names_are_an_error(tight: bool) {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let unsent = tablet.write(&mut record, &[put("rt", "004")]);
    let known = record.clone();
    let second = tablet.write(&mut record, &[put("rt", "005")]);
    // It builds on a change that was never sent.
    let batch = packed(&tablet, &[], &[(home("R1"), &second, &known)], 16, tight);
    assert_eq!(
        tablet.send(&server, &batch).unwrap_err().code,
        "unpack_failed"
    );
    // A household of another village is none that this device could mean.
    let other = Record::genesis(&server.row(home("R3")).unwrap().unwrap()).unwrap();
    let elsewhere = tablet.write(&mut other.clone(), &[put("rt", "004")]);
    let batch = packed(&tablet, &[], &[(home("R3"), &elsewhere, &other)], 16, tight);
    assert_eq!(
        tablet.send(&server, &batch).unwrap_err().code,
        "unpack_failed"
    );
    // One byte names R1 and a new household with the same first byte.
    let mut twin = *home("R1").as_bytes();
    twin[15] ^= 1;
    let twin = Row::empty(HouseholdId(uuid::Uuid::from_bytes(twin)), HERE);
    let genesis = tablet.record(&server, home("R1"));
    let batch = packed(
        &tablet,
        std::slice::from_ref(&twin),
        &[(home("R1"), &unsent, &genesis)],
        1,
        tight,
    );
    assert_eq!(
        tablet.send(&server, &batch).unwrap_err().code,
        "unpack_failed"
    );
    assert!(
        server.row(twin.household).unwrap().is_none(),
        "half of a batch was stored"
    );
    let (_, body) = Tablet::enrol(&server, 2, &[HERE]).pull(&server, 0, u32::MAX);
    assert_eq!(body.entries, []);
}

#[test]
fn a_tight_batch_is_answered_in_runs_and_lengths_that_make_no_sense_are_malformed() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let known = record.clone();
    let first = tablet.write(&mut record, &[put("rt", "004")]);
    let batch = packed(&tablet, &[], &[(home("R1"), &first, &known)], 16, true);
    let raw = lawang_sync::decompress(&batch.body, 1 << 20).unwrap();
    let honest: PackedBatch = lawang_sync::decode(&raw).unwrap();
    for lengths in [vec![], vec![0], vec![33], vec![1], vec![255, 255]] {
        let wrong = PackedBatch {
            lengths: Some(lengths.clone().into()),
            ..honest.clone()
        };
        let answer = tablet.send(&server, &wrong.sign(&tablet.key));
        assert_eq!(answer.unwrap_err().code, "malformed_batch", "{lengths:?}");
    }
    match tablet
        .ask(&server, Request::Push(encode(&batch).into()))
        .unwrap()
    {
        Response::Push(reply) => {
            let run = lawang_sync::AcceptedRun { first: 1, count: 1 };
            assert_eq!(reply.verdicts, []);
            assert_eq!(reply.runs, Some(vec![lawang_sync::Run::Accepted(run)]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_household_that_is_named_again_and_again_is_looked_for_at_most_once() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let known = record.clone();
    let first = tablet.write(&mut record, &[put("rt", "004")]);
    for tight in [false, true] {
        let batch = packed(&tablet, &[], &[(home("R1"), &first, &known)], 16, tight);
        let raw = lawang_sync::decompress(&batch.body, 1 << 20).unwrap();
        let honest: PackedBatch = lawang_sync::decode(&raw).unwrap();
        let twice = |bytes: &[u8]| bytes.repeat(2);
        let again = match tight {
            false => PackedBatch {
                households: twice(&honest.households).into(),
                ..honest.clone()
            },
            // The same id in 31 half bytes and in the first one of them.
            true => {
                let id = home("R1");
                let names = [(id.as_bytes(), 31), (id.as_bytes(), 1)];
                let (households, lengths) = PackedBatch::encode_beginnings(names);
                PackedBatch {
                    households,
                    lengths: Some(lengths),
                    ..honest.clone()
                }
            }
        };
        let refused = tablet.send(&server, &again.sign(&tablet.key)).unwrap_err();
        assert_eq!(refused.code, "unpack_failed");
        assert!(refused.message.contains("two ids"), "{refused}");
        let taken = tablet.send(&server, &honest.sign(&tablet.key));
        assert_eq!(taken.unwrap(), [Verdict::Accepted(1)]);
    }
}

#[test]
fn a_packed_batch_is_signed_for_what_it_is() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let record = tablet.record(&server, home("R1"));
    let change = tablet.write(&mut record.clone(), &[put("rt", "004")]);
    let batch = packed(&tablet, &[], &[(home("R1"), &change, &record)], 16, true);
    let disguised = SignedBatch {
        packed: None,
        ..batch.clone()
    };
    assert_eq!(
        tablet.send(&server, &disguised).unwrap_err().code,
        "bad_signature"
    );
    let other = Tablet::enrol(&server, 2, &[HERE]);
    assert_eq!(
        other.send(&server, &batch).unwrap_err().code,
        "bad_signature"
    );
}

#[test]
fn the_short_greeting_holds_until_something_that_is_no_data_changes() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let token = *tablet.hello(&server, 0).token.unwrap();
    assert_eq!(
        glance(&tablet, &server, token, 0, 0).unwrap(),
        (true, false)
    );
    assert_eq!(
        glance(&tablet, &server, [0; 8], 0, 0).unwrap(),
        (false, false)
    );
    // Another person's token says nothing here.
    let other = Tablet::enrol(&server, 2, &[THERE]);
    assert_eq!(
        glance(&other, &server, token, 0, 0).unwrap(),
        (false, false)
    );
    // An old copy of the device, and a server that knows less than the device.
    tablet.edit(&server, home("R1"), "rt", "007");
    assert_eq!(
        glance(&tablet, &server, token, 0, 0).unwrap(),
        (false, false)
    );
    assert_eq!(
        glance(&tablet, &server, token, 1, 0).unwrap(),
        (true, false)
    );
    assert_eq!(
        glance(&tablet, &server, token, 1, 9).unwrap(),
        (false, false)
    );
    server.revoke(tablet.id, NOW).unwrap();
    assert_eq!(
        glance(&tablet, &server, token, 1, 0).unwrap_err().code,
        "revoked"
    );
}
