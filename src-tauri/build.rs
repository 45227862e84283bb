//! Embeds the screens and generates the permission of the one command.

use std::{fs, path::Path};

/// Shown when the screens were never built. A check of the Rust code (`cargo clippy`) must not need
/// npm, but Tauri embeds `ui/dist` while it compiles, so there has to be something.
const PLACEHOLDER: &str = include_str!("placeholder.html");

fn main() {
    let dist = Path::new("../ui/dist");
    let index = dist.join("index.html");
    if !index.exists() {
        fs::create_dir_all(dist).expect("ui/dist can be created");
        fs::write(&index, PLACEHOLDER).expect("ui/dist/index.html can be written");
        println!(
            "cargo:warning=ui/dist was missing, so a placeholder page is embedded; run `npm ci && npm run build` in ui (or `cargo xtask run`) for the screens"
        );
    }
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=placeholder.html");
    println!("cargo:rerun-if-changed=examples/empty-window");

    // Naming the commands turns Tauri's default (every command open to every page) into a list:
    // the capability file must grant `allow-call`, and there is nothing else to grant.
    let commands = tauri_build::AppManifest::new().commands(&["call"]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("the window could not be prepared: {error:#}");
    }
}
