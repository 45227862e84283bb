//! The edge of the program: the clock, the terminal, the person at it.

use crate::error::CliError;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    fmt,
    io::{ErrorKind, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

/// Something on standard output was lost, and not because its reader had enough.
static LOST: AtomicBool = AtomicBool::new(false);

/// As in the standard library, but whoever reads may stop reading (`| head -1`): that is no fault, and no panic.
macro_rules! println {
    ($($part:tt)*) => { crate::edge::line(format_args!($($part)*)) };
}

/// One line on standard output.
pub fn line(text: fmt::Arguments<'_>) {
    if let Err(error) = put_line(text)
        && !LOST.swap(true, Ordering::Relaxed)
    {
        eprintln!("lawang: standard output cannot be written: {error}");
    }
}

fn put_line(text: fmt::Arguments<'_>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    enough(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// A reader that closed its end has what it wanted.
pub fn enough(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Whether everything that was to be printed was printed.
pub fn all_printed() -> bool {
    !LOST.load(Ordering::Relaxed)
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods)] // This is the edge: everything below is told the time.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// A bar on a terminal, nothing elsewhere.
pub fn bar(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(what)
}

/// One JSON document on standard output.
pub fn print_json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string(value)
        .map_err(|error| CliError::new("internal", error.to_string()))?;
    put_line(format_args!("{text}")).map_err(|error| {
        CliError::new(
            "cannot_write",
            format!("standard output cannot be written: {error}"),
        )
    })
}

/// The account that runs the program, for the log of reveals.
pub fn account() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// RFC 3339, UTC.
pub fn rfc3339(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(chrono::DateTime::from_timestamp_millis)
        .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .unwrap_or_default()
}
