//! `cargo xtask load`: what a district's server bears on this machine, generator included.
//!
//! load ingest [--sizes 2000,20000,200000] [--engine sqlite|postgres] [--database-url URL]
//! load fleet [--devices 500] [--minutes 5] [--engine sqlite|postgres] [--database-url URL] [--size district]
//!            [--revisits 20] [--photos 40] [--seed 1] [--folder DIR]
//!
//! Without a first word: both.

mod day;
mod fleet;
mod ingest;
mod machine;
mod office;
mod pieces;
mod register;

use office::Engine;
use std::{path::PathBuf, process::ExitCode, str::FromStr, time::Duration};

struct Words(Vec<String>);

impl Words {
    fn text(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn value<T: FromStr>(&self, name: &str, otherwise: T) -> Result<T, String> {
        match self.text(name) {
            None => Ok(otherwise),
            Some(text) => text
                .parse()
                .map_err(|_| format!("{name} {text}: a number?")),
        }
    }
}

fn run(words: &Words) -> Result<(), String> {
    let only = words.0.first().map(String::as_str);
    let both = !matches!(only, Some("ingest" | "fleet"));
    let engine = match (words.text("--engine"), words.text("--database-url")) {
        (None | Some("sqlite"), _) => Engine::Sqlite,
        (Some("postgres"), Some(url)) => Engine::Postgres(url.to_owned()),
        (Some("postgres"), None) => {
            return Err("--engine postgres wants --database-url postgres://...".to_owned());
        }
        (Some(other), _) => return Err(format!("--engine {other}: sqlite or postgres")),
    };
    if both || only == Some("ingest") {
        let sizes = words.text("--sizes").unwrap_or("2000,20000,200000");
        let sizes = sizes
            .split(',')
            .map(|size| {
                size.parse()
                    .map_err(|_| format!("--sizes {size}: a number?"))
            })
            .collect::<Result<Vec<usize>, String>>()?;
        if matches!(engine, Engine::Postgres(_)) && (both || sizes.len() > 1) {
            return Err(
                "On PostgreSQL say `ingest` with one of --sizes, or `fleet`: a run wants an empty database."
                    .to_owned(),
            );
        }
        ingest::run(&sizes, &engine)?;
    }
    if !both && only != Some("fleet") {
        return Ok(());
    }
    let plan = fleet::Plan {
        devices: words.value("--devices", 500)?,
        time: Duration::from_secs_f64(words.value("--minutes", 5.0)? * 60.0),
        engine,
        size: words.text("--size").unwrap_or("district").to_owned(),
        revisits: words.value("--revisits", 20)?,
        photos: words.value("--photos", 40)?,
        seed: words.value("--seed", 1)?,
    };
    let folder = match words.text("--folder") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::temp_dir().join(format!("lawang-load-{}", std::process::id())),
    };
    let done = fleet::run(&plan, &folder);
    // Gigabytes of photos that nobody wants.
    let _ = std::fs::remove_dir_all(&folder);
    done
}

fn main() -> ExitCode {
    let words = Words(std::env::args().skip(1).collect());
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
