//! Makes whole visits on a device's folder, for stories that begin where the visits are done:
//! `visits DIR < visits.json`, the PIN in LAWANG_PIN; `[{"household":"...","answers":{"floor_material":"2"}}]`.

use lawang_app::{AppError, Device, Whole};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_ipc::Host;
use lawang_tests::visits::complete_and_submit;
use serde::Deserialize;
use std::{collections::BTreeMap, io::Read, path::PathBuf, process::ExitCode};

#[derive(Deserialize)]
struct Visit {
    household: HouseholdId,
    /// By path; given before whatever else is asked.
    answers: BTreeMap<String, String>,
}

fn make(device: &mut Device, visit: &Visit) -> Result<(), AppError> {
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
        device.answer(visit.household, &path, value, Whole::Visit)?;
    }
    complete_and_submit(device, visit.household)
}

fn run() -> Result<usize, String> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("the device's folder is missing")?;
    let pin = std::env::var("LAWANG_PIN").map_err(|_| "LAWANG_PIN is missing")?;
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| e.to_string())?;
    let visits: Vec<Visit> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let host = Host::open(PathBuf::from(folder));
    let app = host.app();
    let words = |error: AppError| format!("{}: {}", error.code, error.detail);
    app.unlock(&pin).map_err(words)?;
    for visit in &visits {
        app.with(|device| make(device, visit)).map_err(words)?;
    }
    Ok(visits.len())
}

fn main() -> ExitCode {
    match run() {
        Ok(made) => {
            println!("{{\"made\":{made}}}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
