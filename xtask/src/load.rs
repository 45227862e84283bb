//! `cargo xtask load`: what a district's server bears on this machine.

use crate::{Failure, build, place, shell, steps::Steps};

/// Builds only what it needs for release and hands the words to the program (`tests/load`).
pub fn run(words: &[String]) -> Result<(), Failure> {
    Steps::new(1).step(
        "Build the server and the devices for release (several minutes the first time)",
        || build::optimised(&["--bin", "lawang", "--bin", "load"]),
    )?;
    let mut load = shell::program(place::programs("measure").join("load"));
    load.args(words);
    shell::run(load)?;
    println!("\nMeasured. Next: compare with docs/load.md.");
    Ok(())
}
