//! The district server and the hub, as processes.

use super::{AT_HUB, ELSEWHERE, link::nap, report::Counts};
use crate::{
    chance::Chance,
    prelist,
    processes::{command, lawang},
};
use serde_json::Value;
use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// Longest time for a server to be ready.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server that can be killed and started again on the same data and port.
pub(super) struct Host {
    pub(super) data: PathBuf,
    pub(super) port: u16,
    log: PathBuf,
    arguments: Vec<String>,
    child: Mutex<Option<Child>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port that is free now.
fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .map(|a| a.port())
        .map_err(|e| format!("no free port: {e}"))
}

/// A file that is appended to.
pub(super) fn log_file(path: &Path) -> Result<File, String> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|e| format!("{}: {e}", path.display()))
}

impl Host {
    fn new(folder: &Path, name: &str, arguments: Vec<String>) -> Result<Self, String> {
        Ok(Self {
            data: folder.join(name),
            port: free_port()?,
            log: folder.join("logs").join(format!("{name}.log")),
            arguments,
            child: Mutex::default(),
        })
    }

    /// Starts it and waits until it says that it is ready.
    pub(super) fn start(&self) -> Result<(), String> {
        let mut child = command()
            .args(["serve", "--data"])
            .arg(&self.data)
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .stderr(log_file(&self.log)?)
            .spawn()
            .map_err(|e| format!("serve: {e}"))?;
        let stdout = child.stdout.take();
        *lock(&self.child) = Some(child);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            if let Some(stdout) = stdout {
                let mut stdout = BufReader::new(stdout);
                let _ = stdout.read_line(&mut line);
                let _ = tell.send(line);
                // Kept open: a closed pipe would end a program that writes to it.
                let _ = stdout.read_line(&mut String::new());
            }
        });
        let line = told.recv_timeout(PATIENCE).unwrap_or_default();
        match serde_json::from_str::<Value>(&line) {
            Ok(ready) if ready["listening"].is_string() => Ok(()),
            _ => Err(format!(
                "{} does not start again: {line:?}, see {}",
                self.data.display(),
                self.log.display()
            )),
        }
    }

    /// kill -9.
    pub(super) fn kill(&self) {
        if let Some(mut child) = lock(&self.child).take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether it ended without being asked to.
    fn gone(&self) -> bool {
        match lock(&self.child).as_mut() {
            Some(child) => matches!(child.try_wait(), Ok(Some(_))),
            None => false,
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The two servers with what belongs to them.
pub(super) struct Place {
    pub(super) district: Host,
    pub(super) hub: Host,
    /// Where the hub looks for its district.
    pub(super) upstream_port: u16,
    /// The district's certificate, PEM.
    pub(super) certificate: PathBuf,
    /// Every number of a person and a family in the register.
    pub(super) numbers: Vec<String>,
    pub(super) counts: Arc<Counts>,
    folder: PathBuf,
}

impl Place {
    /// A district with its register, served with TLS, and a hub that is enrolled and not started yet.
    pub(super) fn set_up(
        folder: &Path,
        households: usize,
        counts: &Arc<Counts>,
    ) -> Result<Self, String> {
        let failed = |e: &dyn std::fmt::Display| format!("setting up: {e}");
        fs::create_dir_all(folder.join("logs")).map_err(|e| failed(&e))?;
        lawang();
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into(), "localhost".into()])
            .map_err(|e| failed(&e))?;
        let (certificate, key) = (folder.join("district.pem"), folder.join("district.key"));
        fs::write(&certificate, made.cert.pem()).map_err(|e| failed(&e))?;
        fs::write(&key, made.signing_key.serialize_pem()).map_err(|e| failed(&e))?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let tls = vec![
            "--tls-cert".to_owned(),
            text(&certificate),
            "--tls-key".to_owned(),
            text(&key),
        ];
        let district = Host::new(folder, "district", tls)?;
        let mut numbers = Vec::new();
        let mut place = Self {
            hub: Host::new(folder, "hub", Vec::new())?,
            upstream_port: free_port()?,
            district,
            certificate,
            numbers: Vec::new(),
            counts: counts.clone(),
            folder: folder.to_owned(),
        };
        for village in [AT_HUB, ELSEWHERE] {
            let list = prelist::small(village, households);
            numbers.extend(long_numbers(&String::from_utf8_lossy(&list)));
            let file = folder.join(format!("prelist-{village}.csv"));
            fs::write(&file, list).map_err(|e| failed(&e))?;
            place.admin(&["import-prelist", &text(&file)])?;
        }
        place.numbers = numbers;
        place.district.start()?;
        let code = place.admin(&["enrol-hub", "--name", "Kecamatan", "--villages", AT_HUB])?;
        let code = code["code"].as_str().unwrap_or_default().to_owned();
        fs::create_dir_all(&place.hub.data).map_err(|e| failed(&e))?;
        fs::copy(&place.certificate, place.hub.data.join("ca.pem")).map_err(|e| failed(&e))?;
        place.hub.arguments = [
            "--role",
            "hub",
            "--quiet-network",
            "--every",
            "2",
            "--upstream",
            &format!("https://127.0.0.1:{}", place.upstream_port),
            "--code",
            &code,
        ]
        .map(str::to_owned)
        .into();
        Ok(place)
    }

    /// Where a backup goes.
    pub(super) fn backup(&self, number: usize) -> PathBuf {
        self.folder.join(format!("backup-{number}.lawang"))
    }

    /// What the hub says while it runs.
    pub(super) fn hub_log(&self) -> &Path {
        &self.hub.log
    }

    /// `lawang admin ... --data DISTRICT --json`.
    pub(super) fn admin(&self, args: &[&str]) -> Result<Value, String> {
        let log = self.folder.join("logs").join("admin.log");
        let output = command()
            .arg("admin")
            .args(args)
            .arg("--data")
            .arg(&self.district.data)
            .arg("--json")
            .stderr(log_file(&log)?)
            .output()
            .map_err(|e| format!("admin {args:?}: {e}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!(
                "lawang admin {args:?} failed: {said} (see {})",
                log.display()
            ));
        }
        serde_json::from_str(&said).map_err(|e| format!("lawang admin {args:?}: {e}"))
    }
}

/// Runs of 16 digits.
fn long_numbers(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 16)
        .map(str::to_owned)
}

/// Kills one of the two servers now and then, and starts it again at once or a little later.
pub(super) fn reap(place: &Place, stop: &AtomicBool, mut chance: Chance) -> Result<(), String> {
    let counts = place.counts.clone();
    let failed = |e: String| {
        counts.break_off();
        Err(e)
    };
    while !stop.load(Ordering::Relaxed) {
        nap(stop, 1_500 + chance.below(9_000));
        for host in [&place.district, &place.hub] {
            if host.gone() {
                return failed(format!("{} ended by itself", host.data.display()));
            }
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (host, kills) = if chance.percent(55) {
            (&place.district, &counts.kills_district)
        } else {
            (&place.hub, &counts.kills_hub)
        };
        host.kill();
        kills.fetch_add(1, Ordering::Relaxed);
        if chance.percent(60) {
            nap(stop, chance.below(3_000));
        }
        // Now and then it is killed while it starts.
        if chance.percent(15) {
            let starting = thread::scope(|scope| {
                let start = scope.spawn(|| host.start());
                thread::sleep(Duration::from_millis(chance.below(400) as u64));
                host.kill();
                kills.fetch_add(1, Ordering::Relaxed);
                start.join()
            });
            drop(starting);
            host.kill();
        }
        if let Err(e) = host.start() {
            return failed(e);
        }
    }
    Ok(())
}
