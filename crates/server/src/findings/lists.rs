//! Findings for people and for what builds on them.

use super::elsewhere::Hidden;
use crate::{
    error::{Result, ServerError},
    projection::MEMBERS,
    server::Server,
    store::params,
};
use lawang_domain::{
    CivilFlag, DUKCAPIL, ELSEWHERE, FindingDetail, FindingResult, HouseholdId, InstanceId,
    VillageCode, mask_number,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A date and what was found then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastLine {
    /// Date of the file.
    pub dated: String,
    /// Result.
    pub result: String,
}

/// What a source says of a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingLine {
    /// The record.
    pub household: HouseholdId,
    /// The person.
    pub member: InstanceId,
    /// As the register has it.
    pub name: String,
    /// Masked.
    pub nik: String,
    /// `dukcapil`, a programme, or `elsewhere`.
    pub source: String,
    /// `deterministic`, `probabilistic`, `unmatched`, `invalid`, `receives`, `ended`, `suspected`.
    pub result: String,
    /// Date of the file.
    pub dated: String,
    /// How, how surely, what differs.
    pub detail: FindingDetail,
    /// Earlier files, the newest first.
    pub past: Vec<PastLine>,
}

/// Somebody who stands on the newest list of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientLine {
    /// The record.
    pub household: HouseholdId,
    /// The person.
    pub member: InstanceId,
    /// As the register codes it: 1 head, 2 spouse; 0 unknown.
    pub relation: u8,
    /// The programme.
    pub programme: String,
    /// The civil registry says that the person died.
    pub deceased: bool,
}

struct Stored {
    household: HouseholdId,
    member: InstanceId,
    source: String,
    result: String,
    dated: String,
    detail: String,
    past: String,
}

impl Server {
    fn stored_findings(&self, village: VillageCode) -> Result<Vec<Stored>> {
        self.store.read(|tx| {
            let hidden = Hidden::of(tx)?;
            let all: Vec<Stored> = tx.query(
                "SELECT f.household, f.member, f.source, f.result, f.dated, f.detail, f.past FROM finding f
                 WHERE f.village = ?1 AND NOT EXISTS (SELECT 1 FROM restricted r
                     WHERE r.household = f.household AND (length(r.member) = 0 OR r.member = f.member))
                 ORDER BY f.household, f.member, f.source",
                params![village.to_string()],
                |r| {
                    Ok(Stored {
                        household: HouseholdId(Uuid::from_bytes(r.get(0)?)),
                        member: InstanceId(Uuid::from_bytes(r.get(1)?)),
                        source: r.get(2)?,
                        result: r.get(3)?,
                        dated: r.get(4)?,
                        detail: r.get(5)?,
                        past: r.get(6)?,
                    })
                },
            )?;
            let mut kept = Vec::with_capacity(all.len());
            for mut stored in all {
                if stored.source == ELSEWHERE {
                    let Some(told) = hidden.told(&stored.detail)? else {
                        continue;
                    };
                    stored.detail = told;
                }
                kept.push(stored);
            }
            Ok(kept)
        })
    }

    /// What registers outside say of the persons of a village; nobody whose data are restricted.
    pub fn findings(&self, village: VillageCode) -> Result<Vec<FindingLine>> {
        let mut of: BTreeMap<HouseholdId, Vec<Stored>> = BTreeMap::new();
        for stored in self.stored_findings(village)? {
            of.entry(stored.household).or_default().push(stored);
        }
        let mut lines = Vec::new();
        self.each_household(Some(village), &mut |household| {
            let Some(all) = of.remove(&household.id) else {
                return Ok(());
            };
            let view = household.projection()?;
            let present: BTreeSet<InstanceId> = view.present(MEMBERS).into_iter().collect();
            for stored in all.into_iter().filter(|s| present.contains(&s.member)) {
                let damaged = |_| ServerError::Damaged("a finding".into());
                let past: Vec<(String, String)> =
                    serde_json::from_str(&stored.past).map_err(damaged)?;
                lines.push(FindingLine {
                    household: stored.household,
                    member: stored.member,
                    name: view.field(MEMBERS, stored.member, "name").to_owned(),
                    nik: mask_number(view.field(MEMBERS, stored.member, "nik")),
                    source: stored.source,
                    result: stored.result,
                    dated: stored.dated,
                    detail: serde_json::from_str(&stored.detail).map_err(damaged)?,
                    past: past
                        .into_iter()
                        .map(|(dated, result)| PastLine { dated, result })
                        .collect(),
                });
            }
            Ok(())
        })?;
        Ok(lines)
    }

    /// Who receives what in a village, for looking at couples who are aided apart and at the dead who still receive.
    pub fn recipients(&self, village: VillageCode) -> Result<Vec<RecipientLine>> {
        let all = self.stored_findings(village)?;
        let dead: BTreeSet<InstanceId> = all
            .iter()
            .filter(|s| s.source == DUKCAPIL)
            .filter(|s| {
                let detail: Option<FindingDetail> = serde_json::from_str(&s.detail).ok();
                detail.is_some_and(|d| d.flag == Some(CivilFlag::Deceased) && !d.other_person)
            })
            .map(|s| s.member)
            .collect();
        let mut receives: BTreeMap<HouseholdId, Vec<(InstanceId, String)>> = BTreeMap::new();
        for stored in all {
            if stored.result == FindingResult::Receives.as_str() {
                let of = receives.entry(stored.household).or_default();
                of.push((stored.member, stored.source));
            }
        }
        let mut lines = Vec::new();
        self.each_household(Some(village), &mut |household| {
            let Some(all) = receives.remove(&household.id) else {
                return Ok(());
            };
            let view = household.projection()?;
            let present: BTreeSet<InstanceId> = view.present(MEMBERS).into_iter().collect();
            for (member, programme) in all.into_iter().filter(|(m, _)| present.contains(m)) {
                let relation = view.field(MEMBERS, member, "relation_to_head");
                lines.push(RecipientLine {
                    household: household.id,
                    member,
                    relation: relation.parse().unwrap_or(0),
                    programme,
                    deceased: dead.contains(&member),
                });
            }
            Ok(())
        })?;
        Ok(lines)
    }
}
