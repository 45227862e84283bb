//! `lawang match`.

use crate::{
    admin::one_village,
    edge::{enough, now_ms, print_json},
    error::{CliError, read_file},
    place::{Place, open_known},
};
use chrono::{DateTime, Datelike};
use lawang_domain::Nik;
use lawang_matching::{
    FieldKind, Linked, Options, Pair, Persons, Reason, explain_pair, link,
    table::{ColumnMap, Rows, TableError, read},
};
use lawang_server::admin::PersonLine;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// So many holders of a shared number are named; all are counted.
const HOLDERS_SHOWN: usize = 20;

/// Find who stands in two places.
#[derive(clap::Args)]
#[command(
    after_help = "Example: lawang match pairs --left prelist.csv --columns nik=nik,name=name --out pairs.csv"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Link the rows of one or two CSV files: which are one person, how likely, and why. Trained on the files
    /// themselves, without labels.
    #[command(after_help = "\
Example: lawang match pairs --left a.csv --right b.csv \\
           --columns name=given_name+surname,birth_date=date_of_birth,address=street+suburb,id=soc_sec_id --out pairs.csv

The first column of each file holds the ids; where that is a NIK or No. KK, the line of the file is the id instead.
pairs.csv has the columns left_id, right_id, probability, reasons. Without --right, duplicates within the left file.
Fields: name, given_name, surname, mother, birth_date, birth_place, sex, nik, no_kk, id, address, village, suburb, city,
postcode, state, phone, rt, rw, text, code; a field with any other name is compared as text.")]
    Pairs(PairsArgs),
}

#[derive(clap::Args)]
struct PairsArgs {
    /// CSV file with a header, in UTF-8.
    #[arg(long, value_name = "FILE")]
    left: PathBuf,
    /// A second file: pairs between the two.
    #[arg(long, value_name = "FILE")]
    right: Option<PathBuf>,
    /// Which columns are which field: field=column+column,field=column.
    #[arg(long, value_name = "MAP")]
    columns: String,
    /// File for the pairs; standard output if there is none.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Pairs less likely than this are left out.
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    threshold: f64,
    /// Seed of the random pairs that the training looks at.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Language of the reasons.
    #[arg(long, default_value = "en", value_parser = ["id", "en"])]
    language: String,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|t| (0.0..=1.0).contains(t))
        .ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

pub fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let Command::Pairs(args) = &args.command;
    pairs(args, json)
}

impl From<TableError> for CliError {
    fn from(error: TableError) -> Self {
        Self::new(error.code(), error.to_string()).hint(error.hint())
    }
}

/// The ids of both files.
struct Ids {
    left: Vec<String>,
    right: Option<(u32, Vec<String>)>,
}

impl Ids {
    fn of(&self, row: u32) -> &str {
        let place = match &self.right {
            Some((from, ids)) if row >= *from => ids.get((row - from) as usize),
            _ => self.left.get(row as usize),
        };
        place.map_or("", String::as_str)
    }
}

fn pairs(args: &PairsArgs, json: bool) -> Result<(), CliError> {
    let map = ColumnMap::parse(&args.columns)?;
    let mut notes: Vec<String> = map
        .as_text
        .iter()
        .map(|field| {
            format!("the field {field:?} has no meaning of its own and is compared as text")
        })
        .collect();
    let mut persons = Persons::new(map.fields(), this_year()).map_err(TableError::from)?;
    let mut ids = Ids {
        left: load(&args.left, &map, &mut persons, &mut notes)?,
        right: None,
    };
    if let Some(file) = &args.right {
        persons.begin_right();
        let from = persons.len();
        ids.right = Some((from, load(file, &map, &mut persons, &mut notes)?));
    }
    // With --json standard error is for one document too, should something be refused.
    if !json {
        notes.iter().for_each(|note| eprintln!("lawang: {note}"));
        eprintln!("comparing {} rows ...", persons.len());
    }
    let options = Options {
        seed: args.seed,
        threshold: args.threshold,
    };
    let found = link(&mut persons, &options);
    if let Some(out) = &args.out {
        let refused = |error: std::io::Error| {
            CliError::new(
                "cannot_write",
                format!("{} cannot be written: {error}", out.display()),
            )
            .hint("Choose a folder that is there and that you may write to.")
        };
        let file = File::create(out).map_err(refused)?;
        write_pairs(file, args, &persons, &found, &ids).map_err(refused)?;
    } else if !json {
        let out = std::io::stdout().lock();
        enough(write_pairs(out, args, &persons, &found, &ids))?;
    }
    if json {
        let mut document = document(args, &persons, &found, &ids);
        document["notes"] = json!(notes);
        return print_json(&document);
    }
    say_shared(&persons, &found);
    let by_nik = found.pairs.iter().filter(|pair| pair.same_nik).count();
    eprintln!(
        "{} pairs from {} on, about {:.0} true ones expected; {by_nik} more hold one NIK and are unlike",
        found.pairs.len() - by_nik,
        args.threshold,
        found.model.expected_pairs
    );
    Ok(())
}

/// `lawang admin duplicates`.
pub fn district(
    place: &Place,
    village: Option<&str>,
    publish: bool,
    json: bool,
) -> Result<(), CliError> {
    let village = village.map(one_village).transpose()?;
    let server = open_known(place)?;
    let found = match publish {
        true => server.publish_duplicates(this_year(), now_ms())?,
        false => server.duplicates(village, this_year())?,
    };
    if json {
        return print_json(&found);
    }
    for pair in &found.pairs {
        let person = |p: &PersonLine| format!("{} ({}, {})", p.name, p.nik, p.village);
        println!(
            "{}  {:.3}  {}  {} | {}",
            pair.id,
            pair.probability,
            pair.state,
            person(&pair.left),
            person(&pair.right)
        );
    }
    println!(
        "{} pairs among {} persons, {} of them not decided; {} NIKs are held by several",
        found.pair_count,
        found.persons,
        found.open,
        found.shared_niks.len()
    );
    if let Some(told) = &found.published {
        println!(
            "{} pairs between two villages told to {} villages: {} persons new, {} changed, {} unchanged, {} withdrawn",
            told.pairs, told.villages, told.new, told.changed, told.unchanged, told.withdrawn
        );
    }
    Ok(())
}

fn this_year() -> u32 {
    i64::try_from(now_ms())
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .and_then(|now| u32::try_from(now.year()).ok())
        .unwrap_or(2026)
}

fn load(
    file: &Path,
    map: &ColumnMap,
    persons: &mut Persons,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, CliError> {
    let bytes = read_file(file)
        .map_err(|error| error.hint("Check the name of the file and the folder you are in."))?;
    let Rows { id_column, ids } = read(&file.display().to_string(), &bytes, map, persons)?;
    let number = |id: &String| id.parse::<Nik>().is_ok();
    let secret =
        map.is_secret(&id_column) || ids.iter().filter(|id| number(id)).count() * 2 > ids.len();
    if !secret {
        return Ok(ids);
    }
    notes.push(format!(
        "the first column of {} holds NIKs or No. KKs; rows are named by their line instead",
        file.display()
    ));
    Ok((2..ids.len() + 2)
        .map(|line| format!("line {line}"))
        .collect())
}

fn reasons(args: &PairsArgs, persons: &Persons, found: &Linked, pair: &Pair) -> Vec<Reason> {
    let mut all = explain_pair(persons, &found.model, pair.left, pair.right).1;
    if args.out.is_some() {
        all.retain(|reason| reason.code != "missing");
    }
    all
}

fn write_pairs(
    out: impl Write,
    args: &PairsArgs,
    persons: &Persons,
    found: &Linked,
    ids: &Ids,
) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let cell = |text: &str| match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    writeln!(out, "left_id,right_id,probability,reasons")?;
    for pair in &found.pairs {
        let words: Vec<String> = reasons(args, persons, found, pair)
            .iter()
            .map(|reason| {
                let said = if args.language == "id" {
                    reason.id
                } else {
                    reason.en
                };
                format!("{}: {said} ({:+.1})", reason.field, reason.bits)
            })
            .collect();
        let (left, right) = (ids.of(pair.left), ids.of(pair.right));
        writeln!(
            out,
            "{},{},{:.6},{}",
            cell(left),
            cell(right),
            pair.probability,
            cell(&words.join("; "))
        )?;
    }
    out.flush()
}

fn document(args: &PairsArgs, persons: &Persons, found: &Linked, ids: &Ids) -> Value {
    let shared: Vec<Value> = found
        .shared
        .iter()
        .map(|shared| {
            let named: Vec<&str> = shared
                .rows
                .iter()
                .take(HOLDERS_SHOWN)
                .map(|row| ids.of(*row))
                .collect();
            json!({
                "field": persons.fields()[shared.field].name,
                "rows": shared.rows.len(),
                "ids": named,
            })
        })
        .collect();
    let mut document = json!({
        "left_rows": ids.left.len(),
        "right_rows": ids.right.as_ref().map(|(_, ids)| ids.len()),
        "threshold": args.threshold,
        "pair_count": found.pairs.len(),
        "expected_pairs": found.model.expected_pairs,
        "compared": found.compared,
        "shared_numbers": shared,
    });
    match &args.out {
        Some(out) => document["out"] = json!(out),
        None => {
            let pairs = found.pairs.iter().map(|pair| {
                json!({
                    "left_id": ids.of(pair.left),
                    "right_id": ids.of(pair.right),
                    "probability": pair.probability,
                    "same_nik": pair.same_nik,
                    "reasons": reasons(args, persons, found, pair),
                })
            });
            document["pairs"] = pairs.collect();
        }
    }
    document
}

fn say_shared(persons: &Persons, found: &Linked) {
    let niks: Vec<usize> = found
        .shared
        .iter()
        .filter(|s| persons.fields()[s.field].kind == FieldKind::Nik)
        .map(|s| s.rows.len())
        .collect();
    if let Some(most) = niks.iter().max() {
        eprintln!(
            "{} NIKs are held by several rows, one of them by {most}; --json lists them all",
            niks.len()
        );
    }
}
