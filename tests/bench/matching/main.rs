//! Record linkage beside Splink: `cargo xtask bench-matching`.

mod device;
mod judge;
mod ours;
mod peer;
mod sets;
mod typing;

use std::{error::Error, path::PathBuf};

/// What ends a measurement early.
pub type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let work = std::env::var_os("LAWANG_BENCH_MATCHING")
        .map_or_else(|| PathBuf::from("target/bench-matching"), PathBuf::from);
    match words.as_slice() {
        ["ours", set] => ours::run(&work, set),
        ["typing"] => typing::run(&work),
        ["device"] => device::run(&work),
        ["prepare"] => sets::prepare(&work),
        rest => peer::compare(&work, rest),
    }
}
