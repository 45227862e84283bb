//! Compaction: records with a long history begin anew, and say the same.

use super::{
    base::{Plan, begin_anew, count_anew, row_of},
    said,
};
use crate::{error::Result, evidence, household, server::Server, store::Tx};
use lawang_domain::{DocumentKind, HouseholdId, VillageCode};
use lawang_sync::NewBase;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Records that are compacted in one transaction.
const COMPACT_AT_ONCE: usize = 200;

/// What was compacted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Records that began anew.
    pub records: usize,
    /// Lines whose bytes are gone.
    pub lines: usize,
    /// Records that were left, because people have to settle something in them first.
    pub left: usize,
}

impl Server {
    /// Lets records begin anew whose history has at least so many changes; what they say stays.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn compact(
        &self,
        village: Option<VillageCode>,
        changes: u64,
        now: u64,
    ) -> Result<CompactReport> {
        let mut waiting: BTreeMap<String, Vec<HouseholdId>> = BTreeMap::new();
        let mut each = |stored: crate::admin::Stored| {
            if stored.changes >= changes.max(1) {
                waiting.entry(stored.village).or_default().push(stored.id);
            }
            Ok(())
        };
        self.each_household(village, &mut each)?;
        self.each_survey(None, village, &mut each)?;
        let mut report = CompactReport::default();
        for (village, ids) in &waiting {
            for chunk in ids.chunks(COMPACT_AT_ONCE) {
                self.store
                    .write(|tx| self.compact_some(tx, village, chunk, now, &mut report))?;
            }
        }
        let villages: Vec<&str> = waiting.keys().map(String::as_str).collect();
        if !villages.is_empty() {
            self.store.scrub(&villages)?;
        }
        Ok(report)
    }

    /// Records of one village, as one entry.
    fn compact_some(
        &self,
        tx: &Tx<'_>,
        village: &str,
        ids: &[HouseholdId],
        now: u64,
        report: &mut CompactReport,
    ) -> Result<()> {
        let head = evidence::seal(self, tx, now)?;
        let mut all = evidence::Body::default();
        for id in ids {
            let Some(found) = household::from_logs(tx, *id)? else {
                continue;
            };
            let state = found.record.state()?;
            // What people see as open stays open, with both who said it.
            if state.several_values().next().is_some() {
                report.left += 1;
                continue;
            }
            let said = said::of_now(tx, &found, &state)?;
            let plan = Plan {
                household: *id,
                village,
                row: row_of(*id, village, (&state, &said), &|_| true, &|_| false),
                reason: NewBase::COMPACTED,
                documents: vec![DocumentKind::FieldAnswers],
                again: Vec::new(),
                refused: false,
                said: None,
                stays: BTreeSet::new(),
            };
            let body = begin_anew(tx, self, &plan, head.position + 1, now)?;
            report.records += 1;
            report.lines += body.erased.len();
            all.erased.extend(body.erased);
        }
        if all.erased.is_empty() {
            return Ok(());
        }
        count_anew(tx, village)?;
        let numbers = (head.rows, head.changes, head.refused);
        evidence::append(tx, Some(head), numbers, "compacted", &all, now)?;
        evidence::seal(self, tx, now)?;
        Ok(())
    }
}
