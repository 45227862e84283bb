//! The commands of the office, run as processes.

#![allow(clippy::unwrap_used)] // A test may panic.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

fn lawang(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lawang"))
        .current_dir(dir)
        .args(args)
        .output()
        .unwrap()
}

fn answer(dir: &Path, args: &[&str]) -> Value {
    let output = lawang(dir, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(dir: &Path, args: &[&str]) -> String {
    let output = lawang(dir, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["message"].is_string() && error["hint"].is_string());
    error["code"].as_str().unwrap().to_owned()
}

fn prelist(dir: &Path) -> String {
    answer(
        dir,
        &["sample-data", "--size", "village", "--out", "s", "--json"],
    );
    let text = fs::read_to_string(dir.join("s/prelist.csv")).unwrap();
    let at = text
        .lines()
        .next()
        .unwrap()
        .split(',')
        .position(|c| c == "village_code")
        .unwrap();
    let row = text.lines().nth(1).unwrap();
    row.split(',').nth(at).unwrap().to_owned()
}

#[test]
fn an_import_reports_what_it_did_and_lists_show_it_without_a_nik() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let village = prelist(dir);
    let import = [
        "admin",
        "import-prelist",
        "s/prelist.csv",
        "--data",
        "srv",
        "--json",
    ];
    let first = answer(dir, &import);
    let households = first["imported"].as_u64().unwrap();
    assert!(households > 500);
    assert!(first["warnings"][0]["message"].is_string());
    let again = answer(dir, &import);
    assert_eq!(
        (again["imported"].as_u64(), again["unchanged"].as_u64()),
        (Some(0), Some(households))
    );

    let list = answer(
        dir,
        &[
            "admin",
            "households",
            "--village",
            &village,
            "--data",
            "srv",
            "--json",
        ],
    );
    assert_eq!(list.as_array().unwrap().len() as u64, households);
    assert_eq!(list[0]["digest"].as_str().unwrap().len(), 64);
    assert!(list[0].get("nik").is_none());
    let seen = answer(
        dir,
        &["admin", "households", "--reveal", "--data", "srv", "--json"],
    );
    assert!(seen[0]["nik"].is_string());

    let export = [
        "admin",
        "export",
        "--format",
        "csv",
        "--village",
        &village,
        "--out",
        "e.csv",
        "--data",
        "srv",
        "--json",
    ];
    assert_eq!(answer(dir, &export)["households"], households);
    assert!(!dir.join("e.csv.part").exists());

    let enrol = [
        "admin",
        "enrol",
        "--name",
        "Siti",
        "--role",
        "enumerator",
        "--villages",
        &village,
        "--data",
        "srv",
        "--json",
    ];
    let code = answer(dir, &enrol);
    assert_eq!(code["code"].as_str().unwrap().len(), 11);
    assert!(code["expires"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        answer(dir, &["admin", "devices", "--data", "srv", "--json"]),
        Value::Array(vec![])
    );
    assert_eq!(
        answer(dir, &["admin", "quarantine", "--data", "srv", "--json"]),
        Value::Array(vec![])
    );
}

#[test]
fn a_refusal_has_a_code_a_sentence_and_exit_status_one_and_wrong_usage_two() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let enrol = |role: &str, village: &str| {
        let args = [
            "admin",
            "enrol",
            "--name",
            "S",
            "--role",
            role,
            "--villages",
            village,
            "--data",
            "srv",
            "--json",
        ];
        refusal(dir, &args)
    };
    assert_eq!(enrol("boss", "18.09.01.2001"), "unknown_role");
    assert_eq!(enrol("enumerator", "1809012001"), "unknown_village");
    assert_eq!(enrol("enumerator", "18.09.01.2999"), "unknown_village");
    assert_eq!(
        refusal(dir, &["admin", "devices", "--data", "nowhere", "--json"]),
        "no_server_here"
    );
    assert!(!dir.join("nowhere").exists());
    assert_eq!(
        refusal(
            dir,
            &[
                "admin",
                "import-prelist",
                "none.csv",
                "--data",
                "srv",
                "--json"
            ]
        ),
        "cannot_read"
    );
    fs::write(dir.join("bad.csv"), "a;b\n1;2\n").unwrap();
    assert_eq!(
        refusal(
            dir,
            &[
                "admin",
                "import-prelist",
                "bad.csv",
                "--data",
                "srv",
                "--json"
            ]
        ),
        "no_header"
    );
    for (args, code) in [
        (&["--database-url", "postgres://x"][..], "bad_database_url"),
        (&["--role", "hub"], "hub_not_enrolled"),
        (&["--upstream", "http://127.0.0.1:9"], "not_a_hub"),
    ] {
        let args = [&["serve", "--data", "hub", "--json"], args].concat();
        assert_eq!(refusal(dir, &args), code);
    }
    assert_eq!(lawang(dir, &["serve"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_server_says_where_it_listens_and_stops_at_sigterm() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lawang"))
        .args(["serve", "--data"])
        .arg(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert!(
        ready["listening"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(
        (ready["role"].as_str(), ready["store"].as_str()),
        (Some("district"), Some("sqlite"))
    );
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_questionnaire_is_checked_and_filled_in_by_a_script() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let form = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../schema/questionnaires/household_visit.xlsx"
    );
    assert_eq!(answer(dir, &["form", "check", form, "--json"])["ok"], true);
    fs::write(dir.join("s.json"), r#"[{"add_repeat":"/data/members"}]"#).unwrap();
    let states = answer(dir, &["form", "run", form, "--script", "s.json", "--json"]);
    assert_eq!(states.as_array().unwrap().len(), 2);
    answer(
        dir,
        &[
            "form",
            "convert",
            form,
            "--to",
            "definition",
            "--out",
            "d.json",
            "--json",
        ],
    );
    let definition: Value = serde_json::from_slice(&fs::read(dir.join("d.json")).unwrap()).unwrap();
    assert_eq!(definition["id"], "household_visit");

    fs::write(
        dir.join("bad.csv"),
        "survey,,\n,type,name,label\n,text,a,A\n,calculate,b,,\n",
    )
    .unwrap();
    let output = lawang(dir, &["form", "check", "bad.csv", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert!(!report["errors"].as_array().unwrap().is_empty());
}
