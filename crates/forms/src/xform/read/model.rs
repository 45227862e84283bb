//! The model: the primary instance, binds, actions.

use super::doc::{El, attribute, elements, is_known_space, name, text};
use super::{Reader, paths};
use crate::problem::did_you_mean;

/// Deepest nesting of groups and repeats, as in a workbook.
const MAX_DEPTH: usize = 40;

/// Events of actions.
pub(in crate::xform) const EVENTS: [&str; 4] = [
    "odk-instance-first-load",
    "odk-instance-load",
    "odk-new-repeat",
    "xforms-value-changed",
];

/// A value that an action sets.
#[derive(Clone)]
pub(super) struct Action<'x> {
    pub element: El<'x>,
    /// An expression, or a text that is set as it is.
    pub value: Value,
}

#[derive(Clone, PartialEq)]
pub(super) enum Value {
    Expression(String),
    Text(String),
}

/// A node of the primary instance, with what the rest of the document says of it.
pub(super) struct Raw<'x> {
    pub name: String,
    pub path: String,
    pub parent: usize,
    pub children: Vec<usize>,
    pub element: El<'x>,
    /// Text of a node without children.
    pub text: String,
    /// Whether a template stands for it, and how many instances besides.
    pub template: bool,
    pub count: usize,
    pub bind: Option<El<'x>>,
    pub control: Option<El<'x>>,
    pub group: Option<El<'x>>,
    pub repeat: Option<El<'x>>,
    /// Place among the controls.
    pub order: Option<usize>,
    /// Set when the form begins, and when an instance of its repeat is made.
    pub first: Option<Action<'x>>,
    pub fresh: Option<Action<'x>>,
    /// Paths whose change sets it, and the value.
    pub triggers: Vec<String>,
    pub triggered: Option<Action<'x>>,
    /// Filled in with the place when the form begins; with a recording.
    pub located: bool,
    /// The same, whenever one of the questions of `triggers` is answered.
    pub located_by_trigger: bool,
    pub recorded: Option<El<'x>>,
}

impl<'x> Raw<'x> {
    fn new(element: El<'x>, path: String, parent: usize) -> Self {
        let children = elements(element).next().is_some();
        let template = attribute(element, "jr:template").is_some();
        Self {
            name: name(element).to_owned(),
            path,
            parent,
            children: Vec::new(),
            element,
            text: if children {
                String::new()
            } else {
                text(element).trim().to_owned()
            },
            template,
            count: usize::from(!template),
            bind: None,
            control: None,
            group: None,
            repeat: None,
            order: None,
            first: None,
            fresh: None,
            triggers: Vec::new(),
            triggered: None,
            located: false,
            located_by_trigger: false,
            recorded: None,
        }
    }
}

impl<'x> Reader<'x, '_> {
    /// The first instance. `false` if there is none, with the reason reported.
    pub(super) fn primary(&mut self, model: El<'x>) -> bool {
        let instance = elements(model).find(|e| name(*e) == "instance");
        let Some(root) = instance.and_then(|i| elements(i).next()) else {
            self.error(
                model,
                "",
                "instance_missing",
                "The model has no primary instance.",
            );
            return false;
        };
        let settings = &mut self.draft.settings;
        name(root).clone_into(&mut settings.root);
        if let Some(id) = attribute(root, "id") {
            id.clone_into(&mut settings.id);
        }
        let version = attribute(root, "version").or_else(|| attribute(root, "orx:version"));
        version
            .unwrap_or_default()
            .clone_into(&mut settings.version);
        if let Some(space) = root.tag_name().namespace()
            && !is_known_space(root)
        {
            let space = space.to_owned();
            settings.others.push(("instance_xmlns", space));
        }
        for (name, value) in super::doc::attributes(root) {
            if !matches!(name.as_str(), "id" | "version" | "orx:version" | "xml:lang") {
                settings.attributes.push((name, value.to_owned()));
            }
        }
        let path = format!("/{}", name(root));
        self.by_path.insert(path.clone(), 0);
        self.nodes.push(Raw::new(root, path, 0));
        self.grow(root, 0, 0);
        true
    }

    fn grow(&mut self, element: El<'x>, parent: usize, depth: usize) {
        if depth > MAX_DEPTH {
            return self.error(
                element,
                "",
                "nesting",
                format!("Groups are nested more than {MAX_DEPTH} deep."),
            );
        }
        for inner in elements(element) {
            let path = format!("{}/{}", self.nodes[parent].path, name(inner));
            let at = match self.by_path.get(&path) {
                Some(at) => {
                    let node = &mut self.nodes[*at];
                    if attribute(inner, "jr:template").is_some() {
                        node.template = true;
                    } else {
                        node.count += 1;
                    }
                    *at
                }
                None => {
                    let at = self.nodes.len();
                    self.by_path.insert(path.clone(), at);
                    self.nodes.push(Raw::new(inner, path, parent));
                    self.nodes[parent].children.push(at);
                    at
                }
            };
            self.grow(inner, at, depth + 1);
        }
    }

    /// Binds and actions.
    pub(super) fn model(&mut self, model: El<'x>) {
        let known = [
            "instance",
            "itext",
            "submission",
            "bind",
            "setvalue",
            "setgeopoint",
            "recordaudio",
        ];
        for element in elements(model) {
            match name(element) {
                "instance" | "itext" | "submission" => {}
                "bind" => self.bind(element),
                "setvalue" | "setgeopoint" | "recordaudio" => self.action(element, "", None),
                _ => self.unknown(element, &known),
            }
        }
    }

    fn bind(&mut self, bind: El<'x>) {
        let Some(written) = attribute(bind, "nodeset").or_else(|| attribute(bind, "ref")) else {
            return self.error(bind, "nodeset", "bind_path", "A bind needs a nodeset.");
        };
        let root = self.root_path();
        let Some(path) = paths::plain(written, &root) else {
            return self.error(
                bind,
                "nodeset",
                "path_invalid",
                format!("'{written}' is no plain path to a node of the form."),
            );
        };
        if let Some(id) = attribute(bind, "id") {
            self.by_id.insert(id.to_owned(), path.clone());
        }
        if path.contains("/@") {
            return self.attribute_bind(bind, &path);
        }
        let Some(at) = self.by_path.get(&path).copied() else {
            let near = did_you_mean(&path, self.by_path.keys().map(String::as_str));
            return self.error(
                bind,
                "nodeset",
                "path_unknown",
                format!("There is no node '{path}' in the primary instance.{near}"),
            );
        };
        if self.nodes[at].bind.is_some() {
            return self.error(
                bind,
                "nodeset",
                "bind_twice",
                format!("'{path}' has two binds."),
            );
        }
        self.nodes[at].bind = Some(bind);
    }

    /// An action: in the model, in a repeat or in a control, whose path is `control` then.
    pub(super) fn action(&mut self, element: El<'x>, context: &str, control: Option<&str>) {
        if let Some(written) = attribute(element, "ref")
            && written.contains('@')
        {
            // Identifiers of entities: they get one anyway.
            return;
        }
        let Some(at) = self.target(element, "ref", context) else {
            if attribute(element, "ref").is_none() && attribute(element, "bind").is_none() {
                self.error(element, "ref", "action_path", "An action needs a ref.");
            }
            return;
        };
        let written = attribute(element, "event").or_else(|| attribute(element, "ev:event"));
        let Some(written) = written else {
            return self.error(
                element,
                "event",
                "action_event",
                "An action needs an event.",
            );
        };
        let value = match attribute(element, "value") {
            Some(value) => Value::Expression(value.trim().to_owned()),
            None => Value::Text(text(element).trim().to_owned()),
        };
        for event in written.split_whitespace() {
            let action = Action {
                element,
                value: value.clone(),
            };
            self.event(element, at, event, action, control);
        }
    }

    fn event(
        &mut self,
        element: El<'x>,
        at: usize,
        event: &str,
        action: Action<'x>,
        control: Option<&str>,
    ) {
        let node = &mut self.nodes[at];
        match (name(element), event, control) {
            ("setvalue", "odk-instance-first-load" | "xforms-ready", _) => {
                node.first = Some(action)
            }
            ("setvalue", "odk-new-repeat", _) => node.fresh = Some(action),
            ("setvalue", "xforms-value-changed", Some(control)) => {
                let other = node
                    .triggered
                    .as_ref()
                    .is_some_and(|a| a.value != action.value);
                node.triggers.push(control.to_owned());
                node.triggered = Some(action);
                if other {
                    self.error(
                        element,
                        "value",
                        "action_values",
                        "Actions that set one node must set the same value.",
                    );
                }
            }
            ("setgeopoint", "odk-instance-first-load" | "odk-instance-load", _) => {
                node.located = true;
            }
            ("setgeopoint", "xforms-value-changed", Some(control)) => {
                node.triggers.push(control.to_owned());
                node.located_by_trigger = true;
            }
            ("setgeopoint", "xforms-value-changed" | "odk-new-repeat", _) => {
                let message = format!(
                    "'{}' stays empty: a place is taken when the form begins only.",
                    node.path
                );
                self.warn(element, "event", "type_without_effect", message);
            }
            ("recordaudio", "odk-instance-load" | "odk-instance-first-load", _) => {
                node.recorded = Some(element);
            }
            (_, event, _) => {
                let near = did_you_mean(event, EVENTS);
                self.error(
                    element,
                    "event",
                    "action_event",
                    format!(
                        "The event '{event}' is not supported for '{}' here.{near}",
                        name(element)
                    ),
                );
            }
        }
    }
}
