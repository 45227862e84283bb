//! `truth/`: who people are, and which errors were planted. Outside of everything the app reads.

use super::{csv, yes_no};
use crate::{
    Sample,
    dirt::{DateDirt, NikDirt, Presence},
};
use std::io::{self, Write};

impl Sample {
    /// Writes every person as they are.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_truth_persons(&self, out: impl Write) -> io::Result<()> {
        let mut out = csv(out);
        out.write_record([
            "truth_id",
            "truth_household_id",
            "register_id",
            "person_id",
            "nik",
            "name",
            "sex",
            "birth_place",
            "birth_date",
            "mother_maiden_name",
            "relation_to_head",
            "marital_status",
            "presence",
        ])?;
        for (index, person) in self.persons.iter().enumerate() {
            let family = person.family as usize;
            out.write_record([
                self.truth_id(index).as_str(),
                &self.truth_household_id(family),
                &self.households[family].register_id,
                &self.person_id(index),
                &format!("{:016}", person.nik),
                &person.name,
                person.slot.sex.code(),
                person.birth_place,
                &person.true_birth.to_string(),
                &person.mother,
                &person.slot.relation.to_string(),
                &person.slot.marital.to_string(),
                match self.dirt.persons[index].presence {
                    Presence::Here => "here",
                    Presence::Died => "died",
                    Presence::Moved => "moved",
                },
            ])?;
        }
        out.flush()
    }

    /// Writes every family as it is.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_truth_households(&self, out: impl Write) -> io::Result<()> {
        let mut out = csv(out);
        out.write_record([
            "truth_household_id",
            "register_id",
            "village_code",
            "no_kk",
            "sls",
            "rt",
            "rw",
            "address",
            "persons",
            "true_decile",
            "pkh",
            "sembako",
            "blt_dd",
        ])?;
        for (index, household) in self.households.iter().enumerate() {
            let plan = &household.plan;
            out.write_record([
                &self.truth_household_id(index),
                &household.register_id,
                &plan.village.to_string(),
                &format!("{:016}", household.card),
                &household.sls,
                &format!("{:03}", household.rt),
                &format!("{:03}", household.rw),
                &household.address,
                &household.members.len().to_string(),
                &household.true_decile.to_string(),
                yes_no(plan.pkh),
                yes_no(plan.sembako),
                yes_no(plan.blt),
            ])?;
        }
        out.flush()
    }

    /// Writes every planted error; `detail` names the other person where there is one.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_truth_errors(&self, out: impl Write) -> io::Result<()> {
        let mut out = csv(out);
        out.write_record([
            "scope",
            "truth_id",
            "register_id",
            "person_id",
            "injected_error",
            "detail",
        ])?;
        for (index, household) in self.households.iter().enumerate() {
            let dirt = self.dirt.families[index];
            for (planted, error) in [
                (dirt.old_card, "old_no_kk"),
                (dirt.rt_rw, "rt_rw_blank"),
                (dirt.stale, "update_over_two_years"),
                (dirt.well_off_aided, "well_off_but_aided"),
                (dirt.poor_missing, "poor_but_missing"),
                (dirt.couple_aided, "husband_and_wife_aided"),
            ] {
                if planted {
                    let truth_id = self.truth_household_id(index);
                    out.write_record([
                        "household",
                        &truth_id,
                        &household.register_id,
                        "",
                        error,
                        "",
                    ])?;
                }
            }
            for person in household.members.clone() {
                for (truth, error, detail) in self.errors_of(person) {
                    out.write_record([
                        "person",
                        &self.truth_id(truth),
                        &household.register_id,
                        &self.person_id(person),
                        error,
                        &detail,
                    ])?;
                }
            }
        }
        out.flush()
    }

    /// The person meant, the error, and the row of the other person.
    fn errors_of(&self, index: usize) -> Vec<(usize, &'static str, String)> {
        let dirt = self.dirt.persons[index];
        let mut found = Vec::new();
        let mut add = |error| found.push((index, error, String::new()));
        match dirt.nik {
            NikDirt::Digit => add("nik_digit"),
            NikDirt::Format => add("nik_format"),
            NikDirt::Missing => add("nik_missing"),
            NikDirt::None | NikDirt::Duplicate(_) | NikDirt::OtherPerson(_) => {}
        }
        match dirt.date {
            DateDirt::None => {}
            DateDirt::Differs => add("birth_date_differs"),
            DateDirt::FirstOfJanuary => add("birth_date_first_of_january"),
        }
        match dirt.presence {
            Presence::Here => {}
            Presence::Died => add("died_but_active"),
            Presence::Moved => add("moved_but_active"),
        }
        if dirt.sex {
            add("sex_differs");
        }
        if dirt.name {
            add("name_variant");
        }
        match dirt.nik {
            NikDirt::Duplicate(owner) => {
                found.push((index, "duplicate_nik", self.person_id(owner as usize)));
            }
            NikDirt::OtherPerson(source) => {
                let source = source as usize;
                found.push((source, "in_two_kk", self.person_id(source)));
                found.push((index, "left_out_of_register", self.person_id(source)));
            }
            _ => {}
        }
        found
    }
}
