//! kill -9 at random moments, two hundred times: nothing that was acknowledged is lost.

use crate::{device_digests, district, server_digests, tablet};
use lawang_tests::{chance::Chance, processes::*};
use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

const KILLS: usize = 200;

#[test]
fn two_hundred_kills_of_devices_and_server_lose_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = district(dir.path(), 4);
    let address = server.address();
    let data = dir.path().join("server");
    let device = tablet(dir.path(), &server, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let list = json(&["device", "--data", &device, "households", "--json"]);
    let ids: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|h| h["id"].as_str().expect("an id").to_owned())
        .collect();
    let mut chance = Chance::new(4);
    // The last acknowledged value of each field, and what was under way when a process died.
    let mut acknowledged = vec![String::new(); ids.len()];
    let mut maybe: Vec<Vec<String>> = vec![Vec::new(); ids.len()];
    let (mut killed, mut saved, mut sent) = (0, 0, 0);
    let mut n = 0;
    while killed < KILLS {
        n += 1;
        let kill_server = chance.percent(15);
        let setting = chance.percent(60);
        let which = chance.below(ids.len());
        let value = format!("Dusun {n}");
        // A slow machine gets more time, so that something is acknowledged at all.
        let slow = if saved < 6 || sent < 3 {
            killed * 20_000
        } else {
            0
        };
        let mut command = command();
        command.args(["device", "--data", &device]);
        if setting {
            command.args(["set", &ids[which], "address", &value, "--json"]);
        } else {
            command.args(["sync", "--server", &server.url, "--json"]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let deadline =
            Instant::now() + Duration::from_micros(500 + chance.below(260_000 + slow) as u64);
        let ended = loop {
            if let Some(status) = child.try_wait().expect("asked") {
                break Some(status);
            }
            if Instant::now() >= deadline {
                break None;
            }
            thread::sleep(Duration::from_micros(400));
        };
        match ended {
            None if kill_server && !setting => {
                server.kill();
                killed += 1;
                server = ServerProcess::start(&data, &address);
                let _ = child.wait();
            }
            None => {
                let _ = child.kill();
                let _ = child.wait();
                killed += 1;
                if setting {
                    maybe[which].push(value);
                }
            }
            Some(status) if setting => {
                assert!(status.success(), "an undisturbed save failed");
                acknowledged[which] = value;
                maybe[which].clear();
                saved += 1;
            }
            Some(status) => {
                assert!(status.success(), "an undisturbed exchange failed");
                sent += 1;
            }
        }
    }
    assert!(
        saved > 5 && sent > 2,
        "too little got through to mean anything: {saved} saved, {sent} sent"
    );
    let report = json(&[
        "device",
        "--data",
        &device,
        "sync",
        "--server",
        &server.url,
        "--json",
    ]);
    assert_eq!(report["agreed"], true);
    for (which, id) in ids.iter().enumerate() {
        let shown = json(&["device", "--data", &device, "show", id, "--json"]);
        let found = shown["answers"]["address"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let fits = acknowledged[which].is_empty()
            || found == acknowledged[which]
            || maybe[which].contains(&found);
        assert!(
            fits,
            "acknowledged {:?}, found {found:?}",
            acknowledged[which]
        );
    }
    assert_eq!(device_digests(&device), server_digests(dir.path()));
    println!("{killed} kills, {saved} saves and {sent} exchanges acknowledged");
}
