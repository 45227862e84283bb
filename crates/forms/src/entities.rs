//! Lists of entities of a compiled form: which it makes, which it reads, and the rows that it reads.

use crate::form::Form;
use crate::list::List;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An entity as a row of a list of choices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityRow {
    /// Its UUID: the column `name`.
    pub name: String,
    /// The column `label`.
    pub label: String,
    /// The column `__version`.
    pub version: u32,
    /// The other columns.
    pub properties: BTreeMap<String, String>,
}

impl EntityRow {
    fn cell(&self, column: &str) -> String {
        match column {
            "name" => self.name.clone(),
            "label" => self.label.clone(),
            "__version" => self.version.to_string(),
            other => self.properties.get(other).cloned().unwrap_or_default(),
        }
    }
}

impl Form {
    /// Names of the lists of entities whose rows it reads; they are empty until
    /// [`Form::with_entities`] gives them.
    pub fn entity_lists(&self) -> BTreeSet<&str> {
        self.linked().map(|(_, list)| list.name.as_str()).collect()
    }

    /// Whether a file that it refers to is none, but a list of entities.
    pub fn reads_entities_as(&self, file: &str) -> bool {
        let name = file.strip_suffix(".csv");
        self.linked().any(|(_, list)| name == Some(&*list.name))
    }

    /// What it reads of these lists besides name, label and version, by list.
    pub fn entity_columns(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, list) in self.linked() {
            let own =
                |column: &&str| !matches!(*column, "name" | "label") && !column.starts_with("__");
            let columns = list.columns.iter().map(String::as_str).filter(own);
            out.entry(&list.name).or_default().extend(columns);
        }
        out
    }

    /// The lists that it makes or changes, with the properties that it saves there.
    pub fn declared_entities(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for rule in &self.entities {
            let properties = rule.properties.iter().map(|(name, _)| name.as_str());
            out.entry(&rule.dataset).or_default().extend(properties);
        }
        out
    }

    /// The same form with these rows in its lists of entities; a list that is not named has none. All that
    /// does not depend on rows is shared.
    pub fn with_entities(&self, rows: &BTreeMap<String, Vec<EntityRow>>) -> Self {
        let mut lists = self.lists.clone();
        for (at, list) in self.linked() {
            let rows = rows.get(&list.name).map_or(&[][..], Vec::as_slice);
            let rows = rows.iter().map(|row| move |column: &str| row.cell(column));
            lists[at] = Arc::new(list.with_rows(rows));
        }
        let changed = |at: usize| lists[at].linked;
        Self {
            definition: self.definition.clone(),
            lookups: self.lookups.renewed(&lists, changed),
            lists,
        }
    }

    fn linked(&self) -> impl Iterator<Item = (usize, &Arc<List>)> {
        let all = self.lists.iter().enumerate();
        all.filter(|(_, list)| list.linked)
    }
}
