//! The sets that both engines link, with their truth.

use crate::Failure;
use lawang_sample::{Size, write_to};
use rustc_hash::FxHashMap;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A set: one file whose duplicates are sought, or two.
pub struct Set {
    pub name: &'static str,
    pub about: &'static str,
    pub left: PathBuf,
    pub right: Option<PathBuf>,
    pub truth: PathBuf,
    pub columns: String,
    /// Splink's settings to try: `plain`, `joint`; see peer.py.
    pub peer: &'static [&'static str],
}

const FEBRL: &str = "name=given_name+surname,birth_date=date_of_birth,\
                     address=street_number+address_1+address_2+suburb,postcode=postcode,state=state,id=soc_sec_id";
const REGISTER: &str = "nik=nik,name=name,birth_date=birth_date,sex=sex,mother=mother_maiden_name,no_kk=no_kk,\
                        village=village_code,address=address";

/// All sets below `work`.
pub fn all(work: &Path) -> Vec<Set> {
    let data = work.join("data");
    let febrl = |name, about| Set {
        name,
        about,
        left: data.join(format!("{name}.csv")),
        right: None,
        truth: data.join(format!("{name}.truth.csv")),
        columns: FEBRL.to_owned(),
        peer: &["plain"],
    };
    vec![
        febrl("febrl1", "1,000 rows, one duplicate each at most"),
        febrl("febrl2", "5,000 rows, up to five duplicates each"),
        febrl("febrl3", "5,000 rows, up to five duplicates each, many"),
        Set {
            name: "district",
            about: "the register of the sample district, persons who stand in two families",
            left: data.join("district.csv"),
            right: None,
            truth: data.join("district.truth.csv"),
            columns: REGISTER.to_owned(),
            peer: &["plain", "joint"],
        },
        Set {
            name: "registry",
            about: "the same register against the civil registry",
            left: data.join("district.csv"),
            right: Some(data.join("sample/dukcapil.ids.csv")),
            truth: data.join("registry.truth.csv"),
            columns: REGISTER.to_owned(),
            peer: &["plain", "joint"],
        },
    ]
}

/// One set by its name.
pub fn find(work: &Path, name: &str) -> Result<Set, Failure> {
    all(work)
        .into_iter()
        .find(|set| set.name == name)
        .ok_or_else(|| format!("there is no set {name:?}").into())
}

/// Writes the sample district and its truth; FEBRL comes from the Python side.
pub fn prepare(work: &Path) -> Result<(), Failure> {
    let data = work.join("data");
    fs::create_dir_all(&data)?;
    let sample = data.join("sample");
    if data.join("registry.truth.csv").exists() {
        return Ok(());
    }
    write_to(&sample, Size::District, 1)?;
    // Who stands in each row of the register: the row's own person, or the guest from another family.
    let mut person_of: FxHashMap<String, String> = FxHashMap::default();
    let mut nik_of: FxHashMap<String, String> = FxHashMap::default();
    for record in csv::Reader::from_path(sample.join("truth/persons.csv"))?.records() {
        let record = record?;
        person_of.insert(record[3].to_owned(), record[0].to_owned());
        nik_of.insert(record[0].to_owned(), record[4].to_owned());
    }
    let mut truth = csv::Writer::from_path(data.join("district.truth.csv"))?;
    truth.write_record(["left_id", "right_id"])?;
    for record in csv::Reader::from_path(sample.join("truth/errors.csv"))?.records() {
        let record = record?;
        // scope, truth_id, register_id, person_id, injected_error, detail
        match &record[4] {
            "in_two_kk" => {
                truth.write_record([&record[3], &record[5]])?;
                let guest = record[1].to_owned();
                person_of.insert(record[3].to_owned(), guest);
            }
            _ => continue,
        }
    }
    truth.flush()?;
    write_register(&sample, &data)?;
    let there = write_registry(&sample)?;
    let mut truth = csv::Writer::from_path(data.join("registry.truth.csv"))?;
    truth.write_record(["left_id", "right_id"])?;
    let mut rows: Vec<(&String, &String)> = person_of.iter().collect();
    rows.sort();
    for (row, person) in rows {
        if let Some(id) = nik_of.get(person).and_then(|nik| there.get(nik)) {
            truth.write_record([row, id])?;
        }
    }
    truth.flush()?;
    Ok(())
}

/// The columns of the register that are compared, with the person's row as id.
fn write_register(sample: &Path, data: &Path) -> Result<(), Failure> {
    let mut reader = csv::Reader::from_path(sample.join("prelist.csv"))?;
    let header = reader.headers()?.clone();
    let wanted = [
        "person_id",
        "nik",
        "name",
        "birth_date",
        "sex",
        "mother_maiden_name",
        "no_kk",
        "village_code",
        "address",
        "rt",
        "rw",
        "birth_place",
    ];
    let mut places = Vec::new();
    for name in wanted {
        let place = header.iter().position(|cell| cell == name);
        places.push(place.ok_or_else(|| format!("the prelist has no column {name}"))?);
    }
    let mut out = csv::Writer::from_path(data.join("district.csv"))?;
    out.write_record(wanted)?;
    for record in reader.records() {
        let record = record?;
        out.write_record(places.iter().map(|p| &record[*p]))?;
    }
    out.flush()?;
    Ok(())
}

/// The civil registry with a number of its own for each row, in the order of the file; row number by NIK.
fn write_registry(sample: &Path) -> Result<FxHashMap<String, String>, Failure> {
    let mut reader = csv::Reader::from_path(sample.join("dukcapil.csv"))?;
    let mut out = csv::Writer::from_path(sample.join("dukcapil.ids.csv"))?;
    let mut header = vec!["id".to_owned()];
    header.extend(reader.headers()?.iter().map(str::to_owned));
    out.write_record(&header)?;
    let mut ids = FxHashMap::default();
    for (at, record) in reader.records().enumerate() {
        let record = record?;
        let id = format!("D{at:06}");
        ids.insert(record[0].to_owned(), id.clone());
        out.write_field(&id)?;
        out.write_record(&record)?;
    }
    out.flush()?;
    Ok(ids)
}
