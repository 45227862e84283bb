//! Commands of the verifier's desk.

use crate::{
    commands::Nothing,
    parse::{household, instance, path},
};
use lawang_app::{App, AppError, views::*};
use lawang_domain::{FieldPath, HouseholdId};

fn comparison(app: &App, id: HouseholdId) -> Result<Comparison, AppError> {
    app.with(|device| device.comparison(id, false))
}

pub(crate) fn open(app: &App, args: ComparisonRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    app.with(|device| device.comparison(id, args.everything))
}

pub(crate) fn accept(app: &App, args: AcceptRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    let older = args
        .keep_older
        .iter()
        .map(|text| path(text))
        .collect::<Result<Vec<FieldPath>, _>>()?;
    app.with(|device| device.desk_accept(id, &args.seen, &older, &args.note))?;
    comparison(app, id)
}

pub(crate) fn send_back(app: &App, args: SendBackRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    let comments = args
        .comments
        .into_iter()
        .map(|comment| Ok((path(&comment.path)?, comment.text)))
        .collect::<Result<Vec<_>, AppError>>()?;
    app.with(|device| {
        device.desk_send_back(id, &args.seen, &args.reason, &comments, &args.assign)
    })?;
    comparison(app, id)
}

pub(crate) fn comment(app: &App, args: CommentRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    if args.answers.is_empty() {
        let about = match args.path.as_str() {
            "" => None,
            text => Some(path(text)?),
        };
        app.with(|device| device.comment(id, about.as_ref(), &args.text))?;
    } else {
        let answered = instance(&args.answers)?;
        app.with(|device| device.answer_comment(id, answered, &args.text))?;
    }
    comparison(app, id)
}

pub(crate) fn assign(app: &App, args: AssignRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    app.with(|device| device.assign(id, &args.person, "", &args.reason))?;
    comparison(app, id)
}

pub(crate) fn removal(app: &App, args: RemovalRequest) -> Result<Comparison, AppError> {
    let id = household(&args.household)?;
    app.with(|device| {
        device.desk_removal(
            id,
            &args.seen,
            &args.reason,
            &args.note,
            &args.replacement,
            &args.evidence,
        )
    })?;
    comparison(app, id)
}

pub(crate) fn settle(app: &App, args: SettleRequest) -> Result<Settled, AppError> {
    let conflicts = args
        .conflicts
        .iter()
        .map(|key| {
            Ok((
                household(&key.household)?,
                path(&key.path)?,
                key.seen.clone(),
            ))
        })
        .collect::<Result<Vec<_>, AppError>>()?;
    app.with(|device| device.settle_many(&conflicts, &args.take, &args.reason))
}

pub(crate) fn keep_draft(app: &App, args: DeskDraftRequest) -> Result<Nothing, AppError> {
    let id = household(&args.household)?;
    app.with(|device| device.keep_desk_draft(id, &args.draft))?;
    Ok(Nothing {})
}

pub(crate) fn undo(app: &App, args: UndoRequest) -> Result<Nothing, AppError> {
    let (id, settlement) = (household(&args.household)?, instance(&args.settlement)?);
    app.with(|device| device.undo_settlement(id, settlement))?;
    Ok(Nothing {})
}

pub(crate) fn draw(app: &App, args: DrawRequest) -> Result<BackChecks, AppError> {
    app.with(|device| {
        device.draw_back_checks(&args.village, args.percent, &args.seed)?;
        device.back_checks(&args.village)
    })
}

pub(crate) fn begin_again(app: &App, args: HouseholdRequest) -> Result<HouseholdAdded, AppError> {
    let id = household(&args.household)?;
    let survey = app.with(|device| device.begin_back_check(id))?;
    Ok(HouseholdAdded {
        household: survey.to_string(),
    })
}
