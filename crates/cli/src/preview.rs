//! `lawang form preview`: a questionnaire as enumerators will see it, in a browser on this machine. The
//! record is empty and in memory; nothing is kept, nothing is sent.

use crate::{device::ui, error::CliError, form::name};
use lawang_app::Loaded;
use lawang_forms::{Files, Problem, check_with, compile_with, written};
use lawang_ipc::Host;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

/// Lists and trees that a questionnaire reads answers from.
const DATA: &[&str] = &["csv", "xml", "geojson"];
/// Largest list that is read.
const MAX_DATA: u64 = 64 * 1024 * 1024;
/// Largest picture, sound or film.
const MAX_MEDIA: u64 = 25 * 1024 * 1024;
/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(400);

/// What `lawang form preview` is told.
#[derive(clap::Args)]
pub struct PreviewArgs {
    /// XLSForm (.xlsx, .xls, CSV) or ODK XForm (.xml).
    file: PathBuf,
    /// Folder of the lists and media that it names; where FILE is by default.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// A loopback address.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Do not open the browser.
    #[arg(long)]
    no_open: bool,
    /// Show it in a frame of this width in pixels, such as 360 for a phone.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(240..=3840))]
    width: Option<u32>,
}

/// A questionnaire's file and the folder of the files that it names.
pub struct Source {
    file: PathBuf,
    dir: PathBuf,
}

/// When files were last written, and how long they are.
type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Source {
    /// `dir`: where the files are that it names; beside it by default.
    pub fn new(file: &Path, dir: Option<&Path>) -> Self {
        let beside = file.parent().unwrap_or(Path::new(""));
        let beside = if beside.as_os_str().is_empty() {
            Path::new(".")
        } else {
            beside
        };
        Self {
            file: file.to_owned(),
            dir: dir.unwrap_or(beside).to_owned(),
        }
    }

    /// The lists in the folder. The questionnaire itself, which may be CSV or XML, is none.
    fn lists(&self) -> Vec<PathBuf> {
        let own = self.file.canonicalize().ok();
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut lists: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| {
                let kind = path.extension().map(|e| e.to_string_lossy().to_lowercase());
                kind.is_some_and(|kind| DATA.contains(&kind.as_str()))
                    && path
                        .metadata()
                        .is_ok_and(|m| m.is_file() && m.len() <= MAX_DATA)
                    && path.canonicalize().ok() != own
            })
            .collect();
        lists.sort();
        lists
    }

    /// All lists of the folder, for a questionnaire to be compiled with.
    pub fn data_files(&self) -> Files {
        let mut files = Files::new();
        for path in self.lists() {
            if let Ok(bytes) = std::fs::read(&path) {
                files.insert(name(&path), bytes);
            }
        }
        files
    }

    /// Adds what the questionnaire names and the folder has; tells whether there was anything.
    fn add_named(&self, names: &[String], files: &mut Files) -> bool {
        let mut found = false;
        for name in names {
            // A name is no way out of the folder.
            if files.get(name).is_some() || name.contains(['/', '\\']) {
                continue;
            }
            let path = self.dir.join(name);
            let fits = path
                .metadata()
                .is_ok_and(|m| m.is_file() && m.len() <= MAX_MEDIA);
            if fits && let Ok(bytes) = std::fs::read(&path) {
                files.insert(name.clone(), bytes);
                found = true;
            }
        }
        found
    }

    /// Reads and compiles everything.
    pub fn load(&self) -> Loaded {
        let file = name(&self.file);
        let bytes = match std::fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) => {
                return Loaded {
                    errors: vec![Problem::new(
                        "cannot_read",
                        format!("The file cannot be read: {error}"),
                    )],
                    file,
                    ..Loaded::default()
                };
            }
        };
        let mut files = self.data_files();
        let mut compiled = compile_with(&bytes, &file, &files);
        if let Ok(good) = &compiled
            && self.add_named(good.form.attachments(), &mut files)
        {
            compiled = compile_with(&bytes, &file, &files);
        }
        match compiled {
            Ok(compiled) => Loaded {
                written: written(&bytes, &file, &files).unwrap_or_default(),
                form: Some(Arc::new(compiled.form)),
                warnings: compiled.warnings,
                errors: Vec::new(),
                files,
                file,
            },
            Err(errors) => Loaded {
                warnings: check_with(&bytes, &file, &files).warnings,
                errors,
                files,
                file,
                ..Loaded::default()
            },
        }
    }

    fn stamp(&self) -> Stamp {
        let mut all = self.lists();
        all.push(self.file.clone());
        all.into_iter()
            .filter_map(|path| {
                let meta = path.metadata().ok()?;
                Some((path, (meta.modified().ok(), meta.len())))
            })
            .collect()
    }

    /// Reads everything again whenever a file was saved. A file that is just being written is given the
    /// time to be finished.
    fn watch(&self, host: &Host) {
        let mut shown = self.stamp();
        let mut before = shown.clone();
        loop {
            thread::sleep(LOOK);
            let now = self.stamp();
            // Programs replace a file by removing it first.
            let settled = now == before && now.contains_key(&self.file);
            if settled && now != shown {
                if let Err(error) = host.app().show_form(self.load()) {
                    tracing::error!(code = error.code, "the form cannot be shown");
                }
                shown.clone_from(&now);
            }
            before = now;
        }
    }
}

/// Serves the preview until the process is ended.
pub fn run(args: &PreviewArgs) -> Result<(), CliError> {
    ui::only_loopback(args.listen)?;
    // A path that is wrong is a wrong call; what stands in the file is the author's business.
    crate::error::read_file(&args.file)?;
    if let Some(dir) = &args.files
        && !dir.is_dir()
    {
        let text = format!("{} is not a folder", dir.display());
        return Err(CliError::new("cannot_read", text));
    }
    let source = Source::new(&args.file, args.files.as_deref());
    let host = Arc::new(Host::preview());
    host.app()
        .show_form(source.load())
        .map_err(|error| CliError::new(error.code, error.detail))?;
    let watched = host.clone();
    thread::spawn(move || source.watch(&watched));
    let frame = args.width.map(frame);
    let page = if frame.is_some() { "frame" } else { "" };
    ui::serve(host, args.listen, frame, |address| {
        if !args.no_open {
            open(&format!("http://{address}/{page}"));
        }
    })
}

/// A page that shows the screens in a frame as wide as a device's.
fn frame(width: u32) -> String {
    let height = width * 16 / 9;
    format!(
        "<!doctype html><html lang=\"id\"><meta charset=\"utf-8\"><title>Lawang {width}</title>\
         <style>body{{margin:0;display:grid;place-items:center;min-height:100vh;background:#444}}\
         iframe{{width:{width}px;height:min({height}px,100vh);border:0;background:#fff}}</style>\
         <iframe src=\"/\" title=\"Lawang\" allow=\"camera;microphone;geolocation\"></iframe></html>"
    )
}

/// Opens the system's browser. Where there is none, the address is on standard output.
fn open(url: &str) {
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "windows") {
        ("cmd", &["/C", "start", ""])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let started = std::process::Command::new(program)
        .args(before)
        .arg(url)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if started.is_err() {
        eprintln!("Open {url} in a browser.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURVEY: &str = "| survey |\n| | type | name | label |\n| | note | hello | Hello |\n\
        | | select_one_from_file towns.csv | town | Town |\n";

    fn folder() -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("form.md");
        std::fs::write(&file, SURVEY).unwrap();
        std::fs::write(dir.path().join("towns.csv"), "name,label\na,Alpha\n").unwrap();
        let source = Source::new(&file, None);
        (dir, source)
    }

    #[test]
    fn lists_beside_the_questionnaire_are_read_and_other_files_are_not() {
        let (dir, source) = folder();
        std::fs::write(dir.path().join("private.pdf"), "no").unwrap();
        let files = source.data_files();
        assert_eq!(files.names().collect::<Vec<_>>(), ["towns.csv"]);
    }

    #[test]
    fn a_questionnaire_that_is_csv_itself_is_no_list() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("form.csv");
        std::fs::write(&file, "survey\n,type,name,label\n,note,a,A\n").unwrap();
        let source = Source::new(&file, None);
        assert!(source.data_files().is_empty());
        assert!(source.load().form.is_some());
    }

    #[test]
    fn a_file_that_is_named_with_a_way_out_of_the_folder_is_not_read() {
        let (dir, source) = folder();
        std::fs::write(dir.path().join("a.png"), "picture").unwrap();
        let mut files = Files::new();
        let names = [
            "../form.md".to_owned(),
            "a.png".to_owned(),
            "none.png".to_owned(),
        ];
        assert!(source.add_named(&names, &mut files));
        assert_eq!(files.names().collect::<Vec<_>>(), ["a.png"]);
    }

    #[test]
    fn a_broken_questionnaire_is_loaded_as_its_problems() {
        let (_dir, source) = folder();
        std::fs::write(&source.file, SURVEY.replace("| note |", "| nothing |")).unwrap();
        let loaded = source.load();
        assert!(loaded.form.is_none());
        assert_eq!(loaded.errors[0].row, Some(3), "{:?}", loaded.errors);
    }
}
