//! A real hub between real devices and a real district; and a memory card between them.

use crate::{district, tablet, text};
use lawang_sync::{AnswerFile, CourierFile};
use lawang_tests::{prelist::VILLAGE, processes::*};
use std::{
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

fn hub(dir: &Path, district: &ServerProcess) -> ServerProcess {
    let made = json(&[
        "admin",
        "enrol-hub",
        "--name",
        "Kecamatan",
        "--villages",
        VILLAGE,
        "--data",
        text(&dir.join("server")),
        "--json",
    ]);
    ServerProcess::start_with(
        &dir.join("hub"),
        "127.0.0.1:0",
        &[
            "--role",
            "hub",
            "--every",
            "1",
            "--upstream",
            &district.url,
            "--code",
            made["code"].as_str().expect("a code"),
        ],
    )
}

/// A command that looks for hubs on the network, as devices do outside of tests.
fn near(args: &[&str]) -> Output {
    command()
        .env("LAWANG_NEARBY", "on")
        .args(args)
        .output()
        .expect("the program runs")
}

/// Tries until the device's command succeeds: the hub meets its district in the background.
fn soon(args: &[&str], fits: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    until(&run, args, fits)
}

/// The same with hubs on the network.
fn soon_near(args: &[&str], fits: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    until(&near, args, fits)
}

fn until(
    run: &dyn Fn(&[&str]) -> Output,
    args: &[&str],
    fits: impl Fn(&serde_json::Value) -> bool,
) -> serde_json::Value {
    let began = Instant::now();
    loop {
        let output = run(args);
        if output.status.success() {
            let value = serde_json::from_slice(&output.stdout).expect("JSON");
            if fits(&value) {
                return value;
            }
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "lawang {args:?}: {} {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn two_devices_meet_at_a_hub_while_the_district_is_away_and_it_hears_of_it_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let mut server = district(dir, 3);
    let (a, b) = (tablet(dir, &server, "a"), tablet(dir, &server, "b"));
    let hub = hub(dir, &server);
    assert!(hub.url.starts_with("https://"));
    let at_hub = |device: &str, fits: &dyn Fn(&serde_json::Value) -> bool| {
        soon(
            &[
                "device", "--data", device, "sync", "--server", &hub.url, "--json",
            ],
            fits,
        )
    };
    let all_here = |report: &serde_json::Value| report["agreed"] == true;
    at_hub(&a, &|r| all_here(r) && r["pulled"] == 3);
    let address = server.address();
    server.kill();
    at_hub(&b, &|r| all_here(r) && r["pulled"] == 3);
    let list = json(&["device", "--data", &a, "households", "--json"]);
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    json(&["device", "--data", &a, "set", &id, "rt", "007", "--json"]);
    let report = at_hub(&a, &all_here);
    assert_eq!(report["receipt_code"], "", "a hub's receipt is none");
    at_hub(&b, &|r| all_here(r) && r["pulled"] == 1);
    let shown = json(&["device", "--data", &b, "show", &id, "--json"]);
    assert!(shown.to_string().contains("007"));
    let status = |device: &str| json(&["device", "--data", device, "status", "--json"]);
    assert_eq!(status(&a)["unsent"], 1);

    let _server = ServerProcess::start(&dir.join("server"), &address);
    let began = Instant::now();
    while status(&a)["unsent"] != 0 {
        at_hub(&a, &all_here);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    assert_eq!(
        json(&["device", "--data", &a, "sync", "--json"])["pushed"],
        0,
        "the district has it"
    );
}

#[test]
fn a_hub_is_found_on_the_network_and_used_when_the_district_is_away() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let mut server = district(dir, 2);
    let a = tablet(dir, &server, "a");
    let hub = hub(dir, &server);
    let sync = ["device", "--data", &a, "sync", "--json"];
    assert_eq!(json(&sync)["hub"], "", "the district comes first");
    let list = json(&["device", "--data", &a, "households", "--json"]);
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    json(&["device", "--data", &a, "set", &id, "rt", "009", "--json"]);
    // The hub has its name from the district: its first exchange must have been.
    soon(
        &[
            "admin",
            "hub-qr",
            "--data",
            text(&dir.join("hub")),
            "--json",
        ],
        |qr| qr["code"].as_str().is_some_and(|c| c.contains(&hub.url)),
    );
    let address = server.address();
    server.kill();
    let report = soon_near(&sync, |report| report["agreed"] == true);
    assert_eq!(report["hub"], "Kecamatan");
    assert_eq!(report["receipt_code"], "");
    let shown = near(&sync);
    let words = String::from_utf8_lossy(&shown.stderr);
    assert!(words.contains("belum di kabupaten"), "{words}");
    let status = json(&["device", "--data", &a, "status", "--json"]);
    assert_eq!(
        (&status["unsent"], &status["at_hub"]),
        (&1.into(), &1.into())
    );
    // A hub of another district is not looked at.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut other = district(elsewhere.path(), 1);
    let b = tablet(elsewhere.path(), &other, "b");
    other.kill();
    let alone = near(&["device", "--data", &b, "sync", "--json"]);
    assert!(!alone.status.success());
    let said = String::from_utf8_lossy(&alone.stderr);
    assert!(said.contains("no_connection"), "{said}");
    let _server = ServerProcess::start(&dir.join("server"), &address);
    soon_near(&sync, |report| {
        report["agreed"] == true && report["hub"] == ""
    });
    let status = json(&["device", "--data", &a, "status", "--json"]);
    assert_eq!(
        (&status["unsent"], &status["at_hub"]),
        (&0.into(), &0.into())
    );
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_hub_that_is_restored_from_an_old_copy_or_killed_loses_nothing_that_devices_made() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let mut server = district(dir, 3);
    let (a, b) = (tablet(dir, &server, "a"), tablet(dir, &server, "b"));
    let mut hub = hub(dir, &server);
    let sync = |device: &str, hub: &str| {
        soon(
            &[
                "device", "--data", device, "sync", "--server", hub, "--json",
            ],
            |report| report["agreed"] == true,
        )
    };
    for device in [&a, &b] {
        sync(device, &hub.url);
    }
    // A copy while nothing runs; then the district is away.
    let (data, old) = (dir.join("hub"), dir.join("old"));
    let address = server.address();
    server.kill();
    hub.kill();
    copy_folder(&data, &old);
    let start = |data: &Path| {
        ServerProcess::start_with(data, "127.0.0.1:0", &["--role", "hub", "--every", "1"])
    };
    let mut hub = start(&data);
    let list = json(&["device", "--data", &a, "households", "--json"]);
    let ids: Vec<String> = (0..3)
        .map(|n| list[n]["id"].as_str().expect("an id").to_owned())
        .collect();
    for (n, id) in ids.iter().enumerate() {
        json(&[
            "device",
            "--data",
            &a,
            "set",
            id,
            "rt",
            &format!("00{n}"),
            "--json",
        ]);
        sync(&a, &hub.url);
        sync(&b, &hub.url);
    }
    hub.kill();
    // Killed at any moment: it goes on with what it acknowledged.
    let mut hub = start(&data);
    assert_eq!(sync(&a, &hub.url)["pushed"], 0, "the hub still has it");
    hub.kill();
    // The laptop broke, and a copy from before takes its place.
    let hub = start(&old);
    assert!(
        sync(&a, &hub.url)["pushed"].as_u64() > Some(0),
        "given once more"
    );
    sync(&b, &hub.url);
    let status = |device: &str| json(&["device", "--data", device, "status", "--json"]);
    assert_eq!(
        (&status(&a)["unsent"], &status(&a)["at_hub"]),
        (&3.into(), &3.into())
    );
    let _server = ServerProcess::start(&dir.join("server"), &address);
    let began = Instant::now();
    while status(&a)["unsent"] != 0 {
        sync(&a, &hub.url);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    for device in [&a, &b] {
        let report = json(&["device", "--data", device, "sync", "--json"]);
        assert_eq!(
            (&report["pushed"], &report["agreed"]),
            (&0.into(), &true.into())
        );
        for (n, id) in ids.iter().enumerate() {
            let shown = json(&["device", "--data", device, "show", id, "--json"]);
            assert!(shown.to_string().contains(&format!("00{n}")));
        }
    }
}

#[test]
fn work_travels_on_a_memory_card_and_the_answers_come_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let server = district(dir, 2);
    let a = tablet(dir, &server, "a");
    json(&["device", "--data", &a, "sync", "--json"]);
    let list = json(&["device", "--data", &a, "households", "--json"]);
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    json(&[
        "device",
        "--data",
        &a,
        "set",
        &id,
        "address",
        "DUSUN RAHASIA",
        "--json",
    ]);
    let (card, answers) = (dir.join("card.lawang"), dir.join("answers.lawang"));
    for _ in 0..2 {
        let out = json(&[
            "device",
            "--data",
            &a,
            "export-batch",
            text(&card),
            "--json",
        ]);
        assert_eq!(out["things"], 1, "nothing counts as sent yet");
    }
    let status = json(&["device", "--data", &a, "status", "--json"]);
    assert_eq!(
        (&status["unsent"], &status["in_file"]),
        (&1.into(), &1.into()),
        "in a file is not at the district"
    );
    let bytes = std::fs::read(&card).expect("the card");
    assert!(!bytes.windows(7).any(|w| w == b"RAHASIA"));
    let data = dir.join("server");
    let import = |file: &Path| {
        [
            "admin",
            "import-batch",
            text(file),
            "--data",
            text(&data),
            "--json",
        ]
        .map(str::to_owned)
    };
    let cut = dir.join("cut.lawang");
    std::fs::write(&cut, &bytes[..bytes.len() - 5]).expect("written");
    let args = import(&cut);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(refused(&args), "cut_courier_file");
    // One bit of the only piece.
    let damaged = dir.join("damaged.lawang");
    let mut wrong = bytes.clone();
    wrong[100] ^= 1;
    std::fs::write(&damaged, wrong).expect("written");
    let args = import(&damaged);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(refused(&args), "damaged_courier_file");
    let args = import(&card);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    for _ in 0..2 {
        let report = json(&args);
        assert_eq!(
            (&report["accepted"], &report["refused"]),
            (&1.into(), &0.into())
        );
    }
    let device = json(&["admin", "devices", "--data", text(&data), "--json"])[0]["device"]
        .as_str()
        .expect("an id")
        .to_owned();
    json(&[
        "admin",
        "export-answers",
        "--device",
        &device,
        text(&answers),
        "--data",
        text(&data),
        "--json",
    ]);
    // Bad files are refused in words.
    let bring =
        |file: &Path| refused(&["device", "--data", &a, "import-batch", text(file), "--json"]);
    assert_eq!(bring(&card), "bad_courier_file");
    let whole = std::fs::read(&answers).expect("answers");
    let wrong = dir.join("forged.lawang");
    let mut damaged = whole.clone();
    let middle = damaged.len() - 60;
    damaged[middle] ^= 1;
    std::fs::write(&wrong, damaged).expect("written");
    assert_eq!(bring(&wrong), "damaged_courier_file");
    // Somebody who knows the format cannot speak for the district either.
    let read = AnswerFile::read(&whole).expect("a file of answers");
    let mut forged = Vec::new();
    let mut file = CourierFile::answers(&mut forged, &read.device, &read.district).expect("begun");
    for mut answer in read.answers {
        let middle = answer.len() / 2;
        answer[middle] ^= 1;
        file.put(&answer).expect("a piece");
    }
    file.finish().expect("written");
    std::fs::write(&wrong, forged).expect("written");
    assert_eq!(bring(&wrong), "not_lawang_server");
    json(&[
        "device",
        "--data",
        &a,
        "import-batch",
        text(&answers),
        "--json",
    ]);
    let status = json(&["device", "--data", &a, "status", "--json"]);
    assert_eq!(status["unsent"], 0);
    let report = json(&["device", "--data", &a, "sync", "--json"]);
    assert_eq!(
        (&report["pushed"], &report["agreed"]),
        (&0.into(), &true.into())
    );
}

#[test]
fn a_courier_file_of_a_revoked_device_and_one_for_another_district_are_refused_in_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let server = district(dir, 1);
    let a = tablet(dir, &server, "a");
    json(&["device", "--data", &a, "sync", "--json"]);
    let list = json(&["device", "--data", &a, "households", "--json"]);
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    json(&["device", "--data", &a, "set", &id, "rt", "004", "--json"]);
    let card = dir.join("card.lawang");
    json(&[
        "device",
        "--data",
        &a,
        "export-batch",
        text(&card),
        "--json",
    ]);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let _other = district(elsewhere.path(), 1);
    let import = |data: &Path| {
        refused(&[
            "admin",
            "import-batch",
            text(&card),
            "--data",
            text(data),
            "--json",
        ])
    };
    assert_eq!(import(&elsewhere.path().join("server")), "other_district");
    let data = dir.join("server");
    let devices = json(&["admin", "devices", "--data", text(&data), "--json"]);
    let device = devices[0]["device"].as_str().expect("an id").to_owned();
    json(&["admin", "revoke", &device, "--data", text(&data), "--json"]);
    assert_eq!(import(&data), "revoked");
    let status = json(&["device", "--data", &a, "status", "--json"]);
    assert_eq!(status["unsent"], 1, "what was not taken is still here");
}
