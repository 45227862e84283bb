//! After the storm: everybody exchanges until all agree; then every acknowledged save is looked for.

use super::{
    AT_HUB, ELSEWHERE, Links,
    journal::{Journal, Saved},
    servers::Place,
    tablet::Tablet,
};
use crate::{chance::Chance, processes::PIN};
use lawang_app::{App, AppError, AppOptions, Device, digest_of};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Rounds of exchanges after which everybody must agree.
const ROUNDS: usize = 12;
/// How long the hub may take to hand on what it has.
const HUB: Duration = Duration::from_secs(120);

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rounds: usize,
    pub(super) digests: usize,
    pub(super) present: usize,
    pub(super) refused: usize,
    pub(super) lost: Vec<String>,
    pub(super) complaints: Vec<String>,
}

/// What one device holds, read from its files after all its processes ended.
#[derive(Default)]
struct Held {
    /// Every value that was ever written, by household and field; those of settlements under `reason`.
    written: BTreeMap<(String, String), BTreeSet<String>>,
    digests: BTreeMap<String, String>,
    /// The village of each household.
    villages: BTreeMap<String, String>,
    /// Values in edits that were refused, with the code of the reason.
    proposals: BTreeMap<String, String>,
    /// Households that have refused things.
    refusals: BTreeSet<String>,
}

fn words(error: &AppError) -> String {
    let (message, _) = error.words("en");
    format!("{}: {message} ({})", error.code, error.detail)
}

/// Opens a device's folder and reads it. `history`: also what every change wrote.
fn read(data: &Path, history: bool) -> Result<Held, String> {
    let app = App::open(
        data,
        AppOptions {
            environment: lawang_ipc::system(),
            key_store: None,
            hubs: None,
            vault: lawang_store::VaultParams::default(),
        },
    );
    app.unlock(PIN).map_err(|e| words(&e))?;
    app.with(|device| held(device, history))
        .map_err(|e| words(&e))
}

fn held(device: &mut Device, history: bool) -> Result<Held, AppError> {
    let mut held = Held::default();
    for id in device.all_households()? {
        let record = device.record(id)?;
        let name = id.to_string();
        held.digests
            .insert(name.clone(), digest_of(&record.heads()));
        held.villages
            .insert(name.clone(), device.store().row(id)?.1);
        let mut note = |path: &str, value: &str| {
            let path = match path.strip_prefix("settlements/") {
                Some(rest) if rest.ends_with("/reason") => "reason",
                _ => path,
            };
            let key = (name.clone(), path.to_owned());
            held.written
                .entry(key)
                .or_default()
                .insert(value.to_owned());
        };
        for (path, values) in &record.state()?.fields {
            for value in values {
                note(&path.to_string(), &value.text);
            }
        }
        let changes = match history {
            true => device.store().changes(id)?,
            false => Vec::new(),
        };
        for change in changes {
            for (path, old, new) in record.difference(&change.hash).unwrap_or_default() {
                note(&path.to_string(), &old);
                note(&path.to_string(), &new);
            }
        }
        if !device.store().refusals(id)?.is_empty() {
            held.refusals.insert(name);
        }
    }
    for proposal in device.proposals(true)?.mine {
        for field in proposal.fields {
            held.proposals.insert(field.new, proposal.code.clone());
        }
    }
    Ok(held)
}

/// Everybody exchanges, three at a time; the reports.
fn everybody(tablets: &mut [Tablet], at_hub: bool) -> Vec<Result<Value, String>> {
    let mut reports = Vec::new();
    for some in tablets.chunks_mut(3) {
        let mut done: Vec<_> = thread::scope(|scope| {
            let hands: Vec<_> = some
                .iter_mut()
                .filter(|tablet| !at_hub || (tablet.reads_at_hub && !tablet.moves))
                .map(|tablet| scope.spawn(move || tablet.exchange_well(at_hub)))
                .collect();
            hands
                .into_iter()
                .map(|hand| {
                    hand.join()
                        .unwrap_or_else(|_| Err("a driver panicked".into()))
                })
                .collect()
        });
        reports.append(&mut done);
    }
    reports
}

/// Until a whole round moved nothing.
fn agree(tablets: &mut [Tablet], found: &mut Found) -> Result<(), String> {
    for _ in 0..ROUNDS {
        found.rounds += 1;
        let reports = everybody(tablets, false);
        let mut quiet = true;
        for report in &reports {
            let report = report.as_ref().map_err(Clone::clone)?;
            quiet &= report["agreed"] == true && report["pushed"] == 0 && report["pulled"] == 0;
        }
        if quiet {
            return Ok(());
        }
    }
    found
        .complaints
        .push(format!("after {ROUNDS} rounds something still moves"));
    Ok(())
}

/// Waits until the hub has handed on everything and has the district's answers.
fn hub_is_done(place: &Place, found: &mut Found) -> Result<(), String> {
    let begun = Instant::now();
    let log = place.hub_log();
    let before = fs::metadata(log).map_or(0, |m| m.len());
    loop {
        let text = fs::read(log).map_err(|e| format!("the hub's log: {e}"))?;
        let new = String::from_utf8_lossy(&text[(before as usize).min(text.len())..]).into_owned();
        let done = new
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .any(|line| {
                let fields = &line["fields"];
                fields["message"] == "exchanged with the district"
                    && fields["waiting"] == 0
                    && fields["agreed"] == true
            });
        if done {
            return Ok(());
        }
        if begun.elapsed() > HUB {
            found
                .complaints
                .push("the hub and its district do not come to an end".into());
            return Ok(());
        }
        thread::sleep(Duration::from_millis(300));
    }
}

pub(super) fn heal_and_look(
    folder: &Path,
    place: &Arc<Place>,
    links: &Links,
    tablets: &mut [Tablet],
    journal: &Journal,
) -> Result<Found, String> {
    let mut found = Found::default();
    for host in [&place.district, &place.hub] {
        host.kill();
        host.start()?;
    }
    agree(tablets, &mut found)?;
    hub_is_done(place, &mut found)?;
    for report in everybody(tablets, true) {
        match report {
            Ok(report) if report["agreed"] == true => {}
            Ok(report) => found
                .complaints
                .push(format!("no agreement at the hub: {report}")),
            Err(e) => found.complaints.push(e),
        }
    }
    agree(tablets, &mut found)?;
    // Someone who was never there before: all that it has comes from the district.
    let mut auditor = Tablet::enrol(
        tablets.len(),
        folder,
        place,
        links,
        &[AT_HUB, ELSEWHERE],
        Chance::new(0),
    )?;
    auditor.exchange_well(false)?;
    let at_district = read(&auditor.data, true)?;
    let report = place.admin(&["verify-log"])?;
    if report["fits"] != true {
        found
            .complaints
            .push(format!("the log does not fit: {report}"));
    }
    let quarantine = place.admin(&["quarantine"])?.to_string();
    compare_digests(place, &at_district, None, &mut found)?;
    let saved = journal.all();
    for tablet in tablets.iter_mut() {
        let status = tablet.must(&["status"])?;
        if status["unsent"] != 0 {
            let complaint = format!("device {} has unsent work: {status}", tablet.number);
            found.complaints.push(complaint);
        }
        let held = read(&tablet.data, false)?;
        compare_digests(place, &held, Some(tablet), &mut found)?;
        for save in saved.iter().filter(|save| save.device == tablet.number) {
            look_for(save, &at_district, &held, &quarantine, &mut found);
        }
    }
    look_at_logs(folder, place, &mut found)?;
    for host in [&place.district, &place.hub] {
        host.kill();
    }
    Ok(found)
}

/// Where an acknowledged save is.
fn look_for(save: &Saved, district: &Held, own: &Held, quarantine: &str, found: &mut Found) {
    let key = (save.household.clone(), save.path.clone());
    if district
        .written
        .get(&key)
        .is_some_and(|values| values.contains(&save.value))
    {
        found.present += 1;
    } else if own.proposals.contains_key(&save.value)
        || (own.refusals.contains(&save.household) && quarantine.contains(&save.household))
    {
        found.refused += 1;
    } else {
        found.lost.push(format!("{save:?}"));
    }
}

/// What the server says of its households, and what a device holds of its villages.
fn compare_digests(
    place: &Place,
    held: &Held,
    tablet: Option<&Tablet>,
    found: &mut Found,
) -> Result<(), String> {
    let villages = tablet.map_or(vec![AT_HUB, ELSEWHERE], Tablet::villages_at_last);
    let name = tablet.map_or("a new device".to_owned(), |t| {
        format!("device {}", t.number)
    });
    let mut expected = BTreeMap::new();
    for village in &villages {
        let lines = place.admin(&["households", "--village", village])?;
        for line in lines.as_array().into_iter().flatten() {
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            expected.insert(text("household"), text("digest"));
        }
    }
    for (household, digest) in &expected {
        match held.digests.get(household) {
            Some(ours) if ours == digest => found.digests += 1,
            other => found.complaints.push(format!(
                "{name} holds {other:?} of household {household}, the district {digest}"
            )),
        }
    }
    // What it has of villages that are no longer its own stays with it.
    let own = held
        .villages
        .iter()
        .filter(|(_, village)| villages.contains(&village.as_str()));
    for (household, _) in own {
        if !expected.contains_key(household) && !held.refusals.contains(household) {
            found.complaints.push(format!(
                "{name} holds household {household}, which the district does not have"
            ));
        }
    }
    Ok(())
}

/// No panic, and no number of a person or family, in anything that was written for people who run this.
fn look_at_logs(folder: &Path, place: &Place, found: &mut Found) -> Result<(), String> {
    let logs = folder.join("logs");
    let entries = fs::read_dir(&logs).map_err(|e| format!("{}: {e}", logs.display()))?;
    let mut looked = 0;
    for entry in entries.flatten() {
        let text = fs::read(entry.path()).map_err(|e| format!("a log: {e}"))?;
        let text = String::from_utf8_lossy(&text);
        let name = entry.file_name().to_string_lossy().into_owned();
        looked += text.len();
        if let Some(line) = text.lines().find(|line| line.contains("panicked")) {
            found.complaints.push(format!("{name}: {line}"));
        }
        if place.numbers.iter().any(|number| text.contains(number)) {
            found
                .complaints
                .push(format!("{name} holds the number of a person or family"));
        }
    }
    if looked == 0 {
        found.complaints.push("the logs are empty".into());
    }
    Ok(())
}
