//! A record begins anew while its form is open and somebody types.

use crate::erasure::{agreed, drill, give, households, members};
use lawang_app::{CancelToken, Device, Transport, Whole, exchange};
use lawang_domain::{DeviceId, DocumentKind, FieldPath, HouseholdId};
use lawang_server::{EraseTarget, Server};
use lawang_sync::LinkFailure;
use lawang_tests::world::{NOW, World};
use std::sync::Mutex;

/// A way to the server on which something is typed before the second message leaves.
struct Typing<'a> {
    server: &'a Server,
    device: &'a Mutex<Device>,
    id: DeviceId,
    messages: u32,
    answer: (HouseholdId, FieldPath, &'a str),
}

impl Transport for Typing<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        self.messages += 1;
        if self.messages == 2 {
            let (household, path, value) = &self.answer;
            let mut device = self.device.lock().expect("a device");
            device
                .answer(*household, path, value, Whole::Everything)
                .expect("typed");
        }
        Ok(self.server.handle(self.id, message, NOW))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

fn typing(world: &World, tablet: usize, household: HouseholdId, path: &str, value: &str) {
    let tablet = &world.tablets[tablet];
    let mut way = Typing {
        server: &world.server,
        device: &tablet.device,
        id: tablet.id,
        messages: 0,
        answer: (household, path.parse().expect("a path"), value),
    };
    let done = exchange(&tablet.device, &mut way, &CancelToken::default(), |_, _| ());
    done.expect("an exchange");
    assert!(way.messages >= 2, "nothing was typed");
}

fn address(world: &World, tablet: usize, household: HouseholdId) -> String {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let state = device.state(household).expect("a state");
    state.text(&FieldPath::household("address")).to_owned()
}

#[test]
fn what_is_typed_while_a_record_begins_anew_does_not_hide_what_its_author_did_not_see() {
    for person in [false, true] {
        let place = tempfile::tempdir().expect("a folder");
        let mut world = drill(&place.path().join("server"));
        let household = households(&world)[0];
        let member = *members(&world, 0, household).last().expect("a member");
        give(&world, 0, household, "address", "Dusun Lain");
        agreed(&mut world, 0);
        match person {
            false => {
                let done = world.server.compact(None, 1, NOW).expect("compacted");
                assert_eq!(done.records, 1);
            }
            true => {
                let target = EraseTarget::Person(member);
                let done = world.server.erase(target, "permintaan", "admin", NOW);
                done.expect("erased");
            }
        }
        typing(&world, 1, household, "address", "Dusun Sendiri");
        agreed(&mut world, 1);
        agreed(&mut world, 0);
        for tablet in 0..2 {
            assert_eq!(address(&world, tablet, household), "Dusun Lain");
        }
        let device = world.tablets[1].device.lock().expect("a device");
        let mine = device.proposals(false).expect("a list").mine;
        assert_eq!(mine.len(), 1, "it is kept for its author to decide");
    }
}

#[test]
fn what_is_typed_of_a_person_while_the_person_is_erased_is_nowhere() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let household = households(&world)[0];
    let member = *members(&world, 0, household).last().expect("a member");
    let target = EraseTarget::Person(member);
    let done = world.server.erase(target, "permintaan", "admin", NOW);
    done.expect("erased");
    let path = format!("members/{member}/name");
    typing(&world, 1, household, &path, "NAMA YANG DIHAPUS");
    agreed(&mut world, 1);
    let device = world.tablets[1].device.lock().expect("a device");
    let typed = device.store().entries(household).expect("entries");
    assert!(typed.iter().all(|e| !e.path.contains(&member.to_string())));
    assert!(device.proposals(true).expect("a list").mine.is_empty());
    let state = format!("{:?}", device.state(household).expect("a state"));
    assert!(!state.contains("NAMA YANG DIHAPUS"), "{state}");
}

#[test]
fn what_the_district_took_after_an_erasure_stays_on_the_device_that_hears_of_it_later() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let household = households(&world)[0];
    let member = *members(&world, 0, household).last().expect("a member");
    let target = EraseTarget::Person(member);
    let done = world.server.erase(target, "permintaan", "admin", NOW);
    done.expect("erased");
    world.tablets[1]
        .device
        .lock()
        .expect("a device")
        .comment(household, None, "rumah di ujung jalan")
        .expect("a comment");
    // The comment is taken, and the link breaks before the word about the erasure comes.
    let (tablet, server) = (&world.tablets[1], &world.server);
    let mut way = Breaking {
        server,
        id: tablet.id,
        left: 2,
    };
    let done = exchange(&tablet.device, &mut way, &CancelToken::default(), |_, _| ());
    assert_eq!(done.expect_err("it broke").code, "no_connection");
    agreed(&mut world, 1);
    agreed(&mut world, 0);
    crate::erasure::same_everywhere(&world);
    for tablet in 0..2 {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let beside = device
            .store()
            .document(household, DocumentKind::Verification);
        let said = format!("{:?}", beside.expect("a document").state());
        assert!(said.contains("rumah di ujung jalan"), "{said}");
    }
}

/// A way to the server that breaks for good after some messages.
struct Breaking<'a> {
    server: &'a Server,
    id: DeviceId,
    left: u32,
}

impl Transport for Breaking<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(LinkFailure::Cut("gone".into()));
        };
        self.left = left;
        Ok(self.server.handle(self.id, message, NOW))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn of_what_was_refused_only_what_was_said_of_an_erased_person_leaves_the_device() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let household = households(&world)[0];
    let member = *members(&world, 0, household).last().expect("a member");
    let name = format!("members/{member}/name");
    let typed = [
        (name.as_str(), "NAMA YANG DIHAPUS"),
        ("address", "Dusun Lain"),
    ];
    for (path, value) in typed {
        let mut device = world.tablets[1].device.lock().expect("a device");
        let path: FieldPath = path.parse().expect("a path");
        device
            .answer(household, &path, value, Whole::Everything)
            .expect("typed");
    }
    let id = world.tablets[1].id;
    let role = Some(lawang_domain::Role::Auditor);
    world.server.change_device(id, role, None).expect("a role");
    agreed(&mut world, 1);
    let refused = |world: &World| {
        let device = world.tablets[1].device.lock().expect("a device");
        let all = device.store().proposals(true).expect("proposals");
        all.iter().map(|p| p.edits.clone()).collect::<String>()
    };
    assert!(refused(&world).contains("NAMA YANG DIHAPUS"));
    let target = EraseTarget::Person(member);
    let done = world.server.erase(target, "permintaan", "admin", NOW);
    done.expect("erased");
    // And once more before the device hears of it.
    world.server.compact(None, 1, NOW).expect("compacted");
    agreed(&mut world, 1);
    assert!(!refused(&world).contains("NAMA YANG DIHAPUS"));
    assert!(
        refused(&world).contains("Dusun Lain"),
        "{}",
        refused(&world)
    );
}

#[test]
fn what_is_said_of_an_erased_household_by_who_does_not_know_yet_is_kept_nowhere() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let household = {
        let mut device = world.tablets[1].device.lock().expect("a device");
        device
            .add_household(lawang_tests::prelist::VILLAGE)
            .expect("added")
    };
    agreed(&mut world, 1);
    give(&world, 1, household, "address", "JALAN RAHASIA 17");
    let target = EraseTarget::Record(household);
    let done = world.server.erase(target, "permintaan", "admin", NOW);
    done.expect("erased");
    agreed(&mut world, 1);
    assert!(world.server.quarantine().expect("a list").is_empty());
    let device = world.tablets[1].device.lock().expect("a device");
    assert!(device.proposals(true).expect("a list").mine.is_empty());
    let state = format!("{:?}", device.state(household).expect("a state"));
    assert!(!state.contains("JALAN RAHASIA 17"), "{state}");
}

#[test]
fn an_event_whose_predecessor_was_refused_takes_its_place() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let household = households(&world)[0];
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        for text in ["satu", "dua"] {
            device.comment(household, None, text).expect("a comment");
        }
    }
    let id = world.tablets[1].id;
    let role = Some(lawang_domain::Role::Auditor);
    world.server.change_device(id, role, None).expect("a role");
    agreed(&mut world, 1);
    let device = world.tablets[1].device.lock().expect("a device");
    let all = device.store().proposals(true).expect("proposals");
    let reasons: Vec<&str> = all.iter().map(|p| p.reason.as_str()).collect();
    assert_eq!(reasons, ["role_may_not", "role_may_not"]);
}

#[test]
fn an_old_copy_on_which_as_much_was_made_as_was_lost_loses_nothing_more() {
    let place = tempfile::tempdir().expect("a folder");
    let mut world = drill(&place.path().join("server"));
    let all = households(&world);
    for (lost, made) in [(all[0], all[0]), (all[1], all[2])] {
        let copy = world.tablets[1].copy();
        give(&world, 1, lost, "rw", "004");
        agreed(&mut world, 1);
        world.tablets[1].restore(copy);
        give(&world, 1, made, "rt", "007");
        let seen = world.exchange(1, lawang_tests::network::Faults::default());
        seen.expect("an exchange");
        // A day later, where the numbers alone did not tell.
        world.tablets[1].environment.advance(2 * 86_400_000);
        agreed(&mut world, 1);
        agreed(&mut world, 0);
        crate::erasure::same_everywhere(&world);
        let device = world.tablets[0].device.lock().expect("a device");
        let says = |household, key: &str| {
            let state = device.state(household).expect("a state");
            state.text(&FieldPath::household(key)).to_owned()
        };
        assert_eq!(
            (says(lost, "rw"), says(made, "rt")),
            ("004".into(), "007".into())
        );
        assert!(device.proposals(true).expect("a list").mine.is_empty());
    }
}
