//! Backups of a running server, and restoring one.
//!
//! A backup is one file: a copy of the database as it was at one moment, the photos that it names, and a manifest with
//! their hashes, as a tar stream, sealed with a key that the server's key opens. Restoring begins a new life of the
//! server: devices that come back learn up to where it still holds what it had acknowledged, and send the rest again.

mod container;
mod life;
mod restore;
mod rewrite;

pub use life::Readmitted;
pub(crate) use life::lives;
pub use restore::{RestoreReport, restore};
pub(crate) use rewrite::{Repacked, clear_leftovers, repack};

use crate::{
    attachments::{Attachments, file_name, hash_of},
    error::{Result, ServerError},
    evidence,
    household::int,
    moment::moment,
    server::Server,
    store::params,
};
use container::{Fresh, Sealing};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Of the manifest.
const FORMAT: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const DATABASE: &str = "server.db";
/// Before the name of every photo.
const PHOTOS: &str = "photos/";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub format: u32,
    pub id: Uuid,
    pub server: Uuid,
    /// Milliseconds since 1970.
    pub created: u64,
    pub store_version: usize,
    /// Newest entry of the chained log, and its hash.
    pub position: u64,
    pub entry: String,
    pub files: Vec<Listed>,
}

/// A file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub name: String,
    pub len: u64,
    pub sha256: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// The backup's id.
    pub id: Uuid,
    /// Bytes of the file.
    pub bytes: u64,
    /// Photos in it.
    pub photos: u64,
    /// Newest entry of the chained log in it.
    pub position: u64,
}

/// SHA-256 and length of a file.
fn hash_file(path: &Path) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut file = BufReader::new(File::open(path)?);
    let mut buffer = vec![0; 64 * 1024];
    let mut len = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex::encode(hasher.finalize()), len));
        }
        hasher.update(&buffer[..read]);
        len += read as u64;
    }
}

/// The folder's entry of a new name is on disk too.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The folder of a file as one names it.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// A file that is gone when the work ends, however it ends.
pub(crate) struct Scratch(pub PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing can be done about one that does not go.
        let _ = fs::remove_file(&self.0);
    }
}

/// Beside a file, under a name that nobody else takes.
pub(crate) fn beside(file: &Path, id: &Uuid, end: &str) -> PathBuf {
    folder_of(file).join(format!(".{}.{end}", id.simple()))
}

/// Writes a backup from a copy of a database and the photos: aside, synced, renamed.
fn write(
    file: &Path,
    server_key: &[u8; 32],
    fresh: &Fresh,
    manifest: &Manifest,
    database: &Path,
    photos: &dyn Attachments,
) -> Result<u64> {
    let part = Scratch(beside(file, &manifest.id, "part"));
    let out = BufWriter::new(File::create(&part.0)?);
    moment("an empty part");
    let mut tar = tar::Builder::new(Sealing::begin(out, server_key, fresh)?);
    let json = serde_json::to_vec(manifest).map_err(|e| ServerError::Damaged(e.to_string()))?;
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o600);
    header.set_size(json.len() as u64);
    tar.append_data(&mut header, MANIFEST, json.as_slice())?;
    for listed in &manifest.files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o600);
        header.set_size(listed.len);
        match listed.name.strip_prefix(PHOTOS).and_then(hash_of) {
            None => {
                let bytes = BufReader::new(File::open(database)?).take(listed.len);
                tar.append_data(&mut header, &listed.name, bytes)?;
            }
            Some(hash) => {
                let bytes = photos.read(&hash)?.ok_or_else(|| went_away(&hash))?;
                // A backup that cannot be restored is worse than none.
                if Sha256::digest(&bytes)[..] != hash[..] {
                    return Err(is_damaged(&hash));
                }
                tar.append_data(&mut header, &listed.name, bytes.as_slice())?;
            }
        }
    }
    let mut out = tar.into_inner()?.finish()?;
    out.flush()?;
    let written = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    written.sync_all()?;
    let bytes = written.metadata()?.len();
    moment("a part");
    fs::rename(&part.0, file)?;
    moment("a whole file");
    sync_folder(folder_of(file))?;
    Ok(bytes)
}

impl Server {
    fn fresh(&self) -> Result<Fresh> {
        let wrap: [u8; 24] = self.entropy.bytes()?;
        Ok(Fresh {
            id: *self.entropy.uuid()?.as_bytes(),
            key: self.entropy.bytes()?,
            wrap_nonce: wrap,
            nonce: self.entropy.bytes()?,
        })
    }

    /// What goes into a backup: a copy of the database, and the photos that are whole.
    fn listed(&self, copy: &Path) -> Result<Vec<Listed>> {
        let (sha256, len) = hash_file(copy)?;
        let mut files = vec![Listed {
            name: DATABASE.to_owned(),
            len,
            sha256,
        }];
        let hashes: Vec<[u8; 32]> = self.store.read(|tx| {
            tx.query(
                "SELECT hash FROM photo WHERE done = 1 ORDER BY hash",
                params![],
                |r| r.get(0),
            )
        })?;
        let mut there: BTreeMap<[u8; 32], u64> = BTreeMap::new();
        self.photos.place().list(&mut |kept| {
            if kept.whole {
                there.insert(kept.hash, kept.len);
            }
        })?;
        for hash in hashes {
            // One that came after the copy is in the next backup; one that is nowhere is not in this one.
            if let Some(len) = there.get(&hash) {
                files.push(Listed {
                    name: format!("{PHOTOS}{}", file_name(&hash)),
                    len: *len,
                    sha256: hex::encode(hash),
                });
            }
        }
        Ok(files)
    }

    /// Writes a backup while the server runs. A file that is there is not overwritten.
    ///
    /// # Errors
    /// `file_exists`, `no_backup_of_this_store` for engines that have their own tools.
    pub fn backup(&self, file: &Path, now: u64) -> Result<BackupReport> {
        if file.exists() {
            return Err(ServerError::refused(
                "file_exists",
                "there is a file of this name already",
            )
            .hint("give every backup a name of its own, with the date"));
        }
        let fresh = self.fresh()?;
        let id = Uuid::from_bytes(fresh.id);
        // Known before it is written: an erasure must find it.
        let whole = std::path::absolute(file)?;
        let head = self.store.write(|tx| {
            let head = evidence::seal(self, tx, now)?;
            tx.execute(
                "INSERT INTO backup (id, file, at, position) VALUES (?1, ?2, ?3, ?4)",
                params![
                    fresh.id,
                    whole.to_string_lossy().into_owned(),
                    int(now),
                    int(head.position)
                ],
            )?;
            Ok(head)
        })?;
        let copy = Scratch(beside(file, &id, "db"));
        let server_key = self.store.copy_to(&copy.0)?;
        let files = self.listed(&copy.0)?;
        let manifest = Manifest {
            format: FORMAT,
            id,
            server: self.id,
            created: now,
            store_version: crate::STORE_VERSION,
            position: head.position,
            entry: hex::encode(head.entry),
            files,
        };
        let photos = manifest.files.len() as u64 - 1;
        let place = self.photos.place();
        let bytes = write(file, &server_key, &fresh, &manifest, &copy.0, place)?;
        Ok(BackupReport {
            id,
            bytes,
            photos,
            position: head.position,
        })
    }
}

fn went_away(hash: &[u8; 32]) -> ServerError {
    ServerError::refused(
        "photo_went_away",
        format!(
            "{} went away while the backup was written",
            hex::encode(hash)
        ),
    )
    .hint("it was erased, or deleted by hand; write the backup again")
}

fn is_damaged(hash: &[u8; 32]) -> ServerError {
    let name = hex::encode(hash);
    ServerError::refused("photo_damaged", format!("the photo {name} is damaged"))
        .hint("take its file away and write the backup again; `lawang admin attachments --verify` names all that are damaged")
}
