//! The short greeting: an exchange that finds nothing new costs one small message each way.

use crate::{
    backup, check,
    devices::{self, Device},
    error::Result,
    findings, forms,
    household::{self, Log, int},
    hub, registry, rules,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{CheckRequest, Glance, GlanceReply, Receipt, encode, feature};
use sha2::{Digest, Sha256};

/// What this server can do beyond the first version of the protocol.
pub(crate) const FEATURES: u32 = feature::PACKED_BATCH
    | feature::TIGHT_BATCH
    | feature::PIECES
    | feature::DERIVED
    | feature::TIMED
    | feature::PHOTOS_DOWN;
/// The same of a hub: it hands batches on as they were signed, and what is packed could be read by nobody else.
pub(crate) const FEATURES_OF_HUB: u32 = feature::PIECES | feature::PHOTOS_DOWN;

/// Stands for everything in a greeting that is not data: who the device's person is and may see, the questionnaires
/// in use, what the server can do. It says nothing to anybody else and is compared, never read.
pub(crate) fn token(server: &Server, tx: &Tx<'_>, device: &Device, now: u64) -> Result<[u8; 8]> {
    let mut said = Sha256::new();
    let mut say = |part: &[u8]| {
        said.update((part.len() as u64).to_be_bytes());
        said.update(part);
    };
    say(b"lawang greeting 1");
    say(server.id.as_bytes());
    say(&FEATURES.to_be_bytes());
    say(device.person.as_bytes());
    say(device.role.as_str().as_bytes());
    for village in &device.villages {
        say(village.to_string().as_bytes());
    }
    for life in backup::lives(tx)? {
        say(life.id.as_slice());
    }
    for (seq, hash) in forms::in_use(tx)? {
        say(&seq.to_be_bytes());
        say(&hash);
    }
    if let Some(offer) = rules::offer(tx)? {
        say(&offer.version.to_be_bytes());
        say(&offer.hash[..]);
    }
    for hash in findings::stamp(server, tx, device, now)? {
        say(&hash);
    }
    // A hub that was revoked is said in the full greeting.
    for key in hub::revoked(tx)? {
        say(&key);
    }
    let full: [u8; 32] = said.finalize().into();
    let mut short = [0; 8];
    short.copy_from_slice(&full[..8]);
    Ok(short)
}

pub(crate) fn glance(
    server: &Server,
    id: DeviceId,
    request: &Glance,
    now: u64,
) -> Result<GlanceReply> {
    server.store.write(|tx| {
        let device = devices::find(tx, id)?;
        let restored = registry::restored(tx, id, &request.incarnation, request.made)?;
        let known = !restored
            && token(server, tx, &device, now)? == *request.token
            && request.cursor <= household::head(tx)?;
        let mut receipt = Vec::new();
        if known {
            tx.execute(
                "UPDATE device SET last_seen = ?2, incarnation = ?3, made = ?4 WHERE id = ?1",
                params![
                    id.as_bytes(),
                    int(now),
                    request.incarnation.as_slice(),
                    int(request.made)
                ],
            )?;
            let same = match &request.checked {
                Some(checked) => {
                    let ours = held(tx, &device, request)?;
                    ours.filter(|ours| Receipt::fingerprint(ours) == *checked)
                }
                None => None,
            };
            if let Some(ours) = same {
                devices::agreed(tx, id, now)?;
                server.metrics.exchange(true);
                let server_id = server.id.into_bytes().into();
                let device = (*id.as_bytes()).into();
                receipt = encode(&Receipt::issue(&server.key, server_id, device, now, &ours));
            }
        }
        Ok(GlanceReply {
            known,
            time: now,
            receipt: receipt.into(),
        })
    })
}

/// The check that a device would make that has everything; `None` when there is something new for it.
fn held(tx: &Tx<'_>, device: &Device, request: &Glance) -> Result<Option<CheckRequest>> {
    let mut codes: Vec<String> = device.villages.iter().map(ToString::to_string).collect();
    codes.sort_unstable();
    let mut villages = Vec::with_capacity(codes.len());
    for code in codes {
        let newer: bool = tx.one(
            "SELECT EXISTS (SELECT 1 FROM change_log WHERE village = ?1 AND seq > ?2 AND erased IS NULL
                                AND NOT (device = ?3 AND incarnation = ?4))",
            params![
                code,
                int(request.cursor),
                device.id.as_bytes(),
                request.incarnation.as_slice()
            ],
            |r| r.get(0),
        )?;
        if newer {
            return Ok(None);
        }
        let last = household::running(tx, Log::Rows, &code, u64::MAX)?.last;
        villages.push(check::held(tx, &code, last, request.cursor)?);
    }
    Ok(Some(CheckRequest {
        cursor: request.cursor,
        villages,
    }))
}
