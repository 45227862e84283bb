//! Pairs against the truth.

use crate::Failure;
use rustc_hash::FxHashSet;
use std::path::Path;

/// Pairs of ids, the smaller id first within one list.
pub type Truth = FxHashSet<(String, String)>;

/// Counts at one threshold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub threshold: f64,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub wrong: usize,
    pub missed: usize,
}

/// At 0.5, and at the best threshold there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    pub half: Figures,
    pub best: Figures,
}

fn ordered(a: &str, b: &str, two_lists: bool) -> (String, String) {
    if two_lists || a <= b {
        (a.to_owned(), b.to_owned())
    } else {
        (b.to_owned(), a.to_owned())
    }
}

/// The true pairs: the first two columns of a file.
pub fn truth(file: &Path, two_lists: bool) -> Result<Truth, Failure> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut all = Truth::default();
    for record in reader.records() {
        let record = record?;
        all.insert(ordered(&record[0], &record[1], two_lists));
    }
    Ok(all)
}

/// Judges a file of pairs with probabilities.
pub fn judge(file: &Path, truth: &Truth, two_lists: bool) -> Result<Verdict, Failure> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut pairs: Vec<(f64, bool)> = Vec::new();
    let mut seen = Truth::default();
    for record in reader.records() {
        let record = record?;
        let pair = ordered(&record[0], &record[1], two_lists);
        let right = truth.contains(&pair);
        if seen.insert(pair) {
            pairs.push((record[2].parse()?, right));
        }
    }
    Ok(judge_pairs(pairs, truth.len()))
}

/// How many true pairs a file does not list, however unlikely: two who hold one NIK have to be there.
pub fn unlisted(file: &Path, truth: &Truth, two_lists: bool) -> Result<usize, Failure> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut left: FxHashSet<&(String, String)> = truth.iter().collect();
    for record in reader.records() {
        let record = record?;
        left.remove(&ordered(&record[0], &record[1], two_lists));
    }
    Ok(left.len())
}

/// Judges pairs: how likely each was held, and whether it is true; of so many true ones.
pub fn judge_pairs(mut pairs: Vec<(f64, bool)>, all: usize) -> Verdict {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut verdict = Verdict::default();
    let (mut right, mut taken) = (0, 0);
    for (at, (probability, is_right)) in pairs.iter().enumerate() {
        right += usize::from(*is_right);
        taken += 1;
        let last_of_these = pairs.get(at + 1).is_none_or(|next| next.0 < *probability);
        if !last_of_these {
            continue;
        }
        let figures = figures(*probability, right, taken, all);
        if figures.f1 > verdict.best.f1 {
            verdict.best = figures;
        }
        if *probability >= 0.5 {
            verdict.half = figures;
        }
    }
    verdict.half.threshold = 0.5;
    verdict
}

fn figures(threshold: f64, right: usize, taken: usize, all: usize) -> Figures {
    let ratio = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    Figures {
        threshold,
        precision: ratio(right, taken),
        recall: ratio(right, all),
        f1: ratio(2 * right, taken + all),
        wrong: taken - right,
        missed: all - right,
    }
}
