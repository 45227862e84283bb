//! Makes a failing script as short as it can be while it still fails in the same way.

use crate::{
    run::run,
    script::{Act, Link, Script},
};

/// Drops steps, then faults, then hubs and people, as long as the same invariant is broken. `show` hears how many
/// steps are left.
pub fn shrink(script: &Script, show: &mut dyn FnMut(usize)) -> Script {
    let Err(first) = run(script) else {
        return script.clone();
    };
    let fails = |script: &Script| run(script).is_err_and(|v| v.invariant == first.invariant);
    let mut best = script.clone();
    let mut chunk = best.steps.len().div_ceil(2);
    while chunk > 0 {
        let mut at = 0;
        let mut dropped = false;
        while at < best.steps.len() {
            let mut shorter = best.clone();
            let end = (at + chunk).min(shorter.steps.len());
            shorter.steps.drain(at..end);
            if fails(&shorter) {
                best = shorter;
                dropped = true;
                show(best.steps.len());
            } else {
                at += chunk;
            }
        }
        if chunk > 1 || !dropped {
            chunk /= 2;
        }
    }
    for at in 0..best.steps.len() {
        for simpler in simpler(&best, at) {
            if simpler != best && fails(&simpler) {
                best = simpler;
            }
        }
    }
    for change in [
        |s: &mut Script| s.setup.hubs = 0,
        |s: &mut Script| s.setup.hostile = false,
        |s: &mut Script| s.setup.on_disk = false,
        |s: &mut Script| s.setup.short_form = false,
        |s: &mut Script| s.setup.households = 1,
    ] {
        let mut simpler = best.clone();
        change(&mut simpler);
        if simpler != best && fails(&simpler) {
            best = simpler;
        }
    }
    best
}

/// The script with one step without one of its faults.
fn simpler(script: &Script, at: usize) -> Vec<Script> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut crate::script::Step)| {
        let mut other = script.clone();
        if let Some(step) = other.steps.get_mut(at) {
            change(step);
        }
        all.push(other);
    };
    with(&|step| step.trouble = None);
    with(&|step| {
        if let Act::Exchange { link, .. } | Act::Upstream { link, .. } = &mut step.act {
            *link = Link::default();
        }
    });
    with(&|step| {
        if let Act::Exchange { fault, .. } | Act::Upstream { fault, .. } = &mut step.act {
            *fault = None;
        }
    });
    with(&|step| {
        if let Act::Exchange { meanwhile, .. } = &mut step.act {
            *meanwhile = None;
        }
    });
    with(&|step| {
        if let Act::Upstream { district, .. } = &mut step.act {
            *district = None;
        }
    });
    all
}
