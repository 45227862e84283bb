//! What those who run a server see of it: health, numbers, logs. Never a person.

use crate::{code, tablet, text};
use lawang_tests::{prelist, processes::*};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One request in HTTP 1.0; status and body.
fn ask(url: &str, method: &str, body: &str) -> (u16, String) {
    let (host, path) = url
        .trim_start_matches("http://")
        .split_once('/')
        .expect("a path");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let len = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {len}\r\n\r\n{body}"
    )
    .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    let status = head.split(' ').nth(1).expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

fn get(url: &str) -> (u16, String) {
    ask(url, "GET", "")
}

#[test]
fn health_and_numbers_are_served_apart_and_neither_they_nor_the_logs_name_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("server");
    let list = dir.path().join("prelist.csv");
    fs::write(&list, prelist::small(prelist::VILLAGE, 3)).expect("written");
    json(&[
        "admin",
        "import-prelist",
        text(&list),
        "--data",
        text(&data),
        "--json",
    ]);
    let log = dir.path().join("log");
    let mut child = command()
        .args([
            "serve",
            "--data",
            text(&data),
            "--operations",
            "127.0.0.1:0",
        ])
        .env("LAWANG_LOG", "trace,hyper=info,h2=info,rustls=info")
        .stdout(Stdio::piped())
        .stderr(File::create(&log).expect("a file"))
        .spawn()
        .expect("a server");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("output"))
        .read_line(&mut first)
        .expect("a line");
    let ready: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    let server = Server(child);
    let url = ready["listening"].as_str().expect("an address").to_owned();
    let operations = ready["operations"].as_str().expect("an address");
    let device = text(&dir.path().join("tablet")).to_owned();
    let code = code(dir.path(), "Sri Wahyuni");
    json(&[
        "device", "--data", &device, "enrol", "--server", &url, "--code", &code, "--json",
    ]);
    json(&["device", "--data", &device, "sync", "--json"]);
    let rows = json(&["device", "--data", &device, "households", "--json"]);
    let household = rows[0]["id"].as_str().expect("an id");
    json(&[
        "device",
        "--data",
        &device,
        "set",
        household,
        "address",
        "Dusun 1809015708909001",
        "--json",
    ]);
    json(&["device", "--data", &device, "sync", "--json"]);
    // What somebody else sends is in no log either.
    let _ = get(&format!("{url}/v1/1809015708909001"));
    let forged = "{\"code\":\"1809015708909001\",\"public_key\":\"x\"}";
    let _ = ask(&format!("{url}/v1/enrol"), "POST", forged);

    let (status, health) = get(&format!("{operations}/health"));
    assert_eq!(status, 200);
    let health: serde_json::Value = serde_json::from_str(&health).expect("JSON");
    assert_eq!(health["status"], "ok");
    assert!(health["entries"].as_u64().expect("a number") >= 3);
    let (_, numbers) = get(&format!("{operations}/metrics"));
    for line in [
        "lawang_exchanges_total{result=\"agreed\"} 2",
        "lawang_things_total{verdict=\"accepted\"} 1",
        "lawang_log_lines{log=\"changes\"} 1",
        "lawang_log_lines{log=\"rows\"} 3",
        "lawang_devices{silent_days=\"1\"} 1",
        "lawang_requests_total{result=\"ok\"}",
        "lawang_request_seconds_bucket",
    ] {
        assert!(numbers.contains(line), "{line} is not in\n{numbers}");
    }
    let (status, page) = get(&format!("{operations}/devices?days=0"));
    assert_eq!(status, 200);
    assert!(
        page.contains("Sri Wahyuni") && page.contains("hari ini"),
        "{page}"
    );
    let (_, page) = get(&format!("{operations}/devices?days=7&lang=en"));
    assert!(
        page.contains("0 of 1") && !page.contains("Sri Wahyuni"),
        "{page}"
    );
    for place in ["metrics", "devices"] {
        let (status, _) = get(&format!("{url}/{place}"));
        assert_eq!(status, 404, "not where devices come");
    }
    drop(server);
    let logs = fs::read_to_string(&log).expect("the log");
    assert!(logs.contains("\"sync\""), "the server logs what it does");
    for (what, said) in [("log", &logs), ("numbers", &numbers)] {
        for secret in [
            "Sri Wahyuni",
            "SITI",
            "BUDI",
            "SUMIATI",
            "Dusun",
            prelist::VILLAGE,
        ] {
            assert!(!said.contains(secret), "{secret} is in the {what}");
        }
        let digits = said.split(|c: char| !c.is_ascii_digit());
        let long = digits
            .filter(|d| d.len() >= 16)
            .find(|d| d.starts_with("18"));
        assert_eq!(long, None, "a number as long as a NIK is in the {what}");
    }
    let code = refused(&[
        "serve",
        "--data",
        text(&data),
        "--operations",
        "0.0.0.0:0",
        "--json",
    ]);
    assert_eq!(code, "not_loopback");
    let devices = json(&["admin", "devices", "--data", text(&data), "--json"]);
    assert!(devices[0]["last_sync"].is_string());
    let silent = json(&[
        "admin",
        "devices",
        "--silent",
        "1",
        "--data",
        text(&data),
        "--json",
    ]);
    assert_eq!(silent.as_array().map(Vec::len), Some(0));
    let silent = json(&[
        "admin",
        "devices",
        "--silent",
        "0",
        "--data",
        text(&data),
        "--json",
    ]);
    assert_eq!(silent.as_array().map(Vec::len), Some(1));
}

#[test]
fn evidence_copies_and_receipts_on_the_command_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = crate::district(dir.path(), 2);
    let data = dir.path().join("server");
    let device = tablet(dir.path(), &server, "tablet");
    json(&["device", "--data", &device, "sync", "--json"]);
    let report = json(&["admin", "verify-log", "--data", text(&data), "--json"]);
    assert_eq!(
        (&report["fits"], &report["rows"]),
        (&true.into(), &2.into())
    );
    let receipts = dir.path().join("receipts.json");
    json(&[
        "device",
        "--data",
        &device,
        "receipts",
        "--export",
        text(&receipts),
        "--json",
    ]);
    let checked = json(&[
        "admin",
        "check-receipt",
        text(&receipts),
        "--data",
        text(&data),
        "--json",
    ]);
    assert_eq!(
        (
            &checked["fits"],
            checked["receipts"].as_array().map(Vec::len)
        ),
        (&true.into(), Some(1))
    );
    let (backup, copy) = (dir.path().join("copy.lawang"), dir.path().join("restored"));
    json(&[
        "admin",
        "backup",
        text(&backup),
        "--data",
        text(&data),
        "--json",
    ]);
    let key = data.join("server.key");
    let refused_code = refused(&[
        "admin",
        "restore",
        text(&backup),
        "--to",
        text(&data),
        "--key-file",
        text(&key),
        "--json",
    ]);
    assert_eq!(refused_code, "target_not_empty");
    let restored = json(&[
        "admin",
        "restore",
        text(&backup),
        "--to",
        text(&copy),
        "--key-file",
        text(&key),
        "--json",
    ]);
    assert_eq!(restored["rows"], 2);
    let report = json(&["admin", "verify-log", "--data", text(&copy), "--json"]);
    assert_eq!(report["fits"], true);
    // The server that comes back at the same address is the one that the device knows.
    let address = server.url.trim_start_matches("http://").to_owned();
    drop(server);
    let again = ServerProcess::start(&copy, &address);
    let synced = json(&[
        "device", "--data", &device, "sync", "--server", &again.url, "--json",
    ]);
    assert_eq!(synced["agreed"], true);
}

#[test]
fn a_restriction_on_the_command_line_is_refused_on_the_device_shown_and_lifted_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = crate::district(dir.path(), 2);
    let data = dir.path().join("server");
    let device = tablet(dir.path(), &server, "tablet");
    let sync = || json(&["device", "--data", &device, "sync", "--json"]);
    sync();
    let households = json(&["admin", "households", "--data", text(&data), "--json"]);
    let id = households[0]["household"]
        .as_str()
        .expect("an id")
        .to_owned();
    let said = |command: &str, reason: &str| {
        let arguments = [
            "admin",
            command,
            "--household",
            &id,
            "--reason",
            reason,
            "--data",
            text(&data),
            "--json",
        ];
        json(&arguments)
    };
    assert_eq!(
        refused(&[
            "admin",
            "restrict",
            "--household",
            &id,
            "--reason",
            "1809010101209001",
            "--data",
            text(&data),
            "--json"
        ]),
        "reason_has_number"
    );
    let done = said("restrict", "request 4/2026");
    assert_eq!(
        (&done["restricted"], &done["changed"]),
        (&true.into(), &true.into())
    );
    assert_eq!(sync()["agreed"], true);
    let shown = json(&["device", "--data", &device, "show", &id, "--json"]);
    assert_eq!(shown["restriction"]["reason"], "request 4/2026", "{shown}");
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(0));
    let denied = refused(&[
        "device", "--data", &device, "set", &id, "rt", "009", "--json",
    ]);
    assert_eq!(denied, "restricted");
    said("lift-restriction", "withdrawn");
    assert_eq!(sync()["agreed"], true);
    json(&[
        "device", "--data", &device, "set", &id, "rt", "009", "--json",
    ]);
    assert_eq!(sync()["refused"], 0);
    let all = json(&["admin", "restrictions", "--data", text(&data), "--json"]);
    assert_eq!(all.as_array().map(Vec::len), Some(2));
}

#[test]
fn a_village_that_is_split_on_the_command_line_leaves_the_tablet_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = crate::district(dir.path(), 2);
    let data = dir.path().join("server");
    let device = tablet(dir.path(), &server, "tablet");
    let sync = || json(&["device", "--data", &device, "sync", "--json"]);
    sync();
    let households = json(&["admin", "households", "--data", text(&data), "--json"]);
    let id = households[0]["household"].as_str().expect("an id");
    let from = households[0]["village"].as_str().expect("a village");
    json(&[
        "device", "--data", &device, "set", id, "rt", "009", "--json",
    ]);
    let list = dir.path().join("ids.txt");
    std::fs::write(&list, format!("{id}\nnobody\n")).expect("a file");
    let arguments = |to: &'static str, reason: &'static str| {
        [
            "admin",
            "move-households",
            "--from",
            from,
            "--to",
            to,
            "--list",
            text(&list),
            "--reason",
            reason,
            "--data",
            text(&data),
            "--json",
        ]
    };
    let to = "18.09.01.2003";
    assert_eq!(
        refused(&arguments(to, "1809010101209001")),
        "reason_has_number"
    );
    assert_eq!(
        refused(&arguments("18.09.01.2999", "Perda")),
        "unknown_village"
    );
    let done = json(&arguments(to, "Perda 3/2026"));
    assert_eq!(
        (&done["moved"], &done["unknown"][0]),
        (&1.into(), &"nobody".into())
    );
    assert_eq!(done["without"].as_array().map(Vec::len), Some(1));
    let synced = sync();
    assert_eq!(
        (&synced["agreed"], &synced["refused"]),
        (&true.into(), &0.into())
    );
    let status = json(&["device", "--data", &device, "status", "--json"]);
    assert_eq!(
        (&status["households"], &status["moves"][0]["records"]),
        (&1.into(), &1.into()),
        "{status}"
    );
    let all = json(&["admin", "moves", "--data", text(&data), "--json"]);
    assert_eq!(all[0]["reason"], "Perda 3/2026");
    let kept = json(&["admin", "households", "--data", text(&data), "--json"]);
    let there = kept.as_array().into_iter().flatten();
    assert!(there.into_iter().any(|h| h["village"] == to));
}
