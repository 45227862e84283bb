//! Restoring: everything is verified before anything is written.

use super::{DATABASE, MANIFEST, Manifest, container::Opening, folder_of, sync_folder};
use crate::{
    error::{Result, ServerError},
    moment::moment,
    server::{Options, Server},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Component, Path, PathBuf},
};
use uuid::Uuid;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// The backup's id.
    pub id: Uuid,
    /// The server, whose identity and key come back with it.
    pub server: Uuid,
    /// RFC 3339: when the backup was made.
    pub created: String,
    /// Photos in it.
    pub photos: u64,
    /// Rows, changes and entries of the chained log, all recomputed.
    pub rows: u64,
    /// Changes.
    pub changes: u64,
    /// Entries.
    pub entries: u64,
}

fn damaged(what: &str) -> ServerError {
    ServerError::refused("damaged_backup", format!("the backup is damaged: {what}"))
        .hint("use another backup")
}

/// A damaged stream is told apart from trouble with the disk.
fn read_error(error: io::Error) -> ServerError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other => {
            damaged(&error.to_string())
        }
        _ => error.into(),
    }
}

/// Files that the manifest names and that have not come yet: length and SHA-256.
type Waiting = BTreeMap<String, (u64, String)>;

/// Reads a backup from its beginning to its end and hands over each file; what does not fit the manifest is an error.
pub(super) fn walk(
    file: &Path,
    key: &[u8; 32],
    take: &mut dyn FnMut(&str, &mut dyn Read) -> Result<()>,
) -> Result<Manifest> {
    let opening = Opening::begin(BufReader::new(File::open(file)?), key)?;
    let id = opening.id;
    let mut archive = tar::Archive::new(opening);
    let mut manifest: Option<(Manifest, Waiting)> = None;
    for entry in archive.entries().map_err(read_error)? {
        let mut entry = entry.map_err(read_error)?;
        let name = entry
            .path()
            .map_err(read_error)?
            .to_string_lossy()
            .into_owned();
        let Some((_, waiting)) = &mut manifest else {
            let mut json = Vec::new();
            entry.read_to_end(&mut json).map_err(read_error)?;
            let found: Manifest = serde_json::from_slice(&json)
                .ok()
                .filter(|m: &Manifest| name == MANIFEST && m.format == super::FORMAT)
                .ok_or_else(|| damaged("no manifest that this program knows"))?;
            if *found.id.as_bytes() != id {
                return Err(damaged("the manifest belongs to another file"));
            }
            let listed = found.files.iter();
            let waiting = listed
                .map(|l| (l.name.clone(), (l.len, l.sha256.clone())))
                .collect();
            manifest = Some((found, waiting));
            continue;
        };
        let (len, sha256) = waiting
            .remove(&name)
            .ok_or_else(|| damaged("a file that the manifest does not name"))?;
        let mut hashing = Hashing {
            from: &mut entry,
            hash: Sha256::new(),
            len: 0,
        };
        take(&name, &mut hashing)?;
        io::copy(&mut hashing, &mut io::sink()).map_err(read_error)?;
        if hashing.len != len || hex::encode(hashing.hash.finalize()) != sha256 {
            return Err(damaged("a file is not the one that the manifest names"));
        }
    }
    // To the very end: a stream that is cut after the archive is still a cut one.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(read_error)?;
    let (manifest, waiting) = manifest.ok_or_else(|| damaged("it is empty"))?;
    if waiting.is_empty() {
        Ok(manifest)
    } else {
        Err(damaged("files are missing"))
    }
}

struct Hashing<'a> {
    from: &'a mut dyn Read,
    hash: Sha256,
    len: u64,
}

impl Read for Hashing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.hash.update(&into[..read]);
        self.len += read as u64;
        Ok(read)
    }
}

/// A name from an archive, inside the folder and nowhere else.
fn inside(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    let plain = path.components().all(|c| matches!(c, Component::Normal(_)));
    let known = name == DATABASE || name.starts_with("photos/");
    if plain && known {
        Ok(folder.join(path))
    } else {
        Err(damaged("a file with a strange name"))
    }
}

/// Writes a backup's files into a folder.
pub(super) fn unpack(file: &Path, key: &[u8; 32], folder: &Path) -> Result<Manifest> {
    fs::create_dir_all(folder)?;
    walk(file, key, &mut |name, bytes| {
        let path = inside(folder, name)?;
        let parent = folder_of(&path);
        fs::create_dir_all(parent)?;
        let mut out = File::create(&path)?;
        io::copy(bytes, &mut out).map_err(read_error)?;
        out.sync_all()?;
        sync_folder(parent)?;
        moment("an unpacked file");
        Ok(())
    })
}

/// A folder that is gone when the work ends, unless it was renamed.
pub(super) struct ScratchFolder(pub PathBuf);

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_empty(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Reads a key file.
pub(super) fn read_key(path: &Path) -> Result<[u8; 32]> {
    fs::read(path)
        .map_err(|_| {
            ServerError::refused(
                "missing_server_key",
                format!("the key file {} cannot be read", path.display()),
            )
            .hint("name the safe copy of server.key with --key-file")
        })?
        .try_into()
        .map_err(|_| {
            ServerError::refused(
                "wrong_server_key",
                format!("{} does not hold a key of 32 bytes", path.display()),
            )
        })
}

/// Restores a backup into a folder that is empty or not there. `key_file`: the server's key; `keep_key`: a copy of it is
/// laid into the folder.
///
/// # Errors
/// `target_not_empty`, `missing_server_key`, `wrong_server_key`, `not_a_backup`, `damaged_backup`, `log_does_not_fit`;
/// then nothing was written.
pub fn restore(
    file: &Path,
    to: &Path,
    key_file: &Path,
    keep_key: bool,
    now: u64,
) -> Result<RestoreReport> {
    if !is_empty(to)? {
        return Err(ServerError::refused(
            "target_not_empty",
            format!("{} is not empty", to.display()),
        )
        .hint("name a new folder; nothing is ever overwritten"));
    }
    let key = read_key(key_file)?;
    // Once without writing: a damaged file leaves nothing behind.
    let manifest = walk(file, &key, &mut |_, _| Ok(()))?;
    if manifest.store_version > crate::STORE_VERSION {
        return Err(
            ServerError::refused("newer_store", "the backup was made by a newer program")
                .hint("use the newer program that wrote it"),
        );
    }
    let name = format!(".restoring-{}", manifest.id.simple());
    let aside = ScratchFolder(folder_of(to).join(name));
    let _ = fs::remove_dir_all(&aside.0);
    unpack(file, &key, &aside.0)?;
    let kept = if keep_key {
        let kept = aside.0.join("server.key");
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(&kept)?;
        out.write_all(&key)?;
        out.sync_all()?;
        None
    } else {
        Some(key_file.to_path_buf())
    };
    moment("the key");
    // It stands for itself, with its photos in its folder: a drill must not touch the bucket of the real one.
    let options = Options {
        key_file: kept,
        ..Options::default()
    };
    let server = Server::open_copy(&aside.0, &options)?;
    moment("an opened store");
    let report = match server.verify_log()? {
        Ok(report) => report,
        Err(misfit) => {
            return Err(ServerError::refused(
                "log_does_not_fit",
                format!("entry {}: {}", misfit.position, misfit.message),
            )
            .hint("the server was altered before this backup was made; use an older one"));
        }
    };
    server.begin_life(now)?;
    let id = server.id();
    drop(server);
    sync_folder(&aside.0)?;
    if to.exists() {
        fs::remove_dir(to)?;
        moment("no folder");
    }
    fs::rename(&aside.0, to)?;
    moment("the folder in its place");
    sync_folder(folder_of(to))?;
    Ok(RestoreReport {
        id: manifest.id,
        server: id,
        created: crate::admin::rfc3339(crate::household::int(manifest.created)),
        photos: manifest.files.len() as u64 - 1,
        rows: report.rows,
        changes: report.changes,
        entries: report.entries,
    })
}
