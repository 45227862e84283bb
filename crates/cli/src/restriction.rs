//! `lawang admin restrict`, `lift-restriction`, `restrictions`.

use crate::{
    edge::{account, now_ms, print_json},
    error::CliError,
    place::{Place, open_known},
    upkeep::no_number,
};
use lawang_domain::{HouseholdId, InstanceId};
use serde_json::json;

/// What a restriction is about.
#[derive(clap::Args)]
pub struct About {
    /// A household or a submission, from `lawang admin households`.
    #[arg(long, value_name = "ID")]
    household: HouseholdId,
    /// Only this person of it: the member's id, from `lawang device show`.
    #[arg(long, value_name = "ID")]
    person: Option<InstanceId>,
    /// Why; the devices show it. No name and no number of a person.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Restricts, or lifts that again.
pub fn run(about: &About, on: bool, place: &Place, json: bool) -> Result<(), CliError> {
    no_number(&about.reason)?;
    let said = (about.reason.as_str(), account());
    let changed = open_known(place)?.restrict(
        about.household,
        about.person,
        on,
        (said.0, &said.1),
        now_ms(),
    )?;
    if json {
        return print_json(&json!({
            "household": about.household,
            "person": about.person,
            "restricted": on,
            "changed": changed,
        }));
    }
    println!(
        "{}{}",
        if on {
            "restricted"
        } else {
            "no longer restricted"
        },
        if changed { "" } else { ", as before" }
    );
    eprintln!("devices follow at their next exchange");
    Ok(())
}

/// Every restriction and every lifting, the newest last.
pub fn list(place: &Place, json: bool) -> Result<(), CliError> {
    let all = open_known(place)?.restrictions()?;
    if json {
        return print_json(&all);
    }
    for line in all {
        let person = line
            .person
            .map_or(String::new(), |id| format!("  person {id}"));
        let what = if line.restricted {
            "restricted"
        } else {
            "lifted"
        };
        let (at, household, reason) = (line.at, line.household, line.reason);
        println!("{at}  {what}  {household}{person}  {reason}");
    }
    Ok(())
}
