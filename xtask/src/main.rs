//! What a newcomer types: `cargo xtask run`, `cargo xtask test`. Only the standard library is used,
//! so that this builds in seconds and before any system package is there.

mod android;
mod bench;
mod build;
mod chaos;
mod demo;
mod fuzz;
mod load;
mod matching;
mod oracle;
mod peers;
mod place;
mod setup;
mod shell;
mod simulate;
mod steps;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask TASK

  run [--headless] [--size village|kecamatan|district] [--data DIR]
                 installs what is missing, builds, starts a district server with sample data,
                 enrols a demo enumerator and opens the window; without a display (or with
                 --headless) it does the same under Xvfb and leaves pictures in screenshots/
  test [STEP...] every check and every test, or only the named steps (`test --list` names them)
  bench          measures against baselines of the same run (release build)
  bench desk     only the verifier's desk over 1,400 families of one village
  bench forms    only the questionnaire engine, beside npm @getodk/xforms-engine
  bench-peers [--json] [--no-cuts] [--limit SECONDS] [lawang|pouchdb|automerge...]
                 the exchange beside PouchDB and automerge-repo, which it installs from npm into
                 target/bench-peers: bytes, requests, seconds, lost and hidden edits, links that are cut
  bench-matching [SET...]
                 record linkage beside Splink, which it installs from PyPI into target/bench-matching
  fuzz [--seconds N] [TARGET...]
                 hostile questionnaires and messages against their readers, 60 s each
  chaos [--minutes N] [--seed S] [--devices N] [--households N] [--folder DIR]
                 server, hub and 20 devices as real processes over links that cut, delay and flip
                 bits, kill -9 at random, 15 minutes; then every acknowledged save is looked for
  load [ingest [--sizes N,N,...] [--engine ..] | fleet [--devices N] [--minutes M] [--engine sqlite|postgres]
       [--database-url URL] [--size village|kecamatan|district] [--photos N] [--folder DIR]]
                 ingest alone with 2,000, 20,000 and 200,000 households stored; 500 devices that come
                 back within 5 minutes with 20 revisits and 40 photos each (8 GB of room)
  simulate [--seeds N] [--from S] [--seed S] [--shrink]
                 10,000 small worlds of devices, hubs and a district in which everything goes wrong;
                 --shrink makes what failed short and keeps it in tests/sim/corpus
  simulate --mutations [NAME...]
                 the same against engines with a fault made on purpose, one after the other
  oracle [--forms N] [--scripts N] [--seed S] [--only NAME] [--no-web-forms]
                 questionnaires and random scripts against JavaRosa (ODK Collect) and ODK Web
                 Forms; installs its own tools from PyPI and npm, and needs Java 17
  setup          only installs what is missing
  build          the screens and all programs
  screenshots    the same as run --headless
  bindings       writes ui/src/ipc/types.ts from the command list
  start-time     start of the window against an empty Tauri window (release build)
  android-info   what an Android build needs and what of it is here
  android-build  an APK; needs an SDK and an NDK

Start with `cargo xtask run`.";

/// What ends a task early: one or more lines for a person.
pub type Failure = String;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match dispatch(&task, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\n{reason}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, rest: &[String]) -> Result<(), Failure> {
    match task {
        "run" => demo::run(demo::Wishes::parse(rest)?),
        "screenshots" => demo::run(demo::Wishes::parse(rest)?.headless()),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "bench-peers" => peers::side_by_side(rest),
        "bench-matching" => matching::run(rest),
        "chaos" => chaos::run(rest),
        "load" => load::run(rest),
        "fuzz" => fuzz::run(rest),
        "simulate" => simulate::run(rest),
        "start-time" => bench::start_time(rest),
        "oracle" => oracle::run(rest),
        "setup" => setup::run(),
        "build" => build::everything(),
        "bindings" => build::bindings(),
        "android-info" => android::info(),
        "android-build" => android::build(),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("There is no task {other:?}.\n\n{USAGE}")),
    }
}
