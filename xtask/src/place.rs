//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").or_else(|| env::var_os("CARGO_BUILD_TARGET_DIR"));
    root().join(named.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// The programs of a build (`debug` or `release`).
pub fn programs(profile: &str) -> PathBuf {
    target().join(profile)
}

/// tauri-driver, installed by setup for this checkout alone.
pub fn tauri_driver() -> PathBuf {
    target().join("tools").join("bin").join("tauri-driver")
}

/// Remembers what was done, so that it is not done twice.
pub fn stamp(name: &str) -> PathBuf {
    target().join("xtask").join(name)
}

/// The screens.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// The end-to-end tests.
pub fn e2e() -> PathBuf {
    root().join("tests").join("e2e")
}

/// The first program of this name on the path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
