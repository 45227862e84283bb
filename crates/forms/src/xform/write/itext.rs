//! Texts of nodes and choices: in place, or in `itext` where there are languages, pictures or sounds.

use super::refs::{Around, has_reference, next_reference};
use super::tree::Tree;
use crate::draft::{DraftNode, DraftText};
use crate::xform::tokens::instance_expressions;
use crate::xform::xml::{Element, Xml};
use std::collections::HashMap;

/// A text as XLSForm knows it: one, or one for each language.
pub(super) enum Words<'d> {
    Plain(&'d str),
    Many(Vec<(&'d str, &'d str)>),
}

impl<'d> Words<'d> {
    /// The text of a column. Beside columns with languages, one without is in the default language.
    pub(super) fn of(node: &'d DraftNode, column: &str, default: &'d str) -> Option<Self> {
        Self::among(&node.texts, column, default)
    }

    fn among(texts: &'d [DraftText], column: &str, default: &'d str) -> Option<Self> {
        let own = texts.iter().filter(|t| t.column == column);
        Self::from(
            own.map(|t| (t.language.as_deref(), t.cell.text.as_str())),
            default,
        )
    }

    pub(super) fn from(
        texts: impl Iterator<Item = (Option<&'d str>, &'d str)>,
        default: &'d str,
    ) -> Option<Self> {
        let mut plain = None;
        let mut many: Vec<(&str, &str)> = Vec::new();
        for (language, text) in texts {
            match language {
                None => plain = Some(text),
                Some(language) => many.push((language, text)),
            }
        }
        match (plain, many.is_empty()) {
            (None, true) => None,
            (Some(text), true) => Some(Self::Plain(text)),
            (plain, false) => {
                if let Some(text) = plain
                    && !many.iter().any(|(l, _)| *l == default)
                {
                    many.insert(0, (default, text));
                }
                Some(Self::Many(many))
            }
        }
    }

    pub(super) fn is_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// Whether a message has to stand in itext: languages, or a reference.
    pub(super) fn needs_itext(&self) -> bool {
        match self {
            Self::Plain(text) => has_reference(text),
            Self::Many(_) => true,
        }
    }

    fn each(self, default: &'d str) -> Vec<(&'d str, &'d str)> {
        match self {
            Self::Plain(text) => vec![(default, text)],
            Self::Many(many) => many,
        }
    }
}

/// One text of all languages.
#[derive(Default)]
struct Entry {
    id: String,
    /// `long`, `guidance`, or the kind of a file; in order.
    forms: Vec<&'static str>,
    /// Languages, forms, texts.
    texts: Vec<(usize, &'static str, String)>,
    context: Option<usize>,
}

/// The element `itext`, while it is gathered.
#[derive(Default)]
pub(super) struct Itext {
    languages: Vec<String>,
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
}

impl Itext {
    fn language(&mut self, name: &str) -> usize {
        let found = self.languages.iter().position(|l| l == name);
        found.unwrap_or_else(|| {
            self.languages.push(name.to_owned());
            self.languages.len() - 1
        })
    }

    pub(super) fn put(
        &mut self,
        id: &str,
        form: &'static str,
        words: Words<'_>,
        default: &str,
        context: Option<usize>,
    ) {
        for (language, text) in words.each(default) {
            let language = self.language(language);
            let at = *self.index.entry(id.to_owned()).or_insert_with(|| {
                self.entries.push(Entry {
                    id: id.to_owned(),
                    context,
                    ..Entry::default()
                });
                self.entries.len() - 1
            });
            let entry = &mut self.entries[at];
            if !entry.forms.contains(&form) {
                entry.forms.push(form);
            }
            let same =
                |(l, f, _): &&mut (usize, &'static str, String)| *l == language && *f == form;
            match entry.texts.iter_mut().find(same) {
                Some((_, _, old)) => text.clone_into(old),
                None => entry.texts.push((language, form, text.to_owned())),
            }
        }
    }

    /// The element; every language has every text, `-` where the author gave none.
    pub(super) fn element(&self, tree: &Tree, default: &str) -> Option<Element> {
        if self.languages.is_empty() {
            return None;
        }
        let mut itext = Element::new("itext");
        for (number, language) in self.languages.iter().enumerate() {
            let mut translation = Element::new("translation").with("lang", language);
            if language == default {
                translation.set("default", "true()");
            }
            for entry in &self.entries {
                translation.push(entry.element(tree, number));
            }
            itext.push(translation);
        }
        Some(itext)
    }
}

impl Entry {
    fn element(&self, tree: &Tree, language: usize) -> Element {
        let mut out = Element::new("text").with("id", &self.id);
        for form in &self.forms {
            let found = self
                .texts
                .iter()
                .find(|(l, f, _)| *l == language && f == form);
            let text = found.map_or("-", |(_, _, text)| text.as_str());
            let mut value = Element::new("value");
            let folder = match *form {
                "image" | "big-image" => Some("images"),
                "audio" => Some("audio"),
                "video" => Some("video"),
                _ => None,
            };
            match folder {
                Some(_) if text == "-" => continue,
                Some(folder) => {
                    value.set("form", form);
                    value.children.push(Xml::Text(format!("jr://{folder}/")));
                }
                None if *form == "guidance" => value.set("form", "guidance"),
                None => {}
            }
            value.children.extend(outputs(tree, text, self.context));
            out.push(value);
        }
        out
    }
}

/// A text with its references and expressions as elements `output`.
pub(super) fn outputs(tree: &Tree, text: &str, context: Option<usize>) -> Vec<Xml> {
    if text == "-" {
        return vec![Xml::Text(text.to_owned())];
    }
    let around = Around {
        context,
        ..Around::default()
    };
    let mut out = Vec::new();
    let mut done = 0;
    for (start, end) in instance_expressions(text) {
        references(tree, &text[done..start], around, &mut out);
        output(tree.paths(&text[start..end], around), &mut out);
        done = end;
    }
    references(tree, &text[done..], around, &mut out);
    out
}

fn output(value: String, out: &mut Vec<Xml>) {
    out.push(Xml::Element(Element::new("output").with("value", &value)));
}

fn references(tree: &Tree, text: &str, around: Around, out: &mut Vec<Xml>) {
    let plain = |text: &str, out: &mut Vec<Xml>| {
        if !text.is_empty() {
            out.push(Xml::Text(text.to_owned()));
        }
    };
    let mut done = 0;
    while let Some((start, end)) = next_reference(text, done) {
        plain(&text[done..start], out);
        output(tree.paths(&text[start..end], around), out);
        done = end;
    }
    plain(&text[done..], out);
}
