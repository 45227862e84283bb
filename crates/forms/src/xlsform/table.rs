//! A sheet with its headings understood.

use crate::book::RawSheet;
use crate::compile::Report;
use crate::draft::Place;
use crate::functions::Support;
use crate::problem::{Problem, nearest};
use crate::types::COLUMNS;

/// Headings that are a prefix of another name, not a name with a language.
const PREFIXES: [&str; 6] = ["media", "bind", "control", "body", "instance", "attribute"];

/// What a spreadsheet shows where a formula has no result.
const CELL_ERRORS: [&str; 8] = [
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#REF!",
    "#VALUE!",
    "#GETTING_DATA",
];

#[derive(Debug)]
pub(super) struct Heading {
    /// As the author wrote it.
    pub raw: String,
    /// Canonical name.
    pub name: String,
    pub language: Option<String>,
}

#[derive(Debug)]
pub(super) struct Table {
    pub sheet: &'static str,
    pub headings: Vec<Heading>,
    /// Row number and trimmed cells.
    pub rows: Vec<(u32, Vec<String>)>,
}

impl Table {
    pub(super) fn read(raw: RawSheet, sheet: &'static str, report: &mut Report) -> Self {
        let mut rows = raw.rows.into_iter();
        let (heading_row, first) = rows.next().unwrap_or_default();
        let mut headings: Vec<Heading> = Vec::new();
        for cell in &first {
            let heading = understand(cell, sheet, heading_row, report);
            let twice = headings.iter().any(|h| {
                !h.name.is_empty() && h.name == heading.name && h.language == heading.language
            });
            if twice {
                report.error(
                    Problem::new(
                        "column_twice",
                        format!("The column '{}' stands twice.", heading.raw),
                    )
                    .sheet(sheet)
                    .row(heading_row)
                    .column(&heading.raw),
                );
            }
            headings.push(heading);
        }
        let mut table = Self {
            sheet,
            headings,
            rows: Vec::new(),
        };
        for (number, mut cells) in rows {
            for (column, cell) in cells.iter().enumerate().skip(table.headings.len()) {
                if !cell.trim().is_empty() {
                    report.warn(
                        Problem::new(
                            "column_nameless",
                            format!(
                                "Column {} has no heading; what stands in it is ignored.",
                                column + 1
                            ),
                        )
                        .sheet(sheet)
                        .row(number),
                    );
                }
            }
            table.warn_about_space(number, &cells, report);
            table.refuse_errors(number, &cells, report);
            for cell in &mut cells {
                // Nearly every cell is clean: 80,000 choices are not copied.
                let bare = bare(cell);
                if bare.len() != cell.len() {
                    *cell = bare.to_owned();
                }
            }
            if cells.iter().any(|c| !c.is_empty()) {
                table.rows.push((number, cells));
            }
        }
        table
    }

    /// A name with space around it works here and not in other tools.
    fn warn_about_space(&self, row: u32, cells: &[String], report: &mut Report) {
        for (heading, cell) in self.headings.iter().zip(cells) {
            if matches!(heading.name.as_str(), "name" | "list_name")
                && cell.trim().len() != cell.len()
            {
                report.warn(
                    Problem::new(
                        "space_around",
                        format!("'{}' has space around it; it is read without.", cell.trim()),
                    )
                    .sheet(self.sheet)
                    .row(row)
                    .column(&heading.raw),
                );
            }
        }
    }

    /// What a formula gives that went wrong is no text that anybody wanted.
    fn refuse_errors(&self, row: u32, cells: &[String], report: &mut Report) {
        for (heading, cell) in self.headings.iter().zip(cells) {
            if CELL_ERRORS.contains(&cell.as_str()) && !heading.name.is_empty() {
                report.error(
                    Problem::new(
                        "cell_error",
                        format!("The cell holds '{cell}', the error of a formula."),
                    )
                    .sheet(self.sheet)
                    .row(row)
                    .column(&heading.raw),
                );
            }
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.headings
            .iter()
            .position(|h| h.name == name && h.language.is_none())
    }

    /// Heading as written, for messages.
    pub(super) fn heading(&self, name: &str) -> &str {
        self.headings
            .iter()
            .find(|h| h.name == name)
            .map_or("", |h| h.raw.as_str())
    }

    /// Columns of a name in all languages: index and language.
    pub(super) fn translations<'t>(
        &'t self,
        name: &'t str,
    ) -> impl Iterator<Item = (usize, Option<&'t str>)> {
        self.headings
            .iter()
            .enumerate()
            .filter(move |(_, h)| h.name == name)
            .map(|(index, h)| (index, h.language.as_deref()))
    }

    pub(super) fn languages(&self) -> impl Iterator<Item = &str> {
        self.headings.iter().filter_map(|h| h.language.as_deref())
    }

    /// Place of a cell, by the standard name of its column.
    pub(super) fn place(&self, row: u32, column: &str) -> Place {
        let heading = self.heading(column);
        Place {
            sheet: self.sheet,
            row,
            column: if heading.is_empty() { column } else { heading }.to_owned(),
        }
    }

    /// Place of a cell below a heading.
    pub(super) fn place_of(&self, row: u32, heading: &Heading) -> Place {
        Place {
            sheet: self.sheet,
            row,
            column: heading.raw.clone(),
        }
    }

    /// A problem at a cell of this sheet.
    pub(super) fn at(&self, problem: Problem, row: u32, column: &str) -> Problem {
        let heading = self.heading(column);
        let problem = problem.sheet(self.sheet).row(row);
        problem.column(if heading.is_empty() { column } else { heading })
    }

    /// Warns where some texts of a column are translated and others are not.
    pub(super) fn warn_about_translations(&self, report: &mut Report) {
        for name in ["label", "hint", "constraint_message", "required_message"] {
            let columns: Vec<_> = self.translations(name).collect();
            if columns.len() < 2 {
                continue;
            }
            for (index, language) in &columns {
                let text = |cells: &[String], i: usize| cells.get(i).is_some_and(|c| !c.is_empty());
                let missing = self.rows.iter().find(|(_, cells)| {
                    !text(cells, *index) && columns.iter().any(|(other, _)| text(cells, *other))
                });
                if let Some((row, _)) = missing {
                    let language = language.unwrap_or("default");
                    report.warn(
                        Problem::new(
                            "translation_missing",
                            format!(
                                "'{name}' is missing in the language '{language}', here first."
                            ),
                        )
                        .sheet(self.sheet)
                        .row(*row)
                        .column(&self.headings[*index].raw),
                    );
                }
            }
        }
    }
}

/// A cell without space at its ends; no-break spaces and zero-width marks count as space.
fn bare(cell: &str) -> &str {
    cell.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{a0}' | '\u{200b}' | '\u{feff}')
    })
}

fn clean(cell: &str) -> String {
    bare(cell).to_owned()
}

fn understand(cell: &str, sheet: &'static str, row: u32, report: &mut Report) -> Heading {
    let raw = clean(cell);
    let nothing = |raw: String| Heading {
        raw,
        name: String::new(),
        language: None,
    };
    if raw.is_empty() {
        return nothing(raw);
    }
    let mut parts: Vec<String> = raw.split("::").map(|p| p.trim().to_owned()).collect();
    if parts.len() == 1
        && let Some((name, language)) = raw.split_once(':')
        && find(sheet, &name.trim().to_lowercase()).is_some_and(|c| c.translated)
    {
        parts = vec![name.trim().to_owned(), language.trim().to_owned()];
    }
    // Old questionnaires write one colon: `bind:relevant`, `bind:jr:constraintMsg`, `media:image:English`.
    if let [only] = parts.as_slice()
        && let Some((prefix, rest)) = only.split_once(':')
        && PREFIXES.contains(&prefix.trim().to_lowercase().as_str())
    {
        let rest = match rest.strip_prefix("jr:") {
            Some(name) => vec![format!("jr:{name}")],
            None => rest.split(':').map(|p| p.trim().to_owned()).collect(),
        };
        let prefix = prefix.trim().to_owned();
        parts = std::iter::once(prefix).chain(rest).collect();
    }
    let mut first = parts[0].to_lowercase();
    let mut rest = parts[1..].to_vec();
    if PREFIXES.contains(&first.as_str()) && !rest.is_empty() {
        first = format!("{first}::{}", rest.remove(0).to_lowercase());
    }
    let language = (!rest.is_empty())
        .then(|| rest.join("::"))
        .filter(|l| !l.is_empty());
    let place = |problem: Problem| problem.sheet(sheet).row(row).column(&raw);
    let Some(info) = find(sheet, &first) else {
        if matches!(sheet, "choices" | "external_choices") {
            // The author's own column, for choice filters.
            return Heading {
                name: parts[0].clone(),
                raw,
                language,
            };
        }
        if first.contains("::") {
            // An attribute for other programs.
            let (prefix, name) = parts[0]
                .split_once("::")
                .unwrap_or((parts[0].as_str(), parts.get(1).map_or("", String::as_str)));
            return Heading {
                name: format!("{}::{name}", prefix.to_lowercase()),
                raw,
                language: None,
            };
        }
        let known = COLUMNS.iter().filter(|c| c.sheet == sheet).map(|c| c.name);
        match nearest(&first, known) {
            Some(near) => report.error(place(Problem::new(
                "column_unknown",
                format!("There is no column '{raw}'. Did you mean '{near}'?"),
            ))),
            None => report.warn(place(Problem::new(
                "column_ignored",
                format!("The column '{raw}' is not known and is ignored."),
            ))),
        }
        return nothing(raw);
    };
    if language.is_some() && !info.translated {
        report.error(place(Problem::new(
            "column_unknown",
            format!("The column '{}' has no languages.", info.name),
        )));
        return nothing(raw);
    }
    if info.support == Support::Accepted && info.name != "note" {
        report.warn(place(Problem::new(
            "column_without_effect",
            format!("The column '{}' has no effect.", info.name),
        )));
    }
    Heading {
        name: info.name.to_owned(),
        raw,
        language,
    }
}

fn find(sheet: &str, name: &str) -> Option<&'static crate::types::ColumnInfo> {
    COLUMNS
        .iter()
        .filter(|c| c.sheet == sheet || sheet == "external_choices" && c.sheet == "choices")
        .find(|c| c.name == name || c.aliases.contains(&name))
}
