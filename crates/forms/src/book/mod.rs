//! Reading a workbook into rows of text, whatever the file is called.

mod excel;
mod text;

use crate::Problem;

/// Largest file that is read, in bytes. The largest public questionnaires are below 4 MB.
const MAX_FILE: usize = 32 << 20;
/// Largest number of rows in one sheet; all villages of Indonesia (83,762) fit.
pub(crate) const MAX_ROWS: u32 = 200_000;
/// Largest number of columns in one sheet.
pub(crate) const MAX_COLUMNS: u32 = 400;
/// Most characters in one cell: the limit of Excel itself.
pub(crate) const MAX_CELL: usize = 32_767;

/// The sheets of a workbook.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub sheets: Vec<RawSheet>,
}

/// One sheet: its rows that hold anything, each with its number from 1.
#[derive(Debug, Default)]
pub(crate) struct RawSheet {
    pub name: String,
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads by content: a zip is .xlsx, an OLE file is .xls, a text with `|` is a table in Markdown,
/// any other text is CSV. The name serves for messages only.
pub(crate) fn read(bytes: &[u8]) -> Result<Book, Problem> {
    if bytes.is_empty() {
        return Err(Problem::new("file_empty", "The file is empty."));
    }
    if bytes.len() > MAX_FILE {
        return Err(Problem::new(
            "file_too_large",
            format!("The file is larger than {} MB.", MAX_FILE >> 20),
        ));
    }
    if bytes.starts_with(b"PK") {
        excel::read_xlsx(bytes)
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        excel::read_xls(bytes)
    } else {
        text::read(bytes)
    }
}

/// Puts a cell into its row, within the bounds; trailing space of the row is never stored.
pub(crate) fn put(row: &mut Vec<String>, column: usize, text: String) {
    if column >= MAX_COLUMNS as usize || text.is_empty() {
        return;
    }
    if row.len() <= column {
        row.resize(column + 1, String::new());
    }
    row[column] = text;
}

#[cfg(test)]
mod tests;
