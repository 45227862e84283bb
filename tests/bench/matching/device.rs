//! The search on a device: every person looked up in the index, with a model that was not trained. A village, and
//! 100,000 persons.

use crate::{
    Failure,
    judge::{judge_pairs, truth},
    ours::peak_memory,
    sets,
};
use lawang_matching::{
    PersonIndex, Persons, learn_strangers,
    table::{ColumnMap, read},
};
use rustc_hash::FxHashSet;
use std::{fs, path::Path, time::Instant};

/// Below this nobody is asked; as in the device's search.
const LEAST: f64 = 0.05;

/// Looks every person up, in villages one by one and among 100,000 persons.
pub fn run(work: &Path) -> Result<(), Failure> {
    sets::prepare(work)?;
    let set = sets::find(work, "district")?;
    let truth = truth(&set.truth, false)?;
    let text = fs::read_to_string(&set.left)?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let rows: Vec<&str> = lines.collect();
    let map = ColumnMap::parse(&set.columns)?;
    let village = |row: &str| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(row.as_bytes());
        let columns: Vec<String> = reader
            .records()
            .next()
            .and_then(Result::ok)
            .map(|r| r.iter().map(str::to_owned).collect())
            .unwrap_or_default();
        columns
            .into_iter()
            .find(|c| c.len() == 13 && c.matches('.').count() == 3)
    };
    let mut villages: Vec<(usize, usize)> = Vec::new();
    let mut last = None;
    for (at, row) in rows.iter().enumerate() {
        let here = village(row);
        if here != last {
            villages.push((at, at));
            last = here;
        }
        if let Some(open) = villages.last_mut() {
            open.1 = at + 1;
        }
    }
    let parts = [
        ("each village", villages),
        ("100,000 persons", vec![(0, rows.len().min(100_000))]),
    ];
    for (name, parts) in parts {
        let (mut found, mut all) = (Vec::new(), 0);
        let (mut seconds, mut slowest) = (0.0, 0.0_f64);
        let mut indexing = 0.0;
        for (from, to) in parts {
            let mut persons = Persons::new(map.fields(), 2026)?;
            let csv = format!("{header}\n{}", rows[from..to].join("\n"));
            let ids = read("district", csv.as_bytes(), &map, &mut persons)?.ids;
            let known: FxHashSet<&str> = ids.iter().map(String::as_str).collect();
            all += truth
                .iter()
                .filter(|(a, b)| known.contains(a.as_str()) && known.contains(b.as_str()))
                .count();
            let begun = Instant::now();
            let prior = 0.02 / f64::from(persons.len().max(1));
            let model = learn_strangers(&mut persons, prior, 1);
            let mut index = PersonIndex::new(persons, model);
            indexing += begun.elapsed().as_secs_f64();
            for row in 0..index.len() {
                let begun = Instant::now();
                let hits = index.alike(row, 10, LEAST);
                let took = begun.elapsed().as_secs_f64();
                seconds += took;
                slowest = slowest.max(took);
                for hit in hits.iter().filter(|hit| hit.row > row) {
                    let (a, b) = (ids[row as usize].clone(), ids[hit.row as usize].clone());
                    let pair = if a <= b { (a, b) } else { (b, a) };
                    found.push((hit.probability, truth.contains(&pair)));
                }
            }
        }
        let verdict = judge_pairs(found, all);
        println!(
            "\ndevice, {name}: {all} true pairs; index {indexing:.1} s, search {seconds:.1} s, slowest person {:.1} ms, {:.0} MB",
            slowest * 1000.0,
            peak_memory() as f64 / 1024.0
        );
        for (at, f) in [("at 0.5", verdict.half), ("best", verdict.best)] {
            println!(
                "    {at:7} precision {:.5} recall {:.5} F1 {:.5}   ({} wrong, {} missed; threshold {:.4})",
                f.precision, f.recall, f.f1, f.wrong, f.missed, f.threshold
            );
        }
    }
    Ok(())
}
