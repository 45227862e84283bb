//! Persons who may stand in the register twice, on the command line.

use super::{
    Command,
    run::{refuse, say},
};
use crate::error::CliError;
use lawang_app::{AppError, Device, views};
use lawang_ipc::Host;

/// So many rows are asked for at once.
const PAGE: u32 = 200;

/// Runs one of the commands about pairs.
pub(super) fn run(host: &Host, command: Command, json: bool) -> Result<(), CliError> {
    let app = host.app();
    let fail = |error: AppError| refuse(host, &error);
    match command {
        Command::Duplicates {
            all,
            village,
            household,
        } => {
            let query = views::DuplicatesQuery {
                all,
                village,
                household: household.map(|id| id.to_string()),
                ..views::DuplicatesQuery::default()
            };
            let found = app
                .with(|device| {
                    device.search_all()?;
                    every_page(device, query)
                })
                .map_err(fail)?;
            say(json, &found, || {
                found.rows.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        Command::Pair { pair } => {
            let view = app
                .with(|device| {
                    device.search_all()?;
                    device.pair(&pair)
                })
                .map_err(fail)?;
            say(json, &view, || beside(&view))
        }
        Command::DecidePair {
            pair,
            verdict,
            keep,
            take,
            seen,
            reason,
        } => {
            let view = app
                .with(|device| {
                    device.search_all()?;
                    let now = device.pair(&pair)?;
                    let verdict = match verdict.as_str() {
                        "same" => views::PairVerdict::Same,
                        "two_families" => views::PairVerdict::TwoFamilies,
                        _ => views::PairVerdict::Different,
                    };
                    device.decide_pair(&views::DecidePairRequest {
                        pair: pair.clone(),
                        seen: seen.unwrap_or(now.seen),
                        verdict,
                        keep: keep.unwrap_or(now.keep),
                        take,
                        reason,
                    })?;
                    device.search_all()?;
                    device.pair(&pair)
                })
                .map_err(fail)?;
            say(json, &view, || beside(&view))
        }
        _ => Err(CliError::new("internal", "no command about pairs")),
    }
}

fn every_page(
    device: &Device,
    mut query: views::DuplicatesQuery,
) -> Result<views::Duplicates, AppError> {
    query.limit = PAGE;
    let mut found = device.duplicates(&query)?;
    while found.rows.len() < found.total as usize {
        query.offset += PAGE;
        let more = device.duplicates(&query)?;
        if more.rows.is_empty() {
            break;
        }
        found.rows.extend(more.rows);
    }
    Ok(found)
}

fn line(row: &views::PairRow) -> String {
    let person = |p: &views::PersonLine| format!("{} ({}, {})", p.name, p.nik, p.head);
    format!(
        "{}  {:3} %  {}  {} | {}  {}",
        row.id,
        row.percent,
        row.words,
        person(&row.left),
        person(&row.right),
        row.because
    )
}

fn beside(view: &views::PairView) -> String {
    let mut lines = vec![line(&view.row)];
    if let Some(refused) = &view.refused {
        lines.push(format!(
            "! {} ({}): {} Take it back with `discard-proposal {}`, or decide again.",
            refused.title, refused.reason, refused.why, refused.proposal
        ));
    }
    lines.extend(view.fields.iter().map(|field| {
        let mark = if field.differs { "*" } else { " " };
        format!("{mark} {}: {} | {}", field.label, field.left, field.right)
    }));
    lines.extend(
        view.reasons
            .iter()
            .map(|reason| format!("  {} {} ({:+.1})", reason.label, reason.words, reason.bits)),
    );
    lines.extend(view.decisions.iter().map(|decision| {
        format!(
            "  {} {}: {} ({})",
            decision.at, decision.author, decision.title, decision.reason
        )
    }));
    lines.join("\n")
}
