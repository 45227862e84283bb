//! .xlsx and .xls through calamine, with bounds that calamine itself does not have.

use super::{Book, MAX_CELL, MAX_COLUMNS, MAX_ROWS, RawSheet, put};
use crate::Problem;
use calamine::{Data, DataRef, Reader};
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most bytes that a workbook may unpack to.
const MAX_UNPACKED: u64 = 256 << 20;

/// Most bytes of text in all cells: a shared string is stored once in the file, and again in each cell.
const MAX_TEXT: usize = 256 << 20;

/// Largest .xls file: its reader makes the whole grid at once.
const MAX_XLS: usize = 8 << 20;

pub(super) fn read_xlsx(bytes: &[u8]) -> Result<Book, Problem> {
    check_unpacked_size(bytes)?;
    guarded(|| {
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
            .map_err(|e: calamine::XlsxError| unreadable(&e))?;
        let (mut sheets, mut left) = (Vec::new(), MAX_TEXT);
        for name in book.sheet_names() {
            let mut cells = match book.worksheet_cells_reader(&name) {
                Ok(cells) => cells,
                // A chart sheet has no cells, and no bearing on the questionnaire.
                Err(_) if !is_known_sheet(&name) => continue,
                Err(e) => return Err(unreadable(&e).sheet(&name)),
            };
            let mut sheet = RawSheet {
                name: name.clone(),
                rows: Vec::new(),
            };
            // Cells come one by one: a single cell at XFD1048576 must not allocate the whole grid.
            while let Some(cell) = cells.next_cell().map_err(|e| unreadable(&e).sheet(&name))? {
                let (row, column) = cell.get_position();
                if column >= MAX_COLUMNS {
                    continue;
                }
                let text = match cell.get_value() {
                    DataRef::SharedString(text) => (*text).to_owned(),
                    other => data_text(&Data::from(other.clone())),
                };
                add(&mut sheet, row, column, text, &mut left)?;
            }
            sheets.push(sheet);
        }
        Ok(Book { sheets })
    })
}

pub(super) fn read_xls(bytes: &[u8]) -> Result<Book, Problem> {
    if bytes.len() > MAX_XLS {
        return Err(Problem::new(
            "file_too_large",
            format!(
                "An .xls file may have {} MB; save it as .xlsx.",
                MAX_XLS >> 20
            ),
        ));
    }
    guarded(|| {
        let mut book: calamine::Xls<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
            .map_err(|e: calamine::XlsError| unreadable(&e))?;
        let (mut sheets, mut left) = (Vec::new(), MAX_TEXT);
        for (name, range) in book.worksheets() {
            let mut sheet = RawSheet {
                name,
                rows: Vec::new(),
            };
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (row, column, data) in range.used_cells() {
                let (row, column) = (row as u32 + first_row, column as u32 + first_column);
                add(&mut sheet, row, column, data_text(data), &mut left)?;
            }
            sheets.push(sheet);
        }
        Ok(Book { sheets })
    })
}

fn is_known_sheet(name: &str) -> bool {
    ["survey", "choices", "settings"].contains(&name.trim().to_lowercase().as_str())
}

fn add(
    sheet: &mut RawSheet,
    row: u32,
    column: u32,
    text: String,
    left: &mut usize,
) -> Result<(), Problem> {
    if text.is_empty() {
        return Ok(());
    }
    *left = left.checked_sub(text.len()).ok_or_else(too_much_text)?;
    let number = row.saturating_add(1);
    if sheet.rows.last().is_none_or(|(n, _)| *n != number) {
        if sheet.rows.len() >= MAX_ROWS as usize {
            return Err(Problem::new(
                "sheet_too_large",
                format!("The sheet has more than {MAX_ROWS} rows."),
            )
            .sheet(&sheet.name));
        }
        sheet.rows.push((number, Vec::new()));
    }
    if text.len() > MAX_CELL * 4 || text.chars().count() > MAX_CELL {
        return Err(Problem::new(
            "cell_too_large",
            format!("A cell holds more than {MAX_CELL} characters."),
        )
        .sheet(&sheet.name)
        .row(number));
    }
    if let Some((_, cells)) = sheet.rows.last_mut() {
        put(cells, column as usize, text);
    }
    Ok(())
}

/// A cell as the author sees it: 17 and not 17.0, TRUE, dates as ISO 8601.
fn data_text(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(n) => n.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Bool(true) => "TRUE".to_owned(),
        Data::Bool(false) => "FALSE".to_owned(),
        Data::DateTime(when) => {
            let (y, m, d, h, min, s, _) = when.to_ymd_hms_milli();
            if (h, min, s) == (0, 0, 0) {
                format!("{y:04}-{m:02}-{d:02}")
            } else {
                format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}")
            }
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => format!("#{error:?}"),
    }
}

/// Unpacks every entry into nothing, counting, before calamine may unpack it into memory.
fn check_unpacked_size(bytes: &[u8]) -> Result<(), Problem> {
    guarded(|| {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| unreadable(&e))?;
        let mut left = MAX_UNPACKED;
        for index in 0..zip.len() {
            let Ok(entry) = zip.by_index(index) else {
                continue;
            };
            let mut limited = entry.take(left + 1);
            let taken = match std::io::copy(&mut limited, &mut std::io::sink()) {
                Ok(taken) => taken,
                Err(_) => continue,
            };
            left = left.checked_sub(taken).ok_or_else(|| {
                Problem::new(
                    "file_too_large",
                    format!(
                        "The workbook unpacks to more than {} MB.",
                        MAX_UNPACKED >> 20
                    ),
                )
            })?;
        }
        Ok(())
    })
}

fn too_much_text() -> Problem {
    Problem::new(
        "file_too_large",
        format!("The cells hold more than {} MB of text.", MAX_TEXT >> 20),
    )
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        "file_unreadable",
        format!("The workbook cannot be read: {error}"),
    )
}

/// The readers below are third-party code that meets hostile bytes: a panic in them is a file that
/// cannot be read, not the end of the program.
fn guarded<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(Problem::new(
            "file_unreadable",
            "The workbook is damaged and cannot be read.",
        ))
    })
}
