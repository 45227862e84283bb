//! What a person decides about a pair, and what follows.

use super::*;

#[test]
fn the_one_who_goes_is_struck_out_what_was_chosen_is_taken_and_a_later_decision_puts_all_back() {
    let mut world = village();
    let tablet = &world.tablets[0];
    give(tablet, family(1), person(2), "birth_place", "KALIANDA");
    let pair = find(&list(tablet, false), 0, 2).expect("a pair");
    let keep = side(&pair, 0);
    let view =
        decide(tablet, &pair.id, PairVerdict::Same, keep, &["birth_place"]).expect("decided");
    assert_eq!(view.row.state, PairState::Same);
    assert_eq!(view.decisions.len(), 1);
    assert_eq!(view.decisions[0].author, "Ibu Sri");
    assert_eq!(view.decisions[0].taken.len(), 1);
    assert_eq!(text(tablet, family(1), person(2), "_status"), "removed");
    assert_eq!(
        text(tablet, family(0), person(0), "birth_place"),
        "KALIANDA"
    );
    assert_eq!(text(tablet, family(0), person(0), "_status"), "");
    assert!(
        find(&list(tablet, false), 0, 2).is_none(),
        "it waits for nobody"
    );
    assert!(
        find(&list(tablet, false), 2, 4).is_none(),
        "who is struck out is not compared"
    );
    quiet(&mut world, 0);
    quiet(&mut world, 1);
    // The enumerator sees it too, and may not decide.
    let there = find(&list(&world.tablets[1], true), 0, 2).expect("heard of");
    assert_eq!(there.state, PairState::Same);
    assert_eq!(there.author, "Ibu Sri");
    let denied = decide(&world.tablets[1], &pair.id, PairVerdict::Different, 0, &[]);
    assert_eq!(denied.expect_err("denied").code, "role_may_not");
    let tablet = &world.tablets[0];
    let view = decide(tablet, &pair.id, PairVerdict::Different, 0, &[]).expect("taken back");
    assert_eq!(view.row.state, PairState::Different);
    assert_eq!(text(tablet, family(1), person(2), "_status"), "");
    assert_eq!(
        text(tablet, family(0), person(0), "birth_place"),
        "PESAWARAN"
    );
    assert!(
        find(&list(tablet, false), 0, 2).is_none(),
        "never asked again"
    );
    quiet(&mut world, 0);
    quiet(&mut world, 1);
    let there = find(&list(&world.tablets[1], true), 0, 2).expect("heard of");
    assert_eq!(there.state, PairState::Different);
}

#[test]
fn an_answer_that_somebody_gave_since_is_not_put_back_with_the_others() {
    let world = village();
    let tablet = &world.tablets[0];
    give(tablet, family(1), person(2), "birth_place", "KALIANDA");
    let pair = find(&list(tablet, false), 0, 2).expect("a pair");
    decide(
        tablet,
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &["birth_place", "name"],
    )
    .expect("decided");
    assert_eq!(text(tablet, family(0), person(0), "name"), "RUDY HARTONO");
    give(tablet, family(0), person(0), "birth_place", "METRO");
    decide(tablet, &pair.id, PairVerdict::TwoFamilies, 0, &[]).expect("taken back");
    assert_eq!(text(tablet, family(0), person(0), "birth_place"), "METRO");
    assert_eq!(text(tablet, family(0), person(0), "name"), "RUDI HARTONO");
}

#[test]
fn what_was_called_different_is_never_asked_again_though_the_data_change() {
    let world = village();
    let tablet = &world.tablets[0];
    let pair = find(&list(tablet, false), 0, 2).expect("a pair");
    decide(tablet, &pair.id, PairVerdict::Different, 0, &[]).expect("decided");
    give(tablet, family(1), person(2), "name", "RUDI HARTONO");
    assert!(find(&list(tablet, false), 0, 2).is_none());
    let all = list(tablet, true);
    assert_eq!(find(&all, 0, 2).expect("kept").state, PairState::Different);
}

#[test]
fn a_decision_on_somebody_who_changed_meanwhile_is_not_taken_and_asks_again() {
    let world = village();
    let tablet = &world.tablets[0];
    let pair = find(&list(tablet, false), 0, 2).expect("a pair");
    let shown = on(tablet, |d| d.pair(&pair.id).expect("shown"));
    give(
        tablet,
        family(1),
        person(2),
        "mother_maiden_name",
        "WARTINI",
    );
    let request = DecidePairRequest {
        pair: pair.id.clone(),
        seen: shown.seen,
        verdict: PairVerdict::Same,
        keep: 1,
        take: Vec::new(),
        reason: "sama".to_owned(),
    };
    let refused = on(tablet, |d| d.decide_pair(&request)).expect_err("changed");
    assert_eq!(refused.code, "pair_changed");
    let view = on(tablet, |d| d.pair(&pair.id).expect("shown again"));
    assert!(view.decisions.is_empty());
    assert!(
        view.fields
            .iter()
            .any(|f| f.left == "WARTINI" || f.right == "WARTINI")
    );
    assert_eq!(text(tablet, family(1), person(2), "_status"), "");
    decide(tablet, &pair.id, PairVerdict::Same, 1, &[]).expect("seen, and decided");
}

#[test]
fn a_chain_that_a_later_different_contradicts_is_shown_with_its_links_until_one_is_decided_anew() {
    let world = village();
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let (ab, bc, ac) = (
        find(&rows, 0, 2).expect("A and B"),
        find(&rows, 2, 4).expect("B and C"),
        find(&rows, 0, 4).expect("A and C"),
    );
    decide(tablet, &ab.id, PairVerdict::Same, side(&ab, 0), &[]).expect("A = B");
    // Of the two who are left one was B's twin: the pair is known though B is struck out.
    decide(tablet, &ac.id, PairVerdict::Different, 0, &[]).expect("A is not C");
    on(tablet, |d| {
        d.remove_member(family(1), person(2), false, "")
            .expect("B is back");
        d.close_visit(family(1)).expect("closed");
    });
    let unfinished = find(&list(tablet, false), 0, 2).expect("asked again");
    assert_eq!(unfinished.state, PairState::Unfinished);
    decide(tablet, &bc.id, PairVerdict::Same, side(&bc, 4), &[]).expect("B = C");
    for (a, b) in [(0, 2), (2, 4), (0, 4)] {
        let row = find(&list(tablet, false), a, b).expect("in dispute");
        assert_eq!(row.state, PairState::Disputed, "{a} {b}");
    }
    let view = on(tablet, |d| d.pair(&ac.id).expect("a pair"));
    assert_eq!(view.chain.len(), 2, "{:?}", view.chain);
    decide(tablet, &ab.id, PairVerdict::Different, 0, &[]).expect("A is not B");
    let all = list(tablet, true);
    assert_eq!(find(&all, 0, 2).expect("A B").state, PairState::Different);
    assert_eq!(find(&all, 2, 4).expect("B C").state, PairState::Same);
    assert_eq!(find(&all, 0, 4).expect("A C").state, PairState::Different);
    assert_eq!(
        text(tablet, family(1), person(2), "_status"),
        "removed",
        "B is C's"
    );
}

#[test]
fn two_who_decided_apart_contradict_each_other_on_every_device_until_somebody_decides_again() {
    let mut world = village();
    let other = enrol_as(&world.server, 43, &[VILLAGE], "Bu Tksk", Role::Tksk);
    world.tablets.push(other);
    quiet(&mut world, 2);
    let pair = find(&list(&world.tablets[0], false), 0, 2).expect("a pair");
    decide(
        &world.tablets[0],
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &[],
    )
    .expect("same");
    list(&world.tablets[2], false);
    // A TKSK decides and writes no answers.
    decide(&world.tablets[2], &pair.id, PairVerdict::Different, 0, &[]).expect("different");
    for tablet in [0, 2, 0, 1] {
        quiet(&mut world, tablet);
    }
    for tablet in &world.tablets {
        let row = find(&list(tablet, false), 0, 2).expect("in dispute");
        assert_eq!(row.state, PairState::Disputed);
    }
    decide(&world.tablets[0], &pair.id, PairVerdict::Different, 0, &[]).expect("settled");
    assert_eq!(text(&world.tablets[0], family(1), person(2), "_status"), "");
    for tablet in [0, 2, 1] {
        quiet(&mut world, tablet);
    }
    for tablet in &world.tablets {
        assert!(find(&list(tablet, false), 0, 2).is_none());
    }
}

#[test]
fn who_decides_and_writes_no_answers_leaves_the_strike_to_the_village() {
    let mut world = village();
    let other = enrol_as(&world.server, 43, &[VILLAGE], "Bu Tksk", Role::Tksk);
    world.tablets.push(other);
    quiet(&mut world, 2);
    let pair = find(&list(&world.tablets[2], false), 0, 2).expect("a pair");
    let view = decide(
        &world.tablets[2],
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &[],
    );
    assert_eq!(view.expect("decided").row.state, PairState::Unfinished);
    assert_eq!(quiet(&mut world, 2).refused, 0);
    quiet(&mut world, 0);
    let row = find(&list(&world.tablets[0], false), 0, 2).expect("asked");
    assert_eq!(row.state, PairState::Unfinished);
    assert_eq!(row.author, "Bu Tksk");
    let view = decide(
        &world.tablets[0],
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &[],
    );
    assert_eq!(view.expect("carried out").row.state, PairState::Same);
    assert_eq!(quiet(&mut world, 0).refused, 0);
}

#[test]
fn a_short_reason_a_wrong_side_or_an_answer_that_is_not_there_decides_nothing() {
    let world = village();
    let tablet = &world.tablets[0];
    let pair = find(&list(tablet, false), 0, 4).expect("a pair");
    let seen = on(tablet, |d| d.pair(&pair.id).expect("shown").seen);
    let refused = |verdict, keep, take: &[&str], reason: &str| {
        on(tablet, |d| {
            d.decide_pair(&DecidePairRequest {
                pair: pair.id.clone(),
                seen: seen.clone(),
                verdict,
                keep,
                take: take.iter().map(|t| (*t).to_owned()).collect(),
                reason: reason.to_owned(),
            })
        })
        .expect_err("refused")
        .code
    };
    assert_eq!(
        refused(PairVerdict::Different, 0, &[], " x "),
        "reason_needed"
    );
    assert_eq!(
        refused(PairVerdict::Same, 0, &[], "sama orangnya"),
        "pair_verdict"
    );
    // Who goes has no NIK, and nobody takes the register's own number.
    let keep = side(&pair, 0);
    for field in ["nik", "person_id", "_status", "age"] {
        assert_eq!(
            refused(PairVerdict::Same, keep, &[field], "sama orangnya"),
            "pair_verdict"
        );
    }
    on(tablet, |d| {
        assert!(d.pair(&pair.id).expect("a pair").decisions.is_empty());
        assert_eq!(d.pair("nonsense").expect_err("none").code, "no_pair");
    });
}
