//! Decisions that the server refuses: seen, taken back, or decided again; never a ghost.

use super::*;

const ENUMERATOR: Role = Role::Enumerator;

/// The verifier decides that RUDY is RUDI, offline; meanwhile the office takes the role away. Gives the pair.
fn decided_without_the_role() -> (World, PairRow) {
    let mut world = village();
    let tablet = &world.tablets[0];
    give(tablet, family(1), person(2), "birth_place", "KALIANDA");
    let pair = find(&list(tablet, false), 0, 2).expect("a pair");
    decide(
        tablet,
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &["birth_place"],
    )
    .expect("decided");
    become_(&mut world, ENUMERATOR);
    (world, pair)
}

/// The office gives the first person another role, and the device hears of it.
fn become_(world: &mut World, role: Role) {
    let id = world.tablets[0].id;
    world
        .server
        .change_device(id, Some(role), None)
        .expect("another role");
    for _ in 0..2 {
        quiet(world, 0);
    }
}

fn mine(tablet: &Tablet) -> Vec<ProposalView> {
    on(tablet, |device| {
        device.proposals(false).expect("proposals").mine
    })
}

fn shown(tablet: &Tablet, pair: &str) -> PairView {
    on(tablet, |device| device.pair(pair).expect("a pair"))
}

#[test]
fn a_verifier_who_lost_the_role_while_offline_sees_the_refusal_and_the_pair_is_asked_again() {
    let (mut world, pair) = decided_without_the_role();
    let row = find(&list(&world.tablets[0], false), 0, 2).expect("asked again");
    assert_eq!((row.state, row.refused), (PairState::Open, true));
    let view = shown(&world.tablets[0], &pair.id);
    assert!(!view.closed.is_empty() && view.verdicts.is_empty());
    let refused = view.refused.expect("what became of it");
    assert_eq!(refused.title, "Orang yang sama");
    assert_eq!(refused.reason, "dilihat di rumahnya");
    assert_eq!(refused.people.len(), 2);
    assert!(!refused.why.is_empty() && !refused.stands && refused.now.is_empty());
    let mine = mine(&world.tablets[0]);
    assert_eq!(mine.len(), 1, "one decision, told once: {mine:?}");
    let told = mine[0].pair.as_ref().expect("about a pair");
    assert_eq!((&told.pair, &told.proposal), (&pair.id, &refused.proposal));
    assert!(
        !mine[0].cannot_correct.is_empty(),
        "an enumerator decides nothing"
    );
    quiet(&mut world, 1);
    let row = find(&list(&world.tablets[1], false), 0, 2);
    let row = row.expect("the village still has to decide");
    assert_eq!((row.state, row.refused), (PairState::Open, false));
}

#[test]
fn a_refused_decision_that_is_taken_back_leaves_nobody_struck_out_and_nothing_taken_over() {
    let (mut world, pair) = decided_without_the_role();
    let struck = text(&world.tablets[0], family(1), person(2), "_status");
    assert_eq!(struck, "removed", "an enumerator may strike somebody out");
    let id = mine(&world.tablets[0])[0].id.parse().expect("an id");
    on(&world.tablets[0], |device| {
        device.discard_proposal(id).expect("taken back")
    });
    for tablet in [0, 1] {
        quiet(&mut world, tablet);
        let tablet = &world.tablets[tablet];
        assert_eq!(text(tablet, family(1), person(2), "_status"), "");
        assert_eq!(text(tablet, family(1), person(2), "_duplicate_of"), "");
        assert_eq!(
            text(tablet, family(0), person(0), "birth_place"),
            "PESAWARAN"
        );
        let row = find(&list(tablet, false), 0, 2).expect("still to be decided");
        assert_eq!((row.state, row.refused), (PairState::Open, false));
    }
    assert!(mine(&world.tablets[0]).is_empty());
    assert!(shown(&world.tablets[0], &pair.id).refused.is_none());
    let again = on(&world.tablets[0], |device| device.discard_proposal(id));
    assert_eq!(again.expect_err("done already").code, "no_proposal");
}

#[test]
fn who_has_the_role_again_decides_again_and_the_refused_decision_is_dealt_with() {
    for verdict in [PairVerdict::Same, PairVerdict::Different] {
        let (mut world, pair) = decided_without_the_role();
        become_(&mut world, Role::VillageVerifier);
        let tablet = &world.tablets[0];
        assert!(
            mine(tablet)[0].cannot_correct.is_empty(),
            "may decide again"
        );
        let view = decide(tablet, &pair.id, verdict, side(&pair, 0), &[]).expect("decided");
        assert!(view.refused.is_none() && !view.row.refused);
        assert!(mine(tablet).is_empty());
        let (state, status) = match verdict {
            PairVerdict::Same => (PairState::Same, "removed"),
            _ => (PairState::Different, ""),
        };
        assert_eq!(view.row.state, state);
        for tablet in [0, 1] {
            assert_eq!(quiet(&mut world, tablet).refused, 0);
            let tablet = &world.tablets[tablet];
            assert_eq!(text(tablet, family(1), person(2), "_status"), status);
            // What the refused decision took over does not stay by a decision that took nothing.
            let place = text(tablet, family(0), person(0), "birth_place");
            let expected = match verdict {
                PairVerdict::Same => "KALIANDA",
                _ => "PESAWARAN",
            };
            assert_eq!(place, expected);
            assert!(find(&list(tablet, false), 0, 2).is_none());
        }
    }
}

#[test]
fn a_refused_decision_does_not_show_somebody_whose_data_are_restricted() {
    let (mut world, pair) = decided_without_the_role();
    let said = ("request 3", "tests");
    world
        .server
        .restrict(family(1), Some(person(2)), true, said, NOW)
        .expect("restricted");
    for _ in 0..2 {
        quiet(&mut world, 0);
    }
    let list = mine(&world.tablets[0]);
    let told: Vec<_> = list.iter().filter_map(|p| p.pair.as_ref()).collect();
    assert_eq!(told.len(), 1, "it is still to be dealt with: {list:?}");
    assert_eq!(told[0].pair, pair.id);
    let names: Vec<&str> = told[0].people.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["RUDI HARTONO"], "only the other one");
}

#[test]
fn what_somebody_else_decided_meanwhile_is_said_beside_it_and_is_not_touched_by_taking_back() {
    let (mut world, pair) = decided_without_the_role();
    let other = enrol_as(
        &world.server,
        43,
        &[VILLAGE],
        "Pak Made",
        Role::VillageVerifier,
    );
    world.tablets.push(other);
    quiet(&mut world, 2);
    list(&world.tablets[2], false);
    decide(
        &world.tablets[2],
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &[],
    )
    .expect("decided");
    quiet(&mut world, 2);
    quiet(&mut world, 0);
    let view = shown(&world.tablets[0], &pair.id);
    assert_eq!(view.row.state, PairState::Same);
    let refused = view.refused.expect("still to be dealt with");
    assert_eq!(refused.now, "Orang yang sama (Pak Made)");
    let id = refused.proposal.parse().expect("an id");
    on(&world.tablets[0], |device| {
        device.discard_proposal(id).expect("laid aside")
    });
    assert_eq!(quiet(&mut world, 0).refused, 0);
    let tablet = &world.tablets[0];
    assert_eq!(text(tablet, family(1), person(2), "_status"), "removed");
    assert!(find(&list(tablet, false), 0, 2).is_none());
}

#[test]
fn what_somebody_answered_since_stays_when_a_refused_decision_is_taken_back() {
    let (mut world, _) = decided_without_the_role();
    give(
        &world.tablets[1],
        family(0),
        person(0),
        "birth_place",
        "METRO",
    );
    quiet(&mut world, 1);
    quiet(&mut world, 1);
    quiet(&mut world, 0);
    let tablet = &world.tablets[0];
    give(tablet, family(0), person(0), "birth_place", "METRO");
    let id = mine(tablet)[0].id.parse().expect("an id");
    on(tablet, |device| {
        device.discard_proposal(id).expect("taken back")
    });
    assert_eq!(text(tablet, family(0), person(0), "birth_place"), "METRO");
    assert_eq!(text(tablet, family(1), person(2), "_status"), "");
}

#[test]
fn a_refusal_is_still_there_after_a_restart_and_a_rebuild() {
    let (mut world, pair) = decided_without_the_role();
    world.restart(0);
    on(&world.tablets[0], |d| {
        d.rebuild(|_, _| ()).expect("rebuilt")
    });
    let row = find(&list(&world.tablets[0], false), 0, 2).expect("asked again");
    assert!(row.refused);
    assert!(shown(&world.tablets[0], &pair.id).refused.is_some());
}

#[test]
fn a_decision_that_one_of_two_households_refused_counts_and_laying_it_aside_takes_nothing_back() {
    let other = lawang_tests::prelist::OTHER;
    let mut world = village();
    // RUDI stands in the next village as well.
    let there = Someone {
        family: 900,
        name: "RUDY HARTONO",
        ..RUDI
    };
    let list_there = String::from_utf8(prelist_of(other, &[there])).expect("text");
    let list_there = list_there.replace("O-0", "O-900");
    world
        .server
        .import_prelist(list_there.as_bytes(), NOW, &mut |_, _| ())
        .expect("imported");
    let id = world.tablets[0].id;
    let villages = |codes: &[&str]| -> Vec<lawang_domain::VillageCode> {
        codes.iter().map(|c| c.parse().expect("a code")).collect()
    };
    world
        .server
        .change_device(id, None, Some(&villages(&[VILLAGE, other])))
        .expect("two villages");
    quiet(&mut world, 0);
    let pair = find(&list(&world.tablets[0], false), 0, 900).expect("a pair of two villages");
    decide(
        &world.tablets[0],
        &pair.id,
        PairVerdict::TwoFamilies,
        0,
        &[],
    )
    .expect("decided");
    world
        .server
        .change_device(id, None, Some(&villages(&[VILLAGE])))
        .expect("one village");
    for _ in 0..3 {
        quiet(&mut world, 0);
    }
    let mine = mine(&world.tablets[0]);
    let told: Vec<&RefusedDecision> = mine.iter().filter_map(|p| p.pair.as_ref()).collect();
    assert_eq!(told.len(), 1, "{mine:?}");
    assert!(told[0].stands, "the own village has it: {told:?}");
    let proposal = told[0].proposal.parse().expect("an id");
    on(&world.tablets[0], |device| {
        device.discard_proposal(proposal).expect("laid aside")
    });
    quiet(&mut world, 0);
    let found = world.server.duplicates(None, 2026).expect("linked");
    let known = found
        .pairs
        .iter()
        .find(|p| p.id == pair.id)
        .expect("a pair");
    assert_eq!(known.state, "two_families");
}
