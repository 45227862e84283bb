//! Benchmarks: each figure beside a baseline measured in the same run, because machines are noisy.
//! `cargo xtask bench`.

mod desk;
mod download;
mod memory;
mod save;
mod search;
mod work;

use lawang_tests::served as data;
use std::time::{Duration, Instant};

/// One comparison.
pub struct Line {
    pub what: String,
    pub ours: String,
    pub baseline: String,
    pub ratio: f64,
    /// What the ratio should stay below.
    pub limit: Option<f64>,
}

impl Line {
    fn print(&self) {
        let verdict = match self.limit {
            Some(limit) if self.ratio <= limit => format!("at most {limit}x: yes"),
            Some(limit) => format!("at most {limit}x: NO"),
            None => String::new(),
        };
        println!(
            "{:58} {:>12}  {:>12}  {:>6.2}x  {verdict}",
            self.what, self.ours, self.baseline, self.ratio
        );
    }
}

/// The median of several runs.
pub fn median(mut runs: Vec<Duration>) -> Duration {
    runs.sort_unstable();
    runs.get(runs.len() / 2).copied().unwrap_or_default()
}

/// Times one thing.
pub fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let out = work();
    (start.elapsed(), out)
}

/// A duration for people.
pub fn ms(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 2_000.0 {
        format!("{us:.0} us")
    } else {
        format!("{:.1} ms", us / 1e3)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if memory::child(&args) {
        return;
    }
    println!(
        "{:58} {:>12}  {:>12}  {:>7}",
        "what", "Lawang", "baseline", "ratio"
    );
    let wanted = |name: &str| args.is_empty() || args.iter().any(|a| a == name);
    let mut lines = Vec::new();
    if wanted("save") {
        lines.extend(save::run());
    }
    if wanted("download") {
        lines.extend(download::run());
    }
    if wanted("work") {
        lines.extend(work::run());
    }
    if wanted("search") {
        lines.extend(search::run());
    }
    if wanted("desk") {
        lines.extend(desk::run());
    }
    if wanted("memory") {
        lines.extend(memory::run());
    }
    let missed = lines
        .iter()
        .filter(|l| l.limit.is_some_and(|limit| l.ratio > limit))
        .count();
    println!("{} comparisons, {missed} above their limit.", lines.len());
}
