//! `cargo xtask simulate`: ten thousand small worlds, and, with `--mutations`, the same against engines that were made
//! wrong on purpose, one after the other: the simulation has to notice each.

mod mutation;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use crate::{Failure, place, shell, steps::spell};
use mutation::Mutation;

/// Seeds that are tried on a mutation, unless somebody asks for another number.
const MOST: u64 = 3_000;

/// What a person asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    mutations: bool,
    /// Names of mutations; all without any.
    only: Vec<String>,
    /// For the program.
    rest: Vec<String>,
}

impl Wishes {
    fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut wishes = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--mutations" => wishes.mutations = true,
                "--shrink" | "--stop" => wishes.rest.push(word.clone()),
                "--seeds" | "--from" | "--seed" | "--threads" | "--script" => {
                    let value = words.next().ok_or(format!("Write {word} and a value."))?;
                    wishes.rest.extend([word.clone(), value.clone()]);
                }
                name if wishes.mutations && !name.starts_with('-') => {
                    wishes.only.push(name.to_owned());
                }
                other => {
                    return Err(format!(
                        "{other:?} is not known. There are --seeds N, --from S, --seed S, --threads N, --script FILE, --shrink, and \
                         --mutations [NAME...]."
                    ));
                }
            }
        }
        Ok(wishes)
    }
}

/// `cargo xtask simulate [--seeds N] [--from S] [--seed S] [--shrink] | --mutations [NAME...]`.
pub fn run(words: &[String]) -> Result<(), Failure> {
    let wishes = Wishes::parse(words)?;
    if wishes.mutations {
        return mutations(&wishes);
    }
    let program = build(&place::root(), &place::target())?;
    let mut simulate = shell::program(program);
    simulate.args(&wishes.rest);
    shell::run(simulate).map_err(|failure| {
        format!("{failure}\nOne of them alone: `cargo xtask simulate --seed N`; made short and kept in tests/sim/corpus: with --shrink.")
    })
}

/// Builds the program from a source tree; only what it needs, quick and with every assertion.
fn build(tree: &Path, target: &Path) -> Result<PathBuf, Failure> {
    let mut build = shell::cargo();
    build.current_dir(tree);
    build.args([
        "build",
        "--quiet",
        "--profile",
        "sim",
        "--package",
        "lawang-tests",
    ]);
    build
        .args(["--bin", "simulate", "--target-dir"])
        .arg(target);
    shell::run_quietly(build)?;
    Ok(target.join("sim").join("simulate"))
}

fn folder() -> PathBuf {
    place::root().join("tests/sim/mutations")
}

/// Every mutation, by name.
fn all() -> Result<Vec<Mutation>, Failure> {
    let read = |e: std::io::Error| format!("{}: {e}", folder().display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder()).map_err(read)? {
        found.push(Mutation::read(&entry.map_err(read)?.path())?);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn mutations(wishes: &Wishes) -> Result<(), Failure> {
    let all = all()?;
    let wanted: Vec<&Mutation> = all
        .iter()
        .filter(|m| wishes.only.is_empty() || wishes.only.contains(&m.name))
        .collect();
    if wanted.is_empty() {
        return Err(
            "There is no such mutation; their names are those of the files in tests/sim/mutations."
                .to_owned(),
        );
    }
    let tree = place::target().join("mutants");
    mirror(&tree, &all)?;
    println!(
        "Building the engine with {} faults, each behind a switch.",
        all.len()
    );
    // In a folder of its own: cargo takes the two trees for one, and would go on with what was made wrong.
    let program = build(&tree, &place::target().join("mutated"))?;
    println!("| mutation | caught by seed | worlds | invariant | time |\n|---|---|---|---|---|");
    let mut survived = Vec::new();
    for mutation in &wanted {
        let begun = Instant::now();
        let (seed, worlds, invariant) = match trial(&program, mutation, &wishes.rest)? {
            Some((seed, worlds, invariant)) => (seed.to_string(), worlds, invariant),
            None => {
                survived.push(mutation.name.clone());
                ("none".to_owned(), 0, "it survived".to_owned())
            }
        };
        println!(
            "| {} | {seed} | {worlds} | {invariant} | {} |",
            mutation.name,
            spell(begun.elapsed())
        );
    }
    if survived.is_empty() {
        println!("\nAll {} were caught.", wanted.len());
        Ok(())
    } else {
        Err(format!(
            "Not caught in {MOST} worlds: {}.",
            survived.join(", ")
        ))
    }
}

/// Runs the worlds until one of them fails: its seed, how many worlds there were, and what did not hold.
fn trial(
    program: &Path,
    mutation: &Mutation,
    rest: &[String],
) -> Result<Option<(u64, u64, String)>, Failure> {
    let mut simulate: Command = shell::program(program);
    // What a person asks for comes last and counts.
    simulate.args(["--stop", "--seeds", &MOST.to_string()]);
    simulate.args(rest);
    simulate.env(mutation::SWITCH, &mutation.name);
    let output = simulate
        .output()
        .map_err(|error| format!("the simulation could not be started: {error}."))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = said
        .lines()
        .find_map(|line| line.strip_prefix("FAILED seed "));
    let Some((seed, words)) = failed.and_then(|line| line.split_once(": ")) else {
        return match output.status.success() {
            true => Ok(None),
            // Whatever ends the program itself is noticed too.
            false => Ok(Some((
                0,
                0,
                format!("the program ended with {}", output.status),
            ))),
        };
    };
    let worlds = said
        .lines()
        .find_map(|line| line.split_once(" worlds in ")?.0.parse().ok())
        .unwrap_or(0);
    let invariant = words.split(": ").next().unwrap_or(words).to_owned();
    Ok(Some((seed.parse().unwrap_or(0), worlds, invariant)))
}

/// A copy of the sources beside the build, with every fault behind its switch. Only what differs is written, so that only
/// that is built.
fn mirror(tree: &Path, mutations: &[Mutation]) -> Result<(), Failure> {
    let mut list = shell::program("git");
    list.args(["ls-files", "-co", "--exclude-standard", "-z"]);
    let names = shell::answer(list).ok_or("git cannot list the files of this checkout.")?;
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let needed = !name.starts_with("ui/") && !name.starts_with("tests/e2e/");
        let from = place::root().join(name);
        if !needed || !from.is_file() {
            continue;
        }
        let mut bytes = fs::read(&from).map_err(|e| format!("{name}: {e}."))?;
        for mutation in mutations.iter().filter(|m| m.file == name) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            bytes = mutation.mutated(&text)?.into_bytes();
        }
        if name == mutation::EVERYBODY_KNOWS {
            bytes.extend_from_slice(mutation::FUNCTION.as_bytes());
        }
        let to = tree.join(name);
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}.", folder.display()))?;
        }
        fs::write(&to, bytes).map_err(|e| format!("{}: {e}.", to.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(words: &str) -> Result<Wishes, Failure> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Wishes::parse(&words)
    }

    #[test]
    fn what_is_asked_for_is_understood_and_the_rest_goes_to_the_program() {
        let some = wishes("--seeds 50 --from 7 --shrink").unwrap();
        assert_eq!(some.rest, ["--seeds", "50", "--from", "7", "--shrink"]);
        let one = wishes("--mutations replay-is-new").unwrap();
        assert!(one.mutations && one.only == ["replay-is-new"]);
        assert!(wishes("--seeds").is_err() && wishes("--sedes 5").is_err());
    }

    #[test]
    fn every_mutation_still_finds_its_place_in_the_engine() {
        let all = all().unwrap();
        assert!(all.len() >= 15);
        for mutation in all {
            assert!(!mutation.why.is_empty(), "{} says nothing", mutation.name);
            let text = fs::read_to_string(place::root().join(&mutation.file)).unwrap();
            let changed = mutation.mutated(&text).unwrap();
            assert!(changed.contains("lawang_domain::mutant("), "no switch");
        }
    }
}
