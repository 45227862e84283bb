//! Removals that two desks propose apart: none of them vanishes, and no place is promised twice in silence.

use crate::{
    desk::{DESK, compare, everybody, visit, with},
    evidence::two_desks,
};
use lawang_app::views::{DeskReason, RemovalView};
use lawang_domain::HouseholdId;
use lawang_tests::{prelist::VILLAGE, world::World};

/// The other desk.
const OTHER: usize = 3;

fn say(world: &World, tablet: usize, household: HouseholdId, reason: &str, place: &str) {
    let seen = compare(world, tablet, household).seen;
    with(world, tablet, |device| {
        device
            .desk_removal(household, &seen, reason, "", place, &[])
            .expect("said")
    });
}

fn removal(world: &World, tablet: usize, household: HouseholdId) -> RemovalView {
    compare(world, tablet, household)
        .removal
        .expect("it is still proposed")
}

#[test]
fn a_proposal_and_a_taking_back_made_apart_stand_beside_each_other_until_somebody_knows_both() {
    let (mut world, all) = two_desks();
    say(&world, DESK, all[0], "well_off", "");
    everybody(&mut world);
    // One takes it back; the other, away from the network, proposes anew with another reason.
    say(&world, DESK, all[0], "", "");
    say(&world, OTHER, all[0], "moved", "");
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        let found = removal(&world, tablet, all[0]);
        assert_eq!(found.reason, "moved", "{found:?}");
        let others: Vec<(&str, &str)> = found
            .others
            .iter()
            .map(|other| (other.title.as_str(), other.author.as_str()))
            .collect();
        assert_eq!(others, [("", "Ibu Sri")], "taken back by the first");
        let reasons = compare(&world, tablet, all[0]).reasons;
        assert!(reasons.contains(&DeskReason::Contested), "{reasons:?}");
    }
    // Who knows both settles it.
    say(&world, DESK, all[0], "well_off", "");
    everybody(&mut world);
    for tablet in [DESK, OTHER] {
        let found = removal(&world, tablet, all[0]);
        assert_eq!((found.reason.as_str(), found.others.len()), ("well_off", 0));
        let reasons = compare(&world, tablet, all[0]).reasons;
        assert!(!reasons.contains(&DeskReason::Contested), "{reasons:?}");
    }
}

#[test]
fn the_same_proposal_made_twice_is_no_contradiction() {
    let (mut world, all) = two_desks();
    say(&world, DESK, all[0], "well_off", "");
    say(&world, OTHER, all[0], "well_off", "");
    everybody(&mut world);
    let found = removal(&world, DESK, all[0]);
    assert!(found.others.is_empty(), "{found:?}");
}

#[test]
fn a_family_that_two_desks_promise_a_place_is_shown_at_both_proposals() {
    let (mut world, all) = two_desks();
    visit(&world, 0, all[1], &[("is_well_off", "1")]);
    visit(&world, 0, all[2], &[("household_status", "4")]);
    everybody(&mut world);
    let place = all[2].to_string();
    say(&world, DESK, all[0], "well_off", &place);
    say(&world, OTHER, all[1], "well_off", &place);
    everybody(&mut world);
    let list = with(&world, DESK, |device| device.replacements(VILLAGE));
    let list = list.expect("a list").removals;
    let promised: Vec<Vec<String>> = list
        .iter()
        .map(|entry| entry.removal.promised_to.clone())
        .collect();
    assert_eq!(promised.len(), 2);
    assert_eq!(promised[0], [list[1].head.clone()]);
    assert_eq!(promised[1], [list[0].head.clone()]);
}
