//! The workflow as a model: every sequence of events up to a length, with people who work apart and meet in any order.

use super::*;
use crate::InstanceId;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// An enumerator, two verifiers of the village, its head; a verifier of Dinas Sosial, an officer of the civil registry, the
/// regent, an operator of Dinas Sosial.
const PEOPLE: [Role; 8] = [
    Role::Enumerator,
    Role::VillageVerifier,
    Role::VillageVerifier,
    Role::VillageHead,
    Role::DinsosVerifier,
    Role::DukcapilOfficer,
    Role::Regent,
    Role::DinsosOperator,
];
/// Who takes part in the village.
const VILLAGE: &[usize] = &[0, 1, 2, 3, 4];
/// Where the civil registry looks first, and the meeting takes its time.
const REGISTRY: &[usize] = &[0, 1, 3, 5];
/// What comes after the meeting, and the next visit.
const DISTRICT: &[usize] = &[0, 1, 4, 6, 7];
/// The second verifier visits too, and may not verify that.
const MAKERS: [usize; 2] = [0, 2];

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Event {
    Submitted {
        by: usize,
    },
    /// `visit`: index of the event that submitted it; `seen`: what its author knew, by bits.
    Decided {
        by: usize,
        to: RecordState,
        visit: usize,
        seen: u32,
    },
}

/// All that happened, and what each person and the server know of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct World {
    events: Vec<Event>,
    known: [u32; PEOPLE.len()],
    server: u32,
}

fn id(index: usize) -> InstanceId {
    // Ids in an order that has nothing to do with time.
    InstanceId(Uuid::from_u128(
        (index as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1009,
    ))
}

impl World {
    fn newest(&self, known: u32) -> Option<usize> {
        (0..self.events.len())
            .rev()
            .find(|i| known & (1 << i) != 0 && matches!(self.events[*i], Event::Submitted { .. }))
    }

    fn decisions(&self, known: u32) -> Vec<(usize, Taken, u32)> {
        self.events
            .iter()
            .enumerate()
            .filter(|(i, _)| known & (1 << i) != 0)
            .filter_map(|(i, event)| match event {
                Event::Decided {
                    to, visit, seen, ..
                } => Some((
                    i,
                    Taken {
                        id: id(i),
                        to: *to,
                        visit: Some(id(*visit)),
                    },
                    *seen,
                )),
                Event::Submitted { .. } => None,
            })
            .collect()
    }

    fn standing(&self, known: u32) -> Standing {
        let decisions = self.decisions(known);
        let taken: Vec<Taken> = decisions.iter().map(|d| d.1).collect();
        standing(self.newest(known).map(id), &taken, |a, b| {
            decisions[a].2 & (1 << decisions[b].0) != 0
        })
    }

    fn by(&self, decision: InstanceId) -> usize {
        let found = self
            .events
            .iter()
            .enumerate()
            .find(|(i, _)| id(*i) == decision);
        match found {
            Some((_, Event::Decided { by, .. })) => *by,
            other => panic!("{other:?} is no decision"),
        }
    }

    fn context(&self, person: usize) -> RecordContext {
        let known = self.known[person];
        let stands = self.standing(known);
        let own_work = self.newest(known).is_some_and(
            |visit| matches!(self.events[visit], Event::Submitted { by } if by == person),
        );
        RecordContext {
            village: "18.09.01.2001".parse().unwrap(),
            state: stands.state,
            survey: false,
            own_work,
            contested: Contest::between(
                stands
                    .contested
                    .iter()
                    .map(|taken| (taken.to, PEOPLE[self.by(taken.id)])),
            ),
            restricted: false,
        }
    }

    fn happens(&self, person: usize, event: Event) -> Self {
        let mut next = self.clone();
        next.known[person] |= 1 << next.events.len();
        next.events.push(event);
        next
    }

    /// Everything that can happen next among these people.
    fn next(&self, people: &[usize]) -> Vec<Self> {
        let mut all = Vec::new();
        for person in people.iter().copied() {
            let role = PEOPLE[person];
            let known = self.known[person];
            let context = self.context(person);
            if MAKERS.contains(&person) && answers_open(role, context.state) {
                all.push(self.happens(person, Event::Submitted { by: person }));
            }
            for decision in Decision::ALL {
                if decision.may(role, &context).is_ok() {
                    let visit = self.newest(known).expect("nothing is decided on nothing");
                    all.push(self.happens(
                        person,
                        Event::Decided {
                            by: person,
                            to: decision.to,
                            visit,
                            seen: known,
                        },
                    ));
                }
            }
            if known != self.server {
                let mut met = self.clone();
                met.server |= known;
                met.known[person] = met.server;
                all.push(met);
            }
        }
        all
    }

    fn everything(&self) -> u32 {
        (1 << self.events.len()) - 1
    }
}

/// What holds in every world.
fn look(world: &World) {
    let all = world.everything();
    let stands = world.standing(all);
    let decisions = world.decisions(all);
    // Whoever decides was somebody else than who had made it, and had seen the visit.
    for event in &world.events {
        let Event::Decided {
            by,
            to,
            visit,
            seen,
        } = event
        else {
            continue;
        };
        assert!(seen & (1 << visit) != 0, "{world:?}");
        let Event::Submitted { by: maker } = world.events[*visit] else {
            panic!("a decision on no visit: {world:?}");
        };
        assert!(*to == RecordState::Returned || maker != *by, "{world:?}");
    }
    // A newer visit waits; nothing decided on an older one says anything about it.
    let newest = world.newest(all);
    let about: Vec<_> = decisions
        .iter()
        .filter(|d| d.1.visit == newest.map(id))
        .collect();
    match (newest, about.is_empty()) {
        (None, _) => assert_eq!(stands.state, RecordState::Draft),
        (Some(_), true) => assert_eq!(stands.state, RecordState::Submitted, "{world:?}"),
        (Some(_), false) => {
            // What counts is one of the decisions taken, never anything else.
            assert!(
                about
                    .iter()
                    .any(|d| Some(d.1.id) == stands.counts && d.1.to == stands.state)
            );
        }
    }
    // Of two decisions that nobody has decided beyond, none that contradicts vanishes.
    for a in &about {
        let last = |x: &&(usize, Taken, u32)| !about.iter().any(|y| y.2 & (1 << x.0) != 0);
        for b in about.iter().filter(|b| b.1.id != a.1.id) {
            if last(a) && last(b) && contradict(a.1.to, b.1.to) {
                assert!(stands.contested.contains(&a.1) && stands.contested.contains(&b.1));
            }
        }
        // A decision by somebody who knew all the others counts, and nothing is contested.
        if about
            .iter()
            .all(|b| b.1.id == a.1.id || a.2 & (1 << b.0) != 0)
        {
            assert_eq!(stands.counts, Some(a.1.id), "{world:?}");
            assert!(stands.contested.is_empty(), "{world:?}");
        }
    }
    if !stands.contested.is_empty() {
        let states: Vec<RecordState> = stands.contested.iter().map(|t| t.to).collect();
        assert!(states.contains(&stands.state));
        assert!(states.len() >= 2, "{world:?}");
        let contest = Contest::between(
            stands
                .contested
                .iter()
                .map(|t| (t.to, PEOPLE[world.by(t.id)])),
        )
        .unwrap();
        for taken in &stands.contested {
            // Above the regent there is nobody.
            let by = PEOPLE[world.by(taken.id)];
            assert!(by == Role::Regent || !contest.settled_by(by), "{world:?}");
        }
    }
    // The order in which decisions are looked at makes no difference.
    let reversed: Vec<_> = decisions.iter().rev().collect();
    let taken: Vec<Taken> = reversed.iter().map(|d| d.1).collect();
    let again = standing(newest.map(id), &taken, |a, b| {
        reversed[a].2 & (1 << reversed[b].0) != 0
    });
    assert_eq!(again, stands);
}

/// Explores level by level; gives worlds by level and the number of sequences that lead to them.
fn explore(
    start: World,
    people: &[usize],
    length: usize,
) -> (usize, u64, BTreeMap<&'static str, u64>) {
    let mut level: HashMap<World, u64> = HashMap::from([(start, 1)]);
    let (mut worlds, mut sequences) = (0, 0);
    let mut seen: BTreeMap<&'static str, u64> = level
        .keys()
        .map(|world| (world.standing(world.everything()).state.as_str(), 1))
        .collect();
    for _ in 0..length {
        let mut following: HashMap<World, u64> = HashMap::new();
        for (world, ways) in &level {
            for next in world.next(people) {
                *following.entry(next).or_default() += ways;
            }
        }
        for (world, ways) in &following {
            look(world);
            let stands = world.standing(world.everything());
            *seen.entry(stands.state.as_str()).or_default() += ways;
            if !stands.contested.is_empty() {
                *seen.entry("contested").or_default() += ways;
            }
        }
        worlds += following.len();
        sequences += following.values().sum::<u64>();
        level = following;
    }
    (worlds, sequences, seen)
}

/// A world in which the village has accepted the first visit, and Dinas Sosial has verified it.
fn verified() -> World {
    let mut world = meet(&submit(&World::default(), 0), 0);
    for (person, to) in [
        (1, RecordState::FieldVerified),
        (3, RecordState::MusdesAccepted),
        (4, RecordState::DinsosVerified),
    ] {
        world = meet(&decide(&meet(&world, person), person, to), person);
    }
    for person in DISTRICT {
        world = meet(&world, *person);
    }
    world
}

#[test]
fn every_sequence_of_events_apart_and_together_ends_in_a_permitted_state() {
    let length = std::env::var("LAWANG_WORKFLOW_LENGTH")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8);
    let (mut all, mut reached) = (0, BTreeMap::new());
    for (what, start, people, length) in [
        ("the village", World::default(), VILLAGE, length),
        ("registry and meeting", World::default(), REGISTRY, length),
        ("after the meeting", verified(), DISTRICT, length - 1),
    ] {
        let (worlds, sequences, seen) = explore(start, people, length);
        println!(
            "workflow, {what}: {sequences} sequences of up to {length} events, {worlds} different worlds: {seen:?}"
        );
        all += sequences;
        for (state, times) in seen {
            *reached.entry(state).or_insert(0) += times;
        }
    }
    assert!(all > 500_000, "{all}");
    let states = RecordState::ALL.iter().map(|state| state.as_str());
    for state in states.chain(["contested"]).filter(|s| *s != "draft") {
        assert!(
            reached.contains_key(state),
            "{state} was never reached: {reached:?}"
        );
    }
}

fn submit(world: &World, person: usize) -> World {
    let next = world.happens(person, Event::Submitted { by: person });
    assert!(
        world.next(&[person]).contains(&next),
        "person {person} may not submit: {world:?}"
    );
    next
}

fn decide(world: &World, person: usize, to: RecordState) -> World {
    let visit = world.newest(world.known[person]).unwrap();
    let seen = world.known[person];
    let next = world.happens(
        person,
        Event::Decided {
            by: person,
            to,
            visit,
            seen,
        },
    );
    assert!(
        world.next(&[person]).contains(&next),
        "person {person} may not decide {to}: {world:?}"
    );
    next
}

fn meet(world: &World, person: usize) -> World {
    let mut met = world.clone();
    met.server |= met.known[person];
    met.known[person] = met.server;
    met
}

#[test]
fn rejected_corrected_and_rejected_again_stays_rejected_though_the_first_rejection_was_decided_on_late()
 {
    let mut world = meet(&submit(&World::default(), 0), 0);
    world = meet(&meet(&world, 1), 2);
    world = meet(&decide(&world, 1, RecordState::Returned), 1);
    world = meet(&submit(&meet(&world, 0), 0), 0);
    world = meet(&decide(&meet(&world, 1), 1, RecordState::Returned), 1);
    assert_eq!(world.standing(world.server).state, RecordState::Returned);
    // The other verifier, offline since the first visit, approves that one and comes back.
    world = meet(&decide(&world, 2, RecordState::FieldVerified), 2);
    let stands = world.standing(world.server);
    assert_eq!(stands.state, RecordState::Returned);
    assert!(stands.contested.is_empty());
    assert_eq!(
        world.decisions(world.server).len(),
        3,
        "all stay in the history"
    );
}

#[test]
fn two_verifiers_who_disagree_apart_wait_for_somebody_with_more_authority() {
    let mut world = meet(&submit(&World::default(), 0), 0);
    for person in [1, 2, 3] {
        world = meet(&world, person);
    }
    world = decide(&world, 1, RecordState::FieldVerified);
    world = decide(&world, 2, RecordState::Returned);
    for person in [1, 2, 1, 3] {
        world = meet(&world, person);
    }
    let stands = world.standing(world.server);
    assert_eq!(
        (stands.state, stands.contested.len()),
        (RecordState::Returned, 2)
    );
    for person in [1, 2] {
        let denied = Decision::to(RecordState::FieldVerified)
            .unwrap()
            .may(PEOPLE[person], &world.context(person));
        assert_eq!(denied, Err(Denied::Contested(Role::VillageVerifier)));
    }
    // The head of the village settles it with what one of them decided, and with nothing else.
    let elsewhere = Decision::to(RecordState::MusdesAccepted)
        .unwrap()
        .may(PEOPLE[3], &world.context(3));
    assert!(matches!(elsewhere, Err(Denied::Order(..))));
    world = decide(&world, 3, RecordState::FieldVerified);
    let stands = world.standing(world.known[3]);
    assert_eq!(stands.state, RecordState::FieldVerified);
    assert!(stands.contested.is_empty());
}

#[test]
fn one_step_further_is_no_contradiction() {
    use RecordState as S;
    assert!(!contradict(S::FieldVerified, S::MusdesRejected));
    assert!(!contradict(S::FieldVerified, S::MusdesAccepted));
    assert!(!contradict(S::Returned, S::Returned));
    assert!(contradict(S::MusdesRejected, S::MusdesAccepted));
    assert!(contradict(S::MusdesRejected, S::SentToPusdatin));
    for state in S::ALL.iter().filter(|s| **s != S::Returned) {
        assert!(contradict(S::Returned, *state) && contradict(*state, S::Returned));
    }
}
