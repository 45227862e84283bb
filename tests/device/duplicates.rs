//! Who stands in the register twice: found on the device, shown, decided about, and heard of everywhere.

use lawang_app::{Device, Searched, Whole, views::*};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_tests::{
    network::Faults,
    people::{Someone, family, person, prelist_of},
    prelist::VILLAGE,
    world::{NOW, Tablet, World, enrol_as},
};

const RUDI: Someone<'_> = Someone {
    family: 0,
    name: "RUDI HARTONO",
    nik: "1809010703819001",
    birth_date: "1981-03-07",
    sex: "1",
    mother: "SUPARMI",
    relation: "1",
    presence: "1",
    no_kk: "",
    aid: &[],
};

/// The village: RUDI stands in families 0, 1 and 2 under three spellings; the others are whoever they are.
fn people() -> Vec<Someone<'static>> {
    let other = |family, name, nik, birth_date, sex, mother, relation| Someone {
        family,
        name,
        nik,
        birth_date,
        sex,
        mother,
        relation,
        ..Someone::default()
    };
    vec![
        RUDI,
        other(
            0,
            "SITI NURJANAH",
            "1809015204839001",
            "1983-04-12",
            "2",
            "WAGIYEM",
            "2",
        ),
        Someone {
            family: 1,
            name: "RUDY HARTONO",
            ..RUDI
        },
        other(
            1,
            "MARSINAH",
            "1809014106559001",
            "1955-06-01",
            "2",
            "TUKIYEM",
            "6",
        ),
        Someone {
            family: 2,
            name: "RUDI HERTONO",
            nik: "",
            relation: "3",
            ..RUDI
        },
        other(
            2,
            "BAMBANG WIJAYA",
            "1809011510779001",
            "1977-10-15",
            "1",
            "NGATINI",
            "1",
        ),
        other(
            3,
            "DEWI LESTARI",
            "1809016211909001",
            "1990-11-22",
            "2",
            "SUMARNI",
            "1",
        ),
        other(
            3,
            "JOKO SUSILO",
            "1809010101889001",
            "1988-01-01",
            "1",
            "PONIRAH",
            "2",
        ),
        other(
            4,
            "AGUS SETIAWAN",
            "1809012809929001",
            "1992-09-28",
            "1",
            "ROMLAH",
            "1",
        ),
        other(
            4,
            "RINA MARLINA",
            "1809014512949001",
            "1994-12-05",
            "2",
            "KARTINI",
            "2",
        ),
    ]
}

/// Strangers, so that names have frequencies.
fn strangers(families: usize) -> Vec<(String, String, String)> {
    let given = [
        "Slamet", "Wahyu", "Ratna", "Yanti", "Hendra", "Tono", "Lilis", "Eko", "Puji", "Sari",
    ];
    let last = [
        "Wibowo",
        "Kusuma",
        "Rahayu",
        "Pratama",
        "Utami",
        "Saputra",
        "Anggraini",
        "Nugroho",
    ];
    (0..families)
        .map(|n| {
            let name = format!("{} {}", given[n % given.len()], last[(n / 3) % last.len()]);
            let date = format!(
                "{}-{:02}-{:02}",
                1950 + n % 55,
                1 + n % 12,
                1 + (n * 7) % 28
            );
            let nik = format!(
                "180902{:02}{:02}{:02}9{:03}",
                1 + (n * 7) % 28,
                1 + n % 12,
                (1950 + n % 55) % 100,
                n % 1000
            );
            (name, nik, date)
        })
        .collect()
}

/// A verifier (0) and an enumerator (1) of a village with these people and some strangers.
fn village_of(people: &[Someone<'_>]) -> World {
    let mut world = World::new(5, 1, 0);
    let more = strangers(120);
    let mut all = people.to_vec();
    all.extend(
        more.iter()
            .enumerate()
            .map(|(n, (name, nik, date))| Someone {
                family: 1000 + n,
                name,
                nik,
                birth_date: date,
                sex: "1",
                relation: "1",
                ..Someone::default()
            }),
    );
    let list = prelist_of(VILLAGE, &all);
    world
        .server
        .import_prelist(&list, NOW, &mut |_, _| ())
        .expect("imported");
    for (seed, name, role) in [
        (41, "Ibu Sri", Role::VillageVerifier),
        (42, "Pak Dedi", Role::Enumerator),
    ] {
        let tablet = enrol_as(&world.server, seed, &[VILLAGE], name, role);
        world.tablets.push(tablet);
    }
    for tablet in 0..2 {
        quiet(&mut world, tablet);
    }
    world
}

fn village() -> World {
    village_of(&people())
}

fn quiet(world: &mut World, tablet: usize) -> lawang_sync::Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "device {tablet} and the server differ");
    report
}

fn on<T>(tablet: &Tablet, work: impl FnOnce(&mut Device) -> T) -> T {
    work(&mut tablet.device.lock().expect("a device"))
}

fn list(tablet: &Tablet, all: bool) -> Vec<PairRow> {
    on(tablet, |device| {
        device.search_all().expect("searched");
        let query = DuplicatesQuery {
            all,
            limit: 200,
            ..DuplicatesQuery::default()
        };
        device.duplicates(&query).expect("listed").rows
    })
}

fn place(family: HouseholdId, member: InstanceId) -> (String, String) {
    (family.to_string(), member.to_string())
}

/// The pair of two people of the list.
fn find(rows: &[PairRow], a: usize, b: usize) -> Option<PairRow> {
    let (a, b) = (person(a).to_string(), person(b).to_string());
    rows.iter()
        .find(|row| {
            (row.left.member == a && row.right.member == b)
                || (row.left.member == b && row.right.member == a)
        })
        .cloned()
}

/// Which side of a pair a person is on: 1 or 2.
fn side(row: &PairRow, place: usize) -> u8 {
    if row.left.member == person(place).to_string() {
        1
    } else {
        2
    }
}

fn decide(
    tablet: &Tablet,
    pair: &str,
    verdict: PairVerdict,
    keep: u8,
    take: &[&str],
) -> Result<PairView, lawang_app::AppError> {
    tablet.environment.advance(1_000);
    on(tablet, |device| {
        let seen = device.pair(pair)?.seen;
        device.decide_pair(&DecidePairRequest {
            pair: pair.to_owned(),
            seen,
            verdict,
            keep,
            take: take.iter().map(|t| (*t).to_owned()).collect(),
            reason: "dilihat di rumahnya".to_owned(),
        })?;
        device.search_all()?;
        device.pair(pair)
    })
}

fn text(tablet: &Tablet, household: HouseholdId, member: InstanceId, key: &str) -> String {
    on(tablet, |device| {
        let state = device.state(household).expect("state");
        state
            .text(&FieldPath::of("members", member, key))
            .to_owned()
    })
}

fn give(tablet: &Tablet, household: HouseholdId, member: InstanceId, key: &str, value: &str) {
    on(tablet, |device| {
        let path = FieldPath::of("members", member, key);
        device
            .give(household, None, &[(path, value.to_owned())])
            .expect("saved");
    });
}

#[test]
fn one_person_in_three_families_is_found_with_reasons_and_a_masked_number_and_strangers_are_not() {
    let world = village();
    let rows = list(&world.tablets[0], false);
    let pair = find(&rows, 0, 2).expect("RUDI and RUDY");
    assert_eq!(pair.kind, SuspicionKind::TwoFamilies);
    assert_eq!(pair.state, PairState::Open);
    assert!(pair.percent > 95, "{}", pair.percent);
    assert_eq!(pair.left.nik, "180901******9001");
    assert!(pair.because.contains("NIK"), "{}", pair.because);
    assert!(find(&rows, 0, 4).is_some() && find(&rows, 2, 4).is_some());
    // That these families receive village-fund aid beside another is no pair of persons.
    let wrong: Vec<&PairRow> = rows
        .iter()
        .filter(|r| r.kind != SuspicionKind::CoupleAidedApart)
        .filter(|r| {
            ![0, 2, 4]
                .iter()
                .any(|n| r.left.member == person(*n).to_string())
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let view = on(&world.tablets[0], |d| d.pair(&pair.id).expect("a pair"));
    let name = view
        .fields
        .iter()
        .find(|f| f.field == "name")
        .expect("the name");
    assert!(name.differs && name.left != name.right);
    let nik = view
        .fields
        .iter()
        .find(|f| f.field == "nik")
        .expect("the NIK");
    assert!(!nik.differs && nik.left.contains('*') && nik.right.contains('*'));
    assert!(
        view.reasons
            .iter()
            .any(|r| r.field == "birth_date" && r.bits > 0.0)
    );
    let json = serde_json::to_string(&view).expect("json");
    assert!(!json.contains(RUDI.nik), "a NIK in clear");
}

#[test]
fn whoever_may_stand_twice_waits_in_the_queue_once_found_and_no_longer_once_somebody_decided() {
    let mut world = village();
    let second = enrol_as(
        &world.server,
        43,
        &[VILLAGE],
        "Pak Made",
        Role::VillageVerifier,
    );
    world.tablets.push(second);
    quiet(&mut world, 2);
    let waiting = |tablet: &Tablet| -> Vec<HouseholdId> {
        on(tablet, |device| {
            let query = DeskQuery {
                reasons: vec![DeskReason::Duplicate],
                ..DeskQuery::default()
            };
            let found = device.desk(&query).expect("desk");
            let mut all: Vec<HouseholdId> = found
                .rows
                .iter()
                .map(|row| row.household.parse().expect("an id"))
                .collect();
            all.sort();
            all
        })
    };
    let mut three = [family(0), family(1), family(2)];
    three.sort();
    // A couple of them look alike to somebody else too.
    let mut rest = Vec::new();
    for tablet in [0, 2] {
        assert!(waiting(&world.tablets[tablet]).is_empty());
        on(&world.tablets[tablet], |d| {
            d.search_all().expect("searched")
        });
        let found = waiting(&world.tablets[tablet]);
        assert!(three.iter().all(|id| found.contains(id)), "{found:?}");
        rest = found.into_iter().filter(|id| !three.contains(id)).collect();
    }
    let rows = list(&world.tablets[0], false);
    for (a, b) in [(0, 2), (0, 4), (2, 4)] {
        let pair = find(&rows, a, b).expect("a pair").id;
        decide(&world.tablets[0], &pair, PairVerdict::Different, 0, &[]).expect("decided");
    }
    assert_eq!(waiting(&world.tablets[0]), rest);
    let before = waiting(&world.tablets[2]);
    assert!(
        three.iter().all(|id| before.contains(id)),
        "nothing heard yet"
    );
    quiet(&mut world, 0);
    quiet(&mut world, 2);
    assert_eq!(waiting(&world.tablets[2]), rest);
}

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
fn a_verifier_who_lost_the_role_while_offline_sees_the_refusal_and_the_pair_is_asked_again() {
    let mut world = village();
    let pair = find(&list(&world.tablets[0], false), 0, 2).expect("a pair");
    decide(
        &world.tablets[0],
        &pair.id,
        PairVerdict::Same,
        side(&pair, 0),
        &[],
    )
    .expect("decided");
    let id = world.tablets[0].id;
    world
        .server
        .change_device(id, Some(Role::Enumerator), None)
        .expect("no longer a verifier");
    let report = quiet(&mut world, 0);
    assert!(report.refused > 0);
    quiet(&mut world, 0);
    let rows = list(&world.tablets[0], false);
    let row = find(&rows, 0, 2).expect("asked again");
    assert_eq!(row.state, PairState::Open);
    on(&world.tablets[0], |device| {
        let view = device.pair(&pair.id).expect("a pair");
        assert!(!view.closed.is_empty() && view.verdicts.is_empty());
        let mine = device.proposals(false).expect("proposals").mine;
        assert!(!mine.is_empty(), "nothing that was decided is lost");
    });
    quiet(&mut world, 1);
    let row = find(&list(&world.tablets[1], false), 0, 2);
    assert_eq!(
        row.expect("the village still has to decide").state,
        PairState::Open
    );
}

#[test]
fn a_thousand_duplicates_of_one_nik_are_one_cluster_and_few_pairs() {
    let names: Vec<String> = (0..1_000)
        .map(|n| format!("Orang {}{}", (b'a' + (n % 26) as u8) as char, n))
        .collect();
    let people: Vec<Someone<'_>> = names
        .iter()
        .enumerate()
        .map(|(n, name)| Someone {
            family: n,
            name,
            nik: RUDI.nik,
            birth_date: "1900-01-01",
            ..Someone::default()
        })
        .collect();
    let world = village_of(&people);
    on(&world.tablets[0], |device| {
        device.search_all().expect("searched");
        let found = device
            .duplicates(&DuplicatesQuery::default())
            .expect("listed");
        assert_eq!(found.clusters.len(), 1);
        assert_eq!(found.clusters[0].persons, 1_000);
        assert_eq!(found.clusters[0].some.len(), 20);
        assert_eq!(found.clusters[0].nik, "180901******9001");
        assert!(found.total < 2_000, "{} pairs", found.total);
        assert_eq!(found.looked, found.persons);
    });
}

#[test]
fn names_of_500_letters_other_scripts_and_dates_of_1900_are_looked_at_like_others() {
    let long = "Ab".repeat(250);
    let people = [
        Someone {
            family: 0,
            name: &long,
            relation: "1",
            birth_date: "1900-01-01",
            ..Someone::default()
        },
        Someone {
            family: 1,
            name: "محمد يوسف",
            relation: "1",
            birth_date: "1900-01-01",
            ..Someone::default()
        },
        Someone {
            family: 2,
            name: "ꦧꦸꦣꦶ",
            relation: "1",
            birth_date: "1900-01-01",
            ..Someone::default()
        },
    ];
    let world = village_of(&people);
    let rows = list(&world.tablets[0], false);
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        assert!(
            find(&rows, a, b).is_none(),
            "1900-01-01 is no evidence: {rows:?}"
        );
    }
}

#[test]
fn husband_and_wife_aided_apart_and_the_dead_who_receive_are_found_and_settled_by_looking() {
    let both = &["program_sembako", "program_blt_dd"][..];
    let mut people = people();
    people[6].aid = both;
    people[8].presence = "2";
    people[8].aid = &["program_pkh"];
    let world = village_of(&people);
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let couple = find(&rows, 6, 7).expect("a couple");
    assert_eq!(couple.kind, SuspicionKind::CoupleAidedApart);
    assert_eq!(couple.because, "Sembako, BLT-DD");
    let dead = rows
        .iter()
        .find(|row| row.kind == SuspicionKind::DeadReceiving)
        .expect("somebody who died");
    assert_eq!(dead.left.member, person(8).to_string());
    assert!(dead.right.member.is_empty());
    for row in [&couple, dead] {
        let wrong = decide(tablet, &row.id, PairVerdict::Same, 1, &[]).expect_err("no pair");
        assert_eq!(wrong.code, "pair_verdict");
        let view = decide(tablet, &row.id, PairVerdict::Different, 0, &[]).expect("looked at");
        assert_eq!(view.row.state, PairState::Different);
    }
    let left = list(tablet, false);
    assert!(left.iter().all(|r| r.id != couple.id && r.id != dead.id));
}

#[test]
fn who_is_typed_is_known_from_the_eighth_digit_or_a_name_with_a_date_and_is_no_hit_for_oneself() {
    let world = village();
    let tablet = &world.tablets[1];
    let household = family(3);
    on(tablet, |device| {
        let ask = |device: &mut Device, member: &str, typed: &[(&str, &str)]| {
            device
                .check_person(&CheckPersonRequest {
                    household: household.to_string(),
                    member: member.to_owned(),
                    typed: typed
                        .iter()
                        .map(|(k, v)| ((*k).into(), (*v).into()))
                        .collect(),
                })
                .expect("checked")
        };
        assert!(ask(device, "", &[("nik", RUDI.nik)]).preparing);
        // Asking does not throw back what is being made.
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 100, "the search comes to no end");
            match device.search_step().expect("a step") {
                Searched::Done => break,
                Searched::Build(unbuilt) => {
                    assert!(ask(device, "", &[("nik", RUDI.nik)]).preparing);
                    device.take_index(unbuilt.build());
                }
                Searched::More | Searched::Elsewhere => {
                    ask(device, "", &[("nik", RUDI.nik)]);
                }
            }
        }
        let by_nik = ask(device, "", &[("nik", &RUDI.nik[..15]), ("name", "Rudi H")]);
        assert!(by_nik.alike.iter().any(|a| a.person.name == "RUDI HARTONO"));
        assert!(
            by_nik
                .alike
                .iter()
                .all(|a| !a.here && a.person.nik.contains('*'))
        );
        let by_name = ask(
            device,
            "",
            &[("name", "Rudi Harton"), ("birth_date", "1981-03-07")],
        );
        assert!(by_name.alike.len() >= 2, "{by_name:?}");
        assert!(
            by_name.alike[0].because.contains("nama"),
            "{}",
            by_name.alike[0].because
        );
        let own = person(6).to_string();
        let typed = [("nik", "1809016211909001"), ("name", "Dewi Lestari")];
        let oneself = ask(device, &own, &typed);
        assert!(
            oneself.alike.iter().all(|a| a.person.member != own),
            "{oneself:?}"
        );
        // Somebody who was typed a minute ago, in the same visit, and is in no record yet.
        let twin = device.add_member(household, Whole::Visit).expect("added");
        for (key, value) in [("name", "Dewi Lestary"), ("birth_date", "1990-11-22")] {
            let path = FieldPath::of("members", twin, key);
            device
                .answer(household, &path, value, Whole::Visit)
                .expect("typed");
        }
        let again = ask(
            device,
            &own,
            &[("name", "Dewi Lestari"), ("birth_date", "1990-11-22")],
        );
        assert!(
            again
                .alike
                .iter()
                .any(|a| a.here && a.person.name == "Dewi Lestary"),
            "{again:?}"
        );
    });
}

#[test]
fn suspicions_follow_what_is_answered_and_what_comes_and_are_the_same_after_a_rebuild() {
    let mut world = village();
    assert!(find(&list(&world.tablets[1], false), 8, 5).is_none());
    // The verifier finds out that BAMBANG is AGUS.
    for (key, value) in [
        ("name", "AGUS SETIYAWAN"),
        ("nik", "1809012809929001"),
        ("birth_date", "1992-09-28"),
        ("mother_maiden_name", "ROMLAH"),
    ] {
        give(&world.tablets[0], family(2), person(5), key, value);
    }
    assert!(find(&list(&world.tablets[0], false), 8, 5).is_some());
    quiet(&mut world, 0);
    quiet(&mut world, 1);
    assert!(find(&list(&world.tablets[1], false), 8, 5).is_some());
    let rows = |tablet: &Tablet| {
        let mut ids: Vec<(String, u32)> = list(tablet, true)
            .into_iter()
            .map(|row| (row.id, row.percent))
            .collect();
        ids.sort();
        ids
    };
    let before = rows(&world.tablets[1]);
    on(&world.tablets[1], |d| {
        d.rebuild(|_, _| ()).expect("rebuilt")
    });
    assert_eq!(rows(&world.tablets[1]).len(), before.len());
    world.restart(1);
    let after: Vec<String> = rows(&world.tablets[1]).into_iter().map(|r| r.0).collect();
    assert_eq!(after, before.into_iter().map(|r| r.0).collect::<Vec<_>>());
    let _ = place(family(0), person(0));
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
