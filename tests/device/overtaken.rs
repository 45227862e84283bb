//! A person is erased, and the record compacted before anybody hears of either: the row comes with the later word, and the
//! earlier one counts all the same.

use crate::erasure::{
    agreed, bytes_of_device, drill, give, holds, households, members, tables_of_server,
};
use lawang_app::{CancelToken, Transport, exchange};
use lawang_domain::{DeviceId, DocumentKind, FieldPath, HouseholdId, InstanceId};
use lawang_server::{EraseTarget, Options, Server};
use lawang_sync::{Envelope, LinkFailure, Request, decode, encode};
use lawang_tests::{
    hubs::{HubWorld, enrol_hub},
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, Tablet},
};
use std::path::Path;

const SECRET: &str = "RAHASIA TENTANG DIA";

/// Says something of a person, or of the household.
fn comment(tablet: &Tablet, household: HouseholdId, of: Option<InstanceId>, text: &str) {
    let mut device = tablet.device.lock().expect("a device");
    let path = of.map(|id| FieldPath::of("members", id, "name"));
    let done = device.comment(household, path.as_ref(), text);
    done.expect("a comment");
}

fn erase(district: &Server, person: InstanceId) {
    let target = EraseTarget::Person(person);
    let done = district.erase(target, "request 30", "tests", NOW);
    done.expect("erased");
}

fn compact(district: &Server) {
    let done = district.compact(None, 1, NOW).expect("compacted");
    assert_eq!(done.records, 1, "the row comes with this word");
}

fn verification(tablet: &Tablet, household: HouseholdId) -> String {
    let device = tablet.device.lock().expect("a device");
    let beside = device
        .store()
        .document(household, DocumentKind::Verification);
    format!(
        "{:?}",
        beside.expect("a document").state().expect("a state")
    )
}

/// A way over which one change comes at a time, so that the two words come in pages of their own.
struct Narrow<'a> {
    server: &'a Server,
    id: DeviceId,
}

impl Transport for Narrow<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let mut envelope: Envelope = decode(message).expect("a request");
        if let Request::Pull(pull) = &mut envelope.request {
            pull.limit = 1;
        }
        Ok(self.server.handle(self.id, &encode(&envelope), NOW))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn an_erasure_that_a_compaction_overtook_reaches_every_device_that_heard_of_neither() {
    overtaken(false);
}

#[test]
fn so_it_does_when_the_two_words_come_in_pages_of_their_own() {
    overtaken(true);
}

fn overtaken(narrow: bool) {
    let place = tempfile::tempdir().expect("a folder");
    let dir = place.path().join("server");
    let mut world = drill(&dir);
    let home = households(&world)[0];
    let all = members(&world, 0, home);
    let (gone, stays) = (all[1], all[0]);
    give(&world, 0, home, "address", "Dusun Lama");
    comment(&world.tablets[0], home, Some(gone), SECRET);
    for tablet in [0, 1] {
        agreed(&mut world, tablet);
    }
    let copy = place.path().join("copy.db");
    assert!(holds(&bytes_of_device(&world, 1, &copy), SECRET));
    // Said away from the network.
    comment(&world.tablets[1], home, Some(gone), "CATATAN RAHASIA");
    comment(&world.tablets[1], home, Some(stays), "sudah pulang");
    erase(&world.server, gone);
    // Somebody who heard of it goes on.
    agreed(&mut world, 0);
    give(&world, 0, home, "rt", "009");
    comment(&world.tablets[0], home, None, "rumah di ujung jalan");
    agreed(&mut world, 0);
    compact(&world.server);

    if narrow {
        let tablet = &world.tablets[1];
        let mut way = Narrow {
            server: &world.server,
            id: tablet.id,
        };
        let report = exchange(&tablet.device, &mut way, &CancelToken::default(), |_, _| ());
        let report = report.expect("an exchange");
        assert_eq!((report.agreed, report.refused), (true, 0), "{report:?}");
    }
    agreed(&mut world, 1);
    agreed(&mut world, 0);
    for tablet in 0..2 {
        let said = verification(&world.tablets[tablet], home);
        for text in ["sudah pulang", "rumah di ujung jalan"] {
            assert!(said.contains(text), "{tablet}: {said}");
        }
        assert!(!said.contains(&gone.to_string()), "{tablet}: {said}");
        let bytes = bytes_of_device(&world, tablet, &copy);
        for text in [SECRET, "CATATAN RAHASIA"] {
            assert!(!holds(&bytes, text), "{text} is on tablet {tablet}");
        }
    }
    crate::erasure::same_everywhere(&world);
}

/// A district, a hub with a database on disk, two devices that only visit the hub, one that never does.
fn with_hub(dir: &Path) -> HubWorld {
    let mut world = HubWorld::new(45, 3, &[&[VILLAGE], &[VILLAGE], &[VILLAGE]]);
    world.hub = Server::open(dir, &Options::default()).expect("a hub");
    world.hub_device = enrol_hub(&world.district, &world.hub);
    world.upstream().expect("the hub's first exchange");
    for tablet in [0, 1] {
        at_hub(&mut world, tablet);
    }
    world
}

fn at_hub(world: &mut HubWorld, tablet: usize) {
    let report = world.at_hub(tablet, Faults::default()).expect("at the hub");
    assert!(report.agreed, "{report:?}");
}

#[test]
fn an_erasure_that_a_compaction_overtook_reaches_a_hub_that_heard_of_neither() {
    let place = tempfile::tempdir().expect("a folder");
    let dir = place.path().join("hub");
    let mut world = with_hub(&dir);
    let (home, gone, stays) = {
        let device = world.tablets[0].device.lock().expect("a device");
        let home = device.all_households().expect("households")[0];
        let state = device.state(home).expect("a state");
        let members = state.of("members");
        (home, members[1], members[0])
    };
    let rt = |tablet: &Tablet, value: &str| {
        let mut device = tablet.device.lock().expect("a device");
        let rt = (FieldPath::household("rt"), value.into());
        device.give(home, None, &[rt]).expect("saved");
    };
    rt(&world.tablets[0], "008");
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let name = (FieldPath::of("members", gone, "name"), SECRET.into());
        device.give(home, Some(gone), &[name]).expect("saved");
    }
    comment(&world.tablets[0], home, Some(gone), SECRET);
    for tablet in [0, 1] {
        at_hub(&mut world, tablet);
        world.upstream().expect("the hub's exchange");
    }
    let tables = |dir: &Path| tables_of_server(dir, &dir.join("server.key"), place.path());
    assert!(holds(&tables(&dir), SECRET), "the test must see it");
    comment(&world.tablets[1], home, Some(stays), "sudah pulang");
    erase(&world.district, gone);
    for _ in 0..2 {
        let report = world.at_district(2, Faults::default()).expect("district");
        assert!(report.agreed, "{report:?}");
        rt(&world.tablets[2], "009");
    }
    compact(&world.district);
    world.upstream().expect("the hub's exchange");
    let left = tables(&dir);
    assert!(!holds(&left, SECRET), "it is still at the hub");
    assert!(holds(&left, "009"), "the hub has the rest");
    for tablet in [0, 1, 0] {
        at_hub(&mut world, tablet);
        world.upstream().expect("the hub's exchange");
    }
    for tablet in &world.tablets[..2] {
        let said = verification(tablet, home);
        assert!(
            said.contains("sudah pulang") && !said.contains(SECRET),
            "{said}"
        );
        let device = tablet.device.lock().expect("a device");
        let kept = device.store().changes(home).expect("changes");
        assert!(!kept.iter().any(|change| holds(&change.body, SECRET)));
    }
    let fits = world.hub.verify_log().expect("a store");
    fits.expect("a log that fits");
}
