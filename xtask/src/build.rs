//! Building: the screens first, because the window embeds them.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::Hasher,
    path::{Path, PathBuf},
};

use crate::{Failure, place, setup, shell, steps::Steps};

/// `cargo xtask build`.
pub fn everything() -> Result<(), Failure> {
    setup::install()?;
    let mut steps = Steps::new(2);
    steps.step("Build the screens", screens)?;
    steps.step("Build the programs", programs)?;
    println!(
        "\nThe programs are in {}. Next: `cargo xtask run`.",
        place::programs("debug").display()
    );
    Ok(())
}

/// `npm run build` in ui, unless nothing changed since the last time.
pub fn screens() -> Result<String, Failure> {
    let ui = place::ui();
    let stamp = place::stamp("screens");
    let index = ui.join("dist").join("index.html");
    let state = fingerprint(&ui)?;
    let built =
        fs::read_to_string(&index).is_ok_and(|page| !page.contains("data-lawang-placeholder"));
    if built && fs::read_to_string(&stamp).is_ok_and(|last| last == state) {
        return Ok("unchanged".to_owned());
    }
    let mut build = shell::npm(&ui);
    build.args(["run", "--silent", "build"]);
    shell::run_quietly(build)?;
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| format!("{} could not be made: {error}.", folder.display()))?;
    }
    fs::write(&stamp, state)
        .map_err(|error| format!("{} could not be written: {error}.", stamp.display()))?;
    Ok("built".to_owned())
}

/// `cargo build --workspace`: always this form, because another choice of packages is another choice
/// of features, and that rebuilds dependencies.
pub fn programs() -> Result<String, Failure> {
    let mut build = shell::cargo();
    build.args(["build", "--workspace"]);
    shell::run(build)?;
    Ok("built".to_owned())
}

/// Programs with which is measured. Of the whole workspace, so that they all share what they are built of: chosen by
/// package, each would build it once more with other features.
pub fn optimised(programs: &[&str]) -> Result<String, Failure> {
    let mut cargo = shell::cargo();
    cargo.args(["build", "--profile", "measure", "--workspace"]);
    cargo.args(programs);
    shell::run(cargo).map(|()| String::new())
}

/// `cargo xtask bindings`.
pub fn bindings() -> Result<(), Failure> {
    let mut test = shell::cargo();
    test.args([
        "test",
        "--quiet",
        // By package, everything would be built once more with other features.
        "--workspace",
        "--lib",
        "the_typescript_of_the_screens",
    ]);
    test.env("LAWANG_WRITE_BINDINGS", "1");
    shell::run_quietly(test)?;
    println!(
        "ui/src/ipc/types.ts is written. Next: `cargo xtask test screens` shows where the screens no longer fit."
    );
    Ok(())
}

/// A word that changes when a file changes that the screens are built from.
fn fingerprint(ui: &Path) -> Result<String, Failure> {
    let mut files = Vec::new();
    collect(ui, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write(
            &fs::read(file)
                .map_err(|error| format!("{} could not be read: {error}.", file.display()))?,
        );
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error| format!("{} could not be read: {error}.", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !["node_modules", "dist", "tests", "coverage"]
                .contains(&entry.file_name().to_string_lossy().as_ref())
            {
                collect(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
