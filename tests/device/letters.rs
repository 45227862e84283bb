//! Files that a server of before does not take in this exchange, because a device of another village began them: they wait,
//! and nothing waits for them.

use crate::{
    complete,
    desk::{DESK, everybody, with},
    evidence::{LETTER, hash, keep, names, picture, propose, two_desks},
    hubs::QUIET,
};
use lawang_app::{CancelToken, Transport, Whole, exchange};
use lawang_domain::Role;
use lawang_sync::{
    Envelope, HubRequest, LinkFailure, PhotoOffer, PhotoPart, RemoteError, Request, Response,
    decode, encode,
};
use lawang_tests::{
    hubs::HubWorld,
    prelist::VILLAGE,
    world::{NOW, enrol_as},
};

fn unknown_photo() -> Vec<u8> {
    let error = RemoteError::new("unknown_photo", "offer the photo first");
    encode(&Response::Error(error))
}

/// A server that takes no part of one photo.
struct Before<'a> {
    server: &'a lawang_server::Server,
    device: lawang_domain::DeviceId,
    begun: [u8; 32],
    refused: u32,
}

impl Transport for Before<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let envelope: Envelope = decode(message).expect("a request");
        if matches!(&envelope.request, Request::PhotoPart(part) if *part.hash == self.begun) {
            self.refused += 1;
            return Ok(unknown_photo());
        }
        Ok(self.server.handle(self.device, message, NOW))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn a_photo_that_the_server_does_not_take_now_keeps_no_later_one_back_and_goes_with_the_next_exchange()
 {
    let (mut world, all) = two_desks();
    keep(&world, all[0], LETTER);
    let files = names(&keep(&world, all[0], &picture(1)));
    propose(&world, DESK, all[0], &files);
    let mut way = Before {
        server: &world.server,
        device: world.tablets[DESK].id,
        begun: hash(&files[0]),
        refused: 0,
    };
    let device = &world.tablets[DESK].device;
    let report = exchange(device, &mut way, &CancelToken::default(), |_, _| ());
    let report = report.expect("an exchange");
    assert!(report.agreed && report.refused == 0, "{report:?}");
    assert_eq!((way.refused, report.progress.photos_sent), (1, 1));
    let there = |file: &str| world.server.photo(&hash(file)).expect("read").is_some();
    assert!(!there(&files[0]) && there(&files[1]));
    let unsent = with(&world, DESK, |device| device.store().unsent_photos());
    assert_eq!(unsent.expect("a number"), 1, "it waits");
    everybody(&mut world);
    let there = world.server.photo(&hash(&files[0])).expect("read");
    assert_eq!(there.as_deref(), Some(LETTER));
}

/// A way on which somebody else says another length of the same photo after each piece, or sends other bytes of it.
struct Meddling<'a> {
    server: &'a lawang_server::Server,
    device: lawang_domain::DeviceId,
    meddler: lawang_domain::DeviceId,
    offer: PhotoOffer,
    garbage: bool,
}

impl Transport for Meddling<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let envelope: Envelope = decode(message).expect("a request");
        let answer = self.server.handle(self.device, message, NOW);
        if matches!(
            &envelope.request,
            Request::PhotoOffer(_) | Request::PhotoPart(_)
        ) {
            let say = |request| {
                let envelope = Envelope {
                    max_response: 100_000,
                    request,
                };
                self.server.handle(self.meddler, &encode(&envelope), NOW);
            };
            say(Request::PhotoOffer(self.offer.clone()));
            if self.garbage {
                say(Request::PhotoPart(PhotoPart {
                    hash: self.offer.hash,
                    offset: 0,
                    bytes: vec![7; 100].into(),
                }));
            }
        }
        Ok(answer)
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn who_meddles_with_a_photo_of_somebody_else_delays_it_and_no_more() {
    for garbage in [false, true] {
        let (mut world, all) = two_desks();
        let kept = keep(&world, all[0], &picture(9));
        let (files, len) = (names(&kept), u64::from(kept[0].bytes));
        propose(&world, DESK, all[0], &files);
        let mut way = Meddling {
            server: &world.server,
            device: world.tablets[DESK].id,
            meddler: world.tablets[0].id,
            offer: PhotoOffer {
                hash: hash(&files[0]).into(),
                len: if garbage { len } else { 1 },
                household: (*all[1].as_bytes()).into(),
            },
            garbage,
        };
        let device = &world.tablets[DESK].device;
        let report = exchange(device, &mut way, &CancelToken::default(), |_, _| ());
        let report = report.expect("an exchange");
        assert!(report.agreed && report.refused == 0, "{report:?}");
        let there = world.server.photo(&hash(&files[0])).expect("read");
        assert!(there.is_none(), "it was meddled with");
        let unsent = with(&world, DESK, |device| device.store().unsent_photos());
        assert_eq!(unsent.expect("a number"), 1, "it waits");
        everybody(&mut world);
        let there = world.server.photo(&hash(&files[0])).expect("read");
        assert_eq!(there.map(|bytes| bytes.len() as u64), Some(len));
    }
}

#[test]
fn a_piece_that_the_district_does_not_take_now_waits_at_the_hub_and_what_came_after_it_goes_up() {
    let mut world = HubWorld::new(29, 3, &[&[VILLAGE]]);
    let role = Role::VillageVerifier;
    let desk = enrol_as(&world.district, 98, &[VILLAGE], "Ibu Sri", role);
    world.tablets.push(desk);
    world.upstream().expect("the hub's first exchange");
    world.at_district(0, QUIET).expect("at the district");
    let household = {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let household = device.all_households().expect("list")[0];
        complete(&mut device, household);
        device.submit(household, Whole::Visit).expect("submitted");
        household
    };
    for tablet in 0..2 {
        world.at_district(tablet, QUIET).expect("at the district");
    }
    let mut card = Vec::new();
    let files = {
        let mut device = world.tablets[1].device.lock().expect("a device");
        device.add_evidence(household, LETTER).expect("kept");
        let files = names(&device.add_evidence(household, &picture(1)).expect("kept"));
        let seen = device.comparison(household, false).expect("shown").seen;
        device
            .desk_removal(household, &seen, "moved", "surat desa", "", &files)
            .expect("proposed");
        device.export_batches(&mut card).expect("a file");
        files
    };
    let kept = world.hub.import_courier(card.as_slice(), world.now);
    assert_eq!(kept.expect("taken in").kept, 3, "a batch and two files");
    let (district, device, now) = (&world.district, world.hub_device, world.now);
    let mut handed = 0;
    let report = world
        .hub
        .exchange_upstream(world.tls.into(), now, &mut |_, bytes| {
            let envelope: Envelope = decode(bytes).expect("a request");
            if matches!(&envelope.request, Request::Hub(HubRequest::Forward(_))) {
                handed += 1;
                if handed == 2 {
                    return Ok(unknown_photo());
                }
            }
            Ok(district.handle(device, bytes, now))
        })
        .expect("an exchange");
    assert_eq!(
        (report.forwarded, report.waiting, report.refused),
        (2, 1, 0)
    );
    let there = |file: &str| district.photo(&hash(file)).expect("read").is_some();
    assert!(!there(&files[0]) && there(&files[1]));
    let report = world.upstream().expect("the next exchange");
    assert_eq!((report.forwarded, report.waiting), (1, 0));
    let letter = world.district.photo(&hash(&files[0])).expect("read");
    assert_eq!(letter.as_deref(), Some(LETTER));
}
