//! A backup rewritten: opened, worked on, sealed anew under another key; the old file's key is destroyed.

use super::{
    DATABASE, Manifest, Scratch, beside, folder_of,
    restore::{ScratchFolder, unpack},
    sync_folder, write,
};
use crate::{
    error::{Result, ServerError},
    server::{Options, Server},
};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// What came of it.
pub(crate) struct Repacked {
    /// The backup's id, as before.
    pub id: [u8; 16],
    /// What the work gave; 0: nothing was changed, the file is as it was.
    pub worked: usize,
}

/// Bytes at the beginning of a backup that hold its key.
const HEADER: usize = 4096 + 32;

/// Opens a backup of this server aside, lets `work` change it, and puts the result in its place.
pub(crate) fn repack(
    server: &Server,
    file: &Path,
    work: &dyn Fn(&Server) -> Result<usize>,
    now: u64,
) -> Result<Repacked> {
    let key = server.store.key()?;
    let mark = uuid::Uuid::from_bytes(*server.entropy.uuid()?.as_bytes());
    let aside = ScratchFolder(beside(file, &mark, "open"));
    let before = unpack(file, &key, &aside.0)?;
    if before.server != server.id() {
        return Err(ServerError::refused(
            "other_server",
            "this is a backup of another server",
        ));
    }
    // The copy of the database is encrypted with the server's own key; it is laid beside it for as long as this takes.
    let key_file = aside.0.join("server.key");
    fs::write(&key_file, key)?;
    let copy = Server::open(
        &aside.0,
        &Options {
            key_file: Some(key_file.clone()),
        },
    )?;
    let id = *before.id.as_bytes();
    let worked = work(&copy)?;
    if worked == 0 {
        return Ok(Repacked { id, worked });
    }
    let head = copy
        .store
        .write(|tx| crate::evidence::seal(&copy, tx, now))?;
    let database = Scratch(beside(file, &mark, "db"));
    copy.store.copy_to(&database.0)?;
    let files = copy.listed(&database.0)?;
    let mut fresh = server.fresh()?;
    fresh.id = id;
    let manifest = Manifest {
        position: head.position,
        entry: hex::encode(head.entry),
        store_version: crate::STORE_VERSION,
        files,
        ..before
    };
    let source = |name: &str| -> PathBuf {
        if name == DATABASE {
            database.0.clone()
        } else {
            copy.photos.place(name)
        }
    };
    let new = Scratch(beside(file, &mark, "new"));
    write(&new.0, &key, &fresh, &manifest, &source)?;
    drop(copy);
    // The old bytes stay in reach through the open file while the new one takes its place in one step. So there is a whole
    // backup under this name at every moment, and only after that is the old one's key destroyed.
    let mut old = OpenOptions::new().write(true).open(file)?;
    fs::rename(&new.0, file)?;
    sync_folder(folder_of(file))?;
    old.write_all(&[0; HEADER])?;
    old.sync_all()?;
    Ok(Repacked { id, worked })
}
