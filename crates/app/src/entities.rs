//! Lists of entities on this device: rows for the questionnaires that read them, and what a finished visit
//! does to them.

use crate::{
    device::Device, environment::random_uuid, error::AppError, forms::Loaded, visit::OpenVisit,
    visit::timestamp,
};
use lawang_domain::InstanceId;
use lawang_forms::{EntityAction as Asked, EntityChange, EntityRow};
use lawang_records::{Entities, Entity, EntityAction, EntityOp, entity_id, project};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The lists as a form saw them when it was opened, by name.
pub(crate) type SeenLists = BTreeMap<String, Vec<Entity>>;

impl Device {
    /// The lists of entities that this device holds, one or all, with what could not be done.
    pub fn entities(&self, list: Option<&str>) -> Result<Entities, AppError> {
        Ok(project(self.store.entity_ops(list, None, None)?))
    }

    /// A questionnaire with the rows of the lists that it reads: those of the record's village.
    pub(crate) fn with_lists(
        &self,
        loaded: Loaded,
        village: &str,
    ) -> Result<(Loaded, SeenLists), AppError> {
        let mut seen = SeenLists::new();
        for list in loaded.form.entity_lists() {
            let ops = self.store.entity_ops(Some(list), Some(village), None)?;
            seen.insert(list.to_owned(), project(ops).entities);
        }
        if seen.is_empty() {
            return Ok((loaded, seen));
        }
        let rows = |list: &Vec<Entity>| list.iter().map(row).collect();
        let rows = seen.iter().map(|(name, list)| (name.clone(), rows(list)));
        let form = Arc::new(loaded.form.with_entities(&rows.collect()));
        Ok((Loaded { form, ..loaded }, seen))
    }

    /// What the open visit, finished now, makes and changes.
    pub(crate) fn entity_changes(
        &self,
        open: &OpenVisit,
        village: &str,
    ) -> Result<Vec<EntityOp>, AppError> {
        let mut ops: Vec<EntityOp> = Vec::new();
        // Entities of one list in one place are told apart by their order.
        let mut places: BTreeMap<(String, Option<InstanceId>), usize> = BTreeMap::new();
        let mut bases: BTreeMap<(String, String), Base> = BTreeMap::new();
        for change in open.instance.entities() {
            let generated = change.id.is_empty() && change.action == Asked::Create;
            let id = if generated {
                let place = (change.dataset.clone(), change.instance);
                let which = places.entry(place).or_default();
                *which += 1;
                let household = open.draft.household;
                entity_id(household, &change.dataset, change.instance, *which - 1).to_string()
            } else {
                lawang_records::normal_id(&change.id)
            };
            let key = (change.dataset.clone(), id.clone());
            let base = match bases.remove(&key) {
                Some(base) => base,
                None => self.base(open, village, &change.dataset, &id)?,
            };
            // Said again by a later visit of the same record: the entity is there.
            if generated && base.says(&change) {
                bases.insert(key, base);
                continue;
            }
            let action = match change.action {
                Asked::Create if generated && base.is_there() => EntityAction::Update,
                Asked::Create => EntityAction::Create,
                Asked::Update => EntityAction::Update,
                Asked::Upsert => EntityAction::Upsert,
            };
            let op = EntityOp {
                id: InstanceId(random_uuid(self.environment.as_ref())),
                household: open.draft.household,
                village: village.to_owned(),
                visit: open.draft.visit,
                list: change.dataset,
                entity: id,
                action,
                label: change.label,
                properties: change.properties,
                sees: base.heads.clone(),
                step: base.step.saturating_add(1),
                at: timestamp(self.now()),
            };
            let next = Base {
                heads: BTreeSet::from([op.id]),
                step: op.step,
                entity: base.entity,
            };
            bases.insert(key, next);
            ops.push(op);
        }
        Ok(ops)
    }

    /// What an operation builds on: the entity as the form saw it, or, if the form does not read its
    /// list, as it is now.
    fn base(
        &self,
        open: &OpenVisit,
        village: &str,
        list: &str,
        id: &str,
    ) -> Result<Base, AppError> {
        let entity = match open.seen.get(list) {
            Some(seen) => seen.iter().find(|e| e.id == id).cloned(),
            None => {
                let ops = self.store.entity_ops(Some(list), Some(village), Some(id))?;
                project(ops).entities.pop()
            }
        };
        Ok(Base {
            heads: entity.as_ref().map(|e| e.heads.clone()).unwrap_or_default(),
            step: entity.as_ref().map_or(0, |e| e.step),
            entity,
        })
    }
}

struct Base {
    heads: BTreeSet<InstanceId>,
    step: u32,
    entity: Option<Entity>,
}

impl Base {
    fn is_there(&self) -> bool {
        self.entity.is_some() || self.step > 0
    }

    /// Whether a change would change nothing.
    fn says(&self, change: &EntityChange) -> bool {
        let Some(entity) = &self.entity else {
            return false;
        };
        let same_label = change.label.is_empty() || change.label.trim() == entity.label;
        let mut properties = change.properties.iter();
        same_label && properties.all(|(name, value)| entity.properties.get(name) == Some(value))
    }
}

fn row(entity: &Entity) -> EntityRow {
    EntityRow {
        name: entity.id.clone(),
        label: entity.label.clone(),
        version: entity.version,
        properties: entity.properties.clone(),
    }
}
