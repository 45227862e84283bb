//! Lists of choices, stored by columns: all 83,762 villages of Indonesia take four megabytes, where a row of
//! texts of its own for each would take forty.

use crate::text::{Languages, Segment, Text};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A file that goes with a label: language code, column and file name.
pub(crate) type MediaFile = (Arc<str>, &'static str, String);

/// The column in which a choice says where it lies: the name that ODK's select from a map reads.
pub(crate) const GEOMETRY: &str = "geometry";

/// A list of choices.
#[derive(Debug)]
pub(crate) struct List {
    pub name: String,
    /// `name`, `label` and the author's own columns.
    pub columns: Vec<String>,
    /// Whether it stands in the sheet `choices`; its labels are texts then.
    pub internal: bool,
    /// Whether its rows are entities, which come when the form is used; its columns are those that the form
    /// names.
    pub linked: bool,
    /// Columns of value and label.
    pub value: usize,
    pub label: usize,
    /// Names of the outer element and of each row, behind `instance('name')`.
    pub root: String,
    pub item: String,
    length: u32,
    /// By column. The label's is empty if labels are texts.
    cells: Vec<Column>,
    /// Labels without outputs, by language, in the order of the headings.
    labels: Vec<(Arc<str>, Column)>,
    /// Labels of rows where some language has outputs: all languages.
    texts: BTreeMap<u32, Text>,
    /// Files of the few rows that have any.
    media: BTreeMap<u32, Vec<MediaFile>>,
    /// Rows sorted by value, made when it is first asked for.
    by_value: OnceLock<Vec<u32>>,
}

impl List {
    /// An empty list of the sheet `choices`: its first columns are value and label.
    pub(crate) fn new(name: impl Into<String>, columns: Vec<String>) -> Self {
        Self {
            name: name.into(),
            cells: vec![Column::default(); columns.len()],
            columns,
            internal: true,
            linked: false,
            value: 0,
            label: 1,
            root: "root".to_owned(),
            item: "item".to_owned(),
            length: 0,
            labels: Vec::new(),
            texts: BTreeMap::new(),
            media: BTreeMap::new(),
            by_value: OnceLock::new(),
        }
    }

    /// Adds a column, which is empty in the rows that are there.
    pub(crate) fn add_column(&mut self, name: String) {
        self.columns.push(name);
        self.cells.push(Column::default());
    }

    /// The same list with other rows, each given by column.
    pub(crate) fn with_rows<R: Fn(&str) -> String>(
        &self,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        let mut list = Self::new(self.name.as_str(), self.columns.clone());
        (list.internal, list.linked) = (self.internal, self.linked);
        (list.value, list.label) = (self.value, self.label);
        for row in rows {
            list.push(self.columns.iter().map(|column| row(column)));
        }
        list
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> u32 {
        self.length
    }

    /// Adds a row with values in the order of the columns; those that are left out are empty. Gives its
    /// number.
    pub(crate) fn push<T: AsRef<str>>(&mut self, values: impl IntoIterator<Item = T>) -> u32 {
        let row = self.length;
        for (column, value) in self.cells.iter_mut().zip(values) {
            column.put(row, value.as_ref());
        }
        self.length += 1;
        self.by_value.take();
        row
    }

    /// Gives a row a label without outputs. Rows get their labels in order.
    pub(crate) fn put_label(&mut self, row: u32, language: &Arc<str>, label: &str) {
        let at = self.labels.iter().position(|(known, _)| known == language);
        let at = at.unwrap_or_else(|| {
            self.labels.push((language.clone(), Column::default()));
            self.labels.len() - 1
        });
        self.labels[at].1.put(row, label);
    }

    /// Gives a row a label with outputs.
    pub(crate) fn put_outputs(
        &mut self,
        row: u32,
        language: Arc<str>,
        raw: String,
        segments: Vec<Segment>,
    ) {
        let mut text = self.text(row);
        text.push(language, raw, segments);
        self.texts.insert(row, text);
    }

    /// Gives a row the label of another list's.
    pub(crate) fn put_text(&mut self, row: u32, text: Text) {
        if !text.is_empty() {
            self.texts.insert(row, text);
        }
    }

    /// Gives a row files.
    pub(crate) fn put_media(&mut self, row: u32, files: Vec<MediaFile>) {
        if !files.is_empty() {
            self.media.insert(row, files);
        }
    }

    /// What stands in a column of a row.
    pub(crate) fn cell(&self, row: u32, column: usize) -> &str {
        self.cells[column].get(row)
    }

    /// The value that a row stands for.
    pub(crate) fn value_of(&self, row: u32) -> &str {
        self.cell(row, self.value)
    }

    /// Where a row lies, as a map shows it: its column `geometry`, if there is one.
    pub(crate) fn geometry(&self, row: u32) -> &str {
        let at = self.columns.iter().position(|c| c == GEOMETRY);
        at.map_or("", |column| self.cell(row, column))
    }

    /// The label of a row in all languages.
    pub(crate) fn text(&self, row: u32) -> Text {
        if let Some(text) = self.texts.get(&row) {
            return text.clone();
        }
        let mut text = Text::default();
        for (language, labels) in &self.labels {
            let label = labels.get(row);
            if !label.is_empty() {
                text.push(language.clone(), label.to_owned(), Vec::new());
            }
        }
        text
    }

    /// The label of a row as written, language by language.
    pub(crate) fn versions(&self, row: u32) -> impl Iterator<Item = (&str, &str)> {
        let with_outputs = self.texts.get(&row);
        let plain = self.labels.iter().filter(move |_| with_outputs.is_none());
        let plain = plain.map(move |(language, labels)| (&**language, labels.get(row)));
        plain
            .filter(|(_, label)| !label.is_empty())
            .chain(with_outputs.into_iter().flat_map(Text::versions))
    }

    /// The label of a row if it has outputs in some language.
    pub(crate) fn with_outputs(&self, row: u32) -> Option<&Text> {
        self.texts.get(&row)
    }

    /// All labels with outputs.
    pub(crate) fn all_with_outputs(&self) -> impl Iterator<Item = &Text> {
        self.texts.values()
    }

    /// The label of a row without outputs, falling back as [`Text::raw`] does; `None` if no language has one.
    pub(crate) fn plain(&self, row: u32, languages: &Languages, lang: &str) -> Option<&str> {
        let shown = |labels: &'_ Column| !labels.get(row).is_empty();
        let by = |code: &str| {
            let mut all = self.labels.iter();
            all.find(|(language, labels)| &**language == code && shown(labels))
        };
        by(languages.code(lang))
            .or_else(|| by(languages.default_code()))
            .or_else(|| by(""))
            .or_else(|| self.labels.iter().find(|(_, labels)| shown(labels)))
            .map(|(_, labels)| labels.get(row))
    }

    /// Files that go with a row.
    pub(crate) fn media(&self, row: u32) -> &[MediaFile] {
        self.media.get(&row).map_or(&[], Vec::as_slice)
    }

    /// All files, row by row.
    pub(crate) fn all_media(&self) -> impl Iterator<Item = &MediaFile> {
        self.media.values().flatten()
    }

    /// Rows with a value, in order; more than one if the author allows it.
    pub(crate) fn rows_of(&self, value: &str) -> &[u32] {
        self.equal(self.by_value(), self.value, value)
    }

    /// Whether some row has the value.
    pub(crate) fn has(&self, value: &str) -> bool {
        !self.rows_of(value).is_empty()
    }

    /// Rows sorted by value.
    pub(crate) fn by_value(&self) -> &[u32] {
        self.by_value.get_or_init(|| self.sorted(self.value))
    }

    /// Rows sorted by a column, and where it is equal by number. Four bytes a row.
    pub(crate) fn sorted(&self, column: usize) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..self.length).collect();
        // Stable, so that equal rows stay in order; and fast on what is sorted already.
        rows.sort_by_key(|row| self.cell(*row, column));
        rows
    }

    /// Of rows sorted by a column, those that have a text there.
    pub(crate) fn equal<'r>(&self, sorted: &'r [u32], column: usize, text: &str) -> &'r [u32] {
        let start = sorted.partition_point(|row| self.cell(*row, column) < text);
        let rest = &sorted[start..];
        let length = rest.partition_point(|row| self.cell(*row, column) == text);
        &rest[..length]
    }

    /// A name with a space in it, which an answer of several choices cannot hold.
    pub(crate) fn name_with_space(&self) -> Option<&str> {
        let names = (0..self.length).map(|row| self.value_of(row));
        names.filter(|n| n.contains(char::is_whitespace)).min()
    }
}

/// One text for each row, one behind the other. A text equal to the one of the row above is not stored again.
#[derive(Debug, Clone, Default)]
struct Column {
    text: String,
    /// Start and length. Rows at the end that have no text have no entry; files are bounded far below 4 GB.
    places: Vec<(u32, u32)>,
}

impl Column {
    /// Appends the text of a row; rows between have none.
    fn put(&mut self, row: u32, value: &str) {
        if value.is_empty() {
            return;
        }
        let place = match self.places.last() {
            Some(last) if self.at(*last) == value => *last,
            _ => {
                let start = self.text.len() as u32;
                self.text.push_str(value);
                (start, value.len() as u32)
            }
        };
        self.places.resize(row as usize, (0, 0));
        self.places.push(place);
    }

    fn get(&self, row: u32) -> &str {
        let place = self.places.get(row as usize);
        place.map_or("", |place| self.at(*place))
    }

    fn at(&self, (start, length): (u32, u32)) -> &str {
        let start = start as usize;
        self.text
            .get(start..start + length as usize)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_back_what_was_put_into_them() {
        let mut list = List::new("l", ["name", "label", "area"].map(str::to_owned).to_vec());
        let rows = [
            ["b", "", ""],
            ["a", "", "x"],
            ["é ü", "", "x"],
            ["a", "", ""],
            ["c", "", "x"],
        ];
        for row in rows {
            list.push(row);
        }
        for (number, row) in rows.iter().enumerate() {
            for (column, text) in row.iter().enumerate() {
                assert_eq!(list.cell(number as u32, column), *text);
            }
        }
        assert_eq!(list.len(), 5);
        assert_eq!(list.rows_of("a"), [1, 3]);
        assert!(list.has("é ü") && !list.has("x") && !list.has(""));
        assert_eq!(list.name_with_space(), Some("é ü"));
        list.push(["0"]);
        assert_eq!(list.rows_of("0"), [5]);
        assert_eq!(list.cell(5, 2), "");
    }

    #[test]
    fn labels_fall_back_as_texts_do() {
        let (id, en): (Arc<str>, Arc<str>) = (Arc::from("id"), Arc::from("en"));
        let languages = ["A (id)", "B (en)", "C (fr)"].map(crate::text::Language::parse);
        let languages = Languages::new(languages.to_vec(), Some(0));
        let mut list = List::new("l", ["name", "label"].map(str::to_owned).to_vec());
        for (name, labels) in [
            ("a", ["satu", "one"]),
            ("b", ["", "two"]),
            ("c", ["", ""]),
            ("d", ["dua", ""]),
        ] {
            let row = list.push([name]);
            list.put_label(row, &id, labels[0]);
            list.put_label(row, &en, labels[1]);
        }
        for row in 0..list.len() {
            for lang in ["id", "en", "fr", ""] {
                let text = list.text(row);
                let plain = list.plain(row, &languages, lang);
                assert_eq!(plain.unwrap_or_default(), text.raw(&languages, lang));
                assert_eq!(plain.is_none(), text.is_empty());
            }
        }
    }
}
