//! Maker and checker are different persons: also where the checker changes answers of a visit without submitting one.

use crate::{
    desk::{DESK, compare, everybody, village, visit, with},
    first,
};
use lawang_app::{AppError, Whole};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_tests::{
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};

fn floor() -> FieldPath {
    FieldPath::household("floor_material")
}

/// The person at a desk answers anew and leaves without submitting.
fn change(world: &World, tablet: usize, household: HouseholdId, value: &str) {
    with(world, tablet, |device| {
        device
            .answer(household, &floor(), value, Whole::Visit)
            .expect("answered");
        device.close_visit(household).expect("left");
    });
}

fn accept(world: &World, tablet: usize, household: HouseholdId) -> Result<RecordState, AppError> {
    let seen = compare(world, tablet, household).seen;
    with(world, tablet, |device| {
        device.desk_accept(household, &seen, &[], "lengkap")
    })
}

#[test]
fn who_changes_answers_of_a_visit_may_send_it_back_and_somebody_else_accepts_it() {
    let mut world = village();
    let other = Role::VillageVerifier;
    let other = enrol_as(&world.server, 78, &[VILLAGE], "Pak Joko", other);
    world.tablets.push(other);
    let household = first(&world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    change(&world, DESK, household, "8");
    let denied = accept(&world, DESK, household).expect_err("own work");
    assert_eq!(denied.code, "own_work");
    assert!(denied.words("en").0.contains("changed its answers"));
    everybody(&mut world);
    assert_eq!(
        accept(&world, DESK, household).expect_err("still").code,
        "own_work"
    );
    let state = accept(&world, 3, household).expect("another person");
    assert_eq!(state, RecordState::FieldVerified);
    everybody(&mut world);
}

#[test]
fn an_answer_put_back_leaves_nothing_of_ones_own_to_accept() {
    let mut world = village();
    let household = first(&world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    change(&world, DESK, household, "8");
    change(&world, DESK, household, "1");
    accept(&world, DESK, household).expect("nothing was changed");
    everybody(&mut world);
}

#[test]
fn a_visit_submitted_after_the_change_is_judged_like_any_other() {
    let mut world = village();
    let household = first(&world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    change(&world, DESK, household, "8");
    with(&world, DESK, |device| {
        device
            .return_with_comment(household, "lihat lagi lantainya", &[])
            .expect("sent back")
    });
    everybody(&mut world);
    visit(&world, 1, household, &[]);
    everybody(&mut world);
    accept(&world, DESK, household).expect("another visit");
    everybody(&mut world);
}

#[test]
fn who_changed_answers_stays_apart_from_who_checks_when_the_history_is_compacted() {
    let mut world = village();
    let other = enrol_as(
        &world.server,
        78,
        &[VILLAGE],
        "Pak Joko",
        Role::VillageVerifier,
    );
    world.tablets.push(other);
    let household = first(&world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    change(&world, DESK, household, "8");
    everybody(&mut world);
    for _ in 0..2 {
        world.server.compact(None, 1, NOW).expect("compacted");
        everybody(&mut world);
        assert_eq!(
            accept(&world, DESK, household).expect_err("own").code,
            "own_work"
        );
    }
    accept(&world, 3, household).expect("another person");
    everybody(&mut world);
}
