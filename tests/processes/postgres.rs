//! Several server processes on one PostgreSQL, behind one address; a district that moves there while it runs.

use crate::{cluster::fresh_database, district, hostile::cutting_proxy, tablet, text};
use lawang_tests::{
    prelist::{self, VILLAGE},
    processes::*,
};
use serde_json::Value;
use std::{path::Path, sync::atomic::Ordering, thread};

/// `lawang admin` on the database.
fn admin(url: &str, args: &[&str]) -> Value {
    let mut all = vec!["admin"];
    all.extend(args);
    all.extend(["--database-url", url, "--json"]);
    json(&all)
}

fn digests(url: &str) -> Vec<(String, String)> {
    let all = admin(url, &["households"]);
    let line = |h: &Value| {
        let field = |name: &str| h[name].as_str().unwrap_or_default().to_owned();
        (field("household"), field("digest"))
    };
    let mut digests: Vec<_> = all.as_array().expect("a list").iter().map(line).collect();
    digests.sort();
    digests
}

fn enrolled(url: &str, dir: &Path, server: &str, name: &str) -> String {
    let made = admin(
        url,
        &[
            "enrol",
            "--name",
            name,
            "--role",
            "enumerator",
            "--villages",
            VILLAGE,
        ],
    );
    let device = dir.join(name);
    let code = made["code"].as_str().expect("a code");
    json(&[
        "device",
        "--data",
        text(&device),
        "enrol",
        "--server",
        server,
        "--code",
        code,
        "--json",
    ]);
    text(&device).to_owned()
}

fn ids(device: &str) -> Vec<String> {
    let list = json(&["device", "--data", device, "households", "--json"]);
    let id = |h: &Value| h["id"].as_str().expect("an id").to_owned();
    list.as_array().expect("a list").iter().map(id).collect()
}

#[test]
fn devices_sync_with_two_processes_behind_one_address_over_a_line_that_is_cut() {
    let dir = tempfile::tempdir().expect("a folder");
    let url = fresh_database();
    let list = dir.path().join("prelist.csv");
    std::fs::write(&list, prelist::small(VILLAGE, 120)).expect("written");
    assert_eq!(
        admin(&url, &["import-prelist", text(&list)])["imported"],
        120
    );
    let data = dir.path().join("server");
    let servers =
        [0, 1].map(|_| ServerProcess::start_with(&data, "127.0.0.1:0", &["--database-url", &url]));
    // Every connection goes to the other process than the one before, and none lives longer than 1,500 bytes: a message
    // comes in many parts, and hardly two of them to the same process.
    let both = servers.iter().map(ServerProcess::address).collect();
    let (address, cuts) = cutting_proxy(both, 1_500);
    let devices: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|name| enrolled(&url, dir.path(), &servers[0].url, name))
        .collect();
    thread::scope(|scope| {
        for (n, device) in devices.iter().enumerate() {
            let address = &address;
            scope.spawn(move || {
                let sync = [
                    "device", "--data", device, "sync", "--server", address, "--json",
                ];
                let report = json(&sync);
                assert_eq!(report["pulled"], 120, "{report}");
                for id in ids(device).iter().skip(n).step_by(3).take(8) {
                    json(&[
                        "device",
                        "--data",
                        device,
                        "set",
                        id,
                        "rt",
                        "009",
                        "address",
                        &format!("Dusun {n}"),
                        "--json",
                    ]);
                }
                let report = json(&sync);
                assert_eq!(
                    (report["agreed"].as_bool(), report["pushed"].as_u64()),
                    (Some(true), Some(8)),
                    "{report}"
                );
            });
        }
    });
    assert!(cuts.load(Ordering::Relaxed) > 10, "hardly anything was cut");
    for device in &devices {
        let sync = [
            "device", "--data", device, "sync", "--server", &address, "--json",
        ];
        assert_eq!(json(&sync)["agreed"], true);
    }
    // The comparison at the end of each exchange says the same of the others.
    assert_eq!(crate::device_digests(&devices[0]), digests(&url));
    assert_eq!(admin(&url, &["verify-log"])["changes"], 24);
    assert_eq!(
        admin(&url, &["quarantine"]).as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn a_running_district_moves_to_postgresql_and_its_devices_go_on_as_if_nothing_had_happened() {
    let dir = tempfile::tempdir().expect("a folder");
    let old = district(dir.path(), 12);
    let data = dir.path().join("server");
    let device = tablet(dir.path(), &old, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let ids = ids(&device);
    let set = |n: usize, value: &str| {
        json(&[
            "device", "--data", &device, "set", &ids[n], "address", value, "--json",
        ]);
    };
    set(0, "Dusun 1");
    json(&["device", "--data", &device, "sync", "--json"]);
    set(1, "Dusun 2");
    let url = fresh_database();
    let moved = json(&[
        "admin",
        "migrate-store",
        "--data",
        text(&data),
        "--database-url",
        &url,
        "--json",
    ]);
    let tables = moved["tables"].as_array().expect("tables");
    let changes = tables.iter().find(|t| t["table"] == "change_log");
    assert_eq!(changes.expect("the log")["lines"], 1);
    // The old process runs on, and takes nothing more.
    let late = run(&["device", "--data", &device, "sync", "--json"]);
    assert!(!late.status.success());
    let refused_now = refused(&["admin", "households", "--data", text(&data), "--json"]);
    assert_eq!(refused_now, "store_moved");
    let address = old.address();
    drop(old);
    let _new = ServerProcess::start_with(&data, &address, &["--database-url", &url]);
    let report = json(&["device", "--data", &device, "sync", "--json"]);
    assert_eq!(
        (report["agreed"].as_bool(), report["pushed"].as_u64()),
        (Some(true), Some(1)),
        "{report}"
    );
    assert_eq!(crate::device_digests(&device), digests(&url));
    assert_eq!(admin(&url, &["verify-log"])["changes"], 2);
}
