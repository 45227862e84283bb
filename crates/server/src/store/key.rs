//! The database key: 32 random bytes in a file of its own, so that a copied database says nothing.

use crate::error::{Result, ServerError};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

/// Reads the key; makes it when there is neither key nor database.
pub(super) fn read_or_make(
    path: &Path,
    database_exists: bool,
    fresh: &dyn Fn() -> Result<[u8; 32]>,
) -> Result<[u8; 32]> {
    if !path.exists() {
        if database_exists {
            return Err(ServerError::refused(
                "missing_server_key",
                format!("the key file {} is not there", path.display()),
            )
            .hint("put it back from your safe copy: without it nobody can read the database"));
        }
        make(path, &fresh()?)?;
    }
    let bytes = fs::read(path)?;
    <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
        ServerError::refused(
            "wrong_server_key",
            format!("{} does not hold a key of 32 bytes", path.display()),
        )
    })
}

/// Written aside and linked into place: another process sees the whole key or none, and the first wins.
fn make(path: &Path, key: &[u8; 32]) -> Result<()> {
    let aside = path.with_extension(format!("new{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(key)?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
