//! Persons who hold one NIK, and other input that nobody expects.

use super::*;
use lawang_domain::VillageCode;
use lawang_sample::{Size, generate};
use std::collections::BTreeMap;

/// Somebody with RUDI's NIK, of whom nothing else is alike.
const STRANGER: Someone<'_> = Someone {
    family: 7,
    name: "ZULKIFLI NASUTION",
    nik: RUDI.nik,
    birth_date: "1958-11-23",
    sex: "1",
    mother: "ROSMAWATI",
    relation: "1",
    presence: "1",
    no_kk: "",
    aid: &[],
};

#[test]
fn two_who_hold_one_nik_are_shown_everywhere_though_nothing_else_is_alike() {
    let mut people = people();
    people.push(STRANGER);
    let stranger = people.len() - 1;
    let mut world = village_of(&people);
    let row = find(&list(&world.tablets[0], false), 0, stranger).expect("one NIK");
    assert_eq!(row.kind, SuspicionKind::SharedNik);
    assert!(row.percent < 50, "the engine takes them for two: {row:?}");
    let words = "NIK sama, nama berbeda: salah satu NIK mungkin salah ketik";
    assert_eq!(row.because, words);
    let view = on(&world.tablets[0], |d| d.pair(&row.id).expect("a pair"));
    assert!(view.reasons.iter().any(|r| r.words == words));
    // While an enumerator types it, too.
    on(&world.tablets[1], |device| {
        device.search_all().expect("searched");
        let typed = [("nik", RUDI.nik), ("name", "Kartini Sianipar")];
        let found = device
            .check_person(&CheckPersonRequest {
                household: family(3).to_string(),
                member: String::new(),
                typed: typed
                    .iter()
                    .map(|(k, v)| ((*k).into(), (*v).into()))
                    .collect(),
            })
            .expect("checked");
        let names: Vec<&str> = found.alike.iter().map(|a| a.person.name.as_str()).collect();
        assert!(names.contains(&"ZULKIFLI NASUTION"), "{names:?}");
        assert!(names.contains(&"RUDI HARTONO"), "{names:?}");
        assert!(found.alike.iter().any(|a| a.because == words), "{found:?}");
    });
    // And at the server, across the district.
    let state = |world: &World| {
        let found = world.server.duplicates(None, 2026).expect("linked");
        let pair = found.pairs.iter().find(|p| p.id == row.id);
        let pair = pair.expect("one NIK").clone();
        assert_eq!(pair.kind.words().1, "two persons with one NIK");
        pair.state
    };
    assert_eq!(state(&world), "open");
    decide(&world.tablets[0], &row.id, PairVerdict::Different, 0, &[]).expect("decided");
    quiet(&mut world, 0);
    assert_eq!(state(&world), "different");
    give(
        &world.tablets[0],
        family(7),
        person(stranger),
        "name",
        "ZULKIFLI",
    );
    assert!(find(&list(&world.tablets[0], false), 0, stranger).is_none());
}

#[test]
fn a_number_that_stands_for_nothing_makes_nobody_a_pair() {
    for nik in ["0000000000000000", "1111111111111111", "1234567890123456"] {
        let mut people = people();
        people[6].nik = nik;
        people[8].nik = nik;
        let world = village_of(&people);
        let rows = list(&world.tablets[0], false);
        assert!(find(&rows, 6, 8).is_none(), "{nik}");
    }
}

#[test]
fn of_a_sample_village_no_two_who_hold_one_nik_are_missed() {
    let sample = generate(Size::Village, 3);
    let mut prelist = Vec::new();
    sample.write_prelist(&mut prelist).expect("written");
    let village: VillageCode = *sample.villages().keys().next().expect("a village");
    let mut world = World::new(5, 1, 0);
    world
        .server
        .import_prelist(&prelist, NOW, &mut |_, _| ())
        .expect("imported");
    let code = village.to_string();
    let role = Role::VillageVerifier;
    let tablet = enrol_as(&world.server, 41, &[code.as_str()], "Ibu Sri", role);
    world.tablets.push(tablet);
    quiet(&mut world, 0);
    // By the file alone: whoever holds a number that could be one.
    let text = String::from_utf8(prelist).expect("text");
    let mut lines = csv_lines(&text);
    let header = lines.remove(0);
    let place = |name: &str| header.iter().position(|n| n == name).expect("a column");
    let (id, nik) = (place("person_id"), place("nik"));
    let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        if could_be_one(&line[nik]) {
            let person = InstanceId::from_person(&line[id]).to_string();
            holders.entry(line[nik].clone()).or_default().push(person);
        }
    }
    let mut wanted = 0;
    let mut rows = Vec::new();
    on(&world.tablets[0], |device| {
        device.search_all().expect("searched");
        loop {
            let query = DuplicatesQuery {
                limit: 200,
                offset: u32::try_from(rows.len()).expect("few"),
                ..DuplicatesQuery::default()
            };
            let part = device.duplicates(&query).expect("listed").rows;
            if part.is_empty() {
                break;
            }
            rows.extend(part);
        }
    });
    let listed = |a: &str, b: &str| {
        rows.iter().any(|row| {
            (row.left.member == a && row.right.member == b)
                || (row.left.member == b && row.right.member == a)
        })
    };
    for same in holders.values().filter(|same| same.len() > 1) {
        for (at, a) in same.iter().enumerate() {
            for b in &same[at + 1..] {
                wanted += 1;
                assert!(listed(a, b), "{a} and {b} hold one NIK");
            }
        }
    }
    println!(
        "{wanted} pairs hold one NIK, and all are listed among {}",
        rows.len()
    );
    assert!(wanted >= 15, "enough to judge by: {wanted}");
}

/// Lines of a CSV file, cell by cell.
pub(super) fn csv_lines(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| {
            let mut cells = vec![String::new()];
            let mut quoted = false;
            for c in line.chars() {
                match c {
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(String::new()),
                    c => cells.last_mut().expect("a cell").push(c),
                }
            }
            cells
        })
        .collect()
}

/// Sixteen digits of which the register can make a NIK.
fn could_be_one(text: &str) -> bool {
    text.parse::<lawang_domain::Nik>()
        .is_ok_and(|nik| nik.warnings().is_empty())
}

/// So many persons with RUDI's NIK, so many in a household. A prelist with one number twice in a household is refused,
/// so there they are answered on the device.
fn holders(persons: usize, a_household: usize) -> World {
    let names: Vec<String> = (0..persons)
        .map(|n| format!("Orang {}{}", (b'a' + (n % 26) as u8) as char, n))
        .collect();
    let people: Vec<Someone<'_>> = names
        .iter()
        .enumerate()
        .map(|(n, name)| Someone {
            family: n / a_household,
            name,
            nik: if a_household == 1 { RUDI.nik } else { "" },
            birth_date: "1900-01-01",
            ..Someone::default()
        })
        .collect();
    let mut world = village_of(&people);
    if a_household > 1 {
        on(&world.tablets[0], |device| {
            for first in (0..persons).step_by(a_household) {
                let answers: Vec<(FieldPath, String)> = (first..persons.min(first + a_household))
                    .map(|n| FieldPath::of("members", person(n), "nik"))
                    .map(|path| (path, RUDI.nik.to_owned()))
                    .collect();
                device
                    .give(family(first / a_household), None, &answers)
                    .expect("saved");
            }
        });
        quiet(&mut world, 0);
    }
    world
}

#[test]
fn ten_thousand_duplicates_of_one_nik_are_one_cluster_and_few_pairs_however_they_live() {
    for (persons, a_household) in [(1_000, 1), (10_000, 20)] {
        let world = holders(persons, a_household);
        on(&world.tablets[0], |device| {
            device.search_all().expect("searched");
            let found = device
                .duplicates(&DuplicatesQuery::default())
                .expect("listed");
            assert_eq!(found.clusters.len(), 1);
            assert_eq!(found.clusters[0].persons as usize, persons);
            assert_eq!(found.clusters[0].some.len(), 20);
            assert_eq!(found.clusters[0].nik, "180901******9001");
            assert!(found.total < 2_000, "{} pairs", found.total);
            assert_eq!(found.looked, found.persons);
        });
        let at_server = world.server.duplicates(None, 2026).expect("linked");
        assert_eq!(at_server.shared_niks[0].persons, persons);
        assert!(at_server.pair_count < 2_000, "{}", at_server.pair_count);
    }
}

#[test]
fn ten_who_hold_one_nik_are_pairs_within_a_household_and_across_and_eleven_are_a_cluster() {
    for (persons, pairs, clusters) in [(10, 45, 0), (11, 0, 1)] {
        for a_household in [1, 4, 11] {
            let world = holders(persons, a_household);
            let rows = list(&world.tablets[0], false);
            let shared = |row: &&PairRow| {
                row.left.nik == "180901******9001" && row.right.nik == row.left.nik
            };
            assert_eq!(
                rows.iter().filter(shared).count(),
                pairs,
                "{persons}, {a_household} a household"
            );
            let found = on(&world.tablets[0], |device| {
                device
                    .duplicates(&DuplicatesQuery::default())
                    .expect("listed")
            });
            assert_eq!(found.clusters.len(), clusters);
        }
    }
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
