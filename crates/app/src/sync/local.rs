//! The device's database as the protocol needs it. Each call is one transaction.

use super::{rebase::DEPENDS, taken::INSTANCE_TAKEN};
use crate::{cards, device::Device, error::AppError};
use lawang_domain::{DocumentKind, HouseholdId};
use lawang_records::{Hash, belongs_to, inspect};
use lawang_store::{LogState, OLD_BASE, ScopeNames, Store, Unsent};
use lawang_sync::{
    Batch, BatchChange, BatchRow, CheckReply, CheckRequest, FindingsOffer, FindingsPart, FormOffer,
    FormPart, Glance, Hello, HelloReply, Incarnation, Local, OutBatch, PROTOCOL, Packing,
    PhotoOffer, PullReply, Receipt, RowsReply, Verdict, VillageCheck, actor_of, encode,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// All incarnations this device ever had, newest last: changes that wait may be of an older one.
pub(super) const INCARNATIONS: &str = "incarnations";
/// The server's word for a change under a number that its actor has used.
const REUSED_ACTOR: &str = "reused_actor";
/// Most things in a batch.
const BATCH: usize = 400;

impl Device {
    pub(super) fn incarnations(&self) -> Result<Vec<Incarnation>, AppError> {
        let mut all: Vec<Incarnation> = self
            .store
            .meta(INCARNATIONS)?
            .unwrap_or_default()
            .chunks_exact(8)
            .filter_map(|chunk| chunk.try_into().ok())
            .collect();
        if !all.contains(&self.incarnation) {
            all.push(self.incarnation);
        }
        Ok(all)
    }

    /// The first of these things in one batch, at most about this many bytes before compression, at least one thing;
    /// not signed yet.
    pub(super) fn batch_of(
        &self,
        rows: Vec<Unsent>,
        changes: Vec<Unsent>,
        max_bytes: usize,
    ) -> Result<(Batch, OutBatch), AppError> {
        let incarnations = self.incarnations()?;
        let public = self.key.public();
        let written_as = |body: &[u8]| -> Incarnation {
            let actor = inspect(body).map(|info| info.actor).unwrap_or_default();
            incarnations
                .iter()
                .copied()
                .find(|i| belongs_to(&actor, &actor_of(&public, i)))
                .unwrap_or(self.incarnation)
        };
        let mut size = 0;
        let mut households = BTreeSet::new();
        let mut batch = Batch {
            device: (*self.identity.device.as_bytes()).into(),
            incarnation: self.incarnation.into(),
            clock: self.now().unsigned_abs() << 16,
            person: self.identity.person.clone(),
            role: self.identity.role.clone(),
            rows: Vec::new(),
            changes: Vec::new(),
        };
        let mut out = OutBatch {
            bytes: Vec::new(),
            rows: Vec::new(),
            changes: Vec::new(),
            households: 0,
        };
        for row in rows {
            if size > 0 && size + row.body.len() > max_bytes {
                break;
            }
            size += row.body.len();
            households.insert(row.household);
            out.rows.push(*row.household.as_bytes());
            batch.rows.push(BatchRow {
                household: (*row.household.as_bytes()).into(),
                row: row.body.into(),
            });
        }
        let mut first = true;
        for change in changes {
            if size > 0 && size + change.body.len() > max_bytes {
                break;
            }
            let incarnation = written_as(&change.body);
            if first {
                batch.incarnation = incarnation.into();
                first = false;
            } else if *batch.incarnation != incarnation {
                break;
            }
            // Packed changes are to field answers; the others travel in whole batches of their own.
            let beside = change.kind != DocumentKind::FieldAnswers;
            if !batch.changes.is_empty() && beside != batch.changes.iter().any(|c| c.kind.is_some())
            {
                break;
            }
            size += change.body.len();
            households.insert(change.household);
            out.changes.push(change.hash);
            batch.changes.push(BatchChange {
                household: (*change.household.as_bytes()).into(),
                change: change.body.into(),
                kind: beside.then(|| change.kind.number()),
            });
        }
        out.households = u32::try_from(households.len()).unwrap_or(u32::MAX);
        Ok((batch, out))
    }

    /// What builds on things that came from a hub and are not known to be at the district waits for them: the district
    /// would refuse it.
    fn without_held_back(
        &self,
        rows: Vec<Unsent>,
        changes: Vec<Unsent>,
    ) -> Result<(Vec<Unsent>, Vec<Unsent>), AppError> {
        let (households, mut waits) = self.store.only_at_hubs()?;
        if households.is_empty() && waits.is_empty() {
            return Ok((rows, changes));
        }
        let mut ready = Vec::new();
        for change in self.store.unsent_changes(usize::MAX)? {
            let builds_on = inspect(&change.body)
                .is_ok_and(|info| info.deps.iter().any(|dep| waits.contains(&dep.0)));
            if builds_on || households.contains(&change.household) {
                waits.insert(change.hash);
            } else if ready.len() < BATCH {
                ready.push(change);
            }
        }
        Ok((rows, ready))
    }
}

impl Local for Device {
    type Error = AppError;

    fn hello(&mut self) -> Result<Hello, AppError> {
        Ok(Hello {
            protocol: PROTOCOL,
            incarnation: self.incarnation.into(),
            made: self.made()?,
            form: format!("{} {}", self.form.id(), self.form.version()),
            app: env!("CARGO_PKG_VERSION").to_owned(),
            time: self.now().unsigned_abs(),
            forms: Some(self.held_forms()?),
        })
    }

    fn welcome(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        if Uuid::from_bytes(*reply.server) != self.identity.server {
            return Err(AppError::new(
                "not_lawang_server",
                "another server than the one enrolled with",
            ));
        }
        let villages: Vec<_> = reply
            .villages
            .iter()
            .map(|v| ScopeNames {
                village: v.code.clone(),
                name: v.name.clone(),
                district: v.district.clone(),
                regency: v.regency.clone(),
            })
            .collect();
        let known = self.store.scope()?;
        let same = known.iter().filter(|k| k.active).count() == villages.len()
            && villages.iter().all(|v| {
                known.iter().any(|k| {
                    k.active && k.village == v.village && k.name == v.name && k.regency == v.regency
                })
            });
        self.note_person(&reply.person, &reply.role)?;
        self.note_offers(reply)?;
        self.note_token(reply)?;
        self.note_lives(reply)?;
        self.note_revoked_hubs(reply)?;
        self.note_findings(reply)?;
        self.note_rules(reply, false)?;
        if same && !reply.restored {
            return Ok(());
        }
        self.store.transact(|tx| Store::set_scope(tx, &villages))?;
        if reply.restored {
            self.begin_new_life()?;
        }
        Ok(())
    }

    fn glance(&mut self) -> Result<Option<(Glance, Option<CheckRequest>)>, AppError> {
        self.make_taken_again()?;
        self.store.retry_old_base()?;
        self.futile.clear();
        // A crash may have come between the verdicts and this.
        self.rebase_refused()?;
        self.short_greeting()
    }

    fn settled(&mut self) -> Result<(), AppError> {
        self.use_token()
    }

    fn features(&mut self) -> Result<u32, AppError> {
        Ok(self.last_token()?.map_or(0, |(_, features)| features))
    }

    fn next_batch(
        &mut self,
        max_bytes: usize,
        packing: Packing,
    ) -> Result<Option<OutBatch>, AppError> {
        // What was refused a moment ago is set aside first, so that the rest of the work goes on.
        self.rebase_refused()?;
        let rows = self.store.unsent_rows(BATCH)?;
        let changes = self.store.unsent_changes(BATCH)?;
        if rows.is_empty() && changes.is_empty() {
            return Ok(None);
        }
        let (rows, changes) = self.without_held_back(rows, changes)?;
        let (batch, mut out) = self.batch_of(rows, changes, max_bytes)?;
        if batch.rows.is_empty() && batch.changes.is_empty() {
            return Ok(None);
        }
        let whole = packing == Packing::Whole || batch.changes.iter().any(|c| c.kind.is_some());
        let packed = if whole {
            None
        } else {
            self.packed(&batch, packing)?
        };
        out.bytes = match packed {
            Some(packed) => encode(&packed.sign(&self.key)),
            None => encode(&batch.sign(&self.key)),
        };
        Ok(Some(out))
    }

    fn verdicts(&mut self, batch: &OutBatch, verdicts: &[Verdict]) -> Result<(), AppError> {
        let mut touched: BTreeSet<HouseholdId> = batch
            .rows
            .iter()
            .map(|id| HouseholdId(Uuid::from_bytes(*id)))
            .collect();
        for hash in &batch.changes {
            if let Some(change) = self.store.change(&Hash(*hash))? {
                touched.insert(change.household);
            }
        }
        let mut cards = Vec::new();
        for household in touched {
            // A household whose document cannot be read must not keep the verdicts from the others.
            let card = self.store.record(household).map_err(AppError::from);
            match card.and_then(|record| self.card_of(household, &record)) {
                Ok(card) => cards.push(card),
                Err(error) => {
                    tracing::error!(%household, code = error.code, "no card after sending")
                }
            }
        }
        let futile = self.futile(batch, verdicts)?;
        self.store.transact(|tx| {
            let (rows, changes) = verdicts.split_at(batch.rows.len().min(verdicts.len()));
            for (id, verdict) in batch.rows.iter().zip(rows) {
                let household = HouseholdId(Uuid::from_bytes(*id));
                match verdict {
                    Verdict::Accepted(_) => Store::mark_row(tx, household, LogState::Sent, None)?,
                    Verdict::Refused(code) => {
                        Store::mark_row(tx, household, LogState::Refused, Some(code))?
                    }
                }
            }
            for (hash, verdict) in batch.changes.iter().zip(changes) {
                match verdict {
                    Verdict::Accepted(seq) => {
                        Store::mark_change(tx, hash, LogState::Sent, Some(*seq), None)?
                    }
                    // Not refused: it is made again when the word about its record comes, in this exchange.
                    Verdict::Refused(code) if code == OLD_BASE => {
                        Store::mark_change(tx, hash, LogState::Unsent, None, Some(code))?
                    }
                    // The change that made the instance there comes in this exchange; then this one is made again without it.
                    Verdict::Refused(code) if code == INSTANCE_TAKEN => {
                        Store::mark_change(tx, hash, LogState::Unsent, None, Some(OLD_BASE))?
                    }
                    // Made again it would be refused again, without an end. It waits as if its record had begun anew, which
                    // is what this means as a rule, and the exchange goes on to where that is told.
                    Verdict::Refused(code) if code == DEPENDS && futile.contains(hash) => {
                        Store::mark_change(tx, hash, LogState::Unsent, None, Some(OLD_BASE))?
                    }
                    // This database is an old copy: the number stands for something that was lost here. There is
                    // nothing wrong with the work, and it is made again under another actor.
                    Verdict::Refused(code) if code == REUSED_ACTOR => {
                        Store::mark_change(tx, hash, LogState::Refused, None, Some(DEPENDS))?
                    }
                    Verdict::Refused(code) => {
                        Store::mark_change(tx, hash, LogState::Refused, None, Some(code))?
                    }
                }
            }
            for (id, card) in cards {
                cards::put(tx, id, card)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn row_cursor(&mut self, village: &str) -> Result<u64, AppError> {
        Ok(self.store.row_cursor(village)?)
    }

    fn take_page(&mut self, reply: &RowsReply) -> Result<(), AppError> {
        Ok(self
            .store
            .store_page(&reply.village, reply.to, &reply.page)?)
    }

    fn pull_cursor(&mut self) -> Result<u64, AppError> {
        Ok(self.store.pull_cursor()?)
    }

    fn take_changes(&mut self, reply: &PullReply) -> Result<u32, AppError> {
        self.take_changes_from(reply, None)
    }

    fn check(&mut self) -> Result<CheckRequest, AppError> {
        self.unpack_pages()?;
        let cursor = self.store.pull_cursor()?;
        let mut villages = Vec::new();
        for scope in self.store.scope()?.into_iter().filter(|s| s.active) {
            let (rows, changes, digest) = self.store.village_sets(&scope.village, cursor)?;
            villages.push(VillageCheck {
                code: scope.village,
                last_row: scope.row_cursor,
                rows,
                changes,
                digest: digest.0.into(),
            });
        }
        Ok(CheckRequest { cursor, villages })
    }

    fn checked(&mut self, request: &CheckRequest, reply: &CheckReply) -> Result<(), AppError> {
        if reply.agreed {
            Receipt::verify(&reply.receipt, &self.identity.server_key, request)
                .map_err(|e| AppError::new("not_lawang_server", e.to_string()))?;
            self.keep_proof(request, reply)?;
            return self.let_go_of_moved();
        }
        self.doubt_this_copy()
    }

    fn form_have(&mut self, offer: &FormOffer) -> Result<Option<u64>, AppError> {
        let have = self.form_bytes(offer)?;
        if have.is_none() {
            self.prune_forms()?;
        }
        Ok(have)
    }

    fn take_form(&mut self, offer: &FormOffer, part: &FormPart) -> Result<(), AppError> {
        self.take_form_part(offer, part)
    }

    fn findings_have(&mut self, offer: &FindingsOffer) -> Result<Option<u64>, AppError> {
        self.findings_bytes(offer, false)
    }

    fn take_findings(
        &mut self,
        offer: &FindingsOffer,
        part: &FindingsPart,
    ) -> Result<(), AppError> {
        self.take_findings_part(offer, part)
    }

    fn next_photo(&mut self, skip: &BTreeSet<[u8; 32]>) -> Result<Option<PhotoOffer>, AppError> {
        Ok(self.store.unsent_photo(skip)?.map(|photo| PhotoOffer {
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
        Ok(self.store.photo_piece(hash, offset, max)?)
    }

    fn photo_done(&mut self, hash: &[u8; 32]) -> Result<(), AppError> {
        Ok(self.store.mark_photo(hash, LogState::Sent)?)
    }

    fn photo_refused(&mut self, hash: &[u8; 32], code: &str) -> Result<(), AppError> {
        tracing::warn!(code, "the server refused a photo");
        Ok(self.store.mark_photo(hash, LogState::Refused)?)
    }
}
