//! Tables that are rebuilt from the log: the worklist and the search.

use crate::{Store, StoreError, log::blob16};
use lawang_domain::{HouseholdId, VisitState};
use rusqlite::{OptionalExtension, Transaction, types::Value};
use std::collections::BTreeMap;

/// A household as the worklist shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdCard {
    pub household: HouseholdId,
    pub village: String,
    pub head: String,
    pub address: String,
    pub sls: String,
    pub rt: String,
    pub rw: String,
    pub members: u32,
    pub state: VisitState,
    /// Something of it is not at the server.
    pub unsent: bool,
    pub conflicts: u32,
    /// RFC 3339, or empty.
    pub last_visit: String,
    pub programmes: Vec<String>,
    /// Everything that search finds it by. Not given back by queries.
    pub search: String,
    /// Restricted on request; read, never written from here.
    pub restricted: bool,
}

/// What part of the worklist is wanted.
#[derive(Debug, Clone, Default)]
pub struct CardQuery {
    /// Three characters or more; shorter ones find nothing.
    pub search: String,
    pub village: Option<String>,
    pub states: Vec<VisitState>,
    pub offset: u32,
    pub limit: u32,
}

/// Households by state.
pub type StateCounts = BTreeMap<VisitState, u32>;

/// Above this many matches the number shown is "more than".
const COUNT_LIMIT: u32 = 1_000;

impl Store {
    /// Replaces a household's card. `id` is its row's number.
    pub fn put_card(tx: &Transaction<'_>, id: i64, card: &HouseholdCard) -> Result<(), StoreError> {
        let sort = format!(
            "{}|{:0>3}|{:0>3}|{}",
            card.village,
            card.rw,
            card.rt,
            card.head.to_uppercase()
        );
        tx.prepare_cached(
            "INSERT INTO household (id, household, village, head, address, sls, rt, rw, members, state, unsent,
                                    conflicts, last_visit, programmes, sort)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (id) DO UPDATE SET village = ?3, head = ?4, address = ?5, sls = ?6, rt = ?7, rw = ?8,
                 members = ?9, state = ?10, unsent = ?11, conflicts = ?12, last_visit = ?13, programmes = ?14,
                 sort = ?15",
        )?
        .execute(rusqlite::params![
            id,
            card.household.as_bytes().as_slice(),
            card.village,
            card.head,
            card.address,
            card.sls,
            card.rt,
            card.rw,
            card.members,
            card.state.as_str(),
            card.unsent,
            card.conflicts,
            card.last_visit,
            card.programmes.join(","),
            sort,
        ])?;
        tx.prepare_cached("INSERT OR REPLACE INTO search (rowid, text) VALUES (?1, ?2)")?
            .execute((id, &card.search))?;
        Ok(())
    }

    /// The number of a household's row.
    pub fn row_id(&self, household: HouseholdId) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT id FROM row_log WHERE household = ?1")?
            .query_row([household.as_bytes().as_slice()], |r| r.get(0))?)
    }

    /// Whether anything of the household is not at the server, and whether anything was refused.
    pub fn send_state(
        tx: &Transaction<'_>,
        household: HouseholdId,
    ) -> Result<(bool, bool), StoreError> {
        Ok(tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND state = 0)
                     OR EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND state = 0)
                     OR EXISTS (SELECT 1 FROM draft_entry WHERE household = ?1 AND folded = 0),
                        EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND state = 2 AND applied = 1)
                     OR EXISTS (SELECT 1 FROM proposal WHERE household = ?1 AND state = 0)
                     OR EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND state = 2)",
            )?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?)
    }

    /// Marks a household as begun, when its first answer is typed: the cheap part of a card.
    pub fn mark_begun(
        tx: &Transaction<'_>,
        household: HouseholdId,
        state: VisitState,
    ) -> Result<(), StoreError> {
        let marked = tx
            .prepare_cached("UPDATE household SET state = ?2, unsent = 1 WHERE household = ?1")?
            .execute((household.as_bytes().as_slice(), state.as_str()))?;
        if marked == 0 {
            tx.prepare_cached("UPDATE survey SET state = ?2, unsent = 1 WHERE household = ?1")?
                .execute((household.as_bytes().as_slice(), state.as_str()))?;
        }
        Ok(())
    }

    /// One card.
    pub fn card(&self, household: HouseholdId) -> Result<Option<HouseholdCard>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!(
                "SELECT {CARD} FROM household h WHERE h.household = ?1"
            ))?
            .query_row([household.as_bytes().as_slice()], read_card)
            .optional()?)
    }

    /// A part of the worklist in order, and how many match in all (at most 1,000 when searching).
    pub fn cards(&self, query: &CardQuery) -> Result<(u32, Vec<HouseholdCard>), StoreError> {
        let mut conditions = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        if let Some(village) = &query.village {
            conditions.push("h.village = ?".to_owned());
            values.push(village.clone().into());
        }
        if !query.states.is_empty() {
            let marks = vec!["?"; query.states.len()].join(",");
            conditions.push(format!("h.state IN ({marks})"));
            values.extend(
                query
                    .states
                    .iter()
                    .map(|s| Value::from(s.as_str().to_owned())),
            );
        }
        let and = |conditions: &[String]| match conditions {
            [] => String::new(),
            some => format!(" AND {}", some.join(" AND ")),
        };
        let limit = query.limit.clamp(1, 200);
        if query.search.trim().is_empty() {
            let filter = and(&conditions);
            let total = self
                .conn
                .prepare_cached(&format!("SELECT count(*) FROM household h WHERE 1{filter}"))?
                .query_row(rusqlite::params_from_iter(values.iter()), |r| r.get(0))?;
            let sql = format!(
                "SELECT {CARD} FROM household h WHERE 1{filter} ORDER BY h.{} LIMIT {limit} OFFSET {}",
                if query.village.is_some() {
                    "village, h.on_top DESC, h.sort"
                } else {
                    "on_top DESC, h.sort"
                },
                query.offset
            );
            let cards = self.collect(&sql, &values)?;
            return Ok((total, cards));
        }
        let Some(expression) = match_expression(&query.search) else {
            return Ok((0, Vec::new()));
        };
        values.insert(0, expression.into());
        let matching = if conditions.is_empty() {
            "FROM search WHERE search MATCH ?".to_owned()
        } else {
            format!(
                "FROM search CROSS JOIN household h ON h.id = search.rowid WHERE search MATCH ?{}",
                and(&conditions)
            )
        };
        // In order of the rows' numbers, which is the register's order: ranking would have to look at
        // every match before the first could be shown.
        let ids = format!("SELECT search.rowid {matching} LIMIT {COUNT_LIMIT}");
        let found: Vec<i64> = self
            .conn
            .prepare_cached(&ids)?
            .query_map(rusqlite::params_from_iter(values.iter()), |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let mut by_id = self
            .conn
            .prepare_cached(&format!("SELECT {CARD} FROM household h WHERE h.id = ?1"))?;
        let cards = found
            .iter()
            .skip(query.offset as usize)
            .take(limit as usize)
            .map(|id| by_id.query_row([id], read_card))
            .collect::<Result<_, _>>()?;
        Ok((u32::try_from(found.len()).unwrap_or(COUNT_LIMIT), cards))
    }

    fn collect(&self, sql: &str, values: &[Value]) -> Result<Vec<HouseholdCard>, StoreError> {
        let mut select = self.conn.prepare_cached(sql)?;
        let rows = select.query_map(rusqlite::params_from_iter(values.iter()), read_card)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Households by state, in a village or in all.
    pub fn state_counts(&self, village: Option<&str>) -> Result<StateCounts, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT state, count(*) FROM household WHERE ?1 IS NULL OR village = ?1 GROUP BY state",
        )?;
        let rows = select.query_map([village], |r| Ok((r.get::<_, String>(0)?, r.get(1)?)))?;
        let mut counts = StateCounts::new();
        for row in rows {
            let (state, count): (String, u32) = row?;
            counts.insert(state.parse().unwrap_or(VisitState::NotVisited), count);
        }
        Ok(counts)
    }

    /// Households with something that the server does not have.
    pub fn unsent_households(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT count(*) FROM household WHERE unsent > 0")?
            .query_row([], |r| r.get(0))?)
    }

    /// Households in a state.
    pub fn households_in(&self, state: VisitState) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT count(*) FROM household WHERE state = ?1")?
            .query_row([state.as_str()], |r| r.get(0))?)
    }

    /// Households in all.
    pub fn household_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .query_row("SELECT count(*) FROM household", [], |r| r.get(0))?)
    }

    /// Households with fields to settle, in the order of the worklist, then other surveys.
    pub fn conflicted(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM (SELECT household, 0 AS part, sort FROM household WHERE conflicts > 0
                 UNION ALL SELECT household, 1, id FROM survey WHERE conflicts > 0)
             ORDER BY part, sort",
        )?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Fields to settle in all.
    pub fn conflict_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT (SELECT coalesce(sum(conflicts), 0) FROM household WHERE conflicts > 0)
                      + (SELECT coalesce(sum(conflicts), 0) FROM survey WHERE conflicts > 0)",
            )?
            .query_row([], |r| r.get(0))?)
    }

    /// Empties everything that can be rebuilt.
    pub fn clear_projection(tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.execute_batch(
            "DELETE FROM household; DELETE FROM survey; DELETE FROM snapshot; DELETE FROM entity_op; DELETE FROM review;
             DELETE FROM desk; DELETE FROM persons; DELETE FROM pair_decision; INSERT INTO search (search) VALUES ('delete-all');",
        )?;
        Self::forget_suspicions(tx)
    }
}

/// Every word must occur; each needs three characters for the trigram index. `rt 3` and `rw 012` mean the
/// number, however many zeros are written.
pub(crate) fn match_expression(search: &str) -> Option<String> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let lower = search.to_lowercase();
    let mut words = lower.split_whitespace().peekable();
    let mut terms = Vec::new();
    while let Some(word) = words.next() {
        let area = word.get(..2).filter(|w| matches!(*w, "rt" | "rw"));
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n < 1_000);
        match (area, word.get(2..).unwrap_or_default()) {
            (Some(area), "") => {
                if let Some(n) = words.peek().and_then(|next| number(next)) {
                    words.next();
                    terms.push(quoted(&format!("{area} {n:03}")));
                }
            }
            (Some(area), rest) if number(rest).is_some() => {
                terms.push(quoted(&format!("{area} {:03}", number(rest).unwrap_or(0))));
            }
            _ if word.chars().count() >= 3 => terms.push(quoted(word)),
            _ => {}
        }
    }
    if terms.is_empty() {
        let whole = search.trim();
        return (whole.chars().count() >= 3).then(|| quoted(whole));
    }
    Some(terms.join(" AND "))
}

pub(crate) const CARD: &str = "h.household, h.village, h.head, h.address, h.sls, h.rt, h.rw, h.members, h.state, h.unsent, \
                    h.conflicts, h.last_visit, h.programmes, \
                    EXISTS (SELECT 1 FROM review v WHERE v.household = h.household AND v.restricted = 2)";

pub(crate) fn read_card(row: &rusqlite::Row<'_>) -> rusqlite::Result<HouseholdCard> {
    let programmes: String = row.get(12)?;
    Ok(HouseholdCard {
        household: HouseholdId(blob16(&row.get::<_, Vec<u8>>(0)?)),
        village: row.get(1)?,
        head: row.get(2)?,
        address: row.get(3)?,
        sls: row.get(4)?,
        rt: row.get(5)?,
        rw: row.get(6)?,
        members: row.get(7)?,
        state: row
            .get::<_, String>(8)?
            .parse()
            .unwrap_or(VisitState::NotVisited),
        unsent: row.get(9)?,
        conflicts: row.get(10)?,
        last_visit: row.get(11)?,
        programmes: programmes
            .split(',')
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect(),
        search: String::new(),
        restricted: row.get(13)?,
    })
}

#[cfg(test)]
mod tests {
    use super::match_expression;

    #[test]
    fn words_are_searched_together_and_rt_and_rw_by_their_number() {
        assert_eq!(match_expression("Siti a").as_deref(), Some("\"siti\""));
        assert_eq!(
            match_expression("siti aminah").as_deref(),
            Some("\"siti\" AND \"aminah\"")
        );
        assert_eq!(match_expression("rt 3").as_deref(), Some("\"rt 003\""));
        assert_eq!(
            match_expression("RT003 rw 1").as_deref(),
            Some("\"rt 003\" AND \"rw 001\"")
        );
        assert_eq!(
            match_expression("a\"b c\"d").as_deref(),
            Some("\"a\"\"b\" AND \"c\"\"d\"")
        );
        assert_eq!(match_expression("ab"), None);
        assert_eq!(match_expression("a b c").as_deref(), Some("\"a b c\""));
    }
}
