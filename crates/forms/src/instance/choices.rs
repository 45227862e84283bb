//! Choices of a select by their place in the list: for lists that are too long to be given at once.

use super::{Choice, Instance};
use crate::form::Form;
use crate::text::Media;
use lawang_domain::FieldPath;

impl Instance {
    /// Rows of the choices after the filter, in the order of the list; a row is a place in the list that
    /// the question's `list` names. Empty for other questions, also for those whose choices are answers to
    /// another question.
    pub fn choice_rows(&self, path: &FieldPath) -> Vec<u32> {
        self.place(path)
            .map_or_else(Vec::new, |(scope, node)| self.open_rows(scope, node))
    }

    /// The choice in a row of the question's list.
    pub fn choice_in(&self, path: &FieldPath, row: u32, lang: &str) -> Option<Choice> {
        let (scope, node) = self.place(path)?;
        let list = &self.form.lists[self.form.node(node).list?];
        if row >= list.len() {
            return None;
        }
        let value = list.value_of(row).to_owned();
        let label = self.env(scope, node, lang).choice_label(list, row);
        let media = Media::of(list.media(row), &self.form.languages, lang);
        Some(Choice {
            label: if label.is_empty() {
                value.clone()
            } else {
                label
            },
            value,
            media,
            geometry: list.geometry(row).to_owned(),
        })
    }

    /// Rows of the list that hold these codes (of a select_multiple or rank: separated by spaces), in the
    /// order of the list, whatever the filter says.
    pub fn rows_of(&self, path: &FieldPath, codes: &str) -> Vec<u32> {
        let list = self
            .place(path)
            .and_then(|(_, node)| self.form.node(node).list);
        let Some(list) = list.map(|l| &*self.form.lists[l]) else {
            return Vec::new();
        };
        let mut rows: Vec<u32> = codes
            .split_whitespace()
            .filter_map(|code| list.rows_of(code).first().copied())
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

impl Form {
    /// Codes and labels of a list, row by row, `${..}` in labels not replaced: for searching in it.
    pub fn list_texts<'a>(
        &'a self,
        list: &str,
        lang: &'a str,
    ) -> Option<impl Iterator<Item = (&'a str, String)> + 'a> {
        let list = self.lists.iter().find(|l| l.name == list)?;
        Some((0..list.len()).map(move |row| {
            let label = match (
                list.with_outputs(row),
                list.plain(row, &self.languages, lang),
            ) {
                (Some(text), _) => text.raw(&self.languages, lang),
                (None, Some(label)) => label.to_owned(),
                (None, None) if !list.internal => list.cell(row, list.label).to_owned(),
                (None, None) => String::new(),
            };
            (list.value_of(row), label)
        }))
    }
}
