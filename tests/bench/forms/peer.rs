//! The same measurements in npm `@getodk/xforms-engine`, on the XForm that pyxform makes of the same workbook.
//! `cargo xtask bench` installs both.

use crate::ours::{Measured, read};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where the packages of the peer are.
pub struct Peer {
    dir: PathBuf,
}

impl Peer {
    /// The peer in the folder that `LAWANG_BENCH_PEERS` names.
    ///
    /// # Errors
    /// If it is not installed there: what to say about it.
    pub fn find() -> Result<Self, String> {
        let dir = std::env::var_os("LAWANG_BENCH_PEERS")
            .map(PathBuf::from)
            .ok_or("LAWANG_BENCH_PEERS does not name the folder of the other engine")?;
        let peer = Self { dir };
        for needed in [
            peer.converter(),
            peer.dir.join("node_modules/@getodk/xforms-engine"),
        ] {
            if !needed.exists() {
                return Err(format!("{} is missing", needed.display()));
            }
        }
        Ok(peer)
    }

    fn converter(&self) -> PathBuf {
        self.dir.join("python/bin/xls2xform")
    }

    /// The workbook as XForm XML; kept from one run to the next, because 91,000 choices take minutes.
    fn convert(&self, name: &str, workbook: &[u8]) -> Result<PathBuf, String> {
        let (from, to) = (
            self.dir.join(format!("{name}.xlsx")),
            self.dir.join(format!("{name}.xml")),
        );
        if to.exists() && fs::read(&from).is_ok_and(|old| old == workbook) {
            return Ok(to);
        }
        let _ = fs::remove_file(&to);
        fs::write(&from, workbook).map_err(|e| format!("{}: {e}", from.display()))?;
        let mut converter = Command::new(self.converter());
        converter.arg("--skip_validate").arg(&from).arg(&to);
        said(&mut converter)?;
        if to.exists() {
            Ok(to)
        } else {
            Err("pyxform wrote no file".to_owned())
        }
    }

    /// Runs a scenario in a process of its own.
    ///
    /// # Errors
    /// If the workbook cannot be converted, or the other engine fails.
    pub fn measure(
        &self,
        scenario: &str,
        workbook: &[u8],
        rounds: usize,
    ) -> Result<Measured, String> {
        let form = self.convert(scenario, workbook)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/measure.mjs");
        let mut node = Command::new("node");
        // Room for a document of 90,000 choices; without it the process ends before it has read them.
        node.arg("--max-old-space-size=8192")
            .arg(script)
            .arg(scenario)
            .arg(&form)
            .arg(rounds.to_string());
        node.current_dir(&self.dir);
        let output = said(&mut node)?;
        read(&output).ok_or_else(|| "node wrote no measurement".to_owned())
    }
}

/// Standard output of a program that must succeed.
fn said(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = errors.lines().collect();
    Err(format!(
        "{}: {}",
        output.status,
        lines[lines.len().saturating_sub(5)..].join(" / ")
    ))
}
