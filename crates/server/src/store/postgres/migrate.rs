//! Brings a database to this program's version, one frozen file after the other.

use super::session::Session;
use crate::error::{Result, ServerError};
use sha2::{Digest, Sha256};

/// Name and text of every version.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "0001_district.sql",
        include_str!("../../../../../schema/server/postgres/0001_district.sql"),
    ),
    (
        "0002_restriction.sql",
        include_str!("../../../../../schema/server/postgres/0002_restriction.sql"),
    ),
    (
        "0003_findings.sql",
        include_str!("../../../../../schema/server/postgres/0003_findings.sql"),
    ),
    (
        "0004_moves.sql",
        include_str!("../../../../../schema/server/postgres/0004_moves.sql"),
    ),
    (
        "0005_rules.sql",
        include_str!("../../../../../schema/server/postgres/0005_rules.sql"),
    ),
    (
        "0006_old_beginnings.sql",
        include_str!("../../../../../schema/server/postgres/0006_old_beginnings.sql"),
    ),
    (
        "0007_photo_offers.sql",
        include_str!("../../../../../schema/server/postgres/0007_photo_offers.sql"),
    ),
];

/// Which versions were applied, and that their files are still the same.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS store_version (
    number bigint PRIMARY KEY,
    file   text COLLATE \"C\" NOT NULL,
    sha256 text COLLATE \"C\" NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
)";

/// In one transaction, which holds the lock of those who write: of several processes that start at once one does it.
///
/// # Errors
/// `newer_store` when a newer program was here, `other_store` when a version is not the one that this program knows,
/// or when the database holds something else.
pub(super) fn run(session: &mut Session, files: &[(&str, &str)]) -> Result<()> {
    session.batch(super::BEGIN_WRITE)?;
    let done = apply(session, files);
    session.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn apply(session: &mut Session, files: &[(&str, &str)]) -> Result<()> {
    if !session.exists("store_version")? && session.tables()? > 0 {
        return Err(ServerError::refused(
            "other_store",
            "the database holds tables of something else",
        )
        .hint("make a database for Lawang alone: createdb --encoding UTF8 --template template0 lawang"));
    }
    session.batch(TABLE)?;
    let found = session.versions()?;
    if found.len() > files.len() {
        return Err(ServerError::refused(
            "newer_store",
            format!(
                "the store is of version {}, this program knows {}",
                found.len(),
                files.len()
            ),
        )
        .hint("use the newer program that wrote it"));
    }
    for (at, (name, text)) in files.iter().enumerate() {
        let sum = hex::encode(Sha256::digest(text));
        match found.get(at) {
            Some(before) if *before == sum => {}
            Some(_) => {
                return Err(ServerError::refused(
                    "other_store",
                    format!("{name} was another file when it was applied to this database"),
                )
                .hint("use the program that made this database"));
            }
            None => {
                session.batch(text)?;
                session.note_version(at + 1, name, &sum)?;
            }
        }
    }
    Ok(())
}
