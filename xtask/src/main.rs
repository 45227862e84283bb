//! What a newcomer types: `cargo xtask run`, `cargo xtask test`. Only the standard library is used,
//! so that this builds in seconds and before any system package is there.

mod android;
mod bench;
mod build;
mod demo;
mod fuzz;
mod matching;
mod oracle;
mod peers;
mod place;
mod setup;
mod shell;
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
  bench forms    only the questionnaire engine, beside npm @getodk/xforms-engine
  bench-peers [--json] [--no-cuts] [--limit SECONDS] [lawang|pouchdb|automerge...]
                 the exchange beside PouchDB and automerge-repo, which it installs from npm into
                 target/bench-peers: bytes, requests, seconds, lost and hidden edits, links that are cut
  bench-matching [SET...]
                 record linkage beside Splink, which it installs from PyPI into target/bench-matching
  fuzz [--seconds N] [TARGET...]
                 hostile questionnaires against the readers and the expression parser, 60 s each
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
        "fuzz" => fuzz::run(rest),
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
