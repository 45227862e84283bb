//! Writes what the fuzz targets begin with: `seeds DIRECTORY` makes `DIRECTORY/<target>/` with one
//! file a seed, and `DIRECTORY/words.dict`. Seeds are the project's own questionnaires, the forms in
//! its tests, and what fuzzing found before.

use calamine::{Data, Reader};
use lawang_forms::{COLUMNS, TYPES, all_functions, to_xform};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Columns that hold expressions, with the cell of the target `expression` that they go to.
const EXPRESSIONS: [(&str, u8); 6] = [
    ("relevant", 0),
    ("constraint", 1),
    ("default", 2),
    ("choice_filter", 3),
    ("calculation", 5),
    ("repeat_count", 4),
];

fn main() -> io::Result<()> {
    let out = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .unwrap_or_else(|| "corpus".into()),
    );
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let questionnaires = files(&project.join("schema/questionnaires"), "xlsx")?;
    let mut tables = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for file in files(&project.join("crates/forms/src/tests"), "rs")? {
        for text in literals(&fs::read_to_string(file)?) {
            if text.trim_start().starts_with("| survey") {
                tables.insert(text);
            } else if text.contains('(') || text.contains("${") || text.starts_with('<') {
                texts.insert(text);
            }
        }
    }
    let mut whole: Vec<Vec<u8>> = tables.iter().map(|t| t.clone().into_bytes()).collect();
    whole.extend(
        texts
            .iter()
            .filter(|t| t.starts_with('<'))
            .map(|t| t.clone().into_bytes()),
    );
    let mut expressions: BTreeSet<Vec<u8>> = BTreeSet::new();
    for text in &texts {
        for cell in [2, 5, 6] {
            expressions.insert([&[cell], text.as_bytes()].concat());
        }
    }
    for file in &questionnaires {
        let bytes = fs::read(file)?;
        for (cell, text) in cells_with_expressions(&bytes) {
            expressions.insert([&[cell], text.as_bytes()].concat());
        }
        whole.push(bytes);
    }
    let parts: Vec<Vec<u8>> = tables
        .iter()
        .map(|table| parts(table).into_bytes())
        .collect();
    save(&out.join("workbook_bytes"), &whole)?;
    save(&out.join("workbook_parts"), &parts)?;
    save(
        &out.join("expression"),
        &expressions.into_iter().collect::<Vec<_>>(),
    )?;
    let beside = lawang_fuzz::files();
    let written = whole
        .iter()
        .filter_map(|form| to_xform(form, "seed", &beside).ok());
    let by_hand = texts.iter().filter(|t| t.starts_with('<')).cloned();
    let xforms: Vec<Vec<u8>> = written.chain(by_hand).map(String::into_bytes).collect();
    save(&out.join("xform"), &xforms)?;
    save(
        &out.join("workbook_cells"),
        &(0..64).map(noise).collect::<Vec<_>>(),
    )?;
    for (target, seeds) in lawang_fuzz::network::seeds() {
        save(&out.join(target), &seeds)?;
    }
    let findings = project.join("crates/forms/tests/findings");
    for finding in files(&findings, "")? {
        let name = finding
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if let Some((target, _)) = name.split_once('-') {
            let folder = out.join(target);
            fs::create_dir_all(&folder)?;
            fs::copy(&finding, folder.join(&name))?;
        }
    }
    fs::write(out.join("words.dict"), words())
}

/// Files of a folder with an extension (any, if it is empty), by name. A folder that is not there has none.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file()
                && (extension.is_empty() || path.extension().is_some_and(|e| e == extension))
            {
                all.push(path);
            }
        }
    }
    all.sort();
    Ok(all)
}

fn save(folder: &Path, seeds: &[Vec<u8>]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:04}")), seed)?;
    }
    Ok(())
}

/// Bytes without a meaning, from which cells are made; the same in every run.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(2_048).collect()
}

/// String literals of a Rust file, near enough: escapes of quotes and backslashes undone.
fn literals(source: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if c != '"' {
            continue;
        }
        let mut text = String::new();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => match chars.next() {
                    Some('n') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => break,
                },
                c => text.push(c),
            }
        }
        out.push(text);
    }
    out
}

fn cells_with_expressions(bytes: &[u8]) -> Vec<(u8, String)> {
    let mut out = Vec::new();
    let book: Result<calamine::Xlsx<_>, _> =
        calamine::open_workbook_from_rs(io::Cursor::new(bytes));
    let Ok(range) = book
        .map_err(|_| ())
        .and_then(|mut b| b.worksheet_range("survey").map_err(|_| ()))
    else {
        return out;
    };
    let mut rows = range.rows();
    let headings: Vec<String> = rows
        .next()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    for row in rows {
        for (heading, cell) in headings.iter().zip(row) {
            if let (Some((_, place)), Data::String(text)) =
                (EXPRESSIONS.iter().find(|(n, _)| n == heading), cell)
            {
                out.push((*place, text.clone()));
            }
        }
    }
    out
}

/// A Markdown table as the parts of a workbook: survey, shared strings, choices, settings.
fn parts(table: &str) -> String {
    let mut sheets = [String::new(), String::new(), String::new()];
    let mut shared = String::new();
    let (mut sheet, mut row, mut strings) = (0, 0, 0);
    for line in table.lines() {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let first = cells.first().copied().unwrap_or_default().to_lowercase();
        if let Some(at) = ["survey", "choices", "settings"]
            .iter()
            .position(|n| *n == first)
        {
            (sheet, row) = (at, 0);
            continue;
        }
        row += 1;
        let _ = write!(sheets[sheet], "<row r=\"{row}\">");
        for (column, cell) in cells.iter().skip(1).enumerate().take(26) {
            let place = format!("{}{row}", (b'A' + column as u8) as char);
            let text = cell.replace('&', "&amp;").replace('<', "&lt;");
            // Both ways in which a workbook can hold a text.
            if column % 2 == 0 {
                let _ = write!(
                    sheets[sheet],
                    "<c r=\"{place}\" t=\"s\"><v>{strings}</v></c>"
                );
                let _ = write!(shared, "<si><t>{text}</t></si>");
                strings += 1;
            } else {
                let _ = write!(
                    sheets[sheet],
                    "<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"
                );
            }
        }
        sheets[sheet] += "</row>";
    }
    let space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let [survey, choices, settings] =
        sheets.map(|rows| format!("<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"));
    format!("{survey}%%<sst {space}>{shared}</sst>%%{choices}%%{settings}")
}

/// Words that mean something to the readers, in libFuzzer's format.
fn words() -> String {
    let functions = all_functions().map(|f| format!("{}(", f.name));
    let columns = COLUMNS.iter().map(|c| c.name.to_owned());
    let types = TYPES.iter().map(|t| t.name.to_owned());
    let other = [
        "${a}",
        "${people}",
        "${age}",
        " or_other",
        "instance('place')/root/item[",
        "]/label",
        "current()/..",
        " div ",
        " mod ",
        " and ",
        " or ",
        "<c r=",
        " t=",
        "inlineStr",
        "<mergeCell ref=",
        "<f>",
        "<v>",
        "<row ",
        "<bind ",
        "nodeset=",
        "<itext>",
        "<input ref=",
        "<repeat ",
    ];
    let all: BTreeSet<String> = functions
        .chain(columns)
        .chain(types)
        .chain(other.map(str::to_owned))
        .collect();
    all.iter()
        .map(|word| format!("\"{}\"\n", word.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect()
}
