//! Restriction of processing on request, from a record's administration; the same on every replica.
//!
//! Events are never changed. For the whole record, and for each person of it, the event with the largest step counts.

use crate::{
    KEY_PARENT, State, Touch,
    review::{field, step},
};
use lawang_domain::{Event, FieldPath, InstanceId};
use std::collections::{BTreeMap, BTreeSet};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// As the office gave it.
    pub reason: String,
    /// Milliseconds since 1970, for display.
    pub at: i64,
}

/// What is restricted of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// All of it.
    pub whole: Option<Restriction>,
    /// Persons of it.
    pub persons: BTreeMap<InstanceId, Restriction>,
}

impl Restrictions {
    /// Nothing is restricted.
    pub fn is_empty(&self) -> bool {
        self.whole.is_none() && self.persons.is_empty()
    }
}

/// What is restricted now.
pub fn restrictions(administration: &State) -> Restrictions {
    let repeat = Event::RESTRICTIONS;
    let mut newest: BTreeMap<Option<InstanceId>, (u64, InstanceId)> = BTreeMap::new();
    for id in administration.of(repeat) {
        let person = field(administration, repeat, *id, "person");
        let about = match person.parse() {
            Ok(person) => Some(person),
            Err(_) if person.is_empty() => None,
            // Nobody that this program could name.
            Err(_) => continue,
        };
        let this = (step(administration, repeat, *id), *id);
        let counts = newest.entry(about).or_insert(this);
        *counts = this.max(*counts);
    }
    let mut found = Restrictions::default();
    for (about, (_, id)) in newest {
        if field(administration, repeat, id, "restricted") != "1" {
            continue;
        }
        let restriction = Restriction {
            reason: field(administration, repeat, id, "reason"),
            at: field(administration, repeat, id, crate::KEY_ORDER)
                .parse()
                .unwrap_or(0),
        };
        match about {
            None => found.whole = Some(restriction),
            Some(person) => {
                found.persons.insert(person, restriction);
            }
        }
    }
    found
}

/// Whether an instance is one of these persons, or stands in one of them.
pub fn stands_in(persons: &BTreeSet<InstanceId>, answers: &State, mut id: InstanceId) -> bool {
    // Instances never stand deeper than this.
    for _ in 0..8 {
        if persons.contains(&id) {
            return true;
        }
        let parent = answers
            .instances
            .iter()
            .find(|(_, ids)| ids.contains(&id))
            .map(|(of, _)| answers.text(&FieldPath::of(of.as_str(), id, KEY_PARENT)));
        match parent.and_then(|parent| parent.parse().ok()) {
            Some(parent) => id = parent,
            None => return false,
        }
    }
    false
}

/// Whether something that is written is about one of these persons: in their instance, in one that stands in it, or an event
/// that names them.
pub fn concerns(persons: &BTreeSet<InstanceId>, answers: &State, touch: &Touch) -> bool {
    let Touch::Put {
        instance, value, ..
    } = touch
    else {
        return false;
    };
    !persons.is_empty()
        && (instance.is_some_and(|id| stands_in(persons, answers, id))
            || persons.iter().any(|id| value.contains(&id.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewEvent, REGISTER_ACTOR, Record, write_event};
    use lawang_domain::{DocumentKind, HouseholdId};
    use uuid::Uuid;

    fn say(record: &mut Record, id: u128, restricted: &str, person: &str) {
        let event = NewEvent {
            id: InstanceId(Uuid::from_u128(id)),
            repeat: Event::RESTRICTIONS,
            at: 77,
            fields: &[
                ("restricted", restricted),
                ("person", person),
                ("reason", "permintaan 4"),
            ],
        };
        let writes = write_event(&record.state().unwrap(), &event);
        let heads = record.heads();
        record.write(&heads, REGISTER_ACTOR, 1, &writes).unwrap();
    }

    #[test]
    fn the_newest_word_about_a_record_and_about_each_person_counts() {
        let household = HouseholdId(Uuid::from_u128(4));
        let mut record = Record::genesis_of(household, DocumentKind::Administration).unwrap();
        let now = |record: &Record| restrictions(&record.state().unwrap());
        assert!(now(&record).is_empty());
        let person = InstanceId(Uuid::from_u128(12));
        // Ids in the reverse of the order in which they were written.
        say(&mut record, 9, "1", "");
        say(&mut record, 8, "1", &person.to_string());
        let found = now(&record);
        assert_eq!(found.whole.unwrap().reason, "permintaan 4");
        assert_eq!(found.persons[&person].at, 77);
        say(&mut record, 7, "0", "");
        assert_eq!(now(&record).whole, None);
        assert!(now(&record).persons.contains_key(&person));
        say(&mut record, 6, "0", &person.to_string());
        assert!(now(&record).is_empty());
        say(&mut record, 5, "1", "");
        assert!(now(&record).whole.is_some());
    }
}
