//! Erasing a person whom decisions, comments and proposals name: what is about others stays, said by who said it.

use crate::erasure::{
    agreed, drill, everywhere, give, holds, households, members, same_everywhere,
};
use lawang_app::Whole;
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordState, Role};
use lawang_server::EraseTarget;
use lawang_tests::{
    prelist::VILLAGE,
    world::{NOW, World, enrol, enrol_as},
};

fn path(id: InstanceId, key: &str) -> FieldPath {
    FieldPath::of("members", id, key)
}

fn comment(world: &World, tablet: usize, home: HouseholdId, about: &FieldPath, text: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    device.comment(home, Some(about), text).expect("a comment");
}

/// Texts of all comments that a device knows, in the order of their words.
fn comments(world: &World, tablet: usize, home: HouseholdId) -> Vec<String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let document = device
        .store()
        .document(home, DocumentKind::Verification)
        .expect("a document");
    let state = document.state().expect("state");
    let mut all: Vec<String> = state
        .of(Event::COMMENTS)
        .iter()
        .map(|id| {
            let text = FieldPath::of(Event::COMMENTS, *id, "text");
            state.text(&text).to_owned()
        })
        .collect();
    all.sort();
    all
}

fn decided(world: &World, tablet: usize, home: HouseholdId) -> (RecordState, String) {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let review = device.store().review(home).expect("a store");
    let by = review.map_or(String::new(), |review| review.person);
    (device.record_state(home).expect("a state"), by)
}

#[test]
fn erasing_people_whom_a_verification_names_leaves_what_it_says_of_others_and_who_said_it() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let mut world = drill(&dir);
    let home = households(&world)[0];
    let all = members(&world, 0, home);
    let (first, second) = (all[1], all[2]);
    let verifier = enrol_as(
        &world.server,
        900,
        &[VILLAGE],
        "Bu Verifikator",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        crate::complete(&mut device, home);
        device.submit(home, Whole::Visit).expect("submitted");
    }
    for tablet in [0, 1, 2] {
        agreed(&mut world, tablet);
    }
    let (secret, other_secret) = ("RAHASIA PERTAMA", "RAHASIA KEDUA");
    {
        let mut device = world.tablets[2].device.lock().expect("a device");
        let notes = [
            (path(first, "name"), secret.to_owned()),
            (path(second, "name"), other_secret.to_owned()),
            (FieldPath::household("address"), "alamat kurang".to_owned()),
        ];
        device
            .return_with_comment(home, "perlu dilengkapi", &notes)
            .expect("returned");
    }
    agreed(&mut world, 2);
    agreed(&mut world, 0);
    world.server.backup(&file, NOW).expect("a backup");
    // Away from the network: about the one who will be erased, and about others.
    let late = "CATATAN RAHASIA";
    comment(&world, 1, home, &path(first, "birth_place"), late);
    comment(
        &world,
        1,
        home,
        &FieldPath::household("rt"),
        "rt sudah benar",
    );
    give(&world, 1, home, "rw", "007");

    for (person, gone, left) in [
        (first, secret, vec!["RAHASIA KEDUA", "alamat kurang"]),
        (second, other_secret, vec!["alamat kurang"]),
    ] {
        let target = EraseTarget::Person(person);
        world
            .server
            .erase(target, "request 17", "tests", NOW + 5)
            .expect("erased");
        for tablet in [2, 0, 1, 2, 0] {
            let report = agreed(&mut world, tablet);
            assert_eq!(report.refused, 0);
        }
        let mut expected: Vec<String> = left.into_iter().map(str::to_owned).collect();
        expected.push("rt sudah benar".into());
        for tablet in 0..3 {
            assert_eq!(comments(&world, tablet, home), expected);
            assert_eq!(
                decided(&world, tablet, home),
                (RecordState::Returned, "Bu Verifikator".to_owned())
            );
        }
        same_everywhere(&world);
        for (what, bytes) in everywhere(&world, place.path(), &file) {
            for text in [gone, late, &person.to_string()] {
                assert!(!holds(&bytes, text), "{text} is still in {what}");
            }
        }
    }
    // Whoever comes new hears the same.
    world.tablets.push(enrol(&world.server, 999, &[VILLAGE], 7));
    agreed(&mut world, 3);
    assert_eq!(comments(&world, 3, home).len(), 2);
    assert_eq!(
        decided(&world, 3, home),
        (RecordState::Returned, "Bu Verifikator".to_owned())
    );
}

#[test]
fn a_first_comment_about_somebody_who_was_erased_meanwhile_reaches_nobody() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let mut world = drill(&dir);
    let home = households(&world)[0];
    let gone = members(&world, 0, home)[1];
    world.server.backup(&file, NOW).expect("a backup");
    let late = "CATATAN RAHASIA";
    comment(&world, 1, home, &path(gone, "name"), late);
    comment(
        &world,
        1,
        home,
        &FieldPath::household("rt"),
        "rt sudah benar",
    );
    world
        .server
        .erase(EraseTarget::Person(gone), "request 18", "tests", NOW)
        .expect("erased");
    for tablet in [1, 0] {
        assert_eq!(agreed(&mut world, tablet).refused, 0);
        assert_eq!(comments(&world, tablet, home), ["rt sudah benar"]);
    }
    for (what, bytes) in everywhere(&world, place.path(), &file) {
        assert!(!holds(&bytes, late), "it is still in {what}");
    }
}
