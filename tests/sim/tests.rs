//! What of the simulation runs with the normal tests.

use crate::{
    generate, run,
    script::{Act, Script},
    shrink, simulate,
};
use lawang_app::digest_of;
use lawang_records::Hash;
use std::{fs, path::Path};

/// Seeds in the normal run; `LAWANG_SEEDS` for more, `LAWANG_SEED` for one.
const SEEDS: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_goes_wrong_all_agree_nothing_acknowledged_is_gone_and_nothing_forbidden_is_seen() {
    let seeds = match number("LAWANG_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("LAWANG_SEEDS").unwrap_or(SEEDS),
    };
    let many = seeds.end - seeds.start >= 100;
    let outcome = simulate(seeds, 2, true, &|_, _| ());
    if let Some((seed, violation)) = outcome.failed.first() {
        panic!("run it again with `cargo xtask simulate --seed {seed}`: {violation}");
    }
    let counts = outcome.counts;
    println!("{counts}");
    for (kind, least) in [
        ("acknowledged answers", 500),
        ("crash of a device", 50),
        ("crash of the district", 20),
        ("message", 5_000),
        ("link broken", 50),
        ("disk of", 30),
        ("restores of the server", 10),
        ("old copies of a device", 5),
        ("households erased", 3),
        ("persons erased", 5),
        ("records compacted", 5),
        ("attack:", 30),
        ("exchanges with a hub", 50),
        ("courier files", 10),
        ("jumps of a device's clock", 10),
        ("devices revoked", 3),
        ("roles changed", 20),
    ] {
        assert!(
            !many || counts.all(kind) >= least,
            "{kind}: only {} were injected",
            counts.all(kind)
        );
    }
}

#[test]
fn a_seed_gives_the_same_script_and_the_same_run_again() {
    for seed in 0..6 {
        let script = generate::script(seed);
        assert_eq!(script, generate::script(seed));
        let text = serde_json::to_string(&script).expect("JSON");
        let again: Script = serde_json::from_str(&text).expect("a script");
        assert_eq!(script, again);
        assert_eq!(run::run(&script), run::run(&again), "seed {seed}");
    }
}

#[test]
fn what_once_failed_holds_now() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/corpus");
    for entry in fs::read_dir(folder).expect("the corpus").flatten() {
        if entry.path().extension().is_none_or(|e| e != "json") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("a file");
        let script: Script = serde_json::from_str(&text).expect("a script");
        if let Err(violation) = run::run(&script) {
            panic!("{}: {violation}", entry.path().display());
        }
    }
}

#[test]
fn a_failing_script_is_made_as_short_as_it_can_be() {
    // A step that names a device which is not there panics, whatever else happens.
    let mut script = generate::script(1);
    let wrong = script.steps[0].clone();
    script.steps.insert(
        7,
        crate::script::Step {
            act: Act::Restart { tablet: 99 },
            ..wrong
        },
    );
    let short = shrink::shrink(&script, &mut |_| ());
    assert_eq!(short.steps.len(), 1);
    assert_eq!(short.steps[0].act, Act::Restart { tablet: 99 });
}

#[test]
fn the_digest_of_a_household_does_not_depend_on_the_order_of_its_heads() {
    let (a, b) = (Hash([1; 32]), Hash([2; 32]));
    assert_eq!(digest_of(&[a, b]), digest_of(&[b, a]));
    assert_ne!(digest_of(&[a, b]), digest_of(&[a]));
}
