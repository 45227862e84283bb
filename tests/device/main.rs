//! What a person does on a device, without a window: visits, conflicts, damage, a full disk.

mod anew;
mod audit;
mod authority;
mod back_checks;
mod clock;
mod desk;
mod desk_drafts;
mod desk_lists;
mod disk;
mod duplicates;
mod entities;
mod erasure;
mod evidence;
mod findings;
mod forms;
mod hub_refusals;
mod hub_restore;
mod hub_trust;
mod hubs;
mod letters;
mod moves;
mod named;
mod old_copy;
mod overtaken;
mod own_work;
mod paradata;
mod photos;
mod published;
mod removals;
mod restore;
mod restriction;
mod rules;
mod settling;
mod sharing;
mod surveys;
mod village_moves;
mod visits;
mod watched;
mod wire;
mod workflow;

use lawang_app::{Device, Whole};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_tests::{network::Faults, visits::plausible, world::World};

/// A world with devices that have the list.
pub fn world(tablets: usize) -> World {
    let mut world = World::new(11, 3, tablets);
    for tablet in 0..tablets {
        world
            .exchange(tablet, Faults::default())
            .expect("first exchange");
    }
    world
}

/// The first household of a device.
pub fn first(world: &World) -> HouseholdId {
    world.tablets[0]
        .device
        .lock()
        .expect("a device")
        .all_households()
        .expect("list")[0]
}

/// Answers a question of a visit.
pub fn answer(device: &mut Device, household: HouseholdId, path: &str, value: &str) {
    let path: FieldPath = path.parse().expect("a path");
    device
        .answer(household, &path, value, Whole::Visit)
        .unwrap_or_else(|e| panic!("{path} = {value}: {e:?}"));
}

/// Answers whatever is asked until nothing is missing: the first choice, plausible numbers.
pub fn complete(device: &mut Device, household: HouseholdId) {
    for _ in 0..40 {
        let summary = device
            .visit_summary(household, Whole::Visit)
            .expect("summary");
        if summary.problems.is_empty() {
            return;
        }
        for problem in summary.problems {
            let view = device
                .visit_view(household, Some(&problem.page))
                .expect("page");
            let Some(item) = view.page.items.iter().find(|i| i.path == problem.path) else {
                continue;
            };
            let value = plausible(item);
            let path: FieldPath = problem.path.parse().expect("a path");
            device
                .answer(household, &path, &value, Whole::Visit)
                .unwrap_or_else(|e| panic!("{} = {value}: {e:?}", problem.path));
        }
    }
    let left = device
        .visit_summary(household, Whole::Visit)
        .expect("summary")
        .problems;
    panic!(
        "still missing: {:?}",
        left.iter()
            .map(|p| (&p.path, &p.message))
            .collect::<Vec<_>>()
    );
}

/// A member's field.
pub fn member(id: InstanceId, key: &str) -> String {
    format!("members/{id}/{key}")
}
