//! The edge to the system: its clock, its randomness, its key store.

use lawang_app::Environment;
use lawang_store::SystemKeyStore;
use std::sync::Arc;

/// The real clock and the real randomness.
pub(crate) struct System;

impl Environment for System {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the edge where the clock comes in"
    )]
    fn now_ms(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "this is the edge where the clock comes in"
    )]
    fn utc_offset_minutes(&self) -> i32 {
        chrono::Local::now().offset().local_minus_utc() / 60
    }

    fn random(&self, bytes: &mut [u8]) {
        // Without randomness no key is safe: there is nothing sensible to go on with.
        #[allow(clippy::expect_used, reason = "the system has no randomness")]
        getrandom::fill(bytes).expect("the system gives randomness");
    }
}

/// The system's key store, where one answers. `LAWANG_KEY_STORE=off` leaves it out: a device that is
/// copied between machines on purpose (tests, trainers) needs that.
pub(crate) fn key_store() -> Option<Arc<dyn SystemKeyStore>> {
    if std::env::var_os("LAWANG_KEY_STORE").is_some_and(|v| v == "off") {
        return None;
    }
    platform::key_store()
}

#[cfg(all(target_os = "linux", not(target_os = "android")))]
mod platform {
    use super::{Arc, SystemKeyStore};
    use secret_service::{EncryptionType, blocking::SecretService};
    use std::collections::HashMap;

    /// The desktop's Secret Service (GNOME Keyring, KWallet).
    struct Desktop;

    const ATTRIBUTE: &str = "lawang-device";

    impl Desktop {
        fn find(service: &SecretService<'_>, name: &str) -> Option<Vec<u8>> {
            let found = service
                .search_items(HashMap::from([(ATTRIBUTE, name)]))
                .ok()?;
            found.unlocked.first()?.get_secret().ok()
        }
    }

    impl SystemKeyStore for Desktop {
        fn get(&self, name: &str) -> Option<Vec<u8>> {
            let service = SecretService::connect(EncryptionType::Dh).ok()?;
            Self::find(&service, name)
        }

        fn put(&self, name: &str, secret: &[u8]) -> bool {
            let store = || -> Option<()> {
                let service = SecretService::connect(EncryptionType::Dh).ok()?;
                let collection = service.get_default_collection().ok()?;
                if collection.is_locked().ok()? {
                    return None;
                }
                collection
                    .create_item(
                        "Lawang",
                        HashMap::from([(ATTRIBUTE, name)]),
                        secret,
                        true,
                        "application/octet-stream",
                    )
                    .ok()?;
                Some(())
            };
            store().is_some()
        }
    }

    pub(super) fn key_store() -> Option<Arc<dyn SystemKeyStore>> {
        // Without a session bus there is no such store; connecting would only wait.
        std::env::var_os("DBUS_SESSION_BUS_ADDRESS")?;
        Some(Arc::new(Desktop))
    }
}

#[cfg(not(all(target_os = "linux", not(target_os = "android"))))]
mod platform {
    use super::{Arc, SystemKeyStore};

    pub(super) fn key_store() -> Option<Arc<dyn SystemKeyStore>> {
        None
    }
}
