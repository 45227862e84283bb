//! The drill: work, backup, more work, disaster, restore, exchange; nothing is lost and nothing is there twice.

use lawang_app::digest_of;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_server::{Options, Server, backup};
use lawang_sync::Report;
use lawang_tests::{
    network::Faults,
    prelist::{self, VILLAGE},
    world::{NOW, World, enrol},
};
use std::{collections::BTreeMap, fs, path::Path};

fn open(dir: &Path) -> Server {
    Server::open(dir, &Options::default()).expect("a server")
}

/// A server on the disk with two devices that have the list.
fn drill(dir: &Path) -> World {
    let mut world = World::new(21, 1, 0);
    world.server = open(dir);
    let rows = prelist::small(VILLAGE, 4);
    let imported = world.server.import_prelist(&rows, NOW, &mut |_, _| ());
    imported.expect("a prelist");
    world.tablets = (0..2)
        .map(|n| enrol(&world.server, 77 + n as u64, &[VILLAGE], n))
        .collect();
    for tablet in 0..2 {
        agreed(&mut world, tablet);
    }
    world
}

fn agreed(world: &mut World, tablet: usize) -> Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "{report:?}");
    report
}

fn give(world: &World, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let path = FieldPath::household(key);
    device
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

fn households(world: &World) -> Vec<HouseholdId> {
    let device = world.tablets[0].device.lock().expect("a device");
    device.all_households().expect("households")
}

/// Digest of each document.
fn held(world: &World, tablet: usize) -> BTreeMap<HouseholdId, String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let all = device.all_households().expect("households");
    all.into_iter()
        .map(|id| {
            (
                id,
                digest_of(&device.store().record(id).expect("a document").heads()),
            )
        })
        .collect()
}

fn at_server(server: &Server) -> BTreeMap<HouseholdId, (String, u64)> {
    let mut all = BTreeMap::new();
    server
        .households(None, false, &mut |line| {
            all.insert(line.household, (line.digest, line.changes));
            Ok(())
        })
        .expect("households");
    all
}

fn answers(server: &Server, household: HouseholdId, key: &str) -> String {
    let found = server.household(household).expect("a store");
    found.expect("a household").answer(key).to_owned()
}

fn unsent(world: &World, tablet: usize) -> u32 {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().unsent_households().expect("a count")
}

/// The disk is gone; what is left is the backup and the key that was kept apart.
fn disaster_and_restore(world: &mut World, dir: &Path, backup_file: &Path, key: &Path) {
    world.server = Server::open_in_memory(1).expect("something else");
    fs::remove_dir_all(dir).expect("gone");
    let report = backup::restore(backup_file, dir, key, true, NOW + 1).expect("restored");
    assert!(report.rows > 0);
    world.server = open(dir);
}

#[test]
fn after_a_disaster_and_a_restore_devices_bring_back_all_that_the_backup_did_not_have() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file, key) = (
        place.path().join("server"),
        place.path().join("backup.lawang"),
        place.path().join("safe.key"),
    );
    let mut world = drill(&dir);
    fs::copy(dir.join("server.key"), &key).expect("a safe copy");
    let all = households(&world);
    give(&world, 0, all[0], "rt", "001");
    give(&world, 1, all[1], "rt", "002");
    for tablet in [0, 1, 0] {
        agreed(&mut world, tablet);
    }
    let early = proofs(&world, 0);
    world.server.backup(&file, NOW).expect("a backup");
    // More work by both: a new household, and work that builds on the other's.
    let fresh = world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .add_household(VILLAGE);
    let fresh = fresh.expect("a household");
    give(&world, 0, fresh, "address", "Dusun Baru");
    give(&world, 0, all[0], "address", "Dusun I");
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    give(&world, 1, all[0], "address", "Dusun II");
    give(&world, 1, fresh, "rt", "007");
    agreed(&mut world, 1);
    agreed(&mut world, 0);
    // And some that never reached the server.
    give(&world, 0, all[2], "rt", "003");
    give(&world, 1, all[3], "rt", "004");
    let late = proofs(&world, 1);
    assert!(late.len() > early.len() || late != early);

    disaster_and_restore(&mut world, &dir, &file, &key);
    assert_eq!(answers(&world.server, all[0], "rt"), "001");
    assert!(world.server.household(fresh).expect("a store").is_none());

    // The one whose work builds on the other's comes first.
    for tablet in [1, 0, 1, 0] {
        agreed(&mut world, tablet);
    }
    assert_eq!((unsent(&world, 0), unsent(&world, 1)), (0, 0));
    for (household, key, value) in [
        (all[0], "rt", "001"),
        (all[1], "rt", "002"),
        (all[0], "address", "Dusun II"),
        (fresh, "address", "Dusun Baru"),
        (fresh, "rt", "007"),
        (all[2], "rt", "003"),
        (all[3], "rt", "004"),
    ] {
        assert_eq!(answers(&world.server, household, key), value, "{key}");
    }
    let server = at_server(&world.server);
    let digests: BTreeMap<_, _> = server.iter().map(|(id, (d, _))| (*id, d.clone())).collect();
    assert_eq!(held(&world, 0), digests);
    assert_eq!(held(&world, 1), digests);
    // Nothing twice: each edit above is one change.
    assert_eq!(server.values().map(|(_, n)| n).sum::<u64>(), 8);
    world
        .server
        .verify_log()
        .expect("a store")
        .expect("a log that fits");
    // A conflict would be a false one: they never wrote apart.
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(device.conflicts().expect("conflicts").len(), 0);
    // Receipts say which of them stand for something that the restore lost.
    for (proof, what) in [
        (&early[0], "fits"),
        (&late[late.len() - 1], "lost_in_restore"),
    ] {
        let verdict = world.server.check_receipt(proof).expect("a receipt");
        assert_eq!(verdict.what, what);
    }
}

fn proofs(world: &World, tablet: usize) -> Vec<Vec<u8>> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let kept = device.store().receipts().expect("receipts");
    kept.into_iter().map(|receipt| receipt.proof).collect()
}

#[test]
fn work_that_builds_on_a_lost_change_waits_for_it_and_nothing_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let key = place.path().join("safe.key");
    let mut world = drill(&dir);
    fs::copy(dir.join("server.key"), &key).expect("a safe copy");
    let all = households(&world);
    world.server.backup(&file, NOW).expect("a backup");
    give(&world, 0, all[0], "address", "Dusun I");
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    give(&world, 1, all[0], "address", "Dusun II");
    give(&world, 1, all[1], "address", "Dusun III");
    agreed(&mut world, 1);
    disaster_and_restore(&mut world, &dir, &file, &key);
    let report = agreed(&mut world, 1);
    assert_eq!(report.refused, 0);
    assert_eq!(answers(&world.server, all[1], "address"), "Dusun III");
    assert_eq!(unsent(&world, 1), 1, "it waits for the other device");
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    assert_eq!(answers(&world.server, all[0], "address"), "Dusun II");
    assert_eq!(unsent(&world, 1), 0);
}

#[test]
fn a_second_restore_from_the_same_backup_is_another_life_and_loses_nothing_either() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let key = place.path().join("safe.key");
    let mut world = drill(&dir);
    fs::copy(dir.join("server.key"), &key).expect("a safe copy");
    let all = households(&world);
    world.server.backup(&file, NOW).expect("a backup");
    for round in 0..3 {
        give(&world, 0, all[round], "rt", &format!("01{round}"));
        agreed(&mut world, 0);
        disaster_and_restore(&mut world, &dir, &file, &key);
        agreed(&mut world, 0);
        for (n, household) in all.iter().take(round + 1).enumerate() {
            assert_eq!(answers(&world.server, *household, "rt"), format!("01{n}"));
        }
    }
    agreed(&mut world, 1);
    assert_eq!(held(&world, 0), held(&world, 1));
}

#[test]
fn a_damaged_backup_or_a_used_folder_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file, key) = (
        place.path().join("server"),
        place.path().join("backup"),
        place.path().join("server/server.key"),
    );
    let world = drill(&dir);
    world.server.backup(&file, NOW).expect("a backup");
    let refused = |file: &Path, to: &Path, key: &Path| {
        let code = backup::restore(file, to, key, true, NOW)
            .err()
            .map(|e| e.code());
        let left = fs::read_dir(place.path()).expect("a folder").flatten();
        let strange = left
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .find(|n| n.starts_with('.'));
        assert_eq!(strange, None, "nothing is left behind");
        code
    };
    let new = place.path().join("new");
    assert_eq!(refused(&file, &dir, &key), Some("target_not_empty"));
    let other = place.path().join("other.key");
    fs::write(&other, [7; 32]).expect("a file");
    assert_eq!(refused(&file, &new, &other), Some("wrong_server_key"));
    assert_eq!(refused(&key, &new, &key), Some("not_a_backup"));
    let good = fs::read(&file).expect("the backup");
    let bent = place.path().join("bent");
    for at in [200, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&bent, bytes).expect("a file");
        assert_eq!(
            refused(&bent, &new, &key),
            Some("damaged_backup"),
            "byte {at}"
        );
    }
    fs::write(&bent, &good[..good.len() - 100]).expect("a file");
    assert_eq!(refused(&bent, &new, &key), Some("damaged_backup"));
    assert!(!new.exists());
    assert_eq!(
        world.server.backup(&file, NOW).err().map(|e| e.code()),
        Some("file_exists")
    );
    // Nothing of it can be read without the key.
    for secret in [&b"SITI AMINAH"[..], b"SQLite format"] {
        assert!(!good.windows(secret.len()).any(|w| w == secret));
    }
}
