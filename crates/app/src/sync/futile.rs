//! Work that is refused again each time it is made again.

use super::rebase::DEPENDS;
use crate::{device::Device, error::AppError};
use lawang_domain::HouseholdId;
use lawang_records::Hash;
use lawang_sync::{OutBatch, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// So often in one exchange a document is made again because it was refused for what it builds on.
const MOST_FUTILE: u32 = 8;
impl Device {
    /// Changes that are refused for what they build on, in documents for which making them again has not helped.
    pub(super) fn futile(
        &mut self,
        batch: &OutBatch,
        verdicts: &[Verdict],
    ) -> Result<BTreeSet<[u8; 32]>, AppError> {
        let verdicts = verdicts.iter().skip(batch.rows.len());
        let mut refused: BTreeMap<HouseholdId, Vec<[u8; 32]>> = BTreeMap::new();
        for (hash, verdict) in batch.changes.iter().zip(verdicts) {
            if matches!(verdict, Verdict::Refused(code) if code == DEPENDS)
                && let Some(change) = self.store.change(&Hash(*hash))?
                // What was set aside since waits for nothing: a hub's answers tell of it late, and again in each file.
                && change.applied
            {
                refused.entry(change.household).or_default().push(*hash);
            }
        }
        let mut futile = BTreeSet::new();
        for (household, hashes) in refused {
            let times = self.futile.entry(household).or_default();
            *times += 1;
            if *times > MOST_FUTILE {
                futile.extend(hashes);
            }
        }
        Ok(futile)
    }
}
