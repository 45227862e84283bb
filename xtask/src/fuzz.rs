//! `cargo xtask fuzz`: hostile bytes against the readers of questionnaires, the expression parser and what the network brings.

use std::{fs, path::PathBuf, process::Command};

use crate::{Failure, place, shell, steps::Steps};

/// Version of cargo-fuzz that is installed.
const CARGO_FUZZ: &str = "0.13.2";

/// A target of `fuzz/`, and the longest input that it is given, in bytes.
type Target = (&'static str, u32);

const TARGETS: &[Target] = &[
    ("workbook_bytes", 65_536),
    ("workbook_parts", 16_384),
    ("workbook_cells", 4_096),
    ("xform", 32_768),
    ("expression", 1_024),
    ("wire", 16_384),
    ("batch", 16_384),
    ("change", 8_192),
    ("hub", 16_384),
];

/// Memory of the whole process, in megabytes: twice what a workbook may unpack to, and room.
const MEMORY: u32 = 1_024;

/// Seconds that one input may take before it counts as hanging.
const HANGING: u32 = 10;

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wishes {
    targets: Vec<Target>,
    seconds: u32,
}

impl Wishes {
    fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut wishes = Self {
            targets: Vec::new(),
            seconds: 60,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                let number = words.next().and_then(|text| text.parse().ok());
                wishes.seconds = number.ok_or("Write --seconds and a number.")?;
            } else if let Some(target) = TARGETS.iter().find(|(name, _)| name == word) {
                wishes.targets.push(*target);
            } else {
                let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                return Err(format!("There is no target {word:?}. There are: {names}."));
            }
        }
        if wishes.targets.is_empty() {
            wishes.targets = TARGETS.to_vec();
        }
        Ok(wishes)
    }
}

/// `cargo xtask fuzz [--seconds N] [TARGET...]`.
pub fn run(words: &[String]) -> Result<(), Failure> {
    let wishes = Wishes::parse(words)?;
    let mut steps = Steps::new(3 + wishes.targets.len());
    steps.step("cargo-fuzz", install)?;
    steps.step("Build the targets (minutes the first time)", || {
        shell::run_quietly(cargo_fuzz("build", None)).map(|()| String::new())
    })?;
    steps.step("Write the seeds", seeds)?;
    let mut failed = Vec::new();
    for target in &wishes.targets {
        let title = format!("{}, {} s", target.0, wishes.seconds);
        failed.extend(steps.step(&title, || one(*target, wishes.seconds)).err());
    }
    if !failed.is_empty() {
        return Err(format!(
            "{}\n\nMend it, and keep what was found as a test of the crate that read it (for questionnaires \
             in crates/forms/src/tests/findings.rs; bytes in crates/forms/tests/findings are seeds from then on).",
            failed.join("\n\n")
        ));
    }
    println!("\nNo panic, nothing that hangs, memory below {MEMORY} MB.");
    Ok(())
}

fn install() -> Result<String, Failure> {
    if program().is_file() {
        return Ok("there".to_owned());
    }
    let tools = place::target().join("tools");
    let mut install = shell::cargo();
    install.args(["install", "--quiet", "--locked", "--version", CARGO_FUZZ]);
    install.args(["cargo-fuzz", "--root"]).arg(&tools);
    install.arg("--target-dir").arg(tools.join("build"));
    shell::run_quietly(install)?;
    let _ = fs::remove_dir_all(tools.join("build"));
    Ok(format!("{CARGO_FUZZ} installed for this checkout"))
}

fn program() -> PathBuf {
    place::target().join("tools").join("bin").join("cargo-fuzz")
}

fn folder() -> PathBuf {
    place::root().join("fuzz")
}

fn built() -> PathBuf {
    place::target().join("fuzz")
}

/// Seeds, and what was found to lead somewhere new; it grows from run to run.
fn corpus() -> PathBuf {
    built().join("corpus")
}

/// cargo-fuzz on one target or on all. libFuzzer needs flags of the compiler that a stable one has
/// but hides; they are asked for here and nowhere else. No code of our own is unsafe, so no sanitizer,
/// which would halve the speed.
fn cargo_fuzz(verb: &str, target: Option<&str>) -> Command {
    let mut fuzz = shell::program(program());
    fuzz.env("RUSTC_BOOTSTRAP", "1");
    fuzz.args([verb, "--sanitizer", "none", "--fuzz-dir"]);
    fuzz.arg(folder()).arg("--target-dir").arg(built());
    // One unit a crate, the default, doubles the time of the build.
    fuzz.args(["--codegen-units", "16"]).args(target);
    fuzz
}

fn seeds() -> Result<String, Failure> {
    let mut seeds = shell::cargo();
    seeds.args(["run", "--quiet", "--example", "seeds", "--manifest-path"]);
    seeds.arg(folder().join("Cargo.toml"));
    seeds.arg("--target-dir").arg(built()).arg("--");
    seeds.arg(corpus());
    shell::run_quietly(seeds).map(|()| String::new())
}

/// Runs one target. An input that ended the run stays in `target/fuzz/artifacts`.
fn one((target, longest): Target, seconds: u32) -> Result<String, Failure> {
    let kept = built().join("artifacts").join(target);
    fs::create_dir_all(&kept).map_err(|e| format!("{} cannot be made: {e}.", kept.display()))?;
    let mut run = cargo_fuzz("run", Some(target));
    run.arg(corpus().join(target)).args([
        "--".to_owned(),
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        "-len_control=0".to_owned(),
        format!("-timeout={HANGING}"),
        format!("-rss_limit_mb={MEMORY}"),
        format!("-dict={}", corpus().join("words.dict").display()),
        format!("-artifact_prefix={}/", kept.display()),
        "-print_final_stats=1".to_owned(),
    ]);
    let name = shell::shown(&run);
    let output = run
        .output()
        .map_err(|error| format!("`{name}` could not be started: {error}."))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(format!(
            "{} inputs, at most {} MB",
            number(&said, "number_of_executed_units"),
            number(&said, "peak_rss_mb")
        ));
    }
    let lines: Vec<&str> = said.lines().collect();
    let tail = lines[lines.len().saturating_sub(40)..].join("\n");
    Err(format!("{target}:\n{tail}"))
}

/// A line such as `stat::peak_rss_mb: 97`.
fn number<'s>(said: &'s str, name: &str) -> &'s str {
    let value = |line: &'s str| {
        line.strip_prefix("stat::")?
            .strip_prefix(name)?
            .strip_prefix(':')
    };
    said.lines().find_map(value).map_or("?", str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(words: &str) -> Result<Wishes, Failure> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Wishes::parse(&words)
    }

    #[test]
    fn without_a_word_every_target_runs_a_minute() {
        let all = wishes("").unwrap();
        assert_eq!((all.targets.len(), all.seconds), (TARGETS.len(), 60));
        let one = wishes("--seconds 5 expression").unwrap();
        assert_eq!((one.targets[0].0, one.seconds), ("expression", 5));
        assert!(wishes("expresion").unwrap_err().contains("expression"));
        assert!(wishes("--seconds").is_err());
    }

    #[test]
    fn statistics_are_read_from_what_the_fuzzer_says() {
        let said = "#12 DONE\nstat::number_of_executed_units: 2097152\nstat::peak_rss_mb:   97\n";
        assert_eq!(number(said, "number_of_executed_units"), "2097152");
        assert_eq!(number(said, "peak_rss_mb"), "97");
        assert_eq!(number(said, "new_units_added"), "?");
    }

    #[test]
    fn every_target_is_declared_in_its_crate() {
        let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        for (target, _) in TARGETS {
            assert!(
                manifest.contains(&format!("targets/{target}.rs")),
                "{target}"
            );
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }
}
