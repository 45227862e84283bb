//! Takes what devices send. The order of the tests is that of the design: cheap and certain ones first,
//! and nothing reaches a document before all that can be known without one is known.

use crate::{
    authority::{self, Asked},
    devices::{self, Device},
    erase,
    error::{Result, ServerError},
    evidence,
    forms::Catalogue,
    household::{self, Household, Origin, int},
    hub,
    refusal::{Refusal, refuse},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId, HybridTime};
use lawang_records::{
    ApplyError, ChangeError, ChangeInfo, ENTITIES, Hash, Record, Row, Touch, belongs_to, inspect,
};
use lawang_sync::{
    Batch, BatchChange, BatchRow, Opened, PushReply, SignedBatch, Verdict, actor_of, decode,
};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The change builds on what is only a hash any more.
pub(crate) const OLD_BASE: &str = "old_base";
/// Nobody writes in the record any more.
const CLOSED: &str = "record_closed";
/// The change makes an instance that is there.
const INSTANCE_TAKEN: &str = "instance_taken";
/// The change builds on something that is not here.
const MISSING: &str = "missing_dependency";
/// Largest row of a new household, bytes.
const MAX_ROW: usize = 256 * 1024;
/// Most operations of a change: a complete visit to a household of twenty has two thousand. Run-length
/// columns let a small change claim millions.
const MAX_OPERATIONS: usize = 20_000;
/// Most households in memory at once.
const MAX_LOADED: usize = 300;

/// Takes a signed batch: one verdict for each thing in it.
pub(crate) fn push(server: &Server, device: DeviceId, bytes: &[u8], now: u64) -> Result<PushReply> {
    take(server, device, bytes, now, false)
}

/// The same of a batch that was on its way for a while: a hub or a memory card brings it. Nobody knows what its author
/// had heard of when it was made.
pub(crate) fn push_late(
    server: &Server,
    device: DeviceId,
    bytes: &[u8],
    now: u64,
) -> Result<PushReply> {
    take(server, device, bytes, now, true)
}

fn take(
    server: &Server,
    device: DeviceId,
    bytes: &[u8],
    now: u64,
    late: bool,
) -> Result<PushReply> {
    let known = server.store.read(|tx| devices::find(tx, device))?;
    // Signature, inflating and parsing happen before the write lock is taken.
    let opened = SignedBatch::open(bytes, &known.public_key, device.as_bytes())
        .map_err(|e| ServerError::refused(e.code(), e.to_string()))?;
    let signed: SignedBatch =
        decode(bytes).ok_or_else(|| ServerError::refused("malformed_batch", "not a batch"))?;
    let incarnation: [u8; 8] = match &opened {
        Opened::Whole(batch) => *batch.incarnation,
        Opened::Packed(batch) => *batch.incarnation,
    };
    let in_runs = matches!(&opened, Opened::Packed(batch) if batch.lengths.is_some());
    server.store.write(|tx| {
        // Again: it may have been revoked meanwhile.
        let mut device = devices::find(tx, device)?;
        if late {
            device.last_agreed = None;
        }
        let mut ingest = Ingest {
            tx,
            forms: &server.forms,
            at_hub: server.hub().is_some(),
            actor: actor_of(&device.public_key, &incarnation),
            incarnation,
            device: &device,
            now,
            loaded: HashMap::new(),
            sides: HashMap::new(),
            on_old_base: HashSet::new(),
        };
        let (batch, verdicts) = match opened {
            Opened::Whole(batch) => {
                let mut verdicts = ingest.rows(&batch.rows)?;
                verdicts.extend(ingest.changes(&batch.changes)?);
                (batch, verdicts)
            }
            Opened::Packed(packed) => {
                // Its changes may be to households whose rows it brings.
                let mut verdicts = ingest.rows(&packed.rows)?;
                let changes = ingest.unpack(&packed)?;
                verdicts.extend(ingest.changes(&changes)?);
                (packed.whole(changes), verdicts)
            }
        };
        ingest.flush()?;
        let refused = verdicts
            .iter()
            .filter(|v| matches!(v, Verdict::Refused(_)))
            .count();
        note_batch(
            tx,
            &device,
            &batch,
            bytes,
            &signed,
            (verdicts.len(), refused),
            now,
        )?;
        evidence::seal(server, tx, now)?;
        server.metrics.verdicts(&verdicts);
        if refused > 0 {
            tracing::warn!(device = %device.id, refused, "changes went to quarantine");
        }
        Ok(if in_runs {
            PushReply::in_runs(&verdicts)
        } else {
            PushReply {
                verdicts,
                runs: None,
            }
        })
    })
}

fn note_batch(
    tx: &Tx<'_>,
    device: &Device,
    batch: &Batch,
    bytes: &[u8],
    signed: &SignedBatch,
    (things, refused): (usize, usize),
    now: u64,
) -> Result<()> {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    tx.execute(
        "INSERT INTO batch (hash, device, incarnation, signature, clock, received_at, things,
                            refused)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        params![
            hash,
            device.id.as_bytes(),
            batch.incarnation.as_slice(),
            signed.signature.as_slice(),
            int(HybridTime(batch.clock).ms()),
            int(now),
            things as i64,
            refused as i64,
        ],
    )?;
    Ok(())
}

pub(crate) struct Ingest<'a> {
    pub(crate) tx: &'a Tx<'a>,
    forms: &'a Catalogue,
    /// This server is a hub.
    at_hub: bool,
    pub(crate) device: &'a Device,
    incarnation: [u8; 8],
    actor: [u8; 16],
    now: u64,
    loaded: HashMap<HouseholdId, (Household, bool)>,
    /// Documents beside the field answers.
    sides: HashMap<(HouseholdId, DocumentKind), Record>,
    /// Changes of this batch that build on what is only a hash any more, straight or through one another.
    on_old_base: HashSet<Hash>,
}

impl Ingest<'_> {
    fn rows(&mut self, rows: &[BatchRow]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(rows.len());
        for row in rows {
            verdicts.push(match self.row(row)? {
                Ok(seq) => Verdict::Accepted(seq),
                Err(refusal) => {
                    let hash = Row::digest(&row.row);
                    self.quarantine(("row", 0), &row.household, &hash, &row.row, refusal)?
                }
            });
        }
        Ok(verdicts)
    }

    fn changes(&mut self, changes: &[BatchChange]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(changes.len());
        for change in changes {
            verdicts.push(match self.change(change)? {
                Ok(seq) => Verdict::Accepted(seq),
                // Not kept: its author makes it anew in the same exchange, without what may have been erased.
                Err(refusal) if refusal.code == OLD_BASE => {
                    Verdict::Refused(refusal.code.to_owned())
                }
                // What it builds on may itself build on what was erased, and hold some of it: not kept either.
                Err(refusal)
                    if refusal.code == MISSING
                        && erase::began_anew(self.tx, &change.household)? =>
                {
                    Verdict::Refused(refusal.code.to_owned())
                }
                // Nor what is said of a record that was erased on request, whose author may not know of it yet.
                Err(refusal)
                    if refusal.code == CLOSED
                        && erase::erased(
                            self.tx,
                            HouseholdId(Uuid::from_bytes(*change.household)),
                        )?
                        .0 =>
                {
                    Verdict::Refused(refusal.code.to_owned())
                }
                Err(refusal) => {
                    // Its own hash if it has one, so that people find it again.
                    let hash = inspect(&change.change).map_or_else(
                        |_| Sha256::digest(change.change.as_slice()).into(),
                        |info| info.hash.0,
                    );
                    let document = change.kind.unwrap_or(0);
                    self.quarantine(
                        ("change", document),
                        &change.household,
                        &hash,
                        &change.change,
                        refusal,
                    )?
                }
            });
        }
        Ok(verdicts)
    }

    fn row(&mut self, sent: &BatchRow) -> Result<std::result::Result<u64, Refusal>> {
        if sent.row.len() > MAX_ROW {
            return Ok(Err(refuse("row_too_large", "the row is too large")));
        }
        let Ok(row) = Row::from_bytes(&sent.row) else {
            return Ok(Err(refuse("malformed_row", "the bytes are not a row")));
        };
        // What a visit does to lists of entities comes as a change; no row begins with it.
        if row.instances.iter().any(|i| i.of == ENTITIES) {
            return Ok(Err(refuse("malformed_row", "the row holds entities")));
        }
        if row.household.as_bytes() != &*sent.household {
            return Ok(Err(refuse(
                "other_household",
                "the row is of another household than it says",
            )));
        }
        if self.at_hub && hub::is_household_withdrawn(self.tx, row.household)? {
            return Ok(Err(refuse(
                "district_refused",
                "the district has refused this household",
            )));
        }
        // What is here already is here, whoever may add what by now: an answer may have got lost.
        let known = self.tx.optional(
            "SELECT row_seq, digest FROM row_log WHERE household = ?1",
            params![row.household.as_bytes()],
            |r| Ok((r.get::<i64>(0)?, r.get::<[u8; 32]>(1)?)),
        )?;
        match known {
            Some((seq, digest)) if digest == Row::digest(&sent.row) => {
                Ok(Ok(household::unsigned(seq)))
            }
            // The record began anew: what it began with before is known, and only a hash any more.
            Some((seq, _)) if erase::first_row(self.tx, &row, &Row::digest(&sent.row))? => {
                Ok(Ok(household::unsigned(seq)))
            }
            other => {
                if let Err(refusal) = authority::may_add(self.device, &row.village) {
                    return Ok(Err(refusal));
                }
                if other.is_some() {
                    return Ok(Err(refuse(
                        "row_differs",
                        "this household is known with another row",
                    )));
                }
                let device = Some(self.device.id);
                household::append_row(self.tx, &row, &sent.row, device, self.now).map(Ok)
            }
        }
    }

    fn change(&mut self, sent: &BatchChange) -> Result<std::result::Result<u64, Refusal>> {
        let info = match inspect(&sent.change) {
            Ok(info) => info,
            Err(error) => return Ok(Err(error.into())),
        };
        if self.at_hub && hub::is_withdrawn(self.tx, &info.hash.0)? {
            return Ok(Err(refuse(
                "district_refused",
                "the district has refused this change",
            )));
        }
        if let Some(seq) = household::seq_of(self.tx, &info.hash.0)? {
            return Ok(Ok(seq));
        }
        let Some(kind) = DocumentKind::from_number(sent.kind.unwrap_or(0)) else {
            return Ok(Err(refuse("unknown_document", "no such document")));
        };
        let id = HouseholdId(Uuid::from_bytes(*sent.household));
        if self.at_hub && hub::is_household_withdrawn(self.tx, id)? {
            return Ok(Err(refuse(
                "district_refused",
                "the district has refused this household",
            )));
        }
        if let Err(refusal) = self.without_document(&info) {
            return Ok(Err(refusal));
        }
        if !self.load(id)? {
            return Ok(Err(refuse(
                "unknown_household",
                "the household is not known here",
            )));
        }
        let Some((mut household, changed)) = self.loaded.remove(&id) else {
            return Err(ServerError::Damaged("a loaded household is gone".into()));
        };
        let done = self.apply_to_document(&mut household, kind, &info, &sent.change);
        let accepted = done.as_ref().is_ok_and(std::result::Result::is_ok);
        self.loaded.insert(id, (household, changed || accepted));
        done
    }

    /// The tests that need the document, then the change itself, on a scratch copy that a panic cannot leave.
    fn apply_to_document(
        &mut self,
        household: &mut Household,
        kind: DocumentKind,
        info: &ChangeInfo,
        bytes: &[u8],
    ) -> Result<std::result::Result<u64, Refusal>> {
        let answers = kind == DocumentKind::FieldAnswers;
        let verification = (household.id, DocumentKind::Verification);
        if !answers {
            self.load_side(household.id, kind)?;
        }
        let record = if answers {
            &household.record
        } else {
            let side = self.sides.get(&(household.id, kind));
            side.ok_or_else(|| ServerError::Damaged("a loaded document is gone".into()))?
        };
        if info.deps.is_empty() || !info.deps.iter().all(|h| record.has(h)) {
            let through = info.deps.iter().any(|h| self.on_old_base.contains(h));
            if through || erase::builds_on_erased(self.tx, household.id, &info.deps)? {
                self.on_old_base.insert(info.hash);
                return Ok(Err(refuse(OLD_BASE, "the record began anew since")));
            }
            return Ok(Err(ChangeError::Dependencies.into()));
        }
        if erase::erased(self.tx, household.id)?.0 {
            return Ok(Err(refuse(CLOSED, "the record was erased on request")));
        }
        // An operation counter that jumps ahead would win every conflict from now on.
        let largest = if answers {
            household.max_op
        } else {
            record.max_op()
        };
        if info.start_op > largest + 1 {
            return Ok(Err(ChangeError::Counter.into()));
        }
        let touches = match record.touches(bytes) {
            Ok(touches) => touches,
            Err(error) => return Ok(Err(error.into())),
        };
        // Of two maps under one name only one is ever seen: who makes an instance again hides what others said in it.
        for touch in &touches {
            if let Touch::AddInstance { id, .. } = touch
                && !record.makers(*id)?.is_empty()
            {
                // An old copy of its device's database speaks under numbers that it has used: that is what has to be told.
                return Ok(Err(match record.clone().apply(bytes) {
                    Err(error @ ApplyError::ReusedActor) => error.into(),
                    _ => refuse(INSTANCE_TAKEN, "the instance is there already"),
                }));
            }
        }
        if !answers && erase::names_erased(self.tx, household.id, &touches)? {
            return Ok(Err(refuse(OLD_BASE, "it names somebody who was erased")));
        }
        if !answers && !authority::step_fits(record, &touches)? {
            return Ok(Err(ChangeError::Counter.into()));
        }
        let allowed = authority::allowed(
            self.tx,
            self.device,
            household,
            &Asked {
                kind,
                touches: &touches,
                seen: &info.deps,
                verification: self.sides.get(&verification),
                incarnation: &self.incarnation,
                now: self.now,
            },
        )?;
        if let Err(refusal) = allowed {
            return Ok(Err(refusal));
        }
        let applied = if answers {
            household.record.apply(bytes)
        } else {
            let side = self.sides.get_mut(&(household.id, kind));
            side.ok_or_else(|| ServerError::Damaged("a loaded document is gone".into()))?
                .apply(bytes)
        };
        if let Err(error) = applied {
            return Ok(Err(error.into()));
        }
        let origin = Origin {
            device: self.device.id,
            incarnation: self.incarnation,
            person: &self.device.person,
            role: self.device.role.as_str(),
            now: self.now,
        };
        household::append_change(self.tx, household, kind, info, bytes, &origin).map(Ok)
    }

    fn load_side(&mut self, id: HouseholdId, kind: DocumentKind) -> Result<()> {
        if self.sides.contains_key(&(id, kind)) {
            return Ok(());
        }
        if self.sides.len() >= MAX_LOADED {
            self.sides.clear();
        }
        let record = match authority::side(self.tx, id, kind)? {
            Some(record) => record,
            None => Record::genesis_of(id, kind)?,
        };
        self.sides.insert((id, kind), record);
        Ok(())
    }

    fn without_document(&self, info: &ChangeInfo) -> std::result::Result<(), Refusal> {
        if !belongs_to(&info.actor, &self.actor) {
            return Err(refuse(
                "wrong_actor",
                "the change was not made by the device that sent it",
            ));
        }
        if info.operations > MAX_OPERATIONS {
            return Err(refuse(
                "too_many_operations",
                "the change does too many things at once",
            ));
        }
        Ok(())
    }

    /// A household's document, if it is known.
    pub(crate) fn record(&mut self, id: HouseholdId) -> Result<Option<&Record>> {
        self.load(id)?;
        Ok(self.loaded.get(&id).map(|(household, _)| &household.record))
    }

    /// Loads a household; false when it is not known.
    fn load(&mut self, id: HouseholdId) -> Result<bool> {
        if self.loaded.contains_key(&id) {
            return Ok(true);
        }
        if self.loaded.len() >= MAX_LOADED {
            self.flush()?;
        }
        let Some(found) = household::load(self.tx, id)? else {
            return Ok(false);
        };
        self.loaded.insert(id, (found, false));
        Ok(true)
    }

    fn flush(&mut self) -> Result<()> {
        let loaded = std::mem::take(&mut self.loaded);
        let changed = loaded.values().filter(|(_, changed)| *changed);
        household::save_all(self.tx, self.forms, changed.map(|(household, _)| household))
    }

    fn quarantine(
        &self,
        (kind, document): (&str, u8),
        household: &[u8; 16],
        hash: &[u8; 32],
        body: &[u8],
        refusal: Refusal,
    ) -> Result<Verdict> {
        self.tx.execute(
            "INSERT INTO quarantine (device, received_at, hash, household, kind, code,
                                         message, body, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            params![
                self.device.id.as_bytes(),
                int(self.now),
                hash,
                household,
                kind,
                refusal.code,
                refusal.message,
                body,
                u32::from(document),
            ],
        )?;
        Ok(Verdict::Refused(refusal.code.to_owned()))
    }
}
