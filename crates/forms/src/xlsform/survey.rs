//! The sheet `survey`: types and names, groups and repeats.

use super::kinds::{Choices, Kind, own_constraint, understand};
use super::parameters;
use super::settings::{is_no, is_yes};
use super::table::Table;
use crate::Files;
use crate::compile::Report;
use crate::draft::{Cell, Draft, DraftNode, DraftText, Source};
use crate::form::NodeKind;
use crate::problem::{Problem, did_you_mean};
use crate::types::QuestionType;
use crate::xpath::is_name;
use std::collections::HashMap;

/// Deepest nesting of groups and repeats.
const MAX_DEPTH: usize = 40;

/// Columns that hold one cell a node.
const CELLS: [&str; 13] = [
    "relevant",
    "constraint",
    "calculation",
    "required",
    "read_only",
    "choice_filter",
    "default",
    "repeat_count",
    "trigger",
    "save_to",
    "appearance",
    "parameters",
    "autoplay",
];

/// Columns that hold a text, or the name of a media file, in each language.
const TEXTS: [&str; 9] = [
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "image",
    "big-image",
    "audio",
    "video",
];

/// Reads the rows of the survey into the draft, whose lists are there already. Says whether a question
/// needs the sheet `choices`, which is not there.
pub(super) fn read(
    table: &Table,
    has_choices: bool,
    draft: &mut Draft,
    files: &Files,
    report: &mut Report,
) -> bool {
    let root = DraftNode::new(
        &draft.settings.root,
        NodeKind::Root,
        0,
        table.place(0, "name"),
    );
    draft.nodes.push(root);
    let Some(type_column) = table.column("type") else {
        report.error(
            Problem::new(
                "column_missing",
                "The sheet 'survey' needs a column 'type'.",
            )
            .sheet("survey"),
        );
        return false;
    };
    let mut reader = Reader {
        table,
        draft,
        files,
        report,
        open: vec![0],
        has_choices,
        needs_choices: false,
        loops: HashMap::new(),
    };
    for (number, cells) in &table.rows {
        if reader.report.is_full() {
            break;
        }
        let text = cells
            .get(type_column)
            .map(String::as_str)
            .unwrap_or_default();
        reader.row(*number, cells, text);
    }
    reader.unmatched();
    let needs_choices = reader.needs_choices;
    if draft.nodes.len() == 1 && report.errors.is_empty() {
        report.error(
            Problem::new("survey_empty", "The sheet 'survey' has no questions.").sheet("survey"),
        );
    }
    table.warn_about_translations(report);
    needs_choices
}

pub(super) struct Reader<'r> {
    pub(super) table: &'r Table,
    pub(super) draft: &'r mut Draft,
    files: &'r Files,
    report: &'r mut Report,
    /// Groups and repeats that are open here; the root is the first.
    pub(super) open: Vec<usize>,
    has_choices: bool,
    needs_choices: bool,
    /// Loops that are open, with their lists, where those are there.
    pub(super) loops: HashMap<usize, Option<usize>>,
}

impl Reader<'_> {
    pub(super) fn error(
        &mut self,
        row: u32,
        column: &str,
        code: &'static str,
        message: impl Into<String>,
    ) {
        let problem = self.table.place(row, column).problem(code, message);
        self.report.error(problem);
    }

    fn warn(&mut self, row: u32, column: &str, code: &'static str, message: impl Into<String>) {
        let problem = self.table.place(row, column).problem(code, message);
        self.report.warn(problem);
    }

    fn row(&mut self, number: u32, cells: &[String], text: &str) {
        let get = |name: &str| {
            self.table
                .column(name)
                .and_then(|c| cells.get(c))
                .map(String::as_str)
                .unwrap_or_default()
        };
        if is_yes(get("disabled")) {
            return;
        }
        if text.is_empty() {
            let labelled = self.table.headings.iter().zip(cells);
            let labelled = labelled
                .filter(|(heading, _)| matches!(heading.name.as_str(), "name" | "label"))
                .any(|(_, cell)| !cell.is_empty());
            return if labelled {
                self.error(number, "type", "type_missing", "Question with no type.");
            } else {
                let message = "Row without name, text, or label is being skipped.";
                self.warn(number, "type", "row_skipped", message);
            };
        }
        let name = get("name").to_owned();
        let settings = parameters::parse(get("parameters"));
        let kind = match understand(text) {
            Ok(kind) => kind,
            // A broken begin would make every end behind it an error of its own.
            Err((code, message)) => return self.error(number, "type", code, message),
        };
        match kind {
            Kind::Audit => self.audit(number, settings),
            Kind::DataFile(extension) => {
                let name = self.checked_name(&name, "data_file", number);
                let place = self.table.place(number, "name");
                let file = format!("{name}.{extension}");
                self.draft
                    .data_list(&file, (None, None), self.files, &place, self.report);
            }
            Kind::End(kind) => self.end(kind, number),
            Kind::EndLoop => self.end_loop(number),
            Kind::BeginLoop(list) => {
                let fallback = format!("loop_of_row_{number}");
                let name = self.checked_name(&name, &fallback, number);
                let node = self.node(&name, NodeKind::Group, number, cells, settings);
                let at = self.draft.nodes.len();
                let list = self.loop_list(list.as_deref(), number);
                self.loops.insert(at, list);
                self.open.push(at);
                self.draft.nodes.push(node);
            }
            Kind::Begin(kind) => {
                let fallback = format!("group_of_row_{number}");
                let name = self.checked_name(&name, &fallback, number);
                let mut node = self.node(&name, kind, number, cells, settings);
                if self.open.len() > MAX_DEPTH {
                    self.error(
                        number,
                        "type",
                        "nesting",
                        format!("Groups are nested more than {MAX_DEPTH} deep."),
                    );
                    // Beyond the limit the tree stays flat: the form is refused anyway.
                    node.parent = 0;
                    node.kind = NodeKind::Group;
                }
                self.check_appearance(&node, number);
                self.open.push(self.draft.nodes.len());
                self.draft.nodes.push(node);
            }
            Kind::Question(kind, choices, or_other) => {
                let fallback = format!("generated_note_name_{number}");
                let name = if name.is_empty() && kind == QuestionType::Note {
                    fallback
                } else {
                    self.checked_name(&name, &fallback, number)
                };
                let mut node = self.node(&name, NodeKind::Question(kind), number, cells, settings);
                if let Some(constraint) = own_constraint(text) {
                    let place = self.table.place(number, "type");
                    node.cells.entry("constraint").or_insert_with(|| Cell {
                        text: constraint.to_owned(),
                        place,
                    });
                }
                if let Some(Choices::Tags(list)) = &choices {
                    match self.draft.osm.get(list) {
                        Some(tags) => node.tags.clone_from(tags),
                        None => {
                            let near =
                                did_you_mean(list, self.draft.osm.keys().map(String::as_str));
                            self.error(
                                number,
                                "type",
                                "list_unknown",
                                format!("List name not in osm sheet: '{list}'.{near}"),
                            );
                        }
                    }
                } else if let Some(choices) = choices {
                    node.source = self.source(&node, &choices, number);
                }
                self.search(&mut node, number);
                if kind == QuestionType::Range {
                    // What pyxform writes where the author says nothing.
                    for (name, usual) in [("start", "1"), ("end", "10"), ("step", "1")] {
                        if !node.parameters.iter().any(|(k, _)| k == name) {
                            node.parameters.push((name.to_owned(), usual.to_owned()));
                        }
                    }
                }
                self.check(&node, number);
                let other = or_other.then(|| self.or_other(&mut node, number));
                self.draft.nodes.push(node);
                if let Some(Some(other)) = other {
                    self.draft.nodes.push(other);
                }
            }
        }
    }

    /// The node of a row with all its cells.
    fn node(
        &mut self,
        name: &str,
        kind: NodeKind,
        number: u32,
        cells: &[String],
        settings: Vec<(String, String)>,
    ) -> DraftNode {
        let parent = self.open.last().copied().unwrap_or(0);
        let mut node = DraftNode::new(name, kind, parent, self.table.place(number, "type"));
        node.parameters = settings;
        let spaces = self.draft.settings.others.iter();
        let mut spaces = spaces.filter(|(name, _)| *name == "clean_text_values");
        let keeps_spaces = spaces.next().is_some_and(|(_, value)| is_no(value));
        for (heading, text) in self.table.headings.iter().zip(cells) {
            if text.is_empty() {
                continue;
            }
            let text = &if keeps_spaces {
                text.clone()
            } else {
                parameters::one_space(text)
            };
            let cell = || Cell {
                text: text.clone(),
                place: self.table.place_of(number, heading),
            };
            if let Some(column) = CELLS.iter().find(|c| heading.name == **c) {
                node.cells.insert(column, cell());
            } else if let Some(column) = TEXTS.iter().find(|c| heading.name == **c) {
                if matches!(*column, "image" | "big-image" | "audio" | "video") {
                    self.draft.attach(text);
                }
                node.texts.push(DraftText {
                    column,
                    language: heading.language.clone(),
                    cell: cell(),
                });
            } else if heading.name.contains("::") {
                node.attributes.push((heading.name.clone(), text.clone()));
            }
        }
        node
    }

    fn audit(&mut self, number: u32, settings: Vec<(String, String)>) {
        for message in super::audit::problems(&settings) {
            self.error(number, "parameters", "parameters", message);
        }
        self.draft.audit = Some(settings);
    }

    fn end(&mut self, kind: NodeKind, number: u32) {
        let at = self.open.last().copied().unwrap_or(0);
        let opened = &self.draft.nodes[at];
        if opened.kind == kind && !self.loops.contains_key(&at) {
            self.open.pop();
            return;
        }
        let what = word(kind);
        let message = match opened.kind {
            NodeKind::Root => format!("Unmatched 'end_{what}': nothing is open here."),
            _ => format!(
                "Unmatched 'end_{what}': '{}' of row {} is open here.",
                opened.name, opened.place.row
            ),
        };
        self.error(number, "type", "nesting", message);
    }

    fn unmatched(&mut self) {
        for at in self.open.clone().into_iter().skip(1).rev() {
            let node = &self.draft.nodes[at];
            let what = if self.loops.contains_key(&at) {
                "loop"
            } else {
                word(node.kind)
            };
            let message = format!(
                "Unmatched begin statement: {what} '{}' has no 'end_{what}'.",
                node.name
            );
            self.error(node.place.row, "type", "nesting", message);
        }
    }

    /// Where the choices of a select come from.
    fn source(&mut self, node: &DraftNode, choices: &Choices, number: u32) -> Option<Source> {
        let parameter = |key: &str| {
            let found = node.parameters.iter().find(|(k, _)| k == key);
            found.map(|(_, v)| v.clone())
        };
        let name = match choices {
            Choices::Tags(_) => return None,
            Choices::Answers(reference) => {
                return Some(Source::Answers(Cell {
                    text: reference.clone(),
                    place: self.table.place(number, "type"),
                }));
            }
            Choices::File(file) => {
                let (value, label) = (parameter("value"), parameter("label"));
                for (key, column) in [("value", &value), ("label", &label)] {
                    if column.as_deref().is_some_and(|c| !is_name(c)) {
                        self.error(
                            number,
                            "parameters",
                            "parameters",
                            format!("The parameter '{key}' must be the name of a column."),
                        );
                        return None;
                    }
                }
                let place = self.table.place(number, "type");
                let list = self.draft.data_list(
                    file,
                    (value.as_deref(), label.as_deref()),
                    self.files,
                    &place,
                    self.report,
                )?;
                return Some(Source::List { list, value, label });
            }
            Choices::List(name) => name,
        };
        match self.draft.list_index.get(name) {
            Some(list) => Some(Source::List {
                list: *list,
                value: None,
                label: None,
            }),
            None if !self.has_choices => {
                self.needs_choices = true;
                None
            }
            None => {
                let near = did_you_mean(name, self.draft.list_index.keys().map(String::as_str));
                self.error(
                    number,
                    "type",
                    "list_unknown",
                    format!("List name not in choices sheet: '{name}'.{near}"),
                );
                None
            }
        }
    }

    /// Appearance `search(..)`: choices from a data file, by the columns that a row of the list names.
    fn search(&mut self, node: &mut DraftNode, number: u32) {
        let Some(Source::List { list, .. }) = node.source else {
            return;
        };
        let Some(call) = super::search::call(node.text("appearance")) else {
            return;
        };
        let place = self.table.place(number, "appearance");
        let made = call.and_then(|call| {
            let file = format!("{}.csv", call.file);
            self.draft.attach(&file);
            let Some(bytes) = self.files.get(&file) else {
                return Err((
                    "file_missing",
                    format!("The file '{file}' that the form refers to is not there."),
                ));
            };
            let table = crate::data::read(&file, bytes)?;
            super::search::list(&self.draft.lists[list], table).map(|list| (list, call.filter))
        });
        match made {
            Ok((list, filter)) => {
                node.searched = match node.source {
                    Some(Source::List { list, .. }) => Some(list),
                    _ => None,
                };
                self.draft.lists.push(list);
                node.source = Some(Source::List {
                    list: self.draft.lists.len() - 1,
                    value: None,
                    label: None,
                });
                if let Some(text) = filter {
                    node.cells.insert("choice_filter", Cell { text, place });
                }
            }
            Err((code, message)) => self.report.error(place.problem(code, message)),
        }
    }

    /// `or_other`: the list gets a choice 'other', and a text question asks which.
    fn or_other(&mut self, node: &mut DraftNode, number: u32) -> Option<DraftNode> {
        if node.cells.contains_key("choice_filter") {
            self.error(
                number,
                "choice_filter",
                "or_other_filter",
                "Choice filter not supported with or_other.",
            );
        }
        let Some(Source::List { list, .. }) = &node.source else {
            return None;
        };
        super::choices::add_other(&mut self.draft.lists[*list], &self.draft.languages);
        let name = format!("{}_other", node.name);
        let mut other = DraftNode::new(
            &name,
            NodeKind::Question(QuestionType::Text),
            node.parent,
            node.place.clone(),
        );
        other.texts.push(DraftText {
            column: "label",
            language: None,
            cell: Cell {
                text: "Specify other.".to_owned(),
                place: node.place.clone(),
            },
        });
        other.cells.insert(
            "relevant",
            Cell {
                text: format!("selected(../{}, 'other')", node.name),
                place: node.place.clone(),
            },
        );
        Some(other)
    }

    pub(super) fn checked_name(&mut self, name: &str, fallback: &str, row: u32) -> String {
        if name.is_empty() {
            self.error(
                row,
                "name",
                "name_missing",
                "Question or group with no name.",
            );
            return fallback.to_owned();
        }
        if !is_name(name) || name.len() > 100 {
            self.error(
                row,
                "name",
                "name_invalid",
                format!(
                    "Invalid question name '{}'. Names must begin with a letter or underscore; after it letters, digits, hyphens, underscores and periods may stand.",
                    name.chars().take(100).collect::<String>()
                ),
            );
            return fallback.to_owned();
        }
        name.to_owned()
    }

    fn check_appearance(&mut self, node: &DraftNode, row: u32) {
        for message in crate::appearances::unknown(node.text("appearance"), node.kind) {
            self.warn(row, "appearance", "appearance_unknown", message);
        }
    }

    fn check(&mut self, node: &DraftNode, row: u32) {
        self.check_appearance(node, row);
        let Some(kind) = node.question() else {
            return;
        };
        if kind.has_many()
            && let Some(Source::List { list, .. }) = &node.source
            && let Some(name) = self.draft.lists[*list].name_with_space()
        {
            let message = format!(
                "The choice name '{name}' of the list '{}' has a space; in select_multiple a space separates answers.",
                self.draft.lists[*list].name
            );
            self.error(row, "type", "choice_name_space", message);
        }
        let known = parameters::known(kind);
        for (key, _) in &node.parameters {
            if !known.contains(&key.as_str()) {
                let near = did_you_mean(key, known.iter().copied());
                let accepted = match known {
                    [] => "This type accepts none.".to_owned(),
                    known => format!("Accepted parameters are: {}.", known.join(", ")),
                };
                self.error(
                    row,
                    "parameters",
                    "parameters",
                    format!("'{key}' is not a parameter of this type. {accepted}{near}"),
                );
            }
        }
        if kind == QuestionType::Range {
            for (key, value) in &node.parameters {
                let good = match key.as_str() {
                    "start" | "end" => value.parse::<f64>().is_ok_and(f64::is_finite),
                    "step" => value
                        .parse::<f64>()
                        .is_ok_and(|n| n.is_finite() && n != 0.0),
                    _ => true,
                };
                if !good {
                    self.error(
                        row,
                        "parameters",
                        "parameters",
                        format!("The parameter '{key}={value}' of a range must be a number."),
                    );
                }
            }
        }
        if matches!(kind, QuestionType::Audio | QuestionType::BackgroundAudio) {
            let own: &[&str] = match kind {
                QuestionType::Audio => &["voice-only", "low", "normal", "external"],
                _ => &["voice-only", "low", "normal"],
            };
            let quality = node.parameters.iter().find(|(key, _)| key == "quality");
            if let Some((_, value)) = quality.filter(|(_, value)| !own.contains(&value.as_str())) {
                self.error(
                    row,
                    "parameters",
                    "parameters",
                    format!(
                        "Invalid value for quality. '{value}' is none of {}.",
                        own.join(", ")
                    ),
                );
            }
        }
    }
}

fn word(kind: NodeKind) -> &'static str {
    if kind == NodeKind::Repeat {
        "repeat"
    } else {
        "group"
    }
}
