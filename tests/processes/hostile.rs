//! Bad input on the command line and on the wire: refused in words, nothing lost, nothing panics.

use crate::{code, district, tablet, text};
use lawang_tests::processes::*;
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

#[test]
fn codes_that_are_wrong_or_used_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 1);
    let enrol = |name: &str, code: &str| {
        let device = dir.path().join(name);
        refused(&[
            "device",
            "--data",
            text(&device),
            "enrol",
            "--server",
            &server.url,
            "--code",
            code,
            "--json",
        ])
    };
    assert_eq!(enrol("x", "AAAAA-AAAAA"), "wrong_code");
    let once = code(dir.path(), "once");
    json(&[
        "device",
        "--data",
        text(&dir.path().join("y")),
        "enrol",
        "--server",
        &server.url,
        "--code",
        &once,
        "--json",
    ]);
    assert_eq!(enrol("z", &once), "used_code");
    assert_eq!(enrol("y", &once), "already_enrolled");
}

#[test]
fn a_wrong_pin_five_times_waits_longer_each_time_and_loses_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 2);
    let device = tablet(dir.path(), &server, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let wrong = || {
        let output = command()
            .env("LAWANG_PIN", "000001")
            .args(["device", "--data", &device, "status", "--json"])
            .output()
            .expect("ran");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().last().unwrap_or_default().to_owned();
        let value: serde_json::Value = serde_json::from_str(&line).expect("a refusal");
        value["code"].as_str().unwrap_or_default().to_owned()
    };
    let said: Vec<String> = (0..5).map(|_| wrong()).collect();
    assert_eq!(
        said,
        [
            "wrong_pin",
            "wrong_pin",
            "wrong_pin_wait",
            "pin_wait",
            "pin_wait"
        ]
    );
    assert_eq!(
        refused(&["device", "--data", &device, "status", "--json"]),
        "pin_wait",
        "even the right one waits"
    );
    thread::sleep(std::time::Duration::from_millis(5_200));
    assert_eq!(
        json(&["device", "--data", &device, "status", "--json"])["households"],
        2
    );
}

/// Answers every connection with the same bytes.
fn impostor(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut buffer = [0; 65_536];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(answer);
        }
    });
    url
}

#[test]
fn what_is_no_lawang_server_is_named_as_such() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 1);
    let device = tablet(dir.path(), &server, "a");
    let html = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
    let sync = |url: &str| {
        refused(&[
            "device", "--data", &device, "sync", "--server", url, "--json",
        ])
    };
    assert_eq!(sync(&impostor(html)), "not_lawang_server");
    let noise = b"HTTP/1.1 200 OK\r\nlawang: 1\r\ncontent-length: 9\r\nconnection: close\r\n\r\n\x9f\x00\xff\x13\x37zz\x01\x02";
    assert_eq!(sync(&impostor(noise)), "not_lawang_server");
    assert_eq!(sync("ftp://nowhere"), "bad_address");
    let other = tempfile::tempdir().expect("a folder");
    let stranger = district(other.path(), 1);
    assert_eq!(sync(&stranger.url), "unknown_device");
    assert_eq!(
        json(&["device", "--data", &device, "sync", "--json"])["agreed"],
        true,
        "its own server still works"
    );
}

#[test]
fn a_server_that_is_away_is_no_connection_and_keeps_everything() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = district(dir.path(), 1);
    let device = tablet(dir.path(), &server, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let id = json(&["device", "--data", &device, "households", "--json"])[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    json(&[
        "device", "--data", &device, "set", &id, "rt", "009", "--json",
    ]);
    server.kill();
    assert_eq!(
        refused(&["device", "--data", &device, "sync", "--json"]),
        "no_connection"
    );
    assert_eq!(
        json(&["device", "--data", &device, "status", "--json"])["unsent"],
        1
    );
}

#[test]
fn answers_that_do_not_fit_are_refused_as_a_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 1);
    let device = tablet(dir.path(), &server, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let id = json(&["device", "--data", &device, "households", "--json"])[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let set = |path: &str, value: &str| {
        refused(&[
            "device", "--data", &device, "set", &id, "rt", "004", path, value, "--json",
        ])
    };
    assert_eq!(set("floor_material", "99"), "bad_value");
    assert_eq!(set("no_such_question", "1"), "no_such_field");
    assert_eq!(
        json(&["device", "--data", &device, "status", "--json"])["unsent"],
        0,
        "all or nothing"
    );
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(
        refused(&["device", "--data", &device, "show", nobody, "--json"]),
        "not_found"
    );
    assert_eq!(
        run(&["device", "--data", &device, "set", &id])
            .status
            .code(),
        Some(2),
        "wrong usage is 2"
    );
}

#[test]
fn a_prelist_that_is_none_is_refused_and_rows_that_do_not_fit_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("server");
    let file = dir.path().join("list.csv");
    let import = || {
        run(&[
            "admin",
            "import-prelist",
            text(&file),
            "--data",
            text(&data),
            "--json",
        ])
    };
    std::fs::write(&file, b"PK\x03\x04 this is a workbook").expect("written");
    assert_eq!(import().status.code(), Some(1));
    let good = String::from_utf8(lawang_tests::prelist::small(
        lawang_tests::prelist::VILLAGE,
        2,
    ))
    .expect("text");
    std::fs::write(&file, good.replace("birth_date", "tanggal")).expect("written");
    let said = String::from_utf8_lossy(&import().stderr).into_owned();
    assert!(said.contains("birth_date"), "{said}");
    std::fs::write(
        &file,
        good.replace("2010-03-11", "2010-02-31").replace(',', ";"),
    )
    .expect("written");
    let report = json(&[
        "admin",
        "import-prelist",
        text(&file),
        "--data",
        text(&data),
        "--json",
    ]);
    assert_eq!(report["imported"], 2);
    let refused = report["refused"].as_array().expect("a list");
    assert_eq!(refused.len(), 2);
    assert_eq!(
        (
            refused[0]["column"].as_str(),
            refused[0]["code"].as_str(),
            refused[0]["row"].as_u64()
        ),
        (Some("birth_date"), Some("impossible_date"), Some(4))
    );
}

#[test]
fn a_damaged_database_is_kept_aside_and_what_was_not_sent_still_reaches_the_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 3);
    let device = tablet(dir.path(), &server, "a");
    json(&["device", "--data", &device, "sync", "--json"]);
    let rows = json(&["device", "--data", &device, "households", "--json"]);
    let id = rows[0]["id"].as_str().expect("an id").to_owned();
    // Sent, then two more that wait and build on it.
    json(&[
        "device", "--data", &device, "set", &id, "rt", "009", "--json",
    ]);
    json(&["device", "--data", &device, "sync", "--json"]);
    json(&[
        "device", "--data", &device, "set", &id, "rw", "007", "--json",
    ]);
    json(&[
        "device",
        "--data",
        &device,
        "set",
        &id,
        "address",
        "Dusun Selamat",
        "--json",
    ]);
    let path = std::path::Path::new(&device).join("lawang.db");
    let mut bytes = std::fs::read(&path).expect("read");
    let end = bytes.len();
    for byte in &mut bytes[end - 2 * 4096..] {
        *byte ^= 0xa5;
    }
    std::fs::write(&path, bytes).expect("damaged");
    let report = json(&["device", "--data", &device, "sync", "--json"]);
    assert_eq!(
        (report["agreed"].as_bool(), report["refused"].as_u64()),
        (Some(true), Some(0))
    );
    let aside = std::fs::read_dir(&device)
        .expect("files")
        .flatten()
        .any(|e| e.file_name().to_string_lossy().contains("rusak"));
    assert!(aside, "the damaged file is kept");
    let other = tablet(dir.path(), &server, "b");
    json(&["device", "--data", &other, "sync", "--json"]);
    let shown = json(&["device", "--data", &other, "show", &id, "--json"]);
    let answer = |key: &str| {
        shown["answers"][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        (answer("rt"), answer("rw"), answer("address")),
        ("009".into(), "007".into(), "Dusun Selamat".into())
    );
}

/// Forwards to servers in turn and cuts every connection after so many bytes, both ways counted together.
pub fn cutting_proxy(targets: Vec<String>, limit: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let cuts = Arc::new(AtomicUsize::new(0));
    let counter = cuts.clone();
    thread::spawn(move || {
        for (client, target) in listener.incoming().flatten().zip(targets.iter().cycle()) {
            let Ok(server) = TcpStream::connect(target) else {
                continue;
            };
            let (left, counter) = (Arc::new(AtomicUsize::new(limit)), counter.clone());
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
                    continue;
                };
                let (left, counter) = (left.clone(), counter.clone());
                thread::spawn(move || {
                    let mut buffer = [0; 512];
                    while let Ok(n) = from.read(&mut buffer) {
                        let room = left.load(Ordering::Relaxed);
                        let take = n.min(room);
                        left.fetch_sub(take, Ordering::Relaxed);
                        if n == 0 || to.write_all(&buffer[..take]).is_err() || take < n {
                            if take < n {
                                counter.fetch_add(1, Ordering::Relaxed);
                            }
                            break;
                        }
                    }
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    (url, cuts)
}

#[test]
fn over_a_line_that_is_cut_every_three_kilobytes_the_list_and_the_work_still_arrive() {
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 60);
    let device = tablet(dir.path(), &server, "a");
    let (url, cuts) = cutting_proxy(vec![server.address()], 3_000);
    let report = json(&[
        "device", "--data", &device, "sync", "--server", &url, "--json",
    ]);
    assert_eq!(
        (report["agreed"].as_bool(), report["pulled"].as_u64()),
        (Some(true), Some(60))
    );
    let rows = json(&["device", "--data", &device, "households", "--json"]);
    for row in rows.as_array().expect("a list").iter().take(20) {
        let id = row["id"].as_str().expect("an id");
        json(&[
            "device",
            "--data",
            &device,
            "set",
            id,
            "rt",
            "009",
            "floor_material",
            "2",
            "--json",
        ]);
    }
    let report = json(&[
        "device", "--data", &device, "sync", "--server", &url, "--json",
    ]);
    assert_eq!(
        (report["agreed"].as_bool(), report["pushed"].as_u64()),
        (Some(true), Some(20))
    );
    assert!(cuts.load(Ordering::Relaxed) > 0, "nothing was cut");
}
