//! Attachments in a bucket, with real processes: shared by two servers, moved beside a running one, refused in words.

use crate::{
    bucket::{Bucket, KEY, SECRET},
    cluster::fresh_database,
    hostile::cutting_proxy,
    text,
};
use lawang_app::{CancelToken, Device, HttpTransport, enrol_hub, exchange};
use lawang_store::{Identity, Photo, Store};
use lawang_sync::{DeviceKey, Report};
use lawang_tests::{
    prelist::{self, VILLAGE},
    processes::*,
    world::{form, scope},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    process::Output,
    sync::{Mutex, PoisonError, atomic::Ordering},
    thread,
    time::Duration,
};

const PLACE: &str = "s3://lawang/pringsewu";

/// `lawang` with the store's variables.
fn lawang_in(store: &Bucket, args: &[&str]) -> Output {
    let variables = store.variables();
    command()
        .envs(variables)
        .args(args)
        .output()
        .expect("the program")
}

fn admin(store: &Bucket, place: &[&str], args: &[&str]) -> Value {
    let all = [&["admin"], args, place, &["--json"]].concat();
    let output = lawang_in(store, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{all:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A device of the village, made by hand so that photos of any size can be laid on it.
fn device(
    store: &Bucket,
    place: &[&str],
    server: &str,
    dir: &Path,
    seed: u8,
) -> (Device, Identity) {
    let made = admin(
        store,
        place,
        &[
            "enrol",
            "--name",
            "Siti",
            "--role",
            "enumerator",
            "--villages",
            VILLAGE,
        ],
    );
    let system = lawang_ipc::system();
    let signing_seed = [seed; 32];
    let public = DeviceKey::from_seed(&signing_seed).public();
    let code = made["code"].as_str().expect("a code");
    let enrolled = enrol_hub(server, code, &public, system.now_ms(), None).expect("enrolled");
    let identity = Identity {
        database_key: signing_seed,
        signing_seed,
        device: enrolled.device,
        server: enrolled.server,
        server_key: enrolled.server_key,
        address: server.to_owned(),
        person: "Siti".into(),
        role: "enumerator".into(),
    };
    let mut on_disk = Store::open(dir, &signing_seed, "tests")
        .expect("a store")
        .store;
    on_disk
        .transact(|tx| Store::set_scope(tx, &[scope(VILLAGE)]))
        .expect("a scope");
    let mut device = Device::new(on_disk, identity.clone(), form(), system).expect("a device");
    device.keep_built_in().expect("forms");
    (device, identity)
}

fn sync(device: Device, identity: &Identity, address: &str) -> (Result<Report, String>, Device) {
    let identity = Identity {
        address: address.to_owned(),
        ..identity.clone()
    };
    let mut link = HttpTransport::new(&identity, None, None, lawang_ipc::system()).expect("a link");
    let device = Mutex::new(device);
    let done = exchange(&device, &mut link, &CancelToken::default(), |_, _| ());
    let device = device.into_inner().unwrap_or_else(PoisonError::into_inner);
    (done.map_err(|error| error.code.to_owned()), device)
}

/// Bytes that begin like a JPEG; nothing of them can be compressed.
fn photo(number: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    let mut block: [u8; 32] = Sha256::digest([number]).into();
    while bytes.len() < len {
        bytes.extend(block);
        block = Sha256::digest(block).into();
    }
    bytes.truncate(len);
    bytes
}

/// Lays a photo of the first household on the device.
fn take(device: Device, dir: &Path, identity: &Identity, number: u8, len: usize) -> Device {
    let household = device.all_households().expect("households")[0];
    drop(device);
    let body = photo(number, len);
    let photo = Photo {
        hash: Sha256::digest(&body).into(),
        household,
        mime: "image/jpeg".into(),
        len: body.len() as u64,
    };
    let opened = Store::open(dir, &identity.database_key, "tests");
    let mut store = opened.expect("a store").store;
    store.add_photo(&photo, &body).expect("laid there");
    Device::new(store, identity.clone(), form(), lawang_ipc::system()).expect("a device")
}

#[test]
fn photos_reach_one_bucket_through_two_processes_over_a_line_that_is_cut_and_a_killed_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, url) = (Bucket::start(), fresh_database());
    let place = ["--database-url", url.as_str()];
    let list = dir.path().join("prelist.csv");
    std::fs::write(&list, prelist::small(VILLAGE, 5)).expect("written");
    admin(&store, &place, &["import-prelist", text(&list)]);
    // Each process has a folder of its own: nothing of an attachment may need it.
    let folders = ["one", "two"].map(|name| dir.path().join(name));
    let more = ["--database-url", &url, "--attachments", PLACE];
    let start = |folder: &Path, listen: &str| {
        ServerProcess::start_in(folder, listen, &more, &store.variables())
    };
    let one = start(&folders[0], "127.0.0.1:0");
    let mut two = start(&folders[1], "127.0.0.1:0");
    let tablet = dir.path().join("tablet");
    let (device, identity) = device(&store, &place, &one.url, &tablet, 1);
    let (first, mut device) = sync(device, &identity, &one.url);
    assert!(first.expect("the first exchange").agreed);
    for number in 0..3 {
        device = take(device, &tablet, &identity, number, 60_000);
    }
    let (address, cuts) = cutting_proxy(vec![one.address(), two.address()], 9_000);
    let second = two.address();
    let began = store.requests();
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            // In the middle of a photo: the other process is killed, and comes back.
            for _ in 0..6_000 {
                if store.requests() > began + 40 {
                    break;
                }
                thread::sleep(Duration::from_millis(5));
            }
            two.kill();
            two = start(&folders[1], &second);
        });
        let (mut done, mut device) = sync(device, &identity, &address);
        for _ in 0..5 {
            if done.is_err() {
                (done, device) = sync(device, &identity, &address);
            }
        }
        done.expect("the exchange")
    });
    assert!(report.agreed && report.refused == 0, "{report:?}");
    assert!(cuts.load(Ordering::Relaxed) > 10, "hardly anything was cut");
    let found = admin(&store, &place, &["attachments", "--verify"]);
    assert_eq!(found["place"], PLACE);
    assert_eq!(
        (found["whole"].as_u64(), found["bytes"].as_u64()),
        (Some(3), Some(180_000))
    );
    assert_eq!(
        (found["unfinished"].as_u64(), found["unknown"].as_u64()),
        (Some(0), Some(0))
    );
    for folder in &folders {
        assert!(!folder.join("photos").exists(), "nothing lies on a disk");
    }
    let objects = store.objects();
    let holds = |bytes: &[u8]| {
        objects
            .iter()
            .any(|(_, o)| o.windows(32).any(|w| w == bytes))
    };
    assert!(!holds(&photo(0, 60_000)[1000..1032]), "they are sealed");
    // Erased on request, they are gone from the bucket.
    let list = admin(&store, &place, &["households"]);
    let all = list.as_array().expect("a list");
    for household in all {
        let id = household["household"].as_str().expect("an id");
        admin(
            &store,
            &place,
            &["erase", "--household", id, "--reason", "request 1"],
        );
    }
    let left: Vec<String> = store.objects().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["pringsewu/lawang.json"]);
}

#[test]
fn attachments_move_beside_a_running_server_which_is_started_again_and_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Bucket::start();
    let data = dir.path().join("server");
    let place = ["--data", text(&data)];
    let list = dir.path().join("prelist.csv");
    std::fs::write(&list, prelist::small(VILLAGE, 3)).expect("written");
    admin(&store, &place, &["import-prelist", text(&list)]);
    let server = ServerProcess::start(&data, "127.0.0.1:0");
    let tablet = dir.path().join("tablet");
    let (device, identity) = device(&store, &place, &server.url, &tablet, 1);
    let (_, device) = sync(device, &identity, &server.url);
    let device = take(device, &tablet, &identity, 1, 5_000);
    let (report, device) = sync(device, &identity, &server.url);
    assert_eq!(report.expect("an exchange").progress.photos_sent, 1);
    let moved = admin(
        &store,
        &place,
        &["move-attachments", "--to", PLACE, "--remove"],
    );
    assert_eq!(
        (moved["proved"].as_u64(), moved["deleted"].as_u64()),
        (Some(1), Some(1))
    );
    // The process that runs since before takes no photo, and says so in a way that the device comes again.
    let device = take(device, &tablet, &identity, 2, 5_000);
    let (report, device) = sync(device, &identity, &server.url);
    assert_eq!(report.expect_err("not taken"), "attachments_unavailable");
    let address = server.address();
    drop(server);
    // The place stands in the database: without the option, and only with the keys, it goes on.
    let server = ServerProcess::start_in(&data, &address, &[], &store.variables());
    let (report, _device) = sync(device, &identity, &server.url);
    assert_eq!(report.expect("an exchange").progress.photos_sent, 1);
    let found = admin(&store, &place, &["attachments", "--verify"]);
    assert_eq!(found["whole"].as_u64(), Some(2));
    // A restored backup goes into a bucket of its own.
    let backup = dir.path().join("backup.lawang");
    admin(&store, &place, &["backup", text(&backup)]);
    let (key, to) = (data.join("server.key"), dir.path().join("restored"));
    let restored = [
        "admin",
        "restore",
        text(&backup),
        "--to",
        text(&to),
        "--key-file",
        text(&key),
        "--attachments",
        "s3://lawang/drill",
        "--json",
    ];
    let output = lawang_in(&store, &restored);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found = admin(&store, &["--data", text(&to)], &["attachments", "--verify"]);
    assert_eq!(
        (found["place"].as_str(), found["whole"].as_u64()),
        (Some("s3://lawang/drill"), Some(2))
    );
}

#[test]
fn a_bucket_that_cannot_be_used_is_said_at_the_start_in_words_and_no_key_is_ever_printed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Bucket::start();
    let start = |attachments: &str, change: (&str, &str), more: &[&str]| {
        let data = dir.path().join("server");
        let output = command()
            .envs(store.variables())
            .env(change.0, change.1)
            .env("LAWANG_LOG", "trace")
            .args(["serve", "--data", text(&data), "--attachments", attachments])
            .args(more)
            .output()
            .expect("the program");
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty(), "it never said that it is ready");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        for secret in [SECRET, "another-secret"] {
            assert!(!said.contains(secret), "{said}");
        }
        let last = said
            .lines()
            .skip_while(|line| !line.starts_with("lawang: "));
        let last = last.collect::<Vec<_>>().join("\n");
        assert!(!last.contains(KEY), "{last}");
        last
    };
    let nothing = ("LAWANG_KEY_STORE", "off");
    let said = start("s3://nobody/a", nothing, &[]);
    assert!(
        said.contains("(no_such_bucket)") && said.contains(store.endpoint()),
        "{said}"
    );
    let said = start(PLACE, ("AWS_SECRET_ACCESS_KEY", "another-secret"), &[]);
    assert!(
        said.contains("(attachments_denied)") && said.contains("AWS_SECRET_ACCESS_KEY"),
        "{said}"
    );
    let said = start(PLACE, ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), &[]);
    assert!(
        said.contains("(attachments_unavailable)") && said.contains("http://127.0.0.1:1"),
        "{said}"
    );
    assert!(said.contains("AWS_ENDPOINT_URL"), "{said}");
    let said = start("https://s3.example.go.id/a", nothing, &[]);
    assert!(
        said.contains("(bad_attachments)") && said.contains("s3://BUCKET/PREFIX"),
        "{said}"
    );
    let said = start(PLACE, nothing, &["--role", "hub"]);
    assert!(said.contains("(not_for_hubs)"), "{said}");
}
