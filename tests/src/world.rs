//! A seeded world: one server in memory, devices, and everything that was acknowledged.

use crate::{
    chance::Chance,
    network::{Faults, Injected, Network},
    prelist,
};
use lawang_app::{AppError, CancelToken, Device, Environment, exchange};
use lawang_domain::{DeviceId, FieldPath, HouseholdId, Role, VillageCode};
use lawang_forms::Form;
use lawang_server::{EnrolRequest, Server};
use lawang_store::{Identity, ScopeNames, Store};
use lawang_sync::{DeviceKey, Report};
use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// A clock that a test moves, and seeded randomness.
pub struct FakeEnvironment {
    now: AtomicI64,
    chance: Mutex<Chance>,
}

impl FakeEnvironment {
    /// Starts at 2026-11-22 08:00 in Jakarta.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(1_795_309_200_000),
            chance: Mutex::new(Chance::new(seed)),
        })
    }

    /// Lets time pass (or jump).
    pub fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Environment for FakeEnvironment {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn utc_offset_minutes(&self) -> i32 {
        420
    }

    fn random(&self, bytes: &mut [u8]) {
        self.chance
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill(bytes);
    }
}

/// The questionnaire, compiled once for all worlds.
pub fn form() -> Arc<Form> {
    static FORM: LazyLock<Arc<Form>> = LazyLock::new(|| {
        lawang_app::household_visit().unwrap_or_else(|e| panic!("the questionnaire: {e}"))
    });
    FORM.clone()
}

/// An answer that a device acknowledged as saved.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub device: DeviceId,
    pub household: HouseholdId,
    pub path: FieldPath,
    pub value: String,
}

/// One device with its clock.
pub struct Tablet {
    pub device: Mutex<Device>,
    pub environment: Arc<FakeEnvironment>,
    pub id: DeviceId,
    identity: Identity,
    seen: Vec<Vec<u8>>,
}

/// The world.
pub struct World {
    pub server: Server,
    pub tablets: Vec<Tablet>,
    pub chance: Chance,
    pub acknowledged: Vec<Acknowledged>,
    pub injected: Injected,
    pub crashes: u64,
    /// A device that the office revoked.
    pub revoked: Option<usize>,
    /// The office took something away from somebody: work may be refused.
    pub changed: bool,
}

pub const NOW: u64 = 1_795_309_200_000;

impl World {
    /// A server with a small register, and devices enrolled for its village.
    pub fn new(seed: u64, households: usize, tablets: usize) -> Self {
        let server = Server::open_in_memory(seed).unwrap_or_else(|e| panic!("server: {e}"));
        server
            .import_prelist(
                &prelist::small(prelist::VILLAGE, households),
                NOW,
                &mut |_, _| (),
            )
            .unwrap_or_else(|e| panic!("prelist: {e}"));
        let tablets = (0..tablets)
            .map(|n| {
                enrol(
                    &server,
                    seed.wrapping_mul(31).wrapping_add(n as u64),
                    &[prelist::VILLAGE],
                    n,
                )
            })
            .collect();
        Self {
            server,
            tablets,
            chance: Chance::new(seed),
            acknowledged: Vec::new(),
            injected: Injected::default(),
            crashes: 0,
            revoked: None,
            changed: false,
        }
    }

    /// One exchange of a device over a network with faults.
    pub fn exchange(&mut self, tablet: usize, faults: Faults) -> Result<Report, AppError> {
        let tablet = &mut self.tablets[tablet];
        let mut network = Network {
            server: &self.server,
            device: tablet.id,
            chance: &mut self.chance,
            faults,
            now: NOW,
            seen: &mut tablet.seen,
            injected: &mut self.injected,
        };
        exchange(
            &tablet.device,
            &mut network,
            &CancelToken::default(),
            |_, _| (),
        )
    }

    /// The process dies and starts again: memory is gone, what was committed stays.
    pub fn restart(&mut self, tablet: usize) {
        self.tablets[tablet].restart();
        self.crashes += 1;
    }

    /// The device's database is replaced by a copy of it.
    pub fn restore(&mut self, tablet: usize, copy: rusqlite::Connection) {
        self.tablets[tablet].restore(copy);
    }
}

impl Tablet {
    /// The process dies and starts again: memory is gone, what was committed stays.
    pub fn restart(&mut self) {
        let nothing = Store::in_memory().unwrap_or_else(|e| panic!("{e}"));
        let placeholder = self.begun_on(nothing);
        let dead = std::mem::replace(&mut self.device, Mutex::new(placeholder))
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let store = dead.into_store();
        store.crash_after(None);
        self.device = Mutex::new(self.begun_on(store));
    }

    /// The device's database is replaced by a copy of it.
    pub fn restore(&mut self, copy: rusqlite::Connection) {
        let store = Store::from_connection(copy).unwrap_or_else(|e| panic!("{e}"));
        self.device = Mutex::new(self.begun_on(store));
    }

    /// A copy of the device's database as it is now.
    pub fn copy(&self) -> rusqlite::Connection {
        let device = self
            .device
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut copy = rusqlite::Connection::open_in_memory().unwrap_or_else(|e| panic!("{e}"));
        rusqlite::backup::Backup::new(device.store().raw(), &mut copy)
            .and_then(|backup| backup.run_to_completion(1_000, std::time::Duration::ZERO, None))
            .unwrap_or_else(|e| panic!("a copy: {e}"));
        copy
    }

    /// The key with which the device signs.
    pub fn key(&self) -> DeviceKey {
        DeviceKey::from_seed(&self.identity.signing_seed)
    }

    fn begun_on(&self, store: Store) -> Device {
        Device::new(
            store,
            self.identity.clone(),
            form(),
            self.environment.clone(),
        )
        .unwrap_or_else(|e| panic!("restart: {e}"))
    }
}

/// Enrols a device at a server in memory.
pub fn enrol(server: &Server, seed: u64, villages: &[&str], number: usize) -> Tablet {
    let person = format!("Enumerator {number}");
    enrol_as(server, seed, villages, &person, Role::Enumerator)
}

/// Enrols a device of a person with a role at a server in memory.
pub fn enrol_as(server: &Server, seed: u64, villages: &[&str], person: &str, role: Role) -> Tablet {
    let environment = FakeEnvironment::new(seed ^ 0x5eed);
    let villages: Vec<VillageCode> = villages
        .iter()
        .map(|v| v.parse().unwrap_or_else(|e| panic!("{e}")))
        .collect();
    let code = server
        .make_code(person, role, &villages, 24, NOW)
        .unwrap_or_else(|e| panic!("code: {e}"));
    let mut signing_seed = [0; 32];
    environment.random(&mut signing_seed);
    let public = DeviceKey::from_seed(&signing_seed).public();
    let enrolled = server
        .enrol(
            &EnrolRequest {
                code: code.code.clone(),
                public_key: public,
                app: "test".into(),
            },
            NOW,
        )
        .unwrap_or_else(|e| panic!("enrol: {e}"));
    let identity = Identity {
        database_key: [0; 32],
        signing_seed,
        device: enrolled.device.0,
        server: server.id(),
        server_key: server.public_key(),
        address: "memory".into(),
        person: person.to_owned(),
        role: role.to_string(),
    };
    let mut store = Store::in_memory().unwrap_or_else(|e| panic!("{e}"));
    let in_scope: Vec<_> = villages.iter().map(|v| scope(&v.to_string())).collect();
    store
        .transact(|tx| Store::set_scope(tx, &in_scope))
        .unwrap_or_else(|e| panic!("{e}"));
    let mut device = Device::new(store, identity.clone(), form(), environment.clone())
        .unwrap_or_else(|e| panic!("{e}"));
    device.keep_built_in().unwrap_or_else(|e| panic!("{e}"));
    Tablet {
        id: device.id(),
        device: Mutex::new(device),
        environment,
        identity,
        seen: Vec::new(),
    }
}

/// A village in scope with invented names.
pub fn scope(village: &str) -> ScopeNames {
    ScopeNames {
        village: village.to_owned(),
        name: "Desa".to_owned(),
        district: "Kecamatan".to_owned(),
        regency: "Kabupaten".to_owned(),
    }
}
