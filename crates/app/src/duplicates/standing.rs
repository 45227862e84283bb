//! Where pairs stand by the decisions about them.

use super::findings::Place;
use crate::views::{PairState, PairVerdict};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_matching::decisions::{Answer, Decision, Settled, Verdict, settle};
use lawang_records::{State, pair_events};
use lawang_store::PairDecision;
use std::collections::{BTreeMap, BTreeSet};

impl PairVerdict {
    /// The name in events.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::TwoFamilies => "two_families",
            Self::Different => "different",
        }
    }

    /// The reverse of [`PairVerdict::as_str`]; `None` for a word that this program does not know.
    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Same, Self::TwoFamilies, Self::Different]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

/// The decisions in a verification, as the projection has them.
pub(crate) fn decisions_in(household: HouseholdId, verification: &State) -> Vec<PairDecision> {
    pair_events(verification)
        .into_iter()
        .map(|event| PairDecision {
            household,
            id: event.id,
            member: event.member,
            other_household: event.other_household,
            other_member: event.other_member,
            verdict: event.verdict,
            keeps: event.keeps,
            taken: event.taken,
            reason: event.reason,
            lists: event.lists,
            step: event.step,
            at: event.at,
            change: event.change,
        })
        .collect()
}

/// A decision from the view of the place that comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    pub left: Place,
    pub right: Place,
    pub verdict: PairVerdict,
    /// 0: none goes, 1: left stays, 2: right.
    pub keep: u8,
    /// The event; steps by the document in which it stands.
    pub event: PairDecision,
    steps: BTreeMap<HouseholdId, u64>,
}

/// What a decision is about: two places, and whether it is about who of them receives what by lists.
pub(super) type Pair = (Place, Place, bool);

pub(super) fn pair(a: Place, b: Place, lists: bool) -> Pair {
    (a.min(b), a.max(b), lists)
}

impl Decided {
    fn pair(&self) -> Pair {
        (self.left, self.right, self.about_lists())
    }

    /// It is about who receives what by lists, not about who is who.
    pub(super) fn about_lists(&self) -> bool {
        !self.event.lists.is_empty()
    }

    /// Who goes and who stays.
    pub(super) fn goes(&self) -> Option<(Place, Place)> {
        match (self.verdict, self.keep) {
            (PairVerdict::Same, 1) => Some((self.right, self.left)),
            (PairVerdict::Same, 2) => Some((self.left, self.right)),
            _ => None,
        }
    }
}

/// All decisions, and what follows from them.
pub(super) struct Standing {
    /// By when they were taken, each once.
    pub all: Vec<Decided>,
    /// Those that nobody replaced.
    counts: BTreeSet<usize>,
    settled: Settled<Place>,
    /// Decisions of each pair.
    pairs: BTreeMap<Pair, Vec<usize>>,
}

impl Standing {
    /// From the decisions of all verifications.
    pub(super) fn of(events: Vec<PairDecision>) -> Self {
        let mut by_id: BTreeMap<InstanceId, Decided> = BTreeMap::new();
        for event in events {
            let Some(verdict) = PairVerdict::read(&event.verdict) else {
                continue;
            };
            let own = Place {
                household: event.household,
                member: event.member,
            };
            let other = Place {
                household: event.other_household,
                member: event.other_member,
            };
            let step = (event.household, event.step);
            if let Some(known) = by_id.get_mut(&event.id) {
                known.steps.insert(step.0, step.1);
                continue;
            }
            let (left, right, keep) = match own <= other {
                true => (own, other, event.keeps),
                false => (other, own, [0, 2, 1][usize::from(event.keeps.min(2))]),
            };
            let decided = Decided {
                left,
                right,
                verdict,
                keep,
                steps: BTreeMap::from([step]),
                event,
            };
            by_id.insert(decided.event.id, decided);
        }
        let mut all: Vec<Decided> = by_id.into_values().collect();
        all.sort_by_key(|d| (d.event.at, d.event.step, d.event.id));
        let mut pairs: BTreeMap<Pair, Vec<usize>> = BTreeMap::new();
        for (at, decided) in all.iter().enumerate() {
            pairs.entry(decided.pair()).or_default().push(at);
        }
        let replaces = |at: usize| -> Vec<usize> {
            let this = &all[at];
            pairs[&this.pair()]
                .iter()
                .copied()
                .filter(|other| {
                    // In a document that both stand in, the larger step saw the smaller one.
                    *other != at
                        && this.steps.iter().any(|(document, step)| {
                            all[*other].steps.get(document).is_some_and(|s| s < step)
                        })
                })
                .collect()
        };
        let replaced: BTreeSet<usize> = (0..all.len()).flat_map(replaces).collect();
        let counts: BTreeSet<usize> = (0..all.len()).filter(|at| !replaced.contains(at)).collect();
        // A finding is about one household and says nothing about who is who.
        let about_two: Vec<usize> = counts
            .iter()
            .copied()
            .filter(|at| all[*at].left != all[*at].right && !all[*at].about_lists())
            .collect();
        let settled = settle(
            &about_two
                .iter()
                .map(|at| Decision {
                    left: all[*at].left,
                    right: all[*at].right,
                    verdict: match all[*at].verdict {
                        PairVerdict::Different => Verdict::Different,
                        PairVerdict::Same | PairVerdict::TwoFamilies => Verdict::Same,
                    },
                    replaces: Vec::new(),
                })
                .collect::<Vec<_>>(),
        );
        Self {
            settled: translate(settled, &about_two),
            all,
            counts,
            pairs,
        }
    }

    /// Decisions about a pair, by when they were taken. `lists`: those about who receives what by lists, else the others.
    pub(super) fn about(
        &self,
        left: Place,
        right: Place,
        lists: bool,
    ) -> impl Iterator<Item = (&Decided, bool)> {
        self.pairs
            .get(&pair(left, right, lists))
            .into_iter()
            .flatten()
            .map(|at| (&self.all[*at], self.counts.contains(at)))
    }

    /// The decision about a pair that counts, where one does.
    pub(super) fn last(&self, left: Place, right: Place, lists: bool) -> Option<&Decided> {
        self.about(left, right, lists)
            .filter(|(_, counts)| *counts)
            .last()
            .map(|(decided, _)| decided)
    }

    /// Where a pair stands. `gone`: whether somebody is struck out as a duplicate.
    pub(super) fn state(
        &self,
        left: Place,
        right: Place,
        gone: impl Fn(Place) -> bool,
    ) -> PairState {
        let last = self.last(left, right, false);
        if left == right {
            return match last {
                Some(_) => PairState::Different,
                None => PairState::Open,
            };
        }
        match self.settled.answer(&left, &right) {
            Answer::Open => PairState::Open,
            Answer::Disputed => PairState::Disputed,
            Answer::Different => PairState::Different,
            Answer::Same => match last {
                Some(decided) if decided.verdict == PairVerdict::TwoFamilies => {
                    PairState::TwoFamilies
                }
                Some(decided) => match decided.goes() {
                    Some((goes, _)) if gone(goes) => PairState::Same,
                    _ => PairState::Unfinished,
                },
                // It follows from others: one person, and if both are still there nobody decided which stays.
                None if gone(left) || gone(right) => PairState::Same,
                None => PairState::Open,
            },
        }
    }

    /// Where a suspicion that rests on lists stands: it is asked again when a list of a later date than were looked at says
    /// it again.
    pub(super) fn state_of_lists(
        &self,
        left: Place,
        right: Place,
        dates: &BTreeMap<String, String>,
    ) -> PairState {
        let mut looked: BTreeMap<String, String> = BTreeMap::new();
        for (decided, _) in self.about(left, right, true) {
            // Written by this program; a text that cannot be read settles nothing.
            let seen: BTreeMap<String, String> =
                serde_json::from_str(&decided.event.lists).unwrap_or_default();
            for (source, dated) in seen {
                let newest = looked.entry(source).or_default();
                if *newest < dated {
                    *newest = dated;
                }
            }
        }
        let settled = |(source, dated): (&String, &String)| {
            looked.get(source).is_some_and(|seen| seen >= dated)
        };
        match !looked.is_empty() && dates.iter().all(settled) {
            true => PairState::Different,
            false => PairState::Open,
        }
    }

    /// Pairs of the chain that contradicts itself and in which this pair stands.
    pub(super) fn chain(&self, left: Place, right: Place) -> Vec<(Place, Place)> {
        let mut found = BTreeSet::new();
        for contradiction in &self.settled.contradictions {
            let mut pairs: Vec<(Place, Place)> = contradiction
                .chain
                .iter()
                .chain([&contradiction.different])
                .map(|at| (self.all[*at].left, self.all[*at].right))
                .collect();
            pairs.sort_unstable();
            if pairs.contains(&(left.min(right), left.max(right))) {
                found.extend(pairs);
            }
        }
        found.into_iter().collect()
    }

    /// All pairs that were decided about; whether by lists.
    pub(super) fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.keys()
    }
}

/// Numbers in the list of all decisions instead of those in the list that was settled.
fn translate(mut settled: Settled<Place>, places: &[usize]) -> Settled<Place> {
    for contradiction in &mut settled.contradictions {
        contradiction.different = places[contradiction.different];
        for at in &mut contradiction.chain {
            *at = places[*at];
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use lawang_records::Hash;
    use uuid::Uuid;

    fn place(n: u128) -> Place {
        Place {
            household: HouseholdId(Uuid::from_u128(n)),
            member: InstanceId(Uuid::from_u128(100 + n)),
        }
    }

    /// A decision in the documents of both households, at a step of each.
    fn said(
        id: u128,
        a: u128,
        verdict: &str,
        keeps: u8,
        b: u128,
        step: (u64, u64),
    ) -> Vec<PairDecision> {
        let one = |own: Place, other: Place, keeps: u8, step: u64| PairDecision {
            household: own.household,
            id: InstanceId(Uuid::from_u128(id)),
            member: own.member,
            other_household: other.household,
            other_member: other.member,
            verdict: verdict.to_owned(),
            keeps,
            taken: String::new(),
            reason: "alasan".to_owned(),
            lists: String::new(),
            step,
            at: id as i64,
            change: Hash([0; 32]),
        };
        let turned = [0, 2, 1][usize::from(keeps)];
        vec![
            one(place(a), place(b), keeps, step.0),
            one(place(b), place(a), turned, step.1),
        ]
    }

    #[test]
    fn the_newest_decision_counts_and_stands_once_though_it_is_in_two_documents() {
        let mut events = said(1, 1, "same", 2, 2, (1, 1));
        events.extend(said(2, 1, "different", 0, 2, (2, 2)));
        let standing = Standing::of(events);
        assert_eq!(standing.about(place(1), place(2), false).count(), 2);
        assert_eq!(
            standing.state(place(2), place(1), |_| false),
            PairState::Different
        );
        assert!(standing.chain(place(1), place(2)).is_empty());
    }

    #[test]
    fn who_goes_is_the_same_from_the_view_of_both_households() {
        for (first, second) in [(1, 2), (2, 1)] {
            let keeps = if first == 1 { 1 } else { 2 };
            let events = said(1, first, "same", keeps, second, (1, 1));
            for half in [events.clone(), events[1..].to_vec(), events[..1].to_vec()] {
                let standing = Standing::of(half);
                let decided = standing.last(place(1), place(2), false).unwrap();
                assert_eq!(decided.goes(), Some((place(2), place(1))));
            }
        }
    }

    #[test]
    fn two_verdicts_of_one_step_contradict_each_other_and_none_wins() {
        let mut events = said(1, 1, "same", 1, 2, (4, 1));
        events.extend(said(2, 1, "different", 0, 2, (4, 1)));
        let standing = Standing::of(events.clone());
        assert_eq!(
            standing.state(place(1), place(2), |_| true),
            PairState::Disputed
        );
        events.extend(said(3, 1, "different", 0, 2, (5, 2)));
        let standing = Standing::of(events);
        assert_eq!(
            standing.state(place(1), place(2), |_| true),
            PairState::Different
        );
    }

    #[test]
    fn a_chain_with_a_later_different_is_disputed_until_a_link_is_decided_anew() {
        let mut events = said(1, 1, "same", 1, 2, (1, 1));
        events.extend(said(2, 2, "same", 1, 3, (2, 1)));
        events.extend(said(3, 1, "different", 0, 3, (2, 2)));
        let standing = Standing::of(events.clone());
        for (a, b) in [(1, 2), (2, 3), (1, 3)] {
            assert_eq!(
                standing.state(place(a), place(b), |_| true),
                PairState::Disputed
            );
            assert_eq!(standing.chain(place(b), place(a)).len(), 3);
        }
        events.extend(said(4, 2, "different", 0, 3, (3, 3)));
        let standing = Standing::of(events);
        assert_eq!(
            standing.state(place(1), place(2), |_| true),
            PairState::Same
        );
        assert_eq!(
            standing.state(place(2), place(3), |_| true),
            PairState::Different
        );
        assert_eq!(
            standing.state(place(1), place(3), |_| true),
            PairState::Different
        );
    }

    #[test]
    fn a_decision_whose_strike_is_not_there_asks_again_and_one_of_an_unknown_word_says_nothing() {
        let events = said(1, 1, "same", 1, 2, (1, 1));
        let standing = Standing::of(events);
        assert_eq!(
            standing.state(place(1), place(2), |_| false),
            PairState::Unfinished
        );
        let strange = Standing::of(said(1, 1, "maybe", 1, 2, (1, 1)));
        assert_eq!(
            strange.state(place(1), place(2), |_| false),
            PairState::Open
        );
    }
}
