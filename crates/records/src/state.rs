//! What a document says: all values of all fields, and what of it people have to settle.

use crate::{Hash, KEY_STATUS, is_bookkeeping};
use lawang_domain::{FieldPath, InstanceId};
use std::collections::BTreeMap;

/// One value of a field, with the change that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub change: Hash,
}

/// All values of all fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The value that a plain reader sees comes first. More than one: people answered differently while
    /// apart. Equal values stand once.
    pub fields: BTreeMap<FieldPath, Vec<Value>>,
    /// Instances by repeat, in order of `_order`, then id.
    pub instances: BTreeMap<String, Vec<InstanceId>>,
}

impl State {
    /// The first value of a field, empty if there is none.
    pub fn text(&self, path: &FieldPath) -> &str {
        self.fields
            .get(path)
            .and_then(|values| values.first())
            .map_or("", |value| value.text.as_str())
    }

    /// The first value of a field of the household.
    pub fn answer(&self, key: &str) -> &str {
        self.text(&FieldPath::household(key))
    }

    /// Fields that a person must settle. Bookkeeping (`_...`, visits, settlements, entities) never is one; nor is what
    /// was said of somebody who was struck out, as long as they are: nobody may write there.
    pub fn conflicts(&self) -> impl Iterator<Item = (&FieldPath, &Vec<Value>)> {
        self.several_values()
            .filter(|(path, _)| !self.struck_out(path))
    }

    /// Whether the field is of an instance that was struck out.
    fn struck_out(&self, path: &FieldPath) -> bool {
        path.instance.as_ref().is_some_and(|(of, id)| {
            self.text(&FieldPath::of(of.as_str(), *id, KEY_STATUS)) == "removed"
        })
    }

    /// Fields with several values, those of people who were struck out too: none of it may be let go of.
    pub fn several_values(&self) -> impl Iterator<Item = (&FieldPath, &Vec<Value>)> {
        self.fields.iter().filter(|(path, values)| {
            values.len() > 1
                && !path.key.starts_with('_')
                && !path
                    .instance
                    .as_ref()
                    .is_some_and(|(of, _)| is_bookkeeping(of))
        })
    }

    /// Instances of a repeat in order.
    pub fn of(&self, repeat: &str) -> &[InstanceId] {
        self.instances.get(repeat).map_or(&[], Vec::as_slice)
    }
}
