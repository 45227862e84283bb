//! Splits text into rows and cells, as Excel counts them, in bounded memory.
//!
//! The usual reader of CSV is not enough here: rows are wanted as Excel numbers them (blank lines count, line breaks
//! inside a cell do not), a cell of 10 MB must not be copied, and a quotation mark that is never closed must cost one
//! row, not the rest of the file. A test compares it with the `csv` crate.

use crate::MAX_CELL_CHARS;
use std::borrow::Cow;

/// Why a row cannot be used at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RowFault {
    /// The cell with this index is longer than [`MAX_CELL_CHARS`]; its content is left out.
    CellTooLong(usize),
    /// A quoted cell, with this index, never ends.
    QuoteNotClosed(usize),
}

/// One row. `cells` holds at most `keep` cells; `count` tells how many there were, apart from empty ones beyond `keep`.
#[derive(Default, Debug)]
pub(crate) struct Row<'a> {
    /// Where it starts in the text, in bytes.
    pub start: usize,
    pub cells: Vec<Cow<'a, str>>,
    pub count: usize,
    pub fault: Option<RowFault>,
}

impl Row<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        self.fault.is_none()
            && self.count <= self.cells.len()
            && self.cells.iter().all(|c| c.trim().is_empty())
    }
}

/// Reads the row at `start` into `row` and returns where the next one starts.
pub(crate) fn split_row<'a>(
    text: &'a str,
    start: usize,
    separator: u8,
    keep: usize,
    row: &mut Row<'a>,
) -> usize {
    let bytes = text.as_bytes();
    row.start = start;
    row.cells.clear();
    row.count = 0;
    row.fault = None;
    let mut at = start;
    let mut index = 0;
    loop {
        let (cell, end) = match bytes.get(at) {
            Some(b'"') => match quoted(text, at, separator) {
                Some(found) => found,
                None => {
                    row.fault = Some(RowFault::QuoteNotClosed(index));
                    return after_line(bytes, start);
                }
            },
            _ => {
                let end = plain_end(bytes, at, separator);
                (bounded(&text[at..end]), end)
            }
        };
        if cell.is_none() && row.fault.is_none() {
            row.fault = Some(RowFault::CellTooLong(index));
        }
        let cell = cell.unwrap_or_default();
        if index < keep {
            row.cells.push(cell);
            row.count = index + 1;
        } else if !cell.trim().is_empty() {
            row.count = index + 1;
        }
        index += 1;
        at = end;
        match bytes.get(at) {
            Some(b) if *b == separator => at += 1,
            Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => return at + 2,
            Some(_) => return at + 1,
            None => return at,
        }
    }
}

/// End of an unquoted cell: the separator, the end of the line or of the text.
fn plain_end(bytes: &[u8], from: usize, separator: u8) -> usize {
    bytes[from..]
        .iter()
        .position(|b| *b == separator || *b == b'\n' || *b == b'\r')
        .map_or(bytes.len(), |n| from + n)
}

fn after_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(bytes.len(), |n| from + n + 1)
}

fn bounded(text: &str) -> Option<Cow<'_, str>> {
    let short = text.len() <= MAX_CELL_CHARS
        || text.len() <= MAX_CELL_CHARS * 4 && text.chars().count() <= MAX_CELL_CHARS;
    short.then_some(Cow::Borrowed(text))
}

/// The quoted cell at `at` (`None` if too long) and where it ends; `None` if its quotation mark is never closed.
fn quoted(text: &str, at: usize, separator: u8) -> Option<(Option<Cow<'_, str>>, usize)> {
    let bytes = text.as_bytes();
    let mut owned: Option<String> = None;
    let mut too_long = false;
    let mut from = at + 1;
    let mut scan = from;
    loop {
        let quote = scan + bytes[scan..].iter().position(|b| *b == b'"')?;
        let doubled = bytes.get(quote + 1) == Some(&b'"');
        // With a doubled mark the first of the two belongs to the cell.
        let piece = &text[from..quote + usize::from(doubled)];
        if doubled {
            too_long |= bounded(piece).is_none();
            let cell = owned.get_or_insert_default();
            if !too_long {
                cell.push_str(piece);
                too_long = bounded(cell).is_none();
            }
            from = quote + 2;
            scan = from;
            continue;
        }
        // What follows the closing mark up to the separator belongs to the cell, as Excel reads it.
        let end = plain_end(bytes, quote + 1, separator);
        let tail = &text[quote + 1..end];
        too_long |= bounded(piece).is_none() || bounded(tail).is_none();
        if too_long {
            return Some((None, end));
        }
        let cell = match owned {
            None if tail.is_empty() => Cow::Borrowed(piece),
            owned => Cow::Owned(owned.unwrap_or_default() + piece + tail),
        };
        let fits = bounded(&cell).is_some();
        return Some((fits.then_some(cell), end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, separator: u8) -> Vec<Vec<String>> {
        let mut at = 0;
        let mut found = Vec::new();
        let mut row = Row::default();
        while at < text.len() {
            at = split_row(text, at, separator, 1000, &mut row);
            assert_eq!(row.fault, None);
            found.push(row.cells.iter().map(|c| c.to_string()).collect());
        }
        found
    }

    #[test]
    fn a_cell_may_hold_separators_line_breaks_and_marks() {
        assert_eq!(
            rows("a,\"b, \"\"c\"\"\nd\",\r\ne,\"\",f\r", b','),
            [["a", "b, \"c\"\nd", ""], ["e", "", "f"]]
        );
        assert_eq!(rows("\"a\"b;c", b';'), [["ab", "c"]]);
    }

    #[test]
    fn a_mark_that_is_never_closed_costs_one_row() {
        let text = "1,\"open\n2,b\n3,c\n";
        let mut row = Row::default();
        let next = split_row(text, 0, b',', 9, &mut row);
        assert_eq!(row.fault, Some(RowFault::QuoteNotClosed(1)));
        assert_eq!(&text[next..], "2,b\n3,c\n");
    }

    #[test]
    fn a_cell_of_ten_megabytes_is_left_out() {
        let long = "x".repeat(10 << 20);
        for text in [
            format!("1,{long},2\n3"),
            format!("1,\"{long}\"\"{long}\",2\n3"),
        ] {
            let mut row = Row::default();
            let next = split_row(&text, 0, b',', 9, &mut row);
            assert_eq!(row.fault, Some(RowFault::CellTooLong(1)));
            assert_eq!(row.cells, ["1", "", "2"]);
            assert_eq!(&text[next..], "3");
        }
    }

    #[test]
    fn a_million_separators_are_counted_but_not_kept() {
        let text = ",".repeat(1_000_000) + "x";
        let mut row = Row::default();
        split_row(&text, 0, b',', 40, &mut row);
        assert_eq!((row.cells.len(), row.count), (40, 1_000_001));
    }

    proptest! {
        #[test]
        fn rows_and_cells_are_those_of_the_csv_crate(text in "([ab,\"\n]|\r\n){0,40}") {
            let mut oracle = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = oracle
                .records()
                .map(|r| r.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let mut row = Row::default();
            let mut found = Vec::new();
            let mut at = 0;
            let mut open = false;
            while at < text.len() {
                at = split_row(&text, at, b',', 1000, &mut row);
                open |= row.fault.is_some();
                let cells: Vec<String> = row.cells.iter().map(|c| c.to_string()).collect();
                if cells != [""] || text[row.start..at].contains('"') {
                    found.push(cells);
                }
            }
            // An open quotation mark is where the two differ on purpose.
            if !open {
                prop_assert_eq!(found, expected);
            }
        }
    }
}
