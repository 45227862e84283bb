//! Where a household stands in the eyes of the one who visits it.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// State of a household's visit, as the worklist shows it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Nothing was written yet.
    #[default]
    NotVisited,
    /// Begun, not submitted.
    InProgress,
    /// Submitted on the device, not yet sent.
    Ready,
    /// The server has it.
    Sent,
    /// A checker sent it back with a reason.
    Returned,
    /// The village verified it.
    Verified,
    /// Two values for one answer wait for a person.
    Conflict,
    /// The server refused a change.
    Refused,
    /// The household was not found at the place.
    NotFound,
}

impl VisitState {
    /// All states, in the order of the worklist's filter.
    pub const ALL: &[Self] = &[
        Self::NotVisited,
        Self::InProgress,
        Self::Ready,
        Self::Sent,
        Self::Returned,
        Self::Verified,
        Self::Conflict,
        Self::Refused,
        Self::NotFound,
    ];

    /// The name in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotVisited => "not_visited",
            Self::InProgress => "in_progress",
            Self::Ready => "ready",
            Self::Sent => "sent",
            Self::Returned => "returned",
            Self::Verified => "verified",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
        }
    }
}

impl fmt::Display for VisitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No state has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no state of a visit")]
pub struct UnknownVisitState(pub String);

impl FromStr for VisitState {
    type Err = UnknownVisitState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownVisitState(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back_what_it_prints() {
        for state in VisitState::ALL {
            assert_eq!(state.to_string().parse::<VisitState>().unwrap(), *state);
        }
        assert!("done".parse::<VisitState>().is_err());
        assert_eq!(VisitState::default(), VisitState::NotVisited);
    }
}
