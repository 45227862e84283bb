//! A district that was restored from a backup, and the hub that stands before it: everything that it handed over after the
//! backup comes again, also of devices, and of a hub, that the backup does not know.

use lawang_domain::{FieldPath, HouseholdId, Role};
use lawang_server::{Options, Server, backup};
use lawang_tests::{
    hubs::{HubWorld, enrol_hub},
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, enrol},
};
use std::{fs, path::Path};

fn open(dir: &Path) -> Server {
    Server::open(dir, &Options::default()).expect("a server")
}

fn give(world: &HubWorld, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let path = FieldPath::household(key);
    device
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

fn at_hub(world: &mut HubWorld, tablet: usize) {
    let report = world.at_hub(tablet, Faults::default()).expect("at the hub");
    assert!(report.agreed, "{report:?}");
}

fn at_district(world: &mut HubWorld, tablet: usize) {
    let report = world.at_district(tablet, Faults::default());
    assert!(report.expect("at the district").agreed);
}

fn disaster_and_restore(world: &mut HubWorld, dir: &Path, file: &Path, key: &Path) {
    world.district = Server::open_in_memory(1).expect("something else");
    fs::remove_dir_all(dir).expect("gone");
    backup::restore(file, dir, key, true, NOW + 1).expect("restored");
    world.district = open(dir);
}

fn answer(server: &Server, household: HouseholdId, key: &str) -> String {
    let found = server.household(household).expect("a store");
    found.expect("a household").answer(key).to_owned()
}

fn unsent(world: &HubWorld, tablet: usize) -> u32 {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().unsent_households().expect("a count")
}

/// The receipts of a device, as `lawang device receipts --export` writes them.
fn proofs(world: &HubWorld, tablet: usize) -> Vec<Vec<u8>> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let kept = device.store().receipts().expect("receipts");
    kept.into_iter().map(|receipt| receipt.proof).collect()
}

#[test]
fn after_a_restore_a_hub_hands_over_again_also_for_a_device_that_is_readmitted_later() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file, key) = (
        place.path().join("district"),
        place.path().join("backup"),
        place.path().join("safe.key"),
    );
    let mut world = HubWorld::on(open(&dir), 51, 4, &[&[VILLAGE], &[VILLAGE]]);
    fs::copy(dir.join("server.key"), &key).expect("a safe copy");
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        at_hub(&mut world, tablet);
    }
    let all = {
        let device = world.tablets[0].device.lock().expect("a device");
        device.all_households().expect("households")
    };
    world.district.backup(&file, NOW).expect("a backup");
    // A third device is enrolled after the backup, and was at the district once.
    world
        .tablets
        .push(enrol(&world.district, 991, &[VILLAGE], 2));
    at_district(&mut world, 2);
    let receipts = proofs(&world, 2);
    world.upstream().expect("the hub hears of it");
    // Work by all of them through the hub, which the district acknowledges.
    give(&world, 0, all[0], "rt", "001");
    at_hub(&mut world, 0);
    at_hub(&mut world, 2);
    give(&world, 2, all[0], "rt", "002");
    give(&world, 2, all[1], "address", "Dusun Baru");
    at_hub(&mut world, 2);
    at_hub(&mut world, 1);
    give(&world, 1, all[1], "rt", "003");
    at_hub(&mut world, 1);
    world.upstream().expect("up");
    for tablet in 0..3 {
        at_hub(&mut world, tablet);
        assert_eq!(unsent(&world, tablet), 0);
    }
    disaster_and_restore(&mut world, &dir, &file, &key);
    assert_ne!(answer(&world.district, all[0], "rt"), "002");

    // The hub comes before anybody has readmitted the device: what it made must not be written off.
    world.anew = true;
    for _ in 0..3 {
        world.upstream().expect("up again");
    }
    let public = {
        let device = world.tablets[2].device.lock().expect("a device");
        device.public_key()
    };
    let id = world.tablets[2].id;
    let villages = [VILLAGE.parse().expect("a village")];
    let who = ("Enumerator 2", Role::Enumerator, &villages[..]);
    let done = world.district.readmit(id, public, &receipts, who, NOW + 5);
    assert_eq!(done.expect("readmitted").device, id);
    for _ in 0..2 {
        world.upstream().expect("up again");
    }
    for tablet in [2, 1, 0, 2] {
        at_hub(&mut world, tablet);
    }
    world.upstream().expect("up again");
    for (household, key, value) in [
        (all[0], "rt", "002"),
        (all[1], "address", "Dusun Baru"),
        (all[1], "rt", "003"),
    ] {
        assert_eq!(answer(&world.district, household, key), value, "{key}");
    }
    for tablet in 0..3 {
        at_district(&mut world, tablet);
        assert_eq!(unsent(&world, tablet), 0);
    }
    assert!(world.upstream().expect("up").agreed);
    for server in [&world.district, &world.hub] {
        server
            .verify_log()
            .expect("a store")
            .expect("a log that fits");
    }
}

#[test]
fn a_hub_that_the_backup_does_not_know_is_enrolled_again_on_its_folder_and_brings_everything() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file, key) = (
        place.path().join("district"),
        place.path().join("backup"),
        place.path().join("safe.key"),
    );
    let district = open(&dir);
    fs::copy(dir.join("server.key"), &key).expect("a safe copy");
    let mut world = HubWorld::on(district, 52, 3, &[&[VILLAGE]]);
    // The backup is from before the hub, and not from before the device.
    let older = place.path().join("older");
    {
        let with_hub = &world.district;
        with_hub.backup(&older, NOW).expect("a backup");
    }
    let second = Server::open_in_memory(777).expect("a second hub");
    world.hub = second;
    world.hub_device = enrol_hub(&world.district, &world.hub);
    world.upstream().expect("the hub's first exchange");
    at_hub(&mut world, 0);
    let household = {
        let device = world.tablets[0].device.lock().expect("a device");
        device.all_households().expect("households")[0]
    };
    give(&world, 0, household, "rt", "009");
    at_hub(&mut world, 0);
    world.upstream().expect("up");
    fs::copy(&older, &file).expect("the backup");
    disaster_and_restore(&mut world, &dir, &file, &key);
    let refused = world.upstream().expect_err("the district does not know it");
    assert!(refused.contains("unknown_hub"), "{refused}");
    world.hub_device = enrol_hub(&world.district, &world.hub);
    world.anew = true;
    for _ in 0..2 {
        world.upstream().expect("up again");
    }
    assert_eq!(answer(&world.district, household, "rt"), "009");
    at_hub(&mut world, 0);
    assert_eq!(unsent(&world, 0), 0);
    assert!(world.upstream().expect("up").agreed);
}
