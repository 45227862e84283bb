//! Other programs to measure beside, in `target/bench-peers`: npm packages and pyxform for `cargo xtask bench`, what
//! synchronises for `cargo xtask bench-peers`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, build, place, shell, steps::Steps};

/// What converts the questionnaires for the other engine.
const PYXFORM: &str = "pyxform==4.5.0";

/// Where the packages are.
pub fn folder() -> PathBuf {
    place::target().join("bench-peers")
}

/// Installs what is not there. Nothing but the benchmarks needs it, so a failure is for them to report.
pub fn install() -> Result<String, Failure> {
    let folder = folder();
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}.", folder.display()))?;
    let list = place::root().join("tests/bench/forms/peer");
    let mut said = Vec::new();
    if npm_packages(&list, &folder, &[])? {
        said.push("npm packages installed");
    }
    if pyxform(&folder)? {
        said.push("pyxform installed");
    }
    Ok(if said.is_empty() {
        "there".to_owned()
    } else {
        said.join(", ")
    })
}

/// `cargo xtask bench-peers [WORD...]`: the exchange beside PouchDB and automerge-repo, through one counting link. The
/// words go to the program.
pub fn side_by_side(words: &[String]) -> Result<(), Failure> {
    let mut steps = Steps::new(2);
    let home = folder().join("sync");
    let installed = steps.step("Install the peers for this checkout", || {
        install_sync(&home)
    });
    steps.step("Build Lawang's part for release", || {
        build::optimised(&["--bin", "bench-peers"])
    })?;
    let mut bench = shell::program(place::programs("measure").join("bench-peers"));
    bench.args(words);
    match installed {
        Ok(()) => {
            bench.env("LAWANG_BENCH_PEERS", &home);
        }
        Err(reason) => println!("      they could not be installed, so Lawang is alone:\n{reason}"),
    }
    shell::run(bench)
}

fn install_sync(home: &Path) -> Result<String, Failure> {
    fs::create_dir_all(home).map_err(|error| format!("{}: {error}.", home.display()))?;
    let list = place::root().join("tests/bench/peers/node");
    // Without the packages' own scripts: LevelDB comes ready built, and SQLite, which pouchdb-server does not use here,
    // would be compiled for minutes.
    let installed = npm_packages(&list, home, &["--ignore-scripts"])?;
    for script in ["lines.mjs", "pouchdb.mjs", "automerge.mjs"] {
        fs::copy(list.join(script), home.join(script))
            .map_err(|error| format!("{script}: {error}."))?;
    }
    Ok(if installed { "installed" } else { "there" }.to_owned())
}

/// `options`: further ones for `npm ci`. True: they were not there before.
fn npm_packages(list: &Path, folder: &Path, options: &[&str]) -> Result<bool, Failure> {
    let lock = list.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("{}: {error}.", lock.display()))?;
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(false);
    }
    for name in ["package.json", "package-lock.json"] {
        fs::copy(list.join(name), folder.join(name))
            .map_err(|error| format!("{name}: {error}."))?;
    }
    let mut ci = shell::npm(folder);
    ci.args(["ci", "--no-audit", "--no-fund"]).args(options);
    shell::run_quietly(ci)?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}.", stamp.display()))?;
    Ok(true)
}

fn pyxform(folder: &Path) -> Result<bool, Failure> {
    let home = folder.join("python");
    let stamp = home.join(".installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == PYXFORM.as_bytes()) {
        return Ok(false);
    }
    let mut make = shell::program("python3");
    make.args(["-m", "venv"]).arg(&home);
    shell::run_quietly(make)?;
    let mut pip = shell::program(home.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", PYXFORM]);
    shell::run_quietly(pip)?;
    fs::write(&stamp, PYXFORM).map_err(|error| format!("{}: {error}.", stamp.display()))?;
    Ok(true)
}
