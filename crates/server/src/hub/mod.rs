//! Hubs: a server at a kecamatan office between devices and their district.
//!
//! A hub is a [`Server`] with an identity at its district. For the villages of its certificate it does all that the
//! district does, so that devices see each other's work without internet, and keeps every batch as the device signed it.
//! When there is a link it hands those batches to the district, which judges them as if the device had come itself, and
//! brings back what is new and the district's signed answers. What it may not read travels sealed to the district's key.

mod courier;
mod district;
mod mirror;
pub mod tls;
mod upstream;
mod waiting;
mod withdraw;

pub use courier::CourierReport;
pub use upstream::UpstreamReport;

use crate::{
    error::{Result, ServerError},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{Digest32, HubRequest, HubResponse, Id, decode, encode};
use minicbor::{Decode, Encode};

pub(crate) use district::{is_hub, revoked};
pub(crate) use waiting::push;
pub(crate) use withdraw::{LIVE, ROW_LIVE, is_household_withdrawn, is_withdrawn};

const IDENTITY: &str = "hub";
const CERTIFICATE: &str = "hub_certificate";
const SCAN: &str = "hub_scan_text";

/// What makes a server a hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HubIdentity {
    /// The district's address.
    #[n(0)]
    pub upstream: String,
    /// The hub's id at the district.
    #[n(1)]
    pub device: Id,
    /// The district server.
    #[n(2)]
    pub district: Id,
    /// Its key.
    #[n(3)]
    pub district_key: Digest32,
}

/// A value of the store's table of single values.
pub(crate) fn get(tx: &Tx<'_>, key: &str) -> Result<Option<Vec<u8>>> {
    tx.optional("SELECT value FROM meta WHERE key = ?1", params![key], |r| {
        r.get(0)
    })
}

pub(crate) fn put(tx: &Tx<'_>, key: &str, value: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )?;
    Ok(())
}

/// Reads a hub's identity when the store is opened.
pub(crate) fn identity(tx: &Tx<'_>) -> Result<Option<HubIdentity>> {
    get(tx, IDENTITY)?
        .map(|bytes| {
            decode(&bytes).ok_or_else(|| ServerError::Damaged("the hub's identity".into()))
        })
        .transpose()
}

/// Answers what concerns hubs.
pub(crate) fn serve(
    server: &Server,
    device: DeviceId,
    request: HubRequest,
    now: u64,
) -> Result<HubResponse> {
    match request {
        HubRequest::Roster(request) => {
            district::roster(server, device, &request, now).map(HubResponse::Roster)
        }
        HubRequest::Forward(forward) => {
            district::forward(server, device, &forward, now).map(HubResponse::Forwarded)
        }
        HubRequest::Photos(request) => {
            district::photos(server, device, &request, now).map(HubResponse::Forwarded)
        }
        HubRequest::Relay(body) => {
            waiting::relay(server, device, &body, now).map(HubResponse::Relayed)
        }
        HubRequest::Outcomes(request) => {
            waiting::outcomes(server, device, request.after).map(HubResponse::Outcomes)
        }
    }
}

impl Server {
    /// What makes this server a hub; nothing for a district.
    pub fn hub(&self) -> Option<&HubIdentity> {
        self.hub.get()
    }

    /// Makes this server a hub of a district, once.
    ///
    /// # Errors
    /// `other_role`: it is one already of another district, or its store holds a register that no district gave it.
    pub fn become_hub(&self, identity: HubIdentity) -> Result<()> {
        let other = |what: &str| ServerError::refused("other_role", what);
        self.store.write(|tx| {
            if let Some(known) = self::identity(tx)? {
                if known.district != identity.district {
                    return Err(other("this folder belongs to a hub of another district"));
                }
            } else {
                let used: bool = tx.one(
                    "SELECT EXISTS (SELECT 1 FROM row_log) OR EXISTS (SELECT 1 FROM device)",
                    params![],
                    |r| r.get(0),
                )?;
                if used {
                    return Err(other("this folder belongs to a district server")
                        .hint("choose an empty folder for the hub"));
                }
            }
            put(tx, IDENTITY, &encode(&identity))
        })?;
        let _ = self.hub.set(identity);
        Ok(())
    }

    /// The newest certificate that the district gave this hub, encoded.
    pub fn hub_certificate(&self) -> Result<Option<Vec<u8>>> {
        self.store.read(|tx| get(tx, CERTIFICATE))
    }

    /// Keeps what devices scan or paste to find this hub: it is served there.
    pub fn note_scan_text(&self, text: &str) -> Result<()> {
        self.store.write(|tx| put(tx, SCAN, text.as_bytes()))
    }

    /// What devices scan or paste, as it was served last.
    pub fn scan_text(&self) -> Result<Option<String>> {
        let kept = self.store.read(|tx| get(tx, SCAN))?;
        Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Seed of the server's ed25519 key: with it a hub signs what it asks of its district.
    pub fn signing_seed(&self) -> Result<[u8; 32]> {
        self.store
            .read(|tx| get(tx, "seed"))?
            .and_then(|seed| seed.try_into().ok())
            .ok_or_else(|| ServerError::Damaged("meta seed".into()))
    }
}
