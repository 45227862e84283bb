//! What an exchange costs in bytes, and that nothing is left out which the other side cannot work out.

use crate::world;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_sync::Report;
use lawang_tests::{network::Faults, world::World};
use std::collections::BTreeMap;

fn all(world: &World) -> Vec<HouseholdId> {
    let device = world.tablets[0].device.lock().expect("a device");
    device.all_households().expect("list")
}

fn give(world: &World, tablet: usize, household: HouseholdId, path: &str, value: &str) {
    let path: FieldPath = path.parse().expect("a path");
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    device
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

fn exchange(world: &mut World, tablet: usize) -> Report {
    world.exchange(tablet, Faults::default()).expect("exchange")
}

fn bytes(report: &Report) -> u64 {
    report.progress.bytes_up + report.progress.bytes_down
}

#[test]
fn an_exchange_with_nothing_new_costs_one_message_each_way_and_gives_a_receipt() {
    let mut world = world(2);
    let report = exchange(&mut world, 0);
    assert!(report.agreed && !report.receipt.is_empty());
    assert_eq!(report.progress.requests, 1);
    assert!(
        bytes(&report) <= 300,
        "{} bytes for nothing",
        bytes(&report)
    );

    // Something new from elsewhere is never overlooked.
    let household = all(&world)[0];
    give(&world, 1, household, "rt", "007");
    exchange(&mut world, 1);
    let report = exchange(&mut world, 0);
    assert!(report.agreed && report.pulled == 1 && report.progress.requests > 1);
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(device.state(household).expect("state").answer("rt"), "007");
}

#[test]
fn two_hundred_answers_in_one_batch_cost_at_most_forty_bytes_each_with_their_visits() {
    let mut world = World::new(5, 200, 1);
    exchange(&mut world, 0);
    let households = all(&world);
    for (n, household) in households.iter().enumerate() {
        let value = ["1", "2", "5", "8"][n % 4];
        give(&world, 0, *household, "floor_material", value);
        world.tablets[0]
            .environment
            .advance(40_000 + (n as i64 % 7) * 900);
    }
    let report = exchange(&mut world, 0);
    assert!(report.agreed);
    assert_eq!(report.pushed, 200);
    // Each stands in a visit of its own, whose random id alone takes 16 bytes that nothing can squeeze.
    let each = report.progress.bytes_up as f64 / 200.0;
    assert!(each <= 40.0, "{each} bytes for each answer");
    let mut theirs = BTreeMap::new();
    world
        .server
        .households(None, false, &mut |line| {
            theirs.insert(line.household, line.digest);
            Ok(())
        })
        .expect("households");
    for household in households {
        let device = world.tablets[0].device.lock().expect("a device");
        let ours = device.digest(household).expect("digest");
        drop(device);
        assert_eq!(theirs.get(&household), Some(&ours));
    }
}
