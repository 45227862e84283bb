//! What other offices hold: the civil registry's copy, and the lists of the programmes.

use super::{Programme, csv};
use crate::{
    Sample,
    dice::{Dice, Stream},
    dirt::{NikDirt, Presence},
    model::{Household, Person},
    names::variant,
};
use lawang_domain::Sex;
use std::io::{self, Write};

impl Sample {
    /// Writes the civil registry's copy, sorted by NIK: independent of the register, with gaps and delays of its own.
    /// `status` is `alive` or `deceased`.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_dukcapil(&self, out: impl Write) -> io::Result<()> {
        let mut order: Vec<usize> = (0..self.persons.len()).collect();
        order.sort_unstable_by_key(|i| self.persons[*i].nik);
        let villages: Vec<String> = self.villages().keys().map(ToString::to_string).collect();
        let mut out = csv(out);
        out.write_record([
            "nik",
            "no_kk",
            "name",
            "sex",
            "birth_place",
            "birth_date",
            "mother_maiden_name",
            "address",
            "rt",
            "rw",
            "village_code",
            "status",
        ])?;
        for index in order {
            let person = &self.persons[index];
            let household = &self.households[person.family as usize];
            let presence = self.dirt.persons[index].presence;
            let mut dice = Dice::new(self.seed, Stream::Registry, index as u64);
            // The central copy lags behind: one in a hundred is not there yet.
            if dice.percent(1) {
                continue;
            }
            let name = if dice.percent(1) {
                variant(&mut dice, &person.name, person.slot.sex)
            } else {
                person.name.clone()
            };
            let moved = presence == Presence::Moved && dice.percent(60);
            let village = if moved {
                villages[dice.below(villages.len() as u64) as usize].clone()
            } else {
                household.plan.village.to_string()
            };
            let deceased = presence == Presence::Died && dice.percent(85);
            let (rt, rw) = if moved {
                (dice.range(1, 12) as u8, dice.range(1, 5) as u8)
            } else {
                (household.rt, household.rw)
            };
            let address = if moved {
                format!("RT {rt:03} RW {rw:03}")
            } else {
                household.address.clone()
            };
            out.write_record([
                format!("{:016}", person.nik).as_str(),
                &format!("{:016}", household.card),
                &name,
                person.slot.sex.code(),
                person.birth_place,
                &person.birth.to_string(),
                &person.mother,
                &address,
                &format!("{rt:03}"),
                &format!("{rw:03}"),
                &village,
                if deceased { "deceased" } else { "alive" },
            ])?;
        }
        out.flush()
    }

    /// Writes a programme's list: one row a family, for PBI-JK one row a person.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_subsidy(&self, programme: Programme, out: impl Write) -> io::Result<()> {
        let mut out = csv(out);
        out.write_record([
            "nik",
            "no_kk",
            "name",
            "village_code",
            "address",
            "last_paid",
        ])?;
        let (dice_of, paid) = match programme {
            Programme::Pkh => (1, "2026-07"),
            Programme::Sembako => (2, "2026-09"),
            Programme::PbiJk => (3, "2026-09"),
            Programme::BltDd => (4, "2026-08"),
            Programme::Electricity => (5, "2026-09"),
            Programme::Lpg => (6, "2026-09"),
            Programme::Pip => (7, "2026-07"),
        };
        for (index, household) in self.households.iter().enumerate() {
            for person in self.recipients(programme, index, household) {
                let stream = (dice_of << 32) + person as u64;
                let mut dice = Dice::new(self.seed, Stream::Registry, stream);
                let Person {
                    nik, name, slot, ..
                } = &self.persons[person];
                let name = if dice.percent(2) {
                    variant(&mut dice, name, slot.sex)
                } else {
                    name.clone()
                };
                out.write_record([
                    &format!("{nik:016}"),
                    &format!("{:016}", household.register_card),
                    &name,
                    &household.plan.village.to_string(),
                    &household.address,
                    paid,
                ])?;
            }
        }
        out.flush()
    }

    /// Who of the family stands on the list.
    fn recipients(&self, programme: Programme, index: usize, household: &Household) -> Vec<usize> {
        let plan = &household.plan;
        let head = household.members.start;
        let woman = household
            .members
            .clone()
            .find(|i| {
                let slot = self.persons[*i].slot;
                matches!(slot.relation, 1 | 2) && slot.sex == Sex::Female
            })
            .unwrap_or(head);
        let one = |on_it: bool, who: usize| if on_it { vec![who] } else { Vec::new() };
        match programme {
            Programme::Pkh => one(plan.pkh, woman),
            Programme::Sembako => one(plan.sembako, woman),
            // The husband on the village's list while the wife is on Sembako: both are aided.
            Programme::BltDd => one(plan.blt || self.dirt.families[index].couple_aided, head),
            Programme::Electricity => {
                let power = household.house[7].as_str();
                one(
                    matches!(power, "1" | "2") && (1..=4).contains(&plan.decile),
                    head,
                )
            }
            Programme::Lpg => {
                let gas = household.house[8].as_str() == "4";
                one(gas && (1..=4).contains(&plan.decile), head)
            }
            // Children of families on PKH that go to school.
            Programme::Pip => household
                .members
                .clone()
                .filter(|i| plan.pkh && (7..=18).contains(&self.persons[*i].slot.age))
                .collect(),
            Programme::PbiJk => household
                .members
                .clone()
                .zip(&plan.pbi)
                .filter(|(_, pbi)| **pbi)
                .map(|(i, _)| match self.dirt.persons[i].nik {
                    // The list was made from the register, where somebody else stands in this place.
                    NikDirt::OtherPerson(source) => source as usize,
                    _ => i,
                })
                .collect(),
        }
    }
}
