//! A hub's store as the district's client: the same exchange that a device makes, without anything of its own to send.

use super::{HubIdentity, get, put, withdraw};
use crate::{
    authority, erase,
    error::{Result, ServerError},
    evidence, findings, forms,
    household::{self, Household, Origin, int, unsigned},
    rules,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_records::{Record, Row, inspect, unpack_page};
use lawang_sync::{
    CheckReply, CheckRequest, FindingsOffer, FindingsPackage, FindingsPart, FormHeld, FormOffer,
    FormPart, Glance, Hello, HelloReply, KIND_BASE, Life, Local, MAX_PAGE, NewBase, OutBatch,
    PROTOCOL, Package, Packing, PhotoOffer, PullBody, PullReply, RULES, Receipt, RowsReply,
    RulesOffer, SetDigest, Verdict, VillageCheck, decode, decompress,
};
use std::collections::{BTreeSet, HashMap, hash_map::Entry as Slot};
use uuid::Uuid;

/// Most households in memory at once.
const MAX_LOADED: usize = 300;
const CURSOR: &str = "hub_cursor";
/// The district's newest life that this hub knows of.
const LIFE: &str = "hub_district_life";

pub(super) struct Mirror<'a> {
    server: &'a Server,
    hub: &'a HubIdentity,
    now: u64,
    villages: Vec<String>,
    /// A questionnaire under way: pieces are kept in memory, a hub's link breaks off rarely enough.
    form: Option<([u8; 32], Vec<u8>)>,
    /// The rules that the district offers, as it signed them.
    rules: Option<RulesOffer>,
    /// The same of a village's findings.
    findings: Option<([u8; 32], Vec<u8>)>,
    /// The record for which a photo is being offered.
    offered: Option<[u8; 16]>,
}

fn odd() -> ServerError {
    ServerError::refused("bad_upstream", "what the district sent cannot be read")
}

fn number(tx: &Tx<'_>, key: &str) -> Result<u64> {
    Ok(get(tx, key)?
        .and_then(|v| v.try_into().ok())
        .map_or(0, u64::from_be_bytes))
}

fn row_cursor_of(village: &str) -> String {
    format!("hub_rows:{village}")
}

fn know_row(tx: &Tx<'_>, row: &Row, digest: &[u8; 32]) -> Result<()> {
    tx.execute(
        "INSERT INTO upstream_row (household, village, digest) VALUES (?1, ?2, ?3)
         ON CONFLICT (household) DO NOTHING",
        params![row.household.as_bytes(), row.village, digest],
    )?;
    Ok(())
}

impl<'a> Mirror<'a> {
    pub(super) fn new(server: &'a Server, hub: &'a HubIdentity, now: u64) -> Self {
        Self {
            server,
            hub,
            now,
            villages: Vec::new(),
            form: None,
            rules: None,
            findings: None,
            offered: None,
        }
    }

    /// Changes of a page, applied and appended; those that are here already only get the district's number.
    fn take(&self, tx: &Tx<'_>, body: &PullBody) -> Result<u32> {
        let mut loaded: HashMap<HouseholdId, Household> = HashMap::new();
        let mut sides: HashMap<(HouseholdId, DocumentKind), Record> = HashMap::new();
        let mut touched = 0;
        for (at, entry) in body.entries.iter().enumerate() {
            let id = HouseholdId(Uuid::from_bytes(*entry.household));
            let author = body.authors.get(entry.author as usize).ok_or_else(odd)?;
            if entry.kind == Some(KIND_BASE) {
                // What is in memory of this record is from before.
                household::save_all(tx, &self.server.forms, loaded.values())?;
                loaded.clear();
                sides.clear();
                let base: NewBase = decode(&entry.change).ok_or_else(odd)?;
                let later = body.entries[at + 1..].iter();
                let stays = later
                    .filter(|later| later.household == entry.household)
                    .filter_map(|later| inspect(&later.change).ok())
                    .map(|info| info.hash.0)
                    .collect();
                erase::follow(self.server, tx, &base, stays, self.now)?;
                self.know_base(tx, id, &base, entry.seq)?;
                touched += 1;
                continue;
            }
            let info = inspect(&entry.change).map_err(|_| odd())?;
            let village: Option<String> = tx.optional(
                "SELECT village FROM household WHERE id = ?1",
                params![id.as_bytes()],
                |r| r.get(0),
            )?;
            let village = village.ok_or_else(odd)?;
            tx.execute(
                "INSERT INTO upstream_change (hash, village, seq) VALUES (?1, ?2, ?3)
                 ON CONFLICT (hash) DO UPDATE SET seq = excluded.seq",
                params![info.hash.0, village, int(entry.seq)],
            )?;
            if withdraw::back(tx, &info.hash.0)? {
                // Everything of the record so far is in the logs.
                sides.retain(|(record, _), _| *record != id);
                loaded.insert(id, household::from_logs(tx, id)?.ok_or_else(odd)?);
                touched += 1;
                continue;
            }
            if household::seq_of(tx, &info.hash.0)?.is_some() {
                continue;
            }
            if loaded.len() >= MAX_LOADED {
                household::save_all(tx, &self.server.forms, loaded.values())?;
                loaded.clear();
                sides.clear();
            }
            let household = match loaded.entry(id) {
                Slot::Occupied(there) => there.into_mut(),
                Slot::Vacant(free) => {
                    touched += 1;
                    free.insert(household::load(tx, id)?.ok_or_else(odd)?)
                }
            };
            let Some(kind) = DocumentKind::from_number(entry.kind.unwrap_or(0)) else {
                // A newer district: this program cannot pass it on as what it is.
                tracing::error!(household = %id, "a change to an unknown document was left out");
                continue;
            };
            let applied = if kind == DocumentKind::FieldAnswers {
                household.record.apply(&entry.change)
            } else {
                let record = match sides.entry((id, kind)) {
                    Slot::Occupied(there) => there.into_mut(),
                    Slot::Vacant(free) => free.insert(match authority::side(tx, id, kind)? {
                        Some(record) => record,
                        None => Record::genesis_of(id, kind)?,
                    }),
                };
                record.apply(&entry.change)
            };
            if let Err(error) = applied {
                // The district took it and this program cannot: the comparison will say that the two differ.
                tracing::error!(household = %id, %error, "a change of the district was left out");
                continue;
            }
            let origin = Origin {
                device: DeviceId(Uuid::from_bytes(*author.device)),
                incarnation: [0; 8],
                person: &author.person,
                role: &author.role,
                now: self.now,
            };
            household::append_change(tx, household, kind, &info, &entry.change, &origin)?;
        }
        household::save_all(tx, &self.server.forms, loaded.values())?;
        Ok(touched)
    }
}

impl Mirror<'_> {
    /// What the district offers, if it signed it; what it does not know any more goes.
    fn note_rules(&mut self, reply: &HelloReply) -> Result<()> {
        self.rules = reply.rules.clone();
        let newest = self.rules.as_ref().map_or(0, |offer| offer.version);
        if let Some(offer) = &self.rules
            && !offer.signed_by(&self.hub.district_key)
        {
            return Err(odd());
        }
        self.server.store.write(|tx| rules::drop_after(tx, newest))
    }

    fn wants_rules(&self, offer: &FormOffer) -> Result<bool> {
        let here = self.server.store.read(rules::offer)?;
        Ok(self
            .rules
            .as_ref()
            .is_some_and(|offered| offered.hash == offer.hash && here.as_ref() != Some(offered)))
    }

    /// Keeps a package that came whole.
    fn keep_rules(&self, body: &[u8]) -> Result<()> {
        let Some(offer) = &self.rules else {
            return Ok(());
        };
        self.server.store.write(|tx| {
            // Another content under this number: of a life of the district that was lost.
            rules::drop_after(tx, offer.version.saturating_sub(1))?;
            rules::keep(tx, offer, body, self.now)
        })
    }
}

impl Local for Mirror<'_> {
    type Error = ServerError;

    fn hello(&mut self) -> Result<Hello> {
        let held: Vec<FormHeld> = self.server.store.read(|tx| {
            tx.query(
                "SELECT id, version, hash FROM form ORDER BY seq",
                params![],
                |r| {
                    Ok(FormHeld {
                        id: r.get(0)?,
                        version: r.get(1)?,
                        hash: Some(r.get::<[u8; 32]>(2)?.into()),
                    })
                },
            )
        })?;
        Ok(Hello {
            protocol: PROTOCOL,
            incarnation: [0; 8].into(),
            made: 0,
            form: String::new(),
            app: concat!("hub ", env!("CARGO_PKG_VERSION")).to_owned(),
            time: self.now,
            forms: Some(held),
        })
    }

    fn welcome(&mut self, reply: &HelloReply) -> Result<()> {
        if reply.server != self.hub.district {
            return Err(ServerError::refused(
                "bad_upstream",
                "another server than the district that enrolled this hub",
            ));
        }
        self.villages = reply.villages.iter().map(|v| v.code.clone()).collect();
        self.note_rules(reply)?;
        self.note_lives(reply.lives.as_deref().unwrap_or_default())
    }

    fn glance(&mut self) -> Result<Option<(Glance, Option<CheckRequest>)>> {
        Ok(None)
    }

    fn settled(&mut self) -> Result<()> {
        Ok(())
    }

    fn features(&mut self) -> Result<u32> {
        Ok(0)
    }

    fn next_batch(&mut self, _max_bytes: usize, _packing: Packing) -> Result<Option<OutBatch>> {
        Ok(None)
    }

    fn verdicts(&mut self, _batch: &OutBatch, _verdicts: &[Verdict]) -> Result<()> {
        Ok(())
    }

    fn row_cursor(&mut self, village: &str) -> Result<u64> {
        self.server
            .store
            .read(|tx| number(tx, &row_cursor_of(village)))
    }

    fn take_page(&mut self, reply: &RowsReply) -> Result<()> {
        let raw = decompress(&reply.page, MAX_PAGE).ok_or_else(odd)?;
        let rows = unpack_page(&raw).map_err(|_| odd())?;
        self.server.store.write(|tx| {
            for row in rows {
                let bytes = row.to_bytes();
                let digest = Row::digest(&bytes);
                let known: Option<[u8; 32]> = tx.optional("SELECT digest FROM row_log WHERE household = ?1", params![row.household.as_bytes()], |r| r.get(0))?;
                know_row(tx, &row, &digest)?;
                match known {
                    None => {
                        household::append_row(tx, &row, &bytes, None, self.now)?;
                    }
                    Some(known) if known != digest => {
                        tracing::error!(household = %row.household, "the district holds another row");
                    }
                    Some(_) => withdraw::row_back(tx, &digest)?,
                }
            }
            evidence::seal(self.server, tx, self.now)?;
            put(
                tx,
                &row_cursor_of(&reply.village),
                &reply.to.to_be_bytes(),
            )
        })
    }

    fn pull_cursor(&mut self) -> Result<u64> {
        self.server.store.read(|tx| number(tx, CURSOR))
    }

    fn take_changes(&mut self, reply: &PullReply) -> Result<u32> {
        let body: PullBody = if reply.body.is_empty() {
            PullBody::default()
        } else {
            decode(&decompress(&reply.body, MAX_PAGE).ok_or_else(odd)?).ok_or_else(odd)?
        };
        let touched = self.server.store.write(|tx| {
            let touched = self.take(tx, &body)?;
            evidence::seal(self.server, tx, self.now)?;
            put(tx, CURSOR, &reply.next.to_be_bytes())?;
            Ok(touched)
        })?;
        self.server.remove_gone_photos()?;
        if body
            .entries
            .iter()
            .any(|entry| entry.kind == Some(KIND_BASE))
        {
            self.server.store.scrub(&[])?;
        }
        Ok(touched)
    }

    fn check(&mut self) -> Result<CheckRequest> {
        self.server.store.read(|tx| {
            let cursor = number(tx, CURSOR)?;
            let mut villages = Vec::with_capacity(self.villages.len());
            for code in &self.villages {
                let mut digest = SetDigest::default();
                let (mut rows, mut changes) = (0, 0);
                tx.each(
                    "SELECT digest FROM upstream_row WHERE village = ?1",
                    params![code],
                    |row| {
                        digest.add_row(&row.get(0)?);
                        rows += 1;
                        Ok(())
                    },
                )?;
                // Only what is really in the hub's own log counts as held.
                tx.each(
                    "SELECT u.hash FROM upstream_change u JOIN change_log c ON c.hash = u.hash
                     WHERE u.village = ?1 AND u.seq <= ?2",
                    params![code, int(cursor)],
                    |row| {
                        digest.add_change(&row.get(0)?);
                        changes += 1;
                        Ok(())
                    },
                )?;
                villages.push(VillageCheck {
                    code: code.clone(),
                    last_row: number(tx, &row_cursor_of(code))?,
                    rows,
                    changes,
                    digest: digest.0.into(),
                });
            }
            Ok(CheckRequest { cursor, villages })
        })
    }

    fn checked(&mut self, request: &CheckRequest, reply: &CheckReply) -> Result<()> {
        if reply.agreed {
            Receipt::verify(&reply.receipt, &self.hub.district_key, request).map_err(|_| odd())?;
        }
        Ok(())
    }

    fn form_have(&mut self, offer: &FormOffer) -> Result<Option<u64>> {
        if offer.id == RULES && !self.wants_rules(offer)? {
            return Ok(None);
        }
        let there: bool = self.server.store.read(|tx| {
            tx.one(
                "SELECT EXISTS (SELECT 1 FROM form WHERE id = ?1 AND version = ?2)",
                params![offer.id, offer.version],
                |r| r.get(0),
            )
        })?;
        if there {
            return Ok(None);
        }
        match &self.form {
            Some((hash, bytes)) if *hash == *offer.hash => Ok(Some(bytes.len() as u64)),
            _ => Ok(Some(0)),
        }
    }

    fn take_form(&mut self, offer: &FormOffer, part: &FormPart) -> Result<()> {
        let mut bytes = match self.form.take() {
            Some((hash, bytes)) if hash == *offer.hash => bytes,
            _ => Vec::new(),
        };
        bytes.extend_from_slice(&part.bytes);
        if (bytes.len() as u64) < part.total {
            self.form = Some((*offer.hash, bytes));
            return Ok(());
        }
        let Ok(package) = Package::unpack(&bytes, &offer.hash) else {
            return Ok(());
        };
        if offer.id == RULES {
            return self.keep_rules(&bytes);
        }
        let files = package.files.len();
        let Ok(compiled) = forms::compile_package(&package) else {
            tracing::error!(
                id = offer.id,
                version = offer.version,
                "does not compile here"
            );
            return Ok(());
        };
        self.server.store.write(|tx| {
            forms::insert(
                tx,
                &compiled.form,
                &offer.hash,
                &bytes,
                files,
                false,
                self.now,
            )
        })
    }

    fn findings_have(&mut self, offer: &FindingsOffer) -> Result<Option<u64>> {
        let Some(hash) = offer.hash else {
            self.server
                .store
                .write(|tx| findings::keep::drop(tx, &offer.village))?;
            return Ok(None);
        };
        if !offer.signed_by(&self.hub.district_key) {
            return Err(odd());
        }
        if self
            .server
            .store
            .read(|tx| findings::keep::is_here(tx, offer))?
        {
            return Ok(None);
        }
        match &self.findings {
            Some((under_way, bytes)) if *under_way == *hash => Ok(Some(bytes.len() as u64)),
            _ => Ok(Some(0)),
        }
    }

    fn take_findings(&mut self, offer: &FindingsOffer, part: &FindingsPart) -> Result<()> {
        let mut bytes = match self.findings.take() {
            Some((hash, bytes)) if hash == *part.hash => bytes,
            _ => Vec::new(),
        };
        bytes.extend_from_slice(&part.bytes);
        if (bytes.len() as u64) < part.total {
            self.findings = Some((*part.hash, bytes));
            return Ok(());
        }
        if FindingsPackage::unpack(&bytes, offer).is_err() {
            return Ok(());
        }
        self.server
            .store
            .write(|tx| findings::keep::take(tx, offer, &bytes))
    }

    fn next_photo(&mut self, skip: &BTreeSet<[u8; 32]>) -> Result<Option<PhotoOffer>> {
        // For every record that devices sent it for: each village is given what came for it.
        let mut next = None;
        self.server.store.read(|tx| {
            tx.each(
                "SELECT DISTINCT p.hash, p.len, o.household FROM photo p JOIN photo_offer o ON o.hash = p.hash
                     WHERE p.done = 1 AND o.proven = 1 AND o.upstream = 0 ORDER BY p.hash, o.household LIMIT ?1",
                params![if skip.is_empty() { 1 } else { i64::MAX }],
                |r| {
                    let hash: [u8; 32] = r.get(0)?;
                    if next.is_none() && !skip.contains(&hash) {
                        next = Some(PhotoOffer {
                            hash: hash.into(),
                            len: unsigned(r.get(1)?),
                            household: r.get::<[u8; 16]>(2)?.into(),
                        });
                    }
                    Ok(())
                },
            )
        })?;
        self.offered = next.as_ref().map(|offer| *offer.household);
        Ok(next)
    }

    fn photo_bytes(&mut self, hash: &[u8; 32], offset: u64, max: usize) -> Result<Vec<u8>> {
        let bytes = self.server.photos.place().read(hash)?.unwrap_or_default();
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let end = start.saturating_add(max).min(bytes.len());
        Ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }

    fn photo_done(&mut self, hash: &[u8; 32]) -> Result<()> {
        self.note_photo(hash, 1)
    }

    fn photo_refused(&mut self, hash: &[u8; 32], code: &str) -> Result<()> {
        tracing::warn!(code, "the district refuses a photo");
        self.note_photo(hash, 3)
    }
}

impl Mirror<'_> {
    /// The district's word counts like a change, and the changes before it to the documents that it speaks of no longer do.
    fn know_base(&self, tx: &Tx<'_>, id: HouseholdId, base: &NewBase, seq: u64) -> Result<()> {
        let answers = base.documents.contains(&0);
        let beside = base.documents.iter().any(|kind| *kind != 0);
        tx.execute(
            "DELETE FROM upstream_change WHERE hash IN
                 (SELECT hash FROM change_log WHERE household = ?1 AND erased IS NOT NULL
                  AND (kind <> 0 OR ?2 = 1) AND (kind = 0 OR ?3 = 1))",
            params![id.as_bytes(), i64::from(answers), i64::from(beside)],
        )?;
        tx.execute(
            "INSERT INTO upstream_change (hash, village, seq)
             SELECT hash, village, ?2 FROM change_log WHERE hash = ?1
             ON CONFLICT (hash) DO UPDATE SET seq = excluded.seq",
            params![base.hash(), int(seq)],
        )?;
        if base.moved.is_some() {
            let held: Option<([u8; 32], String)> = tx.optional(
                "SELECT digest, village FROM row_log WHERE household = ?1",
                params![id.as_bytes()],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?;
            if let Some((digest, village)) = held {
                tx.execute(
                    "INSERT INTO upstream_row (household, village, digest) VALUES (?1, ?2, ?3)
                     ON CONFLICT (household) DO UPDATE SET village = excluded.village, digest = excluded.digest",
                    params![id.as_bytes(), village, digest],
                )?;
            }
        }
        Ok(())
    }

    /// The district was restored from a backup: what it acknowledged since then is handed over again, as it was signed.
    fn note_lives(&self, lives: &[Life]) -> Result<()> {
        self.server.store.write(|tx| {
            let known = get(tx, LIFE)?.and_then(|id| id.try_into().ok());
            let Some((kept, kept_rows)) = Life::lost_since(lives, known) else {
                return Ok(());
            };
            tx.execute(
                "DELETE FROM upstream_change WHERE seq > ?1",
                params![int(kept)],
            )?;
            for village in &self.villages {
                let key = row_cursor_of(village);
                let cursor = number(tx, &key)?;
                if cursor > kept_rows {
                    tx.execute(
                        "DELETE FROM upstream_row WHERE village = ?1",
                        params![village],
                    )?;
                    // All of the village again: which of them the district kept is not known here.
                    put(tx, &key, &0u64.to_be_bytes())?;
                }
            }
            let cursor = number(tx, CURSOR)?.min(kept);
            put(tx, CURSOR, &cursor.to_be_bytes())?;
            tx.execute("UPDATE photo_offer SET upstream = 0", params![])?;
            tx.execute(
                "UPDATE forward SET state = 0, reason = NULL
                 WHERE state = 1 OR (state = 2 AND reason = 'unknown_device')",
                params![],
            )?;
            let newest = lives.last().map_or(Vec::new(), |life| life.id.to_vec());
            put(tx, LIFE, &newest)
        })
    }

    fn note_photo(&self, hash: &[u8; 32], state: i64) -> Result<()> {
        self.server.store.write(|tx| {
            tx.execute(
                "UPDATE photo_offer SET upstream = ?3 WHERE hash = ?1 AND household = ?2 AND proven = 1",
                params![hash, self.offered.unwrap_or_default(), state],
            )?;
            Ok(())
        })
    }
}
