//! Data files beside a questionnaire: CSV, XML and GeoJSON become lists like those of the sheet `choices`.
//!
//! A list is read with the columns of value and label that its question names (`value=..`, `label=..` in
//! the column `parameters`); by the ODK XForms specification, "Secondary instances - external", these are
//! `name` and `label`, in GeoJSON `id` and `title`.

mod geojson;
mod tables;

use crate::form::List;
use crate::problem::did_you_mean;

/// Largest number of rows of a data file.
const MAX_ROWS: usize = 500_000;
/// Most columns of a data file.
const MAX_COLUMNS: usize = 400;

/// Code and message.
pub(crate) type Refusal = (&'static str, String);

/// A data file, not yet used by anybody.
pub(crate) struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Names of the outer element and of each row: `root` and `item`, in an XML file its own.
    pub root: String,
    pub item: String,
    /// Columns of value and label where nobody names others.
    pub usual: (&'static str, &'static str),
}

impl Table {
    fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self {
            columns,
            rows,
            root: "root".to_owned(),
            item: "item".to_owned(),
            usual: ("name", "label"),
        }
    }
}

/// Reads a data file by the ending of its name.
///
/// # Errors
/// If the file cannot be read, with the line where that is known.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Table, Refusal> {
    let table = match file
        .rsplit_once('.')
        .map(|(_, e)| e.to_lowercase())
        .as_deref()
    {
        Some("csv") => tables::csv(file, bytes),
        Some("xml") => tables::xml(file, bytes),
        Some("geojson") => geojson::read(file, bytes),
        _ => Err((
            "file_extension",
            format!("'{file}' is no data file: it must end in .csv, .xml or .geojson."),
        )),
    }?;
    if table.columns.len() > MAX_COLUMNS || table.rows.len() > MAX_ROWS {
        return Err((
            "file_too_large",
            format!("'{file}' has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns."),
        ));
    }
    Ok(table)
}

/// Makes a list of a table. `strict`: choices are made of it, so the column of the value must be there.
///
/// # Errors
/// If a column that is named is not there.
pub(crate) fn list(
    name: &str,
    table: Table,
    value: Option<&str>,
    label: Option<&str>,
    strict: bool,
) -> Result<List, Refusal> {
    let find = |wanted: Option<&str>, usual: &str| {
        let column = wanted.unwrap_or(usual);
        let at = table.columns.iter().position(|c| c == column);
        match at {
            None if wanted.is_some() || strict && usual == table.usual.0 => Err((
                "file_column",
                format!(
                    "The file of '{name}' has no column '{column}'.{}",
                    did_you_mean(column, table.columns.iter().map(String::as_str))
                ),
            )),
            at => Ok(at),
        }
    };
    let value_column = find(value, table.usual.0)?;
    let label_column = find(label, table.usual.1)?;
    let mut list = List::new(name, table.columns);
    list.internal = false;
    list.value = value_column.unwrap_or(0);
    list.label = label_column.or(value_column).unwrap_or(0);
    list.root = table.root;
    list.item = table.item;
    for values in table.rows {
        list.push(values);
    }
    Ok(list)
}

/// The list of entities of that name, without rows: those come when the form is used.
pub(crate) fn linked(name: &str, value: Option<&str>, label: Option<&str>) -> List {
    let mut columns = ["name", "label", "__version"].map(str::to_owned).to_vec();
    let mut place = |wanted: Option<&str>, usual: usize| match wanted {
        None => usual,
        Some(wanted) => columns.iter().position(|c| c == wanted).unwrap_or_else(|| {
            columns.push(wanted.to_owned());
            columns.len() - 1
        }),
    };
    let (value, label) = (place(value, 0), place(label, 1));
    let mut list = List::new(name, columns);
    list.internal = false;
    list.linked = true;
    list.value = value;
    list.label = label;
    list
}

#[cfg(test)]
mod tests;
