//! A kill between any two writes of an erasure or a restore: what is on the disk then is opened again, and the command
//! given again.

use crate::{EraseTarget, Options, Server, backup, common::*, moment::at_every_moment};
use lawang_domain::{FieldPath, InstanceId};
use lawang_records::Write;
use lawang_sync::{PhotoOffer, PhotoPart, Request};
use sha2::{Digest, Sha256};
use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

const SECRET: &str = "JALAN RAHASIA";
const PICTURE: &[u8] = b"\xff\xd8\xffa face";

/// Copies of a folder as it was at moments, by their names.
type Seen = Rc<RefCell<Vec<(&'static str, PathBuf)>>>;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs `work` and gives the folder as it was at every moment on the way.
fn watched<T>(place: &Path, kept: &Path, work: impl FnOnce() -> T) -> (T, Seen) {
    let seen = Seen::default();
    let (place, kept, into) = (place.to_owned(), kept.to_owned(), seen.clone());
    let done = at_every_moment(
        move |name| {
            let number = into.borrow().len();
            let folder = kept.join(number.to_string());
            copy(&place, &folder);
            into.borrow_mut().push((name, folder));
        },
        work,
    );
    (done, seen)
}

fn put_back(snapshot: &Path, place: &Path) {
    fs::remove_dir_all(place).unwrap();
    copy(snapshot, place);
}

/// Everything in the tables of a server's database, decrypted.
fn tables(dir: &Path) -> Vec<u8> {
    let key = hex::encode(fs::read(dir.join("server.key")).unwrap());
    let connection = rusqlite::Connection::open(dir.join("server.db")).unwrap();
    connection
        .pragma_update(None, "key", format!("x'{key}'"))
        .unwrap();
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = Vec::new();
    for name in names {
        let mut select = connection
            .prepare(&format!("SELECT * FROM {name}"))
            .unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                use rusqlite::types::ValueRef::{Blob, Text};
                if let Text(bytes) | Blob(bytes) = row.get_ref(column).unwrap() {
                    all.extend_from_slice(bytes);
                    all.push(0);
                }
            }
        }
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|w| w == text)
}

/// What a server's folder still holds of what is to be erased.
fn left_in(dir: &Path) -> (bool, bool) {
    let photo = files(&dir.join("photos"))
        .iter()
        .any(|path| holds(&fs::read(path).unwrap(), PICTURE));
    (holds(&tables(dir), SECRET.as_bytes()), photo)
}

fn left_in_backup(file: &Path, key: &Path) -> (bool, bool) {
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("opened");
    backup::restore(file, &to, key, true, NOW).unwrap();
    left_in(&to)
}

fn named(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn open(dir: &Path) -> Server {
    let server = Server::open(dir, &Options::default()).unwrap();
    // As every start does.
    server.chain_all(NOW).unwrap();
    server
}

/// A register with something secret about P2 of R1, a photo of R1, and a backup of both.
fn register(dir: &Path, file: &Path) -> Server {
    let server = open(dir);
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let path = FieldPath::of("members", InstanceId::from_person("P2"), "birth_place");
    let secret = Write::Put(path, SECRET.to_owned());
    let change = tablet.write(&mut tablet.record(&server, home("R1")), &[secret]);
    tablet.push(&server, &[(home("R1"), &change)]).unwrap();
    let hash: [u8; 32] = Sha256::digest(PICTURE).into();
    let offer = PhotoOffer {
        hash: hash.into(),
        len: PICTURE.len() as u64,
        household: (*home("R1").as_bytes()).into(),
    };
    tablet.ask(&server, Request::PhotoOffer(offer)).unwrap();
    let part = PhotoPart {
        hash: hash.into(),
        offset: 0,
        bytes: PICTURE.to_vec().into(),
    };
    tablet.ask(&server, Request::PhotoPart(part)).unwrap();
    server.backup(file, NOW).unwrap();
    server
}

/// `every`: how many moments to go on each time.
fn a_kill_anywhere(target: EraseTarget, every: usize) {
    let kept = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("place");
    fs::create_dir(&place).unwrap();
    let (dir, file) = (place.join("server"), place.join("backup.lawang"));
    let server = register(&dir, &file);
    let key = kept.path().join("safe.key");
    fs::copy(dir.join("server.key"), &key).unwrap();
    assert_eq!(left_in(&dir), (true, true), "the test must see it");
    assert_eq!(left_in_backup(&file, &key), (true, true));
    let (report, seen) = watched(&place, kept.path(), || {
        server.erase(target, "request 17", "tests", NOW)
    });
    assert_eq!(report.unwrap().photos, 1);
    drop(server);
    let seen = seen.take();
    let names: Vec<&str> = seen.iter().map(|(name, _)| *name).collect();
    for needed in ["a photo's file", "scrubbed", "a part", "the old key"] {
        assert!(names.contains(&needed), "{needed}: {names:?}");
    }
    for (number, (name, snapshot)) in seen.iter().enumerate().step_by(every) {
        let at = format!("{number}: {name}");
        put_back(snapshot, &place);
        let server = open(&dir);
        server.verify_log().unwrap().unwrap();
        let before = server.erasures().unwrap().len();
        assert_eq!(
            left_in(&dir).0,
            before == 0,
            "{at}: the old state or the new"
        );
        let report = server.erase(target, "request 17", "tests", NOW + 1);
        let report = report.unwrap_or_else(|e| panic!("{at}: {e}"));
        assert_eq!(report.backups_left, Vec::<String>::new(), "{at}");
        server.verify_log().unwrap().unwrap();
        assert_eq!(server.erasures().unwrap().len(), 1, "{at}: once");
        drop(server);
        assert_eq!(left_in(&dir), (false, false), "{at}: the server");
        assert_eq!(
            left_in_backup(&file, &key),
            (false, false),
            "{at}: the backup"
        );
        assert_eq!(named(&place), ["backup.lawang", "server"], "{at}");
    }
}

#[test]
fn a_kill_at_any_moment_of_erasing_a_person_leaves_the_old_or_the_new_and_again_completes_it() {
    a_kill_anywhere(EraseTarget::Person(InstanceId::from_person("P2")), 1);
}

#[test]
fn a_kill_at_any_moment_of_erasing_a_household_leaves_the_old_or_the_new_and_again_completes_it() {
    a_kill_anywhere(EraseTarget::Record(home("R1")), 4);
}

#[test]
fn what_a_killed_backup_left_behind_is_gone_after_the_next_erasure() {
    let kept = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("place");
    fs::create_dir(&place).unwrap();
    let (dir, file) = (place.join("server"), place.join("backup.lawang"));
    let server = register(&dir, &file);
    let second = place.join("second.lawang");
    let (report, seen) = watched(&place, kept.path(), || server.backup(&second, NOW));
    report.unwrap();
    drop(server);
    for (name, snapshot) in seen.take() {
        put_back(&snapshot, &place);
        let server = open(&dir);
        let whole = second.exists();
        let report = server
            .erase(EraseTarget::Record(home("R1")), "request", "tests", NOW)
            .unwrap();
        let files = if whole { 2 } else { 1 };
        assert_eq!(report.backups.len(), files, "{name}");
        let left = named(&place);
        assert_eq!(left.len(), files + 1, "{name}: {left:?}");
        drop(server);
    }
}

#[test]
fn a_kill_at_any_moment_of_a_restore_leaves_nothing_or_all_and_again_completes_it() {
    let kept = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    let source = root.path().join("source");
    let file = root.path().join("backup.lawang");
    drop(register(&source, &file));
    let key = source.join("server.key");
    for empty_folder in [false, true] {
        let place = root.path().join("place");
        fs::create_dir_all(&place).unwrap();
        let to = place.join("new");
        if empty_folder {
            fs::create_dir(&to).unwrap();
        }
        let folder = kept.path().join(empty_folder.to_string());
        let (report, seen) = watched(&place, &folder, || {
            backup::restore(&file, &to, &key, true, NOW)
        });
        report.unwrap();
        let seen = seen.take();
        assert!(seen.len() >= 5, "{}", seen.len());
        for (number, (name, snapshot)) in seen.iter().enumerate() {
            let at = format!("{number}: {name}");
            put_back(snapshot, &place);
            let there = fs::read_dir(&to).is_ok_and(|mut e| e.next().is_some());
            let again = backup::restore(&file, &to, &key, true, NOW + 1);
            if there {
                // It was done; a second one would overwrite what devices may have sent meanwhile.
                assert_eq!(again.unwrap_err().code(), "target_not_empty", "{at}");
            } else {
                again.unwrap_or_else(|e| panic!("{at}: {e}"));
            }
            let server = open(&to);
            server.verify_log().unwrap().unwrap();
            assert_eq!(server.row(home("R1")).unwrap().unwrap().village, HERE);
            drop(server);
            assert_eq!(left_in(&to), (true, true), "{at}");
            assert_eq!(named(&place), ["new"], "{at}");
        }
        fs::remove_dir_all(&place).unwrap();
    }
}
