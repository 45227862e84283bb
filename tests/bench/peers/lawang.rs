//! Lawang's own device and server: the core on disk, encrypted, over HTTP.

use crate::{
    anatomy::{Watched, breakdown},
    input::{Input, Visit},
    peer::{Look, Peer, Way},
    proxy::Proxy,
};
use lawang_app::{CancelToken, Device, Environment, HttpTransport, exchange};
use lawang_domain::VillageCode;
use lawang_tests::{
    chance::Chance,
    served::{self, Running},
    world::NOW,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// One clock for the server and all devices, moved by the work; each device has its own chance.
struct World {
    now: Arc<AtomicI64>,
    chance: Mutex<Chance>,
}

impl Environment for World {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn utc_offset_minutes(&self) -> i32 {
        420
    }

    fn random(&self, bytes: &mut [u8]) {
        self.chance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(bytes);
    }
}

/// Lawang.
pub struct Lawang {
    folder: PathBuf,
    running: Running,
    villages: Vec<VillageCode>,
    now: Arc<AtomicI64>,
    proxy: Proxy,
    devices: BTreeMap<String, (Mutex<Device>, Watched<HttpTransport>)>,
}

impl Lawang {
    /// A server with the register, in a folder of its own.
    pub fn start(folder: PathBuf, input: &Input, proxy: &Proxy) -> Result<Self, String> {
        let now = Arc::new(AtomicI64::new(NOW.cast_signed()));
        let clock = now.clone();
        let running = served::serve_by(
            &folder.join("server"),
            &input.part.prelist,
            Vec::new(),
            Arc::new(move || clock.load(Ordering::Relaxed).cast_unsigned()),
        );
        Ok(Self {
            folder,
            running,
            villages: input.part.villages.clone(),
            now,
            proxy: proxy.clone(),
            devices: BTreeMap::new(),
        })
    }

    fn device(
        &mut self,
        name: &str,
    ) -> Result<&mut (Mutex<Device>, Watched<HttpTransport>), String> {
        self.devices
            .get_mut(name)
            .ok_or_else(|| format!("there is no device {name}"))
    }
}

/// What the core says, for the table.
fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

impl Peer for Lawang {
    fn name(&self) -> &'static str {
        "Lawang"
    }

    fn server(&self) -> Result<SocketAddr, String> {
        let address = self.running.address.trim_start_matches("http://");
        address.parse().map_err(said)
    }

    fn device_new(&mut self, name: &str) -> Result<(), String> {
        let seed = u8::try_from(self.devices.len() + 1).map_err(said)?;
        let world = Arc::new(World {
            now: self.now.clone(),
            chance: Mutex::new(Chance::new(u64::from(seed))),
        });
        let mut device = served::enrolled_at(
            &self.running,
            &self.folder.join(name),
            &self.villages,
            seed,
            world.now_ms().cast_unsigned(),
            world.clone(),
        );
        // As a device does when it is enrolled.
        device.keep_built_in().map_err(said)?;
        let address = format!("http://{}", self.proxy.address);
        let transport =
            HttpTransport::new(device.identity(), Some(&address), None, world).map_err(said)?;
        self.devices.insert(
            name.to_owned(),
            (Mutex::new(device), Watched::new(transport)),
        );
        Ok(())
    }

    fn edit(&mut self, name: &str, visits: &[Visit], pauses: &[i64]) -> Result<(), String> {
        let now = self.now.clone();
        let (device, _) = self.device(name)?;
        let device = device.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (visit, pause) in visits.iter().zip(pauses) {
            now.fetch_add(*pause, Ordering::Relaxed);
            let answers: Vec<_> = visit.iter().map(|e| (e.path(), e.value.clone())).collect();
            device
                .give(visit[0].household, None, &answers)
                .map_err(said)?;
        }
        Ok(())
    }

    fn sync(&mut self, name: &str, _: Way, limit: Duration) -> Result<bool, String> {
        let (device, transport) = self.device(name)?;
        transport.forget();
        let cancel = CancelToken::default();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let alarm = cancel.clone();
        std::thread::spawn(move || {
            if wait.recv_timeout(limit) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                alarm.cancel();
            }
        });
        // A person presses the button again when an exchange was given up.
        let mut agreed = false;
        while !cancel.cancelled() && !agreed {
            agreed = match exchange(device, transport, &cancel, |_, _| ()) {
                Ok(report) => report.agreed,
                Err(error) if error.code == "no_connection" || error.code == "cancelled" => false,
                Err(error) => return Err(said(error)),
            };
        }
        drop(done);
        Ok(agreed)
    }

    fn look(&mut self, name: &str, visits: &[Visit]) -> Result<Vec<Look>, String> {
        let (device, _) = self.device(name)?;
        let device = device.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut listed: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for conflict in device.conflicts().map_err(said)? {
            let values = conflict.values.into_iter().map(|v| v.value).collect();
            listed.insert((conflict.household, conflict.path), values);
        }
        let mut looks = Vec::new();
        for visit in visits {
            let state = device.state(visit[0].household).map_err(said)?;
            for edit in visit {
                let path = edit.path();
                let place = (edit.household.to_string(), path.to_string());
                looks.push(Look {
                    shown: state.text(&path).to_owned(),
                    listed: listed.get(&place).cloned().unwrap_or_default(),
                    buried: Vec::new(),
                });
            }
        }
        Ok(looks)
    }

    fn breakdown(&mut self, name: &str) -> Vec<String> {
        self.device(name)
            .map(|(_, transport)| breakdown(transport))
            .unwrap_or_default()
    }

    fn households(&mut self, name: &str) -> Result<usize, String> {
        let (device, _) = self.device(name)?;
        let device = device.get_mut().unwrap_or_else(PoisonError::into_inner);
        Ok(device.all_households().map_err(said)?.len())
    }
}
