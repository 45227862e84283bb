use super::read;
use crate::{Problem, compile};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

/// A real workbook: numbers, truth values and dates as Excel stores them, an empty row, a cell far away.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let survey = book.add_worksheet();
    survey.set_name("survey").unwrap();
    for (column, text) in ["type", "name", "label", "required", "default", "relevant"]
        .iter()
        .enumerate()
    {
        survey.write(0, column as u16, *text).unwrap();
    }
    for (row, cells) in [(1, ["integer", "a", "A"]), (3, ["text", "b", "B"])] {
        for (column, text) in cells.iter().enumerate() {
            survey.write(row, column as u16, *text).unwrap();
        }
    }
    survey.write(1, 3, true).unwrap();
    survey.write(1, 4, 17).unwrap();
    survey.write(3, 5, "${a} > 16.5").unwrap();
    survey.write(1_048_575, 16_383, "far").unwrap();
    book.add_worksheet().set_name("notes").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_of_excel_is_read_by_content_whatever_its_name() {
    let compiled = compile(&workbook(), "visit.xls").unwrap();
    assert_eq!(compiled.form.id(), "visit");
    let instance =
        crate::Instance::new(std::sync::Arc::new(compiled.form), crate::tests::context());
    let a = instance.node(&"a".parse().unwrap()).unwrap();
    assert_eq!((a.value.as_str(), a.required), ("17", true));
    assert!(instance.node(&"b".parse().unwrap()).unwrap().relevant);
}

#[test]
fn rows_keep_the_numbers_of_the_spreadsheet() {
    let book = read(&workbook()).unwrap();
    let rows: Vec<u32> = book.sheets[0].rows.iter().map(|(n, _)| *n).collect();
    assert_eq!(rows, [1, 2, 4]);
}

fn refusal(bytes: &[u8]) -> Problem {
    compile(bytes, "x.xlsx").unwrap_err().remove(0)
}

#[test]
fn files_that_are_no_workbook_are_refused_with_a_reason() {
    assert_eq!(refusal(b"").code, "file_empty");
    assert_eq!(refusal(b"PK\x03\x04 and no zip").code, "file_unreadable");
    assert_eq!(
        refusal(&[0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3]).code,
        "file_unreadable"
    );
    assert_eq!(refusal(&[0xFF, 0xFE, 0, 1]).code, "file_unknown");
    assert_eq!(refusal(b"<h:html/>").code, "xml_unreadable");
    assert_eq!(
        refusal(b"| surveyy |\n| | type |").message,
        "You must have a sheet named 'survey'. Did you mean 'surveyy'?"
    );
    assert_eq!(refusal(b",type,name").code, "file_unknown");
}

#[test]
fn a_cell_beyond_the_limit_of_excel_is_refused() {
    let table = format!(
        "| survey |\n| | type | name | label |\n| | text | a | {} |",
        "x".repeat(40_000)
    );
    assert_eq!(refusal(table.as_bytes()).code, "cell_too_large");
}

/// Made once: writing it takes longer than reading it.
static WORKBOOK: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(workbook);

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..4usize) {
        let head: &[u8] = [&b""[..], b"PK\x03\x04", &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], b"| survey |\n"][kind];
        let _ = compile(&[head, &bytes].concat(), "x");
    }

    #[test]
    fn a_damaged_workbook_never_panics(cut in 0.0..1.0f64, flips in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 0..6)) {
        let mut bytes = WORKBOOK.clone();
        for (at, value) in flips {
            let at = (bytes.len() as f64 * at) as usize;
            bytes[at] ^= value;
        }
        let end = (bytes.len() as f64 * cut) as usize;
        let _ = compile(&bytes, "x");
        let _ = compile(&bytes[..end], "x");
    }

    #[test]
    fn random_tables_and_expressions_never_panic(
        rows in proptest::collection::vec(("(text|integer|calculate|begin_group|end_group|begin_repeat|end_repeat|select_one l|note|é x)", "[abc]{0,2}", "[-a-c0-9${}()/.\\[\\]'\" ,=<>*+é%]{0,30}"), 0..12)
    ) {
        let mut table = String::from("| survey |\n| | type | name | label | relevant | calculation | default | repeat_count | constraint |\n");
        for (kind, name, text) in rows {
            table += &format!("| | {kind} | {name} | {text} | {text} | {text} | {text} | {text} | {text} |\n");
        }
        if let Ok(compiled) = compile(table.as_bytes(), "x") {
            let instance = crate::Instance::new(std::sync::Arc::new(compiled.form), crate::tests::context());
            let _ = instance.findings("id");
        }
    }
}
