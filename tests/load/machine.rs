//! What the machine says: time on a core, memory of a process, room on a disk.

use std::{fs, path::Path, process::Command};

/// Nanoseconds that this thread has run on a core so far.
pub fn core_time() -> u64 {
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// A line of `/proc/PID/status`, MB.
fn status(pid: u32, line: &str) -> f64 {
    fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|text| {
            let found = text
                .lines()
                .find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
            found.split_whitespace().next()?.parse::<f64>().ok()
        })
        .map_or(0.0, |kib| kib * 1024.0 / 1e6)
}

/// Resident memory of a process now, MB.
pub fn resident(pid: u32) -> f64 {
    status(pid, "VmRSS")
}

/// Its largest so far, MB.
pub fn peak(pid: u32) -> f64 {
    status(pid, "VmHWM")
}

/// Seconds of all cores that a process has used so far.
pub fn used(pid: u32) -> f64 {
    let ticks = |text: &str| -> Option<u64> {
        // Behind the name in parentheses, which may hold spaces: 12th and 13th field from there.
        let rest = text.rsplit_once(')')?.1;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
    };
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|text| ticks(&text))
        .map_or(0.0, |ticks| ticks as f64 / 100.0)
}

/// Free bytes where a folder is, by `df`.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df")
        .args(["--output=avail", "-B1"])
        .arg(folder)
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)?
        .trim()
        .parse()
        .ok()
}

/// What else the machine does, as the kernel says it: processes that want to run, over one minute.
pub fn load_average() -> String {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_default()
}

/// The value below which `percent` of all are; 0 of none.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * percent / 100.0).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}
