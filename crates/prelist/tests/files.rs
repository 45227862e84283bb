//! Files as they come from villages, and what is said about each.
#![allow(clippy::unwrap_used)]

use lawang_domain::{HouseholdId, InstanceId};
use lawang_prelist::{COLUMNS, FileError, Kind, Prelist, Refused, read, regions};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NIK: &str = "1809015708909001";

/// A row with sound values, some of them replaced.
fn row(changes: &[(&str, &str)]) -> Vec<String> {
    let sound: BTreeMap<&str, &str> = [
        ("register_id", "R1"),
        ("village_code", "18.09.01.2001"),
        ("no_kk", "1809011203149007"),
        ("sls", "Dusun I"),
        ("rt", "003"),
        ("floor_area", "45"),
        ("floor_material", "8"),
        ("welfare_decile", "2"),
        ("register_updated", "2024-03-18"),
        ("person_id", "P1"),
        ("name", "Siti Aminah"),
        ("nik", NIK),
        ("sex", "2"),
        ("birth_date", "1990-08-17"),
        ("health_cover", "1"),
    ]
    .into();
    COLUMNS
        .iter()
        .map(|column| {
            changes
                .iter()
                .find(|(name, _)| *name == column.name)
                .map(|(_, value)| *value)
                .or_else(|| sound.get(column.name).copied())
                .unwrap_or("")
                .to_owned()
        })
        .collect()
}

fn header() -> Vec<String> {
    COLUMNS.iter().map(|c| c.name.to_owned()).collect()
}

fn file(rows: &[Vec<String>], separator: u8, end: csv::Terminator) -> String {
    let mut out = csv::WriterBuilder::new()
        .delimiter(separator)
        .terminator(end)
        .from_writer(Vec::new());
    out.write_record(header()).unwrap();
    for row in rows {
        out.write_record(row).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

fn plain(rows: &[Vec<String>]) -> String {
    file(rows, b',', csv::Terminator::Any(b'\n'))
}

fn load(bytes: impl AsRef<[u8]>) -> Prelist {
    read(bytes.as_ref(), &regions::village_exists).unwrap()
}

fn fail(bytes: impl AsRef<[u8]>) -> FileError {
    read(bytes.as_ref(), &regions::village_exists).unwrap_err()
}

fn said(list: &[Refused]) -> Vec<(usize, &str, &str)> {
    list.iter()
        .map(|r| (r.row, r.column.as_str(), r.code))
        .collect()
}

#[test]
fn a_household_comes_with_its_answers_and_members_in_the_order_of_the_rows() {
    let found = load(plain(&[
        row(&[]),
        row(&[
            ("person_id", "P2"),
            ("nik", ""),
            ("name", "Budi"),
            ("sex", "1"),
        ]),
    ]));
    assert!(found.refused.is_empty() && found.warnings.is_empty());
    let [home] = &found.households[..] else {
        panic!("one household");
    };
    assert_eq!(home.register_id, "R1");
    assert_eq!(home.household, HouseholdId::from_register("R1"));
    assert_eq!(home.village.to_string(), "18.09.01.2001");
    assert_eq!(home.answers["floor_material"], "8");
    assert_eq!(home.answers["welfare_decile"], "2");
    assert!(
        !home.answers.contains_key("roof_material"),
        "empty is no answer"
    );
    assert!(!home.answers.contains_key("name"));
    let second = &home.members[&InstanceId::from_person("P2")];
    assert_eq!(second["_order"], "0002");
    assert_eq!(second["name"], "Budi");
    assert!(!second.contains_key("nik"));
}

#[test]
fn every_way_of_writing_the_same_file_gives_the_same_households() {
    let rows = [
        row(&[("name", "Zoë, \"Mbah\"\nAndré"), ("floor_area", "45.5")]),
        row(&[
            ("register_id", "R2"),
            ("person_id", "P2"),
            ("nik", ""),
            ("floor_area", "45.5"),
        ]),
    ];
    let expected = load(plain(&rows)).households;
    assert_eq!(expected.len(), 2);
    let crlf = file(&rows, b';', csv::Terminator::CRLF);
    let (windows, _, lossy) = encoding_rs::WINDOWS_1252.encode(&crlf);
    assert!(!lossy);
    let wide = |text: &str, big: bool| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(|unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("semicolons, CRLF", crlf.clone().into(), &[]),
        ("a BOM", format!("\u{feff}{crlf}").into(), &[]),
        (
            "tabs",
            file(&rows, b'\t', csv::Terminator::Any(b'\n')).into(),
            &[],
        ),
        (
            "lines ended by CR",
            file(&rows, b',', csv::Terminator::Any(b'\r')).into(),
            &[],
        ),
        ("Excel's hint", format!("sep=;\r\n{crlf}").into(), &[]),
        (
            "blank lines",
            plain(&rows).replacen("\nR2", "\n\n\nR2", 1).into(),
            &[],
        ),
        (
            "blank cells below",
            (plain(&rows) + &",".repeat(COLUMNS.len() - 1) + "\n").into(),
            &[],
        ),
        (
            "one separator too many",
            plain(&rows).replace("\nR2", ",\nR2").into(),
            &[],
        ),
        ("decimal comma", crlf.replace("45.5", "45,5").into(), &[]),
        (
            "header in capitals",
            plain(&rows)
                .replacen("register_id", "Register ID", 1)
                .into(),
            &[],
        ),
        ("Windows-1252", windows.into_owned(), &["windows_1252"]),
        ("UTF-16, little", wide(&crlf, false), &["utf_16"]),
        ("UTF-16, big", wide(&crlf, true), &["utf_16"]),
        (
            "dates day first",
            crlf.replace("1990-08-17", "17/08/1990").into(),
            &["dates_day_first"],
        ),
    ];
    for (what, bytes, warnings) in cases {
        let found = load(bytes);
        assert_eq!(found.refused, [], "{what}");
        let codes: Vec<&str> = found.warnings.iter().map(|w| w.code).collect();
        assert_eq!(codes, warnings, "{what}");
        assert_eq!(found.households, expected, "{what}");
    }
}

#[test]
fn each_wrong_cell_refuses_its_row_and_no_other() {
    let long = "x".repeat(10 << 20);
    // So far down that the look at the start of the file does not see them.
    let above: Vec<_> = (0..300)
        .map(|n| {
            row(&[
                ("register_id", "R0"),
                ("person_id", &format!("A{n}")),
                ("nik", ""),
                ("name", &"n".repeat(300)),
            ])
        })
        .collect();
    for (column, value, code) in [
        ("register_id", "", "register_id_missing"),
        ("person_id", " ", "person_id_missing"),
        ("person_id", &long[..101], "id_too_long"),
        ("person_id", "P1", "duplicate_person"),
        ("village_code", "", "unknown_region"),
        ("village_code", "18.09.01.2999", "unknown_region"),
        ("village_code", "1809012001", "unknown_region"),
        ("village_code", "Gedong Tataan", "unknown_region"),
        ("birth_date", "1990-02-30", "impossible_date"),
        ("register_updated", "31/11/2024", "impossible_date"),
        ("floor_material", "10", "unknown_code"),
        ("floor_material", "01", "unknown_code"),
        ("welfare_decile", "11", "unknown_code"),
        ("sex", "L", "unknown_code"),
        ("health_cover", "0 1", "unknown_code"),
        ("health_cover", "16", "unknown_code"),
        ("floor_area", "luas", "not_a_number"),
        ("name", "Si\u{0}ti", "control_character"),
        ("address", "\u{81}x", "control_character"),
        ("address", &long, "cell_too_long"),
        ("name", &long, "cell_too_long"),
    ] {
        let bad = row(&[
            ("register_id", "R2"),
            ("person_id", "P2"),
            ("nik", ""),
            (column, value),
        ]
        .into_iter()
        .rev()
        .collect::<Vec<_>>());
        let last = row(&[("register_id", "R3"), ("person_id", "P3"), ("nik", "")]);
        let mut rows = above.clone();
        rows.extend([row(&[]), bad, last]);
        let found = load(plain(&rows));
        assert_eq!(
            said(&found.refused),
            [(303, column, code)],
            "{column} {code}"
        );
        assert_eq!(found.households.len(), 3, "{column}");
    }
}

#[test]
fn every_fault_of_a_row_is_named_at_once() {
    let found = load(plain(&[
        row(&[]),
        row(&[
            ("register_id", "R2"),
            ("person_id", ""),
            ("sex", "9"),
            ("birth_date", "x"),
        ]),
    ]));
    assert_eq!(
        said(&found.refused),
        [
            (3, "person_id", "person_id_missing"),
            (3, "sex", "unknown_code"),
            (3, "birth_date", "impossible_date"),
        ]
    );
}

#[test]
fn rows_are_numbered_as_excel_numbers_them() {
    let text = plain(&[
        row(&[("address", "two\nlines")]),
        row(&[("person_id", "P2"), ("nik", ""), ("address", "two\nlines")]),
    ]);
    let broken = row(&[("register_id", "R2"), ("person_id", "P3"), ("sex", "3")]).join(",");
    let found = load(text + "\n" + &broken);
    assert_eq!(said(&found.refused), [(5, "sex", "unknown_code")]);
}

#[test]
fn a_nik_twice_in_one_household_is_refused() {
    let found = load(plain(&[row(&[]), row(&[("person_id", "P2")])]));
    assert_eq!(said(&found.refused), [(3, "nik", "duplicate_nik")]);
    assert!(found.refused[0].message.en.contains("row 2"));
    assert_eq!(found.households[0].members.len(), 1);
}

#[test]
fn a_nik_in_two_households_is_a_warning_that_names_both_rows_and_never_the_nik() {
    let found = load(plain(&[
        row(&[]),
        row(&[("register_id", "R2"), ("person_id", "P2")]),
    ]));
    assert_eq!(found.refused, []);
    assert_eq!(found.households.len(), 2);
    assert_eq!(said(&found.warnings), [(3, "nik", "duplicate_nik")]);
    for text in [&found.warnings[0].message.id, &found.warnings[0].message.en] {
        assert!(text.contains(" 3 ") && text.contains(" 2;") && !text.contains(NIK));
    }
}

#[test]
fn a_malformed_nik_is_imported_with_a_warning() {
    for nik in ["123", "1809010008909001", "1.80901E+15", "tidak ada"] {
        let found = load(plain(&[row(&[("nik", nik)])]));
        assert_eq!(found.refused, []);
        assert_eq!(said(&found.warnings), [(2, "nik", "nik_format")]);
        assert!(!found.warnings[0].message.en.contains(nik));
        let home = &found.households[0];
        assert_eq!(home.members[&InstanceId::from_person("P1")]["nik"], nik);
    }
}

#[test]
fn a_row_that_contradicts_its_household_is_refused_even_when_others_stand_between() {
    let found = load(plain(&[
        row(&[]),
        row(&[("register_id", "R2"), ("person_id", "P2"), ("nik", "")]),
        row(&[("person_id", "P3"), ("nik", ""), ("rt", "004")]),
        row(&[("person_id", "P4"), ("nik", "")]),
    ]));
    assert_eq!(said(&found.refused), [(4, "rt", "household_conflict")]);
    assert_eq!(found.households[0].members.len(), 2);
    assert_eq!(found.households[0].answers["rt"], "003");
}

#[test]
fn a_row_with_too_few_or_too_many_cells_or_an_open_mark_is_refused_alone() {
    let good = row(&[("register_id", "R9"), ("person_id", "P9"), ("nik", "")]).join(",");
    for (line, code) in [
        ("R1,18.09.01.2001".to_owned(), "column_count"),
        (row(&[]).join(",") + ",more", "column_count"),
        (
            row(&[]).join(",").replace("Siti", "\"Siti"),
            "quote_not_closed",
        ),
    ] {
        let found = load(plain(&[]) + &line + "\n" + &good + "\n");
        assert_eq!(found.refused.len(), 1);
        assert_eq!((found.refused[0].row, found.refused[0].code), (2, code));
        assert_eq!(found.households.len(), 1);
        assert_eq!(found.households[0].register_id, "R9");
    }
}

#[test]
fn a_missing_column_is_named_and_a_similar_one_offered() {
    let text = plain(&[row(&[])])
        .replacen(",village_code", ",vilage_code", 1)
        .replacen(",birth_date", ",Tgl Lahir", 1)
        .replacen(",sls", ",zzz", 1);
    let error = fail(text);
    assert_eq!(error.code(), "missing_column");
    let FileError::MissingColumns(columns) = &error else {
        panic!("{error}");
    };
    let named: Vec<(&str, Option<&str>)> = columns
        .iter()
        .map(|c| (c.name, c.did_you_mean.as_deref()))
        .collect();
    assert_eq!(
        named,
        [
            ("village_code", Some("vilage_code")),
            ("sls", None),
            ("birth_date", Some("Tgl Lahir")),
        ]
    );
    assert!(error.message().id.contains("vilage_code"));
    assert!(error.to_string().contains("sls"));
}

#[test]
fn every_single_column_is_needed() {
    for (index, missing) in COLUMNS.iter().enumerate() {
        let mut names = header();
        names[index] = "other".to_owned();
        let text = names.join(",") + "\n" + &row(&[]).join(",");
        let error = fail(text);
        assert_eq!(error.code(), "missing_column");
        assert!(error.to_string().contains(missing.name));
    }
}

#[test]
fn further_columns_are_kept_when_they_begin_with_x() {
    let text = plain(&[row(&[])]);
    let text = text
        .replacen("register_id,", "x_source,register_id,", 1)
        .replacen("\nR1,", "\nSIKS,R1,", 1)
        .replacen("health_cover\n", "health_cover,x_note,remarks\n", 1);
    let text = text.trim_end().to_owned() + ",seen,ignored\n";
    let found = load(text);
    assert_eq!(said(&found.warnings), [(1, "remarks", "unknown_column")]);
    let home = &found.households[0];
    assert_eq!(home.answers["x_source"], "SIKS");
    let member = &home.members[&InstanceId::from_person("P1")];
    assert_eq!(member["x_note"], "seen");
    assert!(!member.contains_key("remarks"));
}

#[test]
fn a_file_that_is_no_prelist_is_refused_in_words() {
    let twice = plain(&[row(&[])]).replacen(",rt,", ",sls,", 1);
    let cases: Vec<(&[u8], &str)> = vec![
        (b"", "file_empty"),
        (b"\xef\xbb\xbf \r\n", "file_empty"),
        (b"PK\x03\x04rest of a workbook", "file_not_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_not_csv"),
        (b"%PDF-1.7", "file_not_csv"),
        (b"\n <!DOCTYPE html><html>", "file_not_csv"),
        (b"\x00\x01\x02\xff\xfe\x80", "file_not_text"),
        (b"register_id\x00,nik", "file_not_text"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "file_not_text"),
        (b"\xef\xbb\xbfregister_id\nab\xe9\n", "file_not_utf8"),
        (b"halo, ini surat biasa\nbaris dua\n", "no_header"),
        (b"nama;jenis_kelamin\nSiti;P\n", "missing_column"),
        (twice.as_bytes(), "duplicate_column"),
    ];
    for (bytes, code) in cases {
        let error = fail(bytes);
        assert_eq!(error.code(), code);
        assert!(error.message().id.len() > 10 && error.message().en.len() > 10);
    }
    assert_eq!(fail(plain(&[])).code(), "no_rows");
}

#[test]
fn the_description_names_every_column_and_every_code() {
    let text = include_str!("../../../docs/prelist.md");
    for column in COLUMNS {
        let line = text
            .lines()
            .find(|l| l.starts_with(&format!("| `{}` |", column.name)))
            .unwrap_or_else(|| panic!("{} is not described", column.name));
        let (Kind::One(codes) | Kind::Many(codes)) = column.kind else {
            continue;
        };
        let cell = line.split('|').nth(3).unwrap();
        let named = cell.split('`').skip(1).step_by(2).collect::<Vec<_>>();
        assert_eq!(named, codes, "{}", column.name);
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &regions::village_exists);
    }

    #[test]
    fn a_damaged_file_never_panics_and_loses_no_row_silently(
        at in 0usize..3000,
        junk in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'\n')], 0..40),
    ) {
        let rows: Vec<_> = (0..6)
            .map(|n| row(&[("person_id", &format!("P{n}")), ("nik", "")]))
            .collect();
        let mut bytes = plain(&rows).into_bytes();
        let at = at.min(bytes.len());
        bytes.splice(at..(at + junk.len()).min(bytes.len()), junk);
        if let Ok(checked) = lawang_prelist::check(&bytes, &regions::village_exists) {
            let refused: std::collections::BTreeSet<usize> =
                checked.refused.iter().map(|r| r.row).collect();
            prop_assert_eq!(checked.accepted_rows() + refused.len(), checked.rows);
            let members: usize = checked.households().map(|h| h.members.len()).sum();
            prop_assert_eq!(members, checked.accepted_rows());
        }
    }
}
