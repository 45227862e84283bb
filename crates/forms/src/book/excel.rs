//! .xlsx and .xls through calamine, with bounds that calamine itself does not have.

use super::{Book, MAX_CELL, MAX_COLUMNS, MAX_ROWS, RawSheet, put};
use crate::Problem;
use calamine::{Data, DataRef, Reader};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most bytes that a workbook may unpack to.
const MAX_UNPACKED: u64 = 256 << 20;

/// Most bytes of text in all cells: a shared string is stored once in the file, and again in each cell.
const MAX_TEXT: usize = 256 << 20;

/// Most cells of all sheets together, empty ones in front of others counted: at 24 bytes each, 192 MB.
const MAX_CELLS: usize = 8 << 20;

/// Largest .xls file: its reader makes the whole grid at once.
const MAX_XLS: usize = 8 << 20;

pub(super) fn read_xlsx(bytes: &[u8]) -> Result<Book, Problem> {
    let has_formulas = look_through(bytes)?;
    guarded(|| {
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
            .map_err(|e: calamine::XlsxError| unreadable(&e))?;
        let (mut sheets, mut left) = (Vec::new(), Left::default());
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
            drop(cells);
            if has_formulas && is_known_sheet(&name) {
                let rows: HashMap<u32, &Vec<String>> =
                    sheet.rows.iter().map(|(n, cells)| (*n, cells)).collect();
                let mut cells = book
                    .worksheet_cells_reader(&name)
                    .map_err(|e| unreadable(&e).sheet(&name))?;
                while let Ok(Some(formula)) = cells.next_formula() {
                    let (row, column) = formula.get_position();
                    let cells = rows.get(&row.saturating_add(1));
                    let text = cells.and_then(|cells| cells.get(column as usize));
                    if column < MAX_COLUMNS && text.is_none_or(String::is_empty) {
                        return Err(valueless(&name, row, column));
                    }
                }
            }
            sheets.push(sheet);
        }
        Ok(Book { sheets })
    })
}

/// Programs that are not Excel write formulas without what they give; such a cell reads as empty.
fn valueless(sheet: &str, row: u32, column: u32) -> Problem {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = b'A' + ((rest - 1) % 26) as u8;
        letters.insert(0, letter as char);
        rest = (rest - 1) / 26;
    }
    Problem::new(
        "formula_without_value",
        format!(
            "The cell {letters}{} holds a formula whose result is empty or was never stored. Write the text itself, or open the file in Excel and save it again.",
            row.saturating_add(1)
        ),
    )
    .sheet(sheet)
    .row(row.saturating_add(1))
}

pub(super) fn read_xls(bytes: &[u8]) -> Result<Book, Problem> {
    // How Excel keeps the name of the stream in which it puts an encrypted workbook.
    let encrypted: Vec<u8> = "EncryptedPackage".bytes().flat_map(|b| [b, 0]).collect();
    if bytes.windows(encrypted.len()).any(|w| w == encrypted) {
        return Err(Problem::new(
            "file_unreadable",
            "The workbook is protected by a password. Save it without one.",
        ));
    }
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
        let (mut sheets, mut left) = (Vec::new(), Left::default());
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
    [
        "survey",
        "choices",
        "settings",
        "entities",
        "external_choices",
    ]
    .contains(&name.trim().to_lowercase().as_str())
}

/// What a workbook may still hold.
struct Left {
    text: usize,
    cells: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            text: MAX_TEXT,
            cells: MAX_CELLS,
        }
    }
}

fn add(
    sheet: &mut RawSheet,
    row: u32,
    column: u32,
    text: String,
    left: &mut Left,
) -> Result<(), Problem> {
    if text.is_empty() || column >= MAX_COLUMNS {
        return Ok(());
    }
    left.text = left
        .text
        .checked_sub(text.len())
        .ok_or_else(too_much_text)?;
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
        // A row keeps its empty cells too, up to the last one that holds anything.
        let more = (column as usize + 1).saturating_sub(cells.len());
        left.cells = left.cells.checked_sub(more).ok_or_else(too_many_cells)?;
        put(cells, column as usize, text);
    }
    Ok(())
}

fn too_many_cells() -> Problem {
    Problem::new(
        "file_too_large",
        format!("The workbook has more than {MAX_CELLS} cells."),
    )
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
            if (0.0..1.0).contains(&when.as_f64()) || y < 1900 {
                // Less than a day: a time, which Excel counts from an imaginary day 0.
                format!("{h:02}:{min:02}:{s:02}")
            } else if (h, min, s) == (0, 0, 0) {
                format!("{y:04}-{m:02}-{d:02}")
            } else {
                format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}")
            }
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => error.to_string(),
    }
}

/// Unpacks every entry into nothing, counting, before calamine may unpack it into memory. Says whether
/// anything in it looks like a formula.
fn look_through(bytes: &[u8]) -> Result<bool, Problem> {
    guarded(|| {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| unreadable(&e))?;
        let (mut left, mut has_formulas, mut is_workbook) = (MAX_UNPACKED, false, false);
        let mut buffer = vec![0; 1 << 16];
        for index in 0..zip.len() {
            let Ok(mut entry) = zip.by_index(index) else {
                continue;
            };
            let name = entry
                .name()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .replace('\\', "/");
            is_workbook |= name.starts_with("xl/");
            let is_sheet = name.starts_with("xl/worksheets/");
            // The end of what was read before stands in front of what is read now.
            let mut kept = 0;
            // An entry that breaks off counts as far as it goes, or it could be unpacked without end.
            while let Ok(taken @ 1..) = entry.read(&mut buffer[kept..]) {
                left = left.checked_sub(taken as u64).ok_or_else(too_unpacked)?;
                let end = kept + taken;
                if is_sheet && !has_formulas {
                    let formula = |w: &[u8]| matches!(w, b"<f>" | b"<f " | b":f>" | b":f ");
                    has_formulas = buffer[..end].windows(3).any(formula);
                    kept = end.min(2);
                    buffer.copy_within(end - kept..end, 0);
                }
            }
        }
        if !is_workbook {
            return Err(Problem::new(
                "file_unsupported",
                "This is a zip or a document of another program, not an Excel workbook. Save the questionnaire as .xlsx.",
            ));
        }
        Ok(has_formulas)
    })
}

fn too_unpacked() -> Problem {
    Problem::new(
        "file_too_large",
        format!(
            "The workbook unpacks to more than {} MB.",
            MAX_UNPACKED >> 20
        ),
    )
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
