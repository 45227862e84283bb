//! The Android build. It was never linked where the project is made, so it says what it needs.

use std::{fs, path::PathBuf};

use crate::{Failure, place, shell};

const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";
const DESKTOP: &str = "crate-type = [\"rlib\"]";
const ANDROID: &str = "crate-type = [\"rlib\", \"cdylib\"]";

struct Need {
    what: &'static str,
    there: bool,
    how: &'static str,
}

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_dir())
}

fn needs() -> Vec<Need> {
    let mut targets = shell::program("rustup");
    targets.args(["target", "list", "--installed"]);
    vec![
        Need {
            what: "Android SDK with platform 37 (ANDROID_HOME)",
            there: folder("ANDROID_HOME")
                .is_some_and(|sdk| sdk.join("platforms").join("android-37").is_dir()),
            how: "sdkmanager \"platforms;android-37\" \"build-tools;37.0.0\" \"platform-tools\", then set ANDROID_HOME",
        },
        Need {
            what: "Android NDK (NDK_HOME)",
            there: folder("NDK_HOME")
                .is_some_and(|ndk| ndk.join("toolchains").join("llvm").is_dir()),
            how: "sdkmanager \"ndk;27.0.12077973\", then set NDK_HOME",
        },
        Need {
            what: "Java 17 or newer",
            there: place::on_path("java").is_some() || folder("JAVA_HOME").is_some(),
            how: "apt-get install openjdk-17-jdk-headless",
        },
        Need {
            what: "Rust for 64-bit ARM Android",
            there: shell::answer(targets)
                .is_some_and(|list| list.contains("aarch64-linux-android")),
            how: "rustup target add aarch64-linux-android",
        },
    ]
}

/// `cargo xtask android-info`.
pub fn info() -> Result<(), Failure> {
    let needs = needs();
    for need in &needs {
        println!(
            "{}  {}",
            if need.there { "there  " } else { "missing" },
            need.what
        );
        if !need.there {
            println!("         {}", need.how);
        }
    }
    println!(
        "\nThe Gradle project is src-tauri/gen/android. It has not been linked or run; src-tauri/README.md says what was checked."
    );
    if needs.iter().all(|need| need.there) {
        println!("Next: `cargo xtask android-build`.");
    } else {
        println!("Next: install what is missing, then `cargo xtask android-build`.");
    }
    Ok(())
}

/// `cargo xtask android-build`.
pub fn build() -> Result<(), Failure> {
    if let Some(need) = needs().iter().find(|need| !need.there) {
        return Err(format!(
            "{} is missing: {}. `cargo xtask android-info` lists everything.",
            need.what, need.how
        ));
    }
    let manifest = place::root().join("src-tauri").join("Cargo.toml");
    let desktop = fs::read_to_string(&manifest)
        .map_err(|error| format!("{} could not be read: {error}.", manifest.display()))?;
    if !desktop.contains(DESKTOP) {
        return Err(format!(
            "{} no longer says `{DESKTOP}`; this task has to follow it.",
            manifest.display()
        ));
    }
    let write = |text: &str| {
        fs::write(&manifest, text)
            .map_err(|error| format!("{} could not be written: {error}.", manifest.display()))
    };
    write(&desktop.replacen(DESKTOP, ANDROID, 1))?;
    let mut tauri = shell::program("npx");
    tauri.args([
        "--yes", TAURI_CLI, "android", "build", "--apk", "--target", "aarch64",
    ]);
    let outcome = shell::run(tauri);
    write(&desktop)?;
    outcome?;
    println!(
        "The APK is under src-tauri/gen/android/app/build/outputs/apk. Next: `adb install` it on a device."
    );
    Ok(())
}
