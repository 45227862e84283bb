//! The other questionnaire engine, for `cargo xtask bench`: npm packages and pyxform, in `target/bench-peers`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, place, shell};

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
    if npm_packages(&list, &folder)? {
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

fn npm_packages(list: &Path, folder: &Path) -> Result<bool, Failure> {
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
    ci.args(["ci", "--no-audit", "--no-fund"]);
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
