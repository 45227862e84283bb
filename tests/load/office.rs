//! The server under load: the program `lawang serve` on a district's data, on the engine that was named.

use crate::machine;
use lawang_domain::VillageCode;
use lawang_prelist::{check, regions};
use lawang_tests::processes::command;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Where the district's data lie.
#[derive(Debug, Clone)]
pub enum Engine {
    Sqlite,
    /// The database's address; photos and keys stay in the folder.
    Postgres(String),
}

impl Engine {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    fn arguments(&self, data: &Path) -> Vec<String> {
        let mut all = vec!["--data".to_owned(), data.to_string_lossy().into_owned()];
        if let Self::Postgres(url) = self {
            all.extend(["--database-url".to_owned(), url.clone()]);
        }
        all
    }
}

/// A district that runs.
pub struct Office {
    engine: Engine,
    data: PathBuf,
    child: Child,
    pub url: String,
    pub villages: Vec<VillageCode>,
    pub households: u64,
}

fn run(args: &[String]) -> Result<Value, String> {
    let output = command()
        .args(args)
        .arg("--json")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("lawang {args:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!("lawang {args:?} ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("lawang {args:?}: {e}"))
}

impl Office {
    /// The sample district, imported and served.
    pub fn open(folder: &Path, engine: Engine, size: &str) -> Result<Self, String> {
        let sample = folder.join("sample");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        run(&["sample-data", "--size", size, "--seed", "1", "--out"]
            .map(str::to_owned)
            .into_iter()
            .chain([text(&sample)])
            .collect::<Vec<_>>())?;
        let list = sample.join("prelist.csv");
        let bytes = fs::read(&list).map_err(|e| format!("{}: {e}", list.display()))?;
        let villages = {
            let checked = check(&bytes, &regions::village_exists).map_err(|e| e.to_string())?;
            let all: std::collections::BTreeSet<VillageCode> =
                checked.households().map(|h| h.village).collect();
            all.into_iter().collect()
        };
        let data = folder.join("server");
        let mut import = vec!["admin".to_owned(), "import-prelist".to_owned(), text(&list)];
        import.extend(engine.arguments(&data));
        let imported = run(&import)?;
        let _ = fs::remove_dir_all(sample);
        let log = folder.join("serve.log");
        let mut child = command()
            .arg("serve")
            .args(engine.arguments(&data))
            .env("LAWANG_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?)
            .spawn()
            .map_err(|e| format!("serve: {e}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let url = ready["listening"].as_str().unwrap_or_default().to_owned();
        let office = Self {
            engine,
            data,
            child,
            url,
            villages,
            households: imported["imported"].as_u64().unwrap_or(0),
        };
        match office.url.is_empty() {
            true => Err(format!("serve said {line:?}, see {}", log.display())),
            false => Ok(office),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `lawang admin WORDS --data ...`.
    pub fn admin(&self, words: &[&str]) -> Result<Value, String> {
        let mut all = vec!["admin".to_owned()];
        all.extend(words.iter().map(|w| (*w).to_owned()));
        all.extend(self.engine.arguments(&self.data));
        run(&all)
    }

    /// Files of whole photos, and their bytes.
    pub fn photos(&self) -> (u64, u64) {
        let mut found = (0, 0);
        let mut open = vec![self.data.join("photos")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_none() {
                    found.0 += 1;
                    found.1 += entry.metadata().map_or(0, |m| m.len());
                }
            }
        }
        found
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Watches a process's memory until told to stop; gives the largest seen, MB.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<f64>>,
}

impl Watch {
    pub fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let stop = stop.clone();
            move || {
                let mut most: f64 = 0.0;
                while !stop.load(Ordering::Relaxed) {
                    most = most.max(machine::resident(pid));
                    thread::sleep(Duration::from_millis(250));
                }
                most
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    pub fn end(mut self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or(0.0)
    }
}
