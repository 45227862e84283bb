//! `lawang sample-data`.

use crate::{edge::print_json, error::CliError};
use lawang_sample::{Size, write_to};
use serde_json::json;
use std::path::PathBuf;

/// Write a synthetic village, kecamatan or district: the same size and seed give the same bytes.
#[derive(clap::Args)]
#[command(after_help = "\
Example: lawang sample-data --size village --seed 7 --out ./sample

Writes prelist.csv, dukcapil.csv, subsidies/*.csv, README.md; truth/ holds the true ids and the errors.")]
pub struct Args {
    /// village (about 700 households), kecamatan or district (96,425 families).
    #[arg(long, value_parser = ["village", "kecamatan", "district"])]
    size: String,
    /// Seed of the random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to; made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let size: Size = args
        .size
        .parse()
        .map_err(|_| CliError::new("unknown_size", "the size is village, kecamatan or district"))?;
    eprintln!("writing the sample {} ...", args.size);
    let written = write_to(&args.out, size, args.seed)?;
    if json {
        return print_json(&json!({
            "out": args.out,
            "size": args.size,
            "seed": args.seed,
            "villages": written.villages,
            "families": written.families,
            "persons": written.persons,
        }));
    }
    println!(
        "{} villages, {} families, {} persons in {}",
        written.villages,
        written.families,
        written.persons,
        args.out.display()
    );
    Ok(())
}
