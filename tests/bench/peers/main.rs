//! Lawang beside PouchDB and automerge-repo: the same work, through the same counting link. `cargo xtask bench-peers`.
//!
//! `LAWANG_BENCH_PEERS` names the folder with the peers' packages; without it Lawang is alone.

mod anatomy;
mod input;
mod lawang;
mod node;
mod peer;
mod proxy;
mod run;
mod table;

use crate::{
    input::Input,
    lawang::Lawang,
    node::{Kind, Node},
    peer::Peer,
    proxy::Proxy,
    table::Table,
};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What is asked for on the command line.
struct Wishes {
    json: bool,
    /// Seconds for one step.
    limit: Duration,
    /// Names of peers; all when empty.
    only: Vec<String>,
    /// Without the links that are cut.
    no_cuts: bool,
}

fn wishes() -> Result<Wishes, String> {
    let mut wishes = Wishes {
        json: false,
        limit: Duration::from_secs(120),
        only: Vec::new(),
        no_cuts: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => wishes.json = true,
            "--no-cuts" => wishes.no_cuts = true,
            "--limit" => {
                let seconds = words.next().and_then(|s| s.parse().ok());
                wishes.limit = Duration::from_secs(seconds.ok_or("--limit needs seconds")?);
            }
            "lawang" | "pouchdb" | "automerge" => wishes.only.push(word),
            other => {
                return Err(format!(
                    "{other:?} is none of --json, --no-cuts, --limit SECONDS, lawang, pouchdb, automerge"
                ));
            }
        }
    }
    Ok(wishes)
}

fn main() -> ExitCode {
    match bench() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Whether Lawang lost and hid nothing. Goals that are missed are printed and are no failure: machines differ.
fn bench() -> Result<bool, String> {
    let wishes = wishes()?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let modules = std::env::var_os("LAWANG_BENCH_PEERS").map(PathBuf::from);
    let wanted = |name: &str| wishes.only.is_empty() || wishes.only.iter().any(|w| w == name);
    let mut table = Table::new();
    for name in ["lawang", "pouchdb", "automerge"] {
        if !wanted(name) {
            continue;
        }
        let proxy = Proxy::start().map_err(|e| e.to_string())?;
        let input = Input::new();
        let home = folder.path().join(name);
        let kind = match name {
            "pouchdb" => Some(Kind::PouchDb),
            "automerge" => Some(Kind::Automerge),
            _ => None,
        };
        let started: Result<Box<dyn Peer>, String> = match (kind, &modules) {
            (None, _) => Lawang::start(home, &input, &proxy).map(|peer| Box::new(peer) as _),
            (Some(kind), Some(modules)) => {
                Node::start(kind, modules, &home, &input, &proxy).map(|peer| Box::new(peer) as _)
            }
            (Some(_), None) => continue,
        };
        let outcome = started
            .and_then(|mut peer| run::all(peer.as_mut(), input, &proxy, &wishes, &mut table));
        if let Err(reason) = outcome {
            if kind.is_none() {
                return Err(reason);
            }
            let kept = std::env::temp_dir().join(format!("lawang-bench-peers-{name}.log"));
            let log = folder.path().join(name).join("driver-errors.log");
            let _ = std::fs::copy(log, &kept);
            eprintln!("{name}: {reason}\n(its errors are in {})", kept.display());
            table.broke(name, &reason);
        }
    }
    if wishes.json {
        println!("{}", table.json());
    } else {
        table.print();
    }
    Ok(table.lawang_kept_everything())
}
