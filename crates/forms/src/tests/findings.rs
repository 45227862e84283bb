//! What fuzzing found, kept. Files in `tests/findings` are read as they are; short ones stand here.

use super::*;
use crate::check;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest that any of them may take, in an unoptimised build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn what_was_found_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let start = Instant::now();
        let report = check(&bytes, "finding");
        if let Ok(compiled) = compile(&bytes, "finding") {
            let instance = Instance::new(Arc::new(compiled.form), context());
            let _ = instance.findings("id");
        }
        assert!(report.ok || !report.errors.is_empty(), "{}", path.display());
        assert!(
            start.elapsed() < LONGEST,
            "{} took {:?}",
            path.display(),
            start.elapsed()
        );
        found += 1;
    }
    assert!(found > 0, "the findings are not there");
}

/// A survey with rows made from their number.
fn survey(headings: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let mut text = format!("survey\n,{headings}\n");
    for number in 0..rows {
        writeln!(text, ",{}", row(number)).unwrap();
    }
    text
}

/// Refused within the time, with no more problems than anybody reads.
fn is_refused(table: &str, code: &str) {
    let start = Instant::now();
    let problems = try_form(table).unwrap_err();
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    assert_eq!((problems[0].code, problems.len()), (code, 500));
}

#[test]
fn thousands_of_wrong_names_are_refused_without_comparing_each_with_all() {
    let wrong = |n| format!("text,question_{n},Q,${{questio_{n}}} = 1");
    is_refused(
        &survey("type,name,label,relevant", 4_000, wrong),
        "reference_unknown",
    );
    let mut table = survey("type,name,label", 4_000, |n| {
        format!("select_one lst_{n},q{n},Q")
    });
    table += "choices\n,list_name,name,label\n";
    for number in 0..4_000 {
        writeln!(table, ",list_{number},a,A").unwrap();
    }
    is_refused(&table, "list_unknown");
}

#[test]
fn thousands_of_lists_and_names_are_read_in_time() {
    let start = Instant::now();
    let mut table = survey("type,name,label,calculation", 4_000, |n| {
        format!(
            "calculate,{}{},,instance('list_1')/root/item[name = '{n}']/label",
            ["q", "Q"][n % 2],
            n / 2
        )
    });
    table += "choices\n,list_name,name,label\n";
    for number in 0..4_000 {
        writeln!(table, ",list_{number},a,A").unwrap();
    }
    let found = try_form(&table)
        .unwrap_or_else(|problems| panic!("{}", problems[0]))
        .warnings;
    assert!(found.iter().any(|w| w.code == "name_case"));
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
}

#[test]
fn a_cycle_of_thousands_is_told_in_a_message_that_can_be_read() {
    let table = survey("type,name,calculation", 4_000, |n| {
        format!("calculate,c{n},${{c{}}} + 1", (n + 1) % 4_000)
    });
    let found = problem(&table);
    assert_eq!(found.code, "cycle");
    assert!(
        found
            .message
            .contains("c19 (calculation) -> (3961 more) -> c3981"),
        "{found}"
    );
    assert!(found.message.len() < 1_000);
}
