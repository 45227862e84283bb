//! Runs a script, step after step, then waits until all is quiet and looks whether everything holds.

use crate::{
    hostile, invariants,
    ledger::Ledger,
    office,
    person::{self, Pen},
    report::{Counts, PANIC, UNEXPECTED, Violation},
    script::{Act, Fault, Link, Meanwhile, Script, Step, Trouble},
    world::World,
};
use lawang_app::{AppError, Device};
use lawang_tests::chance::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a script; what was injected, or what does not hold.
pub fn run(script: &Script) -> Result<Counts, Violation> {
    match catch_unwind(AssertUnwindSafe(|| all(script))) {
        Ok(done) => done,
        Err(panic) => {
            let words = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                .unwrap_or_default();
            Err(Violation {
                invariant: PANIC,
                words: format!("seed {}: {words}", script.seed),
            })
        }
    }
}

fn all(script: &Script) -> Result<Counts, Violation> {
    let mut world = World::new(script)?;
    for (number, step) in script.steps.iter().enumerate() {
        world.step = number + 1;
        world.now += 60_000;
        one(&mut world, step).map_err(|v| Violation {
            words: format!("{} ({:?})", v.words, step.act),
            ..v
        })?;
    }
    world.step = script.steps.len() + 1;
    world.now += 60_000;
    world.counts.many("steps", script.steps.len() as u64);
    invariants::after_quiet(&mut world)?;
    world.counts.add("worlds");
    Ok(world.counts)
}

fn one(world: &mut World, step: &Step) -> Result<(), Violation> {
    if step.act.hub().is_some_and(|hub| hub >= world.hubs.len()) {
        // A script that was made shorter.
        return Ok(());
    }
    match step.act {
        Act::Write { tablet, how } => person::write(world, step, tablet, how),
        Act::Plant { tablet } => person::plant(world, step, tablet),
        Act::Submit { tablet } => person::submit(world, step, tablet),
        Act::Decide { tablet, approve } => person::decide(world, step, tablet, approve),
        Act::Comment { tablet } => person::comment(world, step, tablet),
        Act::Assign { tablet, to } => person::assign(world, step, tablet, to),
        Act::Proposal { tablet } => person::proposal(world, step, tablet),
        Act::Settle { tablet } => person::settle(world, step, tablet),
        Act::Exchange {
            tablet,
            hub,
            link,
            fault,
            meanwhile,
        } => exchange(world, step, (tablet, hub), (link, fault), meanwhile),
        Act::Upstream {
            hub,
            link,
            fault,
            district,
        } => upstream(world, step, hub, link, (fault, district)),
        Act::Courier {
            tablet,
            hub,
            damaged,
            twice,
        } => person::courier(world, step, (tablet, hub), (damaged, twice)),
        Act::Restart { tablet } => {
            world.counts.add("restarts of a device");
            world.restart(tablet);
            Ok(())
        }
        Act::RestartServer { hub } => {
            let node = match hub {
                None => &mut world.district,
                Some(hub) => &mut world.hubs[hub].node,
            };
            node.restart();
            let name = node.name;
            world.counts.add(format!("restarts of the {name}"));
            Ok(())
        }
        Act::Role { tablet, role } => office::role(world, tablet, role),
        Act::Villages {
            tablet,
            first,
            second,
        } => office::assign_villages(world, tablet, (first, second)),
        Act::Revoke { tablet } => office::revoke(world, tablet),
        Act::Publish { version } => {
            office::publish(world, version);
            Ok(())
        }
        Act::Import { version } => office::import(world, version),
        Act::Copy { tablet } => {
            office::copy(world, tablet);
            Ok(())
        }
        Act::PutBack { tablet } => {
            office::put_back(world, tablet);
            Ok(())
        }
        Act::Backup => office::back_up(world),
        Act::Restore => office::restore(world),
        Act::Clock { tablet, days } => {
            let ms = i64::from(days) * 86_400_000;
            world.tablets[tablet].environment.advance(ms);
            world.counts.add("jumps of a device's clock");
            Ok(())
        }
        Act::Wait { hours } => {
            world.now += u64::from(hours) * 3_600_000;
            Ok(())
        }
        Act::Erase { person } => office::erase(world, step, person),
        Act::Move => office::move_household(world, step),
        Act::Compact { changes } => office::compact(world, changes),
        Act::Attack { attack } => hostile::attack(world, step, attack),
    }
}

/// Whether the link, or a server that has no room, explains that an exchange came to nothing.
fn explained(error: &AppError, fault: Option<Fault>) -> bool {
    error.code == "no_connection"
        || (fault == Some(Fault::Full) && matches!(error.code, "disk_full" | "server_trouble"))
}

fn exchange(
    world: &mut World,
    step: &Step,
    (tablet, hub): (usize, Option<usize>),
    (link, fault): (Link, Option<Fault>),
    meanwhile: Option<Meanwhile>,
) -> Result<(), Violation> {
    let at_hub = hub.is_some();
    world.counts.add(match hub {
        None => "exchanges with the district",
        Some(_) => "exchanges with a hub",
    });
    world.plan_at(hub, fault);
    world.begin_trouble(tablet, step.trouble);
    let way = (link, Chance::new(step.chance));
    let mut wrote = None;
    let (done, _) = match meanwhile {
        None => world.exchange_while(tablet, hub, way, None),
        Some(Meanwhile { after, how }) => {
            let mut pen = Pen::new(world, step, tablet, how);
            let mut work = |device: &mut Device, ledger: &mut Ledger| {
                // The exchange made changes of all that was typed before.
                ledger.folded(tablet);
                wrote = Some(pen.write(device, ledger));
            };
            world.exchange_while(tablet, hub, way, Some((after, &mut work)))
        }
    };
    world.end_trouble(tablet, step.trouble, done.as_ref().err());
    world.plan_at(hub, None);
    let troubled = matches!(step.trouble, Some(Trouble::Crash(_) | Trouble::Full));
    match wrote {
        Some(wrote) => person::wrote_meanwhile(world, tablet, step.trouble, wrote)?,
        None if done.is_ok() || !troubled => world.ledger.folded(tablet),
        None => {}
    }
    let Err(error) = done else {
        return Ok(());
    };
    let known = world.allowed(step.trouble, &error)
        || explained(&error, fault)
        || (error.code == "revoked" && world.revoked.contains(&tablet))
        // A hub hears late of new villages, and knows nobody who has none of its own.
        || (at_hub && world.refusing && error.code == "unknown_device");
    if known {
        return Ok(());
    }
    Err(Violation {
        invariant: UNEXPECTED,
        words: format!("{}: device {tablet}, hub {hub:?}: {error}", world.at()),
    })
}

fn upstream(
    world: &mut World,
    step: &Step,
    hub: usize,
    link: Link,
    (own, district): (Option<Fault>, Option<Fault>),
) -> Result<(), Violation> {
    world.counts.add("exchanges of a hub with the district");
    world.plan_at(Some(hub), own);
    world.plan_at(None, district);
    let done = world.upstream(hub, link, Chance::new(step.chance));
    world.plan_at(Some(hub), None);
    world.plan_at(None, None);
    let Err(code) = done else {
        return Ok(());
    };
    let known = match code.as_str() {
        "no_upstream" => true,
        "crash" => matches!(own, Some(Fault::CrashBefore(_) | Fault::CrashAfter(_))),
        "disk_full" => own == Some(Fault::Full),
        "upstream_refused" => district == Some(Fault::Full),
        _ => false,
    };
    if known {
        return Ok(());
    }
    Err(Violation {
        invariant: UNEXPECTED,
        words: format!("{}: hub {hub} upstream: {code}", world.at()),
    })
}
