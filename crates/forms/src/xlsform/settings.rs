//! The sheet `settings`: one row.

use super::table::Table;
use crate::compile::Report;
use crate::draft::{Cell, Settings};
use crate::problem::Problem;
use crate::xpath::is_name;

pub(super) fn read(table: Option<&Table>, file_name: &str, report: &mut Report) -> Settings {
    let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut settings = Settings {
        id: stem.to_owned(),
        root: "data".to_owned(),
        ..Settings::default()
    };
    let Some(table) = table else {
        return settings;
    };
    let Some((row, cells)) = table.rows.first() else {
        return settings;
    };
    if let Some((second, _)) = table.rows.get(1) {
        report.warn(table.at(
            Problem::new(
                "settings_rows",
                "Only the first row of the settings counts.",
            ),
            *second,
            "form_id",
        ));
    }
    let get = |name: &str| {
        let text = cells.get(table.column(name)?)?;
        (!text.is_empty()).then(|| text.clone())
    };
    settings.id = get("form_id").unwrap_or(settings.id);
    settings.version = get("version").unwrap_or_default();
    settings.titles = table
        .translations("form_title")
        .filter_map(|(index, language)| {
            let text = cells.get(index).filter(|t| !t.is_empty())?;
            Some((language.map(str::to_owned), text.clone()))
        })
        .collect();
    settings.default_language = get("default_language").unwrap_or_default();
    settings.instance_name = get("instance_name").map(|text| Cell {
        text,
        place: table.place(*row, "instance_name"),
    });
    for name in [
        "style",
        "submission_url",
        "auto_send",
        "auto_delete",
        "instance_xmlns",
        "namespaces",
        "client_editable",
        "omit_instanceid",
        "instance_id",
        "clean_text_values",
    ] {
        settings.others.extend(get(name).map(|text| (name, text)));
    }
    for (heading, cell) in table.headings.iter().zip(cells) {
        if let Some(name) = heading.name.strip_prefix("attribute::")
            && !cell.is_empty()
        {
            settings.attributes.push((name.to_owned(), cell.clone()));
        }
    }
    settings.allow_choice_duplicates = get("allow_choice_duplicates").is_some_and(|t| is_yes(&t));
    if let Some(root) = get("name") {
        if is_name(&root) {
            settings.root = root;
        } else {
            report.error(table.at(
                Problem::new(
                    "name_invalid",
                    format!("'{root}' cannot name the form's root."),
                ),
                *row,
                "name",
            ));
        }
    }
    if get("public_key").is_some() {
        report.error(table.at(
            Problem::new("encryption", "Encrypted forms are not supported."),
            *row,
            "public_key",
        ));
    }
    settings
}

/// What pyxform takes for yes.
pub(crate) fn is_yes(text: &str) -> bool {
    ["yes", "true", "true()", "1"].contains(&text.to_lowercase().as_str())
}

/// What pyxform takes for no.
pub(crate) fn is_no(text: &str) -> bool {
    ["no", "false", "false()", "0"].contains(&text.to_lowercase().as_str())
}
