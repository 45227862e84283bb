//! The key file: a random database key and the device's identity, sealed by the PIN.
//!
//! The PIN goes through Argon2id; where the system has a key store, 32 random bytes from it are mixed
//! in, so that a copied data directory cannot be tried out elsewhere. Wrong PINs are counted in the
//! file before they are tried: killing the app does not win a free try. No data is ever deleted.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

/// Where the system keeps secrets, if it does.
pub trait SystemKeyStore: Send + Sync {
    /// The secret of this name, if there is one.
    fn get(&self, name: &str) -> Option<Vec<u8>>;
    /// Stores a secret; `false` if the system has no usable key store.
    fn put(&self, name: &str, secret: &[u8]) -> bool;
}

/// Cost of Argon2id. Tests make it cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultParams {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for VaultParams {
    /// 46 MiB, two passes: about 0.15 s on an old laptop, bearable on a phone with 2 GB.
    fn default() -> Self {
        Self {
            memory_kib: 46 * 1024,
            passes: 2,
        }
    }
}

/// What the key file seals.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The database's raw key.
    pub database_key: [u8; 32],
    /// Seed of the device's ed25519 key.
    pub signing_seed: [u8; 32],
    pub device: uuid::Uuid,
    pub server: uuid::Uuid,
    /// The server's public key: receipts are checked against it.
    pub server_key: [u8; 32],
    /// The server's address as enrolled.
    pub address: String,
    pub person: String,
    pub role: String,
}

/// Why the vault stays shut.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("wrong PIN")]
    WrongPin { failed: u32, wait_ms: u64 },
    #[error("too early for another try")]
    Wait { wait_ms: u64 },
    #[error("the system's key store no longer has this device's secret")]
    KeyStoreLost,
    #[error("the key file is damaged: {0}")]
    Damaged(String),
    #[error("the key file: {0}")]
    Io(#[from] std::io::Error),
}

#[derive(Clone, Serialize, Deserialize)]
struct KeyFile {
    version: u32,
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    sealed: String,
    /// Name of the secret in the system's key store; none where there is no such store.
    key_store: Option<String>,
    failed: u32,
    /// Milliseconds since 1970 of the last wrong PIN.
    last_failed: u64,
}

/// The key file of a data directory.
pub struct Vault {
    path: PathBuf,
    file: KeyFile,
}

/// Seconds to wait after that many wrong PINs in a row.
fn delay_ms(failed: u32) -> u64 {
    match failed {
        0..=2 => 0,
        3 => 5_000,
        4 => 15_000,
        5 => 60_000,
        n => (60_000u64 << (n - 5).min(6)).min(3_600_000),
    }
}

impl Vault {
    /// The vault of a directory; `None` before enrolment.
    pub fn open(dir: &Path) -> Result<Option<Self>, VaultError> {
        let path = dir.join("lawang.key");
        match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
            Ok(bytes) => {
                let file = serde_json::from_slice(&bytes)
                    .map_err(|e| VaultError::Damaged(e.to_string()))?;
                Ok(Some(Self { path, file }))
            }
        }
    }

    /// Seals an identity with a PIN. `random`: 72 random bytes.
    pub fn create(
        dir: &Path,
        identity: &Identity,
        pin: &str,
        params: VaultParams,
        random: &[u8; 72],
        store: Option<&dyn SystemKeyStore>,
    ) -> Result<Self, VaultError> {
        let path = dir.join("lawang.key");
        let name = format!("lawang-{}", identity.device);
        let key_store = store.and_then(|s| {
            // Kept if it is there already: changing the PIN must not change the other half.
            let there = s.get(&name).is_some();
            (there || (s.put(&name, &random[40..72]) && s.get(&name).is_some())).then_some(name)
        });
        let mut vault = Self {
            path,
            file: KeyFile {
                version: 1,
                memory_kib: params.memory_kib,
                passes: params.passes,
                salt: BASE64.encode(&random[..16]),
                nonce: String::new(),
                sealed: String::new(),
                key_store,
                failed: 0,
                last_failed: 0,
            },
        };
        vault.seal(identity, pin, random, store)?;
        vault.write()?;
        Ok(vault)
    }

    fn seal(
        &mut self,
        identity: &Identity,
        pin: &str,
        random: &[u8; 72],
        store: Option<&dyn SystemKeyStore>,
    ) -> Result<(), VaultError> {
        let key = self.derive(pin, store)?;
        let mut nonce = [0u8; 24];
        nonce.copy_from_slice(&random[16..40]);
        let plain = serde_json::to_vec(identity).map_err(|e| VaultError::Damaged(e.to_string()))?;
        let sealed = XChaCha20Poly1305::new(&Key::from(key))
            .encrypt(&XNonce::from(nonce), plain.as_slice())
            .map_err(|_| VaultError::Damaged("sealing failed".into()))?;
        self.file.nonce = BASE64.encode(nonce);
        self.file.sealed = BASE64.encode(sealed);
        Ok(())
    }

    fn derive(
        &self,
        pin: &str,
        store: Option<&dyn SystemKeyStore>,
    ) -> Result<[u8; 32], VaultError> {
        let bad = |what: &str| VaultError::Damaged(what.to_owned());
        let mut salt = BASE64.decode(&self.file.salt).map_err(|_| bad("salt"))?;
        if let Some(name) = &self.file.key_store {
            let secret = store
                .and_then(|s| s.get(name))
                .ok_or(VaultError::KeyStoreLost)?;
            salt.extend_from_slice(&secret);
        }
        let params = Params::new(self.file.memory_kib, self.file.passes, 1, Some(32))
            .map_err(|_| bad("cost"))?;
        let mut key = [0u8; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.as_bytes(), &salt, &mut key)
            .map_err(|_| bad("salt"))?;
        Ok(key)
    }

    /// Wrong PINs in a row, and milliseconds until the next try.
    pub fn waiting(&self, now: u64) -> (u32, u64) {
        let delay = delay_ms(self.file.failed);
        // A clock that was set back must not lock the device for longer than the delay itself.
        let since = now.saturating_sub(self.file.last_failed);
        (self.file.failed, delay.saturating_sub(since).min(delay))
    }

    /// Opens with the PIN. `now`: milliseconds since 1970.
    pub fn unlock(
        &mut self,
        pin: &str,
        now: u64,
        store: Option<&dyn SystemKeyStore>,
    ) -> Result<Identity, VaultError> {
        let (_, wait_ms) = self.waiting(now);
        if wait_ms > 0 {
            return Err(VaultError::Wait { wait_ms });
        }
        let key = self.derive(pin, store)?;
        // Counted before it is tried.
        let before = (self.file.failed, self.file.last_failed);
        self.file.failed = before.0.saturating_add(1);
        self.file.last_failed = now;
        self.write()?;
        let decode = |text: &str| {
            BASE64
                .decode(text)
                .map_err(|e| VaultError::Damaged(e.to_string()))
        };
        let sealed = decode(&self.file.sealed)?;
        let nonce: [u8; 24] = decode(&self.file.nonce)?
            .try_into()
            .map_err(|_| VaultError::Damaged("nonce".into()))?;
        match XChaCha20Poly1305::new(&Key::from(key))
            .decrypt(&XNonce::from(nonce), sealed.as_slice())
        {
            Ok(plain) => {
                self.file.failed = 0;
                self.file.last_failed = 0;
                self.write()?;
                serde_json::from_slice(&plain).map_err(|e| VaultError::Damaged(e.to_string()))
            }
            Err(_) => Err(VaultError::WrongPin {
                failed: self.file.failed,
                wait_ms: delay_ms(self.file.failed),
            }),
        }
    }

    fn write(&self) -> Result<(), VaultError> {
        let bytes = serde_json::to_vec_pretty(&self.file)
            .map_err(|e| VaultError::Damaged(e.to_string()))?;
        write_atomically(&self.path, &bytes)?;
        Ok(())
    }
}

/// Write beside, flush, rename, flush the directory: a cut of power leaves the old file or the new one.
fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("key.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeMap, sync::Mutex};

    const CHEAP: VaultParams = VaultParams {
        memory_kib: 64,
        passes: 1,
    };

    fn identity() -> Identity {
        Identity {
            database_key: [7; 32],
            signing_seed: [8; 32],
            device: uuid::Uuid::from_u128(1),
            server: uuid::Uuid::from_u128(2),
            server_key: [9; 32],
            address: "http://127.0.0.1:1".into(),
            person: "Siti".into(),
            role: "enumerator".into(),
        }
    }

    #[derive(Default)]
    struct Ring(Mutex<BTreeMap<String, Vec<u8>>>);
    impl SystemKeyStore for Ring {
        fn get(&self, name: &str) -> Option<Vec<u8>> {
            self.0.lock().unwrap().get(name).cloned()
        }
        fn put(&self, name: &str, secret: &[u8]) -> bool {
            self.0.lock().unwrap().insert(name.into(), secret.into());
            true
        }
    }

    #[test]
    fn the_right_pin_opens_and_a_wrong_one_waits_longer_each_time() {
        let dir = tempfile::tempdir().unwrap();
        Vault::create(dir.path(), &identity(), "123456", CHEAP, &[3; 72], None).unwrap();
        let mut now = 1_000_000;
        let mut waits = Vec::new();
        for _ in 0..6 {
            let mut vault = Vault::open(dir.path()).unwrap().unwrap();
            let (_, wait) = vault.waiting(now);
            now += wait;
            match vault.unlock("000000", now, None) {
                Err(VaultError::WrongPin { wait_ms, .. }) => waits.push(wait_ms),
                other => panic!("{:?}", other.err()),
            }
        }
        assert_eq!(waits, [0, 0, 5_000, 15_000, 60_000, 120_000]);
        let mut vault = Vault::open(dir.path()).unwrap().unwrap();
        assert!(matches!(
            vault.unlock("123456", now, None),
            Err(VaultError::Wait { .. })
        ));
        now += 120_000;
        assert!(vault.unlock("123456", now, None).unwrap() == identity());
        assert_eq!(
            Vault::open(dir.path()).unwrap().unwrap().waiting(now),
            (0, 0)
        );
    }

    #[test]
    fn a_clock_that_was_set_back_years_never_locks_longer_than_the_delay() {
        let dir = tempfile::tempdir().unwrap();
        let mut vault =
            Vault::create(dir.path(), &identity(), "123456", CHEAP, &[3; 72], None).unwrap();
        for _ in 0..3 {
            let _ = vault.unlock("000000", 1_000_000_000_000, None);
        }
        assert_eq!(vault.waiting(1_000_000).1, 5_000);
    }

    #[test]
    fn a_copied_directory_does_not_open_without_the_systems_key_store() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Ring::default();
        Vault::create(
            dir.path(),
            &identity(),
            "123456",
            CHEAP,
            &[3; 72],
            Some(&ring),
        )
        .unwrap();
        let mut vault = Vault::open(dir.path()).unwrap().unwrap();
        assert!(matches!(
            vault.unlock("123456", 5, None),
            Err(VaultError::KeyStoreLost)
        ));
        assert!(vault.unlock("123456", 5, Some(&ring)).is_ok());
    }

    #[test]
    fn the_key_file_holds_no_key_in_the_clear() {
        let dir = tempfile::tempdir().unwrap();
        Vault::create(dir.path(), &identity(), "123456", CHEAP, &[3; 72], None).unwrap();
        let text = fs::read_to_string(dir.path().join("lawang.key")).unwrap();
        assert!(!text.contains("Siti") && !text.contains("[7,7") && !text.contains("123456"));
    }
}
