//! A hub's exchange with its district: who may use it, what goes up, what comes back.

use super::{CERTIFICATE, HubIdentity, mirror::Mirror, put, waiting, withdraw};
use crate::{
    devices, erase,
    error::{Result, ServerError},
    household::int,
    ingest,
    server::Server,
    store::params,
};
use lawang_domain::VillageCode;
use lawang_sync::{
    Asker, Call, Client, ClientError, Digest32, Forward, HubCertificate, HubRequest, HubResponse,
    LinkFailure, PhotosRequest, Roster, RosterRequest, SignedOutcomes, Step, Verdict, kind,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What an exchange with the district did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpstreamReport {
    /// Batches and sealed pieces that the district answered.
    pub forwarded: u32,
    /// Those that wait for something that is not at the district yet.
    pub waiting: u32,
    /// Those that the district refuses as a whole.
    pub refused: u32,
    /// Rows and changed households that came.
    pub pulled: u32,
    /// Photos that went up.
    pub photos: u32,
    /// Both sides hold the same of the hub's villages.
    pub agreed: bool,
    /// Devices that may use the hub.
    pub devices: u32,
}

/// A district's refusal of one thing for good; everything else is trouble that passes.
pub(super) fn for_good(code: &str) -> bool {
    matches!(
        code,
        "revoked"
            | "unknown_device"
            | "bad_signature"
            | "malformed_batch"
            | "batch_too_large"
            | "other_device"
            | "bad_seal"
            | "not_your_village"
            | "not_an_image"
            | "photo_too_large"
    )
}

fn no_link(failure: LinkFailure) -> ServerError {
    match failure {
        LinkFailure::Remote(error) if error.code == "revoked" => {
            ServerError::refused("revoked", "the district has revoked this hub")
        }
        LinkFailure::Remote(error) if error.code == "unknown_device" => ServerError::refused(
            "unknown_hub",
            "the district does not know this hub: it was restored from an older backup",
        )
        .hint(
            "start it once with a new code from `lawang admin enrol-hub` (--code); nothing is lost",
        ),
        LinkFailure::Remote(error) => ServerError::refused("upstream_refused", error.to_string()),
        LinkFailure::Cut(why) => ServerError::refused("no_upstream", why),
        other => ServerError::refused("bad_upstream", other.to_string()),
    }
}

fn odd() -> ServerError {
    ServerError::refused("bad_upstream", "the district's answer makes no sense")
}

impl Server {
    /// One exchange with the district. What was acknowledged on the way stays done when it breaks off.
    /// `tls`: SHA-256 of the certificate with which this hub answers.
    ///
    /// # Errors
    /// `not_a_hub`, `no_upstream` (no link), `upstream_refused`, `revoked`, `bad_upstream`.
    pub fn exchange_upstream(
        &self,
        tls: Digest32,
        now: u64,
        call: &mut Call<'_>,
    ) -> Result<UpstreamReport> {
        let hub = self
            .hub()
            .ok_or_else(|| ServerError::refused("not_a_hub", "this server is no hub"))?;
        let mut asker = Asker::default();
        let mut report = UpstreamReport {
            devices: self.ask_for_roster(hub, tls, now, &mut asker, call)?,
            ..UpstreamReport::default()
        };
        self.hand_over(hub, tls, &mut asker, call, &mut report, now)?;
        self.fetch(hub, now, call, &mut report)?;
        self.ask_for_photos(hub, &mut asker, call)?;
        waiting::take_held(self, now)?;
        Ok(report)
    }

    /// Who may use this hub. Gives the number of devices.
    fn ask_for_roster(
        &self,
        hub: &HubIdentity,
        tls: Digest32,
        now: u64,
        asker: &mut Asker,
        call: &mut Call<'_>,
    ) -> Result<u32> {
        let request = RosterRequest {
            hub: self.id.into_bytes().into(),
            tls,
        };
        match asker
            .hub(HubRequest::Roster(request), call)
            .map_err(no_link)?
        {
            HubResponse::Roster(roster) => self.take_roster(hub, &roster, now),
            _ => Err(odd()),
        }
    }

    fn take_roster(&self, hub: &HubIdentity, roster: &Roster, now: u64) -> Result<u32> {
        // The district's clock counts for its certificate: the hub's own may be wrong.
        HubCertificate::verify(&roster.certificate, &hub.district_key, 0).map_err(|_| odd())?;
        self.store.write(|tx| {
            put(tx, CERTIFICATE, &roster.certificate)?;
            let mut named = BTreeSet::new();
            for device in &roster.devices {
                named.insert(*device.id);
                let villages: Vec<VillageCode> = device
                    .villages
                    .iter()
                    .filter_map(|v| v.parse().ok())
                    .collect();
                tx.execute("INSERT INTO device (id, public_key, person, role, villages, app, enrolled_at, revoked_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7)
                     ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key,
                         person = excluded.person, role = excluded.role, villages = excluded.villages,
                         revoked_at = CASE WHEN excluded.revoked_at IS NULL THEN NULL
                                           ELSE coalesce(device.revoked_at, excluded.revoked_at) END", params![
                    device.id.as_slice(),
                    device.key.as_slice(),
                    device.person,
                    device.role,
                    devices::join(&villages),
                    int(now),
                    device.revoked.then(|| int(now)),
                ])?;
            }
            // A device that the district no longer names for these villages gets nothing more here.
            let known: Vec<[u8; 16]> =
                tx.query("SELECT id FROM device", params![], |r| r.get(0))?;
            for id in known.iter().filter(|id| !named.contains(*id)) {
                tx.execute("UPDATE device SET villages = '' WHERE id = ?1", params![id])?;
            }
            Ok(u32::try_from(named.len()).unwrap_or(u32::MAX))
        })
    }

    /// Everything that waits, in the order in which it came: a change goes after those that it builds on.
    fn hand_over(
        &self,
        hub: &HubIdentity,
        tls: Digest32,
        asker: &mut Asker,
        call: &mut Call<'_>,
        report: &mut UpstreamReport,
        now: u64,
    ) -> Result<()> {
        let mut after = 0;
        while let Some(next) = self.store.read(|tx| waiting::next_waiting(tx, after))? {
            after = next.id;
            let forward = Forward {
                device: next.device.into(),
                sealed: next.sealed,
                body: next.body.into(),
            };
            match asker.hub(HubRequest::Forward(forward), call) {
                Ok(HubResponse::Forwarded(reply)) => {
                    let signed = SignedOutcomes::open(&reply.outcomes, &hub.district_key)
                        .filter(|o| *o.device == next.device)
                        .ok_or_else(odd)?;
                    let refused: Vec<([u8; 32], String)> = signed
                        .list
                        .iter()
                        .filter_map(|outcome| match &outcome.verdict {
                            Verdict::Refused(code) if outcome.kind == kind::CHANGE => {
                                Some((outcome.id.as_slice().try_into().ok()?, code.clone()))
                            }
                            _ => None,
                        })
                        .collect();
                    let households: Vec<([u8; 16], String)> = signed
                        .list
                        .iter()
                        .filter_map(|outcome| match &outcome.verdict {
                            Verdict::Refused(code) if outcome.kind == kind::ROW => {
                                Some((outcome.id.as_slice().try_into().ok()?, code.clone()))
                            }
                            _ => None,
                        })
                        .collect();
                    self.store.write(|tx| {
                        if !signed.list.is_empty() {
                            waiting::keep_answer(tx, &next.device, &reply.outcomes)?;
                        }
                        withdraw::withdraw(self, tx, &refused, now)?;
                        withdraw::withdraw_households(self, tx, &households, now)?;
                        // Made before an erasure that the hub or the device had not heard of: it is made anew.
                        let before: Vec<[u8; 32]> = refused
                            .iter()
                            .filter(|(_, code)| code == ingest::OLD_BASE)
                            .map(|(hash, _)| *hash)
                            .collect();
                        erase::forget_changes(self, tx, &before, now)?;
                        if reply.again {
                            return Ok(());
                        }
                        waiting::settled(tx, next.id, None)?;
                        if before.is_empty() {
                            Ok(())
                        } else {
                            waiting::forget(tx, next.id)
                        }
                    })?;
                    if reply.again {
                        report.waiting += 1;
                    } else {
                        report.forwarded += 1;
                    }
                }
                Ok(_) => return Err(odd()),
                // Enrolled after the backup from which the district was restored: it may be readmitted.
                Err(LinkFailure::Remote(error)) if error.code == "unknown_device" => {
                    tracing::warn!("the district does not know the device of a batch; it waits");
                    report.waiting += 1;
                }
                // A piece of a photo that another device began, at a district of before: it may go once that one is done.
                Err(LinkFailure::Remote(error)) if lawang_sync::is_not_now(&error.code) => {
                    tracing::warn!("the district does not take a piece of a photo now; it waits");
                    report.waiting += 1;
                }
                Err(LinkFailure::Remote(error)) if for_good(&error.code) => {
                    // The same words tell a hub that it was itself revoked: then nothing was decided about the batch.
                    self.ask_for_roster(hub, tls, now, asker, call)?;
                    tracing::warn!(code = error.code, "the district refuses a batch");
                    self.store
                        .write(|tx| waiting::settled(tx, next.id, Some(&error.code)))?;
                    report.refused += 1;
                }
                Err(other) => return Err(no_link(other)),
            }
        }
        Ok(())
    }

    /// Rows, changes, questionnaires, the comparison and photos: the exchange of any device, on the hub's store.
    fn fetch(
        &self,
        hub: &HubIdentity,
        now: u64,
        call: &mut Call<'_>,
        report: &mut UpstreamReport,
    ) -> Result<()> {
        let mut mirror = Mirror::new(self, hub, now);
        let mut client = Client::new();
        let flat = |error: ClientError<ServerError>| match error {
            ClientError::Local(error) => error,
            ClientError::Link(failure) => no_link(failure),
            ClientError::Protocol(..) => odd(),
        };
        loop {
            match client.next(&mut mirror).map_err(flat)? {
                Step::Done(done) => {
                    report.pulled = done.pulled;
                    report.photos = done.progress.photos_sent;
                    report.agreed = done.agreed;
                    return Ok(());
                }
                Step::Send { bytes, wait } => {
                    let result = call(wait, &bytes);
                    client.answer(&mut mirror, result).map_err(flat)?;
                }
            }
        }
    }

    /// The district's word, in writing, for photos that went up.
    fn ask_for_photos(
        &self,
        hub: &HubIdentity,
        asker: &mut Asker,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let mut by_device: BTreeMap<[u8; 16], Vec<Digest32>> = BTreeMap::new();
        self.store.read(|tx| {
            tx.each(
                "SELECT DISTINCT hash, device FROM photo_offer WHERE upstream = 1 ORDER BY hash, device LIMIT 2000",
                params![],
                |row| {
                    let hash: [u8; 32] = row.get(0)?;
                    by_device.entry(row.get(1)?).or_default().push(hash.into());
                    Ok(())
                },
            )
        })?;
        for (device, hashes) in by_device {
            let request = PhotosRequest {
                device: device.into(),
                hashes,
            };
            let HubResponse::Forwarded(reply) = asker
                .hub(HubRequest::Photos(request), call)
                .map_err(no_link)?
            else {
                return Err(odd());
            };
            let signed = SignedOutcomes::open(&reply.outcomes, &hub.district_key)
                .filter(|o| *o.device == device)
                .ok_or_else(odd)?;
            self.store.write(|tx| {
                waiting::keep_answer(tx, &device, &reply.outcomes)?;
                for outcome in &signed.list {
                    tx.execute(
                        "UPDATE photo_offer SET upstream = 2 WHERE hash = ?1 AND device = ?2 AND upstream = 1",
                        params![outcome.id.as_slice(), device],
                    )?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
