//! The body: controls, groups and repeats, in the order in which they are shown.

use super::Reader;
use super::doc::{El, MAX_DEPTH, attribute, elements, name};

/// Elements that may stand in the body.
pub(in crate::xform) const KNOWN: [&str; 16] = [
    "group",
    "repeat",
    "input",
    "secret",
    "select1",
    "select",
    "rank",
    "range",
    "trigger",
    "upload",
    "label",
    "hint",
    "setvalue",
    "setgeopoint",
    "recordaudio",
    "itemset",
];

impl<'x> Reader<'x, '_> {
    /// What stands in the body, a group or a repeat. `context` is the path of the nearest one with a path.
    pub(super) fn body(&mut self, parent: El<'x>, context: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for element in elements(parent) {
            match name(element) {
                "label" | "hint" => {}
                "setvalue" | "setgeopoint" | "recordaudio" => self.action(element, context, None),
                "group" => self.group(element, context, depth),
                "repeat" => self.repeat(element, context, depth),
                "input" | "secret" | "select1" | "select" | "rank" | "range" | "trigger"
                | "upload" => self.control(element, context),
                _ => self.unknown(element, &KNOWN),
            }
        }
    }

    fn has_path(element: El<'x>) -> bool {
        ["ref", "bind", "nodeset"]
            .iter()
            .any(|a| attribute(element, a).is_some())
    }

    fn group(&mut self, element: El<'x>, context: &str, depth: usize) {
        let only_repeat = || {
            let mut inner = elements(element).filter(|e| !matches!(name(*e), "label" | "hint"));
            let first = inner.next().filter(|e| name(*e) == "repeat")?;
            inner.next().is_none().then_some(first)
        };
        if !Self::has_path(element) {
            // pyxform of old wrote no path on the group around a repeat.
            if let Some(repeat) = only_repeat()
                && let Some(at) = self.target(repeat, "nodeset", context)
            {
                self.nodes[at].group = Some(element);
            } else if elements(element).any(|e| name(e) == "label")
                || attribute(element, "appearance").is_some()
            {
                self.warn(
                    element,
                    "ref",
                    "group_pathless",
                    "A group without ref is left out; what stands in it is asked as if it stood alone.",
                );
            }
            return self.body(element, context, depth + 1);
        }
        let Some(at) = self.target(element, "ref", context) else {
            return;
        };
        if self.nodes[at].group.replace(element).is_some() {
            self.error(
                element,
                "ref",
                "control_twice",
                "Two groups have the same ref.",
            );
        }
        self.place(at);
        let path = self.nodes[at].path.clone();
        self.body(element, &path, depth + 1);
    }

    fn repeat(&mut self, element: El<'x>, context: &str, depth: usize) {
        let path_name = if attribute(element, "nodeset").is_some() {
            "nodeset"
        } else {
            "ref"
        };
        let Some(at) = self.target(element, path_name, context) else {
            if !Self::has_path(element) {
                self.error(
                    element,
                    "nodeset",
                    "repeat_path",
                    "A repeat needs a nodeset.",
                );
            }
            return;
        };
        if at == 0 {
            return self.error(
                element,
                "nodeset",
                "repeat_path",
                "The root cannot be a repeat.",
            );
        }
        if self.nodes[at].repeat.replace(element).is_some() {
            self.error(
                element,
                "nodeset",
                "control_twice",
                "Two repeats have the same nodeset.",
            );
        }
        self.place(at);
        let path = self.nodes[at].path.clone();
        self.body(element, &path, depth + 1);
    }

    fn control(&mut self, element: El<'x>, context: &str) {
        let Some(at) = self.target(element, "ref", context) else {
            if !Self::has_path(element) {
                self.error(element, "ref", "control_path", "A question needs a ref.");
            }
            return;
        };
        if self.nodes[at].control.replace(element).is_some() {
            let message = format!("'{}' is asked twice.", self.nodes[at].path);
            self.error(element, "ref", "control_twice", message);
        }
        self.place(at);
        let path = self.nodes[at].path.clone();
        for inner in elements(element) {
            match name(inner) {
                "setvalue" | "setgeopoint" | "recordaudio" => {
                    self.action(inner, &path, Some(&path));
                }
                "label" | "hint" | "itemset" | "item" | "help" | "alert" | "mediatype"
                | "filename" | "tag" => {}
                _ => self.unknown(inner, &KNOWN),
            }
        }
    }

    fn place(&mut self, at: usize) {
        self.order += 1;
        let order = self.order;
        self.nodes[at].order.get_or_insert(order);
    }
}
