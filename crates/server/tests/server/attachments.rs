//! A district whose attachments are in a bucket of an S3-compatible store.

use crate::{
    bucket::{Bucket, Mood, SECRET},
    common::*,
    photos::{at, hash, jpeg, offer, part},
};
use lawang_server::{EraseTarget, Options, Server, backup};
use lawang_sync::Request;
use std::{thread, time::Duration};
use tempfile::TempDir;

const POSTGRESQL: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"server_postgres");
/// Longer than the server leaves a store alone that failed.
const PAUSE: Duration = Duration::from_millis(2100);

/// A district, as its processes are started: a folder or a database, and what the store's variables say.
struct Office {
    dir: TempDir,
    database: Option<String>,
    store: Bucket,
}

impl Office {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            database: POSTGRESQL.then(crate::cluster::fresh_database),
            store: Bucket::start(),
        }
    }

    fn try_start(&self, said: Option<&str>) -> lawang_server::Result<Server> {
        let options = Options {
            attachments: said.map(|url| url.parse().unwrap()),
            aws: self.store.settings(),
            ..Options::default()
        };
        let server = match &self.database {
            Some(url) => Server::open_database(url, Some(self.dir.path()), &options)?,
            None => Server::open(self.dir.path(), &options)?,
        };
        server.settle_attachments()?;
        Ok(server)
    }

    /// One more process.
    fn start(&self, said: Option<&str>) -> Server {
        self.try_start(said).unwrap()
    }

    fn refusal(&self, said: Option<&str>) -> &'static str {
        match self.try_start(said) {
            Ok(_) => "none",
            Err(error) => error.code(),
        }
    }

    /// Objects below a prefix, without the mark of the owner.
    fn objects(&self, prefix: &str) -> Vec<String> {
        let all = self.store.objects().into_iter();
        let mine = all.filter(|(name, _)| name.starts_with(prefix));
        let names = mine.map(|(name, _)| name);
        names
            .filter(|name| !name.ends_with("lawang.json"))
            .collect()
    }

    /// Files on the disk.
    fn files(&self) -> usize {
        let mut open = vec![self.dir.path().join("photos")];
        let mut found = 0;
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found += 1;
                }
            }
        }
        found
    }
}

const PLACE: &str = "s3://lawang/pringsewu";

/// Sends a whole photo of a household.
fn send(tablet: &Tablet, server: &Server, photo: &[u8], household: &str) {
    offer(tablet, server, photo, home(household)).unwrap();
    let sent = part(tablet, server, hash(photo), 0, photo);
    assert_eq!(sent, at(photo.len() as u64, true));
}

#[test]
fn a_photo_goes_into_the_bucket_in_pieces_that_any_process_takes_and_nothing_of_it_is_on_the_disk()
{
    let office = Office::new();
    let (one, two) = (office.start(Some(PLACE)), office.start(Some(PLACE)));
    village(&one);
    let tablet = Tablet::enrol(&one, 1, &[HERE]);
    let photo = jpeg(5000);
    let id = hash(&photo);
    assert_eq!(offer(&tablet, &one, &photo, home("R1")), at(0, false));
    assert_eq!(part(&tablet, &one, id, 0, &photo[..700]), at(700, false));
    // The link is cut, and the next request comes to the other process.
    assert_eq!(offer(&tablet, &two, &photo, home("R1")), at(700, false));
    assert_eq!(
        part(&tablet, &two, id, 700, &photo[700..900]),
        at(900, false)
    );
    // What comes twice, or early, changes nothing.
    assert_eq!(part(&tablet, &one, id, 0, &photo[..700]), at(900, false));
    assert_eq!(
        part(&tablet, &one, id, 4000, &photo[4000..]),
        at(900, false)
    );
    assert_eq!(one.photo(&id).unwrap(), None);
    assert_eq!(part(&tablet, &one, id, 900, &photo[900..]), at(5000, true));
    assert_eq!(two.photo(&id).unwrap().as_ref(), Some(&photo));
    assert_eq!(offer(&tablet, &two, &photo, home("R1")), at(5000, true));
    assert_eq!(office.objects("pringsewu/").len(), 1, "the pieces are gone");
    assert_eq!(office.files(), 0);
}

#[test]
fn bytes_that_are_not_the_photo_are_thrown_away_in_a_bucket_too() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(300);
    let mut wrong = photo.clone();
    wrong[200] ^= 1;
    offer(&tablet, &server, &photo, home("R1")).unwrap();
    let id = hash(&photo);
    assert_eq!(part(&tablet, &server, id, 0, &wrong[..250]), at(250, false));
    assert_eq!(part(&tablet, &server, id, 250, &wrong[250..]), at(0, false));
    assert!(office.objects("pringsewu/").is_empty());
    assert_eq!(part(&tablet, &server, id, 0, &photo), at(300, true));
}

#[test]
fn the_place_is_said_once_and_another_one_is_refused() {
    let office = Office::new();
    assert_eq!(office.start(None).attachments_place(), None);
    assert_eq!(office.start(Some(PLACE)).attachments_place(), Some(PLACE));
    assert_eq!(office.start(None).attachments_place(), Some(PLACE));
    assert_eq!(
        office.refusal(Some("s3://lawang/other")),
        "attachments_elsewhere"
    );
    let other = Office::new();
    let options = Options {
        attachments: Some(PLACE.parse().unwrap()),
        aws: office.store.settings(),
        ..Options::default()
    };
    let server = Server::open(other.dir.path(), &options).unwrap();
    let refused = server.settle_attachments().unwrap_err();
    assert_eq!(refused.code(), "attachments_of_another");
}

#[test]
fn while_the_store_is_away_nothing_is_acknowledged_answers_go_on_and_afterwards_all_is_there() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(3000);
    let id = hash(&photo);
    offer(&tablet, &server, &photo, home("R1")).unwrap();
    assert_eq!(
        part(&tablet, &server, id, 0, &photo[..1000]),
        at(1000, false)
    );
    let away = Err("attachments_unavailable".to_owned());
    for mood in [Mood::Away, Mood::ReadOnly] {
        office.store.set(mood);
        thread::sleep(PAUSE);
        assert_eq!(part(&tablet, &server, id, 1000, &photo[1000..]), away);
        // Everything else goes on.
        tablet.edit(&server, home("R1"), "rt", "007");
    }
    office.store.set(Mood::Away);
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), away);
    office.store.set(Mood::Well);
    thread::sleep(PAUSE);
    assert_eq!(server.photo(&id).unwrap(), None);
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), at(1000, false));
    assert_eq!(
        part(&tablet, &server, id, 1000, &photo[1000..]),
        at(3000, true)
    );
    assert_eq!(server.photo(&id).unwrap(), Some(photo));
}

#[test]
fn a_photo_whose_writing_the_store_never_confirmed_is_not_acknowledged() {
    let mut office = Office::new();
    let mut variables = office.store.variables();
    variables.push(("AWS_TIMEOUT".into(), "1s".into()));
    let options = Options {
        attachments: Some(PLACE.parse().unwrap()),
        aws: lawang_server::AwsSettings::from_variables(variables),
        ..Options::default()
    };
    office.database = None;
    let server = Server::open(office.dir.path(), &options).unwrap();
    server.settle_attachments().unwrap();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(300);
    offer(&tablet, &server, &photo, home("R1")).unwrap();
    office.store.set(Mood::Mute);
    let sent = part(&tablet, &server, hash(&photo), 0, &photo);
    assert_eq!(sent, Err("attachments_unavailable".into()));
    let report = || server.attachments(false, false).unwrap();
    office.store.set(Mood::Well);
    thread::sleep(PAUSE);
    assert_eq!((report().whole, report().unfinished), (0, 0));
    // The bytes had arrived all the same: the next offer finds them.
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), at(300, true));
    assert_eq!(report().whole, 1);
}

#[test]
fn an_erasure_takes_objects_and_pieces_away_and_is_carried_on_after_the_store_was_away() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let (whole, begun, other) = (jpeg(900), jpeg(800), jpeg(700));
    send(&tablet, &server, &whole, "R1");
    send(&tablet, &server, &other, "R2");
    offer(&tablet, &server, &begun, home("R1")).unwrap();
    part(&tablet, &server, hash(&begun), 0, &begun[..500]).unwrap();
    part(&tablet, &server, hash(&begun), 500, &begun[500..600]).unwrap();
    assert_eq!(office.objects("pringsewu/").len(), 4);
    let erase = |server: &Server| {
        let target = EraseTarget::Record(home("R1"));
        server.erase(target, "request", "tests", NOW)
    };
    office.store.set(Mood::Away);
    let refused = erase(&server).unwrap_err();
    assert_eq!(refused.code(), "attachments_unavailable");
    office.store.set(Mood::Well);
    thread::sleep(PAUSE);
    erase(&server).unwrap();
    let left = office.objects("pringsewu/");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(server.photo(&hash(&other)).unwrap(), Some(other));
    // What a device still has of it is not taken any more.
    let late = part(&tablet, &server, hash(&begun), 0, &begun);
    assert_eq!(late, Err("unknown_photo".into()));
    assert_eq!(office.objects("pringsewu/"), left);
}

#[test]
fn attachments_move_to_a_bucket_while_another_process_serves_and_each_is_proved() {
    let office = Office::new();
    let old = office.start(None);
    village(&old);
    let tablet = Tablet::enrol(&old, 1, &[HERE]);
    let photos: Vec<Vec<u8>> = (0..5).map(|n| jpeg(400 + n)).collect();
    for photo in &photos {
        send(&tablet, &old, photo, "R1");
    }
    assert_eq!(office.refusal(Some(PLACE)), "attachments_on_disk");
    // One is damaged, one was lost, and one lies there already, damaged by a copy that broke off.
    let file = |photo: &[u8]| {
        let name = hex::encode(hash(photo));
        let (folder, rest) = name.split_at(2);
        office.dir.path().join("photos").join(folder).join(rest)
    };
    std::fs::write(file(&photos[0]), b"rot").unwrap();
    std::fs::remove_file(file(&photos[1])).unwrap();
    let to = PLACE.parse().unwrap();
    let admin = office.start(None);
    let mut heard = 0;
    let moved = admin
        .move_attachments(Some(&to), false, &mut |_, _| heard += 1)
        .unwrap();
    assert_eq!(
        (moved.copied, moved.proved, moved.deleted, heard),
        (3, 3, 0, 5)
    );
    assert_eq!(moved.missing, [hex::encode(hash(&photos[1]))]);
    assert_eq!(moved.damaged, [hex::encode(hash(&photos[0]))]);
    assert_eq!(moved.left, ["disk"]);
    assert_eq!(
        office.files(),
        4,
        "nothing is deleted that nobody asked for"
    );
    // The process that began before takes none any more, and does not say that it did.
    let late = jpeg(999);
    let sent = offer(&tablet, &old, &late, home("R1"))
        .and_then(|_| part(&tablet, &old, hash(&late), 0, &late));
    assert_eq!(sent, Err("attachments_unavailable".into()));
    tablet.edit(&old, home("R1"), "rt", "007");
    drop((old, admin));

    let server = office.start(None);
    assert_eq!(server.attachments_place(), Some(PLACE));
    assert_eq!(offer(&tablet, &server, &late, home("R1")), at(0, false));
    send(&tablet, &server, &late, "R1");
    assert_eq!(
        server.photo(&hash(&photos[2])).unwrap().as_ref(),
        Some(&photos[2])
    );
    let report = server.attachments(true, false).unwrap();
    assert_eq!(
        (report.whole, report.missing.len(), report.damaged.len()),
        (4, 2, 0)
    );
    // What is missing comes again from a device that has it.
    send(&tablet, &server, &photos[1], "R1");
    // Again proves all, and deletes what is proved, when asked.
    let again = server
        .move_attachments(Some(&to), true, &mut |_, _| {})
        .unwrap();
    assert_eq!((again.copied, again.proved), (0, 5));
    assert_eq!(again.left, ["disk"], "the damaged one stays");
    assert_eq!(office.files(), 1);
    send(&tablet, &server, &photos[0], "R1");
    let again = server
        .move_attachments(Some(&to), true, &mut |_, _| {})
        .unwrap();
    assert!(again.left.is_empty());
    assert_eq!(office.files(), 0);
}

#[test]
fn a_move_that_broke_off_goes_on_and_a_damaged_copy_is_made_again() {
    let office = Office::new();
    let server = office.start(None);
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photos: Vec<Vec<u8>> = (0..4).map(|n| jpeg(400 + n)).collect();
    for photo in &photos {
        send(&tablet, &server, photo, "R1");
    }
    let to = PLACE.parse().unwrap();
    let broken = server.move_attachments(Some(&to), true, &mut |done, _| {
        if done == 2 {
            office.store.set(Mood::Away);
        }
    });
    assert_eq!(broken.unwrap_err().code(), "attachments_unavailable");
    assert_eq!(office.files(), 4, "all is still where it was");
    send(&tablet, &server, &jpeg(999), "R1");
    office.store.set(Mood::Well);
    thread::sleep(PAUSE);
    let names = office.objects("pringsewu/");
    assert_eq!(names.len(), 2);
    office.store.overwrite(&names[0], b"half of it");
    let moved = server
        .move_attachments(Some(&to), true, &mut |_, _| {})
        .unwrap();
    assert_eq!((moved.proved, moved.copied, moved.deleted), (5, 4, 5));
    assert_eq!((office.objects("pringsewu/").len(), office.files()), (5, 0));
}

#[test]
fn attachments_move_to_another_bucket_and_back_to_the_disk() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(4000);
    send(&tablet, &server, &photo, "R1");
    let other = "s3://lawang/other".parse().unwrap();
    server
        .move_attachments(Some(&other), true, &mut |_, _| {})
        .unwrap();
    assert!(office.objects("pringsewu/").is_empty());
    assert_eq!(office.objects("other/").len(), 1);
    let server = office.start(None);
    assert_eq!(server.photo(&hash(&photo)).unwrap().as_ref(), Some(&photo));
    server.move_attachments(None, true, &mut |_, _| {}).unwrap();
    assert!(office.objects("other/").is_empty());
    let server = office.start(None);
    assert_eq!(server.attachments_place(), None);
    assert_eq!(server.photo(&hash(&photo)).unwrap(), Some(photo));
    assert_eq!(office.files(), 1);
}

#[test]
fn copies_that_a_move_left_behind_are_erased_too() {
    let office = Office::new();
    let server = office.start(None);
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let (photo, begun) = (jpeg(4000), jpeg(3000));
    send(&tablet, &server, &photo, "R1");
    offer(&tablet, &server, &begun, home("R1")).unwrap();
    part(&tablet, &server, hash(&begun), 0, &begun[..100]).unwrap();
    let to = PLACE.parse().unwrap();
    server
        .move_attachments(Some(&to), false, &mut |_, _| {})
        .unwrap();
    assert_eq!((office.files(), office.objects("pringsewu/").len()), (2, 1));
    let target = || EraseTarget::Record(home("R1"));
    // A process from before looks for files in the old place alone: it may not.
    let stale = server.erase(target(), "request", "tests", NOW);
    assert_eq!(stale.unwrap_err().code(), "attachments_moved");
    let server = office.start(None);
    let report = server.erase(target(), "request", "tests", NOW).unwrap();
    assert_eq!(report.photos, 2);
    assert_eq!((office.files(), office.objects("pringsewu/").len()), (0, 0));
}

#[test]
fn what_nobody_names_is_found_and_deleted_when_asked() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    send(&tablet, &server, &jpeg(400), "R1");
    let begun = jpeg(3000);
    offer(&tablet, &server, &begun, home("R1")).unwrap();
    part(&tablet, &server, hash(&begun), 0, &begun[..100]).unwrap();
    let mine = office.objects("pringsewu/");
    let stray = "0".repeat(62);
    std::fs::create_dir_all(office.store.folder().join("pringsewu/00")).unwrap();
    office
        .store
        .overwrite(&format!("pringsewu/00/{stray}"), b"stray");
    let report = server.attachments(false, false).unwrap();
    assert_eq!((report.whole, report.unfinished, report.unknown), (1, 1, 1));
    assert_eq!(report.deleted, 0);
    assert_eq!(server.attachments(false, true).unwrap().deleted, 1);
    assert_eq!(office.objects("pringsewu/"), mine);
    office.store.overwrite(&mine[0], b"rot");
    office.store.overwrite(&mine[1], b"rot");
    assert_eq!(server.attachments(true, false).unwrap().damaged.len(), 1);
}

#[test]
fn a_backup_holds_what_is_in_the_bucket_and_a_restored_district_never_touches_it() {
    if POSTGRESQL {
        return; // That engine has its own tools.
    }
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let (photo, other) = (jpeg(4000), jpeg(3000));
    send(&tablet, &server, &photo, "R1");
    send(&tablet, &server, &other, "R2");
    let aside = tempfile::tempdir().unwrap();
    let file = aside.path().join("a.lawang");
    assert_eq!(server.backup(&file, NOW).unwrap().photos, 2);
    let key = office.dir.path().join("server.key");
    let drill = aside.path().join("drill");
    backup::restore(&file, &drill, &key, true, NOW).unwrap();
    let options = || Options {
        aws: office.store.settings(),
        ..Options::default()
    };
    let restored = Server::open(&drill, &options()).unwrap();
    assert_eq!(restored.attachments_place(), None);
    assert_eq!(
        restored.photo(&hash(&photo)).unwrap().as_ref(),
        Some(&photo)
    );
    let erase = |server: &Server| {
        let target = EraseTarget::Record(home("R1"));
        server.erase(target, "request", "tests", NOW).unwrap()
    };
    assert_eq!(erase(&restored).photos, 1);
    assert_eq!(office.objects("pringsewu/").len(), 2);
    // An erasure of the real one reaches its bucket and its backup.
    let erased = erase(&server);
    assert_eq!((erased.photos, erased.backups.len()), (1, 1));
    assert_eq!(office.objects("pringsewu/").len(), 1);
    let again = aside.path().join("again");
    let report = backup::restore(&file, &again, &key, true, NOW).unwrap();
    assert_eq!(report.photos, 1);
    // After a disaster the restored one takes the bucket up again.
    let restored = Server::open(&again, &options()).unwrap();
    let to = PLACE.parse().unwrap();
    let moved = restored
        .move_attachments(Some(&to), true, &mut |_, _| {})
        .unwrap();
    assert_eq!((moved.proved, moved.copied), (1, 0), "it is there already");
    let restored = Server::open(&again, &options()).unwrap();
    assert_eq!(restored.photo(&hash(&other)).unwrap(), Some(other));
}

#[test]
fn a_district_that_moves_to_postgresql_keeps_its_bucket() {
    if POSTGRESQL {
        return;
    }
    let mut office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(4000);
    send(&tablet, &server, &photo, "R1");
    drop(server);
    let url = crate::cluster::fresh_database();
    let no_key = || unreachable!("the key is there");
    let store = lawang_server::Store::open(office.dir.path(), None, &no_key).unwrap();
    store.move_to(&url, &mut |_| {}).unwrap();
    office.database = Some(url);
    let server = office.start(None);
    assert_eq!(server.attachments_place(), Some(PLACE));
    assert_eq!(server.photo(&hash(&photo)).unwrap(), Some(photo));
    send(&tablet, &server, &jpeg(200), "R2");
    assert_eq!(office.objects("pringsewu/").len(), 2);
}

#[test]
fn no_answer_to_a_device_names_the_bucket_or_its_keys() {
    let office = Office::new();
    let server = office.start(Some(PLACE));
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    office.store.set(Mood::Away);
    let photo = jpeg(300);
    let request = lawang_sync::PhotoOffer {
        hash: hash(&photo).into(),
        len: 300,
        household: (*home("R1").as_bytes()).into(),
    };
    let error = tablet
        .ask(&server, Request::PhotoOffer(request))
        .unwrap_err();
    let numbers = server.metrics(NOW).unwrap();
    assert!(
        numbers.contains("lawang_attachments_unavailable_total 1\n"),
        "{numbers}"
    );
    for hidden in ["lawang/", "127.0.0.1", SECRET, "AWS"] {
        assert!(!error.message.contains(hidden), "{}", error.message);
    }
}
