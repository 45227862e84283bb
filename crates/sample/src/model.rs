//! The sample in memory: the truth, and the register's dirty copy of it.

use crate::{
    compose::Slot,
    dice::{Dice, Stream},
    dirt::{DateDirt, Dirt, NikDirt, plan_dirt, wrong_digit, wrong_format},
    housing::{HOUSING_COLUMNS, Life, house, life},
    identity::Numbers,
    names::{People, name, variant},
    plan::{Family, REGENCY, Size, plan},
};
use chrono::{Datelike, Days, Months, NaiveDate};
use lawang_domain::{AreaCode, Sex, VillageCode};
use lawang_prelist::regions;
use std::collections::{BTreeMap, HashSet};

/// The day the register's extract was taken: ages and updates count from it.
pub const REFERENCE_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 9, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A person as they are.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub family: u32,
    pub slot: Slot,
    pub name: String,
    pub mother: String,
    pub birth_place: &'static str,
    /// As registered, and as in the NIK.
    pub birth: NaiveDate,
    /// Differs from `birth` only where 1 January stands for an unknown day.
    pub true_birth: NaiveDate,
    pub nik: u64,
    pub life: Life,
    /// The row in the register.
    pub register: RegisterRow,
}

/// What the register says of a person; fields that are the same are not repeated here.
#[derive(Clone, Debug)]
pub(crate) struct RegisterRow {
    pub nik: String,
    pub name: String,
    pub sex: Sex,
    pub birth: NaiveDate,
    pub birth_place: &'static str,
    pub mother: String,
    pub marital: u8,
}

/// A family as it is, and the register's answers about it.
#[derive(Clone, Debug)]
pub(crate) struct Household {
    pub plan: Family,
    pub register_id: String,
    pub card: u64,
    pub register_card: u64,
    pub sls: String,
    pub rt: u8,
    pub rw: u8,
    pub address: String,
    pub true_decile: u8,
    pub updated: NaiveDate,
    pub house: [String; HOUSING_COLUMNS],
    /// Places of its members in [`Sample::persons`].
    pub members: std::ops::Range<usize>,
}

/// A generated sample.
pub struct Sample {
    pub(crate) size: Size,
    pub(crate) seed: u64,
    pub(crate) households: Vec<Household>,
    pub(crate) persons: Vec<Person>,
    pub(crate) dirt: Dirt,
}

impl Sample {
    /// Number of families.
    pub fn families(&self) -> usize {
        self.households.len()
    }

    /// Number of persons, and of rows in the prelist.
    pub fn persons(&self) -> usize {
        self.persons.len()
    }

    /// The villages it holds, by code, with their number of families.
    pub fn villages(&self) -> BTreeMap<VillageCode, usize> {
        let mut villages = BTreeMap::new();
        for household in &self.households {
            *villages.entry(household.plan.village).or_insert(0) += 1;
        }
        villages
    }

    /// `SIN-18090120010123-02`: the register's key of a person.
    pub(crate) fn person_id(&self, index: usize) -> String {
        let household = &self.households[self.persons[index].family as usize];
        let order = index - household.members.start + 1;
        format!("{}-{order:02}", household.register_id)
    }
}

/// Generates a sample; the same size and seed give the same sample on every machine.
pub fn generate(size: Size, seed: u64) -> Sample {
    let families = plan(size, seed);
    let family_of: Vec<u32> = (0u32..)
        .zip(&families)
        .flat_map(|(i, f)| std::iter::repeat_n(i, f.slots.len()))
        .collect();
    let dirt = plan_dirt(seed, &families, &family_of);
    let mut maker = Maker::new(seed);
    let mut households = Vec::with_capacity(families.len());
    let mut persons = Vec::with_capacity(family_of.len());
    for (index, family) in families.into_iter().enumerate() {
        households.push(maker.household(index, family, &dirt, &mut persons));
    }
    let mut sample = Sample {
        size,
        seed,
        households,
        persons,
        dirt,
    };
    spoil(&mut sample);
    sample
}

struct Maker {
    seed: u64,
    numbers: Numbers,
    hamlets: BTreeMap<VillageCode, Vec<Hamlet>>,
    /// Districts where people were first registered, besides their own: digits without dots.
    elsewhere: Vec<u64>,
}

#[derive(Clone)]
struct Hamlet {
    name: String,
    rw: u8,
    first_rt: u8,
    rts: u8,
}

const HAMLETS: &[&str] = &[
    "Sukarame",
    "Sukamaju",
    "Sinar Harapan",
    "Kampung Baru",
    "Way Layap",
    "Sukajaya",
    "Sidorejo",
    "Margodadi",
    "Purwosari",
    "Talang Baru",
    "Umbul Lapang",
    "Srimulyo",
    "Tanjung Raya",
    "Sinar Dua",
    "Karang Sari",
    "Bangun Rejo",
    "Way Semah",
    "Sumber Agung",
    "Cipadang",
    "Gunung Rejo",
];
const ROMAN: &[&str] = &["I", "II", "III", "IV"];

fn digits(area: AreaCode) -> u64 {
    area.to_string().replace('.', "").parse().unwrap_or(180_901)
}

impl Maker {
    fn new(seed: u64) -> Self {
        // Pesawaran was split off Lampung Selatan in 2007, so older people have its codes.
        let elsewhere = [
            REGENCY, "18.01", "18.01", "18.71", "18.10", "33.05", "32.07", "36.04",
        ]
        .iter()
        .filter_map(|code| code.parse::<AreaCode>().ok())
        .flat_map(regions::children_of)
        .map(|(district, _)| digits(district))
        .collect();
        Self {
            seed,
            numbers: Numbers::default(),
            hamlets: BTreeMap::new(),
            elsewhere,
        }
    }

    fn hamlet(&mut self, village: VillageCode, dice: &mut Dice) -> Hamlet {
        let seed = self.seed;
        let hamlets = self.hamlets.entry(village).or_insert_with(|| {
            let mut dice = Dice::new(seed, Stream::Village, village.digits());
            let numbered = dice.percent(35);
            let base = dice.pick(HAMLETS);
            let mut names: Vec<&str> = HAMLETS.to_vec();
            dice.shuffle(&mut names);
            let mut next_rt = 1;
            let count = dice.range(3, 7) as usize;
            (0..count)
                .map(|i| {
                    let name = if numbered && i < ROMAN.len() {
                        format!("{base} {}", ROMAN[i])
                    } else {
                        names[i].to_owned()
                    };
                    let rts = dice.range(2, 4) as u8;
                    let first_rt = next_rt;
                    next_rt += rts;
                    Hamlet {
                        name,
                        rw: (i / 2 + 1) as u8,
                        first_rt,
                        rts,
                    }
                })
                .collect()
        });
        hamlets[dice.below(hamlets.len() as u64) as usize].clone()
    }

    fn household(
        &mut self,
        index: usize,
        plan: Family,
        dirt: &Dirt,
        persons: &mut Vec<Person>,
    ) -> Household {
        let mut dice = Dice::new(self.seed, Stream::Details, u64::from(plan.index));
        let dice = &mut dice;
        let spots = dirt.families[index];
        let hamlet = self.hamlet(plan.village, dice);
        let rt = hamlet.first_rt + dice.below(u64::from(hamlet.rts)) as u8;
        let names = regions::names(plan.village);
        let address = if dice.percent(9) {
            let road = names.map_or("Desa", |n| n.village);
            format!("Jl. Raya {road} No. {}", dice.range(1, 240))
        } else {
            format!("Dusun {} RT {rt:03} RW {:03}", hamlet.name, hamlet.rw)
        };
        let home = digits(plan.village.district());
        let recorded = back(dice, 60, 6_200);
        let card = self.numbers.card(home, recorded);
        let register_card = if spots.old_card {
            let days = dice.range(200, 2_500) as u64;
            let before = recorded
                .checked_sub_days(Days::new(days))
                .unwrap_or(recorded);
            self.numbers.card(home, before)
        } else {
            card
        };
        let believed = match plan.decile {
            0 => dice.range(2, 7) as u8,
            decile => decile,
        };
        let true_decile = if spots.well_off_aided {
            dice.range(8, 10) as u8
        } else if spots.poor_missing {
            dice.range(1, 2) as u8
        } else {
            believed
        };
        let updated = if spots.stale {
            back(dice, 731, 2_400)
        } else {
            back(dice, 10, 729)
        };
        let start = persons.len();
        self.members(index, &plan, home, true_decile, dirt, dice, persons);
        Household {
            register_id: format!("SIN-{}{:04}", plan.village.digits(), plan.number),
            card,
            register_card,
            sls: format!("Dusun {}", hamlet.name),
            rt,
            rw: hamlet.rw,
            address,
            true_decile,
            updated,
            house: house(dice, believed, plan.slots.len() as u8),
            members: start..persons.len(),
            plan,
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn members(
        &mut self,
        family: usize,
        plan: &Family,
        home: u64,
        decile: u8,
        dirt: &Dirt,
        dice: &mut Dice,
        persons: &mut Vec<Person>,
    ) {
        let people = People::choose(dice);
        let names: Vec<String> = plan
            .slots
            .iter()
            .map(|slot| name(dice, people, slot.sex, slot.age))
            .collect();
        let woman = |relations: &[u8], married: bool| {
            plan.slots.iter().position(|s| {
                relations.contains(&s.relation)
                    && s.sex == Sex::Female
                    && (!married || s.marital == 2)
            })
        };
        let wife = woman(&[1, 2], false);
        let daughter = woman(&[3, 4], true);
        let grandmother = woman(&[6], false);
        let start = persons.len();
        for (order, slot) in plan.slots.iter().enumerate() {
            let mother = match slot.relation {
                3 => wife,
                5 => daughter,
                1 => grandmother,
                _ => None,
            };
            let mother = match mother {
                Some(i) => names[i].clone(),
                None => name(dice, people, Sex::Female, slot.age.saturating_add(26)),
            };
            let local = regions::names(plan.village);
            let birth_place = if slot.age < 40 || dice.percent(55) {
                let regency = local.map_or("Pesawaran", |n| n.district);
                dice.weighted(&[
                    (regency, 55),
                    ("Pesawaran", 15),
                    ("Bandar Lampung", 20),
                    ("Pringsewu", 10),
                ])
            } else {
                dice.pick(people.home_towns())
            };
            let region = if slot.age < 19 && dice.percent(93) || dice.percent(76) {
                home
            } else {
                dice.pick(&self.elsewhere)
            };
            let true_birth = REFERENCE_DAY
                .checked_sub_months(Months::new(12 * u32::from(slot.age)))
                .and_then(|day| day.checked_sub_days(Days::new(dice.below(364))))
                .unwrap_or(REFERENCE_DAY);
            let unknown = dirt.persons[start + order].date == DateDirt::FirstOfJanuary;
            let registered = if unknown {
                NaiveDate::from_ymd_opt(true_birth.year(), 1, 1).unwrap_or(true_birth)
            } else {
                true_birth
            };
            let (nik, birth) = self.numbers.nik(region, registered, slot.sex);
            let true_birth = if unknown { true_birth } else { birth };
            let is_wife = slot.relation == 2;
            let life = life(
                dice,
                decile,
                slot.age,
                slot.sex == Sex::Male,
                is_wife,
                plan.pbi[order],
            );
            persons.push(Person {
                family: family as u32,
                slot: *slot,
                register: RegisterRow {
                    nik: format!("{nik:016}"),
                    name: names[order].clone(),
                    sex: slot.sex,
                    birth,
                    birth_place,
                    mother: mother.clone(),
                    marital: slot.marital,
                },
                name: names[order].clone(),
                mother,
                birth_place,
                birth,
                true_birth,
                nik,
                life,
            });
        }
    }
}

/// A day between `least` and `most` days before the reference day.
fn back(dice: &mut Dice, least: i64, most: i64) -> NaiveDate {
    let days = dice.range(least, most) as u64;
    REFERENCE_DAY
        .checked_sub_days(Days::new(days))
        .unwrap_or(REFERENCE_DAY)
}

/// Puts the planned errors into the register's rows.
fn spoil(sample: &mut Sample) {
    let mut taken: HashSet<u64> = sample.persons.iter().map(|p| p.nik).collect();
    for i in 0..sample.persons.len() {
        let planned = sample.dirt.persons[i];
        let mut dice = Dice::new(sample.seed, Stream::DirtOfPerson, i as u64);
        let person = &sample.persons[i];
        let mut row = person.register.clone();
        match planned.nik {
            NikDirt::None => {}
            NikDirt::Missing => row.nik.clear(),
            NikDirt::Digit => row.nik = wrong_digit(&mut dice, person.nik, &mut taken),
            NikDirt::Format => row.nik = wrong_format(&mut dice, person.nik),
            NikDirt::Duplicate(owner) => {
                row.nik = format!("{:016}", sample.persons[owner as usize].nik);
            }
            NikDirt::OtherPerson(source) => {
                let other = &sample.persons[source as usize];
                row = RegisterRow {
                    nik: format!("{:016}", other.nik),
                    name: other.name.clone(),
                    sex: other.slot.sex,
                    birth: other.birth,
                    birth_place: other.birth_place,
                    mother: other.mother.clone(),
                    // In the parents' family they are still unmarried.
                    marital: 1,
                };
            }
        }
        if planned.date == DateDirt::Differs {
            row.birth = other_date(&mut dice, person.birth);
        }
        if planned.sex {
            row.sex = if row.sex == Sex::Male {
                Sex::Female
            } else {
                Sex::Male
            };
        }
        if planned.name {
            row.name = variant(&mut dice, &person.name, person.slot.sex);
        }
        if dice.percent(7) {
            row.mother.clear();
        }
        sample.persons[i].register = row;
    }
}

/// Another date that a clerk might have typed: never the same, never after the reference day.
fn other_date(dice: &mut Dice, date: NaiveDate) -> NaiveDate {
    let swapped = NaiveDate::from_ymd_opt(date.year(), date.day(), date.month());
    let year = |by: i32| date.with_year(date.year() + by);
    let mut tries = [
        swapped,
        year(if dice.percent(50) { -1 } else { 1 }),
        year(-10),
        date.checked_sub_days(Days::new(1 + dice.below(9))),
    ];
    dice.shuffle(&mut tries);
    tries
        .into_iter()
        .flatten()
        .find(|found| *found != date && *found <= REFERENCE_DAY)
        .unwrap_or(date)
}
