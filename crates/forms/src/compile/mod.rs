//! A questionnaire to a [`Form`]: file to [`Draft`], draft to form.

mod doubts;
mod entities;
mod expressions;
mod graph;
mod tree;

use crate::Files;
use crate::draft::Draft;
use crate::expr::Lookups;
use crate::form::{Definition, Form, NodeId};
use crate::problem::Problem;
use crate::text::{Language, Languages};
use std::collections::HashMap;
use std::sync::Arc;

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
pub(crate) struct Report {
    pub errors: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl Report {
    pub(crate) fn error(&mut self, problem: Problem) {
        if self.errors.len() < MAX_KEPT {
            self.errors.push(problem);
        }
    }

    pub(crate) fn warn(&mut self, problem: Problem) {
        if self.warnings.len() < MAX_KEPT {
            self.warnings.push(problem);
        }
    }

    /// Whether more has gone wrong than will be said. Who reads row by row may stop then.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= 2 * MAX_PROBLEMS
    }

    /// In the order in which an author reads the file, and not more than anybody reads.
    pub(crate) fn sort(&mut self) {
        let sheets = [
            "survey",
            "choices",
            "external_choices",
            "entities",
            "settings",
            "xml",
        ];
        for problems in [&mut self.errors, &mut self.warnings] {
            problems.sort_by_key(|p| {
                let sheet = p.sheet.as_deref().unwrap_or_default();
                (sheets.iter().position(|s| *s == sheet), p.row)
            });
            problems.truncate(MAX_PROBLEMS);
        }
    }
}

/// Most problems in one answer: a file with more has one cause.
const MAX_PROBLEMS: usize = 500;

/// Most problems that are kept for sorting: a sheet can have millions of cells below no heading.
const MAX_KEPT: usize = 20_000;

/// Compiles an XLSForm (.xlsx, .xls, CSV or Markdown tables) or an ODK XForm (XML), by content.
/// `file_name` gives the form's identifier where the file gives none.
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
    report.sort();
    match form {
        Some(form) if report.errors.is_empty() => Ok(Compiled {
            form,
            warnings: report.warnings,
        }),
        _ => Err(report.errors),
    }
}

/// Names of the files that a questionnaire refers to, whether or not they are there; none if it cannot
/// be read at all.
pub fn wanted_files(bytes: &[u8], file_name: &str) -> Vec<String> {
    let mut report = Report::default();
    draft(bytes, file_name, &Files::new(), &mut report).map_or_else(Vec::new, |d| d.attachments)
}

/// The warnings of a form that has errors too.
pub(crate) fn compile_with_warnings(
    bytes: &[u8],
    file_name: &str,
    files: &Files,
) -> (Option<Form>, Vec<Problem>, Vec<Problem>) {
    let mut report = Report::default();
    let form = build(bytes, file_name, files, &mut report);
    report.sort();
    (form, report.errors, report.warnings)
}

fn build(bytes: &[u8], file_name: &str, files: &Files, report: &mut Report) -> Option<Form> {
    let draft = draft(bytes, file_name, files, report)?;
    finish(draft, report)
}

/// Reads a file, by content, into a draft.
pub(crate) fn draft(
    bytes: &[u8],
    file_name: &str,
    files: &Files,
    report: &mut Report,
) -> Option<Draft> {
    if crate::xform::is_xml(bytes) {
        return crate::xform::read(bytes, file_name, files, report);
    }
    match crate::book::read(bytes) {
        Ok(book) => crate::xlsform::read(book, file_name, files, report),
        Err(problem) => {
            report.error(problem);
            None
        }
    }
}

/// Compiles a draft.
pub(crate) fn finish(mut draft: Draft, report: &mut Report) -> Option<Form> {
    let languages = languages(&draft, report);
    let codes = LanguageCodes::new(&draft.languages);
    let tree = tree::build(&draft, report);
    let definition = expressions::resolve(tree, &mut draft, &codes, languages, report)?;
    let reads_last_saved = draft.mentions("last-saved");
    let definition = Definition {
        attachments: draft.attachments,
        audit: draft.audit,
        reads_last_saved,
        ..definition
    };
    let mut form = Form {
        definition: Arc::new(definition),
        lists: draft.lists.into_iter().map(Arc::new).collect(),
        lookups: Lookups::default(),
    };
    form.lookups = Lookups::of(&form);
    Some(form)
}

/// The languages of all headings, in order, and the default one.
fn languages(draft: &Draft, report: &mut Report) -> Languages {
    let mut all: Vec<Language> = Vec::new();
    for heading in &draft.languages {
        let language = Language::parse(heading);
        if !all.contains(&language) {
            all.push(language);
        }
    }
    let default = draft.settings.default_language.as_str();
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
pub(crate) struct LanguageCodes {
    codes: HashMap<String, Arc<str>>,
}

impl LanguageCodes {
    pub(crate) fn new(headings: &[String]) -> Self {
        let codes = headings
            .iter()
            .map(|heading| Language::parse(heading).code)
            .map(|code| (code.clone(), Arc::from(code.as_str())))
            .chain([(String::new(), Arc::from(""))])
            .collect();
        Self { codes }
    }

    /// Code for what stands in a heading; empty for a heading without language.
    pub(crate) fn of(&self, heading: Option<&str>) -> Arc<str> {
        let code = heading.map(|h| Language::parse(h).code).unwrap_or_default();
        self.codes
            .get(&code)
            .cloned()
            .unwrap_or_else(|| Arc::from(code))
    }
}

type Keys = HashMap<NodeId, HashMap<String, NodeId>>;
