//! A data directory: enrolling, locking, the background exchange, and the one open device.

use crate::{
    device::Device,
    environment::{Environment, HubFinder, random},
    error::AppError,
    exchanges::Running,
    forms::household_visit,
    preview::PreviewState,
    sync, views,
    visit::timestamp,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_store::{Identity, ScopeNames, Store, SystemKeyStore, Vault, VaultParams};
use lawang_sync::DeviceKey;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

/// What the host gives to the core.
#[derive(Clone)]
pub struct AppOptions {
    pub environment: Arc<dyn Environment>,
    /// The system's key store, where there is one.
    pub key_store: Option<Arc<dyn SystemKeyStore>>,
    /// Finds hubs on the network, where the host can.
    pub hubs: Option<Arc<dyn HubFinder>>,
    pub vault: VaultParams,
}

/// A data directory in use.
pub struct App {
    dir: PathBuf,
    options: AppOptions,
    device: Mutex<Option<Arc<Mutex<Device>>>>,
    pub(crate) exchange: Arc<Mutex<Running>>,
    /// A search for duplicates is under way.
    pub(crate) searching: Arc<AtomicBool>,
    /// Set where a questionnaire is shown to its author: then there is no directory.
    preview: Option<Mutex<PreviewState>>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves the data as the last transaction left them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Takes a directory into use. Nothing is read or decrypted yet.
    pub fn open(dir: &Path, options: AppOptions) -> Self {
        Self {
            dir: dir.into(),
            options,
            device: Mutex::new(None),
            exchange: Arc::default(),
            searching: Arc::default(),
            preview: None,
        }
    }

    /// A device in memory for a preview: no directory, no identity, no server.
    pub(crate) fn in_memory(options: AppOptions, state: PreviewState) -> Self {
        Self {
            dir: PathBuf::new(),
            options,
            device: Mutex::new(None),
            exchange: Arc::default(),
            searching: Arc::default(),
            preview: Some(Mutex::new(state)),
        }
    }

    pub(crate) fn preview_state(&self) -> Option<MutexGuard<'_, PreviewState>> {
        self.preview.as_ref().map(lock)
    }

    pub(crate) fn use_device(&self, device: Device) {
        *lock(&self.device) = Some(Arc::new(Mutex::new(device)));
    }

    pub(crate) fn hub_finder(&self) -> Option<Arc<dyn HubFinder>> {
        self.options.hubs.clone()
    }

    pub(crate) fn environment(&self) -> &Arc<dyn Environment> {
        &self.options.environment
    }

    /// Refuses what only a device of an enumerator can do.
    pub(crate) fn not_in_preview(&self) -> Result<(), AppError> {
        match self.preview {
            None => Ok(()),
            Some(_) => Err(AppError::new("only_preview", "a preview")),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.options.environment.now_ms()
    }

    fn key_store(&self) -> Option<&dyn SystemKeyStore> {
        self.options.key_store.as_deref()
    }

    /// The data directory; empty in a preview.
    pub(crate) fn directory(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// The open device, or why there is none.
    pub fn device(&self) -> Result<Arc<Mutex<Device>>, AppError> {
        if let Some(device) = lock(&self.device).as_ref() {
            return Ok(device.clone());
        }
        self.not_in_preview()?;
        Err(match Vault::open(&self.dir)? {
            None => AppError::new("not_enrolled", "no key file"),
            Some(_) => AppError::new("locked", "locked"),
        })
    }

    /// Runs something on the open device.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut Device) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let device = self.device()?;
        let mut device = lock(&device);
        work(&mut device)
    }

    /// The language of the open device; Indonesian before that.
    pub fn language(&self) -> String {
        match lock(&self.device).as_ref() {
            Some(device) => lock(device).language().to_owned(),
            None => "id".into(),
        }
    }

    /// Where this device stands.
    pub fn session(&self) -> Result<views::Session, AppError> {
        let mut session = views::Session {
            phase: views::Phase::New,
            language: "id".into(),
            person: String::new(),
            role: String::new(),
            villages: Vec::new(),
            wait_seconds: 0,
            failed_pins: 0,
            damaged: None,
            preview: self.preview.is_some(),
        };
        if let Some(device) = lock(&self.device).as_ref() {
            let device = lock(device);
            session.phase = views::Phase::Ready;
            session.language = device.language().to_owned();
            session.person.clone_from(&device.identity().person);
            session.role.clone_from(&device.identity().role);
            session.villages = device.villages()?;
            session.damaged.clone_from(&device.moved_aside);
            return Ok(session);
        }
        if self.preview.is_some() {
            // Not a form yet: its problems are shown instead.
            session.phase = views::Phase::Ready;
            return Ok(session);
        }
        if let Some(vault) = Vault::open(&self.dir)? {
            let (failed, wait) = vault.waiting(self.now().unsigned_abs());
            session.phase = views::Phase::Locked;
            session.failed_pins = failed;
            session.wait_seconds = u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX);
        }
        Ok(session)
    }

    fn start(&self, identity: Identity) -> Result<(), AppError> {
        let stamp = timestamp(self.now()).replace([':', '-'], "");
        let opened = Store::open(&self.dir, &identity.database_key, &stamp)?;
        let environment = self.options.environment.clone();
        let mut device = Device::new(opened.store, identity, household_visit()?, environment)?;
        device.keep_built_in()?;
        if let Some(path) = opened.moved_aside {
            tracing::error!(
                salvaged = opened.salvaged,
                "the database was damaged and moved aside"
            );
            device.moved_aside = path.file_name().map(|n| n.to_string_lossy().into_owned());
            // Whatever could be saved gets its cards; the rest comes from the server.
            device.rebuild(|_, _| ())?;
        }
        *lock(&self.device) = Some(Arc::new(Mutex::new(device)));
        Ok(())
    }

    /// Trades an enrolment code for an identity and makes the encrypted database.
    pub fn enrol(&self, request: &views::EnrolRequest) -> Result<views::Session, AppError> {
        self.not_in_preview()?;
        std::fs::create_dir_all(&self.dir).map_err(|e| AppError::new("storage", e.to_string()))?;
        if Vault::open(&self.dir)?.is_some() {
            return Err(AppError::new("already_enrolled", "there is a key file"));
        }
        check_pin(&request.pin)?;
        let address = sync::normal_address(&request.server)?;
        let environment = self.options.environment.as_ref();
        let signing_seed: [u8; 32] = random(environment);
        let public = DeviceKey::from_seed(&signing_seed).public();
        let enrolled = sync::enrol(
            &address,
            &request.code,
            &public,
            self.now(),
            Some(&self.ca()),
        )?;
        let server_key = BASE64
            .decode(&enrolled.server_key)
            .ok()
            .and_then(|k| k.try_into().ok())
            .ok_or_else(|| AppError::new("not_lawang_server", "no server key"))?;
        let identity = Identity {
            database_key: random(environment),
            signing_seed,
            device: enrolled.device,
            server: enrolled.server,
            server_key,
            address,
            person: enrolled.person,
            role: enrolled.role,
        };
        // First the database, then the key file: a half-made enrolment is as if there had been none.
        let old = self.dir.join("lawang.db");
        if old.exists() {
            let stamp = timestamp(self.now()).replace([':', '-'], "");
            std::fs::rename(&old, self.dir.join(format!("lawang.db.lama-{stamp}")))
                .map_err(|e| AppError::new("storage", e.to_string()))?;
        }
        self.start(identity.clone())?;
        let villages: Vec<_> = enrolled
            .villages
            .into_iter()
            .map(|v| ScopeNames {
                village: v.code,
                name: v.name,
                district: v.district,
                regency: v.regency,
            })
            .collect();
        self.with(|device| {
            Ok(device
                .store
                .transact(|tx| Store::set_scope(tx, &villages))?)
        })?;
        let sealed = Vault::create(
            &self.dir,
            &identity,
            &request.pin,
            self.options.vault,
            &random(environment),
            self.key_store(),
        );
        if let Err(error) = sealed {
            *lock(&self.device) = None;
            return Err(error.into());
        }
        self.session()
    }

    /// Opens with the PIN.
    pub fn unlock(&self, pin: &str) -> Result<views::Session, AppError> {
        self.not_in_preview()?;
        let mut vault =
            Vault::open(&self.dir)?.ok_or_else(|| AppError::new("not_enrolled", "no key file"))?;
        let identity = vault.unlock(pin, self.now().unsigned_abs(), self.key_store())?;
        if lock(&self.device).is_none() {
            self.start(identity)?;
        }
        self.session()
    }

    /// Locks: keys leave the memory, an exchange under way is stopped between two messages.
    pub fn lock(&self) -> Result<views::Session, AppError> {
        if self.preview.is_some() {
            return self.session();
        }
        self.cancel();
        if let Some(device) = lock(&self.device).take() {
            let mut device = lock(&device);
            device.fold_all()?;
        }
        self.session()
    }

    /// A new PIN; the old one is asked first.
    pub fn change_pin(&self, old: &str, new: &str) -> Result<(), AppError> {
        self.not_in_preview()?;
        check_pin(new)?;
        let mut vault =
            Vault::open(&self.dir)?.ok_or_else(|| AppError::new("not_enrolled", "no key file"))?;
        let identity = vault.unlock(old, self.now().unsigned_abs(), self.key_store())?;
        Vault::create(
            &self.dir,
            &identity,
            new,
            self.options.vault,
            &random(self.options.environment.as_ref()),
            self.key_store(),
        )?;
        Ok(())
    }

    /// Settings and what the device says of itself.
    pub fn settings(&self) -> Result<views::Settings, AppError> {
        self.with(|device| {
            let log = device
                .store
                .sync_log(50)?
                .into_iter()
                .map(|row| {
                    let report: Option<views::SyncReport> = serde_json::from_str(&row.report).ok();
                    views::SyncLogEntry {
                        at: timestamp(row.at),
                        ok: row.ok,
                        text: story(report.as_ref(), row.ok, &device.language),
                        receipt_code: report.map(|r| r.receipt_code).unwrap_or_default(),
                    }
                })
                .collect();
            Ok(views::Settings {
                language: device.language.clone(),
                theme: device.theme.clone(),
                server: device.identity.address.clone(),
                person: device.identity.person.clone(),
                role: device.identity.role.clone(),
                device: device.identity.device.to_string(),
                form_title: device.form.title(&device.language),
                form_version: device.form.version().to_owned(),
                app_version: env!("CARGO_PKG_VERSION").into(),
                free_bytes: device.store.free_bytes(),
                households: device.store.household_count()?,
                database_bytes: device.store.size_bytes(),
                log,
            })
        })
    }
}

/// One past exchange in plain words.
fn story(report: Option<&views::SyncReport>, ok: bool, language: &str) -> String {
    let Some(report) = report else {
        return String::new();
    };
    let mut parts = Vec::new();
    if ok {
        parts.push(if language == "en" {
            format!(
                "Changes sent: {}. Households received: {}. Both sides agree.",
                report.pushed, report.pulled
            )
        } else {
            format!(
                "{} isian terkirim, {} keluarga diterima; isi perangkat dan server sama.",
                report.pushed, report.pulled
            )
        });
    }
    if !report.hub.is_empty() && report.agreed {
        parts.push(sync::at_hub_words(&report.hub, language));
    }
    parts.extend(report.notices.iter().cloned());
    parts.join(" ")
}

fn check_pin(pin: &str) -> Result<(), AppError> {
    let weak = || AppError::new("weak_pin", "too short or too simple");
    if pin.chars().count() < 6 || pin.len() > 128 {
        return Err(weak());
    }
    let mut chars = pin.chars();
    let first = chars.next();
    if chars.all(|c| Some(c) == first) {
        Err(weak())
    } else {
        Ok(())
    }
}
