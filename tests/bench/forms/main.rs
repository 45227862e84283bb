//! Benchmarks of the questionnaire engine, each figure beside the one of npm `@getodk/xforms-engine` from the same
//! run on the same questionnaire. `cargo xtask bench forms`.

mod ours;
mod peer;
mod questionnaires;

use ours::Measured;
use peer::Peer;
use std::time::Duration;

/// What is to be measured on one questionnaire.
struct Scenario {
    name: &'static str,
    make: fn() -> Vec<u8>,
    /// Repetitions here and in the other engine.
    rounds: [usize; 2],
    lines: &'static [Line],
    /// What the memory of both processes is called; and how many times less it should be.
    memory: (&'static str, f64),
}

/// One line of the table.
struct Line {
    /// Name of the times.
    times: &'static str,
    what: &'static str,
    goal: Goal,
}

enum Goal {
    None,
    /// So many times faster than the other engine, by the medians.
    Faster(f64),
    /// The median within so many milliseconds; the slowest is printed, but on a machine that does other things
    /// it says more about them.
    Within(f64),
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "load",
        make: questionnaires::large,
        rounds: [25, 7],
        lines: &[Line {
            times: "load",
            what: "load: 300 questions, 2,000 choices, from .xlsx / from XForm",
            goal: Goal::Faster(20.0),
        }],
        memory: ("memory: 300 questions, 2,000 choices", 10.0),
    },
    Scenario {
        name: "chain",
        make: questionnaires::chain,
        rounds: [200, 40],
        lines: &[Line {
            times: "answer",
            what: "one answer, 800 calculations in a chain follow",
            goal: Goal::Faster(20.0),
        }],
        memory: ("memory: the chain", 10.0),
    },
    Scenario {
        name: "roster",
        make: questionnaires::roster,
        rounds: [200, 20],
        lines: &[Line {
            times: "add",
            what: "eight members of 20 questions added to a roster",
            goal: Goal::Faster(20.0),
        }],
        memory: ("memory: the roster", 10.0),
    },
    Scenario {
        name: "cascade",
        make: questionnaires::cascade,
        rounds: [40, 8],
        lines: &[
            Line {
                times: "regency",
                what: "province chosen, regencies listed",
                goal: Goal::Within(5.0),
            },
            Line {
                times: "district",
                what: "regency chosen, districts listed",
                goal: Goal::Within(5.0),
            },
            Line {
                times: "village",
                what: "district chosen, villages of 83,762 listed",
                goal: Goal::Within(5.0),
            },
            Line {
                times: "load",
                what: "load: all 83,762 villages, from .xlsx / from XForm",
                goal: Goal::None,
            },
        ],
        memory: ("memory: all 83,762 villages", 10.0),
    },
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if ours::child(&args) {
        return;
    }
    let peer = Peer::find();
    if let Err(reason) = &peer {
        println!("Without the other engine: {reason}.");
    }
    println!("Medians (slowest). The ratio says how many times less Lawang needs.");
    println!(
        "{:60} {:>22}  {:>24}  {:>8}",
        "what", "Lawang", "xforms-engine", "ratio"
    );
    let dir = tempfile::tempdir().expect("a folder");
    let mut missed = 0;
    let mut count = 0;
    for scenario in SCENARIOS {
        if !args.is_empty() && !args.iter().any(|a| a == scenario.name) {
            continue;
        }
        let workbook = (scenario.make)();
        let file = dir.path().join("form.xlsx");
        std::fs::write(&file, &workbook).expect("written");
        let ours = ours::measure_apart(scenario.name, &file, scenario.rounds[0]);
        let theirs = peer.as_ref().ok().and_then(|peer| {
            peer.measure(scenario.name, &workbook, scenario.rounds[1])
                .map_err(|reason| println!("xforms-engine, {}: {reason}", scenario.name))
                .ok()
        });
        if let Some(theirs) = &theirs
            && !alike(&ours.result, &theirs.result)
        {
            println!(
                "{}: the engines computed different things: {} here, {} there",
                scenario.name, ours.result, theirs.result
            );
            missed += 1;
        }
        for line in scenario.lines {
            count += 1;
            missed += usize::from(!line.print(&ours, theirs.as_ref()));
        }
        count += 1;
        missed += usize::from(!memory(scenario.memory, &ours, theirs.as_ref()));
    }
    println!("{count} comparisons, {missed} short of their goal.");
}

/// Whether both computed the same; one may have made fewer rounds.
fn alike(ours: &str, theirs: &str) -> bool {
    ours.split(' ').zip(theirs.split(' ')).all(|(a, b)| a == b)
}

impl Line {
    /// Prints the line; tells whether the goal was met or cannot be judged.
    fn print(&self, ours: &Measured, theirs: Option<&Measured>) -> bool {
        let none = Vec::new();
        let mine = sorted(ours.times.get(self.times).unwrap_or(&none));
        let other = theirs
            .and_then(|t| t.times.get(self.times))
            .map(|all| sorted(all));
        let ratio = other
            .as_ref()
            .map(|other| median(other).as_secs_f64() / median(&mine).as_secs_f64());
        let (verdict, met) = match (&self.goal, ratio) {
            (Goal::Faster(goal), Some(ratio)) => {
                (judged(format!("{goal}x"), ratio >= *goal), ratio >= *goal)
            }
            (Goal::Within(goal), _) => {
                let met = median(&mine).as_secs_f64() * 1e3 <= *goal;
                (judged(format!("within {goal} ms"), met), met)
            }
            _ => (String::new(), true),
        };
        row(
            self.what,
            &shown(&mine),
            &other.map_or_else(|| "-".to_owned(), |other| shown(&other)),
            ratio,
            &verdict,
        );
        met
    }
}

fn memory((what, goal): (&str, f64), ours: &Measured, theirs: Option<&Measured>) -> bool {
    let mb = |kib: u64| format!("{:.1} MB", kib as f64 / 1024.0);
    let ratio = theirs.map(|t| t.memory as f64 / ours.memory as f64);
    let met = ratio.is_none_or(|ratio| ratio >= goal);
    row(
        what,
        &mb(ours.memory),
        &theirs.map_or_else(|| "-".to_owned(), |t| mb(t.memory)),
        ratio,
        &ratio.map_or_else(String::new, |_| judged(format!("{goal}x"), met)),
    );
    met
}

fn judged(goal: String, met: bool) -> String {
    format!("goal {goal}: {}", if met { "yes" } else { "NO" })
}

fn row(what: &str, ours: &str, theirs: &str, ratio: Option<f64>, verdict: &str) {
    let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}x"));
    println!("{what:60} {ours:>22}  {theirs:>24}  {ratio:>8}  {verdict}");
}

fn sorted(all: &[Duration]) -> Vec<Duration> {
    let mut all = all.to_vec();
    all.sort_unstable();
    all
}

fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn slowest(sorted: &[Duration]) -> Duration {
    sorted.last().copied().unwrap_or_default()
}

/// `1.2 ms (3.4 ms)`: median and slowest.
fn shown(sorted: &[Duration]) -> String {
    format!("{} ({})", spelled(median(sorted)), spelled(slowest(sorted)))
}

fn spelled(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 2_000.0 {
        format!("{us:.0} us")
    } else if us < 2e6 {
        format!("{:.1} ms", us / 1e3)
    } else {
        format!("{:.1} s", us / 1e6)
    }
}
