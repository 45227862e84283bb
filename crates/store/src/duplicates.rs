//! Persons as they are compared, what comparing found, and decisions about pairs: projections, all of them.

use crate::{Store, StoreError, log::blob16};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_records::Hash;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

/// Up to which stamp households have been compared.
const LOOKED: &str = "duplicates_looked";
/// What the pairs that wait were counted from.
const COUNTED: &str = "duplicates_counted";

/// The persons of a household, in the words of those who compare them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonsRow {
    /// Number of the household's row.
    pub id: i64,
    pub household: HouseholdId,
    pub stamp: i64,
    /// JSON.
    pub body: String,
}

/// A member of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberAt {
    /// Number of the household's row.
    pub row: i64,
    pub household: HouseholdId,
    pub village: String,
    pub member: InstanceId,
}

/// A suspicion.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspicion {
    /// The same on every device.
    pub id: [u8; 16],
    pub kind: u8,
    pub left: MemberAt,
    /// As `left` where it is about one person.
    pub right: MemberAt,
    /// 0 to 1.
    pub probability: f64,
    /// JSON.
    pub reasons: String,
}

/// A decision about two persons, from the view of one of their households.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairDecision {
    pub household: HouseholdId,
    /// The same in the verifications of both households.
    pub id: InstanceId,
    pub member: InstanceId,
    pub other_household: HouseholdId,
    pub other_member: InstanceId,
    pub verdict: String,
    /// 0: none goes, 1: this one stays, 2: the other.
    pub keeps: u8,
    /// JSON: names of answers taken from the one that goes.
    pub taken: String,
    pub reason: String,
    /// JSON: dates of the lists by source on which a look at who receives what rests; empty for all others.
    pub lists: String,
    pub step: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Its line in the log says by whom.
    pub change: Hash,
}

const PERSONS: &str =
    "p.id, h.household, p.stamp, p.body FROM persons p JOIN household h ON h.id = p.id";
const SUSPICION: &str = "s.id, s.kind, s.left_row, l.household, l.village, s.left_member, s.right_row, r.household, \
                         r.village, s.right_member, s.probability, s.reasons FROM suspicion s \
                         JOIN household l ON l.id = s.left_row JOIN household r ON r.id = s.right_row";
const DECISION: &str = "household, id, member, other_household, other_member, verdict, keeps, taken, reason, step, at, \
                        change, lists FROM pair_decision";

fn blob(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    Ok(blob16(&row.get::<_, Vec<u8>>(at)?))
}

fn read_persons(row: &Row<'_>) -> rusqlite::Result<PersonsRow> {
    Ok(PersonsRow {
        id: row.get(0)?,
        household: HouseholdId(blob(row, 1)?),
        stamp: row.get(2)?,
        body: row.get(3)?,
    })
}

fn read_suspicion(row: &Row<'_>) -> rusqlite::Result<Suspicion> {
    let member = |at: usize| -> rusqlite::Result<MemberAt> {
        Ok(MemberAt {
            row: row.get(at)?,
            household: HouseholdId(blob(row, at + 1)?),
            village: row.get(at + 2)?,
            member: InstanceId(blob(row, at + 3)?),
        })
    };
    Ok(Suspicion {
        id: *blob(row, 0)?.as_bytes(),
        kind: row.get(1)?,
        left: member(2)?,
        right: member(6)?,
        probability: row.get(10)?,
        reasons: row.get(11)?,
    })
}

fn read_decision(row: &Row<'_>) -> rusqlite::Result<PairDecision> {
    Ok(PairDecision {
        household: HouseholdId(blob(row, 0)?),
        id: InstanceId(blob(row, 1)?),
        member: InstanceId(blob(row, 2)?),
        other_household: HouseholdId(blob(row, 3)?),
        other_member: InstanceId(blob(row, 4)?),
        verdict: row.get(5)?,
        keeps: row.get(6)?,
        taken: row.get(7)?,
        reason: row.get(8)?,
        step: u64::try_from(row.get::<_, i64>(9)?).unwrap_or(0),
        at: row.get(10)?,
        change: Hash(row.get::<_, Vec<u8>>(11)?.try_into().unwrap_or_default()),
        lists: row.get(12)?,
    })
}

impl Store {
    /// Replaces the persons of a household. `gone`: how many of them are struck out as duplicates. What did not change
    /// is not written, so its stamp stays.
    pub fn put_persons(
        tx: &Transaction<'_>,
        id: i64,
        body: &str,
        gone: u32,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO persons (id, stamp, gone, body)
                 VALUES (?1, (SELECT coalesce(max(stamp), 0) + 1 FROM persons), ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, gone = excluded.gone, body = excluded.body
                 WHERE body <> excluded.body",
        )?
        .execute((id, gone, body))?;
        Ok(())
    }

    /// Households without a line of persons: an older program wrote their cards. At most so many.
    pub fn without_persons(&self, most: u32) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM household h WHERE NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = h.id) LIMIT ?1",
        )?;
        let rows = select.query_map([most], |r| Ok(HouseholdId(blob(r, 0)?)))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Persons of households in the order of their numbers, after one of them.
    pub fn persons_after(&self, id: i64, most: u32) -> Result<Vec<PersonsRow>, StoreError> {
        let sql = format!("SELECT {PERSONS} WHERE p.id > ?1 ORDER BY p.id LIMIT ?2");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((id, most), read_persons)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Persons of households that were written after a stamp, in that order.
    pub fn persons_since(&self, stamp: i64, most: u32) -> Result<Vec<PersonsRow>, StoreError> {
        let sql = format!("SELECT {PERSONS} WHERE p.stamp > ?1 ORDER BY p.stamp LIMIT ?2");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((stamp, most), read_persons)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Persons of one household, by the number of its row.
    pub fn persons_of(&self, id: i64) -> Result<Option<PersonsRow>, StoreError> {
        let sql = format!("SELECT {PERSONS} WHERE p.id = ?1");
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([id], read_persons)
            .optional()?)
    }

    /// Households with members who are struck out as duplicates.
    pub fn persons_gone(&self) -> Result<Vec<PersonsRow>, StoreError> {
        let sql = format!("SELECT {PERSONS} WHERE p.gone > 0");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([], read_persons)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// The newest stamp.
    pub fn persons_stamp(&self) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT coalesce(max(stamp), 0) FROM persons")?
            .query_row([], |r| r.get(0))?)
    }

    /// Up to which stamp households have been compared.
    pub fn looked(&self) -> Result<i64, StoreError> {
        Ok(self
            .meta(LOOKED)?
            .and_then(|v| v.try_into().ok())
            .map_or(0, i64::from_be_bytes))
    }

    /// Households that wait for being compared.
    pub fn to_look_at(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT count(*) FROM persons WHERE stamp > ?1")?
            .query_row([self.looked()?], |r| r.get(0))?)
    }

    /// Forgets everything that was found, so that all is compared anew.
    pub fn forget_suspicions(tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.execute_batch(
            "DELETE FROM suspicion; DELETE FROM meta WHERE key = 'duplicates_looked';",
        )?;
        Ok(())
    }

    /// Replaces what was found about the persons of a household; it was compared as of a stamp.
    pub fn put_suspicions(
        tx: &Transaction<'_>,
        row: i64,
        stamp: i64,
        found: &[Suspicion],
    ) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM suspicion WHERE left_row = ?1 OR right_row = ?1")?
            .execute([row])?;
        Self::add_suspicions(tx, found)?;
        crate::open::put_meta(tx, LOOKED, &stamp.to_be_bytes())
    }

    /// Adds what was found, in the place of what was found before about the same.
    pub fn add_suspicions(tx: &Transaction<'_>, found: &[Suspicion]) -> Result<(), StoreError> {
        let mut insert = tx.prepare_cached(
            "INSERT OR REPLACE INTO suspicion (id, kind, left_row, left_member, right_row, right_member, probability, reasons)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for one in found {
            insert.execute(params![
                one.id.as_slice(),
                one.kind,
                one.left.row,
                one.left.member.0.as_bytes().as_slice(),
                one.right.row,
                one.right.member.0.as_bytes().as_slice(),
                one.probability,
                one.reasons,
            ])?;
        }
        Ok(())
    }

    /// Everything that was found.
    pub fn suspicions(&self) -> Result<Vec<Suspicion>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!("SELECT {SUSPICION}"))?;
        let rows = select.query_map([], read_suspicion)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// One suspicion.
    pub fn suspicion(&self, id: &[u8; 16]) -> Result<Option<Suspicion>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!("SELECT {SUSPICION} WHERE s.id = ?1"))?
            .query_row([id.as_slice()], read_suspicion)
            .optional()?)
    }

    /// The number of a household's row and its village, where its persons are known.
    pub fn member_at(
        &self,
        household: HouseholdId,
        member: InstanceId,
    ) -> Result<Option<MemberAt>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT id, village FROM household WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok(MemberAt {
                    row: r.get(0)?,
                    household,
                    village: r.get(1)?,
                    member,
                })
            })
            .optional()?)
    }

    /// Persons that have been compared, and persons in all, by the households' own count.
    pub fn persons_looked(&self) -> Result<(u32, u32), StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT coalesce(sum(CASE WHEN p.stamp <= ?1 THEN h.members END), 0), coalesce(sum(h.members), 0)
                 FROM household h LEFT JOIN persons p ON p.id = h.id",
            )?
            .query_row([self.looked()?], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    /// What the count of pairs that wait follows from; it has to be made anew when this changes.
    pub fn suspected_mark(&self) -> Result<Vec<u8>, StoreError> {
        let mark: String = self.conn.query_row(
            "SELECT (SELECT count(*) || '.' || coalesce(sum(probability), 0) FROM suspicion) || '/' ||
                    (SELECT count(*) || '.' || coalesce(sum(step), 0) FROM pair_decision) || '/' ||
                    (SELECT count(*) || '.' || coalesce(max(stamp), 0) FROM persons WHERE gone > 0) || '/' ||
                    (SELECT coalesce(sum(restricted), 0) FROM review) || '/' ||
                    (SELECT coalesce(sum(version), 0) || '.' || coalesce(sum(looked), 0) FROM finding_held) || '/' ||
                    (SELECT count(*) FROM proposal WHERE state = 0 AND kind = 1) || '/' ||
                    (SELECT count(*) || '.' || coalesce(sum(length(f.detail)), 0) || '.' || coalesce(max(p.stamp), 0)
                     FROM finding f LEFT JOIN household h ON h.household = f.household LEFT JOIN persons p ON p.id = h.id
                     WHERE f.source = 'elsewhere')",
            [],
            |r| r.get(0),
        )?;
        Ok(mark.into_bytes())
    }

    /// The mark as of which pairs were counted.
    pub fn suspected_counted(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.meta(COUNTED)?.unwrap_or_default())
    }

    /// Replaces how many pairs of each household wait for a person, and how many of them are about who receives what.
    pub fn put_suspected(
        tx: &Transaction<'_>,
        mark: &[u8],
        pairs: &[(HouseholdId, u32, u32)],
    ) -> Result<(), StoreError> {
        tx.execute("DELETE FROM suspected", [])?;
        let mut insert =
            tx.prepare_cached("INSERT INTO suspected (household, pairs, aid) VALUES (?1, ?2, ?3)")?;
        for (household, pairs, aid) in pairs {
            insert.execute((household.as_bytes().as_slice(), pairs, aid))?;
        }
        crate::open::put_meta(tx, COUNTED, mark)
    }

    /// How many suspicions there are.
    pub fn suspicion_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT count(*) FROM suspicion")?
            .query_row([], |r| r.get(0))?)
    }

    /// Replaces the decisions in a household's verification.
    pub(crate) fn put_pair_decisions(
        tx: &Transaction<'_>,
        household: HouseholdId,
        decisions: &[PairDecision],
    ) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM pair_decision WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        let mut insert = tx.prepare_cached(
            "INSERT INTO pair_decision (household, id, member, other_household, other_member, verdict, keeps, taken, reason,
                                        step, at, change, lists)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for one in decisions {
            insert.execute(params![
                household.as_bytes().as_slice(),
                one.id.0.as_bytes().as_slice(),
                one.member.0.as_bytes().as_slice(),
                one.other_household.as_bytes().as_slice(),
                one.other_member.0.as_bytes().as_slice(),
                one.verdict,
                one.keeps,
                one.taken,
                one.reason,
                i64::try_from(one.step).unwrap_or(i64::MAX),
                one.at,
                one.change.0.as_slice(),
                one.lists,
            ])?;
        }
        Ok(())
    }

    /// Every decision about a pair, in the order of their steps.
    pub fn pair_decisions(&self) -> Result<Vec<PairDecision>, StoreError> {
        let sql = format!("SELECT {DECISION} ORDER BY step, id, household");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([], read_decision)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}
