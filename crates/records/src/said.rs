//! Who said what stands in the row of a record that began anew: people in the field, or the register.
//!
//! Such a row holds all that was said of a household, in one first change. Without this, answers from the door would
//! look like the register's own word, and a newer prelist would write over them.

use crate::{Hash, Heads, Record, RecordError, Row, State, Value};
use automerge::{ChangeHash, ObjId, ReadDoc};
use lawang_domain::{FieldPath, InstanceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// In the answers and the instances of a row with which a record began anew: a JSON object.
///
/// `field`: names of the fields beside it that were answered in the field, by the change that answered them (the first
/// eight bytes of its hash, in hexadecimal; zeros where nobody knows any more). `register`: what the register said last of
/// fields where the row says something else or nothing. `since`: names of the fields that were answered since the newest
/// visit was submitted, by the person who answered. All other fields are the register's. The answers always have
/// it, else the row is one with which no record began anew. It is part of no [`State`].
pub const KEY_SAID: &str = "_said";

/// The actor that says answers again, for whoever gave them, beside what the register says of a record that began anew.
/// They stand in the first change too, so that nothing is lost with such a change.
pub const BESIDE_ACTOR: &[u8] = b"register beside";

/// The change that gave an answer: the first eight bytes of its hash. Zeros: nobody knows any more.
pub type Source = [u8; 8];

/// Nobody knows any more who said it: perhaps the register did.
pub const UNKNOWN: Source = [0; 8];

/// How a change is named as a source.
pub fn source(change: &Hash) -> Source {
    let mut out = UNKNOWN;
    out.copy_from_slice(&change.0[..8]);
    out
}

/// Where the values of a record's first change come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The first change says it. That of a row from a prelist does not: everything in it is the register's.
    pub told: bool,
    /// Fields that were answered in the field.
    pub answered: BTreeMap<FieldPath, Source>,
    /// What the register said last where the first change says something else or nothing.
    pub register: BTreeMap<FieldPath, String>,
    /// Who answered fields since the newest visit was submitted, and so may not judge it.
    pub since: BTreeMap<FieldPath, BTreeSet<String>>,
}

/// As it stands in the row, for one map of it.
#[derive(Default, Serialize, Deserialize)]
struct Packed {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    field: BTreeMap<String, BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    register: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    since: BTreeMap<String, BTreeSet<String>>,
}

impl Said {
    /// Writes it into the row of a new beginning. What concerns fields or instances that the row does not have is left
    /// out, but for what the register says of fields that stand open.
    pub fn write_into(&self, row: &mut Row) {
        let text = |packed: &Packed| serde_json::to_string(packed).unwrap_or_default();
        let pack = |fields: &BTreeMap<String, String>, id: Option<InstanceId>| {
            let mut packed = Packed::default();
            let here = |path: &&FieldPath| path.instance_id() == id;
            for (path, source) in self.answered.iter().filter(|(path, _)| here(path)) {
                if fields.contains_key(&path.key) {
                    let of = packed.field.entry(hex_of(source)).or_default();
                    of.insert(path.key.clone());
                }
            }
            for (path, value) in self.register.iter().filter(|(path, _)| here(path)) {
                packed.register.insert(path.key.clone(), value.clone());
            }
            for (path, people) in self.since.iter().filter(|(path, _)| here(path)) {
                for person in people.iter().filter(|_| fields.contains_key(&path.key)) {
                    let of = packed.since.entry(person.clone()).or_default();
                    of.insert(path.key.clone());
                }
            }
            packed
        };
        for instance in &mut row.instances {
            let packed = pack(&instance.fields, Some(instance.id));
            if !(packed.field.is_empty() && packed.register.is_empty() && packed.since.is_empty()) {
                instance.fields.insert(KEY_SAID.to_owned(), text(&packed));
            }
        }
        let packed = pack(&row.answers, None);
        row.answers.insert(KEY_SAID.to_owned(), text(&packed));
    }

    fn read(&mut self, text: &str, path: &dyn Fn(&str) -> FieldPath) {
        // What cannot be read was written by a later version: nobody knows, then.
        let packed: Packed = serde_json::from_str(text).unwrap_or_default();
        for (change, keys) in &packed.field {
            let source = source_of(change);
            self.answered
                .extend(keys.iter().map(|key| (path(key), source)));
        }
        let register = packed.register.into_iter();
        self.register
            .extend(register.map(|(key, value)| (path(&key), value)));
        for (person, keys) in packed.since {
            for key in keys {
                let people = self.since.entry(path(&key)).or_default();
                people.insert(person.clone());
            }
        }
    }
}

fn hex_of(source: &Source) -> String {
    source.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn source_of(text: &str) -> Source {
    match u64::from_str_radix(text, 16) {
        Ok(number) if text.len() == 16 => number.to_be_bytes(),
        _ => UNKNOWN,
    }
}

impl Record {
    /// Where the values of the first change come from.
    ///
    /// # Errors
    /// The document is damaged.
    pub fn said(&self) -> Result<Said, RecordError> {
        let mut said = Said::default();
        let Some(first) = self.genesis_hash() else {
            return Ok(said);
        };
        let at = [ChangeHash(first.0)];
        let text = |map: &ObjId, key: &str| -> Result<Option<String>, RecordError> {
            let found = self.doc.get_at(map, key, &at)?;
            Ok(found.and_then(|(value, _)| value.as_str().map(str::to_owned)))
        };
        let (answers, instances) = self.containers()?;
        let Some(own) = text(&answers, KEY_SAID)? else {
            return Ok(said);
        };
        said.told = true;
        said.read(&own, &|key| FieldPath::household(key));
        for key in self.doc.keys_at(&instances, &at) {
            let Ok(id) = key.parse::<InstanceId>() else {
                continue;
            };
            let Some((_, map)) = self.doc.get_at(&instances, key.as_str(), &at)? else {
                continue;
            };
            if let Some(own) = text(&map, KEY_SAID)? {
                let of = text(&map, crate::KEY_OF)?.unwrap_or_default();
                said.read(&own, &|key| FieldPath::of(of.as_str(), id, key));
            }
        }
        Ok(said)
    }

    /// What the register says of the household: its own chain of changes, without what people answered.
    ///
    /// # Errors
    /// The document is damaged.
    pub fn register(&self) -> Result<State, RecordError> {
        self.register_with(&self.register_heads(), &self.said()?)
    }

    /// The same where the register's heads, and where the values of the first change come from, are known better.
    ///
    /// # Errors
    /// The document is damaged.
    pub fn register_with(&self, heads: &Heads, said: &Said) -> Result<State, RecordError> {
        let mut state = self.state_at(heads)?;
        let Some(first) = self.genesis_hash() else {
            return Ok(state);
        };
        for path in said.answered.keys() {
            let stands = state.fields.get(path);
            if stands.is_some_and(|values| values.iter().all(|value| value.change == first)) {
                state.fields.remove(path);
            }
        }
        for (path, text) in &said.register {
            state.fields.entry(path.clone()).or_insert_with(|| {
                vec![Value {
                    text: text.clone(),
                    change: first,
                }]
            });
        }
        // Who was added in the field is no member of the register.
        for (of, ids) in &mut state.instances {
            let order = |id: &InstanceId| FieldPath::of(of.as_str(), *id, crate::KEY_ORDER);
            ids.retain(|id| {
                !said.answered.contains_key(&order(id)) || state.fields.contains_key(&order(id))
            });
        }
        state.instances.retain(|_, ids| !ids.is_empty());
        Ok(state)
    }

    /// Every change that says what a field says now, also those that say the same.
    ///
    /// # Errors
    /// The document is damaged.
    pub fn said_by_all(&self, path: &FieldPath) -> Result<Vec<Hash>, RecordError> {
        let (answers, instances) = self.containers()?;
        let map = match path.instance_id() {
            None => answers,
            Some(id) => match self.doc.get(&instances, id.to_string())? {
                Some((_, map)) => map,
                None => return Ok(Vec::new()),
            },
        };
        let all = self.doc.get_all(&map, path.key.as_str())?;
        Ok(all
            .iter()
            .filter_map(|(_, op)| Some(Hash(self.doc.hash_for_opid(op)?.0)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{REGISTER_ACTOR, RowInstance, Write};
    use lawang_domain::HouseholdId;
    use uuid::Uuid;

    const CHANGE: Source = [1, 2, 3, 4, 5, 6, 7, 8];

    fn id(n: u128) -> InstanceId {
        InstanceId(Uuid::from_u128(n))
    }

    fn row() -> Row {
        let member = |n: u128, name: &str| RowInstance {
            id: id(n),
            of: "members".into(),
            fields: [("_order", "0001"), ("name", name)]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        };
        Row {
            household: HouseholdId(Uuid::from_u128(9)),
            village: "18.09.01.2001".into(),
            answers: [("rt", "001"), ("address", "Dusun Baru")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            instances: vec![member(1, "Siti"), member(2, "Budi")],
        }
    }

    fn said() -> Said {
        Said {
            told: true,
            answered: [
                (FieldPath::household("address"), CHANGE),
                (FieldPath::of("members", id(2), "_order"), CHANGE),
                (FieldPath::of("members", id(2), "name"), CHANGE),
            ]
            .into(),
            register: [
                (FieldPath::household("address"), "Dusun Lama".to_owned()),
                (FieldPath::household("rw"), "002".to_owned()),
            ]
            .into(),
            since: [(
                FieldPath::of("members", id(2), "name"),
                BTreeSet::from(["Ibu Sri".to_owned()]),
            )]
            .into(),
        }
    }

    #[test]
    fn a_row_keeps_who_said_what_and_a_state_shows_nothing_of_it() {
        let mut row = row();
        let plain = Record::genesis(&row).unwrap().state().unwrap();
        said().write_into(&mut row);
        let read = Row::from_bytes(&row.to_bytes()).unwrap();
        let record = Record::genesis(&read).unwrap();
        assert_eq!(record.said().unwrap(), said());
        let texts = |state: &State| -> Vec<(FieldPath, String)> {
            let first = |(p, v): (&FieldPath, &Vec<Value>)| (p.clone(), v[0].text.clone());
            state.fields.iter().map(first).collect()
        };
        assert_eq!(texts(&record.state().unwrap()), texts(&plain));
        assert_eq!(record.state().unwrap().instances, plain.instances);
    }

    #[test]
    fn the_registers_word_is_without_what_was_answered_in_the_field() {
        let mut row = row();
        said().write_into(&mut row);
        let mut record = Record::genesis(&row).unwrap();
        let word = record.register().unwrap();
        assert_eq!(word.answer("address"), "Dusun Lama");
        assert_eq!((word.answer("rt"), word.answer("rw")), ("001", "002"));
        assert_eq!(word.of("members"), [id(1)]);
        // What it says afterwards counts, and what people say afterwards does not.
        let put = |key: &str, value: &str| Write::Put(FieldPath::household(key), value.into());
        let heads = record.heads();
        let new = [put("address", "Dusun Tiga")];
        record.write(&heads, REGISTER_ACTOR, 1, &new).unwrap();
        record
            .write(&heads, b"somebody", 1, &[put("rt", "009")])
            .unwrap();
        let word = record.register().unwrap();
        assert_eq!(
            (word.answer("address"), word.answer("rt")),
            ("Dusun Tiga", "001")
        );
    }

    #[test]
    fn a_row_from_a_prelist_is_all_the_registers() {
        let record = Record::genesis(&row()).unwrap();
        assert_eq!(record.said().unwrap(), Said::default());
        assert_eq!(record.register().unwrap(), record.state().unwrap());
    }
}
