//! What the policy has to know of a record, and the documents beside its field answers.

use crate::{
    devices::Device,
    error::{Result, ServerError},
    household::{Household, int},
    hub::LIVE,
    moves,
    refusal::{Refusal, refuse},
    restrict,
    store::{Tx, params},
};
use lawang_domain::{
    Contest, Denied, DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordContext, Role,
    Target, VillageCode, VisitState, Writer, may_touch, may_write,
};
use lawang_records::{
    Excused, Hash, Record, Review, State, Touch, VISITS, concerns, maker, review, review_at,
    submission,
};
use lawang_sync::KIND_BASE;
use std::collections::BTreeSet;

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
    let found = review(&answers, Some(verification))?;
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

/// A write, as the policy has to know of it.
pub(crate) struct Asked<'a> {
    pub kind: DocumentKind,
    pub touches: &'a [Touch],
    /// The heads that it was made on.
    pub seen: &'a [Hash],
    /// The verification as it is now, if it is loaded.
    pub verification: Option<&'a Record>,
    /// The life of the device in which it was made.
    pub incarnation: &'a [u8; 8],
    /// Milliseconds since 1970.
    pub now: u64,
}

/// What the policy has to know. Answers are judged by where the record stands now; a decision by what its author had
/// seen: what others decided meanwhile makes it no mistake, and contradictions are shown and settled, not refused.
fn context(
    tx: &Tx<'_>,
    household: &Household,
    village: VillageCode,
    asked: &Asked<'_>,
    device: &Device,
) -> Result<RecordContext> {
    let mut context = RecordContext {
        village,
        state: lawang_domain::RecordState::Draft,
        survey: household.form.is_some(),
        own_work: false,
        contested: None,
        restricted: false,
    };
    if asked.kind == DocumentKind::FieldAnswers {
        // Nobody has decided anything: answers are open, and no document has to be read.
        if let Some((_, found)) = stands(tx, household, asked.verification)? {
            context.state = found.state;
        }
        return Ok(context);
    }
    let answers = household.record.state()?;
    let about = visit_decided_on(asked.touches).and_then(|visit| submission(&answers, visit));
    let made = about.or_else(|| maker(&answers));
    let visit = made.map(|(visit, _)| visit);
    let found = match asked.verification {
        Some(record) if asked.kind == DocumentKind::Verification => {
            review_at(visit, record, asked.seen)?
        }
        Some(record) => review(&answers, Some(record))?,
        None => match side(tx, household.id, DocumentKind::Verification)? {
            Some(record) => review(&answers, Some(&record))?,
            None => review(&answers, None)?,
        },
    };
    context.state = found.state;
    let mut taken = Vec::new();
    for decision in &found.contested {
        taken.push((decision.state, role_of(tx, &decision.change.0)?));
    }
    context.contested = Contest::between(taken);
    if let Some((visit, change)) = made {
        let by = match person_of(tx, &change.0)? {
            Some(by) => by,
            // The record began anew since: the visit itself says whose it is.
            None => answers
                .text(&FieldPath::of(VISITS, visit, "person"))
                .to_owned(),
        };
        context.own_work = by == device.person;
    }
    if let Some((_, change)) = about.filter(|_| !context.own_work) {
        context.own_work = answered_since(tx, household, &change, asked, device)?;
    }
    Ok(context)
}

/// Whether whoever decides on a visit gave answers since it was submitted, as far as their device has certainly seen that:
/// it gave them itself, or has agreed with this server since. What its check allowed is refused by nobody.
fn answered_since(
    tx: &Tx<'_>,
    household: &Household,
    submission: &Hash,
    asked: &Asked<'_>,
    device: &Device,
) -> Result<bool> {
    let agreed = |at: i64| device.last_agreed.is_some_and(|agreed| int(agreed) > at);
    let mut own = BTreeSet::new();
    tx.each(
        &format!(
            "SELECT hash, device, incarnation, received_at FROM change_log
             WHERE household = ?1 AND kind = 0 AND person = ?2 AND {LIVE}"
        ),
        params![household.id.as_bytes(), &device.person],
        |row| {
            let (by, life): ([u8; 16], Vec<u8>) = (row.get(1)?, row.get(2)?);
            let here = by == *device.id.as_bytes() && life == *asked.incarnation;
            if here || agreed(row.get(3)?) {
                own.insert(Hash(row.get(0)?));
            }
            Ok(())
        },
    )?;
    let verification = match asked.verification {
        Some(record) => record.state()?,
        None => State::default(),
    };
    if !own.is_empty() {
        let excused = excused(tx, &verification, &device.person)?;
        let own = |hash: &Hash| own.contains(hash);
        let found = household
            .record
            .answered_since(submission, &own, &excused)?;
        if !found.is_empty() {
            return Ok(true);
        }
    }
    if Some(*submission) != household.record.genesis_hash() {
        return Ok(false);
    }
    // The record began anew since: its row says who answered.
    let word: Option<i64> = tx.optional(
        "SELECT received_at FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq DESC LIMIT 1",
        params![household.id.as_bytes(), u32::from(KIND_BASE)],
        |r| r.get(0),
    )?;
    let said = household.record.said()?;
    let named = said.since.values().any(|of| of.contains(&device.person));
    Ok(named && word.is_some_and(agreed))
}

/// What a verification says that makes answers nobody's own, for a person.
pub(crate) fn excused(tx: &Tx<'_>, verification: &State, person: &str) -> Result<Excused> {
    let mut failed = None;
    let found = Excused::of(verification, &mut |change| match person_of(tx, &change.0) {
        Ok(by) => by.as_deref() != Some(person),
        Err(error) => {
            failed = Some(error);
            false
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// The visit that a decision names.
fn visit_decided_on(touches: &[Touch]) -> Option<InstanceId> {
    touches.iter().find_map(|touch| match touch {
        Touch::Put {
            repeat, key, value, ..
        } if repeat == Event::DECISIONS && key == "visit" => value.parse().ok(),
        _ => None,
    })
}

/// Of a record that began anew nobody knows any more who decided: the village's own person, at least.
fn role_of(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Role> {
    let role: Option<String> = tx.optional(
        "SELECT role FROM change_log WHERE hash = ?1",
        params![hash],
        |r| r.get(0),
    )?;
    Ok(role
        .and_then(|role| role.parse().ok())
        .unwrap_or(Role::VillageVerifier))
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
    asked: &Asked<'_>,
) -> Result<std::result::Result<(), Refusal>> {
    let Ok(village) = household.village.parse::<VillageCode>() else {
        return Ok(Err(refuse(
            "not_your_village",
            "the village is not assigned to the device",
        )));
    };
    // What was made before the word came that the record moved is taken.
    let mut villages = device.villages.clone();
    if !villages.contains(&village) && moves::late(tx, device, household.id, asked.now)? {
        villages.push(village);
    }
    let writer = Writer {
        role: device.role,
        villages: &villages,
    };
    // Before a document is read for it.
    if let Err(denied) = may_touch(writer, asked.kind, village) {
        return Ok(Err(denied.into()));
    }
    let mut context = context(tx, household, village, asked, device)?;
    let restricted = restrict::restricted(tx, household.id)?;
    context.restricted = restricted.whole;
    let answers = if restricted.persons.is_empty() {
        State::default()
    } else {
        household.record.state()?
    };
    for touch in asked.touches {
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
            kind: asked.kind,
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
