//! `lawang admin`: where attachments are, and moving them.

use crate::{
    edge::{bar, print_json},
    error::CliError,
    place::{Place, open_with_photos},
};
use lawang_server::{BucketUrl, MovedAttachments, Server};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Say where attachments are, how many, and which are missing. Exit status 1 if any is missing or damaged.
    #[command(after_help = "Example: lawang admin attachments --verify --data /srv/lawang --json")]
    Attachments {
        /// Read every one and compare it with its hash.
        #[arg(long)]
        verify: bool,
        /// Delete what the database does not name.
        #[arg(long)]
        remove_unknown: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Move attachments from the disk to a bucket of an S3-compatible store, or back, also while the server runs. Each is
    /// read back and compared with its hash. Again carries on what broke off. Start the server again afterwards.
    #[command(
        after_help = "Example: AWS_ENDPOINT_URL=https://s3.example.go.id lawang admin move-attachments --to s3://lawang/pringsewu --data /srv/lawang --json"
    )]
    MoveAttachments {
        /// The bucket, or `disk`.
        #[arg(long, value_name = "s3://BUCKET/PREFIX")]
        to: String,
        /// Also delete the copies in the old place, each that was proved in the new one.
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// Moves attachments and shows how far it is.
pub fn carry(
    server: &Server,
    to: Option<&BucketUrl>,
    remove: bool,
) -> Result<MovedAttachments, CliError> {
    let bar = bar("attachments");
    let report = server.move_attachments(to, remove, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(report)
}

/// Carries a command out.
pub fn run(command: Command, json: bool) -> Result<(), CliError> {
    match command {
        Command::Attachments {
            verify,
            remove_unknown,
            place,
        } => look(&open_with_photos(&place)?, verify, remove_unknown, json),
        Command::MoveAttachments { to, remove, place } => {
            let bucket = match to.as_str() {
                "disk" => None,
                url => Some(url.parse::<BucketUrl>()?),
            };
            let report = carry(&open_with_photos(&place)?, bucket.as_ref(), remove)?;
            moved(&report, json)
        }
    }
}

fn moved(report: &MovedAttachments, json: bool) -> Result<(), CliError> {
    if json {
        return print_json(report);
    }
    println!(
        "{} attachments ({} bytes) are in {}, each compared with its hash; {} were copied, {} old copies deleted",
        report.proved, report.bytes, report.to, report.copied, report.deleted
    );
    for hash in &report.missing {
        eprintln!("was nowhere: {hash}; a device that has it sends it again");
    }
    for hash in &report.damaged {
        eprintln!("is damaged and stays where it was: {hash}");
    }
    for place in &report.left {
        eprintln!("copies are still in: {place}; the same command with --remove deletes them");
    }
    Ok(())
}

fn look(server: &Server, verify: bool, remove: bool, json: bool) -> Result<(), CliError> {
    let report = server.attachments(verify, remove)?;
    if json {
        print_json(&report)?;
    } else {
        println!(
            "{} attachments ({} bytes) in {}; {} unfinished; {} unknown, {} of them deleted",
            report.whole,
            report.bytes,
            report.place,
            report.unfinished,
            report.unknown,
            report.deleted
        );
        for place in &report.left {
            println!("copies may still be in: {place}");
        }
        for (what, list) in [("missing", &report.missing), ("damaged", &report.damaged)] {
            list.iter().for_each(|hash| println!("{what}: {hash}"));
        }
    }
    match report.missing.len() + report.damaged.len() {
        0 => Ok(()),
        count => Err(CliError::new(
            "attachments_missing",
            format!("{count} attachments are missing or damaged"),
        )
        .hint("devices that have a missing one send it again; put damaged ones back from a copy")),
    }
}
