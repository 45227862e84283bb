//! Where attachments are: photos, sounds and other files of visits, by the SHA-256 of their bytes. On the disk, in a
//! bucket of an S3-compatible store, or in memory for tests; all of them do the same (`contract.rs`).
//!
//! Which of them a district uses stands in its database, so that every process on it uses the same one.

mod bucket;
#[cfg(test)]
mod contract;
mod folder;
mod memory;
mod moving;
mod place;
mod seal;

pub use moving::{AttachmentsReport, MovedAttachments};
pub use place::{AwsSettings, BucketUrl};
pub(crate) use place::{forget_place, remembered};

use crate::{
    error::Result,
    moment::moment,
    photos_down::Recent,
    store::{Tx, lock},
};
use folder::Folder;
use memory::Memory;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// Largest attachment, bytes.
pub const MAX_PHOTO: u64 = 25 * 1024 * 1024;

/// SHA-256 of the bytes.
pub(crate) type Hash = [u8; 32];

/// One that is kept, or a piece of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub hash: Hash,
    /// Bytes of it.
    pub len: u64,
    /// Whether it is whole, or (a piece of) an unfinished one.
    pub whole: bool,
}

/// A place for attachments. What has come of an unfinished one is kept beside the whole ones, which are always complete
/// and were compared with their hash. What a call wrote is durable when it returns.
pub(crate) trait Attachments: Send + Sync {
    /// Bytes of an unfinished one, from its beginning without a gap.
    fn have(&self, hash: &Hash) -> Result<u64>;
    /// Adds bytes at `at`, which is what [`Attachments::have`] said.
    fn append(&self, hash: &Hash, at: u64, bytes: &[u8]) -> Result<()>;
    /// The bytes that [`Attachments::have`] counts.
    fn part(&self, hash: &Hash) -> Result<Vec<u8>>;
    /// Keeps a whole one, whose bytes were compared with the hash. `kept`: how many of them are in the part already.
    fn finish(&self, hash: &Hash, bytes: &[u8], kept: usize) -> Result<()>;
    /// Takes what is unfinished away.
    fn remove_part(&self, hash: &Hash) -> Result<()>;
    /// Takes a whole one away.
    fn remove_whole(&self, hash: &Hash) -> Result<()>;
    /// Bytes of a whole one; `None` while it is not there.
    fn len(&self, hash: &Hash) -> Result<Option<u64>>;
    /// A whole one; `None` while it is not there.
    fn read(&self, hash: &Hash) -> Result<Option<Vec<u8>>>;
    /// All that is here, in any order.
    fn list(&self, each: &mut dyn FnMut(Kept)) -> Result<()>;
    /// Whether the place can be used and is this server's, asked at the start. `probe`: a name that nobody else takes.
    ///
    /// # Errors
    /// In words: what is wrong, where, and what to do about it.
    fn check(&self, server: &uuid::Uuid, probe: &uuid::Uuid) -> Result<()> {
        let _ = (server, probe);
        Ok(())
    }
}

/// The attachments of a server.
pub(crate) struct Shelf {
    place: Arc<dyn Attachments>,
    /// As it stands in the database: `s3://BUCKET/PREFIX`, or nothing for the disk.
    said: Option<String>,
    /// Places where they were before, and where copies may still be: erasure reaches them too.
    left: Vec<(String, Arc<dyn Attachments>)>,
    /// The folder on the disk, used or not.
    disk: Option<PathBuf>,
    /// For buckets: of the server's key, and what the process was told.
    seed: [u8; 32],
    settings: AwsSettings,
    /// One writer for each attachment.
    busy: Mutex<HashMap<Hash, Arc<Mutex<()>>>>,
    /// Those that go down in pieces.
    pub(crate) recent: Recent,
}

impl Shelf {
    /// On the disk, in a folder.
    pub(crate) fn folder(path: PathBuf) -> Self {
        Self {
            disk: Some(path.clone()),
            ..Self::at(Arc::new(Folder::new(path)))
        }
    }

    /// In memory.
    pub(crate) fn in_memory() -> Self {
        Self::at(Arc::new(Memory::default()))
    }

    fn at(place: Arc<dyn Attachments>) -> Self {
        Self {
            place,
            said: None,
            left: Vec::new(),
            disk: None,
            seed: [0; 32],
            settings: AwsSettings::default(),
            busy: Mutex::default(),
            recent: Recent::default(),
        }
    }

    /// The place that is used.
    pub(crate) fn place(&self) -> &dyn Attachments {
        &*self.place
    }

    /// One writer for each: hold what it gives locked while writing.
    pub(crate) fn claim(&self, hash: &Hash) -> Arc<Mutex<()>> {
        let mut busy = lock(&self.busy);
        busy.retain(|_, claim| Arc::strong_count(claim) > 1);
        busy.entry(*hash).or_default().clone()
    }

    /// Whether it is there, whole.
    pub(crate) fn is_whole(&self, hash: &Hash) -> Result<bool> {
        Ok(self.place.len(hash)?.is_some())
    }

    /// Takes one away, whole or in part, also where attachments were before.
    pub(crate) fn remove(&self, hash: &Hash) -> Result<()> {
        let claim = self.claim(hash);
        let _writing = lock(&claim);
        self.remove_claimed(hash)
    }

    /// The same for whoever holds the claim.
    pub(crate) fn remove_claimed(&self, hash: &Hash) -> Result<()> {
        self.recent.forget(hash);
        let left = self.left.iter().map(|(_, place)| &**place);
        for place in std::iter::once(&*self.place).chain(left) {
            place.remove_whole(hash)?;
            moment("a photo's file");
            place.remove_part(hash)?;
            moment("a photo's file");
        }
        Ok(())
    }

    /// Nothing is acknowledged by a process whose district has moved its attachments elsewhere since it began.
    pub(crate) fn still_here(&self, tx: &Tx<'_>) -> Result<()> {
        place::still_here(tx, self.said.as_deref())
    }
}

/// `ab/cdef...`: as an attachment lies in its folder, its bucket and a backup.
pub(crate) fn file_name(hash: &Hash) -> String {
    let name = hex::encode(hash);
    let (folder, rest) = name.split_at(2);
    format!("{folder}/{rest}")
}

/// The hash that [`file_name`] made a name of.
pub(crate) fn hash_of(name: &str) -> Option<Hash> {
    let (folder, rest) = name.split_once('/')?;
    let bytes = hex::decode(format!("{folder}{rest}")).ok()?;
    let hash: Hash = bytes.try_into().ok()?;
    (file_name(&hash) == name).then_some(hash)
}
