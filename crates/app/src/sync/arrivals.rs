//! What arrives: changes with the cursor behind them, and pages of rows, each in one transaction with its tables.

use crate::{cards, device::Device, error::AppError};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_records::{Record, inspect, unpack_page};
use lawang_store::{ChangeRow, LogState, NewRow, Store, Thing};
use lawang_sync::{MAX_PAGE, PullBody, PullReply, decode, decompress};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as Slot};
use uuid::Uuid;

impl Device {
    /// Stores changes and the cursor behind them: the district's, or those of a hub.
    pub(super) fn take_changes_from(
        &mut self,
        reply: &PullReply,
        hub: Option<&[u8; 16]>,
    ) -> Result<u32, AppError> {
        // A change may be to a household whose row is on disk and not unpacked yet.
        self.unpack_pages()?;
        let damaged = || AppError::new("not_lawang_server", "the changes cannot be read");
        let body: PullBody = if reply.body.is_empty() {
            PullBody::default()
        } else {
            decode(&decompress(&reply.body, MAX_PAGE).ok_or_else(damaged)?).ok_or_else(damaged)?
        };
        let mut body = body;
        self.follow_bases(&mut body, hub)?;
        let mut records: BTreeMap<(HouseholdId, DocumentKind), (Record, String)> = BTreeMap::new();
        let mut rows = Vec::with_capacity(body.entries.len());
        let mut numbers = Vec::with_capacity(body.entries.len());
        for entry in body.entries {
            let household = HouseholdId(Uuid::from_bytes(*entry.household));
            let author = body
                .authors
                .get(entry.author as usize)
                .ok_or_else(damaged)?;
            if hub.is_some() && self.store.row_state(household)?.is_none() {
                // A hub that has not heard of its move yet shows what left this device.
                continue;
            }
            // Nor what it shows of an erased one: one that was begun on a device follows from the same empty row as before.
            if hub.is_some() && self.store.began_anew(household)? {
                let (row, _) = self.store.row(household)?;
                if row.answers.is_empty() && row.instances.is_empty() {
                    continue;
                }
            }
            let change = Vec::from(entry.change);
            let info = inspect(&change).map_err(|_| damaged())?;
            numbers.push((info.hash.0, entry.seq));
            let known = entry
                .kind
                .map_or(Some(DocumentKind::FieldAnswers), |number| {
                    DocumentKind::from_number(number)
                });
            // A kind of document that this program does not know is kept with the field answers, and not applied.
            let kind = known.unwrap_or_default();
            let (record, village) = match records.entry((household, kind)) {
                Slot::Occupied(there) => there.into_mut(),
                Slot::Vacant(free) => {
                    let (_, village) = self.store.row(household)?;
                    free.insert((self.store.document(household, kind)?, village))
                }
            };
            if hub.is_some() && self.store.change(&info.hash)?.is_some() {
                // Known already, perhaps set aside since: what a hub shows says nothing about it.
                continue;
            }
            // What the server took and this program cannot apply is kept, counted, and left out.
            let applied = record.apply(&change).is_ok();
            // A hub that has not heard of it yet still shows what was before the record began anew.
            if hub.is_some() && !applied && self.store.began_anew(household)? {
                continue;
            }
            rows.push(ChangeRow {
                hash: info.hash,
                household,
                kind,
                village: village.clone(),
                body: change,
                device: DeviceId(Uuid::from_bytes(*author.device)),
                person: author.person.clone(),
                role: author.role.clone(),
                at: info.time,
                state: match hub {
                    None => LogState::Sent,
                    Some(_) => LogState::AtHub,
                },
                seq: hub.is_none().then_some(entry.seq),
                reason: None,
                applied,
            });
        }
        let households: BTreeSet<HouseholdId> = records.keys().map(|(id, _)| *id).collect();
        let mut cards = Vec::with_capacity(households.len());
        let mut reviews = Vec::new();
        for household in &households {
            let changed: Vec<(DocumentKind, &Record)> = records
                .iter()
                .filter(|((id, _), _)| id == household)
                .map(|((_, kind), (record, _))| (*kind, record))
                .collect();
            let beside = changed
                .iter()
                .any(|(kind, _)| *kind != DocumentKind::FieldAnswers);
            // A new visit says which of the decisions counts.
            if beside || self.store.review(*household)?.is_some() {
                let beside = changed;
                reviews.push((*household, self.review_with(*household, &beside, &rows)?));
            }
            let card = match records.get(&(*household, DocumentKind::FieldAnswers)) {
                Some((record, _)) => self.card_of(*household, record)?,
                None => self.card_of(*household, &self.store.record(*household)?)?,
            };
            cards.push(card);
        }
        self.store.transact(|tx| {
            for row in &rows {
                Store::add_change(tx, row)?;
            }
            for ((household, kind), (record, _)) in &records {
                if *kind == DocumentKind::FieldAnswers {
                    Store::put_snapshot(tx, *household, record)?;
                }
            }
            for (household, review) in &reviews {
                Store::put_review(tx, *household, review)?;
            }
            for (id, card) in cards {
                cards::put(tx, id, card)?;
            }
            let Some(hub) = hub else {
                return Store::set_pull_cursor(tx, reply.next);
            };
            for (hash, number) in &numbers {
                Store::mark_at_hub(tx, hub, Thing::Change, hash, *number)?;
            }
            Store::set_hub_cursor(tx, hub, reply.next)
        })?;
        // An open form stays at the heads it was opened with; it is built again to show new conflicts.
        if self
            .open
            .as_ref()
            .is_some_and(|open| households.contains(&open.household()))
        {
            self.open = None;
        }
        Ok(u32::try_from(households.len()).unwrap_or(u32::MAX))
    }

    /// Unpacks pages of rows that are on disk; each in one transaction with its cards.
    pub(crate) fn unpack_pages(&mut self) -> Result<u32, AppError> {
        let mut unpacked = 0;
        while let Some((id, village, body)) = self.store.next_page()? {
            let damaged = || AppError::new("not_lawang_server", "a page of rows cannot be read");
            let raw = decompress(&body, MAX_PAGE).ok_or_else(damaged)?;
            let page = unpack_page(&raw).map_err(|_| damaged())?;
            let mut rows = Vec::with_capacity(page.len());
            for row in page {
                let here = self.store.row_state(row.household)?;
                // It was refused or waited here, and the server has it after all: its line has to say so.
                let news = here.is_some_and(|state| state != LogState::Sent);
                let card = if news {
                    self.card_of(row.household, &self.store.record(row.household)?)?
                        .1
                } else {
                    cards::card(
                        &self.rules,
                        row.household,
                        &village,
                        &cards::state_of_row(&row),
                        false,
                    )
                };
                rows.push((row.household, row.to_bytes(), card, news));
            }
            unpacked += u32::try_from(rows.len()).unwrap_or(0);
            self.store.transact(|tx| {
                for (household, body, card, news) in rows {
                    let new = NewRow {
                        household,
                        village: village.clone(),
                        body,
                        state: LogState::Sent,
                    };
                    let (id, added) = Store::add_row(tx, &new)?;
                    // A row that was here before (made here, or fetched again) keeps its own card.
                    if added || news {
                        cards::put(tx, id, card)?;
                    }
                }
                Store::page_done(tx, id)
            })?;
        }
        Ok(unpacked)
    }

    /// A household's card from its document, to be finished and written in a transaction.
    pub(crate) fn card_of(
        &self,
        household: HouseholdId,
        record: &Record,
    ) -> Result<(i64, cards::Card), AppError> {
        let (_, village) = self.store.row(household)?;
        let draft = !self.store.entries(household)?.is_empty();
        Ok((
            self.store.row_id(household)?,
            cards::card(&self.rules, household, &village, &record.state()?, draft),
        ))
    }
}
