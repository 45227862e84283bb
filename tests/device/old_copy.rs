//! A database that is an older copy of itself: what was made since is at the district, and is made once more here.

use crate::{complete, first, world};
use lawang_app::Whole;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::{
    network::Faults,
    world::{NOW, World},
};
use rusqlite::{Connection, backup::Backup};
use std::{collections::BTreeMap, time::Duration};

fn copied(world: &World) -> Connection {
    let device = world.tablets[0].device.lock().expect("a device");
    let mut copy = Connection::open_in_memory().expect("memory");
    Backup::new(device.store().raw(), &mut copy)
        .and_then(|backup| backup.run_to_completion(1_000, Duration::ZERO, None))
        .expect("copied");
    copy
}

fn type_in(world: &World, household: HouseholdId, floor: &str) {
    let mut device = world.tablets[0].device.lock().expect("a device");
    complete(&mut device, household);
    let path = FieldPath::household("floor_area");
    device
        .answer(household, &path, floor, Whole::Visit)
        .expect("answered");
}

fn submit(world: &World, household: HouseholdId) {
    let tablet = &world.tablets[0];
    tablet.environment.advance(20 * 60_000);
    let mut device = tablet.device.lock().expect("a device");
    device.submit(household, Whole::Visit).expect("submitted");
}

/// When the visits of a household were submitted, by their names, as a device reads it.
fn submitted(world: &World, tablet: usize, household: HouseholdId) -> BTreeMap<String, String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let state = device.state(household).expect("state");
    let visits = state.of("visits").iter();
    visits
        .map(|id| {
            let path = FieldPath::of("visits", *id, "submitted");
            (id.to_string(), state.text(&path).to_owned())
        })
        .collect()
}

fn quiet(world: &mut World) {
    for _ in 0..3 {
        for tablet in 0..world.tablets.len() {
            world.exchange(tablet, Faults::default()).expect("exchange");
        }
    }
    for tablet in 0..world.tablets.len() {
        let report = world.exchange(tablet, Faults::default()).expect("exchange");
        assert!(report.agreed, "device {tablet} and the server differ");
        assert_eq!(report.refused, 0, "device {tablet}");
    }
}

#[test]
fn a_visit_that_was_finished_and_finished_again_on_an_old_copy_is_seen_twice_and_not_hidden() {
    finished_again(false);
}

#[test]
fn so_it_is_when_the_record_was_compacted_between() {
    finished_again(true);
}

fn finished_again(compacted: bool) {
    let mut world = world(2);
    let household = first(&world);
    type_in(&world, household, "41");
    let copy = copied(&world);
    submit(&world, household);
    quiet(&mut world);
    if compacted {
        let done = world.server.compact(None, 1, NOW).expect("compacted");
        assert_eq!(done.records, 1);
    }
    let before = submitted(&world, 1, household);
    assert_eq!(before.len(), 1);
    world.restore(0, copy);
    // The same visit is still open there, and the person finishes it once more.
    type_in(&world, household, "57");
    world.tablets[0].environment.advance(3_600_000);
    submit(&world, household);
    quiet(&mut world);
    for tablet in [0, 1] {
        let after = submitted(&world, tablet, household);
        assert_eq!(after.len(), 2, "device {tablet}: {after:?}");
        assert!(after.values().all(|at| !at.is_empty()), "{after:?}");
        for (visit, at) in &before {
            assert_eq!(after.get(visit), Some(at), "what was accepted stands");
        }
    }
    let device = world.tablets[0].device.lock().expect("a device");
    let mine = device.proposals(false).expect("proposals").mine;
    // Two values cannot stand side by side in a row, so what was answered twice is for its author to see.
    let fields: Vec<&str> = mine
        .iter()
        .flat_map(|p| p.fields.iter().map(|f| f.path.as_str()))
        .collect();
    let expected: &[&str] = if compacted { &["floor_area"] } else { &[] };
    assert_eq!(fields, expected, "{mine:?}");
}

#[test]
fn a_visit_that_says_the_same_on_an_old_copy_stays_one() {
    let mut world = world(2);
    let household = first(&world);
    type_in(&world, household, "41");
    let copy = copied(&world);
    // What is typed becomes a change with an exchange, and is a change once more on the copy.
    quiet(&mut world);
    world.restore(0, copy);
    quiet(&mut world);
    for tablet in [0, 1] {
        assert_eq!(submitted(&world, tablet, household).len(), 1);
    }
    submit(&world, household);
    quiet(&mut world);
    for tablet in [0, 1] {
        let after = submitted(&world, tablet, household);
        assert!(after.values().any(|at| !at.is_empty()), "{after:?}");
    }
}
