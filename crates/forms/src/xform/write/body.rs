//! Controls: what is shown, and how.

use super::itext::{Words, outputs};
use super::refs::Around;
use super::{Triggered, Writer, as_expression, clean, own_attributes, parameter};
use crate::draft::{DraftNode, Source};
use crate::form::{List, NodeKind};
use crate::types::QuestionType as Q;
use crate::xform::xml::{Element, Xml};

/// Element and media type of a question's control; metadata and hidden values have none.
fn tag(kind: Q) -> Option<(&'static str, Option<&'static str>)> {
    Some(match kind {
        Q::Text
        | Q::Integer
        | Q::Decimal
        | Q::Date
        | Q::Time
        | Q::DateTime
        | Q::Note
        | Q::Geopoint
        | Q::Geotrace
        | Q::Geoshape
        | Q::Barcode => ("input", None),
        Q::Range => ("range", None),
        Q::SelectOne => ("select1", None),
        Q::SelectMultiple => ("select", None),
        Q::Rank => ("odk:rank", None),
        Q::Acknowledge => ("trigger", None),
        Q::Image => ("upload", Some("image/*")),
        Q::Audio => ("upload", Some("audio/*")),
        Q::Video => ("upload", Some("video/*")),
        Q::File => ("upload", Some("application/*")),
        Q::Osm => ("upload", Some("osm/*")),
        _ => return None,
    })
}

impl Writer<'_> {
    /// The control of a node with all that stands in it.
    pub(super) fn control(&self, at: usize) -> Option<Element> {
        let item = &self.tree.items[at];
        if item.bodyless {
            return None;
        }
        match item.node.kind {
            NodeKind::Root => None,
            // ODK Validate refuses a group that shows nothing.
            NodeKind::Group => Some(self.group(at)).filter(|group| {
                group
                    .children
                    .iter()
                    .any(|child| matches!(child, Xml::Element(element) if element.name != "label"))
            }),
            NodeKind::Repeat => Some(self.repeat(at)),
            NodeKind::Question(kind) => self.question(at, kind),
        }
    }

    fn group(&self, at: usize) -> Element {
        let item = &self.tree.items[at];
        let mut out = Element::new("group").with("ref", &item.path);
        self.attributes(at, &mut out);
        if item.node.texts.iter().any(|t| t.column == "label") {
            out.push(self.label(at));
        }
        for child in &item.children {
            if let Some(control) = self.control(*child) {
                out.push(control);
            }
        }
        out
    }

    fn repeat(&self, at: usize) -> Element {
        let item = &self.tree.items[at];
        let mut repeat = Element::new("repeat").with("nodeset", &item.path);
        if let Some(count) = item.node.cell("repeat_count") {
            let path = self.tree.paths(&count.text, Around::of(at));
            repeat.set("jr:count", &path);
        }
        self.attributes(at, &mut repeat);
        for child in &item.children {
            if let Some(control) = self.control(*child) {
                repeat.push(control);
            }
        }
        self.repeat_actions(at, &mut repeat);
        let mut group = Element::new("group").with("ref", &item.path);
        group.push(self.label(at));
        group.push(repeat);
        group
    }

    /// Actions of what stands in a repeat; a repeat in it has its own.
    fn repeat_actions(&self, at: usize, repeat: &mut Element) {
        for inner in &self.tree.items[at].children {
            if !self.tree.items[*inner].is_repeat() {
                self.actions(*inner, "odk-new-repeat", repeat);
                self.entity_actions(*inner, "odk-new-repeat", repeat);
                self.repeat_actions(*inner, repeat);
            }
        }
    }

    fn question(&self, at: usize, kind: Q) -> Option<Element> {
        let node = &self.tree.items[at].node;
        let has = |column: &str| node.texts.iter().any(|t| t.column == column);
        let computed = node.cell("calculation").is_some() || node.cell("trigger").is_some();
        if computed && !has("label") && !has("hint") {
            return None;
        }
        let (name, media) = tag(kind)?;
        let mut out = Element::new(name).with("ref", &self.tree.items[at].path);
        if let Some(media) = media {
            out.set("mediatype", media);
        }
        self.attributes(at, &mut out);
        self.parameters(node, kind, &mut out);
        self.label_and_hint(at, &mut out);
        self.choices(at, &mut out);
        for (key, label) in &node.tags {
            let mut tag = Element::new("tag").with("key", key);
            tag.push(Element::new("label").text(label));
            out.push(tag);
        }
        for (target, value) in self
            .triggered()
            .get(node.name.as_str())
            .into_iter()
            .flatten()
        {
            let value = self.tree.paths(&clean(value), Around::of(at));
            let located = self.tree.items[*target].node.question() == Some(Q::BackgroundGeopoint);
            let name = if located {
                "odk:setgeopoint"
            } else {
                "setvalue"
            };
            let mut action = Element::new(name)
                .with("ref", &self.tree.items[*target].path)
                .with("event", "xforms-value-changed");
            if !value.is_empty() && !located {
                action.set("value", &value);
            }
            out.push(action);
        }
        Some(out)
    }

    /// Appearance and the author's own attributes.
    fn attributes(&self, at: usize, out: &mut Element) {
        let node = &self.tree.items[at].node;
        let around = Around::of(at);
        for (column, attribute) in [("appearance", "appearance"), ("autoplay", "autoplay")] {
            if let Some(cell) = node.cell(column) {
                out.set(attribute, &self.tree.paths(&clean(&cell.text), around));
            }
        }
        for (name, value) in own_attributes(node, "body") {
            out.set(name, &self.tree.paths(&clean(value), around));
        }
    }

    /// Parameters that are attributes of the control.
    fn parameters(&self, node: &DraftNode, kind: Q, out: &mut Element) {
        let lower = |name: &str| parameter(node, name).map(str::to_lowercase);
        let mut put = |name: &str, attribute: &str| {
            if let Some(value) = lower(name) {
                out.set(attribute, &value);
            }
        };
        match kind {
            Q::Text => put("rows", "rows"),
            Q::Geopoint => {
                put("capture-accuracy", "accuracyThreshold");
                put("warning-accuracy", "unacceptableAccuracyThreshold");
            }
            Q::Geotrace | Q::Geoshape
                if parameter(node, "incremental").is_some_and(|v| as_expression(v) == "true()") =>
            {
                out.set("incremental", "true");
            }
            Q::Range => {
                put("tick_interval", "odk:tick-interval");
                put("placeholder", "odk:placeholder");
                for (name, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
                    out.set(name, &lower(name).unwrap_or_else(|| default.to_owned()));
                }
            }
            Q::Image => {
                let appearance = node.text("appearance");
                if let Some(app) = lower("app")
                    && matches!(appearance, "" | "annotate")
                {
                    out.set("intent", &app);
                }
            }
            _ => {}
        }
    }

    fn label_and_hint(&self, at: usize, out: &mut Element) {
        let item = &self.tree.items[at];
        let has = |column: &str| item.node.texts.iter().any(|t| t.column == column);
        let hint = has("hint") || has("guidance_hint");
        if has("label") || item.has_files() || hint {
            out.push(self.label(at));
        } else if item.node.text("appearance") == "label" {
            out.push(Element::new("label").text(" "));
        }
        if hint {
            let hint = Element::new("hint");
            out.push(if self.hint_in_itext(item) {
                hint.with("ref", &format!("jr:itext('{}')", item.text_id("hint")))
            } else {
                self.in_place(at, "hint", hint)
            });
        }
    }

    fn label(&self, at: usize) -> Element {
        let item = &self.tree.items[at];
        let label = Element::new("label");
        if self.label_in_itext(item) {
            label.with("ref", &format!("jr:itext('{}')", item.text_id("label")))
        } else {
            self.in_place(at, "label", label)
        }
    }

    /// A text that stands in its element.
    fn in_place(&self, at: usize, column: &str, mut out: Element) -> Element {
        if let Some(Words::Plain(text)) =
            Words::of(&self.tree.items[at].node, column, self.language)
        {
            out.children = outputs(&self.tree, text, Some(at));
        }
        out
    }

    /// Questions that others set when they change.
    fn triggered(&self) -> Triggered<'_> {
        let mut out = Triggered::new();
        for (at, item) in self.tree.items.iter().enumerate() {
            let Some(cell) = item.node.cell("trigger") else {
                continue;
            };
            if item.node.question().is_none() {
                continue;
            }
            for name in super::tree::Tree::references(&cell.text) {
                let value = item.node.text("calculation");
                out.entry(name).or_default().push((at, value));
            }
        }
        out
    }
}

impl Writer<'_> {
    /// Whether a list lies in a GeoJSON file, whose columns have other names.
    fn is_geojson(&self, list: &List) -> bool {
        let is_own = |file: &String| {
            file.rsplit_once('.').is_some_and(|(stem, extension)| {
                stem == list.name && extension.eq_ignore_ascii_case("geojson")
            })
        };
        !list.internal && self.draft.attachments.iter().any(is_own)
    }

    fn choices(&self, at: usize, out: &mut Element) {
        let node = &self.tree.items[at].node;
        match node.question() {
            Some(Q::Range) => return self.range_labels(node, out),
            Some(kind) if kind.is_geo() => return self.reference_geometry(at, out),
            Some(kind) if kind.is_select() => {}
            _ => return,
        }
        let around = Around {
            current: true,
            ..Around::of(at)
        };
        match &node.source {
            None => {}
            Some(Source::Answers(cell)) => {
                let path = self.answers(at, &cell.text);
                let (nodeset, name) = path.rsplit_once('/').unwrap_or(("", &path));
                let filter = match node.cell("choice_filter") {
                    None => format!("./{name} != ''"),
                    Some(cell) => self.filter_of(at, &cell.text, nodeset),
                };
                let nodeset = self.shuffled(at, format!("{nodeset}[{filter}]"));
                out.push(itemset(&nodeset, name, name));
            }
            Some(Source::List { list, value, label }) => {
                if let Some(sheet) = node.searched {
                    return self.inline(at, sheet, out);
                }
                let found = &self.draft.lists[*list];
                let filter = node
                    .cell("choice_filter")
                    .map(|cell| self.tree.paths(&clean(&cell.text), around));
                let (value_ref, label_ref) = if self.is_geojson(found) {
                    ("id", "title")
                } else if self.list_itext[*list] {
                    ("name", "jr:itext(itextId)")
                } else {
                    ("name", "label")
                };
                let mut nodeset = format!("instance('{}')/root/item", found.name);
                if let Some(filter) = filter {
                    nodeset = format!("{nodeset}[{filter}]");
                }
                out.push(itemset(
                    &self.shuffled(at, nodeset),
                    value.as_deref().unwrap_or(value_ref),
                    label.as_deref().unwrap_or(label_ref),
                ));
            }
        }
    }

    /// Path to the answers of a repeat, of the form that a predicate can follow.
    fn answers(&self, at: usize, reference: &str) -> String {
        let around = Around {
            parent: true,
            ..Around::of(at)
        };
        self.tree.paths(reference, around).trim().to_owned()
    }

    /// A filter of answers: what lies in the repeat is seen from its instance.
    fn filter_of(&self, at: usize, text: &str, nodeset: &str) -> String {
        let around = Around {
            current: true,
            parent: true,
            ..Around::of(at)
        };
        self.tree
            .paths(&clean(text), around)
            .replace(&format!("current()/{nodeset}"), ".")
            .replace(nodeset, ".")
    }

    fn shuffled(&self, at: usize, nodeset: String) -> String {
        let node = &self.tree.items[at].node;
        if !parameter(node, "randomize").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
            return nodeset;
        }
        match parameter(node, "seed") {
            Some(seed) => {
                let seed = self.tree.paths(seed, Around::of(at));
                format!("randomize({nodeset}, {})", seed.trim())
            }
            None => format!("randomize({nodeset})"),
        }
    }

    /// Choices of a `search()`: Collect takes the columns from the first one.
    fn inline(&self, at: usize, index: usize, out: &mut Element) {
        let list = &self.draft.lists[index];
        for row in 0..list.len() {
            let mut label = Element::new("label");
            if self.list_itext[index] {
                label.set("ref", &format!("jr:itext('{}-{row}')", list.name));
            } else if let Some(Words::Plain(text)) = self.choice_words(index, row)
                && self.tree.items[at]
                    .node
                    .texts
                    .iter()
                    .any(|t| t.column == "label")
            {
                label.children = outputs(&self.tree, text, None);
            }
            let mut item = Element::new("item");
            item.push(label);
            item.push(Element::new("value").text(list.cell(row, 0)));
            out.push(item);
        }
    }

    fn list_itemset(&self, name: &str) -> Element {
        let itext = self.draft.list_index.get(name);
        let itext = itext.is_some_and(|list| self.list_itext[*list]);
        let label = if itext { "jr:itext(itextId)" } else { "label" };
        itemset(&format!("instance('{name}')/root/item"), "name", label)
    }

    fn range_labels(&self, node: &DraftNode, out: &mut Element) {
        if let Some(list) = parameter(node, "tick_labelset") {
            out.push(self.list_itemset(list));
        }
    }

    fn reference_geometry(&self, at: usize, out: &mut Element) {
        let node = &self.tree.items[at].node;
        let Some(source) = parameter(node, "reference-geometry") else {
            return;
        };
        let around = Around {
            current: true,
            ..Around::of(at)
        };
        let filter = node
            .cell("choice_filter")
            .map(|cell| self.tree.paths(&clean(&cell.text), around));
        if super::tree::is_reference(source) {
            let path = self.answers(at, source);
            let filter = match node.cell("choice_filter") {
                None => "./geometry != ''".to_owned(),
                Some(cell) => self.filter_of(at, &cell.text, &path),
            };
            let nodeset = format!("{path}[{filter}]");
            return out.push(itemset(&nodeset, "geometry", "geometry"));
        }
        let mut element = self.list_itemset(source);
        if let Some(filter) = filter {
            element.set(
                "nodeset",
                &format!("instance('{source}')/root/item[{filter}]"),
            );
        }
        out.push(element);
    }
}

fn itemset(nodeset: &str, value: &str, label: &str) -> Element {
    let mut out = Element::new("itemset").with("nodeset", nodeset);
    out.push(Element::new("value").with("ref", value));
    out.push(Element::new("label").with("ref", label));
    out
}
