//! Installs what is missing, and only that.

use std::{fs, path::Path, process::Command};

use crate::{
    Failure, place,
    shell::{self, program},
    steps::Steps,
};

/// For building the window.
const BUILD_PACKAGES: &[&str] = &[
    "build-essential",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "pkg-config",
];

/// For driving it without a display, for the pages in Chromium, and for the server's tests on PostgreSQL.
const TEST_PACKAGES: &[&str] = &[
    "at-spi2-core",
    "chromium",
    "dbus-x11",
    "fonts-dejavu-core",
    "postgresql-15",
    "webkit2gtk-driver",
    "xauth",
    "xvfb",
];

const NODE: [u32; 2] = [20, 19];
const RUST: [u32; 2] = [1, 90];
const TAURI_DRIVER: &str = "2.1.0";

/// `cargo xtask setup`.
pub fn run() -> Result<(), Failure> {
    install()?;
    println!(
        "\nEverything is there. Next: `cargo xtask run` to see it, `cargo xtask test` to test it."
    );
    Ok(())
}

/// All steps of the setup, without the closing sentence.
pub fn install() -> Result<(), Failure> {
    let mut steps = Steps::new(6);
    steps.step("Rust", rust)?;
    steps.step("Node", node)?;
    steps.step("System packages", system_packages)?;
    steps.step("npm packages of the screens", || npm_packages(&place::ui()))?;
    steps.step("npm packages of the end-to-end tests", || {
        npm_packages(&place::e2e())
    })?;
    steps.step("tauri-driver", tauri_driver)
}

fn rust() -> Result<String, Failure> {
    let mut rustc = program("rustc");
    rustc.arg("--version");
    let version = shell::answer(rustc).unwrap_or_default();
    if !at_least(&version, RUST) {
        return Err(format!(
            "Rust {}.{} or newer is needed, here is {}. Install it from https://rustup.rs or run `rustup update stable`.",
            RUST[0],
            RUST[1],
            or_nothing(&version)
        ));
    }
    for component in ["fmt", "clippy"] {
        let mut asked = shell::cargo();
        asked.args([component, "--version"]);
        if shell::answer(asked).is_some() {
            continue;
        }
        let name = if component == "fmt" {
            "rustfmt"
        } else {
            component
        };
        let mut add = program("rustup");
        add.args(["component", "add", name]);
        shell::run_quietly(add).map_err(|reason| {
            format!("cargo {component} is missing and could not be added (`rustup component add {name}`).\n{reason}")
        })?;
    }
    Ok(version)
}

fn node() -> Result<String, Failure> {
    let version_of = |name: &str| {
        let mut asked = program(name);
        asked.arg("--version");
        shell::answer(asked).unwrap_or_default()
    };
    let node = version_of("node");
    if !at_least(&node, NODE) {
        return Err(format!(
            "Node {}.{} or newer is needed, here is {}. Install it from https://nodejs.org (Debian's own is too old).",
            NODE[0],
            NODE[1],
            or_nothing(&node)
        ));
    }
    if version_of("npm").is_empty() {
        return Err("npm is missing; it comes with Node from https://nodejs.org.".to_owned());
    }
    Ok(format!("node {node}"))
}

fn or_nothing(version: &str) -> &str {
    if version.is_empty() { "none" } else { version }
}

/// Whether the first number.number in `text` is at least `wanted`.
fn at_least(text: &str, wanted: [u32; 2]) -> bool {
    let digits = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let mut numbers = digits
        .split(|letter: char| !letter.is_ascii_digit())
        .map(|number| number.parse::<u32>().unwrap_or(0));
    [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)] >= wanted
}

fn system_packages() -> Result<String, Failure> {
    let all: Vec<&str> = BUILD_PACKAGES
        .iter()
        .chain(TEST_PACKAGES)
        .copied()
        .collect();
    if place::on_path("dpkg-query").is_none() || place::on_path("apt-get").is_none() {
        return Ok(format!(
            "this is no Debian, so install by hand what corresponds to: {}",
            all.join(" ")
        ));
    }
    let missing = missing_packages(&all);
    if missing.is_empty() {
        return Ok(format!("all {} are there", all.len()));
    }
    println!("      missing: {}", missing.join(" "));
    let by_hand = format!(
        "apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    let update = shell::run_quietly(apt(&by_hand)?.tap(&["update", "-q"]));
    if let Err(reason) = update {
        // A mirror that is away does not matter if the lists of another day still serve.
        println!(
            "      the package lists could not be refreshed: {}",
            last_line(&reason)
        );
    }
    println!("      installing; this takes a minute or two");
    let mut install = apt(&by_hand)?.tap(&["install", "-q", "-y", "--no-install-recommends"]);
    install.args(&missing);
    shell::run_quietly(install).map_err(|reason| {
        format!("{reason}\nInstall them by hand, then run this again:\n  {by_hand}")
    })?;
    let still = missing_packages(&all);
    if still.is_empty() {
        Ok(format!("{} installed", missing.len()))
    } else {
        Err(format!(
            "these packages are still missing: {}",
            still.join(" ")
        ))
    }
}

fn missing_packages<'a>(all: &[&'a str]) -> Vec<&'a str> {
    let mut query = program("dpkg-query");
    query
        .args(["-W", "-f=${Package} ${db:Status-Status}\n"])
        .args(all);
    // It fails when one is unknown, but names the others all the same.
    let listed = query
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    all.iter()
        .filter(|package| {
            !listed
                .lines()
                .any(|line| line.split_once(' ') == Some((package, "installed")))
        })
        .copied()
        .collect()
}

/// apt-get that never asks, as root or through sudo.
fn apt(by_hand: &str) -> Result<Command, Failure> {
    let mut who = program("id");
    who.arg("-u");
    let mut apt = if shell::answer(who).as_deref() == Some("0") {
        program("apt-get")
    } else if place::on_path("sudo").is_some() {
        let mut sudo = program("sudo");
        // The only place where a person may have to type: the password.
        sudo.stdin(std::process::Stdio::inherit());
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        return Err(format!(
            "System packages are missing and there is no sudo. As root, run:\n  {by_hand}"
        ));
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt.args(["-o", "DPkg::Lock::Timeout=300"]);
    Ok(apt)
}

/// Adds arguments and hands the command on.
trait Tap {
    fn tap(self, arguments: &[&str]) -> Self;
}

impl Tap for Command {
    fn tap(mut self, arguments: &[&str]) -> Self {
        self.args(arguments);
        self
    }
}

fn last_line(text: &str) -> &str {
    text.lines().rev().nth(1).unwrap_or(text)
}

/// `npm ci`, unless what is installed came from this very lock file.
fn npm_packages(folder: &Path) -> Result<String, Failure> {
    let lock = fs::read(folder.join("package-lock.json"))
        .map_err(|error| format!("{} has no package-lock.json: {error}.", folder.display()))?;
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok("unchanged".to_owned());
    }
    let mut ci = shell::npm(folder);
    ci.args(["ci", "--no-audit", "--no-fund"]);
    shell::run_quietly(ci).map_err(|reason| {
        format!("{reason}\nIs the network there? Then run this again; it goes on where it stopped.")
    })?;
    fs::write(&stamp, lock)
        .map_err(|error| format!("{} could not be written: {error}.", stamp.display()))?;
    Ok("installed".to_owned())
}

fn tauri_driver() -> Result<String, Failure> {
    let driver = place::tauri_driver();
    if driver.is_file() {
        return Ok("there".to_owned());
    }
    let mut install = shell::cargo();
    install
        .args([
            "install",
            "--quiet",
            "--locked",
            "--version",
            TAURI_DRIVER,
            "tauri-driver",
            "--root",
        ])
        .arg(place::target().join("tools"))
        .arg("--target-dir")
        .arg(place::target().join("tools").join("build"));
    shell::run_quietly(install)?;
    // 200 MB that nothing needs again.
    let _ = fs::remove_dir_all(place::target().join("tools").join("build"));
    Ok(format!("{TAURI_DRIVER} installed for this checkout"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(at_least("v20.19.0", NODE));
        assert!(at_least("v22.1.0", NODE));
        assert!(at_least("rustc 1.100.0 (abc 2026-01-01)", RUST));
        assert!(!at_least("v20.9.0", NODE));
        assert!(!at_least("v18.20.4", NODE));
        assert!(!at_least("", NODE));
    }
}
