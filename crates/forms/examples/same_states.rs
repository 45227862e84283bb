//! Reads each questionnaire of a folder twice, as it is and as the XForm of the same name in another
//! folder, fills both in by the same scripts and compares all states:
//! `cargo run -p lawang-forms --example same_states -- FORMS XFORMS`.

use lawang_forms::script::{State, Step, run};
use lawang_forms::{Context, Files, Form, Problem, compile_with, wanted_files};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(forms), Some(xforms)) = (arguments.next(), arguments.next()) else {
        return Err("same_states FORMS XFORMS".into());
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut entries: Vec<_> = std::fs::read_dir(forms)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let xml_path = Path::new(&xforms).join(format!("{stem}.xml"));
        let (Ok(bytes), Ok(xml)) = (std::fs::read(&path), std::fs::read(&xml_path)) else {
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Ok((form, files)) = compiled(&bytes, &name) else {
            *counts.entry("sheet refused").or_default() += 1;
            continue;
        };
        let other = match compile_with(&xml, &name, &files) {
            Ok(other) => Arc::new(other.form),
            Err(problems) => {
                *counts.entry("XForm refused").or_default() += 1;
                let first = problems
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                println!("{name}: XForm refused: {first}");
                continue;
            }
        };
        *counts.entry("forms").or_default() += 1;
        let (steps, nodes) = match same(form, other) {
            Ok(counted) => counted,
            Err(difference) => {
                *counts.entry("different").or_default() += 1;
                println!("{name}: {difference}");
                (0, 0)
            }
        };
        *counts.entry("steps").or_default() += steps;
        *counts.entry("nodes").or_default() += nodes;
    }
    println!("{counts:?}");
    Ok(())
}

/// The form, with data files invented until it has its columns.
fn compiled(bytes: &[u8], name: &str) -> Result<(Arc<Form>, Files), Vec<Problem>> {
    let wanted = wanted_files(bytes, name);
    let mut columns: Vec<String> = ["name", "label", "id", "title"].map(str::to_owned).into();
    loop {
        let mut files = Files::new();
        for file in &wanted {
            files.insert(file.clone(), invented(file, &columns).into_bytes());
        }
        let problems = match compile_with(bytes, name, &files) {
            Ok(compiled) => return Ok((Arc::new(compiled.form), files)),
            Err(problems) => problems,
        };
        let missing: Vec<String> = problems
            .iter()
            .filter_map(|p| p.message.split_once("has no column '")?.1.split_once('\''))
            .map(|(column, _)| column.to_owned())
            .filter(|column| !columns.contains(column))
            .collect();
        if missing.is_empty() || wanted.is_empty() {
            return Err(problems);
        }
        columns.extend(missing);
    }
}

fn invented(file: &str, columns: &[String]) -> String {
    if file.ends_with(".xml") {
        let cells: String = columns.iter().map(|c| format!("<{c}>1</{c}>")).collect();
        format!("<root><item>{cells}</item></root>")
    } else if file.ends_with(".geojson") {
        let cells: Vec<String> = columns.iter().map(|c| format!("\"{c}\":\"1\"")).collect();
        format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"id\":\"1\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[1,2]}},\"properties\":{{{}}}}}]}}",
            cells.join(",")
        )
    } else {
        format!(
            "{}\n{}\n",
            columns.join(","),
            vec!["1"; columns.len()].join(",")
        )
    }
}

/// Steps and nodes compared, or the first difference.
fn same(a: Arc<Form>, b: Arc<Form>) -> Result<(usize, usize), String> {
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T10:15:30+07:00")
        .map_err(|e| e.to_string())?;
    let (mut steps_seen, mut nodes) = (0, 0);
    for seed in 0..6u64 {
        let mut steps: Vec<Step> = Vec::new();
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
        let mut next = move |bound: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % (bound.max(1) as u64)).unwrap_or(0)
        };
        for _ in 0..(if seed == 0 { 0 } else { 12 }) {
            let states = run(a.clone(), Context::at(now), &steps).map_err(|e| e.to_string())?;
            let Some(last) = states.last() else { break };
            let paths: Vec<(&String, &State)> = last.iter().collect();
            if paths.is_empty() {
                break;
            }
            let (path, state) = paths[next(paths.len())];
            let values = [
                "1",
                "2",
                "a",
                "",
                "17",
                "2026-01-02",
                "-7.5 110.2 0 0",
                "yes",
                "3.5",
                "x y",
            ];
            let value = match state.choices.len() {
                0 => values[next(values.len())].to_owned(),
                n => state.choices[next(n)].clone(),
            };
            let step = serde_json::json!([{ "set": path, "value": value }]);
            let more = lawang_forms::script::parse(&step.to_string()).map_err(|e| e.to_string())?;
            steps.extend(more);
            // Some paths are groups: the script is tried, and shortened if it fails.
            if run(a.clone(), Context::at(now), &steps).is_err() {
                steps.pop();
            }
        }
        let ours = run(a.clone(), Context::at(now), &steps).map_err(|e| e.to_string())?;
        let theirs = run(b.clone(), Context::at(now), &steps).map_err(|e| format!("XForm: {e}"))?;
        for (number, (x, y)) in ours.iter().zip(&theirs).enumerate() {
            steps_seen += 1;
            nodes += x.len();
            // Nodes that XLSForm's short cuts stand for are there in the XForm only.
            let made = |key: &&String| {
                let last = key.rsplit('/').next().unwrap_or_default();
                last.starts_with("generated_table_list_label_")
                    || last.starts_with("reserved_name_for_field_list_labels_")
                    || last.ends_with("_count") && !x.contains_key(*key)
            };
            for key in x.keys().chain(y.keys()).filter(|k| !made(k)) {
                if x.get(key) != y.get(key) {
                    return Err(format!(
                        "step {number} {key}: {:?} / {:?}",
                        x.get(key),
                        y.get(key)
                    ));
                }
            }
        }
    }
    Ok((steps_seen, nodes))
}
