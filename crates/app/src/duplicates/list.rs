//! The list of suspicions, with where each stands.

use super::{
    elsewhere,
    findings::{self, Place, is_finding},
    lists,
    persons::{Persons, read_place},
    search::{CLUSTER, Kept, Lookout},
    standing::{Pair, Standing, pair},
    words,
};
use crate::{device::Device, error::AppError, views, visit::timestamp};
use lawang_domain::{Elsewhere, HouseholdId, InstanceId, mask_number};
use lawang_records::PairAbout;
use lawang_store::MemberAt;
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry as Slot};
use uuid::Uuid;

/// So many rows at once.
const MOST_ROWS: u32 = 200;
const ROWS: u32 = 50;
/// So many clusters of one NIK are listed, with so many persons each.
const CLUSTERS: usize = 20;
const NAMED: usize = 20;

/// A suspicion, or a pair that somebody decided about.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: [u8; 16],
    pub kind: views::SuspicionKind,
    pub state: views::PairState,
    pub left: MemberAt,
    pub right: MemberAt,
    pub probability: f64,
    /// As kept; empty where nothing was found by comparing.
    pub reasons: Vec<Kept>,
    /// A decision of this device about it was refused.
    pub refused: bool,
    /// The other side where it is not on this device; `right` is `left` then.
    pub elsewhere: Option<Elsewhere>,
}

impl Entry {
    pub(super) fn places(&self) -> (Place, Place) {
        (place(&self.left), place(&self.right))
    }

    /// The two that decisions are about.
    pub(super) fn about(&self) -> (Place, Place) {
        let (left, right) = self.places();
        let there = self.elsewhere.as_ref().map(|said| Place {
            household: said.household,
            member: said.member,
        });
        (left, there.unwrap_or(right))
    }

    /// It rests on lists of programmes.
    pub(super) fn by_lists(&self) -> bool {
        findings::about(self.kind) == PairAbout::Lists
    }

    /// It waits for a person.
    pub(super) fn waits(&self) -> bool {
        use views::PairState as S;
        matches!(self.state, S::Open | S::Disputed | S::Unfinished)
    }
}

pub(super) fn place(at: &MemberAt) -> Place {
    Place {
        household: at.household,
        member: at.member,
    }
}

/// The number of a suspicion as the screens have it.
pub(super) fn id_text(id: &[u8; 16]) -> String {
    Uuid::from_bytes(*id).to_string()
}

/// Lines of persons that were read before.
#[derive(Default)]
pub(super) struct Lines(HashMap<i64, Persons>);

impl Device {
    /// Decisions about pairs, and what follows.
    pub(super) fn pairs_standing(&self) -> Result<Standing, AppError> {
        Ok(Standing::of(self.store.pair_decisions()?))
    }

    /// Everything that was found or decided about, those whose data are restricted left out.
    pub(super) fn entries(&self, standing: &Standing) -> Result<Vec<Entry>, AppError> {
        let mut gone: BTreeMap<Place, Place> = BTreeMap::new();
        for line in self.store.persons_gone()? {
            for person in Persons::read(&line.body).all {
                if let Some((household, member)) = read_place(&person.gone) {
                    let own = Place {
                        household: line.household,
                        member: person.member,
                    };
                    gone.insert(own, Place { household, member });
                }
            }
        }
        let is_gone = |place: Place| gone.contains_key(&place);
        let refused = self.refused_decisions()?;
        let refused: BTreeSet<Pair> = refused.iter().map(|one| one.pair()).collect();
        let mut all = Vec::new();
        let mut known: BTreeSet<Pair> = BTreeSet::new();
        for found in self.store.suspicions()? {
            let kind = findings::kind(found.kind);
            let (left, right) = (place(&found.left), place(&found.right));
            let by_lists = findings::about(kind) == PairAbout::Lists;
            known.insert(pair(left, right, by_lists));
            // Written by this program; a text that cannot be read gives no reason.
            let reasons: Vec<Kept> = serde_json::from_str(&found.reasons).unwrap_or_default();
            all.push(Entry {
                id: found.id,
                kind,
                state: match by_lists {
                    true => standing.state_of_lists(left, right, &lists::dates(&reasons)),
                    false => standing.state(left, right, is_gone),
                },
                left: found.left,
                right: found.right,
                probability: found.probability,
                reasons,
                refused: refused.contains(&pair(left, right, by_lists)),
                elsewhere: None,
            });
        }
        all.extend(self.told_elsewhere(standing, &gone, &mut known, &refused)?);
        unmarried(&mut all);
        // What was decided, and who is struck out without a decision that counts: it was refused, or taken back.
        let struck = gone
            .iter()
            .map(|(own, other)| (*own.min(other), *own.max(other), false));
        let mut others: BTreeSet<Pair> = standing.pairs().copied().collect();
        others.extend(struck);
        // What was decided here and refused is asked again, whatever became of the two.
        others.extend(refused.iter().copied());
        let mut lines = Lines::default();
        for (left, right, by_lists) in others.into_iter().filter(|pair| !known.contains(pair)) {
            let at = |place: Place| self.store.member_at(place.household, place.member);
            let (Some(first), Some(second)) = (at(left)?, at(right)?) else {
                continue;
            };
            let kind = match (by_lists, left == right) {
                (true, true) => views::SuspicionKind::DeadOnList,
                (true, false) => views::SuspicionKind::CoupleOnLists,
                (false, _) => self.kind_of(&first, &second, &mut lines)?,
            };
            all.push(Entry {
                id: findings::id_of(left, right, findings::about(kind)),
                kind,
                state: match by_lists {
                    // No list says it any more.
                    true => views::PairState::Different,
                    false => standing.state(left, right, is_gone),
                },
                left: first,
                right: second,
                probability: 0.0,
                reasons: Vec::new(),
                refused: refused.contains(&(left, right, by_lists)),
                elsewhere: None,
            });
        }
        self.unrestricted(all)
    }

    /// Notes for each household how many pairs wait for a person, if anything changed since.
    pub(crate) fn count_suspected(&mut self) -> Result<(), AppError> {
        let mark = self.store.suspected_mark()?;
        if self.store.suspected_counted()? == mark {
            return Ok(());
        }
        let standing = self.pairs_standing()?;
        let mut pairs: BTreeMap<HouseholdId, (u32, u32)> = BTreeMap::new();
        for entry in self.entries(&standing)?.iter().filter(|e| e.waits()) {
            let aid = u32::from(is_finding(entry.kind));
            let sides: BTreeSet<HouseholdId> = [entry.left.household, entry.right.household].into();
            for household in sides {
                let counted = pairs.entry(household).or_default();
                counted.0 += 1;
                counted.1 += aid;
            }
        }
        let pairs: Vec<(HouseholdId, u32, u32)> = pairs
            .into_iter()
            .map(|(household, (pairs, aid))| (household, pairs, aid))
            .collect();
        Ok(self
            .store
            .transact(|tx| lawang_store::Store::put_suspected(tx, &mark, &pairs))?)
    }

    fn unrestricted(&self, all: Vec<Entry>) -> Result<Vec<Entry>, AppError> {
        let mut known: HashMap<HouseholdId, Option<BTreeSet<InstanceId>>> = HashMap::new();
        let mut kept = Vec::with_capacity(all.len());
        'entries: for entry in all {
            for at in [&entry.left, &entry.right] {
                let known = match known.entry(at.household) {
                    Slot::Occupied(there) => there.into_mut(),
                    Slot::Vacant(free) => {
                        let found = self.restrictions(at.household)?;
                        let open = found.whole.is_none();
                        free.insert(open.then(|| found.persons.into_keys().collect()))
                    }
                };
                match known {
                    Some(persons) if !persons.contains(&at.member) => {}
                    _ => continue 'entries,
                }
            }
            kept.push(entry);
        }
        Ok(kept)
    }

    fn kind_of(
        &self,
        left: &MemberAt,
        right: &MemberAt,
        lines: &mut Lines,
    ) -> Result<views::SuspicionKind, AppError> {
        if place(left) == place(right) {
            return Ok(views::SuspicionKind::DeadReceiving);
        }
        let card = |persons: &Persons, member: InstanceId| {
            persons
                .person(member)
                .map_or(persons.family_card.clone(), |p| {
                    persons.family_card_of(p).to_owned()
                })
        };
        let first = card(self.line(left.row, lines)?, left.member);
        let second = card(self.line(right.row, lines)?, right.member);
        Ok(findings::kind_of_places(left, &first, right, &second))
    }

    /// The persons of a household.
    pub(super) fn line<'a>(&self, row: i64, lines: &'a mut Lines) -> Result<&'a Persons, AppError> {
        Ok(match lines.0.entry(row) {
            Slot::Occupied(there) => there.into_mut(),
            Slot::Vacant(free) => {
                let line = self.store.persons_of(row)?;
                free.insert(line.map_or_else(Persons::default, |line| Persons::read(&line.body)))
            }
        })
    }

    /// A person in short.
    pub(super) fn person_line(
        &self,
        at: &MemberAt,
        lines: &mut Lines,
    ) -> Result<views::PersonLine, AppError> {
        let card = self.store.card(at.household)?;
        let scope = self.store.scope()?;
        let village_name = scope
            .iter()
            .find(|s| s.village == at.village)
            .map_or(String::new(), |s| s.name.clone());
        let mut view = views::PersonLine {
            household: at.household.to_string(),
            member: at.member.to_string(),
            village_name,
            ..views::PersonLine::default()
        };
        if let Some(card) = card {
            view.head = card.head;
            view.address = card.address;
            view.rt = card.rt;
            view.rw = card.rw;
        }
        if let Some(person) = self.line(at.row, lines)?.person(at.member) {
            view.name.clone_from(&person.name);
            view.nik = mask_number(&person.nik);
            view.birth_date.clone_from(&person.birth_date);
            view.gone = !person.gone.is_empty();
        }
        Ok(view)
    }

    /// A line of the list.
    pub(super) fn pair_row(
        &self,
        entry: &Entry,
        standing: &Standing,
        lines: &mut Lines,
    ) -> Result<views::PairRow, AppError> {
        let sides = entry.places();
        let (left, right) = entry.about();
        let last = standing.last(left, right, entry.by_lists());
        let author = match last {
            Some(decided) => self.store.change(&decided.event.change)?,
            None => None,
        };
        let words = findings::words(entry.kind);
        Ok(views::PairRow {
            id: id_text(&entry.id),
            kind: entry.kind,
            words: if self.language == "en" {
                words.1
            } else {
                words.0
            }
            .to_owned(),
            state: entry.state,
            percent: percent(entry.probability),
            left: self.person_line(&entry.left, lines)?,
            right: match sides.0 == sides.1 {
                true => views::PersonLine::default(),
                false => self.person_line(&entry.right, lines)?,
            },
            because: match &entry.elsewhere {
                Some(said) => elsewhere::sentence(said, &self.language),
                None => words::because(&entry.reasons, &self.language),
            },
            author: author.map(|change| change.person).unwrap_or_default(),
            at: last.map_or(String::new(), |decided| timestamp(decided.event.at)),
            refused: entry.refused,
        })
    }

    /// A part of the suspicions, as far as the search has come.
    ///
    /// # Errors
    /// Those of the store.
    pub fn duplicates(
        &self,
        query: &views::DuplicatesQuery,
    ) -> Result<views::Duplicates, AppError> {
        let standing = self.pairs_standing()?;
        let all = self.entries(&standing)?;
        let mut lines = Lines::default();
        let mut counts: BTreeMap<views::SuspicionKind, u32> = BTreeMap::new();
        for entry in all.iter().filter(|entry| entry.waits()) {
            *counts.entry(entry.kind).or_default() += 1;
        }
        let search = query.search.trim().to_lowercase();
        let household = query.household.as_deref().map(str::trim);
        let mut wanted = Vec::new();
        for entry in all {
            let sides = [&entry.left, &entry.right];
            let here = |wanted: &str| sides.iter().any(|at| at.household.to_string() == wanted);
            let village = |wanted: &str| sides.iter().any(|at| at.village == wanted);
            if !(query.all || entry.waits())
                || !(query.kinds.is_empty() || query.kinds.contains(&entry.kind))
                || query.village.as_deref().is_some_and(|code| !village(code))
                || household.is_some_and(|id| !here(id))
            {
                continue;
            }
            if !search.is_empty() {
                let mut named = false;
                for at in sides {
                    named |= self
                        .line(at.row, &mut lines)?
                        .person(at.member)
                        .is_some_and(|person| person.name.to_lowercase().contains(&search));
                }
                if !named {
                    continue;
                }
            }
            wanted.push(entry);
        }
        wanted.sort_by(|a, b| {
            (order(a.state), b.probability)
                .partial_cmp(&(order(b.state), a.probability))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then(a.id.cmp(&b.id))
        });
        let limit = match query.limit {
            0 => ROWS,
            some => some.min(MOST_ROWS),
        };
        let rows = wanted
            .iter()
            .skip(query.offset as usize)
            .take(limit as usize)
            .map(|entry| self.pair_row(entry, &standing, &mut lines))
            .collect::<Result<_, _>>()?;
        let (looked, persons) = self.store.persons_looked()?;
        Ok(views::Duplicates {
            total: u32::try_from(wanted.len()).unwrap_or(u32::MAX),
            rows,
            waiting: counts
                .into_iter()
                .map(|(kind, pairs)| {
                    let words = findings::words(kind);
                    views::KindCount {
                        kind,
                        words: if self.language == "en" {
                            words.1
                        } else {
                            words.0
                        }
                        .to_owned(),
                        pairs,
                    }
                })
                .collect(),
            clusters: self.clusters(&mut lines)?,
            looked,
            persons,
            closed: self.closed_to_all()?,
        })
    }

    /// NIKs that too many hold for pairs of them to help anybody.
    fn clusters(&self, lines: &mut Lines) -> Result<Vec<views::NikCluster>, AppError> {
        let Lookout::Ready(ready) = &self.lookout else {
            return Ok(Vec::new());
        };
        let mut all: Vec<Vec<u32>> = ready
            .index
            .shared_by_more_than(CLUSTER)
            .into_iter()
            .map(|rows| {
                rows.into_iter()
                    .filter(|row| ready.owner(*row).is_some())
                    .collect::<Vec<u32>>()
            })
            .filter(|rows| rows.len() > CLUSTER)
            .collect();
        all.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        let mut views = Vec::new();
        for rows in all.into_iter().take(CLUSTERS) {
            let mut some = Vec::new();
            for owner in rows.iter().filter_map(|row| ready.owner(*row)) {
                if some.len() == NAMED {
                    break;
                }
                let restricted = self.restrictions(owner.household)?;
                if restricted.whole.is_none()
                    && !restricted.persons.contains_key(&owner.member)
                    && let Some(at) = self.store.member_at(owner.household, owner.member)?
                {
                    some.push(self.person_line(&at, lines)?);
                }
            }
            views.push(views::NikCluster {
                nik: some.first().map_or(String::new(), |p| p.nik.clone()),
                persons: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                some,
            });
        }
        Ok(views)
    }
}

/// Who is husband or wife of somebody only by a second place that is somebody else's is not.
fn unmarried(all: &mut Vec<Entry>) {
    let different: BTreeSet<String> = all
        .iter()
        .filter(|entry| entry.state == views::PairState::Different)
        .map(|entry| id_text(&entry.id))
        .collect();
    all.retain(|entry| lists::via(&entry.reasons).is_none_or(|pair| !different.contains(pair)));
}

/// What needs a person comes first.
fn order(state: views::PairState) -> u8 {
    use views::PairState as S;
    match state {
        S::Disputed => 0,
        S::Unfinished => 1,
        S::Open => 2,
        S::Same | S::TwoFamilies | S::Different => 3,
    }
}

pub(super) fn percent(probability: f64) -> u32 {
    // Never quite certain: a person decides.
    (probability * 100.0).round().clamp(0.0, 99.0) as u32
}
