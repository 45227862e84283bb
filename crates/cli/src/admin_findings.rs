//! `lawang admin import-dukcapil`, `import-subsidies`, `findings`: what registers outside say.

use crate::{
    admin::one_village,
    edge::{bar, now_ms, print_json},
    error::CliError,
    place::{Place, open_known},
};
use chrono::NaiveDate;
use lawang_domain::AidProgramme;
use lawang_server::{FindingsReport, Server};
use std::{
    fs::File,
    io::{BufReader, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Match the register with an extract or an answer file of the civil registry. Persons who are not matched lose
    /// nothing. Running it again changes nothing.
    #[command(
        after_help = "Example: lawang admin import-dukcapil dukcapil.csv --date 2026-11-01 --data /srv/lawang --json"
    )]
    ImportDukcapil {
        /// CSV, one row a person; or a folder with dukcapil.csv.
        path: PathBuf,
        /// Date of the file; by default the one it was imported with before, or today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Match the register with the list of a programme: who of a family receives what. Running it again changes nothing.
    #[command(
        after_help = "Example: lawang admin import-subsidies pkh.csv --programme pkh --date 2026-11-01 --unmatched nobody.csv --data /srv/lawang --json"
    )]
    ImportSubsidies {
        /// CSV, one row an entry; or a folder with a file NAME.csv for each programme.
        path: PathBuf,
        /// pkh, sembako, blt_dd, pbi_jk (BPJS), pip (KIP), electricity (PLN), lpg.
        #[arg(long, value_name = "NAME")]
        programme: Option<String>,
        /// Date of the file; by default the one it was imported with before, or today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: Option<String>,
        /// Write the entries that are nobody of the register to this CSV file, numbers masked; with a folder of lists a
        /// folder.
        #[arg(long, value_name = "FILE")]
        unmatched: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// List what registers outside say of the persons of a village; numbers masked.
    #[command(
        after_help = "Example: lawang admin findings --village 18.09.01.2001 --data /srv/lawang --json"
    )]
    Findings {
        /// Kemendagri code, with dots.
        #[arg(long, value_name = "CODE")]
        village: String,
        #[command(flatten)]
        place: Place,
    },
}

fn date(text: Option<&str>) -> Result<Option<NaiveDate>, CliError> {
    text.map(|text| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
            CliError::new("impossible_date", "the date is none")
                .hint("write YYYY-MM-DD, for example 2026-11-01")
        })
    })
    .transpose()
}

fn file(path: &Path) -> Result<BufReader<File>, CliError> {
    let file = File::open(path).map_err(|error| {
        CliError::new(
            "cannot_read",
            format!("{} cannot be read: {error}", path.display()),
        )
    })?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Progress on standard error: a bar for people, a line a step for logs, nothing beside a JSON document.
fn with_progress<T>(
    json: bool,
    work: impl FnOnce(&mut dyn FnMut(&'static str, u64, u64)) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let bar = bar("");
    let lines = !json && !std::io::stderr().is_terminal();
    let mut step = "";
    let done = work(&mut |doing, at, of| {
        if step != doing {
            step = doing;
            bar.set_message(doing);
            if lines {
                eprintln!("{doing}");
            }
        }
        bar.set_length(of.max(1));
        bar.set_position(at);
    });
    bar.finish_and_clear();
    done
}

fn programme(name: &str) -> Result<&'static AidProgramme, CliError> {
    AidProgramme::named(name).ok_or_else(|| {
        CliError::new("unknown_programme", "no programme has this name")
            .hint(format!("say one of {}", AidProgramme::names()))
    })
}

/// The lists of a folder, or the one that is named.
fn lists(
    path: &Path,
    named: Option<&str>,
) -> Result<Vec<(PathBuf, &'static AidProgramme)>, CliError> {
    if !path.is_dir() {
        let name = named.ok_or_else(|| {
            CliError::new(
                "programme_missing",
                "which programme's list it is, is not said",
            )
            .hint(format!("say --programme NAME: {}", AidProgramme::names()))
        })?;
        return Ok(vec![(path.to_owned(), programme(name)?)]);
    }
    let wanted = named.map(programme).transpose()?;
    let inside = path.join("subsidies");
    let folder = if inside.is_dir() {
        inside
    } else {
        path.to_owned()
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let is_csv = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        if !is_csv {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let of = programme(&stem).map_err(|error| CliError {
            message: format!("{} is named after no programme", path.display()),
            ..error
        })?;
        if wanted.is_none_or(|wanted| wanted.code == of.code) {
            found.push((path, of));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if found.is_empty() {
        return Err(CliError::new(
            "no_lists",
            format!("{} holds no list of a programme", folder.display()),
        )
        .hint("name a CSV file, or a folder with files such as pkh.csv"));
    }
    Ok(found)
}

fn import(
    server: &Server,
    list: &Path,
    of: &AidProgramme,
    date: Option<NaiveDate>,
    unmatched: Option<&Path>,
    json: bool,
) -> Result<FindingsReport, CliError> {
    let input = file(list)?;
    let Some(out) = unmatched else {
        return with_progress(json, |progress| {
            Ok(server.import_programme(input, of, date, now_ms(), None, progress)?)
        });
    };
    // Written aside and renamed, so that a file of that name is always whole.
    let mut aside = out.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let mut writer = BufWriter::new(File::create(&aside)?);
    let done = with_progress(json, |progress| {
        Ok(server.import_programme(input, of, date, now_ms(), Some(&mut writer), progress)?)
    });
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            drop(writer);
            // The error says more than a failure to tidy up would.
            let _ = std::fs::remove_file(&aside);
            return Err(error);
        }
    };
    writer.flush()?;
    writer.get_ref().sync_all()?;
    std::fs::rename(&aside, out)?;
    Ok(report)
}

fn tell(report: &FindingsReport) {
    for refused in &report.refused {
        eprintln!(
            "row {} {}: {} ({})",
            refused.row, refused.column, refused.message, refused.message_id
        );
    }
    for warning in &report.warnings {
        eprintln!("warning: {}", warning.message);
    }
    let (persons, written) = (&report.persons, &report.written);
    println!(
        "{} of {}: {} persons by NIK, {} without it, {} not matched, {} with no valid NIK; {} entries are nobody here",
        report.source,
        report.dated,
        persons.deterministic,
        persons.probabilistic,
        persons.unmatched,
        persons.invalid,
        report.entries.unmatched,
    );
    println!(
        "{} new, {} changed, {} confirmed, {} unchanged; {} reasons against rows",
        written.new,
        written.changed + written.ended,
        written.confirmed,
        written.unchanged + written.older,
        report.refused.len()
    );
}

pub fn run(command: Command, json: bool) -> Result<(), CliError> {
    match command {
        Command::ImportDukcapil {
            path,
            date: dated,
            place,
        } => {
            let dated = date(dated.as_deref())?;
            let path = if path.is_dir() {
                path.join("dukcapil.csv")
            } else {
                path
            };
            let input = file(&path)?;
            let server = open_known(&place)?;
            let report = with_progress(json, |progress| {
                Ok(server.import_dukcapil(input, dated, now_ms(), progress)?)
            })?;
            if json {
                return print_json(&report);
            }
            tell(&report);
            Ok(())
        }
        Command::ImportSubsidies {
            path,
            programme,
            date: dated,
            unmatched,
            place,
        } => {
            let dated = date(dated.as_deref())?;
            let many = path.is_dir();
            let lists = lists(&path, programme.as_deref())?;
            let server = open_known(&place)?;
            if let Some(folder) = unmatched.as_deref().filter(|_| many) {
                std::fs::create_dir_all(folder)?;
            }
            let mut reports = Vec::new();
            for (list, of) in &lists {
                let out = unmatched.as_ref().map(|out| match many {
                    true => out.join(format!("{}.csv", of.code)),
                    false => out.clone(),
                });
                let report = import(&server, list, of, dated, out.as_deref(), json)?;
                if !json {
                    tell(&report);
                }
                reports.push(report);
            }
            match (json, reports.as_slice()) {
                (false, _) => Ok(()),
                (true, [report]) if !many => print_json(report),
                (true, reports) => print_json(&reports),
            }
        }
        Command::Findings { village, place } => {
            let village = one_village(&village)?;
            let lines = open_known(&place)?.findings(village)?;
            if json {
                return print_json(&lines);
            }
            for line in lines {
                println!(
                    "{}  {}  {}  {}  {}  {}  {}",
                    line.household,
                    line.member,
                    line.name,
                    line.nik,
                    line.source,
                    line.result,
                    line.dated
                );
            }
            Ok(())
        }
    }
}
