//! Measurements, each against a baseline of the same run.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{Failure, build, peers, place, setup, shell, steps::Steps};

/// How often each window is started; the first start of each warms the file cache and is not counted.
const STARTS: usize = 9;
/// The goal: at most so many times the start of an empty window.
const START_GOAL: f64 = 1.5;
/// The hidden word with which the measuring runs inside the virtual display.
const INSIDE: &str = "--inside-display";

/// `cargo xtask bench [WORD...]`; the words go to the bench program, those after `forms` to the one that
/// measures questionnaires alone; `desk` alone builds only what that needs.
pub fn run(words: &[String]) -> Result<(), Failure> {
    if let [first, rest @ ..] = words
        && first == "forms"
    {
        Steps::new(1).step("Build the questionnaire engine for release", || {
            build::optimised(&["--bin", "bench-forms"])
        })?;
        forms(rest)?;
        println!("\nMeasured. Next: `cargo xtask bench` for everything else.");
        return Ok(());
    }
    if let [first] = words
        && first == "desk"
    {
        Steps::new(1).step("Build the benchmarks, optimised", || {
            build::optimised(&["--bin", "bench"])
        })?;
        let mut bench = shell::program(place::programs("measure").join("bench"));
        bench.args(words);
        shell::run(bench)?;
        println!("\nMeasured. Next: `cargo xtask bench` for everything else.");
        return Ok(());
    }
    release()?;
    println!("\n=== The core, the server and what travels between them");
    let mut bench = shell::program(place::programs("measure").join("bench"));
    bench
        .args(words)
        .env("LAWANG_BIN_DIR", place::programs("measure"));
    let outcome = shell::run(bench);
    let questionnaires = if words.is_empty() { forms(&[]) } else { Ok(()) };
    println!("\n=== The start of the window");
    measure_on_a_display()?;
    outcome.and(questionnaires)?;
    println!(
        "\nMeasured. Next: compare with the goals in README.md; `cargo xtask test` says whether it is right as well as fast."
    );
    Ok(())
}

/// The questionnaire engine beside another one, which need not be there.
fn forms(words: &[String]) -> Result<(), Failure> {
    println!("\n=== Questionnaires, beside npm @getodk/xforms-engine");
    let mut steps = Steps::new(1);
    let installed = steps.step("Install the other engine for this checkout", peers::install);
    let mut bench = shell::program(place::programs("measure").join("bench-forms"));
    bench.args(words);
    match installed {
        Ok(()) => {
            bench.env("LAWANG_BENCH_PEERS", peers::folder());
        }
        Err(reason) => println!("      it could not be installed:\n{reason}"),
    }
    shell::run(bench)
}

/// `cargo xtask start-time`.
pub fn start_time(words: &[String]) -> Result<(), Failure> {
    if words.iter().any(|word| word == INSIDE) {
        return compare();
    }
    release()?;
    measure_on_a_display()?;
    println!("\nMeasured. Next: `cargo xtask bench` for everything else.");
    Ok(())
}

fn release() -> Result<(), Failure> {
    setup::install()?;
    let mut steps = Steps::new(2);
    steps.step("Build the screens", build::screens)?;
    steps.step(
        "Build everything for release (several minutes the first time)",
        || build::optimised(&["--bins", "--examples"]),
    )
}

/// Always on a virtual display: a desktop's compositor would be measured along with it.
fn measure_on_a_display() -> Result<(), Failure> {
    let this = std::env::current_exe()
        .map_err(|error| format!("this program cannot find itself: {error}."))?;
    let mut inside = shell::on_virtual_display(this);
    inside.args(["start-time", INSIDE]);
    shell::run(inside)
}

fn compare() -> Result<(), Failure> {
    let release = place::programs("measure");
    let windows = [
        (
            "empty Tauri window",
            release.join("examples").join("empty-window"),
        ),
        ("Lawang", release.join("lawang-window")),
    ];
    let data = std::env::temp_dir().join(format!("lawang-start-{}", std::process::id()));
    let mut times = [Vec::new(), Vec::new()];
    // In turn, so that whatever else the machine does meets both alike.
    for round in 0..=STARTS {
        for (index, (name, program)) in windows.iter().enumerate() {
            let time = launch(program, &data).map_err(|reason| format!("{name}: {reason}"))?;
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    let _ = fs::remove_dir_all(&data);
    let mut medians = [0.0; 2];
    for (index, (name, _)) in windows.iter().enumerate() {
        times[index].sort();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let median = milliseconds(times[index][STARTS / 2]);
        medians[index] = median;
        println!(
            "start of {name:20} median {median:7.0} ms   ({:.0} to {:.0} ms in {STARTS} starts)",
            milliseconds(times[index][0]),
            milliseconds(times[index][STARTS - 1]),
        );
    }
    let ratio = medians[1] / medians[0];
    println!(
        "ratio {ratio:.2} (goal: at most {START_GOAL}): {}",
        if ratio <= START_GOAL {
            "met"
        } else {
            "NOT MET"
        }
    );
    Ok(())
}

/// From launch to the first painted frame that had an answer from Rust.
fn launch(program: &Path, data: &Path) -> Result<Duration, Failure> {
    let mut command = shell::program(program);
    command
        .env("LAWANG_DATA", data)
        .env("LAWANG_MEASURE_START", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command
        .spawn()
        .map_err(|error| format!("{} could not be started: {error}.", program.display()))?;
    let (sender, receiver) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(output).read_line(&mut line);
            let _ = sender.send((line, Instant::now()));
        });
    }
    let outcome = receiver.recv_timeout(Duration::from_secs(60));
    let painted = matches!(&outcome, Ok((line, _)) if line.trim() == "painted");
    if !painted {
        let _ = child.kill();
    }
    let _ = child.wait();
    match outcome {
        Ok((_, at)) if painted => Ok(at.duration_since(begun)),
        _ => Err("no frame was painted within a minute.".to_owned()),
    }
}
