//! Workbook to [`Form`].

mod choices;
mod expressions;
mod graph;
mod settings;
mod survey;
mod table;
mod tree;

use crate::Files;
use crate::form::{Form, NodeId};
use crate::problem::Problem;
use crate::text::{Language, Languages};
use std::collections::HashMap;
use std::sync::Arc;
use table::Table;

/// A form that loaded, and what its author may want to mend.
#[derive(Debug)]
pub struct Compiled {
    /// The questionnaire.
    pub form: Form,
    /// Doubtful, yet without effect on answers.
    pub warnings: Vec<Problem>,
}

/// Errors and warnings found on the way.
#[derive(Debug, Default)]
struct Report {
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Report {
    fn error(&mut self, problem: Problem) {
        self.errors.push(problem);
    }

    fn warn(&mut self, problem: Problem) {
        self.warnings.push(problem);
    }
}

/// Most problems in one answer: a file with more has one cause.
const MAX_PROBLEMS: usize = 500;

/// Compiles an XLSForm: .xlsx, .xls, CSV or Markdown tables, by content. `file_name` gives the form's
/// identifier where the settings give none.
///
/// # Errors
/// Every problem that makes the form unusable, with sheet, row and column.
pub fn compile(bytes: &[u8], file_name: &str) -> Result<Compiled, Vec<Problem>> {
    compile_with(bytes, file_name, &Files::new())
}

/// The same for a questionnaire that refers to files beside it.
///
/// # Errors
/// Every problem that makes the form unusable, with sheet, row and column.
pub fn compile_with(
    bytes: &[u8],
    file_name: &str,
    files: &Files,
) -> Result<Compiled, Vec<Problem>> {
    let mut report = Report::default();
    let form = build(bytes, file_name, files, &mut report);
    report.errors.truncate(MAX_PROBLEMS);
    report.warnings.truncate(MAX_PROBLEMS);
    match form {
        Some(form) if report.errors.is_empty() => Ok(Compiled {
            form,
            warnings: report.warnings,
        }),
        _ => Err(report.errors),
    }
}

/// The warnings of a form that has errors too.
pub(crate) fn compile_with_warnings(
    bytes: &[u8],
    file_name: &str,
    files: &Files,
) -> (Option<Form>, Vec<Problem>, Vec<Problem>) {
    let mut report = Report::default();
    let form = build(bytes, file_name, files, &mut report);
    report.errors.truncate(MAX_PROBLEMS);
    report.warnings.truncate(MAX_PROBLEMS);
    (form, report.errors, report.warnings)
}

fn build(bytes: &[u8], file_name: &str, _files: &Files, report: &mut Report) -> Option<Form> {
    let mut book = match crate::book::read(bytes) {
        Ok(book) => book,
        Err(problem) => {
            report.error(problem);
            return None;
        }
    };
    let mut take = |name: &str| {
        let at = book
            .sheets
            .iter()
            .position(|s| s.name.trim().eq_ignore_ascii_case(name))?;
        Some(book.sheets.swap_remove(at))
    };
    let (survey, choices, settings) = (take("survey"), take("choices"), take("settings"));
    if take("entities").is_some() {
        report.error(
            Problem::new("sheet_unsupported", "Entities are not supported yet.").sheet("entities"),
        );
    }
    let Some(survey) = survey else {
        let names = book.sheets.iter().map(|s| s.name.as_str());
        report.error(Problem::new(
            "sheet_missing",
            format!(
                "You must have a sheet named 'survey'.{}",
                crate::problem::did_you_mean("survey", names)
            ),
        ));
        return None;
    };
    let survey = Table::read(survey, "survey", report);
    let choices = choices.map(|s| Table::read(s, "choices", report));
    let settings = settings.map(|s| Table::read(s, "settings", report));
    let settings = settings::read(settings.as_ref(), file_name, report);
    let languages = languages(
        &survey,
        choices.as_ref(),
        &settings.default_language,
        report,
    );
    let codes = LanguageCodes::new(&languages);
    let (mut lists, list_index, raw_labels) =
        choices::read(choices.as_ref(), &settings, &codes, report);
    let tree = survey::read(&survey, &settings.root, &lists, &list_index, report);
    let form = expressions::resolve(
        tree,
        &survey,
        &mut lists,
        &list_index,
        raw_labels,
        &settings,
        &codes,
        languages,
        report,
    )?;
    Some(Form { lists, ..form })
}

/// The languages of all headings, in order, and the default one.
fn languages(
    survey: &Table,
    choices: Option<&Table>,
    default: &str,
    report: &mut Report,
) -> Languages {
    let mut all: Vec<Language> = Vec::new();
    let headings = survey
        .languages()
        .chain(choices.into_iter().flat_map(Table::languages));
    for heading in headings {
        let language = Language::parse(heading);
        if !all.contains(&language) {
            all.push(language);
        }
    }
    let chosen = all.iter().position(|l| l.is(default));
    if !default.is_empty() && chosen.is_none() && !all.is_empty() {
        report.warn(
            Problem::new(
                "language_unknown",
                format!(
                    "No column is in the default language '{default}'.{}",
                    crate::problem::did_you_mean(default, all.iter().map(|l| l.name.as_str()))
                ),
            )
            .sheet("settings")
            .column("default_language"),
        );
    }
    Languages::new(all, chosen)
}

/// Shared codes of languages, so that 80,000 choices do not each own the text "id".
struct LanguageCodes {
    codes: HashMap<String, Arc<str>>,
}

impl LanguageCodes {
    fn new(languages: &Languages) -> Self {
        let codes = languages
            .all()
            .iter()
            .map(|l| (l.code.clone(), Arc::from(l.code.as_str())))
            .chain([(String::new(), Arc::from(""))])
            .collect();
        Self { codes }
    }

    /// Code for what stands in a heading; empty for a heading without language.
    fn of(&self, heading: Option<&str>) -> Arc<str> {
        let code = heading.map(|h| Language::parse(h).code).unwrap_or_default();
        self.codes
            .get(&code)
            .cloned()
            .unwrap_or_else(|| Arc::from(code))
    }
}

type Keys = HashMap<NodeId, HashMap<String, NodeId>>;
