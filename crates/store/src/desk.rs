//! What waits at a verifier's desk: a projection of answers and verifications, ordered by what matters.

use crate::{
    HouseholdCard, Store, StoreError,
    log::blob16,
    projection::{CARD, match_expression, read_card},
};
use lawang_domain::{HouseholdId, InstanceId};
use rusqlite::{OptionalExtension, Transaction, params, types::Value};

/// What the answers of a household say to the desk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeskCard {
    /// The newest submitted visit.
    pub visit: Option<InstanceId>,
    /// Who made it.
    pub enumerator: String,
    /// RFC 3339; empty: no visit.
    pub submitted: String,
    pub started: String,
    /// Where it was made: latitude, longitude.
    pub position: Option<(f64, f64)>,
    /// The newest of visit and register, ISO date; empty when not known.
    pub updated: String,
    /// Reason (code) that the answers give by themselves for removal.
    pub gone: String,
    /// By the formula in force then.
    pub need: Option<u32>,
    /// Not in the register, and asks to be.
    pub proposed: bool,
    /// Conflicts that somebody settled.
    pub settled: u32,
    /// Digest of the answers to choices; empty without a visit.
    pub alike: Vec<u8>,
}

/// Reasons for which a household waits, by bits; the lowest is the most pressing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reasons(pub u32);

impl Reasons {
    pub const CONTESTED: u32 = 1;
    pub const CONFLICT: u32 = 2;
    pub const PROPOSAL: u32 = 4;
    pub const DUPLICATE: u32 = 8;
    pub const CHECK: u32 = 16;
    pub const ELIGIBILITY: u32 = 32;
    pub const OVERDUE: u32 = 64;
    pub const SUBMITTED: u32 = 128;
    pub const RETURNED: u32 = 256;
    /// What waits for a person at the desk.
    pub const WAITING: u32 = Self::CONTESTED
        | Self::CONFLICT
        | Self::PROPOSAL
        | Self::DUPLICATE
        | Self::CHECK
        | Self::ELIGIBILITY
        | Self::OVERDUE
        | Self::SUBMITTED;

    /// Whether one of them applies.
    pub fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

/// Until when things had to be done; empty: no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Data that were current on this ISO date or before are overdue, whatever was decided on them.
    pub updated: String,
    /// A visit that was submitted before this moment (UTC, RFC 3339), and that nobody has decided on, missed the
    /// ministry's cut-off.
    pub submitted: String,
}

/// What part of the queue is wanted.
#[derive(Debug, Clone, Default)]
pub struct DeskFilter {
    pub search: String,
    pub village: Option<String>,
    /// Any of these; 0: what waits for a person.
    pub reasons: u32,
    pub enumerator: String,
    pub due: Due,
    pub offset: u32,
    pub limit: u32,
}

/// A household in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskEntry {
    pub card: HouseholdCard,
    pub desk: DeskCard,
    pub reasons: Reasons,
    pub checks: u32,
    /// Suspected pairs that nobody has decided on.
    pub suspected: u32,
    /// Of them, those that are about who receives what.
    pub aid: u32,
    pub removal: String,
    /// The civil registry has somebody of the family as deceased, and nobody has verified it since.
    pub died: bool,
    /// What the formula of need says against the register (`poor`, `better_off`); empty: the same.
    pub turned: String,
}

/// A finished visit, for looking at how people work.
#[derive(Debug, Clone, PartialEq)]
pub struct Visited {
    pub household: HouseholdId,
    pub desk: DeskCard,
}

/// Everything that the queue is made of, with the reasons as bits. A decision counts for the visit that it is about;
/// restricted households are not in it.
pub(crate) const QUEUE: &str = "
    FROM household h
    LEFT JOIN desk d ON d.household = h.household
    LEFT JOIN review r ON r.household = h.household
    LEFT JOIN suspected s ON s.household = h.household
    WHERE coalesce(r.restricted, 0) < 2";
const UNDECIDED: &str =
    "(length(d.visit) = 16 AND (r.visit IS NULL OR r.visit <> d.visit OR r.decision = ''))";

/// That somebody died is shown until the family is verified after the registry's list came out; of nobody whose data are
/// restricted.
const DIED: &str = "(coalesce(r.restricted, 0) = 0 AND EXISTS (
        SELECT 1 FROM finding f WHERE f.household = h.household AND f.source = 'dukcapil'
        AND json_valid(f.detail) AND json_extract(f.detail, '$.flag') = 'deceased'
        AND NOT coalesce(json_extract(f.detail, '$.other_person'), 0)
        AND (coalesce(r.decision, '') IN ('', 'returned') OR date(r.at, 'unixepoch') < f.dated)))";

pub(crate) fn bits() -> String {
    format!(
        "(coalesce(r.contested, 0) > 0) * {c}
         | (h.conflicts > 0) * {k}
         | (coalesce(r.proposals, 0) > 0) * {p}
         | (coalesce(s.pairs, 0) > 0) * {u}
         | (coalesce(d.checks, 0) > 0 AND {UNDECIDED}) * {x}
         | (coalesce(d.gone <> '' AND coalesce(r.removal, '') = '' AND {UNDECIDED}, 0)
            OR coalesce((d.proposed = 1 OR d.turned <> '') AND {UNDECIDED}, 0)
            OR {DIED}) * {e}
         | ((coalesce(d.updated, '') <> '' AND d.updated <= ?1)
            OR coalesce({UNDECIDED} AND d.submitted < ?2, 0)) * {o}
         | (coalesce({UNDECIDED}, 0)) * {s}
         | (coalesce(r.decision, '') = 'returned' AND r.visit = d.visit AND coalesce(r.contested, 0) = 0) * {b}",
        c = Reasons::CONTESTED,
        k = Reasons::CONFLICT,
        p = Reasons::PROPOSAL,
        u = Reasons::DUPLICATE,
        x = Reasons::CHECK,
        e = Reasons::ELIGIBILITY,
        o = Reasons::OVERDUE,
        s = Reasons::SUBMITTED,
        b = Reasons::RETURNED,
    )
}

const DESK: &str = "d.visit, d.enumerator, d.submitted, d.started, d.lat, d.lon, d.updated, d.gone, d.need, \
                    d.proposed, d.settled, d.alike";

fn read_desk(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<DeskCard> {
    let text = |column: usize| -> rusqlite::Result<String> {
        Ok(row
            .get::<_, Option<String>>(from + column)?
            .unwrap_or_default())
    };
    let visit: Option<Vec<u8>> = row.get(from)?;
    let position: (Option<f64>, Option<f64>) = (row.get(from + 4)?, row.get(from + 5)?);
    Ok(DeskCard {
        visit: visit
            .filter(|v| v.len() == 16)
            .map(|v| InstanceId(blob16(&v))),
        enumerator: text(1)?,
        submitted: text(2)?,
        started: text(3)?,
        position: match position {
            (Some(lat), Some(lon)) => Some((lat, lon)),
            _ => None,
        },
        updated: text(6)?,
        gone: text(7)?,
        need: row.get(from + 8)?,
        proposed: row.get::<_, Option<bool>>(from + 9)?.unwrap_or_default(),
        settled: row.get::<_, Option<u32>>(from + 10)?.unwrap_or_default(),
        alike: row
            .get::<_, Option<Vec<u8>>>(from + 11)?
            .unwrap_or_default(),
    })
}

impl Store {
    /// Replaces what a household's answers say to the desk. Its checks are looked at again.
    pub fn put_desk(
        tx: &Transaction<'_>,
        household: HouseholdId,
        village: &str,
        desk: &DeskCard,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO desk (household, village, visit, enumerator, submitted, started, lat, lon, updated,
                                          checks, gone, need, proposed, settled, alike)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            household.as_bytes().as_slice(),
            village,
            desk.visit.map_or(Vec::new(), |v| v.as_bytes().to_vec()),
            desk.enumerator,
            desk.submitted,
            desk.started,
            desk.position.map(|p| p.0),
            desk.position.map(|p| p.1),
            desk.updated,
            desk.gone,
            desk.need,
            desk.proposed,
            desk.settled,
            desk.alike,
        ])?;
        Ok(())
    }

    /// What a household's answers say to the desk.
    pub fn desk_card(&self, household: HouseholdId) -> Result<Option<DeskCard>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!("SELECT {DESK} FROM desk d WHERE d.household = ?1"))?
            .query_row([household.as_bytes().as_slice()], |row| read_desk(row, 0))
            .optional()?)
    }

    /// Visits whose checks nobody has looked at, the newest first.
    pub fn unchecked(&self, limit: u32) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM desk WHERE checks IS NULL AND length(visit) = 16
             ORDER BY submitted DESC LIMIT ?1",
        )?;
        let rows = select.query_map([limit], |r| {
            Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// How many visits nobody has looked at.
    pub fn unchecked_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT count(*) FROM desk WHERE checks IS NULL AND length(visit) = 16",
            )?
            .query_row([], |r| r.get(0))?)
    }

    /// Households in which a conflict was settled.
    pub fn with_settlements(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT household FROM desk WHERE settled > 0")?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Households whose visits were drawn to be made again.
    pub fn drawn(&self, village: Option<&str>) -> Result<Vec<HouseholdCard>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {CARD} FROM review r JOIN household h ON h.household = r.household
             WHERE length(r.drawn) = 16 AND r.restricted < 2 AND (?1 IS NULL OR h.village = ?1) ORDER BY h.sort"
        ))?;
        let rows = select.query_map([village], read_card)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// People to whom households of a village were given.
    pub fn assigned_people(&self, village: &str) -> Result<Vec<String>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT r.assigned FROM review r JOIN household h ON h.household = r.household
             WHERE r.assigned <> '' AND h.village = ?1 ORDER BY 1",
        )?;
        let rows = select.query_map([village], |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Enumerators who answered for a household some time, be their visit the newest or not.
    pub fn answered_by(&self, household: HouseholdId) -> Result<Vec<String>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT person FROM change_log WHERE household = ?1 AND kind = 0 AND role = 'enumerator' ORDER BY 1",
        )?;
        let rows = select.query_map([household.as_bytes().as_slice()], |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Notes how many checks of a visit do not hold, and what the formula of need says against the register.
    pub fn set_checks(
        tx: &Transaction<'_>,
        household: HouseholdId,
        checks: u32,
        turned: &str,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE desk SET checks = ?2, turned = ?3 WHERE household = ?1")?
            .execute((household.as_bytes().as_slice(), checks, turned))?;
        Ok(())
    }

    /// A part of the queue in its order, and how many match in all.
    pub fn desk(&self, filter: &DeskFilter) -> Result<(u32, Vec<DeskEntry>), StoreError> {
        let wanted = if filter.reasons == 0 {
            Reasons::WAITING
        } else {
            filter.reasons
        };
        let mut values: Vec<Value> = vec![
            filter.due.updated.clone().into(),
            filter.due.submitted.clone().into(),
        ];
        let mut conditions = String::new();
        if let Some(village) = &filter.village {
            values.push(village.clone().into());
            conditions.push_str(&format!(" AND h.village = ?{}", values.len()));
        }
        if !filter.enumerator.is_empty() {
            values.push(filter.enumerator.clone().into());
            conditions.push_str(&format!(" AND d.enumerator = ?{}", values.len()));
        }
        if !filter.search.trim().is_empty() {
            let Some(expression) = match_expression(&filter.search) else {
                return Ok((0, Vec::new()));
            };
            values.push(expression.into());
            conditions.push_str(&format!(
                " AND h.id IN (SELECT rowid FROM search WHERE search MATCH ?{})",
                values.len()
            ));
        }
        let inner = format!(
            "SELECT {CARD}, {DESK}, {} AS bits, coalesce(d.checks, 0), coalesce(r.removal, '') AS removal,
                    coalesce(s.pairs, 0) AS pairs, coalesce(s.aid, 0) AS aid,
                    {DIED} AS died, coalesce(d.turned, '') AS turned, h.sort AS sort
             {QUEUE}{conditions}",
            bits()
        );
        let total = self
            .conn
            .prepare_cached(&format!(
                "SELECT count(*) FROM ({inner}) WHERE bits & {wanted} <> 0"
            ))?
            .query_row(rusqlite::params_from_iter(values.iter()), |r| r.get(0))?;
        // The lowest bit first; within a reason the longest waiting. Of what is overdue, visits that the desk can decide on
        // come before families who first have to be visited.
        let lowest = format!("((bits & {wanted}) & -(bits & {wanted}))");
        let unvisited = format!(
            "({lowest} = {} AND bits & {} = 0)",
            Reasons::OVERDUE,
            Reasons::SUBMITTED
        );
        let sql = format!(
            "SELECT * FROM ({inner}) WHERE bits & {wanted} <> 0
             ORDER BY {lowest}, {unvisited}, CASE WHEN {unvisited} THEN updated ELSE submitted END, sort
             LIMIT {} OFFSET {}",
            filter.limit.clamp(1, 200),
            filter.offset,
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map(rusqlite::params_from_iter(values.iter()), |row| {
            Ok(DeskEntry {
                card: read_card(row)?,
                desk: read_desk(row, 14)?,
                reasons: Reasons(row.get(26)?),
                checks: row.get(27)?,
                removal: row.get(28)?,
                suspected: row.get(29)?,
                aid: row.get(30)?,
                died: row.get(31)?,
                turned: row.get(32)?,
            })
        })?;
        Ok((total, rows.collect::<Result<_, _>>()?))
    }

    /// The reasons of one household.
    pub fn desk_reasons(&self, household: HouseholdId, due: &Due) -> Result<Reasons, StoreError> {
        let sql = format!("SELECT {} {QUEUE} AND h.household = ?3", bits());
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row(
                (
                    &due.updated,
                    &due.submitted,
                    household.as_bytes().as_slice(),
                ),
                |r| r.get(0),
            )
            .optional()?;
        Ok(Reasons(found.unwrap_or(0)))
    }

    /// Households by reason (bit), and how many are decided on.
    pub fn desk_counts(
        &self,
        village: Option<&str>,
        due: &Due,
    ) -> Result<(Vec<(u32, u32)>, u32), StoreError> {
        let sql = format!(
            "SELECT {}, coalesce(r.decision, '') NOT IN ('', 'returned') AND r.visit = d.visit
             {QUEUE} AND (?3 IS NULL OR h.village = ?3)",
            bits()
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let mut rows = select.query((&due.updated, &due.submitted, village))?;
        let mut counts = [0u32; 9];
        let mut done = 0;
        while let Some(row) = rows.next()? {
            let bits: u32 = row.get(0)?;
            for (place, count) in counts.iter_mut().enumerate() {
                *count += u32::from(bits & (1 << place) != 0);
            }
            done += u32::from(row.get::<_, Option<bool>>(1)?.unwrap_or_default());
        }
        let counts = counts.iter().enumerate().map(|(place, n)| (1 << place, *n));
        Ok((counts.collect(), done))
    }

    /// Who made visits that are here.
    pub fn enumerators(&self, village: Option<&str>) -> Result<Vec<String>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT DISTINCT enumerator FROM desk WHERE enumerator <> '' AND (?1 IS NULL OR village = ?1) ORDER BY 1",
        )?;
        let rows = select.query_map([village], |r| r.get(0))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Finished visits, by person and in the order in which they were submitted; not of restricted households.
    pub fn visited(&self, village: Option<&str>) -> Result<Vec<Visited>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT d.household, {DESK} FROM desk d LEFT JOIN review r ON r.household = d.household
             WHERE coalesce(r.restricted, 0) < 2 AND length(d.visit) = 16 AND (?1 IS NULL OR d.village = ?1) ORDER BY d.enumerator, d.submitted"
        ))?;
        let rows = select.query_map([village], |row| {
            Ok(Visited {
                household: HouseholdId(blob16(&row.get::<_, Vec<u8>>(0)?)),
                desk: read_desk(row, 1)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Households of which a visit was sent back some time.
    pub fn sent_back(&self, village: Option<&str>) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT r.household FROM review r JOIN desk d ON d.household = r.household
             WHERE r.sent_back = 1 AND (?1 IS NULL OR d.village = ?1)",
        )?;
        let rows = select.query_map([village], |r| {
            Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)))
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Families that ask to be in the register and of whom a visit was submitted that nobody sent back or rejected, the
    /// neediest first.
    pub fn waiting_families(
        &self,
        village: &str,
    ) -> Result<Vec<(HouseholdCard, Option<u32>)>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {CARD}, d.need FROM desk d JOIN household h ON h.household = d.household
             LEFT JOIN review r ON r.household = h.household
             WHERE d.proposed = 1 AND d.village = ?1 AND coalesce(r.restricted, 0) < 2 AND length(d.visit) = 16
             AND (coalesce(r.decision, '') NOT IN ('returned', 'musdes_rejected') OR r.visit <> d.visit)
             ORDER BY coalesce(d.need, -1) DESC, h.sort"
        ))?;
        let rows = select.query_map([village], |row| Ok((read_card(row)?, row.get(14)?)))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Families that are proposed for removal.
    pub fn removals(&self, village: &str) -> Result<Vec<HouseholdCard>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {CARD} FROM review r JOIN household h ON h.household = r.household
             WHERE r.removal <> '' AND h.village = ?1 AND r.restricted < 2 ORDER BY h.sort"
        ))?;
        let rows = select.query_map([village], read_card)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}
