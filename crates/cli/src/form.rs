//! `lawang form`.

use crate::{
    beside::Source,
    edge::{now_ms, print_json},
    error::{CliError, read_file},
    preview::PreviewArgs,
};
use chrono::{DateTime, FixedOffset};
use lawang_forms::{Context, Files, Problem, check_with, compile_with, script, to_xform};
use serde_json::json;
use std::{path::PathBuf, sync::Arc};

/// Check, convert and try questionnaires.
#[derive(clap::Args)]
#[command(after_help = "Example: lawang form check household_visit.xlsx --json")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say everything that is wrong in a questionnaire, with sheet, row and column.
    #[command(after_help = "Example: lawang form check household_visit.xlsx --json")]
    Check {
        /// XLSForm (.xlsx, .xls, CSV or Markdown) or ODK XForm (.xml).
        file: PathBuf,
        /// CSV files that are not there are lists of entities that other questionnaires make.
        #[arg(long)]
        entities: bool,
    },
    /// Write a questionnaire in another form.
    #[command(
        after_help = "Example: lawang form convert visit.xlsx --to definition --out visit.json"
    )]
    Convert {
        /// XLSForm (.xlsx, .xls, CSV or Markdown) or ODK XForm (.xml).
        file: PathBuf,
        /// definition: Lawang's own JSON; xform: ODK XForm.
        #[arg(long, value_parser = ["xform", "definition"])]
        to: String,
        /// File to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// CSV files that are not there are lists of entities that other questionnaires make.
        #[arg(long)]
        entities: bool,
    },
    /// Show a questionnaire in a browser on this machine, as enumerators will see it. Saving the file shows
    /// it anew; nothing that is filled in is kept or sent.
    #[command(after_help = "\
Example: lawang form preview visit.xlsx --width 360

The first line of standard output is {\"listening\":\"http://127.0.0.1:41234\"}.")]
    Preview(PreviewArgs),
    /// Fill in a questionnaire by a script and print its state after each step.
    #[command(after_help = "\
Example: lawang form run visit.xlsx --script steps.json --json

SCRIPT: [{\"set\":\"/data/age\",\"value\":\"17\"},{\"add_repeat\":\"/data/member\"},{\"remove_repeat\":\"/data/member[2]\"}]
The answer is a list with one state per step, and one before the first.")]
    Run {
        /// XLSForm (.xlsx, .xls, CSV or Markdown) or ODK XForm (.xml).
        file: PathBuf,
        /// JSON list of steps.
        #[arg(long, value_name = "FILE")]
        script: PathBuf,
        /// The moment that today() and now() give, RFC 3339; the present by default.
        #[arg(long, value_name = "TIME")]
        now: Option<String>,
    },
}

pub(crate) fn name(file: &std::path::Path) -> String {
    file.file_name()
        .map_or(String::new(), |n| n.to_string_lossy().into_owned())
}

pub fn run(args: &Args, json: bool) -> Result<(), CliError> {
    match &args.command {
        Command::Check { file, entities } => {
            let bytes = read_file(file)?;
            let report = check_with(&bytes, &name(file), &files(file, &bytes, *entities));
            if json {
                print_json(&report)?;
            } else {
                for problem in &report.errors {
                    println!("error: {problem}");
                }
                for problem in &report.warnings {
                    println!("warning: {problem}");
                }
                if report.ok {
                    println!("the questionnaire can be used");
                }
            }
            if report.ok {
                return Ok(());
            }
            let count = report.errors.len();
            Err(CliError::new(
                "form_has_errors",
                format!("the questionnaire has {count} error(s)"),
            ))
        }
        Command::Convert {
            file,
            to,
            out,
            entities,
        } => {
            if to == "xform" {
                let bytes = read_file(file)?;
                let files = files(file, &bytes, *entities);
                let xml = to_xform(&bytes, &name(file), &files).map_err(unusable)?;
                std::fs::write(out, xml)?;
                if json {
                    print_json(&json!({ "out": out }))?;
                }
                return Ok(());
            }
            let form = compiled(file, *entities)?;
            let languages: Vec<_> = form.languages().iter().collect();
            let definition = json!({
                "id": form.id(),
                "version": form.version(),
                "title": form.title(form.default_language()),
                "languages": languages,
                "default_language": form.default_language(),
                "root": form.root(),
            });
            let text = serde_json::to_string_pretty(&definition)
                .map_err(|error| CliError::new("internal", error.to_string()))?;
            std::fs::write(out, text)?;
            if json {
                print_json(&json!({ "out": out }))?;
            }
            Ok(())
        }
        Command::Preview(args) => crate::preview::run(args),
        Command::Run { file, script, now } => {
            let steps = String::from_utf8(read_file(script)?)
                .map_err(|_| CliError::new("bad_script", "the script is not UTF-8 text"))?;
            let steps = script::parse(&steps)
                .map_err(|error| CliError::new("bad_script", error.to_string()))?;
            let now = moment(now.as_deref())?;
            let context = Context::at(now);
            let states = script::run(compiled(file, false)?, context, &steps)
                .map_err(|error| CliError::new("script_failed", error.to_string()))?;
            print_json(&states)
        }
    }
}

fn files(file: &std::path::Path, bytes: &[u8], entities: bool) -> Files {
    let mut files = Source::new(file, None).files(bytes).0;
    if entities {
        files.allow_entities();
    }
    files
}

fn compiled(file: &std::path::Path, entities: bool) -> Result<Arc<lawang_forms::Form>, CliError> {
    let bytes = read_file(file)?;
    compile_with(&bytes, &name(file), &files(file, &bytes, entities))
        .map(|compiled| Arc::new(compiled.form))
        .map_err(unusable)
}

#[allow(clippy::needless_pass_by_value)] // For map_err.
fn unusable(problems: Vec<Problem>) -> CliError {
    let first = problems.first().map_or(String::new(), ToString::to_string);
    CliError::new("form_has_errors", first).hint("`lawang form check` lists all problems")
}

fn moment(given: Option<&str>) -> Result<DateTime<FixedOffset>, CliError> {
    let wrong = || CliError::new("bad_time", "a time is written 2026-11-21T10:00:00+07:00");
    match given {
        Some(text) => DateTime::parse_from_rfc3339(text).map_err(|_| wrong()),
        None => i64::try_from(now_ms())
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .map(|t| t.fixed_offset())
            .ok_or_else(wrong),
    }
}
