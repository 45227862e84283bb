//! To whom a household is given. A device does not know who is enrolled for a village: it knows whose work it has seen, and
//! takes any other name as well, so that a newcomer can be given work before they have done any.

use crate::{device::Device, error::AppError};
use lawang_domain::{DocumentKind, Event, HouseholdId};

/// As long as the name of a person can be at their enrolment.
const LONGEST: usize = 100;

/// The same name, however it is written.
fn folded(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// A name as somebody types it: with a letter in it at least, so that no number of a person is taken for one.
fn checked(name: &str) -> Result<String, AppError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_name = name.chars().any(char::is_alphabetic)
        && !name.chars().any(char::is_control)
        && name.chars().count() <= LONGEST;
    if is_name {
        Ok(name)
    } else {
        Err(AppError::new("person_needed", "no name of a person"))
    }
}

impl Device {
    /// Persons to suggest for a household: whose visits to its village are here, to whom households there were given, and who
    /// answered for this one before.
    pub(crate) fn people(&self, household: HouseholdId) -> Result<Vec<String>, AppError> {
        let village = self.store.row(household)?.1;
        let mut people = self.store.enumerators(Some(&village))?;
        people.extend(self.store.assigned_people(&village)?);
        people.extend(self.store.answered_by(household)?);
        people.sort();
        people.dedup();
        Ok(people)
    }

    /// A name as that person's own device writes it, where this one has seen it; else as it was typed.
    pub(super) fn person_named(
        &self,
        household: HouseholdId,
        name: &str,
    ) -> Result<String, AppError> {
        let name = checked(name)?;
        let known = self.people(household)?;
        let same = known.into_iter().find(|k| folded(k) == folded(&name));
        Ok(same.unwrap_or(name))
    }

    /// Says who is to visit a household. `device` may be empty.
    ///
    /// # Errors
    /// The policy's reason; `person_needed` when nobody is named.
    pub fn assign(
        &mut self,
        household: HouseholdId,
        person: &str,
        device: &str,
        reason: &str,
    ) -> Result<(), AppError> {
        let person = self.person_named(household, person)?;
        let id = self.new_id();
        let fields = [
            ("person", person.as_str()),
            ("device", device.trim()),
            ("reason", reason.trim()),
        ];
        let events = [(id, Event::ASSIGNMENTS, &fields[..])];
        self.write_events(household, DocumentKind::Administration, &events, |_| Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_letter_and_at_most_a_hundred_of_them() {
        assert_eq!(checked("  Ai \t Rohaeni ").unwrap(), "Ai Rohaeni");
        assert_eq!(checked("U").unwrap(), "U");
        let longest = "x".repeat(LONGEST);
        assert_eq!(checked(&longest).unwrap(), longest);
        for bad in [
            "",
            "  ",
            "1809012003850001",
            "-",
            "Budi\u{0}",
            &"x".repeat(LONGEST + 1),
        ] {
            assert_eq!(checked(bad).unwrap_err().code, "person_needed", "{bad:?}");
        }
    }
}
