//! Differences that are meant to be, each with its reason and with a proof that it is still there. What is
//! not in this table fails the run.

mod javarosa;
mod web_forms;

use crate::compare::Difference;
use crate::shape::Shape;
use crate::sheets::Sheets;

/// Who differs from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// JavaRosa with the XForm that pyxform writes.
    JavaRosa,
    /// JavaRosa with the XForm that is written here.
    OwnXform,
    /// The engine of ODK Web Forms with the XForm that pyxform writes.
    WebForms,
}

impl Who {
    /// Whose engine it is.
    pub fn engine(self) -> Self {
        match self {
            Self::OwnXform => Self::JavaRosa,
            other => other,
        }
    }
}

/// A form and a script that show a difference.
pub enum Proof {
    /// The calculation of one field, in a form with a list `list` and a few answers.
    Expression(&'static str),
    /// A Markdown table and a script.
    Form(&'static str, &'static str),
    /// The same, where the driver does not put back what JavaRosa clears.
    Clearing(&'static str, &'static str),
}

/// A row of the table.
pub struct Divergence {
    /// Stable name.
    pub id: &'static str,
    /// Whose difference it is.
    pub who: &'static [Who],
    /// What differs, and why it may.
    pub reason: &'static str,
    /// Whether what follows in the script cannot be compared any more.
    pub ends_script: bool,
    /// Whether it explains a difference in a random script; rows that no random script meets explain none.
    pub explains: fn(&Place<'_>, &Difference) -> bool,
    /// Shows the difference.
    pub proof: Proof,
}

const BOTH: &[Who] = &[Who::JavaRosa, Who::WebForms];
const JAVAROSA: &[Who] = &[Who::JavaRosa];
const WEB_FORMS: &[Who] = &[Who::WebForms];

const NEVER: fn(&Place<'_>, &Difference) -> bool = |_, _| false;

/// The table: JavaRosa and both, then Web Forms alone.
pub fn table() -> impl Iterator<Item = &'static Divergence> {
    javarosa::ROWS.iter().chain(web_forms::ROWS)
}

/// The form that a difference is in.
pub struct Place<'a> {
    pub shape: &'a Shape,
    /// Its sheets, if it was generated.
    pub sheets: Option<&'a Sheets>,
    /// The instance that the step removed.
    pub removed: Option<&'a str>,
}

impl Place<'_> {
    /// Whether an expression of a node, or of a group around it, holds one of some words.
    fn says(&self, path: &str, words: &[&str]) -> bool {
        let plain = Shape::plain(path);
        let names: Vec<&str> = plain.split('/').collect();
        self.sheets.into_iter().flat_map(|s| &s.survey).any(|row| {
            row.iter()
                .any(|(h, c)| h == "name" && names.contains(&c.as_str()))
                && row
                    .iter()
                    .any(|(_, c)| words.iter().any(|word| c.contains(word)))
        })
    }
}

impl Place<'_> {
    /// Whether a question has something in a column.
    fn has(&self, path: &str, column: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        self.sheets.into_iter().flat_map(|s| &s.survey).any(|row| {
            row.iter().any(|(h, c)| h == "name" && c == last)
                && row.iter().any(|(h, _)| h == column)
        })
    }
}

/// The row that explains a difference.
pub fn explain(
    who: Who,
    place: &Place<'_>,
    difference: &Difference,
) -> Option<&'static Divergence> {
    table().find(|row| row.who.contains(&who.engine()) && (row.explains)(place, difference))
}

impl Proof {
    /// Form, script, and whether the driver lets JavaRosa clear answers.
    pub fn parts(&self) -> (String, &'static str, bool) {
        match self {
            Self::Form(table, script) => ((*table).to_owned(), script, false),
            Self::Clearing(table, script) => ((*table).to_owned(), script, true),
            Self::Expression(expression) => (
                format!(
                    "
| survey |
| | type | name | label | default | calculation |
| | time | clock | Clock | 06:30:00.000 | |
| | select_one list | one | One | a | |
| | calculate | r | | | {expression} |
| choices |
| | list_name | name | label | num |
| | list | a | A | 3 |
| | list | b | B | 7 |
"
                ),
                "[]",
                false,
            ),
        }
    }
}
