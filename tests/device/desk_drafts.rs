//! What somebody writes at the desk stays until it is decided or said, whatever ends the program.

use crate::desk::{DESK, compare, everybody, village, visit, with};
use lawang_app::views::{DeskDraft, NewComment};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_server::EraseTarget;
use lawang_tests::world::{NOW, World};

fn written() -> DeskDraft {
    let comment = |path: &str, text: &str| NewComment {
        path: path.into(),
        text: text.into(),
    };
    DeskDraft {
        keep: vec!["floor_material".into()],
        comments: vec![
            comment("floor_area", "Sudah diukur?"),
            comment("wall_material", "Lihat lagi dindingnya"),
        ],
        note: "Foto menunjukkan lantai lama".into(),
        reason: "contradicts".into(),
        reason_own: String::new(),
        assign: "Enumerator 1".into(),
        said: "Tanyakan kepada ketua RT".into(),
    }
}

/// A family that was visited, with something written about it at the desk.
fn one() -> (World, HouseholdId) {
    let mut world = village();
    let household = crate::first(&world);
    visit(&world, 0, household, &[("floor_material", "8")]);
    everybody(&mut world);
    with(&world, DESK, |device| {
        device.keep_desk_draft(household, &written()).expect("kept");
    });
    (world, household)
}

fn draft(world: &World, household: HouseholdId) -> DeskDraft {
    compare(world, DESK, household).draft
}

#[test]
fn what_is_written_at_the_desk_is_there_after_a_restart_and_nobody_else_has_it() {
    let (mut world, household) = one();
    world.restart(DESK);
    everybody(&mut world);
    assert_eq!(draft(&world, household), written());
    assert_eq!(compare(&world, 0, household).draft, DeskDraft::default());
    with(&world, DESK, |device| {
        let less = DeskDraft {
            note: "lain".into(),
            ..DeskDraft::default()
        };
        device.keep_desk_draft(household, &less).expect("kept");
        assert_eq!(
            device.comparison(household, false).expect("shown").draft,
            less
        );
        device
            .keep_desk_draft(household, &DeskDraft::default())
            .expect("taken out");
    });
    assert_eq!(draft(&world, household), DeskDraft::default());
}

#[test]
fn a_comment_that_is_said_is_no_draft_any_more_and_a_decision_takes_the_rest() {
    let (world, household) = one();
    let path = FieldPath::household("floor_area");
    with(&world, DESK, |device| {
        device
            .comment(household, Some(&path), "Sudah diukur?")
            .expect("said");
        device
            .comment(household, None, "Tanyakan kepada ketua RT")
            .expect("said");
    });
    let left = draft(&world, household);
    assert_eq!(left.comments, written().comments[1..]);
    assert_eq!((left.said.as_str(), left.note), ("", written().note));
    with(&world, DESK, |device| {
        let seen = device.comparison(household, false).expect("shown").seen;
        device
            .desk_accept(household, &seen, &[], "sesuai")
            .expect("accepted");
    });
    // The screen says comments one by one after that: whatever ends it in between, they are still there.
    let left = draft(&world, household);
    assert_eq!(left.comments, written().comments[1..]);
    assert!(left.keep.is_empty() && left.note.is_empty() && left.reason.is_empty());

    let (world, household) = one();
    with(&world, DESK, |device| {
        let seen = device.comparison(household, false).expect("shown").seen;
        let comments = [(FieldPath::household("wall_material"), "Lihat lagi".into())];
        device
            .desk_send_back(household, &seen, "contradicts", &comments, "")
            .expect("sent back");
    });
    assert_eq!(draft(&world, household), DeskDraft::default());
}

#[test]
fn a_decision_that_is_refused_leaves_what_was_written() {
    let (world, household) = one();
    with(&world, DESK, |device| {
        let error = device
            .desk_accept(household, "something else", &[], "sesuai")
            .expect_err("not what was seen");
        assert_eq!(error.code, "changed_meanwhile");
    });
    assert_eq!(draft(&world, household), written());
}

#[test]
fn what_was_written_about_a_family_goes_with_it_when_it_or_a_person_of_it_is_erased() {
    for whole in [true, false] {
        let (mut world, household) = one();
        let member = with(&world, DESK, |device| {
            let shown = device.household(household).expect("shown");
            shown.members[0].id.parse().expect("an id")
        });
        let target = match whole {
            true => EraseTarget::Record(household),
            false => EraseTarget::Person(member),
        };
        world
            .server
            .erase(target, "request 9", "tests", NOW)
            .expect("erased");
        everybody(&mut world);
        with(&world, DESK, |device| {
            let left: i64 = device
                .store()
                .raw()
                .query_row("SELECT count(*) FROM desk_draft", [], |r| r.get(0))
                .expect("a number");
            assert_eq!(left, 0, "whole family: {whole}");
        });
    }
}
