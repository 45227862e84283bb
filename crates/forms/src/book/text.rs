//! CSV and Markdown tables, in the layout of pyxform: the first column names the sheet, on a row of
//! its own or in front of the headings; the columns after it are the sheet's.

use super::{Book, MAX_CELL, MAX_ROWS, RawSheet, put};
use crate::Problem;

pub(super) fn read(bytes: &[u8]) -> Result<Book, Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        Problem::new(
            "file_unknown",
            if wide {
                "This text is in UTF-16. Save it in UTF-8 ('CSV UTF-8' in Excel), or as .xlsx."
            } else {
                "This is neither an Excel workbook nor a text in UTF-8."
            },
        )
    })?;
    let first = text.trim_start().chars().next();
    let rows = match first {
        Some('<') => {
            return Err(Problem::new(
                "file_unsupported",
                "This is XML or HTML, not an XLSForm workbook. Save the questionnaire as .xlsx.",
            ));
        }
        Some('|') => markdown(text),
        _ => comma_separated(text)?,
    };
    sheets(rows)
}

fn markdown(text: &str) -> Vec<(u32, Vec<String>)> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(inner) = line.strip_prefix('|') else {
            continue;
        };
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        let mut cells = vec![String::new()];
        let mut chars = inner.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if chars.peek() == Some(&'|') => {
                    chars.next();
                    if let Some(cell) = cells.last_mut() {
                        cell.push('|');
                    }
                }
                '|' => cells.push(String::new()),
                c => {
                    if let Some(cell) = cells.last_mut() {
                        cell.push(c);
                    }
                }
            }
        }
        let is_rule = cells
            .iter()
            .all(|c| !c.trim().is_empty() && c.trim().chars().all(|c| matches!(c, '-' | ':')));
        if !is_rule {
            let cells = cells.iter().map(|c| c.trim().to_owned()).collect();
            rows.push((number as u32 + 1, cells));
        }
    }
    rows
}

fn comma_separated(text: &str) -> Result<Vec<(u32, Vec<String>)>, Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|e| Problem::new("file_unreadable", e.to_string()))?;
        rows.push((
            number as u32 + 1,
            record.iter().map(str::to_owned).collect(),
        ));
    }
    Ok(rows)
}

fn sheets(rows: Vec<(u32, Vec<String>)>) -> Result<Book, Problem> {
    let mut book = Book::default();
    for (number, cells) in rows {
        let name = cells.first().map(|c| c.trim()).unwrap_or_default();
        if book.sheets.is_empty()
            && cells.len() == 1
            && let Some(sign) = [';', '\t'].into_iter().find(|s| cells[0].contains(*s))
        {
            // What Excel writes where a comma stands in numbers, as in Indonesia.
            let sign = if sign == ';' { "semicolons" } else { "tabs" };
            return Err(Problem::new(
                "file_unknown",
                format!("The cells are separated by {sign}. Separate them by commas, or save the questionnaire as .xlsx."),
            )
            .row(number));
        }
        if !name.is_empty() {
            book.sheets.push(RawSheet {
                name: name.to_owned(),
                rows: Vec::new(),
            });
        }
        let Some(sheet) = book.sheets.last_mut() else {
            if cells.iter().all(|c| c.trim().is_empty()) {
                continue;
            }
            return Err(Problem::new(
                "file_unknown",
                "The first column of a text form names the sheet (survey, choices, settings); it is empty.",
            )
            .row(number));
        };
        let mut row = Vec::new();
        for (column, cell) in cells.into_iter().skip(1).enumerate() {
            if cell.chars().count() > MAX_CELL {
                return Err(Problem::new(
                    "cell_too_large",
                    format!("A cell holds more than {MAX_CELL} characters."),
                )
                .sheet(&sheet.name)
                .row(number));
            }
            put(&mut row, column, cell);
        }
        if row.iter().any(|c| !c.trim().is_empty()) {
            sheet.rows.push((number, row));
        }
        if sheet.rows.len() > MAX_ROWS as usize {
            return Err(Problem::new(
                "sheet_too_large",
                "The sheet has too many rows.",
            ));
        }
    }
    Ok(book)
}
