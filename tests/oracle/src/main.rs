//! The engine against JavaRosa (ODK Collect) and the engine of ODK Web Forms: thousands of random scripts
//! in generated, own and public questionnaires, compared node by node after every step.
//!
//! `docs/oracle.md` says how to run it and what came out.

mod compare;
mod conversion;
mod divergences;
mod expressions;
mod generate;
mod invent;
mod peer;
mod proofs;
mod report;
mod rng;
mod run;
mod scripts;
mod shape;
mod sheets;
mod sources;
mod tools;

use run::Wishes;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask oracle [--forms N] [--scripts N] [--steps N] [--seed S] [--only NAME] [--no-web-forms]
       cargo xtask oracle --conversion [--forms N] [--seed S] [--only NAME] [--folder FOLDER]

  --forms N        random forms (default 120)
  --scripts N      scripts for each form (default 25)
  --steps N        most steps of a script (default 12)
  --seed S         another seed, other forms and scripts (default 1)
  --only NAME      only forms whose name holds NAME, such as random-17 or household_visit
  --no-web-forms   JavaRosa only, which is much faster
  --conversion     no scripts in other engines: XForms written and read, beside pyxform's
  --folder FOLDER  further questionnaires for the conversion";

fn main() -> ExitCode {
    let wishes = match wishes() {
        Ok(wishes) => wishes,
        Err(reason) => {
            eprintln!("{reason}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = if wishes.conversion {
        conversion::everything(&wishes)
    } else {
        run::everything(&wishes)
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn wishes() -> Result<Wishes, String> {
    let target = std::env::var_os("LAWANG_ORACLE_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracle"),
        Into::into,
    );
    let mut wishes = Wishes {
        folder: target,
        forms: 120,
        scripts: 25,
        steps: 12,
        seed: 1,
        only: None,
        web_forms: true,
        conversion: false,
        more: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--no-web-forms" {
            wishes.web_forms = false;
            continue;
        }
        if argument == "--conversion" {
            wishes.conversion = true;
            continue;
        }
        let value = arguments
            .next()
            .ok_or_else(|| format!("{argument}: what?"))?;
        let number = || {
            value
                .parse::<usize>()
                .map_err(|e| format!("{argument} {value}: {e}"))
        };
        match argument.as_str() {
            "--forms" => wishes.forms = number()?,
            "--scripts" => wishes.scripts = number()?,
            "--steps" => wishes.steps = number()?,
            "--seed" => wishes.seed = number()? as u64,
            "--only" => wishes.only = Some(value),
            "--folder" => wishes.more = Some(value.into()),
            other => return Err(format!("There is no {other}.")),
        }
    }
    Ok(wishes)
}
