use crate::common::*;
use lawang_domain::HouseholdId;
use lawang_server::{MAX_PHOTO, Server};
use lawang_sync::{PhotoOffer, PhotoPart, PhotoState, RemoteError, Request, Response};
use sha2::{Digest, Sha256};

pub fn jpeg(length: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    bytes.extend((4..length).map(|n| (n * 31 % 251) as u8));
    bytes
}

pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn state(reply: Result<Response, RemoteError>) -> Result<PhotoState, String> {
    match reply {
        Ok(Response::Photo(state)) => Ok(state),
        Err(error) => Err(error.code),
        other => panic!("{other:?}"),
    }
}

pub fn offer(
    tablet: &Tablet,
    server: &Server,
    bytes: &[u8],
    id: HouseholdId,
) -> Result<PhotoState, String> {
    let offer = PhotoOffer {
        hash: hash(bytes).into(),
        len: bytes.len() as u64,
        household: (*id.as_bytes()).into(),
    };
    state(tablet.ask(server, Request::PhotoOffer(offer)))
}

pub fn part(
    tablet: &Tablet,
    server: &Server,
    hash: [u8; 32],
    offset: usize,
    bytes: &[u8],
) -> Result<PhotoState, String> {
    let part = PhotoPart {
        hash: hash.into(),
        offset: offset as u64,
        bytes: bytes.to_vec().into(),
    };
    state(tablet.ask(server, Request::PhotoPart(part)))
}

pub fn at(have: u64, done: bool) -> Result<PhotoState, String> {
    Ok(PhotoState { have, done })
}

#[test]
fn a_photo_that_was_cut_is_carried_on_where_it_stopped_also_by_another_server_process() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Server::open(dir.path(), &Default::default()).unwrap();
    let server = open();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(5000);
    let id = hash(&photo);
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), at(0, false));
    assert_eq!(
        part(&tablet, &server, id, 0, &photo[..2000]),
        at(2000, false)
    );
    drop(server);
    let server = open();
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), at(2000, false));
    // A doubled and an early part change nothing.
    assert_eq!(
        part(&tablet, &server, id, 0, &photo[..2000]),
        at(2000, false)
    );
    assert_eq!(
        part(&tablet, &server, id, 4000, &photo[4000..]),
        at(2000, false)
    );
    assert_eq!(server.photo(&id).unwrap(), None);
    assert_eq!(
        part(&tablet, &server, id, 2000, &photo[2000..]),
        at(5000, true)
    );
    assert_eq!(server.photo(&id).unwrap().unwrap(), photo);
    assert_eq!(offer(&tablet, &server, &photo, home("R1")), at(5000, true));
}

#[test]
fn bytes_that_are_not_the_photo_are_thrown_away_and_asked_for_again() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let photo = jpeg(300);
    let mut wrong = photo.clone();
    wrong[200] ^= 1;
    offer(&tablet, &server, &photo, home("R1")).unwrap();
    assert_eq!(
        part(&tablet, &server, hash(&photo), 0, &wrong),
        at(0, false)
    );
    assert_eq!(
        part(&tablet, &server, hash(&photo), 0, &photo),
        at(300, true)
    );
}

#[test]
fn sounds_files_and_the_log_of_a_form_arrive_like_photos() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let files: [&[u8]; 4] = [
        b"event,node,start,end,old-value,new-value\nquestion,/data/a,1,2,,<script>\n",
        b"OggS\0\x02 a sound",
        b"<?xml version='1.0'?><osm version='0.6'></osm>",
        b"PK\x03\x04 a letter",
    ];
    for file in files {
        let file = file.to_vec();
        offer(&tablet, &server, &file, home("R1")).unwrap();
        let length = file.len() as u64;
        assert_eq!(
            part(&tablet, &server, hash(&file), 0, &file),
            at(length, true)
        );
        assert_eq!(server.photo(&hash(&file)).unwrap(), Some(file));
    }
}

#[test]
fn a_program_or_what_is_too_large_or_of_a_foreign_household_is_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let text = b" <!DOCTYPE html><title>A shopping list</title>".to_vec();
    offer(&tablet, &server, &text, home("R1")).unwrap();
    assert_eq!(
        part(&tablet, &server, hash(&text), 0, &text),
        Err("not_an_image".into())
    );
    // In crumbs too: the whole is looked at again.
    for (n, byte) in text.chunks(5).enumerate() {
        let reply = part(&tablet, &server, hash(&text), n * 5, byte);
        if (n + 1) * 5 >= text.len() {
            assert_eq!(reply, Err("not_an_image".into()));
        }
    }
    assert_eq!(server.photo(&hash(&text)).unwrap(), None);
    let binary = b"\x7fELF\x02\x01\x01 and so on".to_vec();
    offer(&tablet, &server, &binary, home("R1")).unwrap();
    assert_eq!(
        part(&tablet, &server, hash(&binary), 0, &binary),
        Err("not_an_image".into())
    );

    let photo = jpeg(100);
    assert_eq!(
        offer(&tablet, &server, &photo, home("R3")),
        Err("not_your_village".into())
    );
    assert_eq!(
        part(&tablet, &server, hash(&photo), 0, &photo),
        Err("unknown_photo".into())
    );
    let huge = PhotoOffer {
        hash: [9; 32].into(),
        len: MAX_PHOTO + 1,
        household: (*home("R1").as_bytes()).into(),
    };
    assert_eq!(
        state(tablet.ask(&server, Request::PhotoOffer(huge))),
        Err("photo_too_large".into())
    );
    offer(&tablet, &server, &photo, home("R1")).unwrap();
    let longer = jpeg(101);
    assert_eq!(
        part(&tablet, &server, hash(&photo), 0, &longer),
        Err("photo_too_long".into())
    );
}
