//! What the author wrote, question by question: for showing a form to its author.

use crate::compile::{Report, draft};
use crate::form::NodeKind;
use crate::{Files, Problem};
use serde::Serialize;
use std::collections::BTreeMap;

/// A group, a repeat or a question as it stands in the author's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Name of the repeat that it stands in.
    pub repeat: Option<String>,
    /// Sheet, or `xml`.
    pub sheet: &'static str,
    /// Row of the sheet, or line of the XML.
    pub row: u32,
    /// Text of the filled cells by the column's standard name: `relevant`, `constraint`, `calculation`,
    /// `required`, `read_only`, `choice_filter`, `default`, `repeat_count`, `trigger`, `appearance`, ...
    pub cells: BTreeMap<&'static str, String>,
}

/// Reads what stands in the author's file, without compiling it. The root is left out.
///
/// # Errors
/// If the file cannot be read as a questionnaire at all.
pub fn written(bytes: &[u8], file_name: &str, files: &Files) -> Result<Vec<Written>, Vec<Problem>> {
    let mut report = Report::default();
    let Some(draft) = draft(bytes, file_name, files, &mut report) else {
        return Err(report.errors);
    };
    let repeat_around = |mut at: usize| {
        // The root is its own parent or the first node.
        while at != 0 {
            let node = draft.nodes.get(at)?;
            if node.kind == NodeKind::Repeat {
                return Some(node.name.clone());
            }
            at = node.parent;
        }
        None
    };
    Ok(draft
        .nodes
        .iter()
        .skip(1)
        .map(|node| Written {
            name: node.name.clone(),
            repeat: repeat_around(node.parent),
            sheet: node.place.sheet,
            row: node.place.row,
            cells: node
                .cells
                .iter()
                .filter(|(_, cell)| !cell.text.trim().is_empty())
                .map(|(column, cell)| (*column, cell.text.trim().to_owned()))
                .collect(),
        })
        .collect())
}
