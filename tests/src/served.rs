//! For measurements: a server with the sample district over HTTP on this machine, and devices on disk.

use crate::world::{FakeEnvironment, NOW, form};
use lawang_app::{Device, Environment};
use lawang_domain::VillageCode;
use lawang_prelist::{Checked, PrelistHousehold, check, regions};
use lawang_sample::{Size, generate};
use lawang_server::{Options, Server, router};
use lawang_store::{Identity, Store};
use lawang_sync::DeviceKey;

use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, sync::Arc};

/// A prelist of the sample.
pub fn prelist(size: Size) -> Vec<u8> {
    let mut out = Vec::new();
    generate(size, 1)
        .write_prelist(&mut out)
        .expect("written to memory");
    out
}

/// A read prelist.
pub fn read(bytes: &[u8]) -> Checked<'_> {
    check(bytes, &regions::village_exists).expect("the sample is a prelist")
}

/// The first so many households of the sample, in whole villages but for the last one.
pub struct Part {
    pub prelist: Vec<u8>,
    pub villages: Vec<VillageCode>,
    pub households: Vec<PrelistHousehold>,
}

impl Part {
    /// The households as bare data, for comparisons.
    pub fn bare(&self) -> Vec<u8> {
        let bare: Vec<Value> = self
            .households
            .iter()
            .map(|household| {
                let members: Vec<_> = household.members.values().collect();
                json!({ "village": household.village, "answers": household.answers, "members": members })
            })
            .collect();
        serde_json::to_vec(&bare).expect("JSON")
    }
}

/// So many households of a kecamatan, as a prelist of their own.
pub fn part(households: usize) -> Part {
    let bytes = prelist(Size::Kecamatan);
    let checked = read(&bytes);
    let mut part = Part {
        prelist: Vec::new(),
        villages: Vec::new(),
        households: Vec::new(),
    };
    for household in checked.households().take(households) {
        if !part.villages.contains(&household.village) {
            part.villages.push(household.village);
        }
        part.households.push(household);
    }
    let wanted: BTreeSet<&str> = part
        .households
        .iter()
        .map(|h| h.register_id.as_str())
        .collect();
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        if line.split(',').next().is_some_and(|id| wanted.contains(id)) {
            out.push('\n');
            out.push_str(line);
        }
    }
    out.push('\n');
    part.prelist = out.into_bytes();
    part
}

/// A device on disk, encrypted, without a server.
pub fn device(dir: &Path, identity: Identity) -> Device {
    device_in(dir, identity, FakeEnvironment::new(1))
}

fn device_in(dir: &Path, identity: Identity, environment: Arc<dyn Environment>) -> Device {
    let opened = Store::open(dir, &[7; 32], "bench").expect("a database");
    Device::new(opened.store, identity, form(), environment).expect("a device")
}

/// An identity that no server knows.
pub fn nobody() -> Identity {
    Identity {
        database_key: [7; 32],
        signing_seed: [8; 32],
        device: uuid::Uuid::from_u128(1),
        server: uuid::Uuid::from_u128(2),
        server_key: [0; 32],
        address: "http://127.0.0.1:9".into(),
        person: "Bench".into(),
        role: "enumerator".into(),
    }
}

/// A server over HTTP on this machine, with its prelist.
pub struct Running {
    pub server: Arc<Server>,
    pub address: String,
    _runtime: tokio::runtime::Runtime,
}

/// Starts a server on a folder; `file`: bytes served beside it as a static file.
pub fn serve(dir: &Path, prelist: &[u8], file: Vec<u8>) -> Running {
    serve_by(dir, prelist, file, Arc::new(now))
}

/// The same, by another clock.
pub fn serve_by(
    dir: &Path,
    prelist: &[u8],
    file: Vec<u8>,
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
) -> Running {
    let server = Arc::new(Server::open(dir, &Options::default()).expect("a server"));
    server
        .import_prelist(prelist, clock(), &mut |_, _| ())
        .expect("imported");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let folder = dir.join("static");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("file"), file).expect("a file");
    let files = axum::Router::new().route(
        "/static",
        axum::routing::get(move || {
            let path = folder.join("file");
            async move { tokio::fs::read(path).await.unwrap_or_default() }
        }),
    );
    let app = router(server.clone(), clock).merge(files);
    runtime.spawn(async move {
        let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
        axum::serve(listener, app).await
    });
    Running {
        server,
        address,
        _runtime: runtime,
    }
}

/// Milliseconds since 1970; the server and the fake clock of the devices agree.
pub fn now() -> u64 {
    NOW
}

/// Enrols a device at a running server; gives the device on disk.
pub fn enrolled(running: &Running, dir: &Path, villages: &[VillageCode], seed: u8) -> Device {
    enrolled_at(running, dir, villages, seed, now(), FakeEnvironment::new(1))
}

/// The same at a time, in an environment.
pub fn enrolled_at(
    running: &Running,
    dir: &Path,
    villages: &[VillageCode],
    seed: u8,
    at: u64,
    environment: Arc<dyn Environment>,
) -> Device {
    let code = running
        .server
        .make_code("Bench", lawang_domain::Role::Enumerator, villages, 24, at)
        .expect("a code");
    let signing_seed = [seed; 32];
    let request = lawang_server::EnrolRequest {
        code: code.code,
        public_key: DeviceKey::from_seed(&signing_seed).public(),
        app: "bench".into(),
    };
    let enrolled = running.server.enrol(&request, at).expect("enrolled");
    let identity = Identity {
        signing_seed,
        device: enrolled.device.0,
        server: running.server.id(),
        server_key: running.server.public_key(),
        address: running.address.clone(),
        ..nobody()
    };
    // As enrolment on a device does it: the villages are known before the first exchange.
    let scope: Vec<_> = villages
        .iter()
        .map(|code| {
            let names = regions::names(*code).expect("a village");
            lawang_store::ScopeNames {
                village: code.to_string(),
                name: names.village.into(),
                district: names.district.into(),
                regency: names.regency.into(),
            }
        })
        .collect();
    let mut store = Store::open(dir, &[7; 32], "bench")
        .expect("a database")
        .store;
    store
        .transact(|tx| Store::set_scope(tx, &scope))
        .expect("a scope");
    drop(store);
    device_in(dir, identity, environment)
}
