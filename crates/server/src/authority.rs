//! What the policy has to know of a record, and the documents beside its field answers.

use crate::{
    devices::Device,
    error::{Result, ServerError},
    household::Household,
    hub::LIVE,
    refusal::{Refusal, refuse},
    restrict,
    store::{Tx, params},
};
use lawang_domain::{
    Denied, DocumentKind, FieldPath, HouseholdId, RecordContext, Target, VillageCode, VisitState,
    Writer, may_touch, may_write,
};
use lawang_records::{Record, Review, State, Touch, VISITS, concerns, maker, review};

/// A verification or administration, built from its log; `None` when nobody has written one.
pub(crate) fn side(tx: &Tx<'_>, id: HouseholdId, kind: DocumentKind) -> Result<Option<Record>> {
    let mut record: Option<Record> = None;
    tx.each(
        &format!(
            "SELECT body FROM change_log WHERE household = ?1 AND kind = ?2 AND kind > 0 AND {LIVE} ORDER BY seq"
        ),
        params![id.as_bytes(), u32::from(kind.number())],
        |row| {
            let body: Vec<u8> = row.get(0)?;
            let mut document = match record.take() {
                Some(document) => document,
                None => Record::genesis_of(id, kind)?,
            };
            document
                .apply(&body)
                .map_err(|e| ServerError::Damaged(e.to_string()))?;
            record = Some(document);
            Ok(())
        },
    )?;
    Ok(record)
}

/// Where a record stands. `verification`: as it is now, if it was written in this batch.
fn stands(
    tx: &Tx<'_>,
    household: &Household,
    verification: Option<&Record>,
) -> Result<Option<(State, Review)>> {
    let stored;
    let verification = match verification {
        Some(record) => Some(record),
        None => {
            stored = side(tx, household.id, DocumentKind::Verification)?;
            stored.as_ref()
        }
    };
    let Some(verification) = verification else {
        return Ok(None);
    };
    let answers = household.record.state()?;
    let found = review(&answers, Some(&verification.state()?));
    Ok(Some((answers, found)))
}

/// The state of the visit that a decision makes, for lists; `None` when nothing was decided on the newest visit.
pub(crate) fn decided(tx: &Tx<'_>, household: &Household) -> Result<Option<VisitState>> {
    use lawang_domain::RecordState as S;
    Ok(
        stands(tx, household, None)?.and_then(|(_, found)| match found.state {
            S::Draft | S::Submitted => None,
            S::Returned => Some(VisitState::Returned),
            _ => Some(VisitState::Verified),
        }),
    )
}

/// What the policy has to know.
fn context(
    tx: &Tx<'_>,
    household: &Household,
    village: VillageCode,
    kind: DocumentKind,
    verification: Option<&Record>,
    person: &str,
) -> Result<RecordContext> {
    let mut context = RecordContext {
        village,
        state: lawang_domain::RecordState::Draft,
        survey: household.form.is_some(),
        own_work: false,
        restricted: false,
    };
    match stands(tx, household, verification)? {
        Some((_, found)) if kind == DocumentKind::FieldAnswers => context.state = found.state,
        // Nobody has decided anything: answers are open, and no document has to be read.
        None if kind == DocumentKind::FieldAnswers => {}
        other => {
            let (answers, found) = match other {
                Some(found) => found,
                None => {
                    let answers = household.record.state()?;
                    let found = review(&answers, None);
                    (answers, found)
                }
            };
            context.state = found.state;
            if let Some((visit, change)) = maker(&answers) {
                let by = match person_of(tx, &change.0)? {
                    Some(by) => by,
                    // The record began anew since: the visit itself says whose it is.
                    None => answers
                        .text(&FieldPath::of(VISITS, visit, "person"))
                        .to_owned(),
                };
                context.own_work = by == person;
            }
        }
    }
    Ok(context)
}

fn person_of(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<String>> {
    tx.optional(
        "SELECT person FROM change_log WHERE hash = ?1",
        params![hash],
        |r| r.get(0),
    )
}

/// Whether the device may write all of this: operation by operation.
pub(crate) fn allowed(
    tx: &Tx<'_>,
    device: &Device,
    household: &Household,
    kind: DocumentKind,
    touches: &[Touch],
    verification: Option<&Record>,
) -> Result<std::result::Result<(), Refusal>> {
    let Ok(village) = household.village.parse::<VillageCode>() else {
        return Ok(Err(refuse(
            "not_your_village",
            "the village is not assigned to the device",
        )));
    };
    let writer = Writer {
        role: device.role,
        villages: &device.villages,
    };
    // Before a document is read for it.
    if let Err(denied) = may_touch(writer, kind, village) {
        return Ok(Err(denied.into()));
    }
    let mut context = context(tx, household, village, kind, verification, &device.person)?;
    let restricted = restrict::restricted(tx, household.id)?;
    context.restricted = restricted.whole;
    let answers = if restricted.persons.is_empty() {
        State::default()
    } else {
        household.record.state()?
    };
    for touch in touches {
        let Touch::Put {
            repeat,
            key,
            value,
            new,
            removed,
            ..
        } = touch
        else {
            continue;
        };
        let target = Target {
            kind,
            repeat,
            key,
            value,
            new: *new,
            removed: *removed,
            restricted: concerns(&restricted.persons, &answers, touch),
        };
        if let Err(denied) = may_write(writer, &context, &target) {
            return Ok(Err(denied.into()));
        }
    }
    Ok(Ok(()))
}

/// Whether rows of new records may be made in a village.
pub(crate) fn may_add(device: &Device, village: &str) -> std::result::Result<(), Refusal> {
    let not_yours = || {
        refuse(
            "not_your_village",
            "the village is not assigned to the device",
        )
    };
    let code = village.parse().map_err(|_| not_yours())?;
    let writer = Writer {
        role: device.role,
        villages: &device.villages,
    };
    Ok(may_touch(writer, DocumentKind::FieldAnswers, code)?)
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        refuse(denied.code(), denied)
    }
}

/// A step that jumps ahead would win over every later decision.
pub(crate) fn step_fits(record: &Record, touches: &[Touch]) -> Result<bool> {
    let state = record.state()?;
    let largest = state
        .fields
        .iter()
        .filter(|(path, _)| path.key == "step")
        .filter_map(|(_, values)| values.first()?.text.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    Ok(touches.iter().all(|touch| match touch {
        Touch::Put { key, value, .. } if key == "step" => {
            value.parse::<u64>().is_ok_and(|step| step <= largest + 1)
        }
        _ => true,
    }))
}
