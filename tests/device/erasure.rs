//! Erasure on request and compaction: what is erased is nowhere any more, what was made meanwhile goes on.

use lawang_app::digest_of;
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_server::{EraseTarget, Options, Server, backup};
use lawang_sync::Report;
use lawang_tests::{
    network::Faults,
    prelist::{self, VILLAGE},
    world::{NOW, World, enrol, enrol_as},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

pub fn drill(dir: &Path) -> World {
    let mut world = World::new(31, 1, 0);
    world.server = Server::open(dir, &Options::default()).expect("a server");
    let rows = prelist::small(VILLAGE, 4);
    let imported = world.server.import_prelist(&rows, NOW, &mut |_, _| ());
    imported.expect("a prelist");
    world.tablets = (0..2)
        .map(|n| enrol(&world.server, 177 + n as u64, &[VILLAGE], n))
        .collect();
    for tablet in 0..2 {
        agreed(&mut world, tablet);
    }
    world
}

pub fn agreed(world: &mut World, tablet: usize) -> Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "{report:?}");
    report
}

pub fn give(world: &World, tablet: usize, household: HouseholdId, path: &str, value: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let path: FieldPath = path.parse().expect("a path");
    let member = path.instance_id();
    device
        .give(household, member, &[(path, value.into())])
        .expect("saved");
}

pub fn households(world: &World) -> Vec<HouseholdId> {
    let device = world.tablets[0].device.lock().expect("a device");
    device.all_households().expect("households")
}

pub fn members(world: &World, tablet: usize, household: HouseholdId) -> Vec<InstanceId> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device
        .state(household)
        .expect("state")
        .of("members")
        .to_vec()
}

fn value(world: &World, tablet: usize, household: HouseholdId, path: &str) -> String {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let path: FieldPath = path.parse().expect("a path");
    device
        .state(household)
        .expect("state")
        .text(&path)
        .to_owned()
}

fn digests(world: &World, tablet: usize) -> BTreeMap<HouseholdId, String> {
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

fn server_digests(server: &Server) -> BTreeMap<HouseholdId, String> {
    let mut all = BTreeMap::new();
    server
        .households(None, false, &mut |line| {
            all.insert(line.household, line.digest);
            Ok(())
        })
        .expect("households");
    all
}

pub fn same_everywhere(world: &World) {
    let server = server_digests(&world.server);
    for tablet in 0..world.tablets.len() {
        assert_eq!(digests(world, tablet), server, "tablet {tablet}");
    }
    world
        .server
        .verify_log()
        .expect("a store")
        .expect("a log that fits");
}

/// Every page of a device's database as it lies there, free ones too.
pub fn bytes_of_device(world: &World, tablet: usize, at: &Path) -> Vec<u8> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let mut copy = rusqlite::Connection::open(at).expect("a file");
    rusqlite::backup::Backup::new(device.store().raw(), &mut copy)
        .and_then(|backup| backup.run_to_completion(1_000, std::time::Duration::ZERO, None))
        .expect("a copy");
    drop(copy);
    let bytes = fs::read(at).expect("the copy");
    fs::remove_file(at).expect("gone");
    bytes
}

/// Everything in the tables of a server's database, decrypted.
pub fn tables_of_server(dir: &Path, key: &Path, at: &Path) -> Vec<u8> {
    let copied = at.join("copied.db");
    for end in ["", "-wal"] {
        let from = dir.join(format!("server.db{end}"));
        if from.exists() {
            fs::copy(from, at.join(format!("copied.db{end}"))).expect("a copy");
        }
    }
    let key = hex::encode(fs::read(key).expect("the key"));
    let connection = rusqlite::Connection::open(&copied).expect("opened");
    connection
        .pragma_update(None, "key", format!("x'{key}'"))
        .expect("the key");
    let mut all = Vec::new();
    for table in tables(&connection) {
        let mut select = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a table");
        let columns = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                match row.get_ref(column).expect("a value") {
                    rusqlite::types::ValueRef::Text(bytes)
                    | rusqlite::types::ValueRef::Blob(bytes) => all.extend_from_slice(bytes),
                    _ => {}
                }
                all.push(0);
            }
        }
    }
    all
}

fn tables(connection: &rusqlite::Connection) -> Vec<String> {
    let mut select = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("the schema");
    let rows = select.query_map([], |r| r.get(0)).expect("names");
    rows.map(|name| name.expect("a name")).collect()
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

/// Where anything lies: the server's tables, its photos, what a backup unpacks to, the devices' tables.
pub fn everywhere(world: &World, place: &Path, file: &Path) -> Vec<(String, Vec<u8>)> {
    let dir = place.join("server");
    let key = dir.join("server.key");
    let scratch = place.join("look");
    fs::create_dir_all(&scratch).expect("a folder");
    let mut all = vec![(
        "the server".to_owned(),
        tables_of_server(&dir, &key, &scratch),
    )];
    let unpacked = place.join("unpacked");
    backup::restore(file, &unpacked, &key, true, NOW).expect("the backup opens");
    all.push((
        "the backup".to_owned(),
        tables_of_server(&unpacked, &unpacked.join("server.key"), &scratch),
    ));
    for folder in [dir.join("photos"), unpacked.join("photos")] {
        for path in files(&folder) {
            all.push((
                path.display().to_string(),
                fs::read(&path).expect("a photo"),
            ));
        }
    }
    fs::remove_dir_all(&unpacked).expect("gone");
    for tablet in 0..world.tablets.len() {
        let bytes = bytes_of_device(world, tablet, &scratch.join("device.db"));
        all.push((format!("tablet {tablet}"), bytes));
    }
    fs::remove_dir_all(&scratch).expect("gone");
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn an_erased_person_is_in_no_table_no_backup_and_on_no_device_and_late_work_goes_on() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let mut world = drill(&dir);
    let home = households(&world)[0];
    let all = members(&world, 0, home);
    let (gone, stays) = (all[1], all[0]);
    let secret = "RAHASIA KELUARGA";
    give(&world, 0, home, &format!("members/{gone}/name"), secret);
    give(&world, 0, home, "address", "Dusun Lama");
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    world.server.backup(&file, NOW).expect("a backup");
    for (what, bytes) in everywhere(&world, place.path(), &file) {
        assert!(holds(&bytes, secret), "the test must see it in {what}");
    }
    // Made away from the network, on the old beginning: about the person, about others, a new person.
    let late = "CATATAN RAHASIA";
    give(
        &world,
        1,
        home,
        &format!("members/{gone}/birth_place"),
        late,
    );
    give(&world, 1, home, "rt", "009");
    give(
        &world,
        1,
        home,
        &format!("members/{stays}/birth_place"),
        "METRO",
    );
    let before = world.server.verify_log().expect("a store").expect("fits");

    let target = EraseTarget::Person(gone);
    let report = world
        .server
        .erase(target, "request 17", "tests", NOW + 5)
        .expect("erased");
    assert_eq!(report.household, home);
    assert_eq!((report.backups.len(), report.backups_left.len()), (1, 0));
    let after = world
        .server
        .verify_log()
        .expect("a store")
        .expect("still fits");
    assert!(after.erased > before.erased && after.entries > before.entries);

    let second = agreed(&mut world, 1);
    assert_eq!(second.refused, 0);
    agreed(&mut world, 0);
    assert_eq!(value(&world, 0, home, "rt"), "009");
    assert_eq!(value(&world, 0, home, "address"), "Dusun Lama");
    assert_eq!(
        value(&world, 0, home, &format!("members/{stays}/birth_place")),
        "METRO"
    );
    for tablet in 0..2 {
        assert!(!members(&world, tablet, home).contains(&gone));
    }
    same_everywhere(&world);
    for (what, bytes) in everywhere(&world, place.path(), &file) {
        for text in [secret, late, "SITI AMINAH 0"] {
            assert!(!holds(&bytes, text), "{text} is still in {what}");
        }
        assert!(
            what.contains("photos") || holds(&bytes, "Dusun Lama"),
            "{what} has the rest"
        );
    }
    // A device that comes new, and the next prelist, do not bring it back.
    world.tablets.push(enrol(&world.server, 999, &[VILLAGE], 7));
    agreed(&mut world, 2);
    let rows = prelist::small(VILLAGE, 4);
    world
        .server
        .import_prelist(&rows, NOW, &mut |_, _| ())
        .expect("again");
    for tablet in 0..3 {
        agreed(&mut world, tablet);
        assert!(!members(&world, tablet, home).contains(&gone));
    }
    same_everywhere(&world);
}

#[test]
fn an_erased_household_keeps_nothing_takes_nothing_and_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let (dir, file) = (place.path().join("server"), place.path().join("backup"));
    let mut world = drill(&dir);
    let all = households(&world);
    let secret = "JALAN RAHASIA 17";
    give(&world, 0, all[0], "address", secret);
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    world.server.backup(&file, NOW).expect("a backup");
    let late = "JALAN LAIN 18";
    give(&world, 1, all[0], "address", late);
    give(&world, 1, all[1], "address", "Dusun Tetap");
    let target = EraseTarget::Record(all[0]);
    world
        .server
        .erase(target, "request 18", "tests", NOW)
        .expect("erased");
    agreed(&mut world, 1);
    agreed(&mut world, 0);
    same_everywhere(&world);
    assert_eq!(value(&world, 0, all[1], "address"), "Dusun Tetap");
    for (what, bytes) in everywhere(&world, place.path(), &file) {
        for text in [secret, late, "BUDI SANTOSO 0", "1809010101209000"] {
            assert!(!holds(&bytes, text), "{text} is still in {what}");
        }
    }
    let rows = prelist::small(VILLAGE, 4);
    let report = world
        .server
        .import_prelist(&rows, NOW, &mut |_, _| ())
        .expect("again");
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].code, "erased_on_request");
    let unknown = EraseTarget::Record(HouseholdId(uuid::Uuid::from_u128(5)));
    let refused = world.server.erase(unknown, "request 19", "tests", NOW);
    assert_eq!(refused.err().map(|e| e.code()), Some("not_known"));
    assert_eq!(world.server.erasures().expect("a list").len(), 1);
}

#[test]
fn compaction_keeps_what_is_said_and_nobody_loses_or_hides_anything() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let all = households(&world);
    for year in 0..60 {
        give(&world, 0, all[0], "address", &format!("Dusun {year}"));
        give(&world, 0, all[1], "address", &format!("Dusun {year}"));
        agreed(&mut world, 0);
    }
    agreed(&mut world, 1);
    // The other one sees an older value of one field and writes it, and writes another field.
    give(&world, 0, all[0], "rw", "004");
    agreed(&mut world, 0);
    give(&world, 1, all[0], "rw", "005");
    give(&world, 1, all[0], "rt", "006");
    let size = |world: &World| {
        let device = world.tablets[0].device.lock().expect("a device");
        device
            .store()
            .record(all[0])
            .expect("a document")
            .save()
            .len()
    };
    let before = size(&world);
    let report = world.server.compact(None, 50, NOW).expect("compacted");
    assert_eq!((report.records, report.left), (2, 0));
    let done = agreed(&mut world, 1);
    assert_eq!(done.refused, 0);
    agreed(&mut world, 0);
    same_everywhere(&world);
    assert!(size(&world) < before, "{} < {before}", size(&world));
    for tablet in 0..2 {
        assert_eq!(value(&world, tablet, all[0], "address"), "Dusun 59");
        assert_eq!(value(&world, tablet, all[0], "rt"), "006");
        assert_eq!(
            value(&world, tablet, all[0], "rw"),
            "004",
            "never hidden by who did not see it"
        );
    }
    // What would have hidden it is a proposal of who wrote it.
    let proposals = world.tablets[1]
        .device
        .lock()
        .expect("a device")
        .proposals(false)
        .expect("a list");
    assert_eq!(proposals.mine.len(), 1);
    // Again and again.
    give(&world, 0, all[0], "address", "Dusun 60");
    agreed(&mut world, 0);
    world.server.compact(None, 1, NOW).expect("compacted");
    for tablet in [0, 1, 0] {
        agreed(&mut world, tablet);
    }
    same_everywhere(&world);
    assert_eq!(value(&world, 1, all[0], "address"), "Dusun 60");
}

#[test]
fn maker_and_checker_stay_apart_when_history_is_compacted() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let home = households(&world)[0];
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        crate::complete(&mut device, home);
        device
            .submit(home, lawang_app::Whole::Visit)
            .expect("submitted");
    }
    agreed(&mut world, 0);
    world.server.compact(None, 1, NOW).expect("compacted");
    // The same person with a verifier's role on another device may not decide on it; another person may.
    let me = enrol_as(
        &world.server,
        501,
        &[VILLAGE],
        "Enumerator 0",
        Role::VillageVerifier,
    );
    let other = enrol_as(
        &world.server,
        502,
        &[VILLAGE],
        "Bu Verifikator",
        Role::VillageVerifier,
    );
    world.tablets.extend([me, other]);
    for tablet in [2, 3, 0] {
        agreed(&mut world, tablet);
    }
    let decide = |world: &World, tablet: usize| {
        let mut device = world.tablets[tablet].device.lock().expect("a device");
        device.approve(home, "").map_err(|e| e.code)
    };
    assert_eq!(decide(&world, 2).err(), Some("own_work"));
    decide(&world, 3).expect("another person decides");
    let report = agreed(&mut world, 3);
    assert_eq!(report.refused, 0);
}

#[test]
fn an_erasure_reaches_a_hub_and_the_devices_that_only_visit_it() {
    use lawang_tests::hubs::HubWorld;
    let mut world = HubWorld::new(41, 3, &[&[VILLAGE], &[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        assert!(
            world
                .at_hub(tablet, Faults::default())
                .expect("at the hub")
                .agreed
        );
    }
    let on = |world: &HubWorld, tablet: usize| {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let home = device.all_households().expect("households")[0];
        let state = device.state(home).expect("state");
        (
            home,
            state.of("members").to_vec(),
            state.answer("rt").to_owned(),
        )
    };
    let (home, members, _) = on(&world, 0);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let path = FieldPath::household("rt");
        device
            .give(home, None, &[(path, "009".into())])
            .expect("saved");
    }
    for _ in 0..2 {
        world.at_hub(0, Faults::default()).expect("at the hub");
        world.upstream().expect("the hub's exchange");
        world.at_hub(1, Faults::default()).expect("at the hub");
    }
    world
        .district
        .erase(EraseTarget::Person(members[1]), "request 20", "tests", NOW)
        .expect("erased");
    world.upstream().expect("the hub's exchange");
    for tablet in [0, 1, 0, 1] {
        assert!(
            world
                .at_hub(tablet, Faults::default())
                .expect("at the hub")
                .agreed,
            "{tablet}"
        );
    }
    world.upstream().expect("the hub's exchange");
    for tablet in 0..2 {
        let (_, left, rt) = on(&world, tablet);
        assert_eq!(
            (left.len(), left.contains(&members[1]), rt.as_str()),
            (2, false, "009")
        );
    }
    for server in [&world.district, &world.hub] {
        server
            .verify_log()
            .expect("a store")
            .expect("a log that fits");
        let found = server
            .household(home)
            .expect("a store")
            .expect("a household");
        assert_eq!(found.present("members").len(), 2);
    }
}

#[test]
fn a_photo_that_two_families_show_stays_with_the_one_that_is_left() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let (first, second) = (households(&world)[0], households(&world)[1]);
    let picture = lawang_tests::picture::png(2, 2, &[120; 12]);
    let path = FieldPath::household("photo_house");
    let mut photo = String::new();
    for household in [first, second] {
        give(&world, 0, household, "household_status", "1");
        let mut device = world.tablets[0].device.lock().expect("a device");
        photo = device
            .add_photo(household, &path, &picture)
            .expect("a photo");
        device.close_visit(household).expect("put down");
    }
    agreed(&mut world, 0);
    let shown = |world: &World| {
        let device = world.tablets[0].device.lock().expect("a device");
        device.photo_url(&photo, None).is_ok()
    };
    for (household, stays) in [(first, true), (second, false)] {
        let target = EraseTarget::Record(household);
        world
            .server
            .erase(target, "request 18", "tests", NOW + 5)
            .expect("erased");
        agreed(&mut world, 0);
        assert_eq!(shown(&world), stays);
    }
}

#[test]
fn what_a_hub_that_has_not_heard_of_it_still_shows_does_not_come_back_to_a_device() {
    use lawang_tests::hubs::HubWorld;
    let mut world = HubWorld::new(43, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    world.at_hub(0, Faults::default()).expect("at the hub");
    let (home, member) = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let home = device.all_households().expect("households")[0];
        let member = device.state(home).expect("state").of("members")[1];
        let path = FieldPath::of("members", member, "name");
        device
            .give(home, Some(member), &[(path, "RAHASIA".into())])
            .expect("saved");
        (home, member)
    };
    for _ in 0..2 {
        world.at_hub(0, Faults::default()).expect("at the hub");
        world.upstream().expect("the hub's exchange");
    }
    let target = EraseTarget::Person(member);
    let erased = world.district.erase(target, "request 21", "tests", NOW);
    erased.expect("erased");
    let quiet = Faults::default();
    assert!(world.at_district(0, quiet).expect("district").agreed);
    // The hub was not at the district since.
    world.anew = true;
    let _ = world.at_hub(0, quiet);
    assert!(world.at_district(0, quiet).expect("district").agreed);
    let device = world.tablets[0].device.lock().expect("a device");
    let kept = device.store().changes(home).expect("changes");
    assert!(!kept.iter().any(|change| holds(&change.body, "RAHASIA")));
}
