//! Many devices come back within minutes, each with its day's work: real devices with keys of their own, the real HTTP
//! client, the real server, all on this machine.

use crate::{
    day,
    machine::{self, percentile},
    office::{Engine, Office, Watch},
};
use lawang_app::{AppError, CancelToken, Device, HttpTransport, Transport, enrol_hub, exchange};
use lawang_domain::{FieldPath, HouseholdId, VillageCode};
use lawang_store::{Identity, Photo, Store};
use lawang_sync::{DeviceKey, Envelope, LinkFailure, Report, Request, decode};
use lawang_tests::{
    chance::Chance,
    world::{form, scope},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// What is to be done.
pub struct Plan {
    pub devices: usize,
    /// Within so long all come back.
    pub time: Duration,
    pub engine: Engine,
    /// `village`, `kecamatan` or `district`.
    pub size: String,
    pub revisits: usize,
    pub photos: usize,
    pub seed: u64,
}

/// A device between its exchanges: what is on its disk.
struct Tablet {
    number: usize,
    folder: PathBuf,
    identity: Identity,
    /// Photos with their households.
    photos: Vec<HouseholdId>,
}

/// How long one message and its answer took, ms; whether it was about a photo.
struct Trip {
    ms: f64,
    photo: bool,
}

/// HTTP with a clock.
struct Timed {
    inner: HttpTransport,
    trips: Vec<Trip>,
}

impl Transport for Timed {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let photo = decode::<Envelope>(message).is_some_and(|envelope| {
            matches!(
                envelope.request,
                Request::PhotoOffer(_) | Request::PhotoPart(_)
            )
        });
        let begun = Instant::now();
        let answer = self.inner.call(message);
        self.trips.push(Trip {
            ms: begun.elapsed().as_secs_f64() * 1e3,
            photo,
        });
        answer
    }
}

fn words(error: AppError) -> String {
    format!("{}: {}", error.code, error.detail)
}

impl Tablet {
    /// Trades a code for an identity, over HTTP.
    fn enrol(
        office: &Office,
        number: usize,
        folder: &Path,
        village: VillageCode,
        seed: u64,
    ) -> Result<Self, String> {
        let failed = |e: &dyn std::fmt::Display| format!("device {number}: {e}");
        let person = format!("Enumerator {number}");
        let village = village.to_string();
        let code = office.admin(&[
            "enrol",
            "--name",
            &person,
            "--role",
            "enumerator",
            "--villages",
            &village,
        ])?;
        let mut signing_seed = [0; 32];
        Chance::new(seed << 20 | number as u64).fill(&mut signing_seed);
        let public = DeviceKey::from_seed(&signing_seed).public();
        // The same request as a device's, with a key that is made here.
        let now = lawang_ipc::system().now_ms();
        let code = code["code"].as_str().unwrap_or_default();
        let enrolled = enrol_hub(&office.url, code, &public, now, None).map_err(words)?;
        let tablet = Self {
            number,
            folder: folder.join(format!("device-{number}")),
            identity: Identity {
                database_key: signing_seed,
                signing_seed,
                device: enrolled.device,
                server: enrolled.server,
                server_key: enrolled.server_key,
                address: office.url.clone(),
                person,
                role: "enumerator".into(),
            },
            photos: Vec::new(),
        };
        let mut store = tablet.store()?;
        let names = [scope(&village)];
        store
            .transact(|tx| Store::set_scope(tx, &names))
            .map_err(|e| failed(&e))?;
        Ok(tablet)
    }

    fn store(&self) -> Result<Store, String> {
        Store::open(&self.folder, &self.identity.database_key, "load")
            .map(|opened| opened.store)
            .map_err(|e| format!("device {}: {e}", self.number))
    }

    fn device(&self, store: Store) -> Result<Device, String> {
        let system = lawang_ipc::system();
        Device::new(store, self.identity.clone(), form(), system).map_err(words)
    }

    fn exchange(&self, device: Device) -> Result<(Report, Vec<Trip>, Device), String> {
        let inner = HttpTransport::new(&self.identity, None, None, lawang_ipc::system());
        let mut link = Timed {
            inner: inner.map_err(words)?,
            trips: Vec::new(),
        };
        let device = Mutex::new(device);
        let done = exchange(&device, &mut link, &CancelToken::default(), |_, _| ());
        let report = done.map_err(|e| format!("device {}: {}", self.number, words(e)))?;
        let device = device.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((report, link.trips, device))
    }

    /// First download and the day's visits, which stay unsent. Their photos are made when the device comes back.
    fn prepare(&mut self, plan: &Plan) -> Result<(), String> {
        let mut device = self.device(self.store()?)?;
        device.keep_built_in().map_err(words)?;
        let (report, _, mut device) = self.exchange(device)?;
        if !report.agreed {
            return Err(format!("device {}: no agreement", self.number));
        }
        let mut chance = Chance::new(plan.seed << 20 | self.number as u64);
        let mut households = device.all_households().map_err(words)?;
        for place in 0..plan.revisits.min(households.len()) {
            let other = place + chance.below(households.len() - place);
            households.swap(place, other);
        }
        households.truncate(plan.revisits);
        let questions = ["photo_house", "photo_kk"];
        let mut taken = 0;
        for (place, household) in households.iter().enumerate() {
            let until = plan.photos * (place + 1) / plan.revisits;
            let mut more = Vec::new();
            for question in questions {
                if taken < until {
                    let body = day::photo(self.number as u64, taken as u64);
                    let value = format!("sha256:{}", hex::encode(day::hash(&body)));
                    more.push((FieldPath::household(question), value));
                    self.photos.push(*household);
                    taken += 1;
                }
            }
            day::revisit(&mut device, *household, &mut chance, &more).map_err(words)?;
        }
        Ok(())
    }

    /// The photos come to its disk, then it exchanges.
    fn come_back(&self) -> Result<Back, String> {
        let failed = |e: &dyn std::fmt::Display| format!("device {}: {e}", self.number);
        let mut store = self.store()?;
        for (number, household) in self.photos.iter().enumerate() {
            let body = day::photo(self.number as u64, number as u64);
            let photo = Photo {
                hash: day::hash(&body),
                household: *household,
                mime: "image/jpeg".into(),
                len: body.len() as u64,
            };
            store.add_photo(&photo, &body).map_err(|e| failed(&e))?;
        }
        let device = self.device(store)?;
        let begun = Instant::now();
        let (report, trips, device) = self.exchange(device)?;
        let seconds = begun.elapsed().as_secs_f64();
        let left = device.store().unsent_households().map_err(|e| failed(&e))?
            + device.store().unsent_photos().map_err(|e| failed(&e))?;
        drop(device);
        let _ = fs::remove_dir_all(&self.folder);
        let sent = report.progress.photos_sent as usize;
        if !report.agreed || report.refused > 0 || left > 0 || sent != self.photos.len() {
            return Err(failed(&format!(
                "left {left}, photos sent {sent}: {report:?}"
            )));
        }
        Ok(Back {
            changes: u64::from(report.pushed),
            bytes: report.progress.bytes_up + report.progress.bytes_down,
            photo_bytes: report.progress.photo_bytes_up,
            seconds,
            trips,
        })
    }
}

/// A device that came back.
struct Back {
    changes: u64,
    bytes: u64,
    photo_bytes: u64,
    /// Its whole exchange.
    seconds: f64,
    trips: Vec<Trip>,
}

fn line(what: &str, mut values: Vec<f64>, unit: &str) {
    values.sort_by(f64::total_cmp);
    println!(
        "{what:34} p50 {:>9.1} {unit}   p99 {:>9.1} {unit}   longest {:>9.1} {unit}   ({})",
        percentile(&values, 50.0),
        percentile(&values, 99.0),
        percentile(&values, 100.0),
        values.len()
    );
}

/// Enough room for the photos at the server and what is on the way.
fn room(plan: &Plan, folder: &Path) -> Result<(), String> {
    let photos = (plan.devices * plan.photos * day::PHOTO) as u64;
    let wanted = photos + photos / 5 + 2_000_000_000;
    match machine::free_bytes(folder) {
        Some(free) if free < wanted => Err(format!(
            "{} has {:.1} GB free, and this wants {:.1} GB: name another folder with --folder, or fewer --devices or --photos",
            folder.display(),
            free as f64 / 1e9,
            wanted as f64 / 1e9
        )),
        _ => Ok(()),
    }
}

pub fn run(plan: &Plan, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    room(plan, folder)?;
    let begun = Instant::now();
    let office = Office::open(folder, plan.engine.clone(), &plan.size)?;
    println!(
        "{}: {} households in {} villages, server {:.0} MB after its start ({:.0} s)",
        plan.engine.name(),
        office.households,
        office.villages.len(),
        machine::resident(office.pid()),
        begun.elapsed().as_secs_f64()
    );
    let preparing = Instant::now();
    let watch = Watch::start(office.pid());
    let tablets = prepare(plan, folder, &office)?;
    println!(
        "{} devices enrolled, filled, with {} visits and {} photos each ({:.0} s; server at most {:.0} MB meanwhile)",
        tablets.len(),
        plan.revisits,
        plan.photos,
        preparing.elapsed().as_secs_f64(),
        watch.end()
    );
    let mut chance = Chance::new(plan.seed);
    let span = plan.time.as_millis() as usize;
    let arrivals: Vec<Duration> = tablets
        .iter()
        .map(|_| Duration::from_millis(chance.below(span.max(1)) as u64))
        .collect();
    let before = (
        machine::used(office.pid()),
        machine::used(std::process::id()),
    );
    let watch = Watch::start(office.pid());
    let clock = Instant::now();
    let hands: Vec<_> = tablets
        .into_iter()
        .zip(arrivals)
        .map(|(tablet, at)| {
            thread::spawn(move || {
                thread::sleep(at.saturating_sub(clock.elapsed()));
                tablet.come_back()
            })
        })
        .collect();
    let mut backs = Vec::new();
    let mut failures = Vec::new();
    for hand in hands {
        match hand.join() {
            Ok(Ok(back)) => backs.push(back),
            Ok(Err(e)) => failures.push(e),
            Err(_) => failures.push("a device panicked".to_owned()),
        }
    }
    let seconds = clock.elapsed().as_secs_f64();
    let memory = watch.end();
    let used = (
        machine::used(office.pid()) - before.0,
        machine::used(std::process::id()) - before.1,
    );
    report(plan, &office, &backs, seconds, memory, used);
    judge(plan, &office, &backs, failures)
}

/// Several at once, in the order of numbers.
fn prepare(plan: &Plan, folder: &Path, office: &Office) -> Result<Vec<Tablet>, String> {
    let next = Arc::new(Mutex::new(0..plan.devices));
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let hands: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| -> Result<(), String> {
                    loop {
                        let number = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(number) = number else { return Ok(()) };
                        let village = office.villages[number % office.villages.len()];
                        let mut tablet = Tablet::enrol(office, number, folder, village, plan.seed)?;
                        tablet.prepare(plan)?;
                        done.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(tablet);
                    }
                })
            })
            .collect();
        for hand in hands {
            hand.join().map_err(|_| "preparing panicked".to_owned())??;
        }
        Ok::<(), String>(())
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn report(
    plan: &Plan,
    office: &Office,
    backs: &[Back],
    seconds: f64,
    memory: f64,
    (server, generator): (f64, f64),
) {
    let sum = |of: fn(&Back) -> u64| backs.iter().map(of).sum::<u64>();
    let changes = sum(|b| b.changes);
    let photo_bytes = sum(|b| b.photo_bytes);
    println!(
        "{} of {} devices came back within {seconds:.0} s (arrivals over {:.0} s); load average {}",
        backs.len(),
        plan.devices,
        plan.time.as_secs_f64(),
        machine::load_average()
    );
    let trips = |photo: bool| {
        let all = backs.iter().flat_map(|b| &b.trips);
        all.filter(|t| t.photo == photo).map(|t| t.ms).collect()
    };
    line("round trip, photos apart", trips(false), "ms");
    line("round trip of a piece of a photo", trips(true), "ms");
    line(
        "whole exchange of a device",
        backs.iter().map(|b| b.seconds).collect(),
        "s",
    );
    println!(
        "{changes} changes, {:.1} MB of them with everything around, {:.2} GB of photos: {:.0} changes/s, {:.1} MB/s",
        sum(|b| b.bytes) as f64 / 1e6,
        photo_bytes as f64 / 1e9,
        changes as f64 / seconds,
        photo_bytes as f64 / 1e6 / seconds
    );
    println!(
        "server: {memory:.0} MB at most ({:.0} MB in its life), {server:.0} s of a core; generator: {generator:.0} s of a core",
        machine::peak(office.pid())
    );
}

/// Everything is there.
fn judge(
    plan: &Plan,
    office: &Office,
    backs: &[Back],
    mut failures: Vec<String>,
) -> Result<(), String> {
    let (files, bytes) = office.photos();
    let wanted = (plan.devices * plan.photos) as u64;
    if files != wanted || bytes != wanted * day::PHOTO as u64 {
        failures.push(format!("{files} photos of {wanted} are at the server"));
    }
    let changes: u64 = backs.iter().map(|b| b.changes).sum();
    if changes != (plan.devices * plan.revisits) as u64 {
        failures.push(format!("{changes} changes were taken"));
    }
    let log = office.admin(&["verify-log"])?;
    if log["fits"] != true {
        failures.push(format!("the log does not fit: {log}"));
    }
    if failures.is_empty() {
        println!("none failed; {files} photos are there; the chained log fits");
        return Ok(());
    }
    for failure in &failures {
        eprintln!("FAILED: {failure}");
    }
    Err(format!("{} failures", failures.len()))
}
