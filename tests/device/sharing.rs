//! Several people and one household.

use crate::{answer, first, world};
use lawang_app::{CancelToken, exchange};
use lawang_domain::FieldPath;
use lawang_tests::{
    network::Faults,
    prelist,
    world::{NOW, World, enrol},
};

fn give(world: &World, tablet: usize, path: &str, value: &str) {
    let household = first(world);
    let path: FieldPath = path.parse().expect("a path");
    world.tablets[tablet]
        .device
        .lock()
        .expect("a device")
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

#[test]
fn the_same_field_answered_apart_becomes_a_conflict_that_a_person_settles_and_all_agree() {
    let mut world = world(2);
    let household = first(&world);
    give(&world, 0, "floor_material", "1");
    give(&world, 1, "floor_material", "8");
    give(&world, 1, "rt", "009");
    for tablet in [0, 1, 0] {
        assert!(
            world
                .exchange(tablet, Faults::default())
                .expect("exchange")
                .agreed
        );
    }
    for tablet in 0..2 {
        let device = world.tablets[tablet].device.lock().expect("a device");
        let conflicts = device.conflicts().expect("conflicts");
        assert_eq!(conflicts.len(), 1, "different fields merge by themselves");
        let values: Vec<_> = conflicts[0]
            .values
            .iter()
            .map(|v| (v.value.as_str(), v.author.as_str()))
            .collect();
        assert!(
            values.contains(&("1", "Enumerator 0")) && values.contains(&("8", "Enumerator 1")),
            "{values:?}"
        );
        assert!(
            conflicts[0]
                .values
                .iter()
                .all(|v| !v.at.is_empty() && !v.display.is_empty())
        );
        assert_eq!(conflicts[0].values.iter().filter(|v| v.mine).count(), 1);
        assert_eq!(device.state(household).expect("state").answer("rt"), "009");
    }
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        let path = FieldPath::household("floor_material");
        assert_eq!(
            device
                .resolve(household, &path, "8", " ", None)
                .expect_err("no reason")
                .code,
            "reason_needed"
        );
        device
            .resolve(household, &path, "8", "Dilihat sendiri: lantai tanah", None)
            .expect("settled");
        assert_eq!(
            device
                .resolve(household, &path, "8", "lagi", None)
                .expect_err("settled")
                .code,
            "no_conflict"
        );
    }
    for tablet in [1, 0] {
        assert!(
            world
                .exchange(tablet, Faults::default())
                .expect("exchange")
                .agreed
        );
    }
    let digests: Vec<_> = world
        .tablets
        .iter()
        .map(|t| {
            let device = t.device.lock().expect("a device");
            assert!(device.conflicts().expect("conflicts").is_empty());
            assert_eq!(
                device
                    .state(household)
                    .expect("state")
                    .answer("floor_material"),
                "8"
            );
            device.digest(household).expect("digest")
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
    let history = world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .household(household)
        .expect("page")
        .history;
    assert!(history.iter().any(|h| h.kind == "settled" && h.fields.iter().any(|f| f.new.contains("lantai tanah"))));
}

#[test]
fn a_newer_prelist_never_loses_an_edit_made_in_the_field() {
    let mut world = world(1);
    let household = first(&world);
    give(&world, 0, "floor_material", "1");
    world.exchange(0, Faults::default()).expect("sent");
    let newer = String::from_utf8(prelist::small(prelist::VILLAGE, 3)).expect("text");
    let newer = newer
        .replace(",36,6,", ",36,8,")
        .replace("Dusun I RT", "Dusun Baru RT");
    world
        .server
        .import_prelist(newer.as_bytes(), NOW, &mut |_, _| ())
        .expect("imported");
    assert!(
        world
            .exchange(0, Faults::default())
            .expect("received")
            .agreed
    );
    let device = world.tablets[0].device.lock().expect("a device");
    let state = device.state(household).expect("state");
    assert!(
        state.answer("address").starts_with("Dusun Baru"),
        "what nobody touched is updated"
    );
    let values: Vec<_> = state.fields[&FieldPath::household("floor_material")]
        .iter()
        .map(|v| v.text.clone())
        .collect();
    assert!(
        values.contains(&"1".to_owned()) && values.contains(&"8".to_owned()),
        "both are kept: {values:?}"
    );
}

#[test]
fn a_device_gets_its_own_villages_and_no_others() {
    let world = World::new(5, 2, 1);
    world
        .server
        .import_prelist(&prelist::small(prelist::OTHER, 4), NOW, &mut |_, _| ())
        .expect("imported");
    let other = enrol(&world.server, 77, &[prelist::OTHER], 9);
    let mut injected = Default::default();
    let mut chance = lawang_tests::chance::Chance::new(1);
    let mut seen = Vec::new();
    let mut network = lawang_tests::network::Network {
        server: &world.server,
        device: other.id,
        chance: &mut chance,
        faults: Faults::default(),
        now: NOW,
        seen: &mut seen,
        injected: &mut injected,
    };
    exchange(
        &other.device,
        &mut network,
        &CancelToken::default(),
        |_, _| (),
    )
    .expect("exchange");
    let device = other.device.lock().expect("a device");
    let rows = device.worklist(&Default::default()).expect("list");
    assert_eq!(
        (rows.households, rows.rows[0].village.as_str()),
        (4, prelist::OTHER)
    );
}

#[test]
fn a_link_that_is_cut_every_three_kilobytes_still_finishes() {
    let mut world = World::new(9, 40, 1);
    let narrow = Faults {
        cut_above: Some(3_000),
        ..Faults::default()
    };
    let report = world.exchange(0, narrow).expect("finished");
    assert!(report.agreed && report.pulled >= 40);
    {
        let household = first(&world);
        let mut device = world.tablets[0].device.lock().expect("a device");
        for n in 0..12 {
            answer(&mut device, household, "household_status", "1");
            answer(
                &mut device,
                household,
                "address",
                &format!("Dusun {n} {}", "x".repeat(150)),
            );
            device.close_visit(household).expect("put down");
        }
        let noise: Vec<u8> = (0..60 * 60 * 3u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let picture = png(60, 60, &noise);
        device
            .add_photo(household, &FieldPath::household("photo_house"), &picture)
            .expect("photo");
    }
    let report = world.exchange(0, narrow).expect("finished");
    assert!(report.agreed && report.progress.photos_sent == 1);
    assert!(world.injected.cut > 0, "nothing was cut");
}

fn png(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    // An uncompressed BMP would do as well, but the program reads JPEG, PNG and WebP only.
    lawang_tests::picture::png(width, height, rgb)
}

#[test]
fn a_restored_old_copy_takes_a_new_incarnation_and_fetches_what_it_lost() {
    let mut world = world(1);
    let household = first(&world);
    let copy = {
        let device = world.tablets[0].device.lock().expect("a device");
        let mut copy = rusqlite::Connection::open_in_memory().expect("memory");
        rusqlite::backup::Backup::new(device.store().raw(), &mut copy)
            .and_then(|b| b.run_to_completion(1_000, std::time::Duration::ZERO, None))
            .expect("copied");
        copy
    };
    give(&world, 0, "rt", "005");
    world.exchange(0, Faults::default()).expect("sent");
    world.restore(0, copy);
    assert_ne!(
        world.tablets[0]
            .device
            .lock()
            .expect("a device")
            .state(household)
            .expect("state")
            .answer("rt"),
        "005"
    );
    assert!(world.exchange(0, Faults::default()).expect("again").agreed);
    assert_eq!(
        world.tablets[0]
            .device
            .lock()
            .expect("a device")
            .state(household)
            .expect("state")
            .answer("rt"),
        "005"
    );
    give(&world, 0, "rw", "007");
    assert!(
        world
            .exchange(0, Faults::default())
            .expect("goes on")
            .agreed
    );
}

#[test]
fn an_exchange_that_is_stopped_goes_on_later_where_it_was() {
    let mut world = World::new(13, 30, 1);
    let cancel = CancelToken::default();
    let tablet = &mut world.tablets[0];
    let (mut injected, mut seen) = (Default::default(), Vec::new());
    let mut network = lawang_tests::network::Network {
        server: &world.server,
        device: tablet.id,
        chance: &mut world.chance,
        faults: Faults {
            cut_above: Some(900),
            ..Faults::default()
        },
        now: NOW,
        seen: &mut seen,
        injected: &mut injected,
    };
    let mut messages = 0;
    let stopped = exchange(&tablet.device, &mut network, &cancel, |_, _| {
        messages += 1;
        if messages == 6 {
            cancel.cancel();
        }
    });
    assert_eq!(stopped.expect_err("stopped").code, "cancelled");
    assert_eq!(messages, 6, "nothing is sent after it was stopped");
    let report = world.exchange(0, Faults::default()).expect("carried on");
    assert!(report.agreed);
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(device.all_households().expect("list").len(), 30);
}

#[test]
fn a_photo_that_was_damaged_on_the_device_is_given_up_and_holds_nothing_up() {
    let mut world = world(1);
    let household = first(&world);
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        answer(&mut device, household, "household_status", "1");
        device
            .add_photo(
                household,
                &FieldPath::household("photo_house"),
                &png(8, 8, &[7; 192]),
            )
            .expect("photo");
        device
            .store()
            .raw()
            .execute("UPDATE photo SET body = zeroblob(len)", [])
            .expect("damaged");
    }
    let report = world.exchange(0, Faults::default()).expect("it ends");
    assert_eq!(
        (report.agreed, report.refused, report.progress.photos_sent),
        (true, 1, 0)
    );
    let again = world.exchange(0, Faults::default()).expect("it ends");
    assert_eq!(
        (again.agreed, again.refused),
        (true, 0),
        "it is not tried for ever"
    );
    let device = world.tablets[0].device.lock().expect("a device");
    let kept: i64 = device
        .store()
        .raw()
        .query_row("SELECT count(*) FROM photo WHERE state = 2", [], |r| {
            r.get(0)
        })
        .expect("count");
    assert_eq!(kept, 1, "kept, marked as refused");
}

#[test]
fn a_row_that_counted_as_refused_and_is_at_the_server_after_all_says_so_in_the_list() {
    use lawang_domain::VisitState;
    let mut world = world(1);
    let household = first(&world);
    let card = |world: &World| {
        let device = world.tablets[0].device.lock().expect("a device");
        let card = device.store().card(household).expect("read");
        card.expect("a card").state
    };
    {
        // As after an answer that was lost, and another that refused the same row.
        let mut device = world.tablets[0].device.lock().expect("a device");
        for sql in [
            "UPDATE row_log SET state = 2, reason = 'role_may_not'",
            "UPDATE scope SET row_cursor = 0",
        ] {
            device.store().raw().execute(sql, []).expect("written");
        }
        device.rebuild(|_, _| ()).expect("rebuilt");
    }
    assert_eq!(card(&world), VisitState::Refused);
    let report = world.exchange(0, Faults::default()).expect("exchange");
    assert!(report.agreed);
    assert_eq!(card(&world), VisitState::NotVisited);
}

#[test]
fn a_device_that_gets_a_village_or_gets_it_back_hears_what_was_changed_there_meanwhile() {
    let mut world = World::new(6, 2, 1);
    let list = prelist::small(prelist::OTHER, 2);
    world
        .server
        .import_prelist(&list, NOW, &mut |_, _| ())
        .expect("imported");
    world
        .tablets
        .push(enrol(&world.server, 78, &[prelist::OTHER], 9));
    let agreed = |world: &mut World, tablet: usize| {
        let report = world.exchange(tablet, Faults::default()).expect("exchange");
        assert!(report.agreed, "tablet {tablet}: {report:?}");
    };
    let give = |world: &World, tablet: usize, value: &str| {
        let mut device = world.tablets[tablet].device.lock().expect("a device");
        let household = device.all_households().expect("list")[0];
        let rt = FieldPath::household("rt");
        device
            .give(household, None, &[(rt, value.into())])
            .expect("saved");
        household
    };
    let office = |world: &World, villages: &[&str]| {
        let villages: Vec<_> = villages
            .iter()
            .map(|v| v.parse().expect("a code"))
            .collect();
        let id = world.tablets[0].id;
        let done = world.server.change_device(id, None, Some(&villages));
        done.expect("other villages");
    };
    agreed(&mut world, 0);
    agreed(&mut world, 1);
    let far = give(&world, 1, "011");
    agreed(&mut world, 1);
    give(&world, 0, "001");
    agreed(&mut world, 0);
    office(&world, &[prelist::VILLAGE, prelist::OTHER]);
    agreed(&mut world, 0);
    office(&world, &[prelist::VILLAGE]);
    agreed(&mut world, 0);
    give(&world, 1, "012");
    agreed(&mut world, 1);
    give(&world, 0, "002");
    agreed(&mut world, 0);
    office(&world, &[prelist::VILLAGE, prelist::OTHER]);
    agreed(&mut world, 0);
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(device.state(far).expect("state").answer("rt"), "012");
}
