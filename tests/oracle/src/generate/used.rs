//! What the forms used of the engine's lists.

use crate::expressions::calls;
use crate::sheets::Sheets;
use lawang_forms::{COLUMNS, Support, TYPES, all_functions};
use std::collections::BTreeSet;

/// What no other engine here can be asked about: lists that JavaRosa leaves to ODK Collect and Web Forms
/// does not have; a function of ODK Collect; one that needs a library which the jar leaves out; one that
/// converters write; a type at which pyxform itself stops (4.5: OsmUploadQuestion has no `_itemset_has_ref`).
pub(super) const NOT_COMPARED: &[&str] = &[
    "select_one_external",
    "osm",
    "intersects",
    "extract-signed",
    "jr:itext",
];

/// What the forms used of the engine's lists.
#[derive(Debug, Default)]
pub struct Used {
    types: BTreeSet<&'static str>,
    columns: BTreeSet<(&'static str, &'static str)>,
    functions: BTreeSet<&'static str>,
}

impl Used {
    /// Supported types, columns and functions that no form used.
    pub fn missing(&self) -> Vec<String> {
        let types = TYPES
            .iter()
            .filter(|t| t.support == Support::Full && !self.types.contains(t.name))
            .map(|t| format!("type {}", t.name));
        let columns = COLUMNS
            .iter()
            .filter(|c| c.support == Support::Full && !self.columns.contains(&(c.sheet, c.name)))
            .map(|c| format!("column {} of {}", c.name, c.sheet));
        let functions = all_functions()
            .filter(|f| f.support == Support::Full && !self.functions.contains(f.name))
            .map(|f| format!("function {}", f.name));
        types
            .chain(columns)
            .chain(functions)
            .filter(|what| !NOT_COMPARED.iter().any(|not| what.ends_with(not)))
            .collect()
    }

    /// Numbers of types, columns and functions used.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.types.len(), self.columns.len(), self.functions.len())
    }

    pub(super) fn look(&mut self, sheets: &Sheets) {
        let all = [
            ("survey", &sheets.survey),
            ("choices", &sheets.choices),
            ("settings", &sheets.settings),
            ("entities", &sheets.entities),
        ];
        for (sheet, rows) in all {
            for (heading, cell) in rows.iter().flatten() {
                let plain = heading.split("::").next().unwrap_or(heading);
                let found = COLUMNS.iter().find(|c| {
                    let names = || std::iter::once(&c.name).chain(c.aliases);
                    c.sheet == sheet
                        && (names().any(|n| n == heading) || names().any(|n| *n == plain))
                });
                self.columns.extend(found.map(|c| (c.sheet, c.name)));
                self.functions.extend(calls(cell));
            }
        }
        for row in &sheets.survey {
            for (heading, cell) in row {
                if heading == "type" {
                    let word = cell
                        .replacen("begin ", "begin_", 1)
                        .replacen("end ", "end_", 1);
                    let word = word.split_whitespace().next().unwrap_or_default();
                    self.types
                        .extend(TYPES.iter().find(|t| t.name == word).map(|t| t.name));
                }
            }
        }
    }
}
