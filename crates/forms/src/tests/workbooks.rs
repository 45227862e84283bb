//! Dirty workbooks: what spreadsheet programs and people make of a questionnaire. Each is read as its
//! author meant it, or refused with the cause, and never ends the program.

use super::*;
use crate::check;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const SURVEY: [&[&str]; 2] = [&["type", "name", "label"], &["text", "a", "A"]];

fn fill(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            if !text.is_empty() {
                sheet.write(row as u32, column as u16, *text).unwrap();
            }
        }
    }
}

/// A workbook of sheets with rows of text.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Workbook {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        fill(book.add_worksheet().set_name(*name).unwrap(), rows);
    }
    book
}

fn bytes(mut book: Workbook) -> Vec<u8> {
    book.save_to_buffer().unwrap()
}

fn load(bytes: &[u8]) -> Instance {
    match compile(bytes, "form.xlsx") {
        Ok(compiled) => Instance::new(Arc::new(compiled.form), context()),
        Err(problems) => panic!("{problems:#?}"),
    }
}

fn refusal(bytes: &[u8]) -> Problem {
    compile(bytes, "form.xlsx").unwrap_err().remove(0)
}

fn warned(bytes: &[u8]) -> Vec<(&'static str, Option<u32>)> {
    let report = check(bytes, "form.xlsx");
    assert!(report.ok, "{:#?}", report.errors);
    report.warnings.iter().map(|w| (w.code, w.row)).collect()
}

/// Parts of an .xlsx, written by hand.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in parts {
        zip.start_file(*name, plain).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// A workbook whose only sheet is this XML.
fn by_hand(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    packed(&[
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn inline(cells: &[&str]) -> String {
    let cell = |text: &&str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    format!("<row>{}</row>", cells.iter().map(cell).collect::<String>())
}

#[test]
fn the_content_counts_and_not_the_extension() {
    let xlsx = bytes(workbook(&[("survey", &SURVEY)]));
    for name in ["form.xls", "form.csv", "form.md", "form.xlsx", "form"] {
        assert!(compile(&xlsx, name).is_ok(), "{name}");
    }
    assert!(compile(b"survey\n,type,name,label\n,text,a,A\n", "form.xlsx").is_ok());
}

#[test]
fn documents_of_other_kinds_are_named_as_what_they_are() {
    let document = packed(&[
        ("word/document.xml", "<w/>"),
        ("[Content_Types].xml", "<t/>"),
    ]);
    let found = refusal(&document);
    assert_eq!(found.code, "file_unsupported");
    assert!(
        found.message.contains("document of another program"),
        "{found}"
    );
    let mut locked = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert!(refusal(&locked).message.contains("password"));
    assert!(
        refusal(b"%PDF-1.7 \xE2\xE3")
            .message
            .contains("neither an Excel workbook")
    );
}

#[test]
fn text_files_of_excel_are_read_or_refused_with_the_way_out() {
    assert!(
        compile(
            "\u{feff}survey\n,type,name,label\n,text,a,A\n".as_bytes(),
            "f.csv"
        )
        .is_ok()
    );
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(
            "survey\n,type,name\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    assert!(refusal(&wide).message.contains("UTF-16"));
    let found = refusal(b"survey;;;\r\n;type;name;label\r\n;text;a;A\r\n");
    assert!(found.message.contains("semicolons"), "{found}");
    assert!(
        refusal(b"survey\t\n\ttype\tname\n")
            .message
            .contains("tabs")
    );
    assert!(
        refusal(b"survey,type\n,\xE9t\xE9\n")
            .message
            .contains("UTF-8")
    );
}

#[test]
fn sheets_are_found_whatever_their_case_and_space_and_twice_is_an_error() {
    let found = warned(&bytes(workbook(&[("Survey ", &SURVEY)])));
    assert_eq!(found, [("space_around", None)]);
    assert_eq!(warned(&bytes(workbook(&[("SURVEY", &SURVEY)]))), []);
    let found = refusal(&bytes(workbook(&[
        ("survey", &SURVEY),
        ("survey ", &SURVEY),
    ])));
    assert_eq!(found.code, "sheet_twice");
}

#[test]
fn a_hidden_sheet_counts_like_any_other() {
    let mut book = workbook(&[("notes", &[&["Read me"]]), ("survey", &SURVEY)]);
    book.worksheet_from_name("survey").unwrap().set_hidden(true);
    assert_eq!(warned(&bytes(book)), []);
}

#[test]
fn empty_sheets_say_what_is_missing() {
    let found = refusal(&bytes(workbook(&[("survey", &[])])));
    assert_eq!(found.code, "column_missing");
    let found = refusal(&bytes(workbook(&[("survey", &SURVEY[..1])])));
    assert_eq!(found.code, "survey_empty");
    let book = workbook(&[
        ("survey", &SURVEY),
        ("choices", &[]),
        ("settings", &[]),
        ("x", &[]),
    ]);
    assert_eq!(warned(&bytes(book)), []);
}

#[test]
fn a_missing_or_misspelled_sheet_of_choices_is_named_in_pyxforms_words() {
    let survey: [&[&str]; 2] = [&["type", "name", "label"], &["select_one yn", "a", "A"]];
    let choices: [&[&str]; 2] = [&["list_name", "name", "label"], &["yn", "y", "Yes"]];
    let found = refusal(&bytes(workbook(&[("survey", &survey)])));
    assert_eq!(
        found.message,
        "There should be a choices sheet in this xlsform. Please ensure that the choices sheet has the mandatory columns 'list_name', 'name', and 'label'."
    );
    let found = refusal(&bytes(workbook(&[
        ("survey", &survey),
        ("choice", &choices),
    ])));
    assert!(
        found
            .message
            .contains("sheets with similar names were found: 'choice'"),
        "{found}"
    );
}

#[test]
fn of_merged_cells_only_the_first_has_a_name() {
    let survey: [&[&str]; 2] = [&["type", "name", "label"], &["select_one yn", "a", "A"]];
    let choices: [&[&str]; 2] = [&["list_name", "name", "label"], &["", "y", "Yes"]];
    let mut book = workbook(&[("survey", &survey), ("choices", &choices)]);
    let sheet = book.worksheet_from_name("choices").unwrap();
    sheet.merge_range(1, 0, 2, 0, "yn", &Format::new()).unwrap();
    sheet.write(2, 1, "n").unwrap();
    sheet.write(2, 2, "No").unwrap();
    assert_eq!(warned(&bytes(book)), [("list_nameless", Some(3))]);
    // Merged types: the rows below have none.
    let mut book = workbook(&[("survey", &SURVEY)]);
    let sheet = book.worksheet_from_name("survey").unwrap();
    sheet
        .merge_range(1, 0, 2, 0, "text", &Format::new())
        .unwrap();
    sheet.write(2, 1, "b").unwrap();
    let found = refusal(&bytes(book));
    assert_eq!((found.code, found.row), ("type_missing", Some(3)));
}

#[test]
fn numbers_dates_and_times_of_a_spreadsheet_are_read_as_people_see_them() {
    let mut book = workbook(&[(
        "survey",
        &[
            &["type", "name", "label", "default"],
            &["integer", "whole", "W"],
            &["decimal", "part", "P"],
            &["date", "day", "D"],
            &["time", "hour", "H"],
            &["dateTime", "moment", "M"],
            &["text", "nik", "N"],
            &["text", "written", "W", "1.0"],
            &["text", "truth", "T"],
        ],
    )]);
    let sheet = book.worksheet_from_name("survey").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let hour = Format::new().set_num_format("hh:mm");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write(1, 3, 1.0).unwrap();
    sheet.write(2, 3, 0.1).unwrap();
    let when = ExcelDateTime::parse_from_str("2026-11-25T09:30:00").unwrap();
    let date = ExcelDateTime::from_ymd(2026, 11, 25).unwrap();
    let time = ExcelDateTime::from_hms(9, 30, 0).unwrap();
    sheet.write_with_format(3, 3, &date, &day).unwrap();
    sheet.write_with_format(4, 3, &time, &hour).unwrap();
    sheet.write_with_format(5, 3, &when, &moment).unwrap();
    sheet.write(6, 3, 1_809_014_107_550_001_f64).unwrap();
    sheet.write(8, 3, true).unwrap();
    let form = load(&bytes(book));
    for (name, value) in [
        ("whole", "1"),
        ("part", "0.1"),
        ("day", "2026-11-25"),
        ("hour", "09:30:00"),
        ("nik", "1809014107550001"),
        ("written", "1.0"),
        ("truth", "TRUE"),
    ] {
        assert_eq!(form.value(name), value, "{name}");
    }
    assert!(form.value("moment").starts_with("2026-11-25T09:30:00"));
}

#[test]
fn choices_that_are_numbers_are_whole_ones() {
    let mut book = workbook(&[
        (
            "survey",
            &[
                &["type", "name", "label", "relevant"],
                &["select_one n", "a", "A"],
                &["text", "b", "B", "${a} = 2"],
            ],
        ),
        (
            "choices",
            &[
                &["list_name", "name", "label"],
                &["n", "", "One"],
                &["n", "", "Two"],
            ],
        ),
    ]);
    let sheet = book.worksheet_from_name("choices").unwrap();
    sheet.write(1, 1, 1.0).unwrap();
    sheet.write(2, 1, 2.0).unwrap();
    let mut form = load(&bytes(book));
    form.give("a", "2");
    assert!(form.relevant("b"));
}

#[test]
fn a_formula_counts_as_what_it_gives_and_without_a_result_it_is_an_error() {
    let row = |cell: &str| {
        format!(
            "{}<row><c t=\"inlineStr\"><is><t>text</t></is></c><c t=\"inlineStr\"><is><t>a</t></is></c>{cell}</row>",
            inline(&["type", "name", "label"])
        )
    };
    let form = load(&by_hand(&row(
        r#"<c t="str"><f>"A"&amp;"B"</f><v>AB</v></c>"#,
    )));
    assert_eq!(form.label(&at("a"), ""), "AB");
    let found = refusal(&by_hand(&row(r#"<c t="str"><f>"A"&amp;"B"</f></c>"#)));
    assert_eq!((found.code, found.row), ("formula_without_value", Some(2)));
    assert!(found.message.contains("C2"), "{found}");
    let found = refusal(&by_hand(&row(r#"<c t="e"><f>1/0</f><v>#DIV/0!</v></c>"#)));
    assert_eq!((found.code, found.row), ("cell_error", Some(2)));
    assert_eq!(found.column.as_deref(), Some("label"));
}

#[test]
fn a_workbook_without_shared_strings_is_read_and_a_string_that_is_not_there_refused() {
    let rows = inline(&["type", "name", "label"]) + &inline(&["text", "a", "A"]);
    assert_eq!(load(&by_hand(&rows)).label(&at("a"), ""), "A");
    let rows = inline(&["type", "name", "label"]) + r#"<row><c t="s"><v>7</v></c></row>"#;
    assert!(compile(&by_hand(&rows), "f.xlsx").is_err());
}

#[test]
fn space_no_break_space_and_curly_quotes_are_straightened_with_a_warning() {
    let found = warned(&bytes(workbook(&[(
        "survey",
        &[
            &["type ", " name", "label", "relevant"],
            &[" text", "a ", "A"],
            &["text\u{a0}", "b", "B", "${a} = \u{201c}x\u{201d}"],
        ],
    )])));
    assert_eq!(
        found,
        [("space_around", Some(2)), ("smart_quotes", Some(3))]
    );
}

#[test]
fn long_cells_are_read_up_to_the_limit_of_excel() {
    let long = "x".repeat(30_000);
    let form = load(&bytes(workbook(&[(
        "survey",
        &[&["type", "name", "label"], &["note", "a", &long]],
    )])));
    assert_eq!(form.label(&at("a"), "").len(), 30_000);
    let rows = inline(&["type", "name", "label"]) + &inline(&["note", "a", &"x".repeat(32_768)]);
    assert_eq!(refusal(&by_hand(&rows)).code, "cell_too_large");
    // An expression as long as a cell can be.
    let sum = format!("1{}", " + 1".repeat(8_000));
    let form = load(&bytes(workbook(&[(
        "survey",
        &[&["type", "name", "calculation"], &["calculate", "a", &sum]],
    )])));
    assert_eq!(form.value("a"), "8001");
}

#[test]
fn a_sheet_that_would_fill_the_memory_is_refused() {
    // A cell far to the right in each of many rows: small in the file, wide in memory.
    let mut rows = inline(&["type", "name", "label"]);
    for row in 2..30_000 {
        rows += &format!("<row r=\"{row}\"><c r=\"OI{row}\"><v>1</v></c></row>");
    }
    assert_eq!(refusal(&by_hand(&rows)).code, "file_too_large");
}

#[test]
fn a_bomb_is_refused_also_when_its_checksums_are_wrong() {
    let zeros = vec![b' '; 8 << 20];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for number in 0..40 {
        zip.start_file(format!("xl/media/{number}"), deflated)
            .unwrap();
        zip.write_all(&zeros).unwrap();
    }
    let mut bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    assert_eq!(refusal(&bomb).code, "file_too_large");
    // Local and central headers hold the checksum at these places behind their signatures.
    for (signature, place) in [(b"PK\x03\x04", 14), (b"PK\x01\x02", 16)] {
        for at in 0..bomb.len() - 40 {
            if bomb[at..].starts_with(signature) {
                bomb[at + place] ^= 1;
            }
        }
    }
    assert_eq!(refusal(&bomb).code, "file_too_large");
}

#[test]
fn a_choice_without_a_label_is_warned_about_as_pyxform_does() {
    let found = warned(&bytes(workbook(&[
        (
            "survey",
            &[&["type", "name", "label"], &["select_one yn", "a", "A"]],
        ),
        (
            "choices",
            &[
                &["list_name", "name", "label"],
                &["yn", "y", "Yes"],
                &["yn", "n", ""],
            ],
        ),
    ])));
    assert_eq!(found, [("label_missing", Some(3))]);
}
