//! The sheet `choices`.

use super::table::Table;
use crate::compile::{LanguageCodes, Report};
use crate::draft::{Cell, Draft, RawLabel};
use crate::form::List;
use crate::problem::Problem;
use crate::xpath::is_name;
use std::collections::HashSet;
use std::sync::Arc;

const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

/// Adds the lists of a sheet of choices.
pub(super) fn read(table: &Table, codes: &LanguageCodes, draft: &mut Draft, report: &mut Report) {
    if table.headings.is_empty() {
        return;
    }
    let Draft {
        lists,
        list_index: index,
        raw_labels: raw,
        settings,
        ..
    } = draft;
    let (Some(list_column), Some(name_column)) = (table.column("list_name"), table.column("name"))
    else {
        for name in ["list_name", "name"] {
            if table.column(name).is_none() {
                let headings = table.headings.iter().map(|h| h.raw.as_str());
                report.error(
                    Problem::new(
                        "column_missing",
                        format!(
                            "The sheet '{}' needs a column '{name}'.{}",
                            table.sheet,
                            crate::problem::nearest(name, headings)
                                .map_or_else(String::new, |n| format!(" There is '{n}'."))
                        ),
                    )
                    .sheet(table.sheet),
                );
            }
        }
        return;
    };
    let labels: Vec<(usize, Arc<str>)> = table
        .translations("label")
        .map(|(column, language)| (column, codes.of(language)))
        .collect();
    let media: Vec<(usize, &'static str, Arc<str>)> = MEDIA
        .into_iter()
        .flat_map(|kind| {
            table
                .translations(kind)
                .map(move |(column, language)| (column, kind, codes.of(language)))
        })
        .collect();
    let known = [
        "list_name",
        "name",
        "label",
        "image",
        "big-image",
        "audio",
        "video",
    ];
    let own: Vec<usize> = table
        .headings
        .iter()
        .enumerate()
        .filter(|(_, h)| !h.name.is_empty() && !known.contains(&h.name.as_str()))
        .filter(|(_, h)| {
            let good = is_name(&h.name);
            if !good {
                report.warn(
                    Problem::new(
                        "column_ignored",
                        format!("'{}' cannot be used in expressions; it is ignored.", h.raw),
                    )
                    .sheet(table.sheet)
                    .column(&h.raw),
                );
            }
            good
        })
        .map(|(column, _)| column)
        .collect();
    let columns: Vec<String> = ["name", "label"]
        .into_iter()
        .map(str::to_owned)
        .chain(own.iter().map(|c| table.headings[*c].name.clone()))
        .collect();
    let mut seen: HashSet<(usize, &str)> = HashSet::new();
    // A list that stands in the sheet `choices` already is not filled twice.
    let there: HashSet<String> = index.keys().cloned().collect();
    for (number, cells) in &table.rows {
        let get = |column: usize| cells.get(column).map(String::as_str).unwrap_or_default();
        let (list_name, name) = (get(list_column), get(name_column));
        if list_name.is_empty() {
            report.warn(table.at(
                Problem::new(
                    "list_nameless",
                    "A choice without the name of its list is ignored.",
                ),
                *number,
                "list_name",
            ));
            continue;
        }
        if name.is_empty() {
            report.error(table.at(
                Problem::new(
                    "choice_nameless",
                    format!("A choice of the list '{list_name}' has no name."),
                ),
                *number,
                "name",
            ));
            continue;
        }
        if table.sheet == "external_choices" && there.contains(list_name) {
            continue;
        }
        let at = *index.entry(list_name.to_owned()).or_insert_with(|| {
            lists.push(List::new(list_name, columns.clone()));
            lists.len() - 1
        });
        let list = &mut lists[at];
        let values = [name, ""].into_iter().chain(own.iter().map(|c| get(*c)));
        let row = list.push(values);
        for (column, language) in &labels {
            let text = get(*column);
            if text.contains("${") {
                raw.push(RawLabel {
                    list: at,
                    row,
                    language: language.clone(),
                    cell: Cell {
                        text: text.to_owned(),
                        place: table.place_of(*number, &table.headings[*column]),
                    },
                });
            } else {
                list.put_label(row, language, text);
            }
        }
        let is_new = seen.insert((at, name));
        // Lists of places have the same village in many districts; pyxform asks nothing of them.
        let may_repeat = settings.allow_choice_duplicates || table.sheet == "external_choices";
        if !is_new && !may_repeat {
            report.error(table.at(
                Problem::new(
                    "choice_duplicate",
                    format!(
                        "The choice list '{list_name}' has the name '{name}' more than once. Choice names must be unique, unless the setting 'allow_choice_duplicates' is 'yes'."
                    ),
                ),
                *number,
                "name",
            ));
        }
        let files: Vec<_> = media
            .iter()
            .filter(|(column, ..)| !get(*column).is_empty())
            .map(|(column, kind, language)| (language.clone(), *kind, get(*column).to_owned()))
            .collect();
        let labelled = labels.iter().any(|(column, _)| !get(*column).is_empty());
        if !labelled && files.is_empty() && !labels.is_empty() {
            report.warn(table.at(
                Problem::new(
                    "label_missing",
                    format!("Choices should have a label: '{name}' of '{list_name}' has none."),
                ),
                *number,
                "label",
            ));
        }
        list.put_media(row, files);
    }
    table.warn_about_translations(report);
}

/// `or_other`: a last choice 'other', unless the list has one. pyxform adds it to every list that such
/// a question uses, in all languages with the same word.
pub(super) fn add_other(list: &mut List, languages: &[String]) {
    if list.has("other") {
        return;
    }
    let row = list.push(["other"]);
    if languages.is_empty() {
        list.put_label(row, &Arc::from(""), "Other");
    }
    for language in languages {
        let code = crate::text::Language::parse(language).code;
        list.put_label(row, &Arc::from(code), "Other");
    }
}

/// Warns about lists that no question and no expression uses.
pub(super) fn warn_about_unused(draft: &Draft, report: &mut Report) {
    let mut used = vec![false; draft.lists.len()];
    let mut named: HashSet<&str> = HashSet::new();
    for node in &draft.nodes {
        if let Some(crate::draft::Source::List { list, .. }) = &node.source {
            used[*list] = true;
        }
        let texts = node.texts.iter().map(|t| t.cell.text.as_str());
        for text in node.cells.values().map(|c| c.text.as_str()).chain(texts) {
            if text.contains("instance(") || text.contains("pulldata(") {
                named.extend(text.split(['\'', '"']).map(str::trim));
            }
        }
    }
    for (list, used) in draft.lists.iter().zip(used) {
        if list.internal && !used && !named.contains(list.name.as_str()) {
            report.warn(
                Problem::new(
                    "list_unused",
                    format!("The choice list '{}' is not used.", list.name),
                )
                .sheet("choices"),
            );
        }
    }
}
