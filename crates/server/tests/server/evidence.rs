//! Files that proposals for removal rest on: who is given them, and what keeps them when a family is erased.

use crate::{
    common::*,
    photos::{at, hash, jpeg, offer, part},
    photos_down::{first_bytes, name, refused, take, verifier},
};
use lawang_domain::{DocumentKind, Event, InstanceId, Role};
use lawang_records::{Evidence, NewEvent, Record, write_event};
use lawang_server::{EraseTarget, Server};
use lawang_sync::Verdict;
use uuid::Uuid;

const SAID: (&str, &str) = ("request 9", "tests");

/// Somebody proposes a family for removal, and names a file.
fn propose(tablet: &Tablet, server: &Server, id: &str, file: &[u8]) {
    let evidence = Evidence::text(&[Evidence {
        file: name(file),
        kind: "image/jpeg".into(),
        bytes: file.len() as u64,
    }]);
    let mut record = Record::genesis_of(home(id), DocumentKind::Verification).unwrap();
    let event = NewEvent {
        id: InstanceId(Uuid::from_u128(7)),
        repeat: Event::REMOVALS,
        at: 1,
        fields: &[("reason", "well_off"), ("evidence", &evidence)],
    };
    let writes = write_event(&record.state().unwrap(), &event);
    let change = tablet.write(&mut record, &writes);
    let batch = tablet.batch_beside(home(id), DocumentKind::Verification, &change);
    let verdicts = tablet.send(server, &batch).unwrap();
    assert!(
        matches!(verdicts[..], [Verdict::Accepted(_)]),
        "{verdicts:?}"
    );
}

#[test]
fn a_photo_of_a_visit_that_is_named_as_evidence_is_not_given_to_a_role_that_looks_at_no_visits() {
    on_both(|| {
        // The photo is another family's, or this family's own.
        for id in ["R1", "R2"] {
            let server = server();
            village(&server);
            let tablet = Tablet::enrol(&server, 1, &[HERE]);
            let desk = verifier(&server, 2, &[HERE]);
            let pkh = Tablet::enrol_as(&server, 3, &[HERE], Role::PkhFacilitator);
            let (photo, letter) = (jpeg(700), jpeg(701));
            take(&tablet, &server, id, "photo_house", &photo);
            propose(&desk, &server, "R2", &photo);
            let given = |who: &Tablet| first_bytes(who, &server, hash(&photo), "R2");
            assert_eq!(given(&pkh), refused("not_your_photo"), "of {id}");
            assert_eq!(given(&desk), Ok(700), "of {id}");
            // What no visit shows is evidence and nothing else.
            offer(&desk, &server, &letter, home("R1")).unwrap();
            part(&desk, &server, hash(&letter), 0, &letter).unwrap();
            propose(&desk, &server, "R1", &letter);
            assert_eq!(first_bytes(&pkh, &server, hash(&letter), "R1"), Ok(701));
        }
    });
}

#[test]
fn a_photo_of_a_family_of_which_somebody_is_restricted_is_nobodys_as_evidence_for_another() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let desk = verifier(&server, 2, &[HERE]);
        let photo = jpeg(700);
        take(&tablet, &server, "R1", "photo_house", &photo);
        propose(&desk, &server, "R2", &photo);
        let given = || first_bytes(&desk, &server, hash(&photo), "R2");
        assert_eq!(given(), Ok(700));
        let budi = InstanceId::from_person("P2");
        for person in [Some(budi), None] {
            let restrict = |on| server.restrict(home("R1"), person, on, SAID, NOW).unwrap();
            assert!(restrict(true));
            assert_eq!(given(), refused("not_your_photo"), "{person:?}");
            assert!(restrict(false));
            assert_eq!(given(), Ok(700), "{person:?}");
        }
    });
}

/// Sends a file for a record, whole.
fn send(tablet: &Tablet, server: &Server, id: &str, file: &[u8]) {
    offer(tablet, server, file, home(id)).unwrap();
    let done = part(tablet, server, hash(file), 0, file);
    assert_eq!(done, at(file.len() as u64, true));
}

#[test]
fn a_file_that_a_lost_device_of_another_village_began_is_finished_by_whoever_else_has_it() {
    on_both(|| {
        let server = server();
        village(&server);
        let lost = verifier(&server, 1, &[HERE]);
        let other = verifier(&server, 2, &[THERE]);
        let stranger = verifier(&server, 3, &[THERE]);
        let letter = jpeg(5000);
        let id = hash(&letter);
        offer(&lost, &server, &letter, home("R1")).unwrap();
        let begun = part(&lost, &server, id, 0, &letter[..1500]);
        assert_eq!(begun, at(1500, false));
        // Who offered it for nothing sends nothing of it.
        let sent = part(&stranger, &server, id, 1500, &letter[1500..]);
        assert_eq!(sent, Err("unknown_photo".to_owned()));
        assert_eq!(offer(&other, &server, &letter, home("R3")), at(1500, false));
        // A piece of a courier file, which begins where the other device did not stop.
        assert_eq!(
            part(&other, &server, id, 1000, &letter[1000..2000]),
            at(2000, false)
        );
        assert_eq!(
            part(&other, &server, id, 2000, &letter[2000..]),
            at(5000, true)
        );
        assert_eq!(server.photo(&id).unwrap().unwrap(), letter);
        propose(&other, &server, "R3", &letter);
        propose(&lost, &server, "R1", &letter);
        assert_eq!(first_bytes(&stranger, &server, id, "R3"), Ok(5000));
        // The village of the lost device is given it once somebody there sends it.
        let desk = verifier(&server, 4, &[HERE]);
        let given = || first_bytes(&desk, &server, id, "R1");
        assert_eq!(given(), refused("not_your_photo"));
        send(&desk, &server, "R1", &letter);
        assert_eq!(given(), Ok(5000));
    });
}

#[test]
fn a_letter_about_families_of_two_villages_reaches_both_desks_and_its_name_alone_reaches_none() {
    on_both(|| {
        let server = server();
        village(&server);
        let here = verifier(&server, 1, &[HERE]);
        let there = verifier(&server, 2, &[THERE]);
        let letter = jpeg(5000);
        let id = hash(&letter);
        send(&here, &server, "R1", &letter);
        propose(&here, &server, "R1", &letter);
        propose(&there, &server, "R3", &letter);
        let given = || first_bytes(&there, &server, id, "R3");
        let no = refused("not_your_photo");
        assert_eq!(given(), no, "a name");
        assert_eq!(offer(&there, &server, &letter, home("R3")), at(0, false));
        assert_eq!(given(), no, "an offer");
        // Other bytes are found out at the end, so nobody learns the right ones by trying.
        let mut wrong = letter.clone();
        wrong[700] ^= 1;
        let sent =
            |from: usize, to: usize, file: &[u8]| part(&there, &server, id, from, &file[from..to]);
        assert_eq!(sent(0, 2000, &wrong), at(2000, false));
        assert_eq!(sent(2000, 5000, &wrong), at(0, false));
        assert_eq!(given(), no, "other bytes");
        assert_eq!(sent(0, 2000, &letter), at(2000, false));
        assert_eq!(given(), no, "a part");
        // After a cut, with a part that comes twice and one that comes early.
        assert_eq!(offer(&there, &server, &letter, home("R3")), at(2000, false));
        assert_eq!(sent(0, 2000, &letter), at(2000, false));
        assert_eq!(sent(3000, 5000, &letter), at(2000, false));
        assert_eq!(sent(1000, 5000, &letter), at(5000, true));
        assert_eq!(given(), Ok(5000));
        assert_eq!(server.photo(&id).unwrap().unwrap(), letter);
        assert_eq!(first_bytes(&here, &server, id, "R1"), Ok(5000));
        // Its village has it: nobody else there sends it again.
        let second = verifier(&server, 3, &[THERE]);
        assert_eq!(offer(&second, &server, &letter, home("R3")), at(5000, true));
    });
}

#[test]
fn who_sent_a_letter_for_one_village_and_proposes_with_it_in_another_sends_it_once() {
    on_both(|| {
        let server = server();
        village(&server);
        let both = verifier(&server, 1, &[HERE, THERE]);
        let there = verifier(&server, 2, &[THERE]);
        let letter = jpeg(900);
        send(&both, &server, "R1", &letter);
        let given = || first_bytes(&there, &server, hash(&letter), "R3");
        assert_eq!(given(), refused("not_your_photo"));
        propose(&both, &server, "R3", &letter);
        assert_eq!(given(), Ok(900));
    });
}

#[test]
fn a_name_in_a_proposal_keeps_no_photo_of_an_erased_family_and_no_letter_of_another_village() {
    // Who shows the file at first, who names it, whether somebody offers it for the latter, whether it stays.
    let cases = [
        ("photo", "R2", false, false),
        ("photo", "R2", true, false),
        ("letter", "R2", false, true),
        ("letter", "R3", false, false),
        ("letter", "R3", true, true),
    ];
    for (shown, other, offered, stays) in cases {
        on_both(|| {
            let server = server();
            village(&server);
            let tablet = Tablet::enrol(&server, 1, &[HERE]);
            let desk = verifier(&server, 2, &[HERE]);
            let owner = verifier(&server, 3, if other == "R2" { &[HERE] } else { &[THERE] });
            let file = jpeg(700);
            match shown {
                "photo" => take(&tablet, &server, "R1", "photo_house", &file),
                _ => {
                    send(&desk, &server, "R1", &file);
                    propose(&desk, &server, "R1", &file);
                }
            }
            propose(&owner, &server, other, &file);
            if offered {
                send(&owner, &server, other, &file);
            }
            let erase = |id: &str| {
                let target = EraseTarget::Record(home(id));
                server.erase(target, SAID.0, SAID.1, NOW).unwrap().photos
            };
            let case = format!("{shown} {other} {offered}");
            assert_eq!(erase("R1"), usize::from(!stays), "{case}");
            assert_eq!(
                server.photo(&hash(&file)).unwrap().is_some(),
                stays,
                "{case}"
            );
            if stays {
                let given = first_bytes(&owner, &server, hash(&file), other);
                assert_eq!(given, Ok(700), "{case}");
                assert_eq!(erase(other), 1, "{case}");
                assert_eq!(server.photo(&hash(&file)).unwrap(), None, "{case}");
            }
        });
    }
}
