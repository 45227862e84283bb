//! Drawing visits that are made again: by a seed that nobody could try beforehand and everybody can repeat.

use super::back_checks::first_in;
use crate::{
    authority::needed,
    cards::VISIT_SUBMITTED,
    device::Device,
    error::AppError,
    views::{self, DrawOutcome},
    visit::timestamp,
};
use lawang_domain::{Denied, DocumentKind, EVENTS, Event, FieldPath, InstanceId};
use lawang_records::{State, VISITS};
use lawang_store::Visited;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that the program adds to a seed.
const SALT: usize = 16;

/// How many visits a draw takes.
fn wanted(of: usize, percent: u32) -> usize {
    (of * percent as usize).div_ceil(100)
}

/// The visits that a seed draws: in the order of SHA-256 over seed and visit, the first so many.
fn draw(pool: &BTreeSet<InstanceId>, percent: u32, seed: &str) -> BTreeSet<InstanceId> {
    let mut ranked: Vec<([u8; 32], InstanceId)> = pool
        .iter()
        .map(|visit| {
            let mut digest = Sha256::new();
            digest.update(seed.trim().as_bytes());
            digest.update([0]);
            digest.update(visit.as_bytes());
            (digest.finalize().into(), *visit)
        })
        .collect();
    ranked.sort_unstable();
    let drawn = ranked.into_iter().take(wanted(pool.len(), percent));
    drawn.map(|(_, visit)| visit).collect()
}

/// Says what was drawn from: SHA-256 over the ids of the visits in their order.
fn digest_of(pool: &BTreeSet<InstanceId>) -> String {
    let mut digest = Sha256::new();
    for visit in pool {
        digest.update(visit.as_bytes());
    }
    hex::encode(digest.finalize())
}

/// What events say of one draw of one person's visits.
struct Drawn {
    of: usize,
    /// Programs of before did not say it.
    digest: Option<String>,
    percent: u32,
    seed: String,
    visits: BTreeSet<InstanceId>,
    /// Milliseconds since 1970: of the first event.
    at: i64,
}

impl Drawn {
    /// Draws again. `pools`: what it may have been drawn from, as far as that is known now.
    fn check(&self, pools: &[BTreeSet<InstanceId>]) -> DrawOutcome {
        let again =
            |pool: &BTreeSet<InstanceId>| draw(pool, self.percent, &self.seed) == self.visits;
        let Some(digest) = &self.digest else {
            let mut same = pools.iter().filter(|pool| pool.len() == self.of);
            return match same.any(again) {
                true => DrawOutcome::Fits,
                // Nobody knows what it was drawn from.
                false => DrawOutcome::PoolChanged,
            };
        };
        if self.visits.len() > wanted(self.of, self.percent) {
            return DrawOutcome::DoesNotFit;
        }
        match pools.iter().find(|pool| digest_of(pool) == *digest) {
            Some(pool) if pool.len() == self.of && again(pool) => DrawOutcome::Fits,
            Some(_) => DrawOutcome::DoesNotFit,
            None => DrawOutcome::PoolChanged,
        }
    }
}

/// Submitted visits of a household in the order of their submission: when, which, by whom.
type Submitted = Vec<(String, InstanceId, String)>;

/// Events by which visits of a household were drawn: the visit, when, and the event's other fields.
fn events(administration: &State) -> Vec<(InstanceId, i64, [String; 3])> {
    let text = |id: InstanceId, key: &str| {
        let path = FieldPath::of(Event::BACK_CHECKS, id, key);
        administration.text(&path).to_owned()
    };
    let all = administration.of(Event::BACK_CHECKS).iter();
    all.filter_map(|id| {
        let visit = text(*id, "visit").parse().ok()?;
        let at = text(*id, "_order").parse().unwrap_or(0);
        let said = ["seed", "percent", "of"].map(|key| text(*id, key));
        Some((visit, at, said))
    })
    .collect()
}

impl Device {
    pub(super) fn may_draw(&self) -> bool {
        let event = EVENTS.iter().find(|e| e.repeat == Event::BACK_CHECKS);
        event.is_some_and(|event| event.roles.contains(&self.role()))
    }

    /// A visit to a family that was there, and on which people work.
    fn drawable(&self, visit: &Visited) -> Result<bool, AppError> {
        Ok(visit.desk.need.is_some() && !self.is_restricted(visit.household)?)
    }

    /// Finished visits by person that were not drawn yet; those to families that were not there are left out.
    pub(super) fn undrawn<'a>(
        &self,
        visited: &'a [Visited],
    ) -> Result<BTreeMap<&'a str, Vec<&'a Visited>>, AppError> {
        let mut by_person: BTreeMap<&str, Vec<&Visited>> = BTreeMap::new();
        for visit in visited {
            let drawn = self.store.review(visit.household)?.and_then(|r| r.drawn);
            if self.drawable(visit)? && drawn != visit.desk.visit {
                by_person
                    .entry(&visit.desk.enumerator)
                    .or_default()
                    .push(visit);
            }
        }
        Ok(by_person)
    }

    /// Draws visits of each person to be made again. The program adds random bytes to the seed, so that nobody tries seeds
    /// until one draws what they like.
    ///
    /// # Errors
    /// `bad_draw`; the policy's reason.
    pub fn draw_back_checks(
        &mut self,
        village: &str,
        percent: u32,
        seed: &str,
    ) -> Result<u32, AppError> {
        if !(1..=100).contains(&percent) || needed(seed).is_err() {
            return Err(AppError::new("bad_draw", "percent or seed"));
        }
        let mut salt = [0; SALT];
        self.environment.random(&mut salt);
        let seed = format!("{} {}", seed.trim(), hex::encode(salt));
        let visited = self.store.visited(Some(village))?;
        let by_person = self.undrawn(&visited)?;
        let mut drawn = 0;
        for visits in by_person.values() {
            let pool: BTreeSet<InstanceId> =
                visits.iter().filter_map(|visit| visit.desk.visit).collect();
            let taken = draw(&pool, percent, &seed);
            let percent = percent.to_string();
            // In one field: a server of before takes no other.
            let of = format!("{} {}", pool.len(), digest_of(&pool));
            for visit in visits {
                let Some(about) = visit.desk.visit.filter(|about| taken.contains(about)) else {
                    continue;
                };
                let about = about.to_string();
                let id = self.new_id();
                let fields = [
                    ("visit", about.as_str()),
                    ("seed", seed.as_str()),
                    ("percent", percent.as_str()),
                    ("of", of.as_str()),
                ];
                let events = [(id, Event::BACK_CHECKS, &fields[..])];
                let kind = DocumentKind::Administration;
                self.write_events(visit.household, kind, &events, |_| Ok(()))?;
                drawn += 1;
            }
        }
        Ok(drawn)
    }

    /// Draws again what was drawn in a village, from what the records say now, and tells whether it comes out the same.
    ///
    /// # Errors
    /// `role_may_not`, for whoever checks nothing; the store's.
    pub fn check_draws(&self, village: &str) -> Result<Vec<views::DrawCheck>, AppError> {
        if !self.checks() {
            return Err(Denied::Event(self.role(), Event::BACK_CHECKS).into());
        }
        let mut draws: BTreeMap<(String, [String; 3]), Drawn> = BTreeMap::new();
        let mut drawn_when: BTreeMap<InstanceId, Vec<(i64, [String; 3])>> = BTreeMap::new();
        for card in self.store.drawn(Some(village))? {
            let kind = DocumentKind::Administration;
            let administration = self.store.document(card.household, kind)?.state()?;
            let state = self.store.record(card.household)?.state()?;
            for (visit, at, said) in events(&administration) {
                let Some(first) = first_in(&state, visit) else {
                    continue;
                };
                let when = drawn_when.entry(visit).or_default();
                when.push((at, said.clone()));
                let mut of = said[2].split_whitespace();
                let draw = draws.entry((first.person, said.clone())).or_insert(Drawn {
                    of: of.next().and_then(|n| n.parse().ok()).unwrap_or(0),
                    digest: of.next().map(str::to_owned),
                    percent: said[1].parse().unwrap_or(0),
                    seed: said[0].clone(),
                    visits: BTreeSet::new(),
                    at,
                });
                draw.visits.insert(visit);
                draw.at = draw.at.min(at);
            }
        }
        if draws.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = self.candidates(village)?;
        let mut checks: Vec<views::DrawCheck> = draws
            .into_iter()
            .map(|((person, said), drawn)| {
                let undrawn = |visit: &InstanceId| {
                    let when = drawn_when.get(visit).into_iter().flatten();
                    when.into_iter()
                        .all(|(at, other)| *other == said || *at >= drawn.at)
                };
                // By the clocks of those who submitted, or whatever they say.
                let pools = [Some(timestamp(drawn.at)), None].map(|until| {
                    let newest = |visits: &Submitted| {
                        let mut all = visits.iter().rev();
                        let newest = all.find(|(at, ..)| until.as_ref().is_none_or(|u| at <= u));
                        newest
                            .filter(|(.., by)| *by == person)
                            .map(|(_, visit, _)| *visit)
                    };
                    let pool = candidates.iter().filter_map(newest).filter(undrawn);
                    pool.collect::<BTreeSet<InstanceId>>()
                });
                views::DrawCheck {
                    outcome: drawn.check(&pools),
                    at: timestamp(drawn.at),
                    person,
                    seed: drawn.seed,
                    percent: drawn.percent,
                    of: u32::try_from(drawn.of).unwrap_or(u32::MAX),
                    drawn: u32::try_from(drawn.visits.len()).unwrap_or(u32::MAX),
                }
            })
            .collect();
        checks.sort_by(|a, b| (&a.at, &a.person).cmp(&(&b.at, &b.person)));
        Ok(checks)
    }

    /// Of households that can be drawn.
    fn candidates(&self, village: &str) -> Result<Vec<Submitted>, AppError> {
        let mut all = Vec::new();
        for visited in self.store.visited(Some(village))? {
            if !self.drawable(&visited)? {
                continue;
            }
            let state = self.store.record(visited.household)?.state()?;
            let text =
                |id: InstanceId, key: &str| state.text(&FieldPath::of(VISITS, id, key)).to_owned();
            let mut visits: Submitted = state
                .of(VISITS)
                .iter()
                .map(|id| (text(*id, VISIT_SUBMITTED), *id, text(*id, "person")))
                .filter(|(submitted, ..)| !submitted.is_empty())
                .collect();
            visits.sort_unstable();
            all.push(visits);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn pool(n: u128) -> BTreeSet<InstanceId> {
        (1..=n).map(|i| InstanceId(Uuid::from_u128(i))).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_visits_and_another_draws_others() {
        let all = pool(60);
        let first = draw(&all, 10, "rapat 26 November");
        assert_eq!(first.len(), 6);
        assert_eq!(first, draw(&all, 10, " rapat 26 November "));
        assert_ne!(first, draw(&all, 10, "rapat 27 November"));
    }

    #[test]
    fn of_whoever_visited_at_all_at_least_one_visit_is_drawn() {
        assert_eq!(draw(&pool(1), 1, "abc").len(), 1);
        assert_eq!(draw(&pool(101), 1, "abc").len(), 2);
        assert_eq!(draw(&pool(7), 100, "abc").len(), 7);
    }

    #[test]
    fn a_draw_that_is_repeated_fits_or_not_or_cannot_be_repeated_any_more() {
        let all = pool(60);
        let honest = || Drawn {
            of: 60,
            digest: Some(digest_of(&all)),
            percent: 10,
            seed: "rapat 00ff".into(),
            visits: draw(&all, 10, "rapat 00ff"),
            at: 0,
        };
        let pools = |n: u128| [pool(n + 1), pool(n)];
        assert_eq!(honest().check(&pools(60)), DrawOutcome::Fits);
        assert_eq!(honest().check(&pools(62)), DrawOutcome::PoolChanged);
        let mut chosen = honest();
        let other = all.iter().find(|visit| !chosen.visits.contains(visit));
        chosen.visits.pop_first();
        assert_eq!(
            chosen.check(&pools(60)),
            DrawOutcome::DoesNotFit,
            "one left out"
        );
        chosen.visits.extend(other);
        assert_eq!(
            chosen.check(&pools(60)),
            DrawOutcome::DoesNotFit,
            "one exchanged"
        );
        let mut more = honest();
        more.visits.extend(other);
        assert_eq!(
            more.check(&pools(62)),
            DrawOutcome::DoesNotFit,
            "one too many"
        );
        // Before the program said what it drew from.
        let old = Drawn {
            digest: None,
            ..honest()
        };
        assert_eq!(old.check(&pools(60)), DrawOutcome::Fits);
        assert_eq!(old.check(&pools(62)), DrawOutcome::PoolChanged);
    }
}
