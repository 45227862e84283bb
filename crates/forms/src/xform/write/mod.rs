//! A draft as an XForm.

mod binds;
mod body;
mod entities;
mod instances;
mod itext;
mod refs;
mod tree;

use crate::compile::Report;
use crate::draft::{Draft, DraftNode};
use crate::problem::did_you_mean;
use crate::types::QuestionType;
use crate::xform::tokens;
use crate::xform::xml::Element;
use crate::xlsform::is_yes;
use itext::{Itext, Words};
use std::collections::BTreeMap;
use tree::{Item, Tree};

/// Namespaces that every form declares, by prefix.
pub(super) const NAMESPACES: [(&str, &str); 7] = [
    ("", "http://www.w3.org/2002/xforms"),
    ("h", "http://www.w3.org/1999/xhtml"),
    ("ev", "http://www.w3.org/2001/xml-events"),
    ("xsd", "http://www.w3.org/2001/XMLSchema"),
    ("jr", "http://openrosa.org/javarosa"),
    ("orx", "http://openrosa.org/xforms"),
    ("odk", "http://www.opendatakit.org/xforms"),
];

/// Namespace of the prefix `entities`, declared where there are some.
pub(super) const ENTITIES: &str = "http://www.opendatakit.org/xforms/entities";

/// Everything that the parts of the document need.
struct Writer<'d> {
    draft: &'d Draft,
    tree: Tree,
    /// Name of the language of texts that name none.
    language: &'d str,
    /// For each list of the draft: whether its labels stand in itext.
    list_itext: Vec<bool>,
    /// For each list: whether a question with `search()` takes it, so that it has no instance.
    searched: Vec<bool>,
}

/// The whole document.
pub(super) fn document(draft: &Draft, report: &mut Report) -> String {
    let language = match draft.settings.default_language.as_str() {
        "" => "default",
        language => language,
    };
    let mut writer = Writer {
        draft,
        tree: Tree::new(draft),
        language,
        list_itext: Vec::new(),
        searched: Vec::new(),
    };
    writer.list_itext = (0..draft.lists.len())
        .map(|l| writer.needs_itext(l))
        .collect();
    writer.searched = writer.searched_lists();
    writer.check_instances(report);
    let html = writer.html();
    let known: Vec<&str> = html
        .attributes
        .iter()
        .map(|(name, _)| name.strip_prefix("xmlns:").unwrap_or_default())
        .collect();
    writer.undeclared(&known, report);
    html.document()
}

/// A setting by its standard name.
fn setting<'d>(draft: &'d Draft, name: &str) -> Option<&'d str> {
    let others = &draft.settings.others;
    let found = others.iter().find(|(n, _)| *n == name);
    found.map(|(_, text)| text.as_str())
}

/// Whether the form has no `instanceID`.
fn omits_id(draft: &Draft) -> bool {
    setting(draft, "omit_instanceid").is_some_and(is_yes)
}

impl Writer<'_> {
    fn html(&self) -> Element {
        let mut html = Element::new("h:html");
        for (prefix, uri) in self.namespaces() {
            let name = match prefix.as_str() {
                "" => "xmlns".to_owned(),
                prefix => format!("xmlns:{prefix}"),
            };
            html.set(&name, &uri);
        }
        let settings = &self.draft.settings;
        let title = match settings.titles.first() {
            Some((_, title)) => title,
            None => &settings.id,
        };
        let mut head = Element::new("h:head");
        head.push(Element::new("h:title").text(title));
        head.push(self.model());
        html.push(head);
        let mut body = Element::new("h:body");
        if let Some(style) = setting(self.draft, "style") {
            body.set("class", style);
        }
        for child in &self.tree.items[0].children {
            if let Some(control) = self.control(*child) {
                body.push(control);
            }
        }
        html.push(body);
        html
    }

    fn namespaces(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = NAMESPACES
            .iter()
            .map(|(prefix, uri)| ((*prefix).to_owned(), (*uri).to_owned()))
            .collect();
        let own = setting(self.draft, "namespaces").unwrap_or_default();
        let own = own
            .split_whitespace()
            .filter_map(|part| part.split_once('='));
        let entities = (!self.draft.entities.is_empty()).then_some(("entities", ENTITIES));
        for (prefix, uri) in own.chain(entities) {
            if !prefix.is_empty() && !all.iter().any(|(p, _)| p == prefix) {
                all.push((prefix.to_owned(), uri.replace(['"', '\''], "")));
            }
        }
        all
    }

    /// Attributes of the author's columns whose prefix nobody declares would make the XML unreadable.
    fn undeclared(&self, known: &[&str], report: &mut Report) {
        for item in &self.tree.items {
            for (name, _) in &item.node.attributes {
                let own = name.split_once("::").map_or(name.as_str(), |(_, n)| n);
                let prefix = own.split_once(':').map(|(p, _)| p);
                let valid = tokens::name(own).is_some_and(|n| {
                    n == own.len()
                        || own[n..]
                            .strip_prefix(':')
                            .is_some_and(|rest| tokens::name(rest) == Some(rest.len()))
                });
                let place = item.node.place.at(name);
                if !valid {
                    report.error(place.problem(
                        "attribute_invalid",
                        format!("'{own}' cannot name an attribute."),
                    ));
                } else if let Some(prefix) = prefix.filter(|p| !known.contains(p)) {
                    report.error(place.problem(
                        "namespace_unknown",
                        format!(
                            "The prefix '{prefix}' is not declared in the setting 'namespaces'.{}",
                            did_you_mean(prefix, known.iter().copied())
                        ),
                    ));
                }
            }
        }
    }

    fn model(&self) -> Element {
        let mut model = Element::new("model").with("odk:xforms-version", "1.0.0");
        if let Some(version) = entities::version(self.draft, &self.tree) {
            model.set("entities:entities-version", version);
        }
        model.children.extend(
            self.submission()
                .into_iter()
                .chain(self.itext().element(&self.tree, self.language))
                .map(crate::xform::xml::Xml::Element),
        );
        model.push(self.primary());
        self.secondary(&mut model);
        for at in 0..self.tree.items.len() {
            self.binds(at, &mut model);
        }
        model
    }

    fn submission(&self) -> Option<Element> {
        let mut out = Element::new("submission");
        if let Some(url) = setting(self.draft, "submission_url") {
            out.set("action", url);
            out.set("method", "post");
        }
        for (name, attribute) in [
            ("auto_send", "orx:auto-send"),
            ("auto_delete", "orx:auto-delete"),
        ] {
            if let Some(text) = setting(self.draft, name) {
                out.set(attribute, text);
            }
        }
        if setting(self.draft, "client_editable").is_some_and(is_yes) {
            out.set("odk:client-editable", "true");
        }
        (!out.attributes.is_empty()).then_some(out)
    }

    fn itext(&self) -> Itext {
        let mut out = Itext::default();
        for list in 0..self.draft.lists.len() {
            if self.list_itext[list] {
                self.choice_texts(list, &mut out);
            }
        }
        for at in 1..self.tree.items.len() {
            self.node_texts(at, &mut out);
        }
        for (at, item) in self.tree.items.iter().enumerate() {
            for column in FILES {
                if let Some(words) = Words::of(&item.node, column, self.language) {
                    out.put(
                        &item.text_id("label"),
                        column,
                        words,
                        self.language,
                        Some(at),
                    );
                }
            }
        }
        out
    }

    fn node_texts(&self, at: usize, out: &mut Itext) {
        let item = &self.tree.items[at];
        let words = |column| Words::of(&item.node, column, self.language);
        for (column, attribute) in MESSAGES {
            if let Some(words) = words(column)
                && words.needs_itext()
            {
                out.put(
                    &item.text_id(attribute),
                    "long",
                    words,
                    self.language,
                    Some(at),
                );
            }
        }
        if let Some(label) = words("label")
            && self.label_in_itext(item)
        {
            out.put(
                &item.text_id("label"),
                "long",
                label,
                self.language,
                Some(at),
            );
        }
        if let Some(hint) = words("hint")
            && self.hint_in_itext(item)
        {
            out.put(&item.text_id("hint"), "long", hint, self.language, Some(at));
        }
        if item.node.question().is_some()
            && let Some(guidance) = words("guidance_hint")
        {
            out.put(
                &item.text_id("hint"),
                "guidance",
                guidance,
                self.language,
                Some(at),
            );
        }
    }

    /// Whether the label stands in itext: languages, or a picture or sound beside it.
    fn label_in_itext(&self, item: &Item) -> bool {
        item.has_files()
            || Words::of(&item.node, "label", self.language).is_some_and(|w| w.is_many())
    }

    /// Whether the hint stands in itext: languages, or a guidance beside it.
    fn hint_in_itext(&self, item: &Item) -> bool {
        let hint = Words::of(&item.node, "hint", self.language);
        hint.is_some_and(|w| w.is_many())
            || item.node.question().is_some()
                && item.node.texts.iter().any(|t| t.column == "guidance_hint")
    }
}

/// Columns that name files beside a label.
const FILES: [&str; 4] = ["image", "big-image", "audio", "video"];

/// Columns of messages, and their attributes.
const MESSAGES: [(&str, &str); 2] = [
    ("constraint_message", "jr:constraintMsg"),
    ("required_message", "jr:requiredMsg"),
];

impl Item {
    fn text_id(&self, what: &str) -> String {
        format!("{}:{what}", self.path)
    }

    fn has_files(&self) -> bool {
        self.node.texts.iter().any(|t| FILES.contains(&t.column))
    }
}

/// A pair of the column `parameters`.
fn parameter<'n>(node: &'n DraftNode, name: &str) -> Option<&'n str> {
    let found = node.parameters.iter().find(|(k, _)| k == name);
    found.map(|(_, v)| v.as_str())
}

/// The author's own attributes of a part: `bind`, `body` or `instance`.
fn own_attributes<'n>(
    node: &'n DraftNode,
    part: &'static str,
) -> impl Iterator<Item = (&'n str, &'n str)> {
    node.attributes.iter().filter_map(move |(name, value)| {
        let (prefix, name) = name.split_once("::")?;
        let prefix = if prefix == "control" { "body" } else { prefix };
        let name = match name {
            "accuracythreshold" => "accuracyThreshold",
            name => name,
        };
        (prefix == part).then_some((name, value.as_str()))
    })
}

/// Targets and values by the name of the question whose change sets them.
type Triggered<'d> = BTreeMap<&'d str, Vec<(usize, &'d str)>>;

/// What pyxform takes for yes and no in binds; other words are expressions.
fn as_expression(text: &str) -> &str {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" => "true()",
        "no" | "No" | "NO" | "false" | "False" | "FALSE" => "false()",
        text => text,
    }
}

/// Curly quotes as straight ones.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            c => out.push(c),
        }
    }
    out
}

/// The value of `type` in the bind of a question.
fn data_type(node: &DraftNode, kind: QuestionType) -> &'static str {
    use QuestionType as Q;
    match kind {
        Q::Text
        | Q::SelectOne
        | Q::SelectMultiple
        | Q::Note
        | Q::Acknowledge
        | Q::Calculate
        | Q::Hidden
        | Q::DeviceId
        | Q::Username
        | Q::Email
        | Q::PhoneNumber
        | Q::SimSerial
        | Q::SubscriberId => "string",
        Q::Integer => "int",
        Q::Decimal => "decimal",
        Q::Range if range_is_whole(node) => "int",
        Q::Range => "decimal",
        Q::Date | Q::Today => "date",
        Q::Time => "time",
        Q::DateTime | Q::Start | Q::End => "dateTime",
        Q::Rank => "odk:rank",
        Q::Geopoint | Q::StartGeopoint | Q::BackgroundGeopoint => "geopoint",
        Q::Geotrace => "geotrace",
        Q::Geoshape => "geoshape",
        Q::Image | Q::Audio | Q::Video | Q::File | Q::Osm | Q::BackgroundAudio | Q::Audit => {
            "binary"
        }
        Q::Barcode => "barcode",
    }
}

fn range_is_whole(node: &DraftNode) -> bool {
    ["start", "end", "step", "tick_interval", "placeholder"]
        .iter()
        .filter_map(|key| parameter(node, key)?.parse::<f64>().ok())
        .all(|n| n.fract() == 0.0)
}
