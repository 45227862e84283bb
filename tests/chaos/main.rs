//! `cargo xtask chaos`: server, hub and devices as real processes over bad links, killed at random.
//!
//! chaos [--minutes N] [--seconds N] [--devices N] [--households N] [--seed S] [--folder DIR]

use lawang_tests::chaos::{Plan, run};
use std::{path::PathBuf, process::ExitCode, time::Duration};

fn number(words: &[String], name: &str) -> Result<Option<u64>, String> {
    let Some(at) = words.iter().position(|word| word == name) else {
        return Ok(None);
    };
    let value = words.get(at + 1).and_then(|word| word.parse().ok());
    value.map(Some).ok_or(format!("{name} wants a number"))
}

fn wishes(words: &[String]) -> Result<(Plan, PathBuf), String> {
    let seconds = match (number(words, "--minutes")?, number(words, "--seconds")?) {
        (_, Some(seconds)) => seconds,
        (minutes, None) => minutes.unwrap_or(15) * 60,
    };
    let folder = words.iter().position(|word| word == "--folder");
    let folder = match folder.and_then(|at| words.get(at + 1)) {
        Some(folder) => PathBuf::from(folder),
        None => std::env::temp_dir().join(format!("lawang-chaos-{}", std::process::id())),
    };
    let plan = Plan {
        seed: number(words, "--seed")?.unwrap_or(1),
        time: Duration::from_secs(seconds),
        devices: number(words, "--devices")?.unwrap_or(20) as usize,
        households: number(words, "--households")?.unwrap_or(12) as usize,
        talk: true,
    };
    Ok((plan, folder))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = wishes(&words).and_then(|(plan, folder)| {
        let report = run(&plan, &folder)?;
        print!("{report}");
        if report.is_well() {
            std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))
        } else {
            Err(format!("What was left is in {}.", folder.display()))
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
