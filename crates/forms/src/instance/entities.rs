//! Entities: what a finished form makes or changes in lists that other forms read
//! (ODK XForms specification, "Entities").

use super::Instance;
use crate::form::EntityRule;
use lawang_domain::InstanceId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Whether an entity is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityAction {
    /// A new entity.
    Create,
    /// Another state of an entity that is there.
    Update,
    /// An update if the entity is there, else a new one.
    Upsert,
}

/// An entity that a finished form makes or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntityChange {
    /// Name of the list.
    pub dataset: String,
    /// UUID of the entity; empty for a new one, whose id the caller gives.
    pub id: String,
    /// The instance of a repeat that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// What happens.
    pub action: EntityAction,
    /// The entity's label; empty if the form gives none.
    pub label: String,
    /// Properties by name.
    pub properties: BTreeMap<String, String>,
}

impl Instance {
    /// What this form makes or changes in lists of entities, as it stands.
    pub fn entities(&self) -> Vec<EntityChange> {
        let mut out = Vec::new();
        for rule in &self.form.entities {
            let mut scopes = Vec::new();
            self.data
                .down(&self.form, 0, rule.scope, &mut |scope| scopes.push(scope));
            for scope in scopes {
                if self.data.is_relevant(&self.form, scope, rule.scope) {
                    out.extend(self.entity(rule, scope));
                }
            }
        }
        out
    }

    fn entity(&self, rule: &EntityRule, scope: usize) -> Option<EntityChange> {
        let env = self.env(scope, rule.scope, "");
        let text = |e: &Option<crate::expr::Expr>| e.as_ref().map(|e| env.value(e).text());
        let holds = |e: &Option<crate::expr::Expr>| e.as_ref().map(|e| env.value(e).bool());
        let id = text(&rule.id).unwrap_or_default();
        let create = holds(&rule.create_if);
        let update = holds(&rule.update_if);
        let action = match (rule.id.is_some(), create, update) {
            (false, None | Some(true), _) => EntityAction::Create,
            (true, Some(true), Some(true)) => EntityAction::Upsert,
            (true, Some(true), _) => EntityAction::Create,
            (true, None, None) | (true, _, Some(true)) => EntityAction::Update,
            _ => return None,
        };
        let properties = rule
            .properties
            .iter()
            .filter(|(_, node)| self.data.is_relevant(&self.form, scope, *node))
            .map(|(name, node)| {
                let slot = self.form.node(*node).slot;
                (name.clone(), self.data.scopes[scope].values[slot].clone())
            })
            .collect();
        Some(EntityChange {
            dataset: rule.dataset.clone(),
            id,
            instance: self.data.scopes[scope].id,
            action,
            label: text(&rule.label).unwrap_or_default(),
            properties,
        })
    }
}
