//! Who may write what: one table, asked by the device before it writes and by the server before it takes.
//!
//! A write is allowed when three things agree: the role does this kind of thing, the village is assigned, and the
//! record stands in a state in which it may be done. The functions are pure; what they need to know of the
//! record is handed in.

mod denied;
mod event;
mod standing;
mod state;

pub use denied::Denied;
pub use event::{Decision, EVENTS, Event};
pub use standing::{Contest, Standing, Taken, contradict, standing};
pub use state::{RecordState, UnknownRecordState};

use crate::{Role, VillageCode};
use serde::{Deserialize, Serialize};

/// Documents of a record, split by who has authority over them: what is refused in one never entangles another.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// What was answered at the door.
    #[default]
    FieldAnswers,
    /// Decisions, comments and proposals.
    Verification,
    /// Assignments, moves, state in the process.
    Administration,
}

impl DocumentKind {
    /// All kinds, by number.
    pub const ALL: &[Self] = &[Self::FieldAnswers, Self::Verification, Self::Administration];

    /// The number in tables and messages; field answers are 0.
    pub fn number(self) -> u8 {
        match self {
            Self::FieldAnswers => 0,
            Self::Verification => 1,
            Self::Administration => 2,
        }
    }

    /// The reverse of [`DocumentKind::number`].
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The name in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FieldAnswers => "field_answers",
            Self::Verification => "verification",
            Self::Administration => "administration",
        }
    }
}

/// Who writes: the role and the villages of the enrolment, never what a message says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    pub role: Role,
    pub villages: &'a [VillageCode],
}

/// The record that is written to, as it stands.
#[derive(Clone, Copy, Debug)]
pub struct RecordContext {
    pub village: VillageCode,
    pub state: RecordState,
    /// It answers another questionnaire than the household visit.
    pub survey: bool,
    /// Whoever writes also submitted the visit that is to be decided on, or gave answers of their own since.
    pub own_work: bool,
    /// Decisions contradict each other. Like `state`, for a decision as its author saw it.
    pub contested: Option<Contest>,
    /// Processing of the household's data is restricted on request: they are kept, and nobody works on them.
    pub restricted: bool,
}

/// One thing that is written.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub kind: DocumentKind,
    /// The repeat of the instance; empty for an answer of the household itself.
    pub repeat: &'a str,
    pub key: &'a str,
    pub value: &'a str,
    /// The instance is made by the same change.
    pub new: bool,
    /// The instance was struck out at the heads on which the change was made.
    pub removed: bool,
    /// It is about a person whose data are restricted on request.
    pub restricted: bool,
}

/// Answers that only the register gives; no role writes them in the field.
const REGISTER_FIELDS: &[&str] = &[
    "register_id",
    "welfare_decile",
    "register_updated",
    "person_id",
];
const VISITS: &str = "visits";
/// Repeats of field answers whose instances are written once.
const WRITTEN_ONCE: &[&str] = &["settlements", "entity_changes"];

/// Whether anything of this kind of document may be written by the role in the village at all: the part of the
/// table that needs no record.
///
/// # Errors
/// [`Denied`] with the reason.
pub fn may_touch(
    writer: Writer<'_>,
    kind: DocumentKind,
    village: VillageCode,
) -> Result<(), Denied> {
    use Role as R;
    let role = match kind {
        DocumentKind::FieldAnswers => {
            matches!(
                writer.role,
                R::Enumerator | R::VillageVerifier | R::VillageOperator
            )
        }
        DocumentKind::Verification | DocumentKind::Administration => EVENTS
            .iter()
            .any(|event| event.kind == kind && event.roles.contains(&writer.role)),
    };
    if !role {
        return Err(Denied::Role(writer.role, kind));
    }
    if writer.villages.contains(&village) {
        Ok(())
    } else {
        Err(Denied::Village(village))
    }
}

/// Whether field answers may be written by the role while the record stands in a state.
///
/// Open for all who visit until it is verified, and again after it was returned or a round has ended; between
/// verification and the village meeting only the village itself still corrects; then nobody does.
pub fn answers_open(role: Role, state: RecordState) -> bool {
    use RecordState as S;
    match state {
        S::Draft
        | S::Submitted
        | S::DukcapilChecked
        | S::Returned
        | S::MusdesRejected
        | S::Accepted => true,
        S::FieldVerified => matches!(role, Role::VillageVerifier | Role::VillageOperator),
        S::InMusdes
        | S::MusdesAccepted
        | S::DinsosVerified
        | S::RegentApproved
        | S::SentToPusdatin => false,
    }
}

/// Whether answers that stand may still be corrected by the role: conflicts settled, settlements undone. As long as the
/// village meeting has not decided, the village itself does, also while it meets; but it brings no new visit then.
pub fn settling_open(role: Role, state: RecordState) -> bool {
    let village = matches!(role, Role::VillageVerifier | Role::VillageOperator);
    answers_open(role, state) || (village && state == RecordState::InMusdes)
}

/// Whether one thing may be written.
///
/// # Errors
/// [`Denied`] with the reason; the first that applies of role, village, restriction, shape, state.
pub fn may_write(
    writer: Writer<'_>,
    record: &RecordContext,
    target: &Target<'_>,
) -> Result<(), Denied> {
    may_touch(writer, target.kind, record.village)?;
    if record.restricted || target.restricted {
        return Err(Denied::Restricted);
    }
    match target.kind {
        DocumentKind::FieldAnswers => field_answer(writer, record, target),
        kind => event(writer, record, target, kind),
    }
}

fn field_answer(
    writer: Writer<'_>,
    record: &RecordContext,
    target: &Target<'_>,
) -> Result<(), Denied> {
    let register = (target.repeat.is_empty() && target.key == "_form")
        || target.key == "_said"
        || (!record.survey && REGISTER_FIELDS.contains(&target.key));
    if register {
        return Err(Denied::Register(target.key.to_owned()));
    }
    if !target.repeat.is_empty() && !target.new {
        // An instance never changes what it is, nor a visit whose it is.
        if target.key == "_of" || (target.repeat == VISITS && target.key == "person") {
            return Err(Denied::WrittenOnce(target.repeat.to_owned()));
        }
        if WRITTEN_ONCE.contains(&target.repeat) {
            return Err(Denied::WrittenOnce(target.repeat.to_owned()));
        }
    }
    if target.removed && !target.key.starts_with('_') {
        return Err(Denied::Removed);
    }
    let open = match target.repeat {
        VISITS => answers_open,
        _ => settling_open,
    };
    if open(writer.role, record.state) {
        Ok(())
    } else {
        Err(Denied::State(record.state))
    }
}

/// Verification and administration are events: an instance is written whole when it is made, and never again.
fn event(
    writer: Writer<'_>,
    record: &RecordContext,
    target: &Target<'_>,
    kind: DocumentKind,
) -> Result<(), Denied> {
    let event = EVENTS
        .iter()
        .find(|event| event.kind == kind && event.repeat == target.repeat)
        .ok_or_else(|| Denied::Shape(target.key.to_owned()))?;
    if !target.new {
        return Err(Denied::WrittenOnce(target.repeat.to_owned()));
    }
    if !matches!(target.key, "_of" | "_order" | "step") && !event.keys.contains(&target.key) {
        return Err(Denied::Shape(target.key.to_owned()));
    }
    if !event.roles.contains(&writer.role) {
        return Err(Denied::Event(writer.role, event.repeat));
    }
    if event.repeat == Event::DECISIONS && target.key == "decision" {
        let to: RecordState = target
            .value
            .parse()
            .map_err(|_| Denied::Shape(target.key.to_owned()))?;
        Decision::to(to)
            .ok_or_else(|| Denied::Shape(target.key.to_owned()))?
            .may(writer.role, record)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod workflow_tests;
