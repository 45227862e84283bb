//! The nodes of the draft: instance, binds and controls put together.

use super::Reader;
use super::doc::{El, attribute, attributes, child, elements, name};
use super::itext::{Use, itext_id};
use super::kinds::is_true;
use super::model::{Action, Value};
use crate::draft::{Cell, DraftNode, DraftText};
use crate::form::NodeKind;
use crate::problem::nearest;
use crate::types::QuestionType as Q;

/// Attributes of a bind that are expressions, and their columns.
pub(in crate::xform) const EXPRESSIONS: [(&str, &str); 5] = [
    ("relevant", "relevant"),
    ("constraint", "constraint"),
    ("required", "required"),
    ("readonly", "read_only"),
    ("calculate", "calculation"),
];

/// Attributes of a bind that have been read elsewhere.
const OTHER_BIND: [&str; 9] = [
    "nodeset",
    "ref",
    "id",
    "type",
    "jr:constraintMsg",
    "jr:requiredMsg",
    "jr:preload",
    "jr:preloadParams",
    "entities:saveto",
];

/// Parameters of questions, and the attributes of bind or control that hold them.
pub(in crate::xform) const PARAMETERS: [(&str, &str); 14] = [
    ("orx:max-pixels", "max-pixels"),
    ("odk:max-pixels", "max-pixels"),
    ("odk:quality", "quality"),
    ("odk:allow-mock-accuracy", "allow-mock-accuracy"),
    ("accuracyThreshold", "capture-accuracy"),
    ("unacceptableAccuracyThreshold", "warning-accuracy"),
    ("incremental", "incremental"),
    ("rows", "rows"),
    ("start", "start"),
    ("end", "end"),
    ("step", "step"),
    ("odk:tick-interval", "tick_interval"),
    ("odk:placeholder", "placeholder"),
    ("intent", "app"),
];

impl<'x> Reader<'x, '_> {
    /// Makes the draft's nodes.
    pub(super) fn finish(&mut self) {
        self.check_repeats();
        let root = DraftNode::new(
            &self.draft.settings.root.clone(),
            NodeKind::Root,
            0,
            self.lines.place(self.nodes[0].element, ""),
        );
        self.draft.nodes.push(root);
        self.children(0, 0);
        self.other_instances();
        self.meta();
        if self.draft.nodes.len() == 1 && self.report.errors.is_empty() {
            let element = self.nodes[0].element;
            self.error(element, "", "survey_empty", "The form has no questions.");
        }
    }

    fn check_repeats(&mut self) {
        for at in 1..self.nodes.len() {
            let node = &self.nodes[at];
            let (element, count, path) = (node.element, node.count, node.path.clone());
            if node.repeat.is_none() {
                let around = &self.nodes[node.parent];
                // In a repeat its template and its instance hold each node once.
                let inside = self.in_repeat(at);
                if !inside && count + usize::from(node.template) > 1 && around.count <= 1 {
                    self.error(
                        element,
                        "",
                        "node_twice",
                        format!("'{path}' stands more than once and is no repeat."),
                    );
                }
                continue;
            }
            let fixed = node
                .repeat
                .and_then(|r| attribute(r, "jr:noAddRemove"))
                .is_some_and(is_true);
            if count > 1 && !fixed && !self.in_repeat(at) {
                self.error(
                    element,
                    "",
                    "repeat_instances",
                    format!("The repeat '{path}' begins with {count} instances; only one can be there when a form begins."),
                );
            }
        }
    }

    fn in_repeat(&self, at: usize) -> bool {
        let mut at = self.nodes[at].parent;
        while at != 0 {
            if self.nodes[at].repeat.is_some() {
                return true;
            }
            at = self.nodes[at].parent;
        }
        false
    }

    /// The children in the order in which they are shown; one without a control stays behind the one
    /// before it.
    fn children(&mut self, raw: usize, parent: usize) {
        let mut ordered: Vec<(usize, usize)> = Vec::new();
        let mut before = 0;
        for child in self.nodes[raw].children.clone() {
            before = self.first_order(child).unwrap_or(before);
            ordered.push((before, child));
        }
        ordered.sort_by_key(|(order, _)| *order);
        for (_, child) in ordered {
            if self.is_meta(child) {
                continue;
            }
            let at = self.draft.nodes.len();
            let node = self.node(child, parent);
            let section = node.question().is_none();
            self.drafted.insert(child, at);
            self.draft.nodes.push(node);
            if section {
                self.children(child, at);
            }
        }
    }

    /// Where a node or something in it is first shown.
    fn first_order(&self, at: usize) -> Option<usize> {
        let own = self.nodes[at].order;
        let inner = self.nodes[at]
            .children
            .iter()
            .filter_map(|c| self.first_order(*c));
        own.or_else(|| inner.min())
    }

    fn node(&mut self, raw: usize, parent: usize) -> DraftNode {
        let node = &self.nodes[raw];
        let (element, path, node_name) = (node.element, node.path.clone(), node.name.clone());
        let (bind, control) = (node.bind, node.control);
        let section = node.repeat.or(node.group);
        let kind = if node.repeat.is_some() {
            NodeKind::Repeat
        } else if section.is_some() || !node.children.is_empty() {
            NodeKind::Group
        } else {
            NodeKind::Question(self.question_type(raw))
        };
        if let (NodeKind::Group | NodeKind::Repeat, Some(control)) = (kind, control) {
            self.error(
                control,
                "ref",
                "control_group",
                format!("'{path}' holds other nodes and cannot be asked."),
            );
        }
        if !crate::xpath::is_name(&node_name) || node_name.len() > 100 {
            self.error(
                element,
                "",
                "name_invalid",
                format!("'{node_name}' cannot name a question."),
            );
        }
        let place = self.lines.place(control.or(section).unwrap_or(element), "");
        let mut out = DraftNode::new(&node_name, kind, parent, place);
        if let Some(bind) = bind {
            self.bind_cells(bind, kind, &path, &mut out);
        }
        self.instance_attributes(element, &mut out);
        match kind {
            NodeKind::Question(question) => self.question(raw, question, &mut out),
            _ => self.section(raw, &mut out),
        }
        out
    }

    /// What a bind says; which of its attributes matter depends on the kind of node.
    fn bind_cells(&mut self, bind: El<'x>, kind: NodeKind, path: &str, out: &mut DraftNode) {
        let known = EXPRESSIONS.iter().map(|(a, _)| *a).chain(OTHER_BIND);
        let known: Vec<&str> = known.collect();
        for (name, value) in attributes(bind) {
            if let Some((_, column)) = EXPRESSIONS.iter().find(|(a, _)| *a == name) {
                let text = value.trim().to_owned();
                // A note is not to be answered anyway.
                let is_note = kind == NodeKind::Question(Q::Note) && *column == "read_only";
                if !text.is_empty() && !is_note {
                    let place = self.lines.place(bind, &name);
                    out.cells.insert(column, Cell { text, place });
                }
            } else if let Some((_, parameter)) = PARAMETERS
                .iter()
                .find(|(a, _)| *a == name && name.contains(':'))
            {
                out.parameters
                    .push(((*parameter).to_owned(), value.to_owned()));
            } else if !OTHER_BIND.contains(&name.as_str()) {
                let near = nearest(&name, known.iter().copied());
                match near.filter(|_| !name.contains(':')) {
                    Some(near) => self.error(
                        bind,
                        &name,
                        "attribute_unknown",
                        format!("A bind has no attribute '{name}'. Did you mean '{near}'?"),
                    ),
                    None => {
                        self.kept(bind, &name);
                        out.attributes
                            .push((format!("bind::{name}"), value.to_owned()));
                    }
                }
            }
        }
        for (attribute_name, column) in [
            ("jr:constraintMsg", "constraint_message"),
            ("jr:requiredMsg", "required_message"),
        ] {
            if let Some(value) = attribute(bind, attribute_name) {
                let texts = self.message(bind, value, column, attribute_name);
                out.texts.extend(texts);
            }
        }
        if let Some(property) = attribute(bind, "entities:saveto") {
            let text = self.save_to(path, property.trim());
            let place = self.lines.place(bind, "entities:saveto");
            out.cells.insert("save_to", Cell { text, place });
        }
    }

    fn message(
        &mut self,
        bind: El<'x>,
        value: &str,
        column: &'static str,
        attribute: &str,
    ) -> Vec<DraftText> {
        if let Some(id) = itext_id(value) {
            return self.texts_by_id(bind, &id, Use::Message(column), attribute);
        }
        if value.trim().is_empty() {
            return Vec::new();
        }
        let place = self.lines.place(bind, attribute);
        vec![DraftText {
            column,
            language: None,
            cell: Cell {
                text: value.to_owned(),
                place,
            },
        }]
    }

    fn kept(&mut self, element: El<'x>, attribute: &str) {
        self.warn(
            element,
            attribute,
            "attribute_without_effect",
            format!("The attribute '{attribute}' has no effect."),
        );
    }

    fn instance_attributes(&mut self, element: El<'x>, out: &mut DraftNode) {
        for (name, value) in attributes(element) {
            if name != "jr:template" {
                self.kept(element, &name);
                out.attributes
                    .push((format!("instance::{name}"), value.to_owned()));
            }
        }
    }

    /// Label, appearance and further attributes of a group or repeat.
    fn section(&mut self, raw: usize, out: &mut DraftNode) {
        let (group, repeat) = (self.nodes[raw].group, self.nodes[raw].repeat);
        for element in [group, repeat].into_iter().flatten() {
            if let Some(label) = child(element, "label") {
                let texts = self.texts_of(label, attribute(label, "ref"), Use::Label, "ref");
                out.texts.extend(texts);
            }
            for (name, value) in attributes(element) {
                match name.as_str() {
                    "ref" | "nodeset" | "bind" | "id" | "jr:count" | "jr:noAddRemove" => {}
                    "appearance" => self.appearance(element, value, out),
                    _ => {
                        self.kept(element, &name);
                        out.attributes
                            .push((format!("body::{name}"), value.to_owned()));
                    }
                }
            }
        }
        let Some(repeat) = repeat else {
            return;
        };
        let path = self.nodes[raw].path.clone();
        if let Some(count) = attribute(repeat, "jr:count") {
            // Seen from the repeat itself here, from the node around it in a workbook.
            let text = super::paths::absolute(count, &path).trim().to_owned();
            let place = self.lines.place(repeat, "jr:count");
            out.cells.insert("repeat_count", Cell { text, place });
        } else if attribute(repeat, "jr:noAddRemove").is_some_and(is_true) {
            let text = self.nodes[raw].count.to_string();
            let place = self.lines.place(repeat, "jr:noAddRemove");
            out.cells.insert("repeat_count", Cell { text, place });
        }
    }

    fn appearance(&mut self, element: El<'x>, value: &str, out: &mut DraftNode) {
        let text = value.trim().to_owned();
        if !text.is_empty() {
            let place = self.lines.place(element, "appearance");
            out.cells.insert("appearance", Cell { text, place });
        }
    }

    fn question(&mut self, raw: usize, kind: Q, out: &mut DraftNode) {
        self.start(raw, kind, out);
        if let Some(recorded) = self.nodes[raw].recorded
            && let Some(quality) = attribute(recorded, "odk:quality")
        {
            out.parameters
                .push(("quality".to_owned(), quality.to_owned()));
        }
        let Some(control) = self.nodes[raw].control else {
            return;
        };
        for tag in elements(control).filter(|e| name(*e) == "tag") {
            let key = attribute(tag, "key").unwrap_or_default().to_owned();
            let label = child(tag, "label")
                .and_then(|l| l.text())
                .unwrap_or_default();
            out.tags.push((key, label.trim().to_owned()));
        }
        for (part, what) in [("label", Use::Label), ("hint", Use::Hint)] {
            if let Some(element) = child(control, part) {
                let texts = self.texts_of(element, attribute(element, "ref"), what, "ref");
                out.texts.extend(texts);
            }
        }
        for (name, value) in attributes(control) {
            match name.as_str() {
                "ref" | "bind" | "id" | "mediatype" | "query" => {}
                "appearance" => self.appearance(control, value, out),
                name if PARAMETERS.iter().any(|(a, _)| *a == name) => {
                    let found = PARAMETERS.iter().find(|(a, _)| *a == name);
                    let parameter = found.map_or(name, |(_, p)| p);
                    out.parameters
                        .push((parameter.to_owned(), value.to_owned()));
                }
                name => {
                    self.kept(control, name);
                    out.attributes
                        .push((format!("body::{name}"), value.to_owned()));
                }
            }
        }
        let path = self.nodes[raw].path.clone();
        if kind.is_select() {
            self.choices(control, &path, out);
        } else if let Some(itemset) = child(control, "itemset") {
            self.reference(itemset, kind, out);
        }
        if kind == Q::Range {
            for name in ["start", "end", "step"] {
                let value = out.parameters.iter().find(|(k, _)| k == name);
                if !value.is_some_and(|(_, v)| v.trim().parse::<f64>().is_ok_and(f64::is_finite)) {
                    self.error(
                        control,
                        name,
                        "parameters",
                        format!("A range needs a number for '{name}'."),
                    );
                }
            }
        }
    }

    /// The itemset of a range (labels of its ticks) or of a place (what the map shows).
    fn reference(&mut self, itemset: El<'x>, kind: Q, out: &mut DraftNode) {
        let parameter = match kind {
            Q::Range => "tick_labelset",
            kind if kind.is_geo() => "reference-geometry",
            _ => {
                return self.error(
                    itemset,
                    "",
                    "itemset",
                    "Only questions with choices have an itemset.",
                );
            }
        };
        let written = attribute(itemset, "nodeset").unwrap_or_default();
        if let Ok(set) = super::paths::nodeset(written) {
            let id = set
                .instance
                .unwrap_or_else(|| set.path.rsplit('/').next().unwrap_or_default().to_owned());
            out.parameters.push((parameter.to_owned(), id));
        }
        self.kept(itemset, "nodeset");
    }

    /// How the value begins: as it stands in the instance, by an action, or by a change elsewhere.
    fn start(&mut self, raw: usize, kind: Q, out: &mut DraftNode) {
        let node = &self.nodes[raw];
        let (element, text) = (node.element, node.text.clone());
        let (first, fresh, triggered) = (
            node.first.clone(),
            node.fresh.clone(),
            node.triggered.clone(),
        );
        let triggers = node.triggers.join(", ");
        if !text.is_empty() && kind != Q::Note {
            let text = match kind {
                Q::Image => text
                    .strip_prefix("jr://images/")
                    .unwrap_or(&text)
                    .to_owned(),
                _ => text,
            };
            let place = self.lines.place(element, "");
            out.cells.insert("default", Cell { text, place });
        }
        match (&first, &fresh) {
            (Some(first), Some(fresh)) if first.value != fresh.value => self.error(
                fresh.element,
                "value",
                "action_values",
                "A node must begin with the same value when the form begins and when an instance is added.",
            ),
            (None, Some(fresh)) => self.error(
                fresh.element,
                "event",
                "action_event",
                "A value that is set for new instances must be set for the first one too: event=\"odk-instance-first-load odk-new-repeat\".",
            ),
            _ => {}
        }
        if let Some(action) = first {
            match action.value.clone() {
                Value::Expression(text) => {
                    out.cells.remove("default");
                    self.insert(&action, "computed_default", text, out);
                }
                Value::Text(text) => self.insert(&action, "default", text, out),
            }
        }
        if let Some(action) = triggered {
            let text = match &action.value {
                Value::Expression(text) => text.clone(),
                Value::Text(text) if text.is_empty() => String::new(),
                Value::Text(text) => quoted(text),
            };
            if out.cells.contains_key("calculation") {
                let message = "A node that is calculated cannot be set by an action too.";
                self.error(action.element, "ref", "action_calculated", message);
            }
            self.insert(&action, "calculation", text, out);
        }
        if !triggers.is_empty() {
            let place = self.lines.place(element, "ref");
            out.cells.insert(
                "trigger",
                Cell {
                    text: triggers,
                    place,
                },
            );
        }
    }

    fn insert(
        &mut self,
        action: &Action<'x>,
        column: &'static str,
        text: String,
        out: &mut DraftNode,
    ) {
        let place = self.lines.place(action.element, "value");
        if text.is_empty() {
            out.cells.remove(column);
        } else {
            out.cells.insert(column, Cell { text, place });
        }
    }
}

/// A text as an expression; XPath has no escapes, so a text with both quotes is joined.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}
