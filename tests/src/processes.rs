//! The real program, as a process.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// The program `lawang` of the build that this test belongs to.
pub fn lawang() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    let program = here
        .ancestors()
        .map(|dir| {
            dir.join(if cfg!(windows) {
                "lawang.exe"
            } else {
                "lawang"
            })
        })
        .find(|path| path.is_file());
    program.unwrap_or_else(|| {
        panic!("the program `lawang` is not built: run `cargo build --workspace` first")
    })
}

/// The PIN of all devices in tests.
pub const PIN: &str = "246813";

/// A command with the test's PIN and without the system's key store.
pub fn command() -> Command {
    let mut command = Command::new(lawang());
    command
        .env("LAWANG_PIN", PIN)
        .env("LAWANG_KEY_STORE", "off")
        // A test that wants hubs on the network says so.
        .env("LAWANG_NEARBY", "off")
        .stdin(Stdio::null());
    command
}

/// Runs to the end.
pub fn run(args: &[&str]) -> Output {
    command()
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("lawang {args:?}: {e}"))
}

/// Runs to the end, wants success, gives the JSON document.
pub fn json(args: &[&str]) -> Value {
    let output = run(args);
    assert!(
        output.status.success(),
        "lawang {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!(
            "lawang {args:?} printed no JSON ({e}): {}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}

/// Runs to the end, wants a refusal, gives its code.
pub fn refused(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(
        output.status.code(),
        Some(1),
        "lawang {args:?} should be refused"
    );
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text
        .lines()
        .rev()
        .find(|l| l.starts_with('{'))
        .unwrap_or_default()
        .to_owned();
    let value: Value =
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON refusal: {text}"));
    value["code"].as_str().unwrap_or_default().to_owned()
}

/// A running server.
pub struct ServerProcess {
    child: Child,
    pub url: String,
}

impl ServerProcess {
    /// Starts `lawang serve` on a data folder. `listen`: an address, or port 0.
    pub fn start(data: &Path, listen: &str) -> Self {
        Self::start_with(data, listen, &[])
    }

    /// The same with further arguments.
    pub fn start_with(data: &Path, listen: &str, more: &[&str]) -> Self {
        Self::start_in(data, listen, more, &[])
    }

    /// The same with variables.
    pub fn start_in(
        data: &Path,
        listen: &str,
        more: &[&str],
        variables: &[(String, String)],
    ) -> Self {
        let mut child = command()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .args(["serve", "--data"])
            .arg(data)
            .args(["--listen", listen])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("serve: {e}"));
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("serve said {line:?}"));
        let url = ready["listening"].as_str().unwrap_or_default().to_owned();
        Self { child, url }
    }

    /// The address without the scheme.
    pub fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
