//! XLSForm: the sheets of a workbook to a [`Draft`].

mod audit;
mod choices;
mod kinds;
mod loops;
mod parameters;
pub(crate) mod search;
mod settings;
mod survey;
mod table;

use crate::Files;
use crate::book::{Book, RawSheet};
use crate::compile::{LanguageCodes, Report};
use crate::draft::{Cell, Draft, DraftEntity, Place};
use crate::problem::{Problem, did_you_mean, nearest};
use table::Table;

pub(crate) use settings::{is_no, is_yes};

/// Reads the sheets `survey`, `choices`, `settings` and `entities`.
pub(crate) fn read(
    mut book: Book,
    file_name: &str,
    files: &Files,
    report: &mut Report,
) -> Option<Draft> {
    // A workbook with a single sheet needs no name for it, unless it looks like a slip.
    if let [only] = book.sheets.as_mut_slice()
        && did_you_mean("survey", [only.name.trim()]).is_empty()
    {
        only.name = "survey".to_owned();
    }
    let (survey, choices, settings) = (
        take(&mut book, "survey", report),
        take(&mut book, "choices", report),
        take(&mut book, "settings", report),
    );
    let entities = take(&mut book, "entities", report);
    let osm = take(&mut book, "osm", report);
    let external = take(&mut book, "external_choices", report);
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
    let external = external.map(|s| Table::read(s, "external_choices", report));
    let entities = entities.map(|s| Table::read(s, "entities", report));
    let settings = settings.map(|s| Table::read(s, "settings", report));
    let mut draft = Draft {
        settings: settings::read(settings.as_ref(), file_name, report),
        ..Draft::default()
    };
    let headings = survey
        .languages()
        .chain(choices.iter().flat_map(Table::languages))
        .chain(external.iter().flat_map(Table::languages));
    for heading in headings {
        if !draft.languages.iter().any(|l| l == heading) {
            draft.languages.push(heading.to_owned());
        }
    }
    let codes = LanguageCodes::new(&draft.languages);
    for table in [choices.as_ref(), external.as_ref()].into_iter().flatten() {
        choices::read(table, &codes, &mut draft, report);
    }
    if let Some(table) = osm.map(|s| Table::read(s, "osm", report)) {
        for (_, cells) in &table.rows {
            let get = |name: &str| table.column(name).and_then(|c| cells.get(c)).cloned();
            let label = table.translations("label").next();
            let label = label.and_then(|(column, _)| cells.get(column)).cloned();
            if let (Some(list), Some(key)) = (get("list_name"), get("name")) {
                let tag = (key, label.unwrap_or_default());
                draft.osm.entry(list).or_default().push(tag);
            }
        }
    }
    if let Some(table) = &entities {
        draft.entities = read_entities(table);
    }
    if survey::read(
        &survey,
        choices.is_some() || external.is_some(),
        &mut draft,
        files,
        report,
    ) {
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
    let media: Vec<String> = draft
        .lists
        .iter()
        .flat_map(crate::form::List::all_media)
        .map(|(.., name)| name.clone())
        .collect();
    for name in media {
        draft.attach(&name);
    }
    pulled(&mut draft, files, report);
    choices::warn_about_unused(&draft, report);
    Some(draft)
}

/// Data files that only expressions name: `pulldata('posts', ..)` means posts.csv.
pub(crate) fn pulled(draft: &mut Draft, files: &Files, report: &mut Report) {
    let mut found: Vec<(String, Place)> = Vec::new();
    for node in &draft.nodes {
        let texts = node.texts.iter().map(|t| &t.cell);
        for cell in node.cells.values().chain(texts) {
            for (at, _) in cell.text.match_indices("pulldata") {
                let rest = cell.text[at + "pulldata".len()..].trim_start();
                let argument = rest.strip_prefix('(').map_or("", str::trim_start);
                let Some(quote) = argument.chars().next().filter(|c| matches!(c, '\'' | '"'))
                else {
                    continue;
                };
                if let Some((name, _)) = argument[1..].split_once(quote) {
                    found.push((name.trim().to_owned(), cell.place.clone()));
                }
            }
        }
    }
    for (name, place) in found {
        if !draft.list_index.contains_key(&name) {
            // A file that is missing is named where the expression is read.
            let file = format!("{name}.csv");
            draft.attach(&file);
            if files.get(&file).is_some() || draft.is_entity_list(&name, files) {
                draft.data_list(&file, (None, None), files, &place, report);
            }
        }
    }
}

/// One entity a row.
fn read_entities(table: &Table) -> Vec<DraftEntity> {
    let mut out = Vec::new();
    for (number, cells) in &table.rows {
        let get = |name: &str| {
            let text = cells.get(table.column(name)?)?;
            (!text.is_empty()).then(|| text.clone())
        };
        let mut entity = DraftEntity {
            dataset: get("list_name").unwrap_or_default(),
            place: table.place(*number, "list_name"),
            ..DraftEntity::default()
        };
        for name in ["label", "entity_id", "create_if", "update_if"] {
            if let Some(text) = get(name) {
                let place = table.place(*number, name);
                entity.cells.insert(name, Cell { text, place });
            }
        }
        out.push(entity);
    }
    out
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
