//! Photos on their way down: who is given which.

use crate::{
    common::*,
    photos::{hash, jpeg, offer, part},
};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_records::Write;
use lawang_server::{EraseTarget, Server};
use lawang_sync::{PhotoBytes, PhotoWanted, Request, Response, Verdict, feature};

const SAID: (&str, &str) = ("request 4", "tests");

fn ask(
    tablet: &Tablet,
    server: &Server,
    (hash, household): ([u8; 32], HouseholdId),
    offset: u64,
    max: u32,
) -> Result<PhotoBytes, String> {
    let wanted = PhotoWanted {
        hash: hash.into(),
        household: (*household.as_bytes()).into(),
        offset,
        max,
    };
    match tablet.ask(server, Request::PhotoWanted(wanted)) {
        Ok(Response::PhotoBytes(piece)) => Ok(piece),
        Err(error) => Err(error.code),
        other => panic!("{other:?}"),
    }
}

pub fn first_bytes(
    tablet: &Tablet,
    server: &Server,
    hash: [u8; 32],
    id: &str,
) -> Result<u64, String> {
    ask(tablet, server, (hash, home(id)), 0, 100).map(|piece| piece.len)
}

pub fn refused(code: &str) -> Result<u64, String> {
    Err(code.to_owned())
}

pub fn name(photo: &[u8]) -> String {
    format!("sha256:{}", hex::encode(hash(photo)))
}

/// Somebody takes a photo for a question of a household, and sends both.
pub fn take(tablet: &Tablet, server: &Server, id: &str, key: &str, photo: &[u8]) {
    tablet.edit(server, home(id), key, &name(photo));
    offer(tablet, server, photo, home(id)).unwrap();
    part(tablet, server, hash(photo), 0, photo).unwrap();
}

pub fn verifier(server: &Server, seed: u8, villages: &[&str]) -> Tablet {
    Tablet::enrol_as(server, seed, villages, Role::VillageVerifier)
}

#[test]
fn a_photo_comes_in_pieces_of_any_size_from_wherever_it_is_asked_for() {
    on_both(|| {
        let server = server();
        village(&server);
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        let desk = verifier(&server, 2, &[HERE]);
        let features = desk.hello(&server, 0).features.unwrap();
        assert_ne!(features & feature::PHOTOS_DOWN, 0);
        let photo = jpeg(600_000);
        take(&tablet, &server, "R1", "photo_house", &photo);
        let about = (hash(&photo), home("R1"));
        let mut got = Vec::new();
        while got.len() < photo.len() {
            let piece = ask(&desk, &server, about, got.len() as u64, 70_000).unwrap();
            assert_eq!(piece.len, 600_000);
            assert!(!piece.bytes.is_empty() && piece.bytes.len() <= 70_000);
            got.extend_from_slice(&piece.bytes);
        }
        assert_eq!(got, photo);
        // Nobody is given more than a piece at once, and nobody less than a byte.
        let huge = ask(&desk, &server, about, 0, u32::MAX).unwrap();
        assert_eq!(huge.bytes.len(), 256 * 1024);
        assert_eq!(
            ask(&desk, &server, about, 5, 0).unwrap().bytes[..],
            photo[5..6]
        );
        for behind in [600_000, 600_001, u64::MAX] {
            let piece = ask(&desk, &server, about, behind, 100).unwrap();
            assert_eq!((piece.len, piece.bytes.len()), (600_000, 0));
        }
    });
}

#[test]
fn only_people_who_check_visits_are_given_photos() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(500);
    take(&tablet, &server, "R1", "photo_house", &photo);
    for (number, role) in Role::ALL.iter().enumerate() {
        let somebody = Tablet::enrol_as(&server, 20 + number as u8, &[HERE], *role);
        let expected = match role {
            Role::VillageVerifier
            | Role::VillageOperator
            | Role::VillageHead
            | Role::Tksk
            | Role::DinsosOperator
            | Role::DinsosVerifier
            | Role::DinsosHead
            | Role::Regent => Ok(500),
            _ => refused("not_your_photo"),
        };
        let given = first_bytes(&somebody, &server, hash(&photo), "R1");
        assert_eq!(given, expected, "{role}");
    }
}

#[test]
fn a_photo_of_another_village_is_refused_as_one_that_nobody_ever_took() {
    let server = server();
    village(&server);
    let there = Tablet::enrol(&server, 1, &[THERE]);
    let here = Tablet::enrol(&server, 2, &[HERE]);
    let desk = verifier(&server, 3, &[HERE]);
    let photo = jpeg(700);
    take(&there, &server, "R3", "photo_house", &photo);
    let unknown = refused("not_your_photo");
    assert_eq!(first_bytes(&desk, &server, [9; 32], "R1"), unknown);
    assert_eq!(first_bytes(&desk, &server, hash(&photo), "R3"), unknown);
    assert_eq!(first_bytes(&desk, &server, hash(&photo), "R1"), unknown);
    assert_eq!(
        first_bytes(&desk, &server, hash(&photo), "no such household"),
        unknown
    );
    // Also when somebody writes its name into a record of this village, and says to have its bytes.
    here.edit(&server, home("R1"), "photo_house", &name(&photo));
    assert_eq!(first_bytes(&desk, &server, hash(&photo), "R1"), unknown);
    offer(&here, &server, &photo, home("R1")).unwrap();
    assert_eq!(first_bytes(&desk, &server, hash(&photo), "R1"), unknown);
    // The village whose it is has it all the same.
    let own = verifier(&server, 4, &[THERE]);
    assert_eq!(first_bytes(&own, &server, hash(&photo), "R3"), Ok(700));
}

#[test]
fn only_what_the_record_shows_is_given_of_an_earlier_visit_too_and_only_when_it_is_whole() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let desk = verifier(&server, 2, &[HERE]);
    // Taken and sent, and in no answer.
    let unnamed = jpeg(300);
    offer(&tablet, &server, &unnamed, home("R1")).unwrap();
    part(&tablet, &server, hash(&unnamed), 0, &unnamed).unwrap();
    let given = first_bytes(&desk, &server, hash(&unnamed), "R1");
    assert_eq!(given, refused("not_your_photo"));
    let (old, new) = (jpeg(400), jpeg(450));
    offer(&tablet, &server, &old, home("R1")).unwrap();
    part(&tablet, &server, hash(&old), 0, &old).unwrap();
    let mut record = tablet.record(&server, home("R1"));
    for photo in [&old, &new] {
        let change = tablet.write(&mut record, &[put("photo_house", &name(photo))]);
        tablet.push(&server, &[(home("R1"), &change)]).unwrap();
        let given = first_bytes(&desk, &server, hash(&old), "R2");
        assert_eq!(given, refused("not_your_photo"));
    }
    assert_eq!(
        first_bytes(&desk, &server, hash(&old), "R1"),
        Ok(400),
        "of before"
    );
    // Named, and not sent; then half of it.
    assert_eq!(
        first_bytes(&desk, &server, hash(&new), "R1"),
        refused("photo_not_there")
    );
    offer(&tablet, &server, &new, home("R1")).unwrap();
    part(&tablet, &server, hash(&new), 0, &new[..200]).unwrap();
    assert_eq!(
        first_bytes(&desk, &server, hash(&new), "R1"),
        refused("photo_not_there")
    );
    part(&tablet, &server, hash(&new), 200, &new[200..]).unwrap();
    assert_eq!(first_bytes(&desk, &server, hash(&new), "R1"), Ok(450));
}

#[test]
fn what_is_restricted_or_erased_is_given_to_nobody() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let desk = verifier(&server, 2, &[HERE]);
    let (house, person) = (jpeg(300), jpeg(301));
    let budi = InstanceId::from_person("P2");
    let mut record = tablet.record(&server, home("R1"));
    let path = FieldPath::of("members", budi, "photo");
    let photos = [
        put("photo_house", &name(&house)),
        Write::Put(path, name(&person)),
    ];
    let change = tablet.write(&mut record, &photos);
    let verdicts = tablet.push(&server, &[(home("R1"), &change)]).unwrap();
    assert!(matches!(verdicts[..], [Verdict::Accepted(_)]));
    for photo in [&house, &person] {
        offer(&tablet, &server, photo, home("R1")).unwrap();
        part(&tablet, &server, hash(photo), 0, photo).unwrap();
    }
    let both = || [&house, &person].map(|photo| first_bytes(&desk, &server, hash(photo), "R1"));
    assert_eq!(both(), [Ok(300), Ok(301)]);
    let restrict = |person, on| {
        let done = server.restrict(home("R1"), person, on, SAID, NOW);
        assert!(done.unwrap());
    };
    let no = || refused("not_your_photo");
    restrict(Some(budi), true);
    assert_eq!(both(), [Ok(300), no()]);
    restrict(None, true);
    assert_eq!(both(), [no(), no()]);
    restrict(Some(budi), false);
    restrict(None, false);
    assert_eq!(both(), [Ok(300), Ok(301)]);
    // In the middle of a photo.
    let about = (hash(&house), home("R1"));
    assert_eq!(ask(&desk, &server, about, 0, 10).unwrap().bytes.len(), 10);
    let whole = EraseTarget::Record(home("R1"));
    server.erase(whole, SAID.0, SAID.1, NOW).unwrap();
    assert_eq!(both(), [no(), no()]);
    let rest = ask(&desk, &server, about, 10, 10).map(|piece| piece.len);
    assert_eq!(rest, no());
}

#[test]
fn a_device_that_lost_its_village_or_was_revoked_is_given_nothing_more() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let desk = verifier(&server, 2, &[HERE]);
    let photo = jpeg(300);
    take(&tablet, &server, "R1", "photo_house", &photo);
    assert_eq!(first_bytes(&desk, &server, hash(&photo), "R1"), Ok(300));
    server.revoke(desk.id, NOW).unwrap();
    assert_eq!(
        first_bytes(&desk, &server, hash(&photo), "R1"),
        refused("revoked")
    );
}
