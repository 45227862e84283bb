//! Files that come again, and files with wrong rows.

use super::*;

#[test]
fn the_same_file_again_changes_nothing_and_a_newer_one_replaces_and_keeps_the_dates_before() {
    let server = server();
    register(&server);
    let first = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((first.written.new, first.again), (4, false));
    let again = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((again.written.unchanged, again.again), (4, true));
    assert_eq!((again.written.new, again.written.changed), (0, 0));
    // Without a date it is the one of before, not today's.
    let undated = server
        .import_dukcapil(
            Cursor::new(EXTRACT.as_bytes()),
            None,
            NOW,
            &mut |_, _, _| {},
        )
        .unwrap();
    assert_eq!(
        (undated.dated.as_str(), undated.written.unchanged),
        (OCTOBER, 4)
    );

    let newer = EXTRACT.replace("SITI AMINA,", "SITI AMINAH,");
    let changed = dukcapil(&server, &newer, NOVEMBER);
    assert_eq!((changed.written.changed, changed.written.confirmed), (1, 3));
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(
        (siti.detail.similarity, siti.dated.as_str()),
        (Some(100), NOVEMBER)
    );
    let past: Vec<(&str, &str)> = siti
        .past
        .iter()
        .map(|p| (p.dated.as_str(), p.result.as_str()))
        .collect();
    assert_eq!(past, [(OCTOBER, "deterministic")]);
    // The older file, come late, does not bring back what was before.
    let late = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((late.written.unchanged, late.written.changed), (4, 0));
    let later = dukcapil(&server, EXTRACT, "2026-09-01");
    assert_eq!(later.written.older, 4);
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(siti.dated, NOVEMBER);
    assert_eq!(siti.past.len(), 2);
}

#[test]
fn wrong_rows_are_refused_with_row_column_and_reason_and_the_others_are_taken() {
    let server = server();
    register(&server);
    let text = EXTRACT.to_owned()
        + "18090117,,X,1,,,,,,,
1809011708809001,,BUDI SANTOSO,1,1980-08-17,,,,,,
1809011708889009,,Y,1,1980-13-17,,,,,,gone
";
    let report = dukcapil(&server, &text, NOVEMBER);
    let refused: Vec<(usize, &str, &str)> = report
        .refused
        .iter()
        .map(|r| (r.row, r.column.as_str(), r.code))
        .collect();
    assert_eq!(
        refused,
        [
            (5, "nik", "nik_format"),
            (6, "nik", "duplicate_nik"),
            (7, "birth_date", "impossible_date"),
            (7, "status", "unknown_code"),
        ]
    );
    for note in &report.refused {
        assert!(!note.message.is_empty() && !note.message_id.is_empty());
        assert!(!note.message.contains("1809") && !note.message_id.contains("1809"));
    }
    assert_eq!((report.rows, report.persons.deterministic), (6, 2));
    for (text, code) in [
        ("", "file_empty"),
        ("PK\u{3}\u{4}", "file_not_csv"),
        ("a,b\n1,2\n", "no_header"),
        ("nik,nmae\n1,2\n", "missing_column"),
        ("nik,name\n", "no_rows"),
    ] {
        let error = try_dukcapil(&server, text, NOVEMBER).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
    }
}
