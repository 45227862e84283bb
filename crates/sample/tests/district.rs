//! The samples, judged by what their files say.
#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use lawang_domain::{Nik, NikWarning, Sex};
use lawang_prelist::{check, regions};
use lawang_sample::{
    FAMILIES_BY_SIZE, FIRST_SERIAL, PBI_PERSONS, PKH_FAMILIES, Programme, REFERENCE_DAY,
    SEMBAKO_FAMILIES, Sample, Size,
    dirt::{count, per_family, per_person},
    generate, write_to,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::OnceLock,
};

/// One row of a file, by column.
type Row = BTreeMap<String, String>;

fn rows(bytes: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            header
                .iter()
                .map(str::to_owned)
                .zip(record.iter().map(str::to_owned))
                .collect()
        })
        .collect()
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count() - 1
}

fn district() -> &'static Sample {
    static DISTRICT: OnceLock<Sample> = OnceLock::new();
    DISTRICT.get_or_init(|| generate(Size::District, 42))
}

fn kecamatan() -> &'static Sample {
    static KECAMATAN: OnceLock<Sample> = OnceLock::new();
    KECAMATAN.get_or_init(|| generate(Size::Kecamatan, 42))
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    bytes
}

/// How often each planted error stands in `truth/errors.csv`.
fn planted(sample: &Sample) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for row in rows(&written(|out| sample.write_truth_errors(out))) {
        *found.entry(row["injected_error"].clone()).or_insert(0) += 1;
    }
    found
}

fn expected_errors(persons: usize, families: usize) -> BTreeMap<String, usize> {
    [
        ("duplicate_nik", persons, per_person::DUPLICATE_NIK),
        ("nik_digit", persons, per_person::NIK_DIGIT),
        ("nik_format", persons, per_person::NIK_FORMAT),
        ("nik_missing", persons, per_person::NIK_MISSING),
        ("in_two_kk", persons, per_person::IN_TWO_KK),
        ("left_out_of_register", persons, per_person::IN_TWO_KK),
        ("name_variant", persons, per_person::NAME_VARIANT),
        ("birth_date_differs", persons, per_person::BIRTH_DATE),
        (
            "birth_date_first_of_january",
            persons,
            per_person::FIRST_OF_JANUARY,
        ),
        ("sex_differs", persons, per_person::SEX),
        ("died_but_active", persons, per_person::DIED),
        ("moved_but_active", persons, per_person::MOVED),
        ("old_no_kk", families, per_family::OLD_NO_KK),
        ("rt_rw_blank", families, per_family::RT_RW),
        ("update_over_two_years", families, per_family::STALE),
        ("well_off_but_aided", families, per_family::WELL_OFF_AIDED),
        ("poor_but_missing", families, per_family::POOR_MISSING),
        ("husband_and_wife_aided", families, per_family::COUPLE_AIDED),
    ]
    .into_iter()
    .map(|(name, total, share)| (name.to_owned(), count(total, share)))
    .collect()
}

#[test]
fn the_district_has_exactly_the_families_persons_and_programmes_of_pesawaran() {
    let sample = district();
    assert_eq!((sample.families(), sample.persons()), (96_425, 271_490));
    let villages = sample.villages();
    assert_eq!(villages.len(), 148);
    assert!(villages.values().all(|n| (295..=1379).contains(n)));

    // Everything again, as the prelist file tells it.
    let file = written(|out| sample.write_prelist(out));
    let mut reader = csv::Reader::from_reader(&file[..]);
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let (register_id, decile) = (at("register_id"), at("welfare_decile"));
    let (pkh, sembako, cover) = (at("program_pkh"), at("program_sembako"), at("health_cover"));
    let (mut sizes, mut deciles) = (
        BTreeMap::<String, u32>::new(),
        BTreeMap::<String, f64>::new(),
    );
    let (mut with_pkh, mut with_sembako, mut with_both, mut with_pbi) = (0, 0, 0, 0);
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        with_pbi += usize::from(&row[cover] == "1");
        let size = sizes.entry(row[register_id].to_owned()).or_insert(0);
        *size += 1;
        if *size == 1 {
            let bucket = match &row[decile] {
                "1" | "2" => "1-2",
                "3" | "4" => "3-4",
                "" => "unranked",
                _ => "5+",
            };
            *deciles.entry(bucket.to_owned()).or_insert(0.0) += 100.0 / 96_425.0;
            with_pkh += usize::from(&row[pkh] == "1");
            with_sembako += usize::from(&row[sembako] == "1");
            with_both += usize::from(&row[pkh] == "1" && &row[sembako] == "1");
        }
    }
    let mut by_size = [0; 8];
    sizes.values().for_each(|n| by_size[*n as usize - 1] += 1);
    assert_eq!(by_size, FAMILIES_BY_SIZE);
    assert_eq!(sizes.values().sum::<u32>(), 271_490);
    assert_eq!(with_pkh, PKH_FAMILIES);
    assert_eq!(with_sembako, SEMBAKO_FAMILIES);
    assert_eq!(with_pbi, PBI_PERSONS);
    assert!(
        (89..=91).contains(&(with_both * 100 / with_pkh)),
        "{with_both}"
    );
    for (bucket, share) in [
        ("1-2", 45.0),
        ("3-4", 35.0),
        ("5+", 17.0),
        ("unranked", 3.0),
    ] {
        assert!((deciles[bucket] - share).abs() < 0.01, "{deciles:?}");
    }

    for (programme, families) in [
        (Programme::Pkh, PKH_FAMILIES),
        (Programme::Sembako, SEMBAKO_FAMILIES),
        (Programme::PbiJk, PBI_PERSONS),
    ] {
        let list = written(|out| sample.write_subsidy(programme, out));
        assert_eq!(lines(&list), families, "{programme:?}");
    }
    assert_eq!(planted(sample), expected_errors(271_490, 96_425));
}

#[test]
fn the_prelist_of_every_size_is_read_without_a_refused_row() {
    let village = generate(Size::Village, 42);
    for sample in [&village, kecamatan(), district()] {
        let file = written(|out| sample.write_prelist(out));
        let checked = check(&file, &regions::village_exists).unwrap();
        assert_eq!(checked.refused, []);
        assert_eq!(checked.rows, sample.persons());
        assert_eq!(checked.household_count(), sample.families());
        let mut codes = BTreeMap::new();
        for warning in &checked.warnings {
            *codes.entry(warning.code).or_insert(0) += 1;
        }
        // What is planted shows, and nothing else: no NIK is there twice by accident.
        let planted = planted(sample);
        assert_eq!(
            codes,
            BTreeMap::from([
                (
                    "duplicate_nik",
                    planted["duplicate_nik"] + planted["in_two_kk"]
                ),
                ("nik_format", planted["nik_format"]),
            ])
        );
    }
}

#[test]
fn a_village_has_about_700_families_and_a_kecamatan_its_19_villages() {
    for seed in 0..3 {
        let village = generate(Size::Village, seed);
        assert_eq!(village.villages().len(), 1);
        assert!(
            (640..=760).contains(&village.families()),
            "{}",
            village.families()
        );
        assert_eq!(
            planted(&village),
            expected_errors(village.persons(), village.families())
        );
    }
    assert_eq!(kecamatan().villages().len(), 19);
}

fn digest(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(dir)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                let hash = Sha256::digest(fs::read(&path).unwrap());
                found.insert(name, hash.iter().map(|b| format!("{b:02x}")).collect());
            }
        }
    }
    found
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_others() {
    let dirs = [7, 7, 8].map(|seed| {
        let dir = tempfile::tempdir().unwrap();
        write_to(dir.path(), Size::Village, seed).unwrap();
        dir
    });
    let [first, second, other] = dirs.each_ref().map(|dir| digest(dir.path()));
    assert_eq!(first, second);
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "README.md",
            "dukcapil.csv",
            "prelist.csv",
            "subsidies/blt_dd.csv",
            "subsidies/electricity.csv",
            "subsidies/lpg.csv",
            "subsidies/pbi_jk.csv",
            "subsidies/pip.csv",
            "subsidies/pkh.csv",
            "subsidies/sembako.csv",
            "truth/errors.csv",
            "truth/households.csv",
            "truth/persons.csv",
        ]
    );
    assert!(first.iter().all(|(name, hash)| other[name] != *hash));
    // On every machine and in every build: a change here is a change of everybody's sample data.
    assert_eq!(
        first["prelist.csv"],
        "663311a98678df42540b458614796bde20e11fdc714febdc13d4fd950a9c78c8"
    );
    let readme = fs::read_to_string(dirs[0].path().join("README.md")).unwrap();
    assert!(readme.contains("rekaan") && readme.contains("invented"));
}

#[test]
fn true_niks_are_valid_unique_and_marked_as_synthetic() {
    let truth = rows(&written(|out| kecamatan().write_truth_persons(out)));
    let mut seen = BTreeSet::new();
    for row in &truth {
        let nik: Nik = row["nik"].parse().unwrap();
        assert!(seen.insert(nik));
        assert!(u64::from(nik.serial()) >= FIRST_SERIAL);
        assert_eq!(nik.sex(), Sex::from_code(&row["sex"]));
        let oddities = nik.warnings();
        assert!(!oddities.contains(&NikWarning::NoSuchDay), "{nik}");
        assert!(!oddities.contains(&NikWarning::Province), "{nik}");
        let born: NaiveDate = row["birth_date"].parse().unwrap();
        assert!(born <= REFERENCE_DAY);
    }
}

#[test]
fn each_planted_error_shows_in_the_register_row_it_names() {
    let sample = kecamatan();
    let by_person = |bytes: Vec<u8>| -> BTreeMap<String, Row> {
        rows(&bytes)
            .into_iter()
            .map(|r| (r["person_id"].clone(), r))
            .collect()
    };
    let register = by_person(written(|out| sample.write_prelist(out)));
    let truth = by_person(written(|out| sample.write_truth_persons(out)));
    let homes: BTreeMap<String, Row> = rows(&written(|out| sample.write_truth_households(out)))
        .into_iter()
        .map(|r| (r["register_id"].clone(), r))
        .collect();
    let registry: BTreeMap<String, Row> = rows(&written(|out| sample.write_dukcapil(out)))
        .into_iter()
        .map(|r| (r["nik"].clone(), r))
        .collect();
    let first_row: BTreeMap<String, &Row> = register
        .values()
        .rev()
        .map(|r| (r["register_id"].clone(), r))
        .collect();
    let two_years_ago: NaiveDate = "2024-09-30".parse().unwrap();
    let (mut died, mut deceased) = (0, 0);
    for error in rows(&written(|out| sample.write_truth_errors(out))) {
        let kind = error["injected_error"].as_str();
        if error["scope"] == "household" {
            let (row, home) = (
                first_row[&error["register_id"]],
                &homes[&error["register_id"]],
            );
            let decile: u8 = home["true_decile"].parse().unwrap();
            let aided = row["program_pkh"] == "1" || row["program_sembako"] == "1";
            let shows = match kind {
                "old_no_kk" => row["no_kk"] != home["no_kk"],
                "rt_rw_blank" => matches!(row["rw"].as_str(), "" | "0" | "000"),
                "update_over_two_years" => {
                    row["register_updated"].parse::<NaiveDate>().unwrap() < two_years_ago
                }
                "well_off_but_aided" => aided && decile >= 8,
                "poor_but_missing" => !aided && decile <= 2,
                "husband_and_wife_aided" => row["program_sembako"] == "1",
                other => panic!("{other}"),
            };
            assert!(shows, "{error:?} {row:?}");
            continue;
        }
        let (row, own) = (&register[&error["person_id"]], &truth[&error["person_id"]]);
        let nik = row["nik"].parse::<Nik>();
        let born: NaiveDate = row["birth_date"].parse().unwrap();
        let other = || &truth[&error["detail"]];
        let warnings = || {
            nik.unwrap()
                .check_against(Some(born), Sex::from_code(&row["sex"]))
        };
        let shows = match kind {
            "duplicate_nik" | "in_two_kk" | "left_out_of_register" => {
                row["nik"] == other()["nik"] && other()["register_id"] != own["register_id"]
            }
            "nik_digit" => nik.is_ok() && row["nik"] != own["nik"],
            "nik_format" => nik.is_err() && !row["nik"].is_empty(),
            "nik_missing" => row["nik"].is_empty(),
            "name_variant" => row["name"] != own["name"],
            "birth_date_differs" => warnings().contains(&NikWarning::BirthDateDiffers),
            "birth_date_first_of_january" => row["birth_date"].ends_with("-01-01"),
            "sex_differs" => warnings().contains(&NikWarning::SexDiffers),
            "died_but_active" => {
                died += 1;
                deceased += usize::from(
                    registry
                        .get(&own["nik"])
                        .is_some_and(|r| r["status"] == "deceased"),
                );
                row["presence_status"] == "1"
            }
            "moved_but_active" => row["presence_status"] == "1",
            other => panic!("{other}"),
        };
        assert!(shows, "{kind} {}", error["person_id"]);
    }
    // The civil registry knows of most deaths, not of all.
    assert!(
        deceased * 100 > died * 70 && deceased < died,
        "{deceased} of {died}"
    );
}

#[test]
fn nobody_is_called_dead_or_is_missing_elsewhere_without_a_reason() {
    let sample = kecamatan();
    let dead: BTreeSet<String> = rows(&written(|out| sample.write_truth_persons(out)))
        .into_iter()
        .filter(|r| r["presence"] == "died")
        .map(|r| r["nik"].clone())
        .collect();
    let registry = rows(&written(|out| sample.write_dukcapil(out)));
    assert!(
        registry
            .iter()
            .all(|r| r["status"] == "alive" || dead.contains(&r["nik"]))
    );
    let share = registry.len() * 1000 / sample.persons();
    assert!((985..=995).contains(&share), "{share}");
    assert!(registry.is_sorted_by_key(|r| r["nik"].clone()));
}
