//! An exchange at a hub: the same machine as with the district, on cursors of its own, and the errands that only a hub
//! has. What a hub holds does not count as safe; only the district's signed answers, which it brings, do.

use super::{CancelToken, Transport, photos, run, sealing::leave_sealed};
use crate::{cards, device::Device, error::AppError};

use lawang_records::{Hash, unpack_page};
use lawang_store::{HubRow, LogState, NewRow, Store, Thing};
use lawang_sync::{
    Asker, CheckReply, CheckRequest, Client, FindingsOffer, FindingsPart, FormOffer, FormPart,
    Glance, Hello, HelloReply, HubCertificate, HubRequest, HubResponse, LinkFailure, Local,
    MAX_PAGE, OutBatch, Outcome, OutcomesRequest, Packing, PhotoOffer, Progress, PullReply,
    Receipt, Report, RowsReply, SignedOutcomes, Stage, Verdict, VillageCheck, decompress, encode,
    kind,
};
use std::{collections::BTreeSet, sync::Mutex};

/// A hub that showed the district's word on itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Verified.
    pub certificate: HubCertificate,
    /// The same, encoded.
    pub bytes: Vec<u8>,
    /// Where it answered.
    pub address: String,
}

impl Hub {
    pub(super) fn server(&self) -> [u8; 16] {
        *self.certificate.hub
    }

    pub(super) fn covers(&self, village: &str) -> bool {
        self.certificate.villages.iter().any(|v| v == village)
    }
}

/// The device's database as the machine sees it at a hub.
struct AtHub<'a> {
    device: &'a mut Device,
    hub: &'a Hub,
    /// Villages that the hub gives this device, as it greeted.
    villages: &'a mut Vec<String>,
    /// What it can do.
    features: &'a mut u32,
}

impl AtHub<'_> {
    fn handed_over(&mut self, things: &[(Thing, &[u8], u64)]) -> Result<(), AppError> {
        let server = self.hub.server();
        Ok(self.device.store.transact(|tx| {
            for (thing, id, seq) in things {
                Store::mark_at_hub(tx, &server, *thing, id, *seq)?;
            }
            Ok(())
        })?)
    }
}

fn odd(what: &str) -> AppError {
    AppError::new("not_lawang_server", what)
}

impl Local for AtHub<'_> {
    type Error = AppError;

    fn hello(&mut self) -> Result<Hello, AppError> {
        self.device.hello()
    }

    fn welcome(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        if reply.server != self.hub.certificate.hub {
            return Err(odd("another hub than its certificate says"));
        }
        *self.features = reply.features.unwrap_or(0);
        *self.villages = reply.villages.iter().map(|v| v.code.clone()).collect();
        // What is current is the district's word; a hub that heard of it later than this device knows more.
        let last = self.device.store.sync_log(50)?;
        let heard = last.iter().find(|row| row.ok).map_or(0, |row| row.at);
        if i64::try_from(self.hub.certificate.issued).is_ok_and(|issued| issued > heard) {
            self.device.note_offers(reply)?;
        }
        self.device.note_rules(reply, true)?;
        if reply.restored {
            self.device.begin_new_life()?;
        }
        Ok(())
    }

    fn glance(&mut self) -> Result<Option<(Glance, Option<CheckRequest>)>, AppError> {
        Ok(None)
    }

    fn settled(&mut self) -> Result<(), AppError> {
        Ok(())
    }

    fn features(&mut self) -> Result<u32, AppError> {
        Ok(0)
    }

    fn next_batch(&mut self, max_bytes: usize, _: Packing) -> Result<Option<OutBatch>, AppError> {
        let hub = self.hub;
        self.device.rebase_refused()?;
        self.device
            .batch_for_hub(&hub.server(), max_bytes, |village| hub.covers(village))
    }

    fn verdicts(&mut self, batch: &OutBatch, verdicts: &[Verdict]) -> Result<(), AppError> {
        // A hub's refusal is not the district's: the batch goes up all the same, and the district decides.
        let number = |verdict: &Verdict| match verdict {
            Verdict::Accepted(seq) => *seq,
            Verdict::Refused(_) => 0,
        };
        let (rows, changes) = verdicts.split_at(batch.rows.len().min(verdicts.len()));
        let mut things: Vec<(Thing, &[u8], u64)> = Vec::new();
        for (id, verdict) in batch.rows.iter().zip(rows) {
            things.push((Thing::Row, id, number(verdict)));
        }
        for (hash, verdict) in batch.changes.iter().zip(changes) {
            things.push((Thing::Change, hash, number(verdict)));
        }
        self.handed_over(&things)
    }

    fn row_cursor(&mut self, village: &str) -> Result<u64, AppError> {
        Ok(self
            .device
            .store
            .hub_row_cursor(&self.hub.server(), village)?)
    }

    fn take_page(&mut self, reply: &RowsReply) -> Result<(), AppError> {
        let damaged = || odd("a page of rows cannot be read");
        let raw = decompress(&reply.page, MAX_PAGE).ok_or_else(damaged)?;
        let mut rows = Vec::new();
        for row in unpack_page(&raw).map_err(|_| damaged())? {
            if row.village != reply.village {
                return Err(damaged());
            }
            // A hub that has not heard of its move yet: whatever the record still is here comes with the move.
            let moved = self.device.store.moved_to(row.household)?;
            if moved.is_some_and(|(to, _)| to != reply.village) {
                continue;
            }
            let card = cards::card(
                &self.device.rules,
                row.household,
                &reply.village,
                &cards::state_of_row(&row),
                false,
            );
            rows.push((row.household, row.to_bytes(), card));
        }
        let server = self.hub.server();
        Ok(self.device.store.transact(|tx| {
            for (household, body, card) in rows {
                let new = NewRow {
                    household,
                    village: reply.village.clone(),
                    body,
                    state: LogState::AtHub,
                };
                let (id, added) = Store::add_row(tx, &new)?;
                if added {
                    cards::put(tx, id, card)?;
                }
                let id = household.as_bytes();
                Store::mark_at_hub(tx, &server, Thing::Row, id, reply.to.max(1))?;
            }
            Store::set_hub_row_cursor(tx, &server, &reply.village, reply.to)
        })?)
    }

    fn pull_cursor(&mut self) -> Result<u64, AppError> {
        let known = self.device.store.hub(&self.hub.server())?;
        Ok(known.map_or(0, |hub| hub.cursor))
    }

    fn take_changes(&mut self, reply: &PullReply) -> Result<u32, AppError> {
        let server = self.hub.server();
        self.device.take_changes_from(reply, Some(&server))
    }

    fn check(&mut self) -> Result<CheckRequest, AppError> {
        let server = self.hub.server();
        let cursor = self.pull_cursor()?;
        let mut villages = Vec::with_capacity(self.villages.len());
        for code in self.villages.iter() {
            let store = &self.device.store;
            let (rows, changes, digest) = store.hub_village_sets(&server, code, cursor)?;
            villages.push(VillageCheck {
                code: code.clone(),
                last_row: store.hub_row_cursor(&server, code)?,
                rows,
                changes,
                digest: digest.0.into(),
            });
        }
        Ok(CheckRequest { cursor, villages })
    }

    fn checked(&mut self, request: &CheckRequest, reply: &CheckReply) -> Result<(), AppError> {
        if reply.agreed {
            Receipt::verify(&reply.receipt, &self.hub.certificate.key, request)
                .map_err(|e| odd(&e.to_string()))?;
        }
        Ok(())
    }

    fn form_have(&mut self, offer: &FormOffer) -> Result<Option<u64>, AppError> {
        self.device.form_have(offer)
    }

    fn take_form(&mut self, offer: &FormOffer, part: &FormPart) -> Result<(), AppError> {
        self.device.take_form(offer, part)
    }

    fn findings_have(&mut self, offer: &FindingsOffer) -> Result<Option<u64>, AppError> {
        self.device.findings_bytes(offer, true)
    }

    fn take_findings(
        &mut self,
        offer: &FindingsOffer,
        part: &FindingsPart,
    ) -> Result<(), AppError> {
        self.device.take_findings_part(offer, part)
    }

    fn next_photo(&mut self, skip: &BTreeSet<[u8; 32]>) -> Result<Option<PhotoOffer>, AppError> {
        let hub = self.hub;
        let photo = self
            .device
            .store
            .unsent_photo_at_hub(&hub.server(), |hash, village| {
                !skip.contains(hash) && hub.covers(village)
            })?;
        Ok(photo.map(|photo| PhotoOffer {
            hash: photo.hash.into(),
            len: photo.len,
            household: (*photo.household.as_bytes()).into(),
        }))
    }

    fn photo_bytes(
        &mut self,
        hash: &[u8; 32],
        offset: u64,
        max: usize,
    ) -> Result<Vec<u8>, AppError> {
        self.device.photo_bytes(hash, offset, max)
    }

    fn photo_done(&mut self, hash: &[u8; 32]) -> Result<(), AppError> {
        self.handed_over(&[(Thing::Photo, hash, 1)])
    }

    fn photo_refused(&mut self, hash: &[u8; 32], code: &str) -> Result<(), AppError> {
        tracing::warn!(code, "the hub refused a photo; the district will be asked");
        self.handed_over(&[(Thing::Photo, hash, 0)])
    }
}

/// Why a household is refused that another device made and the district will not have.
const DISTRICT_REFUSED: &str = "district_refused";
/// Keys of hubs that the district revoked, one behind the other.
const REVOKED: &str = "revoked_hubs";

impl Device {
    pub(super) fn note_revoked_hubs(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        let keys: Vec<u8> = reply
            .revoked_hubs
            .iter()
            .flatten()
            .flat_map(|key| **key)
            .collect();
        if self.store.meta(REVOKED)?.unwrap_or_default() != keys {
            self.store
                .transact(|tx| Store::put_meta(tx, REVOKED, &keys))?;
        }
        Ok(())
    }

    /// Keys of hubs that the district revoked.
    ///
    /// # Errors
    /// What the disk says.
    pub fn revoked_hubs(&self) -> Result<Vec<[u8; 32]>, AppError> {
        let keys = self.store.meta(REVOKED)?.unwrap_or_default();
        Ok(keys
            .chunks_exact(32)
            .filter_map(|key| key.try_into().ok())
            .collect())
    }

    fn note_hub(&mut self, hub: &Hub) -> Result<(), AppError> {
        let row = HubRow {
            server: hub.server(),
            name: hub.certificate.name.clone(),
            address: hub.address.clone(),
            certificate: hub.bytes.clone(),
            cursor: 0,
            outcome: 0,
            at: self.now(),
        };
        Ok(self.store.transact(|tx| Store::note_hub(tx, &row))?)
    }

    /// The next batch for a hub: what neither the district has nor the hub was given, of the villages that fit.
    pub(super) fn batch_for_hub(
        &self,
        server: &[u8; 16],
        max_bytes: usize,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<OutBatch>, AppError> {
        let of = |thing| -> Result<Vec<_>, AppError> {
            Ok(self
                .store
                .unsent_at_hub(server, thing)?
                .into_iter()
                .filter(|w| fits(&w.village))
                .map(|w| w.thing)
                .take(400)
                .collect())
        };
        let (batch, mut out) = self.batch_of(of(Thing::Row)?, of(Thing::Change)?, max_bytes)?;
        if batch.rows.is_empty() && batch.changes.is_empty() {
            return Ok(None);
        }
        out.bytes = encode(&batch.sign(&self.key));
        Ok(Some(out))
    }

    /// Households that the hub showed and takes back, because the district refused them whole. One on which somebody
    /// worked here stays, marked as refused: what was made is theirs to see.
    fn let_go_of_households(
        &mut self,
        digests: &BTreeSet<Hash>,
        server: &[u8; 16],
    ) -> Result<(), AppError> {
        for (household, only_heard_of) in self.store.households_of(digests)? {
            self.store
                .transact(|tx| Store::household_withdrawn_at_hub(tx, server, household))?;
            if !only_heard_of {
                continue;
            }
            if self.store.worked_on(household, self.id())? {
                self.store.transact(|tx| {
                    Store::mark_row(tx, household, LogState::Refused, Some(DISTRICT_REFUSED))
                })?;
                let card = self.card_of(household, &self.store.record(household)?)?;
                self.store.transact(|tx| cards::put(tx, card.0, card.1))?;
            } else {
                self.store
                    .transact(|tx| Store::forget_household(tx, household))?;
                if matches!(&self.open, Some(open) if open.household() == household) {
                    self.open = None;
                }
            }
        }
        Ok(())
    }

    /// Takes the district's word, whoever brought it. Gives the number of things it is about.
    ///
    /// # Errors
    /// `not_lawang_server`: the district did not sign it, or not for this device.
    pub(super) fn take_outcomes(&mut self, bytes: &[u8]) -> Result<u32, AppError> {
        let said = SignedOutcomes::open(bytes, &self.identity.server_key)
            .filter(|o| *o.device == *self.identity.device.as_bytes())
            .ok_or_else(|| odd("an answer that the district did not sign for this device"))?;
        let mut batch = OutBatch {
            bytes: Vec::new(),
            rows: Vec::new(),
            changes: Vec::new(),
            households: 0,
        };
        let (mut rows, mut changes) = (Vec::new(), Vec::new());
        let mut photos = Vec::new();
        for Outcome { kind, id, verdict } in &said.list {
            // An answer that was long on its way: what the district has taken since, it has.
            let refused = matches!(verdict, Verdict::Refused(_));
            let thing = match *kind {
                kind::ROW => Thing::Row,
                kind::CHANGE => Thing::Change,
                _ => Thing::Photo,
            };
            if refused && self.store.at_district(thing, id)? {
                continue;
            }
            match *kind {
                kind::ROW => {
                    if let Ok(id) = <[u8; 16]>::try_from(id.as_slice()) {
                        batch.rows.push(id);
                        rows.push(verdict.clone());
                    }
                }
                kind::CHANGE => {
                    if let Ok(hash) = <[u8; 32]>::try_from(id.as_slice()) {
                        batch.changes.push(hash);
                        changes.push(verdict.clone());
                    }
                }
                kind::PHOTO => photos.extend(<[u8; 32]>::try_from(id.as_slice())),
                _ => {}
            }
        }
        rows.append(&mut changes);
        self.verdicts(&batch, &rows)?;
        for hash in &photos {
            self.photo_done(hash)?;
        }
        Ok(u32::try_from(said.list.len()).unwrap_or(u32::MAX))
    }
}

/// Sends and receives at a hub until both sides agree, or says why not; brings the district's answers and leaves sealed
/// what the hub must not read. The report never has a receipt: only the district's counts.
///
/// # Errors
/// As [`super::exchange`].
pub fn exchange_at_hub(
    device: &Mutex<Device>,
    hub: &Hub,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    mut show: impl FnMut(Stage, Progress),
) -> Result<Report, AppError> {
    let mut client = Client::new();
    let mut done = once(device, hub, transport, cancel, &mut client, &mut show);
    // An old copy of the hub was restored: it lost what it had been given, and knows other numbers. Nothing there was
    // the only copy, so it gets everything once more.
    let behind = match &done {
        Err(error) => error.code == "server_restored",
        Ok(report) => !report.agreed,
    };
    if behind && !cancel.cancelled() {
        tracing::warn!("the hub holds other things than it did; it is met as for the first time");
        let server = hub.server();
        run::lock(device)
            .store
            .transact(|tx| Store::forget_hub(tx, &server))?;
        client = Client::new();
        done = once(device, hub, transport, cancel, &mut client, &mut show);
    }
    run::log(
        device,
        &done,
        client.progress(),
        Some(&hub.certificate.name),
    )?;
    done.map(|report| Report {
        receipt: Vec::new(),
        ..report
    })
}

fn once(
    device: &Mutex<Device>,
    hub: &Hub,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    client: &mut Client,
    show: &mut impl FnMut(Stage, Progress),
) -> Result<Report, AppError> {
    let (mut villages, mut features) = (Vec::new(), 0);
    run::lock(device).fold_all()?;
    fetch_outcomes(device, hub, transport, cancel)?;
    let mut report = run::steps(transport, cancel, client, show, |work: run::Work<'_>| {
        let mut device = run::lock(device);
        work.on(&mut AtHub {
            device: &mut device,
            hub,
            villages: &mut villages,
            features: &mut features,
        })
    })?;
    leave_sealed(device, hub, transport, cancel)?;
    if report.agreed {
        let covered = |village: &str| hub.covers(village);
        let there = (features, &covered as &dyn Fn(&str) -> bool);
        photos::fetch(device, there, transport, cancel, &mut report, show)?;
    }
    Ok(report)
}

/// What the district said of this device's work, and what the hub takes back, before anything else: it decides what is
/// sent.
fn fetch_outcomes(
    device: &Mutex<Device>,
    hub: &Hub,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
) -> Result<(), AppError> {
    let mut asker = Asker::default();
    let server = hub.server();
    run::lock(device).note_hub(hub)?;
    let mut call = |wait: u64, bytes: &[u8]| -> Result<Vec<u8>, LinkFailure> {
        transport.pause(wait, cancel);
        transport.call(bytes)
    };
    loop {
        let after = run::lock(device)
            .store
            .hub(&server)?
            .map_or(0, |hub| hub.outcome);
        let request = HubRequest::Outcomes(OutcomesRequest { after });
        let HubResponse::Outcomes(reply) = asker.hub(request, &mut call)? else {
            return Err(LinkFailure::NotLawang.into());
        };
        let mut device = run::lock(device);
        for outcomes in &reply.outcomes {
            device.take_outcomes(outcomes)?;
        }
        device
            .store
            .transact(|tx| Store::set_hub_outcome(tx, &server, reply.next))?;
        let taken_back = reply.withdrawn.unwrap_or_default();
        let hashes: BTreeSet<Hash> = taken_back.iter().map(|hash| Hash(**hash)).collect();
        if !hashes.is_empty() {
            device.store.transact(|tx| {
                for hash in &hashes {
                    Store::withdrawn_at_hub(tx, &server, &hash.0)?;
                }
                Ok(())
            })?;
            device.set_withdrawn_aside(&hashes)?;
            device.let_go_of_households(&hashes, &server)?;
        }
        if !reply.more {
            // Work that was refused is set aside, and what builds on it goes up with the rest.
            device.rebase_refused()?;
            return Ok(());
        }
    }
}
