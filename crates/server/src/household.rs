//! Households in the store: the two logs and the cache beside them.

use crate::{
    authority, entities,
    error::{Result, ServerError},
    forms::{Catalogue, HOUSEHOLD_VISIT},
    hub::LIVE,
    projection::Projection,
    restrict,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId, VisitState};
use lawang_records::{ChangeInfo, KEY_FORM, Record, Row, entity_ops, inspect};
use lawang_sync::SetDigest;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The register as the author of changes.
pub(crate) const REGISTER_DEVICE: DeviceId = DeviceId(Uuid::nil());

/// A household in memory while it is worked on.
pub(crate) struct Household {
    pub id: HouseholdId,
    pub village: String,
    /// The questionnaire that it answers, when it is none of the register's households.
    pub form: Option<String>,
    pub record: Record,
    pub changes: u64,
    /// Largest operation counter in the document: a next change starts at most one above it.
    pub max_op: u64,
    /// Whether a device ever changed it.
    pub by_device: bool,
}

/// Who made a change, and when.
pub(crate) struct Origin<'a> {
    pub device: DeviceId,
    pub incarnation: [u8; 8],
    pub person: &'a str,
    pub role: &'a str,
    /// Milliseconds since 1970.
    pub now: u64,
}

/// Databases hold signed integers; times and numbers here never come near the limit.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Count and digest of a village's rows or changes up to a number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Running {
    pub last: u64,
    pub count: u64,
    pub digest: SetDigest,
}

/// Which log.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Log {
    Rows,
    Changes,
}

/// The village's running count and digest at the newest line with a number up to `until`.
pub(crate) fn running(tx: &Tx<'_>, log: Log, village: &str, until: u64) -> Result<Running> {
    let sql = match log {
        Log::Rows => {
            "SELECT row_seq, village_rows, village_digest FROM row_log
             WHERE village = ?1 AND row_seq <= ?2 ORDER BY row_seq DESC LIMIT 1"
        }
        Log::Changes => {
            "SELECT seq, village_changes, village_digest FROM change_log
             WHERE village = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1"
        }
    };
    let found = tx.optional(sql, params![village, int(until)], |r| {
        Ok(Running {
            last: unsigned(r.get(0)?),
            count: unsigned(r.get(1)?),
            digest: SetDigest(r.get(2)?),
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// The newest number in the order of changes.
pub(crate) fn head(tx: &Tx<'_>) -> Result<u64> {
    let seq: Option<i64> = tx.one("SELECT max(seq) FROM change_log", params![], |r| r.get(0))?;
    Ok(unsigned(seq.unwrap_or(0)))
}

/// Writes a new row at the end of the log. `register`: it comes from a prelist.
pub(crate) fn append_row(
    tx: &Tx<'_>,
    row: &Row,
    bytes: &[u8],
    device: Option<DeviceId>,
    now: u64,
) -> Result<u64> {
    let digest = Row::digest(bytes);
    tx.make_room(&row.village)?;
    let mut total = running(tx, Log::Rows, &row.village, u64::MAX)?;
    total.digest.add_row(&digest);
    let seq = tx.one(
        "INSERT INTO row_log (household, village, body, digest, device, received_at, village_rows,
                              village_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING row_seq",
        params![
            row.household.as_bytes(),
            row.village,
            bytes,
            digest,
            device.map(|d| *d.as_bytes()),
            int(now),
            int(total.count + 1),
            total.digest.0,
        ],
        |r| r.get(0),
    )?;
    let register = device.is_none().then_some(digest);
    tx.execute(
        "INSERT INTO household (id, village, register_digest, form) VALUES (?1, ?2, ?3, ?4)",
        params![
            row.household.as_bytes(),
            row.village,
            register,
            form_of(row)
        ],
    )?;
    Ok(unsigned(seq))
}

/// Writes an accepted change at the end of the log and counts it for the household.
pub(crate) fn append_change(
    tx: &Tx<'_>,
    household: &mut Household,
    kind: DocumentKind,
    info: &ChangeInfo,
    bytes: &[u8],
    origin: &Origin<'_>,
) -> Result<u64> {
    let mut total = running(tx, Log::Changes, &household.village, u64::MAX)?;
    total.digest.add_change(&info.hash.0);
    let at = info.time.saturating_mul(1000).clamp(0, int(origin.now));
    let seq = tx.one(
        "INSERT INTO change_log (hash, household, village, body, device, incarnation, person, role,
                                 at, received_at, village_changes, village_digest, kind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING seq",
        params![
            info.hash.0,
            household.id.as_bytes(),
            household.village,
            bytes,
            origin.device.as_bytes(),
            origin.incarnation,
            origin.person,
            origin.role,
            at,
            int(origin.now),
            int(total.count + 1),
            total.digest.0,
            u32::from(kind.number()),
        ],
        |r| r.get(0),
    )?;
    match kind {
        DocumentKind::FieldAnswers => count(household, info, origin.device),
        DocumentKind::Administration => restrict::refresh(tx, household.id)?,
        DocumentKind::Verification => {}
    }
    Ok(unsigned(seq))
}

fn count(household: &mut Household, info: &ChangeInfo, device: DeviceId) {
    household.changes += 1;
    household.by_device |= device != REGISTER_DEVICE;
    let last = info.start_op.saturating_add(info.operations as u64);
    household.max_op = household.max_op.max(last.saturating_sub(1));
}

/// The number of a change that is already in the log.
pub(crate) fn seq_of(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<u64>> {
    let seq: Option<i64> = tx.optional(
        "SELECT seq FROM change_log WHERE hash = ?1",
        params![hash],
        |r| r.get(0),
    )?;
    Ok(seq.map(unsigned))
}

/// The questionnaire that a record answers, when it is none of the register's households: said by its row,
/// and so for ever.
pub(crate) fn form_of(row: &Row) -> Option<String> {
    row.answers
        .get(KEY_FORM)
        .filter(|form| !form.is_empty() && form.as_str() != HOUSEHOLD_VISIT)
        .cloned()
}

/// Operations of a row's first change: the root's three, then one a field and two more an instance.
fn genesis_ops(row: &Row) -> u64 {
    let instances: usize = row.instances.iter().map(|i| i.fields.len() + 2).sum();
    (3 + row.answers.len() + instances) as u64
}

/// The row as it stands in the log.
pub(crate) fn row_of(tx: &Tx<'_>, id: HouseholdId) -> Result<Option<Row>> {
    let body: Option<Vec<u8>> = tx.optional(
        "SELECT body FROM row_log WHERE household = ?1",
        params![id.as_bytes()],
        |r| r.get(0),
    )?;
    body.map(|b| Row::from_bytes(&b).map_err(|e| ServerError::Damaged(e.to_string())))
        .transpose()
}

/// Loads a household from the cache, or, when that cannot be read, from the logs.
pub(crate) fn load(tx: &Tx<'_>, id: HouseholdId) -> Result<Option<Household>> {
    let found = tx.optional(
        "SELECT village, doc, changes, max_op, form FROM household WHERE id = ?1",
        params![id.as_bytes()],
        |r| {
            Ok((
                r.get::<String>(0)?,
                r.get::<Option<Vec<u8>>>(1)?,
                r.get::<i64>(2)?,
                r.get::<i64>(3)?,
                r.get::<Option<String>>(4)?,
            ))
        },
    )?;
    let Some((village, Some(doc), changes, max_op, form)) = found else {
        return from_logs(tx, id);
    };
    match Record::load(&doc) {
        Ok(record) => Ok(Some(Household {
            id,
            village,
            form,
            record,
            changes: unsigned(changes),
            max_op: unsigned(max_op),
            by_device: touched(tx, id)?,
        })),
        Err(error) => {
            tracing::warn!(household = %id, %error, "the cached document was rebuilt from the log");
            from_logs(tx, id)
        }
    }
}

fn touched(tx: &Tx<'_>, id: HouseholdId) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND device <> ?2 AND kind = 0
                        AND erased IS NULL)",
        params![id.as_bytes(), REGISTER_DEVICE.as_bytes()],
        |r| r.get(0),
    )
}

/// Builds a household from the two logs alone.
pub(crate) fn from_logs(tx: &Tx<'_>, id: HouseholdId) -> Result<Option<Household>> {
    let Some(row) = row_of(tx, id)? else {
        return Ok(None);
    };
    let mut household = Household {
        id,
        max_op: genesis_ops(&row),
        form: form_of(&row),
        record: Record::genesis(&row)?,
        village: row.village,
        changes: 0,
        by_device: false,
    };
    let sql = format!(
        "SELECT body, device FROM change_log WHERE household = ?1 AND kind = 0 AND {LIVE} ORDER BY seq"
    );
    tx.each(&sql, params![id.as_bytes()], |line| {
        let body: Vec<u8> = line.get(0)?;
        let device: [u8; 16] = line.get(1)?;
        let damaged = |e: &dyn std::fmt::Display| ServerError::Damaged(e.to_string());
        let info = inspect(&body).map_err(|e| damaged(&e))?;
        household.record.apply(&body).map_err(|e| damaged(&e))?;
        count(&mut household, &info, DeviceId(Uuid::from_bytes(device)));
        Ok(())
    })?;
    Ok(Some(household))
}

/// Refreshes the cache of a household after changes.
pub(crate) fn save(tx: &Tx<'_>, forms: &Catalogue, household: &Household) -> Result<()> {
    save_all(tx, forms, [household])
}

/// The same for several. What they do to lists of entities may be what other records chose.
pub(crate) fn save_all<'h>(
    tx: &Tx<'_>,
    forms: &Catalogue,
    households: impl IntoIterator<Item = &'h Household>,
) -> Result<()> {
    let mut touched: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for household in households {
        let lists = save_one(tx, forms, household)?;
        if !lists.is_empty() {
            touched.entry(&household.village).or_default().extend(lists);
        }
    }
    for (village, lists) in touched {
        entities::judge_again(tx, forms, village, &lists)?;
    }
    Ok(())
}

/// Gives the lists of entities to which the household does something new.
fn save_one(tx: &Tx<'_>, forms: &Catalogue, household: &Household) -> Result<BTreeSet<String>> {
    let state = household.record.state()?;
    let projection = Projection::of_state(&state);
    let expected = household.form.as_deref().unwrap_or(HOUSEHOLD_VISIT);
    let ops = entity_ops(household.id, &household.village, &state);
    let lists = entities::put(tx, household.id, &ops)?;
    let flags = entities::flags(tx, forms, &household.village, expected, &projection)?;
    let flags = (!flags.is_empty()).then(|| json(&flags));
    let visit_state = match projection.visit_state(household.by_device, household.form.is_some()) {
        done @ (VisitState::Sent | VisitState::NotFound) => {
            authority::decided(tx, household)?.unwrap_or(done)
        }
        other => other,
    };
    let heads: Vec<u8> = household.record.heads().iter().flat_map(|h| h.0).collect();
    tx.execute(
        "UPDATE household SET doc = ?2, heads = ?3, state = ?4, visit_state = ?5, changes = ?6,
                              max_op = ?7, flags = ?8 WHERE id = ?1",
        params![
            household.id.as_bytes(),
            household.record.save(),
            heads,
            json(&projection),
            visit_state.as_str(),
            int(household.changes),
            int(household.max_op),
            flags,
        ],
    )?;
    Ok(lists)
}

/// Maps and strings always serialise.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
