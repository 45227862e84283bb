//! The program `lawang`: servers, support and tests with the same core as the window.

// First, for its `println!`.
#[macro_use]
mod edge;

mod admin;
mod admin_findings;
mod admin_forms;
mod admin_rules;
mod announce;
mod attachments;
mod beside;
mod device;
mod error;
mod form;
mod hub;
mod matching;
mod moves;
mod nightly;
mod place;
mod preview;
mod restriction;
mod sample;
mod serve;
mod upkeep;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Field data for village welfare registers, offline first.
#[derive(Parser)]
#[command(
    name = "lawang",
    version,
    after_help = "Example: lawang serve --data /srv/lawang --listen 0.0.0.0:8080"
)]
struct Cli {
    /// Print exactly one JSON document; errors as JSON on standard error.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a district server, or a hub between devices and their district.
    Serve(serve::Args),
    /// Write a synthetic village, kecamatan or district.
    SampleData(sample::Args),
    /// Administer a server's data folder, also while the server runs.
    Admin(admin::Args),
    /// Do what the window does, on a device's data folder.
    Device(device::Args),
    /// Check, convert and try questionnaires.
    Form(form::Args),
    /// Find who stands in two places, in any CSV files.
    Match(matching::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // `device set` takes everything behind it as values, a last `--json` included.
    let json = cli.json
        || std::env::args()
            .next_back()
            .is_some_and(|last| last == "--json");
    let done = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::SampleData(args) => sample::run(&args, json),
        Command::Admin(args) => admin::run(args, json),
        Command::Device(args) => device::run(args, json),
        Command::Form(args) => form::run(&args, json),
        Command::Match(args) => matching::run(&args, json),
    };
    match done {
        Ok(()) if edge::all_printed() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(1),
        Err(error) => {
            error.print(json);
            ExitCode::from(1)
        }
    }
}
