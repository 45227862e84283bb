//! A backup rewritten: opened, worked on, sealed anew under another key; the old file's key is destroyed.

use super::{
    Manifest, Scratch, beside,
    container::Opening,
    folder_of,
    restore::{ScratchFolder, unpack},
    sync_folder, write,
};
use crate::{
    error::{Result, ServerError},
    moment::moment,
    server::{Options, Server},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Write},
    path::Path,
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

/// Names beside a backup while it is worked on; what a kill leaves under them is found by the backup's id.
const OPEN: &str = "open";
const COPY: &str = "db";
const NEW: &str = "new";
const OLD: &str = "old";
const PART: &str = "part";

/// Takes away what a kill left beside a backup; true when there was anything. An old file that was replaced, and whose key
/// was not destroyed yet, loses it first.
pub(crate) fn clear_leftovers(file: &Path, id: &[u8; 16]) -> Result<bool> {
    let id = uuid::Uuid::from_bytes(*id);
    let mut found = false;
    let old = beside(file, &id, OLD);
    if old.exists() {
        destroy_key(&old)?;
        found = true;
    }
    for end in [OLD, COPY, NEW, PART] {
        match fs::remove_file(beside(file, &id, end)) {
            Ok(()) => found = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    match fs::remove_dir_all(beside(file, &id, OPEN)) {
        Ok(()) => found = true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(found)
}

fn destroy_key(file: &Path) -> Result<()> {
    let mut old = OpenOptions::new().write(true).open(file)?;
    old.write_all(&[0; HEADER])?;
    old.sync_all()?;
    Ok(())
}

/// Opens a backup of this server aside, lets `work` change it, and puts the result in its place.
pub(crate) fn repack(
    server: &Server,
    file: &Path,
    work: &dyn Fn(&Server) -> Result<usize>,
    now: u64,
) -> Result<Repacked> {
    let key = server.store.key()?;
    let id = Opening::begin(BufReader::new(File::open(file)?), &key)?.id;
    let mark = uuid::Uuid::from_bytes(id);
    clear_leftovers(file, &id)?;
    let aside = ScratchFolder(beside(file, &mark, OPEN));
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
    let copy = Server::open_copy(
        &aside.0,
        &Options {
            key_file: Some(key_file.clone()),
            ..Options::default()
        },
    )?;
    let worked = work(&copy)?;
    if worked == 0 {
        return Ok(Repacked { id, worked });
    }
    let head = copy
        .store
        .write(|tx| crate::evidence::seal(&copy, tx, now))?;
    let database = Scratch(beside(file, &mark, COPY));
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
    let new = Scratch(beside(file, &mark, NEW));
    let place = copy.photos.place();
    write(&new.0, &key, &fresh, &manifest, &database.0, place)?;
    drop(copy);
    // The old file stays in reach under a second name while the new one takes its place in one step. So there is a whole
    // backup under this name at every moment, and only after that is the old one's key destroyed; after a kill in between
    // the second name says what is left to do. Where there are no second names (memory cards), it stays open instead.
    let old = Scratch(beside(file, &mark, OLD));
    let linked = fs::hard_link(file, &old.0).is_ok();
    let mut open = OpenOptions::new().write(true).open(file)?;
    moment("two names");
    fs::rename(&new.0, file)?;
    sync_folder(folder_of(file))?;
    moment("the new file");
    if linked {
        destroy_key(&old.0)?;
    } else {
        open.write_all(&[0; HEADER])?;
        open.sync_all()?;
    }
    moment("the old key");
    Ok(Repacked { id, worked })
}
