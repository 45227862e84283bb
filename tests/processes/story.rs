//! The whole way on the command line: two devices, one conflict, one agreement.

use crate::{device_digests, district, server_digests, tablet, text};
use lawang_tests::{prelist::VILLAGE, processes::*};

#[test]
fn a_visit_travels_from_the_door_to_the_district_and_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 5);
    let (a, b) = (
        tablet(dir.path(), &server, "a"),
        tablet(dir.path(), &server, "b"),
    );
    for device in [&a, &b] {
        let report = json(&["device", "--data", device, "sync", "--json"]);
        assert_eq!(
            (report["pulled"].as_u64(), report["agreed"].as_bool()),
            (Some(5), Some(true))
        );
    }
    let list = json(&[
        "device",
        "--data",
        &a,
        "households",
        "--search",
        "siti aminah",
        "--json",
    ]);
    assert_eq!(list.as_array().map(Vec::len), Some(5));
    let id = list[0]["id"].as_str().expect("an id").to_owned();

    json(&[
        "device",
        "--data",
        &a,
        "set",
        &id,
        "floor_material",
        "1",
        "housing/roof_material",
        "3",
        "--json",
    ]);
    json(&[
        "device",
        "--data",
        &b,
        "set",
        &id,
        "floor_material",
        "8",
        "rt",
        "004",
        "--json",
    ]);
    let baby = dir.path().join("baby.json");
    std::fs::write(
        &baby,
        r#"{"name": "PUTRI", "sex": "2", "birth_date": "2025-06-01", "relation_to_head": 3}"#,
    )
    .expect("written");
    let member = json(&[
        "device",
        "--data",
        &a,
        "add-member",
        &id,
        "--answers",
        text(&baby),
        "--json",
    ]);
    let path = format!("members/{}/name", member["member"].as_str().expect("an id"));
    json(&[
        "device",
        "--data",
        &a,
        "set",
        &id,
        &path,
        "PUTRI AYU",
        "--json",
    ]);
    let new = dir.path().join("new.json");
    std::fs::write(&new, format!(r#"{{"village_code": "{VILLAGE}", "address": "Gubuk tepi sawah", "members": [{{"name": "MBAH KROMO", "relation_to_head": "1"}}]}}"#)).expect("written");
    json(&[
        "device",
        "--data",
        &b,
        "add-household",
        "--answers",
        text(&new),
        "--json",
    ]);
    assert_eq!(
        json(&["device", "--data", &b, "status", "--json"])["unsent"],
        2
    );

    for device in [&a, &b, &a] {
        assert_eq!(
            json(&["device", "--data", device, "sync", "--json"])["agreed"],
            true
        );
    }
    let conflicts = json(&["device", "--data", &a, "conflicts", "--json"]);
    assert_eq!(conflicts.as_array().map(Vec::len), Some(1));
    assert_eq!(conflicts[0]["path"], "floor_material");
    assert_eq!(conflicts[0]["values"].as_array().map(Vec::len), Some(2));
    json(&[
        "device",
        "--data",
        &a,
        "resolve",
        &id,
        "floor_material",
        "--value",
        "8",
        "--reason",
        "dilihat bersama",
        "--json",
    ]);
    for device in [&a, &b] {
        json(&["device", "--data", device, "sync", "--json"]);
    }
    let shown = json(&["device", "--data", &b, "show", &id, "--json"]);
    assert_eq!(
        (
            shown["answers"]["floor_material"].as_str(),
            shown["answers"]["rt"].as_str()
        ),
        (Some("8"), Some("004"))
    );
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(4));
    let nik = shown["members"][0]["nik"].as_str().expect("a NIK");
    assert!(
        nik.contains('*') && !nik.chars().all(|c| c.is_ascii_digit()),
        "a NIK is masked"
    );

    let open = json(&["device", "--data", &b, "show", &id, "--reveal", "--json"]);
    let number = open["members"][0]["nik"].as_str().expect("a NIK");
    assert!(number.len() == 16 && number.chars().all(|c| c.is_ascii_digit()));
    let log = std::fs::read_to_string(std::path::Path::new(&b).join("reveals.log"))
        .expect("it is logged");
    assert!(log.contains(&id) && !log.contains(number) && log.lines().count() == 1);

    let on_server = server_digests(dir.path());
    assert_eq!(on_server.len(), 6);
    assert_eq!(device_digests(&a), on_server);
    assert_eq!(device_digests(&b), on_server);

    let before = device_digests(&a);
    assert_eq!(
        json(&["device", "--data", &a, "rebuild", "--json"])["households"],
        6
    );
    assert_eq!(device_digests(&a), before);

    let refusal = run(&["device", "--data", &a, "submit", &id, "--json"]);
    assert_eq!(refusal.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refusal.stderr);
    assert!(
        said.contains("incomplete") && said.contains("details"),
        "{said}"
    );

    let out = dir.path().join("out.csv");
    json(&[
        "admin",
        "export",
        "--format",
        "csv",
        "--village",
        VILLAGE,
        "--out",
        text(&out),
        "--data",
        text(&dir.path().join("server")),
        "--json",
    ]);
    let exported = std::fs::read_to_string(out).expect("exported");
    assert!(exported.contains("MBAH KROMO") && exported.contains("PUTRI AYU"));
}
