//! Quiet: nothing more goes wrong, everybody sends and receives until nothing is under way.

use crate::{
    office,
    report::{UNEXPECTED, Violation, must},
    script::Link,
    world::{HERE, World, lock},
};
use lawang_domain::Role;
use lawang_tests::chance::Chance;

/// Rounds at hubs and at the district.
pub fn settle(world: &mut World) -> Result<(), Violation> {
    if !world.hubs.is_empty() {
        at_hubs(world)?;
    }
    let refusing = world.refusing || !world.gone.is_empty();
    for round in 0..3 {
        for tablet in world.active() {
            let report = world.quiet_exchange(tablet)?;
            must(
                // The work of an old copy is refused under a number that was used, and made again at once.
                report.refused == 0
                    || ((refusing || world.put_back.contains(&tablet)) && round < 2),
                "honest work is not refused",
                || {
                    let quarantine = world.district.server().quarantine().unwrap_or_default();
                    let codes: Vec<_> = quarantine.iter().map(|q| q.code.clone()).collect();
                    format!("{}: device {tablet}: {codes:?}", world.at())
                },
            )?;
        }
    }
    for hub in 0..world.hubs.len() {
        let report = world.quiet_upstream(hub)?;
        must(
            report.agreed,
            "hub and district hold the same after quiet",
            || format!("{}: hub {hub}: {report:?}", world.at()),
        )?;
    }
    Ok(())
}

/// The hubs hear of everything, and what devices left there goes through: without a visit at the district.
fn at_hubs(world: &mut World) -> Result<(), Violation> {
    // Hubs hear late of roles; what is refused for good is in the way of nothing only with the role back.
    if world.refusing {
        for tablet in world.active() {
            let role = world.setup.people[tablet].role;
            let id = world.tablets[tablet].id;
            if role == Role::Enumerator {
                let _ = world.district.server().change_device(id, Some(role), None);
            }
        }
    }
    let rounds = if world.refusing { 5 } else { 3 };
    for round in 0..rounds {
        for hub in 0..world.hubs.len() {
            world.quiet_upstream(hub)?;
        }
        for tablet in world.active() {
            for hub in 0..world.hubs.len() {
                if !office::villages_of(world, tablet).iter().any(|v| v == HERE) {
                    continue;
                }
                at_hub(world, (tablet, hub), round == rounds - 1)?;
            }
        }
    }
    for hub in 0..world.hubs.len() {
        world.quiet_upstream(hub)?;
    }
    for tablet in world.active() {
        let covered = world.setup.hubs > 1 || !world.setup.people[tablet].both;
        // That the district was restored, a device hears from the district itself.
        let restored = !world.backups.is_empty();
        if world.refusing || restored || !covered || !world.gone.is_empty() {
            continue;
        }
        // The answers to what went up in the last round.
        at_hub(world, (tablet, 0), false)?;
        let waiting = lock(&world.tablets[tablet])
            .store()
            .unsent_changes(9)
            .map_or(0, |all| all.len());
        must(
            waiting == 0,
            "what was left at a hub reaches the district, and the device hears so at the hub",
            || format!("{}: device {tablet}: {waiting} changes wait", world.at()),
        )?;
    }
    Ok(())
}

fn at_hub(world: &mut World, (tablet, hub): (usize, usize), last: bool) -> Result<(), Violation> {
    let chance = Chance::new(world.seed);
    let (done, greetings) = world.exchange(tablet, Some(hub), Link::default(), chance);
    let report = match done {
        Ok(report) => report,
        Err(e) if e.code == "no_connection" || (world.refusing && e.code == "unknown_device") => {
            return Ok(());
        }
        Err(e) => {
            return Err(Violation {
                invariant: UNEXPECTED,
                words: format!("{}: device {tablet} at hub {hub}: {e}", world.at()),
            });
        }
    };
    must(
        !last || report.agreed,
        "device and hub hold the same after quiet",
        || format!("{}: device {tablet}, hub {hub}", world.at()),
    )?;
    // Beginning anew is for hubs that were restored; here it would hide that the two sides differed.
    must(
        !last || greetings <= 1 || world.refusing,
        "device and hub keep the same books",
        || format!("{}: device {tablet}, hub {hub}", world.at()),
    )
}
