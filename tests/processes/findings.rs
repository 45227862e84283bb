//! The civil registry's file and the lists of programmes with the real program: refused with row, column and reason, taken
//! once, and on the desk of those who verify.

use crate::{tablet, text};
use lawang_server::{Options, Server};
use lawang_tests::{
    people::{Someone, prelist_of},
    prelist::{OTHER, VILLAGE},
    processes::*,
};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

fn count(report: &Value, of: &str, what: &str) -> u64 {
    report[of][what]
        .as_u64()
        .unwrap_or_else(|| panic!("{of}.{what}: {report}"))
}

fn sample(dir: &Path) -> (String, String) {
    let out = dir.join("sample");
    json(&[
        "sample-data",
        "--out",
        text(&out),
        "--size",
        "village",
        "--seed",
        "4",
        "--json",
    ]);
    let data = dir.join("server");
    let prelist = out.join("prelist.csv");
    json(&[
        "admin",
        "import-prelist",
        text(&prelist),
        "--data",
        text(&data),
        "--json",
    ]);
    (text(&out).to_owned(), text(&data).to_owned())
}

#[test]
fn the_sample_village_is_matched_told_to_its_verifier_and_the_same_files_again_change_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (sample, data) = sample(dir.path());
    let dukcapil = [
        "admin",
        "import-dukcapil",
        &sample,
        "--date",
        "2026-11-01",
        "--data",
        &data,
        "--json",
    ];
    let first = json(&dukcapil);
    assert_eq!(first["refused"], Value::Array(Vec::new()));
    assert_eq!(count(&first, "written", "unchanged"), 0);
    let persons = count(&first, "written", "new");
    let by_result = ["deterministic", "probabilistic", "unmatched", "invalid"];
    let sum: u64 = by_result
        .iter()
        .map(|what| count(&first, "persons", what))
        .sum();
    assert!(persons > 1_000 && sum == persons, "{first}");
    let again = json(&dukcapil);
    assert_eq!(count(&again, "written", "unchanged"), persons);
    assert_eq!(
        (again["again"].as_bool(), count(&again, "written", "new")),
        (Some(true), 0)
    );

    let nobody = dir.path().join("nobody");
    let lists = [
        "admin",
        "import-subsidies",
        &sample,
        "--date",
        "2026-11-01",
        "--unmatched",
        text(&nobody),
        "--data",
        &data,
        "--json",
    ];
    let reports = json(&lists);
    let reports = reports.as_array().expect("a list");
    assert_eq!(reports.len(), 7);
    for report in reports {
        assert!(count(report, "written", "new") > 0, "{report}");
        let source = report["source"].as_str().expect("a name");
        let listed = fs::read_to_string(nobody.join(format!("{source}.csv"))).expect("a file");
        let entries = count(report, "entries", "unmatched");
        assert_eq!(listed.lines().count() as u64, entries + 1, "{source}");
    }
    for report in json(&lists).as_array().expect("a list") {
        assert_eq!(
            count(report, "written", "new") + count(report, "written", "changed"),
            0
        );
    }

    let households = json(&["admin", "households", "--data", &data, "--json"]);
    let village = households[0]["village"]
        .as_str()
        .expect("a village")
        .to_owned();
    let lines = json(&[
        "admin",
        "findings",
        "--village",
        &village,
        "--data",
        &data,
        "--json",
    ]);
    let lines = lines.as_array().expect("a list");
    assert!(lines.len() as u64 > persons);
    let plain = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit());
    assert!(
        lines
            .iter()
            .all(|line| !plain(line["nik"].as_str().unwrap_or_default()))
    );

    let server = ServerProcess::start(Path::new(&data), "127.0.0.1:0");
    for (name, role, sees) in [
        ("laptop", "village_verifier", true),
        ("tablet", "enumerator", false),
    ] {
        let device = dir.path().join(name);
        let made = json(&[
            "admin",
            "enrol",
            "--name",
            name,
            "--role",
            role,
            "--villages",
            &village,
            "--data",
            &data,
            "--json",
        ]);
        let code = made["code"].as_str().expect("a code");
        json(&[
            "device",
            "--data",
            text(&device),
            "enrol",
            "--server",
            &server.url,
            "--code",
            code,
            "--json",
        ]);
        json(&["device", "--data", text(&device), "sync", "--json"]);
        let found = json(&["device", "--data", text(&device), "findings", "--json"]);
        let found = found.as_array().expect("a list");
        assert_eq!(found.len(), if sees { lines.len() } else { 0 }, "{name}");
        if let Some(one) = found.first() {
            let home = one["household"].as_str().expect("an id");
            let of_one = json(&[
                "device",
                "--data",
                text(&device),
                "findings",
                home,
                "--json",
            ]);
            let words = of_one[0]["words"].as_str().expect("words");
            assert!(!words.is_empty());
        }
    }
}

#[test]
fn a_wrong_file_is_refused_with_row_column_and_reason_and_a_list_of_nothing_known_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = crate::district(dir.path(), 2);
    let data = dir.path().join("server");
    let file = dir.path().join("list.csv");
    let put = |content: &str| fs::write(&file, content).expect("written");
    let arguments = [
        "admin",
        "import-dukcapil",
        text(&file),
        "--data",
        text(&data),
        "--json",
    ];

    put("PK\u{3}\u{4}not a list");
    assert_eq!(refused(&arguments), "file_not_csv");
    put("nik,nama_orang\n1,2\n");
    assert_eq!(refused(&arguments), "missing_column");
    put("nik,name,birth_date\n1809011708809001,A,1980-13-01\n12,B,\n");
    let report = json(&arguments);
    let found: Vec<(u64, &str, &str)> = report["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| {
            let word = |key: &str| r[key].as_str().expect("a word");
            assert!(!word("message").is_empty() && !word("message_id").is_empty());
            (
                r["row"].as_u64().expect("a row"),
                word("column"),
                word("code"),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (2, "birth_date", "impossible_date"),
            (3, "nik", "nik_format")
        ]
    );

    let list = [
        "admin",
        "import-subsidies",
        text(&file),
        "--data",
        text(&data),
        "--json",
    ];
    assert_eq!(refused(&list), "programme_missing");
    let mut named = list.to_vec();
    named.extend(["--programme", "sembaco"]);
    assert_eq!(refused(&named), "unknown_programme");
    let mut dated = list.to_vec();
    dated.extend(["--programme", "pkh", "--date", "2026-02-30"]);
    assert_eq!(refused(&dated), "impossible_date");
    let missing = dir.path().join("nothing.csv");
    let arguments = [
        "admin",
        "import-dukcapil",
        text(&missing),
        "--data",
        text(&data),
        "--json",
    ];
    assert_eq!(refused(&arguments), "cannot_read");
    // The server goes on beside all that.
    let device = tablet(dir.path(), &server, "tablet");
    json(&["device", "--data", &device, "sync", "--json"]);
}

const RUDI: Someone<'static> = Someone {
    name: "RUDI HARTONO",
    nik: "1809010703819001",
    birth_date: "1981-03-07",
    sex: "1",
    mother: "SUPARMI",
    relation: "1",
    family: 0,
    presence: "",
    no_kk: "",
    aid: &[],
};

/// A server's folder with one person in two villages.
fn two_villages(dir: &Path) -> String {
    let data = text(&dir.join("server")).to_owned();
    let there = Someone {
        no_kk: "1809020303209002",
        ..RUDI
    };
    let other = String::from_utf8(prelist_of(OTHER, &[there])).expect("text");
    let other = other.replace(",O-", ",Q-").replace("K-0", "L-0");
    for (name, list) in [
        ("here.csv", prelist_of(VILLAGE, &[RUDI])),
        ("there.csv", other.into_bytes()),
    ] {
        let file = dir.join(name);
        fs::write(&file, list).expect("written");
        json(&[
            "admin",
            "import-prelist",
            text(&file),
            "--data",
            &data,
            "--json",
        ]);
    }
    data
}

#[test]
fn a_pair_between_two_villages_is_told_by_the_command_once_and_reaches_the_desk_of_either() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = two_villages(dir.path());
    let list = ["admin", "duplicates", "--data", &data, "--json"];
    assert!(json(&list).get("published").is_none());
    let publish = [
        "admin",
        "duplicates",
        "--publish",
        "--data",
        &data,
        "--json",
    ];
    let told = json(&publish);
    assert_eq!(count(&told, "published", "new"), 2, "{told}");
    assert_eq!(told["pairs"][0]["kind"], "two_villages");
    let again = json(&publish);
    assert_eq!(count(&again, "published", "unchanged"), 2);
    assert_eq!(count(&again, "published", "new"), 0);
    let plain = run(&["admin", "duplicates", "--publish", "--data", &data]);
    let said = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(
        said.contains("1 pairs between two villages told to 2 villages"),
        "{said}"
    );
    assert!(!said.contains(RUDI.nik), "{said}");
    let both = run(&[
        "admin",
        "duplicates",
        "--publish",
        "--village",
        VILLAGE,
        "--data",
        &data,
    ]);
    assert_eq!(
        both.status.code(),
        Some(2),
        "of one village nothing can be told"
    );

    let server = ServerProcess::start(Path::new(&data), "127.0.0.1:0");
    let made = json(&[
        "admin",
        "enrol",
        "--name",
        "Ibu Sri",
        "--role",
        "village_verifier",
        "--villages",
        OTHER,
        "--data",
        &data,
        "--json",
    ]);
    let laptop = dir.path().join("laptop");
    let on_it = |arguments: &[&str]| {
        let mut all = vec!["device", "--data", text(&laptop)];
        all.extend(arguments);
        all.push("--json");
        json(&all)
    };
    let code = made["code"].as_str().expect("a code");
    on_it(&["enrol", "--server", &server.url, "--code", code]);
    on_it(&["sync"]);
    let found = on_it(&["findings"]);
    assert_eq!(found[0]["source"], "elsewhere");
    let pairs = on_it(&["duplicates"]);
    let pair = pairs["rows"][0]["id"]
        .as_str()
        .expect("a number")
        .to_owned();
    assert_eq!(pair, told["pairs"][0]["id"].as_str().expect("a number"));
    assert_eq!(pairs["rows"][0]["kind"], "registered_elsewhere");
    let decided = on_it(&[
        "decide-pair",
        &pair,
        "--verdict",
        "different",
        "--reason",
        "bukan orang yang sama",
    ]);
    assert_eq!(decided["row"]["state"], "different");
    on_it(&["sync"]);
    assert_eq!(count(&json(&publish), "published", "withdrawn"), 2);
}

#[test]
fn a_district_tells_the_villages_by_itself_once_a_day_and_not_when_it_was_just_filled() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = two_villages(dir.path());
    let claim = |due: u64, now: u64| {
        let server = Server::open(Path::new(&data), &Options::default()).expect("the store");
        server.claim_matching(due, now).expect("an answer")
    };
    assert!(!claim(1, 1), "a register that was just filled waits a day");
    assert!(!claim(1, 2), "what was due is done");
    let told = || {
        let list = [
            "admin",
            "findings",
            "--village",
            VILLAGE,
            "--data",
            &data,
            "--json",
        ];
        json(&list).as_array().map_or(0, Vec::len)
    };
    assert_eq!(told(), 0);
    let server =
        ServerProcess::start_with(Path::new(&data), "127.0.0.1:0", &["--match-at", "00:00"]);
    let deadline = Instant::now() + Duration::from_secs(120);
    while told() == 0 {
        assert!(Instant::now() < deadline, "nobody is told of anything");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(told(), 1);
    drop(server);
    let later = 1 << 50;
    assert!(!claim(3, later), "once a day is enough");
    assert!(claim(later, later + 1), "the next day it is due again");
    let wrong = run(&["serve", "--data", &data, "--match-at", "noon"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("write a time of the day"), "{said}");
}
