//! The header: which separator, which column stands where.

use crate::{
    COLUMNS, Column, FileError, Kind, Message, MissingColumn, Scope, Warning,
    columns::ALIASES,
    split::{Row, split_row},
};

/// Most columns that are looked at.
pub(crate) const MAX_COLUMNS: usize = 500;

/// What a column of the file holds.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Position in the row.
    pub at: usize,
    pub name: String,
    pub scope: Scope,
    pub kind: Kind,
}

#[derive(Debug)]
pub(crate) struct Header {
    pub separator: u8,
    /// Number of columns of the file, also the ones that are not used.
    pub width: usize,
    /// The columns that are read, known ones first in the order of [`COLUMNS`], then the `x_` ones.
    pub slots: Vec<Slot>,
    /// Where the first row after the header starts, and which number it has.
    pub body: usize,
    pub first_row: usize,
    pub warnings: Vec<Warning>,
}

impl Header {
    /// Index in `slots` of a known column.
    pub(crate) fn slot(&self, name: &str) -> usize {
        COLUMNS.iter().position(|c| c.name == name).unwrap_or(0)
    }
}

/// Reads the header of `text`.
pub(crate) fn read_header(text: &str) -> Result<Header, FileError> {
    let mut body = 0;
    let mut number = 1;
    // Excel's own hint, and blank lines above the header.
    let mut hint = None;
    loop {
        let line = text[body..].split('\n').next().unwrap_or_default();
        let shown = line.trim();
        match shown.strip_prefix("sep=") {
            Some(rest) if rest.len() == 1 => hint = rest.bytes().next(),
            _ if shown.is_empty() && body + line.len() < text.len() => {}
            _ => break,
        }
        body = (body + line.len() + 1).min(text.len());
        number += 1;
    }
    let separator = hint
        .filter(|s| matches!(s, b',' | b';' | b'\t' | b'|'))
        .unwrap_or_else(|| separator_of(&text[body..]));
    let mut row = Row::default();
    let body = split_row(text, body, separator, MAX_COLUMNS, &mut row);
    let names: Vec<String> = row.cells.iter().map(|cell| plain(cell)).collect();
    let width = names.len();
    if row.fault.is_some() || row.count > MAX_COLUMNS {
        return Err(FileError::NoHeader);
    }
    let known = |name: &str| COLUMNS.iter().find(|c| c.name == name);
    let alias = |name: &str| ALIASES.iter().find(|(a, _)| *a == name).map(|(_, b)| *b);
    if !names
        .iter()
        .any(|n| known(n).is_some() || alias(n).is_some())
    {
        return Err(FileError::NoHeader);
    }
    let unknown: Vec<(usize, &String)> = names
        .iter()
        .enumerate()
        .filter(|(_, n)| known(n).is_none())
        .collect();

    let mut slots = Vec::new();
    let mut missing = Vec::new();
    for &Column { name, scope, kind } in COLUMNS {
        let mut places = (0..width).filter(|i| names[*i] == name);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => return Err(FileError::DuplicateColumn(name.to_owned())),
            (Some(at), None) => slots.push(Slot {
                at,
                name: name.to_owned(),
                scope,
                kind,
            }),
            (None, _) => missing.push(MissingColumn {
                name,
                did_you_mean: closest(name, &unknown, alias)
                    .map(|at| row.cells[at].trim().chars().take(40).collect()),
            }),
        }
    }
    if !missing.is_empty() {
        return Err(FileError::MissingColumns(missing));
    }

    let border = slots
        .iter()
        .find(|s| s.name == "person_id")
        .map_or(width, |s| s.at);
    let mut warnings = Vec::new();
    for (at, name) in unknown {
        let extra = name.len() > 2
            && name.len() <= 60
            && name.starts_with("x_")
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if extra && slots.iter().any(|s| s.name == *name) {
            return Err(FileError::DuplicateColumn(name.clone()));
        } else if extra {
            slots.push(Slot {
                at,
                name: name.clone(),
                scope: if at < border {
                    Scope::Household
                } else {
                    Scope::Member
                },
                kind: Kind::Text,
            });
        } else if !name.is_empty() {
            let shown: String = name.chars().take(40).collect();
            warnings.push(Warning {
                row: number,
                message: Message::new(
                    format!("kolom “{shown}” tidak dikenal dan tidak dibaca; awali dengan x_ agar ikut disimpan"),
                    format!("the column “{shown}” is not known and was not read; begin it with x_ to keep it"),
                ),
                column: shown,
                code: "unknown_column",
            });
        }
    }
    Ok(Header {
        separator,
        width,
        slots,
        body,
        first_row: number + 1,
        warnings,
    })
}

/// `No. KK ` and `no_kk` are the same name.
pub(crate) fn plain(cell: &str) -> String {
    let mut name = String::new();
    for c in cell
        .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .chars()
    {
        if c.is_whitespace() || matches!(c, '-' | '.' | '_' | '/') {
            if !name.ends_with('_') && !name.is_empty() {
                name.push('_');
            }
        } else {
            name.extend(c.to_lowercase());
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// The separator that is most frequent in the first line, outside quotation marks.
pub(crate) fn separator_of(text: &str) -> u8 {
    let mut inside = false;
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    for b in text.bytes() {
        match b {
            b'"' => inside = !inside,
            b'\n' | b'\r' if !inside => break,
            _ if !inside => {
                for (s, n) in &mut counts {
                    *n += usize::from(*s == b);
                }
            }
            _ => {}
        }
    }
    // Strictly more, so that a header of one column counts as comma separated.
    counts
        .into_iter()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map_or(b',', |(s, _)| s)
}

pub(crate) fn closest<'a>(
    name: &str,
    unknown: &[(usize, &String)],
    alias: impl Fn(&str) -> Option<&'a str>,
) -> Option<usize> {
    if let Some((at, _)) = unknown.iter().find(|(_, n)| alias(n) == Some(name)) {
        return Some(*at);
    }
    unknown
        .iter()
        .filter(|(_, n)| n.len() <= 60)
        .map(|(at, n)| (distance(name, n), *at))
        .filter(|(d, _)| *d <= 1.max(name.len() / 4))
        .min()
        .map(|(_, at)| at)
}

/// Levenshtein distance in characters; both texts are short.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut line: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = line[0];
        line[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = line[j + 1];
            line[j + 1] = change.min(diagonal + 1).min(line[j] + 1);
        }
    }
    line[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_changes() {
        assert_eq!(distance("sex", "sex"), 0);
        assert_eq!(distance("village_code", "vilage_code"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn names_of_columns_are_compared_without_case_blanks_and_dots() {
        assert_eq!(plain(" No. KK "), "no_kk");
        assert_eq!(plain("Birth-Date"), "birth_date");
    }
}
