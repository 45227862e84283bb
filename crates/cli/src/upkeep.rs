//! `lawang admin`: evidence, copies, erasure.

use crate::{
    admin::{one_role, one_village},
    attachments,
    edge::{account, now_ms, print_json, rfc3339},
    error::{CliError, read_file},
    moves,
    place::{Place, open_known, open_with_photos},
    restriction,
    serve::{database_url, options},
};
use lawang_domain::{HouseholdId, InstanceId, VillageCode};
use lawang_server::{EraseTarget, Options, ReceiptVerdict, Server, Store, backup};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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
    /// Write an encrypted backup with all photos while the server runs. Only the server's key opens it.
    #[command(
        after_help = "Example: lawang admin backup /backup/2026-11-25.lawang --data /srv/lawang --json"
    )]
    Backup {
        /// File to write; one that is there is not overwritten.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Restore a backup into a new folder. Devices that come back send again what the backup does not have.
    #[command(
        after_help = "Example: lawang admin restore /backup/2026-11-25.lawang --to /srv/lawang --key-file /safe/server.key --json"
    )]
    Restore {
        /// The backup.
        file: PathBuf,
        /// A folder that is empty or not there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// The safe copy of server.key; by default the file that LAWANG_SERVER_KEY_FILE names.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Then move the photos from the restored folder into this bucket; the AWS_* variables say the rest.
        #[arg(long, value_name = "s3://BUCKET/PREFIX")]
        attachments: Option<String>,
    },
    /// Erase on request: a person, or all about a household. Here, in the backups that can be reached, and on every device
    /// at its next exchange.
    #[command(
        after_help = "Example: lawang admin erase --person 5f0c0000-0000-4000-8000-000000000002 --reason 'request 17/2026' --data /srv/lawang --json"
    )]
    Erase {
        /// A person: the member's id, from `lawang device show` or an export.
        #[arg(long, value_name = "ID", required_unless_present = "household")]
        person: Option<InstanceId>,
        /// A household or a submission, from `lawang admin households`.
        #[arg(long, value_name = "ID", conflicts_with = "person")]
        household: Option<HouseholdId>,
        /// Why, for the record of erasures; no name and no number of a person.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        place: Place,
    },
    /// What was erased on request: ids, reasons, times.
    #[command(after_help = "Example: lawang admin erasures --data /srv/lawang --json")]
    Erasures {
        #[command(flatten)]
        place: Place,
    },
    /// Restrict the processing of a household's or a person's data on request: they stay, nobody works on them, and they are
    /// in no list and no export. Every device says so after its next exchange.
    #[command(
        after_help = "Example: lawang admin restrict --household 5f0c0000-0000-4000-8000-000000000001 --reason 'request 4/2026' --data /srv/lawang --json"
    )]
    Restrict {
        #[command(flatten)]
        about: restriction::About,
        #[command(flatten)]
        place: Place,
    },
    /// Lift a restriction: everything goes on as before.
    #[command(
        after_help = "Example: lawang admin lift-restriction --household 5f0c0000-0000-4000-8000-000000000001 --reason 'request 4/2026 withdrawn' --data /srv/lawang --json"
    )]
    LiftRestriction {
        #[command(flatten)]
        about: restriction::About,
        #[command(flatten)]
        place: Place,
    },
    /// Every restriction and every lifting: ids, reasons, times.
    #[command(after_help = "Example: lawang admin restrictions --data /srv/lawang --json")]
    Restrictions {
        #[command(flatten)]
        place: Place,
    },
    /// Move records to another village, because theirs was split or merged, with all that was said of them. Every device and
    /// hub follows at its next exchange; what somebody made before it heard of it is still taken.
    #[command(
        after_help = "Examples:\n  lawang admin move-households --from 18.09.01.2001 --to 18.09.01.2019 --where sls='Dusun II' --reason 'Perda 3/2026' --data /srv/lawang --json\n  lawang admin move-households --from 18.09.01.2001 --to 18.09.01.2002 --all --reason 'Perda 4/2026' --data /srv/lawang"
    )]
    MoveHouseholds {
        #[command(flatten)]
        which: moves::Movers,
        /// Why; no name and no number of a person.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        place: Place,
    },
    /// Every move of records to another village: ids, villages, reasons, times.
    #[command(after_help = "Example: lawang admin moves --data /srv/lawang --json")]
    Moves {
        #[command(flatten)]
        place: Place,
    },
    /// Carry erasures out in a backup that could not be reached then.
    #[command(
        after_help = "Example: lawang admin scrub-backup /media/usb/2026-11-25.lawang --data /srv/lawang --json"
    )]
    ScrubBackup {
        /// A backup of this server; it is rewritten.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Let records with a long history begin anew from what they say now. Nothing that they say is lost.
    #[command(after_help = "Example: lawang admin compact --changes 50 --data /srv/lawang --json")]
    Compact {
        /// Only records with at least so many changes.
        #[arg(long, default_value_t = 50)]
        changes: u64,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Say that this folder is an older copy, made by other means than `restore`: devices send again what it lacks.
    #[command(after_help = "Example: lawang admin begin-life --data /srv/lawang --json")]
    BeginLife {
        #[command(flatten)]
        place: Place,
    },
    /// Take a device back that was enrolled after the backup was made.
    #[command(
        after_help = "Example: lawang admin readmit receipts.json --name 'Siti Aminah' --role enumerator --villages 18.09.01.2001 --data /srv/lawang"
    )]
    Readmit {
        /// From `lawang device receipts --export` on that device.
        file: PathBuf,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// The person's role.
        #[arg(long)]
        role: String,
        /// Kemendagri codes, with dots, joined by commas.
        #[arg(long, value_delimiter = ',', required = true, value_name = "CODE,...")]
        villages: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
}

/// Reasons are shown and kept: none of them holds a NIK.
pub(crate) fn no_number(reason: &str) -> Result<(), CliError> {
    let digits = reason.split(|c: char| !c.is_ascii_digit());
    if digits.into_iter().any(|run| run.len() >= 16) {
        return Err(CliError::new(
            "reason_has_number",
            "the reason holds a number as long as a NIK",
        )
        .hint("name the request, not the person"));
    }
    Ok(())
}

/// Carries a command out.
pub fn run(command: Command, json: bool) -> Result<(), CliError> {
    match command {
        Command::VerifyLog { place } => verify(&place, json),
        Command::CheckReceipt { file, place } => check(&file, &place, json),
        Command::Backup { file, place } => {
            let report = open_known(&place)?.backup(&file, now_ms())?;
            if json {
                return print_json(&report);
            }
            println!(
                "{} bytes with {} photos, up to entry {} of the log",
                report.bytes, report.photos, report.position
            );
            Ok(())
        }
        Command::Restore {
            file,
            to,
            key_file,
            attachments,
        } => restore(&file, &to, key_file, attachments.as_ref(), json),
        Command::Erase {
            person,
            household,
            reason,
            place,
        } => {
            let target = match (person, household) {
                (Some(person), _) => EraseTarget::Person(person),
                (None, Some(household)) => EraseTarget::Record(household),
                (None, None) => {
                    return Err(CliError::new("not_known", "name what is to be erased"));
                }
            };
            erase(target, &reason, &place, json)
        }
        Command::Erasures { place } => {
            let all = open_known(&place)?.erasures()?;
            if json {
                return print_json(&all);
            }
            for line in all {
                let person = line
                    .person
                    .map_or(String::new(), |id| format!("  person {id}"));
                println!("{}  {}{person}  {}", line.at, line.household, line.reason);
            }
            Ok(())
        }
        Command::Restrict { about, place } => restriction::run(&about, true, &place, json),
        Command::LiftRestriction { about, place } => restriction::run(&about, false, &place, json),
        Command::Restrictions { place } => restriction::list(&place, json),
        Command::MoveHouseholds {
            which,
            reason,
            place,
        } => moves::run(&which, &reason, &place, json),
        Command::Moves { place } => moves::list(&place, json),
        Command::ScrubBackup { file, place } => {
            let report = open_known(&place)?.scrub_backup(&file, now_ms())?;
            if json {
                return print_json(&report);
            }
            println!(
                "{} erasures carried out in {}",
                report.erased,
                file.display()
            );
            Ok(())
        }
        Command::Compact {
            changes,
            village,
            place,
        } => {
            let village = village.as_deref().map(one_village).transpose()?;
            let report = open_with_photos(&place)?.compact(village, changes, now_ms())?;
            if json {
                return print_json(&report);
            }
            println!(
                "{} records begin anew, {} lines of history are hashes now; {} are left until people have settled something",
                report.records, report.lines, report.left
            );
            Ok(())
        }
        Command::BeginLife { place } => {
            open_known(&place)?.begin_life(now_ms())?;
            if json {
                return print_json(&json!({ "begun": true }));
            }
            println!("devices will send again what this folder lacks");
            Ok(())
        }
        Command::Readmit {
            file,
            name,
            role,
            villages,
            place,
        } => {
            let role = one_role(&role)?;
            let villages = villages
                .iter()
                .map(|v| one_village(v))
                .collect::<Result<Vec<VillageCode>, _>>()?;
            let bytes = read_file(&file)?;
            let (device, key) = who(&bytes)?;
            let who = (name.as_str(), role, villages.as_slice());
            let done = open_known(&place)?.readmit(device, key, &proofs(&bytes)?, who, now_ms())?;
            if json {
                return print_json(&done);
            }
            println!("device {} is known again", done.device);
            Ok(())
        }
    }
}

/// Moves a district to PostgreSQL and recomputes its chained log there.
pub fn migrate_store(data: &Path, url: Option<&String>, json: bool) -> Result<(), CliError> {
    let Some(url) = database_url(url) else {
        return Err(CliError::new("no_server_named", "where to is not said")
            .hint("give --database-url URL, or LAWANG_DATABASE_URL"));
    };
    if !data.join("server.db").exists() {
        return Err(CliError::new(
            "no_server_here",
            format!("{} holds no server's data", data.display()),
        ));
    }
    let key_file = options().key_file;
    let no_new_key = || {
        Err(lawang_server::ServerError::refused(
            "missing_server_key",
            "the key file is not there",
        ))
    };
    let old = Store::open(data, key_file.as_deref(), &no_new_key)?;
    let report = old.move_to(&url, &mut |table| {
        if !json {
            println!(
                "{:>10}  {}  {}",
                table.lines,
                &table.digest[..16],
                table.table
            );
        }
    })?;
    drop(old);
    let server = Server::open_database(&url, Some(data), &options())?;
    let log = server.verify_log()?.map_err(|misfit| {
        CliError::new(
            "log_does_not_fit",
            "the store moved whole, and its log did not fit before it moved",
        )
        .hint("`lawang admin verify-log` names the first entry")
        .details(json!(misfit))
    })?;
    if json {
        return print_json(&json!({
            "to": report.to,
            "tables": report.tables,
            "villages": report.villages,
            "head": log.head,
        }));
    }
    println!(
        "moved to {}; every table is the same, the log fits up to {}",
        report.to, log.head
    );
    eprintln!(
        "start the server with --data {} --database-url URL; server.db and server.key can go once you have a backup",
        data.display()
    );
    Ok(())
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

fn erase(target: EraseTarget, reason: &str, place: &Place, json: bool) -> Result<(), CliError> {
    no_number(reason)?;
    let report = open_with_photos(place)?.erase(target, reason, &account(), now_ms())?;
    if json {
        return print_json(&report);
    }
    if report.again {
        println!("erased before; what was left to do is done");
    }
    println!(
        "erased: {} lines, {} photos; {} backups rewritten",
        report.lines,
        report.photos,
        report.backups.len()
    );
    eprintln!("devices follow at their next exchange");
    for file in report.backups_left {
        eprintln!("cannot be reached and still holds it: {file} (lawang admin scrub-backup)");
    }
    Ok(())
}

/// The device that exported the file, and its key.
fn who(bytes: &[u8]) -> Result<(lawang_domain::DeviceId, [u8; 32]), CliError> {
    let wrong = || {
        CliError::new(
            "not_a_receipt",
            "the file does not say which device it is of",
        )
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let device = text("device").parse().map_err(|_| wrong())?;
    let key = hex::decode(text("public_key"))
        .ok()
        .and_then(|key| key.try_into().ok())
        .ok_or_else(wrong)?;
    Ok((device, key))
}

fn restore(
    file: &std::path::Path,
    to: &std::path::Path,
    key_file: Option<PathBuf>,
    bucket: Option<&String>,
    json: bool,
) -> Result<(), CliError> {
    let bucket = bucket.map(|url| url.parse()).transpose()?;
    let elsewhere = crate::serve::options().key_file;
    // A key that is kept elsewhere stays there; one that was named is laid into the folder.
    let keep = key_file.is_some() || elsewhere.is_none();
    let key = key_file.or(elsewhere).ok_or_else(|| {
        CliError::new("missing_server_key", "the server's key is needed")
            .hint("name the safe copy of server.key with --key-file")
    })?;
    let report = backup::restore(file, to, &key, keep, now_ms())?;
    if let Some(bucket) = &bucket {
        let options = Options {
            key_file: (!keep).then_some(key),
            ..options()
        };
        let server = Server::open(to, &options)?;
        attachments::carry(&server, Some(bucket), true)?;
    }
    if json {
        return print_json(&report);
    }
    println!(
        "restored {} rows, {} changes and {} photos as they were at {}",
        report.rows, report.changes, report.photos, report.created
    );
    eprintln!("devices will send again what came later, at their next exchange");
    Ok(())
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

/// Lists devices.
pub fn devices(place: &Place, silent: Option<u64>, json: bool) -> Result<(), CliError> {
    let mut devices = open_known(place)?.devices()?;
    if let Some(days) = silent {
        let before = rfc3339(now_ms().saturating_sub(days.saturating_mul(24 * 3_600_000)));
        // Times are all UTC in the same form, so they compare as text.
        devices.retain(|line| {
            let last = line.last_sync.as_ref().unwrap_or(&line.enrolled);
            line.revoked.is_none() && *last <= before
        });
        devices.sort_by(|a, b| a.last_sync.cmp(&b.last_sync));
    }
    if json {
        return print_json(&devices);
    }
    for line in devices {
        let state = line.revoked.map_or("active", |_| "revoked");
        let sync = line.last_sync.unwrap_or_else(|| "never".to_owned());
        println!(
            "{}  {state}  {}  {}  last exchange {sync}",
            line.device, line.role, line.name
        );
    }
    Ok(())
}
