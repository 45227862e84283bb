//! Other questionnaires than the household visit.

use crate::{answer, first, world};
use lawang_app::{
    Whole,
    views::{SurveyQuery, VisitState, WorklistQuery},
};
use lawang_domain::HouseholdId;
use lawang_tests::{
    forms::{needs, publish},
    network::Faults,
    prelist::{OTHER, VILLAGE},
    world::World,
};

fn send(world: &mut World, tablet: usize) {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed && report.refused == 0);
}

fn states(world: &World, tablet: usize) -> Vec<(String, VisitState, bool)> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let list = device.surveys(&SurveyQuery::default()).expect("list");
    list.rows
        .into_iter()
        .map(|r| (r.id, r.state, r.unsent))
        .collect()
}

fn list(world: &World) -> String {
    let device = world.tablets[0].device.lock().expect("a device");
    let query = WorklistQuery {
        limit: 200,
        ..Default::default()
    };
    let list = device.worklist(&query).expect("list");
    format!(
        "{:?} {:?} {} {}",
        list.rows, list.counts, list.households, list.unsent
    )
}

fn begun(world: &World) -> HouseholdId {
    let mut device = world.tablets[0].device.lock().expect("a device");
    device.new_survey("village_needs", VILLAGE).expect("begun")
}

#[test]
fn a_survey_is_begun_filled_in_and_submitted_and_is_never_among_the_households() {
    let mut world = world(2);
    let before = list(&world);
    publish(&world.server, &needs("1"), &[]);
    for tablet in 0..2 {
        send(&mut world, tablet);
    }
    let id = begun(&world);
    assert_eq!(
        states(&world, 0),
        [(id.to_string(), VisitState::InProgress, true)]
    );
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let view = device.visit_view(id, None).expect("a visit");
        assert!(view.survey && view.carry_over.is_none());
        assert_eq!(view.title, "Judul village_needs");
        answer(&mut device, id, "families", "120");
        assert_eq!(
            device
                .submit(id, Whole::Visit)
                .expect_err("incomplete")
                .code,
            "incomplete"
        );
        answer(&mut device, id, "leader", "Pak Karto");
        device.submit(id, Whole::Visit).expect("submitted");
        assert!(device.household(id).is_err(), "it is no household");
        assert_eq!(
            device
                .new_survey("no_such", VILLAGE)
                .expect_err("unknown")
                .code,
            "no_such_form"
        );
        assert_eq!(
            device
                .new_survey("village_needs", OTHER)
                .expect_err("elsewhere")
                .code,
            "no_such_village"
        );
        assert_eq!(
            device
                .new_survey("household_visit", VILLAGE)
                .expect_err("no survey")
                .code,
            "no_such_form"
        );
    }
    assert_eq!(states(&world, 0)[0].1, VisitState::Ready);
    world.restart(0);
    send(&mut world, 0);
    assert_eq!(
        states(&world, 0),
        [(id.to_string(), VisitState::Sent, false)]
    );
    assert_eq!(list(&world), before, "the worklist is as it was");
    send(&mut world, 1);
    assert_eq!(
        states(&world, 1),
        states(&world, 0),
        "a colleague of the village sees it"
    );

    let on_server = world
        .server
        .surveys(Some("village_needs"), None)
        .expect("list");
    assert_eq!(on_server.len(), 1);
    assert_eq!(
        (
            on_server[0].state.as_str(),
            on_server[0].flags.len(),
            on_server[0].form_version.as_str()
        ),
        ("sent", 0, "1")
    );
    let digest = world.tablets[1].device.lock().expect("a device").digest(id);
    assert_eq!(digest.expect("digest"), on_server[0].digest);
}

#[test]
fn tables_built_anew_hold_the_same_surveys_and_the_same_households() {
    let mut world = world(1);
    publish(&world.server, &needs("1"), &[]);
    send(&mut world, 0);
    let id = begun(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, id, "leader", "Pak Karto");
        device.submit(id, Whole::Visit).expect("submitted");
        answer(&mut device, id, "families", "7");
    }
    begun(&world);
    let before = (states(&world, 0), list(&world));
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        device.rebuild(|_, _| ()).expect("rebuilt");
    }
    assert_eq!((states(&world, 0), list(&world)), before);
}

#[test]
fn two_people_who_answer_one_survey_differently_settle_it_like_any_conflict() {
    let mut world = world(2);
    publish(&world.server, &needs("1"), &[]);
    send(&mut world, 0);
    let id = begun(&world);
    for tablet in [0, 1] {
        send(&mut world, tablet);
    }
    for (tablet, name) in [(0, "Pak Karto"), (1, "Bu Karto")] {
        let mut device = world.tablets[tablet].device.lock().expect("a device");
        answer(&mut device, id, "leader", name);
        device.submit(id, Whole::Visit).expect("submitted");
    }
    for tablet in [0, 1, 0] {
        send(&mut world, tablet);
    }
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let conflicts = device.conflicts().expect("conflicts");
        assert_eq!(conflicts.len(), 1);
        assert_eq!(
            (
                conflicts[0].path.as_str(),
                conflicts[0].head.as_str(),
                conflicts[0].label.as_str()
            ),
            ("leader", "Judul village_needs", "Nama ketua")
        );
        let path = "leader".parse().expect("a path");
        device
            .resolve(
                id,
                &path,
                "Bu Karto",
                "ketua yang baru",
                Some(&conflicts[0].seen),
            )
            .expect("settled");
        assert!(device.conflicts().expect("conflicts").is_empty());
    }
    send(&mut world, 0);
    assert_eq!(states(&world, 0)[0].1, VisitState::Sent);
}

#[test]
fn a_survey_goes_on_with_the_version_that_it_was_begun_with() {
    let mut world = world(1);
    publish(&world.server, &needs("1"), &[]);
    send(&mut world, 0);
    let id = begun(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, id, "leader", "Pak Karto");
    }
    publish(&world.server, &needs("2"), &[]);
    send(&mut world, 0);
    let other = begun(&world);
    let home = first(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        for (id, version) in [(id, "1"), (other, "2")] {
            let view = device.visit_view(id, None).expect("a visit");
            assert_eq!(view.form_version, version);
        }
        device.submit(id, Whole::Visit).expect("submitted");
        answer(&mut device, home, "household_status", "1");
    }
    send(&mut world, 0);
    let on_server = world.server.surveys(None, None).expect("list");
    let first = on_server.iter().find(|s| s.household == id).expect("there");
    assert_eq!((first.form_version.as_str(), first.flags.len()), ("1", 0));
}
