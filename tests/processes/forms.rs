//! Questionnaires on the command line: published, fetched, filled in, read at the server.

use crate::{district, tablet, text};
use lawang_tests::{
    forms::{needs, trees, visit},
    prelist::VILLAGE,
    processes::*,
};
use std::path::Path;

fn publish(dir: &Path, name: &str, bytes: &[u8]) -> serde_json::Value {
    let file = dir.join(name);
    std::fs::write(&file, bytes).expect("written");
    let data = dir.join("server");
    json(&[
        "admin",
        "publish-form",
        text(&file),
        "--data",
        text(&data),
        "--json",
    ])
}

#[test]
fn a_survey_and_a_newer_household_visit_travel_while_the_server_runs() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let server = district(dir, 2);
    let data = dir.join("server");
    let data = text(&data);
    let device = tablet(dir, &server, "a");
    let on = |args: &[&str]| {
        let all: Vec<&str> = [&["device", "--data", device.as_str()], args, &["--json"]].concat();
        json(&all)
    };
    let first = on(&["sync"]);
    let home = on(&["households"])[0]["household"]
        .as_str()
        .expect("an id")
        .to_owned();
    on(&["set", &home, "floor_material", "8"]);

    let done = publish(dir, "needs.csv", &needs("1"));
    assert_eq!(
        (&done["published"], &done["form"]),
        (&true.into(), &"village_needs".into())
    );
    assert_eq!(publish(dir, "again.csv", &needs("1"))["published"], false);
    let broken = dir.join("broken.csv");
    std::fs::write(
        &broken,
        "survey,,\n,type,name,label\n,texxt,a,A\nsettings,,\n,form_id,version\n,x,1\n",
    )
    .expect("written");
    let refusal = run(&[
        "admin",
        "publish-form",
        text(&broken),
        "--data",
        data,
        "--json",
    ]);
    assert_eq!(refusal.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&refusal.stderr).expect("JSON");
    assert_eq!(said["code"], "form_has_errors");
    assert!(said["details"][0]["message"].is_string() && said["details"][0]["row"].is_number());
    let other = dir.join("other.csv");
    let text_of = String::from_utf8(needs("1"))
        .expect("text")
        .replace("Nama ketua", "Nama");
    std::fs::write(&other, text_of).expect("written");
    assert_eq!(
        refused(&[
            "admin",
            "publish-form",
            text(&other),
            "--data",
            data,
            "--json"
        ]),
        "version_taken"
    );
    publish(dir, "visit.csv", &visit("9001", &[], &[]));

    let second = on(&["sync"]);
    assert!(
        second["agreed"] == true && second["bytes_down"].as_u64() > Some(500),
        "{second}"
    );
    assert!(first["agreed"] == true);
    let forms = on(&["forms"]);
    let versions: Vec<_> = forms
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| {
            (
                f["form"].as_str().unwrap_or(""),
                f["version"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        versions,
        [
            ("household_visit", "9001"),
            ("village_needs", "1"),
            ("back_check", "2026112602")
        ]
    );
    let report = on(&["carry-over", &home]);
    assert_eq!(report["to_version"], "9001");
    let gone: Vec<_> = report["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|p| &p["path"])
        .collect();
    assert_eq!(gone, ["floor_material"]);

    let survey = on(&["new-survey", "village_needs", "--village", VILLAGE]);
    let survey = survey["household"].as_str().expect("an id").to_owned();
    on(&["set", &survey, "leader", "Pak Karto", "families", "40"]);
    on(&["submit", &survey]);
    assert_eq!(on(&["status"])["unsent_surveys"], 1);
    assert_eq!(on(&["households"]).as_array().map(Vec::len), Some(2));
    assert_eq!(on(&["sync"])["agreed"], true);
    let shown = on(&["show", &survey]);
    assert_eq!(
        (&shown["form"], &shown["answers"]["leader"]),
        (&"village_needs".into(), &"Pak Karto".into())
    );
    assert_eq!(
        on(&["surveys", "--form", "village_needs"])[0]["state"],
        "sent"
    );

    let listed = json(&[
        "admin",
        "surveys",
        "--village",
        VILLAGE,
        "--data",
        data,
        "--json",
    ]);
    assert_eq!(listed[0]["household"], survey.as_str());
    assert_eq!(listed[0]["flags"].as_array().map(Vec::len), Some(0));
    let households = json(&["admin", "households", "--data", data, "--json"]);
    assert_eq!(households.as_array().map(Vec::len), Some(2));
    let out = dir.join("needs-out.csv");
    let report = json(&[
        "admin",
        "export",
        "--form",
        "village_needs",
        "--format",
        "csv",
        "--out",
        text(&out),
        "--data",
        data,
        "--json",
    ]);
    assert_eq!(report["submissions"], 1);
    assert!(
        std::fs::read_to_string(&out)
            .expect("written")
            .contains("Pak Karto")
    );
    assert!(dir.join("needs-out.needs.csv").exists());
    let all = json(&["admin", "forms", "--data", data, "--json"]);
    assert_eq!(all.as_array().map(Vec::len), Some(4));
    assert_eq!(all[3]["records"], 1);
}

#[test]
fn what_a_survey_makes_is_listed_on_the_device_and_in_the_office_and_can_be_exported() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let server = district(dir, 1);
    let data = dir.join("server");
    let data = text(&data);
    let device = tablet(dir, &server, "a");
    let on = |args: &[&str]| {
        let all: Vec<&str> = [&["device", "--data", device.as_str()], args, &["--json"]].concat();
        json(&all)
    };
    let done = publish(dir, "trees.csv", &trees("1"));
    assert_eq!(done["entity_lists"], serde_json::json!(["trees"]));
    on(&["sync"]);
    let survey = on(&["new-survey", "trees"])["household"]
        .as_str()
        .expect("an id")
        .to_owned();
    on(&["set", &survey, "height", "4", "note", "1809015708909001"]);
    on(&["submit", &survey]);
    let here = on(&["entities", "--list", "trees"]);
    assert_eq!(here["entities"][0]["label"], "Pohon 4");
    assert_eq!(
        here["entities"][0]["properties"]["note"],
        "180901******9001"
    );
    on(&["sync"]);
    let office = |args: &[&str]| {
        let all: Vec<&str> = [&["admin", "entities", "--data", data], args, &["--json"]].concat();
        json(&all)
    };
    let all = office(&[]);
    assert_eq!(all["lists"][0]["list"], "trees");
    assert_eq!(all["lists"][0]["entities"], 1);
    assert_eq!(all["entities"], here["entities"]);
    assert_eq!(
        office(&["--village", "18.09.01.2002"])["lists"][0]["entities"],
        0
    );
    let out = dir.join("export.csv");
    let written = office(&["--list", "trees", "--out", text(&out)]);
    assert_eq!(written["entities"], 1);
    let csv = std::fs::read_to_string(&out).expect("a file");
    assert!(
        csv.starts_with("name,label,__version,") && csv.contains("Pohon 4"),
        "{csv}"
    );
    on(&["rebuild"]);
    assert_eq!(on(&["entities"])["entities"], here["entities"]);

    let reads = dir.join("reads.md");
    let form = "| survey |\n| | type | name | label |\n\
        | | select_one_from_file wells.csv | well | Sumur |\n";
    std::fs::write(&reads, form).expect("written");
    assert_eq!(
        refused(&["form", "check", text(&reads), "--json"]),
        "form_has_errors"
    );
    let checked = json(&["form", "check", "--entities", text(&reads), "--json"]);
    assert_eq!(checked["ok"], true);
}
