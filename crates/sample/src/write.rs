//! The files of a sample.

mod copies;
mod prelist;
mod readme;
mod truth;

use crate::{Sample, Size, generate};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

/// A programme with a list of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Programme {
    /// Program Keluarga Harapan, by family.
    Pkh,
    /// Sembako (BPNT), by family.
    Sembako,
    /// Health insurance paid by the state, by person.
    PbiJk,
    /// Bantuan Langsung Tunai of the village, by family.
    BltDd,
    /// Subsidised electricity (450 and 900 VA), by family.
    Electricity,
    /// Subsidised LPG in bottles of 3 kg, by family.
    Lpg,
    /// Program Indonesia Pintar, by person: children at school.
    Pip,
}

impl Programme {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Pkh,
        Self::Sembako,
        Self::PbiJk,
        Self::BltDd,
        Self::Electricity,
        Self::Lpg,
        Self::Pip,
    ];

    /// Name of the file in `subsidies/`, without `.csv`.
    pub fn file_stem(self) -> &'static str {
        match self {
            Self::Pkh => "pkh",
            Self::Sembako => "sembako",
            Self::PbiJk => "pbi_jk",
            Self::BltDd => "blt_dd",
            Self::Electricity => "electricity",
            Self::Lpg => "lpg",
            Self::Pip => "pip",
        }
    }
}

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Number of villages.
    pub villages: usize,
    /// Number of families.
    pub families: usize,
    /// Number of persons: rows of the prelist.
    pub persons: usize,
}

/// Generates a sample and writes all its files below `dir`, which is made if need be; files of the same names are
/// replaced. The same size and seed give the same bytes.
///
/// # Errors
/// What the file system says.
pub fn write_to(dir: &Path, size: Size, seed: u64) -> io::Result<Written> {
    let sample = generate(size, seed);
    fs::create_dir_all(dir.join("subsidies"))?;
    fs::create_dir_all(dir.join("truth"))?;
    let file = |name: &str, write: &dyn Fn(&mut dyn Write) -> io::Result<()>| -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(dir.join(name))?);
        write(&mut out)?;
        out.flush()
    };
    file("prelist.csv", &|out| sample.write_prelist(out))?;
    file("dukcapil.csv", &|out| sample.write_dukcapil(out))?;
    for programme in Programme::ALL {
        let name = format!("subsidies/{}.csv", programme.file_stem());
        file(&name, &|out| sample.write_subsidy(programme, out))?;
    }
    file("truth/persons.csv", &|out| sample.write_truth_persons(out))?;
    file("truth/households.csv", &|out| {
        sample.write_truth_households(out)
    })?;
    file("truth/errors.csv", &|out| sample.write_truth_errors(out))?;
    file("README.md", &|out| {
        out.write_all(sample.readme().as_bytes())
    })?;
    Ok(Written {
        villages: sample.villages().len(),
        families: sample.families(),
        persons: sample.persons(),
    })
}

pub(crate) fn csv<W: Write>(out: W) -> csv::Writer<W> {
    csv::Writer::from_writer(out)
}

/// `1` or `2`.
pub(crate) fn yes_no(yes: bool) -> &'static str {
    if yes { "1" } else { "2" }
}

impl Sample {
    /// `T0000001`: the key of the truth, known to no other file.
    pub(crate) fn truth_id(&self, person: usize) -> String {
        format!("T{:07}", person + 1)
    }

    pub(crate) fn truth_household_id(&self, household: usize) -> String {
        format!("H{:06}", household + 1)
    }
}
