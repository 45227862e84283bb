//! Restriction of processing on request: the data stay, nobody works on them, and nothing that was made is lost.

use crate::{complete, first, member, world};
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_tests::{
    hubs::HubWorld,
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};

const REASON: (&str, &str) = ("permintaan 4/2026", "tests");

fn agreed(world: &mut World, tablet: usize) -> u32 {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "{report:?}");
    report.refused
}

fn restrict(world: &World, household: HouseholdId, person: Option<InstanceId>, on: bool) {
    let done = world.server.restrict(household, person, on, REASON, NOW);
    assert!(done.expect("restricted"));
}

fn give(world: &World, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let path = FieldPath::household(key);
    device
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

fn with<T>(world: &World, tablet: usize, look: impl FnOnce(&mut lawang_app::Device) -> T) -> T {
    look(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn at_server(world: &World, household: HouseholdId, key: &str) -> String {
    let found = world.server.household(household).expect("a store");
    found.expect("a household").answer(key).to_owned()
}

fn in_worklist(world: &World, tablet: usize, household: HouseholdId) -> views::WorklistRow {
    with(world, tablet, |device| {
        let query = views::WorklistQuery {
            limit: 50,
            ..views::WorklistQuery::default()
        };
        let rows = device.worklist(&query).expect("the list").rows;
        let id = household.to_string();
        rows.into_iter().find(|row| row.id == id).expect("a line")
    })
}

#[test]
fn a_restricted_household_is_shown_as_such_and_nothing_is_written_until_it_is_lifted() {
    let mut world = world(2);
    let home = first(&world);
    give(&world, 0, home, "rt", "001");
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    // Made away from the network, before the device can have heard; and a form that is open.
    give(&world, 1, home, "address", "Dusun Baru");
    restrict(&world, home, None, true);
    assert_eq!(agreed(&mut world, 1), 1);
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    assert_ne!(at_server(&world, home, "address"), "Dusun Baru");
    assert_eq!(at_server(&world, home, "rt"), "001", "the data remain");
    let kept = world.server.quarantine().expect("a list");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].code, "restricted");

    for tablet in 0..2 {
        let row = in_worklist(&world, tablet, home);
        assert!(row.restricted && row.programmes.is_empty() && row.members == 0);
        with(&world, tablet, |device| {
            let view = device.household(home).expect("the page");
            let restriction = view.restriction.expect("the notice");
            assert_eq!(restriction.reason, "permintaan 4/2026");
            assert!(view.members.is_empty() && view.history.is_empty());
            let opened = device.visit_view(home, None).expect_err("no visit");
            assert_eq!(opened.code, "restricted");
            assert!(opened.words("id").0.contains("dibatasi"));
            let given = device.give(home, None, &[(FieldPath::household("rw"), "1".into())]);
            assert_eq!(given.err().map(|e| e.code), Some("restricted"));
            let submitted = device.submit(home, Whole::Visit);
            assert_eq!(submitted.err().map(|e| e.code), Some("restricted"));
            let said = device.comment(home, None, "tetap dicatat");
            assert_eq!(said.err().map(|e| e.code), Some("restricted"));
        });
    }
    // What was made before is a proposal, whose values nobody sees meanwhile, and which goes nowhere.
    let proposal = with(&world, 1, |device| {
        let mine = device.proposals(false).expect("proposals").mine;
        assert_eq!(mine.len(), 1);
        assert_eq!(mine[0].code, "restricted");
        assert!(mine[0].fields.is_empty());
        assert!(mine[0].cannot_correct.contains("dibatasi"));
        mine[0].id.parse().expect("an id")
    });
    with(&world, 1, |device| {
        let refused = device.correct_proposal(proposal);
        assert_eq!(refused.err().map(|e| e.code), Some("restricted"));
    });

    restrict(&world, home, None, false);
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    assert!(!in_worklist(&world, 1, home).restricted);
    with(&world, 1, |device| {
        let view = device.household(home).expect("the page");
        assert!(view.restriction.is_none() && !view.members.is_empty());
        device.correct_proposal(proposal).expect("made again");
    });
    agreed(&mut world, 1);
    assert_eq!(at_server(&world, home, "address"), "Dusun Baru");
    assert_eq!(
        world.server.restrictions().expect("a list").len(),
        2,
        "both are on record"
    );
    world
        .server
        .verify_log()
        .expect("a store")
        .expect("it fits");
}

#[test]
fn a_form_that_was_open_keeps_what_was_typed_and_goes_on_after_the_restriction() {
    let mut world = world(1);
    let home = first(&world);
    with(&world, 0, |device| {
        device.visit_view(home, None).expect("opened");
        crate::answer(device, home, "household_status", "1");
        crate::answer(device, home, "rt", "007");
    });
    restrict(&world, home, None, true);
    // What was typed goes along with the exchange, and comes back as a proposal.
    assert_eq!(agreed(&mut world, 0), 1);
    agreed(&mut world, 0);
    with(&world, 0, |device| {
        assert!(device.visit_view(home, None).is_err());
        device.close_visit(home).expect("put down");
        assert_eq!(device.proposals(false).expect("proposals").mine.len(), 1);
    });
    restrict(&world, home, None, false);
    agreed(&mut world, 0);
    with(&world, 0, |device| {
        let mine = device.proposals(false).expect("proposals").mine;
        let fields: Vec<&str> = mine[0].fields.iter().map(|f| f.path.as_str()).collect();
        assert!(fields.contains(&"rt"), "{fields:?}");
        device
            .correct_proposal(mine[0].id.parse().expect("an id"))
            .expect("made again");
        device.visit_view(home, None).expect("opened");
        complete(device, home);
        device.submit(home, Whole::Visit).expect("submitted");
    });
    assert_eq!(agreed(&mut world, 0), 0);
    assert_eq!(at_server(&world, home, "rt"), "007");
}

#[test]
fn a_restricted_person_is_on_no_page_and_in_no_change_and_the_family_goes_on() {
    let mut world = world(2);
    let home = first(&world);
    let all = with(&world, 0, |device| {
        device.state(home).expect("state").of("members").to_vec()
    });
    let (person, other) = (all[1], all[0]);
    restrict(&world, home, Some(person), true);
    agreed(&mut world, 0);
    assert!(!in_worklist(&world, 0, home).restricted);
    with(&world, 0, |device| {
        let view = device.household(home).expect("the page");
        let row = |id: InstanceId| {
            let id = id.to_string();
            view.members.iter().find(|m| m.id == id).expect("a member")
        };
        assert!(row(person).restriction.is_some() && row(person).nik.is_empty());
        assert!(row(other).restriction.is_none() && !row(other).nik.is_empty());
        device.visit_view(home, None).expect("opened");
        crate::answer(device, home, "household_status", "1");
        complete(device, home);
        let visit = device.visit_view(home, None).expect("opened");
        let about = |id: InstanceId| {
            let id = id.to_string();
            visit
                .pages
                .iter()
                .filter(|page| page.id.contains(&id))
                .count()
        };
        assert_eq!(about(person), 0);
        assert!(about(other) > 0);
        let path: FieldPath = member(person, "name").parse().expect("a path");
        let denied = device.answer(home, &path, "LAIN", Whole::Visit);
        assert_eq!(denied.err().map(|e| e.code), Some("restricted"));
        device.submit(home, Whole::Visit).expect("submitted");
    });
    assert_eq!(agreed(&mut world, 0), 0, "the visit is taken");
    // Somebody who did not hear.
    with(&world, 1, |device| {
        let path: FieldPath = member(person, "birth_place").parse().expect("a path");
        device
            .give(home, Some(person), &[(path, "LAMPUNG".into())])
            .expect("saved");
    });
    assert_eq!(agreed(&mut world, 1), 1);
    let found = world.server.household(home).expect("a store");
    let found = found.expect("a household");
    assert_ne!(found.field("members", person, "birth_place"), "LAMPUNG");
    restrict(&world, home, Some(person), false);
    agreed(&mut world, 1);
    with(&world, 1, |device| {
        let mine = device.proposals(false).expect("proposals").mine;
        device
            .correct_proposal(mine[0].id.parse().expect("an id"))
            .expect("made again");
    });
    agreed(&mut world, 1);
    let found = world.server.household(home).expect("a store");
    let found = found.expect("a household");
    assert_eq!(found.field("members", person, "birth_place"), "LAMPUNG");
}

#[test]
fn a_restriction_reaches_hubs_which_refuse_too_and_nobody_decides_on_the_record() {
    let mut world = HubWorld::new(61, 2, &[&[VILLAGE], &[VILLAGE]]);
    let verifier = enrol_as(
        &world.district,
        905,
        &[VILLAGE],
        "Bu Verifikator",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..3 {
        world.at_hub(tablet, Faults::default()).expect("at the hub");
    }
    let home = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let home = device.all_households().expect("households")[0];
        complete(&mut device, home);
        device.submit(home, Whole::Visit).expect("submitted");
        home
    };
    world.at_hub(0, Faults::default()).expect("at the hub");
    world.upstream().expect("up");
    let done = world.district.restrict(home, None, true, REASON, NOW);
    assert!(done.expect("restricted"));
    world.upstream().expect("the hub hears of it");
    assert_eq!(
        world
            .hub
            .restrict(home, None, false, REASON, NOW)
            .err()
            .map(|e| e.code()),
        Some("not_a_district")
    );
    // One that has not heard writes; the hub refuses it as the district would.
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        device
            .give(home, None, &[(FieldPath::household("rt"), "009".into())])
            .expect("saved");
    }
    world.at_hub(1, Faults::default()).expect("at the hub");
    let at_hub = world.hub.household(home).expect("a store");
    assert_ne!(at_hub.expect("a household").answer("rt"), "009");
    world.at_hub(2, Faults::default()).expect("at the hub");
    let denied = {
        let mut device = world.tablets[2].device.lock().expect("a device");
        device.approve(home, "").expect_err("denied")
    };
    assert_eq!(denied.code, "restricted");
    let mut lines = Vec::new();
    let mut note = |line: lawang_server::admin::HouseholdLine| {
        lines.push(line);
        Ok(())
    };
    world.hub.households(None, true, &mut note).expect("a list");
    let line = lines.iter().find(|l| l.household == home).expect("a line");
    assert!(line.restricted && line.head.is_empty());
    assert_eq!(line.nik.as_deref(), Some(""));
}
