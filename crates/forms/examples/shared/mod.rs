//! What the examples share: questionnaires of a folder, and data files for them.

use lawang_forms::{Files, Problem, wanted_files};
use std::path::{Path, PathBuf};

/// The questionnaires in a folder and its folders, in order. A CSV file in a folder of the folder is data.
pub fn questionnaires(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let inner = questionnaires(&path)?;
            out.extend(
                inner
                    .into_iter()
                    .filter(|p| p.extension() != Some("csv".as_ref())),
            );
        } else if path
            .extension()
            .is_some_and(|e| ["xlsx", "xls", "csv", "md"].map(AsRef::as_ref).contains(&e))
        {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

/// Calls `make` with the data files beside a questionnaire. Those that are not there are invented, with the
/// columns that the form asks for.
pub fn with_files<T>(
    path: &Path,
    bytes: &[u8],
    name: &str,
    make: impl Fn(&Files) -> Result<T, Vec<Problem>>,
) -> Result<(T, Files), Vec<Problem>> {
    let wanted = wanted_files(bytes, name);
    let mut columns: Vec<String> = ["name", "label", "id", "title"].map(str::to_owned).into();
    loop {
        let mut files = Files::new();
        for file in &wanted {
            let beside = std::fs::read(path.with_file_name(file));
            files.insert(
                file.clone(),
                beside.unwrap_or_else(|_| invented(file, &columns).into_bytes()),
            );
        }
        let problems = match make(&files) {
            Ok(made) => return Ok((made, files)),
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
        let row = vec!["1"; columns.len()].join(",");
        format!("{}\n{row}\n", columns.join(","))
    }
}
