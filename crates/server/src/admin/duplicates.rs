//! Who may stand in the district's register twice: all persons linked at once, with masked numbers; and what of it is told
//! to the desks of the villages.

use crate::{
    authority::side,
    error::{Result, ServerError},
    findings::elsewhere::{self, Place, Said},
    hub,
    projection::MEMBERS,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{
    Because, DocumentKind, Elsewhere, HouseholdId, InstanceId, VillageCode, mask_number,
};
use lawang_matching::{
    Linked, Options, Persons, Reason, explain_pair,
    kinds::{PairKind, Standing},
    link, register_fields,
};
use lawang_records::{PairAbout, PairEvent, pair_events, pair_id};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows of one NIK that are named; all are counted.
const NAMED: usize = 20;
/// When the register was linked last, of its own accord: milliseconds, eight bytes, big end first.
const MATCHED: &str = "matched";
/// So many pairs are written; all are counted.
const MOST: usize = 20_000;

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Duplicates {
    /// Persons compared: members that are not struck out and not restricted.
    pub persons: u32,
    /// Pairs that are likely one person or hold one NIK, with a person of the village that was asked for; decided ones
    /// among them.
    pub pair_count: usize,
    /// Those about which nobody has decided.
    pub open: usize,
    /// Pairs by kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// The likeliest first, at most 20,000.
    pub pairs: Vec<PairLine>,
    /// NIKs that several persons hold, the most shared first.
    pub shared_niks: Vec<SharedNik>,
    /// What was told to the desks of the villages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedPairs>,
}

/// Pairs between two villages, told to the desks of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishedPairs {
    /// Pairs that are told.
    pub pairs: usize,
    /// Villages that are told of some.
    pub villages: usize,
    /// Persons of whom nothing was told before.
    pub new: usize,
    /// Persons of whom something else is told than before.
    pub changed: usize,
    /// Persons of whom the same is told.
    pub unchanged: usize,
    /// Persons of whom nothing is told any more: decided, corrected, erased, restricted, struck out.
    pub withdrawn: usize,
}

/// A pair.
#[derive(Debug, Clone, Serialize)]
pub struct PairLine {
    /// As on the devices.
    pub id: String,
    pub kind: PairKind,
    /// 0 to 1.
    pub probability: f64,
    /// `open`, or the newest verdict in the verifications of both: `same`, `two_families`, `different`; `disputed` where
    /// two of one step contradict each other.
    pub state: String,
    pub left: PersonLine,
    pub right: PersonLine,
    pub reasons: Vec<Reason>,
}

/// A person.
#[derive(Debug, Clone, Serialize)]
pub struct PersonLine {
    pub household: HouseholdId,
    pub member: InstanceId,
    pub village: String,
    pub name: String,
    /// Masked.
    pub nik: String,
    /// As typed.
    pub birth_date: String,
}

/// A NIK of several persons.
#[derive(Debug, Clone, Serialize)]
pub struct SharedNik {
    /// Masked.
    pub nik: String,
    pub persons: usize,
    /// The first of them.
    pub some: Vec<PersonLine>,
}

/// Villages and households by number, so that a person is few bytes.
#[derive(Default)]
struct Register {
    villages: Vec<String>,
    households: Vec<(HouseholdId, u32)>,
    people: Vec<Member>,
}

struct Member {
    household: u32,
    member: InstanceId,
    name: Box<str>,
    nik: Box<str>,
    birth_date: Box<str>,
    family_card: Box<str>,
}

impl Register {
    fn village(&self, row: u32) -> &str {
        let (_, village) = self.households[self.people[row as usize].household as usize];
        &self.villages[village as usize]
    }

    fn place(&self, row: u32) -> (HouseholdId, InstanceId) {
        let person = &self.people[row as usize];
        (self.households[person.household as usize].0, person.member)
    }

    fn line(&self, row: u32) -> PersonLine {
        let person = &self.people[row as usize];
        let (household, member) = self.place(row);
        PersonLine {
            household,
            member,
            village: self.village(row).to_owned(),
            name: person.name.to_string(),
            nik: mask_number(&person.nik),
            birth_date: person.birth_date.to_string(),
        }
    }

    fn kind(&self, left: u32, right: u32) -> PairKind {
        let households = [left, right].map(|row| self.place(row).0.to_string());
        let standing = |at: usize, row: u32| Standing {
            household: &households[at],
            family_card: &self.people[row as usize].family_card,
            village: self.village(row),
        };
        PairKind::of(&standing(0, left), &standing(1, right))
    }
}

/// All persons, linked, and what was decided about pairs.
struct LinkedRegister {
    persons: Persons,
    register: Register,
    found: Linked,
    decided: BTreeMap<PairKey, String>,
}

impl LinkedRegister {
    /// What is to be told of each person, and how many pairs that are. `same` is told until the one who goes is struck
    /// out, and where decisions contradict each other both villages hear of it.
    fn between_villages(&self) -> (BTreeMap<Place, Said>, usize) {
        let mut said: BTreeMap<Place, Said> = BTreeMap::new();
        let mut pairs = 0;
        for pair in &self.found.pairs {
            let villages = [pair.left, pair.right].map(|row| self.register.village(row));
            let places = [pair.left, pair.right].map(|row| self.register.place(row));
            let key = (places[0].min(places[1]), places[0].max(places[1]));
            let state = self.decided.get(&key).map(String::as_str);
            if villages[0] == villages[1] || matches!(state, Some("different" | "two_families")) {
                continue;
            }
            let because = self.because(pair.left, pair.right);
            for (own, other) in [(0, 1), (1, 0)] {
                let of = said.entry(places[own]).or_insert_with(|| Said {
                    village: villages[own].to_owned(),
                    elsewhere: Vec::new(),
                });
                let (village, name, district) = elsewhere::named(villages[other]);
                of.elsewhere.push(Elsewhere {
                    household: places[other].0,
                    member: places[other].1,
                    village,
                    name,
                    district,
                    at_least: Elsewhere::band(pair.probability),
                    because: because.clone(),
                });
            }
            pairs += 1;
        }
        for of in said.values_mut() {
            of.elsewhere.sort_by_key(|e| (e.household, e.member));
        }
        (said, pairs)
    }

    /// What speaks for one person, without weights: those change with every training. The villages are told anyway.
    fn because(&self, left: u32, right: u32) -> Vec<Because> {
        let reasons = explain_pair(&self.persons, &self.found.model, left, right).1;
        let fields = register_fields();
        let mut kept: Vec<(usize, Because)> = reasons
            .iter()
            .filter(|r| r.bits > 0.0 || r.code.starts_with("same_other"))
            .filter(|r| r.field != "village")
            .filter_map(|reason| {
                let place = fields.iter().position(|f| f.name == reason.field)?;
                let because = Because {
                    field: reason.field.clone(),
                    code: reason.code.to_owned(),
                };
                Some((place, because))
            })
            .collect();
        kept.sort_by_key(|(place, _)| *place);
        kept.into_iter().map(|(_, because)| because).collect()
    }
}

fn last_matched(tx: &Tx<'_>) -> Result<Option<u64>> {
    let read = |bytes: Vec<u8>| {
        <[u8; 8]>::try_from(bytes)
            .map(u64::from_be_bytes)
            .map_err(|_| ServerError::Damaged(format!("meta {MATCHED}")))
    };
    hub::get(tx, MATCHED)?.map(read).transpose()
}

impl Server {
    /// Links all persons of the district. `village`: only pairs with a person of it. `latest_year`: the year of today.
    ///
    /// # Errors
    /// Those of the store; `unknown_village`.
    pub fn duplicates(&self, village: Option<VillageCode>, latest_year: u32) -> Result<Duplicates> {
        Ok(self.report(&self.linked(latest_year)?, village))
    }

    /// The same for the whole district, and tells the desks of both villages of each pair between two of them that nobody
    /// has decided about: as a finding about each of the two persons ([`Server::findings`]). What was told before and is
    /// not found any more is withdrawn.
    ///
    /// # Errors
    /// Those of the store; `not_a_district`.
    pub fn publish_duplicates(&self, latest_year: u32, now: u64) -> Result<Duplicates> {
        if self.hub().is_some() {
            return Err(ServerError::refused(
                "not_a_district",
                "a hub tells what the district tells",
            )
            .hint("give the command at the district server"));
        }
        // Before anything is read: who is erased while this runs is not written about.
        let mark = elsewhere::mark(self)?;
        let linked = self.linked(latest_year)?;
        let mut report = self.report(&linked, None);
        let (said, pairs) = linked.between_villages();
        let villages: BTreeSet<&str> = said.values().map(|s| s.village.as_str()).collect();
        let villages = villages.len();
        let written = elsewhere::publish(self, said, mark, &elsewhere::day(now))?;
        report.published = Some(PublishedPairs {
            pairs,
            villages,
            new: written.new,
            changed: written.changed,
            unchanged: written.unchanged,
            withdrawn: written.ended,
        });
        Ok(report)
    }

    /// Whether it is this server's turn to link the register, which was due at `due`, in milliseconds: of all that run on
    /// this store the first that asks. At the first question ever nobody's, a register that was just filled can wait a day.
    ///
    /// # Errors
    /// Those of the store.
    pub fn claim_matching(&self, due: u64, now: u64) -> Result<bool> {
        // A clock that was years ahead does not hold the matching up until then.
        let done = |last: Option<u64>| last.is_some_and(|last| (due..=now).contains(&last));
        if done(self.store.read(last_matched)?) {
            return Ok(false);
        }
        self.store.write(|tx| {
            let last = last_matched(tx)?;
            if done(last) {
                return Ok(false);
            }
            hub::put(tx, MATCHED, &now.to_be_bytes())?;
            Ok(last.is_some())
        })
    }

    fn linked(&self, latest_year: u32) -> Result<LinkedRegister> {
        let mut persons = Persons::new(register_fields(), latest_year)
            .map_err(|error| ServerError::refused("internal", error.to_string()))?;
        let register = self.read_persons(&mut persons)?;
        let found = link(&mut persons, &Options::default());
        Ok(LinkedRegister {
            persons,
            register,
            found,
            decided: self.pair_states()?,
        })
    }

    fn report(&self, linked: &LinkedRegister, village: Option<VillageCode>) -> Duplicates {
        let LinkedRegister {
            persons,
            register,
            found,
            decided,
        } = linked;
        let village = village.map(|v| v.to_string());
        let wanted = |row: u32| {
            village
                .as_deref()
                .is_none_or(|v| register.village(row) == v)
        };
        let mut report = Duplicates {
            persons: persons.len(),
            ..Duplicates::default()
        };
        for pair in &found.pairs {
            if !wanted(pair.left) && !wanted(pair.right) {
                continue;
            }
            let (left, right) = (register.place(pair.left), register.place(pair.right));
            let state = decided.get(&(left.min(right), left.max(right)));
            let kind = match pair.same_nik {
                true => PairKind::SharedNik,
                false => register.kind(pair.left, pair.right),
            };
            report.pair_count += 1;
            report.open += usize::from(state.is_none());
            *report.kinds.entry(kind_name(kind)).or_default() += 1;
            if report.pairs.len() < MOST {
                report.pairs.push(PairLine {
                    id: Uuid::from_bytes(pair_id(left, right, PairAbout::Persons)).to_string(),
                    kind,
                    probability: pair.probability,
                    state: state.map_or("open", String::as_str).to_owned(),
                    left: register.line(pair.left),
                    right: register.line(pair.right),
                    reasons: explain_pair(persons, &found.model, pair.left, pair.right).1,
                });
            }
        }
        for shared in found.shared.iter().take(MOST) {
            if !shared.rows.iter().any(|row| wanted(*row)) {
                continue;
            }
            let some: Vec<PersonLine> = shared
                .rows
                .iter()
                .take(NAMED)
                .map(|row| register.line(*row))
                .collect();
            report.shared_niks.push(SharedNik {
                nik: some.first().map_or(String::new(), |p| p.nik.clone()),
                persons: shared.rows.len(),
                some,
            });
        }
        report
    }

    /// One household at a time; of each person only what is shown later stays.
    fn read_persons(&self, persons: &mut Persons) -> Result<Register> {
        let restricted = self.restricted_persons()?;
        let mut register = Register::default();
        self.each_household(None, &mut |stored| {
            if stored.restricted {
                return Ok(());
            }
            let view = stored.projection()?;
            if register.villages.last() != Some(&stored.village) {
                register.villages.push(stored.village.clone());
            }
            let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
            let household = number(register.households.len());
            register
                .households
                .push((stored.id, number(register.villages.len() - 1)));
            let (own_card, address) = (view.answer("no_kk"), view.answer("address"));
            for id in view.present(MEMBERS) {
                let text = |key: &str| view.field(MEMBERS, id, key);
                let (name, nik) = (text("name"), text("nik"));
                if restricted.contains(&id) || (name.trim().is_empty() && nik.is_empty()) {
                    continue;
                }
                let family_card = match text("no_kk_member") {
                    "" => own_card,
                    other => other,
                };
                persons.push(&[
                    nik,
                    name,
                    text("birth_date"),
                    text("sex"),
                    text("mother_maiden_name"),
                    family_card,
                    &stored.village,
                    address,
                ]);
                register.people.push(Member {
                    household,
                    member: id,
                    name: name.into(),
                    nik: nik.into(),
                    birth_date: text("birth_date").into(),
                    family_card: family_card.into(),
                });
            }
            Ok(())
        })?;
        Ok(register)
    }

    /// What was decided about pairs, by the households' verifications.
    fn pair_states(&self) -> Result<BTreeMap<PairKey, String>> {
        let mut events: BTreeMap<PairKey, Vec<(HouseholdId, PairEvent)>> = BTreeMap::new();
        self.store.read(|tx| {
            let households: Vec<HouseholdId> = tx.query(
                "SELECT DISTINCT household FROM change_log WHERE kind = 1 ORDER BY household",
                params![],
                |r| Ok(HouseholdId(Uuid::from_bytes(r.get(0)?))),
            )?;
            for household in households {
                let Some(record) = side(tx, household, DocumentKind::Verification)? else {
                    continue;
                };
                let about_persons = |event: &PairEvent| event.lists.is_empty();
                for event in pair_events(&record.state()?)
                    .into_iter()
                    .filter(about_persons)
                {
                    let own = (household, event.member);
                    let other = (event.other_household, event.other_member);
                    let key = (own.min(other), own.max(other));
                    events.entry(key).or_default().push((household, event));
                }
            }
            Ok(())
        })?;
        Ok(events
            .into_iter()
            .map(|(pair, said)| (pair, newest(&said)))
            .collect())
    }
}

/// Two persons, the smaller first.
type PairKey = ((HouseholdId, InstanceId), (HouseholdId, InstanceId));

/// The verdict that nobody replaced: in each document the one of the largest step.
fn newest(said: &[(HouseholdId, PairEvent)]) -> String {
    let replaced = |event: &PairEvent| {
        said.iter()
            .filter(|(_, same)| same.id == event.id)
            .any(|(document, own)| {
                said.iter()
                    .any(|(other, later)| other == document && later.step > own.step)
            })
    };
    let mut standing: Vec<&str> = said
        .iter()
        .filter(|(_, event)| !replaced(event))
        .map(|(_, event)| event.verdict.as_str())
        .collect();
    standing.sort_unstable();
    standing.dedup();
    match standing.as_slice() {
        [one] => (*one).to_owned(),
        _ => "disputed".to_owned(),
    }
}

fn kind_name(kind: PairKind) -> &'static str {
    match kind {
        PairKind::WithinHousehold => "within_household",
        PairKind::SameFamilyCard => "same_family_card",
        PairKind::TwoFamilies => "two_families",
        PairKind::TwoVillages => "two_villages",
        PairKind::TwoDistricts => "two_districts",
        PairKind::SharedNik => "shared_nik",
    }
}
