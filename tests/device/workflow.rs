//! Decisions that people take apart: never refused because somebody was quicker, never lost, settled by more authority.

use crate::{complete, first, world};
use lawang_app::Whole;
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role, VisitState};
use lawang_tests::{
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};

/// An enumerator (0), two verifiers (1, 2) and the village head (3), all with the list.
fn village() -> World {
    let mut world = world(1);
    for (seed, name, role) in [
        (77, "Ibu Sri", Role::VillageVerifier),
        (78, "Pak Joko", Role::VillageVerifier),
        (79, "Ibu Kades", Role::VillageHead),
    ] {
        let person = enrol_as(&world.server, seed, &[VILLAGE], name, role);
        world.tablets.push(person);
    }
    everybody(&mut world);
    world
}

/// Everybody exchanges twice: nothing is refused, and all agree.
fn everybody(world: &mut World) {
    for _ in 0..2 {
        for tablet in 0..world.tablets.len() {
            let report = world.exchange(tablet, Faults::default()).expect("exchange");
            assert!(report.agreed, "device {tablet} and the server differ");
            assert_eq!(
                report.refused, 0,
                "something of device {tablet} was refused"
            );
        }
    }
}

fn with<T>(world: &World, tablet: usize, work: impl FnOnce(&mut lawang_app::Device) -> T) -> T {
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn visit(world: &mut World, tablet: usize, household: HouseholdId) {
    with(world, tablet, |device| {
        complete(device, household);
        device.submit(household, Whole::Visit).expect("submitted");
    });
    world.tablets[tablet].environment.advance(60_000);
}

fn state(world: &World, tablet: usize, household: HouseholdId) -> (RecordState, VisitState, bool) {
    with(world, tablet, |device| {
        let card = device.store().card(household).expect("read").expect("card");
        let review = device.store().review(household).expect("read");
        (
            device.record_state(household).expect("state"),
            card.state,
            review.is_some_and(|review| review.contested),
        )
    })
}

fn send_back(world: &World, tablet: usize, household: HouseholdId, reason: &str) {
    with(world, tablet, |device| {
        device
            .return_with_comment(household, reason, &[])
            .expect("sent back")
    });
}

fn approve(
    world: &World,
    tablet: usize,
    household: HouseholdId,
) -> Result<RecordState, &'static str> {
    with(world, tablet, |device| {
        device.approve(household, "").map_err(|error| error.code)
    })
}

#[test]
fn two_decisions_taken_apart_are_both_taken_and_wait_for_somebody_with_more_authority() {
    for approves_first in [true, false] {
        let mut world = village();
        let household = first(&world);
        visit(&mut world, 0, household);
        everybody(&mut world);
        assert_eq!(
            approve(&world, 1, household),
            Ok(RecordState::FieldVerified)
        );
        send_back(&world, 2, household, "RT salah");
        // Whoever comes first: the other's decision is no mistake, and is not refused.
        for tablet in if approves_first { [1, 2] } else { [2, 1] } {
            let report = world.exchange(tablet, Faults::default()).expect("exchange");
            assert_eq!(report.refused, 0);
        }
        everybody(&mut world);
        for tablet in 0..4 {
            let found = state(&world, tablet, household);
            assert_eq!(found, (RecordState::Returned, VisitState::Returned, true));
        }
        assert_eq!(approve(&world, 1, household), Err("contested"));
        assert_eq!(
            approve(&world, 3, household),
            Ok(RecordState::FieldVerified)
        );
        everybody(&mut world);
        for tablet in 0..4 {
            let found = state(&world, tablet, household);
            assert_eq!(
                found,
                (RecordState::FieldVerified, VisitState::Verified, false)
            );
        }
    }
}

#[test]
fn erasing_a_member_settles_no_contradiction_whoever_had_the_later_clock() {
    for later in [1, 2] {
        let mut world = village();
        let household = first(&world);
        visit(&mut world, 0, household);
        everybody(&mut world);
        world.tablets[later].environment.advance(3_600_000);
        assert_eq!(
            approve(&world, 1, household),
            Ok(RecordState::FieldVerified)
        );
        send_back(&world, 2, household, "RT salah");
        everybody(&mut world);
        let member = crate::erasure::members(&world, 0, household)[1];
        let target = lawang_server::EraseTarget::Person(member);
        let erased = world.server.erase(target, "request 8", "tests", NOW);
        erased.expect("erased");
        everybody(&mut world);
        for tablet in 0..4 {
            let found = state(&world, tablet, household);
            let contested = (RecordState::Returned, VisitState::Returned, true);
            assert_eq!(found, contested, "tablet {tablet}");
        }
        // What is decided next knows both.
        assert_eq!(
            approve(&world, 3, household),
            Ok(RecordState::FieldVerified)
        );
        everybody(&mut world);
        let second = crate::erasure::members(&world, 0, household)[0];
        let target = lawang_server::EraseTarget::Person(second);
        let erased = world.server.erase(target, "request 9", "tests", NOW);
        erased.expect("erased");
        everybody(&mut world);
        for tablet in 0..4 {
            let found = state(&world, tablet, household);
            let settled = (RecordState::FieldVerified, VisitState::Verified, false);
            assert_eq!(found, settled, "tablet {tablet}");
        }
    }
}

#[test]
fn a_visit_that_was_sent_back_and_made_again_waits_anew_however_wrong_the_clock_is() {
    let mut world = village();
    let household = first(&world);
    visit(&mut world, 0, household);
    everybody(&mut world);
    send_back(&world, 1, household, "RT salah");
    everybody(&mut world);
    // The tablet's clock fell back by a year.
    world.tablets[0].environment.advance(-365 * 86_400_000);
    with(&world, 0, |device| {
        let path = FieldPath::household("rt");
        device
            .answer(household, &path, "004", Whole::Visit)
            .expect("answered");
    });
    visit(&mut world, 0, household);
    everybody(&mut world);
    assert_eq!(state(&world, 1, household).0, RecordState::Submitted);
    send_back(&world, 1, household, "RW juga salah");
    everybody(&mut world);
    for tablet in 0..4 {
        assert_eq!(state(&world, tablet, household).0, RecordState::Returned);
    }
}

#[test]
fn a_late_decision_on_an_older_visit_changes_nothing_about_the_newer_one() {
    let mut world = village();
    let household = first(&world);
    visit(&mut world, 0, household);
    everybody(&mut world);
    // Pak Joko decides offline, twice; meanwhile the visit is sent back, made again and verified.
    assert_eq!(
        approve(&world, 2, household),
        Ok(RecordState::FieldVerified)
    );
    send_back(&world, 2, household, "ternyata kurang");
    send_back(&world, 1, household, "RT salah");
    for tablet in [1, 0] {
        world.exchange(tablet, Faults::default()).expect("exchange");
    }
    visit(&mut world, 0, household);
    for tablet in [0, 1] {
        world.exchange(tablet, Faults::default()).expect("exchange");
    }
    assert_eq!(
        approve(&world, 1, household),
        Ok(RecordState::FieldVerified)
    );
    everybody(&mut world);
    for tablet in 0..4 {
        let found = state(&world, tablet, household);
        assert_eq!(
            found,
            (RecordState::FieldVerified, VisitState::Verified, false)
        );
    }
    let decisions = with(&world, 0, |device| {
        let kind = lawang_domain::DocumentKind::Verification;
        let verification = device.store().document(household, kind).expect("read");
        lawang_records::decisions(&verification.state().expect("state")).len()
    });
    assert_eq!(decisions, 4, "all stay in the history");
}
