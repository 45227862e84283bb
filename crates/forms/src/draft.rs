//! A questionnaire as its author wrote it, whichever kind of file it came from: nodes with their cells
//! as text, and where each of them stands. [`crate::compile`] makes a [`crate::Form`] of it;
//! [`crate::xform`] writes it as XML.

use crate::Files;
use crate::compile::Report;
use crate::form::{List, NodeKind};
use crate::problem::Problem;
use crate::types::QuestionType;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// In a text that comes from XML, an expression whose value is shown stands between these two
/// characters, which neither XML nor a workbook can hold; a workbook writes `${name}`.
pub(crate) const OUTPUT_START: char = '\u{1}';
/// See [`OUTPUT_START`].
pub(crate) const OUTPUT_END: char = '\u{2}';

/// Where something stands in the author's file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Name of the sheet; `xml` for an XForm.
    pub sheet: &'static str,
    /// Row of the sheet, or line of the XML.
    pub row: u32,
    /// Heading as written, or name of the attribute; may be empty.
    pub column: String,
}

impl Place {
    pub(crate) fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        let problem = Problem::new(code, message).sheet(self.sheet).row(self.row);
        if self.column.is_empty() {
            problem
        } else {
            problem.column(&self.column)
        }
    }

    /// The same row, another column.
    pub(crate) fn at(&self, column: &str) -> Self {
        Self {
            column: column.to_owned(),
            ..self.clone()
        }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub text: String,
    pub place: Place,
}

impl Cell {
    /// Whether the author's file is XML: expressions are plain XPath there.
    pub(crate) fn is_xml(&self) -> bool {
        self.place.sheet == "xml"
    }

    /// The text for people: what is computed in it as `${..}`.
    pub(crate) fn shown(&self) -> String {
        self.text
            .replace(OUTPUT_START, "${")
            .replace(OUTPUT_END, "}")
    }
}

/// A text (or the name of a media file) in one language.
#[derive(Debug, Clone)]
pub(crate) struct DraftText {
    /// `label`, `hint`, `guidance_hint`, `constraint_message`, `required_message`, `image`, `big-image`,
    /// `audio`, `video`.
    pub column: &'static str,
    /// As in the heading: `Bahasa Indonesia (id)`; `None` for a column without a language.
    pub language: Option<String>,
    pub cell: Cell,
}

/// Where the choices of a select come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A list of [`Draft::lists`], with the columns of value and label where they are not the usual ones.
    List {
        list: usize,
        value: Option<String>,
        label: Option<String>,
    },
    /// The answers to a question of a repeat: `${name}`.
    Answers(Cell),
}

/// A group, a repeat or a question.
#[derive(Debug, Clone)]
pub(crate) struct DraftNode {
    pub name: String,
    pub kind: NodeKind,
    /// Index of the node around it.
    pub parent: usize,
    /// The row's column `type`, or the element.
    pub place: Place,
    /// By the standard name of the column: `relevant`, `constraint`, `calculation`, `required`,
    /// `read_only`, `choice_filter`, `default`, `repeat_count`, `trigger`, `save_to`, `appearance`,
    /// `parameters`.
    pub cells: BTreeMap<&'static str, Cell>,
    pub texts: Vec<DraftText>,
    /// Attributes of columns such as `bind::oc:itemgroup` or `body::accuracyThreshold`, kept as they are.
    pub attributes: Vec<(String, String)>,
    pub source: Option<Source>,
    /// With the appearance `search(..)`: the list of the sheet that names the columns. `source` and the
    /// choice filter are what the search amounts to.
    pub searched: Option<usize>,
    /// Pairs of the column `parameters`.
    pub parameters: Vec<(String, String)>,
    /// Of an `osm` question: key and label of what another program shall ask.
    pub tags: Vec<(String, String)>,
}

impl DraftNode {
    pub(crate) fn new(name: &str, kind: NodeKind, parent: usize, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            parent,
            place,
            cells: BTreeMap::new(),
            texts: Vec::new(),
            attributes: Vec::new(),
            source: None,
            searched: None,
            parameters: Vec::new(),
            tags: Vec::new(),
        }
    }

    pub(crate) fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.get(column)
    }

    pub(crate) fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |c| c.text.as_str())
    }

    pub(crate) fn question(&self) -> Option<QuestionType> {
        match self.kind {
            NodeKind::Question(kind) => Some(kind),
            _ => None,
        }
    }

    /// A problem at a cell of the node, also if the cell is empty.
    pub(crate) fn problem(
        &self,
        column: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Problem {
        match self.cells.get(column) {
            Some(cell) => cell.place.problem(code, message),
            None => self.place.at(column).problem(code, message),
        }
    }
}

/// A label of a choice with `${..}` in it: list, row of the list, language, text.
#[derive(Debug, Clone)]
pub(crate) struct RawLabel {
    pub list: usize,
    pub row: u32,
    pub language: Arc<str>,
    pub cell: Cell,
}

/// A row of the sheet `entities`: what a finished form makes or changes in a list of entities.
#[derive(Debug, Clone, Default)]
pub(crate) struct DraftEntity {
    /// Name of the list (`list_name`, `dataset`).
    pub dataset: String,
    /// The node that it belongs to, where the author's file says so: an XForm does.
    pub container: Option<usize>,
    pub place: Place,
    /// `label`, `entity_id`, `create_if`, `update_if`.
    pub cells: BTreeMap<&'static str, Cell>,
}

/// What the settings say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub id: String,
    pub version: String,
    /// Language (as in the heading) and title.
    pub titles: Vec<(Option<String>, String)>,
    pub default_language: String,
    pub instance_name: Option<Cell>,
    pub allow_choice_duplicates: bool,
    /// Name of the root node.
    pub root: String,
    /// Other settings that only matter to other programs, by standard name: `style`,
    /// `submission_url`, `auto_send`, `auto_delete`, `instance_xmlns`, `namespaces`, `client_editable`,
    /// `omit_instanceid`, `instance_id`.
    pub others: Vec<(&'static str, String)>,
    /// Attributes of the root, from columns such as `attribute::xyz`.
    pub attributes: Vec<(String, String)>,
}

/// A questionnaire before it is compiled.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub settings: Settings,
    /// Headings of the languages, in order.
    pub languages: Vec<String>,
    /// The root is the first; a node stands behind the one around it.
    pub nodes: Vec<DraftNode>,
    pub lists: Vec<List>,
    pub list_index: HashMap<String, usize>,
    pub raw_labels: Vec<RawLabel>,
    pub entities: Vec<DraftEntity>,
    /// Lists of the sheet `osm`: key and label of each tag.
    pub osm: HashMap<String, Vec<(String, String)>>,
    /// Lists of entities that an XForm makes or changes, known before all else of it.
    pub datasets: Vec<String>,
    /// Parameters of a row of type `audit`.
    pub audit: Option<Vec<(String, String)>>,
    /// Names of the files that the form refers to.
    pub attachments: Vec<String>,
}

impl Draft {
    /// The list of a data file, read once for each pair of columns. The first one of a file has its name;
    /// `None` if it cannot be read, with the reason reported.
    pub(crate) fn data_list(
        &mut self,
        file: &str,
        columns: (Option<&str>, Option<&str>),
        files: &Files,
        place: &Place,
        report: &mut Report,
    ) -> Option<usize> {
        self.attach(file);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let strict = columns != (None, None) || place.column == "type";
        let name = match columns {
            (None, None) => stem.to_owned(),
            (value, label) => format!(
                "{stem} {} {}",
                value.unwrap_or_default(),
                label.unwrap_or_default()
            ),
        };
        if let Some(list) = self.list_index.get(&name) {
            if self.lists[*list].internal {
                report.error(place.problem(
                    "instance_twice",
                    format!("The name '{name}' would mean a list and the data file '{file}'."),
                ));
                return None;
            }
            return Some(*list);
        }
        let made = match files.get(file) {
            None if file == format!("{stem}.csv") && self.is_entity_list(stem, files) => {
                Ok(crate::data::linked(stem, columns.0, columns.1))
            }
            None => Err((
                "file_missing",
                format!("The file '{file}' that the form refers to is not there."),
            )),
            Some(bytes) => crate::data::read(file, bytes)
                .and_then(|t| crate::data::list(stem, t, columns.0, columns.1, strict)),
        };
        match made {
            Ok(list) => {
                self.lists.push(list);
                let at = self.lists.len() - 1;
                self.list_index.insert(name, at);
                self.list_index.entry(stem.to_owned()).or_insert(at);
                Some(at)
            }
            Err((code, message)) => {
                // One message a file is enough.
                if !report.errors.iter().any(|e| e.message == message) {
                    report.error(place.problem(code, message));
                }
                None
            }
        }
    }

    /// Whether a file that is not there is a list of entities.
    pub(crate) fn is_entity_list(&self, name: &str, files: &Files) -> bool {
        files.entities_allowed()
            || self.entities.iter().any(|e| e.dataset == name)
            || self.datasets.iter().any(|own| own == name)
    }

    /// Whether a word stands in some cell of a question or group.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        self.nodes.iter().any(|node| {
            node.cells.values().any(|cell| cell.text.contains(word))
                || node.texts.iter().any(|text| text.cell.text.contains(word))
        })
    }

    /// Remembers a file that the form refers to.
    pub(crate) fn attach(&mut self, name: &str) {
        if !name.is_empty() && !self.attachments.iter().any(|a| a == name) {
            self.attachments.push(name.to_owned());
        }
    }
}
