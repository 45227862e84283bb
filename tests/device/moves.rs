//! People who are moved to other villages while work is on its way.

use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::{
    hubs::{ELSEWHERE, HubWorld},
    network::Faults,
    prelist::VILLAGE,
    world::World,
};

pub const QUIET: Faults = Faults {
    lose_request: 0,
    lose_answer: 0,
    double: 0,
    stale: 0,
    cut_above: None,
};

pub fn household_in(world: &HubWorld, tablet: usize, village: &str) -> HouseholdId {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let all = device.all_households().expect("households");
    *all.iter()
        .find(|id| device.store().row(**id).is_ok_and(|(_, v)| v == village))
        .expect("a household of the village")
}

pub fn give(world: &HubWorld, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    let answers = [(FieldPath::household(key), value.to_owned())];
    device.give(household, None, &answers).expect("saved");
}

pub fn unsent(world: &HubWorld, tablet: usize) -> u32 {
    let device = world.tablets[tablet].device.lock().expect("a device");
    device.store().unsent_households().expect("a count")
}

#[test]
fn late_work_on_what_was_heard_of_at_a_hub_is_shown_when_the_village_is_somebody_elses_by_then() {
    for district_knows in [true, false] {
        let mut world = HubWorld::new(23, 2, &[&[VILLAGE, ELSEWHERE], &[VILLAGE]]);
        world.upstream().expect("the hub's first exchange");
        for tablet in [0, 1] {
            world.at_hub(tablet, QUIET).expect("at the hub");
        }
        let household = household_in(&world, 0, VILLAGE);
        give(&world, 1, household, "rt", "008");
        world.at_hub(1, QUIET).expect("at the hub");
        world.at_hub(0, QUIET).expect("at the hub");
        give(&world, 0, household, "rt", "009");
        let id = world.tablets[0].id;
        let villages = [ELSEWHERE.parse().expect("a village")];
        world
            .district
            .change_device(id, None, Some(&villages))
            .expect("changed");
        if district_knows {
            world.upstream().expect("upstream");
        }
        for _ in 0..2 {
            assert!(world.at_district(0, QUIET).expect("an answer").agreed);
        }
        assert_eq!(unsent(&world, 0), 0, "nothing waits in silence");
        let device = world.tablets[0].device.lock().expect("a device");
        let proposals = device.proposals(false).expect("proposals").mine;
        assert_eq!(proposals.len(), 1);
        assert_eq!(
            (&*proposals[0].code, &*proposals[0].fields[0].new),
            ("not_your_village", "009")
        );
    }
}

/// The office changes the device's villages just before the first comparison.
struct Meanwhile<'a> {
    world: &'a World,
    tablet: &'a lawang_tests::world::Tablet,
    villages: Option<Vec<lawang_domain::VillageCode>>,
}

impl lawang_app::Transport for Meanwhile<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, lawang_sync::LinkFailure> {
        let compares = lawang_sync::decode::<lawang_sync::Envelope>(message)
            .is_some_and(|e| matches!(e.request, lawang_sync::Request::Check(_)));
        if compares && let Some(villages) = self.villages.take() {
            self.world
                .server
                .change_device(self.tablet.id, None, Some(&villages))
                .expect("changed");
        }
        let now = lawang_tests::world::NOW;
        Ok(self.world.server.handle(self.tablet.id, message, now))
    }

    fn pause(&mut self, _: u64, _: &lawang_app::CancelToken) {}
}

#[test]
fn villages_that_change_in_the_middle_of_an_exchange_are_heard_of_before_it_ends() {
    let world = World::new(31, 3, 0);
    let both = [VILLAGE, lawang_tests::prelist::OTHER];
    for (seed, before, after) in [(5, &both[..], &both[1..]), (6, &both[1..], &both[..])] {
        let tablet = lawang_tests::world::enrol(&world.server, seed, before, 0);
        let codes = after.iter().map(|v| v.parse().expect("a village"));
        let mut link = Meanwhile {
            world: &world,
            tablet: &tablet,
            villages: Some(codes.collect()),
        };
        let cancel = lawang_app::CancelToken::default();
        let report =
            lawang_app::exchange(&tablet.device, &mut link, &cancel, |_, _| ()).expect("an end");
        assert!(report.agreed, "{:?}", report.differing);
        let device = tablet.device.lock().expect("a device");
        let active = device.store().scope().expect("scope");
        let active: Vec<_> = active
            .iter()
            .filter(|s| s.active)
            .map(|s| &s.village)
            .collect();
        assert_eq!(active, after);
    }
}
