//! A short storm; `cargo xtask chaos` has the long one.

use lawang_tests::chaos::{Plan, run};
use std::time::Duration;

#[test]
fn a_storm_of_kills_cuts_and_flipped_bits_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().expect("a folder");
    let plan = Plan {
        seed: 7,
        time: Duration::from_secs(50),
        devices: 6,
        households: 5,
        talk: false,
    };
    let report = run(&plan, dir.path()).expect("set up and healed");
    println!("{report}");
    if !report.is_well() {
        panic!("what was left is in {}", dir.keep().display());
    }
    assert!(
        report.saves > 20 && report.exchanges > 5 && report.kills > 5,
        "too little happened to mean anything"
    );
}
