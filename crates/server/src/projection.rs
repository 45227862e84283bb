//! A household flattened for lists and exports: a cache of its document.

use lawang_domain::{InstanceId, VisitState};
use lawang_records::{KEY_ORDER, KEY_SAID, Row, State, VISITS};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The repeat that holds the members.
pub(crate) const MEMBERS: &str = "members";

/// First values of all fields, by [`lawang_domain::FieldPath`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Projection {
    /// Path and the value that a plain reader sees.
    pub fields: BTreeMap<String, String>,
    /// Instances by repeat, in order.
    pub instances: BTreeMap<String, Vec<InstanceId>>,
    /// Paths with several values.
    pub conflicts: BTreeSet<String>,
}

impl Projection {
    /// Of a document.
    pub fn of_state(state: &State) -> Self {
        Self {
            fields: state
                .fields
                .iter()
                .filter_map(|(path, values)| Some((path.to_string(), values.first()?.text.clone())))
                .collect(),
            instances: state.instances.clone(),
            conflicts: state
                .conflicts()
                .map(|(path, _)| path.to_string())
                .collect(),
        }
    }

    /// Of a row to which nothing was added: equal to [`Projection::of_state`] of its first change.
    pub fn of_row(row: &Row) -> Self {
        let mut out = Self {
            fields: row.answers.clone(),
            ..Self::default()
        };
        out.fields.remove(KEY_SAID);
        let mut order: BTreeMap<&str, Vec<(&str, InstanceId)>> = BTreeMap::new();
        for instance in &row.instances {
            let place = instance.fields.get(KEY_ORDER).map_or("", String::as_str);
            order
                .entry(&instance.of)
                .or_default()
                .push((place, instance.id));
            for (key, value) in instance.fields.iter().filter(|(key, _)| *key != KEY_SAID) {
                let path = format!("{}/{}/{key}", instance.of, instance.id);
                out.fields.insert(path, value.clone());
            }
        }
        for (of, mut ids) in order {
            ids.sort_unstable();
            let ids = ids.into_iter().map(|(_, id)| id).collect();
            out.instances.insert(of.to_owned(), ids);
        }
        out
    }

    /// A field of the household; empty if there is none.
    pub fn answer(&self, key: &str) -> &str {
        self.fields.get(key).map_or("", String::as_str)
    }

    /// A field of an instance; empty if there is none.
    pub fn field(&self, repeat: &str, id: InstanceId, key: &str) -> &str {
        self.fields
            .get(&format!("{repeat}/{id}/{key}"))
            .map_or("", String::as_str)
    }

    /// Instances of a repeat that were not struck out.
    pub fn present(&self, repeat: &str) -> Vec<InstanceId> {
        let all = self.instances.get(repeat).map_or(&[][..], Vec::as_slice);
        all.iter()
            .copied()
            .filter(|id| self.field(repeat, *id, lawang_records::KEY_STATUS) != "removed")
            .collect()
    }

    /// Name of the head of the household, or of its first member.
    pub fn head_name(&self) -> &str {
        let members = self.present(MEMBERS);
        let head = members
            .iter()
            .find(|id| self.field(MEMBERS, **id, "relation_to_head") == "1");
        head.or(members.first())
            .map_or("", |id| self.field(MEMBERS, *id, "name"))
    }

    /// The newest submitted visit: its id and when it was submitted.
    pub fn last_submitted(&self) -> Option<(InstanceId, &str)> {
        let visits = self.instances.get(VISITS)?;
        visits
            .iter()
            .map(|id| (*id, self.field(VISITS, *id, "submitted")))
            .filter(|(_, at)| !at.is_empty())
            .max_by_key(|(_, at)| *at)
    }

    /// Where the household (or survey) stands in the eyes of the server.
    pub fn visit_state(&self, touched_by_device: bool, survey: bool) -> VisitState {
        if !self.conflicts.is_empty() {
            return VisitState::Conflict;
        }
        let visits = self.instances.get(VISITS).map_or(&[][..], Vec::as_slice);
        let open = visits
            .iter()
            .any(|id| self.field(VISITS, *id, "submitted").is_empty());
        match self.last_submitted() {
            Some(_) if open => VisitState::InProgress,
            Some(_) if !survey && self.answer("household_status") == "2" => VisitState::NotFound,
            Some(_) => VisitState::Sent,
            None if touched_by_device || open => VisitState::InProgress,
            None => VisitState::NotVisited,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lawang_domain::HouseholdId;
    use lawang_records::{Record, RowInstance};
    use uuid::Uuid;

    #[test]
    fn a_row_shows_the_same_as_the_document_made_of_it() {
        let member = |n: u128, order: &str, relation: &str, name: &str| RowInstance {
            id: InstanceId(Uuid::from_u128(n)),
            of: MEMBERS.into(),
            fields: [
                ("_order", order),
                ("name", name),
                ("relation_to_head", relation),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        };
        let row = Row {
            household: HouseholdId(Uuid::from_u128(1)),
            village: "18.09.01.2001".into(),
            answers: [("rt".to_owned(), "001".to_owned())].into(),
            instances: vec![
                member(3, "0002", "1", "Siti Aminah"),
                member(9, "0001", "3", "Budi"),
            ],
        };
        let of_row = Projection::of_row(&row);
        let state = Record::genesis(&row).unwrap().state().unwrap();
        assert_eq!(of_row, Projection::of_state(&state));
        assert_eq!(of_row.head_name(), "Siti Aminah");
        assert_eq!(of_row.visit_state(false, false), VisitState::NotVisited);
    }
}
