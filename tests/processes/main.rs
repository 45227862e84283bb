//! Real processes: the program `lawang` as a server and as devices, killed at random, given bad input.

mod attachments;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../crates/server/tests/server/bucket.rs"]
mod bucket;
mod chaos;
#[allow(dead_code)]
#[path = "../../crates/server/tests/server/cluster.rs"]
mod cluster;
mod duplicates;
mod evidence;
mod findings;
mod forms;
mod hostile;
mod hub;
mod kill;
mod operations;
mod postgres;
mod story;
mod upgrade;

use lawang_tests::{prelist, processes::*};
use std::path::Path;

/// A running server with a small register, and a code for its village.
pub fn district(dir: &Path, households: usize) -> ServerProcess {
    let data = dir.join("server");
    let list = dir.join("prelist.csv");
    std::fs::write(&list, prelist::small(prelist::VILLAGE, households)).expect("written");
    let report = json(&[
        "admin",
        "import-prelist",
        text(&list),
        "--data",
        text(&data),
        "--json",
    ]);
    assert_eq!(report["imported"], households);
    ServerProcess::start(&data, "127.0.0.1:0")
}

/// Enrols a device.
pub fn tablet(dir: &Path, server: &ServerProcess, name: &str) -> String {
    let device = dir.join(name);
    json(&[
        "device",
        "--data",
        text(&device),
        "enrol",
        "--server",
        &server.url,
        "--code",
        &code(dir, name),
        "--json",
    ]);
    text(&device).to_owned()
}

/// A fresh enrolment code.
pub fn code(dir: &Path, name: &str) -> String {
    let made = json(&[
        "admin",
        "enrol",
        "--name",
        name,
        "--role",
        "enumerator",
        "--villages",
        prelist::VILLAGE,
        "--data",
        text(&dir.join("server")),
        "--json",
    ]);
    made["code"].as_str().expect("a code").to_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Digests of all households on the server.
pub fn server_digests(dir: &Path) -> Vec<(String, String)> {
    let all = json(&[
        "admin",
        "households",
        "--data",
        text(&dir.join("server")),
        "--json",
    ]);
    let mut digests: Vec<_> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|h| {
            let field = |name: &str| h[name].as_str().unwrap_or_default().to_owned();
            (field("household"), field("digest"))
        })
        .collect();
    digests.sort();
    digests
}

/// Digests of all households on a device.
pub fn device_digests(device: &str) -> Vec<(String, String)> {
    let rows = json(&["device", "--data", device, "households", "--json"]);
    let mut digests: Vec<_> = rows
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            let id = row["id"].as_str().expect("an id").to_owned();
            let shown = json(&["device", "--data", device, "show", &id, "--json"]);
            (id, shown["digest"].as_str().expect("a digest").to_owned())
        })
        .collect();
    digests.sort();
    digests
}
