//! The server as a value: its store, its key, its photos. No network, no clock.

use crate::{
    attachments::{AwsSettings, BucketUrl, Shelf, forget_place, remembered},
    entropy::Entropy,
    error::{Result, ServerError},
    forms::{self, Catalogue},
    hub::{self, HubIdentity},
    metrics::Metrics,
    parts::{MemoryParts, SharedParts},
    registry::Connected,
    store::{Fault, Store, Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::DeviceKey;
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};
use uuid::Uuid;

/// How the server is set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the database key is, if not `server.key` in the data folder.
    pub key_file: Option<PathBuf>,
    /// The bucket for attachments, if they are in none yet. Where they are stands in the database after
    /// [`Server::settle_attachments`].
    pub attachments: Option<BucketUrl>,
    /// Keys and address of the store with that bucket.
    pub aws: AwsSettings,
}

/// A district server on one data folder. Any number of threads may use it at once; other processes may
/// use the same folder.
pub struct Server {
    pub(crate) store: Store,
    pub(crate) entropy: Entropy,
    pub(crate) id: Uuid,
    pub(crate) key: DeviceKey,
    pub(crate) photos: Shelf,
    pub(crate) forms: Catalogue,
    pub(crate) metrics: Metrics,
    pub(crate) hub: OnceLock<HubIdentity>,
    parts: MemoryParts,
}

impl Server {
    /// Opens the data folder, makes it at the first time.
    ///
    /// # Errors
    /// As [`Store::open`], and whatever the file system says.
    pub fn open(dir: &Path, options: &Options) -> Result<Self> {
        let entropy = Entropy::System;
        let store = Store::open(dir, options.key_file.as_deref(), &|| entropy.bytes())?;
        Self::with(
            store,
            Shelf::folder(dir.join("photos")),
            Entropy::System,
            options,
        )
    }

    /// Opens a copy of a district, which stands for itself: its attachments are in its folder, whatever its database
    /// says of the original's.
    pub(crate) fn open_copy(dir: &Path, options: &Options) -> Result<Self> {
        let store = Store::open(dir, options.key_file.as_deref(), &|| {
            Entropy::System.bytes()
        })?;
        store.write(forget_place)?;
        drop(store);
        Self::open(dir, options)
    }

    /// Opens a district on a PostgreSQL database; several processes may do so at once. `dir`: where attachments are that
    /// are on the disk, the same place for all of them; without it there is none, which is enough for what concerns no
    /// attachment, or where they are in a bucket.
    ///
    /// # Errors
    /// As [`Store::open_database`]; `two_stores` when the folder holds an embedded store that did not move.
    pub fn open_database(url: &str, dir: Option<&Path>, options: &Options) -> Result<Self> {
        let photos = match dir {
            Some(dir) => {
                not_here(dir, options)?;
                Shelf::folder(dir.join("photos"))
            }
            None => Shelf::in_memory(),
        };
        Self::with(Store::open_database(url)?, photos, Entropy::System, options)
    }

    /// A server in memory whose ids, keys and codes follow from the seed: for simulations and tests.
    pub fn open_in_memory(seed: u64) -> Result<Self> {
        Self::with(
            Store::in_memory()?,
            Shelf::in_memory(),
            Entropy::seeded(seed),
            &Options::default(),
        )
    }

    /// The same on a data folder: for simulations and tests. Another `seed` at each start, or ids come twice.
    pub fn open_seeded(dir: &Path, seed: u64) -> Result<Self> {
        let entropy = Entropy::seeded(seed);
        let store = Store::open(dir, None, &|| entropy.bytes())?;
        Self::with(
            store,
            Shelf::folder(dir.join("photos")),
            entropy,
            &Options::default(),
        )
    }

    /// For simulations and tests: what goes wrong at writes from here on; nothing with `None`.
    pub fn plan_fault(&self, fault: Option<Fault>) -> Result<()> {
        self.store.plan(fault)
    }

    /// Whether a planned fault ended this process.
    pub fn is_dead(&self) -> bool {
        self.store.is_dead()
    }

    /// The next process on a store in memory: for simulations and tests. What was not written is gone.
    pub fn restarted(self) -> Result<Self> {
        let options = Options::default();
        Self::with(self.store.revived(), self.photos, self.entropy, &options)
    }

    fn with(store: Store, photos: Shelf, entropy: Entropy, options: &Options) -> Result<Self> {
        let (id, seed, hub, place) = store.write(|tx| {
            let id: [u8; 16] = meta(tx, "id", || Ok(*entropy.uuid()?.as_bytes()))?;
            let seed: [u8; 32] = meta(tx, "seed", || entropy.bytes())?;
            forms::keep_built_in(tx)?;
            Ok((
                Uuid::from_bytes(id),
                seed,
                hub::identity(tx)?,
                remembered(tx)?,
            ))
        })?;
        let said = options.attachments.as_ref();
        let photos = photos.choose(&place, said, &options.aws, &seed)?;
        let is_hub = OnceLock::new();
        if let Some(hub) = hub {
            let _ = is_hub.set(hub);
        }
        Ok(Self {
            store,
            entropy,
            id,
            key: DeviceKey::from_seed(&seed),
            photos,
            forms: Catalogue::default(),
            metrics: Metrics::default(),
            hub: is_hub,
            parts: MemoryParts::default(),
        })
    }

    /// The server's own id, for as long as its database lives.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The key with which receipts are signed.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.public()
    }

    /// Answers one encoded [`lawang_sync::Envelope`] of a device that proved who it is. Whatever is
    /// acknowledged in the answer is on disk. Never fails: trouble is an answer too.
    /// `now_ms`: milliseconds since 1970.
    pub fn handle(&self, device: DeviceId, bytes: &[u8], now_ms: u64) -> Vec<u8> {
        if self.store.address().is_some() {
            let mut parts = SharedParts {
                server: self,
                now: now_ms,
            };
            return lawang_sync::serve(&mut Connected(self), &mut parts, device, bytes, now_ms);
        }
        self.parts.with(device, now_ms, |parts| {
            lawang_sync::serve(&mut Connected(self), parts, device, bytes, now_ms)
        })
    }
}

/// A folder whose own store is in use is no place for the photos of another one.
fn not_here(dir: &Path, options: &Options) -> Result<()> {
    if !dir.join("server.db").exists() {
        return Ok(());
    }
    let old = Store::open(dir, options.key_file.as_deref(), &|| {
        Entropy::System.bytes()
    })?;
    match old.read(|_| Ok(())) {
        Err(error) if error.code() == "store_moved" => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err(ServerError::refused(
            "two_stores",
            format!("{} holds a district on the embedded store", dir.display()),
        )
        .hint("move it with `lawang admin migrate-store`, or name another folder")),
    }
}

fn meta<const N: usize>(
    tx: &Tx<'_>,
    key: &str,
    fresh: impl FnOnce() -> Result<[u8; N]>,
) -> Result<[u8; N]> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let found: Option<Vec<u8>> = tx.optional(sql, params![key], |r| r.get(0))?;
    match found {
        Some(bytes) => bytes
            .try_into()
            .map_err(|_| ServerError::Damaged(format!("meta {key}"))),
        None => {
            let value = fresh()?;
            tx.execute("INSERT INTO meta VALUES (?1, ?2)", params![key, value])?;
            Ok(value)
        }
    }
}
