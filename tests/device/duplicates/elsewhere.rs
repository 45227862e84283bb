//! Who may stand in a village that the device does not hold, by the word of the district.

use super::*;
use lawang_domain::VillageCode;
use lawang_records::PairAbout;
use lawang_server::{EraseTarget, admin::PublishedPairs};
use lawang_tests::prelist::OTHER;

/// The register's ids of the other village are others.
fn there() -> (HouseholdId, InstanceId) {
    (
        HouseholdId::from_register("L-0"),
        InstanceId::from_person("Q-0"),
    )
}

/// In the village RUDI and his neighbours; in the other one RUDI again under another spelling, and a neighbour.
fn two_villages() -> World {
    let mut world = World::new(43, 1, 0);
    let neighbour = Someone {
        family: 1,
        name: "WAHYUNI",
        nik: "1809024509779004",
        birth_date: "1977-09-05",
        sex: "2",
        mother: "SARINAH",
        relation: "1",
        ..Someone::default()
    };
    let rudi = Someone {
        family: 0,
        name: "RUDY HARTONO",
        no_kk: "1809020303209002",
        ..RUDI
    };
    let other = String::from_utf8(prelist_of(OTHER, &[rudi, neighbour])).expect("text");
    let other = other.replace(",O-", ",Q-").replace("K-", "L-");
    let here = prelist_of(VILLAGE, &people()[..2]);
    for list in [here, other.into_bytes()] {
        let report = world
            .server
            .import_prelist(&list, NOW, &mut |_, _| ())
            .expect("imported");
        assert!(report.refused.is_empty(), "{:?}", report.refused);
    }
    for (seed, name, villages, role) in [
        (41, "Ibu Sri", &[VILLAGE][..], Role::VillageVerifier),
        (42, "Pak Joko", &[OTHER], Role::VillageVerifier),
        (43, "Bu Camat", &[VILLAGE, OTHER], Role::Tksk),
        (44, "Pak Dedi", &[VILLAGE], Role::Enumerator),
    ] {
        let tablet = enrol_as(&world.server, seed, villages, name, role);
        world.tablets.push(tablet);
    }
    world
}

const SRI: usize = 0;
const JOKO: usize = 1;
const CAMAT: usize = 2;
const DEDI: usize = 3;

fn publish(world: &World) -> PublishedPairs {
    let report = world.server.publish_duplicates(2026, NOW).expect("told");
    report.published.expect("told")
}

fn number() -> String {
    let id = lawang_records::pair_id((family(0), person(0)), there(), PairAbout::Persons);
    uuid::Uuid::from_bytes(id).to_string()
}

/// Families that wait at the desk because somebody may stand twice.
fn waiting(tablet: &Tablet) -> Vec<String> {
    on(tablet, |device| {
        device.search_all().expect("searched");
        let query = DeskQuery {
            reasons: vec![DeskReason::Duplicate],
            limit: 50,
            ..DeskQuery::default()
        };
        let desk = device.desk(&query).expect("a queue");
        let ours = [family(0).to_string(), there().0.to_string()];
        let all = desk.rows.into_iter().map(|row| row.household);
        all.filter(|household| ours.contains(household)).collect()
    })
}

/// Suspicions about the two; the small world's own family has others.
fn about(tablet: &Tablet, all: bool) -> Vec<PairRow> {
    let sides = [person(0).to_string(), there().1.to_string()];
    let mut rows = list(tablet, all);
    rows.retain(|row| sides.contains(&row.left.member) || sides.contains(&row.right.member));
    rows
}

#[test]
fn the_family_waits_at_the_desk_with_the_other_village_in_words_and_nothing_of_the_other_family() {
    let mut world = two_villages();
    quiet(&mut world, SRI);
    assert!(find(&about(&world.tablets[SRI], false), 0, 0).is_none());
    assert_eq!(publish(&world).pairs, 1);
    for tablet in [SRI, DEDI] {
        quiet(&mut world, tablet);
    }
    let rows = about(&world.tablets[SRI], false);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!(row.kind, SuspicionKind::RegisteredElsewhere);
    assert_eq!(
        (row.id.as_str(), row.state),
        (number().as_str(), PairState::Open)
    );
    assert_eq!(row.left.member, person(0).to_string());
    assert!(row.right.member.is_empty() && row.right.name.is_empty());
    let place = "juga terdaftar di Desa ";
    assert!(
        row.because.contains(place) && row.because.contains(", Kecamatan "),
        "{}",
        row.because
    );
    assert!(row.because.contains("NIK sama"), "{}", row.because);
    let view = on(&world.tablets[SRI], |d| d.pair(&row.id).expect("a pair"));
    assert_eq!(view.verdicts, [PairVerdict::Different]);
    assert!(view.advice.contains("kecamatan") && view.advice.contains("usulkan keluar"));
    assert!(view.fields.iter().all(|f| f.right.is_empty()));
    let found = on(&world.tablets[SRI], |d| {
        d.findings(family(0)).expect("findings")
    });
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].source.as_str(), found[0].result.as_str()),
        ("elsewhere", "suspected")
    );
    assert!(
        found[0].words.starts_with(row.because.as_str()),
        "{}",
        found[0].words
    );
    on(&world.tablets[SRI], |device| {
        device.set_preferences(Some("en"), None).expect("set")
    });
    let english = &about(&world.tablets[SRI], false)[0];
    assert!(
        english.because.contains("also registered in the village "),
        "{}",
        english.because
    );
    assert_eq!(waiting(&world.tablets[SRI]), [family(0).to_string()]);
    // What lies on the device names no other person.
    let raw = on(&world.tablets[SRI], |device| {
        let rows = device.store().findings_of_village(VILLAGE).expect("rows");
        rows.iter()
            .map(|row| row.detail.clone())
            .collect::<String>()
    });
    for value in ["RUDY", RUDI.nik, RUDI.birth_date, RUDI.mother, "WAHYUNI"] {
        assert!(!raw.contains(value), "{raw}");
    }
    // Who visits sees none of it.
    assert!(about(&world.tablets[DEDI], true).is_empty());
}

#[test]
fn a_word_of_one_village_is_remembered_travels_and_is_not_asked_again_in_either() {
    let mut world = two_villages();
    publish(&world);
    for tablet in [SRI, JOKO] {
        quiet(&mut world, tablet);
    }
    assert_eq!(about(&world.tablets[JOKO], false).len(), 1);
    let same = decide(&world.tablets[SRI], &number(), PairVerdict::Same, 1, &[]);
    assert_eq!(
        same.expect_err("the other is not here").code,
        "pair_verdict"
    );
    let view = decide(
        &world.tablets[SRI],
        &number(),
        PairVerdict::Different,
        0,
        &[],
    );
    let view = view.expect("decided");
    assert_eq!(view.row.state, PairState::Different);
    assert_eq!(view.decisions.len(), 1);
    assert!(about(&world.tablets[SRI], false).is_empty());
    assert!(waiting(&world.tablets[SRI]).is_empty());
    let found = on(&world.tablets[SRI], |d| {
        d.findings(family(0)).expect("findings")
    });
    assert!(found.is_empty(), "{found:?}");
    quiet(&mut world, SRI);
    let at_server = world.server.duplicates(None, 2026).expect("linked");
    let pair = at_server.pairs.iter().find(|p| p.id == number());
    assert_eq!(pair.expect("still alike").state, "different");
    let told = publish(&world);
    assert_eq!((told.pairs, told.withdrawn), (0, 2));
    for tablet in [SRI, JOKO] {
        quiet(&mut world, tablet);
        assert!(about(&world.tablets[tablet], false).is_empty());
    }
    assert_eq!(publish(&world), PublishedPairs::default(), "never again");
    // The kecamatan, which holds both, hears of it as well.
    quiet(&mut world, CAMAT);
    let rows = about(&world.tablets[CAMAT], true);
    let row = rows.iter().find(|row| row.id == number()).expect("a pair");
    assert_eq!(row.state, PairState::Different);
}

#[test]
fn where_both_villages_are_held_it_is_a_pair_like_any_other_and_counts_once() {
    let mut world = two_villages();
    publish(&world);
    for tablet in [CAMAT, SRI, JOKO] {
        quiet(&mut world, tablet);
    }
    let rows = about(&world.tablets[CAMAT], false);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].id, number());
    assert_ne!(rows[0].kind, SuspicionKind::RegisteredElsewhere);
    let view = on(&world.tablets[CAMAT], |d| {
        d.pair(&number()).expect("a pair")
    });
    assert_eq!(view.verdicts.len(), 3);
    assert!(view.advice.is_empty() && !view.row.right.name.is_empty());
    let keep = match view.row.left.member == person(0).to_string() {
        true => 1,
        false => 2,
    };
    decide(
        &world.tablets[CAMAT],
        &number(),
        PairVerdict::Same,
        keep,
        &[],
    )
    .expect("decided");
    quiet(&mut world, CAMAT);
    // The other village still has to strike its record out; the one that stays has nothing to do.
    assert_eq!(publish(&world).pairs, 1);
    for tablet in [SRI, JOKO] {
        quiet(&mut world, tablet);
    }
    assert!(about(&world.tablets[SRI], false).is_empty());
    let rows = about(&world.tablets[JOKO], false);
    assert_eq!(rows[0].state, PairState::Unfinished, "{rows:?}");
    on(&world.tablets[JOKO], |device| {
        let said = device.remove_member(there().0, there().1, true, "terdata dua kali");
        said.expect("struck out");
        device.close_visit(there().0).expect("put down");
    });
    quiet(&mut world, JOKO);
    assert!(about(&world.tablets[JOKO], false).is_empty());
    assert_eq!(publish(&world).withdrawn, 2);
}

#[test]
fn what_is_withdrawn_or_erased_leaves_the_desk_and_a_lost_role_takes_it_along() {
    let mut world = two_villages();
    publish(&world);
    quiet(&mut world, SRI);
    assert_eq!(waiting(&world.tablets[SRI]).len(), 1);
    let id = world.tablets[SRI].id;
    let role = |world: &World, role| {
        let changed = world.server.change_device(id, Some(role), None);
        changed.expect("changed");
    };
    role(&world, Role::VillageHead);
    quiet(&mut world, SRI);
    assert!(about(&world.tablets[SRI], true).is_empty());
    role(&world, Role::VillageVerifier);
    quiet(&mut world, SRI);
    assert_eq!(waiting(&world.tablets[SRI]).len(), 1);
    world
        .server
        .erase(EraseTarget::Record(there().0), "request", "tests", NOW)
        .expect("erased");
    quiet(&mut world, SRI);
    assert!(about(&world.tablets[SRI], true).is_empty());
    assert!(waiting(&world.tablets[SRI]).is_empty());
    let code: VillageCode = VILLAGE.parse().expect("a code");
    assert!(world.server.findings(code).expect("lines").is_empty());
}

#[test]
fn a_refused_word_is_shown_and_the_person_is_asked_again() {
    let mut world = two_villages();
    publish(&world);
    quiet(&mut world, SRI);
    decide(
        &world.tablets[SRI],
        &number(),
        PairVerdict::Different,
        0,
        &[],
    )
    .expect("decided");
    // Meanwhile she is the civil registry's officer, who sees what is told and decides nothing.
    let id = world.tablets[SRI].id;
    let changed = world
        .server
        .change_device(id, Some(Role::DukcapilOfficer), None);
    changed.expect("changed");
    for _ in 0..2 {
        quiet(&mut world, SRI);
    }
    let rows = about(&world.tablets[SRI], false);
    assert_eq!((rows[0].state, rows[0].refused), (PairState::Open, true));
    let view = on(&world.tablets[SRI], |d| d.pair(&number()).expect("a pair"));
    assert!(view.verdicts.is_empty() && !view.closed.is_empty());
    let refused = view.refused.expect("what became of it");
    assert_eq!(refused.people.len(), 1, "only who is here: {refused:?}");
    assert_eq!(publish(&world).unchanged, 2, "nobody said anything");
}

#[test]
fn what_the_kecamatan_decides_later_counts_more_than_the_word_of_one_village() {
    let mut world = two_villages();
    publish(&world);
    quiet(&mut world, SRI);
    decide(
        &world.tablets[SRI],
        &number(),
        PairVerdict::Different,
        0,
        &[],
    )
    .expect("decided");
    quiet(&mut world, SRI);
    assert_eq!(publish(&world).withdrawn, 2);
    quiet(&mut world, CAMAT);
    decide(&world.tablets[CAMAT], &number(), PairVerdict::Same, 1, &[]).expect("decided");
    quiet(&mut world, CAMAT);
    assert_eq!(publish(&world).new, 2, "until one of the two is struck out");
}
