//! Devices between a hub and their district.

use crate::complete;
use lawang_app::{Whole, digest_of};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_tests::{
    chance::Chance,
    hubs::{ELSEWHERE, HubWorld},
    network::Faults,
    prelist::VILLAGE,
    world::enrol_as,
};
use std::collections::{BTreeMap, BTreeSet};

pub fn household_in(world: &HubWorld, tablet: usize, village: &str) -> HouseholdId {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let all = device.all_households().expect("households");
    *all.iter()
        .find(|id| device.store().row(**id).is_ok_and(|(_, v)| v == village))
        .expect("a household of the village")
}

pub fn give(world: &HubWorld, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    world.tablets[tablet]
        .device
        .lock()
        .expect("a device")
        .give(
            household,
            None,
            &[(FieldPath::household(key), value.into())],
        )
        .expect("saved");
}

pub fn answer(world: &HubWorld, tablet: usize, household: HouseholdId, key: &str) -> String {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let state = device.state(household).expect("state");
    state.answer(key).to_owned()
}

pub fn unsent(world: &HubWorld, tablet: usize) -> u32 {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().unsent_households().expect("a count")
}

pub fn digests(world: &HubWorld, tablet: usize) -> BTreeMap<HouseholdId, String> {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let all = device.all_households().expect("households");
    all.into_iter()
        .map(|id| {
            let record = device.store().record(id).expect("a document");
            (id, digest_of(&record.heads()))
        })
        .collect()
}

pub const QUIET: Faults = Faults {
    lose_request: 0,
    lose_answer: 0,
    double: 0,
    stale: 0,
    cut_above: None,
};

#[test]
fn weeks_without_internet_devices_see_each_other_at_the_hub_and_the_district_hears_it_all_later() {
    let mut world = HubWorld::new(11, 4, &[&[VILLAGE], &[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
    }
    let household = household_in(&world, 0, VILLAGE);
    for week in 0..4 {
        world.now += 7 * 24 * 3_600_000;
        give(&world, 0, household, "rt", &format!("00{week}"));
        give(&world, 1, household, "address", &format!("Dusun {week}"));
        for tablet in [0, 1, 0] {
            let report = world.at_hub(tablet, QUIET).expect("at the hub");
            assert!(report.agreed);
            assert!(
                report.receipt.is_empty(),
                "only the district's receipt counts"
            );
        }
        assert_eq!(answer(&world, 1, household, "rt"), format!("00{week}"));
        assert_eq!(
            answer(&world, 0, household, "address"),
            format!("Dusun {week}")
        );
    }
    assert_eq!(unsent(&world, 0), 1, "at the hub is not at the district");

    let report = world.upstream().expect("a link at last");
    assert!(report.agreed, "{report:?}");
    assert_eq!((report.forwarded, report.refused), (8, 0));
    // The district's word comes back with the next visit at the hub.
    for tablet in 0..2 {
        world.at_hub(tablet, QUIET).expect("at the hub");
        assert_eq!(unsent(&world, tablet), 0, "the district said so in writing");
    }
    for tablet in 0..2 {
        let report = world.at_district(tablet, QUIET).expect("at the district");
        assert!(report.agreed);
        assert_eq!(report.pushed, 0, "nothing is sent twice");
    }
    assert_eq!(digests(&world, 0), digests(&world, 1));
}

#[test]
fn a_hub_cannot_alter_what_a_device_signed() {
    let mut world = HubWorld::new(12, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    world.at_hub(0, QUIET).expect("at the hub");
    let household = household_in(&world, 0, VILLAGE);
    give(&world, 0, household, "rt", "007");
    world.at_hub(0, QUIET).expect("at the hub");
    let (district, device, now) = (&world.district, world.hub_device, world.now);
    let report = world
        .hub
        .exchange_upstream([7; 32].into(), now, &mut |_, bytes| {
            use lawang_sync::{Envelope, HubRequest, Request, decode, encode};
            let mut envelope: Envelope = decode(bytes).expect("a message");
            if let Request::Hub(HubRequest::Forward(forward)) = &mut envelope.request {
                // One bit of the device's work.
                let middle = forward.body.len() / 2;
                forward.body[middle] ^= 1;
            }
            Ok(district.handle(device, &encode(&envelope), now))
        })
        .expect("an exchange");
    assert_eq!((report.forwarded, report.refused), (0, 1));
    assert!(report.agreed, "nothing of it is at the district");
    assert_eq!(unsent(&world, 0), 1, "and the device does not think it is");
    // The way to the district itself is open.
    assert!(world.at_district(0, QUIET).expect("at the district").agreed);
    assert_eq!(unsent(&world, 0), 0);
}

#[test]
fn what_is_of_other_villages_passes_through_the_hub_unread() {
    let mut world = HubWorld::new(13, 2, &[&[VILLAGE, ELSEWHERE]]);
    world.upstream().expect("the hub's first exchange");
    assert!(world.at_district(0, QUIET).expect("at the district").agreed);
    let (near, far) = (
        household_in(&world, 0, VILLAGE),
        household_in(&world, 0, ELSEWHERE),
    );
    give(&world, 0, near, "address", "DUSUN TERLIHAT");
    give(&world, 0, far, "address", "DUSUN RAHASIA");
    world.traffic.clear();
    assert!(world.at_hub(0, QUIET).expect("at the hub").agreed);
    let report = world.upstream().expect("upstream");
    assert_eq!((report.forwarded, report.refused), (2, 0), "{report:?}");
    // What the hub holds of it, and what passed through its hands, inflated where it can be.
    let hub = world.hub.forwarded().expect("the hub's store");
    assert_eq!(hub.len(), 2);
    let readable = |bytes: &[u8], word: &str| {
        let inflated: Vec<u8> = (0..bytes.len().saturating_sub(4))
            .filter(|at| bytes[*at..].starts_with(&[0x28, 0xb5, 0x2f, 0xfd]))
            .flat_map(|at| {
                use std::io::Read;
                let mut out = Vec::new();
                if let Ok(decoder) = zstd::stream::read::Decoder::new(&bytes[at..]) {
                    let _ = decoder.single_frame().take(1 << 24).read_to_end(&mut out);
                }
                out
            })
            .collect();
        [bytes, &inflated]
            .iter()
            .any(|b| b.windows(word.len()).any(|w| w == word.as_bytes()))
    };
    assert!(
        hub.iter().any(|body| readable(body, "DUSUN TERLIHAT")),
        "the test can see what is open"
    );
    assert!(!hub.iter().any(|body| readable(body, "DUSUN RAHASIA")));
    assert!(readable(&world.traffic, "DUSUN TERLIHAT"));
    assert!(!readable(&world.traffic, "DUSUN RAHASIA"));
    // It has arrived all the same, and the device hears so at the hub.
    world.at_hub(0, QUIET).expect("at the hub");
    assert_eq!(unsent(&world, 0), 0);
    let report = world.at_district(0, QUIET).expect("at the district");
    assert!(report.agreed && report.pushed == 0);
}

#[test]
fn verification_and_administration_travel_through_a_hub_as_answers_do_read_or_sealed() {
    let mut world = HubWorld::new(18, 2, &[&[VILLAGE, ELSEWHERE]]);
    world.tablets.push(enrol_as(
        &world.district,
        99,
        &[VILLAGE, ELSEWHERE],
        "Ibu Sri",
        Role::VillageVerifier,
    ));
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..2 {
        assert!(
            world
                .at_district(tablet, QUIET)
                .expect("at the district")
                .agreed
        );
    }
    let (near, far) = (
        household_in(&world, 0, VILLAGE),
        household_in(&world, 0, ELSEWHERE),
    );
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        complete(&mut device, near);
        device.submit(near, Whole::Visit).expect("submitted");
    }
    for tablet in 0..2 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
    }
    {
        let mut device = world.tablets[1].device.lock().expect("a device");
        device.approve(near, "").expect("approved at the office");
        device
            .comment(far, None, "RAHASIA DESA LAIN")
            .expect("said");
    }
    for tablet in [1, 0] {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
    }
    let state = |world: &HubWorld, tablet: usize| {
        let device = world.tablets[tablet].device.lock().expect("a device");
        device.record_state(near).expect("a state")
    };
    assert_eq!(
        state(&world, 0),
        RecordState::FieldVerified,
        "seen without internet"
    );
    let report = world.upstream().expect("upstream");
    assert!(
        report.agreed && report.refused + report.waiting == 0,
        "{report:?}"
    );
    for tablet in 0..2 {
        assert!(world.at_hub(tablet, QUIET).expect("at the hub").agreed);
        assert_eq!(unsent(&world, tablet), 0);
        let report = world.at_district(tablet, QUIET).expect("at the district");
        assert!(report.agreed && report.pushed == 0);
        assert_eq!(state(&world, tablet), RecordState::FieldVerified);
    }
    let passed = world.hub.forwarded().expect("what passed through the hub");
    assert!(
        !passed
            .iter()
            .any(|body| body.windows(7).any(|w| w == b"RAHASIA"))
    );
}

#[test]
fn a_courier_file_left_at_a_hub_goes_up_with_the_rest_and_twice_is_once() {
    let mut world = HubWorld::new(19, 3, &[&[VILLAGE, ELSEWHERE]]);
    world.upstream().expect("the hub's first exchange");
    assert!(world.at_district(0, QUIET).expect("at the district").agreed);
    for village in [VILLAGE, ELSEWHERE] {
        let household = household_in(&world, 0, village);
        give(&world, 0, household, "rt", "006");
    }
    let mut card = Vec::new();
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        device.export_batches(&mut card).expect("a file");
        assert_eq!(device.exported().expect("marked"), 2);
    }
    for kept in [1, 1] {
        let report = world.hub.import_courier(card.as_slice(), world.now);
        assert_eq!(report.expect("taken in").kept, kept);
    }
    assert_eq!(world.hub.forwarded().expect("what waits").len(), 1);
    assert_eq!(unsent(&world, 0), 2, "at the hub is not at the district");
    let report = world.upstream().expect("upstream");
    assert_eq!((report.forwarded, report.refused), (1, 0));
    // The answers may come back on the card as well.
    let mut answers = Vec::new();
    let id = world.tablets[0].id;
    assert_eq!(
        world.hub.export_answers(id, &mut answers).expect("answers"),
        1
    );
    for _ in 0..2 {
        let mut device = world.tablets[0].device.lock().expect("a device");
        assert_eq!(device.import_answers(&answers).expect("taken"), 2);
    }
    assert_eq!(unsent(&world, 0), 0);
    let report = world.at_district(0, QUIET).expect("at the district");
    assert!(report.agreed && report.pushed == 0);
}

#[test]
fn a_device_that_meets_a_hub_after_the_district_took_everything_sends_nothing_again() {
    let mut world = HubWorld::new(17, 2, &[&[VILLAGE]]);
    world.upstream().expect("the hub's first exchange");
    assert!(world.at_district(0, QUIET).expect("at the district").agreed);
    let household = household_in(&world, 0, VILLAGE);
    give(&world, 0, household, "rt", "005");
    assert!(world.at_district(0, QUIET).expect("at the district").agreed);
    let report = world.at_hub(0, QUIET).expect("at the hub");
    assert!(
        report.agreed,
        "the hub does not know of it yet, and that is no difference"
    );
    assert_eq!(report.pushed, 0);
    world.upstream().expect("upstream");
    let report = world.at_hub(0, QUIET).expect("at the hub");
    assert!(report.agreed && report.pushed == 0);
}

/// One small world: edits, exchanges with hub and district in any order over a bad network; afterwards all agree. `roles`:
/// people lose and regain the right to write, and the hub hears of it late.
fn any_order(seed: u64, roles: bool) {
    let mut world = HubWorld::new(seed, 3, &[&[VILLAGE], &[VILLAGE], &[VILLAGE, ELSEWHERE]]);
    let mut chance = Chance::new(seed ^ 0xabc);
    let bad = Faults {
        lose_request: 5,
        lose_answer: 5,
        double: 10,
        stale: 0,
        cut_above: None,
    };
    world.upstream().expect("the hub's first exchange");
    for tablet in 0..3 {
        world.at_district(tablet, QUIET).expect("first download");
    }
    for _ in 0..30 {
        world.now += 60_000;
        let tablet = chance.below(3);
        if roles && chance.percent(12) {
            let role = *chance.of(&[Role::Auditor, Role::Enumerator]);
            let id = world.tablets[tablet].id;
            world
                .district
                .change_device(id, Some(role), None)
                .expect("changed");
        }
        match chance.below(10) {
            0..=3 => {
                world.tablets[tablet].environment.advance(60_000);
                let mut device = world.tablets[tablet].device.lock().expect("a device");
                let all = device.all_households().expect("households");
                let household = *chance.of(&all);
                let key = *chance.of(&["rt", "rw", "address"]);
                let value = format!("{}", chance.below(900) + 100);
                if chance.percent(15) {
                    let village = if tablet == 2 && chance.percent(50) {
                        ELSEWHERE
                    } else {
                        VILLAGE
                    };
                    let added = device.add_household(village);
                    assert!(added.is_ok() || roles, "a new household");
                } else {
                    let given = device.give(household, None, &[(FieldPath::household(key), value)]);
                    assert!(given.is_ok() || roles, "saved");
                }
            }
            4..=6 => {
                let _ = world.at_hub(tablet, bad);
            }
            7..=8 => {
                let _ = world.at_district(tablet, bad);
            }
            _ => {
                world.upstream().expect("upstream");
            }
        }
    }
    if roles {
        for tablet in &world.tablets {
            world
                .district
                .change_device(tablet.id, Some(Role::Enumerator), None)
                .expect("changed");
        }
        // What was refused is made anew, and what builds on that after it; a duplicate may be accepted late.
        world.anew = true;
        for _ in 0..4 {
            world.upstream().expect("upstream");
            for tablet in 0..3 {
                let _ = world.at_hub(tablet, QUIET).expect("at the hub");
            }
        }
    }
    world.anew = false;
    // Everything that waits finds its way: through the hub, then at the district.
    for _ in 0..2 {
        for tablet in 0..3 {
            let report = world.at_hub(tablet, QUIET).expect("at the hub");
            assert!(report.agreed, "seed {seed}: tablet {tablet} at the hub");
        }
        let report = world.upstream().expect("upstream");
        assert!(report.agreed, "seed {seed}: {report:?}");
        assert_eq!(report.refused, 0, "seed {seed}");
    }
    for tablet in [0, 1, 2, 0, 1, 2] {
        let report = world.at_district(tablet, QUIET).expect("at the district");
        assert!(
            report.agreed,
            "seed {seed}: tablet {tablet} at the district"
        );
    }
    for tablet in 0..3 {
        let device = world.tablets[tablet].device.lock().expect("a device");
        assert_eq!(
            device.store().unsent_changes(9).expect("a list"),
            [],
            "seed {seed}: tablet {tablet}"
        );
    }
    assert!(
        roles
            || world
                .district
                .quarantine()
                .expect("a list")
                .iter()
                .all(|q| q.code == "missing_dependency" || q.code == "unknown_household"),
        "seed {seed}: nothing is refused for good"
    );
    // A household that the district refused as a whole stays where it was made; whoever saw it at the hub sees it there.
    let mut refused_as_a_whole = BTreeSet::new();
    for tablet in world.tablets.iter().filter(|_| roles) {
        let device = tablet.device.lock().expect("a device");
        for household in device.all_households().expect("households") {
            if !device
                .store()
                .refusals(household)
                .expect("codes")
                .is_empty()
            {
                refused_as_a_whole.insert(household);
            }
        }
    }
    let all = digests(&world, 2);
    for tablet in 0..2 {
        for (household, digest) in digests(&world, tablet) {
            if refused_as_a_whole.contains(&household) {
                continue;
            }
            assert_eq!(
                all.get(&household),
                Some(&digest),
                "seed {seed}: {household}"
            );
        }
    }
}

fn seeds(run: impl Fn(u64)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    match number("LAWANG_SEED") {
        Some(one) => run(one),
        None => (0..number("LAWANG_HUB_SEEDS").unwrap_or(60)).for_each(run),
    }
}

#[test]
fn a_device_alternates_between_hub_and_district_in_any_order() {
    seeds(|seed| any_order(seed, false));
}

#[test]
fn people_who_lose_the_right_to_write_leave_nothing_behind_at_a_hub_that_hears_of_it_late() {
    seeds(|seed| any_order(seed, true));
}
