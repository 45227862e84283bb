//! Who looks like this? While somebody types, against 100,000 persons.

use crate::{Failure, ours::peak_memory, sets};
use lawang_matching::{
    PersonIndex, Persons, learn_strangers,
    table::{ColumnMap, read},
};
use std::{fs, path::Path, time::Instant};

const PERSONS: usize = 100_000;
const TYPISTS: usize = 500;
/// The goal of the 99th percentile, in milliseconds.
const GOAL: f64 = 20.0;

/// Types persons of the register key by key, and measures each look.
pub fn run(work: &Path) -> Result<(), Failure> {
    sets::prepare(work)?;
    let set = sets::find(work, "district")?;
    let text = fs::read_to_string(&set.left)?;
    let some: Vec<&str> = text.lines().take(PERSONS + 1).collect();
    let map = ColumnMap::parse(&set.columns)?;
    let mut persons = Persons::new(map.fields(), 2026)?;
    read("district", some.join("\n").as_bytes(), &map, &mut persons)?;
    let begun = Instant::now();
    let model = learn_strangers(&mut persons, 0.3 / PERSONS as f64, 1);
    let mut index = PersonIndex::new(persons, model);
    let built = begun.elapsed();
    let mut times = Vec::new();
    let (mut first, mut among, mut asked) = (0, 0, 0);
    for typist in 0..TYPISTS {
        let row = (typist * (PERSONS / TYPISTS) + typist % 7) as u32;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(some[row as usize + 1].as_bytes());
        let Some(record) = reader.records().next() else {
            continue;
        };
        let record = record?;
        let (nik, name, date) = (&record[1], &record[2], &record[3]);
        let mut look = |typed: &[&str], judged: bool| {
            let begun = Instant::now();
            let hits = index.look(typed, 5, 0.2);
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            if judged {
                asked += 1;
                first += usize::from(hits.first().is_some_and(|hit| hit.row == row));
                among += usize::from(hits.iter().any(|hit| hit.row == row));
            }
        };
        // The NIK, from the eighth digit on; then the name with the date of birth; then the mother.
        for digits in 8..=nik.len() {
            look(&[nik.get(..digits).unwrap_or_default()], false);
        }
        let ends: Vec<usize> = name.char_indices().map(|(at, _)| at).skip(2).collect();
        for end in ends {
            look(&["", &name[..end], date], false);
        }
        look(&["", name, date], true);
        let slip: String = swap_two(name);
        look(&["", &slip, date, &record[4], &record[5]], true);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "\ntyping: {PERSONS} persons, indexed in {:.1} s, {:.0} MB",
        built.as_secs_f64(),
        peak_memory() as f64 / 1024.0
    );
    println!(
        "  {} looks: median {:.2} ms, 99th percentile {:.2} ms, slowest {:.2} ms (goal: at most {GOAL} ms at the 99th): {}",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        if at(0.99) < GOAL { "met" } else { "NOT MET" }
    );
    println!(
        "  of {asked} persons typed by name and birth date, half of them with a slip, {first} came first, {among} among five"
    );
    Ok(())
}

/// The name with two letters in its middle exchanged.
fn swap_two(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = letters.len() / 2;
    if at > 1 {
        letters.swap(at, at - 1);
    }
    letters.into_iter().collect()
}
