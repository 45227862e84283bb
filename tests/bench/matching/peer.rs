//! Both engines on every set, in processes of their own.

use crate::{
    Failure,
    judge::{Verdict, judge, truth, unlisted},
    sets::{self, Set},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Compares on all sets, or on those named.
pub fn compare(work: &Path, names: &[&str]) -> Result<(), Failure> {
    let python = std::env::var_os("LAWANG_BENCH_PYTHON").map(PathBuf::from);
    sets::prepare(work)?;
    if let Some(python) = &python
        && !work.join("data/febrl3.truth.csv").exists()
    {
        let done = Command::new(python)
            .arg(script())
            .arg("febrl")
            .arg(work.join("data"))
            .status()?;
        if !done.success() {
            return Err("the FEBRL sets could not be written".into());
        }
    }
    for set in sets::all(work) {
        if !names.is_empty() && !names.contains(&set.name) {
            continue;
        }
        println!("\n{}: {}", set.name, set.about);
        one(work, &set, python.as_deref())?;
    }
    Ok(())
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peer.py")
}

fn one(work: &Path, set: &Set, python: Option<&Path>) -> Result<(), Failure> {
    let right = set.right.is_some();
    let truth = truth(&set.truth, right)?;
    println!("  {} true pairs", truth.len());
    let mut ours = Command::new(std::env::current_exe()?);
    ours.args(["ours", set.name])
        .env("LAWANG_BENCH_MATCHING", work);
    let said = answer(ours)?;
    let file = work.join(format!("{}.ours.csv", set.name));
    show("Lawang", &judge(&file, &truth, right)?, &said);
    println!(
        "    {} true pairs are not listed at all",
        unlisted(&file, &truth, right)?
    );
    let Some(python) = python else {
        return Ok(());
    };
    for how in set.peer {
        let file = work.join(format!("{}.splink-{how}.csv", set.name));
        let mut splink = Command::new(python);
        splink
            .arg(script())
            .args(["splink", set.name, how])
            .arg(&set.left);
        match &set.right {
            Some(right) => splink.arg(right),
            None => splink.arg("-"),
        };
        splink.arg(&file);
        let said = answer(splink)?;
        show(
            &format!("Splink ({how})"),
            &judge(&file, &truth, right)?,
            &said,
        );
    }
    Ok(())
}

/// The last line of standard output, as JSON.
fn answer(mut command: Command) -> Result<Value, Failure> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(serde_json::from_str(
        text.lines().last().unwrap_or_default(),
    )?)
}

fn show(who: &str, verdict: &Verdict, said: &Value) {
    println!(
        "  {who:14} {:7.1} s {:6.0} MB",
        said["seconds"].as_f64().unwrap_or(0.0),
        said["memory_kb"].as_f64().unwrap_or(0.0) / 1024.0,
    );
    for (at, f) in [("at 0.5", verdict.half), ("best", verdict.best)] {
        println!(
            "    {at:7} precision {:.5} recall {:.5} F1 {:.5}   ({} wrong, {} missed; threshold {:.4})",
            f.precision, f.recall, f.f1, f.wrong, f.missed, f.threshold
        );
    }
    println!("    {said}");
}
