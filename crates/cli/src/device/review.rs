//! Verification, administration and refused work on the command line.

use super::{
    Command,
    run::{field, refuse, say},
};
use crate::error::CliError;
use lawang_app::{AppError, views};
use lawang_ipc::Host;
use serde_json::json;

/// Runs one of the commands about decisions and proposals.
pub(super) fn run(host: &Host, command: Command, json: bool) -> Result<(), CliError> {
    let app = host.app();
    let fail = |error: AppError| refuse(host, &error);
    match command {
        Command::Review { household } => {
            let found = app
                .with(|device| {
                    let state = device.record_state(household)?;
                    let row = device.store().review(household)?.unwrap_or_default();
                    Ok((state, row))
                })
                .map_err(fail)?;
            let (state, row) = found;
            say(
                json,
                &json!({ "household": household.to_string(), "state": state.as_str(),
                         "decision": row.decision.map(|d| d.as_str()), "reason": row.reason,
                         "person": row.person, "proposals": row.proposals, "assigned": row.assigned }),
                || format!("{}  {}  {}", state.as_str(), row.person, row.reason),
            )
        }
        Command::Return {
            household,
            reason,
            comment,
        } => {
            let comments = comment
                .chunks(2)
                .map(|pair| Ok((field(&pair[0])?, pair[1].clone())))
                .collect::<Result<Vec<_>, CliError>>()?;
            app.with(|device| device.return_with_comment(household, &reason, &comments))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "state": "returned",
                         "comments": comments.len() }),
                || "Returned.".into(),
            )
        }
        Command::Approve { household, note } => {
            let state = app
                .with(|device| device.approve(household, &note))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "state": state.as_str() }),
                || state.as_str().to_owned(),
            )
        }
        Command::Assign {
            household,
            person,
            device: tablet,
            reason,
        } => {
            app.with(|device| device.assign(household, &person, &tablet, &reason))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "assigned": person }),
                || format!("Assigned to {person}."),
            )
        }
        Command::Proposals { all } => {
            let list = app.with(|device| device.proposals(all)).map_err(fail)?;
            say(json, &list, || words(&list))
        }
        Command::SendProposal { proposal, note } => {
            app.with(|device| device.send_proposal(proposal.0, &note))
                .map_err(fail)?;
            say(
                json,
                &json!({ "proposal": proposal.to_string(), "state": "sent" }),
                || "It goes with the next exchange.".into(),
            )
        }
        Command::DiscardProposal { proposal, yes } => {
            if !yes {
                return Err(CliError::new(
                    "confirmation_needed",
                    "these answers will not reach the server",
                )
                .hint("Say --yes to lay them aside; they stay in the log."));
            }
            app.with(|device| device.discard_proposal(proposal.0))
                .map_err(fail)?;
            say(
                json,
                &json!({ "proposal": proposal.to_string(), "state": "discarded" }),
                || "Laid aside; it stays in the log.".into(),
            )
        }
        Command::AnswerProposal {
            household,
            proposal,
            take,
            note,
        } => {
            app.with(|device| device.answer_proposal(household, proposal, take, &note))
                .map_err(fail)?;
            say(
                json,
                &json!({ "proposal": proposal.to_string(), "taken": take }),
                || if take { "Taken over." } else { "Not taken." }.into(),
            )
        }
        // `run` hands on only the ones above.
        _ => Err(CliError::new("malformed_request", "no such command here")),
    }
}

fn words(list: &views::ProposalList) -> String {
    let edits = |fields: &[views::ChangedField]| {
        fields
            .iter()
            .map(|f| format!("{}: {} -> {}", f.label, f.old, f.new))
            .collect::<Vec<_>>()
            .join("; ")
    };
    let mine = list.mine.iter().map(|p| {
        format!(
            "{}  {}  {}  {}",
            p.id,
            p.household,
            p.reason,
            edits(&p.fields)
        )
    });
    let received = list.received.iter().map(|p| {
        format!(
            "{}  {}  {} proposes  {}",
            p.id,
            p.household,
            p.person,
            edits(&p.fields)
        )
    });
    mine.chain(received).collect::<Vec<_>>().join("\n")
}
