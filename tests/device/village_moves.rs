//! A village is split or merged: records go to another village, and nothing that anybody made is lost.

use crate::moves::{QUIET, give, household_in, unsent};
use lawang_domain::{FieldPath, HouseholdId, VillageCode};
use lawang_server::Movers;
use lawang_tests::{
    hubs::{ELSEWHERE, HubWorld},
    prelist::VILLAGE,
    world::enrol,
};
use std::collections::BTreeSet;

fn code(village: &str) -> VillageCode {
    village.parse().expect("a village")
}

/// The office moves one household, or all.
fn move_to(world: &mut HubWorld, household: Option<HouseholdId>, from: &str, to: &str) -> usize {
    world.now += 60_000;
    let movers = match household {
        Some(id) => Movers::Listed(BTreeSet::from([id.to_string()])),
        None => Movers::All,
    };
    let said = ("Perda 3/2026", "office");
    let (between, now) = ((code(from), code(to)), world.now);
    let done = world
        .district
        .move_records(between, &movers, said, now, &mut |_, _| ())
        .expect("moved");
    world.now += 60_000;
    done.moved
}

fn value(world: &HubWorld, tablet: usize, household: HouseholdId, key: &str) -> Option<String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().row_state(household).expect("a state")?;
    let state = device.store().record(household).expect("a record").state();
    Some(
        state
            .expect("a state")
            .text(&FieldPath::household(key))
            .to_owned(),
    )
}

fn village_of(world: &HubWorld, tablet: usize, household: HouseholdId) -> String {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().row(household).expect("a row").1
}

fn agrees(world: &mut HubWorld, tablet: usize) {
    let report = world.at_district(tablet, QUIET).expect("an answer");
    assert!(report.agreed, "tablet {tablet}: {:?}", report.differing);
}

fn log_fits(world: &HubWorld) {
    for server in [&world.district, &world.hub] {
        let found = server.verify_log().expect("a log");
        assert!(found.is_ok(), "{found:?}");
    }
}

/// Tablets: 0 the village that is left, 1 the one that is come to, 2 both.
fn split() -> (HubWorld, HouseholdId) {
    let mut world = HubWorld::new(41, 3, &[&[VILLAGE], &[ELSEWHERE], &[VILLAGE, ELSEWHERE]]);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..3 {
        agrees(&mut world, tablet);
    }
    let household = household_in(&world, 0, VILLAGE);
    give(&world, 0, household, "rt", "008");
    for tablet in 0..3 {
        agrees(&mut world, tablet);
    }
    (world, household)
}

#[test]
fn a_household_that_moves_comes_with_all_that_was_said_and_leaves_the_devices_of_the_old_village() {
    let (mut world, household) = split();
    assert_eq!(move_to(&mut world, Some(household), VILLAGE, ELSEWHERE), 1);
    for tablet in [1, 2, 0, 1, 2] {
        agrees(&mut world, tablet);
    }
    for tablet in [1, 2] {
        assert_eq!(
            value(&world, tablet, household, "rt").as_deref(),
            Some("008")
        );
        assert_eq!(village_of(&world, tablet, household), ELSEWHERE);
    }
    assert_eq!(
        value(&world, 0, household, "rt"),
        None,
        "it is not theirs any more"
    );
    let heard = world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .moved_records();
    let heard = heard.expect("moves");
    assert_eq!((heard.len(), heard[0].records, heard[0].here), (1, 1, 0));
    assert!(!heard[0].mine && !heard[0].to.is_empty());
    // Whoever comes later finds it where it is, and agrees.
    for (seed, villages, there) in [
        (71, &[VILLAGE][..], false),
        (72, &[ELSEWHERE][..], true),
        (73, &[VILLAGE, ELSEWHERE][..], true),
    ] {
        world
            .tablets
            .push(enrol(&world.district, seed, villages, 9));
        let new = world.tablets.len() - 1;
        agrees(&mut world, new);
        let said = value(&world, new, household, "rt");
        assert_eq!(said.as_deref(), there.then_some("008"));
    }
    log_fits(&world);
}

#[test]
fn what_was_made_before_the_word_came_is_taken_and_reaches_the_new_village() {
    let (mut world, household) = split();
    give(&world, 0, household, "rw", "007");
    move_to(&mut world, Some(household), VILLAGE, ELSEWHERE);
    // Those of the new village work on already.
    agrees(&mut world, 1);
    give(&world, 1, household, "address", "Jalan Baru 1");
    agrees(&mut world, 1);
    agrees(&mut world, 0);
    assert_eq!(unsent(&world, 0), 0, "nothing waits in silence");
    let device = world.tablets[0].device.lock().expect("a device");
    assert!(device.proposals(false).expect("proposals").mine.is_empty());
    drop(device);
    for tablet in [1, 2] {
        agrees(&mut world, tablet);
        assert_eq!(
            value(&world, tablet, household, "rw").as_deref(),
            Some("007")
        );
        let address = value(&world, tablet, household, "address");
        assert_eq!(address.as_deref(), Some("Jalan Baru 1"));
    }
    assert!(world.district.quarantine().expect("a list").is_empty());
    log_fits(&world);
}

#[test]
fn what_somebody_writes_who_knows_that_it_is_not_theirs_any_more_is_refused() {
    let (mut world, household) = split();
    // An old copy of the device remembers the household after it heard of the move.
    let copy = world.tablets[0].copy();
    move_to(&mut world, Some(household), VILLAGE, ELSEWHERE);
    agrees(&mut world, 0);
    world.now += 60_000;
    world.tablets[0].restore(copy);
    give(&world, 0, household, "rw", "009");
    let _ = world.at_district(0, QUIET);
    let _ = world.at_district(0, QUIET);
    assert_eq!(unsent(&world, 0), 0, "nothing waits in silence");
    let device = world.tablets[0].device.lock().expect("a device");
    let mine = device.proposals(false).expect("proposals").mine;
    assert_eq!(
        (mine.len(), &*mine[0].code, &*mine[0].fields[0].new),
        (1, "not_your_village", "009")
    );
}

#[test]
fn a_village_that_is_merged_moves_whole_and_a_hub_and_late_work_there_follow() {
    let (mut world, household) = split();
    let all = 3;
    // Given at the hub, which does not know of the move yet and the district does.
    give(&world, 0, household, "rw", "006");
    assert_eq!(move_to(&mut world, None, VILLAGE, ELSEWHERE), all);
    world.at_hub(0, QUIET).expect("at the hub");
    world.upstream().expect("upstream");
    for _ in 0..2 {
        world.upstream().expect("upstream");
        world.at_hub(0, QUIET).expect("at the hub");
        for tablet in 0..3 {
            agrees(&mut world, tablet);
        }
    }
    for tablet in [1, 2] {
        assert_eq!(
            value(&world, tablet, household, "rw").as_deref(),
            Some("006")
        );
    }
    let left = world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .all_households();
    assert!(left.expect("a list").is_empty());
    // And back again, as if the merger was annulled.
    assert_eq!(move_to(&mut world, Some(household), ELSEWHERE, VILLAGE), 1);
    for _ in 0..2 {
        world.upstream().expect("upstream");
        for tablet in 0..3 {
            agrees(&mut world, tablet);
        }
    }
    assert_eq!(value(&world, 0, household, "rw").as_deref(), Some("006"));
    assert_eq!(value(&world, 1, household, "rw"), None);
    assert_eq!(village_of(&world, 2, household), VILLAGE);
    log_fits(&world);
}

#[test]
fn receipts_from_before_a_move_still_fit_and_a_move_is_refused_with_what_to_do() {
    let (mut world, household) = split();
    let proofs = |world: &HubWorld, tablet: usize| {
        let device = world.tablets[tablet].device.lock().expect("a device");
        device.store().receipts().expect("receipts")
    };
    move_to(&mut world, Some(household), VILLAGE, ELSEWHERE);
    for tablet in [0, 1, 2] {
        agrees(&mut world, tablet);
    }
    let mut checked = 0;
    for tablet in [0, 1, 2] {
        for kept in proofs(&world, tablet) {
            let verdict = world
                .district
                .check_receipt(&kept.proof)
                .expect("a verdict");
            assert!(verdict.fits, "{}: {}", verdict.what, verdict.message);
            checked += 1;
        }
    }
    assert!(checked >= 6, "{checked}");
    let refuse = |from: &str, to: &str, reason: &str| {
        let movers = Movers::All;
        let between = (code(from), code(to));
        let error = world
            .district
            .move_records(
                between,
                &movers,
                (reason, "office"),
                world.now,
                &mut |_, _| (),
            )
            .expect_err("refused");
        error.code().to_owned()
    };
    assert_eq!(refuse(VILLAGE, VILLAGE, "x"), "same_village");
    assert_eq!(refuse(VILLAGE, ELSEWHERE, " "), "reason_missing");
    assert_eq!(refuse(VILLAGE, "18.09.01.2999", "x"), "unknown_village");
    assert_eq!(refuse("18.09.01.2003", VILLAGE, "x"), "nothing_moves");
}
