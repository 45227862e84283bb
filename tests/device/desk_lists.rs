//! Lists and words around the desk: who is to go where, who is meant, how far away, what a questionnaire is called.

use crate::{
    complete,
    desk::{DESK, compare, desk, everybody, others, village, visit, with},
};
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_tests::{
    prelist::VILLAGE,
    world::{World, enrol_as},
};
use views::DeskReason;

fn top(world: &World, tablet: usize) -> HouseholdId {
    with(world, tablet, |device| {
        let query = views::WorklistQuery {
            limit: 20,
            ..Default::default()
        };
        let rows = device.worklist(&query).expect("worklist").rows;
        let village = views::WorklistQuery {
            village: Some(VILLAGE.into()),
            ..query
        };
        let same = device.worklist(&village).expect("worklist").rows;
        assert_eq!(rows[0].id, same[0].id, "of one village and of all");
        rows[0].id.parse().expect("an id")
    })
}

#[test]
fn what_comes_back_or_is_given_stands_on_top_of_the_list_of_the_one_whom_it_is_for_and_of_nobody_else()
 {
    let mut world = village();
    let all = others(&world);
    let (usual, household) = (all[0], all[6]);
    visit(&world, 0, household, &[]);
    everybody(&mut world);
    let seen = compare(&world, DESK, household).seen;
    with(&world, DESK, |device| {
        device
            .desk_send_back(household, &seen, "lihat lagi lantainya", &[], "")
            .expect("sent back")
    });
    everybody(&mut world);
    // Given to nobody, it is for whoever visited.
    assert_eq!(top(&world, 0), household);
    assert_eq!((top(&world, 1), top(&world, DESK)), (usual, usual));
    with(&world, DESK, |device| {
        device
            .assign(household, "Enumerator 1", "", "rumahnya dekat")
            .expect("given")
    });
    everybody(&mut world);
    assert_eq!(top(&world, 1), household);
    assert_eq!((top(&world, 0), top(&world, DESK)), (usual, usual));
    // One that nobody visited, too; and a restart and tables built anew change nothing.
    with(&world, DESK, |device| {
        device
            .assign(all[7], "Enumerator 0", "", "rumahnya dekat")
            .expect("given")
    });
    everybody(&mut world);
    assert_eq!(top(&world, 0), all[7]);
    world.restart(0);
    assert_eq!(top(&world, 0), all[7]);
    with(&world, 0, |device| {
        device.rebuild(|_, _| ()).expect("rebuilt")
    });
    assert_eq!(top(&world, 0), all[7]);
    // Once it was visited, it is where it was.
    visit(&world, 1, household, &[]);
    visit(&world, 0, all[7], &[]);
    assert_eq!((top(&world, 0), top(&world, 1)), (usual, usual));
    everybody(&mut world);
    assert_eq!((top(&world, 0), top(&world, 1)), (usual, usual));
}

#[test]
fn a_list_of_an_earlier_program_is_ordered_for_whoever_holds_the_device() {
    let mut world = village();
    let all = others(&world);
    with(&world, DESK, |device| {
        device
            .assign(all[7], "Enumerator 0", "", "rumahnya dekat")
            .expect("given")
    });
    everybody(&mut world);
    with(&world, 0, |device| {
        let store = device.store().raw();
        store
            .execute("UPDATE household SET on_top = 0", [])
            .expect("as before");
        store
            .execute("DELETE FROM meta WHERE key = 'on_top_of'", [])
            .expect("as before");
    });
    assert_eq!(top(&world, 0), all[0]);
    world.restart(0);
    assert_eq!(top(&world, 0), all[7]);
}

#[test]
fn signs_of_impossible_work_name_families_by_their_head_and_address() {
    let mut world = village();
    let household = others(&world)[2];
    with(&world, 0, |device| {
        complete(device, household);
        let path = FieldPath::household("is_well_off");
        device
            .answer(household, &path, "2", Whole::Visit)
            .expect("answered");
        // In no time.
        device.submit(household, Whole::Visit).expect("submitted");
    });
    everybody(&mut world);
    let (work, card) = with(&world, DESK, |device| {
        let work = device.enumerators(VILLAGE).expect("work");
        (work, device.household(household).expect("a family"))
    });
    let fast = work[0].signs.iter().find(|sign| sign.code == "too_fast");
    let family = &fast.expect("it was too fast").households[0];
    assert_eq!(family.household, household.to_string());
    assert!(!family.head.is_empty());
    assert_eq!((&family.head, &family.address), (&card.head, &card.address));
    assert_eq!((&family.rt, &family.rw), (&card.rt, &card.rw));
}

#[test]
fn a_position_is_compared_by_how_far_it_is_from_the_one_before() {
    let mut world = village();
    let household = others(&world)[0];
    visit(
        &world,
        0,
        household,
        &[("gps", "-5.3621418 105.0844129 0 7.6")],
    );
    everybody(&mut world);
    with(&world, DESK, |device| {
        device
            .return_with_comment(household, "lihat lagi", &[])
            .expect("sent back")
    });
    everybody(&mut world);
    visit(
        &world,
        0,
        household,
        &[("gps", "-5.3622497 105.0844129 0 4.2")],
    );
    everybody(&mut world);
    let shown = compare(&world, DESK, household);
    let gps = shown.fields.iter().find(|field| field.path == "gps");
    let gps = gps.expect("it changed");
    assert_eq!(
        gps.current,
        "12 m dari letak yang diketahui, ketelitian 5 m\n-5.36225, 105.08441"
    );
    assert!(
        gps.previous
            .ends_with("ketelitian 8 m\n-5.36214, 105.08441")
    );
    assert!(!gps.current.contains("-5.3622497"));
}

#[test]
fn a_second_visit_is_listed_by_a_title_where_its_questionnaire_has_not_come() {
    let mut world = village();
    let household = others(&world)[0];
    visit(&world, 0, household, &[]);
    everybody(&mut world);
    with(&world, DESK, |device| {
        device
            .draw_back_checks(VILLAGE, 100, "rapat")
            .expect("drawn");
    });
    everybody(&mut world);
    with(&world, 1, |device| {
        device.begin_back_check(household).expect("begun");
        let titles = |device: &lawang_app::Device| -> Vec<String> {
            let list = device.surveys(&views::SurveyQuery::default());
            let rows = list.expect("surveys").rows;
            rows.into_iter().map(|row| row.form_title).collect()
        };
        assert_eq!(titles(device), ["Kunjungan ulang"]);
        let store = device.store().raw();
        let gone = "DELETE FROM form WHERE id = 'back_check'";
        assert!(store.execute(gone, []).expect("let go of") > 0);
        assert_eq!(titles(device), ["Kunjungan ulang"]);
        // Nor does anybody say any more that there is one.
        let unknown = "DELETE FROM form_current WHERE id = 'back_check'";
        device.store().raw().execute(unknown, []).expect("unknown");
        assert_eq!(titles(device), ["Kunjungan ulang"]);
    });
}

#[test]
fn a_visit_that_missed_the_ministrys_cut_off_is_overdue_until_somebody_decides() {
    let mut world = village();
    let all = others(&world);
    visit(&world, 0, all[0], &[]);
    everybody(&mut world);
    let overdue = |world: &World| {
        let query = views::DeskQuery {
            reasons: vec![DeskReason::Overdue],
            ..Default::default()
        };
        let found = with(world, DESK, |device| device.desk(&query).expect("desk"));
        let rows = found.rows.into_iter();
        rows.filter(|row| !row.enumerator.is_empty())
            .map(|row| (row.household, row.words))
            .collect::<Vec<_>>()
    };
    let before = desk(&world);
    assert_eq!((&*before.cutoff, before.cutoff_days), ("2026-12-17", 25));
    assert_eq!(overdue(&world), []);
    // The evening of the 17th is in time, the night after it is not.
    let desk_clock = |world: &World, hours: i64| {
        world.tablets[DESK].environment.advance(hours * 3_600_000);
    };
    desk_clock(&world, 25 * 24 + 15);
    assert_eq!(desk(&world).cutoff_days, 0);
    assert_eq!(overdue(&world), []);
    desk_clock(&world, 2);
    let words = "batas 17 Des 2026 terlewat".to_owned();
    assert_eq!(overdue(&world), [(all[0].to_string(), words)]);
    let after = desk(&world);
    assert_eq!((&*after.cutoff, after.cutoff_days), ("2027-01-17", 30));
    // It still waits for a decision, and is overdue no more with it.
    assert_eq!(after.total, 1);
    let seen = compare(&world, DESK, all[0]).seen;
    with(&world, DESK, |device| {
        device
            .desk_accept(all[0], &seen, &[], "")
            .expect("accepted")
    });
    assert_eq!(overdue(&world), []);
}

#[test]
fn a_newcomer_is_given_a_household_by_name_and_only_their_village_suggests_them() {
    let mut world = village();
    let household = others(&world)[6];
    let give = |world: &World, name: &str| {
        with(world, DESK, |device| {
            device.assign(household, name, "", "petugas baru")
        })
    };
    for bad in ["", " ", "1809012003850001", &"x".repeat(101)] {
        let refused = give(&world, bad).expect_err("no name");
        assert_eq!(refused.code, "person_needed", "{bad:?}");
    }
    give(&world, "  Enumerator   9 ").expect("given");
    assert!(
        compare(&world, DESK, household)
            .people
            .contains(&"Enumerator 9".to_owned())
    );
    everybody(&mut world);
    let newcomer = world.tablets.len();
    let tablet = enrol_as(
        &world.server,
        80,
        &[VILLAGE],
        "Enumerator 9",
        Role::Enumerator,
    );
    world.tablets.push(tablet);
    everybody(&mut world);
    assert_eq!(top(&world, newcomer), household);
    // Written as nobody else writes it, it is the same person.
    give(&world, "enumerator 9").expect("given");
    let assigned = with(&world, DESK, |device| device.store().review(household)).expect("read");
    assert_eq!(assigned.expect("a review").assigned, "Enumerator 9");
    let elsewhere = with(&world, DESK, |device| {
        device.store().assigned_people("18.09.01.2999")
    });
    assert!(elsewhere.expect("read").is_empty());
}

#[test]
fn what_is_denied_as_a_whole_leaves_no_half_of_it() {
    let mut world = village();
    let operator = world.tablets.len();
    let tablet = enrol_as(
        &world.server,
        82,
        &[VILLAGE],
        "Pak Operator",
        Role::VillageOperator,
    );
    world.tablets.push(tablet);
    everybody(&mut world);
    let household = others(&world)[0];
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    with(&world, DESK, |device| {
        device
            .return_with_comment(household, "lihat lagi lantainya", &[])
            .expect("sent back")
    });
    everybody(&mut world);
    visit(&world, 1, household, &[("floor_material", "8")]);
    everybody(&mut world);
    // An operator corrects answers and says who visits, and neither accepts nor sends back.
    let shown = compare(&world, operator, household);
    let floor = [FieldPath::household("floor_material")];
    with(&world, operator, |device| {
        device
            .desk_accept(household, &shown.seen, &floor, "saya lihat sendiri")
            .expect_err("no verifier");
        device
            .desk_send_back(household, &shown.seen, "contradicts", &[], "Enumerator 0")
            .expect_err("no verifier");
    });
    assert_eq!(
        compare(&world, operator, household).seen,
        shown.seen,
        "something of it was written"
    );
    // A verifier does both halves.
    let seen = compare(&world, DESK, household).seen;
    with(&world, DESK, |device| {
        device
            .desk_send_back(household, &seen, "contradicts", &[], "enumerator 0")
            .expect("sent back, and given")
    });
    let review = with(&world, DESK, |device| device.store().review(household)).expect("read");
    let review = review.expect("a review");
    assert_eq!(
        (review.assigned.as_str(), review.decision),
        ("Enumerator 0", Some(RecordState::Returned))
    );
}

#[test]
fn a_family_that_grew_poor_waits_with_the_formula_that_says_so() {
    let mut world = village();
    let all = others(&world);
    let rich = [
        ("floor_material", "1"),
        ("wall_material", "1"),
        ("toilet_facility", "1"),
    ];
    let poor = [
        ("floor_material", "8"),
        ("wall_material", "5"),
        ("toilet_facility", "6"),
    ];
    visit(&world, 0, all[0], &poor);
    visit(&world, 0, all[1], &rich);
    everybody(&mut world);
    let found = desk(&world);
    let row = |id: HouseholdId| {
        let rows = found.rows.iter();
        let mut rows = rows.filter(|row| row.household == id.to_string());
        rows.next().expect("a row").clone()
    };
    assert_eq!(
        row(all[0]).reasons[0],
        DeskReason::Eligibility,
        "{:?}",
        row(all[0])
    );
    assert!(
        row(all[0])
            .words
            .contains("kini tergolong miskin menurut Kepmensos 262")
    );
    assert!(!row(all[1]).reasons.contains(&DeskReason::Eligibility));
}
