//! Photos that others took reach the desk, go on where a link broke, and go again.

use crate::{complete, first, hubs::QUIET, watched::Watched};
use lawang_app::{Device, Whole};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_server::EraseTarget;
use lawang_sync::{Report, Stage};
use lawang_tests::{
    hubs::HubWorld,
    network::Faults,
    picture::png,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const DESK: usize = 1;
const DAY: i64 = 86_400_000;

/// An enumerator (0) and somebody who checks (1), both with the list.
fn village(role: Role) -> World {
    let mut world = World::new(41, 6, 1);
    let desk = enrol_as(&world.server, 78, &[VILLAGE], "Ibu Sri", role);
    world.tablets.push(desk);
    for tablet in 0..2 {
        send(&mut world, tablet);
    }
    world
}

fn with<T>(world: &World, tablet: usize, work: impl FnOnce(&mut Device) -> T) -> T {
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn send(world: &mut World, tablet: usize) -> Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "device {tablet} and the server differ");
    report
}

/// A picture of its own, of about `side * side * 3` bytes.
fn picture(number: u32, side: u32) -> Vec<u8> {
    let noise: Vec<u8> = (0..side * side * 3)
        .map(|n| ((n + number).wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    png(side, side, &noise)
}

/// A submitted visit with a photo of the house; gives the photo's name.
fn visit(world: &World, household: HouseholdId, photo: &[u8]) -> String {
    with(world, 0, |device| {
        complete(device, household);
        let well_off = FieldPath::household("is_well_off");
        device
            .answer(household, &well_off, "2", Whole::Visit)
            .expect("answered");
        let path = FieldPath::household("photo_house");
        let name = device.add_photo(household, &path, photo).expect("a photo");
        world.tablets[0].environment.advance(20 * 60_000);
        device.submit(household, Whole::Visit).expect("submitted");
        name
    })
}

fn all(world: &World) -> Vec<HouseholdId> {
    let mut all = with(world, 0, |device| device.all_households().expect("list"));
    all.sort();
    all
}

fn seen(world: &World, tablet: usize, photo: &str) -> Result<String, &'static str> {
    with(world, tablet, |device| {
        device.photo_url(photo, None).map_err(|error| error.code)
    })
}

/// Whether both devices show the same bytes.
fn is_there(world: &World, photo: &str) -> bool {
    let taken = seen(world, 0, photo).expect("it was taken there");
    match seen(world, DESK, photo) {
        Ok(shown) => {
            assert_eq!(shown, taken, "other bytes");
            true
        }
        Err(code) => {
            assert_eq!(code, "photo_not_here");
            false
        }
    }
}

fn count(world: &World, sql: &str) -> i64 {
    with(world, DESK, |device| {
        let store = device.store().raw();
        store.query_row(sql, [], |r| r.get(0)).expect("a number")
    })
}

#[test]
fn the_photos_of_visits_that_wait_reach_the_desk_the_newest_first_and_are_not_sent_back() {
    let mut world = village(Role::VillageVerifier);
    let households = all(&world);
    let older = visit(&world, households[0], &picture(1, 60));
    let newer = visit(&world, households[1], &picture(2, 60));
    assert_eq!(send(&mut world, 0).progress.photos_sent, 2);
    let mut way = Watched::new(&world, DESK);
    let (report, stages) = way.run(&world, DESK);
    let order: Vec<String> = way
        .asked
        .iter()
        .map(|(hash, _)| format!("sha256:{}", hex::encode(hash)))
        .collect();
    assert_eq!(order, [newer.clone(), older.clone()]);
    assert_eq!(
        stages.last(),
        Some(&Stage::FetchingPhotos),
        "after everything else"
    );
    let progress = report.progress;
    assert_eq!(
        (progress.photos_received, progress.photos_to_receive),
        (2, 2)
    );
    assert!(progress.photo_bytes_down > 10_000);
    assert!(is_there(&world, &newer) && is_there(&world, &older));
    with(&world, DESK, |device| {
        assert_eq!(device.store().unsent_photos().expect("a number"), 0);
        assert_eq!(
            device
                .store()
                .unsent_photo(&BTreeSet::new())
                .expect("a photo"),
            None
        );
    });
    // Nothing is asked for twice.
    let mut way = Watched::new(&world, DESK);
    let (report, stages) = way.run(&world, DESK);
    assert!(way.asked.is_empty() && !stages.contains(&Stage::FetchingPhotos));
    assert_eq!(report.progress.photos_sent, 0);
}

#[test]
fn the_photo_of_the_visit_before_comes_too() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let old = visit(&world, household, &picture(3, 40));
    send(&mut world, 0);
    send(&mut world, DESK);
    with(&world, DESK, |device| {
        let said = "lihat lagi rumahnya";
        device
            .return_with_comment(household, said, &[])
            .expect("sent back");
        // As on a device that came to the village after the first visit.
        let store = device.store().raw();
        store.execute("DELETE FROM photo", []).expect("let go of");
    });
    send(&mut world, DESK);
    send(&mut world, 0);
    let new = visit(&world, household, &picture(4, 40));
    send(&mut world, 0);
    assert_eq!(send(&mut world, DESK).progress.photos_received, 2);
    assert!(is_there(&world, &old) && is_there(&world, &new));
    let shown = with(&world, DESK, |device| {
        device
            .comparison(household, false)
            .expect("comparison")
            .photos
    });
    assert_eq!((&shown[0].previous, &shown[0].current), (&old, &new));
}

#[test]
fn who_gives_a_photo_in_crumbs_holds_no_exchange_up() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let photo = visit(&world, household, &picture(6, 60));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.crumbs = 1;
    let (report, _) = way.run(&world, DESK);
    assert!(report.agreed, "the exchange itself is over");
    assert_eq!(way.asked.len(), 1, "it is not asked for byte by byte");
    let (report, _) = Watched::new(&world, DESK).run(&world, DESK);
    assert_eq!(report.progress.photos_received, 1);
    assert!(is_there(&world, &photo));
}

#[test]
fn a_link_that_breaks_within_a_photo_goes_on_behind_what_came_also_after_a_restart() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    // Larger than one piece.
    let photo = visit(&world, household, &picture(5, 700));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.answers = 1;
    let (report, _) = way.run(&world, DESK);
    assert!(report.agreed, "the exchange itself is over");
    let progress = report.progress;
    assert_eq!(
        (progress.photos_received, progress.photos_to_receive),
        (0, 1)
    );
    assert!(!is_there(&world, &photo), "half a photo is none");
    let half = count(&world, "SELECT sum(length(body)) FROM photo_piece");
    assert!(half > 100_000, "{half}");
    world.restart(DESK);
    let mut way = Watched::new(&world, DESK);
    let (report, _) = way.run(&world, DESK);
    assert_eq!(way.asked[0].1, half as u64, "it goes on");
    assert_eq!(report.progress.photos_received, 1);
    assert!(is_there(&world, &photo));
    assert_eq!(count(&world, "SELECT count(*) FROM photo_piece"), 0);
}

#[test]
fn a_link_that_bears_three_kilobytes_and_loses_every_tenth_message_brings_photos_whole() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let photo = visit(&world, household, &picture(6, 90));
    send(&mut world, 0);
    let faults = Faults {
        cut_above: Some(3_000),
        lose_answer: 10,
        lose_request: 5,
        double: 5,
        ..Faults::default()
    };
    // Whatever is lost, what came is kept: a few exchanges bring it whole.
    for _ in 0..20 {
        world.exchange(DESK, faults).expect("exchange");
        if is_there(&world, &photo) {
            break;
        }
    }
    assert!(world.injected.cut > 0 && world.injected.lost > 0);
    assert!(is_there(&world, &photo));
}

#[test]
fn somebody_who_stops_it_keeps_what_came_and_the_exchange_counts() {
    let mut world = village(Role::VillageVerifier);
    for (number, household) in all(&world).into_iter().take(4).enumerate() {
        visit(&world, household, &picture(10 + number as u32, 30));
    }
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.cancel_after = 2;
    let (report, _) = way.run(&world, DESK);
    assert!(report.agreed);
    let progress = report.progress;
    assert_eq!(
        (progress.photos_received, progress.photos_to_receive),
        (2, 4)
    );
    assert_eq!(send(&mut world, DESK).progress.photos_received, 2);
}

#[test]
fn a_server_of_before_is_not_asked_and_an_enumerator_asks_nothing() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let photo = visit(&world, household, &picture(7, 30));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.old = true;
    way.run(&world, DESK);
    assert!(way.asked.is_empty() && !is_there(&world, &photo));

    let mut world = village(Role::Enumerator);
    let photo = visit(&world, household, &picture(7, 30));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.run(&world, DESK);
    assert!(way.asked.is_empty() && !is_there(&world, &photo));
}

#[test]
fn a_photo_that_its_device_has_not_sent_yet_is_asked_for_again_after_the_others() {
    let mut world = village(Role::VillageVerifier);
    let households = all(&world);
    let late = visit(&world, households[0], &picture(20, 30));
    // The answers arrive, the photo does not.
    with(&world, 0, |device| {
        let store = device.store().raw();
        store
            .execute("UPDATE photo SET state = 2", [])
            .expect("held back");
    });
    send(&mut world, 0);
    let report = send(&mut world, DESK);
    let progress = report.progress;
    assert_eq!(
        (progress.photos_received, progress.photos_to_receive),
        (0, 0)
    );
    assert_eq!(count(&world, "SELECT count(*) FROM photo_absent"), 1);
    let next = visit(&world, households[1], &picture(21, 30));
    with(&world, 0, |device| {
        let store = device.store().raw();
        store
            .execute("UPDATE photo SET state = 0", [])
            .expect("sent");
    });
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.run(&world, DESK);
    let order: Vec<String> = way
        .asked
        .iter()
        .map(|(hash, _)| format!("sha256:{}", hex::encode(hash)))
        .collect();
    assert_eq!(order, [next.clone(), late.clone()]);
    assert!(is_there(&world, &next) && is_there(&world, &late));
    assert_eq!(count(&world, "SELECT count(*) FROM photo_absent"), 0);
}

#[test]
fn a_copy_stays_for_a_month_and_while_its_visit_waits_and_own_photos_stay() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let photo = visit(&world, household, &picture(8, 30));
    send(&mut world, 0);
    send(&mut world, DESK);
    // What waits for longer is not let go of.
    world.tablets[DESK].environment.advance(40 * DAY);
    send(&mut world, DESK);
    assert!(is_there(&world, &photo));
    with(&world, DESK, |device| {
        let shown = device.comparison(household, false).expect("comparison");
        let state = device
            .desk_accept(household, &shown.seen, &[], "")
            .expect("accepted");
        assert_eq!(state, RecordState::FieldVerified);
    });
    let (report, _) = Watched::new(&world, DESK).run(&world, DESK);
    assert!(report.agreed);
    assert!(!is_there(&world, &photo), "it came more than a month ago");
    send(&mut world, 0);
    assert!(seen(&world, 0, &photo).is_ok());
    // Nothing fetches it again.
    assert_eq!(send(&mut world, DESK).progress.photos_received, 0);
}

#[test]
fn a_photo_that_was_fetched_and_is_then_taken_here_too_is_an_own_one() {
    let mut world = village(Role::VillageVerifier);
    let households = all(&world);
    let body = picture(9, 30);
    let photo = visit(&world, households[0], &body);
    send(&mut world, 0);
    send(&mut world, DESK);
    with(&world, DESK, |device| {
        let path = FieldPath::household("photo_house");
        complete(device, households[1]);
        let same = device
            .add_photo(households[1], &path, &body)
            .expect("a photo");
        assert_eq!(same, photo);
        assert_eq!(device.store().unsent_photos().expect("a number"), 1);
    });
    assert_eq!(send(&mut world, DESK).progress.photos_sent, 1);
    assert_eq!(
        count(&world, "SELECT count(*) FROM photo WHERE state = 5"),
        0
    );
}

#[test]
fn restriction_and_erasure_reach_copies_and_pieces() {
    let mut world = village(Role::VillageVerifier);
    let households = all(&world);
    let restricted = visit(&world, households[0], &picture(30, 30));
    let erased = visit(&world, households[1], &picture(31, 30));
    let other = visit(&world, households[2], &picture(32, 40));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.answers = usize::MAX;
    way.run(&world, DESK);
    assert!(is_there(&world, &restricted) && is_there(&world, &erased) && is_there(&world, &other));
    let said = ("request 4", "tests");
    world
        .server
        .restrict(households[0], None, true, said, NOW)
        .expect("restricted");
    world
        .server
        .erase(EraseTarget::Record(households[1]), said.0, said.1, NOW)
        .expect("erased");
    send(&mut world, DESK);
    assert_eq!(seen(&world, DESK, &restricted), Err("photo_not_here"));
    assert_eq!(seen(&world, DESK, &erased), Err("photo_not_here"));
    assert!(is_there(&world, &other));
    // Lifted again, it comes again.
    world
        .server
        .restrict(households[0], None, false, said, NOW)
        .expect("lifted");
    send(&mut world, DESK);
    assert!(is_there(&world, &restricted));
}

#[test]
fn bytes_that_are_not_the_photo_are_thrown_away() {
    let mut world = village(Role::VillageVerifier);
    let household = first(&world);
    let photo = visit(&world, household, &picture(40, 700));
    send(&mut world, 0);
    let mut way = Watched::new(&world, DESK);
    way.answers = 1;
    way.run(&world, DESK);
    with(&world, DESK, |device| {
        let store = device.store().raw();
        let damaged = store.execute("UPDATE photo_piece SET body = zeroblob(length(body))", []);
        assert_eq!(damaged.expect("damaged"), 1);
    });
    assert_eq!(send(&mut world, DESK).progress.photos_received, 0);
    assert!(!is_there(&world, &photo));
    assert_eq!(count(&world, "SELECT count(*) FROM photo_piece"), 0);
    assert_eq!(send(&mut world, DESK).progress.photos_received, 1);
    assert!(is_there(&world, &photo));
}

#[test]
fn a_thumbnail_is_small_and_what_is_not_here_is_said_in_words() {
    let world = village(Role::VillageVerifier);
    let photo = visit(&world, first(&world), &picture(50, 200));
    with(&world, 0, |device| {
        let whole = device.photo_url(&photo, None).expect("whole");
        let small = device.photo_url(&photo, Some(64)).expect("small");
        assert!(small.len() * 4 < whole.len());
        assert_eq!(device.photo_url(&photo, Some(64)).expect("again"), small);
        assert_eq!(
            device.photo_url(&photo, Some(9_999)).expect("as it is"),
            whole
        );
        let unknown = format!("sha256:{}", "7".repeat(64));
        let error = device.photo_url(&unknown, Some(64)).expect_err("unknown");
        assert_eq!(error.code, "photo_not_here");
        let (said, hint) = error.words("id");
        assert_eq!(said, "Foto ini belum ada di perangkat.");
        assert_eq!(hint, "Kirim & terima saat ada sambungan.");
        assert_eq!(
            device.photo_url("photo.jpg", None).expect_err("none").code,
            "no_photo"
        );
    });
}

#[test]
fn a_hub_gives_the_photos_that_were_brought_to_it_and_the_district_the_rest() {
    let mut world = HubWorld::new(19, 3, &[&[VILLAGE]]);
    let role = Role::VillageVerifier;
    let desk = enrol_as(&world.district, 99, &[VILLAGE], "Ibu Sri", role);
    world.tablets.push(desk);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        world.at_district(tablet, QUIET).expect("at the district");
    }
    let take = |world: &HubWorld, household: HouseholdId, number: u32| {
        let mut device = world.tablets[0].device.lock().expect("a device");
        complete(&mut device, household);
        let path = FieldPath::household("photo_house");
        let photo = device.add_photo(household, &path, &picture(number, 30));
        device.submit(household, Whole::Visit).expect("submitted");
        photo.expect("a photo")
    };
    let all = {
        let device = world.tablets[0].device.lock().expect("a device");
        device.all_households().expect("list")
    };
    let in_village: Vec<HouseholdId> = all.into_iter().take(2).collect();
    // One goes to the district and from there its answers come to the hub; the other goes to the hub.
    let first = take(&world, in_village[0], 1);
    world.at_district(0, QUIET).expect("at the district");
    world.upstream().expect("the hub's exchange");
    let second = take(&world, in_village[1], 2);
    world.at_hub(0, QUIET).expect("at the hub");
    let here = |world: &HubWorld, photo: &str| {
        let device = world.tablets[1].device.lock().expect("a device");
        device.photo_url(photo, None).is_ok()
    };
    let report = world.at_hub(1, QUIET).expect("at the hub");
    assert_eq!(report.progress.photos_received, 1);
    assert!(here(&world, &second) && !here(&world, &first));
    let report = world.at_district(1, QUIET).expect("at the district");
    assert_eq!(report.progress.photos_received, 1);
    assert!(here(&world, &first));
}

#[test]
fn an_exchange_ends_when_it_brought_sixty_megabytes_and_the_next_goes_on() {
    let mut world = village(Role::VillageVerifier);
    for (number, household) in all(&world).into_iter().take(4).enumerate() {
        visit(&world, household, &picture(60 + number as u32, 8));
        let mut body = b"\x89PNG\r\n\x1a\n".to_vec();
        body.resize(21 << 20, number as u8);
        let hash: [u8; 32] = Sha256::digest(&body).into();
        with(&world, 0, |device| {
            let value = format!("sha256:{}", hex::encode(hash));
            let path = FieldPath::household("photo_house");
            device
                .give(household, None, &[(path, value)])
                .expect("saved");
            let len = body.len() as i64;
            let values = (hash, household.as_bytes(), len, body);
            device
                .store()
                .raw()
                .execute(
                    "INSERT INTO photo (hash, household, mime, len, state, body) VALUES (?1, ?2, 'image/png', ?3, 0, ?4)",
                    values,
                )
                .expect("laid there");
        });
    }
    send(&mut world, 0);
    let (report, _) = Watched::new(&world, DESK).run(&world, DESK);
    let first = report.progress;
    assert!(report.agreed && first.photos_received < first.photos_to_receive);
    assert!(
        (60 << 20..90 << 20).contains(&first.photo_bytes_down),
        "{first:?}"
    );
    let second = send(&mut world, DESK).progress;
    assert_eq!(
        first.photos_received + second.photos_received,
        first.photos_to_receive
    );
}
