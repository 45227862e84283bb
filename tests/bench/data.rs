//! Data for the benchmarks: the sample district, as devices and servers hold it.

use lawang_app::Device;
use lawang_domain::VillageCode;
use lawang_prelist::{Checked, check, regions};
use lawang_sample::{Size, generate};
use lawang_server::{Options, Server, router};
use lawang_store::{Identity, Store};
use lawang_sync::DeviceKey;
use lawang_tests::world::{FakeEnvironment, NOW, form};
use std::{path::Path, sync::Arc};

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

/// A device on disk, encrypted, without a server.
pub fn device(dir: &Path, identity: Identity) -> Device {
    let opened = Store::open(dir, &[7; 32], "bench").expect("a database");
    Device::new(opened.store, identity, form(), FakeEnvironment::new(1)).expect("a device")
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
    let server = Arc::new(Server::open(dir, &Options::default()).expect("a server"));
    server
        .import_prelist(prelist, now(), &mut |_, _| ())
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
    let app = router(server.clone(), Arc::new(now)).merge(files);
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
    let code = running
        .server
        .make_code(
            "Bench",
            lawang_domain::Role::Enumerator,
            villages,
            24,
            now(),
        )
        .expect("a code");
    let signing_seed = [seed; 32];
    let request = lawang_server::EnrolRequest {
        code: code.code,
        public_key: DeviceKey::from_seed(&signing_seed).public(),
        app: "bench".into(),
    };
    let enrolled = running.server.enrol(&request, now()).expect("enrolled");
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
    device(dir, identity)
}
