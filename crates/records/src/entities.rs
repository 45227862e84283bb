//! Lists of entities: what finished visits made and changed, as every replica computes it.
//!
//! A visit that is submitted writes what it makes or changes into its record, as instances of the repeat
//! [`ENTITIES`]. So it travels, merges and is refused like every other answer, and whoever holds the
//! records computes the lists from them, without the questionnaire and whatever the order in which the
//! changes came. An entity belongs to the village of the record that made it, and only records of that
//! village change it: a device sees the whole history of all that it shows.

use crate::{ENTITIES, State, Write};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Prefix of the fields that hold properties.
const PROPERTY: &str = "p.";
/// No entity has been changed more often; larger numbers are forged.
const MAX_STEP: u32 = 1_000_000;

/// Whether an entity is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityAction {
    /// A new entity.
    Create,
    /// Another state of an entity that is there.
    Update,
    /// An update if the entity is there, else a new one.
    Upsert,
}

impl EntityAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Upsert => "upsert",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Upsert]
            .into_iter()
            .find(|action| action.as_str() == text)
    }
}

/// What one finished visit made of one entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityOp {
    /// Its instance in the record.
    pub id: InstanceId,
    /// The record.
    pub household: HouseholdId,
    /// The record's village, and so the entity's.
    pub village: String,
    /// The visit that was finished.
    pub visit: InstanceId,
    /// Name of the list.
    pub list: String,
    /// Id of the entity as the form gave it: a UUID if it is well-formed.
    pub entity: String,
    /// New or not.
    pub action: EntityAction,
    /// Its label; empty: not changed.
    pub label: String,
    /// Properties that this sets, also to nothing.
    pub properties: BTreeMap<String, String>,
    /// The newest operations that whoever filled in the form saw: what this one builds on.
    pub sees: BTreeSet<InstanceId>,
    /// One more than the largest of those that were seen.
    pub step: u32,
    /// RFC 3339, by the author's clock.
    pub at: String,
}

/// An entity as all operations together make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// Its UUID.
    pub id: String,
    /// The list it is in.
    pub list: String,
    /// Where it belongs.
    pub village: String,
    /// What people call it.
    pub label: String,
    /// Number of operations: 1 for one that was made and never changed.
    pub version: u32,
    /// Properties by name.
    pub properties: BTreeMap<String, String>,
    /// The record that made it.
    pub household: HouseholdId,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it was changed last.
    pub updated: String,
    /// It was changed by people who did not see each other's change, and nobody changed it since.
    pub apart: bool,
    /// `label` and properties that such changes set to different values; the later one is shown.
    pub conflicts: BTreeSet<String>,
    /// The newest operations: what the next one builds on.
    #[serde(skip)]
    pub heads: BTreeSet<InstanceId>,
    /// The largest step.
    #[serde(skip)]
    pub step: u32,
}

/// Something that a form asked for and that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntityProblem {
    /// `unknown_entity`: an update of one that is not in this village's list; `no_label`: a new one
    /// without a label; `not_a_uuid`.
    pub code: &'static str,
    /// Name of the list.
    pub list: String,
    /// The id as given.
    pub entity: String,
    /// The village of the record.
    pub village: String,
    /// The record.
    pub household: HouseholdId,
}

/// Lists and what is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Entities {
    /// By list, village, label and id.
    pub entities: Vec<Entity>,
    /// By list, village and id.
    pub problems: Vec<EntityProblem>,
}

/// The id of an entity that a form makes without naming one: the same whenever the same record says it
/// again (a later visit, a repetition), so that it is changed then and not made twice. `instance`: of the
/// repeat that it stands in; `which`: counts entities of one list that stand in the same place.
pub fn entity_id(
    household: HouseholdId,
    list: &str,
    instance: Option<InstanceId>,
    which: usize,
) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"lawang entity\0");
    hash.update(household.as_bytes());
    hash.update(instance.map_or([0; 16], |id| *id.0.as_bytes()));
    hash.update((which as u64).to_be_bytes());
    hash.update(list.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The id of an entity in its usual form, if it is a UUID; otherwise as it was given.
pub fn normal_id(id: &str) -> String {
    normal(id).0
}

fn normal(id: &str) -> (String, bool) {
    let bare = id.trim();
    let bare = bare.strip_prefix("uuid:").unwrap_or(bare);
    match Uuid::try_parse(bare) {
        Ok(uuid) => (uuid.to_string(), true),
        Err(_) => (id.to_owned(), false),
    }
}

/// What writes an operation into its record.
pub fn write_entity(op: &EntityOp, writes: &mut Vec<Write>) {
    writes.push(Write::AddInstance {
        repeat: ENTITIES.into(),
        id: op.id,
        order: op.at.clone(),
    });
    let sees: Vec<String> = op.sees.iter().map(ToString::to_string).collect();
    let sets: Vec<&str> = op.properties.keys().map(String::as_str).collect();
    let fields = [
        ("visit", op.visit.to_string()),
        ("list", op.list.clone()),
        ("entity", op.entity.clone()),
        ("action", op.action.as_str().to_owned()),
        ("label", op.label.clone()),
        ("sets", sets.join(" ")),
        ("sees", sees.join(" ")),
        ("step", op.step.to_string()),
        ("at", op.at.clone()),
    ];
    let properties = op
        .properties
        .iter()
        .map(|(name, value)| (format!("{PROPERTY}{name}"), value.clone()));
    let fields = fields.map(|(key, value)| (key.to_owned(), value));
    for (key, value) in fields.into_iter().chain(properties) {
        writes.push(Write::Put(FieldPath::of(ENTITIES, op.id, key), value));
    }
}

/// The operations that stand in a record. What is no operation of ours is left out.
pub fn entity_ops(household: HouseholdId, village: &str, state: &State) -> Vec<EntityOp> {
    let read = |id: &InstanceId| {
        let text = |key: &str| state.text(&FieldPath::of(ENTITIES, *id, key));
        let list = text("list");
        if list.is_empty() {
            return None;
        }
        let properties = text("sets")
            .split_whitespace()
            .map(|name| {
                let value = text(&format!("{PROPERTY}{name}"));
                (name.to_owned(), value.to_owned())
            })
            .collect();
        Some(EntityOp {
            id: *id,
            household,
            village: village.to_owned(),
            visit: text("visit").parse().ok()?,
            list: list.to_owned(),
            entity: normal(text("entity")).0,
            action: EntityAction::parse(text("action"))?,
            label: text("label").to_owned(),
            properties,
            sees: text("sees")
                .split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect(),
            step: text("step").parse().unwrap_or(0).min(MAX_STEP),
            at: text("at").to_owned(),
        })
    };
    state.of(ENTITIES).iter().filter_map(read).collect()
}

/// The lists that operations make, whatever their order. Operations on one entity count in the order of
/// their steps; those of one step, made by people who did not know of each other, by their clocks, then
/// by their ids. Of each property the last one that sets it holds.
pub fn project(ops: impl IntoIterator<Item = EntityOp>) -> Entities {
    let mut groups: BTreeMap<(String, String, String), Vec<EntityOp>> = BTreeMap::new();
    for op in ops {
        let key = (op.list.clone(), op.village.clone(), op.entity.clone());
        groups.entry(key).or_default().push(op);
    }
    let mut out = Entities::default();
    for ops in groups.into_values() {
        one(ops, &mut out);
    }
    out.entities.sort_by(|a, b| {
        let (left, right) = ((&a.list, &a.village), (&b.list, &b.village));
        left.cmp(&right)
            .then_with(|| (&a.label, &a.id).cmp(&(&b.label, &b.id)))
    });
    out
}

fn one(mut ops: Vec<EntityOp>, out: &mut Entities) {
    // The record comes last: an id is unique, unless somebody forged it.
    ops.sort_by(|a, b| (a.step, &a.at, a.id, a.household).cmp(&(b.step, &b.at, b.id, b.household)));
    ops.dedup_by_key(|op| (op.id, op.household));
    let mut problem = |op: &EntityOp, code| {
        out.problems.push(EntityProblem {
            code,
            list: op.list.clone(),
            entity: op.entity.clone(),
            village: op.village.clone(),
            household: op.household,
        });
    };
    if !ops.first().is_some_and(|op| normal(&op.entity).1) {
        ops.iter().for_each(|op| problem(op, "not_a_uuid"));
        return;
    }
    let made = ops.iter().find(|op| op.action != EntityAction::Update);
    let Some(made) = made else {
        ops.iter().for_each(|op| problem(op, "unknown_entity"));
        return;
    };
    let label = ops.iter().rev().find(|op| !op.label.trim().is_empty());
    let Some(label) = label else {
        problem(made, "no_label");
        return;
    };
    let seen = Seen::of(&ops);
    let heads: Vec<usize> = (0..ops.len())
        .filter(|at| !seen.before.iter().any(|before| before.contains(at)))
        .collect();
    let mut properties = BTreeMap::new();
    for op in &ops {
        properties.extend(op.properties.clone());
    }
    let conflicts = seen.conflicts(&ops, &heads);
    out.entities.push(Entity {
        id: made.entity.clone(),
        list: made.list.clone(),
        village: made.village.clone(),
        label: label.label.trim().to_owned(),
        version: u32::try_from(ops.len()).unwrap_or(u32::MAX),
        household: made.household,
        created: made.at.clone(),
        updated: ops
            .iter()
            .map(|op| &op.at)
            .max()
            .cloned()
            .unwrap_or_default(),
        apart: heads.len() > 1,
        conflicts,
        heads: heads.iter().map(|at| ops[*at].id).collect(),
        step: ops.iter().map(|op| op.step).max().unwrap_or(0),
        properties,
    });
}

/// Which operations lie before each, by place.
struct Seen {
    before: Vec<BTreeSet<usize>>,
}

impl Seen {
    /// In the order of steps, so that what an operation saw is known before it. One that claims to have
    /// seen a later one is not believed.
    fn of(ops: &[EntityOp]) -> Self {
        let at: BTreeMap<InstanceId, usize> =
            ops.iter().enumerate().map(|(at, op)| (op.id, at)).collect();
        let mut before: Vec<BTreeSet<usize>> = Vec::with_capacity(ops.len());
        for (own, op) in ops.iter().enumerate() {
            let mut all = BTreeSet::new();
            let direct = op.sees.iter().filter_map(|id| at.get(id));
            for seen in direct.filter(|seen| **seen < own) {
                all.insert(*seen);
                all.extend(&before[*seen]);
            }
            before.push(all);
        }
        Self { before }
    }

    /// What two of the newest operations, or what only they build on, set to different values.
    fn conflicts(&self, ops: &[EntityOp], heads: &[usize]) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        let side = |head: usize, other: usize| {
            let mut set: BTreeMap<&str, &str> = BTreeMap::new();
            let own = self.before[head].iter().copied().chain([head]);
            for op in own.filter(|at| !self.before[other].contains(at)) {
                let op = &ops[op];
                let label = (!op.label.is_empty()).then_some(("label", op.label.as_str()));
                let all = op.properties.iter();
                set.extend(all.map(|(k, v)| (k.as_str(), v.as_str())).chain(label));
            }
            set
        };
        for (index, head) in heads.iter().enumerate() {
            for other in &heads[index + 1..] {
                let theirs = side(*other, *head);
                for (name, value) in side(*head, *other) {
                    if theirs.get(name).is_some_and(|v| *v != value) {
                        out.insert(name.to_owned());
                    }
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
