//! Every check and every test, in the order in which they are cheapest to fail.

use std::time::{Duration, Instant};

use crate::{Failure, build, place, setup, shell, steps::spell};

/// Tests that were counted.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Count {
    passed: u64,
    failed: u64,
}

struct Step {
    name: &'static str,
    title: &'static str,
    work: fn(&mut Count) -> Result<(), Failure>,
    /// What to do when it fails.
    advice: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        name: "setup",
        title: "What is needed is installed",
        work: |_| setup::install(),
        advice: "Install what is named above.",
    },
    Step {
        name: "format",
        title: "Rust is formatted",
        work: |_| {
            let mut fmt = shell::cargo();
            fmt.args(["fmt", "--all", "--check"]);
            shell::run(fmt)
        },
        advice: "Run `cargo fmt --all`.",
    },
    Step {
        name: "screens",
        title: "Screens: lint, types, unit tests, build",
        work: screens,
        advice: "In ui: `npm run lint`, `npm run check`, `npm test`, `npm run build`.",
    },
    Step {
        name: "clippy",
        title: "Rust without a warning",
        work: |_| {
            let mut clippy = shell::cargo();
            clippy.args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]);
            shell::run(clippy)
        },
        advice: "Mend the warnings; each names its rule.",
    },
    Step {
        name: "rust",
        title: "Rust tests",
        work: rust,
        advice: "Run one of them alone: `cargo test --workspace NAME`.",
    },
    Step {
        name: "e2e",
        title: "Stories in the real window and in Chromium",
        work: stories,
        advice: "Pictures and logs are in target/e2e; one story alone: `npm test` in tests/e2e.",
    },
];

/// `cargo xtask test [STEP...]`.
pub fn run(wanted: &[String]) -> Result<(), Failure> {
    if wanted.iter().any(|word| word == "--list") {
        for step in STEPS {
            println!("{:8} {}", step.name, step.title);
        }
        return Ok(());
    }
    if let Some(unknown) = wanted
        .iter()
        .find(|word| STEPS.iter().all(|step| step.name != word.as_str()))
    {
        return Err(format!(
            "There is no step {unknown:?}; `cargo xtask test --list` names them."
        ));
    }
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|step| wanted.is_empty() || wanted.iter().any(|word| word == step.name))
        .collect();

    let begun = Instant::now();
    let mut count = Count::default();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        println!("\n=== [{}/{}] {}", index + 1, chosen.len(), step.title);
        let step_begun = Instant::now();
        let outcome = (step.work)(&mut count);
        times.push((step.title, step_begun.elapsed()));
        if let Err(reason) = outcome {
            println!();
            table(&times);
            tally(count);
            return Err(format!(
                "{reason}\nNot passed: {}. {} Then repeat it alone: `cargo xtask test {}`.",
                step.title, step.advice, step.name
            ));
        }
    }
    println!();
    table(&times);
    tally(count);
    if wanted.is_empty() {
        println!(
            "Everything passed in {}. Next: `cargo xtask run` to see it, `cargo xtask bench` to measure it.",
            spell(begun.elapsed())
        );
    } else {
        println!(
            "{} passed in {}. Next: `cargo xtask test` for everything.",
            wanted.join(", "),
            spell(begun.elapsed())
        );
    }
    Ok(())
}

fn table(times: &[(&str, Duration)]) {
    for (title, time) in times {
        println!("{:>12}  {title}", spell(*time));
    }
}

fn tally(count: Count) {
    if count != Count::default() {
        println!("\n{} passed, {} failed\n", count.passed, count.failed);
    }
}

fn screens(count: &mut Count) -> Result<(), Failure> {
    for script in ["lint", "check"] {
        println!("--- npm run {script}");
        let mut npm = shell::npm(&place::ui());
        npm.args(["run", "--silent", script]);
        shell::run(npm)?;
    }
    println!("--- npm test");
    let mut npm = shell::npm(&place::ui());
    npm.args(["test", "--silent"])
        .env("NO_COLOR", "1")
        .env("CI", "1");
    shell::run_watched(npm, |line| vitest(line, count))?;
    println!("--- npm run build");
    build::screens().map(|said| println!("{said}"))
}

fn rust(count: &mut Count) -> Result<(), Failure> {
    // The programs too: the tests with real processes start them.
    build::programs()?;
    let mut test = shell::cargo();
    test.args(["test", "--workspace", "--no-fail-fast"]);
    test.env("LAWANG_BIN_DIR", place::programs("debug"));
    shell::run_watched(test, |line| cargo_test(line, count))
}

fn stories(count: &mut Count) -> Result<(), Failure> {
    // The window embeds the screens, and the stories start the programs: both must be of today.
    build::screens()?;
    build::programs()?;
    let mut npm = shell::on_virtual_display("npm");
    npm.current_dir(place::e2e());
    npm.args(["test", "--silent"]).env("NO_COLOR", "1");
    npm.env("LAWANG_BIN_DIR", place::programs("debug"));
    npm.env("LAWANG_ARTIFACTS", place::target().join("e2e"));
    npm.env("TAURI_DRIVER", place::tauri_driver());
    shell::run_watched(npm, |line| node_test(line, count))
}

/// `test result: ok. 12 passed; 0 failed; ...`
fn cargo_test(line: &str, count: &mut Count) {
    if let Some((_, numbers)) = line.split_once("test result: ") {
        count.passed += number_before(numbers, " passed");
        count.failed += number_before(numbers, " failed");
    }
}

/// `      Tests  1 failed | 12 passed (13)`
fn vitest(line: &str, count: &mut Count) {
    if line.trim_start().starts_with("Tests ") {
        count.passed += number_before(line, " passed");
        count.failed += number_before(line, " failed");
    }
}

/// `# pass 12` in TAP, `ℹ pass 12` for people.
fn node_test(line: &str, count: &mut Count) {
    let mut words = line.split_whitespace();
    if let (Some("#" | "ℹ"), Some(kind), Some(number), None) =
        (words.next(), words.next(), words.next(), words.next())
    {
        let number = number.parse().unwrap_or(0);
        match kind {
            "pass" => count.passed += number,
            "fail" | "cancelled" => count.failed += number,
            _ => {}
        }
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split_once(word)
        .and_then(|(before, _)| {
            before
                .rsplit(|letter: char| !letter.is_ascii_digit())
                .next()
        })
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(count: fn(&str, &mut Count), text: &str) -> Count {
        let mut total = Count::default();
        text.lines().for_each(|line| count(line, &mut total));
        total
    }

    #[test]
    fn the_tests_of_every_crate_are_added_up() {
        let said = "test a ... ok\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(
            counted(cargo_test, said),
            Count {
                passed: 15,
                failed: 2
            }
        );
    }

    #[test]
    fn the_tests_of_the_screens_are_counted_and_their_files_are_not() {
        let said = " Test Files  1 failed | 3 passed (4)\n      Tests  1 failed | 40 passed (41)\n";
        assert_eq!(
            counted(vitest, said),
            Count {
                passed: 40,
                failed: 1
            }
        );
    }

    #[test]
    fn the_stories_are_counted_in_both_ways_node_writes_them() {
        let said = "# tests 5\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0\n";
        assert_eq!(
            counted(node_test, said),
            Count {
                passed: 3,
                failed: 2
            }
        );
        assert_eq!(
            counted(node_test, "ℹ pass 7\nℹ fail 0\n"),
            Count {
                passed: 7,
                failed: 0
            }
        );
    }
}
