//! What came out, for a person.

use crate::compare::{Difference, Field};
use crate::divergences::{Who, table};
use crate::sheets::Sheets;
use lawang_forms::script::Step;
use std::collections::BTreeMap;

/// How many unexplained differences are written out.
const SHOWN: usize = 40;

/// Counts and findings.
#[derive(Default)]
pub struct Report {
    pub forms: usize,
    pub scripts: usize,
    pub steps: BTreeMap<Who, usize>,
    pub nodes: BTreeMap<Who, usize>,
    /// Explained differences by row of the table.
    pub explained: BTreeMap<&'static str, usize>,
    /// Unexplained ones.
    pub findings: Vec<String>,
    /// Forms that one side does not take, or a peer that was silent.
    pub refused: Vec<String>,
    /// Forms that neither side takes.
    pub refused_by_both: usize,
    /// Forms that one side does not take, as known.
    pub expected: Vec<String>,
}

impl Report {
    /// Adds what another thread found.
    pub fn merge(&mut self, other: Report) {
        self.forms += other.forms;
        self.scripts += other.scripts;
        for (mine, theirs) in [
            (&mut self.steps, other.steps),
            (&mut self.nodes, other.nodes),
        ] {
            for (who, count) in theirs {
                *mine.entry(who).or_default() += count;
            }
        }
        for (id, count) in other.explained {
            *self.explained.entry(id).or_default() += count;
        }
        self.findings.extend(other.findings);
        self.refused.extend(other.refused);
        self.refused_by_both += other.refused_by_both;
        self.expected.extend(other.expected);
    }

    /// Prints everything.
    pub fn print(&self) {
        for finding in self.findings.iter().take(SHOWN) {
            println!("\n{finding}");
        }
        if self.findings.len() > SHOWN {
            println!("\n... and {} more.", self.findings.len() - SHOWN);
        }
        for refused in &self.refused {
            println!("\n{refused}");
        }
        println!(
            "\n{} forms, {} scripts ({} forms that neither side takes, {} that one side rightly refuses)",
            self.forms,
            self.scripts,
            self.refused_by_both,
            self.expected.len()
        );
        for who in [Who::JavaRosa, Who::OwnXform, Who::WebForms] {
            let count = |of: &BTreeMap<Who, usize>| of.get(&who).copied().unwrap_or(0);
            println!(
                "{:23} {:8} steps, {:10} nodes compared",
                name(who),
                count(&self.steps),
                count(&self.nodes)
            );
        }
        for row in table() {
            if let Some(count) = self.explained.get(row.id) {
                println!("  {count:6} x {}: {}", row.id, row.reason);
            }
        }
        println!(
            "{} differences that are not in the table, {} forms or scripts refused",
            self.findings.len(),
            self.refused.len()
        );
    }
}

/// Who, for people.
pub fn name(who: Who) -> &'static str {
    match who {
        Who::JavaRosa => "JavaRosa",
        Who::OwnXform => "JavaRosa with our XForm",
        Who::WebForms => "Web Forms",
    }
}

/// A difference with all that is needed to look into it.
pub fn finding(
    form: &str,
    who: Who,
    sheets: Option<&Sheets>,
    steps: &[Step],
    differences: &[&Difference],
) -> String {
    let mut out = format!("{form}, {}:", name(who));
    for difference in differences.iter().take(4) {
        out += &format!(
            "\n  step {} {} {:?}: here {:?}, there {:?}",
            difference.step, difference.path, difference.field, difference.ours, difference.theirs
        );
        let last = difference.path.rsplit('/').next().unwrap_or_default();
        for row in sheets.into_iter().flat_map(|s| &s.survey) {
            let own = row.iter().any(|(h, c)| h == "name" && c == last);
            if own && difference.field != Field::Error {
                let cells: Vec<String> = row
                    .iter()
                    .filter(|(h, _)| {
                        !h.contains("label") && !h.contains("hint") && !h.contains("message")
                    })
                    .map(|(h, c)| format!("{h}: {c}"))
                    .collect();
                out += &format!("\n      {}", cells.join(" | "));
            }
        }
    }
    if differences.len() > 4 {
        out += &format!("\n  and {} more nodes", differences.len() - 4);
    }
    let script = serde_json::to_string(steps).unwrap_or_default();
    out += &format!("\n  script {script}");
    out
}
