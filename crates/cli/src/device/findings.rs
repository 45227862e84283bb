//! What registers outside say of the families' members, on the command line.

use super::run::{refuse, say};
use crate::error::CliError;
use lawang_app::views;
use lawang_domain::HouseholdId;
use lawang_ipc::Host;
use serde::Serialize;

#[derive(Serialize)]
struct Line {
    household: String,
    #[serde(flatten)]
    finding: views::FindingView,
}

/// Of one household, or of all.
pub(super) fn run(host: &Host, one: Option<HouseholdId>, json: bool) -> Result<(), CliError> {
    let lines = host
        .app()
        .with(|device| {
            let households = match one {
                Some(household) => vec![household],
                None => device.store().households_with_findings()?,
            };
            let mut lines = Vec::new();
            for household in households {
                for finding in device.findings(household)? {
                    lines.push(Line {
                        household: household.to_string(),
                        finding,
                    });
                }
            }
            Ok(lines)
        })
        .map_err(|error| refuse(host, &error))?;
    say(json, &lines, || {
        let all: Vec<String> = lines
            .iter()
            .map(|line| {
                let found = &line.finding;
                format!(
                    "{}  {}  {}  {}  {}  {}",
                    line.household, found.name, found.source, found.result, found.at, found.words
                )
            })
            .collect();
        all.join("\n")
    })
}
