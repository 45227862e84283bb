//! A thousand small worlds: three devices, random edits, a network that loses, doubles and reorders,
//! processes that die between any two writes. Afterwards all agree and nothing acknowledged is gone.

use lawang_app::digest_of;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_records::Hash;
use lawang_tests::{
    forms,
    network::Faults,
    world::{Acknowledged, World},
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// Seeds in the normal run; `LAWANG_SEEDS` for more, `LAWANG_SEED` for one.
const SEEDS: u64 = 1_000;

const FIELDS: &[(&str, &[&str])] = &[
    ("rt", &["001", "002", "003", "004"]),
    ("floor_material", &["1", "2", "6", "8"]),
    ("address", &["Dusun I", "Dusun II", "Dusun III RT 2"]),
    ("asset_car", &["1", "2"]),
    ("is_well_off", &["1", "2"]),
];

fn edit(world: &mut World, tablet: usize) {
    let id = world.tablets[tablet].id;
    world.tablets[tablet]
        .environment
        .advance(1_000 + world.chance.below(600_000) as i64);
    let crash = world
        .chance
        .percent(8)
        .then(|| world.chance.below(3) as u32);
    let outcome = {
        let chance = &mut world.chance;
        let mut device = world.tablets[tablet].device.lock().expect("no panic");
        let all = device.all_households().expect("list");
        if all.is_empty() {
            return;
        }
        let household = *chance.of(&all);
        let (key, values) = *chance.of(FIELDS);
        let value = (*chance.of(values)).to_owned();
        let mut path = FieldPath::household(key);
        let mut text = value;
        if chance.percent(30) {
            let state = device.state(household).expect("state");
            let members = state.of("members").to_vec();
            if !members.is_empty() {
                path = FieldPath::of("members", *chance.of(&members), "name");
                text = format!("NAMA {}", chance.below(5));
            }
        }
        device.store().crash_after(crash);
        let roll = chance.below(100);
        let done = if roll < 10 {
            let member = device.new_member_id();
            path = FieldPath::of("members", member, "name");
            text = format!("ANAK {}", chance.below(100));
            device
                .give(household, Some(member), &[(path.clone(), text.clone())])
                .map(|_| ())
        } else if roll < 15 {
            // A household that is not on the list, or a survey where one was fetched.
            let village = lawang_tests::prelist::VILLAGE;
            let surveys = device.forms().expect("forms");
            if chance.percent(50) && surveys.iter().any(|f| f.survey && f.usable) {
                device.new_survey("village_needs", village).map(|_| ())
            } else {
                device.add_household(village).map(|_| ())
            }
        } else if roll < 60 {
            // As on the screen: answers one by one, put down later or by the next exchange.
            device.answer(household, &path, &text, lawang_app::Whole::Everything)
        } else {
            device
                .give(household, None, &[(path.clone(), text.clone())])
                .map(|_| ())
        };
        device.store().crash_after(None);
        done.map(|()| (roll, household, path, text))
    };
    match outcome {
        Ok((roll, household, path, value)) if !(10..15).contains(&roll) => {
            world.acknowledged.push(Acknowledged {
                device: id,
                household,
                path,
                value,
            });
        }
        Ok(_) => {}
        Err(error) if error.code == "crash" => world.restart(tablet),
        // The form is open as it was before this member came in from elsewhere: not a loss.
        Err(error) if error.code == "no_such_member" => {}
        // The policy, asked before anything was written.
        Err(error) if denied(&error) => {}
        Err(error) => panic!("an edit failed: {error:?}"),
    }
}

/// Somebody makes a tree, or changes one that this device knows.
fn plant(world: &mut World, tablet: usize) {
    world.tablets[tablet]
        .environment
        .advance(1_000 + world.chance.below(600_000) as i64);
    let crash = world
        .chance
        .percent(20)
        .then(|| world.chance.below(6) as u32);
    let outcome = {
        let chance = &mut world.chance;
        let mut device = world.tablets[tablet].device.lock().expect("no panic");
        let surveys = device.forms().expect("forms");
        if !surveys.iter().any(|f| f.form == "trees" && f.usable) {
            return;
        }
        let known = device.entities(Some("trees")).expect("list").entities;
        let mut answers = vec![("height", chance.below(100).to_string())];
        if chance.percent(50) {
            answers.push(("note", format!("catatan {}", chance.below(3))));
        }
        if !known.is_empty() && chance.percent(70) {
            answers.push(("tree", chance.of(&known).id.clone()));
        }
        device.store().crash_after(crash);
        let mut done = || {
            let id = device.new_survey("trees", lawang_tests::prelist::VILLAGE)?;
            for (path, value) in &answers {
                let path = FieldPath::household(*path);
                device.answer(id, &path, value, lawang_app::Whole::Visit)?;
            }
            device.submit(id, lawang_app::Whole::Visit)
        };
        let done = done();
        device.store().crash_after(None);
        done
    };
    match outcome {
        Ok(_) => {}
        Err(error) if error.code == "crash" => world.restart(tablet),
        Err(error) if denied(&error) => {}
        Err(error) => panic!("a tree could not be planted: {error:?}"),
    }
}

/// All see the same lists, and building them anew gives them again.
fn lists_agree(world: &World) -> usize {
    let lists = || {
        world
            .server
            .entities(None, None, true)
            .expect("lists")
            .entities
    };
    let server = lists();
    for tablet in &world.tablets {
        let mut device = tablet.device.lock().expect("no panic");
        let here = device.entities(None).expect("lists");
        assert_eq!(here.entities, server, "a device's lists differ");
        assert!(here.problems.is_empty(), "{:?}", here.problems);
        device.rebuild(|_, _| ()).expect("rebuild");
        assert_eq!(device.entities(None).expect("lists"), here);
    }
    world.server.rebuild().expect("rebuild");
    assert_eq!(
        lists(),
        server,
        "the server's lists are not what its log says"
    );
    server.len()
}

/// A person settles a conflict with one of its values.
fn settle(world: &mut World, tablet: usize) {
    let mut device = world.tablets[tablet].device.lock().expect("no panic");
    let conflicts = device.conflicts().expect("conflicts");
    if conflicts.is_empty() {
        return;
    }
    let conflict = world.chance.of(&conflicts);
    let household = conflict.household.parse().expect("an id");
    let path: FieldPath = conflict.path.parse().expect("a path");
    let value = world.chance.of(&conflict.values).value.clone();
    match device.resolve(household, &path, &value, "dilihat bersama") {
        Ok(()) => {}
        Err(error) if denied(&error) => {}
        // What was typed meanwhile on this device has settled it already.
        Err(error) => assert_eq!(error.code, "no_conflict"),
    }
}

fn send(world: &mut World, tablet: usize) {
    let faults = Faults {
        lose_request: world.chance.below(30),
        lose_answer: world.chance.below(30),
        double: world.chance.below(20),
        stale: world.chance.below(20),
        cut_above: world
            .chance
            .percent(25)
            .then(|| 700 + world.chance.below(4_000)),
    };
    if world.chance.percent(30) {
        let after = world.chance.below(8) as u32;
        world.tablets[tablet]
            .device
            .lock()
            .expect("no panic")
            .store()
            .crash_after(Some(after));
    }
    let result = world.exchange(tablet, faults);
    let crashed = matches!(&result, Err(e) if e.code == "crash");
    if crashed || world.chance.percent(10) {
        world.restart(tablet);
    } else {
        world.tablets[tablet]
            .device
            .lock()
            .expect("no panic")
            .store()
            .crash_after(None);
        if let Err(error) = result {
            let expected = error.code == "no_connection"
                || (error.code == "revoked" && world.revoked == Some(tablet));
            assert!(expected, "only the link may fail: {error:?}");
        }
    }
}

fn digests(world: &World, tablet: usize) -> BTreeMap<HouseholdId, String> {
    let device = world.tablets[tablet].device.lock().expect("no panic");
    device
        .all_households()
        .expect("list")
        .into_iter()
        .map(|h| (h, device.digest(h).expect("digest")))
        .collect()
}

/// Whether the device itself refused, by the policy that the server applies too.
fn denied(error: &lawang_app::AppError) -> bool {
    lawang_domain::Denied::CODES.contains(&error.code) || error.code == "no_such_village"
}

/// The office takes a role or a village away, gives them back, or revokes a device.
fn change(world: &mut World) {
    let tablet = world.chance.below(3);
    if world.revoked == Some(tablet) {
        return;
    }
    let id = world.tablets[tablet].id;
    let village = lawang_tests::prelist::VILLAGE
        .parse()
        .expect("a village code");
    let done = match world.chance.below(10) {
        0..4 => world
            .server
            .change_device(id, Some(lawang_domain::Role::Auditor), None),
        4..8 => {
            world
                .server
                .change_device(id, Some(lawang_domain::Role::Enumerator), Some(&[village]))
        }
        _ if world.revoked.is_none() => {
            world.revoked = Some(tablet);
            world.server.revoke(id, lawang_tests::world::NOW)
        }
        _ => Ok(()),
    };
    done.expect("the office's change");
    world.changed = true;
}

fn run(seed: u64) -> (u64, u64, u64, u64) {
    let mut world = World::new(seed, 3, 3);
    for tablet in 0..3 {
        world
            .exchange(tablet, Faults::default())
            .expect("first exchange");
    }
    // In some worlds questionnaires are published while people work.
    let publishing = world.chance.percent(30);
    // In some, the office changes its mind about who may do what.
    let changing = world.chance.percent(30);
    for step in 0..24 {
        if changing && world.chance.percent(12) {
            change(&mut world);
        }
        if publishing && (step == 5 || step == 14) {
            let version = format!("900{step}");
            forms::publish(&world.server, &forms::simulated(&version), &[]);
            forms::publish(&world.server, &forms::needs(&version), &[]);
            forms::publish(&world.server, &forms::trees(&version), &[]);
        }
        let tablet = world.chance.below(3);
        let roll = world.chance.below(100);
        if roll < 25 && publishing {
            plant(&mut world, tablet);
        } else if roll < 62 {
            edit(&mut world, tablet);
        } else if roll < 70 {
            settle(&mut world, tablet);
        } else {
            send(&mut world, tablet);
        }
    }
    // Quiet: everybody sends and receives until nothing is under way.
    let revoked = world.revoked;
    let active: Vec<usize> = (0..3).filter(|n| revoked != Some(*n)).collect();
    for round in 0..2 {
        for tablet in active.iter().copied() {
            let report = world
                .exchange(tablet, Faults::default())
                .expect("quiet exchange");
            assert!(
                report.agreed,
                "device {tablet} and the server differ in round {round}"
            );
            if !world.changed || round == 1 {
                assert_eq!(report.refused, 0, "nothing here may be refused");
            }
        }
    }
    for tablet in active.iter().copied() {
        let device = world.tablets[tablet].device.lock().expect("no panic");
        let waiting = device
            .forms()
            .expect("forms")
            .iter()
            .any(|f| !f.waiting.is_empty());
        assert!(!waiting, "device {tablet} lacks a published questionnaire");
    }
    let one = active[0];
    // A household that somebody began who no longer may is on that device alone, marked as refused.
    let known = |tablet: usize| {
        let mut all = digests(&world, tablet);
        all.retain(|id, _| world.server.row(*id).expect("row").is_some());
        all
    };
    let first = known(one);
    for tablet in active.iter().copied().skip(1) {
        assert_eq!(first, known(tablet), "devices 0 and {tablet} differ");
    }
    let mut on_server = BTreeMap::new();
    world
        .server
        .households(None, false, &mut |line| {
            on_server.insert(line.household, line.digest);
            Ok(())
        })
        .expect("server's list");
    assert_eq!(first, on_server, "the server differs");
    let quarantined = world.server.quarantine().expect("quarantine");
    for line in &quarantined {
        let known = matches!(
            line.code.as_str(),
            "role_may_not" | "missing_dependency" | "unknown_household"
        );
        assert!(
            world.changed && known,
            "the server refused honest work: {}",
            line.code
        );
    }
    every_acknowledged_answer_is_in_the_history(&world, one);
    rebuilding_changes_nothing(&mut world, one);
    // What a refused visit made is on its own device alone, as long as its record is not at the server.
    let trees = if publishing && !world.changed {
        lists_agree(&world)
    } else {
        0
    };
    (
        world.acknowledged.len() as u64,
        world.crashes,
        world.injected.lost + world.injected.doubled + world.injected.stale + world.injected.cut,
        trees as u64,
    )
}

/// Either the answer is what the record says now (perhaps beside others), or a change by this device
/// wrote it, or it said what was there already.
///
/// Or the server refused it: then it stands among the device's proposals, with a reason. Or the device is revoked:
/// then it is there, and says that it was not sent.
fn every_acknowledged_answer_is_in_the_history(world: &World, one: usize) {
    let refused: BTreeMap<lawang_domain::DeviceId, String> = world
        .tablets
        .iter()
        .map(|tablet| {
            let device = tablet.device.lock().expect("no panic");
            let all = device.store().proposals(true).expect("proposals");
            assert!(all.iter().all(|p| !p.reason.is_empty()));
            let kept: Vec<String> = all.into_iter().map(|p| p.edits).collect();
            (tablet.id, kept.join("\n"))
        })
        .collect();
    let revoked = world.revoked.map(|n| world.tablets[n].id);
    let device = world.tablets[one].device.lock().expect("no panic");
    for Acknowledged {
        device: author,
        household,
        path,
        value,
    } in &world.acknowledged
    {
        if revoked == Some(*author) {
            continue;
        }
        let edit = format!(
            "\"path\":{},\"value\":{}",
            serde_json::Value::from(path.to_string()),
            serde_json::Value::from(value.as_str())
        );
        if refused[author].contains(&edit) {
            continue;
        }
        // A household that only a device knows which may not write any more.
        let Ok(state) = device.state(*household) else {
            assert!(world.changed, "a household is gone");
            continue;
        };
        let now = state
            .fields
            .get(path)
            .is_some_and(|values| values.iter().any(|v| v.text == *value));
        if now {
            continue;
        }
        let record = device.record(*household).expect("record");
        let changes = device.store().changes(*household).expect("changes");
        let wrote = changes.iter().filter(|c| c.applied).any(|change| {
            record
                .difference(&change.hash)
                .expect("difference")
                .iter()
                .any(|(p, old, new)| p == path && (new == value || old == value))
        });
        // Typed over by the same person before it became a change: the later answer is there.
        let typed_over = world.acknowledged.iter().any(|other| {
            other.device == *author
                && other.household == *household
                && other.path == *path
                && other.value != *value
        });
        assert!(
            wrote || typed_over,
            "an acknowledged answer to {} is gone",
            path.key
        );
    }
}

fn rebuilding_changes_nothing(world: &mut World, one: usize) {
    let mut device = world.tablets[one].device.lock().expect("no panic");
    let query = lawang_app::views::WorklistQuery {
        limit: 200,
        ..Default::default()
    };
    let before = format!("{:?}", device.worklist(&query).expect("worklist").rows);
    device.rebuild(|_, _| ()).expect("rebuild");
    let after = format!("{:?}", device.worklist(&query).expect("worklist").rows);
    assert_eq!(before, after, "the tables were not what the log says");
}

#[test]
fn three_devices_agree_after_faults_and_crashes_and_nothing_acknowledged_is_gone() {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seeds: Vec<u64> = match number("LAWANG_SEED") {
        Some(one) => vec![one],
        None => (0..number("LAWANG_SEEDS").unwrap_or(SEEDS)).collect(),
    };
    let next = AtomicU64::new(0);
    let totals: [AtomicU64; 4] = Default::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed) as usize;
                    let Some(seed) = seeds.get(index) else { break };
                    let result = std::panic::catch_unwind(|| run(*seed));
                    let Ok((edits, crashes, faults, trees)) = result else {
                        panic!("seed {seed} failed: run again with LAWANG_SEED={seed}");
                    };
                    for (total, n) in totals.iter().zip([edits, crashes, faults, trees]) {
                        total.fetch_add(n, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let [edits, crashes, faults, trees] = totals.map(AtomicU64::into_inner);
    println!(
        "{} seeds: {edits} acknowledged answers, {crashes} restarts, {faults} faults of the network, {trees} entities",
        seeds.len()
    );
    assert!(
        seeds.len() < 100 || (crashes > 100 && faults > 1_000 && trees > 0),
        "the simulation injected too little"
    );
}

#[test]
fn the_digest_of_a_household_does_not_depend_on_the_order_of_its_heads() {
    let (a, b) = (Hash([1; 32]), Hash([2; 32]));
    assert_eq!(digest_of(&[a, b]), digest_of(&[b, a]));
    assert_ne!(digest_of(&[a, b]), digest_of(&[a]));
}
