//! The verifier's desk on the command line.

use super::run::{field, refuse, say};
use crate::error::{CliError, read_file};
use lawang_app::{AppError, views};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_ipc::Host;
use serde_json::json;
use std::path::PathBuf;

/// Commands of the desk.
#[derive(clap::Subcommand)]
pub enum DeskCommand {
    /// What waits at the verifier's desk, in the order of what matters.
    #[command(after_help = "Example: lawang device --data ./laptop desk --reason conflict --json")]
    Desk {
        /// Words of a name or address, RT, RW.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// Only what waits for this reason, as often as wanted: contested, conflict, proposal, duplicate, check,
        /// eligibility, overdue, submitted, returned.
        #[arg(long, value_name = "REASON", value_parser = reason)]
        reason: Vec<views::DeskReason>,
        /// Only visits of this person.
        #[arg(long, value_name = "NAME", default_value = "")]
        enumerator: String,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 200)]
        limit: u32,
    },
    /// A household old against new.
    #[command(
        after_help = "Example: lawang device --data ./laptop compare 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Compare {
        /// The household.
        household: HouseholdId,
        /// Also what did not change.
        #[arg(long)]
        everything: bool,
    },
    /// Accept a visit as `compare` showed it.
    #[command(
        after_help = "Example: lawang device --data ./laptop accept 5f0c0000-0000-4000-8000-000000000001 --seen 0c5e... --keep-older floor_material --note 'seen myself'"
    )]
    Accept {
        /// The household.
        household: HouseholdId,
        /// `seen` of `compare`.
        #[arg(long, value_name = "TEXT")]
        seen: String,
        /// An answer whose older value stays, as often as wanted.
        #[arg(long, value_name = "PATH")]
        keep_older: Vec<String>,
        /// Why; needed where an older value stays.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Answer a verifier's comment, or a visitor's.
    #[command(
        after_help = "Example: lawang device --data ./tablet answer-comment 5f0c0000-0000-4000-8000-000000000001 5f0c0000-0000-4000-8000-000000000002 --text 'measured again'"
    )]
    AnswerComment {
        /// The household.
        household: HouseholdId,
        /// `id` in the `thread` of `compare`.
        comment: InstanceId,
        /// What to say.
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Propose a family for removal, or take the proposal back.
    #[command(
        after_help = "Example: lawang device --data ./laptop propose-removal 5f0c0000-0000-4000-8000-000000000001 --seen 0c5e... --reason well_off --note 'two cars' --evidence house.jpg --evidence letter.pdf"
    )]
    ProposeRemoval {
        /// The household.
        household: HouseholdId,
        /// `seen` of `compare`.
        #[arg(long, value_name = "TEXT")]
        seen: String,
        /// A code of `removal_reasons` of `compare`; left out, the proposal is taken back.
        #[arg(long, value_name = "CODE", default_value = "")]
        reason: String,
        /// What it rests on.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// A family that waits for a place.
        #[arg(long, value_name = "HOUSEHOLD", default_value = "")]
        replacement: String,
        /// A photo (JPEG, PNG) or a PDF that shows it, as often as wanted, at most ten. Photos are shrunk and lose their
        /// EXIF. What the proposal before shows is shown by this one too.
        #[arg(long, value_name = "FILE")]
        evidence: Vec<PathBuf>,
    },
    /// Save the photos and documents of a proposal for removal.
    #[command(
        after_help = "Example: lawang device --data ./laptop evidence 5f0c0000-0000-4000-8000-000000000001 --out ./evidence"
    )]
    Evidence {
        /// The household.
        household: HouseholdId,
        /// A folder, made if it is not there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Families that wait for a place, the neediest first, and families proposed for removal.
    #[command(
        after_help = "Example: lawang device --data ./laptop replacements 18.09.01.2001 --json"
    )]
    Replacements {
        /// The village.
        village: String,
    },
    /// Settle all conflicts of one question with one reason.
    #[command(
        after_help = "Example: lawang device --data ./laptop settle --question floor_material --take newest --reason 'second visit' --json"
    )]
    Settle {
        /// The question's name.
        #[arg(long, value_name = "NAME")]
        question: String,
        /// `newest`, `register`, or `author:NAME`.
        #[arg(long)]
        take: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Conflicts that were settled, the newest first.
    #[command(after_help = "Example: lawang device --data ./laptop settlements --json")]
    Settlements,
    /// Undo a settlement: its values wait for a choice again.
    #[command(
        after_help = "Example: lawang device --data ./laptop undo-settlement 5f0c0000-0000-4000-8000-000000000001 5f0c0000-0000-4000-8000-000000000002"
    )]
    UndoSettlement {
        /// The household.
        household: HouseholdId,
        /// From `settlements`.
        settlement: InstanceId,
    },
    /// The rules that hold today: the district's, else those of the country.
    #[command(after_help = "Example: lawang device --data ./laptop rules --json")]
    Rules,
    /// How people work: visits, how long they take, signs of impossible work.
    #[command(after_help = "Example: lawang device --data ./laptop enumerators --json")]
    Enumerators {
        /// Only this village.
        #[arg(long, value_name = "CODE", default_value = "")]
        village: String,
    },
    /// Visits that were drawn to be made again, and what differs.
    #[command(after_help = "Example: lawang device --data ./laptop back-checks --json")]
    BackChecks {
        /// Only this village.
        #[arg(long, value_name = "CODE", default_value = "")]
        village: String,
    },
    /// Draw finished visits of each person to be made again by somebody else.
    #[command(
        after_help = "Example: lawang device --data ./laptop draw-back-checks --village 18.09.01.2001 --percent 5 --seed 'rapat 26 November' --json"
    )]
    DrawBackChecks {
        /// The village.
        #[arg(long, value_name = "CODE")]
        village: String,
        /// Of the visits of each person; at least one each.
        #[arg(long, default_value_t = 5)]
        percent: u32,
        /// Any text; the program adds random bytes to it, and keeps both.
        #[arg(long, value_name = "TEXT")]
        seed: String,
    },
    /// Draw again what was drawn before, and tell whether it comes out the same.
    #[command(
        after_help = "Example: lawang device --data ./laptop check-draws --village 18.09.01.2001 --json"
    )]
    CheckDraws {
        /// The village.
        #[arg(long, value_name = "CODE")]
        village: String,
    },
    /// Begin the second visit to a household; `set` and `submit` take the id that comes back.
    #[command(
        after_help = "Example: lawang device --data ./tablet begin-back-check 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    BeginBackCheck {
        /// The household.
        household: HouseholdId,
    },
}

fn reason(text: &str) -> Result<views::DeskReason, String> {
    serde_json::from_value(json!(text)).map_err(|_| {
        "one of contested, conflict, proposal, duplicate, check, eligibility, overdue, submitted, returned".to_owned()
    })
}

/// Runs one of them.
pub(super) fn run(host: &Host, command: DeskCommand, json: bool) -> Result<(), CliError> {
    let app = host.app();
    let fail = |error: AppError| refuse(host, &error);
    match command {
        DeskCommand::Desk {
            search,
            village,
            reason,
            enumerator,
            limit,
        } => {
            let query = views::DeskQuery {
                search,
                village,
                reasons: reason,
                enumerator,
                offset: 0,
                limit,
            };
            let desk = app.with(|device| device.desk(&query)).map_err(fail)?;
            say(json, &desk, || queue(&desk))
        }
        DeskCommand::Compare {
            household,
            everything,
        } => {
            let shown = app
                .with(|device| device.comparison(household, everything))
                .map_err(fail)?;
            say(json, &shown, || changes(&shown))
        }
        DeskCommand::Accept {
            household,
            seen,
            keep_older,
            note,
        } => {
            let older = keep_older
                .iter()
                .map(|path| field(path))
                .collect::<Result<Vec<_>, _>>()?;
            let state = app
                .with(|device| device.desk_accept(household, &seen, &older, &note))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "state": state.as_str() }),
                || state.as_str().to_owned(),
            )
        }
        DeskCommand::AnswerComment {
            household,
            comment,
            text,
        } => {
            app.with(|device| device.answer_comment(household, comment, &text))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "answers": comment.to_string() }),
                || "Answered.".into(),
            )
        }
        DeskCommand::ProposeRemoval {
            household,
            seen,
            reason,
            note,
            replacement,
            evidence,
        } => {
            let files = evidence.iter().map(|path| Ok((path, read_file(path)?)));
            let files = files.collect::<Result<Vec<_>, CliError>>()?;
            let mut shown = Vec::new();
            for (path, bytes) in &files {
                let kept = app.with(|device| device.add_evidence(household, bytes));
                shown = kept.map_err(|error| {
                    let mut refused = fail(error);
                    refused.message = format!("{}: {}", path.display(), refused.message);
                    refused
                })?;
            }
            app.with(|device| {
                let before = device.comparison(household, false)?.removal;
                let before = before.map_or(Vec::new(), |removal| removal.evidence);
                let files: Vec<String> = before.into_iter().chain(shown).map(|f| f.file).collect();
                device.desk_removal(household, &seen, &reason, &note, &replacement, &files)
            })
            .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "reason": reason }),
                || "Noted.".into(),
            )
        }
        DeskCommand::Evidence { household, out } => {
            let written = app
                .with(|device| {
                    let removal = device.comparison(household, false)?.removal;
                    let removal = removal
                        .ok_or_else(|| AppError::new("no_removal", "no proposal is in force"))?;
                    let one = |file: &views::EvidenceView| match file.missing.as_str() {
                        "" => Ok(device.save_evidence(household, &file.file, &out)?.path),
                        _ => Err(AppError::new("evidence_not_here", "not here")),
                    };
                    removal
                        .evidence
                        .iter()
                        .map(one)
                        .collect::<Result<Vec<_>, _>>()
                })
                .map_err(fail)?;
            say(json, &json!({ "files": written }), || written.join("\n"))
        }
        DeskCommand::Replacements { village } => {
            let list = app
                .with(|device| device.replacements(&village))
                .map_err(fail)?;
            say(json, &list, || {
                let waiting = list.waiting.iter().map(|family| {
                    format!(
                        "waits    {}/{}  {}  {}",
                        family.need, family.of, family.household, family.head
                    )
                });
                let removals = list.removals.iter().map(|family| {
                    format!(
                        "removal  {}  {}  {}",
                        family.removal.title, family.household, family.head
                    )
                });
                waiting.chain(removals).collect::<Vec<_>>().join("\n")
            })
        }
        DeskCommand::Settle {
            question,
            take,
            reason,
        } => {
            let done = app
                .with(|device| {
                    let mut all = Vec::new();
                    for conflict in device.conflicts()? {
                        let path: lawang_domain::FieldPath = match conflict.path.parse() {
                            Ok(path) => path,
                            Err(_) => continue,
                        };
                        if let Ok(household) = conflict.household.parse()
                            && path.key == question
                        {
                            all.push((household, path, conflict.seen));
                        }
                    }
                    device.settle_many(&all, &take, &reason)
                })
                .map_err(fail)?;
            say(json, &done, || {
                format!("{} settled, {} left", done.settled, done.left.len())
            })
        }
        DeskCommand::Settlements => {
            let all = app.with(|device| device.settlements()).map_err(fail)?;
            say(json, &all, || {
                let line = |s: &views::SettlementView| {
                    format!(
                        "{}  {}  {}  {} -> {}",
                        s.id, s.household, s.field.label, s.field.old, s.field.new
                    )
                };
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        DeskCommand::UndoSettlement {
            household,
            settlement,
        } => {
            app.with(|device| device.undo_settlement(household, settlement))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "undone": settlement.to_string() }),
                || "Undone.".into(),
            )
        }
        DeskCommand::Rules => {
            let rules = app.with(|device| device.rules_in_force()).map_err(fail)?;
            say(json, &rules, || {
                let whose = match rules.version {
                    0 => "the country's".to_owned(),
                    n => format!("the district's, publication {n}"),
                };
                format!(
                    "{whose}, from {}: {}\nneed by {}; overdue after {} years, cut-off on day {}, objections {} days, quorum {}%",
                    rules.from,
                    rules.source,
                    rules.formula,
                    rules.overdue_years,
                    rules.cutoff_day,
                    rules.objection_days,
                    rules.quorum_percent,
                )
            })
        }
        DeskCommand::BackChecks { village } => {
            let list = app
                .with(|device| device.back_checks(&village))
                .map_err(fail)?;
            say(json, &list, || second_visits(&list))
        }
        DeskCommand::DrawBackChecks {
            village,
            percent,
            seed,
        } => {
            let list = app
                .with(|device| {
                    device.draw_back_checks(&village, percent, &seed)?;
                    device.back_checks(&village)
                })
                .map_err(fail)?;
            say(json, &list, || second_visits(&list))
        }
        DeskCommand::CheckDraws { village } => {
            let all = app
                .with(|device| device.check_draws(&village))
                .map_err(fail)?;
            say(json, &all, || {
                let line = |draw: &views::DrawCheck| {
                    let what = match draw.outcome {
                        views::DrawOutcome::Fits => "fits",
                        views::DrawOutcome::PoolChanged => "the visits have changed since",
                        views::DrawOutcome::DoesNotFit => "DOES NOT FIT",
                    };
                    format!(
                        "{}  {}  {} of {} by `{}`: {what}",
                        draw.at, draw.person, draw.drawn, draw.of, draw.seed
                    )
                };
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        DeskCommand::BeginBackCheck { household } => {
            let survey = app
                .with(|device| device.begin_back_check(household))
                .map_err(fail)?;
            say(json, &json!({ "household": survey.to_string() }), || {
                survey.to_string()
            })
        }
        DeskCommand::Enumerators { village } => {
            let all = app
                .with(|device| device.enumerators(&village))
                .map_err(fail)?;
            say(json, &all, || {
                let line = |work: &views::EnumeratorWork| {
                    let signs: Vec<&str> = work.signs.iter().map(|s| s.words.as_str()).collect();
                    format!(
                        "{}  {} visits  {}",
                        work.person,
                        work.visits,
                        signs.join("; ")
                    )
                };
                all.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
    }
}

fn queue(desk: &views::Desk) -> String {
    let line = |row: &views::DeskRow| {
        format!(
            "{}  {}  {}  {}",
            row.household, row.head, row.enumerator, row.words
        )
    };
    let mut lines: Vec<String> = desk.rows.iter().map(line).collect();
    lines.push(format!("{} wait, {} done", desk.total, desk.done));
    lines.join("\n")
}

fn changes(shown: &views::Comparison) -> String {
    let mut lines = vec![format!(
        "{}  {}  seen {}",
        shown.head, shown.standing, shown.seen
    )];
    lines.extend(shown.fields.iter().map(|field| {
        let old = if field.previous.is_empty() {
            &field.register
        } else {
            &field.previous
        };
        format!("{}: {old} -> {}", field.label, field.current)
    }));
    lines.extend(
        shown
            .checks
            .iter()
            .map(|check| format!("{} {}", check.label, check.message)),
    );
    lines.join("\n")
}

fn second_visits(list: &views::BackChecks) -> String {
    let line = |row: &views::BackCheckRow| {
        let what = if row.by.is_empty() {
            "waits".to_owned()
        } else {
            format!("{} of {} differ ({})", row.differ, row.asked, row.by)
        };
        format!(
            "{}  {}  {}  {what}",
            row.household, row.head, row.enumerator
        )
    };
    list.rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
