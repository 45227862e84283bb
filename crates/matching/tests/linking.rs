//! The engine from end to end, on a village made by a seed.

mod people;

use lawang_matching::{
    Field, FieldKind, Linked, Model, Options, Persons, explain_pair, link, link_with,
};
use people::{Chance, Row, elsewhere, person, table, village};
use std::{collections::BTreeSet, time::Instant};

fn linked(rows: &[Row]) -> (Persons, Linked) {
    let mut persons = table(rows);
    let found = link(&mut persons, &Options::default());
    (persons, found)
}

fn pairs(found: &Linked) -> BTreeSet<(u32, u32)> {
    found.pairs.iter().map(|p| (p.left, p.right)).collect()
}

#[test]
fn one_spoiled_field_hides_nobody_whichever_field_it_is() {
    let mut rows = village(2_000);
    let before = rows.len();
    type Spoil = fn(&mut Row, usize);
    let ways: &[(&str, Spoil)] = &[
        ("nothing", |_, _| {}),
        ("nik missing", |r, _| r[0].clear()),
        ("nik of another", |r, n| {
            r[0] = format!("18711203{:02}77{:04}", 1 + n % 12, 1 + n)
        }),
        ("nik placeholder", |r, _| r[0] = "9999999999999999".into()),
        ("another name", |r, n| {
            r[1] = ["Kokom", "Entin", "Ujang", "Cecep"][n % 4].into()
        }),
        ("name missing", |r, _| r[1].clear()),
        ("another date", |r, n| {
            r[2] = format!("1931-11-{:02}", 1 + n % 28)
        }),
        ("date 1900-01-01", |r, _| r[2] = "1900-01-01".into()),
        ("date missing", |r, _| r[2].clear()),
        ("other sex", |r, _| {
            r[3] = if r[3] == "1" { "2" } else { "1" }.into()
        }),
        ("another mother", |r, n| {
            r[4] = ["Kokom", "Entin", "Euis", "Cucu"][n % 4].into()
        }),
        ("mother missing", |r, _| r[4].clear()),
        ("address missing", |r, _| r[7].clear()),
    ];
    let mut wanted = BTreeSet::new();
    for (way, (_, spoil)) in ways.iter().enumerate() {
        for copy in 0..6 {
            let source = way * 80 + copy * 13;
            let mut row = elsewhere(&rows[source], rows.len());
            spoil(&mut row, way * 6 + copy);
            wanted.insert((source as u32, rows.len() as u32));
            rows.push(row);
        }
    }
    let (_, found) = linked(&rows);
    let got = pairs(&found);
    for (way, (name, _)) in ways.iter().enumerate() {
        let of_way = |pair: &&(u32, u32)| (pair.1 as usize - before) / 6 == way;
        let missed: Vec<_> = wanted
            .iter()
            .filter(of_way)
            .filter(|p| !got.contains(p))
            .collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
    }
    let wrong = got.difference(&wanted).count();
    assert!(wrong <= 2, "{wrong} pairs of strangers");
}

#[test]
fn names_as_other_clerks_write_them_are_found_with_the_reason_said() {
    let written = [
        ("Muhammad Yusuf", "M. Yusuf", "shorter"),
        ("Muhammad Yusuf", "Moh. Joesoef", "close"),
        ("Siti Aminah", "St. Aminah", "spelling"),
        ("Siti Aminah", "Hj. Siti Aminah binti Kasim", "same"),
        ("Soekardjo", "Sukarjo", "spelling"),
        ("Abdul Rohman", "Abdurrahman", "close"),
        ("Tjetjep Effendi", "Cecep Efendi", "spelling"),
        ("Budi Santoso", "Santoso Budi", "spelling"),
        ("Saifuddin", "Udin", "nickname"),
        ("Ahmad Dahlan, S.Pd", "Drs. H. Achmad Dahlan", "spelling"),
        ("Al Farizi", "Alfarizi", "spelling"),
        ("Njoman Sjarif", "Nyoman Syarif", "spelling"),
        ("Siti Nurhaliza Putri", "Siti Nurhaliza", "shorter"),
        ("Rahmawati", "Ibu Rohmawati", "close"),
    ];
    let mut rows = village(1_500);
    let before = rows.len();
    for (at, (one, other, _)) in written.iter().enumerate() {
        let mut first = rows[at * 40].clone();
        first[0].clear();
        first[1] = (*one).to_owned();
        first[2] = format!("1987-{:02}-{:02}", 1 + at % 12, 3 + at);
        let mut second = elsewhere(&first, at);
        second[1] = (*other).to_owned();
        rows.push(first);
        rows.push(second);
    }
    let (persons, found) = linked(&rows);
    for (at, (one, other, level)) in written.iter().enumerate() {
        let pair = ((before + 2 * at) as u32, (before + 2 * at + 1) as u32);
        let (probability, reasons) = explain_pair(&persons, &found.model, pair.0, pair.1);
        let name = reasons.iter().find(|r| r.field == "name").unwrap();
        assert_eq!(name.code, *level, "{one} and {other}");
        assert!(probability > 0.5, "{one} and {other}: {probability}");
    }
}

#[test]
fn ten_thousand_persons_with_one_nik_are_one_cluster_in_a_moment() {
    let mut rows = village(12_000);
    for row in rows.iter_mut().take(10_000) {
        row[0] = "1809015708900001".to_owned();
    }
    let begun = Instant::now();
    let (_, found) = linked(&rows);
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(found.shared[0].rows.len(), 10_000);
    assert!(found.compared < 3_000_000, "{} pairs", found.compared);
    assert!(
        found.pairs.len() < 200,
        "{} pairs are likely",
        found.pairs.len()
    );
    assert!(seconds < 60.0, "{seconds} s");
}

#[test]
fn two_persons_with_one_nik_are_a_pair_with_its_reason_though_they_are_unlikely_to_be_one() {
    let mut rows = village(1_500);
    rows[900][0] = rows[30][0].clone();
    // The same name, and nothing else: whose birth date and mother are wrong is not for the engine to say.
    rows[901][0] = rows[60][0].clone();
    rows[901][1] = rows[60][1].clone();
    for threshold in [0.5, 0.999_9] {
        let mut persons = table(&rows);
        let options = Options {
            threshold,
            ..Options::default()
        };
        let found = link(&mut persons, &options);
        assert!(found.shared.iter().any(|s| s.rows == [30, 900]));
        let pair = found.pairs.iter().find(|p| (p.left, p.right) == (30, 900));
        let pair = pair.expect("whoever holds one NIK is a pair");
        assert!(pair.same_nik && pair.probability < 0.5, "{pair:?}");
        assert!(pairs(&found).contains(&(60, 901)));
        for (left, right, code) in [(30, 900, "same_other_name"), (60, 901, "same_other_data")] {
            let (probability, reasons) = explain_pair(&persons, &found.model, left, right);
            assert!(probability < 0.5, "{probability}");
            let nik = reasons.iter().find(|r| r.field == "nik").unwrap();
            assert_eq!(nik.code, code, "{nik:?}");
            assert!(nik.id.starts_with("NIK sama"), "{nik:?}");
        }
    }
}

#[test]
fn numbers_that_stand_for_nothing_make_no_pair_however_many_hold_them() {
    let mut rows = village(400);
    let nothing = [
        "0000000000000000",
        "1111111111111111",
        "1234567890123456",
        "9999999999999999",
        "0180901200100001",
        "180901",
        "-",
    ];
    for (at, number) in nothing.iter().enumerate() {
        rows[at * 20][0] = (*number).to_owned();
        rows[at * 20 + 7][0] = (*number).to_owned();
    }
    let (_, found) = linked(&rows);
    let got = pairs(&found);
    for at in 0..nothing.len() as u32 {
        assert!(
            !got.contains(&(at * 20, at * 20 + 7)),
            "{}",
            nothing[at as usize]
        );
    }
}

#[test]
fn up_to_ten_who_hold_one_nik_are_all_pairs_and_eleven_are_one_cluster() {
    for (holders, wanted) in [(10_u32, 45), (11, 0)] {
        let mut rows = village(900);
        for at in 0..holders {
            rows[at as usize * 40][0] = "1809015708900001".to_owned();
        }
        let (_, found) = linked(&rows);
        let listed = found.pairs.iter().filter(|p| p.same_nik).count();
        assert_eq!(listed, wanted, "{holders}");
        assert_eq!(found.shared[0].rows.len(), holders as usize);
    }
}

#[test]
fn brothers_and_sisters_are_not_taken_for_one_person() {
    let mut rows = village(1_500);
    for family in 0..200 {
        let head = rows[family * 3].clone();
        for child in 1..3 {
            let row = &mut rows[family * 3 + child];
            row[4] = "Sulastri".to_owned() + ["", " Rahayu", " Wati"][family % 3];
            row[5..].clone_from_slice(&head[5..]);
            row[1] = format!(
                "{} Hidayat",
                ["Bayu", "Raka", "Nisa", "Dafa"][(family + child) % 4]
            );
        }
    }
    let (_, found) = linked(&rows);
    assert!(found.pairs.len() <= 2, "{:?}", &found.pairs);
}

#[test]
fn the_same_seed_gives_the_same_answer_whatever_the_number_of_threads() {
    let mut rows = village(3_000);
    for at in 0..40 {
        rows.push(elsewhere(&rows[at * 50], at));
    }
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| linked(&rows).1)
    };
    let (one, four) = (run(1), run(4));
    assert_eq!(one.pairs, four.pairs);
    assert_eq!(one.model, four.model);
}

#[test]
fn what_link_says_of_a_pair_is_what_the_explanation_says() {
    let mut rows = village(1_500);
    for at in 0..40 {
        let mut copy = elsewhere(&rows[at * 31], at);
        copy[at % 5].clear();
        rows.push(copy);
    }
    let mut persons = table(&rows);
    let options = Options {
        threshold: 0.000_1,
        ..Options::default()
    };
    let found = link(&mut persons, &options);
    assert!(found.pairs.len() >= 40);
    for pair in &found.pairs {
        let (probability, reasons) = explain_pair(&persons, &found.model, pair.left, pair.right);
        assert!((probability - pair.probability).abs() < 1e-9);
        assert_eq!(reasons.len(), 8);
        let prior = (found.model.prior / (1.0 - found.model.prior)).log2();
        let bits: f64 = reasons.iter().map(|r| f64::from(r.bits)).sum();
        let wanted = (probability / (1.0 - probability)).log2();
        assert!(
            (bits + prior - wanted).abs() < 1.0,
            "{bits} {prior} {wanted}"
        );
    }
}

#[test]
fn a_missing_value_is_neither_for_nor_against() {
    let rows = village(1_500);
    let (persons, found) = linked(&rows);
    let mut blank = rows.clone();
    blank[1].fill(String::new());
    let persons_blank = table(&blank);
    drop(persons);
    let (_, reasons) = explain_pair(&persons_blank, &found.model, 0, 1);
    assert!(
        reasons.iter().all(|r| r.code == "missing" && r.bits == 0.0),
        "{reasons:?}"
    );
}

#[test]
fn two_lists_give_pairs_between_them_only() {
    let rows = village(1_200);
    let mut persons = table(&rows);
    persons.push(&rows[5].each_ref().map(String::as_str));
    persons.begin_right();
    for (at, row) in rows.iter().step_by(3).enumerate() {
        let mut row = row.clone();
        if at % 2 == 0 {
            row[1] = row[1].replace("yanto", "janto").replace('u', "oe");
        }
        persons.push(&row.each_ref().map(String::as_str));
    }
    let found = link(&mut persons, &Options::default());
    let right = persons.right_from().unwrap();
    assert!(
        found
            .pairs
            .iter()
            .all(|p| p.left < right && p.right >= right)
    );
    let got = pairs(&found);
    let missed = (0..400_u32)
        .filter(|i| !got.contains(&(i * 3, right + i)))
        .count();
    assert_eq!(missed, 0);
    assert!(found.pairs.len() <= 404, "{}", found.pairs.len());
}

#[test]
fn a_table_of_one_two_or_equal_rows_is_no_trouble() {
    let rows = village(2);
    assert!(linked(&rows[..1]).1.pairs.is_empty());
    assert!(linked(&rows[..0]).1.pairs.is_empty());
    assert!(linked(&rows).1.pairs.is_empty());
    let twice = [rows[0].clone(), rows[0].clone()];
    assert_eq!(linked(&twice).1.pairs.len(), 1);
    let empty: Vec<Row> = vec![Row::default(); 50];
    assert!(linked(&empty).1.pairs.is_empty());
}

#[test]
fn names_of_five_hundred_letters_and_in_other_scripts_are_compared() {
    let mut rows = village(1_000);
    let names = [
        "Siti ".repeat(100),
        "x".repeat(500),
        "محمد علي حسن".to_owned(),
        "李小龍 葉問".to_owned(),
        "ᮞᮥᮔ᮪ᮓ ᮏᮝ".to_owned(),
    ];
    let before = rows.len();
    for (at, name) in names.iter().enumerate() {
        let mut row = rows[at * 17].clone();
        row[0].clear();
        row[1] = name.clone();
        rows.push(row.clone());
        rows.push(elsewhere(&row, at));
    }
    let (_, found) = linked(&rows);
    let got = pairs(&found);
    for (at, name) in names.iter().enumerate() {
        let pair = ((before + 2 * at) as u32, (before + 2 * at + 1) as u32);
        assert!(
            got.contains(&pair),
            "{}",
            name.chars().take(9).collect::<String>()
        );
    }
}

#[test]
fn no_reason_holds_a_number_of_a_person() {
    let mut rows = village(500);
    rows.push(elsewhere(&rows[9], 1));
    let (persons, found) = linked(&rows);
    let (_, reasons) = explain_pair(&persons, &found.model, 9, 500);
    let said = serde_json::to_string(&reasons).unwrap();
    assert!(
        !said.contains(&rows[9][0]) && !said.contains(&rows[9][1]),
        "{said}"
    );
}

#[test]
fn a_model_trained_once_serves_other_persons() {
    let mut rows = village(2_000);
    for at in 0..60 {
        rows.push(elsewhere(&rows[at * 20], at));
    }
    let model: Model = linked(&rows).1.model;
    let text = serde_json::to_string(&model).unwrap();
    let model: Model = serde_json::from_str(&text).unwrap();
    let mut few = village(30);
    few.push(elsewhere(&few[3], 1));
    let mut persons = table(&few);
    let found = link_with(&mut persons, model, &Options::default());
    assert_eq!(pairs(&found), BTreeSet::from([(3, 30)]));
}

#[test]
fn fields_of_any_file_can_be_compared() {
    let fields = vec![
        Field::new("given_name", FieldKind::Name),
        Field::new("id", FieldKind::Identifier),
        Field::new("suburb", FieldKind::Text),
        Field::new("postcode", FieldKind::Code),
    ];
    let mut persons = Persons::new(fields, 2026).unwrap();
    let mut chance = Chance(3);
    for number in 0..800 {
        let id = format!("{:07}", 1_000_003 + number * 4_729);
        let name = person(&mut chance, number)[1].clone();
        let suburb = chance.pick(&["burwood", "kings park", "toowoomba", "mill park", "ryde"]);
        let post = format!("{}", 2_000 + chance.below(900));
        persons.push(&[&name, &id, suburb, &post]);
        if number % 20 == 0 {
            let mut slip = id.clone();
            slip.replace_range(3..4, "x");
            persons.push(&[&name, &slip, suburb, &post]);
        }
    }
    let found = link(&mut persons, &Options::default());
    assert!(
        (38..=44).contains(&found.pairs.len()),
        "{}",
        found.pairs.len()
    );
}
