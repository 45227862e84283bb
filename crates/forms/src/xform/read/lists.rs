//! Secondary instances, and where the choices of a question come from.

use super::Reader;
use super::doc::{El, attribute, child, elements, name, text};
use super::itext::{Use, itext_id};
use super::paths::{Nodeset, nodeset};
use crate::compile::LanguageCodes;
use crate::draft::{Cell, DraftNode, DraftText, OUTPUT_START, Place, RawLabel, Source};
use crate::list::List;
use crate::problem::did_you_mean;
use std::collections::HashMap;
use std::sync::Arc;

const LAST_SAVED: &str = "jr://instance/last-saved";

impl<'x> Reader<'x, '_> {
    /// Remembers the secondary instances. Those that itemsets use are read with their columns, then.
    pub(super) fn instances(&mut self, model: El<'x>) {
        for instance in elements(model).filter(|e| name(*e) == "instance").skip(1) {
            let Some(id) = attribute(instance, "id") else {
                self.error(
                    instance,
                    "id",
                    "instance_id",
                    "A secondary instance needs an id.",
                );
                continue;
            };
            if self.instances.insert(id.to_owned(), instance).is_some() {
                self.error(
                    instance,
                    "id",
                    "instance_twice",
                    format!("There are two instances '{id}'."),
                );
            }
        }
    }

    /// Reads the instances that only expressions use.
    pub(super) fn other_instances(&mut self) {
        let mut rest: Vec<(String, El<'x>)> = self
            .instances
            .iter()
            .filter(|(id, _)| !self.draft.list_index.contains_key(*id))
            .map(|(id, instance)| (id.clone(), *instance))
            .collect();
        rest.sort_by_key(|(_, instance)| instance.range().start);
        for (id, instance) in rest {
            if attribute(instance, "src") != Some(LAST_SAVED) {
                self.list(instance, &id, None, "src");
            }
        }
    }

    /// The list of an instance with the columns of value and label; each pair is read once.
    fn list(
        &mut self,
        user: El<'x>,
        id: &str,
        columns: Option<(&str, &str)>,
        place: &str,
    ) -> Option<usize> {
        let Some(instance) = self.instances.get(id).copied() else {
            let near = did_you_mean(id, self.instances.keys().map(String::as_str));
            self.error(
                user,
                place,
                "list_unknown",
                format!("There is no instance '{id}'.{near}"),
            );
            return None;
        };
        let (value, label) = columns.unwrap_or_default();
        let key = (id.to_owned(), value.to_owned(), label.to_owned());
        if let Some(made) = self.made.get(&key) {
            return Some(*made);
        }
        let made = match attribute(instance, "src") {
            Some(src) => self.file(instance, src, columns)?,
            None => {
                let made = self.internal(instance, id, value, label)?;
                self.draft.lists.push(made);
                self.draft.lists.len() - 1
            }
        };
        self.draft.list_index.entry(id.to_owned()).or_insert(made);
        self.made.insert(key, made);
        Some(made)
    }

    fn file(
        &mut self,
        instance: El<'x>,
        src: &str,
        columns: Option<(&str, &str)>,
    ) -> Option<usize> {
        let file = ["jr://file-csv/", "jr://file/"]
            .iter()
            .find_map(|prefix| src.strip_prefix(prefix))
            .filter(|file| !file.contains(['/', '\\']));
        let Some(file) = file else {
            self.error(
                instance,
                "src",
                "instance_source",
                format!("The source '{src}' is not supported: jr://file/NAME, jr://file-csv/NAME and {LAST_SAVED} are."),
            );
            return None;
        };
        let place = self.lines.place(instance, "src");
        let usual = if file.to_lowercase().ends_with(".geojson") {
            ("id", "title")
        } else {
            ("name", "label")
        };
        let named =
            |given: &'static str, c: Option<&str>| c.filter(|c| *c != given).map(str::to_owned);
        let value = named(usual.0, columns.map(|c| c.0));
        let label = named(usual.1, columns.map(|c| c.1));
        let place = match columns {
            // The column of the value must be there.
            Some(_) => place.at("type"),
            None => place,
        };
        self.draft.data_list(
            file,
            (value.as_deref(), label.as_deref()),
            self.files,
            &place,
            self.report,
        )
    }

    /// A list that stands in the form.
    fn internal(&mut self, instance: El<'x>, id: &str, value: &str, label: &str) -> Option<List> {
        let Some(root) = elements(instance).next() else {
            self.error(
                instance,
                "",
                "instance_empty",
                format!("The instance '{id}' is empty."),
            );
            return None;
        };
        let by_itext = itext_column(label).map(str::to_owned);
        let mut names: Vec<&str> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut item = None;
        for row in elements(root) {
            if *item.get_or_insert(name(row)) != name(row) {
                self.error(
                    row,
                    "",
                    "instance_rows",
                    format!("The rows of '{id}' must all have one name."),
                );
                return None;
            }
            for cell in elements(row) {
                known.entry(name(cell)).or_insert_with(|| {
                    names.push(name(cell));
                    names.len() - 1
                });
                if elements(cell).next().is_some() {
                    self.error(
                        cell,
                        "",
                        "instance_rows",
                        "A column holds text, not other elements.",
                    );
                    return None;
                }
            }
        }
        let value = match (value, names.first()) {
            ("", Some(first)) if !known.contains_key("name") => first,
            ("", _) => "name",
            (value, _) => value,
        };
        let itext =
            by_itext.or_else(|| known.contains_key("itextId").then(|| "itextId".to_owned()));
        let label = match &itext {
            Some(_) => "label",
            None if label.is_empty() => "label",
            None => label,
        };
        if !known.is_empty() && !known.contains_key(value) {
            let near = did_you_mean(value, names.iter().copied());
            self.error(
                instance,
                "id",
                "list_column",
                format!("The instance '{id}' has no column '{value}'.{near}"),
            );
            return None;
        }
        let own: Vec<&str> = names
            .iter()
            .copied()
            .filter(|n| {
                *n != value && (*n != label || value == label) && Some(*n) != itext.as_deref()
            })
            .collect();
        let columns = [value, label].into_iter().chain(own.iter().copied());
        let mut list = List::new(id, columns.map(str::to_owned).collect());
        name(root).clone_into(&mut list.root);
        item.unwrap_or("item").clone_into(&mut list.item);
        let codes = LanguageCodes::new(&self.draft.languages);
        let at = self.draft.lists.len();
        for row in elements(root) {
            let cell = |wanted: &str| {
                child(row, wanted)
                    .map(text)
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            let texts = match &itext {
                Some(column) if child(row, column).is_some() => {
                    let id = cell(column);
                    self.texts_by_id(row, &id, Use::Label, column)
                }
                _ => plain(cell(label), self.lines.place(row, label)),
            };
            let values: Vec<String> = [cell(value), String::new()]
                .into_iter()
                .chain(own.iter().map(|c| cell(c)))
                .collect();
            self.row(&mut list, at, values, texts, &codes);
        }
        Some(list)
    }

    /// Adds a choice to a list that will stand at `at`.
    fn row(
        &mut self,
        list: &mut List,
        at: usize,
        values: Vec<String>,
        texts: Vec<DraftText>,
        codes: &LanguageCodes,
    ) {
        let row = list.push(values);
        let mut media: Vec<(Arc<str>, &'static str, String)> = Vec::new();
        for text in texts {
            let language = codes.of(text.language.as_deref());
            if text.column != "label" {
                media.push((language, text.column, text.cell.text));
            } else if text.cell.text.contains(OUTPUT_START) {
                self.draft.raw_labels.push(RawLabel {
                    list: at,
                    row,
                    language,
                    cell: text.cell,
                });
            } else {
                list.put_label(row, &language, &text.cell.text);
            }
        }
        list.put_media(row, media);
    }

    /// Source, filter and parameters of a select.
    pub(super) fn choices(&mut self, control: El<'x>, path: &str, node: &mut DraftNode) {
        if let Some(query) = attribute(control, "query") {
            return self.query(control, query, node);
        }
        let itemset = child(control, "itemset");
        let items = elements(control).any(|e| name(e) == "item");
        match itemset {
            None => self.items(control, node),
            Some(itemset) if items => {
                self.error(
                    itemset,
                    "",
                    "choices_twice",
                    "Choices come from items or from an itemset, not from both.",
                );
            }
            Some(itemset) => self.itemset(itemset, path, node),
        }
    }

    fn itemset(&mut self, itemset: El<'x>, path: &str, node: &mut DraftNode) {
        let written = attribute(itemset, "nodeset").unwrap_or_default();
        let set = match nodeset(written) {
            Ok(set) => set,
            Err(why) => {
                return self.error(
                    itemset,
                    "nodeset",
                    "itemset",
                    format!("The itemset cannot be read: {why}."),
                );
            }
        };
        let reference = |wanted: &str| child(itemset, wanted).and_then(|e| attribute(e, "ref"));
        let value = reference("value").unwrap_or_default().trim().to_owned();
        let label = reference("label").unwrap_or_default().trim().to_owned();
        if value.is_empty() {
            return self.error(
                itemset,
                "",
                "itemset",
                "An itemset needs a value with a ref.",
            );
        }
        if set.randomize {
            node.parameters
                .push(("randomize".to_owned(), "true".to_owned()));
        }
        if let Some(seed) = &set.seed {
            node.parameters.push(("seed".to_owned(), seed.clone()));
        }
        match &set.instance {
            None => self.answers(itemset, &set, (&value, &label), path, node),
            Some(id) => {
                let usable = crate::xpath::is_name(&value)
                    && (label.is_empty()
                        || crate::xpath::is_name(&label)
                        || itext_column(&label).is_some());
                if !usable {
                    return self.error(
                        itemset,
                        "",
                        "itemset",
                        format!("'{value}' and '{label}' must name columns of '{id}', or jr:itext(column)."),
                    );
                }
                let list = self.list(itemset, id, Some((&value, &label)), "nodeset");
                if let Some(list) = list {
                    let (root, item) = (&self.draft.lists[list].root, &self.draft.lists[list].item);
                    let wanted = format!("/{root}/{item}");
                    if set.path != wanted && self.draft.lists[list].len() > 0 {
                        let message = format!("The rows of '{id}' are {wanted}, not {}.", set.path);
                        self.error(itemset, "nodeset", "itemset", message);
                    }
                    let usual = self.draft.lists[list].internal;
                    node.source = Some(Source::List {
                        list,
                        value: (!usual).then(|| value.clone()),
                        label: (!usual && !label.is_empty()).then(|| label.clone()),
                    });
                }
                if let Some(filter) = set.filter {
                    let place = self.lines.place(itemset, "nodeset");
                    node.cells.insert(
                        "choice_filter",
                        Cell {
                            text: filter,
                            place,
                        },
                    );
                }
            }
        }
    }

    /// Choices that are the answers to a question of a repeat.
    fn answers(
        &mut self,
        itemset: El<'x>,
        set: &Nodeset,
        (value, label): (&str, &str),
        path: &str,
        node: &mut DraftNode,
    ) {
        let place = self.lines.place(itemset, "nodeset");
        let full = super::paths::plain(&set.path, path);
        let Some(full) = full.filter(|_| crate::xpath::is_name(value)) else {
            return self.error(
                itemset,
                "nodeset",
                "itemset",
                format!(
                    "'{}' is no path to a repeat, or '{value}' no question in it.",
                    set.path
                ),
            );
        };
        if !label.is_empty() && label != value {
            return self.error(
                itemset,
                "",
                "itemset",
                "Answers of a repeat are their own labels: value and label must be one.",
            );
        }
        let text = format!("{full}/{value}");
        node.source = Some(Source::Answers(Cell {
            text,
            place: place.clone(),
        }));
        let given = format!("./{value}!=''");
        let filter = set.filter.as_ref().filter(|f| {
            let bare: String = f.chars().filter(|c| !c.is_whitespace()).collect();
            bare != given
        });
        if let Some(filter) = filter {
            let text = filter.clone();
            node.cells.insert("choice_filter", Cell { text, place });
        }
    }

    /// Choices that stand in the control itself.
    fn items(&mut self, control: El<'x>, node: &mut DraftNode) {
        let mut id = node.name.clone();
        while self.draft.list_index.contains_key(&id) || self.instances.contains_key(&id) {
            id.push('_');
        }
        let columns = ["name", "label"].map(str::to_owned).to_vec();
        let mut list = List::new(id.clone(), columns);
        let codes = LanguageCodes::new(&self.draft.languages);
        let at = self.draft.lists.len();
        for item in elements(control).filter(|e| name(*e) == "item") {
            let Some(value) = child(item, "value").map(text) else {
                self.error(item, "", "choice_nameless", "A choice needs a value.");
                continue;
            };
            let value = value.trim().to_owned();
            if value.is_empty() {
                self.error(
                    item,
                    "",
                    "choice_nameless",
                    "The value of a choice is empty.",
                );
                continue;
            }
            let texts = child(item, "label")
                .map(|label| self.texts_of(label, attribute(label, "ref"), Use::Label, "ref"))
                .unwrap_or_default();
            self.row(&mut list, at, vec![value, String::new()], texts, &codes);
        }
        if list.len() == 0 {
            return self.error(
                control,
                "",
                "choices_missing",
                format!("'{}' has no choices.", node.name),
            );
        }
        self.draft.lists.push(list);
        self.draft.list_index.insert(id, at);
        node.source = Some(Source::List {
            list: at,
            value: None,
            label: None,
        });
        self.search(control, at, node);
    }

    /// With `search()` the choices name the columns of a file.
    fn search(&mut self, control: El<'x>, sheet: usize, node: &mut DraftNode) {
        let Some(call) = crate::xlsform::search::call(node.text("appearance")) else {
            return;
        };
        let place = self.lines.place(control, "appearance");
        let made = call.and_then(|call| {
            let file = format!("{}.csv", call.file);
            self.draft.attach(&file);
            let missing = || {
                (
                    "file_missing",
                    format!("The file '{file}' that the form refers to is not there."),
                )
            };
            let table = crate::data::read(&file, self.files.get(&file).ok_or_else(missing)?)?;
            let list = crate::xlsform::search::list(&self.draft.lists[sheet], table)?;
            Ok((list, call.filter))
        });
        match made {
            Ok((list, filter)) => {
                node.searched = Some(sheet);
                self.draft.lists.push(list);
                node.source = Some(Source::List {
                    list: self.draft.lists.len() - 1,
                    value: None,
                    label: None,
                });
                if let Some(text) = filter {
                    node.cells.insert("choice_filter", Cell { text, place });
                }
            }
            Err((code, message)) => self.report.error(place.problem(code, message)),
        }
    }

    /// `query` of pyxform's `select_one_external`: the rows of itemsets.csv that belong to a list.
    fn query(&mut self, control: El<'x>, query: &str, node: &mut DraftNode) {
        const FILE: &str = "itemsets.csv";
        let place = self.lines.place(control, "query");
        let set = match nodeset(query) {
            Ok(Nodeset {
                instance: Some(id),
                filter,
                ..
            }) => (id, filter),
            _ => {
                return self.error(
                    control,
                    "query",
                    "itemset",
                    format!("'{query}' is no query of a list."),
                );
            }
        };
        self.draft.attach(FILE);
        let made = self
            .files
            .get(FILE)
            .ok_or_else(|| {
                (
                    "file_missing",
                    format!("The file '{FILE}' that the form refers to is not there."),
                )
            })
            .and_then(|bytes| crate::data::read(FILE, bytes))
            .and_then(|mut table| {
                let column = table
                    .columns
                    .iter()
                    .position(|c| matches!(c.as_str(), "list_name" | "list name"));
                let column = column.ok_or((
                    "file_column",
                    format!("'{FILE}' has no column 'list_name'."),
                ))?;
                table
                    .rows
                    .retain(|row| row.get(column).is_some_and(|n| *n == set.0));
                crate::data::list(&set.0, table, Some("name"), Some("label"), true)
            });
        match made {
            Ok(list) => {
                self.draft.lists.push(list);
                node.source = Some(Source::List {
                    list: self.draft.lists.len() - 1,
                    value: None,
                    label: None,
                });
            }
            Err((code, message)) => self.report.error(place.problem(code, message)),
        }
        if let Some(text) = set.1 {
            node.cells.insert("choice_filter", Cell { text, place });
        }
    }
}

/// The column in `jr:itext(itextId)`.
fn itext_column(label: &str) -> Option<&str> {
    if itext_id(label).is_some() {
        return None;
    }
    let rest = label.trim().strip_prefix("jr:itext")?.trim_start();
    let column = rest.strip_prefix('(')?.strip_suffix(')')?.trim();
    crate::xpath::is_name(column).then_some(column)
}

/// A label without languages.
fn plain(text: String, place: Place) -> Vec<DraftText> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![DraftText {
        column: "label",
        language: None,
        cell: Cell { text, place },
    }]
}
