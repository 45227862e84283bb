//! Holds the direction of dependencies: what may know what.

use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

/// Lawang's own crates that each crate may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lawang-domain", &[]),
    ("lawang-forms", &["lawang-domain"]),
    ("lawang-prelist", &["lawang-domain"]),
    ("lawang-sample", &["lawang-domain", "lawang-prelist"]),
    ("lawang-matching", &["lawang-domain"]),
    ("lawang-records", &["lawang-domain"]),
    ("lawang-rules", &[]),
    ("lawang-sync", &["lawang-domain"]),
    (
        "lawang-store",
        &["lawang-domain", "lawang-records", "lawang-sync"],
    ),
    (
        "lawang-app",
        &[
            "lawang-domain",
            "lawang-forms",
            "lawang-matching",
            "lawang-records",
            "lawang-rules",
            "lawang-store",
            "lawang-sync",
        ],
    ),
    (
        "lawang-ipc",
        &["lawang-app", "lawang-domain", "lawang-store"],
    ),
    (
        "lawang-server",
        &[
            "lawang-domain",
            "lawang-forms",
            "lawang-matching",
            "lawang-prelist",
            "lawang-records",
            "lawang-rules",
            "lawang-sync",
        ],
    ),
    ("lawang-window", &["lawang-ipc"]),
    (
        "lawang",
        &[
            "lawang-app",
            "lawang-domain",
            "lawang-forms",
            "lawang-ipc",
            "lawang-matching",
            "lawang-prelist",
            "lawang-records",
            "lawang-sample",
            "lawang-server",
            "lawang-store",
            "lawang-sync",
        ],
    ),
];

/// Libraries that only these crates may use.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("automerge", &["lawang-records"]),
    ("tauri", &["lawang-window"]),
    (
        "rusqlite",
        &["lawang-store", "lawang-server", "lawang-tests"],
    ),
    ("postgres", &["lawang-server", "lawang-tests"]),
    ("axum", &["lawang-server", "lawang", "lawang-tests"]),
    ("reqwest", &["lawang-app", "lawang-server", "lawang-tests"]),
    ("calamine", &["lawang-forms"]),
    ("object_store", &["lawang-server"]),
    ("crypto_box", &["lawang-sync"]),
    ("tokio", &["lawang-server", "lawang", "lawang-tests"]),
];

/// Direct dependencies, those of tests left out, by crate.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let mut all = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let names = package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .filter(|d| d["kind"].is_null())
            .map(|d| d["name"].as_str().expect("name").to_owned())
            .collect();
        all.insert(package["name"].as_str().expect("name").to_owned(), names);
    }
    all
}

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    for (name, used) in dependencies() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(n, _)| *n == name) else {
            assert!(
                [
                    "lawang-tests",
                    "lawang-bench-forms",
                    "lawang-bench-matching",
                    "lawang-oracle",
                    "xtask"
                ]
                .contains(&name.as_str()),
                "{name} is new: say in tests/architecture.rs what it may use"
            );
            continue;
        };
        for dependency in used
            .iter()
            .filter(|d| *d == "lawang" || d.starts_with("lawang-"))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not use {dependency}"
            );
        }
    }
}

#[test]
fn each_large_library_has_one_place() {
    for (name, used) in dependencies() {
        for (library, places) in ONLY_IN {
            assert!(
                !used.iter().any(|d| d == library) || places.contains(&name.as_str()),
                "{name} must not use {library}: it belongs to {places:?}"
            );
        }
    }
}

#[test]
fn only_one_file_of_the_screens_knows_the_window() {
    let ui = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src");
    let mut found = Vec::new();
    let mut open = vec![std::path::PathBuf::from(ui)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("ui/src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|t| t.contains("@tauri-apps/")) {
                found.push(
                    path.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    assert_eq!(found, ["tauri.ts"]);
}

#[test]
fn only_the_store_of_the_server_knows_an_engine() {
    let server = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/server/src");
    let mut found = Vec::new();
    let mut open = vec![std::path::PathBuf::from(server)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("crates/server/src").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("src/store") {
                open.push(path);
            } else if !path.ends_with("erase/kills.rs")
                // Tests that look into the files as a thief would.
                && std::fs::read_to_string(&path)
                    .is_ok_and(|t| t.contains("rusqlite") || t.contains("postgres::"))
            {
                found.push(path);
            }
        }
    }
    assert_eq!(found, Vec::<std::path::PathBuf>::new());
}
