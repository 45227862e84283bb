use crate::common::*;
use lawang_server::admin::ExportFormat;
use std::io::Cursor;

const NIK: &str = "1809015708909001";

fn export(reveal: bool, format: ExportFormat, village_code: Option<&str>) -> (Vec<u8>, usize) {
    let server = server();
    village(&server);
    let mut out = Cursor::new(Vec::new());
    let code = village_code.map(|v| v.parse().unwrap());
    let report = server.export(format, code, reveal, &mut out).unwrap();
    (out.into_inner(), report.rows)
}

#[test]
fn an_export_has_one_line_a_member_and_masks_numbers_unless_they_are_revealed() {
    let (bytes, rows) = export(false, ExportFormat::Csv, Some(HERE));
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.starts_with('\u{feff}'),
        "Excel needs it to read names right"
    );
    assert_eq!((rows, text.lines().count()), (3, 4));
    assert!(text.contains("Siti Aminah") && !text.contains("Agus"));
    assert!(!text.contains(NIK) && text.contains("180901******9001"));
    let (bytes, rows) = export(true, ExportFormat::Csv, None);
    assert_eq!(rows, 4);
    assert!(String::from_utf8(bytes).unwrap().contains(NIK));
}

#[test]
fn a_workbook_is_written() {
    let (bytes, rows) = export(false, ExportFormat::Xlsx, None);
    assert_eq!(rows, 4);
    assert!(bytes.starts_with(b"PK"));
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_text() {
    let server = server();
    let name = [("name", "=HYPERLINK(1)"), ("rt", "-5")];
    import(&server, &prelist(&[("R1", HERE, "P1", &name)]));
    let mut out = Cursor::new(Vec::new());
    server
        .export(ExportFormat::Csv, None, false, &mut out)
        .unwrap();
    let text = String::from_utf8(out.into_inner()).unwrap();
    assert!(text.contains("'=HYPERLINK(1)") && text.contains(",-5,"));
}

#[test]
fn the_list_of_households_shows_no_nik_unless_it_is_revealed_and_equal_digests_for_equal_documents()
{
    let list = |reveal| {
        let server = server();
        village(&server);
        let mut out = Vec::new();
        server
            .households(None, reveal, &mut |line| {
                out.push(serde_json::to_value(&line).unwrap());
                Ok(())
            })
            .unwrap();
        out
    };
    let (masked, revealed) = (list(false), list(true));
    assert!(!format!("{masked:?}").contains(NIK));
    assert_eq!(revealed[1]["nik"], NIK);
    assert_eq!(masked[0]["head"], "Siti Aminah");
    assert_eq!(masked[0]["members"], 2);
    assert_eq!(masked[0]["digest"], revealed[0]["digest"]);
    assert_ne!(masked[0]["digest"], masked[1]["digest"]);
    assert_eq!(masked[0]["heads"].as_array().unwrap().len(), 1);
}
