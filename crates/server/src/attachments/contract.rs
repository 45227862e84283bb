//! What every place for attachments must do, whatever it is.

use super::{
    Attachments, AwsSettings, Hash, Kept, Memory, bucket::Bucket, file_name, folder::Folder,
    hash_of,
};
use crate::bucket::{Bucket as Store, Mood};
use sha2::{Digest, Sha256};
use std::{cell::Cell, collections::BTreeSet, thread, time::Duration};
use uuid::Uuid;

const SEED: [u8; 32] = [7; 32];

fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn all(place: &dyn Attachments) -> BTreeSet<Kept> {
    let mut found = BTreeSet::new();
    place
        .list(&mut |kept| {
            found.insert(kept);
        })
        .unwrap();
    found
}

fn in_bucket(store: &Store, prefix: &str) -> Bucket {
    let url = format!("s3://lawang{prefix}").parse().unwrap();
    Bucket::new(url, store.settings(), &SEED)
}

fn holds(place: &dyn Attachments, another_process: &dyn Attachments) {
    nothing_is_there_before_it_came(place);
    what_came_in_pieces_goes_on_in_another_process(place, another_process);
    what_is_finished_is_whole_and_nothing_of_it_is_unfinished(place, another_process);
    what_is_taken_away_is_gone_and_again_is_no_mistake(place);
    the_list_is_what_is_there(place);
}

fn nothing_is_there_before_it_came(place: &dyn Attachments) {
    let nobody = hash(b"nobody");
    assert_eq!(place.have(&nobody).unwrap(), 0);
    assert_eq!(place.part(&nobody).unwrap(), b"");
    assert_eq!(place.len(&nobody).unwrap(), None);
    assert_eq!(place.read(&nobody).unwrap(), None);
    assert!(all(place).is_empty());
}

fn what_came_in_pieces_goes_on_in_another_process(
    place: &dyn Attachments,
    other: &dyn Attachments,
) {
    let bytes: Vec<u8> = (0..5000).map(|n| (n % 251) as u8).collect();
    let id = hash(&bytes);
    place.append(&id, 0, &bytes[..2000]).unwrap();
    assert_eq!(place.have(&id).unwrap(), 2000);
    assert_eq!(other.have(&id).unwrap(), 2000);
    other.append(&id, 2000, &bytes[2000..2001]).unwrap();
    assert_eq!(place.have(&id).unwrap(), 2001);
    assert_eq!(place.part(&id).unwrap(), &bytes[..2001]);
    assert_eq!(place.len(&id).unwrap(), None, "unfinished");
    assert_eq!(place.read(&id).unwrap(), None);
}

fn what_is_finished_is_whole_and_nothing_of_it_is_unfinished(
    place: &dyn Attachments,
    other: &dyn Attachments,
) {
    let bytes: Vec<u8> = (0..5000).map(|n| (n % 251) as u8).collect();
    let id = hash(&bytes);
    place.finish(&id, &bytes, 2001).unwrap();
    for place in [place, other] {
        assert_eq!(place.len(&id).unwrap(), Some(5000));
        assert_eq!(place.read(&id).unwrap().as_ref(), Some(&bytes));
        assert_eq!(place.have(&id).unwrap(), 0);
    }
    // At once, over the rest of another try, and again.
    let small = hash(b"small");
    place.append(&small, 0, b"wro").unwrap();
    for _ in 0..2 {
        place.finish(&small, b"small", 0).unwrap();
        assert_eq!(place.read(&small).unwrap().as_deref(), Some(&b"small"[..]));
        assert_eq!(place.have(&small).unwrap(), 0);
    }
}

fn what_is_taken_away_is_gone_and_again_is_no_mistake(place: &dyn Attachments) {
    let id = hash(b"taken away");
    for _ in 0..2 {
        place.append(&id, 0, b"taken").unwrap();
        place.finish(&id, b"taken away", 5).unwrap();
        place.append(&id, 0, b"tak").unwrap();
        place.append(&id, 3, b"en").unwrap();
        for _ in 0..2 {
            place.remove_whole(&id).unwrap();
            place.remove_part(&id).unwrap();
        }
        assert_eq!(place.have(&id).unwrap(), 0);
        assert_eq!(place.len(&id).unwrap(), None);
        assert_eq!(place.read(&id).unwrap(), None);
    }
}

fn the_list_is_what_is_there(place: &dyn Attachments) {
    let before = all(place);
    let (begun, done) = (hash(b"begun"), hash(b"done"));
    place.append(&begun, 0, b"beg").unwrap();
    place.finish(&done, b"done", 0).unwrap();
    let kept = |hash, len, whole| Kept { hash, len, whole };
    let now: Vec<Kept> = all(place).difference(&before).copied().collect();
    let mut wanted = vec![kept(begun, 3, false), kept(done, 4, true)];
    wanted.sort();
    assert_eq!(now, wanted);
    place.remove_part(&begun).unwrap();
    place.remove_whole(&done).unwrap();
    assert_eq!(all(place), before);
}

#[test]
fn the_disk_does_what_a_place_must() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Folder::new(dir.path().join("photos"));
    holds(&open(), &open());
}

#[test]
fn memory_does_what_a_place_must() {
    let memory = Memory::default();
    holds(&memory, &memory);
}

#[test]
fn a_bucket_does_what_a_place_must_with_and_without_a_prefix() {
    let store = Store::start();
    holds(
        &in_bucket(&store, "/pringsewu/2026"),
        &in_bucket(&store, "/pringsewu/2026"),
    );
    // Another prefix beside it, whose name begins the same, is another place.
    holds(
        &in_bucket(&store, "/pringsewu/20"),
        &in_bucket(&store, "/pringsewu/20"),
    );
    let root = Store::start();
    holds(&in_bucket(&root, ""), &in_bucket(&root, ""));
}

#[test]
fn a_bucket_holds_nothing_that_whoever_runs_it_could_read() {
    let store = Store::start();
    let place = in_bucket(&store, "/a");
    let bytes = b"\xff\xd8\xff the face of somebody".repeat(10);
    place.append(&hash(b"other"), 0, &bytes).unwrap();
    place.finish(&hash(&bytes), &bytes, 0).unwrap();
    let objects = store.objects();
    assert_eq!(objects.len(), 2);
    for (name, object) in objects {
        assert!(!object.windows(4).any(|w| w == b"face"), "{name}");
    }
}

#[test]
fn an_object_that_was_altered_or_laid_under_another_name_is_noticed() {
    let store = Store::start();
    let place = in_bucket(&store, "/a");
    let (one, two) = (hash(b"one"), hash(b"two"));
    place.finish(&one, b"one", 0).unwrap();
    place.finish(&two, b"two", 0).unwrap();
    let name = |hash| format!("a/{}", file_name(hash));
    let objects = store.objects();
    let of = |hash| {
        let found = objects.iter().find(|(found, _)| *found == name(hash));
        found.unwrap().1.clone()
    };
    store.overwrite(&name(&two), &of(&one));
    assert_eq!(place.read(&two).unwrap_err().code(), "attachment_damaged");
    let mut altered = of(&one);
    altered[40] ^= 1;
    store.overwrite(&name(&one), &altered);
    assert_eq!(place.read(&one).unwrap_err().code(), "attachment_damaged");
}

#[test]
fn pieces_that_two_processes_took_at_once_are_one_attachment() {
    let store = Store::start();
    let place = in_bucket(&store, "/a");
    let id = hash(b"0123456789");
    place.append(&id, 0, b"0123").unwrap();
    place.append(&id, 0, b"012345").unwrap();
    place.append(&id, 4, b"4567").unwrap();
    assert_eq!(place.have(&id).unwrap(), 8);
    assert_eq!(place.part(&id).unwrap(), b"01234567");
    place.finish(&id, b"0123456789", 8).unwrap();
    assert_eq!(store.objects().len(), 1, "no piece is left");
}

#[test]
fn a_store_that_is_away_is_said_to_be_and_never_taken_for_an_empty_one() {
    let store = Store::start();
    let place = in_bucket(&store, "/a");
    let id = hash(b"there");
    place.finish(&id, b"there", 0).unwrap();
    store.set(Mood::Away);
    let began = store.requests();
    let tries: [&dyn Fn() -> Option<&'static str>; 6] = [
        &|| place.len(&id).err().map(|e| e.code()),
        &|| place.have(&id).err().map(|e| e.code()),
        &|| place.read(&id).err().map(|e| e.code()),
        &|| place.finish(&id, b"there", 0).err().map(|e| e.code()),
        &|| place.remove_whole(&id).err().map(|e| e.code()),
        &|| place.list(&mut |_| {}).err().map(|e| e.code()),
    ];
    for one in tries {
        assert_eq!(one(), Some("attachments_unavailable"));
    }
    let asked = store.requests() - began;
    assert!(asked <= 12, "{asked} requests of a store that is away");
    store.set(Mood::Well);
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(place.read(&id).unwrap().as_deref(), Some(&b"there"[..]));
}

#[test]
fn what_was_written_without_an_answer_is_no_success() {
    let store = Store::start();
    let place = in_bucket(&store, "/a");
    store.set(Mood::ReadOnly);
    let id = hash(b"new");
    assert!(place.finish(&id, b"new", 0).is_err());
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(place.len(&id).unwrap(), None);
    assert!(store.objects().is_empty());
}

/// What is said at the start, and where the words come from.
#[test]
fn a_wrong_bucket_key_or_address_is_said_in_words() {
    let store = Store::start();
    let probe = Cell::new(1);
    let check = |place: &Bucket| {
        probe.set(probe.get() + 1);
        place.check(&Uuid::from_u128(1), &Uuid::from_u128(probe.get()))
    };
    let with = |name: &str, value: &str| {
        let mut all = store.variables();
        all.retain(|(found, _)| found != name);
        all.push((name.to_owned(), value.to_owned()));
        let url = "s3://lawang/a".parse().unwrap();
        Bucket::new(url, AwsSettings::from_variables(all), &SEED)
    };
    let no = |place: &Bucket| {
        let error = check(place).unwrap_err();
        let crate::ServerError::Attachments {
            code,
            message,
            hint,
        } = error
        else {
            panic!("{error:?}");
        };
        for secret in [crate::bucket::SECRET, crate::bucket::KEY] {
            assert!(
                !message.contains(secret) && !hint.contains(secret),
                "{message}"
            );
        }
        assert!(message.starts_with("s3://"), "{message}");
        (code, message, hint)
    };
    let other = Bucket::new("s3://nobody/a".parse().unwrap(), store.settings(), &SEED);
    let (code, message, _) = no(&other);
    assert_eq!(code, "no_such_bucket");
    assert!(message.contains(store.endpoint()), "{message}");
    let (code, _, hint) = no(&with("AWS_SECRET_ACCESS_KEY", "wrong"));
    assert_eq!(code, "attachments_denied");
    assert!(hint.contains("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(
        no(&with("AWS_ACCESS_KEY_ID", "nobody")).0,
        "attachments_denied"
    );
    let (code, _, hint) = no(&with("AWS_ALLOW_HTTP", "false"));
    assert_eq!(code, "attachments_unavailable");
    assert!(hint.contains("AWS_ALLOW_HTTP"), "{hint}");
    let (code, message, hint) = no(&with("AWS_ENDPOINT_URL", "http://127.0.0.1:1"));
    assert_eq!(code, "attachments_unavailable");
    assert!(message.contains("http://127.0.0.1:1") && hint.contains("AWS_ENDPOINT_URL"));
    let (code, ..) = no(&with("AWS_CA_BUNDLE", "/nowhere.pem"));
    assert_eq!(code, "attachments_settings");
    store.set(Mood::Versions);
    assert_eq!(no(&in_bucket(&store, "/a")).0, "bucket_keeps_versions");
    store.set(Mood::Well);
    check(&in_bucket(&store, "/a")).unwrap();
    check(&in_bucket(&store, "/a")).unwrap();
    let names: Vec<String> = store.objects().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a/lawang.json"], "nothing of the looking is left");
    let another = Uuid::from_u128(2);
    let found = in_bucket(&store, "/a").check(&another, &Uuid::from_u128(99));
    assert_eq!(found.unwrap_err().code(), "attachments_of_another");
    in_bucket(&store, "/b")
        .check(&another, &Uuid::from_u128(99))
        .unwrap();
}

#[test]
fn names_are_hashes_and_nothing_else() {
    let id = hash(b"a");
    assert_eq!(hash_of(&file_name(&id)), Some(id));
    for wrong in [
        "",
        "ab",
        "ab/cd",
        "lawang.json",
        "probe/00",
        "../etc/passwd",
    ] {
        assert_eq!(hash_of(wrong), None);
    }
    let shifted = file_name(&id).replacen('/', "", 1);
    assert_eq!(
        hash_of(&format!("{}/{}", &shifted[..4], &shifted[4..])),
        None
    );
}
