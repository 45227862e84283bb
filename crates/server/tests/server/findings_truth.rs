//! Matching beside planted truth: a sample village, its civil registry and its lists, and what was done to the register.

use crate::common::NOW;
use lawang_domain::{AddressResult, AidProgramme, CivilFlag, InstanceId, MatchedBy};
use lawang_sample::{Programme, Sample, Size, generate};
use lawang_server::{FindingLine, FindingsReport, Server};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
};

/// Lines of a CSV file by column name.
fn lines(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let pairs = names.iter().zip(record.iter());
            pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
        })
        .collect()
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    out
}

struct Truth {
    server: Server,
    sample: Sample,
    dukcapil: Vec<u8>,
    /// Who really stands in each place of the register, by their true NIK.
    nik_of: BTreeMap<InstanceId, String>,
    /// Errors planted at each place.
    errors: BTreeMap<InstanceId, BTreeSet<String>>,
}

fn truth(seed: u64) -> Truth {
    let sample = generate(Size::Village, seed);
    let server = crate::common::server();
    let prelist = written(|out| sample.write_prelist(out));
    server
        .import_prelist(&prelist, NOW, &mut |_, _| {})
        .unwrap();
    let persons = lines(&written(|out| sample.write_truth_persons(out)));
    let by_person: BTreeMap<&str, &str> = persons
        .iter()
        .map(|p| (p["person_id"].as_str(), p["nik"].as_str()))
        .collect();
    let mut nik_of: BTreeMap<InstanceId, String> = by_person
        .iter()
        .map(|(person, nik)| (InstanceId::from_person(person), (*nik).to_owned()))
        .collect();
    let mut errors: BTreeMap<InstanceId, BTreeSet<String>> = BTreeMap::new();
    for error in lines(&written(|out| sample.write_truth_errors(out))) {
        if error["scope"] != "person" {
            continue;
        }
        let place = InstanceId::from_person(&error["person_id"]);
        if error["injected_error"] == "in_two_kk" {
            // Somebody else stands in this place.
            nik_of.insert(place, by_person[error["detail"].as_str()].to_owned());
        }
        let planted = errors.entry(place).or_default();
        planted.insert(error["injected_error"].clone());
    }
    Truth {
        dukcapil: written(|out| sample.write_dukcapil(out)),
        server,
        sample,
        nik_of,
        errors,
    }
}

impl Truth {
    fn dukcapil(&self, bytes: &[u8]) -> FindingsReport {
        let date = Some("2026-11-01".parse().unwrap());
        self.server
            .import_dukcapil(Cursor::new(bytes.to_vec()), date, NOW, &mut |_, _, _| {})
            .unwrap()
    }

    fn findings(&self, source: &str) -> BTreeMap<InstanceId, FindingLine> {
        let mut all = BTreeMap::new();
        for village in self.sample.villages().keys() {
            for line in self.server.findings(*village).unwrap() {
                if line.source == source {
                    all.insert(line.member, line);
                }
            }
        }
        all
    }

    fn has(&self, place: &InstanceId, error: &str) -> bool {
        self.errors
            .get(place)
            .is_some_and(|all| all.contains(error))
    }

    /// The number in the register is none, or not this person's.
    fn has_wrong_nik(&self, place: &InstanceId) -> bool {
        ["nik_digit", "nik_format", "nik_missing"]
            .iter()
            .any(|error| self.has(place, error))
    }
}

#[test]
fn the_civil_registry_finds_those_it_has_whatever_their_number_and_nobody_else() {
    let truth = truth(3);
    let report = truth.dukcapil(&truth.dukcapil);
    assert_eq!(report.refused, []);
    let rows = lines(&truth.dukcapil);
    let there: BTreeMap<&str, &BTreeMap<String, String>> =
        rows.iter().map(|row| (row["nik"].as_str(), row)).collect();
    let found = truth.findings("dukcapil");
    assert_eq!(found.len(), truth.nik_of.len(), "everybody has a result");

    let (mut wrong, mut recalled, mut missed) = (0, 0, 0);
    let (mut dead, mut moved, mut others) = ((0, 0), (0, 0), (0, 0));
    for (place, nik) in &truth.nik_of {
        let line = &found[place];
        let row = there.get(nik.as_str());
        if truth.has(place, "duplicate_nik") {
            assert_eq!(line.result, "deterministic", "{line:?}");
            if line.detail.similarity.unwrap_or(0) < 50 {
                others.0 += 1;
                others.1 += usize::from(line.detail.other_person);
            }
            continue;
        }
        if truth.has_wrong_nik(place) {
            if row.is_some() {
                wrong += 1;
                let matched = line.result == "probabilistic";
                recalled += usize::from(matched);
                missed += usize::from(!matched);
            }
            continue;
        }
        let expected = if row.is_some() {
            "deterministic"
        } else {
            "unmatched"
        };
        if row.is_some() || line.result != "probabilistic" {
            assert_eq!(line.result, expected, "{line:?}");
        }
        let Some(row) = row else { continue };
        assert!(
            !line.detail.other_person || truth.errors.contains_key(place),
            "{line:?}"
        );
        let deceased = line.detail.flag == Some(CivilFlag::Deceased);
        dead.0 += usize::from(row["status"] == "deceased");
        dead.1 += usize::from(deceased);
        assert_eq!(deceased, row["status"] == "deceased");
        if truth.has(place, "moved_but_active") {
            moved.0 += 1;
            moved.1 += usize::from(line.detail.address != Some(AddressResult::Same));
        }
    }
    let recall = recalled as f64 / wrong as f64;
    println!(
        "civil registry: {} persons, {} deterministic, {} probabilistic, {} unmatched, {} invalid; of {wrong} with a wrong or \
         no NIK who are there {recalled} found (recall {recall:.3}), {missed} missed; deceased {}/{}; moved, address differs {}/{}; \
         numbers of somebody else under an unlike name {}/{}",
        found.len(),
        report.persons.deterministic,
        report.persons.probabilistic,
        report.persons.unmatched,
        report.persons.invalid,
        dead.1,
        dead.0,
        moved.1,
        moved.0,
        others.1,
        others.0,
    );
    assert!(others.0 > 3 && others.1 * 10 >= others.0 * 9, "{others:?}");
    assert!(wrong >= 40, "enough of them to judge by: {wrong}");
    assert!(recall >= 0.95, "{recall}");

    // Without the rows of those with a wrong number, whoever is still found without it is taken for somebody else.
    let gone: BTreeSet<&str> = truth
        .nik_of
        .iter()
        .filter(|(place, _)| truth.has_wrong_nik(place))
        .map(|(_, nik)| nik.as_str())
        .collect();
    let text = String::from_utf8(truth.dukcapil.clone()).unwrap();
    let others: Vec<&str> = text
        .lines()
        .filter(|line| !gone.contains(line.split(',').next().unwrap_or_default()))
        .collect();
    let date = Some("2026-11-02".parse().unwrap());
    let file = Cursor::new((others.join("\n") + "\n").into_bytes());
    let without = truth
        .server
        .import_dukcapil(file, date, NOW, &mut |_, _, _| {});
    let without = without.unwrap();
    let precision = 1.0 - without.persons.probabilistic as f64 / recalled as f64;
    println!(
        "civil registry without their rows: {} of {wrong} found all the same (precision at least {precision:.3})",
        without.persons.probabilistic
    );
    assert!(precision >= 0.95, "{}", without.persons.probabilistic);
}

#[test]
fn whoever_stands_on_a_list_is_found_in_the_register_and_nobody_else() {
    let truth = truth(5);
    for programme in Programme::ALL {
        let of = AidProgramme::named(programme.file_stem()).unwrap();
        let list = written(|out| truth.sample.write_subsidy(programme, out));
        let date = Some("2026-11-01".parse().unwrap());
        let file = Cursor::new(list.clone());
        let report = truth
            .server
            .import_programme(file, of, date, NOW, None, &mut |_, _, _| {})
            .unwrap();
        let on_list: BTreeSet<String> = lines(&list)
            .into_iter()
            .map(|mut row| row.remove("nik").unwrap())
            .collect();
        let found = truth.findings(of.code);
        let sure = |line: &&FindingLine| !line.detail.other_person;
        let (mut expected, mut right) = (0, 0);
        for (place, nik) in &truth.nik_of {
            if on_list.contains(nik) {
                expected += 1;
                right += usize::from(found.get(place).is_some_and(|l| l.result == "receives"));
            }
        }
        let told: Vec<&FindingLine> = found.values().filter(sure).collect();
        let true_ones = told
            .iter()
            .filter(|line| on_list.contains(&truth.nik_of[&line.member]))
            .count();
        let (recall, precision) = (
            right as f64 / expected as f64,
            true_ones as f64 / told.len() as f64,
        );
        let linked = told
            .iter()
            .filter(|line| line.detail.by != Some(MatchedBy::Nik))
            .count();
        println!(
            "{}: {} entries, {} unmatched; {expected} places in the register, {right} found (recall {recall:.3}); {} told, \
             {linked} of them without the NIK (precision {precision:.3})",
            of.code,
            report.rows,
            report.entries.unmatched,
            told.len(),
        );
        assert!(recall >= 0.97, "{}: {recall}", of.code);
        assert!(precision >= 0.97, "{}: {precision}", of.code);
    }
}

/// Peak memory of this process, MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    let kb: Option<u64> = line.and_then(|l| l.split_whitespace().nth(1)?.parse().ok());
    kb.unwrap_or(0) / 1024
}

/// A village; `LAWANG_TRUTH=district cargo test --workspace --test server in_bounded_memory -- --nocapture` takes the whole
/// district and minutes, and prints what it took.
#[test]
fn a_register_is_matched_again_without_a_change_and_in_bounded_memory() {
    let size = match std::env::var("LAWANG_TRUTH").as_deref() {
        Ok("district") => Size::District,
        _ => Size::Village,
    };
    let dir = tempfile::tempdir().unwrap();
    let sample = dir.path().join("sample");
    lawang_sample::write_to(&sample, size, 1).unwrap();
    let server = Server::open(&dir.path().join("server"), &Default::default()).unwrap();
    let prelist = std::fs::read(sample.join("prelist.csv")).unwrap();
    server
        .import_prelist(&prelist, NOW, &mut |_, _| {})
        .unwrap();
    drop(prelist);
    println!("before: peak {} MB", peak());
    let open =
        |name: &str| std::io::BufReader::new(std::fs::File::open(sample.join(name)).unwrap());
    let date = Some("2026-11-01".parse().unwrap());
    for round in ["first", "again"] {
        let began = std::time::Instant::now();
        let report = server
            .import_dukcapil(open("dukcapil.csv"), date, NOW, &mut |_, _, _| {})
            .unwrap();
        println!(
            "{round}: {} s, peak {} MB, {:?} {:?} {:?} {:?}",
            began.elapsed().as_secs(),
            peak(),
            report.persons,
            report.entries,
            report.flags,
            report.written
        );
        assert_eq!(report.written.changed, 0);
    }
    let pbi = AidProgramme::named("pbi_jk").unwrap();
    let began = std::time::Instant::now();
    let report = server
        .import_programme(
            open("subsidies/pbi_jk.csv"),
            pbi,
            date,
            NOW,
            None,
            &mut |_, _, _| {},
        )
        .unwrap();
    println!(
        "pbi_jk: {} s, peak {} MB, {:?} {:?} {:?}",
        began.elapsed().as_secs(),
        peak(),
        report.persons,
        report.entries,
        report.written
    );
    assert!(peak() < 1_500, "{} MB", peak());
}
