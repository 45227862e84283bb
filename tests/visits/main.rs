//! What stories need of a device's folder that no screen holds; the PIN in LAWANG_PIN.
//!
//! `visits DIR < visits.json` makes whole visits at the times that it is told, as a village's weeks of work would leave
//! them: `[{"household":"...","at":"2026-11-21T01:00:00Z","minutes":24,"answers":{"floor_material":"2"},
//! "joins":[{"name":"Melati","sex":"2"}]}]`; with `"village"` instead of a household, of a family that the register does
//! not know. It says which households they were. `visits DIR digests` writes what every household there contains, as
//! `lawang admin households` does for a server.

use lawang_app::{App, AppError, AppOptions, Device, Environment, Whole};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_store::VaultParams;
use lawang_tests::visits::complete;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    io::Read,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

#[derive(Deserialize)]
struct Visit {
    household: Option<HouseholdId>,
    /// Of a family that is new.
    #[serde(default)]
    village: String,
    /// When the visit begins.
    at: chrono::DateTime<chrono::Utc>,
    /// How long it takes.
    minutes: i64,
    /// By path; given before whatever else is asked.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// People who are new to the family: their answers by key.
    #[serde(default)]
    joins: Vec<BTreeMap<String, String>>,
}

/// The system's, but for the time of a visit.
struct Watch {
    system: Arc<dyn Environment>,
    /// Milliseconds since 1970; 0: the system's.
    set: AtomicI64,
}

impl Environment for Watch {
    fn now_ms(&self) -> i64 {
        match self.set.load(Ordering::SeqCst) {
            0 => self.system.now_ms(),
            set => set,
        }
    }

    fn utc_offset_minutes(&self) -> i32 {
        self.system.utc_offset_minutes()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.system.random(bytes);
    }
}

fn make(device: &mut Device, visit: &Visit, watch: &Watch) -> Result<HouseholdId, AppError> {
    let begins = visit.at.timestamp_millis();
    watch.set.store(begins, Ordering::SeqCst);
    let household = match visit.household {
        Some(known) => known,
        None => device.add_household(&visit.village)?,
    };
    let found = [
        ("household_status", "1"),
        ("enumeration_result", "1"),
        ("is_well_off", "2"),
    ];
    let given = visit
        .answers
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in found.into_iter().chain(given) {
        let path: FieldPath = key
            .parse()
            .map_err(|_| AppError::new("no_such_field", key))?;
        device.answer(household, &path, value, Whole::Visit)?;
    }
    for person in &visit.joins {
        let member = device.add_member(household, Whole::Visit)?;
        for (key, value) in person {
            let path = FieldPath::of("members", member, key.as_str());
            device.answer(household, &path, value, Whole::Visit)?;
        }
    }
    complete(device, household)?;
    let ends = begins + visit.minutes * 60_000;
    watch.set.store(ends, Ordering::SeqCst);
    device.submit(household, Whole::Visit)?;
    Ok(household)
}

fn digests(device: &mut Device) -> Result<String, AppError> {
    let mut all = BTreeMap::new();
    for household in device.all_households()? {
        all.insert(household.to_string(), device.digest(household)?);
    }
    Ok(serde_json::json!(all).to_string())
}

fn run() -> Result<String, String> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("the device's folder is missing")?;
    let pin = std::env::var("LAWANG_PIN").map_err(|_| "LAWANG_PIN is missing")?;
    let watch = Arc::new(Watch {
        system: lawang_ipc::system(),
        set: AtomicI64::new(0),
    });
    let options = AppOptions {
        environment: watch.clone(),
        key_store: None,
        hubs: None,
        vault: VaultParams::default(),
    };
    let app = App::open(Path::new(&folder), options);
    let words = |error: AppError| format!("{}: {}", error.code, error.detail);
    app.unlock(&pin).map_err(words)?;
    if args.next().as_deref() == Some("digests") {
        return app.with(digests).map_err(words);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| e.to_string())?;
    let visits: Vec<Visit> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let mut made = Vec::with_capacity(visits.len());
    for (place, visit) in visits.iter().enumerate() {
        let household = app
            .with(|device| make(device, visit, &watch))
            .map_err(|error| format!("visit {}: {}", place + 1, words(error)))?;
        made.push(household.to_string());
    }
    Ok(serde_json::json!({ "made": made }).to_string())
}

fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
