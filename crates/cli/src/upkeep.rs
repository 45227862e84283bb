//! `lawang admin`: evidence, copies, erasure.

use crate::{
    admin::{Place, open_known},
    edge::print_json,
    error::{CliError, read_file},
};
use lawang_server::ReceiptVerdict;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Recompute the chained log and name the first thing that does not fit. Exit status 1 if anything does not.
    #[command(after_help = "Example: lawang admin verify-log --data /srv/lawang --json")]
    VerifyLog {
        #[command(flatten)]
        place: Place,
    },
    /// Check receipts that a device exported against what the server holds now. Exit status 1 if one does not fit.
    #[command(
        after_help = "Example: lawang admin check-receipt receipts.json --data /srv/lawang --json"
    )]
    CheckReceipt {
        /// From `lawang device receipts --export`.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

/// Carries a command out.
pub fn run(command: Command, json: bool) -> Result<(), CliError> {
    match command {
        Command::VerifyLog { place } => verify(&place, json),
        Command::CheckReceipt { file, place } => check(&file, &place, json),
    }
}

fn verify(place: &Place, json: bool) -> Result<(), CliError> {
    match open_known(place)?.verify_log()? {
        Ok(report) => {
            if json {
                let mut value = serde_json::to_value(&report).unwrap_or_default();
                value["fits"] = true.into();
                return print_json(&value);
            }
            println!(
                "The log fits: {} entries over {} rows, {} changes, {} refused things and {} batches; {} signed heads.",
                report.entries,
                report.rows,
                report.changes,
                report.refused,
                report.batches,
                report.checkpoints
            );
            Ok(())
        }
        Err(misfit) => {
            if json {
                let mut value = serde_json::to_value(&misfit).unwrap_or_default();
                value["fits"] = false.into();
                print_json(&value)?;
            }
            let at = match (misfit.log, misfit.number) {
                (Some(log), Some(number)) => {
                    format!("entry {}, line {number} of {log}", misfit.position)
                }
                _ => format!("entry {}", misfit.position),
            };
            Err(
                CliError::new("log_does_not_fit", format!("{at}: {}", misfit.message))
                    .hint("keep this folder as it is, and compare it with a backup"),
            )
        }
    }
}

/// The proofs of an export.
fn proofs(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CliError> {
    let wrong = || {
        CliError::new("not_a_receipt", "the file holds no receipts")
            .hint("export them with `lawang device receipts --export FILE`")
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
    let list = value["receipts"].as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|line| {
            let text = line["proof"].as_str().ok_or_else(wrong)?;
            hex::decode(text).map_err(|_| wrong())
        })
        .collect()
}

fn check(file: &std::path::Path, place: &Place, json: bool) -> Result<(), CliError> {
    let proofs = proofs(&read_file(file)?)?;
    let server = open_known(place)?;
    let verdicts = proofs
        .iter()
        .map(|proof| server.check_receipt(proof))
        .collect::<Result<Vec<ReceiptVerdict>, _>>()?;
    let bad = verdicts.iter().find(|v| !v.fits).cloned();
    if json {
        print_json(&json!({ "fits": bad.is_none(), "receipts": verdicts }))?;
    } else {
        for verdict in &verdicts {
            println!(
                "{}  {}  {}: {}",
                verdict.at, verdict.code, verdict.what, verdict.message
            );
        }
    }
    match bad {
        None => Ok(()),
        Some(bad) => Err(CliError::new(
            "receipt_does_not_fit",
            format!("receipt {} of {}: {}", bad.code, bad.at, bad.message),
        )),
    }
}
