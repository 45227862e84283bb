//! Differences that are meant to be, each with the reason. What is not in this table fails the run.

use crate::compare::{Difference, Field};
use crate::shape::Shape;
use lawang_forms::QuestionType as Q;

/// Who differs from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    JavaRosa,
    WebForms,
}

/// A row of the table.
pub struct Divergence {
    /// Stable name.
    pub id: &'static str,
    /// Whose difference it is; `None` for both.
    pub who: Option<Who>,
    /// What differs, and why it may.
    pub reason: &'static str,
    /// Whether what follows in the script cannot be compared any more.
    pub ends_script: bool,
    /// Whether it explains a difference.
    pub explains: fn(&Shape, &Difference) -> bool,
}

/// The table.
pub const TABLE: &[Divergence] = &[
    Divergence {
        id: "exponent",
        who: None,
        reason: "numbers from 10,000,000 on and below 0.001 are written in full, not as 1.0E7",
        ends_script: false,
        explains: |_, d| d.field == Field::Value && exponent(&d.theirs, &d.ours),
    },
    Divergence {
        id: "range-steps",
        who: None,
        reason: "a number off the steps of a range is kept and invalid here; the others check no steps",
        ends_script: false,
        explains: |shape, d| {
            d.field == Field::Valid && d.ours == "false" && shape.kind(&d.path) == Some(Q::Range)
        },
    },
    Divergence {
        id: "fewer-instances",
        who: Some(Who::JavaRosa),
        reason: "instances above a repeat_count that became smaller are kept and not relevant here; relevant in JavaRosa",
        ends_script: true,
        explains: |shape, d| {
            let plain = Shape::plain(&d.path);
            let inside = |repeat: &String| plain.starts_with(&format!("{repeat}/"));
            d.field == Field::Relevant && d.ours == "false" && shape.counted().iter().any(inside)
        },
    },
    Divergence {
        id: "fewer-instances-removed",
        who: Some(Who::WebForms),
        reason: "instances above a repeat_count that became smaller are kept and not relevant here; removed in Web Forms",
        ends_script: true,
        explains: |shape, d| {
            let plain = Shape::plain(&d.path);
            let inside = |repeat: &String| plain.starts_with(&format!("{repeat}/"));
            d.field == Field::Presence && d.ours == "there" && shape.counted().iter().any(inside)
        },
    },
];

/// The row that explains a difference.
pub fn explain(who: Who, shape: &Shape, difference: &Difference) -> Option<&'static Divergence> {
    TABLE
        .iter()
        .find(|row| row.who.is_none_or(|w| w == who) && (row.explains)(shape, difference))
}

/// `1.0E7` for `10000000`.
fn exponent(theirs: &str, ours: &str) -> bool {
    theirs.contains('E')
        && match (theirs.parse::<f64>(), ours.parse::<f64>()) {
            (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs(),
            _ => false,
        }
}
