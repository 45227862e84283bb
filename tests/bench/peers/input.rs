//! The work that everybody does: the same households, the same edits, from one seed.

use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_tests::{
    chance::Chance,
    revisit::{FIELDS, MEMBER},
    served::{self, Part},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Households of the register.
pub const HOUSEHOLDS: usize = 2_000;
/// Households that two devices change at once.
const TOGETHER: usize = 50;

/// One field of one household, answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The register's key.
    pub register_id: String,
    pub household: HouseholdId,
    /// The person's key, for a field of a member.
    pub person: Option<(String, InstanceId)>,
    pub field: String,
    pub value: String,
}

impl Edit {
    /// The path as Lawang has it.
    pub fn path(&self) -> FieldPath {
        match &self.person {
            None => FieldPath::household(self.field.as_str()),
            Some((_, id)) => FieldPath::of("members", *id, self.field.as_str()),
        }
    }

    /// As the peers are told it.
    pub fn json(&self) -> Value {
        json!({
            "id": self.register_id,
            "person": self.person.as_ref().map(|(id, _)| id),
            "field": self.field,
            "value": self.value,
        })
    }
}

/// The edits of one visit, to be saved together.
pub type Visit = Vec<Edit>;

/// The register, and chance for the work on it.
pub struct Input {
    pub part: Part,
    chance: Chance,
    /// What stands in fields that were edited.
    now: BTreeMap<(HouseholdId, String), String>,
}

impl Input {
    /// Always the same.
    pub fn new() -> Self {
        Self {
            part: served::part(HOUSEHOLDS),
            chance: Chance::new(20_261_125),
            now: BTreeMap::new(),
        }
    }

    /// The households as documents of the peers: plain JSON, one document each.
    pub fn documents(&self) -> Vec<Value> {
        let documents = self.part.households.iter().map(|household| {
            let members: Map<String, Value> = household
                .members
                .values()
                .filter_map(|m| Some((m.get("person_id")?.clone(), json!(m))))
                .collect();
            json!({
                "_id": household.register_id,
                "village": household.village.to_string(),
                "answers": household.answers,
                "members": members,
            })
        });
        documents.collect()
    }

    /// So many different households.
    fn some(&mut self, count: usize) -> Vec<usize> {
        let mut chosen = BTreeSet::new();
        while chosen.len() < count.min(HOUSEHOLDS) {
            chosen.insert(self.chance.below(HOUSEHOLDS));
        }
        // In the order of a walk, not of the file.
        let mut chosen: Vec<usize> = chosen.into_iter().collect();
        for at in (1..chosen.len()).rev() {
            chosen.swap(at, self.chance.below(at + 1));
        }
        chosen
    }

    /// A field of a household answered with something that does not stand there: an answer that changes nothing is no edit.
    fn answer(&mut self, household: usize, field: &(&str, &[&str])) -> Edit {
        let others = self.other_answers(household, field);
        let it = &self.part.households[household];
        let edit = Edit {
            register_id: it.register_id.clone(),
            household: it.household,
            person: None,
            field: field.0.to_owned(),
            value: (*self.chance.of(&others)).to_owned(),
        };
        self.note(&edit);
        edit
    }

    fn note(&mut self, edit: &Edit) {
        let place = (edit.household, edit.path().to_string());
        self.now.insert(place, edit.value.clone());
    }

    /// The answers to a question of a household that do not stand there.
    fn other_answers<'v>(&self, household: usize, field: &(&str, &[&'v str])) -> Vec<&'v str> {
        let it = &self.part.households[household];
        let path = FieldPath::household(field.0).to_string();
        let written = self.now.get(&(it.household, path));
        let now = written.or_else(|| it.answers.get(field.0));
        let all = field.1.iter().copied();
        all.filter(|v| now.is_none_or(|now| now != v)).collect()
    }

    /// One field each of so many households.
    pub fn one_field(&mut self, count: usize) -> Vec<Visit> {
        let visits = self.some(count).into_iter().map(|household| {
            let field = self.chance.of(FIELDS);
            (household, *field)
        });
        let chosen: Vec<_> = visits.collect();
        chosen
            .into_iter()
            .map(|(household, field)| vec![self.answer(household, &field)])
            .collect()
    }

    /// Revisits: 13 fields of the household and 4 of two members each.
    pub fn revisits(&mut self, count: usize) -> Vec<Visit> {
        let mut visits = Vec::new();
        for household in self.some(count) {
            let mut visit: Visit = FIELDS
                .iter()
                .map(|field| self.answer(household, field))
                .collect();
            let members: Vec<(InstanceId, String)> = self.part.households[household]
                .members
                .iter()
                .take(2)
                .filter_map(|(id, m)| Some((*id, m.get("person_id")?.clone())))
                .collect();
            for (id, person) in members {
                for (field, values) in MEMBER {
                    visit.push(Edit {
                        person: Some((person.clone(), id)),
                        field: (*field).to_owned(),
                        value: (*self.chance.of(values)).to_owned(),
                        ..visit[0].clone()
                    });
                }
            }
            visits.push(visit);
        }
        visits
    }

    /// What two devices write without knowing of each other: the same field with different values, or different fields.
    pub fn together(&mut self, same: bool) -> (Vec<Visit>, Vec<Visit>) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for household in self.some(TOGETHER) {
            let at = self.with_two_answers(household);
            let others = self.other_answers(household, &FIELDS[at]);
            let mine = self.answer(household, &FIELDS[at]);
            let theirs = if same {
                let value = others.iter().find(|v| **v != mine.value).copied();
                Edit {
                    value: value.unwrap_or_default().to_owned(),
                    ..mine.clone()
                }
            } else {
                self.answer(household, &FIELDS[(at + 1) % FIELDS.len()])
            };
            first.push(vec![mine]);
            second.push(vec![theirs]);
        }
        (first, second)
    }

    /// A field to which two people can give two answers that both differ from what stands there.
    fn with_two_answers(&mut self, household: usize) -> usize {
        loop {
            let at = self.chance.below(FIELDS.len());
            if self.other_answers(household, &FIELDS[at]).len() > 1 {
                return at;
            }
        }
    }

    /// Milliseconds until the next household: people walk.
    pub fn pause(&mut self) -> i64 {
        20_000 + i64::try_from(self.chance.below(280_000)).unwrap_or(0)
    }
}

/// The bare values of visits as JSON, one object a household, compressed with zstd-19: what nothing can send them in
/// much less than.
pub fn bare(visits: &[Visit]) -> usize {
    let objects: Vec<Value> = visits
        .iter()
        .map(|visit| {
            let mut object: Map<String, Value> = visit
                .iter()
                .map(|edit| (edit.path().to_string(), json!(edit.value)))
                .collect();
            object.insert("household".into(), json!(visit[0].household.to_string()));
            Value::Object(object)
        })
        .collect();
    let text = serde_json::to_vec(&objects).unwrap_or_default();
    zstd::bulk::compress(&text, 19).map_or(0, |bytes| bytes.len())
}
