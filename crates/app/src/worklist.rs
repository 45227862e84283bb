//! The worklist: search, states, progress.

use crate::{
    device::{Counted, Device},
    error::AppError,
    views,
};
use lawang_domain::VisitState;
use lawang_store::{CardQuery, HouseholdCard, StateCounts};

impl Device {
    /// A part of the worklist with the numbers around it.
    pub fn worklist(&self, query: &views::WorklistQuery) -> Result<views::Worklist, AppError> {
        let (total, cards) = self.store.cards(&CardQuery {
            search: query.search.clone(),
            village: query.village.clone(),
            states: query.states.iter().map(|s| (*s).into()).collect(),
            offset: query.offset,
            limit: query.limit.clamp(1, 200),
        })?;
        let counts = self.state_counts(query.village.as_deref())?;
        let finished = counts
            .iter()
            .filter(|(state, _)| {
                matches!(
                    state,
                    VisitState::Ready
                        | VisitState::Sent
                        | VisitState::Verified
                        | VisitState::NotFound
                        | VisitState::Conflict
                )
            })
            .map(|(_, n)| n)
            .sum();
        Ok(views::Worklist {
            total,
            rows: cards.into_iter().map(row).collect(),
            households: counts.values().sum(),
            counts: counts
                .into_iter()
                .map(|(state, households)| views::StateCount {
                    state: state.into(),
                    households,
                })
                .collect(),
            finished,
            unsent: self.store.unsent_households()?,
            unsent_photos: self.store.unsent_photos()?,
            villages: self.villages()?,
        })
    }

    /// Households by state; counted again only when something was written, so that searching as one
    /// types costs no more than the search.
    fn state_counts(&self, village: Option<&str>) -> Result<StateCounts, AppError> {
        let version = self.store.version()?;
        let mut kept = self
            .counts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(counted) = kept.as_ref()
            && counted.version == version
            && counted.village.as_deref() == village
        {
            return Ok(counted.counts.clone());
        }
        let counts = self.store.state_counts(village)?;
        *kept = Some(Counted {
            version,
            village: village.map(str::to_owned),
            counts: counts.clone(),
        });
        Ok(counts)
    }

    /// Villages in scope.
    pub fn villages(&self) -> Result<Vec<views::Village>, AppError> {
        Ok(self
            .store
            .scope()?
            .into_iter()
            .filter(|s| s.active)
            .map(|s| views::Village {
                code: s.village,
                name: s.name,
                district: s.district,
            })
            .collect())
    }
}

fn row(card: HouseholdCard) -> views::WorklistRow {
    views::WorklistRow {
        id: card.household.to_string(),
        head: card.head,
        address: card.address,
        sls: card.sls,
        rt: card.rt,
        rw: card.rw,
        village: card.village,
        members: if card.restricted { 0 } else { card.members },
        state: card.state.into(),
        unsent: card.unsent,
        conflicts: if card.restricted { 0 } else { card.conflicts },
        last_visit: card.last_visit,
        programmes: if card.restricted {
            Vec::new()
        } else {
            card.programmes
        },
        restricted: card.restricted,
    }
}

impl From<VisitState> for views::VisitState {
    fn from(state: VisitState) -> Self {
        match state {
            VisitState::NotVisited => Self::NotVisited,
            VisitState::InProgress => Self::InProgress,
            VisitState::Ready => Self::Ready,
            VisitState::Sent => Self::Sent,
            VisitState::Returned => Self::Returned,
            VisitState::Verified => Self::Verified,
            VisitState::Conflict => Self::Conflict,
            VisitState::Refused => Self::Refused,
            VisitState::NotFound => Self::NotFound,
        }
    }
}

impl From<views::VisitState> for VisitState {
    fn from(state: views::VisitState) -> Self {
        match state {
            views::VisitState::NotVisited => Self::NotVisited,
            views::VisitState::InProgress => Self::InProgress,
            views::VisitState::Ready => Self::Ready,
            views::VisitState::Sent => Self::Sent,
            views::VisitState::Returned => Self::Returned,
            views::VisitState::Verified => Self::Verified,
            views::VisitState::Conflict => Self::Conflict,
            views::VisitState::Refused => Self::Refused,
            views::VisitState::NotFound => Self::NotFound,
        }
    }
}
