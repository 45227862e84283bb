//! What persons decided about pairs, and what follows from it: who is one person, who certainly is not, what need not
//! be asked again, and where decisions contradict each other. Nothing is deleted: a decision is taken back by a later
//! one that replaces it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A person's word on a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// One person in two places.
    Same,
    /// Two persons.
    Different,
}

/// A decision about two records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision<K> {
    /// One record.
    pub left: K,
    /// The other.
    pub right: K,
    /// What was decided.
    pub verdict: Verdict,
    /// Places, in the same list, of the decisions that this one replaces: those that its author saw and overruled. Of
    /// two decisions that do not know each other neither replaces the other, however late it came.
    pub replaces: Vec<usize>,
}

/// A `Different` between records that a chain of `Same` makes one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contradiction {
    /// Place of the decision that says `Different`.
    pub different: usize,
    /// Places of the decisions that say `Same`, from one record to the other: replacing any of them, or the
    /// `Different`, settles it.
    pub chain: Vec<usize>,
}

/// What is known about a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Nobody decided, and nothing follows.
    Open,
    /// One person, directly or through a chain.
    Same,
    /// Two persons, directly or because one of them is one with somebody who is not the other.
    Different,
    /// The decisions contradict each other: somebody has to settle that first.
    Disputed,
}

/// What follows from all decisions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled<K> {
    /// Group of each record that was decided about.
    group_of: BTreeMap<K, usize>,
    /// Records of each group, sorted.
    groups: Vec<Vec<K>>,
    disputed: BTreeSet<usize>,
    apart: BTreeSet<(usize, usize)>,
    /// All contradictions, in the order of their `Different`.
    pub contradictions: Vec<Contradiction>,
}

/// Draws the conclusions. The order of decisions does not matter, but for the places that `replaces` names.
pub fn settle<K: Ord + Clone>(decisions: &[Decision<K>]) -> Settled<K> {
    let replaced: BTreeSet<usize> = decisions
        .iter()
        .enumerate()
        .flat_map(|(at, d)| d.replaces.iter().copied().filter(move |r| *r != at))
        .collect();
    let standing: Vec<usize> = (0..decisions.len())
        .filter(|at| !replaced.contains(at))
        .collect();
    let mut links: BTreeMap<&K, Vec<(&K, usize)>> = BTreeMap::new();
    for at in &standing {
        let Decision {
            left,
            right,
            verdict,
            ..
        } = &decisions[*at];
        let (one, other) = (links.entry(left).or_default(), *verdict == Verdict::Same);
        if other {
            one.push((right, *at));
        }
        let two = links.entry(right).or_default();
        if other {
            two.push((left, *at));
        }
    }
    let mut group_of: BTreeMap<K, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<K>> = Vec::new();
    for record in links.keys() {
        if group_of.contains_key(*record) {
            continue;
        }
        let mut members = BTreeSet::from([(*record).clone()]);
        let mut open = vec![*record];
        while let Some(from) = open.pop() {
            for (to, _) in &links[from] {
                if members.insert((*to).clone()) {
                    open.push(to);
                }
            }
        }
        for member in &members {
            group_of.insert(member.clone(), groups.len());
        }
        groups.push(members.into_iter().collect());
    }
    let (mut contradictions, mut disputed, mut apart) =
        (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for at in standing {
        let Decision {
            left,
            right,
            verdict,
            ..
        } = &decisions[at];
        if *verdict == Verdict::Same {
            continue;
        }
        let (a, b) = (group_of[left], group_of[right]);
        if a == b {
            disputed.insert(a);
            contradictions.push(Contradiction {
                different: at,
                chain: chain(&links, left, right),
            });
        } else {
            apart.insert((a.min(b), a.max(b)));
        }
    }
    Settled {
        group_of,
        groups,
        disputed,
        apart,
        contradictions,
    }
}

/// The shortest way from one record to another over decisions that say `Same`.
fn chain<K: Ord>(links: &BTreeMap<&K, Vec<(&K, usize)>>, from: &K, to: &K) -> Vec<usize> {
    let mut came: BTreeMap<&K, (&K, usize)> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == to {
            break;
        }
        for (next, decision) in links.get(at).into_iter().flatten() {
            if *next != from && !came.contains_key(next) {
                came.insert(next, (at, *decision));
                open.push_back(next);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some((before, decision)) = came.get(at) {
        way.push(*decision);
        at = before;
    }
    way.reverse();
    way
}

impl<K: Ord + Clone> Settled<K> {
    /// What is known about two records.
    pub fn answer(&self, left: &K, right: &K) -> Answer {
        if left == right {
            return Answer::Same;
        }
        let (Some(a), Some(b)) = (self.group_of.get(left), self.group_of.get(right)) else {
            return Answer::Open;
        };
        if a == b {
            return match self.disputed.contains(a) {
                true => Answer::Disputed,
                false => Answer::Same,
            };
        }
        match self.apart.contains(&(*a.min(b), *a.max(b))) {
            true => Answer::Different,
            false => Answer::Open,
        }
    }

    /// Records that are one person, each group of two or more; those in dispute left out.
    pub fn persons(&self) -> impl Iterator<Item = &[K]> {
        self.groups
            .iter()
            .enumerate()
            .filter(|(at, group)| group.len() > 1 && !self.disputed.contains(at))
            .map(|(_, group)| group.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(left: char, verdict: Verdict, right: char) -> Decision<char> {
        Decision {
            left,
            right,
            verdict,
            replaces: Vec::new(),
        }
    }
    use Verdict::{Different, Same};

    #[test]
    fn what_was_decided_is_not_asked_again_and_what_follows_neither() {
        let known = settle(&[
            said('a', Same, 'b'),
            said('b', Same, 'c'),
            said('c', Different, 'd'),
        ]);
        assert_eq!(known.answer(&'a', &'c'), Answer::Same);
        assert_eq!(known.answer(&'a', &'d'), Answer::Different);
        assert_eq!(known.answer(&'d', &'b'), Answer::Different);
        assert_eq!(known.answer(&'a', &'x'), Answer::Open);
        assert_eq!(known.persons().collect::<Vec<_>>(), [&['a', 'b', 'c'][..]]);
        assert!(known.contradictions.is_empty());
    }

    #[test]
    fn a_later_different_within_a_chain_is_a_contradiction_with_the_way_to_it() {
        let decisions = [
            said('a', Same, 'b'),
            said('x', Same, 'y'),
            said('b', Same, 'c'),
            said('c', Different, 'a'),
        ];
        let known = settle(&decisions);
        let [found] = known.contradictions.as_slice() else {
            panic!("{:?}", known.contradictions);
        };
        assert_eq!((found.different, found.chain.clone()), (3, vec![2, 0]));
        assert_eq!(known.answer(&'a', &'b'), Answer::Disputed);
        assert_eq!(known.persons().count(), 1, "x and y are not touched by it");
    }

    #[test]
    fn replacing_a_link_settles_the_contradiction_and_nothing_is_lost() {
        let mut decisions = vec![
            said('a', Same, 'b'),
            said('b', Same, 'c'),
            said('a', Different, 'c'),
        ];
        decisions.push(Decision {
            replaces: vec![1],
            ..said('b', Different, 'c')
        });
        let known = settle(&decisions);
        assert!(known.contradictions.is_empty());
        assert_eq!(known.answer(&'a', &'b'), Answer::Same);
        assert_eq!(known.answer(&'b', &'c'), Answer::Different);
        // The one who replaced it changes their mind again.
        decisions.push(Decision {
            replaces: vec![3, 2],
            ..said('b', Same, 'c')
        });
        assert_eq!(settle(&decisions).answer(&'a', &'c'), Answer::Same);
    }

    #[test]
    fn two_decisions_on_one_pair_made_apart_are_a_contradiction() {
        let known = settle(&[said('a', Same, 'b'), said('b', Different, 'a')]);
        assert_eq!(known.contradictions.len(), 1);
        assert_eq!(known.answer(&'a', &'b'), Answer::Disputed);
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_changes_no_answer(
            pairs in prop::collection::vec((0_u8..7, 0_u8..7, any::<bool>()), 0..14),
            turn in 0_usize..14,
        ) {
            let decisions: Vec<Decision<u8>> = pairs
                .iter()
                .filter(|(a, b, _)| a != b)
                .map(|(left, right, same)| Decision {
                    left: *left,
                    right: *right,
                    verdict: if *same { Same } else { Different },
                    replaces: Vec::new(),
                })
                .collect();
            let mut turned = decisions.clone();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            let (one, other) = (settle(&decisions), settle(&turned));
            for a in 0..7 {
                for b in 0..7 {
                    prop_assert_eq!(one.answer(&a, &b), other.answer(&a, &b));
                    prop_assert_eq!(one.answer(&a, &b), one.answer(&b, &a));
                }
            }
            prop_assert_eq!(one.contradictions.len(), other.contradictions.len());
        }
    }
}
