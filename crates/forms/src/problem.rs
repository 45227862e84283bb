//! What is wrong with a questionnaire, in its author's terms.

use serde::Serialize;

/// One thing wrong (or doubtful) in a workbook, with the place where the author can mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Name of the sheet, when the problem stands in one.
    pub sheet: Option<String>,
    /// Row as the spreadsheet program counts it, from 1.
    pub row: Option<u32>,
    /// Heading of the column, as the author wrote it.
    pub column: Option<String>,
    /// Stable identifier of the kind of problem, for tests and for translations.
    pub code: &'static str,
    /// The problem in words, with "did you mean" where a near name exists.
    pub message: String,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            sheet: None,
            row: None,
            column: None,
            code,
            message: message.into(),
        }
    }

    /// The same problem, placed in a sheet.
    pub fn sheet(mut self, sheet: &str) -> Self {
        self.sheet = Some(sheet.to_owned());
        self
    }

    /// The same problem, placed at a row (0 means the row is not known).
    pub fn row(mut self, row: u32) -> Self {
        self.row = (row > 0).then_some(row);
        self
    }

    /// The same problem, placed in a column.
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(sheet) = &self.sheet {
            write!(f, "{sheet}")?;
            if let Some(row) = self.row {
                write!(f, " row {row}")?;
            }
            if let Some(column) = &self.column {
                write!(f, " column {column}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// ` Did you mean 'x'?`, or nothing when no candidate is near.
pub(crate) fn did_you_mean<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(wrong, candidates).map_or_else(String::new, |best| format!(" Did you mean '{best}'?"))
}

/// Most candidates that are looked at: among more names nobody is helped by one, and a form with
/// thousands of wrong names would take minutes to refuse.
const MOST_CANDIDATES: usize = 5_000;

/// The candidate within about a third of the word's length in edits, the nearest first. None among
/// very many.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.to_lowercase().chars().take(64).collect();
    let limit = (wrong.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    let mut word: Vec<char> = Vec::with_capacity(64);
    for (number, candidate) in candidates.into_iter().enumerate() {
        if number >= MOST_CANDIDATES {
            return None;
        }
        // A character has at most four bytes.
        if candidate.len() > 256 || candidate.len() + limit < wrong.len() {
            continue;
        }
        word.clear();
        if candidate.is_ascii() {
            word.extend(
                candidate
                    .bytes()
                    .map(|b| char::from(b.to_ascii_lowercase())),
            );
        } else {
            word.extend(candidate.chars().flat_map(char::to_lowercase));
        }
        if word.len() <= 64
            && let Some(edits) = distance(&wrong, &word, limit)
        {
            let found = (edits, candidate);
            best = Some(best.map_or(found, |b| b.min(found)));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words, if they are within a limit.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev());
    let same = same.take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        // A swap looks back over one row.
        if row.iter().chain(&last).all(|edits| *edits > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|edits| *edits <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        assert_eq!(
            did_you_mean("relevent", ["relevant", "required"]),
            " Did you mean 'relevant'?"
        );
        assert_eq!(did_you_mean("xyz", ["relevant", "required"]), "");
    }
}
