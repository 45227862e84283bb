//! Second visits: drawn by a seed, made by somebody else without the first answers, counted by question and by person.

use crate::complete;
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId, Role};
use lawang_tests::{
    forms::{publish, workbook},
    network::Faults,
    prelist::VILLAGE,
    world::{World, enrol_as},
};

const DESK: usize = 2;

/// Two enumerators and a verifier; the first enumerator has visited six families.
fn visited() -> (World, Vec<HouseholdId>) {
    let mut world = World::new(11, 6, 2);
    let verifier = enrol_as(
        &world.server,
        77,
        &[VILLAGE],
        "Ibu Sri",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    everybody(&mut world);
    let all = with(&world, 0, |device| device.all_households().expect("list"));
    for household in &all {
        visit(&world, 0, *household, "1");
    }
    everybody(&mut world);
    (world, all)
}

fn everybody(world: &mut World) {
    for _ in 0..2 {
        for tablet in 0..world.tablets.len() {
            let report = world.exchange(tablet, Faults::default()).expect("exchange");
            assert!(report.agreed && report.refused == 0, "device {tablet}");
        }
    }
}

fn with<T>(world: &World, tablet: usize, work: impl FnOnce(&mut lawang_app::Device) -> T) -> T {
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn visit(world: &World, tablet: usize, household: HouseholdId, floor: &str) {
    with(world, tablet, |device| {
        complete(device, household);
        let path = FieldPath::household("floor_material");
        device
            .answer(household, &path, floor, Whole::Visit)
            .expect("answered");
        device.submit(household, Whole::Visit).expect("submitted");
    });
}

fn list(world: &World, tablet: usize) -> views::BackChecks {
    with(world, tablet, |device| {
        device.back_checks(VILLAGE).expect("second visits")
    })
}

#[test]
fn visits_are_drawn_by_a_seed_and_made_again_by_somebody_else_who_sees_no_first_answer() {
    let (mut world, all) = visited();
    for (percent, seed) in [(0, "rapat"), (101, "rapat"), (50, " ")] {
        let denied = with(&world, DESK, |device| {
            device.draw_back_checks(VILLAGE, percent, seed)
        });
        assert_eq!(denied.expect_err("no draw").code, "bad_draw");
    }
    let denied = with(&world, 1, |device| {
        device.draw_back_checks(VILLAGE, 50, "rapat")
    });
    assert_eq!(denied.expect_err("an enumerator").code, "role_may_not");
    let drawn = with(&world, DESK, |device| {
        device
            .draw_back_checks(VILLAGE, 50, "rapat")
            .expect("drawn")
    });
    assert_eq!(drawn, 3);
    let mine = list(&world, DESK);
    assert_eq!((mine.rows.len(), mine.undrawn), (3, 3));
    assert!(mine.rows.iter().all(|row| row.enumerator == "Enumerator 0"));
    everybody(&mut world);
    // Whoever made them does not hear of it; the other does, and not by whom.
    assert!(list(&world, 0).rows.is_empty());
    let others = list(&world, 1);
    assert_eq!(others.rows.len(), 3);
    assert!(
        others
            .rows
            .iter()
            .all(|row| row.enumerator.is_empty() && row.closed.is_empty())
    );
    let household: HouseholdId = others.rows[0].household.parse().expect("an id");
    let own = with(&world, 0, |device| device.begin_back_check(household));
    assert_eq!(own.expect_err("one's own").code, "own_visit");
    let undrawn = all.iter().find(|id| {
        !others
            .rows
            .iter()
            .any(|row| row.household == id.to_string())
    });
    let undrawn = *undrawn.expect("some were not drawn");
    let none = with(&world, 1, |device| device.begin_back_check(undrawn));
    assert_eq!(none.expect_err("not drawn").code, "not_drawn");

    let survey = with(&world, 1, |device| {
        device.begin_back_check(household).expect("begun")
    });
    let again = with(&world, 1, |device| {
        device.begin_back_check(household).expect("goes on")
    });
    assert_eq!(survey, again);
    let page = with(&world, 1, |device| {
        device.visit_view(survey, Some("housing")).expect("a page")
    });
    let told = page
        .page
        .items
        .iter()
        .filter(|item| !item.path.starts_with("about_"))
        .filter(|item| !item.value.is_empty() || !item.previous.is_empty());
    assert_eq!(told.count(), 0, "nothing of the first visit is told");
    visit(&world, 1, survey, "8");
    everybody(&mut world);
    assert_eq!(
        list(&world, 1).rows.len(),
        2,
        "what is done is no task any more"
    );
    let found = list(&world, DESK);
    let row = found
        .rows
        .iter()
        .find(|row| row.household == household.to_string())
        .expect("the row");
    assert_eq!(row.by, "Enumerator 1");
    assert!(row.asked > 5, "{row:?}");
    let floor = row
        .fields
        .iter()
        .find(|field| field.path == "floor_material")
        .expect("the floor differs");
    assert_eq!(
        (floor.old.as_str(), floor.new.as_str()),
        ("Marmer/granit", "Tanah")
    );
    let members = row
        .fields
        .iter()
        .find(|field| field.path == "member_count_present")
        .expect("how many live there differs");
    assert_eq!((members.old.as_str(), members.new.as_str()), ("3", "1"));
    let work = with(&world, DESK, |device| {
        device.enumerators(VILLAGE).expect("people")
    });
    let first = work
        .iter()
        .find(|w| w.person == "Enumerator 0")
        .expect("the person");
    assert_eq!(
        (first.checked, first.asked_twice, first.differ),
        (1, row.asked, row.differ)
    );
    assert_eq!(first.fields.len(), row.fields.len());
    let done = with(&world, 1, |device| device.begin_back_check(household));
    assert_eq!(done.expect_err("done").code, "not_drawn");
}

#[test]
fn a_newer_visit_that_is_drawn_is_made_again_though_an_older_one_was_already() {
    let (mut world, all) = visited();
    let draw = |world: &World, seed: &str| {
        with(world, DESK, |device| {
            device.draw_back_checks(VILLAGE, 100, seed).expect("drawn")
        })
    };
    let row = |world: &World| {
        let rows = list(world, DESK).rows.into_iter();
        let mut rows = rows.filter(|row| row.household == all[0].to_string());
        rows.next().expect("the row")
    };
    let again = |world: &World, floor: &str| {
        let survey = with(world, 1, |device| {
            device.begin_back_check(all[0]).expect("begun")
        });
        visit(world, 1, survey, floor);
        survey
    };
    let checked = |world: &World| {
        let work = with(world, DESK, |d| d.enumerators(VILLAGE).expect("people"));
        let first = work.iter().find(|w| w.person == "Enumerator 0");
        first.map_or((0, 0), |w| (w.checked, w.differ))
    };
    assert_eq!(draw(&world, "rapat"), 6);
    everybody(&mut world);
    let first = again(&world, "1");
    everybody(&mut world);
    assert_eq!(row(&world).by, "Enumerator 1");
    let before = checked(&world);
    assert_eq!(before.0, 1);
    // The family is visited anew, and the new visit drawn.
    for tablet in &world.tablets {
        tablet.environment.advance(60 * 60_000);
    }
    visit(&world, 0, all[0], "8");
    everybody(&mut world);
    assert_eq!(draw(&world, "rapat"), 1);
    everybody(&mut world);
    assert_eq!(row(&world).by, "", "nobody made the new visit again");
    assert_eq!(
        checked(&world),
        before,
        "the old one counts for the old one"
    );
    assert!(
        list(&world, 1)
            .rows
            .iter()
            .any(|r| r.household == all[0].to_string())
    );
    let second = again(&world, "8");
    assert_ne!(first, second);
    everybody(&mut world);
    assert_eq!(row(&world).by, "Enumerator 1");
    assert!(
        row(&world)
            .fields
            .iter()
            .all(|f| f.path != "floor_material")
    );
    assert_eq!(checked(&world).0, 2);
    let done = with(&world, 1, |device| device.begin_back_check(all[0]));
    assert_eq!(done.expect_err("done").code, "not_drawn");
}

#[test]
fn a_draw_is_repeated_from_what_the_record_says_and_says_when_the_visits_have_changed() {
    let (mut world, all) = visited();
    let check =
        |world: &World, tablet: usize| with(world, tablet, |device| device.check_draws(VILLAGE));
    assert_eq!(check(&world, DESK).expect("checked"), []);
    for _ in 0..2 {
        with(&world, DESK, |device| {
            device
                .draw_back_checks(VILLAGE, 30, "rapat")
                .expect("drawn")
        });
        world.tablets[DESK].environment.advance(60_000);
    }
    everybody(&mut world);
    let denied = check(&world, 1).expect_err("an enumerator");
    assert_eq!(denied.code, "role_may_not");
    let found = check(&world, DESK).expect("checked");
    let said: Vec<(u32, u32)> = found.iter().map(|d| (d.drawn, d.of)).collect();
    assert_eq!(said, [(2, 6), (2, 4)]);
    assert!(found.iter().all(|d| d.outcome == views::DrawOutcome::Fits));
    assert!(
        found
            .iter()
            .all(|d| d.seed.starts_with("rapat ") && d.seed.len() == 38)
    );
    assert_ne!(
        found[0].seed, found[1].seed,
        "nobody can try seeds beforehand"
    );
    // A newer visit changes nothing about what was drawn then; one that came late does.
    for tablet in &world.tablets {
        tablet.environment.advance(60 * 60_000);
    }
    visit(&world, 0, all[0], "8");
    everybody(&mut world);
    let found = check(&world, DESK).expect("checked");
    assert!(found.iter().all(|d| d.outcome == views::DrawOutcome::Fits));
}

#[test]
fn a_second_visit_is_begun_for_a_household_that_was_drawn_and_no_other_way() {
    let world = World::new(11, 2, 1);
    with(&world, 0, |device| {
        let begun = device.new_survey("back_check", VILLAGE);
        assert_eq!(begun.expect_err("of nobody").code, "not_drawn");
        let list = device
            .surveys(&views::SurveyQuery::default())
            .expect("surveys");
        assert!(list.forms.iter().all(|form| form.form != "back_check"));
        let all = device.forms().expect("forms");
        let own = all.iter().find(|form| form.form == "back_check");
        assert!(own.expect("it comes with the program").usable);
    });
}

#[test]
fn a_district_that_publishes_a_questionnaire_of_its_own_for_second_visits_uses_that() {
    let (mut world, _) = visited();
    let own = workbook(
        "back_check",
        "2026120101",
        &[
            "text,about_household,Kode,,",
            "text,about_head,Kepala,,",
            "text,about_address,Alamat,,",
            "select_one floors,floor_material,Lantai,yes,",
        ],
        &["floors,1,Marmer", "floors,8,Tanah"],
    );
    publish(&world.server, &own, &[]);
    with(&world, DESK, |device| {
        device
            .draw_back_checks(VILLAGE, 50, "rapat")
            .expect("drawn")
    });
    everybody(&mut world);
    let household: HouseholdId = list(&world, 1).rows[0].household.parse().expect("an id");
    let survey = with(&world, 1, |device| {
        device.begin_back_check(household).expect("begun")
    });
    visit(&world, 1, survey, "8");
    everybody(&mut world);
    let found = list(&world, DESK);
    let row = found
        .rows
        .iter()
        .find(|row| row.household == household.to_string())
        .expect("the row");
    assert_eq!((row.asked, row.differ), (1, 1), "{row:?}");
}
