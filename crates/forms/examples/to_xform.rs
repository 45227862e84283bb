//! Writes every questionnaire of a folder as an XForm into another one:
//! `cargo run -p lawang-forms --example to_xform -- FOLDER OUT`. What cannot be used gets a file with
//! the reasons instead. Data files that are not there are invented, with the columns that the form
//! asks for.

use lawang_forms::{Files, Problem, to_xform, wanted_files};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("to_xform FOLDER OUT"));
    };
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        match written(&std::fs::read(&path)?, &name) {
            Ok(xml) => std::fs::write(Path::new(&out).join(format!("{stem}.xml")), xml)?,
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                std::fs::write(
                    Path::new(&out).join(format!("{stem}.err")),
                    lines.join("\n"),
                )?;
            }
        }
    }
    Ok(())
}

fn written(bytes: &[u8], name: &str) -> Result<String, Vec<Problem>> {
    let wanted = wanted_files(bytes, name);
    let mut columns: Vec<String> = ["name", "label", "id", "title"].map(str::to_owned).into();
    loop {
        let mut files = Files::new();
        for file in &wanted {
            files.insert(file.clone(), invented(file, &columns).into_bytes());
        }
        let problems = match to_xform(bytes, name, &files) {
            Ok(xml) => return Ok(xml),
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

/// A data file with one row.
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
