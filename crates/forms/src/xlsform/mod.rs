//! XLSForm: the sheets of a workbook to a [`Draft`].

mod choices;
mod kinds;
mod settings;
mod survey;
mod table;

use crate::Files;
use crate::book::Book;
use crate::compile::{LanguageCodes, Report};
use crate::draft::Draft;
use crate::problem::{Problem, did_you_mean};
use table::Table;

pub(crate) use settings::{is_no, is_yes};

/// Reads the sheets `survey`, `choices`, `settings` and `entities`.
pub(crate) fn read(
    mut book: Book,
    file_name: &str,
    _files: &Files,
    report: &mut Report,
) -> Option<Draft> {
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
    survey::read(&survey, &mut draft, report);
    choices::warn_about_unused(&draft, report);
    Some(draft)
}
