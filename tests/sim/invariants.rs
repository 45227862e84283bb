//! What must hold when all is quiet.

use crate::{
    hostile::{FLIPPED, MARK},
    ledger::Entry,
    office, person, quiet,
    report::{UNEXPECTED, Violation, must},
    world::{HERE, World, lock},
};
use lawang_domain::HouseholdId;
use lawang_server::ServerError;
use std::collections::{BTreeMap, BTreeSet};

fn trouble(world: &World, error: &dyn std::fmt::Display) -> Violation {
    Violation {
        invariant: UNEXPECTED,
        words: format!("{}: {error}", world.at()),
    }
}

/// Waits until all is quiet, and looks.
pub fn after_quiet(world: &mut World) -> Result<(), Violation> {
    quiet::settle(world)?;
    let has: BTreeMap<usize, Vec<String>> = world
        .active()
        .into_iter()
        .map(|tablet| (tablet, office::villages_of(world, tablet)))
        .collect();
    nothing_waits(world)?;
    all_agree(world, &has)?;
    only_known_refusals(world)?;
    every_acknowledged_answer(world, &has)?;
    nothing_forged(world)?;
    nothing_erased(world)?;
    evidence_fits(world)?;
    lists_agree(world, &has)?;
    rebuilding_changes_nothing(world)
}

/// Whoever may write has nothing left to send, and every published questionnaire.
fn nothing_waits(world: &World) -> Result<(), Violation> {
    for tablet in world.active() {
        let device = lock(&world.tablets[tablet]);
        let all = device.store().unsent_changes(9);
        let all = all.map_err(|e| trouble(world, &e))?;
        must(all.is_empty(), "nothing waits after quiet", || {
            format!(
                "{}: device {tablet}: {} changes, first to {}",
                world.at(),
                all.len(),
                all[0].household
            )
        })?;
        // It is mended by fetching all again; but then something was wrong.
        let doubted = device.store().meta("doubted");
        let doubted = doubted.map_err(|e| trouble(world, &e))?.is_some();
        must(
            !doubted || world.may_differ(tablet),
            "no exchange comes to its end with both sides different",
            || format!("{}: device {tablet}", world.at()),
        )?;
        let forms = device.forms().map_err(|e| trouble(world, &e))?;
        must(
            forms.iter().all(|f| f.waiting.is_empty()),
            "devices have every published questionnaire",
            || format!("{}: device {tablet}", world.at()),
        )?;
    }
    Ok(())
}

type Digests = BTreeMap<HouseholdId, (String, String)>;

/// Village and digest of each household at a server.
fn at_server(world: &World) -> Result<Digests, Violation> {
    let mut all = BTreeMap::new();
    let done: Result<(), ServerError> =
        world
            .district
            .server()
            .households(None, false, &mut |line| {
                all.insert(line.household, (line.village, line.digest));
                Ok(())
            });
    done.map_err(|e| trouble(world, &e))?;
    Ok(all)
}

/// All replicas in scope agree with the district, document by document.
fn all_agree(world: &World, has: &BTreeMap<usize, Vec<String>>) -> Result<(), Violation> {
    let server = at_server(world)?;
    for (tablet, villages) in has {
        let device = lock(&world.tablets[*tablet]);
        let mut here = BTreeMap::new();
        for household in device.all_households().map_err(|e| trouble(world, &e))? {
            let row = device.store().row(household);
            let (_, village) = row.map_err(|e| trouble(world, &e))?;
            let digest = device.digest(household).map_err(|e| trouble(world, &e))?;
            here.insert(household, (village, digest));
        }
        for (household, (village, digest)) in &server {
            if !villages.contains(village) {
                continue;
            }
            must(
                here.get(household).is_some_and(|(_, d)| d == digest),
                "all replicas in scope agree",
                || {
                    format!(
                        "{}: device {tablet} and the district differ on household {household}: {:?} and {digest}",
                        world.at(),
                        here.get(household)
                    )
                },
            )?;
        }
        // A household that somebody began who may no longer is on that device alone, marked as refused.
        for household in here.keys().filter(|id| !server.contains_key(id)) {
            let village = &here[household].0;
            let refused = device.store().refusals(*household).unwrap_or_default();
            must(
                !refused.is_empty() || !villages.contains(village),
                "all replicas in scope agree",
                || {
                    format!(
                        "{}: only device {tablet} has household {household}",
                        world.at()
                    )
                },
            )?;
        }
    }
    for hub in &world.hubs {
        let covered: &[&str] = &[HERE];
        let mut all = BTreeMap::new();
        let done = hub.node.server().households(None, false, &mut |line| {
            all.insert(line.household, line.digest);
            Ok(())
        });
        done.map_err(|e| trouble(world, &e))?;
        for (household, (village, digest)) in &server {
            must(
                !covered.contains(&village.as_str()) || all.get(household) == Some(digest),
                "all replicas in scope agree",
                || format!("{}: a hub differs on household {household}", world.at()),
            )?;
        }
    }
    Ok(())
}

/// In the quarantine is nothing but what the office's changes, old copies and hostile hands explain.
fn only_known_refusals(world: &World) -> Result<(), Violation> {
    let quarantine = world.district.server().quarantine();
    let hostile = world.hostile.as_ref().map(|t| t.id);
    let put_back = |device| {
        let mut copies = world.put_back.iter();
        copies.any(|tablet| world.tablets[*tablet].id == device)
    };
    for line in quarantine.map_err(|e| trouble(world, &e))? {
        let may_pass = matches!(
            line.code.as_str(),
            "missing_dependency" | "unknown_household"
        );
        let known = Some(line.device) == hostile
            || world.refusing && (crate::world::denied(&line.code) || may_pass)
            // It waited for something that went another way, and came in later under another hash.
            || (may_pass && (world.setup.hubs > 0 || !world.backups.is_empty()))
            || (may_pass && !world.gone.is_empty())
            // What builds on a change of an old copy that is refused under a used number.
            || (may_pass && put_back(line.device))
            // An old copy spoke under numbers that it had used.
            || (line.code == "reused_actor" && put_back(line.device))
            // And made a visit again that is at the district: it goes on under another name.
            || (line.code == "instance_taken" && put_back(line.device))
            // It was made anew (after a refusal, or where its record began anew), and came over a hub as it was made first.
            || (line.code == "instance_taken" && world.setup.hubs > 0)
            || (line.code == "record_closed" && world.erased_of(line.household))
            || world.forged.iter().any(|(hash, _)| hex::encode(hash.0) == line.hash);
        must(known, "honest work is not refused", || {
            format!(
                "{}: {} of device {} to household {}",
                world.at(),
                line.code,
                line.device,
                line.household
            )
        })?;
    }
    Ok(())
}

/// Every answer that was acknowledged is in the record or its history, or listed as refused with its reason.
fn every_acknowledged_answer(
    world: &World,
    has: &BTreeMap<usize, Vec<String>>,
) -> Result<(), Violation> {
    for entry in &world.ledger.entries {
        let asked = !entry.settled || entry.stood;
        if !asked || world.revoked.contains(&entry.tablet) || world.erased(entry).is_some() {
            continue;
        }
        // With the history that says more, it is still to be seen what took its place.
        let found = entry.settled || found(world, has, entry);
        let said = || {
            format!(
                "{}: device {} answered {} of household {} with {:?} at step {}",
                world.at(),
                entry.tablet,
                entry.path.key,
                entry.household,
                entry.value,
                entry.step
            )
        };
        must(
            !found || !hidden(world, has, entry),
            "a write never hides what its writer did not see",
            said,
        )?;
        must(
            found,
            "every acknowledged answer is present, or listed as refused",
            said,
        )?;
    }
    Ok(())
}

fn found(world: &World, has: &BTreeMap<usize, Vec<String>>, entry: &Entry) -> bool {
    {
        let author = lock(&world.tablets[entry.tablet]);
        if entry.is_refused(&author) {
            return true;
        }
        // The whole household was refused, and stays with who made it.
        let refused = author.store().refusals(entry.household);
        if refused.is_ok_and(|all| !all.is_empty()) && entry.is_there(&author) {
            return true;
        }
        let village = author.store().row(entry.household).map(|(_, v)| v);
        // It was made where its author may no longer be: there it is, and waits.
        let left =
            village.is_ok_and(|v| has.get(&entry.tablet).is_some_and(|all| !all.contains(&v)));
        if left && entry.is_there(&author) {
            return true;
        }
    }
    // What only says what stood there already is no change.
    if world.ledger.typed_over(entry) || world.ledger.repeats(entry) {
        return true;
    }
    // Asked of another replica, where there is one: what its author has proves less.
    let witness = has
        .keys()
        .copied()
        .filter(|tablet| {
            let device = lock(&world.tablets[*tablet]);
            let village = device.store().row(entry.household).map(|(_, v)| v);
            village.is_ok_and(|v| has[tablet].contains(&v))
        })
        .max_by_key(|tablet| *tablet != entry.tablet);
    witness.is_some_and(|tablet| entry.is_there(&lock(&world.tablets[tablet])))
}

/// Whether the answer stands no more, though nobody who wrote later had it in view.
fn hidden(world: &World, has: &BTreeMap<usize, Vec<String>>, entry: &Entry) -> bool {
    let refused = entry.is_refused(&lock(&world.tablets[entry.tablet]));
    if refused || world.ledger.repeats(entry) || world.ledger.seen_later(entry) {
        return false;
    }
    !has.keys()
        .any(|tablet| entry.stands(&lock(&world.tablets[*tablet])))
}

/// Nothing that was forged is visible anywhere.
fn nothing_forged(world: &World) -> Result<(), Violation> {
    const INVARIANT: &str = "nobody's forbidden write is visible anywhere";
    if world.forged.is_empty() {
        return Ok(());
    }
    for tablet in world.active() {
        let device = lock(&world.tablets[tablet]);
        for (hash, how) in &world.forged {
            let there = device
                .store()
                .change(hash)
                .map_err(|e| trouble(world, &e))?;
            must(there.is_none(), INVARIANT, || {
                format!("{}: {how}: device {tablet} has {hash:?}", world.at())
            })?;
        }
        for household in device.all_households().map_err(|e| trouble(world, &e))? {
            let state = device.state(household).map_err(|e| trouble(world, &e))?;
            let text = format!("{:?}", state.fields);
            must(
                !text.contains(MARK) && !text.contains(FLIPPED),
                INVARIANT,
                || format!("{}: device {tablet}, household {household}", world.at()),
            )?;
        }
    }
    let servers = std::iter::once(&world.district).chain(world.hubs.iter().map(|h| &h.node));
    for node in servers {
        for household in at_server(world)?.into_keys() {
            let found = node.server().household(household);
            let text = format!("{:?}", found.map_err(|e| trouble(world, &e))?);
            must(
                !text.contains(MARK) && !text.contains(FLIPPED),
                INVARIANT,
                || format!("{}: the {}, household {household}", world.at(), node.name),
            )?;
        }
    }
    Ok(())
}

/// Everything in the tables of a database, by table.
fn contents(connection: &rusqlite::Connection) -> Result<Vec<(String, Vec<u8>)>, rusqlite::Error> {
    let mut found = Vec::new();
    let tables: Vec<String> = {
        let mut select =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let rows = select.query_map([], |r| r.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    for table in tables {
        let mut all = Vec::new();
        let mut select = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                use rusqlite::types::ValueRef::{Blob, Text};
                if let Text(bytes) | Blob(bytes) = row.get_ref(column)? {
                    all.extend_from_slice(bytes);
                }
                all.push(0);
            }
        }
        found.push((table, all));
    }
    Ok(found)
}

/// What was erased is in no table of the district and of any device.
fn nothing_erased(world: &World) -> Result<(), Violation> {
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    // Only what was said of nobody else.
    let secrets: Vec<(&str, usize)> = world
        .ledger
        .entries
        .iter()
        .filter(|entry| entry.value.contains('-'))
        .filter_map(|entry| Some((entry.value.as_str(), world.erased(entry)?)))
        .collect();
    if secrets.is_empty() {
        return Ok(());
    }
    let mut places = Vec::new();
    for tablet in world.active() {
        // Who no longer has the village hears nothing of it any more.
        if !world.moved.contains(&tablet) {
            let device = lock(&world.tablets[tablet]);
            let all = contents(device.store().raw()).map_err(|e| trouble(world, &e))?;
            let named = |(table, bytes)| (format!("{table} of device {tablet}"), bytes);
            places.extend(all.into_iter().map(named));
        }
    }
    if let Some(folder) = &world.district.folder {
        let key = std::fs::read(folder.join("server.key")).map_err(|e| trouble(world, &e))?;
        let open = || {
            let connection = rusqlite::Connection::open(folder.join("server.db"))?;
            connection.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
            contents(&connection)
        };
        let all = open().map_err(|e| trouble(world, &e))?;
        let named = |(table, bytes)| (format!("{table} of the district"), bytes);
        places.extend(all.into_iter().map(named));
    }
    for (text, step) in &secrets {
        for (place, bytes) in &places {
            must(!holds(bytes, text), "what was erased is nowhere", || {
                format!(
                    "{}: {text:?}, erased at step {step}, is in {place}",
                    world.at()
                )
            })?;
        }
    }
    Ok(())
}

/// The chained log fits, and so does every receipt that a device kept.
fn evidence_fits(world: &World) -> Result<(), Violation> {
    const INVARIANT: &str = "the chained log and every receipt fit";
    let server = world.district.server();
    let log = server.verify_log().map_err(|e| trouble(world, &e))?;
    must(log.is_ok(), INVARIANT, || {
        format!("{}: {log:?}", world.at())
    })?;
    for tablet in world.active() {
        let kept = lock(&world.tablets[tablet]).store().receipts();
        for receipt in kept.map_err(|e| trouble(world, &e))? {
            let verdict = server.check_receipt(&receipt.proof);
            let what = verdict.map_err(|e| trouble(world, &e))?.what;
            let lost = what == "lost_in_restore" && !world.backups.is_empty();
            must(what == "fits" || lost, INVARIANT, || {
                format!("{}: a receipt of device {tablet}: {what}", world.at())
            })?;
        }
    }
    Ok(())
}

/// All see the same lists of entities.
fn lists_agree(world: &World, has: &BTreeMap<usize, Vec<String>>) -> Result<(), Violation> {
    // What a refused visit made is on its own device alone, as long as its record is not at the server.
    if !world.forms_published || world.refusing {
        return Ok(());
    }
    let server = world.district.server().entities(None, None, true);
    let server = server.map_err(|e| trouble(world, &e))?.entities;
    for tablet in has.keys() {
        let device = lock(&world.tablets[*tablet]);
        let here = device.entities(None).map_err(|e| trouble(world, &e))?;
        must(
            here.entities == server && here.problems.is_empty(),
            "all see the same lists of entities",
            || format!("{}: device {tablet}: {:?}", world.at(), here.problems),
        )?;
    }
    Ok(())
}

/// The tables are what the logs say, on devices and at the district.
fn rebuilding_changes_nothing(world: &mut World) -> Result<(), Violation> {
    const INVARIANT: &str = "tables follow from the logs";
    let before = at_server(world)?;
    let done = world.district.server().rebuild();
    done.map_err(|e| trouble(world, &e))?;
    let after = at_server(world)?;
    let differing: BTreeSet<_> = before
        .iter()
        .filter(|(id, line)| after.get(id) != Some(line))
        .map(|(id, _)| *id)
        .collect();
    must(differing.is_empty(), INVARIANT, || {
        format!("{}: the district, households {differing:?}", world.at())
    })?;
    for tablet in world.active() {
        let before = person::worklist(world, tablet)?;
        let done = lock(&world.tablets[tablet]).rebuild(|_, _| ());
        done.map_err(|e| trouble(world, &e))?;
        let after = person::worklist(world, tablet)?;
        must(before == after, INVARIANT, || {
            format!("{}: device {tablet}:\n{before}\n{after}", world.at())
        })?;
    }
    Ok(())
}
