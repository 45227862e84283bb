//! Ingest alone: signed batches of real devices into a server on disk, in one thread, without HTTP. What is timed is the
//! server's answer to a push, from the bytes of the message to the bytes of the verdicts: signature, every check, the
//! documents, the tables, the chained log, the commit.

use crate::{day, machine::core_time, office::Engine, pieces, register};
use lawang_app::{AppError, CancelToken, Device, Transport, exchange};
use lawang_domain::{DeviceId, FieldPath, HouseholdId, Role, VillageCode};
use lawang_server::{EnrolRequest, Options, Server};
use lawang_store::{Identity, Store};
use lawang_sync::{DeviceKey, Envelope, LinkFailure, Request, decode};
use lawang_tests::{
    chance::Chance,
    visits,
    world::{FakeEnvironment, NOW, form, scope},
};
use std::{
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};

/// Devices with a village each.
const DEVICES: usize = 10;
/// Revisits of a day.
const REVISITS: usize = 20;
/// One-field edits in one batch.
const EDITS: usize = 100;

/// The way from a device to a server in the same thread.
struct Here<'a> {
    server: &'a Server,
    device: DeviceId,
    cost: Cost,
}

/// What pushes cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    changes: u64,
    /// Time on a core, and by the clock.
    core: Duration,
    wall: Duration,
}

impl Transport for Here<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let pushes = decode::<Envelope>(message)
            .is_some_and(|envelope| matches!(envelope.request, Request::Push(_)));
        let (core, wall) = (core_time(), Instant::now());
        let answer = self.server.handle(self.device, message, NOW);
        if pushes {
            self.cost.core += Duration::from_nanos(core_time().saturating_sub(core));
            self.cost.wall += wall.elapsed();
        }
        Ok(answer)
    }
}

struct Tablet {
    device: Mutex<Device>,
    id: DeviceId,
    households: Vec<HouseholdId>,
    chance: Chance,
}

impl Tablet {
    /// Enrolled, with its village, and with the day's households chosen.
    fn enrol(
        server: &Server,
        folder: &Path,
        number: usize,
        village: VillageCode,
    ) -> Result<Self, String> {
        let failed = |e: &dyn std::fmt::Display| format!("device {number}: {e}");
        let signing_seed = [number as u8 + 1; 32];
        let person = format!("Enumerator {number}");
        let code = server
            .make_code(&person, Role::Enumerator, &[village], 24, NOW)
            .map_err(|e| failed(&e))?;
        let request = EnrolRequest {
            code: code.code,
            public_key: DeviceKey::from_seed(&signing_seed).public(),
            app: "load".into(),
        };
        let enrolled = server.enrol(&request, NOW).map_err(|e| failed(&e))?;
        let identity = Identity {
            database_key: [7; 32],
            signing_seed,
            device: enrolled.device.0,
            server: server.id(),
            server_key: server.public_key(),
            address: "memory".into(),
            person,
            role: "enumerator".into(),
        };
        let opened = Store::open(&folder.join(format!("device-{number}")), &[7; 32], "load");
        let mut store = opened.map_err(|e| failed(&e))?.store;
        let names = [scope(&village.to_string())];
        store
            .transact(|tx| Store::set_scope(tx, &names))
            .map_err(|e| failed(&e))?;
        let environment = FakeEnvironment::new(number as u64 + 1);
        let mut device =
            Device::new(store, identity, form(), environment).map_err(|e| failed(&e))?;
        device.keep_built_in().map_err(|e| failed(&e))?;
        let mut tablet = Self {
            device: Mutex::new(device),
            id: enrolled.device,
            households: Vec::new(),
            chance: Chance::new(number as u64),
        };
        tablet.exchange(server).map_err(|e| failed(&e))?;
        let device = tablet.device.get_mut().map_err(|e| failed(&e))?;
        tablet.households = device.all_households().map_err(|e| failed(&e.code))?;
        Ok(tablet)
    }

    /// An exchange; what its pushes cost the server.
    fn exchange(&mut self, server: &Server) -> Result<Cost, String> {
        let mut link = Here {
            server,
            device: self.id,
            cost: Cost::default(),
        };
        let report = exchange(&self.device, &mut link, &CancelToken::default(), |_, _| ())
            .map_err(|e| format!("{}: {}", e.code, e.detail))?;
        if !report.agreed || report.refused > 0 {
            return Err(format!("not agreed, or refused: {report:?}"));
        }
        link.cost.changes = u64::from(report.pushed);
        Ok(link.cost)
    }

    fn with(
        &mut self,
        work: impl FnOnce(&mut Device, &[HouseholdId], &mut Chance) -> Result<(), AppError>,
    ) -> Result<(), String> {
        let device = self.device.get_mut().map_err(|e| e.to_string())?;
        work(device, &self.households, &mut self.chance)
            .map_err(|e| format!("{}: {}", e.code, e.detail))
    }
}

type Work = fn(&mut Device, &[HouseholdId], &mut Chance) -> Result<(), AppError>;

fn revisits(
    device: &mut Device,
    households: &[HouseholdId],
    chance: &mut Chance,
) -> Result<(), AppError> {
    households
        .iter()
        .take(REVISITS)
        .try_for_each(|household| day::revisit(device, *household, chance, &[]))
}

fn edits(
    device: &mut Device,
    households: &[HouseholdId],
    chance: &mut Chance,
) -> Result<(), AppError> {
    households.iter().take(EDITS).try_for_each(|household| {
        let value = format!("{:03}", chance.below(900) + 6);
        let answers = [(FieldPath::household("rt"), value)];
        device.give(*household, None, &answers).map(|_| ())
    })
}

fn submitted(
    device: &mut Device,
    households: &[HouseholdId],
    _: &mut Chance,
) -> Result<(), AppError> {
    households
        .iter()
        .skip(REVISITS)
        .take(REVISITS)
        .try_for_each(|household| visits::complete_and_submit(device, *household))
}

/// The kinds of work, in the order in which they come.
const WORK: &[(&str, Work)] = &[
    ("20 revisits of 21 fields, untouched records", revisits),
    ("20 revisits of 21 fields, the next day", revisits),
    ("100 one-field edits in a batch", edits),
    ("20 complete visits, submitted and judged", submitted),
];

/// After this work the steps of one change are measured alone.
const STEPS_AFTER: usize = 1;

/// Measures at each size; prints a line for each kind of work. A database has to be empty, so there is one size then;
/// what it does in its own processes is in the time by the clock alone.
pub fn run(sizes: &[usize], engine: &Engine) -> Result<(), String> {
    println!(
        "{:>10}  {:44} {:>7} {:>12} {:>12} {:>14}",
        "households", "work", "changes", "core/change", "wall/change", "changes/s/core"
    );
    for size in sizes {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let data = folder.path().join("server");
        let server = match engine {
            Engine::Sqlite => Server::open(&data, &Options::default()),
            Engine::Postgres(url) => Server::open_database(url, Some(&data), &Options::default()),
        }
        .map_err(|e| e.to_string())?;
        let (list, villages) = register::prelist(*size);
        let report = server
            .import_prelist(&list, NOW, &mut |_, _| ())
            .map_err(|e| e.to_string())?;
        drop(list);
        if report.imported != *size {
            return Err(format!("only {} of {size} were imported", report.imported));
        }
        let mut tablets = (0..DEVICES)
            .map(|n| Tablet::enrol(&server, folder.path(), n, villages[n % villages.len()]))
            .collect::<Result<Vec<_>, _>>()?;
        for (place, (name, work)) in WORK.iter().enumerate() {
            let mut all = Cost::default();
            for tablet in &mut tablets {
                tablet.with(work)?;
                let cost = tablet.exchange(&server)?;
                all.changes += cost.changes;
                all.core += cost.core;
                all.wall += cost.wall;
            }
            let each = |time: Duration| time.as_secs_f64() * 1e6 / all.changes.max(1) as f64;
            println!(
                "{size:>10}  {name:44} {:>7} {:>9.0} us {:>9.0} us {:>14.0}",
                all.changes,
                each(all.core),
                each(all.wall),
                1e6 / each(all.core),
            );
            if place == STEPS_AFTER {
                let tablet = &mut tablets[0];
                let chosen: Vec<HouseholdId> =
                    tablet.households.iter().take(REVISITS).copied().collect();
                let device = tablet.device.get_mut().map_err(|e| e.to_string())?;
                pieces::print(device, &chosen)?;
            }
        }
    }
    Ok(())
}
