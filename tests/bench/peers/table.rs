//! The figures of a run, as a table for people and as JSON, and the goals.

use crate::proxy::Carried;
use serde_json::{Value, json};

/// What became of the edits of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fate {
    /// On no replica any more, or not on both devices after everything was quiet.
    pub lost: usize,
    /// There, but only as a losing revision that nothing shows unless somebody asks for it.
    pub hidden: usize,
}

/// One step of one peer.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    pub finished: bool,
    /// Why it did not finish.
    pub why: String,
    /// A harder link than one on which it did not finish.
    pub not_tried: bool,
    pub seconds: f64,
    pub carried: Carried,
    pub fate: Fate,
    /// Edits of the step.
    pub edits: usize,
    /// zstd-19 of the bare values as JSON, bytes; 0 when there is nothing to compare with.
    pub bare: usize,
    /// What the bytes were.
    pub breakdown: Vec<String>,
    /// Whether the answer that should have been lost was lost.
    pub swallowed: Option<bool>,
}

impl Measured {
    pub fn not_tried() -> Self {
        Self {
            not_tried: true,
            ..Self::default()
        }
    }

    /// Bytes both ways, heads included.
    fn all(&self) -> u64 {
        self.carried.up + self.carried.down
    }

    /// The same without heads of HTTP.
    fn bodies(&self) -> u64 {
        self.carried.body_up + self.carried.body_down
    }
}

/// All steps of all peers, in the order in which they were made.
#[derive(Default)]
pub struct Table {
    lines: Vec<(&'static str, String, Measured)>,
    /// Why a peer could not go on.
    broken: Vec<(String, String)>,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, peer: &'static str, step: &str, measured: Measured) {
        eprintln!(
            "  {peer}: {step}: {} B, {:.2} s",
            measured.all(),
            measured.seconds
        );
        self.lines.push((peer, step.to_owned(), measured));
    }

    /// A peer could not go on.
    pub fn broke(&mut self, peer: &str, why: &str) {
        self.broken.push((peer.to_owned(), why.to_owned()));
    }

    fn of(&self, peer: &str, step: &str) -> Option<&Measured> {
        let mut lines = self.lines.iter();
        lines
            .find(|line| line.0 == peer && line.1 == step && !line.2.not_tried)
            .map(|line| &line.2)
    }

    pub fn lawang_kept_everything(&self) -> bool {
        let mut ours = self.lines.iter().filter(|line| line.0 == "Lawang");
        ours.all(|line| line.2.fate == Fate::default() && line.2.finished)
    }

    pub fn json(&self) -> Value {
        let lines = self.lines.iter().map(|(peer, step, m)| {
            let c = &m.carried;
            json!({
                "peer": peer, "step": step, "tried": !m.not_tried, "finished": m.finished, "why": m.why, "seconds": m.seconds,
                "bytes_up": c.up, "bytes_down": c.down, "body_up": c.body_up, "body_down": c.body_down,
                "requests": c.requests, "connections": c.connections, "cuts": c.cuts, "edits": m.edits,
                "lost": m.fate.lost, "hidden": m.fate.hidden, "zstd19_of_bare": m.bare, "answer_lost": m.swallowed,
            })
        });
        let goals = self
            .goals()
            .into_iter()
            .map(|(what, value, met)| json!({ "goal": what, "measured": value, "met": met }));
        let broken = self
            .broken
            .iter()
            .map(|(peer, why)| json!({ "peer": peer, "why": why }));
        json!({ "broken": broken.collect::<Vec<_>>(), "steps": lines.collect::<Vec<_>>(), "goals": goals.collect::<Vec<_>>() })
    }

    pub fn print(&self) {
        println!(
            "{:51} {:14} {:>11} {:>11} {:>9} {:>6} {:>8} {:>5} {:>6}  note",
            "step", "", "bytes", "of bodies", "up", "reqs", "seconds", "lost", "hidden"
        );
        let mut steps: Vec<&str> = Vec::new();
        for (_, step, _) in &self.lines {
            if !steps.contains(&step.as_str()) {
                steps.push(step);
            }
        }
        for step in steps {
            for (peer, _, m) in self.lines.iter().filter(|line| line.1 == step) {
                if m.not_tried {
                    println!("{step:51} {peer:14} not tried: it did not finish on a better link");
                    continue;
                }
                let mut notes = Vec::new();
                if !m.finished {
                    notes.push(m.why.clone());
                }
                if m.carried.cuts > 0 {
                    notes.push(format!("{} cuts", m.carried.cuts));
                }
                if m.swallowed == Some(false) {
                    notes.push("no answer was large enough to be lost".to_owned());
                }
                if m.bare > 0 {
                    let of = m.bodies() as f64 / m.bare as f64;
                    notes.push(format!(
                        "{of:.2}x zstd-19 of the bare values ({} B)",
                        m.bare
                    ));
                }
                println!(
                    "{step:51} {peer:14} {:>11} {:>11} {:>9} {:>6} {:>8.2} {:>5} {:>6}  {}",
                    m.all(),
                    m.bodies(),
                    m.carried.up,
                    m.carried.requests,
                    m.seconds,
                    m.fate.lost,
                    m.fate.hidden,
                    notes.join("; ")
                );
            }
        }
        for (peer, why) in &self.broken {
            println!("{peer} could not go on, so the steps that are missing were not made: {why}");
        }
        for (peer, step, m) in self
            .lines
            .iter()
            .filter(|line| !line.2.breakdown.is_empty())
        {
            println!("\n{peer}, {step}:");
            for line in &m.breakdown {
                println!("  {line}");
            }
        }
        println!(
            "\nbytes: both ways, with heads of HTTP or frames; up: of these, from the device."
        );
        for (what, value, met) in self.goals() {
            println!("{what:72} {value:>20}  {}", if met { "yes" } else { "NO" });
        }
    }

    /// Each goal with what was measured.
    fn goals(&self) -> Vec<(String, String, bool)> {
        let mut goals = Vec::new();
        let mut goal = |what: &str, value: Option<(String, bool)>| {
            if let Some((value, met)) = value {
                goals.push((what.to_owned(), value, met));
            }
        };
        let ours = |step: &str| self.of("Lawang", step);
        let ratio = |value: f64, limit: f64| (format!("{value:.2}x"), value <= limit);
        let edits = "200 one-field edits, sent";
        let revisits = "200 revisits of 21 fields, sent";
        let first = "first download, 2,000 households";
        goal(
            "one-field edit in a batch of 200: at most 20 B, bodies both ways",
            ours(edits).map(|m| {
                let each = m.bodies() as f64 / m.edits as f64;
                (format!("{each:.1} B"), each <= 20.0)
            }),
        );
        goal(
            "200 revisits: at most 1.5x zstd-19 of the bare values, bodies both ways",
            ours(revisits).map(|m| ratio(m.bodies() as f64 / m.bare as f64, 1.5)),
        );
        goal(
            "first download: at most 1.1x zstd-19 of the bare JSON, everything",
            ours(first).map(|m| ratio(m.all() as f64 / m.bare as f64, 1.1)),
        );
        goal(
            "nothing changed: at most 300 B of bodies",
            ours("nothing changed").map(|m| (format!("{} B", m.bodies()), m.bodies() <= 300)),
        );
        for (whole, cut) in [
            (crate::run::LATER_DOWNLOAD, "later download, cut every 3 KB"),
            (revisits, "200 revisits, cut every 3 KB"),
        ] {
            goal(
                &format!("{cut}: at most 1.5x the bytes of a good link, everything"),
                ours(whole).zip(ours(cut)).map(|(whole, cut)| {
                    // Each has values of its own: beside their size.
                    let size = if whole.bare > 0 && cut.bare > 0 {
                        cut.bare as f64 / whole.bare as f64
                    } else {
                        1.0
                    };
                    let (value, met) = ratio(cut.all() as f64 / (whole.all() as f64 * size), 1.5);
                    (value, met && cut.finished)
                }),
            );
        }
        for step in ["10 one-field edits, sent", edits] {
            let both = ours(step).zip(self.of("PouchDB", step));
            goal(
                &format!("{step}: at least 20x fewer bytes than PouchDB"),
                both.map(|(us, them)| {
                    let times = them.all() as f64 / us.all() as f64;
                    (format!("{times:.0}x"), times >= 20.0)
                }),
            );
            goal(
                &format!("{step}: at least 5x less time than PouchDB"),
                both.map(|(us, them)| {
                    let times = them.seconds / us.seconds;
                    (format!("{times:.1}x"), times >= 5.0)
                }),
            );
        }
        let mut lost = Fate::default();
        for (_, _, m) in self.lines.iter().filter(|line| line.0 == "Lawang") {
            lost.lost += m.fate.lost;
            lost.hidden += m.fate.hidden;
        }
        if self.lines.iter().any(|line| line.0 == "Lawang") {
            let value = format!("{} and {}", lost.lost, lost.hidden);
            goal(
                "no lost and no hidden edit",
                Some((value, lost == Fate::default())),
            );
        }
        goals
    }
}
