//! What was injected, counted by kind.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

/// Numbers by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    pub fn add(&mut self, what: impl Into<String>) {
        self.many(what, 1);
    }

    pub fn many(&mut self, what: impl Into<String>, number: u64) {
        if number > 0 {
            *self.0.entry(what.into()).or_default() += number;
        }
    }

    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// The sum of all whose names begin so.
    #[cfg(test)]
    pub fn all(&self, beginning: &str) -> u64 {
        let fits = |(name, _): &(&String, &u64)| name.starts_with(beginning);
        self.0.iter().filter(fits).map(|(_, number)| number).sum()
    }

    pub fn merge(&mut self, other: Self) {
        for (what, number) in other.0 {
            self.many(what, number);
        }
    }
}

impl Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in &self.0 {
            writeln!(out, "{number:>12}  {what}")?;
        }
        Ok(())
    }
}

/// Something that must always hold and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// Where: seed, step, household.
    pub words: String,
}

impl Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.invariant, self.words)
    }
}

/// A violation, unless it holds.
pub fn must(
    holds: bool,
    invariant: &'static str,
    words: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds {
        return Ok(());
    }
    Err(Violation {
        invariant,
        words: words(),
    })
}

pub const UNEXPECTED: &str = "only what was injected may fail";
pub const PANIC: &str = "nothing panics";
