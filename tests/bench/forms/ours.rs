//! The measurements in Lawang's engine.

use crate::questionnaires::LEVELS;
use chrono::DateTime;
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::{Context, Instance, compile};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// What a scenario took, and what came out of it.
pub struct Measured {
    /// Times of each thing that was measured.
    pub times: BTreeMap<String, Vec<Duration>>,
    /// What was computed: must be what the peer computed.
    pub result: String,
    /// Largest resident memory of the process in KiB.
    pub memory: u64,
}

fn open(bytes: &[u8]) -> Instance {
    let compiled = compile(bytes, "bench.xlsx").unwrap_or_else(|problems| panic!("{problems:#?}"));
    let now = DateTime::parse_from_rfc3339("2026-11-21T10:15:30+07:00").expect("a moment");
    let context = Context {
        random: 42,
        ..Context::at(now)
    };
    Instance::new(Arc::new(compiled.form), context)
}

fn value(instance: &Instance, name: &str) -> String {
    let path = FieldPath::household(name);
    instance
        .node(&path)
        .map_or_else(String::new, |node| node.value)
}

/// Runs a scenario on a questionnaire; `rounds` of them.
pub fn measure(scenario: &str, bytes: &[u8], rounds: usize) -> Measured {
    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut note = |what: &str, started: Instant| {
        times
            .entry(what.to_owned())
            .or_default()
            .push(started.elapsed());
    };
    let result = match scenario {
        "load" => {
            let mut result = String::new();
            for _ in 0..rounds {
                let started = Instant::now();
                let instance = open(bytes);
                note("load", started);
                result = value(&instance, "last");
            }
            result
        }
        "chain" => {
            let mut instance = open(bytes);
            let (first, mut result) = (FieldPath::household("first"), String::new());
            // Counting down, so that both engines end with the same answer, whatever their rounds.
            for round in (1..=rounds).rev() {
                let started = Instant::now();
                instance.set(&first, &round.to_string()).expect("an answer");
                result = value(&instance, "last");
                note("answer", started);
            }
            result
        }
        "roster" => {
            let fresh = open(bytes);
            let id = |n: u128| InstanceId(uuid::Uuid::from_u128(n));
            let mut result = String::new();
            for _ in 0..rounds {
                let mut instance = fresh.clone();
                // As in ODK Collect, one is there from the start.
                instance.add_repeat("member", None, id(1));
                let started = Instant::now();
                for n in 2..10 {
                    instance.add_repeat("member", None, id(n));
                }
                result = value(&instance, "size");
                note("add", started);
            }
            result
        }
        _ => {
            let started = Instant::now();
            let mut instance = open(bytes);
            note("load", started);
            let mut seen = Vec::new();
            for round in 0..rounds {
                let mut path = FieldPath::household("province");
                for below in LEVELS {
                    let options = instance.choices(&path, "");
                    let choice = &options[(round * 7) % options.len()].value;
                    let started = Instant::now();
                    instance.set(&path, choice).expect("an answer");
                    path = FieldPath::household(below);
                    let options = instance.choices(&path, "");
                    note(below, started);
                    seen.push(options.len().to_string());
                }
            }
            seen.join(" ")
        }
    };
    Measured {
        times,
        result,
        memory: peak(),
    }
}

/// Runs a scenario in a process of its own, so that its memory is its own.
pub fn measure_apart(scenario: &str, file: &Path, rounds: usize) -> Measured {
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--child", scenario])
        .arg(file)
        .arg(rounds.to_string())
        .output()
        .expect("a child");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    read(&output.stdout).expect("what the child wrote")
}

/// Carries out one measurement when this process was started for it.
pub fn child(args: &[String]) -> bool {
    let [word, scenario, file, rounds] = args else {
        return false;
    };
    if word != "--child" {
        return false;
    }
    let bytes = fs::read(file).expect("the questionnaire");
    let measured = measure(scenario, &bytes, rounds.parse().expect("a number"));
    let times: BTreeMap<&String, Vec<f64>> = measured
        .times
        .iter()
        .map(|(what, all)| (what, all.iter().map(|t| t.as_secs_f64() * 1e3).collect()))
        .collect();
    println!(
        "{}",
        serde_json::json!({ "times": times, "result": measured.result, "memory": measured.memory })
    );
    true
}

/// Reads the line of JSON that a measuring process writes, ours and the peer's alike.
pub fn read(bytes: &[u8]) -> Option<Measured> {
    let text = String::from_utf8_lossy(bytes);
    let json: serde_json::Value = serde_json::from_str(text.lines().last()?).ok()?;
    let times = json["times"]
        .as_object()?
        .iter()
        .map(|(what, all)| {
            let all = all.as_array().into_iter().flatten();
            let all = all.filter_map(|ms| Some(Duration::from_secs_f64(ms.as_f64()? / 1e3)));
            (what.clone(), all.collect())
        })
        .collect();
    Some(Measured {
        times,
        result: json["result"].as_str()?.to_owned(),
        memory: json["memory"].as_u64()?,
    })
}

/// Largest resident memory of this process so far, in KiB.
fn peak() -> u64 {
    fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}
