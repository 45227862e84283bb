//! What the lists of programmes and the civil registry say against each other: husband and wife aided apart, under one
//! family card or in two, and the dead who still stand on a list. Advice with the list and its date; a person looks, and
//! is asked again when a newer list says it again.

use super::{
    findings::{place, suspicion},
    persons::{DIED, Person, Persons},
    search::{Kept, Owner, Ready},
};
use crate::{
    device::Device,
    error::AppError,
    findings::detail,
    views::SuspicionKind,
    visit::{date_words, month_words},
};
use chrono::NaiveDate;
use lawang_domain::{AidProgramme, CivilFlag, DUKCAPIL, FindingResult, InstanceId};
use lawang_matching::normalise::number::usable_family_card;
use lawang_records::{PairAbout, pair_id};
use lawang_store::{PersonsRow, Store, Suspicion};
use std::collections::{BTreeMap, HashMap};

/// So many households of a village are looked at in a step.
const LOOKED_AT: u32 = 24;
/// So many others of one family card: more are no family.
const MOST_OF_CARD: usize = 20;
/// Of a reason that is not shown: the pair by which the two are husband and wife across two families.
pub(super) const VIA: &str = "_via";
const LISTED: &str = "listed";
const DECEASED: &str = "deceased";

/// Heads and spouses by the family card that they stand under.
#[derive(Default)]
pub(crate) struct Cards(HashMap<u64, Vec<u32>>);

impl Cards {
    pub(super) fn add(&mut self, at: u32, persons: &Persons, person: &Person) {
        if !matches!(person.relation.as_str(), "1" | "2") {
            return;
        }
        let card = usable_family_card(persons.family_card_of(person));
        if let Some(card) = card.and_then(|card| card.parse().ok()) {
            self.0.entry(card).or_default().push(at);
        }
    }

    fn under(&self, persons: &Persons, person: &Person) -> &[u32] {
        let card = usable_family_card(persons.family_card_of(person));
        card.and_then(|card| self.0.get(&card.parse().ok()?))
            .map_or(&[][..], Vec::as_slice)
    }
}

/// A list on which a person stands.
struct Listed {
    programme: &'static AidProgramme,
    dated: String,
    paid: String,
    valid_until: bool,
}

/// What the lists say of a person.
#[derive(Default)]
struct Said {
    lists: Vec<Listed>,
    /// Date of the file by which the civil registry says that the person died.
    died: Option<String>,
}

impl Said {
    fn once(&self) -> impl Iterator<Item = &Listed> {
        self.lists.iter().filter(|list| list.programme.paid_once)
    }
}

/// A person who may be husband or wife of another, where they stand.
struct Spouse<'a> {
    owner: Owner,
    person: &'a Person,
    said: &'a Said,
}

impl Spouse<'_> {
    /// Lives, and stands on a list of family aid.
    fn receives(&self) -> bool {
        let lives = self.person.gone.is_empty()
            && matches!(self.person.presence.as_str(), "" | "1" | "5")
            && self.said.died.is_none();
        lives && self.said.once().next().is_some()
    }
}

/// A member with whom they are married to in another household, and the pair by which that is known.
struct Married {
    own: InstanceId,
    other: Owner,
    via: Option<[u8; 16]>,
}

/// The households of whom it is said what they receive, read once a search of one household.
struct Families<'d> {
    device: &'d Device,
    said: BTreeMap<i64, BTreeMap<InstanceId, Said>>,
    persons: BTreeMap<i64, Persons>,
}

impl<'d> Families<'d> {
    fn of(device: &'d Device) -> Self {
        Self {
            device,
            said: BTreeMap::new(),
            persons: BTreeMap::new(),
        }
    }

    fn read(&mut self, row: i64) -> Result<(), AppError> {
        if self.said.contains_key(&row) {
            return Ok(());
        }
        let line = self.device.store.persons_of(row)?;
        let said = match &line {
            Some(line) => said(self.device, line)?,
            None => BTreeMap::new(),
        };
        self.said.insert(row, said);
        let persons = line.map_or_else(Persons::default, |line| Persons::read(&line.body));
        self.persons.insert(row, persons);
        Ok(())
    }

    fn persons(&self, row: i64) -> impl Iterator<Item = &Person> {
        self.persons.get(&row).into_iter().flat_map(|p| &p.all)
    }

    fn person(&self, row: i64, member: InstanceId) -> Option<&Person> {
        self.persons(row).find(|person| person.member == member)
    }

    fn spouse(&self, owner: Owner) -> Option<Spouse<'_>> {
        Some(Spouse {
            owner,
            person: self.person(owner.row, owner.member)?,
            said: self.said.get(&owner.row)?.get(&owner.member)?,
        })
    }
}

/// What the lists say of the members of a household.
fn said(device: &Device, line: &PersonsRow) -> Result<BTreeMap<InstanceId, Said>, AppError> {
    let mut all: BTreeMap<InstanceId, Said> = BTreeMap::new();
    for row in device.store.findings(line.household)? {
        let detail = detail(&row);
        if detail.other_person {
            continue;
        }
        let of = all.entry(row.member).or_default();
        if row.source == DUKCAPIL {
            of.died = (detail.flag == Some(CivilFlag::Deceased)).then_some(row.dated);
        } else if row.result == FindingResult::Receives.as_str()
            && let Some(programme) = AidProgramme::named(&row.source)
        {
            of.lists.push(Listed {
                programme,
                dated: row.dated,
                paid: detail.until,
                valid_until: detail.valid_until,
            });
        }
    }
    Ok(all)
}

/// `2026-11-01` as people write it, `1 Nov 2026`, and `2026-11` likewise; anything else as it is.
fn day(iso: &str, english: bool) -> String {
    let language = if english { "en" } else { "id" };
    if let Ok(date) = iso.parse::<NaiveDate>() {
        return date_words(date, language);
    }
    let month = format!("{iso}-01").parse::<NaiveDate>();
    month.map_or(iso.to_owned(), |month| month_words(month, language))
}

fn both(of: impl Fn(bool) -> String) -> (String, String) {
    (of(false), of(true))
}

/// A list in words, with its date. `who`: of whom, where two are spoken of.
fn listed(list: &Listed, who: Option<(&str, &str)>) -> Kept {
    let (id, en) = both(|english| {
        let paid = day(&list.paid, english);
        let until = match (list.paid.is_empty(), list.valid_until, english) {
            (true, ..) => String::new(),
            (false, true, false) => format!(", berlaku sampai {paid}"),
            (false, true, true) => format!(", valid until {paid}"),
            (false, false, false) => format!(", terakhir dibayar {paid}"),
            (false, false, true) => format!(", last paid {paid}"),
        };
        let on = day(&list.dated, english);
        match (who, english) {
            (Some((id, _)), false) => format!("{id} ada di daftar tanggal {on}{until}"),
            (Some((_, en)), true) => format!("{en} is on the list of {on}{until}"),
            (None, false) => format!("masih ada di daftar tanggal {on}{until}"),
            (None, true) => format!("still on the list of {on}{until}"),
        }
    });
    Kept {
        field: list.programme.code.to_owned(),
        code: LISTED.to_owned(),
        bits: 0.0,
        id,
        en,
        dated: list.dated.clone(),
    }
}

fn dead(owner: Owner, person: &Person, said: &Said) -> Option<Suspicion> {
    let by_record = person.presence == DIED;
    if said.lists.is_empty() || !(by_record || said.died.is_some()) {
        return None;
    }
    let mut reasons = Vec::new();
    if let Some(dated) = &said.died {
        let (id, en) = both(|english| {
            let on = day(dated, english);
            match english {
                true => format!("registered as deceased, in the data of {on}"),
                false => format!("tercatat meninggal, data tanggal {on}"),
            }
        });
        reasons.push(Kept {
            field: DUKCAPIL.to_owned(),
            code: DECEASED.to_owned(),
            bits: 0.0,
            id,
            en,
            dated: dated.clone(),
        });
    }
    if by_record {
        reasons.push(Kept {
            field: super::findings::PRESENCE.to_owned(),
            code: DECEASED.to_owned(),
            bits: 0.0,
            id: "meninggal menurut pendataan".to_owned(),
            en: "died, by the record".to_owned(),
            dated: String::new(),
        });
    }
    reasons.extend(said.lists.iter().map(|list| listed(list, None)));
    let kind = SuspicionKind::DeadOnList;
    Some(suspicion((owner, owner), kind, 1.0, &reasons))
}

/// Husband and wife who both stand on lists of family aid. `via`: the pair by which they are known to be a couple.
fn couple(one: &Spouse<'_>, other: &Spouse<'_>, via: Option<[u8; 16]>) -> Option<Suspicion> {
    if place(one.owner) == place(other.owner) || !one.receives() || !other.receives() {
        return None;
    }
    let mut reasons = Vec::new();
    // The same on every device, from whichever side it was found.
    let (first, second) = match place(one.owner) <= place(other.owner) {
        true => (one, other),
        false => (other, one),
    };
    for spouse in [first, second] {
        let who = match spouse.person.sex.as_str() {
            "1" => ("suami", "the husband"),
            "2" => ("istri", "the wife"),
            _ => ("salah satunya", "one of them"),
        };
        reasons.extend(spouse.said.once().map(|list| listed(list, Some(who))));
    }
    if let Some(via) = via {
        reasons.push(Kept {
            field: VIA.to_owned(),
            code: super::list::id_text(&via),
            bits: 0.0,
            id: String::new(),
            en: String::new(),
            dated: String::new(),
        });
    }
    let owners = (first.owner, second.owner);
    Some(suspicion(
        owners,
        SuspicionKind::CoupleOnLists,
        1.0,
        &reasons,
    ))
}

impl Device {
    /// What lists say about the persons of a household. `twins`: members with those of other households who may be the
    /// same person.
    pub(super) fn by_lists(
        &self,
        ready: &Ready,
        line: &PersonsRow,
        twins: &[(Owner, Owner)],
    ) -> Result<Vec<Suspicion>, AppError> {
        if !self.role().sees_findings() {
            return Ok(Vec::new());
        }
        let mut families = Families::of(self);
        families.read(line.id)?;
        if families.said[&line.id]
            .values()
            .all(|said| said.lists.is_empty())
        {
            // Whoever is married to somebody here and receives is found from there as well.
            return Ok(Vec::new());
        }
        let others = self.elsewhere(ready, line, twins, &mut families)?;
        let owner = |person: &Person| Owner {
            row: line.id,
            household: line.household,
            member: person.member,
            stale: false,
        };
        let mut found = Vec::new();
        let here: Vec<Spouse<'_>> = families
            .persons(line.id)
            .filter(|person| person.gone.is_empty())
            .filter_map(|person| families.spouse(owner(person)))
            .collect();
        for spouse in &here {
            found.extend(dead(spouse.owner, spouse.person, spouse.said));
        }
        let of = |relation: &'static str| {
            let all = here.iter();
            all.filter(move |spouse| spouse.person.relation == relation)
        };
        for head in of("1") {
            for spouse in of("2") {
                found.extend(couple(head, spouse, None));
            }
        }
        for married in others {
            let own = here
                .iter()
                .find(|spouse| spouse.owner.member == married.own);
            if let (Some(own), Some(other)) = (own, families.spouse(married.other)) {
                found.extend(couple(own, &other, married.via));
            }
        }
        Ok(found)
    }

    /// Members of a household with whom they are married to elsewhere: the other half under the same family card, and
    /// the other half of a household in which one of them stands a second time.
    fn elsewhere(
        &self,
        ready: &Ready,
        line: &PersonsRow,
        twins: &[(Owner, Owner)],
        families: &mut Families<'_>,
    ) -> Result<Vec<Married>, AppError> {
        let mut all = Vec::new();
        let persons = Persons::read(&line.body);
        let half = |person: &Person| match person.relation.as_str() {
            "1" => "2",
            _ => "1",
        };
        for person in persons.all.iter().filter(|p| p.gone.is_empty()) {
            if !matches!(person.relation.as_str(), "1" | "2") {
                continue;
            }
            let under = ready.cards.under(&persons, person);
            let others: Vec<Owner> = under
                .iter()
                .filter_map(|at| ready.owner(*at).copied())
                .filter(|other| other.row != line.id)
                .take(MOST_OF_CARD + 1)
                .collect();
            if others.len() > MOST_OF_CARD {
                continue;
            }
            for other in others {
                families.read(other.row)?;
                let married = families
                    .person(other.row, other.member)
                    .is_some_and(|there| there.relation == half(person));
                if married {
                    all.push(Married {
                        own: person.member,
                        other,
                        via: None,
                    });
                }
            }
        }
        for (own, twin) in twins.iter().filter(|(_, twin)| twin.row != line.id) {
            families.read(twin.row)?;
            let at = |owner: &Owner| (owner.household, owner.member);
            let via = pair_id(at(own), at(twin), PairAbout::Persons);
            // The one who stands twice is husband or wife here, and receives there; or the other way round.
            if let Some(person) = persons.person(own.member)
                && matches!(person.relation.as_str(), "1" | "2")
            {
                let halves = persons.all.iter().filter(|p| p.relation == half(person));
                all.extend(halves.map(|other| Married {
                    own: other.member,
                    other: *twin,
                    via: Some(via),
                }));
            }
            let Some(there) = families.person(twin.row, twin.member) else {
                continue;
            };
            if !matches!(there.relation.as_str(), "1" | "2") {
                continue;
            }
            let wanted = half(there);
            let halves: Vec<InstanceId> = families
                .persons(twin.row)
                .filter(|p| p.relation == wanted)
                .map(|p| p.member)
                .collect();
            all.extend(halves.into_iter().map(|member| Married {
                own: own.member,
                other: Owner { member, ..*twin },
                via: Some(via),
            }));
        }
        Ok(all)
    }

    /// Compares the lists that came since with the persons of their villages, some households a step. True: there may be
    /// more.
    pub(super) fn compare_lists(&mut self, ready: &mut Ready) -> Result<bool, AppError> {
        let Some((village, from)) = self.store.unlooked_lists()? else {
            return Ok(false);
        };
        let rows = self.store.listed_after(&village, from, LOOKED_AT)?;
        let mut found = Vec::new();
        for row in &rows {
            if let Some(line) = self.store.persons_of(*row)? {
                let twins = self.twins(ready, &line);
                found.extend(self.by_lists(ready, &line, &twins)?);
            }
        }
        let done = if rows.len() < LOOKED_AT as usize {
            -1
        } else {
            rows.last().copied().unwrap_or(-1)
        };
        self.store.transact(|tx| {
            Store::add_suspicions(tx, &found)?;
            Store::note_looked_lists(tx, &village, done)
        })?;
        Ok(true)
    }
}

/// The dates of the lists by source on which a suspicion rests.
pub(super) fn dates(reasons: &[Kept]) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for kept in reasons.iter().filter(|kept| !kept.dated.is_empty()) {
        let newest = all.entry(kept.field.clone()).or_default();
        if *newest < kept.dated {
            newest.clone_from(&kept.dated);
        }
    }
    all
}

/// The pair by which two are known to be a couple.
pub(super) fn via(reasons: &[Kept]) -> Option<&str> {
    let kept = reasons.iter().find(|kept| kept.field == VIA)?;
    Some(&kept.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_people_write_them() {
        assert_eq!(day("2026-08-01", false), "1 Agu 2026");
        assert_eq!(day("2026-08-01", true), "1 Aug 2026");
        assert_eq!(day("2026-10", false), "Okt 2026");
        assert_eq!(day("kemarin", false), "kemarin");
    }

    #[test]
    fn of_several_lists_of_one_source_the_newest_date_counts() {
        let kept = |field: &str, dated: &str| Kept {
            field: field.to_owned(),
            code: LISTED.to_owned(),
            bits: 0.0,
            id: String::new(),
            en: String::new(),
            dated: dated.to_owned(),
        };
        let all = [
            kept("pkh", "2026-10-01"),
            kept("pkh", "2026-11-01"),
            kept("presence", ""),
        ];
        let wanted = BTreeMap::from([("pkh".to_owned(), "2026-11-01".to_owned())]);
        assert_eq!(dates(&all), wanted);
    }
}
