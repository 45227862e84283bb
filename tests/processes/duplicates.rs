//! Two persons who are one, from a verifier's command line to the district's.

use crate::text;
use lawang_tests::{
    people::{Someone, person, prelist_of},
    prelist::VILLAGE,
    processes::*,
};

const NIK: &str = "1809010703819001";

/// Strangers beside them, so that names have frequencies.
const STRANGERS: usize = 90;

/// RUDI stands in two families; the others are whoever they are.
fn list() -> Vec<u8> {
    let given = [
        "SLAMET", "WAHYU", "RATNA", "YANTI", "HENDRA", "TONO", "LILIS", "EKO", "PUJI", "SARI",
    ];
    let last = [
        "WIBOWO",
        "KUSUMA",
        "RAHAYU",
        "PRATAMA",
        "UTAMI",
        "SAPUTRA",
        "ANGGRAINI",
        "NUGROHO",
    ];
    let strangers: Vec<(String, String, String)> = (0..STRANGERS)
        .map(|n| {
            let (day, month, year) = (1 + n * 7 % 28, 1 + n % 12, 1950 + n % 55);
            (
                format!("{} {}", given[n % 10], last[n / 3 % 8]),
                format!("180902{day:02}{month:02}{:02}9{n:03}", year % 100),
                format!("{year}-{month:02}-{day:02}"),
            )
        })
        .collect();
    let rudi = Someone {
        name: "RUDI HARTONO",
        nik: NIK,
        birth_date: "1981-03-07",
        mother: "SUPARMI",
        relation: "1",
        ..Someone::default()
    };
    let mut all = vec![
        rudi,
        Someone {
            family: 1,
            name: "RUDY HARTONO",
            ..rudi
        },
    ];
    all.extend(
        strangers
            .iter()
            .enumerate()
            .map(|(n, (name, nik, date))| Someone {
                family: 100 + n,
                name,
                nik,
                birth_date: date,
                relation: "1",
                ..Someone::default()
            }),
    );
    prelist_of(VILLAGE, &all)
}

#[test]
fn a_pair_is_listed_decided_sent_and_known_to_the_district_without_a_number_in_clear() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let (data, file) = (dir.join("server"), dir.join("list.csv"));
    let data = text(&data).to_owned();
    std::fs::write(&file, list()).expect("written");
    json(&[
        "admin",
        "import-prelist",
        text(&file),
        "--data",
        &data,
        "--json",
    ]);
    let server = ServerProcess::start(&dir.join("server"), "127.0.0.1:0");
    let code = json(&[
        "admin",
        "enrol",
        "--name",
        "Ibu Sri",
        "--role",
        "village_verifier",
        "--villages",
        VILLAGE,
        "--data",
        &data,
        "--json",
    ]);
    let device = dir.join("laptop");
    let device = text(&device);
    let on = |words: &[&str]| json(&[&["device", "--data", device], words, &["--json"]].concat());
    let code = code["code"].as_str().expect("a code");
    on(&["enrol", "--server", &server.url, "--code", code]);
    assert_eq!(on(&["sync"])["agreed"], true);

    let found = on(&["duplicates"]);
    assert_eq!(found["total"], 1, "{found}");
    assert_eq!(found["looked"], STRANGERS + 2);
    let row = &found["rows"][0];
    assert_eq!(row["kind"], "two_families");
    assert!(!found.to_string().contains(NIK));
    let pair = row["id"].as_str().expect("a pair");
    let shown = on(&["pair", pair]);
    assert!(!shown.to_string().contains(NIK));
    let keep = if row["left"]["member"] == person(0).to_string().as_str() {
        "1"
    } else {
        "2"
    };

    let decide = [
        "decide-pair",
        pair,
        "--verdict",
        "same",
        "--keep",
        keep,
        "--reason",
    ];
    let with = |more: &[&'static str]| {
        [
            &["device", "--data", device],
            &decide[..],
            more,
            &["--json"],
        ]
        .concat()
    };
    assert_eq!(refused(&with(&["x"])), "reason_needed");
    assert_eq!(
        refused(&with(&["sama orangnya", "--seen", "0"])),
        "pair_changed"
    );
    assert_eq!(
        refused(&with(&["sama orangnya", "--take", "person_id"])),
        "pair_verdict"
    );
    let done = json(&with(&["sama orangnya"]));
    assert_eq!(done["row"]["state"], "same", "{done}");
    assert_eq!(on(&["duplicates"])["total"], 0);
    assert_eq!(on(&["duplicates", "--all"])["rows"][0]["author"], "Ibu Sri");

    let district =
        |more: &[&str]| json(&[&["admin", "duplicates", "--data", &data, "--json"], more].concat());
    let before = district(&["--village", VILLAGE]);
    assert_eq!(
        (&before["persons"], &before["pair_count"]),
        (&(STRANGERS + 2).into(), &1.into())
    );
    assert_eq!(
        (&before["open"], &before["pairs"][0]["state"]),
        (&1.into(), &"open".into())
    );
    assert_eq!(before["pairs"][0]["id"], pair, "one number everywhere");
    assert_eq!(before["shared_niks"][0]["persons"], 2);
    assert!(!before.to_string().contains(NIK));
    let report = on(&["sync"]);
    assert_eq!(
        (&report["refused"], &report["agreed"]),
        (&0.into(), &true.into())
    );
    // The one who is struck out is nobody to be compared any more.
    let after = district(&[]);
    assert_eq!(
        (&after["persons"], &after["open"]),
        (&(STRANGERS + 1).into(), &0.into())
    );
    let elsewhere = district(&["--village", "18.09.01.2002"]);
    assert_eq!(elsewhere["pair_count"], 0);
    let undone = json(
        &with(&["bukan, keduanya ada"])
            .iter()
            .map(|w| match *w {
                "same" => "different",
                other => other,
            })
            .filter(|w| *w != "--keep" && *w != keep)
            .collect::<Vec<_>>(),
    );
    assert_eq!(undone["row"]["state"], "different");
    on(&["sync"]);
    let after = district(&[]);
    assert_eq!(
        (&after["persons"], &after["open"]),
        (&(STRANGERS + 2).into(), &0.into())
    );
    assert_eq!(after["pairs"][0]["state"], "different");
}
