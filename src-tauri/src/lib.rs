//! The shell: a window, the place of the data, and one command that hands requests to the core.
//! There is no logic here; what a request means is decided in `lawang-ipc`.

pub mod arguments;
mod display;
mod host;
pub mod start_time;

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use tauri::{AppHandle, Manager, State, WebviewWindowBuilder};

use host::Host;
use start_time::StartTime;

/// Hands one request of the screens to the core. Shape of request, answer and error: the command
/// list of `lawang-ipc`.
#[tauri::command]
async fn call(
    request: Value,
    host: State<'_, Arc<Host>>,
    start_time: State<'_, StartTime>,
) -> Result<Value, Value> {
    let host = Arc::clone(&host);
    // The core reads, writes and encrypts, so it must not run where the window's events are handled.
    let answer = tauri::async_runtime::spawn_blocking(move || host.call(request)).await;
    start_time.rust_answered();
    match answer {
        Ok(answer) => answer,
        // The panic's own text may name a person, so it stays on this side.
        Err(_) => Err(json!({
            "code": "internal",
            "message": "Terjadi kesalahan di dalam aplikasi. Data yang sudah tersimpan tetap aman.",
            "hint": "Tutup dan buka kembali Lawang. Bila terulang, hubungi petugas kabupaten.",
            "path": null,
        })),
    }
}

/// Opens the window and returns when it was closed. `data` is the directory the user named; without
/// it `LAWANG_DATA` counts, then the system's place for application data.
///
/// The error is a sentence for a terminal.
pub fn open(data: Option<PathBuf>) -> Result<(), String> {
    display::require()?;
    let start_time = StartTime::from_environment();
    tauri::Builder::default()
        .manage(start_time.clone())
        .invoke_handler(tauri::generate_handler![call])
        .setup(move |app| {
            let directory = data_directory(app.handle(), data)?;
            let host = Host::open(directory);
            // Where people look for files; without such a folder, in the data directory.
            let host = match app.path().download_dir() {
                Ok(folder) => host.exporting_to(folder),
                Err(_) => host,
            };
            app.manage(Arc::new(host));
            // The window is made after the core is there: its first request must find it.
            for config in &app.config().app.windows {
                start_time
                    .watch(WebviewWindowBuilder::from_config(app.handle(), config)?)
                    .build()?;
            }
            Ok(())
        })
        .run(context())
        .map_err(|error| format!("The Lawang window could not be opened: {error}."))
}

/// The configuration and the screens, embedded.
#[allow(
    clippy::disallowed_methods,
    reason = "what Tauri generates names process::exit"
)]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// Where this device keeps its data; made if it is not there yet.
fn data_directory(app: &AppHandle, named: Option<PathBuf>) -> Result<PathBuf, String> {
    let from_environment = || {
        std::env::var_os("LAWANG_DATA")
            .filter(|directory| !directory.is_empty())
            .map(PathBuf::from)
    };
    let directory = match named.or_else(from_environment) {
        Some(directory) => directory,
        None => app
            .path()
            .app_data_dir()
            .map_err(|error| format!("this system names no place for application data: {error}"))?,
    };
    std::fs::create_dir_all(&directory).map_err(|error| {
        format!(
            "the data directory {} could not be made: {error}",
            directory.display()
        )
    })?;
    Ok(directory)
}

/// Where Android and iOS enter the program.
#[cfg(mobile)]
#[allow(unsafe_code)]
#[tauri::mobile_entry_point]
fn mobile() {
    if let Err(reason) = open(None) {
        eprintln!("{reason}");
    }
}
