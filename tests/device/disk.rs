//! The disk: encryption, damage, no room, old versions.

use lawang_app::Device;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_records::Row;
use lawang_store::{Identity, LogState, NewRow, Store, StoreError};
use lawang_tests::{
    prelist::VILLAGE,
    world::{FakeEnvironment, form, scope},
};
use std::{fs, path::Path};
use uuid::Uuid;

const KEY: [u8; 32] = [7; 32];
const HOUSEHOLD: HouseholdId = HouseholdId(Uuid::from_u128(42));

fn identity() -> Identity {
    Identity {
        database_key: KEY,
        signing_seed: [1; 32],
        device: Uuid::from_u128(1),
        server: Uuid::from_u128(2),
        server_key: [0; 32],
        address: "http://127.0.0.1:9".into(),
        person: "Enumerator".into(),
        role: "enumerator".into(),
    }
}

fn open(dir: &Path) -> (Device, Option<std::path::PathBuf>, u32) {
    let opened = Store::open(dir, &KEY, "20261121").expect("opens");
    let device =
        Device::new(opened.store, identity(), form(), FakeEnvironment::new(3)).expect("a device");
    (device, opened.moved_aside, opened.salvaged)
}

fn filled(dir: &Path) -> Device {
    let mut opened = Store::open(dir, &KEY, "x").expect("opens").store;
    let mut row = Row::empty(HOUSEHOLD, VILLAGE);
    row.answers
        .insert("address".into(), "Dusun Rahasia RT 003".into());
    opened
        .transact(|tx| {
            Store::set_scope(tx, &[scope(VILLAGE)])?;
            Store::add_row(
                tx,
                &NewRow {
                    household: HOUSEHOLD,
                    village: VILLAGE.into(),
                    body: row.to_bytes(),
                    state: LogState::Sent,
                },
            )
        })
        .expect("a row");
    drop(opened);
    let (mut device, _, _) = open(dir);
    device.rebuild(|_, _| ()).expect("cards");
    device
}

fn give(device: &mut Device, value: &str) {
    device
        .give(
            HOUSEHOLD,
            None,
            &[(FieldPath::household("address"), value.into())],
        )
        .expect("saved");
}

#[test]
fn nothing_typed_can_be_read_in_the_files_without_the_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut device = filled(dir.path());
    give(&mut device, "Gang Melati Putih 17");
    drop(device);
    for entry in fs::read_dir(dir.path()).expect("files").flatten() {
        let bytes = fs::read(entry.path()).expect("read");
        for word in [&b"Melati"[..], b"Rahasia", b"SQLite format"] {
            assert!(
                !bytes.windows(word.len()).any(|w| w == word),
                "{:?} shows text",
                entry.file_name()
            );
        }
    }
    assert!(matches!(
        Store::open(dir.path(), &[8; 32], "y").map(|o| o.moved_aside.is_some()),
        Ok(true)
    ));
}

#[test]
fn a_damaged_database_is_moved_aside_and_what_was_not_sent_is_saved_from_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut device = filled(dir.path());
    give(&mut device, "Dusun Baru");
    drop(device);
    let path = dir.path().join("lawang.db");
    let mut bytes = fs::read(&path).expect("read");
    let end = bytes.len();
    // The last pages: search index and the like. The log in front stays readable.
    for byte in &mut bytes[end - 3 * 4096..] {
        *byte ^= 0xa5;
    }
    fs::write(&path, &bytes).expect("damaged");
    let (device, aside, _) = open(dir.path());
    let aside = aside.expect("moved aside");
    assert!(aside.exists(), "a damaged file is kept");
    assert_eq!(fs::read(&aside).expect("kept").len(), bytes.len());
    drop(device);
    assert!(open(dir.path()).1.is_none(), "the new one is sound");
}

#[test]
fn random_bytes_in_place_of_the_database_are_moved_aside_too() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("lawang.db"), vec![0x5a; 64 * 1024]).expect("written");
    let (device, aside, salvaged) = open(dir.path());
    assert!(aside.is_some_and(|p| p.exists()));
    assert_eq!(salvaged, 0);
    assert_eq!(device.all_households().expect("list").len(), 0);
}

#[test]
fn a_full_disk_is_refused_in_words_and_nothing_is_half_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut device = filled(dir.path());
    give(&mut device, "Dusun Lama");
    let pages: i64 = device
        .store()
        .raw()
        .query_row("PRAGMA page_count", [], |r| r.get(0))
        .expect("count");
    device.store().limit_pages(pages).expect("limited");
    let mut refusal = None;
    for n in 0..200 {
        let value = format!("{n} {}", "panjang ".repeat(400));
        if let Err(error) =
            device.give(HOUSEHOLD, None, &[(FieldPath::household("address"), value)])
        {
            refusal = Some(error);
            break;
        }
    }
    let refusal = refusal.expect("the disk was full");
    assert_eq!(refusal.code, "disk_full");
    let (message, hint) = refusal.words("id");
    assert!(message.contains("penuh") && !hint.is_empty());
    device.store().limit_pages(1_000_000).expect("room again");
    let kept = device
        .state(HOUSEHOLD)
        .expect("state")
        .answer("address")
        .to_owned();
    give(&mut device, "Dusun Sesudah");
    drop(device);
    let (device, aside, _) = open(dir.path());
    assert!(aside.is_none() && !kept.is_empty());
    assert_eq!(
        device.state(HOUSEHOLD).expect("state").answer("address"),
        "Dusun Sesudah"
    );
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(filled(dir.path()));
    let conn = rusqlite::Connection::open(dir.path().join("lawang.db")).expect("open");
    conn.pragma_update(None, "key", format!("x'{}'", hex::encode(KEY)))
        .expect("key");
    conn.pragma_update(None, "user_version", 99)
        .expect("version");
    drop(conn);
    assert!(matches!(
        Store::open(dir.path(), &KEY, "z").map(|_| ()),
        Err(StoreError::TooNew(99))
    ));
}
