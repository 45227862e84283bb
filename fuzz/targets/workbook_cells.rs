//! Sheets of arbitrary cells: known columns, types, functions and near-misses of them, in any order,
//! so that most forms get as far as the compiler and many can be filled in.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use lawang_forms::{COLUMNS, TYPES, all_functions};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 12] = [
    "a", "b", "c", "d", "e", "f", "g", "r", "s", "A", "a b", "meta",
];
const LISTS: [&str; 4] = ["l", "m", "yes_no", "L"];
const LITERALS: [&str; 14] = [
    "1",
    "-1",
    "0",
    "0.5",
    "1e9",
    "''",
    "'a'",
    "'y n'",
    "'2026-02-30'",
    "99999999999999999999",
    ".",
    "..",
    "true()",
    "today()",
];
const OPERATORS: [&str; 14] = [
    "+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or", "|",
];
const PLAIN: [&str; 16] = [
    "",
    " ",
    "yes",
    "no",
    "TRUE",
    "1",
    "x",
    "${a}",
    "${",
    "‘x’",
    "field-list",
    "minimal",
    "start=1 end=5 step=1",
    "a b",
    "é",
    "once(uuid())",
];

/// A workbook as CSV in the layout of pyxform.
#[derive(Debug)]
struct Book(String);

impl<'a> Arbitrary<'a> for Book {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut text = String::new();
        survey(u, &mut text)?;
        if u.ratio(7, 8)? {
            choices(u, &mut text)?;
        }
        if u.ratio(1, 4)? {
            settings(u, &mut text)?;
        }
        Ok(Self(text))
    }
}

fn row(text: &mut String, sheet: &str, cells: &[String]) {
    *text += sheet;
    for cell in cells {
        *text += ",";
        *text += &lawang_fuzz::csv_cell(cell);
    }
    *text += "\n";
}

fn survey(u: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    let known: Vec<&str> = COLUMNS
        .iter()
        .filter(|c| c.sheet == "survey")
        .map(|c| c.name)
        .collect();
    let mut columns = vec!["type", "name", "label"];
    for _ in 0..u.int_in_range(1..=7)? {
        columns.push(u.choose(&known)?);
    }
    let mut headings: Vec<String> = Vec::new();
    for column in &columns {
        headings.push(match u.int_in_range(0..=15)? {
            0 => format!("{column}::Bahasa Indonesia (id)"),
            1 => format!("{column} "),
            _ => (*column).to_owned(),
        });
    }
    row(text, "survey", &vec![String::new(); 0]);
    row(text, "", &headings);
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..u.int_in_range(1..=14)? {
        let mut kind = u.choose(TYPES)?.name.to_owned();
        if kind.starts_with("select") || kind == "rank" {
            let ending = if kind.ends_with("_from_file") {
                u.choose(&[".csv", ".xml", ".geojson", ""])?
            } else {
                ""
            };
            kind = format!("{kind} {}{ending}", u.choose(&LISTS)?);
            if u.ratio(1, 10)? {
                kind += " or_other";
            }
        }
        match u.int_in_range(0..=9)? {
            0 => {
                open.push("end_group");
                kind = "begin_group".to_owned();
            }
            1 => {
                open.push("end_repeat");
                kind = "begin_repeat".to_owned();
            }
            2 => kind = open.pop().unwrap_or("text").to_owned(),
            3 => kind = "calculate".to_owned(),
            _ => {}
        }
        let mut cells = vec![kind, (*u.choose(&NAMES)?).to_owned()];
        for column in &columns[2..] {
            cells.push(cell(u, column)?);
        }
        row(text, "", &cells);
    }
    while let Some(end) = open.pop() {
        row(text, "", &[end.to_owned()]);
    }
    Ok(())
}

fn cell(u: &mut Unstructured<'_>, column: &str) -> Result<String> {
    let computed = [
        "relevant",
        "constraint",
        "calculation",
        "choice_filter",
        "repeat_count",
        "default",
        "required",
        "read_only",
    ];
    match u.int_in_range(0..=7)? {
        0 => Ok(u.arbitrary::<&str>()?.chars().take(40).collect()),
        1 | 2 => Ok(String::new()),
        3 => Ok((*u.choose(&PLAIN)?).to_owned()),
        _ if computed.contains(&column) => expression(u, 0),
        4 => Ok(format!("x ${{{}}} y", u.choose(&NAMES)?)),
        _ => Ok("x".to_owned()),
    }
}

fn expression(u: &mut Unstructured<'_>, depth: u32) -> Result<String> {
    let functions: Vec<_> = all_functions().collect();
    Ok(match u.int_in_range(0..=if depth > 3 { 3 } else { 8 })? {
        0 | 1 => (*u.choose(&LITERALS)?).to_owned(),
        2 | 3 => format!("${{{}}}", u.choose(&NAMES)?),
        4 | 5 => {
            let function = u.choose(&functions)?;
            let most = function.most.min(function.least + 2);
            let mut arguments = Vec::new();
            for _ in 0..u.int_in_range(function.least..=most)? {
                arguments.push(expression(u, depth + 1)?);
            }
            format!("{}({})", function.name, arguments.join(", "))
        }
        6 => format!("({})", expression(u, depth + 1)?),
        7 => format!(
            "instance('{}')/root/item[{}]/{}",
            u.choose(&LISTS)?,
            expression(u, depth + 1)?,
            u.choose(&["name", "label", "k"])?
        ),
        _ => format!(
            "{} {} {}",
            expression(u, depth + 1)?,
            u.choose(&OPERATORS)?,
            expression(u, depth + 1)?
        ),
    })
}

fn choices(u: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    row(text, "choices", &vec![String::new(); 0]);
    row(
        text,
        "",
        &["list_name", "name", "label", "k"].map(str::to_owned),
    );
    for number in 0..u.int_in_range(0..=10)? {
        let name = if u.ratio(1, 8)? {
            (*u.choose(&PLAIN)?).to_owned()
        } else {
            number.to_string()
        };
        let cells = [
            (*u.choose(&LISTS)?).to_owned(),
            name,
            "x".to_owned(),
            (*u.choose(&PLAIN)?).to_owned(),
        ];
        row(text, "", &cells);
    }
    Ok(())
}

fn settings(u: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    let known: Vec<&str> = COLUMNS
        .iter()
        .filter(|c| c.sheet == "settings")
        .map(|c| c.name)
        .collect();
    let (mut headings, mut cells) = (Vec::new(), Vec::new());
    for _ in 0..u.int_in_range(1..=4)? {
        headings.push((*u.choose(&known)?).to_owned());
        cells.push((*u.choose(&PLAIN)?).to_owned());
    }
    row(text, "settings", &vec![String::new(); 0]);
    row(text, "", &headings);
    row(text, "", &cells);
    Ok(())
}

fuzz_target!(|book: Book| {
    lawang_fuzz::check_and_fill(book.0.as_bytes(), "fuzz.csv", &lawang_fuzz::files());
});
