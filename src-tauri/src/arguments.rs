//! The few words the program understands on its command line.

use std::{ffi::OsString, path::PathBuf};

/// Printed by `--help` and after a wrong word.
pub const USAGE: &str = "\
Usage: lawang-window [--data DIR]

Opens the Lawang window on the data of one device.

  --data DIR    the device's data directory; else the environment variable LAWANG_DATA,
                else the place this system keeps an application's data
  --version     prints the version
  --help        prints this text

Example: lawang-window --data run-data/device";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    /// Open the window; `data` is the directory named with `--data`, if any.
    Open { data: Option<PathBuf> },
    /// Print this and stop.
    Print(String),
}

/// Reads the arguments after the program's name. The error is one sentence.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Wish, String> {
    let mut data = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let word = argument.to_string_lossy();
        match word.as_ref() {
            "--help" | "-h" => return Ok(Wish::Print(USAGE.to_owned())),
            "--version" | "-V" => {
                return Ok(Wish::Print(format!("Lawang {}", env!("CARGO_PKG_VERSION"))));
            }
            "--data" => match arguments.next() {
                Some(directory) if !directory.is_empty() => data = Some(directory.into()),
                _ => return Err("--data needs a directory.".to_owned()),
            },
            other => match other.strip_prefix("--data=") {
                Some(directory) if !directory.is_empty() => data = Some(directory.into()),
                _ => return Err(format!("{other:?} is not understood.")),
            },
        }
    }
    Ok(Wish::Open { data })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Wish, String> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn without_words_the_window_opens_where_the_system_keeps_data() {
        assert_eq!(parsed(&[]), Ok(Wish::Open { data: None }));
    }

    #[test]
    fn the_directory_may_follow_after_a_space_or_an_equals_sign() {
        let wish = Ok(Wish::Open {
            data: Some("run-data/device".into()),
        });
        assert_eq!(parsed(&["--data", "run-data/device"]), wish);
        assert_eq!(parsed(&["--data=run-data/device"]), wish);
    }

    #[test]
    fn a_missing_directory_and_an_unknown_word_are_refused() {
        for words in [&["--data"][..], &["--data", ""], &["--data="], &["--dta"]] {
            assert!(parsed(words).is_err(), "{words:?} was accepted");
        }
    }

    #[test]
    fn help_and_version_only_print() {
        assert_eq!(parsed(&["--help"]), Ok(Wish::Print(USAGE.to_owned())));
        assert!(
            matches!(parsed(&["--version"]), Ok(Wish::Print(text)) if text.starts_with("Lawang "))
        );
    }
}
