//! The district's side: which devices are hubs, what hubs are told, what they hand over.

use super::withdraw;
use crate::{
    devices,
    enrol::{self, EnrolmentCode},
    error::{Result, ServerError},
    ingest, photos,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, Role, VillageCode};
use lawang_records::inspect;
use lawang_sync::{
    Forward, ForwardReply, HubCertificate, HubDevice, Opened, Outcome, Outcomes, PhotoOffer,
    PhotoPart, PhotosRequest, Roster, RosterRequest, SealedItem, SignedBatch, Verdict, decode,
    digest, encode, kind,
};
use uuid::Uuid;

/// How long a hub is trusted after its last exchange with the district: a rainy season without a link.
const VALID: u64 = 90 * 24 * 3_600_000;

/// Reasons that may pass: what a change builds on may still be on its way.
fn may_pass(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(code) if code == "missing_dependency" || code == "unknown_household")
}

impl Server {
    /// Makes a code with which one hub enrols itself.
    ///
    /// # Errors
    /// As [`Server::make_code`].
    pub fn make_hub_code(
        &self,
        name: &str,
        villages: &[VillageCode],
        hours: u64,
        now: u64,
    ) -> Result<EnrolmentCode> {
        // A role that writes nothing: a hub hands on what others signed.
        let code = self.make_code(name, Role::Auditor, villages, hours, now)?;
        let hash = enrol::hash_of(&code.code).ok_or_else(|| {
            ServerError::Damaged("a code that was just made cannot be read".into())
        })?;
        self.store.write(|tx| {
            tx.execute("INSERT INTO hub_code (hash) VALUES (?1)", params![hash])?;
            Ok(())
        })?;
        Ok(code)
    }
}

/// Keys of hubs that were revoked here.
pub(crate) fn revoked(tx: &Tx<'_>) -> Result<Vec<[u8; 32]>> {
    tx.query(
        "SELECT d.public_key FROM hub_code h JOIN enrolment_code c ON c.hash = h.hash
                                             JOIN device d ON d.id = c.used_by
         WHERE d.revoked_at IS NOT NULL ORDER BY d.id",
        params![],
        |r| r.get(0),
    )
}

/// Whether a device is a hub of this district.
pub(crate) fn is_hub(tx: &Tx<'_>, device: DeviceId) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM enrolment_code c JOIN hub_code h ON h.hash = c.hash
                        WHERE c.used_by = ?1)",
        params![device.as_bytes()],
        |r| r.get(0),
    )
}

fn hub_of(tx: &Tx<'_>, device: DeviceId) -> Result<devices::Device> {
    let found = devices::find(tx, device)?;
    if !is_hub(tx, device)? {
        return Err(ServerError::refused("not_a_hub", "this device is no hub"));
    }
    Ok(found)
}

/// Tells a hub which devices may use it, and vouches for it.
pub(super) fn roster(
    server: &Server,
    device: DeviceId,
    request: &RosterRequest,
    now: u64,
) -> Result<Roster> {
    let (hub, devices) = server.store.read(|tx| {
        let hub = hub_of(tx, device)?;
        let mut all = Vec::new();
        tx.each(
            "SELECT id, public_key, person, role, villages, revoked_at IS NOT NULL
             FROM device ORDER BY id",
            params![],
            |row| {
                let id: [u8; 16] = row.get(0)?;
                let villages: Vec<String> = devices::split(&row.get::<String>(4)?)
                    .into_iter()
                    .filter(|v| hub.villages.contains(v))
                    .map(|v| v.to_string())
                    .collect();
                if !villages.is_empty() && &id != hub.id.as_bytes() {
                    all.push(HubDevice {
                        id: id.into(),
                        key: row.get::<[u8; 32]>(1)?.into(),
                        person: row.get(2)?,
                        role: row.get(3)?,
                        villages,
                        revoked: row.get(5)?,
                    });
                }
                Ok(())
            },
        )?;
        Ok((hub, all))
    })?;
    let certificate = HubCertificate {
        district: server.id.into_bytes().into(),
        hub: request.hub,
        name: hub.person,
        key: hub.public_key.into(),
        tls: request.tls,
        villages: hub.villages.iter().map(ToString::to_string).collect(),
        issued: now,
        expires: now + VALID,
        signature: [0; 64].into(),
    }
    .sign(&server.key);
    Ok(Roster {
        certificate: encode(&certificate).into(),
        devices,
    })
}

/// Takes what a device signed out of the hands of a hub: judged as if the device had come itself.
pub(super) fn forward(
    server: &Server,
    hub: DeviceId,
    sent: &Forward,
    now: u64,
) -> Result<ForwardReply> {
    server.store.read(|tx| hub_of(tx, hub).map(|_| ()))?;
    let device = DeviceId(Uuid::from_bytes(*sent.device));
    if sent.sealed {
        sealed(server, device, &sent.body, now)
    } else {
        batch(server, device, &sent.body, now)
    }
}

/// Opens what a device sealed to this district and takes it in.
///
/// # Errors
/// `bad_seal`, and those of batches and photos.
pub(super) fn sealed(
    server: &Server,
    device: DeviceId,
    body: &[u8],
    now: u64,
) -> Result<ForwardReply> {
    let bad = || ServerError::refused("bad_seal", "this is not sealed to this server, or altered");
    let plain = server.key.open_seal(body).map_err(|_| bad())?;
    match decode::<SealedItem>(&plain).ok_or_else(bad)? {
        SealedItem::Batch(bytes) => batch(server, device, &bytes, now),
        SealedItem::Photo(piece) => {
            let offer = PhotoOffer {
                hash: piece.hash,
                len: piece.len,
                household: piece.household,
            };
            let mut state = photos::offer(server, device, &offer)?;
            if !state.done {
                let part = PhotoPart {
                    hash: piece.hash,
                    offset: piece.offset,
                    bytes: piece.bytes,
                };
                state = photos::part(server, device, &part)?;
            }
            let list = state.done.then(|| photo_outcome(&piece.hash));
            Ok(answer(
                server,
                device,
                list.into_iter().collect(),
                false,
                now,
            ))
        }
    }
}

fn photo_outcome(hash: &[u8; 32]) -> Outcome {
    Outcome {
        kind: kind::PHOTO,
        id: hash.to_vec().into(),
        verdict: Verdict::Accepted(0),
    }
}

fn batch(server: &Server, device: DeviceId, bytes: &[u8], now: u64) -> Result<ForwardReply> {
    let reply = ingest::push_late(server, device, bytes, now)?;
    let key = server
        .store
        .read(|tx| devices::find(tx, device))?
        .public_key;
    // A packed batch can be read only by the server that it was packed for.
    let Ok(Opened::Whole(batch)) = SignedBatch::open(bytes, &key, device.as_bytes()) else {
        return Err(ServerError::refused("malformed_batch", "not a whole batch"));
    };
    let rows = batch
        .rows
        .iter()
        .map(|row| (kind::ROW, row.household.to_vec()));
    let changes = batch.changes.iter().map(|change| {
        let hash = inspect(&change.change).map_or_else(
            |_| digest(&change.change).to_vec(),
            |info| info.hash.0.to_vec(),
        );
        (kind::CHANGE, hash)
    });
    // What builds on something refused for good waits in vain: its device is told, and makes it anew.
    let in_vain: Vec<bool> = server.store.read(|tx| {
        let mut all = vec![false; batch.rows.len()];
        for (change, verdict) in batch.changes.iter().zip(&reply.verdicts[all.len()..]) {
            all.push(
                may_pass(verdict) && withdraw::hopeless(tx, &change.household, &change.change)?,
            );
        }
        Ok(all)
    })?;
    let waits = |(verdict, in_vain): (&Verdict, &bool)| may_pass(verdict) && !in_vain;
    let again = reply.verdicts.iter().zip(&in_vain).any(waits);
    let list = rows
        .chain(changes)
        .zip(reply.verdicts)
        .zip(in_vain)
        .filter(|((_, verdict), in_vain)| !may_pass(verdict) || *in_vain)
        .map(|(said, _)| said)
        .map(|((kind, id), verdict)| Outcome {
            kind,
            id: id.into(),
            verdict,
        })
        .collect();
    Ok(answer(server, device, list, again, now))
}

fn answer(
    server: &Server,
    device: DeviceId,
    list: Vec<Outcome>,
    again: bool,
    now: u64,
) -> ForwardReply {
    let outcomes = Outcomes {
        district: server.id.into_bytes().into(),
        device: (*device.as_bytes()).into(),
        time: now,
        list,
    };
    ForwardReply {
        outcomes: encode(&outcomes.sign(&server.key)).into(),
        again,
    }
}

/// Says in writing which photos of a device are whole here.
pub(super) fn photos(
    server: &Server,
    hub: DeviceId,
    request: &PhotosRequest,
    now: u64,
) -> Result<ForwardReply> {
    server.store.read(|tx| hub_of(tx, hub).map(|_| ()))?;
    let mut list = Vec::new();
    for hash in request.hashes.iter() {
        if server.photos.is_whole(hash)? {
            list.push(photo_outcome(hash));
        }
    }
    let device = DeviceId(Uuid::from_bytes(*request.device));
    Ok(answer(server, device, list, false, now))
}
