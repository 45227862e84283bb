//! Two answers to one question at the desk: settled by who saw both, many at once, undone until the meeting has decided.

use crate::{
    complete,
    desk::{DESK, compare, everybody, others, village, visit, with},
};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_tests::{
    network::Faults,
    picture::png,
    prelist::VILLAGE,
    world::{World, enrol_as},
};

type Shown = Vec<(HouseholdId, FieldPath, String)>;

/// Conflicts about the floor, as the desk shows them.
fn floors(world: &World) -> Shown {
    let all = with(world, DESK, |device| device.conflicts().expect("conflicts"));
    let floors = all.into_iter().filter(|c| c.path == "floor_material");
    floors
        .map(|c| {
            let household = c.household.parse().expect("an id");
            (household, c.path.parse().expect("a path"), c.seen)
        })
        .collect()
}

/// Two enumerators find different floors in the same houses, the second an hour later.
fn differ(world: &mut World, some: &[HouseholdId]) {
    for household in some {
        visit(world, 0, *household, &[("floor_material", "1")]);
    }
    world.tablets[1].environment.advance(3_600_000);
    for household in some {
        visit(world, 1, *household, &[("floor_material", "8")]);
    }
    everybody(world);
}

/// Somebody who has not heard of the others' answers says something else.
fn says(world: &World, tablet: usize, household: HouseholdId, floor: &str) {
    with(world, tablet, |device| {
        let path = FieldPath::household("floor_material");
        device
            .give(household, None, &[(path, floor.into())])
            .expect("saved")
    });
}

fn floor(world: &World, tablet: usize, household: HouseholdId) -> String {
    with(world, tablet, |device| {
        let state = device.state(household).expect("state");
        state.answer("floor_material").to_owned()
    })
}

#[test]
fn many_conflicts_are_settled_with_one_reason_and_undone_one_by_one() {
    let mut world = village();
    let all = others(&world);
    let some = &all[..3];
    differ(&mut world, some);
    let conflicts = floors(&world);
    assert_eq!(conflicts.len(), 3);
    let settled = with(&world, DESK, |device| {
        let wrong = device
            .settle_many(&conflicts, "coin", "dua kali dilihat")
            .expect_err("how");
        assert_eq!(wrong.code, "malformed_request");
        device
            .settle_many(&conflicts, "author:Enumerator 0", "dua kali dilihat")
            .expect("settled")
    });
    assert_eq!((settled.settled, settled.left.len()), (3, 0));
    everybody(&mut world);
    assert!(
        some.iter()
            .all(|household| floor(&world, 0, *household) == "1")
    );
    let listed = with(&world, DESK, |device| {
        device.settlements().expect("settlements")
    });
    let one = listed
        .iter()
        .find(|s| s.household == some[0].to_string() && s.field.path == "floor_material")
        .expect("listed");
    assert!(
        one.closed.is_empty() && one.field.old.contains("Tanah"),
        "{one:?}"
    );
    let id = one.id.parse().expect("an id");
    with(&world, DESK, |device| {
        device.undo_settlement(some[0], id).expect("undone")
    });
    everybody(&mut world);
    for tablet in 0..3 {
        let again = with(&world, tablet, |device| {
            device.conflicts().expect("conflicts")
        });
        let waiting = again
            .iter()
            .find(|c| c.household == some[0].to_string() && c.path == "floor_material")
            .expect("waits again");
        assert_eq!(waiting.values.len(), 2, "{waiting:?}");
    }
    // And settled anew, the other way.
    with(&world, DESK, |device| {
        let path = FieldPath::household("floor_material");
        device
            .resolve(some[0], &path, "8", "ternyata tanah", None)
            .expect("settled")
    });
    everybody(&mut world);
    assert_eq!(floor(&world, 1, some[0]), "8");
    let left = with(&world, 0, |device| device.conflicts().expect("conflicts"));
    assert!(left.iter().all(|c| c.path != "floor_material"));
    // Each settlement says what it set then, whatever was answered since; one that was undone is gone for good.
    says(&world, 0, some[0], "5");
    everybody(&mut world);
    let listed = with(&world, DESK, |device| {
        let undone = device.undo_settlement(some[0], id).expect_err("undone");
        assert_eq!(undone.code, "not_found");
        device.settlements().expect("settlements")
    });
    let of_it: Vec<_> = listed
        .iter()
        .filter(|s| s.household == some[0].to_string() && s.field.path == "floor_material")
        .collect();
    assert_eq!(of_it.len(), 1, "{of_it:?}");
    assert_eq!(
        (of_it[0].field.new.as_str(), of_it[0].reason.as_str()),
        ("Tanah", "ternyata tanah")
    );
    let mut old: Vec<&str> = of_it[0].field.old.split(" / ").collect();
    old.sort_unstable();
    assert_eq!(old, ["Marmer/granit", "Tanah"]);
}

#[test]
fn a_value_that_came_after_the_screen_was_drawn_is_shown_before_anybody_overrules_it() {
    let mut world = village();
    let household = others(&world)[0];
    // The third is away while the two differ.
    let third = world.tablets.len();
    let away = enrol_as(
        &world.server,
        79,
        &[VILLAGE],
        "Enumerator 3",
        Role::Enumerator,
    );
    world.tablets.push(away);
    everybody(&mut world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    visit(&world, 1, household, &[("floor_material", "8")]);
    says(&world, third, household, "5");
    for tablet in [0, 1, DESK] {
        world.exchange(tablet, Faults::default()).expect("exchange");
    }
    let (_, path, seen) = floors(&world).remove(0);
    everybody(&mut world);
    with(&world, DESK, |device| {
        let late = device
            .resolve(household, &path, "8", "ternyata tanah", Some(&seen))
            .expect_err("another value came");
        assert_eq!(late.code, "changed_meanwhile");
        let shown = device.conflicts().expect("conflicts").remove(0);
        assert_eq!(shown.values.len(), 3, "nothing was hidden");
        assert_ne!(shown.seen, seen);
        device
            .resolve(household, &path, "8", "ternyata tanah", Some(&shown.seen))
            .expect("seen, and settled");
    });
    assert_eq!(floor(&world, DESK, household), "8");
}

#[test]
fn of_many_conflicts_those_with_values_that_nobody_saw_are_left_and_said() {
    let mut world = village();
    let all = others(&world);
    differ(&mut world, &all[..2]);
    let mut shown = floors(&world);
    shown.sort_by_key(|(household, _, _)| *household != all[0]);
    // Settled by the first enumerator and answered anew by the other at once: two values again, one of them unseen.
    with(&world, 0, |device| {
        let path = FieldPath::household("floor_material");
        device
            .resolve(all[0], &path, "6", "semen", None)
            .expect("settled")
    });
    says(&world, 1, all[0], "5");
    everybody(&mut world);
    let done = with(&world, DESK, |device| {
        device
            .settle_many(&shown, "newest", "dua kali dilihat")
            .expect("settled")
    });
    assert_eq!(done.settled, 1);
    let left: Vec<&str> = done.left.iter().map(|l| l.household.as_str()).collect();
    assert_eq!(left, [all[0].to_string()]);
    assert!(done.left[0].why.contains("berubah"), "{:?}", done.left);
    assert_eq!(floors(&world).len(), 1, "it waits for somebody who saw it");
}

/// A picture of its own.
fn picture(number: u32) -> Vec<u8> {
    let noise: Vec<u8> = (0..40 * 40 * 3)
        .map(|n| ((n + number).wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    png(40, 40, &noise)
}

#[test]
fn two_photos_of_one_house_are_shown_side_by_side_and_told_apart() {
    let mut world = village();
    let household = others(&world)[0];
    let house = FieldPath::household("photo_house");
    let taken: Vec<String> = (0..2)
        .map(|tablet| {
            let photo = with(&world, tablet, |device| {
                complete(device, household);
                device
                    .add_photo(household, &house, &picture(tablet as u32 * 100))
                    .expect("a photo")
            });
            visit(&world, tablet, household, &[]);
            photo
        })
        .collect();
    everybody(&mut world);
    let conflicts = with(&world, DESK, |device| {
        device.conflicts().expect("conflicts")
    });
    let shown = conflicts
        .iter()
        .find(|c| c.path == "photo_house")
        .expect("two photos");
    let mut values: Vec<&str> = shown.values.iter().map(|v| v.value.as_str()).collect();
    values.sort_unstable();
    let mut both: Vec<&str> = taken.iter().map(String::as_str).collect();
    both.sort_unstable();
    assert_eq!(values, both);
    assert!(shown.values.iter().all(|v| v.file == "photo"));
    assert_ne!(
        shown.values[0].display, shown.values[1].display,
        "one word for both says nothing"
    );
    let compared = compare(&world, DESK, household);
    let photo = compared
        .photos
        .iter()
        .find(|photo| photo.path == "photo_house")
        .expect("compared");
    let authors: Vec<&str> = photo.values.iter().map(|v| v.author.as_str()).collect();
    assert_eq!(authors.len(), 2, "{authors:?}");
    assert_ne!(authors[0], authors[1]);
    let (household, path) = (household, house);
    with(&world, DESK, |device| {
        device
            .resolve(
                household,
                &path,
                &taken[0],
                "lebih jelas",
                Some(&shown.seen),
            )
            .expect("settled")
    });
    let after = compare(&world, DESK, household);
    let photo = after
        .photos
        .iter()
        .find(|photo| photo.path == "photo_house");
    assert!(photo.expect("compared").values.is_empty());
}

#[test]
fn a_settlement_is_undone_until_the_village_meeting_has_decided_and_not_after() {
    let mut world = village();
    let head = world.tablets.len();
    let chief = enrol_as(
        &world.server,
        81,
        &[VILLAGE],
        "Pak Lurah",
        Role::VillageHead,
    );
    world.tablets.push(chief);
    everybody(&mut world);
    let household = others(&world)[0];
    differ(&mut world, &[household]);
    let settle = |world: &World| {
        let (_, path, seen) = floors(world).remove(0);
        with(world, DESK, |device| {
            device
                .resolve(household, &path, "8", "ternyata tanah", Some(&seen))
                .expect("settled")
        });
    };
    let newest =
        |world: &World| with(world, DESK, |device| device.settlements().expect("list")).remove(0);
    let accept = |world: &World, tablet: usize| {
        let seen = compare(world, tablet, household).seen;
        with(world, tablet, |device| {
            device
                .desk_accept(household, &seen, &[], "")
                .expect("accepted")
        })
    };
    settle(&world);
    assert_eq!(accept(&world, DESK), RecordState::FieldVerified);
    everybody(&mut world);
    // Verified is not decided by the meeting.
    let open = newest(&world);
    assert_eq!(open.closed, "");
    let id = open.id.parse().expect("an id");
    with(&world, DESK, |device| {
        device.undo_settlement(household, id).expect("undone")
    });
    settle(&world);
    everybody(&mut world);
    assert_eq!(accept(&world, head), RecordState::MusdesAccepted);
    everybody(&mut world);
    let closed = newest(&world);
    assert!(!closed.closed.is_empty());
    let id = closed.id.parse().expect("an id");
    let late = with(&world, DESK, |device| device.undo_settlement(household, id));
    assert_eq!(late.expect_err("decided").code, "record_closed");
    assert_eq!(floor(&world, DESK, household), "8");
}
