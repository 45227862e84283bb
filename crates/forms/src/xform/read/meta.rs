//! The block `meta`: the name of the form, its log, entities.

use super::Reader;
use super::doc::{El, attribute, attributes};
use super::paths::absolute;
use crate::draft::{Cell, DraftEntity};
use crate::problem::did_you_mean;

/// What may stand in `meta`.
const KNOWN: [&str; 12] = [
    "instanceID",
    "instanceName",
    "audit",
    "entity",
    "deprecatedID",
    "userID",
    "deviceID",
    "timeStart",
    "timeEnd",
    "drugUseID",
    "uiVersion",
    "language",
];

impl<'x> Reader<'x, '_> {
    /// Whether a node is a block `meta` of OpenRosa rather than a group of that name.
    pub(super) fn is_meta(&self, at: usize) -> bool {
        let node = &self.nodes[at];
        node.name == "meta"
            && node.group.is_none()
            && node.repeat.is_none()
            && node.children.iter().all(|c| {
                let child = &self.nodes[*c];
                child.control.is_none() && child.group.is_none()
            })
    }

    pub(super) fn meta(&mut self) {
        for at in 0..self.nodes.len() {
            if self.nodes[at].name != "meta" || !self.is_meta(at) || at == 0 {
                continue;
            }
            for child in self.nodes[at].children.clone() {
                self.entry(child);
            }
        }
    }

    fn entry(&mut self, at: usize) {
        let node = &self.nodes[at];
        let (element, bind, path) = (node.element, node.bind, node.path.clone());
        let calculate = bind.and_then(|b| Some((b, attribute(b, "calculate")?)));
        match node.name.as_str() {
            "instanceName" => {
                if let Some((bind, text)) = calculate {
                    let text = absolute(text, &path).trim().to_owned();
                    let place = self.lines.place(bind, "calculate");
                    self.draft.settings.instance_name = Some(Cell { text, place });
                }
            }
            "audit" => {
                let parameters = bind
                    .into_iter()
                    .flat_map(attributes)
                    .filter_map(|(name, value)| {
                        Some((name.strip_prefix("odk:")?.to_owned(), value.to_owned()))
                    })
                    .collect();
                self.draft.audit = Some(parameters);
            }
            "entity" => self.entity(at),
            name if KNOWN.contains(&name) => {}
            name => {
                let near = did_you_mean(name, KNOWN);
                let message = format!("'{name}' in meta has no effect.{near}");
                self.warn(element, "", "xml_ignored", message);
            }
        }
    }

    /// Names of the lists of entities that the form makes or changes: their data need not be there.
    pub(super) fn datasets(&mut self) {
        let entities = self
            .nodes
            .iter()
            .filter(|n| n.path.ends_with("/meta/entity"));
        let named = entities.filter_map(|n| attribute(n.element, "dataset"));
        self.draft.datasets = named.map(str::to_owned).collect();
    }

    fn entity(&mut self, at: usize) {
        let node = &self.nodes[at];
        let (element, path) = (node.element, node.path.clone());
        let label = node
            .children
            .iter()
            .find(|c| self.nodes[**c].name == "label");
        let label = label.and_then(|c| self.nodes[*c].bind);
        let mut entity = DraftEntity {
            dataset: attribute(element, "dataset").unwrap_or_default().to_owned(),
            place: self.lines.place(element, "dataset"),
            container: self.container(at),
            ..DraftEntity::default()
        };
        if let Some(bind) = label {
            self.entity_cell(bind, "label", &format!("{path}/label"), &mut entity);
        }
        for (name, column) in [
            ("id", "entity_id"),
            ("create", "create_if"),
            ("update", "update_if"),
        ] {
            let full = format!("{path}/@{name}");
            if let Some(bind) = self.attribute_binds.get(&full).copied() {
                self.entity_cell(bind, column, &full, &mut entity);
            }
        }
        self.draft.entities.push(entity);
    }

    /// The draft's node around the block that an entity stands in.
    fn container(&self, entity: usize) -> Option<usize> {
        let around = self.nodes[self.nodes[entity].parent].parent;
        self.drafted.get(&around).copied()
    }

    fn entity_cell(
        &mut self,
        bind: El<'x>,
        column: &'static str,
        path: &str,
        entity: &mut DraftEntity,
    ) {
        if let Some(text) = attribute(bind, "calculate") {
            let text = absolute(text, path).trim().to_owned();
            let place = self.lines.place(bind, "calculate");
            entity.cells.insert(column, Cell { text, place });
        }
    }

    /// Binds of attributes are those of entities.
    pub(super) fn attribute_bind(&mut self, bind: El<'x>, path: &str) {
        let (owner, _) = path.rsplit_once("/@").unwrap_or((path, ""));
        let entity = self
            .by_path
            .get(owner)
            .is_some_and(|at| self.nodes[*at].name == "entity");
        if entity {
            self.attribute_binds.insert(path.to_owned(), bind);
        } else {
            self.error(
                bind,
                "nodeset",
                "path_invalid",
                format!("'{path}': only attributes of entities can have a bind."),
            );
        }
    }

    /// What a question is saved to: with the list, where there are several entities.
    pub(super) fn save_to(&self, path: &str, property: &str) -> String {
        let all: Vec<&str> = self
            .nodes
            .iter()
            .filter(|n| n.name == "entity" && n.path.ends_with("/meta/entity"))
            .map(|n| n.path.as_str())
            .collect();
        if all.len() < 2 {
            return property.to_owned();
        }
        // The nearest one around it.
        let own = all
            .into_iter()
            .filter(|p| {
                let around = p.strip_suffix("/meta/entity").unwrap_or(p);
                path.strip_prefix(around)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
            .max_by_key(|p| p.len());
        let dataset = own
            .and_then(|p| self.by_path.get(p))
            .and_then(|at| attribute(self.nodes[*at].element, "dataset"));
        match dataset {
            Some(dataset) => format!("{dataset}#{property}"),
            None => property.to_owned(),
        }
    }
}
