//! Running other programs.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use crate::{Failure, place};

/// A program to be run in the checkout, without input, and without the variables that cargo set for
/// this program: a nested cargo must see what it would see when typed by hand, or it rebuilds.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(place::root()).stdin(Stdio::null());
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(&variable);
        }
    }
    command
}

/// cargo itself.
pub fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// npm in a folder of the checkout.
pub fn npm(folder: &Path) -> Command {
    let mut npm = program("npm");
    npm.current_dir(folder);
    npm
}

/// A program that needs a display, on a virtual one.
pub fn on_virtual_display(name: impl AsRef<OsStr>) -> Command {
    let mut xvfb = program("xvfb-run");
    xvfb.args(["-a", "-s", "-screen 0 1400x1000x24"]).arg(name);
    // No desktop, so no accessibility service to wait for, and no Wayland to prefer.
    xvfb.env("NO_AT_BRIDGE", "1").env_remove("WAYLAND_DISPLAY");
    xvfb.env("GDK_BACKEND", "x11");
    xvfb
}

/// The command as it would be typed.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| {
        let word = word.to_string_lossy();
        if word.contains(' ') {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    }));
    words.join(" ")
}

/// Runs it and shows its output. The error says which command ended how.
pub fn run(mut command: Command) -> Result<(), Failure> {
    let name = shown(&command);
    let status = command
        .status()
        .map_err(|error| format!("`{name}` could not be started: {error}."))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{name}` ended with {status}."))
    }
}

/// Runs it, shows its output, and hands each line of it to `look` as well.
pub fn run_watched(mut command: Command, mut look: impl FnMut(&str)) -> Result<(), Failure> {
    let name = shown(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{name}` could not be started: {error}."))?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            let _ = std::io::stdout().flush();
            look(text.trim_end());
            line.clear();
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("`{name}` was lost: {error}."))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{name}` ended with {status}."))
    }
}

/// Runs it quietly; what it said is shown only if it fails.
pub fn run_quietly(mut command: Command) -> Result<(), Failure> {
    let name = shown(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{name}` could not be started: {error}."))?;
    let mut errors = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(errors) = errors.as_mut() {
            let _ = errors.read_to_end(&mut text);
        }
        text
    });
    let mut said = Vec::new();
    if let Some(mut output) = child.stdout.take() {
        let _ = output.read_to_end(&mut said);
    }
    said.extend(reader.join().unwrap_or_default());
    let status = child
        .wait()
        .map_err(|error| format!("`{name}` was lost: {error}."))?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    let tail = lines[lines.len().saturating_sub(40)..].join("\n");
    Err(format!("{tail}\n`{name}` ended with {status}."))
}

/// Its standard output, trimmed; `None` if it cannot be run or fails.
pub fn answer(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
