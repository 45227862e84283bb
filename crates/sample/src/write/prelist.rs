//! `prelist.csv`: the register's dirty copy.

use super::{csv, yes_no};
use crate::{
    Sample,
    dice::{Dice, Stream},
    dirt::NikDirt,
    model::{Household, Person},
};
use lawang_prelist::COLUMNS;
use std::io::{self, Write};

impl Sample {
    /// Writes the register's copy, with the columns of [`COLUMNS`], one row a person.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_prelist(&self, out: impl Write) -> io::Result<()> {
        let mut out = csv(out);
        out.write_record(COLUMNS.iter().map(|c| c.name))?;
        for (index, household) in self.households.iter().enumerate() {
            let own = self.household_cells(index, household);
            for person in household.members.clone() {
                for cell in &own {
                    out.write_field(cell)?;
                }
                self.person_cells(person, &mut out)?;
                out.write_record(None::<&[u8]>)?;
            }
        }
        out.flush()
    }

    fn household_cells(&self, index: usize, household: &Household) -> Vec<String> {
        let plan = &household.plan;
        let dirt = self.dirt.families[index];
        let (rt, rw) = if dirt.rt_rw {
            let mut dice = Dice::new(self.seed, Stream::DirtOfFamily, u64::from(plan.index));
            dice.pick(&[("", ""), ("000", "000"), ("", "000"), ("0", "0")])
        } else {
            ("-", "-")
        };
        let number = |spoiled: &str, sound: u8| match spoiled {
            "-" => format!("{sound:03}"),
            other => other.to_owned(),
        };
        let mut cells = vec![
            household.register_id.clone(),
            plan.village.to_string(),
            format!("{:016}", household.register_card),
            household.sls.clone(),
            number(rt, household.rt),
            number(rw, household.rw),
            household.address.clone(),
            match plan.decile {
                0 => String::new(),
                decile => decile.to_string(),
            },
            household.updated.to_string(),
        ];
        cells.extend(household.house.iter().cloned());
        for programme in [plan.sembako, plan.pkh, plan.blt] {
            cells.push(yes_no(programme).to_owned());
        }
        cells
    }

    fn person_cells(&self, index: usize, out: &mut csv::Writer<impl Write>) -> io::Result<()> {
        let Person {
            slot,
            life,
            register,
            ..
        } = &self.persons[index];
        // A guest from another family stands where a child, a parent or another relative of this one stood.
        let relation = match (self.dirt.persons[index].nik, slot.relation) {
            (NikDirt::OtherPerson(_), 3) => 3,
            (NikDirt::OtherPerson(_), _) => 8,
            (_, own) => own,
        };
        let person_id = self.person_id(index);
        let birth = register.birth.to_string();
        let (relation, marital) = (relation.to_string(), register.marital.to_string());
        for cell in [
            person_id.as_str(),
            &register.name,
            &register.nik,
            register.sex.code(),
            register.birth_place,
            &birth,
            &relation,
            &marital,
            &register.mother,
            "1",
            life.school,
            life.certificate,
            life.worked,
            life.work_status,
            life.cover,
        ] {
            out.write_field(cell)?;
        }
        Ok(())
    }
}
