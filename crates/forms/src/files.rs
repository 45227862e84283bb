//! Files beside a questionnaire.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The files that a questionnaire refers to, by name: lists (CSV, XML, GeoJSON), pictures, sounds.
/// Reading them from a folder or a package is the caller's work.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, Arc<[u8]>>,
    entities: bool,
}

impl Files {
    /// No file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under its name without a folder; a second one of that name replaces the first.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(name.into(), bytes.into());
    }

    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(AsRef::as_ref)
    }

    /// From here on a CSV file that is not there means the list of entities of that name, whose rows
    /// [`crate::Form::with_entities`] gives; without this only lists that the form itself makes or changes.
    /// A file that is there always wins.
    pub fn allow_entities(&mut self) {
        self.entities = true;
    }

    /// Whether any list of entities may be referred to.
    pub(crate) fn entities_allowed(&self) -> bool {
        self.entities
    }

    /// Names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
