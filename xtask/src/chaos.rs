//! `cargo xtask chaos`: server, hub and devices as real processes over bad links, killed at random.

use crate::{Failure, place, shell, steps::Steps};

/// Builds what it needs and hands the words to the program (`tests/chaos`).
pub fn run(words: &[String]) -> Result<(), Failure> {
    Steps::new(1).step("Build the program and the storm", || {
        let mut cargo = shell::cargo();
        cargo.args(["build", "-p", "lawang", "-p", "lawang-tests", "--bin"]);
        cargo.args(["lawang", "--bin", "chaos"]);
        shell::run(cargo).map(|()| String::new())
    })?;
    let mut storm = shell::program(place::programs("debug").join("chaos"));
    storm.args(words);
    shell::run(storm)?;
    println!("\nNothing was lost. Next: docs/load.md has the figures of a quarter of an hour.");
    Ok(())
}
