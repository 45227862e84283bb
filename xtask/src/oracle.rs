//! The questionnaire engine against the other engines of the standard.

use crate::{Failure, place, shell};

/// `cargo xtask oracle [WORD...]`; the words go to the comparing program, which installs its own tools
/// below the build folder.
pub fn run(words: &[String]) -> Result<(), Failure> {
    let mut build = shell::cargo();
    build.args(["build", "--quiet", "--package", "lawang-oracle"]);
    shell::run(build)?;
    let mut oracle = shell::program(place::programs("debug").join("lawang-oracle"));
    oracle
        .args(words)
        .env("LAWANG_ORACLE_DIR", place::target().join("oracle"));
    shell::run(oracle)
}
