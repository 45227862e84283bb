//! The demonstration: everything a visit needs, on one machine.

use std::{env, path::PathBuf};

use crate::{Failure, build, place, setup, shell, steps::Steps};

/// What was asked for on the command line.
pub struct Wishes {
    headless: bool,
    size: String,
    data: PathBuf,
}

impl Wishes {
    /// Reads `[--headless] [--size SIZE] [--data DIR]`.
    pub fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut wishes = Self {
            headless: !has_display(),
            size: "village".to_owned(),
            data: place::root().join("run-data"),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value."));
            match word.as_str() {
                "--headless" => wishes.headless = true,
                "--size" => wishes.size = value()?.clone(),
                "--data" => wishes.data = env::current_dir().unwrap_or_default().join(value()?),
                _ => {
                    return Err(format!(
                        "{word:?} is not understood; `cargo xtask help` says what is."
                    ));
                }
            }
        }
        if !["village", "kecamatan", "district"].contains(&wishes.size.as_str()) {
            return Err(format!(
                "--size is village, kecamatan or district, not {:?}.",
                wishes.size
            ));
        }
        Ok(wishes)
    }

    /// The same without a display.
    pub fn headless(mut self) -> Self {
        self.headless = true;
        self
    }
}

fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// `cargo xtask run`. The rest of the way is told by tests/e2e/demo.mjs, which shares its steps with
/// the end-to-end tests and can end the server in good order on Ctrl-C.
pub fn run(wishes: Wishes) -> Result<(), Failure> {
    if wishes.headless {
        println!(
            "There is no display (or --headless was said): the window opens under Xvfb and pictures are taken.\n"
        );
    }
    setup::install()?;
    println!();
    let mut steps = Steps::new(2);
    steps.step("Build the screens", build::screens)?;
    steps.step(
        "Build the programs (some minutes the first time)",
        build::programs,
    )?;
    println!();

    let mut demo = if wishes.headless {
        shell::on_virtual_display("node")
    } else {
        shell::program("node")
    };
    demo.arg(place::e2e().join("demo.mjs"));
    demo.args(["--size", &wishes.size, "--data"])
        .arg(&wishes.data);
    if wishes.headless {
        demo.arg("--pictures")
            .arg(place::root().join("screenshots"));
    }
    demo.env("LAWANG_BIN_DIR", place::programs("debug"));
    demo.env("TAURI_DRIVER", place::tauri_driver());
    shell::run(demo).map_err(|_| {
        format!(
            "The demonstration stopped; the lines above say why. Its data is in {}: delete that folder to begin anew.",
            wishes.data.display()
        )
    })
}
