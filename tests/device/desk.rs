//! The verifier's desk on real devices that exchange: what waits, old against new, decisions on what was seen.

use crate::{complete, first};
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role, VisitState};
use lawang_tests::{
    network::Faults,
    prelist::VILLAGE,
    world::{World, enrol_as},
};
use views::DeskReason;

/// Two enumerators (0, 1) and a verifier (2), all with the list.
pub fn village() -> World {
    let mut world = World::new(11, 8, 2);
    let verifier = enrol_as(
        &world.server,
        77,
        &[VILLAGE],
        "Ibu Sri",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    everybody(&mut world);
    world
}

pub fn everybody(world: &mut World) {
    for _ in 0..2 {
        for tablet in 0..world.tablets.len() {
            let report = world.exchange(tablet, Faults::default()).expect("exchange");
            assert!(report.agreed, "device {tablet} and the server differ");
            assert_eq!(
                report.refused, 0,
                "something of device {tablet} was refused"
            );
        }
    }
}

pub fn with<T>(world: &World, tablet: usize, work: impl FnOnce(&mut lawang_app::Device) -> T) -> T {
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

pub const DESK: usize = 2;

pub fn visit(world: &World, tablet: usize, household: HouseholdId, changes: &[(&str, &str)]) {
    with(world, tablet, |device| {
        complete(device, household);
        let usual = [("is_well_off", "2")];
        for (key, value) in usual.iter().chain(changes) {
            let path = FieldPath::household(*key);
            device
                .answer(household, &path, value, Whole::Visit)
                .expect("answered");
        }
        world.tablets[tablet].environment.advance(20 * 60_000);
        device.submit(household, Whole::Visit).expect("submitted");
    });
}

fn send_back(world: &World, household: HouseholdId) {
    with(world, DESK, |device| {
        device
            .return_with_comment(household, "lihat lagi lantainya", &[])
            .expect("sent back")
    });
}

pub fn desk(world: &World) -> views::Desk {
    with(world, DESK, |device| {
        device.desk(&views::DeskQuery::default()).expect("desk")
    })
}

pub fn compare(world: &World, tablet: usize, household: HouseholdId) -> views::Comparison {
    with(world, tablet, |device| {
        device.comparison(household, false).expect("comparison")
    })
}

fn count(desk: &views::Desk, reason: DeskReason) -> u32 {
    let found = desk.counts.iter().find(|count| count.reason == reason);
    found.map_or(0, |count| count.households)
}

pub fn others(world: &World) -> Vec<HouseholdId> {
    with(world, 0, |device| {
        let query = views::WorklistQuery {
            limit: 20,
            ..Default::default()
        };
        let rows = device.worklist(&query).expect("worklist").rows;
        rows.iter()
            .map(|row| row.id.parse().expect("an id"))
            .collect()
    })
}

#[test]
fn what_enumerators_bring_waits_in_the_order_of_what_matters() {
    let mut world = village();
    let all = others(&world);
    assert!(desk(&world).rows.is_empty());
    visit(&world, 0, all[0], &[]);
    visit(&world, 0, all[1], &[("is_well_off", "1")]);
    visit(&world, 0, all[2], &[("floor_material", "1")]);
    visit(&world, 1, all[2], &[("floor_material", "8")]);
    everybody(&mut world);
    let found = desk(&world);
    assert_eq!(found.total, 3);
    assert!(found.may_decide);
    let order: Vec<HouseholdId> = found
        .rows
        .iter()
        .map(|r| r.household.parse().unwrap())
        .collect();
    assert_eq!(order, [all[2], all[1], all[0]], "{:?}", found.rows);
    assert_eq!(found.rows[0].reasons[0], DeskReason::Conflict);
    assert!(
        found.rows[0].words.contains("isian berbeda"),
        "{}",
        found.rows[0].words
    );
    assert_eq!(found.rows[1].reasons[0], DeskReason::Eligibility);
    assert_eq!(found.rows[1].words, "Sudah mampu");
    assert_eq!(count(&found, DeskReason::Submitted), 3);
    assert_eq!(found.enumerators, ["Enumerator 0"], "of the newest visits");
    assert_eq!(found.unchecked, 0);
    // One reason, one person.
    let only = with(&world, DESK, |device| {
        let query = views::DeskQuery {
            reasons: vec![DeskReason::Eligibility],
            enumerator: found.rows[1].enumerator.clone(),
            ..Default::default()
        };
        device.desk(&query).expect("desk")
    });
    assert_eq!(only.rows.len(), 1);
}

#[test]
fn one_screen_says_what_changed_who_wrote_it_and_what_the_need_rests_on() {
    let mut world = village();
    let household = first(&world);
    visit(
        &world,
        0,
        household,
        &[("floor_material", "1"), ("food_worry", "1")],
    );
    everybody(&mut world);
    send_back(&world, household);
    everybody(&mut world);
    visit(&world, 1, household, &[("floor_material", "8")]);
    everybody(&mut world);
    let shown = compare(&world, DESK, household);
    let floor = shown
        .fields
        .iter()
        .find(|field| field.path == "floor_material")
        .expect("the floor changed");
    assert_eq!(
        (floor.previous.as_str(), floor.current.as_str()),
        ("Marmer/granit", "Tanah")
    );
    assert!(floor.changed && floor.weighty && floor.older == "previous");
    assert!(shown.unchanged > 10);
    assert!(shown.fields.iter().all(|field| field.changed));
    let (previous, current) = (
        shown.previous.expect("previous"),
        shown.current.expect("current"),
    );
    assert_eq!(previous.person, "Enumerator 0");
    assert_eq!(current.person, "Enumerator 1");
    assert!(current.seconds.is_some_and(|s| (1_200..1_203).contains(&s)));
    assert_eq!(current.distance, Some(0));
    let need = shown.need.expect("a need");
    assert_eq!(need.of, 8);
    let point = |words: &str| {
        need.points
            .iter()
            .find(|p| p.label.contains(words))
            .expect("a point")
    };
    assert_eq!(point("Lantai").met, "yes");
    assert_eq!(point("Lantai").because, "Tanah");
    assert_eq!(point("Pengeluaran").met, "unknown");
    assert_eq!(need.before, Some(need.score - 1));
    let everything = with(&world, DESK, |device| {
        device.comparison(household, true).expect("comparison")
    });
    assert!(everything.fields.len() > shown.fields.len() + 10);
    assert_eq!(everything.unchanged, 0);
}

#[test]
fn nobody_decides_on_what_they_did_not_see() {
    let mut world = village();
    let household = first(&world);
    visit(&world, 0, household, &[]);
    everybody(&mut world);
    let shown = compare(&world, DESK, household);
    // Meanwhile another answer arrives.
    with(&world, 0, |device| {
        let path = FieldPath::household("rt");
        device
            .give(household, None, &[(path, "009".into())])
            .expect("saved")
    });
    everybody(&mut world);
    let late = with(&world, DESK, |device| {
        device
            .desk_accept(household, &shown.seen, &[], "")
            .map(|_| ())
    });
    assert_eq!(
        late.expect_err("seen something else").code,
        "changed_meanwhile"
    );
    let anew = compare(&world, DESK, household);
    assert!(anew.fields.iter().any(|field| field.path == "rt"));
    let state = with(&world, DESK, |device| {
        device
            .desk_accept(household, &anew.seen, &[], "")
            .expect("accepted")
    });
    assert_eq!(state, RecordState::FieldVerified);
    everybody(&mut world);
    assert_eq!(desk(&world).done, 1);
    // What was decided already is not decided again.
    let again = compare(&world, DESK, household);
    assert!(!again.may.accept.is_empty());
}

#[test]
fn an_older_answer_stays_when_the_verifier_says_why() {
    let mut world = village();
    let household = first(&world);
    visit(&world, 0, household, &[("floor_material", "1")]);
    everybody(&mut world);
    send_back(&world, household);
    everybody(&mut world);
    visit(&world, 1, household, &[("floor_material", "8")]);
    everybody(&mut world);
    let shown = compare(&world, DESK, household);
    let floor = [FieldPath::household("floor_material")];
    let none = with(&world, DESK, |device| {
        device
            .desk_accept(household, &shown.seen, &floor, " ")
            .map(|_| ())
    });
    assert_eq!(none.expect_err("no reason").code, "reason_needed");
    let state = with(&world, DESK, |device| {
        device
            .desk_accept(household, &shown.seen, &floor, "saya lihat sendiri")
            .expect("accepted")
    });
    assert_eq!(state, RecordState::FieldVerified);
    everybody(&mut world);
    for tablet in 0..3 {
        let value = with(&world, tablet, |device| {
            device
                .state(household)
                .expect("state")
                .answer("floor_material")
                .to_owned()
        });
        assert_eq!(value, "1");
    }
}

#[test]
fn who_is_sent_back_sees_the_comments_beside_the_questions_answers_and_submits_anew() {
    let mut world = village();
    let all = others(&world);
    let household = all[5];
    visit(&world, 0, household, &[]);
    everybody(&mut world);
    let shown = compare(&world, DESK, household);
    let path = FieldPath::household("rt");
    with(&world, DESK, |device| {
        let comments = [(path.clone(), "Ini RT berapa?".to_owned())];
        device
            .desk_send_back(household, &shown.seen, "contradicts", &comments, "")
            .expect("sent back")
    });
    assert_eq!(count(&desk(&world), DeskReason::Returned), 1);
    assert!(
        desk(&world).rows.is_empty(),
        "it waits for the enumerator now"
    );
    everybody(&mut world);
    // On top of the worklist, with the reason.
    assert_eq!(others(&world)[0], household);
    let page = with(&world, 0, |device| {
        device.household(household).expect("household")
    });
    assert_eq!(page.state, views::VisitState::Returned);
    let returned = page.returned.expect("sent back");
    assert!(
        returned.reason.starts_with("Isian bertentangan"),
        "{}",
        returned.reason
    );
    assert_eq!((returned.author.as_str(), returned.open), ("Ibu Sri", 1));
    let view = with(&world, 0, |device| {
        device
            .visit_view(household, Some("location"))
            .expect("visit")
    });
    let item = view
        .page
        .items
        .iter()
        .find(|item| item.path == "rt")
        .expect("rt");
    assert_eq!(item.comments.len(), 1);
    assert!(item.comments[0].open && !item.comments[0].mine);
    let waiting = |view: &views::VisitView| -> Vec<(String, u32)> {
        let pages = view.pages.iter().filter(|page| page.comments > 0);
        pages.map(|page| (page.id.clone(), page.comments)).collect()
    };
    assert_eq!(waiting(&view), [("location".to_owned(), 1)]);
    let comment = item.comments[0].id.parse().expect("an id");
    with(&world, 0, |device| {
        let empty = device
            .answer_comment(household, comment, " ")
            .expect_err("nothing said");
        assert_eq!(empty.code, "reason_needed");
        device
            .answer_comment(household, comment, "Benar RT 3, baru dipecah.")
            .expect("answered");
        let page = device.household(household).expect("household");
        assert_eq!(page.returned.expect("still").open, 0);
        let view = device.visit_view(household, None).expect("visit");
        assert_eq!(waiting(&view), []);
    });
    visit(&world, 0, household, &[("rt", "003")]);
    everybody(&mut world);
    let anew = compare(&world, DESK, household);
    assert_eq!(anew.thread.len(), 2);
    assert_eq!(anew.thread[1].answers, anew.thread[0].id);
    assert!(anew.thread.iter().all(|entry| !entry.open));
    assert_eq!(anew.decisions.len(), 1);
    assert_eq!(desk(&world).rows.len(), 1);
    with(&world, DESK, |device| {
        device
            .desk_accept(household, &anew.seen, &[], "")
            .expect("accepted")
    });
    everybody(&mut world);
    let card = with(&world, 0, |device| device.store().card(household)).expect("read");
    assert_eq!(card.expect("a card").state, VisitState::Verified);
}

#[test]
fn a_family_is_proposed_for_removal_and_the_neediest_that_waits_takes_its_place() {
    let mut world = village();
    let all = others(&world);
    visit(&world, 0, all[0], &[("is_well_off", "1")]);
    for (household, floor) in [(all[1], "8"), (all[2], "1")] {
        visit(
            &world,
            0,
            household,
            &[("household_status", "4"), ("floor_material", floor)],
        );
    }
    everybody(&mut world);
    let list = with(&world, DESK, |device| {
        device.replacements(VILLAGE).expect("list")
    });
    let waiting: Vec<&str> = list.waiting.iter().map(|w| w.household.as_str()).collect();
    assert_eq!(waiting, [all[1].to_string(), all[2].to_string()]);
    assert!(list.waiting[0].need > list.waiting[1].need);
    let shown = compare(&world, DESK, all[0]);
    assert!(shown.reasons.contains(&DeskReason::Eligibility));
    with(&world, DESK, |device| {
        let place = all[1].to_string();
        let other = device
            .desk_removal(all[0], &shown.seen, "because", "", "", &[])
            .expect_err("no such reason");
        assert_eq!(other.code, "reason_needed");
        let stranger = device
            .desk_removal(
                all[0],
                &shown.seen,
                "well_off",
                "",
                &all[4].to_string(),
                &[],
            )
            .expect_err("does not wait");
        assert_eq!(stranger.code, "no_replacement");
        device
            .desk_removal(all[0], &shown.seen, "well_off", "dua mobil", &place, &[])
            .expect("proposed");
    });
    everybody(&mut world);
    let shown = compare(&world, DESK, all[0]);
    let removal = shown.removal.clone().expect("proposed");
    assert_eq!(
        (removal.title.as_str(), removal.note.as_str()),
        ("Sudah mampu", "dua mobil")
    );
    assert!(!removal.replacement_head.is_empty());
    assert!(
        !shown.reasons.contains(&DeskReason::Eligibility),
        "somebody has answered it"
    );
    let list = with(&world, DESK, |device| {
        device.replacements(VILLAGE).expect("list")
    });
    assert!(list.waiting[0].taken && !list.waiting[1].taken);
    assert_eq!(list.removals.len(), 1);
    // The place is taken: nobody else gets it. And it can be taken back.
    let second = compare(&world, DESK, all[3]);
    with(&world, DESK, |device| {
        let place = all[1].to_string();
        let taken = device
            .desk_removal(all[3], &second.seen, "moved", "", &place, &[])
            .expect_err("taken");
        assert_eq!(taken.code, "no_replacement");
        device
            .desk_removal(all[0], &shown.seen, "", "salah orang", "", &[])
            .expect("taken back");
        assert!(
            device
                .replacements(VILLAGE)
                .expect("list")
                .removals
                .is_empty()
        );
    });
    everybody(&mut world);
}

#[test]
fn an_enumerator_sees_no_right_at_the_desk_and_a_verifier_who_lost_the_role_keeps_the_work() {
    let mut world = village();
    let household = first(&world);
    visit(&world, 0, household, &[]);
    everybody(&mut world);
    let seen = compare(&world, 0, household);
    assert!(!seen.may.accept.is_empty() && !seen.may.send_back.is_empty());
    assert!(seen.may.comment.is_empty());
    // The verifier decides offline; meanwhile the office takes the role away.
    let shown = compare(&world, DESK, household);
    with(&world, DESK, |device| {
        device
            .desk_accept(household, &shown.seen, &[], "lengkap")
            .expect("accepted")
    });
    let id = world.tablets[DESK].id;
    world
        .server
        .change_device(id, Some(Role::Enumerator), None)
        .expect("another role");
    let report = world.exchange(DESK, Faults::default()).expect("exchange");
    assert!(report.agreed);
    let kept = with(&world, DESK, |device| {
        device.proposals(false).expect("proposals")
    });
    assert_eq!(kept.mine.len(), 1, "{kept:?}");
    assert_eq!(kept.mine[0].code, "role_may_not");
    let state = with(&world, DESK, |device| {
        device.record_state(household).expect("state")
    });
    assert_eq!(state, RecordState::Submitted);
}

#[test]
fn tables_of_the_desk_built_anew_say_the_same() {
    let mut world = village();
    let all = others(&world);
    visit(&world, 0, all[0], &[("is_well_off", "1")]);
    visit(&world, 1, all[1], &[]);
    everybody(&mut world);
    with(&world, DESK, |device| {
        device.approve(all[1], "").expect("approved");
    });
    let before = desk(&world);
    with(&world, DESK, |device| {
        device.rebuild(|_, _| ()).expect("rebuilt")
    });
    let after = desk(&world);
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}
