//! Where the questionnaires come from.

use crate::generate::{self, Used};
use crate::rng::Rng;
use crate::run::Wishes;
use crate::sheets::Sheets;
use std::fs;
use std::path::{Path, PathBuf};

/// A questionnaire to compare.
pub struct Source {
    /// Name for reports and `--only`.
    pub name: String,
    /// The workbook on disk.
    pub path: PathBuf,
    /// Its sheets, if it was generated.
    pub sheets: Option<Sheets>,
    /// Large ones get fewer scripts: one of so many.
    pub share: usize,
}

/// All questionnaires of a run.
///
/// # Errors
/// If a file cannot be read or written.
pub fn all(wishes: &Wishes, public: &Path, used: &mut Used) -> Result<Vec<Source>, String> {
    let wanted = |name: &str| wishes.only.as_ref().is_none_or(|only| matches(name, only));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut out = Vec::new();
    for path in workbooks(&root.join("schema/questionnaires"))? {
        let name = stem(&path);
        if wanted(&name) {
            out.push(Source {
                name,
                path,
                sheets: None,
                share: 5,
            });
        }
    }
    for path in below(public)? {
        let name = format!("public-{}", stem(&path));
        if wanted(&name) && out.iter().all(|s: &Source| s.name != name) {
            out.push(Source {
                name,
                path,
                sheets: None,
                share: 3,
            });
        }
    }
    for number in 0..wishes.forms {
        let name = format!("random-{number}");
        if !wanted(&name) {
            continue;
        }
        let sheets = generate::form(wishes.seed, number, used);
        let mut rng = Rng::new(wishes.seed, &format!("file {number}"));
        let table = sheets.markdown().filter(|_| rng.chance(30));
        let (ending, bytes) = match table {
            Some(table) => ("md", table.into_bytes()),
            None => ("xlsx", sheets.xlsx()?),
        };
        let folder = wishes.folder.join("forms").join(&name);
        let path = folder.join(format!("{name}.{ending}"));
        write(&path, &bytes)?;
        for (file, content) in &sheets.files {
            write(&folder.join(file), content.as_bytes())?;
        }
        out.push(Source {
            name,
            path,
            sheets: Some(sheets),
            share: 1,
        });
    }
    Ok(out)
}

/// Writes a file and the folder that it stands in.
///
/// # Errors
/// If the disk says so.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|e| format!("{}: {e}", path.display()))
}

/// `random-1` alone for `random-1`, all of them for `random`.
fn matches(name: &str, only: &str) -> bool {
    name == only || (name.contains(only) && !only.ends_with(|c: char| c.is_ascii_digit()))
}

/// Workbooks in a folder and the folders in it.
fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut all = workbooks(folder)?;
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        all.extend(below(&folder)?);
    }
    Ok(all)
}

fn workbooks(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut all: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "xlsx" || e == "xls"))
        .collect();
    all.sort();
    Ok(all)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}
