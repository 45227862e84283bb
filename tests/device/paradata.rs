//! What visits tell of how they were made, where answers were sent back and mended at a table.

use crate::{
    complete,
    desk::{DESK, compare, everybody, village, visit, with},
};
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::{
    prelist::VILLAGE,
    world::{NOW, World},
};

const HOUSE: &str = "-5.360000 105.100000 0 5";
/// Two kilometres from there.
const OFFICE: &str = "-5.378000 105.100000 0 5";

fn all(world: &World) -> Vec<HouseholdId> {
    with(world, 0, |device| device.all_households().expect("list"))
}

fn send_back(world: &World, household: HouseholdId) {
    with(world, DESK, |device| {
        device
            .return_with_comment(household, "lihat lagi lantainya", &[])
            .expect("sent back")
    });
}

/// A visit at the house that was sent back, and everybody knows.
fn sent_back() -> (World, HouseholdId) {
    let mut world = village();
    let household = all(&world)[0];
    visit(&world, 0, household, &[("gps", HOUSE)]);
    everybody(&mut world);
    send_back(&world, household);
    everybody(&mut world);
    (world, household)
}

/// A visit of so many minutes.
fn correct(world: &World, tablet: usize, household: HouseholdId, minutes: i64, gps: &str) {
    world.tablets[tablet].environment.advance(60 * 60_000);
    with(world, tablet, |device| {
        complete(device, household);
        for (key, value) in [("floor_material", "8"), ("gps", gps)] {
            device
                .answer(household, &FieldPath::household(key), value, Whole::Visit)
                .expect("answered");
        }
        world.tablets[tablet].environment.advance(minutes * 60_000);
        device.submit(household, Whole::Visit).expect("submitted");
    });
}

fn signs(world: &World, person: &str) -> Vec<String> {
    let found = with(world, DESK, |device| {
        device.enumerators(VILLAGE).expect("people")
    });
    found
        .into_iter()
        .filter(|work| work.person == person)
        .flat_map(|work| work.signs)
        .map(|sign| sign.code)
        .collect()
}

fn implausible(shown: &views::Comparison) -> Vec<String> {
    let of_visit = shown.checks.iter().filter(|c| c.kind == "paradata");
    of_visit.map(|check| check.message.clone()).collect()
}

#[test]
fn answers_that_are_mended_in_two_minutes_at_the_office_are_no_visit_made_too_fast_or_too_far_away()
{
    let (mut world, household) = sent_back();
    correct(&world, 0, household, 2, OFFICE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 0"), Vec::<String>::new());
    let shown = compare(&world, DESK, household);
    assert_eq!(implausible(&shown), Vec::<String>::new());
    assert!(shown.current.is_some_and(|current| !current.far));
    // Sent back again and mended again: still the one visit at the house.
    send_back(&world, household);
    everybody(&mut world);
    correct(&world, 0, household, 1, OFFICE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 0"), Vec::<String>::new());
    assert_eq!(
        implausible(&compare(&world, DESK, household)),
        Vec::<String>::new()
    );
}

#[test]
fn a_visit_that_was_made_too_fast_stays_too_fast_when_it_is_mended_at_leisure() {
    let mut world = village();
    let household = all(&world)[0];
    correct(&world, 0, household, 2, HOUSE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 0"), ["too_fast"]);
    send_back(&world, household);
    everybody(&mut world);
    correct(&world, 0, household, 40, HOUSE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 0"), ["too_fast"]);
    assert_eq!(implausible(&compare(&world, DESK, household)).len(), 1);
}

#[test]
fn who_is_given_the_household_of_another_has_to_go_there() {
    let (mut world, household) = sent_back();
    correct(&world, 1, household, 2, OFFICE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 1"), ["too_fast"]);
    let shown = compare(&world, DESK, household);
    assert_eq!(implausible(&shown).len(), 2, "{:?}", implausible(&shown));
    assert!(shown.current.is_some_and(|current| current.far));
}

#[test]
fn what_was_made_and_what_was_mended_is_told_apart_after_a_rebuild_too() {
    let (mut world, household) = sent_back();
    correct(&world, 0, household, 2, OFFICE);
    everybody(&mut world);
    with(&world, DESK, |device| {
        let seen = device.comparison(household, false).expect("shown").seen;
        device
            .desk_accept(household, &seen, &[], "")
            .expect("accepted");
        device.rebuild(|_, _| ()).expect("rebuilt");
    });
    assert_eq!(signs(&world, "Enumerator 0"), Vec::<String>::new());
}

#[test]
fn a_family_whose_data_are_restricted_is_among_no_signs_until_that_is_lifted() {
    let mut world = village();
    let household = all(&world)[0];
    correct(&world, 0, household, 2, HOUSE);
    everybody(&mut world);
    assert_eq!(signs(&world, "Enumerator 0"), ["too_fast"]);
    for (restricted, expected) in [(true, vec![]), (false, vec!["too_fast"])] {
        let said = ("permintaan 7", "tests");
        let done = world
            .server
            .restrict(household, None, restricted, said, NOW);
        assert!(done.expect("said"));
        everybody(&mut world);
        assert_eq!(signs(&world, "Enumerator 0"), expected);
    }
}
