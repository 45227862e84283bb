//! `lawang match pairs`, run as a process on files of all sorts.

#![allow(clippy::unwrap_used)] // A test may panic.

use serde_json::Value;
use std::{
    fmt::Write,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const HEADER: &str = "rec_id,given_name,surname,date_of_birth,sex,nik\n";
const COLUMNS: &str = "name=given_name+surname,birth_date=date_of_birth,sex=sex,nik=nik";

fn pairs(dir: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lawang"));
    command.current_dir(dir).args(["match", "pairs"]).args(more);
    command.output().unwrap()
}

fn done(dir: &Path, more: &[&str]) -> Output {
    let output = pairs(dir, more);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{more:?}: {said}");
    output
}

fn json(dir: &Path, more: &[&str]) -> Value {
    let mut args = more.to_vec();
    args.push("--json");
    serde_json::from_slice(&done(dir, &args).stdout).unwrap()
}

/// Code and message of a refusal.
fn refused(dir: &Path, more: &[&str]) -> (String, String) {
    let mut args = more.to_vec();
    args.push("--json");
    let output = pairs(dir, &args);
    assert_eq!(output.status.code(), Some(1), "{more:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(!error["hint"].as_str().unwrap().is_empty());
    (
        error["code"].as_str().unwrap().to_owned(),
        error["message"].as_str().unwrap().to_owned(),
    )
}

/// Rows of strangers, numbered from `from`, and then others.
fn people(from: usize, strangers: usize, others: &[&str]) -> String {
    let given = [
        "Slamet", "Wahyu", "Ratna", "Yanti", "Hendra", "Tono", "Lilis", "Eko", "Puji",
    ];
    let last = [
        "Wibowo", "Kusuma", "Rahayu", "Pratama", "Utami", "Saputra", "Nugroho",
    ];
    let mut text = HEADER.to_owned();
    for n in from..from + strangers {
        let (day, month, year) = (1 + n * 7 % 28, 1 + n % 12, 1950 + n % 53);
        writeln!(
            text,
            "s{n},{} {},{},{year}-{month:02}-{day:02},1,180902{day:02}{month:02}{:02}{:04}",
            given[n % 9],
            (b'a' + (n / 9 % 26) as u8) as char,
            last[n / 3 % 7],
            year % 100,
            1 + n % 9_000
        )
        .unwrap();
    }
    for row in others {
        text.push_str(row);
        text.push('\n');
    }
    text
}

const YUSUF: &str = "a1,Muhammad,Yusuf,1990-08-17,1,1809011708909001";
const JOESOEF: &str = "a2,Moh.,Joesoef,17/08/1990,1,1809011708909001";

fn file(dir: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(dir.join(name), text).unwrap();
}

#[test]
fn a_file_against_itself_gives_pairs_with_both_ids_a_probability_and_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    file(dir, "a.csv", people(0, 200, &[YUSUF, JOESOEF]));
    let found = json(dir, &["--left", "a.csv", "--columns", COLUMNS]);
    assert_eq!(found["left_rows"], 202);
    assert!(found["right_rows"].is_null());
    let all = found["pairs"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    let pair = &all[0];
    assert_eq!(
        (&pair["left_id"], &pair["right_id"]),
        (&"a1".into(), &"a2".into())
    );
    assert!(pair["probability"].as_f64().unwrap() > 0.9);
    let reasons = pair["reasons"].as_array().unwrap();
    let of = |field: &str| reasons.iter().find(|r| r["field"] == field).unwrap();
    for field in ["name", "birth_date", "sex", "nik"] {
        let reason = of(field);
        assert!(reason["bits"].is_number() && reason["code"].is_string());
        assert!(!reason["id"].as_str().unwrap().is_empty());
        assert!(!reason["en"].as_str().unwrap().is_empty());
    }
    assert!(of("nik")["bits"].as_f64().unwrap() > 5.0);
    assert_eq!(found["shared_numbers"][0]["rows"], 2);
    assert!(
        !found.to_string().contains("1809011708909001"),
        "a NIK in clear"
    );
}

#[test]
fn two_files_give_pairs_between_them_in_a_table_that_other_programs_read() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    file(
        dir,
        "a.csv",
        people(0, 150, &[YUSUF, "a3,\"Siti, Hj.\",Aminah,1971-02-03,2,"]),
    );
    file(
        dir,
        "b.csv",
        people(
            500,
            150,
            &["b1,Mochamad,Yusup,1990-08-17,1,1809011708909001", JOESOEF],
        )
        .replace("rec_id,", "\"id, of b\","),
    );
    let args = ["--left", "a.csv", "--right", "b.csv", "--columns", COLUMNS];
    let output = done(dir, &[&args[..], &["--out", "pairs.csv"]].concat());
    assert!(output.stdout.is_empty(), "the pairs are in the file");
    let text = fs::read_to_string(dir.join("pairs.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("left_id,right_id,probability,reasons"));
    let rest: Vec<&str> = lines.collect();
    assert_eq!(rest.len(), 2, "{rest:?}");
    for (line, right) in rest.iter().zip(["a2", "b1"].iter().cycle()) {
        let _ = right;
        let cells: Vec<&str> = line.splitn(4, ',').collect();
        assert_eq!(cells[0], "a1");
        assert!(["a2", "b1"].contains(&cells[1]), "{line}");
        assert!(cells[2].parse::<f64>().unwrap() > 0.5);
        assert!(cells[3].contains("nik: "), "{line}");
    }
    let indonesian = done(dir, &[&args[..], &["--language", "id"]].concat());
    let indonesian = String::from_utf8(indonesian.stdout).unwrap();
    assert!(indonesian.contains("nik: NIK sama"), "{indonesian}");
    let said = json(dir, &[&args[..], &["--out", "pairs.csv"]].concat());
    assert_eq!(
        (&said["pair_count"], &said["out"]),
        (&2.into(), &"pairs.csv".into())
    );
    assert!(said["pairs"].is_null(), "they are in the file");
}

#[test]
fn a_wrong_map_of_columns_is_refused_with_the_column_and_those_that_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    file(dir, "a.csv", people(0, 5, &[]));
    let with = |columns: &str| refused(dir, &["--left", "a.csv", "--columns", columns]);
    let (code, message) = with("name=nama_lengkap");
    assert_eq!(code, "unknown_column");
    for word in [
        "nama_lengkap",
        "given_name",
        "surname",
        "date_of_birth",
        "a.csv",
    ] {
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(with("name").0, "columns_not_understood");
    assert_eq!(with("name=given_name,name=surname").0, "field_given_twice");
    let output = pairs(dir, &["--left", "a.csv"]);
    assert_eq!(output.status.code(), Some(2), "a map is needed");
    let strange = done(
        dir,
        &[
            "--left",
            "a.csv",
            "--columns",
            "name=given_name,hobby=surname",
        ],
    );
    assert!(String::from_utf8_lossy(&strange.stderr).contains("\"hobby\""));
}

#[test]
fn files_that_are_none_are_refused_with_the_line_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    file(dir, "empty.csv", "");
    file(dir, "header.csv", HEADER);
    file(
        dir,
        "latin.csv",
        [HEADER.as_bytes(), b"x1,Jos\xe9,B,1990-01-01,1,\n"].concat(),
    );
    file(dir, "ragged.csv", format!("{HEADER}x1,A,B\n"));
    file(dir, "good.csv", people(0, 5, &[]));
    for (name, code, word) in [
        ("empty.csv", "empty_file", "empty.csv"),
        ("header.csv", "no_rows", "header.csv"),
        ("latin.csv", "not_utf8", "line 2"),
        ("ragged.csv", "ragged_row", "line 2"),
        ("none.csv", "cannot_read", "none.csv"),
    ] {
        for sides in [
            vec!["--left", name],
            vec!["--left", "good.csv", "--right", name],
        ] {
            let args = [&sides[..], &["--columns", COLUMNS]].concat();
            let (found, message) = refused(dir, &args);
            assert_eq!(found, code, "{message}");
            assert!(message.contains(word), "{message}");
        }
    }
    let there = [
        "--left",
        "good.csv",
        "--columns",
        COLUMNS,
        "--out",
        "no/such/folder.csv",
    ];
    assert_eq!(refused(dir, &there).0, "cannot_write");
}

#[test]
fn long_names_other_scripts_and_dates_of_1900_are_rows_like_others() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let long = "Panjang ".repeat(63);
    let long = long.trim();
    assert!(long.len() > 500);
    let others = [
        format!("l1,{long},X,1980-05-06,1,"),
        format!("l2,{long},X,1980-05-06,1,"),
        "r1,محمد يوسف,الرحمن,1991-02-03,1,".to_owned(),
        "r2,محمد يوسف,الرحمن,1991-02-03,1,".to_owned(),
        "j1,ꦧꦸꦣꦶ,ꦱꦤ꧀ꦠꦺꦴꦱꦺꦴ,1992-03-04,1,".to_owned(),
        "u1,Karsono,Abadi,1900-01-01,1,".to_owned(),
        "u2,Marwoto,Perkasa,1900-01-01,1,".to_owned(),
        "u3,,,1900-01-01,,".to_owned(),
    ];
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    file(dir, "a.csv", people(0, 150, &others));
    let found = json(dir, &["--left", "a.csv", "--columns", COLUMNS]);
    let mut ids: Vec<(String, String)> = found["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            let id = |key: &str| p[key].as_str().unwrap().to_owned();
            (id("left_id"), id("right_id"))
        })
        .collect();
    ids.sort();
    let wanted = [("l1", "l2"), ("r1", "r2")];
    assert_eq!(ids, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn ten_thousand_rows_of_one_nik_are_one_line_in_bounded_time_and_room() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = HEADER.to_owned();
    for n in 0..10_000 {
        writeln!(
            text,
            "n{n},Orang{n},Ke{},1990-08-17,1,1809011708909001",
            n / 100
        )
        .unwrap();
    }
    file(dir, "a.csv", text);
    let begun = Instant::now();
    let found = json(dir, &["--left", "a.csv", "--columns", COLUMNS]);
    let took = begun.elapsed();
    // Unoptimised, on a machine that does other things; compared all with all it would take an hour.
    assert!(took < Duration::from_secs(240), "{took:?}");
    assert_eq!(found["shared_numbers"].as_array().unwrap().len(), 1);
    let cluster = &found["shared_numbers"][0];
    assert_eq!(cluster["rows"], 10_000);
    assert_eq!(cluster["ids"].as_array().unwrap().len(), 20);
    assert!(found["pair_count"].as_u64().unwrap() < 100_000);
}

#[test]
fn ids_that_are_niks_are_replaced_by_lines() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    file(
        dir,
        "a.csv",
        "nik,name,birth_date\n1809011708909001,Muhammad Yusuf,1990-08-17\n1809011708909001,Moh. Joesoef,1990-08-17\n",
    );
    let columns = "nik=nik,name=name,birth_date=birth_date";
    let output = done(
        dir,
        &["--left", "a.csv", "--columns", columns, "--threshold", "0"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("1809011708909001"), "{text}");
    assert!(text.contains("line 2,line 3,"), "{text}");
}

#[test]
fn a_reader_that_stops_early_ends_the_program_without_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // More than a pipe holds, as a table and as one JSON document.
    let twins: Vec<String> = (0..900)
        .flat_map(|n| {
            let row = format!(
                "Kembar{n},Sari{n},19{:02}-0{}-1{},1,",
                n % 90 + 10,
                n % 9 + 1,
                n % 9
            );
            [format!("t{n}x,{row}"), format!("t{n}y,{row}")]
        })
        .collect();
    let twins: Vec<&str> = twins.iter().map(String::as_str).collect();
    file(dir, "a.csv", people(0, 10, &twins));
    for more in [&[][..], &["--json"][..]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lawang"))
            .current_dir(dir)
            .args(["match", "pairs", "--left", "a.csv", "--columns", COLUMNS])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = vec![0; 20];
        let mut out = BufReader::with_capacity(20, child.stdout.take().unwrap());
        line.truncate(out.fill_buf().unwrap().len());
        drop(out);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!line.is_empty(), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}

#[test]
fn other_commands_too_end_quietly_when_nobody_reads() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["sample-data", "--size", "village", "--out", "s"][..],
        &["sample-data", "--size", "village", "--out", "s2", "--json"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lawang"))
            .current_dir(dir.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
