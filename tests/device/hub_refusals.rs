//! Hubs, devices at hubs and work that came through hubs, when the district refuses them.

use crate::{
    erasure::{holds, tables_of_server},
    hubs::{QUIET, answer, digests, give, household_in, unsent},
};
use lawang_domain::{FieldPath, Role};
use lawang_server::{EraseTarget, Server};
use lawang_tests::{
    hubs::{HubWorld, enrol_hub},
    prelist::VILLAGE,
    world::NOW,
};

#[test]
fn a_device_that_the_district_revoked_is_refused_at_the_hub_after_its_next_exchange() {
    let mut world = HubWorld::new(14, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    world.at_hub(0, QUIET).expect("at the hub");
    let id = world.tablets[0].id;
    world.district.revoke(id, world.now).expect("revoked");
    assert!(world.at_hub(0, QUIET).is_ok(), "the hub cannot know yet");
    world.upstream().expect("upstream");
    assert_eq!(world.at_hub(0, QUIET).expect_err("refused").code, "revoked");
}

#[test]
fn a_hub_hands_over_nothing_when_the_district_revoked_it() {
    let mut world = HubWorld::new(15, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    let hub = world.hub_device;
    world.district.revoke(hub, world.now).expect("revoked");
    let error = world.upstream().expect_err("refused");
    assert!(error.starts_with("revoked"), "{error}");
}

#[test]
fn a_hub_that_is_revoked_in_the_middle_of_an_exchange_keeps_what_devices_gave_it() {
    let mut world = HubWorld::new(18, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    world.at_hub(0, QUIET).expect("at the hub");
    let household = household_in(&world, 0, VILLAGE);
    give(&world, 0, household, "rt", "007");
    world.at_hub(0, QUIET).expect("at the hub");
    let (district, device, now) = (&world.district, world.hub_device, world.now);
    let done = world
        .hub
        .exchange_upstream([7; 32].into(), now, &mut |_, bytes| {
            use lawang_sync::{Envelope, HubRequest, Request, decode};
            let envelope: Envelope = decode(bytes).expect("a message");
            if let Request::Hub(HubRequest::Forward(_)) = &envelope.request {
                district.revoke(device, now).expect("revoked");
            }
            Ok(district.handle(device, bytes, now))
        });
    assert_eq!(done.expect_err("the hub was revoked").code(), "revoked");
    let metrics = world.hub.metrics(now).expect("the hub's store");
    assert!(
        metrics.contains("lawang_forward{state=\"waiting\"} 1"),
        "nobody refused the device's work: {metrics}"
    );
}

#[test]
fn what_the_district_refuses_for_good_is_taken_back_at_the_hub_and_what_builds_on_it_goes_through()
{
    let mut world = HubWorld::new(16, 2, &[&[VILLAGE], &[VILLAGE], &[VILLAGE], &[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..3 {
        world.at_hub(tablet, QUIET).expect("at the hub");
    }
    let household = household_in(&world, 0, VILLAGE);
    give(&world, 0, household, "address", "TIDAK BOLEH");
    world.at_hub(0, QUIET).expect("at the hub");
    for tablet in 1..3 {
        world.at_hub(tablet, QUIET).expect("at the hub");
        assert_eq!(answer(&world, tablet, household, "address"), "TIDAK BOLEH");
    }
    give(&world, 1, household, "rt", "008");
    assert!(world.at_hub(1, QUIET).expect("at the hub").agreed);
    // Meanwhile the first person lost the role, and the hub could not know.
    let id = world.tablets[0].id;
    world
        .district
        .change_device(id, Some(Role::Auditor), None)
        .expect("changed");
    let report = world.upstream().expect("upstream");
    assert_eq!((report.forwarded, report.waiting), (2, 0), "{report:?}");
    // Nobody sees it any more; the work that was built on it is made anew and arrives.
    assert!(world.at_hub(1, QUIET).expect("at the hub").agreed);
    assert_ne!(answer(&world, 1, household, "address"), "TIDAK BOLEH");
    assert_eq!(answer(&world, 1, household, "rt"), "008");
    let report = world.upstream().expect("upstream");
    assert!(report.agreed, "{report:?}");
    assert_eq!((report.refused, report.waiting), (0, 0));
    // Also who only looked at it, and who comes to the hub for the first time.
    for tablet in 0..4 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
        assert_eq!(unsent(&world, tablet), 0);
        assert_eq!(answer(&world, tablet, household, "rt"), "008");
        assert_ne!(answer(&world, tablet, household, "address"), "TIDAK BOLEH");
    }
    for tablet in [0, 1, 2, 3, 0] {
        assert!(
            world
                .at_district(tablet, QUIET)
                .expect("at the district")
                .agreed
        );
    }
    for tablet in 1..4 {
        assert_eq!(digests(&world, 0), digests(&world, tablet));
    }
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(
        device.store().proposal_counts().expect("counts").0,
        1,
        "what was refused is shown to the person who wrote it"
    );
}

#[test]
fn a_household_that_the_district_refuses_whole_is_seen_by_nobody_at_the_hub_any_more() {
    let mut world = HubWorld::new(17, 2, &[&[VILLAGE], &[VILLAGE], &[VILLAGE], &[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    let fresh = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        device.add_household(VILLAGE).expect("a household")
    };
    give(&world, 0, fresh, "address", "TIDAK BOLEH");
    for tablet in 0..3 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
    }
    let seen = |world: &HubWorld, tablet: usize| {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let all = device.all_households().expect("households");
        all.contains(&fresh)
    };
    assert!(seen(&world, 1) && seen(&world, 2));
    // One of the others goes on with it.
    give(&world, 2, fresh, "rt", "009");
    assert!(world.at_hub(2, QUIET).expect("at the hub").agreed);
    let id = world.tablets[0].id;
    world
        .district
        .change_device(id, Some(Role::Auditor), None)
        .expect("changed");
    let report = world.upstream().expect("upstream");
    assert_eq!(report.waiting, 0, "{report:?}");
    let mut households = 0;
    let mut count = |_| {
        households += 1;
        Ok(())
    };
    world
        .hub
        .households(None, false, &mut count)
        .expect("a list");
    assert_eq!(households, 2);
    for tablet in [1, 3, 2, 0] {
        assert!(
            world.at_hub(tablet, QUIET).expect("at the hub").agreed,
            "{tablet}"
        );
    }
    assert!(!seen(&world, 1), "who only saw it");
    assert!(!seen(&world, 3), "who came later");
    // Whoever made it or worked on it sees that it was refused, and what they wrote.
    for (tablet, field, value) in [(0, "address", "TIDAK BOLEH"), (2, "rt", "009")] {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let view = device.household(fresh).expect("the household");
        assert_eq!(view.state, lawang_app::views::VisitState::Refused);
        let proposed = device.proposals(false).expect("proposals").mine;
        let proposed = proposed.iter().flat_map(|p| p.fields.iter());
        let mut proposed = proposed.filter(|f| f.path == field && f.new.contains(value));
        let stands = device.state(fresh).expect("state").answer(field) == value;
        assert!(stands || proposed.next().is_some(), "{tablet}");
    }
    assert!(world.upstream().expect("upstream").agreed);
    for tablet in 0..4 {
        let report = world.at_district(tablet, QUIET);
        assert!(report.expect("at the district").agreed, "{tablet}");
    }
    world.hub.verify_log().expect("a store").expect("it fits");

    // The role comes back, and the batch once more, on a memory card: then it is a household like any other.
    world
        .district
        .change_device(id, Some(Role::Enumerator), None)
        .expect("changed");
    for batch in world.hub.forwarded().expect("batches") {
        let sent = lawang_sync::Forward {
            device: (*id.as_bytes()).into(),
            sealed: false,
            body: batch.into(),
        };
        let mut call =
            |_: u64, bytes: &[u8]| Ok(world.district.handle(world.hub_device, bytes, world.now));
        let request = lawang_sync::HubRequest::Forward(sent);
        // Batches of other devices do not fit the first one's signature.
        let _ = lawang_sync::Asker::default().hub(request, &mut call);
    }
    world.anew = true;
    for tablet in 1..4 {
        assert!(world.upstream().expect("upstream").agreed);
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
        assert!(seen(&world, tablet), "{tablet}");
        let report = world.at_district(tablet, QUIET);
        assert!(report.expect("at the district").agreed, "{tablet}");
        assert_eq!(answer(&world, tablet, fresh, "address"), "TIDAK BOLEH");
    }
}

/// What a hub took in of somebody who is erased at the district by then: its bytes go when the district says so, and
/// nothing else does.
#[test]
fn a_late_comment_about_an_erased_person_is_gone_at_the_hub_that_took_it_and_nothing_else_is() {
    let place = tempfile::tempdir().expect("a folder");
    let folders = ["district", "hub", "look"].map(|name| place.path().join(name));
    std::fs::create_dir(&folders[2]).expect("a folder");
    let district = Server::open_seeded(&folders[0], 71).expect("a district");
    let mut world = HubWorld::on(district, 71, 3, &[&[VILLAGE], &[VILLAGE]]);
    world.hub = Server::open_seeded(&folders[1], 72).expect("a hub");
    world.hub_device = enrol_hub(&world.district, &world.hub);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        world.at_hub(tablet, QUIET).expect("at the hub");
    }
    let held = |server: usize, text: &str| {
        let dir = &folders[server];
        let all = tables_of_server(dir, &dir.join("server.key"), &folders[2]);
        holds(&all, text)
    };
    let (first, other, gone, stays) = {
        let device = world.tablets[0].device.lock().expect("a device");
        let all = device.all_households().expect("households");
        let members = device.state(all[0]).expect("state").of("members").to_vec();
        (all[0], all[1], members[1], members[0])
    };
    let path = |member, key: &str| -> FieldPath {
        format!("members/{member}/{key}").parse().expect("a path")
    };
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        for (household, about, text) in [
            (first, Some(path(gone, "name")), "CATATAN RAHASIA"),
            (first, Some(path(stays, "name")), "CATATAN TETAP SATU"),
            (other, None, "CATATAN TETAP DUA"),
        ] {
            device
                .comment(household, about.as_ref(), text)
                .expect("said");
        }
    }
    world
        .district
        .erase(EraseTarget::Person(gone), "request 21", "tests", NOW)
        .expect("erased");
    world.at_hub(1, QUIET).expect("at the hub");
    assert!(held(1, "CATATAN RAHASIA"), "the test must see it there");
    for _ in 0..3 {
        world.upstream().expect("the hub's exchange");
        for tablet in 0..2 {
            world.at_hub(tablet, QUIET).expect("at the hub");
        }
    }
    for server in 0..2 {
        assert!(!held(server, "CATATAN RAHASIA"), "still in {server}");
        for text in ["CATATAN TETAP SATU", "CATATAN TETAP DUA"] {
            assert!(held(server, text), "{text} is not in {server} any more");
        }
    }
    for server in [&world.district, &world.hub] {
        let fits = server.verify_log().expect("a store");
        fits.expect("a log that fits");
    }
    for tablet in 0..2 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
        assert_eq!(unsent(&world, tablet), 0);
    }
    assert_eq!(digests(&world, 0), digests(&world, 1));
}
