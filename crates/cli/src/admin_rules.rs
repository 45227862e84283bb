//! `lawang admin`: the rules of the district.

use crate::{
    edge::{now_ms, print_json},
    error::{CliError, read_file},
    place::{Place, open, open_known},
};
use lawang_server::Server;
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Publish the district's rules (reasons, time limits, quorum, the formula of need): devices fetch them at their
    /// next exchange and judge by them from their day on. `docs/rules.md` has the file.
    #[command(
        after_help = "Example: lawang admin publish-rules rules-2027.json --data /srv/lawang --json"
    )]
    PublishRules {
        /// JSON: one set of rules or several, each with the day from which it holds.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// List the sets of rules that this district judges by.
    #[command(after_help = "Example: lawang admin rules --data /srv/lawang --json")]
    Rules {
        #[command(flatten)]
        place: Place,
    },
}

/// Runs one of them.
pub fn run(command: Command, json: bool) -> Result<(), CliError> {
    match command {
        Command::PublishRules { file, place } => publish(&open(&place)?, &file, json),
        Command::Rules { place } => list(&open_known(&place)?, json),
    }
}

fn publish(server: &Server, file: &Path, json: bool) -> Result<(), CliError> {
    let bytes = read_file(file)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CliError::new(
            "rules_have_errors",
            format!("the file is no UTF-8 text from byte {at} on; nothing was published"),
        )
    })?;
    let published = match server.publish_rules(text.trim_start_matches('\u{feff}'), now_ms())? {
        Ok(published) => published,
        Err(problems) => {
            let mut refusal = CliError::new(
                "rules_have_errors",
                format!(
                    "the rules have {} error(s); nothing was published",
                    problems.len()
                ),
            )
            .hint("mend them and publish again");
            refusal.details = Some(serde_json::to_value(&problems).unwrap_or_default());
            return Err(refusal);
        }
    };
    if json {
        return print_json(&published);
    }
    if published.published {
        println!(
            "publication {}: rules from {}",
            published.version,
            published.from.join(", ")
        );
    } else {
        println!("all of it holds already");
    }
    Ok(())
}

fn list(server: &Server, json: bool) -> Result<(), CliError> {
    let lines = server.rules(now_ms())?;
    if json {
        return print_json(&lines);
    }
    for line in lines {
        let whose = if line.national { "country" } else { "district" };
        let now = if line.in_force { "in force" } else { "" };
        println!(
            "{}  {whose:8}  {now:8}  quorum {}%  objections {} days  {}",
            line.from, line.quorum_percent, line.objection_days, line.source
        );
    }
    Ok(())
}
