//! The sheet `entities` and the column `save_to`.

use super::expressions::{Work, straighten};
use crate::draft::{Cell, DraftEntity};
use crate::expr::{Deps, Expr, Scope};
use crate::form::{EntityRule, NodeId, NodeKind};
use crate::problem::did_you_mean;
use crate::xpath::is_name;

/// Names that the standard keeps for itself.
const RESERVED: [&str; 2] = ["name", "label"];

impl Work<'_, '_> {
    /// The rules of all entities; what is wrong with them is reported.
    pub(super) fn entities(&mut self) -> Vec<EntityRule> {
        let draft = self.draft;
        let mut rules: Vec<EntityRule> = draft.entities.iter().map(|e| self.rule(e)).collect();
        for (id, node) in draft.nodes.iter().enumerate() {
            let Some(cell) = node.cell("save_to") else {
                continue;
            };
            if let Err((code, message)) = self.save(id as NodeId, cell, &mut rules) {
                self.report.error(cell.place.problem(code, message));
            }
        }
        rules
    }

    fn rule(&mut self, entity: &DraftEntity) -> EntityRule {
        let name = entity.dataset.as_str();
        let problem = if name.is_empty() {
            Some("The entity has no list_name.".to_owned())
        } else if !is_name(name) || name.starts_with("__") || name.contains('.') {
            Some(format!(
                "Invalid entity list name: '{name}'. It begins with a letter or underscore, not with two, and has no periods."
            ))
        } else {
            None
        };
        if let Some(message) = problem {
            self.report
                .error(entity.place.at("list_name").problem("entity_name", message));
        }
        let has = |column: &str| entity.cells.contains_key(column);
        if has("update_if") && !has("entity_id") {
            self.report.error(entity.place.at("entity_id").problem(
                "entity_id",
                "An entity with 'update_if' needs an 'entity_id' that says which one.",
            ));
        }
        if !has("label") && !has("entity_id") {
            self.report.error(entity.place.at("label").problem(
                "entity_label",
                format!("The entity '{name}' needs a label, as it is new."),
            ));
        }
        // An entity stands where its properties are: once in the form, or once an instance of a repeat.
        let scope = self.scope_of_entity(entity);
        let mut expr = |column: &str| {
            let cell = entity.cells.get(column)?;
            Some(self.outside(cell, scope))
        };
        EntityRule {
            dataset: name.to_owned(),
            scope,
            label: expr("label"),
            id: expr("entity_id"),
            create_if: expr("create_if"),
            update_if: expr("update_if"),
            properties: Vec::new(),
        }
    }

    /// An expression that nothing depends on: it is asked for when the form is finished.
    fn outside(&mut self, cell: &Cell, scope: NodeId) -> Expr {
        let mut own = Deps::default();
        let expr = self
            .resolver
            .text(&straighten(&cell.text), Scope::of(scope), &mut own);
        for (code, message) in own.errors {
            self.report.error(cell.place.problem(code, message));
        }
        expr
    }

    /// The repeat that an XForm puts the entity into; else that of the first question that is saved to it,
    /// else the innermost one of those that its cells name.
    fn scope_of_entity(&self, entity: &DraftEntity) -> NodeId {
        if let Some(container) = entity.container {
            return self.resolver.scope_of(container as NodeId);
        }
        let dataset = entity.dataset.as_str();
        let several = self.draft.entities.len() > 1;
        let own = |text: &str| match text.split_once('#') {
            Some((name, _)) => name.trim() == dataset,
            None => !several,
        };
        let mut nodes = self.draft.nodes.iter().enumerate();
        let first = nodes.find(|(_, n)| n.cell("save_to").is_some_and(|c| own(&c.text)));
        if let Some((id, _)) = first {
            return self.resolver.scope_of(id as NodeId);
        }
        let named = entity.cells.values().flat_map(|cell| {
            let parts = cell.text.split("${").skip(1);
            parts.filter_map(|part| part.split_once('}').map(|(name, _)| name.trim()))
        });
        let scopes = named
            .filter_map(|name| self.resolver.reference(name, 0).ok())
            .map(|node| self.resolver.scope_of(node));
        scopes
            .max_by_key(|scope| self.resolver.nodes[*scope as usize].repeats.len())
            .unwrap_or(0)
    }

    fn save(
        &self,
        id: NodeId,
        cell: &Cell,
        rules: &mut [EntityRule],
    ) -> Result<(), (&'static str, String)> {
        let node = &self.draft.nodes[id as usize];
        if !matches!(node.kind, NodeKind::Question(_)) {
            return Err((
                "save_to",
                "Groups and repeats can't be saved as entity properties.".to_owned(),
            ));
        }
        let (dataset, property) = match cell.text.split_once('#') {
            Some((dataset, property)) => (Some(dataset.trim()), property.trim()),
            None => (None, cell.text.as_str()),
        };
        if !is_name(property)
            || property.starts_with("__")
            || RESERVED.contains(&property.to_lowercase().as_str())
        {
            return Err((
                "save_to",
                format!(
                    "'{property}' cannot be an entity property: it begins with a letter, and 'name', 'label' and names that begin with two underscores are reserved."
                ),
            ));
        }
        let names: Vec<String> = rules.iter().map(|r| r.dataset.clone()).collect();
        let rule = match (dataset, rules) {
            (_, []) => {
                return Err((
                    "save_to",
                    "To save entity properties using the save_to column, you must add an entities sheet and declare an entity.".to_owned(),
                ));
            }
            (None, [only]) => only,
            (None, _) => {
                return Err((
                    "save_to",
                    format!(
                        "There are several entities: write list_name#{property}, with one of {}.",
                        names.join(", ")
                    ),
                ));
            }
            (Some(name), rules) => match rules.iter_mut().find(|r| r.dataset == name) {
                Some(rule) => rule,
                None => {
                    let near = did_you_mean(name, names.iter().map(String::as_str));
                    return Err(("save_to", format!("There is no entity '{name}'.{near}")));
                }
            },
        };
        let scope = self.resolver.scope_of(id);
        if rule.scope != scope {
            return Err((
                "save_to",
                format!(
                    "All properties of the entity '{}' must stand in the same repeat, or all outside.",
                    rule.dataset
                ),
            ));
        }
        rule.properties.push((property.to_owned(), id));
        Ok(())
    }
}
