//! Writes a sample and says how long it took: `cargo run --release -p lawang-sample --example write -- district 1 DIR`.

use lawang_prelist::{check, regions};
use lawang_sample::{Size, write_to};
use std::{env, error::Error, fs, path::PathBuf, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let size: Size = args.next().as_deref().unwrap_or("village").parse()?;
    let seed = args.next().as_deref().unwrap_or("1").parse()?;
    let dir = PathBuf::from(args.next().unwrap_or_else(|| "sample".to_owned()));
    let start = Instant::now();
    let written = write_to(&dir, size, seed)?;
    println!("{written:?} written in {:.2?}", start.elapsed());
    let bytes = fs::read(dir.join("prelist.csv"))?;
    let start = Instant::now();
    let checked = check(&bytes, &regions::village_exists)?;
    let megabytes = bytes.len() >> 20;
    println!(
        "{} rows, {megabytes} MB checked in {:.2?}, {} warnings",
        checked.rows,
        start.elapsed(),
        checked.warnings.len()
    );
    let start = Instant::now();
    let members: usize = checked.households().map(|h| h.members.len()).sum();
    println!("{members} members built in {:.2?}", start.elapsed());
    Ok(())
}
