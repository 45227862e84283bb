//! `lawang form preview`: a questionnaire as enumerators will see it, in a browser on this machine. The
//! record is empty and in memory; nothing is kept, nothing is sent.

use crate::{beside::Source, device::ui, error::CliError, form::name};
use lawang_app::Loaded;
use lawang_forms::{Problem, check_with, compile_with, written};
use lawang_ipc::Host;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(400);

/// What `lawang form preview` is told.
#[derive(clap::Args)]
pub struct PreviewArgs {
    /// XLSForm (.xlsx, .xls, CSV or Markdown) or ODK XForm (.xml).
    file: PathBuf,
    /// Folder of the lists and media that it names; by default where FILE is, and FILE-media.
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

/// When files were last written, and how long they are; a file that is not there has none.
type Stamp = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Reads and compiles everything; also says which files to watch.
fn load(source: &Source) -> (Loaded, Vec<PathBuf>) {
    let file = name(&source.file);
    let mut watched = vec![source.file.clone()];
    let bytes = match std::fs::read(&source.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            let text = format!("The file cannot be read: {error}");
            let loaded = Loaded {
                errors: vec![Problem::new("cannot_read", text)],
                file,
                ..Loaded::default()
            };
            return (loaded, watched);
        }
    };
    let (files, looked) = source.files(&bytes);
    watched.extend(looked);
    let loaded = match compile_with(&bytes, &file, &files) {
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
    };
    (loaded, watched)
}

fn stamp(watched: &[PathBuf]) -> Stamp {
    watched
        .iter()
        .map(|path| {
            let meta = path.metadata().ok();
            let when = meta.and_then(|m| Some((m.modified().ok()?, m.len())));
            (path.clone(), when)
        })
        .collect()
}

/// Reads everything again whenever a file was saved. A file that is just being written is given the time to
/// be finished.
fn watch(host: &Host, source: &Source, mut watched: Vec<PathBuf>, mut shown: Stamp) {
    let mut before = shown.clone();
    loop {
        thread::sleep(LOOK);
        let now = stamp(&watched);
        // Programs replace a file by removing it first.
        let there = now.get(&source.file).is_some_and(Option::is_some);
        if there && now == before && now != shown {
            let loaded;
            (loaded, watched) = load(source);
            if let Err(error) = host.app().show_form(loaded) {
                tracing::error!(code = error.code, "the form cannot be shown");
            }
            // What was saved meanwhile is read again with the next look.
            shown = stamp(&watched);
            for (path, when) in &now {
                shown.insert(path.clone(), *when);
            }
            shown.retain(|path, _| watched.contains(path));
        }
        before = now;
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
    let (loaded, watched) = load(&source);
    let shown = stamp(&watched);
    host.app()
        .show_form(loaded)
        .map_err(|error| CliError::new(error.code, error.detail))?;
    let shared = host.clone();
    thread::spawn(move || watch(&shared, &source, watched, shown));
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

    #[test]
    fn a_broken_questionnaire_is_loaded_as_its_problems_and_its_files_are_watched() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("form.md");
        let survey = "| survey |\n| | type | name | label |\n| | nothing | hello | Hello |\n\
            | | select_one_from_file towns.csv | town | Town |\n";
        std::fs::write(&file, survey).unwrap();
        let source = Source::new(&file, None);
        let (loaded, watched) = load(&source);
        assert!(loaded.form.is_none());
        assert!(
            loaded.errors.iter().any(|e| e.row == Some(3)),
            "{:?}",
            loaded.errors
        );
        assert!(watched.contains(&file));

        std::fs::write(dir.path().join("towns.csv"), "name,label\na,Alpha\n").unwrap();
        std::fs::write(&file, survey.replace("nothing", "note")).unwrap();
        let (loaded, watched) = load(&source);
        assert!(loaded.form.is_some(), "{:?}", loaded.errors);
        assert!(watched.contains(&dir.path().join("towns.csv")));
        let before = stamp(&watched);
        std::fs::write(
            dir.path().join("towns.csv"),
            "name,label\na,Alpha\nb,Beta\n",
        )
        .unwrap();
        assert_ne!(stamp(&watched), before);
    }
}
