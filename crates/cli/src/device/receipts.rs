//! `lawang device receipts`.

use super::run::{refuse, say};
use crate::{edge::rfc3339, error::CliError};
use lawang_ipc::Host;
use serde_json::{Value, json};
use std::path::Path;

/// Lists the receipts, or writes them to a file.
pub fn run(host: &Host, export: Option<&Path>, json: bool) -> Result<(), CliError> {
    let found = host.app().with(|device| {
        let identity = device.identity();
        let about = json!({
            "device": identity.device,
            "public_key": hex::encode(device.public_key()),
            "server": identity.server,
            "server_key": hex::encode(identity.server_key),
        });
        Ok((device.store().receipts()?, about))
    });
    let (receipts, mut about) = found.map_err(|error| refuse(host, &error))?;
    let line = |proof: bool| -> Vec<Value> {
        let lines = receipts.iter().map(|receipt| {
            let mut line =
                json!({ "at": rfc3339(receipt.at.unsigned_abs()), "code": receipt.code });
            if proof {
                line["proof"] = hex::encode(&receipt.proof).into();
            }
            line
        });
        lines.collect()
    };
    let Some(file) = export else {
        return say(json, &line(false), || {
            receipts
                .iter()
                .map(|r| format!("{}  {}", rfc3339(r.at.unsigned_abs()), r.code))
                .collect::<Vec<_>>()
                .join("\n")
        });
    };
    about["receipts"] = line(true).into();
    std::fs::write(file, about.to_string())?;
    say(
        json,
        &json!({ "receipts": receipts.len(), "file": file.display().to_string() }),
        || format!("{} receipts in {}", receipts.len(), file.display()),
    )
}
