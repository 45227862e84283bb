//! `lawang admin`.

use crate::{
    admin_findings, admin_forms, admin_rules, attachments,
    edge::{account, bar, now_ms, print_json, rfc3339},
    error::{CliError, read_file},
    hub, matching,
    place::{Place, open, open_known, open_with_photos},
    upkeep,
};
use lawang_domain::{DeviceId, Role, VillageCode};
use lawang_server::{Server, admin::ExportFormat};
use serde_json::json;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// Administer a server's data folder, also while the server runs.
#[derive(clap::Args)]
#[command(
    after_help = "Example: lawang admin import-prelist prelist.csv --data /srv/lawang --json"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    #[command(flatten)]
    Upkeep(upkeep::Command),
    #[command(flatten)]
    Attachments(attachments::Command),
    #[command(flatten)]
    Findings(admin_findings::Command),
    #[command(flatten)]
    Rules(admin_rules::Command),
    /// Take a prelist. Never overwrites what was seen in the field; running it again changes nothing.
    #[command(
        after_help = "Example: lawang admin import-prelist prelist.csv --data /srv/lawang --json"
    )]
    ImportPrelist {
        /// CSV, one row a person.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Make a code with which one person enrols one device.
    #[command(
        after_help = "Example: lawang admin enrol --name 'Siti Aminah' --role enumerator --villages 18.09.01.2001,18.09.01.2002 --data /srv/lawang"
    )]
    Enrol {
        /// The person's name.
        #[arg(long)]
        name: String,
        /// The person's role, such as enumerator or village_verifier.
        #[arg(long)]
        role: String,
        /// Kemendagri codes, with dots, joined by commas.
        #[arg(long, value_delimiter = ',', required = true, value_name = "CODE,...")]
        villages: Vec<String>,
        /// Hours that the code is valid.
        #[arg(long, default_value_t = 24)]
        hours: u64,
        #[command(flatten)]
        place: Place,
    },
    /// Make a code with which a hub at a kecamatan office enrols itself.
    #[command(
        after_help = "Example: lawang admin enrol-hub --name 'Kecamatan Gading Rejo' --villages 18.09.01.2001,18.09.01.2002 --data /srv/lawang"
    )]
    EnrolHub {
        /// The hub's name, as devices show it.
        #[arg(long)]
        name: String,
        /// Villages whose work it may read. Kemendagri codes, with dots, joined by commas.
        #[arg(long, value_delimiter = ',', required = true, value_name = "CODE,...")]
        villages: Vec<String>,
        /// Hours that the code is valid.
        #[arg(long, default_value_t = 24)]
        hours: u64,
        #[command(flatten)]
        place: Place,
    },
    /// Show the code of a hub for devices that do not find it by themselves; also as a picture to print.
    #[command(after_help = "Example: lawang admin hub-qr --svg /tmp/hub.svg --data /srv/hub")]
    HubQr {
        /// Write the code as a picture (SVG).
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// Take in a file that `lawang device export-batch` wrote; a hub keeps it for its district. Twice is once.
    #[command(
        after_help = "Example: lawang admin import-batch /media/card/tablet-3.lawang --data /srv/lawang --json"
    )]
    ImportBatch {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Write the district's answers for a device into a file for `lawang device import-batch`.
    #[command(
        after_help = "Example: lawang admin export-answers --device 5f0c0000-0000-4000-8000-000000000001 /media/card/answers.lawang --data /srv/lawang"
    )]
    ExportAnswers {
        /// The device's id, from `lawang admin devices`.
        #[arg(long, value_name = "ID")]
        device: DeviceId,
        /// File to write.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// List devices: whose they are, and when they last sent and received.
    #[command(after_help = "Example: lawang admin devices --silent 7 --data /srv/lawang --json")]
    Devices {
        /// Only those whose last exchange is at least so many days ago, or that never had one; the longest silent first.
        #[arg(long, value_name = "DAYS")]
        silent: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// Revoke a device: nothing more is taken from it or given to it.
    #[command(
        after_help = "Example: lawang admin revoke 5f0c0000-0000-4000-8000-000000000001 --data /srv/lawang"
    )]
    Revoke {
        /// Its id, from `lawang admin devices`.
        device: DeviceId,
        #[command(flatten)]
        place: Place,
    },
    /// Give a device's person another role or other villages. What it made before and may no longer write is refused
    /// and shown there as proposals.
    #[command(
        after_help = "Example: lawang admin change-device 5f0c0000-0000-4000-8000-000000000001 --role village_verifier --data /srv/lawang"
    )]
    ChangeDevice {
        /// Its id, from `lawang admin devices`.
        device: DeviceId,
        /// The person's role.
        #[arg(long)]
        role: Option<String>,
        /// Kemendagri codes, with dots, joined by commas.
        #[arg(long, value_delimiter = ',', value_name = "CODE,...")]
        villages: Option<Vec<String>>,
        #[command(flatten)]
        place: Place,
    },
    /// What the server holds, with digests.
    #[command(
        after_help = "Example: lawang admin households --village 18.09.01.2001 --data /srv/lawang --json"
    )]
    Households {
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// Print full NIK and No. KK; logged.
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Who may stand in the register twice, across the district: all persons linked at once, numbers masked.
    #[command(
        after_help = "Example: lawang admin duplicates --village 18.09.01.2001 --data /srv/lawang --json"
    )]
    Duplicates {
        /// Only pairs with a person of this village; the other may be anywhere.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// Also tell the desks of both villages of each pair between two of them, as a finding without anything of the other
        /// family. What was told before and is not found any more is withdrawn.
        #[arg(long, conflicts_with = "village")]
        publish: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Refused changes, with reasons.
    #[command(after_help = "Example: lawang admin quarantine --data /srv/lawang --json")]
    Quarantine {
        #[command(flatten)]
        place: Place,
    },
    /// Publish a questionnaire: devices fetch it at their next exchange, and new visits use it.
    #[command(
        after_help = "Example: lawang admin publish-form village_needs.xlsx --files village_needs-media --data /srv/lawang --json"
    )]
    PublishForm {
        /// XLSForm (.xlsx, .xls, CSV) or XForm (.xml).
        file: PathBuf,
        /// Folder with the data and media files that it refers to; by default they are looked for beside it and in
        /// NAME-media.
        #[arg(long, value_name = "DIR")]
        files: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// List published questionnaires.
    #[command(after_help = "Example: lawang admin forms --data /srv/lawang --json")]
    Forms {
        #[command(flatten)]
        place: Place,
    },
    /// List submissions of other questionnaires than the household visit.
    #[command(
        after_help = "Example: lawang admin surveys --form village_needs --village 18.09.01.2001 --data /srv/lawang --json"
    )]
    Surveys {
        /// Only of this questionnaire.
        #[arg(long, value_name = "ID")]
        form: Option<String>,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Lists of entities: what finished visits made and changed, to be chosen in other questionnaires.
    #[command(
        after_help = "Example: lawang admin entities --list trees --out trees.csv --data /srv/lawang --json"
    )]
    Entities {
        /// Only this list.
        #[arg(long, value_name = "NAME")]
        list: Option<String>,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// Write the list to this CSV file.
        #[arg(long, value_name = "FILE", requires = "list")]
        out: Option<PathBuf>,
        /// Print full NIK and No. KK; logged.
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Write the register to a file, one line a member; with --form the submissions of a questionnaire.
    #[command(
        after_help = "Example: lawang admin export --format xlsx --village 18.09.01.2001 --out village.xlsx --data /srv/lawang"
    )]
    Export {
        /// csv or xlsx.
        #[arg(long, value_parser = ["csv", "xlsx"])]
        format: String,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// The submissions of this questionnaire instead of households: CSV, and one more file for each repeat.
        #[arg(long, value_name = "ID")]
        form: Option<String>,
        /// File to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Write full NIK and No. KK; logged.
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Move a district from the embedded store to an empty PostgreSQL database, also while its server runs: devices are
    /// told to come again meanwhile. Every table is compared line by line before the old store is closed for good.
    /// Attachments stay where they are.
    #[command(
        after_help = "Example: lawang admin migrate-store --data /srv/lawang --database-url postgresql://lawang@%2Frun%2Fpostgresql/lawang --json"
    )]
    MigrateStore {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The database (or LAWANG_DATABASE_URL).
        #[arg(long, value_name = "URL")]
        database_url: Option<String>,
    },
    /// Build the household table anew from the logs.
    #[command(after_help = "Example: lawang admin rebuild --data /srv/lawang --json")]
    Rebuild {
        #[command(flatten)]
        place: Place,
    },
}

fn village(text: Option<&str>) -> Result<Option<VillageCode>, CliError> {
    text.map(one_village).transpose()
}

pub(crate) fn one_village(text: &str) -> Result<VillageCode, CliError> {
    text.parse().map_err(|e: lawang_domain::VillageCodeError| {
        CliError::new("unknown_village", e.to_string())
    })
}

pub(crate) fn one_role(text: &str) -> Result<Role, CliError> {
    text.parse()
        .map_err(|e: lawang_domain::UnknownRole| CliError::new("unknown_role", e.to_string()))
}

fn reveal_first(server: &Server, reveal: bool, what: &str) -> Result<(), CliError> {
    if reveal {
        server.log_reveal(what, &account(), now_ms())?;
    }
    Ok(())
}

pub fn run(args: Args, json: bool) -> Result<(), CliError> {
    match args.command {
        Command::Upkeep(command) => upkeep::run(command, json),
        Command::Attachments(command) => attachments::run(command, json),
        Command::Findings(command) => admin_findings::run(command, json),
        Command::Rules(command) => admin_rules::run(command, json),
        Command::ImportPrelist { file, place } => import(&file, &place, json),
        Command::Enrol {
            name,
            role,
            villages,
            hours,
            place,
        } => {
            let role = one_role(&role)?;
            let villages = villages
                .iter()
                .map(|v| one_village(v))
                .collect::<Result<Vec<_>, _>>()?;
            let code = open(&place)?.make_code(&name, role, &villages, hours, now_ms())?;
            let expires = rfc3339(code.expires_ms);
            if json {
                return print_json(&json!({ "code": code.code, "expires": expires }));
            }
            println!("{}", code.code);
            eprintln!("valid once, until {expires}");
            Ok(())
        }
        Command::EnrolHub {
            name,
            villages,
            hours,
            place,
        } => {
            let villages = villages
                .iter()
                .map(|v| one_village(v))
                .collect::<Result<Vec<_>, _>>()?;
            let code = open(&place)?.make_hub_code(&name, &villages, hours, now_ms())?;
            let expires = rfc3339(code.expires_ms);
            if json {
                return print_json(&json!({ "code": code.code, "expires": expires }));
            }
            println!("{}", code.code);
            eprintln!("valid once, until {expires}");
            Ok(())
        }
        Command::HubQr { svg, place } => hub::qr(&open_known(&place)?, svg.as_deref(), json),
        Command::ImportBatch { file, place } => {
            hub::import(&open_with_photos(&place)?, &file, json)
        }
        Command::ExportAnswers {
            device,
            file,
            place,
        } => hub::answers(&open_known(&place)?, device, &file, json),
        Command::Devices { silent, place } => upkeep::devices(&place, silent, json),
        Command::ChangeDevice {
            device,
            role,
            villages,
            place,
        } => {
            let role = role.as_deref().map(one_role).transpose()?;
            let villages: Option<Vec<VillageCode>> = villages
                .map(|all| all.iter().map(|v| one_village(v)).collect())
                .transpose()?;
            open_known(&place)?.change_device(device, role, villages.as_deref())?;
            if json {
                return print_json(&json!({ "changed": device }));
            }
            println!("changed {device}");
            Ok(())
        }
        Command::Revoke { device, place } => {
            open_known(&place)?.revoke(device, now_ms())?;
            if json {
                return print_json(&json!({ "revoked": device }));
            }
            println!("revoked {device}");
            Ok(())
        }
        Command::Households {
            village: code,
            reveal,
            place,
        } => {
            let code = village(code.as_deref())?;
            let server = open_known(&place)?;
            reveal_first(&server, reveal, "households")?;
            households(&server, code, reveal, json)
        }
        Command::Duplicates {
            village,
            publish,
            place,
        } => matching::district(&place, village.as_deref(), publish, json),
        Command::Quarantine { place } => {
            let lines = open_known(&place)?.quarantine()?;
            if json {
                return print_json(&lines);
            }
            for line in lines {
                println!(
                    "{}  {}  {}  {}",
                    line.received, line.device, line.household, line.message
                );
            }
            Ok(())
        }
        Command::Export {
            format,
            village: code,
            form,
            out,
            reveal,
            place,
        } => {
            let code = village(code.as_deref())?;
            let server = open_known(&place)?;
            reveal_first(&server, reveal, "export")?;
            if let Some(form) = form {
                if format != "csv" {
                    return Err(CliError::new(
                        "not_yet",
                        "submissions of a questionnaire are written as CSV",
                    )
                    .hint("use --format csv"));
                }
                return admin_forms::export(&server, &form, code, reveal, &out, json);
            }
            let format = if format == "csv" {
                ExportFormat::Csv
            } else {
                ExportFormat::Xlsx
            };
            export(&server, format, code, reveal, &out, json)
        }
        Command::PublishForm { file, files, place } => {
            admin_forms::publish(&open(&place)?, &file, files.as_deref(), json)
        }
        Command::Forms { place } => admin_forms::list(&open(&place)?, json),
        Command::Surveys {
            form,
            village: code,
            place,
        } => {
            let code = village(code.as_deref())?;
            admin_forms::surveys(&open_known(&place)?, form.as_deref(), code, json)
        }
        Command::Entities {
            list,
            village: code,
            out,
            reveal,
            place,
        } => {
            let code = village(code.as_deref())?;
            let server = open_known(&place)?;
            reveal_first(&server, reveal, "entities")?;
            match (list, out) {
                (Some(list), Some(out)) => {
                    admin_forms::export_entities(&server, &list, code, reveal, &out, json)
                }
                (list, _) => admin_forms::entities(&server, list.as_deref(), code, reveal, json),
            }
        }
        Command::MigrateStore { data, database_url } => {
            upkeep::migrate_store(&data, database_url.as_ref(), json)
        }
        Command::Rebuild { place } => {
            let rebuilt = open_known(&place)?.rebuild()?;
            if json {
                return print_json(&json!({ "rebuilt": rebuilt }));
            }
            println!("rebuilt {rebuilt} households");
            Ok(())
        }
    }
}

fn import(file: &Path, place: &Place, json: bool) -> Result<(), CliError> {
    let bytes = read_file(file)?;
    let server = open(place)?;
    let bar = bar("households");
    let report = server.import_prelist(&bytes, now_ms(), &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if json {
        return print_json(&report);
    }
    for refused in &report.refused {
        eprintln!(
            "row {} {}: {}",
            refused.row, refused.column, refused.message
        );
    }
    for warning in &report.warnings {
        eprintln!(
            "warning: row {} {}: {}",
            warning.row, warning.column, warning.message
        );
    }
    println!(
        "{} new, {} changed, {} unchanged households; {} reasons against rows",
        report.imported,
        report.updated,
        report.unchanged,
        report.refused.len()
    );
    Ok(())
}

fn households(
    server: &Server,
    code: Option<VillageCode>,
    reveal: bool,
    json: bool,
) -> Result<(), CliError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut first = true;
    if json {
        out.write_all(b"[")?;
    }
    server.households(code, reveal, &mut |line| {
        if json {
            if !std::mem::take(&mut first) {
                out.write_all(b",\n")?;
            }
            serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
        } else {
            let short = line.digest.get(..12).unwrap_or_default();
            writeln!(
                out,
                "{}  {}  {short}  {}  {}",
                line.household, line.village, line.state, line.head
            )?;
        }
        Ok(())
    })?;
    if json {
        out.write_all(b"]\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Written aside and renamed, so that a file of that name is always whole.
fn export(
    server: &Server,
    format: ExportFormat,
    code: Option<VillageCode>,
    reveal: bool,
    out: &Path,
    json: bool,
) -> Result<(), CliError> {
    let mut aside = out.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let file = File::create(&aside)?;
    let report = match server.export(format, code, reveal, &file) {
        Ok(report) => report,
        Err(error) => {
            // The error says more than a failure to tidy up would.
            let _ = std::fs::remove_file(&aside);
            return Err(error.into());
        }
    };
    file.sync_all()?;
    std::fs::rename(&aside, out)?;
    if json {
        return print_json(&report);
    }
    println!(
        "{} households, {} lines in {}",
        report.households,
        report.rows,
        out.display()
    );
    Ok(())
}
