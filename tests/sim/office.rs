//! What happens at the office: roles and villages, questionnaires, prelists, backups, erasures.

use crate::{
    about,
    ledger::Entry,
    report::{UNEXPECTED, Violation, must},
    script::Step,
    world::{HERE, THERE, World, lock, villages},
};
use lawang_domain::{HouseholdId, InstanceId, Role};
use lawang_server::{EraseTarget, Movers, Server, ServerError, backup};
use lawang_tests::{chance::Chance, forms, prelist};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

fn failed(world: &World, what: &str, error: &ServerError) -> Violation {
    Violation {
        invariant: UNEXPECTED,
        words: format!("{}: {what}: {}: {error}", world.at(), error.code()),
    }
}

/// Something that the office does; must come about.
fn must_do<T>(world: &World, what: &str, done: Result<T, ServerError>) -> Result<T, Violation> {
    done.map_err(|error| failed(world, what, &error))
}

pub fn role(world: &mut World, tablet: usize, role: Role) -> Result<(), Violation> {
    let id = world.tablets[tablet].id;
    let done = world.district.server().change_device(id, Some(role), None);
    must_do(world, "a role", done)?;
    world.refusing = true;
    world.counts.add("roles changed");
    Ok(())
}

pub fn assign_villages(
    world: &mut World,
    tablet: usize,
    (first, second): (bool, bool),
) -> Result<(), Violation> {
    // Somebody without any village would have nothing to do.
    let all = villages(first || !second, second);
    let id = world.tablets[tablet].id;
    let done = world.district.server().change_device(id, None, Some(&all));
    must_do(world, "villages", done)?;
    world.refusing = true;
    world.moved.insert(tablet);
    world.counts.add("villages of a person changed");
    Ok(())
}

/// A household goes to the other village. Somebody has to have both: whoever loses it keeps nothing to be asked about.
pub fn move_household(world: &mut World, step: &Step) -> Result<(), Violation> {
    let witness = world
        .active()
        .into_iter()
        .any(|tablet| villages_of(world, tablet).len() > 1);
    if !witness {
        return Ok(());
    }
    let mut all: Vec<(HouseholdId, String)> = Vec::new();
    let server = world.district.server();
    let done = server.households(None, false, &mut |line| {
        all.push((line.household, line.village));
        Ok(())
    });
    must_do(world, "a list", done)?;
    all.retain(|(id, _)| !world.erased_of(*id));
    let ids: Vec<HouseholdId> = all.iter().map(|(id, _)| *id).collect();
    let Some(household) = about::one(step.about, &mut Chance::new(step.chance), &ids) else {
        return Ok(());
    };
    let from = all.iter().find(|(id, _)| *id == household);
    let from = from.map_or(
        HERE,
        |(_, village)| if village == HERE { HERE } else { THERE },
    );
    let to = if from == HERE { THERE } else { HERE };
    let between = [from, to].map(|code| villages(code == HERE, code == THERE)[0]);
    let movers = Movers::Listed(BTreeSet::from([household.to_string()]));
    let done = world.district.server().move_records(
        (between[0], between[1]),
        &movers,
        ("Perda", "simulasi"),
        world.now,
        &mut |_, _| (),
    );
    let report = must_do(world, "a move", done)?;
    must(
        report.moved == 1,
        "what the office does comes about",
        || format!("{}: {household} did not move", world.at()),
    )?;
    world.counts.add("households moved to another village");
    Ok(())
}

pub fn revoke(world: &mut World, tablet: usize) -> Result<(), Violation> {
    // Somebody has to be left to compare with.
    if world.revoked.len() + 1 >= world.tablets.len() {
        return Ok(());
    }
    let (id, now) = (world.tablets[tablet].id, world.now);
    let done = world.district.server().revoke(id, now);
    must_do(world, "a revocation", done)?;
    world.refusing = true;
    if world.revoked.insert(tablet) {
        world.counts.add("devices revoked");
    }
    Ok(())
}

pub fn publish(world: &mut World, version: u32) {
    let version = version.to_string();
    let server = world.district.server();
    for bytes in [
        forms::simulated(&version),
        forms::needs(&version),
        forms::trees(&version),
    ] {
        // The same version twice is refused, and that is all.
        let _ = server.publish_form("form.csv", &bytes, &BTreeMap::new(), world.now);
    }
    world.forms_published = true;
    world.counts.add("questionnaires published");
}

/// A newer prelist: other addresses, and one more household.
pub fn import(world: &mut World, version: u32) -> Result<(), Violation> {
    let households = world.setup.households + (version % 2) as usize;
    let text = String::from_utf8(prelist::small(HERE, households)).unwrap_or_default();
    let text = text.replace("Dusun I RT", &format!("Dusun Baru {version} RT"));
    let now = world.now;
    let done = world
        .district
        .server()
        .import_prelist(text.as_bytes(), now, &mut |_, _| ());
    must_do(world, "a prelist", done)?;
    world.counts.add("prelists imported");
    Ok(())
}

pub fn back_up(world: &mut World) -> Result<(), Violation> {
    let Some(place) = &world.place else {
        return Ok(());
    };
    let file = place.path().join(format!("backup-{}", world.step));
    let done = world.district.server().backup(&file, world.now);
    must_do(world, "a backup", done)?;
    world.backups.push(file);
    world.counts.add("backups of the server");
    Ok(())
}

/// The disk is gone; what is left is the newest backup, and the key that was kept apart.
pub fn restore(world: &mut World) -> Result<(), Violation> {
    let (Some(file), Some(place)) = (world.backups.last(), &world.place) else {
        return Ok(());
    };
    let folder = place.path().join("server");
    let key = place.path().join("safe.key");
    let io = |e: std::io::Error| panic!("files: {e}");
    fs::copy(folder.join("server.key"), &key).unwrap_or_else(io);
    world.district.stop();
    fs::remove_dir_all(&folder).unwrap_or_else(|e| panic!("files: {e}"));
    let done = backup::restore(file, &folder, &key, true, world.now);
    must_do(world, "a restore", done)?;
    world.district.restart();
    world.counts.add("restores of the server");
    Ok(())
}

/// A household or a person is erased on request. What was said of them may be nowhere afterwards.
pub fn erase(world: &mut World, step: &Step, person: bool) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    let mut all: Vec<(HouseholdId, Vec<InstanceId>)> = Vec::new();
    let server = world.district.server();
    let done = server.households(None, false, &mut |line| {
        all.push((line.household, Vec::new()));
        Ok(())
    });
    must_do(world, "a list", done)?;
    for (household, members) in &mut all {
        let found = must_do(
            world,
            "a household",
            world.district.server().household(*household),
        )?;
        *members = found.map(|p| p.present("members")).unwrap_or_default();
    }
    all.retain(|(id, members)| !world.erased_of(*id) && (!person || members.len() > 1));
    // One household at least has to be left.
    if !person && all.len() < 3 {
        return Ok(());
    }
    let ids: Vec<HouseholdId> = all.iter().map(|(id, _)| *id).collect();
    let Some(household) = about::one(step.about, &mut chance, &ids) else {
        return Ok(());
    };
    let members = all.into_iter().find(|(id, _)| *id == household);
    let members = members.map(|(_, members)| members).unwrap_or_default();
    let member = match person {
        true => about::one(step.about, &mut chance, &members),
        false => None,
    };
    history_ends(world, |of| of == household)?;
    let target = match member {
        Some(member) => EraseTarget::Person(member),
        None => EraseTarget::Record(household),
    };
    let done = world
        .district
        .server()
        .erase(target, "permintaan", "simulasi", world.now);
    match done {
        Ok(_) => {}
        Err(error) if error.code() == "not_known" => return Ok(()),
        Err(error) => return Err(failed(world, "an erasure", &error)),
    }
    world.gone.push((household, member, world.step));
    world.counts.add(match person {
        true => "persons erased",
        false => "households erased",
    });
    Ok(())
}

/// The ledger hears that the history of records is about to be let go of, and what the district says until then.
fn history_ends(world: &mut World, of: impl Fn(HouseholdId) -> bool) -> Result<(), Violation> {
    let mut said: BTreeMap<HouseholdId, BTreeMap<String, String>> = BTreeMap::new();
    for entry in world.ledger.entries.iter().filter(|e| of(e.household)) {
        let found = world.district.server().household(entry.household);
        let found = must_do(world, "a household", found)?;
        let fields = found.map(|p| p.fields).unwrap_or_default();
        said.insert(entry.household, fields);
    }
    let says = |entry: &Entry| {
        said.get(&entry.household)
            .and_then(|fields| fields.get(&entry.path.to_string()))
            .is_some_and(|value| *value == entry.value)
    };
    world.ledger.history_ends(&world.tablets, of, says);
    Ok(())
}

/// Records with a long history begin anew, and say the same as before.
pub fn compact(world: &mut World, changes: u64) -> Result<(), Violation> {
    let says = |server: &Server| {
        let mut all = BTreeMap::new();
        server.households(None, false, &mut |line| {
            all.insert(line.household, String::new());
            Ok(())
        })?;
        for (household, text) in &mut all {
            *text = server
                .household(*household)?
                .map(|p| format!("{:?} {:?}", p.fields, p.conflicts))
                .unwrap_or_default();
        }
        Ok(all)
    };
    let before = must_do(world, "a list", says(world.district.server()))?;
    history_ends(world, |_| true)?;
    let report = must_do(
        world,
        "a compaction",
        world.district.server().compact(None, changes, world.now),
    )?;
    let after = must_do(world, "a list", says(world.district.server()))?;
    for (household, text) in &before {
        must(
            after.get(household) == Some(text),
            "a record says the same after its history was let go of",
            || {
                format!(
                    "{}: household {household}: {text} became {:?}",
                    world.at(),
                    after.get(household)
                )
            },
        )?;
    }
    if report.records > 0 {
        world
            .counts
            .many("records compacted", report.records as u64);
    }
    Ok(())
}

/// A device's database is copied away.
pub fn copy(world: &mut World, tablet: usize) {
    let copy = world.tablets[tablet].copy();
    world
        .copies
        .insert(tablet, (copy, world.ledger.entries.len()));
}

/// A careless restore: the copy takes the place of the database.
pub fn put_back(world: &mut World, tablet: usize) {
    let Some((copy, length)) = world.copies.remove(&tablet) else {
        return;
    };
    world
        .ledger
        .replaced(tablet, &lock(&world.tablets[tablet]), length);
    world.tablets[tablet].restore(copy);
    world.put_back.insert(tablet);
    world.counts.add("old copies of a device put back");
}

/// Which villages a device has, by the district's word.
pub fn villages_of(world: &World, tablet: usize) -> Vec<String> {
    let id = world.tablets[tablet].id;
    let all = world.district.server().devices().unwrap_or_default();
    all.iter()
        .find(|line| line.device == id)
        .map(|line| line.villages.iter().map(ToString::to_string).collect())
        .unwrap_or_else(|| vec![HERE.to_owned(), THERE.to_owned()])
}
