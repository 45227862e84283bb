//! Where a record stands, from the decisions taken on it: pure, and the same whatever order they arrived in.
//!
//! Decisions are never changed and never removed. What counts follows from what each author had seen, never from a
//! clock. A decision is about one visit: when a newer visit is submitted, it waits for a decision of its own, and what
//! was decided on the older one stays in the history. Decisions that nobody has decided beyond are the newest; when
//! two of them contradict each other, nobody's counts more because it came later: the record is contested until a
//! person with more authority than both has decided.

use super::RecordState;
use crate::{InstanceId, Role};

/// A decision that somebody took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    pub id: InstanceId,
    /// The state that it leads to.
    pub to: RecordState,
    /// The visit that it is about.
    pub visit: Option<InstanceId>,
}

/// Where a record stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    pub state: RecordState,
    /// The decision that counts.
    pub counts: Option<InstanceId>,
    /// Decisions that contradict each other and that nobody has settled, in the order of their ids. `counts` is the
    /// most careful of them meanwhile.
    pub contested: Vec<Taken>,
}

/// Whether two decisions on the same visit cannot both hold. One further along the same way contradicts nothing:
/// who accepts a visit at the village meeting agrees with who verified it.
pub fn contradict(a: RecordState, b: RecordState) -> bool {
    use RecordState as S;
    let beyond_the_meeting =
        |s| s >= S::MusdesAccepted && !matches!(s, S::MusdesRejected | S::Returned);
    a != b
        && (a == S::Returned
            || b == S::Returned
            || (a == S::MusdesRejected && beyond_the_meeting(b))
            || (b == S::MusdesRejected && beyond_the_meeting(a)))
}

/// Where a record stands. `newest`: the newest submitted visit. `knew(a, b)`: whether the author of the decision with
/// index `a` had seen the one with index `b`.
pub fn standing(
    newest: Option<InstanceId>,
    decisions: &[Taken],
    knew: impl Fn(usize, usize) -> bool,
) -> Standing {
    let Some(visit) = newest else {
        return Standing::default();
    };
    let about: Vec<usize> = (0..decisions.len())
        .filter(|i| decisions[*i].visit == Some(visit))
        .collect();
    let mut last: Vec<Taken> = about
        .iter()
        .filter(|i| !about.iter().any(|j| j != *i && knew(*j, **i)))
        .map(|i| decisions[*i])
        .collect();
    last.sort_by_key(|taken| taken.id);
    let contested: Vec<Taken> = last
        .iter()
        .copied()
        .filter(|a| last.iter().any(|b| contradict(a.to, b.to)))
        .collect();
    let counts = if contested.is_empty() {
        // The furthest; of equal ones the same on every replica.
        last.iter().max_by_key(|taken| (taken.to, taken.id))
    } else {
        // Sending back before going on, and no step further than what has been agreed.
        contested.iter().max_by_key(|taken| {
            (
                taken.to == RecordState::Returned,
                std::cmp::Reverse(taken.to),
            )
        })
    };
    Standing {
        state: counts.map_or(RecordState::Submitted, |taken| taken.to),
        counts: counts.map(|taken| taken.id),
        contested,
    }
}

/// Decisions that contradict each other, as the policy looks at them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contest {
    /// The highest role among those who took them.
    pub by: Role,
    between: u16,
}

impl Contest {
    /// Between these states, taken by these roles; `None` when nothing is contested.
    pub fn between(decisions: impl IntoIterator<Item = (RecordState, Role)>) -> Option<Self> {
        let mut contest: Option<Self> = None;
        for (state, role) in decisions {
            let bit = 1 << state as u16;
            contest = Some(match contest {
                None => Self {
                    by: role,
                    between: bit,
                },
                Some(so_far) => Self {
                    by: if role.authority() > so_far.by.authority() {
                        role
                    } else {
                        so_far.by
                    },
                    between: so_far.between | bit,
                },
            });
        }
        contest
    }

    /// Whether a role has more authority than all who took the decisions. Above the highest there is nobody.
    pub fn settled_by(&self, role: Role) -> bool {
        role.authority() > self.by.authority() || (role == Role::Regent && self.by == Role::Regent)
    }

    /// Whether it may be settled so: with one of the decisions, or by sending back.
    pub fn allows(&self, to: RecordState) -> bool {
        to == RecordState::Returned || self.between & (1 << to as u16) != 0
    }
}
