//! XLSForm: the sheets of a workbook to a [`Draft`].

mod choices;
mod kinds;
mod settings;
mod survey;
mod table;

use crate::Files;
use crate::book::{Book, RawSheet};
use crate::compile::{LanguageCodes, Report};
use crate::draft::Draft;
use crate::problem::{Problem, did_you_mean, nearest};
use table::Table;

pub(crate) use settings::{is_no, is_yes};

/// Reads the sheets `survey`, `choices`, `settings` and `entities`.
pub(crate) fn read(
    mut book: Book,
    file_name: &str,
    _files: &Files,
    report: &mut Report,
) -> Option<Draft> {
    let (survey, choices, settings) = (
        take(&mut book, "survey", report),
        take(&mut book, "choices", report),
        take(&mut book, "settings", report),
    );
    if take(&mut book, "entities", report).is_some() {
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
                did_you_mean("survey", names)
            ),
        ));
        return None;
    };
    let survey = Table::read(survey, "survey", report);
    let choices = choices.map(|s| Table::read(s, "choices", report));
    let settings = settings.map(|s| Table::read(s, "settings", report));
    let mut draft = Draft {
        settings: settings::read(settings.as_ref(), file_name, report),
        ..Draft::default()
    };
    let headings = survey
        .languages()
        .chain(choices.iter().flat_map(Table::languages));
    for heading in headings {
        if !draft.languages.iter().any(|l| l == heading) {
            draft.languages.push(heading.to_owned());
        }
    }
    let codes = LanguageCodes::new(&draft.languages);
    (draft.lists, draft.list_index, draft.raw_labels) =
        choices::read(choices.as_ref(), &draft.settings, &codes, report);
    if survey::read(&survey, choices.is_some(), &mut draft, report) {
        let names = book.sheets.iter().map(|s| s.name.as_str());
        let similar = nearest("choices", names).map_or_else(String::new, |name| {
            format!(
                " When looking for a sheet named 'choices', the following sheets with similar names were found: '{name}'."
            )
        });
        report.error(Problem::new(
            "sheet_missing",
            format!(
                "There should be a choices sheet in this xlsform.{similar} Please ensure that the choices sheet has the mandatory columns 'list_name', 'name', and 'label'."
            ),
        ));
    }
    choices::warn_about_unused(&draft, report);
    Some(draft)
}

/// The sheet of that name, whatever its case and the space around it.
fn take(book: &mut Book, name: &str, report: &mut Report) -> Option<RawSheet> {
    let is = |sheet: &RawSheet| sheet.name.trim().eq_ignore_ascii_case(name);
    let at = book.sheets.iter().position(is)?;
    let sheet = book.sheets.remove(at);
    if sheet.name.trim() != sheet.name {
        report.warn(
            Problem::new(
                "space_around",
                format!(
                    "The sheet '{}' has space around its name; it is read as '{name}'.",
                    sheet.name
                ),
            )
            .sheet(name),
        );
    }
    if let Some(other) = book.sheets.iter().find(|s| is(s)) {
        report.error(
            Problem::new(
                "sheet_twice",
                format!(
                    "There are two sheets '{name}': '{}' and '{}'.",
                    sheet.name, other.name
                ),
            )
            .sheet(name),
        );
    }
    Some(sheet)
}
