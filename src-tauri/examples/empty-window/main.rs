//! The smallest Tauri program that calls Rust: what the start of Lawang is measured against.

use lawang_window::start_time::StartTime;
use tauri::{State, WebviewWindowBuilder};

#[tauri::command]
async fn call(start_time: State<'_, StartTime>) -> Result<(), ()> {
    start_time.rust_answered();
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "what Tauri generates names process::exit"
)]
fn main() -> Result<(), tauri::Error> {
    let start_time = StartTime::from_environment();
    tauri::Builder::default()
        .manage(start_time.clone())
        .invoke_handler(tauri::generate_handler![call])
        .setup(move |app| {
            for config in &app.config().app.windows {
                start_time
                    .watch(WebviewWindowBuilder::from_config(app.handle(), config)?)
                    .build()?;
            }
            Ok(())
        })
        .run(tauri::generate_context!(
            "examples/empty-window/tauri.conf.json"
        ))
}
