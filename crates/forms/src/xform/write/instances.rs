//! The primary instance, and the lists beside it.

use super::itext::{Itext, Words};
use super::refs::{Around, has_reference};
use super::{FILES, Writer, clean, own_attributes, setting};
use crate::draft::Draft;
use crate::list::List;
use crate::text::Language;
use crate::types::QuestionType;
use crate::xform::tokens::is_dynamic;
use crate::xform::xml::Element;

impl<'d> Writer<'d> {
    pub(super) fn primary(&self) -> Element {
        let settings = &self.draft.settings;
        let mut root = self.instance(0, false);
        for (name, value) in &settings.attributes {
            root.set(name, value);
        }
        root.set("id", &settings.id);
        if let Some(xmlns) = setting(self.draft, "instance_xmlns") {
            root.set("xmlns", xmlns);
        }
        if !settings.version.is_empty() {
            root.set("version", &settings.version);
        }
        let mut instance = Element::new("instance");
        instance.push(root);
        instance
    }

    /// A node with what stands in it. A repeat is preceded by its template, once.
    fn instance(&self, at: usize, in_instance: bool) -> Element {
        let item = &self.tree.items[at];
        let mut out = Element::new(&item.node.name);
        if let Some(kind) = item.node.question() {
            out = out.text(&self.fixed_default(at, kind));
        }
        for (name, value) in own_attributes(&item.node, "instance") {
            out.set(name, &self.tree.paths(&clean(value), Around::of(at)));
        }
        if let Some(entity) = &item.entity {
            for attribute in &entity.attributes {
                out.set(attribute.name, &attribute.value);
            }
        }
        for child in &item.children {
            let repeat = self.tree.items[*child].is_repeat();
            if repeat && !in_instance {
                out.push(self.template(*child));
            }
            out.push(self.instance(*child, in_instance || repeat));
        }
        out
    }

    fn template(&self, at: usize) -> Element {
        let item = &self.tree.items[at];
        let mut out = Element::new(&item.node.name).with("jr:template", "");
        for child in &item.children {
            out.push(if self.tree.items[*child].is_repeat() {
                self.template(*child)
            } else {
                self.instance(*child, false)
            });
        }
        out
    }

    fn fixed_default(&self, at: usize, kind: QuestionType) -> String {
        let Some(cell) = self.tree.items[at].node.cell("default") else {
            return String::new();
        };
        let text = clean(&cell.text);
        if is_dynamic(&text, kind) {
            return String::new();
        }
        if kind == QuestionType::Image && !text.contains("jr://images/") {
            return format!("jr://images/{text}");
        }
        text
    }

    /// Files with data, the last saved form, and the lists of the sheet `choices`.
    pub(super) fn secondary(&self, model: &mut Element) {
        let mut seen: Vec<String> = Vec::new();
        let mut source = |id: &str, src: &str, model: &mut Element| {
            if !seen.iter().any(|s| s == id) {
                seen.push(id.to_owned());
                model.push(Element::new("instance").with("id", id).with("src", src));
            }
        };
        for (id, src) in external(self.draft) {
            source(&id, &src, model);
        }
        for (index, list) in self.draft.lists.iter().enumerate() {
            if list.internal && !self.searched[index] && !seen.contains(&list.name) {
                model.push(self.list(index, list));
            }
        }
    }

    fn list(&self, index: usize, list: &List) -> Element {
        let mut root = Element::new("root");
        let labelled = (0..list.len()).any(|row| self.choice_words(index, row).is_some());
        for row in 0..list.len() {
            let mut item = Element::new("item");
            if self.list_itext[index] {
                let id = format!("{}-{row}", list.name);
                item.push(Element::new("itextId").text(&id));
            }
            item.push(Element::new("name").text(list.cell(row, 0)));
            if !self.list_itext[index] {
                match self.choice_words(index, row) {
                    Some(Words::Plain(label)) => item.push(Element::new("label").text(label)),
                    // Collect refuses a list in which no choice has the element.
                    _ if !labelled => item.push(Element::new("label")),
                    _ => {}
                }
            }
            for (at, column) in list.columns.iter().enumerate().skip(1) {
                let value = list.cell(row, at);
                if column != "label" && !value.is_empty() {
                    item.push(Element::new(column).text(value));
                }
            }
            root.push(item);
        }
        let mut instance = Element::new("instance").with("id", &list.name);
        instance.push(root);
        instance
    }

    /// Label of a choice in all languages, by their headings.
    pub(super) fn choice_words(&self, list: usize, row: u32) -> Option<Words<'d>> {
        let raw = self
            .draft
            .raw_labels
            .iter()
            .filter(|r| r.list == list && r.row == row)
            .map(|r| (&*r.language, r.cell.text.as_str()));
        let texts = self.draft.lists[list].versions(row).chain(raw);
        Words::from(
            texts.map(|(code, text)| (self.heading(code), text)),
            self.language,
        )
    }

    /// The heading of a language as the author wrote it; none for the empty code.
    fn heading(&self, code: &str) -> Option<&'d str> {
        if code.is_empty() {
            return None;
        }
        let found = |h: &&String| Language::parse(h).code == code;
        self.draft.languages.iter().find(found).map(String::as_str)
    }

    /// Whether the labels of a list stand in itext: languages, files, references.
    pub(super) fn needs_itext(&self, list: usize) -> bool {
        let own = &self.draft.lists[list];
        if !own.internal {
            return false;
        }
        self.draft
            .raw_labels
            .iter()
            .any(|r| r.list == list && has_reference(&r.cell.text))
            || own.all_media().next().is_some()
            || (0..own.len()).any(|row| own.versions(row).any(|(code, _)| !code.is_empty()))
    }

    pub(super) fn choice_texts(&self, index: usize, out: &mut Itext) {
        let list = &self.draft.lists[index];
        for row in 0..list.len() {
            let id = format!("{}-{row}", list.name);
            if let Some(words) = self.choice_words(index, row) {
                out.put(&id, "long", words, self.language, None);
            }
            for kind in FILES {
                let own = list
                    .media(row)
                    .iter()
                    .filter(|(_, column, _)| *column == kind);
                let named = own.map(|(code, _, name)| (self.heading(code), name.as_str()));
                if let Some(words) = Words::from(named, self.language) {
                    out.put(&id, kind, words, self.language, None);
                }
            }
        }
    }

    /// Lists whose questions search in a file: their choices stand in the body.
    pub(super) fn searched_lists(&self) -> Vec<bool> {
        let mut out = vec![false; self.draft.lists.len()];
        for list in self.draft.nodes.iter().filter_map(|n| n.searched) {
            out[list] = true;
        }
        out
    }
}

/// Name of the instance of a data file, and its address.
pub(super) fn address(file: &str) -> Option<(String, String)> {
    let (stem, extension) = file.rsplit_once('.')?;
    let folder = match extension.to_lowercase().as_str() {
        "csv" => "file-csv",
        "xml" | "geojson" => "file",
        _ => return None,
    };
    Some((stem.to_owned(), format!("jr://{folder}/{file}")))
}

/// Instances that lie in files, and the last saved form.
fn external(draft: &Draft) -> Vec<(String, String)> {
    // A file that only `search()` reads has no instance.
    let mut out: Vec<(String, String)> = draft
        .attachments
        .iter()
        .filter(|file| !only_searched(draft, file))
        .filter_map(|file| address(file))
        .filter(|(stem, _)| {
            let list = draft.list_index.get(stem);
            list.is_some_and(|l| !draft.lists[*l].internal)
        })
        .collect();
    let mut last_saved = false;
    for node in &draft.nodes {
        for (column, cell) in &node.cells {
            if !matches!(
                *column,
                "calculation"
                    | "constraint"
                    | "read_only"
                    | "required"
                    | "relevant"
                    | "choice_filter"
                    | "default"
            ) {
                continue;
            }
            last_saved |= cell.text.contains("${last-saved#");
            for file in pulled(&cell.text) {
                out.push((file.clone(), format!("jr://file-csv/{file}.csv")));
            }
        }
    }
    if last_saved {
        let address = "jr://instance/last-saved";
        out.push(("__last-saved".to_owned(), address.to_owned()));
    }
    out
}

/// Whether a CSV file is read by `search()` while another file gave the instance of that name.
fn only_searched(draft: &Draft, file: &str) -> bool {
    let Some(stem) = file.strip_suffix(".csv") else {
        return false;
    };
    let quoted = [format!("search('{stem}'"), format!("search(\"{stem}\"")];
    let searched = draft.nodes.iter().filter(|n| n.searched.is_some());
    let mut searched = searched.map(|n| n.text("appearance").replace("search (", "search("));
    searched.any(|a| quoted.iter().any(|q| a.contains(q)))
        && draft
            .attachments
            .iter()
            .any(|other| other != file && address(other).is_some_and(|(name, _)| name == stem))
}

/// The files that `pulldata()` reads in an expression.
fn pulled(text: &str) -> Vec<String> {
    text.match_indices("pulldata")
        .filter_map(|(at, word)| {
            let rest = text[at + word.len()..].trim_start().strip_prefix('(')?;
            let (first, _) = rest.split_once(',')?;
            let name = first.replace(['\'', '"'], "").trim().to_owned();
            (!name.is_empty()).then_some(name)
        })
        .collect()
}
