//! One set linked by Lawang, in a process of its own, so that its memory can be told.

use crate::{Failure, sets};
use lawang_matching::{
    Options, Persons, link,
    table::{ColumnMap, read},
};
use serde_json::json;
use std::{fs, io::Write, path::Path, time::Instant};

/// Pairs less likely than this are not written down.
const LEAST: f64 = 0.001;

/// Links a set and writes its pairs; prints one line of JSON.
pub fn run(work: &Path, set: &str) -> Result<(), Failure> {
    let set = sets::find(work, set)?;
    let begun = Instant::now();
    let map = ColumnMap::parse(&set.columns)?;
    let mut persons = Persons::new(map.fields(), 2026)?;
    let bytes = fs::read(&set.left)?;
    let left = read("left", &bytes, &map, &mut persons)?;
    drop(bytes);
    let mut right = None;
    if let Some(file) = &set.right {
        persons.begin_right();
        right = Some(read("right", &fs::read(file)?, &map, &mut persons)?);
    }
    let options = Options {
        threshold: LEAST,
        ..Options::default()
    };
    let read_in = begun.elapsed().as_secs_f64();
    let found = link(&mut persons, &options);
    let seconds = begun.elapsed().as_secs_f64();
    let memory = peak_memory();
    let mut out = std::io::BufWriter::new(fs::File::create(
        work.join(format!("{}.ours.csv", set.name)),
    )?);
    writeln!(out, "left_id,right_id,probability")?;
    let of_right = |row: u32| match (&right, persons.right_from()) {
        (Some(right), Some(from)) => &right.ids[(row - from) as usize],
        _ => &left.ids[row as usize],
    };
    for pair in &found.pairs {
        let (a, b) = (&left.ids[pair.left as usize], of_right(pair.right));
        writeln!(out, "{a},{b},{}", pair.probability)?;
    }
    out.flush()?;
    if std::env::var_os("LAWANG_SHOW_MODEL").is_some() {
        eprintln!("{}", serde_json::to_string_pretty(&describe(&found.model))?);
    }
    println!(
        "{}",
        json!({
            "seconds": seconds, "reading": read_in, "memory_kb": memory, "compared": found.compared,
            "shared": found.shared.len(), "rounds": found.model.rounds,
            "expected": found.model.expected_pairs, "prior": found.model.prior,
        })
    );
    Ok(())
}

fn describe(model: &lawang_matching::Model) -> serde_json::Value {
    let fields = model
        .fields
        .iter()
        .zip(&model.levels)
        .map(|(field, levels)| {
            let lines: Vec<String> = lawang_matching::levels(field.kind)
                .iter()
                .zip(levels)
                .map(|(level, t)| {
                    format!(
                        "{:14} m {:.5} u {:.2e} usual {:.1}",
                        level.code, t.m, t.u, t.usual_bits
                    )
                })
                .collect();
            json!({ "field": field.name, "levels": lines })
        });
    fields.collect()
}

/// Peak of resident memory of this process, in kB; 0 where the system does not tell.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
