//! A packed batch made whole: names of households and of earlier changes looked up in what the server holds.

use crate::{
    error::{Result, ServerError},
    ingest::Ingest,
    store::params,
};
use lawang_domain::HouseholdId;
use lawang_records::{Names, PackedChanges};
use lawang_sync::{BatchChange, Beginning, PackedBatch, decode};
use std::collections::HashMap;
use uuid::Uuid;

/// The device knows something else than the server: it sends the same batch whole.
fn failed(what: &str) -> ServerError {
    ServerError::refused("unpack_failed", format!("the packed batch: {what}"))
}

/// Whether two of them can stand for the same id. A device writes as much of an id as tells it from all others that it
/// has, so that no beginning is the beginning of another; and together they are looked for in no more than all there is.
fn overlap(beginnings: &[Beginning]) -> bool {
    let mut sorted: Vec<&Beginning> = beginnings.iter().collect();
    sorted.sort_unstable_by_key(|beginning| beginning.low);
    sorted.windows(2).any(|two| two[0].high >= two[1].low)
}

impl Ingest<'_> {
    /// The changes as the device made them. Nothing about them is believed yet: each goes through every test.
    ///
    /// # Errors
    /// `malformed_batch`; `unpack_failed` when a name is not known here, or stands for more than one thing.
    pub(crate) fn unpack(&mut self, batch: &PackedBatch) -> Result<Vec<BatchChange>> {
        let malformed = || ServerError::refused("malformed_batch", "the bytes are not a batch");
        let packed: PackedChanges = decode(&batch.changes).ok_or_else(malformed)?;
        let numbers = batch.numbers().ok_or_else(malformed)?;
        let beginnings = batch.beginnings().ok_or_else(malformed)?;
        if overlap(&beginnings) {
            return Err(failed("the beginnings of two ids stand for one household"));
        }
        let mut households = Vec::new();
        for beginning in &beginnings {
            households.push(self.household_beginning(batch, beginning)?);
        }
        let of = |number: u32| households.get(number as usize).copied();
        let ids: Vec<[u8; 16]> = households.iter().map(|id| *id.as_bytes()).collect();
        let mut trouble = None;
        // Of each household once: a batch may look up thousands of names.
        let mut names: HashMap<u32, Names> = HashMap::new();
        let changes = packed.unpack(&numbers, &ids, |number, known| {
            if let Some(names) = names.get(&number) {
                return names.find(known);
            }
            match self.record(of(number)?) {
                Ok(record) => {
                    let made = Names::of(record?);
                    names.entry(number).or_insert(made).find(known)
                }
                Err(error) => {
                    trouble = Some(error);
                    None
                }
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let changes = changes.map_err(|error| failed(&error.to_string()))?;
        numbers
            .iter()
            .zip(changes)
            .map(|(number, change)| {
                let household = of(*number).ok_or_else(malformed)?;
                Ok(BatchChange {
                    household: (*household.as_bytes()).into(),
                    change: change.into(),
                    kind: None,
                })
            })
            .collect()
    }

    /// The only household of the device's villages, or of the batch, whose id begins so.
    fn household_beginning(
        &self,
        batch: &PackedBatch,
        beginning: &Beginning,
    ) -> Result<HouseholdId> {
        let mut found: Vec<Uuid> = batch
            .rows
            .iter()
            .filter(|row| beginning.fits(&row.household))
            .map(|row| Uuid::from_bytes(*row.household))
            .collect();
        let device = self.device;
        self.tx.each(
            "SELECT household, village FROM row_log WHERE household >= ?1 AND household <= ?2",
            params![beginning.low, beginning.high],
            |r| {
                if device.covers(&r.get::<String>(1)?) {
                    found.push(Uuid::from_bytes(r.get(0)?));
                }
                Ok(())
            },
        )?;
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [only] => Ok(HouseholdId(*only)),
            [] => Err(failed("a household is not known here")),
            _ => Err(failed(
                "the beginning of an id stands for several households",
            )),
        }
    }
}
