//! What is left of what was erased: nothing, not even in free pages.

use crate::common::*;
use crate::{EraseTarget, Server, store::params};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_records::Row;
use lawang_sync::Verdict;
use uuid::Uuid;

fn pages(server: &Server) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pages.db");
    server.store.pages_to(&file).unwrap();
    std::fs::read(file).unwrap()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

fn person(id: &str) -> InstanceId {
    InstanceId::from_person(id)
}

#[test]
fn no_page_of_the_database_holds_what_was_erased_free_pages_included() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        tablet.edit(&server, home("R2"), "address", "JALAN RAHASIA");
        // Refused things hold it too.
        let record = &mut tablet.record(&server, home("R2"));
        let change = tablet.write(record, &[put("register_id", "DITOLAK RAHASIA")]);
        tablet.push(&server, &[(home("R2"), &change)]).unwrap();
        tablet.rows(&server, HERE).unwrap();
        let secrets = [
            "JALAN RAHASIA",
            "DITOLAK RAHASIA",
            "Wati",
            "1809015708909001",
        ];
        let before = pages(&server);
        for secret in secrets {
            assert!(holds(&before, secret), "{secret}");
        }
        let report = server
            .erase(EraseTarget::Record(home("R2")), "request", "tests", NOW)
            .unwrap();
        assert_eq!(report.lines, 3, "a row, a change, a refused change");
        let after = pages(&server);
        for secret in secrets {
            assert!(!holds(&after, secret), "{secret}");
        }
        assert!(holds(&after, "Siti Aminah"), "the others are there");
        server.verify_log().unwrap().unwrap();
        assert!(
            server
                .household(home("R2"))
                .unwrap()
                .unwrap()
                .fields
                .is_empty()
        );
    });
}

#[test]
fn work_on_the_old_beginning_is_sent_back_to_be_made_again_and_not_kept() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let record = &mut tablet.record(&server, home("R1"));
        let first = tablet.write(record, &[put("rt", "009")]);
        tablet.push(&server, &[(home("R1"), &first)]).unwrap();
        let late = tablet.write(record, &[put("address", "LAMA")]);
        let fresh = tablet.write(
            &mut tablet.record(&server, home("R1")),
            &[put("rw", "LAMA")],
        );
        server
            .erase(EraseTarget::Person(person("P2")), "request", "tests", NOW)
            .unwrap();
        for change in [&late, &fresh] {
            let verdicts = tablet.push(&server, &[(home("R1"), change)]).unwrap();
            assert_eq!(verdicts, [Verdict::Refused("old_base".into())]);
        }
        assert!(!holds(&pages(&server), "LAMA"));
        // What came before is known, also when its answer got lost.
        let verdicts = tablet.push(&server, &[(home("R1"), &first)]).unwrap();
        assert!(matches!(verdicts[..], [Verdict::Accepted(_)]));
        // On the new beginning it is taken.
        tablet.edit(&server, home("R1"), "address", "Dusun Baru");
        let found = server.household(home("R1")).unwrap().unwrap();
        assert_eq!(
            (found.answer("rt"), found.answer("address")),
            ("009", "Dusun Baru")
        );
        assert_eq!(found.present("members").len(), 1);
        server.verify_log().unwrap().unwrap();
    });
}

#[test]
fn records_whose_rows_say_the_same_begin_anew_each_for_itself() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        // Two families who are new in the field: both rows are empty, and so both records begin with the same change.
        let homes = [1, 2].map(|n| HouseholdId(Uuid::from_u128(n)));
        let rows = homes.map(|id| Row::empty(id, HERE));
        let taken = tablet.send(&server, &tablet.batch(&rows, &[])).unwrap();
        assert!(taken.iter().all(|v| matches!(v, Verdict::Accepted(_))));
        let late = homes.map(|id| {
            // What people say differs: in each visit is an id of its own.
            let said = id.to_string();
            let change = tablet.write(&mut tablet.record(&server, id), &[put("rw", &said)]);
            tablet.edit(&server, id, "rt", &said);
            (id, change)
        });
        let report = server.compact(None, 1, NOW).unwrap();
        assert_eq!(report.records, 2, "{report:?}");
        for (id, change) in &late {
            let verdicts = tablet.push(&server, &[(*id, change)]).unwrap();
            assert_eq!(verdicts, [Verdict::Refused("old_base".into())]);
        }
        server.verify_log().unwrap().unwrap();
    });
}

#[test]
fn what_builds_on_work_on_the_old_beginning_is_sent_back_with_it_and_not_kept_either() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let record = &mut tablet.record(&server, home("R1"));
    let late = tablet.write(record, &[put("address", "LAMA I")]);
    let later = tablet.write(record, &[put("address", "LAMA II")]);
    let latest = tablet.write(record, &[put("address", "LAMA III")]);
    server
        .erase(EraseTarget::Person(person("P2")), "request", "tests", NOW)
        .unwrap();
    let both = [(home("R1"), &late), (home("R1"), &later)];
    let verdicts = tablet.push(&server, &both).unwrap();
    let old = Verdict::Refused("old_base".into());
    assert_eq!(verdicts, [old.clone(), old]);
    // Alone it cannot be told from work on the new beginning that waits for something.
    let verdicts = tablet.push(&server, &[(home("R1"), &latest)]).unwrap();
    assert_eq!(verdicts, [Verdict::Refused("missing_dependency".into())]);
    assert!(!holds(&pages(&server), "LAMA"));
    server.verify_log().unwrap().unwrap();
}

#[test]
fn what_is_open_between_two_people_stays_open_when_a_third_is_erased() {
    on_both(|| {
        let server = server();
        village(&server);
        let a = Tablet::enrol_named(&server, 1, &[HERE], lawang_domain::Role::Enumerator, "Ani");
        let b = Tablet::enrol_named(&server, 2, &[HERE], lawang_domain::Role::Enumerator, "Budi");
        a.edit(&server, home("R1"), "floor_material", "1");
        b.edit(&server, home("R1"), "floor_material", "2");
        server
            .erase(EraseTarget::Person(person("P2")), "request", "tests", NOW)
            .unwrap();
        let found = server.household(home("R1")).unwrap().unwrap();
        assert!(found.conflicts.contains("floor_material"));
        let authors: Vec<String> = server
            .store
            .read(|tx| {
                tx.query(
                "SELECT person FROM change_log WHERE erased IS NULL AND kind = 0 ORDER BY person",
                params![],
                |r| r.get(0),
            )
            })
            .unwrap();
        assert_eq!(authors, ["Ani", "Budi"]);
        assert_eq!(server.compact(None, 1, NOW).unwrap().left, 1);
        server.verify_log().unwrap().unwrap();
    });
}

#[test]
fn a_receipt_from_before_an_erasure_still_fits_after_it() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let change = tablet.edit(&server, home("R1"), "rt", "009");
        let rows = tablet.rows(&server, HERE).unwrap();
        let last = tablet.hello(&server, 1).villages[0].last_row;
        let check = lawang_sync::CheckRequest {
            cursor: 1,
            villages: vec![held(HERE, last, &rows, &[&change])],
        };
        let reply = tablet.check(&server, &check);
        let proof = lawang_sync::encode(&lawang_sync::Proof {
            receipt: reply.receipt,
            checkpoint: reply.checkpoint,
            check,
        });
        server
            .erase(EraseTarget::Record(home("R1")), "request", "tests", NOW)
            .unwrap();
        server.compact(None, 1, NOW).unwrap();
        let verdict = server.check_receipt(&proof).unwrap();
        assert!(verdict.fits, "{verdict:?}");
    });
}

#[test]
fn photos_of_what_was_erased_are_gone_also_when_the_program_died_before_their_files_were() {
    use lawang_sync::{PhotoOffer, PhotoPart, Request, Response};
    use sha2::{Digest, Sha256};
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut sent = Vec::new();
    for (household, bytes) in [("R1", b"\xff\xd8\xffone"), ("R2", b"\xff\xd8\xfftwo")] {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let offer = PhotoOffer {
            hash: hash.into(),
            len: bytes.len() as u64,
            household: (*home(household).as_bytes()).into(),
        };
        tablet.ask(&server, Request::PhotoOffer(offer)).unwrap();
        let part = PhotoPart {
            hash: hash.into(),
            offset: 0,
            bytes: bytes.to_vec().into(),
        };
        let answer = tablet.ask(&server, Request::PhotoPart(part)).unwrap();
        assert!(matches!(answer, Response::Photo(state) if state.done));
        sent.push(hash);
    }
    let report = server
        .erase(EraseTarget::Record(home("R1")), "request", "tests", NOW)
        .unwrap();
    assert_eq!(report.photos, 1);
    assert_eq!(server.photo(&sent[0]).unwrap(), None);
    assert!(server.photo(&sent[1]).unwrap().is_some());
    // As a crash leaves it: marked, and the file still there.
    server
        .store
        .write(|tx| tx.execute("UPDATE photo SET done = 2", params![]))
        .unwrap();
    server.chain_all(NOW).unwrap();
    assert_eq!(server.photo(&sent[1]).unwrap(), None);
}

#[test]
fn a_photo_that_is_erased_while_its_last_piece_is_written_is_taken_away_again() {
    use lawang_sync::{PhotoOffer, PhotoPart, Request};
    use sha2::{Digest, Sha256};
    let dir = tempfile::tempdir().unwrap();
    let open = || Server::open(dir.path(), &Default::default()).unwrap();
    let server = open();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let bytes = b"\xff\xd8\xffone";
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let offer = PhotoOffer {
        hash: hash.into(),
        len: bytes.len() as u64,
        household: (*home("R1").as_bytes()).into(),
    };
    tablet.ask(&server, Request::PhotoOffer(offer)).unwrap();
    let part = PhotoPart {
        hash: hash.into(),
        offset: 0,
        bytes: bytes.to_vec().into(),
    };
    // Another process erases the household when the file is there and the table does not say so yet.
    let other = open();
    let erase = move |moment: &str| {
        if moment == "a whole photo" {
            let target = EraseTarget::Record(home("R1"));
            let report = other.erase(target, "request", "tests", NOW).unwrap();
            assert_eq!(report.photos, 1);
            // As a file that was put there just after the erasure looked.
            other.photos.place().finish(&hash, bytes, 0).unwrap();
        }
    };
    let sent =
        crate::moment::at_every_moment(erase, || tablet.ask(&server, Request::PhotoPart(part)));
    assert_eq!(sent.unwrap_err().code, "unknown_photo");
    assert_eq!(server.photo(&hash).unwrap(), None);
}

#[test]
fn a_photo_that_another_household_shows_too_outlives_the_erasure_of_the_first() {
    use lawang_sync::{PhotoOffer, PhotoPart, Request};
    use sha2::{Digest, Sha256};
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let bytes = b"\xff\xd8\xffone house, two families";
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let offer = PhotoOffer {
        hash: hash.into(),
        len: bytes.len() as u64,
        household: (*home("R1").as_bytes()).into(),
    };
    tablet.ask(&server, Request::PhotoOffer(offer)).unwrap();
    let part = PhotoPart {
        hash: hash.into(),
        offset: 0,
        bytes: bytes.to_vec().into(),
    };
    tablet.ask(&server, Request::PhotoPart(part)).unwrap();
    for household in ["R1", "R2"] {
        tablet.edit(&server, home(household), "photo_house", &hex::encode(hash));
    }
    let erase = |household| {
        let target = EraseTarget::Record(home(household));
        server.erase(target, "request", "tests", NOW).unwrap()
    };
    assert_eq!(erase("R1").photos, 0);
    assert!(server.photo(&hash).unwrap().is_some(), "R2 shows it");
    assert_eq!(erase("R2").photos, 1);
    assert_eq!(server.photo(&hash).unwrap(), None);
}

#[test]
fn a_whole_village_is_compacted_at_once_and_stays_compact() {
    on_both(|| {
        let server = server();
        let persons: Vec<(String, String)> = (0..250)
            .map(|n| (format!("H{n}"), format!("Q{n}")))
            .collect();
        let lines: Vec<Person<'_>> = persons
            .iter()
            .map(|(h, p)| (h.as_str(), HERE, p.as_str(), &[("name", "Wati")][..]))
            .collect();
        import(&server, &prelist(&lines));
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        for (household, _) in &persons {
            tablet.edit(&server, home(household), "rt", "009");
        }
        let before = server.verify_log().unwrap().unwrap();
        let report = server.compact(None, 1, NOW).unwrap();
        assert_eq!((report.records, report.left), (250, 0));
        let after = server.verify_log().unwrap().unwrap();
        // Two entries that say what is gone, and what is chained after each.
        assert_eq!(after.entries, before.entries + 4);
        assert_eq!(after.erased, 500);
        assert_eq!(server.compact(None, 1, NOW).unwrap().records, 0);
        assert_eq!(
            server.household(home("H7")).unwrap().unwrap().answer("rt"),
            "009"
        );
        assert_eq!(tablet.rows(&server, HERE).unwrap().len(), 250);
        let (reply, body) = tablet.pull(&server, 0, u32::MAX);
        assert_eq!((reply.remaining, body.entries.len()), (0, 250));
    });
}
