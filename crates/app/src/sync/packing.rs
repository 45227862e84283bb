//! Batches without what the server can work out, and the short greeting.

use crate::{device::Device, error::AppError};
use lawang_domain::HouseholdId;
use lawang_records::{Leaving, Record, pack};
use lawang_store::Store;
use lawang_sync::{
    Batch, CheckRequest, Glance, HelloReply, Local, PackedBatch, Packing, Receipt, encode,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The server's token of the last exchange that ended well.
const TOKEN: &str = "greeting_token";
/// The program that the token was given to.
const PROGRAM: &[u8] = env!("CARGO_PKG_VERSION").as_bytes();
/// The one of the exchange under way.
const NEXT_TOKEN: &str = "greeting_token_next";

impl Device {
    /// The batch packed; `None` when something in it is not of Lawang's own making and has to travel whole.
    /// `packing`: what the server knows.
    pub(super) fn packed(
        &self,
        batch: &Batch,
        packing: Packing,
    ) -> Result<Option<PackedBatch>, AppError> {
        let mut order: Vec<HouseholdId> = Vec::new();
        let mut place: BTreeMap<HouseholdId, u32> = BTreeMap::new();
        let mut changes: Vec<(u32, &[u8])> = Vec::with_capacity(batch.changes.len());
        for change in &batch.changes {
            let id = HouseholdId(Uuid::from_bytes(*change.household));
            let number = *place.entry(id).or_insert_with(|| {
                order.push(id);
                u32::try_from(order.len() - 1).unwrap_or(u32::MAX)
            });
            changes.push((number, &change.change));
        }
        let ids: Vec<[u8; 16]> = order.iter().map(|id| *id.as_bytes()).collect();
        let (tight, leaving) = match packing {
            Packing::Whole | Packing::Packed => (false, Leaving::Packed),
            Packing::Tight => (true, Leaving::Tight),
            Packing::Derived => (true, Leaving::Derived(&ids)),
            Packing::Timed => (true, Leaving::Timed(&ids)),
        };
        // Half bytes that tell a household from all others here.
        let lengths = order
            .iter()
            .map(|id| self.store.household_name_len(*id))
            .collect::<Result<Vec<usize>, _>>()?;
        // The document of one household at a time: changes of a household mostly stand together.
        let mut open: Option<(u32, Record)> = None;
        let mut trouble = None;
        let packed = pack(&changes, leaving, |number, hash| {
            if open.as_ref().is_none_or(|(at, _)| *at != number) {
                match self.store.record(*order.get(number as usize)?) {
                    Ok(record) => open = Some((number, record)),
                    Err(error) => {
                        trouble = Some(error);
                        return None;
                    }
                }
            }
            open.as_ref()?.1.naming(hash)
        });
        if let Some(error) = trouble {
            return Err(error.into());
        }
        let Some(packed) = packed else {
            return Ok(None);
        };
        let numbers: Vec<u32> = changes.iter().map(|(number, _)| *number).collect();
        let ids = order.iter().map(HouseholdId::as_bytes);
        let (prefix, households, lengths) = if tight {
            let (households, lengths) = PackedBatch::encode_beginnings(ids.zip(lengths));
            (0, households, Some(lengths))
        } else {
            let longest = lengths.iter().max().copied().unwrap_or(0);
            let prefix = longest.div_ceil(2).clamp(2, 16);
            let beginnings: Vec<u8> = ids.flat_map(|id| &id[..prefix]).copied().collect();
            (prefix, beginnings.into(), None)
        };
        Ok(Some(PackedBatch {
            device: batch.device,
            incarnation: batch.incarnation,
            clock: batch.clock,
            person: batch.person.clone(),
            role: batch.role.clone(),
            rows: batch.rows.clone(),
            prefix: u8::try_from(prefix).unwrap_or(16),
            households,
            of: PackedBatch::encode_numbers(&numbers),
            changes: encode(&packed).into(),
            lengths,
        }))
    }

    /// Keeps the token of this greeting, with the server's features, until the exchange has ended well.
    pub(super) fn note_token(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        let mut token: Vec<u8> = Vec::new();
        if let Some(given) = &reply.token {
            token.extend_from_slice(given.as_slice());
            token.extend_from_slice(&reply.features.unwrap_or(0).to_be_bytes());
        }
        if self.store.meta(NEXT_TOKEN)?.unwrap_or_default() != token {
            self.store
                .transact(|tx| Store::put_meta(tx, NEXT_TOKEN, &token))?;
        }
        Ok(())
    }

    /// What the server can do, as it said in its last greeting.
    pub(super) fn told_features(&self) -> Result<u32, AppError> {
        let noted = self.store.meta(NEXT_TOKEN)?.unwrap_or_default();
        let features = noted.get(8..12).and_then(|f| f.try_into().ok());
        Ok(features.map_or(0, u32::from_be_bytes))
    }

    /// The exchange ended well: the next greeting may be short.
    pub(super) fn use_token(&mut self) -> Result<(), AppError> {
        let mut next = self.store.meta(NEXT_TOKEN)?.unwrap_or_default();
        // Another program greets in full: the server learns of it, and offers what the old one could not use.
        next.extend_from_slice(PROGRAM);
        if self.store.meta(TOKEN)?.unwrap_or_default() != next {
            self.store
                .transact(|tx| Store::put_meta(tx, TOKEN, &next))?;
        }
        Ok(())
    }

    /// The token of the last exchange that ended well, and the features of the greeting that it came with.
    pub(super) fn last_token(&self) -> Result<Option<([u8; 8], u32)>, AppError> {
        let kept = self.store.meta(TOKEN)?.unwrap_or_default();
        // What an older program kept is shorter: it greets in full once.
        let kept: Option<[u8; 12]> = kept
            .strip_suffix(PROGRAM)
            .and_then(|bytes| bytes.try_into().ok());
        Ok(kept.map(|kept| {
            let [token @ .., a, b, c, d] = kept;
            (token, u32::from_be_bytes([a, b, c, d]))
        }))
    }

    /// A short greeting, if the last exchange left a token and no visit waits for its questionnaire.
    pub(super) fn short_greeting(
        &mut self,
    ) -> Result<Option<(Glance, Option<CheckRequest>)>, AppError> {
        let Some((token, _)) = self.last_token()? else {
            return Ok(None);
        };
        if self.held_forms()?.iter().any(|form| form.hash.is_none()) {
            return Ok(None);
        }
        let waits =
            !self.store.unsent_rows(1)?.is_empty() || !self.store.unsent_changes(1)?.is_empty();
        let check = if waits { None } else { Some(self.check()?) };
        Ok(Some((
            Glance {
                incarnation: self.incarnation.into(),
                made: self.made()?,
                time: self.now().unsigned_abs(),
                token: token.into(),
                cursor: self.store.pull_cursor()?,
                checked: check.as_ref().map(Receipt::fingerprint),
            },
            check,
        )))
    }
}
