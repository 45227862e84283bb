//! The visit at the door.

use crate::{answer, complete, first, member, world};
use lawang_app::{Whole, views::VisitState};
use lawang_domain::FieldPath;
use lawang_tests::network::Faults;

#[test]
fn a_visit_with_a_new_member_survives_a_killed_process_at_every_answer_and_reaches_the_server() {
    let mut world = world(1);
    let household = first(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        device.visit_view(household, None).expect("opened");
        answer(&mut device, household, "household_status", "1");
        answer(&mut device, household, "enumeration_result", "1");
    }
    world.restart(0);
    let baby = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let view = device
            .visit_view(household, Some("visit_result"))
            .expect("reopened");
        let value = |key: &str| {
            view.page
                .items
                .iter()
                .find(|i| i.path == key)
                .map(|i| i.value.clone())
        };
        assert_eq!(value("household_status").as_deref(), Some("1"));
        assert_eq!(value("enumeration_result").as_deref(), Some("1"));
        let baby = device.add_member(household, Whole::Visit).expect("added");
        answer(&mut device, household, &member(baby, "name"), "Putri");
        baby
    };
    world.restart(0);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let view = device
            .visit_view(household, Some("members"))
            .expect("roster");
        let roster = view.page.roster.expect("a roster");
        assert_eq!(roster.len(), 4);
        let found = roster
            .iter()
            .find(|m| m.id == baby.to_string())
            .expect("the baby");
        assert!(found.added && found.name == "Putri" && found.missing > 0);
        for (key, value) in [
            ("sex", "2"),
            ("birth_date", "2025-06-01"),
            ("relation_to_head", "3"),
        ] {
            answer(&mut device, household, &member(baby, key), value);
        }
        complete(&mut device, household);
        device.submit(household, Whole::Visit).expect("submitted");
        let row = &device.worklist(&Default::default()).expect("list").rows;
        let state = row
            .iter()
            .find(|r| r.id == household.to_string())
            .map(|r| r.state);
        assert_eq!(state, Some(VisitState::Ready));
    }
    let report = world.exchange(0, Faults::default()).expect("sent");
    assert!(report.agreed && report.refused == 0 && report.pushed >= 1);
    let device = world.tablets[0].device.lock().expect("a device");
    let view = device.household(household).expect("page");
    assert_eq!(view.state, VisitState::Sent);
    assert_eq!(view.members.len(), 4);
    assert!(view.history.iter().any(|h| h.kind == "submitted" && h.sent));
}

#[test]
fn a_boy_of_three_is_asked_neither_about_school_nor_work_nor_pregnancy() {
    let world = world(1);
    let household = first(&world);
    let mut device = world.tablets[0].device.lock().expect("a device");
    answer(&mut device, household, "household_status", "1");
    answer(&mut device, household, "enumeration_result", "1");
    let boy = device.add_member(household, Whole::Visit).expect("added");
    for (key, value) in [
        ("name", "Agus"),
        ("sex", "1"),
        ("birth_date", "2023-05-01"),
        ("relation_to_head", "3"),
        ("marital_status", "1"),
    ] {
        answer(&mut device, household, &member(boy, key), value);
    }
    let view = device
        .visit_view(household, Some("members"))
        .expect("pages");
    let pages: Vec<_> = view
        .pages
        .iter()
        .filter(|p| p.member.as_deref() == Some(&boy.to_string()))
        .map(|p| p.id.rsplit('/').next().unwrap_or_default().to_owned())
        .collect();
    assert!(
        !pages.contains(&"education".to_owned()) && !pages.contains(&"work".to_owned()),
        "{pages:?}"
    );
    let health = device
        .visit_view(household, Some(&member(boy, "health")))
        .expect("health");
    assert!(
        health
            .page
            .items
            .iter()
            .all(|i| !i.path.ends_with("/pregnant"))
    );
    assert!(
        health
            .page
            .items
            .iter()
            .any(|i| i.path.ends_with("/child_nutrition_status"))
    );
}

#[test]
fn a_birth_date_that_does_not_fit_the_nik_is_a_warning_with_an_explanation_not_a_wall() {
    let world = world(1);
    let household = first(&world);
    let mut device = world.tablets[0].device.lock().expect("a device");
    answer(&mut device, household, "household_status", "1");
    answer(&mut device, household, "enumeration_result", "1");
    let id = device.add_member(household, Whole::Visit).expect("added");
    for (key, value) in [
        ("name", "Wati"),
        ("nik", "1809 0151 0180 9001"),
        ("sex", "2"),
        ("birth_date", "1985-03-02"),
    ] {
        answer(&mut device, household, &member(id, key), value);
    }
    let page = device
        .visit_view(household, Some(&member(id, "identity")))
        .expect("page")
        .page;
    let item = |key: &str| {
        page.items
            .iter()
            .find(|i| i.path.ends_with(&format!("/{key}")))
    };
    assert_eq!(
        item("nik").map(|i| i.value.as_str()),
        Some("1809015101809001"),
        "blanks are dropped"
    );
    assert!(item("nik").is_some_and(|i| i.reading.contains("perempuan") && i.error.is_empty()));
    assert!(page.items.iter().any(|i| i.appearance.contains("warning")));
    assert!(item("nik_mismatch_reason").is_some_and(|i| i.required));
    answer(
        &mut device,
        household,
        &member(id, "nik_mismatch_reason"),
        "Menurut KTP memang begitu",
    );
}

#[test]
fn an_incomplete_visit_is_kept_and_not_submitted_and_says_where_to_go() {
    let world = world(1);
    let household = first(&world);
    let mut device = world.tablets[0].device.lock().expect("a device");
    answer(&mut device, household, "household_status", "1");
    let refusal = device
        .submit(household, Whole::Visit)
        .expect_err("incomplete");
    assert_eq!(refusal.code, "incomplete");
    let summary = device
        .visit_summary(household, Whole::Visit)
        .expect("summary");
    assert!(
        summary
            .problems
            .iter()
            .all(|p| !p.page.is_empty() && !p.message.is_empty() && !p.label.is_empty())
    );
    assert!(!summary.ready);
}

#[test]
fn answers_that_are_no_answers_are_refused_in_words_and_nothing_is_lost() {
    let world = world(1);
    let household = first(&world);
    let mut device = world.tablets[0].device.lock().expect("a device");
    answer(&mut device, household, "household_status", "1");
    answer(&mut device, household, "enumeration_result", "1");
    let mut refused = |path: &str, value: &str| {
        let path: FieldPath = path.parse().expect("a path");
        device
            .answer(household, &path, value, Whole::Visit)
            .expect_err("refused")
            .code
    };
    assert_eq!(refused("floor_area", "luas"), "bad_value");
    assert_eq!(refused("floor_material", "77"), "bad_value");
    assert_eq!(refused("no_such_question", "1"), "no_such_field");
    assert_eq!(
        refused("members/00000000-0000-0000-0000-000000000001/name", "x"),
        "no_such_member"
    );
    answer(&mut device, household, "floor_area", "1.234,0");
}

#[test]
fn as_last_time_takes_the_registers_values_over_for_one_page() {
    let world = world(1);
    let household = first(&world);
    let mut device = world.tablets[0].device.lock().expect("a device");
    answer(&mut device, household, "household_status", "1");
    answer(&mut device, household, "enumeration_result", "1");
    let before = device
        .visit_view(household, Some("housing"))
        .expect("page")
        .page;
    let floor = before
        .items
        .iter()
        .find(|i| i.path == "floor_material")
        .expect("floor");
    assert_eq!(
        (floor.value.as_str(), floor.previous_value.as_str()),
        ("", "6"),
        "asked anew, old value beside"
    );
    assert!(before.can_take_over >= 3);
    device.take_over(household, "housing").expect("taken over");
    let after = device
        .visit_view(household, Some("housing"))
        .expect("page")
        .page;
    assert_eq!(
        after
            .items
            .iter()
            .find(|i| i.path == "floor_material")
            .map(|i| i.value.as_str()),
        Some("6")
    );
    assert_eq!(after.can_take_over, 0);
    let other = device
        .visit_view(household, Some("utilities"))
        .expect("page")
        .page;
    assert!(
        other.items.iter().all(|i| i.value.is_empty()),
        "other pages stay as they are"
    );
}

#[test]
fn a_member_entered_by_mistake_is_struck_out_with_a_reason_and_can_come_back() {
    let mut world = world(1);
    let household = first(&world);
    let someone = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let view = device.visit_view(household, None).expect("opened");
        assert!(view.pages.iter().any(|p| p.id == "visit_result"));
        answer(&mut device, household, "household_status", "1");
        answer(&mut device, household, "enumeration_result", "1");
        let someone = device.state(household).expect("state").of("members")[2];
        assert_eq!(
            device
                .remove_member(household, someone, true, "x")
                .expect_err("no reason")
                .code,
            "reason_needed"
        );
        device
            .remove_member(household, someone, true, "bukan anggota keluarga ini")
            .expect("struck out");
        someone
    };
    world.restart(0);
    let mut device = world.tablets[0].device.lock().expect("a device");
    let roster = device
        .visit_view(household, Some("members"))
        .expect("roster")
        .page
        .roster
        .expect("roster");
    assert!(
        roster
            .iter()
            .any(|m| m.id == someone.to_string() && m.removed && !m.name.is_empty())
    );
    device
        .remove_member(household, someone, false, "")
        .expect("back");
    let roster = device
        .visit_view(household, Some("members"))
        .expect("roster")
        .page
        .roster
        .expect("roster");
    assert!(roster.iter().all(|m| !m.removed));
}
