//! What was done, and what came of it.

use super::{Plan, check::Found, journal::Journal};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Counters of everything that happens.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) connections: AtomicU64,
    pub(super) cuts: AtomicU64,
    pub(super) corrupted: AtomicU64,
    pub(super) stalls: AtomicU64,
    pub(super) delays: AtomicU64,
    /// Times without any network.
    pub(super) dark: AtomicU64,
    /// Bytes that passed the links, both ways.
    pub(super) bytes: AtomicU64,
    pub(super) kills_district: AtomicU64,
    pub(super) kills_hub: AtomicU64,
    pub(super) kills_device: AtomicU64,
    pub(super) saves: AtomicU64,
    pub(super) exchanges: AtomicU64,
    pub(super) exchanges_at_hub: AtomicU64,
    pub(super) pushed: AtomicU64,
    pub(super) pulled: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) verified: AtomicU64,
    pub(super) backups: AtomicU64,
    /// Codes with which commands ended, by command.
    codes: Mutex<BTreeMap<(String, String), u64>>,
    broken: AtomicBool,
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Counts {
    pub(super) fn code(&self, command: &str, code: &str) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        *codes.entry((command.into(), code.into())).or_default() += 1;
    }

    /// Nothing more can be learned: the faults end early.
    pub(super) fn break_off(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// One line while it runs.
    pub(super) fn line(&self) -> String {
        format!(
            "{} saves, {}+{} exchanges, kills: {} devices, {} district, {} hub; {} cuts, {} corrupted",
            get(&self.saves),
            get(&self.exchanges),
            get(&self.exchanges_at_hub),
            get(&self.kills_device),
            get(&self.kills_district),
            get(&self.kills_hub),
            get(&self.cuts),
            get(&self.corrupted),
        )
    }
}

/// The end of it.
pub struct Report {
    lines: Vec<(String, String)>,
    codes: Vec<(String, String, u64)>,
    /// Acknowledged saves that are nowhere.
    pub lost: Vec<String>,
    /// Whatever else must not be.
    pub complaints: Vec<String>,
    /// Saves acknowledged.
    pub saves: usize,
    /// Exchanges that ended well while the faults lasted.
    pub exchanges: u64,
    /// Kills of all kinds.
    pub kills: u64,
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        counts: &Counts,
        journal: &Journal,
        found: Found,
        storm: Duration,
        whole: Duration,
    ) -> Self {
        let kills = [
            &counts.kills_device,
            &counts.kills_district,
            &counts.kills_hub,
        ];
        let saves = journal.all().len();
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut say = |what: &str, value: String| lines.push((what.to_owned(), value));
        say("seed", plan.seed.to_string());
        say(
            "devices, households",
            format!("{}, {}", plan.devices, 2 * plan.households),
        );
        say(
            "time with faults, whole",
            format!("{:.0} s, {:.0} s", storm.as_secs_f64(), whole.as_secs_f64()),
        );
        say(
            "saves acknowledged",
            format!(
                "{saves} (answers {}, members {}, households {}, conflicts settled {})",
                journal.count("set"),
                journal.count("member"),
                journal.count("household"),
                journal.count("settled")
            ),
        );
        say(
            "exchanges that ended well",
            format!(
                "{} with the district, {} at the hub",
                get(&counts.exchanges),
                get(&counts.exchanges_at_hub)
            ),
        );
        say(
            "changes sent, received, refused",
            format!(
                "{}, {}, {}",
                get(&counts.pushed),
                get(&counts.pulled),
                get(&counts.refused)
            ),
        );
        say(
            "kill -9",
            format!(
                "{} of devices, {} of the district, {} of the hub",
                get(kills[0]),
                get(kills[1]),
                get(kills[2])
            ),
        );
        say(
            "links",
            format!(
                "{} connections, {} cut, {} stalled, {} pieces late, {} times no network",
                get(&counts.connections),
                get(&counts.cuts),
                get(&counts.stalls),
                get(&counts.delays),
                get(&counts.dark)
            ),
        );
        say(
            "bits flipped on the way",
            get(&counts.corrupted).to_string(),
        );
        say(
            "bytes moved",
            format!("{:.1} MB", get(&counts.bytes) as f64 / 1e6),
        );
        say(
            "while it ran",
            format!(
                "the log was verified {} times, {} backups were written",
                get(&counts.verified),
                get(&counts.backups)
            ),
        );
        say(
            "rounds until all agreed",
            format!("{} ({} digests equal)", found.rounds, found.digests),
        );
        say(
            "acknowledged saves found at the district",
            found.present.to_string(),
        );
        say(
            "listed as refused, with a reason",
            found.refused.to_string(),
        );
        say("lost", found.lost.len().to_string());
        let codes = counts
            .codes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|((command, code), n)| (command.clone(), code.clone(), *n))
            .collect();
        Self {
            lines,
            codes,
            lost: found.lost,
            complaints: found.complaints,
            saves,
            exchanges: get(&counts.exchanges) + get(&counts.exchanges_at_hub),
            kills: kills.into_iter().map(get).sum(),
        }
    }

    /// Nothing lost and nothing to complain about.
    pub fn is_well(&self) -> bool {
        self.lost.is_empty() && self.complaints.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, value) in &self.lines {
            writeln!(f, "{what:42} {value}")?;
        }
        writeln!(
            f,
            "commands that ended with a refusal or without a connection:"
        )?;
        for (command, code, n) in &self.codes {
            writeln!(f, "  {command:16} {code:24} {n:>6}")?;
        }
        for lost in &self.lost {
            writeln!(f, "LOST: {lost}")?;
        }
        for complaint in &self.complaints {
            writeln!(f, "WRONG: {complaint}")?;
        }
        Ok(())
    }
}
