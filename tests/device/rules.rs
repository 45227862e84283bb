//! Rules that a district publishes, on the devices of its people.

use crate::{
    desk::{DESK, compare, desk, everybody, others, village, visit, with},
    hubs::QUIET,
};
use lawang_app::views;
use lawang_domain::{HouseholdId, Role};
use lawang_tests::{
    hubs::HubWorld,
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};
use views::DeskReason;

const NATIONAL: &str = include_str!("../../schema/rules/rules.json");
const DAY: i64 = 24 * 3_600_000;

/// The country's rules with other words in some places, from a day on.
fn from(day: &str, changes: &[(&str, &str)]) -> String {
    let mut json = NATIONAL.replace("2022-12-30", day);
    for (old, new) in changes {
        assert!(json.contains(old), "{old}");
        json = json.replace(old, new);
    }
    json
}

fn publish(server: &lawang_server::Server, json: &str, now: u64) -> u64 {
    let published = server.publish_rules(json, now).expect("the store");
    published.expect("good rules").version
}

fn in_force(world: &World, tablet: usize) -> views::RulesView {
    with(world, tablet, |device| {
        device.rules_in_force().expect("rules")
    })
}

fn pass(world: &World, days: i64) {
    for tablet in &world.tablets {
        tablet.environment.advance(days * DAY);
    }
}

fn waits_for_eligibility(world: &World, household: HouseholdId) -> Option<String> {
    let found = desk(world);
    let row = found
        .rows
        .iter()
        .find(|row| row.household == household.to_string())?;
    row.reasons
        .contains(&DeskReason::Eligibility)
        .then(|| row.words.clone())
}

#[test]
fn what_was_judged_by_the_rules_of_its_day_stays_and_later_visits_are_judged_by_later_rules() {
    let mut world = village();
    let all = others(&world);
    visit(&world, 0, all[0], &[("is_well_off", "1")]);
    everybody(&mut world);
    assert_eq!(
        waits_for_eligibility(&world, all[0]).as_deref(),
        Some("Sudah mampu")
    );
    let shown = compare(&world, DESK, all[0]);
    with(&world, DESK, |device| {
        device
            .desk_removal(all[0], &shown.seen, "account", "", "", &[])
            .expect("proposed by the rules of today");
    });

    let later = from(
        "2026-11-23",
        &[
            (
                r#"[[{"field": "is_well_off", "in": ["1"]}]]"#,
                r#"[[{"field": "asset_car", "in": ["1"]}]]"#,
            ),
            (r#""id": "Sudah mampu""#, r#""id": "Punya mobil""#),
            (
                r#""code": "account", "id": "Rekening tidak aktif""#,
                r#""code": "dormant", "id": "Rekening tidur""#,
            ),
            (r#""quorum_percent": 50"#, r#""quorum_percent": 66"#),
            (r#""code": "floor""#, r#""code": "floor", "weight": 3"#),
        ],
    );
    assert_eq!(publish(&world.server, &later, NOW), 1);
    everybody(&mut world);
    for tablet in 0..world.tablets.len() {
        let rules = in_force(&world, tablet);
        assert_eq!(
            (rules.version, rules.quorum_percent),
            (1, 50),
            "not before its day"
        );
        assert_eq!(rules.next, "2026-11-23");
    }
    assert_eq!(compare(&world, DESK, all[0]).need.expect("a score").of, 8);

    pass(&world, 3);
    assert_eq!(in_force(&world, DESK).quorum_percent, 66);
    // The proposal and its words are those of the rules that it was made by.
    let removal = compare(&world, DESK, all[0])
        .removal
        .expect("still proposed");
    assert_eq!(removal.title, "Rekening tidak aktif");
    let refused = with(&world, DESK, |device| {
        let seen = device.comparison(all[0], false).expect("shown").seen;
        device
            .desk_removal(all[0], &seen, "account", "", "", &[])
            .map_err(|e| e.code)
    });
    assert_eq!(
        refused,
        Err("reason_needed"),
        "a new one is made by the rules of today"
    );

    visit(
        &world,
        0,
        all[1],
        &[("is_well_off", "1"), ("asset_car", "2")],
    );
    visit(
        &world,
        0,
        all[2],
        &[("is_well_off", "2"), ("asset_car", "1")],
    );
    everybody(&mut world);
    assert_eq!(waits_for_eligibility(&world, all[1]), None);
    assert_eq!(
        waits_for_eligibility(&world, all[2]).as_deref(),
        Some("Punya mobil")
    );
    assert_eq!(compare(&world, DESK, all[0]).need.expect("a score").of, 8);
    assert_eq!(compare(&world, DESK, all[1]).need.expect("a score").of, 10);
}

#[test]
fn rules_that_come_after_the_visits_judge_them_again_as_a_device_does_that_had_them_all_along() {
    let mut world = village();
    let all = others(&world);
    let today = from(
        "2026-11-22",
        &[
            (
                r#"[[{"field": "is_well_off", "in": ["1"]}]]"#,
                r#"[[{"field": "asset_car", "in": ["1"]}]]"#,
            ),
            (r#""far_metres": 300"#, r#""far_metres": 5000"#),
            (r#""shortest_seconds": 300"#, r#""shortest_seconds": 7200"#),
        ],
    );
    visit(
        &world,
        0,
        all[0],
        &[("is_well_off", "1"), ("asset_car", "2")],
    );
    visit(&world, 0, all[1], &[("asset_car", "1")]);
    everybody(&mut world);
    assert!(waits_for_eligibility(&world, all[0]).is_some());
    let checks = |world: &World| compare(world, DESK, all[1]).checks.len();
    let before = checks(&world);
    publish(&world.server, &today, NOW);
    everybody(&mut world);
    world.restart(DESK);
    assert_eq!(waits_for_eligibility(&world, all[0]), None);
    assert!(waits_for_eligibility(&world, all[1]).is_some());
    assert_eq!(
        checks(&world),
        before + 1,
        "twenty minutes are short by now"
    );

    let late = enrol_as(
        &world.server,
        78,
        &[VILLAGE],
        "Pak Adi",
        Role::VillageVerifier,
    );
    world.tablets.push(late);
    everybody(&mut world);
    let queue = |world: &World, tablet| {
        with(world, tablet, |device| {
            let desk = device.desk(&views::DeskQuery::default()).expect("desk");
            let rows = desk.rows.into_iter();
            rows.map(|row| (row.household, row.reasons, row.words, row.need))
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(queue(&world, DESK), queue(&world, 3));
    // Built anew from the logs the tables say the same.
    let kept = queue(&world, DESK);
    with(&world, DESK, |device| {
        device.rebuild(|_, _| ()).expect("rebuilt")
    });
    assert_eq!(queue(&world, DESK), kept);
}

#[test]
fn rules_reach_devices_over_a_bad_line_and_the_same_again_is_not_fetched() {
    let mut world = village();
    publish(
        &world.server,
        &from(
            "2026-11-22",
            &[(r#""quorum_percent": 50"#, r#""quorum_percent": 51"#)],
        ),
        NOW,
    );
    let bad = Faults {
        lose_request: 20,
        lose_answer: 20,
        cut_above: Some(700),
        ..QUIET
    };
    for _ in 0..30 {
        if world.exchange(0, bad).is_ok_and(|report| report.agreed)
            && in_force(&world, 0).version == 1
        {
            break;
        }
    }
    assert_eq!(in_force(&world, 0).quorum_percent, 51);
    world.exchange(0, QUIET).expect("exchange");
    let idle = world.exchange(0, QUIET).expect("exchange");
    assert_eq!(idle.progress.requests, 1, "the short greeting says all");
    let mended = from(
        "2026-11-30",
        &[(r#""quorum_percent": 50"#, r#""quorum_percent": 52"#)],
    );
    publish(&world.server, &mended, NOW);
    world.exchange(0, QUIET).expect("exchange");
    pass(&world, 10);
    assert_eq!(in_force(&world, 0).quorum_percent, 52);
    // A set that does not hold yet may be published anew.
    let again = from(
        "2026-11-30",
        &[(r#""quorum_percent": 50"#, r#""quorum_percent": 53"#)],
    );
    publish(&world.server, &again, NOW);
    world.exchange(0, QUIET).expect("exchange");
    assert_eq!(in_force(&world, 0).quorum_percent, 53);
}

#[test]
fn a_hub_passes_the_districts_rules_on_and_one_that_is_behind_brings_none_back() {
    let mut world = HubWorld::new(12, 4, &[&[VILLAGE], &[VILLAGE]]);
    let quorum = |world: &HubWorld, tablet: usize| {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let rules = device.rules_in_force().expect("rules");
        (rules.version, rules.quorum_percent)
    };
    let rules = |percent: &str| {
        let new = format!(r#""quorum_percent": {percent}"#);
        from("2026-11-23", &[(r#""quorum_percent": 50"#, new.as_str())])
    };
    publish(&world.district, &rules("61"), NOW);
    world.upstream().expect("upstream");
    for tablet in &world.tablets {
        tablet.environment.advance(2 * DAY);
    }
    world.at_hub(0, QUIET).expect("at the hub");
    assert_eq!(quorum(&world, 0), (1, 61));
    publish(&world.district, &rules("62"), NOW);
    world.at_district(1, QUIET).expect("at the district");
    assert_eq!(quorum(&world, 1), (2, 62));
    world.at_hub(1, QUIET).expect("at the hub");
    assert_eq!(quorum(&world, 1), (2, 62), "the hub is behind");
    world.upstream().expect("upstream");
    world.at_hub(0, QUIET).expect("at the hub");
    assert_eq!(quorum(&world, 0), (2, 62));
    let refused = world.hub.publish_rules(&rules("63"), NOW).map(|_| ());
    assert_eq!(refused.unwrap_err().code(), "rules_of_the_district");
}

#[test]
fn what_is_wrong_in_published_rules_is_refused_with_its_place_and_changes_nothing() {
    let world = World::new(13, 2, 1);
    let wrong = |json: &str| -> Vec<String> {
        let problems = world.server.publish_rules(json, NOW).expect("the store");
        let problems = problems.expect_err("wrong rules");
        problems.iter().map(ToString::to_string).collect()
    };
    let said = wrong(&from(
        "2027-01-01",
        &[
            (
                r#""field": "floor_material", "in": ["6", "8"]"#,
                r#""field": "floor_materiel", "in": ["6", "8"]"#,
            ),
            (
                r#""field": "toilet_facility", "in": ["2","#,
                r#""field": "toilet_facility", "in": ["22","#,
            ),
        ],
    ));
    assert_eq!(
        said,
        [
            "the set from 2027-01-01, need.points[4]: the household visit has no question `floor_materiel`",
            "the set from 2027-01-01, need.points[6]: the question `toilet_facility` has no answer `22`",
        ]
    );
    let past = wrong(&from("2026-11-20", &[]));
    assert_eq!(past.len(), 1);
    assert!(past[0].starts_with("the set from 2026-11-20: "), "{past:?}");
    let altered = wrong(&NATIONAL.replace(r#""quorum_percent": 50"#, r#""quorum_percent": 10"#));
    assert!(
        altered[0].contains("other rules hold from this day"),
        "{altered:?}"
    );
    assert_eq!(wrong("{").len(), 1);
    // What holds already is no publication.
    let same = world.server.publish_rules(NATIONAL, NOW).unwrap().unwrap();
    assert!(!same.published);
    assert_eq!(world.server.rules(NOW).unwrap().len(), 1);
}
