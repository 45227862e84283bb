//! Carries the commands of `lawang device` out.

use super::{Args, Command, desk, dump, duplicates, findings, receipts, review, ui};
use crate::{
    edge::{bar, print_json},
    error::{CliError, read_file},
};
use lawang_app::{AppError, Device, Whole, views};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_ipc::Host;
use serde_json::{Value, json};
use std::io::IsTerminal;

/// The PIN from LAWANG_PIN, or asked for at a terminal; never from an argument.
fn pin() -> Result<String, CliError> {
    if let Ok(pin) = std::env::var("LAWANG_PIN") {
        return Ok(pin);
    }
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("PIN: ").map_err(Into::into);
    }
    Err(CliError::new("pin_needed", "no PIN was given")
        .hint("Set LAWANG_PIN, or run in a terminal."))
}

pub(super) fn refuse(host: &Host, error: &AppError) -> CliError {
    let words = host.failure(error);
    let mut refusal = CliError::new(words.code, words.message).hint(words.hint);
    if let Some(path) = words.path {
        refusal.details = Some(json!([{ "path": path, "message": error.detail }]));
    }
    refusal
}

/// Runs a command.
pub fn run(mut args: Args, json: bool) -> Result<(), CliError> {
    // Values may begin with a dash (`-5.36 105.1`), so a `--json` behind them looks like one more.
    if let Command::Set { answers, .. } = &mut args.command
        && answers.last().is_some_and(|last| last == "--json")
    {
        answers.pop();
    }
    let host = Host::open(args.data.clone());
    let app = host.app();
    let fail = |error: AppError| refuse(&host, &error);
    if let Command::Enrol { server, code } = &args.command {
        let request = views::EnrolRequest {
            server: server.clone(),
            code: code.clone(),
            pin: pin()?,
        };
        let session = app.enrol(&request).map_err(fail)?;
        let device = app.settings().map_err(fail)?.device;
        return say(
            json,
            &json!({ "device": device, "person": session.person, "role": session.role,
                     "villages": session.villages.iter().map(|v| &v.code).collect::<Vec<_>>() }),
            || {
                format!(
                    "Enrolled as {} ({}). Next: lawang device --data DIR sync",
                    session.person, session.role
                )
            },
        );
    }
    if let Command::ServeUi { listen } = args.command {
        // The browser asks for the PIN itself.
        return ui::serve(std::sync::Arc::new(host), listen, None, |_| ());
    }
    app.unlock(&pin()?).map_err(fail)?;
    match args.command {
        Command::Enrol { .. } | Command::ServeUi { .. } => Ok(()),
        Command::Households {
            search,
            village,
            limit,
        } => {
            let rows = households(&host, search, village, limit).map_err(fail)?;
            let named: Vec<Value> = rows
                .iter()
                .map(|row| {
                    // Under the same name as everywhere else; `id` is what the screens call it.
                    let mut value = serde_json::to_value(row).unwrap_or_default();
                    value["household"] = row.id.clone().into();
                    value
                })
                .collect();
            say(json, &named, || {
                rows.iter()
                    .map(|r| {
                        format!(
                            "{}  {:12}  RT {} RW {}  {}",
                            r.id,
                            format!("{:?}", r.state),
                            r.rt,
                            r.rw,
                            r.head
                        )
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        }
        Command::Show { household, reveal } => {
            if reveal {
                log_reveal(&args.data, household)?;
                eprintln!("lawang: full numbers shown; this is logged in reveals.log");
            }
            let shown = app
                .with(|device| dump::household(device, household, reveal))
                .map_err(fail)?;
            say(json, &shown, || {
                serde_json::to_string_pretty(&shown).unwrap_or_default()
            })
        }
        Command::AddHousehold { answers } => {
            let answers = read_answers(&answers)?;
            let household = app
                .with(|device| add_household(device, &answers))
                .map_err(fail)?;
            say(json, &json!({ "household": household.to_string() }), || {
                household.to_string()
            })
        }
        Command::Set { household, answers } => {
            let pairs = pairs(&answers)?;
            let given = app
                .with(|device| device.give(household, None, &pairs))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "saved": given.saved,
                         "invalid": given.invalid.iter().map(|(path, message)| json!({"path": path, "message": message})).collect::<Vec<_>>(),
                         "not_asked": given.not_asked }),
                || {
                    let mut lines = vec![format!("{} saved on this device.", given.saved)];
                    lines.extend(
                        given
                            .invalid
                            .iter()
                            .map(|(path, message)| format!("{path}: {message}")),
                    );
                    lines.join("\n")
                },
            )
        }
        Command::AddMember { household, answers } => {
            let answers = read_answers(&answers)?;
            let member = app
                .with(|device| {
                    let id = device.new_member_id();
                    let pairs = member_answers(id, &answers)?;
                    device.give(household, Some(id), &pairs)?;
                    Ok(id)
                })
                .map_err(fail)?;
            say(json, &json!({ "member": member.to_string() }), || {
                member.to_string()
            })
        }
        Command::Submit { household } => submit(&host, household, json),
        Command::Sync { server } => {
            let progress = bar("exchanging");
            let report = app
                .sync_now(server.as_deref(), |_, numbers| {
                    let all = numbers.households_received + numbers.households_to_receive;
                    progress.set_length(u64::from(all));
                    progress.set_position(u64::from(numbers.households_received));
                })
                .map_err(fail)?;
            progress.finish_and_clear();
            if !report.hub.is_empty() && report.agreed {
                eprintln!("lawang: {}", app.at_hub_words(&report.hub));
            }
            for notice in &report.notices {
                eprintln!("lawang: {notice}");
            }
            let agreed = report.agreed;
            say(json, &report, || {
                let proof = match report.hub.as_str() {
                    "" => format!("receipt {}", report.receipt_code),
                    hub => format!("at the hub ({hub}), not at the district yet"),
                };
                format!(
                    "{} sent, {} received, {} refused; {proof}",
                    report.pushed, report.pulled, report.refused
                )
            })?;
            if agreed {
                Ok(())
            } else {
                Err(refuse(
                    &host,
                    &AppError::new("disagree", "the two sides differ"),
                ))
            }
        }
        Command::ExportBatch { file } => {
            let exported = crate::hub::whole_file(&file, |out| {
                app.with(|device| device.export_batches(out)).map_err(&fail)
            })?;
            app.with(|device| device.exported()).map_err(&fail)?;
            say(json, &exported, || {
                format!(
                    "{} changes and {} photos in {}. They are safe only when the district's answers are here.",
                    exported.things,
                    exported.photos,
                    file.display()
                )
            })
        }
        Command::ImportBatch { file } => {
            let bytes = read_file(&file)?;
            let things = app
                .with(|device| device.import_answers(&bytes))
                .map_err(fail)?;
            say(json, &json!({ "things": things }), || {
                format!("The district's answers for {things} things.")
            })
        }
        Command::Conflicts => {
            let all = app.with(|device| device.conflicts()).map_err(fail)?;
            let shape: Vec<Value> = all
                .iter()
                .map(|c| {
                    json!({ "household": c.household, "path": c.path, "label": c.label, "seen": c.seen,
                            "values": c.values.iter().map(|v| json!({
                                "value": v.value, "author": v.author, "device": v.device, "at": v.at })).collect::<Vec<_>>() })
                })
                .collect();
            say(json, &shape, || {
                all.iter()
                    .map(|c| {
                        let values: Vec<_> = c
                            .values
                            .iter()
                            .map(|v| format!("{} ({})", v.display, v.author))
                            .collect();
                        format!("{}  {}: {}", c.household, c.path, values.join(" | "))
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        }
        Command::Resolve {
            household,
            path,
            value,
            reason,
            seen,
        } => {
            let path = field(&path)?;
            app.with(|device| device.resolve(household, &path, &value, &reason, seen.as_deref()))
                .map_err(fail)?;
            say(
                json,
                &json!({ "household": household.to_string(), "path": path.to_string(), "value": value }),
                || "Settled.".into(),
            )
        }
        Command::Duplicates { .. } | Command::Pair { .. } | Command::DecidePair { .. } => {
            duplicates::run(&host, args.command, json)
        }
        Command::Desk(command) => desk::run(&host, command, json),
        Command::Review { .. }
        | Command::Return { .. }
        | Command::Approve { .. }
        | Command::Assign { .. }
        | Command::Proposals { .. }
        | Command::SendProposal { .. }
        | Command::DiscardProposal { .. }
        | Command::AnswerProposal { .. } => review::run(&host, args.command, json),
        Command::Forms => {
            let forms = app.with(|device| device.forms()).map_err(fail)?;
            say(json, &forms, || {
                forms
                    .iter()
                    .map(|f| format!("{}  {}  {}", f.form, f.version, f.title))
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        }
        Command::NewSurvey { form, village } => {
            let household = app
                .with(|device| {
                    let village = only_village(device, village)?;
                    device.new_survey(&form, &village)
                })
                .map_err(fail)?;
            say(json, &json!({ "household": household.to_string() }), || {
                household.to_string()
            })
        }
        Command::Surveys { form } => {
            let list = app
                .with(|device| device.surveys(&views::SurveyQuery { form }))
                .map_err(fail)?;
            let named: Vec<Value> = list
                .rows
                .iter()
                .map(|row| {
                    // Under the same name as everywhere else; `id` is what the screens call it.
                    let mut value = serde_json::to_value(row).unwrap_or_default();
                    value["household"] = row.id.clone().into();
                    value
                })
                .collect();
            say(json, &named, || {
                list.rows
                    .iter()
                    .map(|r| format!("{}  {:?}  {}  {}", r.id, r.state, r.form_title, r.name))
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        }
        Command::Entities { list } => {
            let mut found = app
                .with(|device| device.entities(list.as_deref()))
                .map_err(fail)?;
            dump::mask_entities(&mut found);
            say(json, &found, || {
                let lines = found.entities.iter();
                lines
                    .map(|e| format!("{}  {}  {}  version {}", e.list, e.id, e.label, e.version))
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        }
        Command::CarryOver { household } => {
            let report = app
                .with(|device| device.carry_over(household))
                .map_err(fail)?;
            let mut value = serde_json::to_value(&report).unwrap_or_default();
            value["household"] = household.to_string().into();
            say(json, &value, || {
                let mut lines = vec![format!(
                    "{} -> {}: {} answers fit, {} do not.",
                    report.from_version,
                    report.to_version,
                    report.carried,
                    report.problems.len()
                )];
                lines.extend(
                    report
                        .problems
                        .iter()
                        .map(|p| format!("{}: {}", p.path, p.message)),
                );
                lines.join("\n")
            })
        }
        Command::Findings { household } => findings::run(&host, household, json),
        Command::Receipts { export } => receipts::run(&host, export.as_deref(), json),
        Command::Status => {
            let status = app.sync_status().map_err(fail)?;
            let households = app
                .with(|device| Ok(device.store().household_count()?))
                .map_err(fail)?;
            say(
                json,
                &json!({ "households": households, "unsent": status.unsent_households, "at_hub": status.at_hub_households, "in_file": status.in_file_households, "unsent_photos": status.unsent_photos, "unsent_surveys": status.unsent_surveys,
                         "refused": status.refused_households, "proposals": status.proposals, "conflicts": status.conflicts, "last_sync": status.last_success, "moves": status.moves }),
                || {
                    format!(
                        "{households} households, {} not at the district (of these {} at a hub), {} refused, {} to settle, last exchange {}",
                        status.unsent_households,
                        status.at_hub_households,
                        status.refused_households,
                        status.conflicts,
                        status.last_success
                    )
                },
            )
        }
        Command::Rebuild => {
            let progress = bar("rebuilding");
            let count = app
                .with(|device| {
                    device.rebuild(|done, all| {
                        progress.set_length(all as u64);
                        progress.set_position(done as u64);
                    })
                })
                .map_err(fail)?;
            progress.finish_and_clear();
            say(json, &json!({ "households": count }), || {
                format!("{count} households rebuilt from the log.")
            })
        }
    }
}

/// Who was shown full numbers, of which household, when: on disk before anything is shown. Holds no number.
fn log_reveal(data: &std::path::Path, household: HouseholdId) -> Result<(), CliError> {
    use std::io::Write;
    let at = crate::edge::rfc3339(crate::edge::now_ms());
    let line =
        json!({ "at": at, "household": household.to_string(), "account": crate::edge::account() });
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(data.join("reveals.log"))?;
    writeln!(file, "{line}")?;
    Ok(file.sync_all()?)
}

pub(super) fn say<T: serde::Serialize>(
    json: bool,
    value: &T,
    words: impl FnOnce() -> String,
) -> Result<(), CliError> {
    if json {
        print_json(value)
    } else {
        println!("{}", words());
        Ok(())
    }
}

pub(super) fn field(text: &str) -> Result<FieldPath, CliError> {
    text.parse()
        .map_err(|e: lawang_domain::FieldPathError| CliError::new("no_such_field", e.to_string()))
}

fn pairs(words: &[String]) -> Result<Vec<(FieldPath, String)>, CliError> {
    if !words.len().is_multiple_of(2) {
        return Err(CliError::new("value_missing", "every PATH needs a VALUE")
            .hint("An empty answer is ''."));
    }
    words
        .chunks(2)
        .map(|pair| Ok((field(&pair[0])?, pair[1].clone())))
        .collect()
}

type Answers = serde_json::Map<String, Value>;

fn read_answers(path: &std::path::Path) -> Result<Answers, CliError> {
    serde_json::from_slice(&read_file(path)?).map_err(|e| {
        CliError::new("bad_answers", format!("{} is no JSON object of answers (line {})", path.display(), e.line()))
            .hint("Example: {\"village_code\": \"18.09.01.2001\", \"address\": \"Dusun I\", \"members\": [{\"name\": \"Siti\"}]}")
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(items) => items
            .iter()
            .map(text)
            .collect::<Option<Vec<_>>>()
            .map(|all| all.join(" ")),
        Value::Bool(_) | Value::Object(_) => None,
    }
}

fn bad(key: &str) -> AppError {
    AppError::new("bad_value", "neither text nor number").at(key)
}

fn member_answers(
    id: lawang_domain::InstanceId,
    answers: &Answers,
) -> Result<Vec<(FieldPath, String)>, AppError> {
    answers
        .iter()
        .map(|(key, value)| {
            let key = key.rsplit('/').next().unwrap_or(key);
            Ok((
                FieldPath::of("members", id, key),
                text(value).ok_or_else(|| bad(key))?,
            ))
        })
        .collect()
}

fn only_village(device: &Device, village: Option<String>) -> Result<String, AppError> {
    match (village, device.villages()?.as_slice()) {
        (Some(code), _) => Ok(code),
        (None, [only]) => Ok(only.code.clone()),
        (None, _) => Err(AppError::new("no_such_village", "no village given")),
    }
}

/// `village` (or `village_code`) says where; without it the device's only village is meant.
fn add_household(device: &mut Device, answers: &Answers) -> Result<HouseholdId, AppError> {
    let mut own = Vec::new();
    let mut members = Vec::new();
    let mut village = None;
    for (key, value) in answers {
        match (key.as_str(), value) {
            ("village" | "village_code", value) => village = text(value),
            ("members", Value::Array(all)) => {
                members = all.iter().filter_map(Value::as_object).cloned().collect()
            }
            (key, value) => {
                let path = key
                    .parse()
                    .map_err(|_| AppError::new("no_such_field", "not a field path").at(key))?;
                own.push((path, text(value).ok_or_else(|| bad(key))?));
            }
        }
    }
    let village = only_village(device, village)?;
    let household = device.add_household(&village)?;
    if !own.is_empty() {
        device.give(household, None, &own)?;
    }
    for member in &members {
        let id = device.new_member_id();
        let pairs = member_answers(id, member)?;
        device.give(household, Some(id), &pairs)?;
    }
    Ok(household)
}

fn submit(host: &Host, household: HouseholdId, json: bool) -> Result<(), CliError> {
    let done = host.app().with(|device| {
        let summary = device.visit_summary(household, Whole::Everything)?;
        if summary.ready {
            device.submit(household, Whole::Everything).map(Ok)
        } else {
            // Nothing was typed by looking: the visit is put down again.
            device.close_visit(household)?;
            Ok(Err(summary.problems))
        }
    });
    match done.map_err(|error| refuse(host, &error))? {
        Ok(at) => say(
            json,
            &json!({ "household": household.to_string(), "submitted": at }),
            || format!("Submitted {at}."),
        ),
        Err(problems) => {
            let error =
                AppError::new("incomplete", "missing or wrong").with(problems.len().to_string());
            let mut refusal = refuse(host, &error);
            refusal.details = serde_json::to_value(problems).ok();
            Err(refusal)
        }
    }
}

fn households(
    host: &Host,
    search: Option<String>,
    village: Option<String>,
    limit: Option<u32>,
) -> Result<Vec<views::WorklistRow>, AppError> {
    let limit = limit.unwrap_or(u32::MAX);
    let mut rows = Vec::new();
    host.app().with(|device| {
        while (rows.len() as u32) < limit {
            let page = device.worklist(&views::WorklistQuery {
                search: search.clone().unwrap_or_default(),
                village: village.clone(),
                states: Vec::new(),
                offset: rows.len() as u32,
                limit: (limit - rows.len() as u32).min(200),
            })?;
            if page.rows.is_empty() {
                break;
            }
            rows.extend(page.rows);
        }
        Ok(())
    })?;
    Ok(rows)
}
