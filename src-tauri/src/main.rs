//! The desktop program: reads the command line and opens the window.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match lawang_window::arguments::parse(std::env::args_os().skip(1)) {
        Ok(lawang_window::arguments::Wish::Open { data }) => match lawang_window::open(data) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("{reason}");
                ExitCode::FAILURE
            }
        },
        Ok(lawang_window::arguments::Wish::Print(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}\n\n{}", lawang_window::arguments::USAGE);
            ExitCode::from(2)
        }
    }
}
