//! A device, worked with through `lawang device`.

use super::{
    AT_HUB, ELSEWHERE, Links,
    journal::{Journal, Saved},
    link::nap,
    servers::{Place, log_file},
};
use crate::{chance::Chance, processes::command};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Text questions of the household and of a member, to which any words may be answered.
const FIELDS: &[&str] = &["address", "sls", "respondent_name", "duplicate_of"];
const MEMBER_FIELDS: &[&str] = &["name", "mother_maiden_name", "birth_place"];
/// Codes with which an exchange may end while links are bad and servers die.
const BAD_LINK: &[&str] = &[
    "no_connection",
    "not_lawang_server",
    "bad_certificate",
    "busy",
    "slow_down",
];
/// The same at a hub, which knows the devices of its own villages once it has heard of them.
const BAD_HUB: &[&str] = &[
    "no_connection",
    "not_lawang_server",
    "bad_certificate",
    "busy",
    "slow_down",
    "unknown_device",
];
/// Codes that a device may hear at any time: kills between counting a PIN and finding it right count as wrong ones.
const ANY_TIME: &[&str] = &["pin_wait", "wrong_pin_wait"];
/// Codes for whom the office took a village away.
const NOT_MINE_ANY_MORE: &[&str] = &[
    "not_found",
    "not_your_village",
    "no_such_village",
    "no_such_field",
    "not_allowed",
];

/// How a command ended.
pub(super) enum Ended {
    Done(Value),
    Refused(String),
    Killed,
}

/// A device of one person.
pub(super) struct Tablet {
    pub(super) number: usize,
    /// Its id at the district.
    pub(super) id: String,
    pub(super) data: PathBuf,
    /// The office takes a village away from it.
    pub(super) moves: bool,
    /// Whether the hub reads one of its villages.
    pub(super) reads_at_hub: bool,
    villages: Vec<String>,
    place: Arc<Place>,
    log: PathBuf,
    district: String,
    hub: String,
    chance: Chance,
    households: Vec<String>,
    members: Vec<(String, String)>,
    said: u64,
    /// Time that a command takes here.
    usual: Duration,
    people: u64,
}

impl Tablet {
    pub(super) fn enrol(
        number: usize,
        folder: &Path,
        place: &Arc<Place>,
        links: &Links,
        villages: &[&str],
        chance: Chance,
    ) -> Result<Self, String> {
        let data = folder.join(format!("device-{number:02}"));
        fs::create_dir_all(&data).map_err(|e| format!("device {number}: {e}"))?;
        fs::copy(&place.certificate, data.join("ca.pem"))
            .map_err(|e| format!("device {number}: {e}"))?;
        let name = format!("Enumerator {number}");
        let code = place.admin(&[
            "enrol",
            "--name",
            &name,
            "--role",
            "enumerator",
            "--villages",
            &villages.join(","),
        ])?;
        let mut tablet = Self {
            number,
            id: String::new(),
            data,
            moves: villages.len() == 2 && number % 5 != 3,
            reads_at_hub: villages.contains(&AT_HUB),
            villages: villages.iter().map(|v| (*v).to_owned()).collect(),
            place: place.clone(),
            log: folder.join("logs").join(format!("device-{number:02}.log")),
            district: links.district.url(),
            hub: links.hub.url(),
            chance,
            households: Vec::new(),
            members: Vec::new(),
            said: 0,
            usual: Duration::from_millis(300),
            people: 1,
        };
        let code = code["code"].as_str().unwrap_or_default();
        let server = tablet.district.clone();
        let made = tablet.must(&["enrol", "--server", &server, "--code", code])?;
        tablet.id = made["device"].as_str().unwrap_or_default().to_owned();
        Ok(tablet)
    }

    /// `lawang device ... --json`, killed after `deadline`.
    fn run(&mut self, args: &[&str], deadline: Option<Duration>) -> Result<Ended, String> {
        let failed = |e: &dyn std::fmt::Display| format!("device {}: {args:?}: {e}", self.number);
        // Files, because nobody reads a pipe of a process that is about to be killed.
        let (out, err) = (self.data.join("said.out"), self.data.join("said.err"));
        let file = |path: &Path| fs::File::create(path).map_err(|e| failed(&e));
        let begun = Instant::now();
        let mut child = command()
            .args(["device", "--data"])
            .arg(&self.data)
            .args(args)
            .arg("--json")
            .stdout(file(&out)?)
            .stderr(file(&err)?)
            .spawn()
            .map_err(|e| failed(&e))?;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|e| failed(&e))? {
                break Some(status);
            }
            if deadline.is_some_and(|deadline| begun.elapsed() >= deadline) {
                let _ = child.kill();
                let status = child.wait().map_err(|e| failed(&e))?;
                // It may have ended just before.
                break status.code().map(|_| status);
            }
            thread::sleep(Duration::from_millis(2));
        };
        let errors = fs::read(&err).unwrap_or_default();
        if let Ok(mut log) = log_file(&self.log) {
            let _ = std::io::Write::write_all(&mut log, &errors);
        }
        let Some(status) = status else {
            self.place
                .counts
                .kills_device
                .fetch_add(1, Ordering::Relaxed);
            return Ok(Ended::Killed);
        };
        self.usual = (self.usual * 3 + begun.elapsed()) / 4;
        let said = fs::read(&out).unwrap_or_default();
        match status.code() {
            Some(0) => {
                let value = serde_json::from_slice(&said).map_err(|e| failed(&e))?;
                Ok(Ended::Done(value))
            }
            Some(1) => {
                let errors = String::from_utf8_lossy(&errors);
                let line = errors.lines().rev().find(|line| line.starts_with('{'));
                let value: Value = line
                    .and_then(|line| serde_json::from_str(line).ok())
                    .unwrap_or_default();
                let code = value["code"]
                    .as_str()
                    .unwrap_or("without a code")
                    .to_owned();
                self.place.counts.code(args.first().unwrap_or(&""), &code);
                Ok(Ended::Refused(code))
            }
            other => Err(failed(&format!("ended with {other:?}"))),
        }
    }

    /// Undisturbed and successful, with a few tries while it has to wait because of its PIN.
    pub(super) fn must(&mut self, args: &[&str]) -> Result<Value, String> {
        for _ in 0..20 {
            match self.run(args, None)? {
                Ended::Done(value) => return Ok(value),
                Ended::Refused(code) if ANY_TIME.contains(&code.as_str()) => {
                    thread::sleep(Duration::from_secs(3));
                }
                Ended::Refused(code) => {
                    return Err(format!("device {}: {args:?}: {code}", self.number));
                }
                Ended::Killed => {}
            }
        }
        Err(format!("device {}: {args:?}: the PIN waits", self.number))
    }

    /// One command of the storm: killed in a part of all cases. `None`: killed, or refused for a reason that may be.
    fn dare(&mut self, args: &[&str], may: &[&str]) -> Result<Option<Value>, String> {
        let usual = self.usual.as_millis() as usize;
        let deadline = self
            .chance
            .percent(22)
            .then(|| Duration::from_millis(self.chance.below(usual * 3 / 2 + 20) as u64));
        match self.run(args, deadline)? {
            Ended::Done(value) => Ok(Some(value)),
            Ended::Killed => Ok(None),
            Ended::Refused(code) => {
                let code = code.as_str();
                if ANY_TIME.contains(&code) {
                    thread::sleep(Duration::from_millis(1_500));
                    return Ok(None);
                }
                let moved = self.moves && NOT_MINE_ANY_MORE.contains(&code);
                if may.contains(&code) || moved {
                    return Ok(None);
                }
                let words = fs::read_to_string(self.data.join("said.err")).unwrap_or_default();
                Err(format!(
                    "device {}: {args:?} was refused: {}",
                    self.number,
                    words.trim()
                ))
            }
        }
    }

    /// A value that nobody else gives.
    fn words(&mut self) -> String {
        self.said += 1;
        format!("Kata {}-{}", self.number, self.said)
    }

    /// Works until everything stops.
    pub(super) fn live(&mut self, journal: &Journal, stop: &AtomicBool) -> Result<(), String> {
        while !stop.load(Ordering::Relaxed) {
            let done = match self.chance.below(100) {
                _ if self.households.is_empty() => self.exchange(),
                0..=43 => self.answer(journal),
                44..=51 => self.add_member(journal),
                52..=54 => self.add_household(journal),
                55..=61 => self.settle(journal),
                62..=66 => self.look(),
                _ => self.exchange(),
            };
            if done.is_err() {
                self.place.counts.break_off();
                return done;
            }
            let think = 120 * self.people as usize;
            nap(stop, self.chance.below(think.max(400)));
        }
        Ok(())
    }

    /// So many devices share the machine: they think longer.
    pub(super) fn among(&mut self, people: usize) {
        self.people = people as u64;
    }

    fn any_household(&mut self) -> String {
        // Half of the work is on three households, so that people meet.
        let few = if self.chance.percent(50) {
            3
        } else {
            self.households.len()
        };
        let index = self.chance.below(few.min(self.households.len()));
        self.households[index].clone()
    }

    fn answer(&mut self, journal: &Journal) -> Result<(), String> {
        let household = self.any_household();
        let mut pairs = Vec::new();
        for _ in 0..=self.chance.below(3) {
            let path = if !self.members.is_empty() && self.chance.percent(35) {
                let index = self.chance.below(self.members.len());
                let (of, member) = self.members[index].clone();
                if of != household {
                    continue;
                }
                let field = *self.chance.of(MEMBER_FIELDS);
                format!("members/{member}/{field}")
            } else {
                (*self.chance.of(FIELDS)).to_owned()
            };
            if pairs.iter().all(|(known, _)| *known != path) {
                let words = self.words();
                pairs.push((path, words));
            }
        }
        let mut args = vec!["set", household.as_str()];
        args.extend(pairs.iter().flat_map(|(p, v)| [p.as_str(), v.as_str()]));
        if pairs.is_empty() {
            return Ok(());
        }
        if let Some(given) = self.dare(&args, &[])? {
            if given["saved"] != pairs.len() {
                return Err(format!("device {}: {args:?}: {given}", self.number));
            }
            for (path, value) in pairs {
                self.note(journal, "set", &household, path, value);
            }
        }
        Ok(())
    }

    fn note(
        &self,
        journal: &Journal,
        what: &'static str,
        household: &str,
        path: String,
        value: String,
    ) {
        self.place.counts.saves.fetch_add(1, Ordering::Relaxed);
        journal.note(Saved {
            device: self.number,
            household: household.to_owned(),
            what,
            path,
            value,
        });
    }

    fn answers_file(&self, answers: &Value) -> Result<String, String> {
        let file = self.data.join("answers.json");
        fs::write(&file, answers.to_string()).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok(file.to_string_lossy().into_owned())
    }

    fn add_member(&mut self, journal: &Journal) -> Result<(), String> {
        let household = self.any_household();
        let name = self.words();
        let file = self.answers_file(&json!({ "name": name, "sex": "1" }))?;
        if let Some(made) = self.dare(&["add-member", &household, "--answers", &file], &[])? {
            let member = made["member"].as_str().unwrap_or_default().to_owned();
            let path = format!("members/{member}/name");
            self.note(journal, "member", &household, path, name);
            self.members.push((household, member));
        }
        Ok(())
    }

    fn add_household(&mut self, journal: &Journal) -> Result<(), String> {
        let words = self.words();
        let village = self.chance.of(&self.villages).clone();
        let file = self.answers_file(&json!({ "village_code": village, "address": words }))?;
        if let Some(made) = self.dare(&["add-household", "--answers", &file], &[])? {
            let household = made["household"].as_str().unwrap_or_default().to_owned();
            self.note(journal, "household", &household, "address".into(), words);
            self.households.push(household);
        }
        Ok(())
    }

    fn settle(&mut self, journal: &Journal) -> Result<(), String> {
        let Some(all) = self.dare(&["conflicts"], &[])? else {
            return Ok(());
        };
        let all = all.as_array().cloned().unwrap_or_default();
        if all.is_empty() {
            return Ok(());
        }
        let conflict = self.chance.of(&all).clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (household, path) = (text(&conflict["household"]), text(&conflict["path"]));
        let values = conflict["values"].as_array().cloned().unwrap_or_default();
        let value = text(&self.chance.of(&values)["value"]);
        let reason = self.words();
        let args = [
            "resolve", &household, &path, "--value", &value, "--reason", &reason,
        ];
        if self.dare(&args, &[])?.is_some() {
            self.note(journal, "settled", &household, "reason".into(), reason);
        }
        Ok(())
    }

    /// Learns what is here.
    pub(super) fn look(&mut self) -> Result<(), String> {
        let Some(rows) = self.dare(&["households"], &[])? else {
            return Ok(());
        };
        let mut ids: Vec<String> = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| row["household"].as_str().map(str::to_owned))
            .collect();
        // The same order on all devices, so that they meet at the first three.
        ids.sort();
        self.households = ids;
        if self.households.is_empty() {
            return Ok(());
        }
        let household = self.any_household();
        if let Some(shown) = self.dare(&["show", &household], &[])? {
            self.members.retain(|(of, _)| *of != household);
            for member in shown["members"].as_array().into_iter().flatten() {
                if let Some(id) = member["id"].as_str() {
                    self.members.push((household.clone(), id.to_owned()));
                }
            }
        }
        Ok(())
    }

    fn exchange(&mut self) -> Result<(), String> {
        let at_hub = self.chance.percent(45);
        let server = if at_hub { &self.hub } else { &self.district }.clone();
        let may = if at_hub { BAD_HUB } else { BAD_LINK };
        let done = self.dare(&["sync", "--server", &server], may)?;
        if let Some(report) = done {
            self.count(&report);
            if self.households.is_empty() || self.chance.percent(30) {
                self.look()?;
            }
        }
        Ok(())
    }

    fn count(&self, report: &Value) {
        let counts = &self.place.counts;
        let which = if report["hub"] == "" {
            &counts.exchanges
        } else {
            &counts.exchanges_at_hub
        };
        which.fetch_add(1, Ordering::Relaxed);
        for (name, counter) in [
            ("pushed", &counts.pushed),
            ("pulled", &counts.pulled),
            ("refused", &counts.refused),
        ] {
            counter.fetch_add(report[name].as_u64().unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// An exchange in fair weather; the report.
    pub(super) fn exchange_well(&mut self, at_hub: bool) -> Result<Value, String> {
        let server = if at_hub { &self.hub } else { &self.district }.clone();
        self.must(&["sync", "--server", &server])
    }

    /// Villages that it has at the end.
    pub(super) fn villages_at_last(&self) -> Vec<&str> {
        if self.moves {
            return vec![ELSEWHERE];
        }
        self.villages.iter().map(String::as_str).collect()
    }
}
