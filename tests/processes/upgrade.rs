//! Folders that the first version of the program left behind: a district server and two devices of schema 1, one of them
//! with a change that it had not sent, and what the old program sent when it did. How they were made:
//! tests/fixtures/first/README.md.

use crate::{device_digests, server_digests, text};
use lawang_domain::DeviceId;
use lawang_server::{Options, Server};
use lawang_sync::{Envelope, Request, Response, Verdict, decode};
use lawang_tests::processes::*;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/first")
}

/// What the fixture's maker noted: ids and what was answered.
fn noted() -> Value {
    let bytes = fs::read(fixture().join("noted.json")).expect("the fixture");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture") {
        let entry = entry.expect("the fixture");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("copied");
        }
    }
}

/// The fixture in a folder of the test's own.
fn first(dir: &Path) {
    for part in ["server", "a", "b"] {
        copy(&fixture().join(part), &dir.join(part));
    }
}

fn sync(device: &Path, server: &ServerProcess) -> Value {
    json(&[
        "device",
        "--data",
        text(device),
        "sync",
        "--server",
        &server.url,
        "--json",
    ])
}

fn answer(device: &Path, household: &str, key: &str) -> Value {
    let shown = json(&[
        "device",
        "--data",
        text(device),
        "show",
        household,
        "--json",
    ]);
    shown["answers"][key].clone()
}

#[test]
fn folders_of_the_first_version_are_upgraded_and_nothing_that_was_in_them_is_lost() {
    let dir = tempfile::tempdir().expect("a folder");
    first(dir.path());
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let noted = noted();
    let household = noted["household"].as_str().expect("an id");
    let server = ServerProcess::start(&dir.path().join("server"), "127.0.0.1:0");
    // What the old program had on the disk and had not sent.
    let (key, value) = (
        noted["unsent"]["key"].as_str().expect("a key"),
        &noted["unsent"]["value"],
    );
    assert_eq!(&answer(&a, household, key), value);
    for device in [&a, &b, &a] {
        let report = sync(device, &server);
        assert_eq!(report["agreed"], true, "{report}");
        assert_eq!(report["refused"], 0, "{report}");
    }
    assert_eq!(&answer(&b, household, key), value);
    // What was sent long ago, by both.
    for done in noted["sent"].as_array().expect("a list") {
        let key = done["key"].as_str().expect("a key");
        for device in [&a, &b] {
            assert_eq!(answer(device, household, key), done["value"]);
        }
    }
    let (at_a, at_b) = (device_digests(text(&a)), device_digests(text(&b)));
    assert_eq!(at_a, at_b);
    assert_eq!(at_a, server_digests(dir.path()));
    let data = dir.path().join("server");
    let checked = json(&["admin", "verify-log", "--data", text(&data), "--json"]);
    assert_eq!(checked["fits"], true, "{checked}");
    let refused = json(&["admin", "quarantine", "--data", text(&data), "--json"]);
    assert_eq!(refused.as_array().map(Vec::len), Some(0), "{refused}");
    // And work goes on.
    json(&[
        "device",
        "--data",
        text(&a),
        "set",
        household,
        "rt",
        "009",
        "--json",
    ]);
    assert_eq!(sync(&a, &server)["agreed"], true);
    assert_eq!(sync(&b, &server)["agreed"], true);
    assert_eq!(answer(&b, household, "rt"), "009");
}

#[test]
fn what_a_device_of_the_first_version_sends_is_taken_and_is_the_same_when_the_device_is_upgraded() {
    let dir = tempfile::tempdir().expect("a folder");
    first(dir.path());
    let noted = noted();
    let device: DeviceId = noted["device"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    let now = noted["sent_at"].as_u64().expect("milliseconds");
    let options = Options::default();
    let old = Server::open(&dir.path().join("server"), &options).expect("upgraded");
    let mut taken = 0;
    for number in 1.. {
        let Ok(bytes) = fs::read(fixture().join(format!("sent-{number}.cbor"))) else {
            break;
        };
        let asked: Envelope = decode(&bytes).expect("a message of the first version");
        let answered = old.handle(device, &bytes, now);
        let answered: Response = decode(&answered).expect("an answer");
        assert!(!matches!(answered, Response::Error(_)), "{answered:?}");
        if let (Request::Push(_), Response::Push(reply)) = (&asked.request, &answered) {
            for verdict in &reply.verdicts {
                assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
                taken += 1;
            }
        }
    }
    assert_eq!(taken, 1, "the change that was not sent");
    drop(old);
    let server = ServerProcess::start(&dir.path().join("server"), "127.0.0.1:0");
    for device in ["a", "b"] {
        let report = sync(&dir.path().join(device), &server);
        assert_eq!(report["agreed"], true, "{report}");
    }
    assert_eq!(
        device_digests(text(&dir.path().join("a"))),
        server_digests(dir.path())
    );
}
