//! Small worlds from seeds: devices, hubs and a district, people who work, and everything that can go wrong between
//! them. Afterwards all agree, nothing acknowledged is gone, and nothing forbidden is to be seen.
//!
//! `cargo xtask simulate` runs this program; the normal tests run fewer seeds, and the corpus.

mod about;
mod generate;
mod hostile;
mod invariants;
mod ledger;
mod network;
mod office;
mod person;
mod quiet;
mod report;
mod run;
mod script;
mod shrink;
#[cfg(test)]
mod tests;
mod world;

use report::{Counts, Violation};
use script::Script;
use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

/// What the command line says.
struct Wishes {
    seeds: u64,
    from: u64,
    /// Stops at the first seed that fails.
    stop: bool,
    shrink: bool,
    /// A script instead of seeds.
    script: Option<PathBuf>,
    threads: usize,
}

fn wishes() -> Result<Wishes, String> {
    let mut wishes = Wishes {
        seeds: 10_000,
        from: 0,
        stop: false,
        shrink: false,
        script: None,
        threads: std::thread::available_parallelism().map_or(2, usize::from),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().unwrap_or_default();
            text.parse::<u64>()
                .map_err(|_| format!("write {word} and a number"))
        };
        match word.as_str() {
            "--seeds" => wishes.seeds = number()?,
            "--from" => wishes.from = number()?,
            "--seed" => (wishes.from, wishes.seeds) = (number()?, 1),
            "--threads" => wishes.threads = number()?.max(1) as usize,
            "--stop" => wishes.stop = true,
            "--shrink" => wishes.shrink = true,
            "--script" => wishes.script = words.next().map(PathBuf::from),
            other => return Err(format!("{other} is not known")),
        }
    }
    Ok(wishes)
}

/// What became of many seeds.
#[derive(Default)]
struct Outcome {
    counts: Counts,
    failed: Vec<(u64, Violation)>,
}

/// Runs seeds on several threads; `show` hears after each how many are done and how many failed.
fn simulate(
    seeds: std::ops::Range<u64>,
    threads: usize,
    stop: bool,
    show: &(dyn Fn(u64, usize) + Sync),
) -> Outcome {
    let next = AtomicU64::new(seeds.start);
    let halt = AtomicBool::new(false);
    let outcome = Mutex::new((Outcome::default(), 0_u64));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || halt.load(Ordering::Relaxed) {
                        break;
                    }
                    let done = run::run(&generate::script(seed));
                    let mut all = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                    all.1 += 1;
                    match done {
                        Ok(counts) => all.0.counts.merge(counts),
                        Err(violation) => {
                            halt.store(stop, Ordering::Relaxed);
                            println!("FAILED seed {seed}: {violation}");
                            all.0.failed.push((seed, violation));
                        }
                    }
                    show(all.1, all.0.failed.len());
                }
            });
        }
    });
    let mut outcome = outcome
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .0;
    outcome.failed.sort_by_key(|(seed, _)| *seed);
    outcome
}

/// Writes a script that fails, made short, for the corpus.
fn keep(script: &Script) {
    let short = shrink::shrink(script, &mut |left| eprint!("\r{left} steps left   "));
    eprintln!();
    let text = serde_json::to_string_pretty(&short).unwrap_or_default();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/corpus");
    let file = folder.join(format!("seed-{}.json", script.seed));
    match std::fs::write(&file, text + "\n") {
        Ok(()) => println!(
            "  {} steps kept in {}: give it a name that says what it shows",
            short.steps.len(),
            file.display()
        ),
        Err(error) => println!("  it could not be kept: {error}"),
    }
    if let Err(violation) = run::run(&short) {
        println!("  {violation}");
    }
}

fn main() -> ExitCode {
    let wishes = match wishes() {
        Ok(wishes) => wishes,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    // A panic is a finding like any other; it is told once, with its seed.
    if wishes.seeds > 1 || wishes.shrink {
        std::panic::set_hook(Box::new(|_| ()));
    }
    if let Some(file) = &wishes.script {
        let script = std::fs::read_to_string(file)
            .map_err(|e| e.to_string())
            .and_then(|text| serde_json::from_str::<Script>(&text).map_err(|e| e.to_string()));
        return match script.map(|script| run::run(&script)) {
            Ok(Ok(counts)) => {
                print!("{counts}");
                ExitCode::SUCCESS
            }
            Ok(Err(violation)) => {
                println!("{violation}");
                ExitCode::FAILURE
            }
            Err(error) => {
                println!("{}: {error}", file.display());
                ExitCode::FAILURE
            }
        };
    }
    let begun = Instant::now();
    let outcome = simulate(
        wishes.from..wishes.from + wishes.seeds,
        wishes.threads,
        wishes.stop,
        &|done, failed| {
            if done.is_multiple_of(25) || done == wishes.seeds {
                let seconds = begun.elapsed().as_secs_f64();
                eprint!(
                    "\r{done} of {} worlds, {failed} failed, {:.0} a second   ",
                    wishes.seeds,
                    done as f64 / seconds.max(0.001)
                );
            }
        },
    );
    eprintln!();
    print!("{}", outcome.counts);
    println!(
        "{} worlds in {:.0} s, {} failed",
        outcome.counts.of("worlds") + outcome.failed.len() as u64,
        begun.elapsed().as_secs_f64(),
        outcome.failed.len()
    );
    if wishes.shrink {
        for (seed, _) in outcome.failed.iter().take(5) {
            println!("seed {seed}:");
            keep(&generate::script(*seed));
        }
    }
    if outcome.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
