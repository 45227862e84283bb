//! An XForm as a draft.
//!
//! Semantics are those of the ODK XForms specification and of JavaRosa. What would change what is asked or
//! computed and is not known here is an error with its line; what is only for other programs is kept and
//! named in a warning.

pub(super) mod body;
mod doc;
mod itext;
pub(super) mod kinds;
mod lists;
mod meta;
pub(super) mod model;
pub(super) mod nodes;
mod paths;

use crate::Files;
use crate::compile::Report;
use crate::draft::Draft;
use crate::problem::{Problem, did_you_mean};
use doc::{El, Lines, attribute, child, is_known_space, name, text};
use itext::Itext;
use model::Raw;
use std::collections::HashMap;

/// Whether a file is XML rather than a workbook or a table.
pub(crate) fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// Reads an XForm.
pub(crate) fn read(
    bytes: &[u8],
    file_name: &str,
    files: &Files,
    report: &mut Report,
) -> Option<Draft> {
    let Ok(content) = std::str::from_utf8(bytes) else {
        report.error(Problem::new("xml_unreadable", "The file is not UTF-8.").sheet("xml"));
        return None;
    };
    let content = content.trim_start_matches('\u{feff}').trim_start();
    let document = match doc::parse(content) {
        Ok(document) => document,
        Err(problem) => {
            report.error(problem);
            return None;
        }
    };
    let lines = Lines::new(content);
    let root = document.root_element();
    let parts = (name(root) == "html")
        .then(|| {
            let head = child(root, "head")?;
            Some((head, child(head, "model")?, child(root, "body")?))
        })
        .flatten();
    let Some((head, model, body)) = parts else {
        report.error(lines.place(root, "").problem(
            "xform_missing",
            format!(
                "This is no XForm: it needs h:html with h:head, model and h:body; the outermost element is '{}'.",
                name(root)
            ),
        ));
        return None;
    };
    let mut reader = Reader {
        lines,
        files,
        report,
        draft: Draft::default(),
        texts: Itext::default(),
        nodes: Vec::new(),
        by_path: HashMap::new(),
        by_id: HashMap::new(),
        attribute_binds: HashMap::new(),
        instances: HashMap::new(),
        made: HashMap::new(),
        drafted: HashMap::from([(0, 0)]),
        order: 0,
    };
    reader.namespaces(root);
    reader.itext(model);
    reader.settings(head, model, body, file_name);
    if reader.primary(model) {
        reader.datasets();
        reader.instances(model);
        reader.model(model);
        reader.body(body, "", 0);
        reader.finish();
    }
    let mut draft = reader.draft;
    crate::xlsform::pulled(&mut draft, files, report);
    Some(draft)
}

struct Reader<'x, 'r> {
    lines: Lines,
    files: &'r Files,
    report: &'r mut Report,
    draft: Draft,
    texts: Itext,
    /// The primary instance; the root is the first.
    nodes: Vec<Raw<'x>>,
    by_path: HashMap<String, usize>,
    /// Paths by the `id` of their bind.
    by_id: HashMap<String, String>,
    /// Binds of attributes, by path.
    attribute_binds: HashMap<String, El<'x>>,
    /// Secondary instances by id.
    instances: HashMap<String, El<'x>>,
    /// Lists that were made of an instance, by id and columns.
    made: HashMap<(String, String, String), usize>,
    /// Nodes of the draft by nodes of the instance.
    drafted: HashMap<usize, usize>,
    /// Controls so far.
    order: usize,
}

impl<'x> Reader<'x, '_> {
    fn error(
        &mut self,
        element: El<'_>,
        attribute: &str,
        code: &'static str,
        message: impl Into<String>,
    ) {
        let problem = self.lines.place(element, attribute).problem(code, message);
        self.report.error(problem);
    }

    fn warn(
        &mut self,
        element: El<'_>,
        attribute: &str,
        code: &'static str,
        message: impl Into<String>,
    ) {
        let problem = self.lines.place(element, attribute).problem(code, message);
        self.report.warn(problem);
    }

    /// An element that is not known here: an error, unless it belongs to another program.
    fn unknown(&mut self, element: El<'_>, known: &[&str]) {
        let what = name(element);
        if is_known_space(element) {
            let near = did_you_mean(what, known.iter().copied());
            self.error(
                element,
                "",
                "element_unknown",
                format!("The element '{what}' is not known here.{near}"),
            );
        } else {
            self.warn(
                element,
                "",
                "xml_ignored",
                format!("The element '{what}' belongs to another program and is ignored."),
            );
        }
    }

    /// Prefixes of other programs, so that their attributes can be written again.
    fn namespaces(&mut self, root: El<'x>) {
        let own: Vec<String> = root
            .namespaces()
            .filter(|n| {
                let known = crate::xform::write::NAMESPACES;
                n.uri() != crate::xform::write::ENTITIES
                    && !known.iter().any(|(_, uri)| *uri == n.uri())
            })
            .filter_map(|n| Some(format!("{}={}", n.name()?, n.uri())))
            .filter(|n| !n.starts_with("xml="))
            .collect();
        if !own.is_empty() {
            let others = &mut self.draft.settings.others;
            others.push(("namespaces", own.join(" ")));
        }
    }

    /// The node that `ref`, `nodeset` or `bind` of an element means, its path made absolute.
    fn target(&mut self, element: El<'_>, attribute_name: &str, context: &str) -> Option<usize> {
        let written = match attribute(element, "bind") {
            Some(id) if attribute(element, attribute_name).is_none() => {
                let Some(path) = self.by_id.get(id).cloned() else {
                    let near = did_you_mean(id, self.by_id.keys().map(String::as_str));
                    self.error(
                        element,
                        "bind",
                        "bind_unknown",
                        format!("There is no bind '{id}'.{near}"),
                    );
                    return None;
                };
                return self.by_path.get(&path).copied();
            }
            _ => attribute(element, attribute_name)?,
        };
        let context = if context.is_empty() {
            self.root_path()
        } else {
            context.to_owned()
        };
        let Some(path) = paths::plain(written, &context) else {
            self.error(
                element,
                attribute_name,
                "path_invalid",
                format!("'{written}' is no plain path to a node of the form."),
            );
            return None;
        };
        let found = self.by_path.get(&path).copied();
        if found.is_none() {
            let near = did_you_mean(&path, self.by_path.keys().map(String::as_str));
            self.error(
                element,
                attribute_name,
                "path_unknown",
                format!("There is no node '{path}' in the primary instance.{near}"),
            );
        }
        found
    }

    fn root_path(&self) -> String {
        self.nodes
            .first()
            .map_or(String::new(), |root| root.path.clone())
    }

    /// Title, identifier, style, where to send.
    fn settings(&mut self, head: El<'x>, model: El<'x>, body: El<'x>, file_name: &str) {
        let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        stem.clone_into(&mut self.draft.settings.id);
        if let Some(title) = child(head, "title").map(text)
            && !title.trim().is_empty()
        {
            let title = title.trim().to_owned();
            self.draft.settings.titles.push((None, title));
        }
        let others = &mut self.draft.settings.others;
        if let Some(style) = attribute(body, "class") {
            others.push(("style", style.to_owned()));
        }
        let Some(submission) = child(model, "submission") else {
            return;
        };
        for (name, setting) in [
            ("action", "submission_url"),
            ("orx:auto-send", "auto_send"),
            ("orx:auto-delete", "auto_delete"),
            ("odk:client-editable", "client_editable"),
        ] {
            if let Some(value) = attribute(submission, name) {
                others.push((setting, value.to_owned()));
            }
        }
        if attribute(submission, "base64RsaPublicKey").is_some() {
            self.error(
                submission,
                "base64RsaPublicKey",
                "encryption",
                "Encrypted forms are not supported.",
            );
        }
    }
}
