//! Persons of a device looked up in its index.

mod people;

use lawang_matching::{PersonIndex, learn_strangers};
use people::{Row, elsewhere, table, village};

fn index(rows: &[Row]) -> PersonIndex {
    let mut persons = table(rows);
    let model = learn_strangers(&mut persons, 0.02 / rows.len() as f64, 1);
    PersonIndex::new(persons, model).expecting(0.3)
}

#[test]
fn whoever_is_typed_by_name_and_birth_date_is_found_with_slips_too() {
    let rows = village(3_000);
    let mut index = index(&rows);
    for row in (0..3_000).step_by(97) {
        let [nik, name, date, ..] = &rows[row];
        let slip = name.replacen("yanto", "jantoo", 1).to_uppercase();
        let hits = index.look(&["", &slip, date], 5, 0.1);
        assert!(hits.iter().any(|h| h.row == row as u32), "{slip} {date}");
        let hits = index.look(&[&nik[..14]], 5, 0.1);
        assert!(
            hits.iter().any(|h| h.row == row as u32),
            "by fourteen digits"
        );
        let hits = index.look(&[nik], 5, 0.1);
        assert_eq!(hits[0].row, row as u32);
    }
    assert!(index.look(&["", "", ""], 5, 0.1).is_empty());
    assert_eq!(index.len(), 3_000, "what was typed leaves nothing behind");
}

#[test]
fn an_unfinished_name_is_finished_and_a_person_added_is_found() {
    let mut rows = village(500);
    rows[77][1] = "Zulfahmi Kartasasmita".to_owned();
    let mut index = index(&rows);
    let hits = index.look(
        &["", "Zulfahmi Karta", "", &rows[77][3], &rows[77][4]],
        3,
        0.1,
    );
    assert_eq!(hits[0].row, 77);
    let new = [
        "1809014101990007",
        "Oktaviani Puspita",
        "1999-01-01",
        "2",
        "Suwarni",
    ];
    assert!(index.look(&[new[0]], 3, 0.1).is_empty());
    let row = index.add(&new);
    assert_eq!(index.look(&[new[0]], 3, 0.1)[0].row, row);
    assert_eq!(
        index.look(&["", "Oktaviani Puspita", "", "", "Suwarni"], 3, 0.1)[0].row,
        row
    );
}

#[test]
fn a_person_of_the_index_is_alike_to_the_copy_whatever_the_size_of_the_register() {
    for size in [40, 150, 1_200] {
        let mut rows = village(size);
        let mut copy = elsewhere(&rows[9], 1);
        copy[1] = copy[1].replacen('a', "aa", 1);
        rows.push(copy);
        let mut index = index(&rows);
        let found = index.alike(9, 5, 0.5);
        assert_eq!(found.len(), 1, "{size}: {found:?}");
        assert_eq!(found[0].row, size as u32);
        assert!(
            found[0].probability > 0.9,
            "{size}: {}",
            found[0].probability
        );
        let back = index.alike(size as u32, 5, 0.5);
        assert_eq!(back[0].row, 9);
        assert!((back[0].probability - found[0].probability).abs() < 1e-6);
        for row in (0..size as u32).filter(|row| *row != 9).step_by(11) {
            assert!(index.alike(row, 5, 0.5).is_empty(), "{size}: {row}");
        }
    }
}

#[test]
fn who_holds_one_nik_is_told_and_two_rows_compare_as_two_persons_would() {
    let mut rows = village(60);
    let nik = rows[50][0].clone();
    rows[3][0] = nik;
    rows[4][0] = String::new();
    let mut index = index(&rows);
    assert_eq!(index.holders(3).collect::<Vec<_>>(), [3, 50]);
    assert_eq!(index.holders(5).collect::<Vec<_>>(), [5]);
    assert_eq!(index.holders(4).count(), 0, "no NIK is no shared one");
    assert_eq!(index.shared_by_more_than(1), [vec![3, 50]]);
    assert!(index.shared_by_more_than(2).is_empty());
    let (of_rows, reasons) = index.compare_rows(3, 50);
    let (one, other) = (rows[3].clone(), rows[50].clone());
    let (typed, said) = index.compare(
        &one.each_ref().map(String::as_str),
        &other.each_ref().map(String::as_str),
    );
    assert!(of_rows < 0.5, "strangers with one NIK: {of_rows}");
    assert!((of_rows - typed).abs() < 0.05, "{of_rows} {typed}");
    assert_eq!(reasons.len(), said.len());
    assert_eq!(index.len(), 60, "what was compared leaves nothing behind");
}

#[test]
fn whoever_holds_the_nik_being_typed_comes_first_whatever_the_name_and_with_the_reason() {
    let rows = village(900);
    let mut index = index(&rows);
    let typed = [rows[40][0].as_str(), "Zulfahmi Kartasasmita", "1931-02-03"];
    let hits = index.look(&typed, 3, 0.2);
    assert_eq!(hits[0].row, 40, "{hits:?}");
    assert!(hits[0].same_nik && hits[0].probability < 0.5, "{hits:?}");
    let nik = hits[0].reasons.iter().find(|r| r.field == "nik").unwrap();
    assert_eq!(nik.code, "same_other_name");
    let unfinished = index.look(&[&rows[40][0][..15], typed[1], typed[2]], 3, 0.2);
    assert!(unfinished.iter().all(|hit| !hit.same_nik), "{unfinished:?}");
    let zeros = index.look(&["0000000000000000", typed[1], typed[2]], 3, 0.2);
    assert!(zeros.is_empty(), "{zeros:?}");
}

#[test]
fn a_nik_that_thousands_hold_is_looked_up_in_a_moment() {
    let mut rows = village(6_000);
    for row in rows.iter_mut().take(5_000) {
        row[0] = "1809015708900001".to_owned();
    }
    let mut index = index(&rows);
    let hits = index.look(&["1809015708900001", "Zulfahmi"], 5, 0.2);
    assert!(hits.iter().all(|hit| hit.same_nik));
    assert!((5..=65).contains(&hits.len()), "{}", hits.len());
}

#[test]
fn two_of_one_nik_are_one_in_a_hamlet_too_where_they_are_many_of_those_born_that_day() {
    let mut rows = village(120);
    for row in &mut rows {
        row[4].clear();
    }
    let mut one = elsewhere(&rows[5], 3);
    one[4] = "Suparmi".to_owned();
    one[1] = "Rudi Hartono".to_owned();
    let mut other = elsewhere(&one, 4);
    other[1] = "Rudy Hertono".to_owned();
    rows[5][0].clear();
    rows.push(one);
    rows.push(other);
    let mut index = index(&rows);
    let (probability, reasons) = index.compare_rows(120, 121);
    assert!(probability > 0.99, "{probability}: {reasons:?}");
    let found = index.alike(120, 9, 0.5);
    assert_eq!(found.len(), 1, "{found:?}");
}
