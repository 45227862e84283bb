//! Photos, by the SHA-256 of their bytes, in parts that can be carried on after a cut.

use crate::{
    devices,
    error::{Result, ServerError},
    household::int,
    moment::moment,
    server::Server,
    store::{lock, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{PhotoOffer, PhotoPart, PhotoState};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Largest photo, bytes.
pub const MAX_PHOTO: u64 = 25 * 1024 * 1024;

type Hash = [u8; 32];

/// Where photos lie. Bytes that arrived are appended to a part; a whole one is checked, then renamed, so
/// that a name without `.part` is always whole.
pub(crate) struct Shelf {
    place: Place,
    /// One writer for each photo.
    busy: Mutex<HashMap<Hash, Arc<Mutex<()>>>>,
}

enum Place {
    Folder(PathBuf),
    Memory(Mutex<BTreeMap<(Hash, bool), Vec<u8>>>),
}

impl Shelf {
    pub(crate) fn folder(path: PathBuf) -> Self {
        Self {
            place: Place::Folder(path),
            busy: Mutex::default(),
        }
    }

    pub(crate) fn in_memory() -> Self {
        Self {
            place: Place::Memory(Mutex::default()),
            busy: Mutex::default(),
        }
    }

    fn claim(&self, hash: &Hash) -> Arc<Mutex<()>> {
        let mut busy = lock(&self.busy);
        busy.retain(|_, claim| Arc::strong_count(claim) > 1);
        busy.entry(*hash).or_default().clone()
    }

    fn path(root: &Path, hash: &Hash, part: bool) -> PathBuf {
        let name = hex::encode(hash);
        let (folder, rest) = name.split_at(2);
        let end = if part { ".part" } else { "" };
        root.join(folder).join(format!("{rest}{end}"))
    }

    /// Bytes of the part that are there.
    fn have(&self, hash: &Hash) -> u64 {
        match &self.place {
            Place::Folder(root) => {
                fs::metadata(Self::path(root, hash, true)).map_or(0, |found| found.len())
            }
            Place::Memory(all) => lock(all).get(&(*hash, true)).map_or(0, |b| b.len() as u64),
        }
    }

    fn append(&self, hash: &Hash, bytes: &[u8]) -> Result<()> {
        match &self.place {
            Place::Folder(root) => {
                let path = Self::path(root, hash, true);
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)?;
                }
                let mut file = OpenOptions::new().create(true).append(true).open(path)?;
                file.write_all(bytes)?;
                file.sync_data()?;
            }
            Place::Memory(all) => lock(all)
                .entry((*hash, true))
                .or_default()
                .extend_from_slice(bytes),
        }
        Ok(())
    }

    pub(crate) fn read(&self, hash: &Hash, part: bool) -> Result<Vec<u8>> {
        match &self.place {
            Place::Folder(root) => {
                let mut bytes = Vec::new();
                File::open(Self::path(root, hash, part))?
                    .take(MAX_PHOTO + 1)
                    .read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Place::Memory(all) => Ok(lock(all).get(&(*hash, part)).cloned().unwrap_or_default()),
        }
    }

    pub(crate) fn is_whole(&self, hash: &Hash) -> bool {
        match &self.place {
            Place::Folder(root) => Self::path(root, hash, false).exists(),
            Place::Memory(all) => lock(all).contains_key(&(*hash, false)),
        }
    }

    /// Makes a checked part whole, durably.
    /// Bytes of a whole photo; `None` while it is not there.
    pub(crate) fn len(&self, hash: &Hash) -> Option<u64> {
        match &self.place {
            Place::Folder(root) => fs::metadata(Self::path(root, hash, false))
                .ok()
                .map(|found| found.len()),
            Place::Memory(all) => lock(all).get(&(*hash, false)).map(|b| b.len() as u64),
        }
    }

    /// Where a file of the folder lies, by its name in a backup (`photos/ab/cd...`).
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        match &self.place {
            Place::Folder(root) => root.join(name.strip_prefix("photos/").unwrap_or(name)),
            Place::Memory(_) => PathBuf::new(),
        }
    }

    /// Takes a photo away, whole or in part.
    pub(crate) fn remove(&self, hash: &Hash) -> Result<()> {
        let claim = self.claim(hash);
        let _writing = lock(&claim);
        for part in [false, true] {
            match &self.place {
                Place::Folder(root) => match fs::remove_file(Self::path(root, hash, part)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error.into());
                    }
                    _ => {}
                },
                Place::Memory(all) => {
                    lock(all).remove(&(*hash, part));
                }
            }
            moment("a photo's file");
        }
        Ok(())
    }

    fn finish(&self, hash: &Hash) -> Result<()> {
        match &self.place {
            Place::Folder(root) => {
                let path = Self::path(root, hash, false);
                fs::rename(Self::path(root, hash, true), &path)?;
                for folder in [path.parent(), Some(root.as_path())].into_iter().flatten() {
                    File::open(folder)?.sync_all()?;
                }
            }
            Place::Memory(all) => {
                let mut all = lock(all);
                if let Some(bytes) = all.remove(&(*hash, true)) {
                    all.insert((*hash, false), bytes);
                }
            }
        }
        Ok(())
    }

    /// Throws away a part that is not what its hash says.
    fn drop_part(&self, hash: &Hash) -> Result<()> {
        match &self.place {
            Place::Folder(root) => match fs::remove_file(Self::path(root, hash, true)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            },
            Place::Memory(all) => {
                lock(all).remove(&(*hash, true));
                Ok(())
            }
        }
    }
}

/// Programs, and pages with programs in them, by their first bytes: whoever opens one later runs it. Everything else
/// that a question takes is kept: pictures, sounds, films, other files, and the log of how a form was filled in.
fn is_program(start: &[u8]) -> bool {
    const BINARY: [&[u8]; 4] = [b"MZ", b"\x7fELF", b"#!/", b"\xca\xfe\xba\xbe"];
    const PAGES: [&str; 5] = ["<!doctype html", "<html", "<script", "<svg", "<?php"];
    if BINARY.iter().any(|magic| start.starts_with(magic)) {
        return true;
    }
    let text = String::from_utf8_lossy(&start[..start.len().min(1024)]).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    text.starts_with('<') && PAGES.iter().any(|page| text.contains(page))
}

/// The code is the one that devices know since they sent nothing but photos.
fn a_program() -> ServerError {
    ServerError::refused("not_an_image", "the bytes are a program")
}

pub(crate) fn offer(server: &Server, device: DeviceId, offer: &PhotoOffer) -> Result<PhotoState> {
    if offer.len > MAX_PHOTO || offer.len == 0 {
        return Err(ServerError::refused(
            "photo_too_large",
            "a photo has at most 25 MB, and at least one byte",
        ));
    }
    let hash = *offer.hash;
    server.store.write(|tx| {
        let device = devices::find(tx, device)?;
        let village: Option<String> = tx.optional(
            "SELECT village FROM household WHERE id = ?1",
            params![offer.household.as_slice()],
            |r| r.get(0),
        )?;
        if !village.is_some_and(|v| device.covers(&v)) {
            return Err(ServerError::refused(
                "not_your_village",
                "the photo belongs to no household in the device's villages",
            ));
        }
        tx.execute(
            "INSERT INTO photo (hash, len, household, device) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hash) DO UPDATE SET len = excluded.len WHERE photo.done = 0",
            params![
                hash,
                int(offer.len),
                offer.household.as_slice(),
                device.id.as_bytes()
            ],
        )?;
        Ok(())
    })?;
    let claim = server.photos.claim(&hash);
    let _writing = lock(&claim);
    if server.photos.is_whole(&hash) {
        // Also after a crash between the rename and the table.
        return done(server, &hash, offer.len);
    }
    if server.photos.have(&hash) > offer.len {
        server.photos.drop_part(&hash)?;
    }
    if server.photos.have(&hash) == offer.len {
        return complete(server, &hash, offer.len);
    }
    Ok(PhotoState {
        have: server.photos.have(&hash),
        done: false,
    })
}

pub(crate) fn part(server: &Server, device: DeviceId, part: &PhotoPart) -> Result<PhotoState> {
    let hash = *part.hash;
    let len = server.store.read(|tx| {
        let device = devices::find(tx, device)?;
        let found = tx.optional(
            "SELECT p.len, h.village FROM photo p JOIN household h ON h.id = p.household
                 WHERE p.hash = ?1",
            params![hash],
            |r| Ok((r.get::<i64>(0)?, r.get::<String>(1)?)),
        )?;
        found
            .filter(|(_, village)| device.covers(village))
            .map(|(len, _)| crate::household::unsigned(len))
            .ok_or_else(|| ServerError::refused("unknown_photo", "offer the photo first"))
    })?;
    let claim = server.photos.claim(&hash);
    let _writing = lock(&claim);
    if server.photos.is_whole(&hash) {
        return done(server, &hash, len);
    }
    let have = server.photos.have(&hash);
    let bytes = part.bytes.as_slice();
    // A part that came twice, or early, changes nothing: the answer says where to go on.
    if part.offset == have && !bytes.is_empty() {
        if have + bytes.len() as u64 > len {
            return Err(ServerError::refused(
                "photo_too_long",
                "more bytes than the photo was said to have",
            ));
        }
        if have == 0 && is_program(bytes) {
            return Err(a_program());
        }
        server.photos.append(&hash, bytes)?;
    }
    let have = server.photos.have(&hash);
    if have == len {
        return complete(server, &hash, len);
    }
    Ok(PhotoState { have, done: false })
}

fn complete(server: &Server, hash: &Hash, len: u64) -> Result<PhotoState> {
    let bytes = server.photos.read(hash, true)?;
    let right = Sha256::digest(&bytes)[..] == hash[..];
    if !right || is_program(&bytes) {
        server.photos.drop_part(hash)?;
        return if right {
            Err(a_program())
        } else {
            // The device sends it again from the start.
            Ok(PhotoState {
                have: 0,
                done: false,
            })
        };
    }
    server.photos.finish(hash)?;
    done(server, hash, len)
}

fn done(server: &Server, hash: &Hash, len: u64) -> Result<PhotoState> {
    server.store.write(|tx| {
        tx.execute(
            "UPDATE photo SET done = 1 WHERE hash = ?1 AND done = 0",
            params![hash],
        )?;
        Ok(())
    })?;
    Ok(PhotoState {
        have: len,
        done: true,
    })
}

impl Server {
    /// A whole photo; `None` while it is not there.
    pub fn photo(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        if self.photos.is_whole(hash) {
            self.photos.read(hash, false).map(Some)
        } else {
            Ok(None)
        }
    }
}
