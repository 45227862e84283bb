//! `lawang admin move-households`, `moves`: a village is split or merged.

use crate::{
    admin::one_village,
    edge::{account, now_ms, print_json},
    error::{CliError, read_file},
    place::{Place, open_known},
    upkeep::no_number,
};
use std::path::PathBuf;

/// Which records move.
#[derive(clap::Args)]
pub struct Movers {
    /// Kemendagri code of the village where they are now.
    #[arg(long, value_name = "CODE")]
    from: String,
    /// Kemendagri code of the village where they go.
    #[arg(long, value_name = "CODE")]
    to: String,
    #[command(flatten)]
    records: Which,
}

/// All, some by name, or some by an answer.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// All of the village: it is merged into the other one.
    #[arg(long)]
    all: bool,
    /// These households: one id a line, of Lawang or of the register.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Households with this answer, such as the hamlet; several times: any of the answers to the same question.
    #[arg(long = "where", value_name = "FIELD=TEXT")]
    answer: Vec<String>,
}

impl Which {
    fn read(&self) -> Result<lawang_server::Movers, CliError> {
        if let Some(file) = &self.list {
            let bytes = read_file(file)?;
            let text = String::from_utf8_lossy(&bytes);
            let names = text.trim_start_matches('\u{feff}').lines();
            return Ok(lawang_server::Movers::Listed(
                names
                    .map(|line| line.trim().to_owned())
                    .filter(|line| !line.is_empty())
                    .collect(),
            ));
        }
        let mut said = None;
        for answer in &self.answer {
            let Some((field, value)) = answer.split_once('=') else {
                return Err(CliError::new("bad_where", "--where is FIELD=TEXT")
                    .hint("for instance --where sls='Dusun II'"));
            };
            let (known, values) =
                said.get_or_insert_with(|| (field.to_owned(), std::collections::BTreeSet::new()));
            if known != field {
                return Err(CliError::new("bad_where", "--where names two questions")
                    .hint("one question at a time; run the command again for the other one"));
            }
            values.insert(value.to_owned());
        }
        Ok(match said {
            Some((field, values)) => lawang_server::Movers::Where { field, values },
            None => lawang_server::Movers::All,
        })
    }
}

/// Moves them.
pub fn run(which: &Movers, reason: &str, place: &Place, json: bool) -> Result<(), CliError> {
    no_number(reason)?;
    let (from, to) = (one_village(&which.from)?, one_village(&which.to)?);
    let movers = which.records.read()?;
    let account = account();
    let mut show = |done: usize, all: usize| eprintln!("{done} of {all} records");
    let said = (reason, account.as_str());
    let report = open_known(place)?.move_records((from, to), &movers, said, now_ms(), &mut show)?;
    if json {
        return print_json(&report);
    }
    println!("{} records moved from {from} to {to}", report.moved);
    for name in &report.unknown {
        println!("not in {from}: {name}");
    }
    if !report.without.is_empty() {
        eprintln!(
            "these people have {from} and not {to}, and lose sight of what moved: {}; `lawang admin change-device` gives villages",
            report.without.join(", ")
        );
    }
    eprintln!("devices and hubs follow at their next exchange");
    Ok(())
}

/// Every move, the newest last.
pub fn list(place: &Place, json: bool) -> Result<(), CliError> {
    let all = open_known(place)?.moves()?;
    if json {
        return print_json(&all);
    }
    for line in all {
        let (at, household, from, to) = (line.at, line.household, line.from, line.to);
        println!("{at}  {household}  {from} -> {to}  {}", line.reason);
    }
    Ok(())
}
