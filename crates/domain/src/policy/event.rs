//! What is written into verification and administration, and which decisions there are.

use super::{Denied, DocumentKind, RecordState};
use crate::Role;

/// A kind of event: an instance of a repeat that is written once.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub kind: DocumentKind,
    /// The repeat's name.
    pub repeat: &'static str,
    /// Its fields, besides `_of`, `_order` and `step`.
    pub keys: &'static [&'static str],
    /// Who writes it.
    pub roles: &'static [Role],
}

impl Event {
    /// `decision` (a state of the record), `reason`, `visit` (id of the visit decided on).
    pub const DECISIONS: &'static str = "decisions";
    /// `path` (may be empty), `text`, `decision` (id of the decision that it belongs to).
    pub const COMMENTS: &'static str = "comments";
    /// Refused edits that somebody proposes: `reason` (code), `note`, `edits` (JSON), `change` (hash).
    pub const PROPOSALS: &'static str = "proposals";
    /// What became of a proposal: `proposal` (id), `taken` (`1`, `2`), `note`.
    pub const ANSWERS: &'static str = "proposal_answers";
    /// Who is one person with whom: `member`, `other_household`, `other_member`, `verdict` (`same`, `two_families`,
    /// `different`), `keeps` (`1` this, `2` the other; empty where none goes), `taken` (JSON: names of the answers
    /// taken from the one that goes), `reason`. It stands in the verification of both households under the same id,
    /// from the view of each.
    pub const PAIRS: &'static str = "pairs";
    /// `person`, `device` (may be empty), `reason`.
    pub const ASSIGNMENTS: &'static str = "assignments";
    /// `village`, `reason`.
    pub const MOVES: &'static str = "moves";
    /// `status`, `reason`.
    pub const STATUSES: &'static str = "statuses";
    /// Processing is restricted, or no longer: `restricted` (`1`, `0`), `person` (a member's id; empty: all of the
    /// record), `reason`. No role writes it: the office does, at the server, on request of the person.
    pub const RESTRICTIONS: &'static str = "restrictions";
}

const FIELD: &[Role] = &[
    Role::Enumerator,
    Role::VillageVerifier,
    Role::VillageOperator,
    Role::VillageHead,
    Role::PkhFacilitator,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
];
const CHECKERS: &[Role] = &[
    Role::VillageVerifier,
    Role::VillageHead,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
    Role::Regent,
];
const WHO_PAIR: &[Role] = &[
    Role::VillageVerifier,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
];
const WHO_TAKE: &[Role] = &[Role::VillageVerifier, Role::VillageOperator];
const DINSOS: &[Role] = &[Role::DinsosOperator, Role::DinsosVerifier, Role::DinsosHead];
const ASSIGNERS: &[Role] = &[
    Role::VillageVerifier,
    Role::VillageOperator,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
];

/// Everything that is written into verification and administration.
pub const EVENTS: &[Event] = &[
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::DECISIONS,
        keys: &["decision", "reason", "visit"],
        roles: CHECKERS,
    },
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::COMMENTS,
        keys: &["path", "text", "decision"],
        roles: FIELD,
    },
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::PROPOSALS,
        keys: &["reason", "note", "edits", "change"],
        roles: FIELD,
    },
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::ANSWERS,
        keys: &["proposal", "taken", "note"],
        roles: WHO_TAKE,
    },
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::PAIRS,
        keys: &[
            "member",
            "other_household",
            "other_member",
            "verdict",
            "keeps",
            "taken",
            "reason",
        ],
        roles: WHO_PAIR,
    },
    Event {
        kind: DocumentKind::Administration,
        repeat: Event::ASSIGNMENTS,
        keys: &["person", "device", "reason"],
        roles: ASSIGNERS,
    },
    Event {
        kind: DocumentKind::Administration,
        repeat: Event::MOVES,
        keys: &["village", "reason"],
        roles: DINSOS,
    },
    Event {
        kind: DocumentKind::Administration,
        repeat: Event::STATUSES,
        keys: &["status", "reason"],
        roles: DINSOS,
    },
    Event {
        kind: DocumentKind::Administration,
        repeat: Event::RESTRICTIONS,
        keys: &["restricted", "person", "reason"],
        roles: &[],
    },
];

/// A step of the process that a person takes.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// The state that it leads to.
    pub to: RecordState,
    pub roles: &'static [Role],
    /// The states in which it is taken.
    pub from: &'static [RecordState],
}

const DECISIONS: &[Decision] = {
    use RecordState as S;
    &[
        Decision {
            to: S::Returned,
            roles: CHECKERS,
            from: &[
                S::Submitted,
                S::DukcapilChecked,
                S::FieldVerified,
                S::InMusdes,
                S::MusdesAccepted,
                S::MusdesRejected,
                S::DinsosVerified,
                S::RegentApproved,
                S::SentToPusdatin,
                S::Accepted,
            ],
        },
        Decision {
            to: S::FieldVerified,
            roles: &[Role::VillageVerifier],
            from: &[S::Submitted, S::DukcapilChecked],
        },
        Decision {
            to: S::InMusdes,
            roles: &[Role::VillageHead],
            from: &[S::FieldVerified],
        },
        Decision {
            to: S::MusdesAccepted,
            roles: &[Role::VillageHead],
            from: &[S::FieldVerified, S::InMusdes],
        },
        Decision {
            to: S::MusdesRejected,
            roles: &[Role::VillageHead],
            from: &[S::FieldVerified, S::InMusdes],
        },
        Decision {
            to: S::DinsosVerified,
            roles: &[Role::DinsosVerifier, Role::DinsosHead],
            from: &[S::MusdesAccepted],
        },
        Decision {
            to: S::RegentApproved,
            roles: &[Role::Regent],
            from: &[S::DinsosVerified],
        },
        Decision {
            to: S::SentToPusdatin,
            roles: &[Role::DinsosOperator, Role::DinsosHead],
            from: &[S::DinsosVerified, S::RegentApproved],
        },
        Decision {
            to: S::Accepted,
            roles: &[Role::DinsosOperator, Role::DinsosHead],
            from: &[S::SentToPusdatin],
        },
    ]
};

impl Decision {
    /// All decisions.
    pub const ALL: &'static [Self] = DECISIONS;

    /// The decision that leads to a state; nobody decides that a record is a draft or submitted.
    pub fn to(state: RecordState) -> Option<Self> {
        DECISIONS.iter().copied().find(|d| d.to == state)
    }

    /// What "approve" means for a role while the record stands in a state.
    pub fn approval(role: Role, state: RecordState) -> Option<Self> {
        use RecordState as S;
        DECISIONS
            .iter()
            .copied()
            .filter(|d| !matches!(d.to, S::Returned | S::InMusdes | S::MusdesRejected))
            .find(|d| d.roles.contains(&role) && d.from.contains(&state))
    }

    /// Whether a role may take it in a state. `own_work`: the same person filled in what is decided on.
    ///
    /// # Errors
    /// [`Denied`] with the reason.
    pub fn may(&self, role: Role, state: RecordState, own_work: bool) -> Result<(), Denied> {
        if !self.roles.contains(&role) {
            return Err(Denied::Decision(role, self.to));
        }
        if !self.from.contains(&state) {
            return Err(Denied::Order(state, self.to));
        }
        // Sending one's own work back is no approval of it.
        if own_work && self.to != RecordState::Returned {
            return Err(Denied::OwnWork);
        }
        Ok(())
    }
}
