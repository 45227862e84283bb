//! What is written into verification and administration, and which decisions there are.

use super::{Contest, Denied, DocumentKind, RecordContext, RecordState};
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
    /// `path` (may be empty), `text`, `decision` (id of the decision that it belongs to), `answers` (id of the comment
    /// that it answers; empty: a comment of its own).
    pub const COMMENTS: &'static str = "comments";
    /// Refused edits that somebody proposes: `reason` (code), `note`, `edits` (JSON), `change` (hash).
    pub const PROPOSALS: &'static str = "proposals";
    /// What became of a proposal: `proposal` (id), `taken` (`1`, `2`), `note`.
    pub const ANSWERS: &'static str = "proposal_answers";
    /// A family is proposed for removal, or no longer: `reason` (code; empty takes the proposal back), `note`, `visit`
    /// (on which it rests), `replacement` (id of the household that takes the place; may be empty), `evidence` (JSON: the
    /// files that it shows, by their hashes; absent where there are none).
    pub const REMOVALS: &'static str = "removals";
    /// A person decided about two persons who may be one: `member`, `other_household`, `other_member`, `verdict`
    /// (`same`, `two_families`, `different`), `keeps` (`1` this one, `2` the other), `taken` (JSON: names of fields taken
    /// from the one who goes), `reason`, `lists` (JSON: dates of the lists by source on which a look at who receives what
    /// rests; empty for all others).
    pub const PAIRS: &'static str = "pairs";
    /// `person`, `device` (may be empty), `reason`.
    pub const ASSIGNMENTS: &'static str = "assignments";
    /// `village`, `reason`.
    pub const MOVES: &'static str = "moves";
    /// A finished visit was drawn to be made again by somebody else: `visit`, `seed` (text, with random bytes of the
    /// program), `percent`, `of` (how many visits of that person it was drawn from, and SHA-256 of their ids in order).
    pub const BACK_CHECKS: &'static str = "back_checks";
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
const DECIDERS: &[Role] = &[
    Role::DukcapilOfficer,
    Role::VillageVerifier,
    Role::VillageHead,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
    Role::Regent,
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
const WHO_TAKE: &[Role] = &[Role::VillageVerifier, Role::VillageOperator];
const PROPOSERS: &[Role] = &[
    Role::VillageVerifier,
    Role::VillageOperator,
    Role::PkhFacilitator,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
];
const PAIRERS: &[Role] = &[
    Role::VillageVerifier,
    Role::Tksk,
    Role::DinsosOperator,
    Role::DinsosVerifier,
    Role::DinsosHead,
];
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
        roles: DECIDERS,
    },
    Event {
        kind: DocumentKind::Verification,
        repeat: Event::COMMENTS,
        keys: &["path", "text", "decision", "answers"],
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
        repeat: Event::REMOVALS,
        keys: &["reason", "note", "visit", "replacement", "evidence"],
        roles: PROPOSERS,
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
            "lists",
        ],
        roles: PAIRERS,
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
        repeat: Event::BACK_CHECKS,
        keys: &["visit", "seed", "percent", "of"],
        roles: PAIRERS,
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
            to: S::DukcapilChecked,
            roles: &[Role::DukcapilOfficer],
            from: &[S::Submitted],
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

    /// Steps that "approve" can mean: never one back, never a rejection, nor that a meeting begins.
    fn approvals() -> impl DoubleEndedIterator<Item = Self> {
        use RecordState as S;
        DECISIONS
            .iter()
            .copied()
            .filter(|d| !matches!(d.to, S::Returned | S::InMusdes | S::MusdesRejected))
    }

    /// What "approve" means for a role while the record stands in a state.
    pub fn approval(role: Role, state: RecordState) -> Option<Self> {
        Self::approvals().find(|d| d.roles.contains(&role) && d.from.contains(&state))
    }

    /// What "approve" means where decisions contradict each other: the furthest of them that goes on. `None` where each is
    /// a step back, a rejection, or the beginning of a meeting.
    pub fn approval_of(contest: &Contest) -> Option<Self> {
        Self::approvals().rev().find(|d| contest.allows(d.to))
    }

    /// Whether a role may take it on a record as its author saw it.
    ///
    /// # Errors
    /// [`Denied`] with the reason.
    pub fn may(&self, role: Role, record: &RecordContext) -> Result<(), Denied> {
        match record.contested {
            // Neither of those who disagree settles it, whatever they may do otherwise.
            Some(contest) => {
                if !CHECKERS.contains(&role) {
                    return Err(Denied::Decision(role, self.to));
                }
                if !contest.settled_by(role) {
                    return Err(Denied::Contested(contest.by));
                }
                if !contest.allows(self.to) {
                    return Err(Denied::Order(record.state, self.to));
                }
            }
            None => {
                if !self.roles.contains(&role) {
                    return Err(Denied::Decision(role, self.to));
                }
                if !self.from.contains(&record.state) {
                    return Err(Denied::Order(record.state, self.to));
                }
            }
        }
        // Sending one's own work back is no approval of it.
        if record.own_work && self.to != RecordState::Returned {
            return Err(Denied::OwnWork);
        }
        Ok(())
    }
}
