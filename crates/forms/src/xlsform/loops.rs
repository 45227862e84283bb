//! `begin loop over LIST`: what stands in it, once for each choice of the list, each time in a group of the choice's name.
//! The specification does not have it; pyxform reads it, and old questionnaires use it.

use super::survey::Reader;
use crate::compile::LanguageCodes;
use crate::draft::{Cell, DraftNode, DraftText};
use crate::form::NodeKind;
use crate::problem::did_you_mean;

/// Most questions and groups that one loop may make.
const MOST: usize = 20_000;

/// A choice that the loop goes over: its name, and its label with the heading of each language.
struct Turn {
    name: String,
    labels: Vec<(Option<String>, String)>,
}

impl Turn {
    /// The label in a language, else the first one.
    fn label(&self, language: Option<&str>) -> &str {
        let same = self.labels.iter().find(|(l, _)| l.as_deref() == language);
        same.or_else(|| self.labels.first())
            .map_or("", |(_, label)| label)
    }

    fn fill(&self, text: &str, language: Option<&str>) -> String {
        text.replace("%(name)s", &self.name)
            .replace("%(label)s", self.label(language))
    }
}

impl Reader<'_> {
    /// The list of a loop, by its name.
    pub(super) fn loop_list(&mut self, name: Option<&str>, row: u32) -> Option<usize> {
        let Some(name) = name else {
            self.error(
                row,
                "type",
                "list_missing",
                "Repeat loop without list name.",
            );
            return None;
        };
        let list = self.draft.list_index.get(name).copied();
        if list.is_none() {
            let near = did_you_mean(name, self.draft.list_index.keys().map(String::as_str));
            let message = format!("List name not in choices sheet: '{name}'.{near}");
            self.error(row, "type", "list_unknown", message);
        }
        list
    }

    /// Closes a loop and writes out what it stands for.
    pub(super) fn end_loop(&mut self, row: u32) {
        let at = self.open.last().copied().unwrap_or(0);
        let Some(list) = self.loops.remove(&at) else {
            let message = "Unmatched 'end_loop': no loop is open here.";
            return self.error(row, "type", "nesting", message);
        };
        self.open.pop();
        let Some(list) = list else {
            return;
        };
        let template = self.draft.nodes.split_off(at + 1);
        let turns = self.turns(list);
        if turns.len().saturating_mul(template.len() + 1) > MOST {
            let message = format!("The loop would make more than {MOST} questions and groups.");
            return self.error(row, "type", "nesting", message);
        }
        for turn in turns {
            let place = self.draft.nodes[at].place.clone();
            let name = self.checked_name(&turn.name, "choice", place.row);
            let mut group = DraftNode::new(&name, NodeKind::Group, at, place.clone());
            for (language, label) in &turn.labels {
                group.texts.push(DraftText {
                    column: "label",
                    language: language.clone(),
                    cell: Cell {
                        text: label.clone(),
                        place: place.clone(),
                    },
                });
            }
            let around = self.draft.nodes.len();
            self.draft.nodes.push(group);
            for node in &template {
                let mut node = node.clone();
                node.parent = match node.parent.checked_sub(at + 1) {
                    None => around,
                    Some(inner) => around + 1 + inner,
                };
                for text in &mut node.texts {
                    text.cell.text = turn.fill(&text.cell.text, text.language.as_deref());
                }
                for cell in node.cells.values_mut() {
                    cell.text = turn.fill(&cell.text, None);
                }
                self.draft.nodes.push(node);
            }
        }
    }

    fn turns(&self, list: usize) -> Vec<Turn> {
        let codes = LanguageCodes::new(&self.draft.languages);
        let list = &self.draft.lists[list];
        (0..list.len())
            .map(|row| Turn {
                name: list.value_of(row).to_owned(),
                labels: list
                    .versions(row)
                    .map(|(code, label)| {
                        let heading = self
                            .draft
                            .languages
                            .iter()
                            .find(|heading| &*codes.of(Some(heading.as_str())) == code);
                        (heading.cloned(), label.to_owned())
                    })
                    .collect(),
            })
            // As pyxform: what stands for "none of them" is no turn.
            .filter(|turn| turn.name != "none")
            .collect()
    }
}
