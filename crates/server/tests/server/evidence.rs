//! Files that proposals for removal rest on: who is given them, and what keeps them when a family is erased.

use crate::{
    common::*,
    photos::{hash, jpeg, offer, part},
    photos_down::{first_bytes, name, refused, take, verifier},
};
use lawang_domain::{DocumentKind, Event, InstanceId, Role};
use lawang_records::{Evidence, NewEvent, Record, write_event};
use lawang_server::Server;
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
