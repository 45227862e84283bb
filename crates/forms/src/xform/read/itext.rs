//! Texts: in place, and in `itext`.

use super::Reader;
use super::doc::{El, attribute, child, elements, name, text};
use crate::draft::{Cell, DraftText, OUTPUT_END, OUTPUT_START, Place};
use crate::problem::{did_you_mean, nearest};
use std::collections::HashMap;

/// pyxform's name for texts of a form without languages.
const NO_LANGUAGE: &str = "default";

/// Language, form, text, line.
pub(super) type Version = (Option<String>, String, String, u32);

/// All texts by id.
#[derive(Default)]
pub(super) struct Itext {
    pub texts: HashMap<String, Vec<Version>>,
}

/// What a text becomes: the columns of its forms.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Use {
    Label,
    Hint,
    Message(&'static str),
}

impl Reader<'_, '_> {
    pub(super) fn itext(&mut self, model: El<'_>) {
        let Some(itext) = child(model, "itext") else {
            return;
        };
        let mut default = None;
        for translation in elements(itext) {
            if name(translation) != "translation" {
                self.unknown(translation, &["translation"]);
                continue;
            }
            let Some(lang) = attribute(translation, "lang") else {
                self.error(
                    translation,
                    "lang",
                    "language_missing",
                    "A translation needs a language.",
                );
                continue;
            };
            let language = (lang != NO_LANGUAGE).then(|| lang.to_owned());
            if let Some(language) = &language {
                if !self.draft.languages.contains(language) {
                    self.draft.languages.push(language.clone());
                }
            }
            if attribute(translation, "default").is_some() {
                default.clone_from(&language);
            }
            for entry in elements(translation) {
                self.itext_entry(entry, language.as_deref());
            }
        }
        self.draft.settings.default_language = default.unwrap_or_default();
    }

    fn itext_entry(&mut self, entry: El<'_>, language: Option<&str>) {
        if name(entry) != "text" {
            return self.unknown(entry, &["text"]);
        }
        let Some(id) = attribute(entry, "id") else {
            return self.error(entry, "id", "itext_id", "A text needs an id.");
        };
        let mut versions = Vec::new();
        for value in elements(entry) {
            if name(value) != "value" {
                self.unknown(value, &["value"]);
                continue;
            }
            let form = attribute(value, "form").unwrap_or("long").to_owned();
            let line = self.lines.of(value);
            let content = self.content(value);
            versions.push((language.map(str::to_owned), form, content, line));
        }
        let all = self.texts.texts.entry(id.to_owned()).or_default();
        all.extend(versions);
    }

    /// The text in an element; the values of `output` stand between marks.
    pub(super) fn content(&mut self, element: El<'_>) -> String {
        let mut out = String::new();
        for node in element.children() {
            if node.is_text() {
                out.push_str(node.text().unwrap_or_default());
            } else if node.is_element() && name(node) == "output" {
                let value = attribute(node, "value").or_else(|| attribute(node, "ref"));
                match value.map(str::trim).filter(|v| !v.is_empty()) {
                    Some(value) => {
                        out.push(OUTPUT_START);
                        out.push_str(value);
                        out.push(OUTPUT_END);
                    }
                    None => self.error(node, "value", "output_empty", "An output needs a value."),
                }
            } else if node.is_element() {
                // Words in bold and the like.
                let inner = self.inline(node);
                out.push_str(&inner);
            }
        }
        out.trim().to_owned()
    }

    fn inline(&mut self, element: El<'_>) -> String {
        self.warn(
            element,
            "",
            "xml_ignored",
            format!(
                "The element '{}' in a text is not shown; what it holds is.",
                name(element)
            ),
        );
        let inner = self.content(element);
        if inner.is_empty() {
            text(element)
        } else {
            inner
        }
    }

    /// The texts of a `label`, a `hint` or a message attribute. `reference` is `jr:itext('id')`, if there.
    pub(super) fn texts_of(
        &mut self,
        element: El<'_>,
        reference: Option<&str>,
        what: Use,
        attribute: &str,
    ) -> Vec<DraftText> {
        let place = self.lines.place(element, attribute);
        let Some(reference) = reference else {
            let content = self.content(element);
            return self
                .draft_text(what, "long", None, content, place)
                .into_iter()
                .collect();
        };
        let Some(id) = itext_id(reference) else {
            self.error(
                element,
                attribute,
                "itext_reference",
                format!("'{reference}' is no reference to a text: write jr:itext('id')."),
            );
            return Vec::new();
        };
        self.texts_by_id(element, &id, what, attribute)
    }

    pub(super) fn texts_by_id(
        &mut self,
        element: El<'_>,
        id: &str,
        what: Use,
        attribute: &str,
    ) -> Vec<DraftText> {
        let Some(versions) = self.texts.texts.get(id).cloned() else {
            let near = did_you_mean(id, self.texts.texts.keys().map(String::as_str));
            self.error(
                element,
                attribute,
                "itext_unknown",
                format!("There is no text '{id}'.{near}"),
            );
            return Vec::new();
        };
        let mut out: Vec<DraftText> = Vec::new();
        // A short form stands in where there is no long one.
        for (language, form, content, line) in &versions {
            if form == "short"
                && versions
                    .iter()
                    .any(|(l, f, ..)| l == language && f == "long")
            {
                continue;
            }
            let place = Place {
                sheet: "xml",
                row: *line,
                column: "value".to_owned(),
            };
            let found = self.draft_text(what, form, language.clone(), content.clone(), place);
            let twice = |t: &DraftText| {
                out.iter()
                    .any(|o| o.column == t.column && o.language == t.language)
            };
            if let Some(text) = found.filter(|t| !twice(t)) {
                out.push(text);
            }
        }
        out
    }

    fn draft_text(
        &mut self,
        what: Use,
        form: &str,
        language: Option<String>,
        content: String,
        place: Place,
    ) -> Option<DraftText> {
        let column = match (what, form) {
            (Use::Label, "long" | "short") => "label",
            (Use::Hint, "long" | "short") => "hint",
            (Use::Hint, "guidance") => "guidance_hint",
            (Use::Message(column), "long" | "short") => column,
            (Use::Label | Use::Hint, "image") => "image",
            (Use::Label | Use::Hint, "big-image") => "big-image",
            (Use::Label | Use::Hint, "audio") => "audio",
            (Use::Label | Use::Hint, "video") => "video",
            (_, form) => {
                let known = [
                    "short",
                    "long",
                    "guidance",
                    "image",
                    "big-image",
                    "audio",
                    "video",
                ];
                let near = nearest(form, known)
                    .map_or_else(String::new, |n| format!(" Did you mean '{n}'?"));
                self.report.warn(place.at("form").problem(
                    "itext_form",
                    format!("A text of the form '{form}' is not shown here.{near}"),
                ));
                return None;
            }
        };
        let content = match column {
            "image" | "big-image" | "audio" | "video" => {
                let file = content.strip_prefix("jr://").unwrap_or(&content);
                let file = file.split_once('/').map_or(file, |(_, file)| file);
                self.draft.attach(file);
                file.to_owned()
            }
            _ => content,
        };
        if content.is_empty() {
            return None;
        }
        Some(DraftText {
            column,
            language,
            cell: Cell {
                text: content,
                place,
            },
        })
    }
}

/// The id in `jr:itext('id')`.
pub(super) fn itext_id(reference: &str) -> Option<String> {
    let rest = reference.trim().strip_prefix("jr:itext")?.trim_start();
    let inner = rest.strip_prefix('(')?.trim_end().strip_suffix(')')?.trim();
    let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let id = inner.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(id.to_owned())
}
