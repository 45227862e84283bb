//! A peer that runs in Node: its own server program, and a driver that is told what to do in lines of JSON.

use crate::{
    input::{Input, Visit},
    peer::{Look, Peer, Way},
    proxy::Proxy,
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Which peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    PouchDb,
    Automerge,
}

/// Its processes. They end with this value.
pub struct Node {
    kind: Kind,
    server: Child,
    address: SocketAddr,
    driver: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    waited: f64,
    why: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        for child in [&mut self.driver, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Node {
    /// Starts server and driver and puts the register on the server. `modules`: the folder with the installed packages.
    pub fn start(
        kind: Kind,
        modules: &Path,
        folder: &Path,
        input: &Input,
        proxy: &Proxy,
    ) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .map_err(|e| e.to_string())?;
        let log = |name: &str| File::create(folder.join(name)).map_err(|e| e.to_string());
        let packages = modules.join("node_modules");
        let (program, script) = match kind {
            Kind::PouchDb => ("pouchdb-server/bin/pouchdb-server", "pouchdb.mjs"),
            Kind::Automerge => (
                "@automerge/automerge-repo-sync-server/src/index.js",
                "automerge.mjs",
            ),
        };
        let data = folder.join("server");
        std::fs::create_dir_all(&data).map_err(|e| e.to_string())?;
        let mut server = Command::new("node");
        // The sync server of automerge-repo ends when a device goes away in the middle of a document and does not come
        // back within a minute, unless it is told to say so and go on.
        server.arg("--unhandled-rejections=warn");
        server.arg(packages.join(program)).current_dir(&data);
        match kind {
            Kind::PouchDb => {
                let port = address.port().to_string();
                server.args(["--host", "127.0.0.1", "--dir", ".", "--port", &port]);
            }
            Kind::Automerge => {
                server.env("PORT", address.port().to_string());
                server.env("DATA_DIR", &data);
            }
        }
        let server = server
            .stdin(Stdio::null())
            .stdout(log("server.log")?)
            .stderr(log("server-errors.log")?)
            .spawn()
            .map_err(|e| format!("node could not be started: {e}"))?;
        let mut driver = Command::new("node")
            .arg(modules.join(script))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log("driver-errors.log")?)
            .spawn()
            .map_err(|e| format!("node could not be started: {e}"))?;
        let (Some(to), Some(from)) = (driver.stdin.take(), driver.stdout.take()) else {
            return Err("the driver has no pipes".to_owned());
        };
        let mut node = Self {
            kind,
            server,
            address,
            driver,
            to,
            from: BufReader::new(from),
            waited: 0.0,
            why: String::new(),
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err(format!(
                    "{} does not listen; see {}",
                    node.name(),
                    folder.display()
                ));
            }
            thread::sleep(Duration::from_millis(50));
        }
        let documents: PathBuf = folder.join("register.json");
        let text = serde_json::to_vec(&input.documents()).map_err(|e| e.to_string())?;
        std::fs::write(&documents, text).map_err(|e| e.to_string())?;
        node.ask(&json!({
            "do": "seed",
            "server": address.to_string(),
            "link": proxy.address.to_string(),
            "folder": folder,
            "documents": documents,
        }))?;
        Ok(node)
    }

    fn ask(&mut self, what: &Value) -> Result<Value, String> {
        let gone = |e: std::io::Error| format!("the driver is gone: {e}");
        writeln!(self.to, "{what}").map_err(gone)?;
        let mut line = String::new();
        self.from.read_line(&mut line).map_err(gone)?;
        let answer: Value = serde_json::from_str(&line)
            .map_err(|_| format!("the driver of {} ended; see driver-errors.log", self.name()))?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }
}

fn edits(visits: &[Visit]) -> Value {
    let visit = |visit: &Visit| Value::Array(visit.iter().map(crate::input::Edit::json).collect());
    Value::Array(visits.iter().map(visit).collect())
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    texts
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

impl Peer for Node {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::PouchDb => "PouchDB",
            Kind::Automerge => "automerge-repo",
        }
    }

    fn server(&self) -> Result<SocketAddr, String> {
        Ok(self.address)
    }

    fn device_new(&mut self, name: &str) -> Result<(), String> {
        self.ask(&json!({ "do": "device", "name": name })).map(drop)
    }

    fn edit(&mut self, name: &str, visits: &[Visit], _: &[i64]) -> Result<(), String> {
        self.ask(&json!({ "do": "edit", "name": name, "visits": edits(visits) }))
            .map(drop)
    }

    fn sync(&mut self, name: &str, way: Way, limit: Duration) -> Result<bool, String> {
        let way = match way {
            Way::Up => "up",
            Way::Down => "down",
            Way::Both => "both",
            Way::Settle => "settle",
        };
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let answer =
            self.ask(&json!({ "do": "sync", "name": name, "way": way, "limit": limit }))?;
        self.waited = answer["waited"].as_f64().unwrap_or(0.0);
        self.why = answer["why"].as_str().unwrap_or_default().to_owned();
        Ok(answer["finished"].as_bool() == Some(true))
    }

    fn look(&mut self, name: &str, visits: &[Visit]) -> Result<Vec<Look>, String> {
        let answer = self.ask(&json!({ "do": "look", "name": name, "visits": edits(visits) }))?;
        let looks = answer["looks"].as_array().into_iter().flatten();
        Ok(looks
            .map(|look| Look {
                shown: look["shown"].as_str().unwrap_or_default().to_owned(),
                listed: texts(&look["listed"]),
                buried: texts(&look["buried"]),
            })
            .collect())
    }

    fn households(&mut self, name: &str) -> Result<usize, String> {
        let answer = self.ask(&json!({ "do": "households", "name": name }))?;
        let count = answer["households"].as_u64().unwrap_or(0);
        Ok(usize::try_from(count).unwrap_or(0))
    }

    fn why(&mut self) -> String {
        self.why.clone()
    }

    fn waited(&mut self) -> f64 {
        std::mem::take(&mut self.waited)
    }
}
