//! Lists of entities as the office sees them.

use super::export::{cell, harmless};
use crate::{
    entities::{self, Declared},
    error::{Result, ServerError},
    server::Server,
};
use lawang_domain::{VillageCode, mask_long_numbers};
use lawang_records::{Entities, Entity, EntityProblem, project};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A list.
#[derive(Debug, Clone, Serialize)]
pub struct EntityList {
    /// Its name.
    pub list: String,
    /// Identifiers of the published questionnaires that make or change its entities.
    pub forms: BTreeSet<String>,
    /// Properties that these save, and that entities have.
    pub properties: BTreeSet<String>,
    /// Number of entities, in the villages that were asked for.
    pub entities: usize,
}

/// Lists with their entities.
#[derive(Debug, Clone, Serialize)]
pub struct EntityLists {
    /// By name.
    pub lists: Vec<EntityList>,
    /// By list, village and label.
    pub entities: Vec<Entity>,
    /// What forms asked for and cannot be done.
    pub problems: Vec<EntityProblem>,
}

/// A list as a file.
#[derive(Debug, Clone)]
pub struct EntityExport {
    /// Lines under the header.
    pub rows: usize,
    /// UTF-8; as a file beside a questionnaire it is a list of choices.
    pub csv: Vec<u8>,
}

/// Columns before the properties.
const FIXED: [&str; 7] = [
    "name",
    "label",
    "__version",
    "__village",
    "__created",
    "__updated",
    "__conflicts",
];

fn masked(entity: &mut Entity) {
    entity.label = mask_long_numbers(&entity.label);
    for (name, value) in &mut entity.properties {
        *value = mask_long_numbers(&cell(name, value, false));
    }
}

impl Server {
    /// One list or all, in one village or all. NIK and No. KK are masked unless revealed.
    pub fn entities(
        &self,
        list: Option<&str>,
        village: Option<VillageCode>,
        reveal: bool,
    ) -> Result<EntityLists> {
        let (ops, declared) = self
            .store
            .read(|tx| Ok((entities::all(tx)?, Declared::of(tx, &self.forms)?)))?;
        let village = village.map(|v| v.to_string());
        let Entities {
            mut entities,
            mut problems,
        } = project(ops);
        let wanted = |of: &str, place: &str| {
            list.is_none_or(|l| l == of) && village.as_ref().is_none_or(|v| v == place)
        };
        entities.retain(|e| wanted(&e.list, &e.village));
        problems.retain(|p| wanted(&p.list, &p.village));
        let mut lists: BTreeMap<String, EntityList> = BTreeMap::new();
        let named = |name: &str| EntityList {
            list: name.to_owned(),
            forms: declared.forms.get(name).cloned().unwrap_or_default(),
            properties: declared.properties.get(name).cloned().unwrap_or_default(),
            entities: 0,
        };
        for name in declared
            .forms
            .keys()
            .filter(|n| list.is_none_or(|l| l == *n))
        {
            lists.insert(name.clone(), named(name));
        }
        for entity in &mut entities {
            let of = lists
                .entry(entity.list.clone())
                .or_insert_with(|| named(&entity.list));
            of.entities += 1;
            of.properties.extend(entity.properties.keys().cloned());
            if !reveal {
                masked(entity);
            }
        }
        for problem in &mut problems {
            problem.entity = mask_long_numbers(&problem.entity);
        }
        Ok(EntityLists {
            lists: lists.into_values().collect(),
            entities,
            problems,
        })
    }

    /// One list as CSV.
    ///
    /// # Errors
    /// `unknown_list`: no questionnaire makes it, and nothing is in it.
    pub fn export_entities(
        &self,
        list: &str,
        village: Option<VillageCode>,
        reveal: bool,
    ) -> Result<EntityExport> {
        let found = self.entities(Some(list), village, reveal)?;
        let known = found.lists.first().ok_or_else(|| {
            ServerError::refused("unknown_list", "there is no such list of entities")
                .hint("`lawang admin entities` lists them")
        })?;
        let broken = |error: String| ServerError::refused("export_failed", error);
        let mut csv = csv::Writer::from_writer(Vec::new());
        let header = FIXED
            .into_iter()
            .chain(known.properties.iter().map(String::as_str));
        csv.write_record(header)
            .map_err(|e| broken(e.to_string()))?;
        for entity in &found.entities {
            let conflicts: Vec<&str> = entity.conflicts.iter().map(String::as_str).collect();
            let fixed = [
                entity.id.clone(),
                entity.label.clone(),
                entity.version.to_string(),
                entity.village.clone(),
                entity.created.clone(),
                entity.updated.clone(),
                conflicts.join(" "),
            ];
            let own = |name: &String| entity.properties.get(name).cloned().unwrap_or_default();
            let line = fixed.into_iter().chain(known.properties.iter().map(own));
            csv.write_record(line.map(harmless))
                .map_err(|e| broken(e.to_string()))?;
        }
        Ok(EntityExport {
            rows: found.entities.len(),
            csv: csv.into_inner().map_err(|e| broken(e.to_string()))?,
        })
    }
}
