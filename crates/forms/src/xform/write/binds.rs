//! Binds, and the actions in the model.

use super::itext::Words;
use super::refs::Around;
use super::{MESSAGES, Writer, as_expression, clean, data_type, own_attributes, parameter};
use crate::draft::DraftNode;
use crate::types::QuestionType as Q;
use crate::xform::tokens::is_dynamic;
use crate::xform::xml::Element;

/// Columns of expressions, and their attributes.
const EXPRESSIONS: [(&str, &str); 5] = [
    ("relevant", "relevant"),
    ("constraint", "constraint"),
    ("required", "required"),
    ("read_only", "readonly"),
    ("calculation", "calculate"),
];

/// What the device fills in: kind and parameter.
fn preload(kind: Q) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Q::Start => ("timestamp", "start"),
        Q::End => ("timestamp", "end"),
        Q::Today => ("date", "today"),
        Q::DeviceId => ("property", "deviceid"),
        Q::Username => ("property", "username"),
        Q::Email => ("property", "email"),
        Q::PhoneNumber => ("property", "phonenumber"),
        Q::SimSerial => ("property", "simserial"),
        Q::SubscriberId => ("property", "subscriberid"),
        _ => return None,
    })
}

impl Writer<'_> {
    /// The bind of a node and its attributes, and the actions that belong to the model.
    pub(super) fn binds(&self, at: usize, model: &mut Element) {
        let item = &self.tree.items[at];
        if let Some(entity) = &item.entity {
            for attribute in entity.attributes.iter().filter(|a| a.bound) {
                let nodeset = format!("{}/@{}", item.path, attribute.name);
                let mut bind = Element::new("bind")
                    .with("nodeset", &nodeset)
                    .with("readonly", "true()")
                    .with("type", "string");
                if let Some(text) = &attribute.calculate {
                    let around = Around {
                        attribute: true,
                        ..Around::of(at)
                    };
                    bind.set("calculate", &self.tree.paths(as_expression(text), around));
                }
                model.push(bind);
            }
            self.entity_actions(at, "odk-instance-first-load", model);
            return;
        }
        let bind = self.bind(at);
        if item.node.question().is_some() || bind.attributes.len() > 1 {
            model.push(bind);
        }
        self.actions(at, "odk-instance-first-load", model);
    }

    /// The identifier of a new entity.
    pub(super) fn entity_actions(&self, at: usize, event: &str, out: &mut Element) {
        let item = &self.tree.items[at];
        let attributes = item.entity.iter().flat_map(|e| &e.attributes);
        for attribute in attributes {
            let Some(value) = attribute.first else {
                continue;
            };
            let reference = format!("{}/@{}", item.path, attribute.name);
            out.push(
                Element::new("setvalue")
                    .with("ref", &reference)
                    .with("event", event)
                    .with("value", value),
            );
        }
    }

    fn bind(&self, at: usize) -> Element {
        let item = &self.tree.items[at];
        let node = &item.node;
        let mut bind = Element::new("bind").with("nodeset", &item.path);
        if let Some(kind) = node.question() {
            bind.set("type", data_type(node, kind));
            if kind == Q::Note {
                bind.set("readonly", "true()");
            }
            if let Some((preload, parameter)) = preload(kind) {
                bind.set("jr:preload", preload);
                bind.set("jr:preloadParams", parameter);
            }
            self.bind_parameters(node, kind, &mut bind);
        }
        let around = Around::of(at);
        for (column, attribute) in EXPRESSIONS {
            // With a trigger the calculation stands in an action.
            let moved = column == "calculation" && node.cell("trigger").is_some();
            if let Some(cell) = node.cell(column).filter(|_| !moved) {
                let text = clean(&cell.text);
                bind.set(attribute, &self.tree.paths(as_expression(&text), around));
            }
        }
        for (column, attribute) in MESSAGES {
            match Words::of(node, column, self.language) {
                None => {}
                Some(words) if words.needs_itext() => {
                    bind.set(
                        attribute,
                        &format!("jr:itext('{}')", item.text_id(attribute)),
                    );
                }
                Some(Words::Plain(text)) => bind.set(attribute, text),
                Some(Words::Many(_)) => {}
            }
        }
        if let Some(cell) = node.cell("save_to") {
            let property = cell.text.rsplit('#').next().unwrap_or_default();
            bind.set("entities:saveto", property.trim());
        }
        for (name, value) in own_attributes(node, "bind") {
            bind.set(name, &self.tree.paths(&clean(value), around));
        }
        bind
    }

    /// Parameters that are attributes of the bind.
    fn bind_parameters(&self, node: &DraftNode, kind: Q, bind: &mut Element) {
        let (name, attribute) = match kind {
            Q::Image => ("max-pixels", "orx:max-pixels"),
            Q::Audio => ("quality", "odk:quality"),
            Q::Geopoint | Q::Geotrace | Q::Geoshape => {
                ("allow-mock-accuracy", "odk:allow-mock-accuracy")
            }
            _ => return,
        };
        if let Some(value) = parameter(node, name) {
            bind.set(attribute, &value.to_lowercase());
        }
    }

    /// Actions of a question for an event: a default that is computed, a place, a recording.
    pub(super) fn actions(&self, at: usize, event: &str, out: &mut Element) {
        let item = &self.tree.items[at];
        let node = &item.node;
        let Some(kind) = node.question() else {
            return;
        };
        let action = |name: &str, event: &str| {
            Element::new(name)
                .with("ref", &item.path)
                .with("event", event)
        };
        if let Some(default) = node.cell("default") {
            let text = clean(&default.text);
            if is_dynamic(&text, kind) {
                let value = self.tree.paths(&text, Around::of(at));
                out.push(action("setvalue", event).with("value", &value));
            }
        }
        if event != "odk-instance-first-load" {
            return;
        }
        match kind {
            Q::StartGeopoint => out.push(action("odk:setgeopoint", event)),
            Q::BackgroundAudio => {
                let mut record = action("odk:recordaudio", "odk-instance-load");
                if let Some(quality) = parameter(node, "quality") {
                    record.set("odk:quality", &quality.to_lowercase());
                }
                out.push(record);
            }
            _ => {}
        }
    }
}
