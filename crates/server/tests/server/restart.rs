use crate::common::*;
use lawang_server::{Options, Server};
use lawang_sync::Verdict;
use std::{fs, thread};

fn open(dir: &std::path::Path) -> Result<Server, &'static str> {
    Server::open(dir, &Options::default()).map_err(|e| e.code())
}

#[test]
fn everything_that_was_acknowledged_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = open(dir.path()).unwrap();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let change = tablet.edit(&server, home("R1"), "rt", "009");
    let (id, key) = (server.id(), server.public_key());
    drop(server);
    let server = open(dir.path()).unwrap();
    assert_eq!((server.id(), server.public_key()), (id, key));
    assert_eq!(
        server.household(home("R1")).unwrap().unwrap().answer("rt"),
        "009"
    );
    assert_eq!(
        tablet.push(&server, &[(home("R1"), &change)]).unwrap(),
        [Verdict::Accepted(1)]
    );
    assert_eq!(tablet.rows(&server, HERE).unwrap().len(), 2);
}

#[test]
fn the_files_hold_no_name_and_no_nik_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let server = open(dir.path()).unwrap();
    village(&server);
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            for secret in ["1809015708909001", "Siti Aminah"] {
                let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
                assert!(!found, "{} holds {secret}", path.display());
            }
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir.path().join("server.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_missing_or_a_wrong_key_is_said_and_nothing_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("server.key");
    drop(open(dir.path()).unwrap());
    let right = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    assert_eq!(open(dir.path()).err(), Some("missing_server_key"));
    assert!(!key.exists());
    fs::write(&key, [1; 32]).unwrap();
    assert_eq!(open(dir.path()).err(), Some("wrong_server_key"));
    fs::write(&key, [1; 5]).unwrap();
    assert_eq!(open(dir.path()).err(), Some("wrong_server_key"));
    fs::write(&key, right).unwrap();
    open(dir.path()).unwrap();
}

#[test]
fn the_office_imports_and_enrols_on_the_same_folder_while_devices_sync() {
    let dir = tempfile::tempdir().unwrap();
    let server = open(dir.path()).unwrap();
    village(&server);
    let tablets: Vec<_> = (1..4).map(|n| Tablet::enrol(&server, n, &[HERE])).collect();
    let office = open(dir.path()).unwrap();
    thread::scope(|scope| {
        for tablet in &tablets {
            let server = &server;
            scope.spawn(move || {
                let mut record = tablet.record(server, home("R1"));
                for n in 0..20 {
                    let change = tablet.write(&mut record, &[put("rt", &format!("{n}"))]);
                    let verdicts = tablet.push(server, &[(home("R1"), &change)]).unwrap();
                    assert!(matches!(verdicts[..], [Verdict::Accepted(_)]));
                    tablet.pull(server, 0, u32::MAX);
                }
            });
        }
        scope.spawn(|| {
            for n in 0..10 {
                let (r, p) = (format!("N{n}"), format!("PN{n}"));
                import(&office, &prelist(&[(&r, HERE, &p, &[("name", "Baru")])]));
                Tablet::enrol(&office, 100 + n, &[HERE]);
            }
        });
    });
    let reader = Tablet::enrol(&office, 200, &[HERE]);
    let (reply, body) = reader.pull(&server, 0, u32::MAX);
    assert_eq!(
        (body.entries.len(), reply.next),
        (60, 60),
        "no number was given twice or left out"
    );
    assert_eq!(reader.rows(&server, HERE).unwrap().len(), 12);
}
