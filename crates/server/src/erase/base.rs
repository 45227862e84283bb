//! A record begins anew from a row: the part that erasing and compacting share. A hub does the same when its district
//! tells it.

use crate::{
    error::{Result, ServerError},
    evidence::{Body, Erased},
    findings,
    household::{self, Household, Log, Origin, REGISTER_DEVICE, int, unsigned},
    restrict,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId, InstanceId};
use lawang_records::{Hash, REGISTER_ACTOR, Record, Row, RowInstance, Said, State, Write, inspect};
use lawang_sync::{KIND_BASE, NewBase, SetDigest, decode, encode};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as Slot};
use uuid::Uuid;

/// Something that is said again in the register's name, for whoever said it first.
pub(super) struct Again {
    pub kind: DocumentKind,
    /// What its author has seen of its document.
    pub after: After,
    pub writes: Vec<Write>,
    /// Who said it.
    pub author: Author,
}

/// What is seen by who says something again.
pub(super) enum After {
    /// The document's beginning: it is concurrent with the others.
    Beginning,
    /// What these say again, by their places in the plan: of the same document, and before this one.
    These(Vec<usize>),
}

/// Who said something, and when.
#[derive(Debug, Clone)]
pub(super) struct Author {
    pub device: DeviceId,
    pub person: String,
    pub role: String,
    /// Seconds since 1970.
    pub at: i64,
}

impl Author {
    pub(super) fn register() -> Self {
        Self {
            device: REGISTER_DEVICE,
            person: String::new(),
            role: "register".to_owned(),
            at: 0,
        }
    }

    /// Of a change in the log.
    pub(super) fn of(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Self> {
        let found = tx.optional(
            "SELECT device, person, role, at FROM change_log WHERE hash = ?1",
            params![hash],
            |r| {
                Ok(Self {
                    device: DeviceId(Uuid::from_bytes(r.get(0)?)),
                    person: r.get(1)?,
                    role: r.get(2)?,
                    at: r.get::<i64>(3)? / 1000,
                })
            },
        )?;
        Ok(found.unwrap_or_else(Self::register))
    }
}

/// How a record begins anew.
pub(super) struct Plan<'a> {
    pub household: HouseholdId,
    pub village: &'a str,
    pub row: Row,
    pub reason: &'static str,
    pub documents: Vec<DocumentKind>,
    pub again: Vec<Again>,
    /// Refused things of this record lose their bytes too.
    pub refused: bool,
    /// The district's word, at a hub; nothing: this server says it.
    pub said: Option<NewBase>,
    /// At a hub: changes that came here before this word and that the district took after it.
    pub stays: BTreeSet<[u8; 32]>,
}

/// Everything that a document says, and who said it, as a row. `keep`: whether an instance is kept; `open`: fields that are
/// left out.
pub(super) fn row_of(
    household: HouseholdId,
    village: &str,
    (state, said): (&State, &Said),
    keep: &dyn Fn(InstanceId) -> bool,
    open: &dyn Fn(&lawang_domain::FieldPath) -> bool,
) -> Row {
    let mut row = Row::empty(household, village);
    let mut instances: BTreeMap<InstanceId, RowInstance> = BTreeMap::new();
    for (of, ids) in &state.instances {
        for id in ids.iter().filter(|id| keep(**id)) {
            let instance = RowInstance {
                id: *id,
                of: of.clone(),
                fields: BTreeMap::new(),
            };
            instances.insert(*id, instance);
        }
    }
    for (path, values) in &state.fields {
        let Some(value) = values.first().filter(|_| !open(path)) else {
            continue;
        };
        match path.instance_id() {
            None => {
                row.answers.insert(path.key.clone(), value.text.clone());
            }
            Some(id) => {
                if let Some(instance) = instances.get_mut(&id) {
                    instance.fields.insert(path.key.clone(), value.text.clone());
                }
            }
        }
    }
    row.instances = instances.into_values().collect();
    said.write_into(&mut row);
    row
}

/// How often the record began anew before.
pub(crate) fn number_of(tx: &Tx<'_>, household: HouseholdId) -> Result<u64> {
    let newest: Option<Vec<u8>> = tx.optional(
        "SELECT body FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq DESC LIMIT 1",
        params![household.as_bytes(), u32::from(KIND_BASE)],
        |r| r.get(0),
    )?;
    Ok(newest
        .and_then(|body| decode::<NewBase>(&body))
        .map_or(0, |base| base.number))
}

/// Does it, with everything that stands on the record; the village's totals have to be counted anew afterwards
/// ([`count_anew`]). Gives what the entry of the chained log at `position` has to say
/// was erased. Whatever waited to be chained has to be chained before.
pub(super) fn begin_anew(
    tx: &Tx<'_>,
    server: &Server,
    plan: &Plan<'_>,
    position: u64,
    now: u64,
) -> Result<Body> {
    let id = plan.household.as_bytes();
    let mut body = Body::default();
    let mut erased = |log: u8, numbers: Vec<i64>| {
        let lines = numbers.into_iter().map(|n| Erased {
            log,
            number: unsigned(n),
        });
        body.erased.extend(lines);
    };
    // The row.
    let bytes = plan.row.to_bytes();
    let digest = Row::digest(&bytes);
    if let Some(first) = household::row_of(tx, plan.household)? {
        let first = Record::genesis(&first)?.genesis_hash();
        let fresh = Record::genesis(&plan.row)?.genesis_hash();
        if let Some(hash) = first.filter(|_| first != fresh) {
            tx.execute(
                "INSERT INTO old_genesis (hash, household) VALUES (?1, ?2) ON CONFLICT (household, hash) DO NOTHING",
                params![hash.0, id],
            )?;
        }
    }
    let row: i64 = tx.one(
        "SELECT row_seq FROM row_log WHERE household = ?1",
        params![id],
        |r| r.get(0),
    )?;
    tx.execute(
        "UPDATE row_log SET first_digest = coalesce(first_digest, digest), body = ?2, digest = ?3,
                            erased = ?4 WHERE household = ?1",
        params![id, bytes, digest, int(position)],
    )?;
    erased(0, vec![row]);
    // The changes.
    for kind in &plan.documents {
        let lines: Vec<(i64, [u8; 32])> = tx.query(
            "SELECT seq, hash FROM change_log WHERE household = ?1 AND kind = ?2 AND erased IS NULL ORDER BY seq",
            params![id, u32::from(kind.number())],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let gone: Vec<i64> = lines
            .into_iter()
            .filter(|(_, hash)| !plan.stays.contains(hash))
            .map(|(seq, _)| seq)
            .collect();
        for seq in &gone {
            tx.execute(
                "UPDATE change_log SET body = ?2, erased = ?3 WHERE seq = ?1",
                params![*seq, Vec::<u8>::new(), int(position)],
            )?;
        }
        erased(1, gone);
    }
    if plan.refused {
        let things: Vec<(i64, Vec<u8>)> = tx.query(
            "SELECT id, body FROM quarantine WHERE household = ?1 AND erased IS NULL ORDER BY id",
            params![id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        for (number, refused) in &things {
            let hash: [u8; 32] = Sha256::digest(refused).into();
            tx.execute(
                "UPDATE quarantine SET body = ?2, body_hash = coalesce(body_hash, ?3), erased = ?4 WHERE id = ?1",
                params![*number, Vec::<u8>::new(), hash, int(position)],
            )?;
        }
        erased(2, things.into_iter().map(|(number, _)| number).collect());
    }
    // The new beginning, and what is said again on top of it.
    let base = match &plan.said {
        Some(said) => NewBase {
            row: None,
            ..said.clone()
        },
        None => signed(
            server,
            NewBase {
                household: (*id).into(),
                number: number_of(tx, plan.household)? + 1,
                digest: digest.into(),
                reason: plan.reason.to_owned(),
                documents: plan.documents.iter().map(|kind| kind.number()).collect(),
                row: None,
                signature: None,
                moved: None,
            },
        ),
    };
    append_base(tx, plan.village, &base, now)?;
    again(tx, plan, base.number, now)?;
    restrict::refresh(tx, plan.household)?;
    forget_findings(tx, plan)?;
    // What is computed from it.
    tx.execute("DELETE FROM page WHERE village = ?1", params![plan.village])?;
    tx.execute("DELETE FROM entity_op WHERE household = ?1", params![id])?;
    let fresh = household::from_logs(tx, plan.household)?
        .ok_or_else(|| ServerError::Damaged("a record without a row".into()))?;
    household::save(tx, &server.forms, &fresh)?;
    Ok(body)
}

/// What registers outside say of those who are erased goes with them.
fn forget_findings(tx: &Tx<'_>, plan: &Plan<'_>) -> Result<()> {
    match plan.reason {
        NewBase::ERASED => findings::forget(tx, plan.household, None),
        NewBase::ERASED_PERSON => {
            let kept = plan.row.instances.iter().map(|i| i.id).collect();
            findings::forget(tx, plan.household, Some(&kept))
        }
        _ => Ok(()),
    }
}

pub(crate) fn signed(server: &Server, mut base: NewBase) -> NewBase {
    base.sign(&server.key);
    base
}

/// Writes the new base at the end of the log of changes.
pub(crate) fn append_base(tx: &Tx<'_>, village: &str, base: &NewBase, now: u64) -> Result<u64> {
    let mut total = household::running(tx, Log::Changes, village, u64::MAX)?;
    let hash = base.hash();
    total.digest.add_change(&hash);
    let zeros: [u8; 8] = [0; 8];
    let seq = tx.one(
        "INSERT INTO change_log (hash, household, village, body, device, incarnation, person, role,
                                 at, received_at, village_changes, village_digest, kind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 'register', ?7, ?7, ?8, ?9, ?10) RETURNING seq",
        params![
            hash,
            base.household.as_slice(),
            village,
            encode(base),
            REGISTER_DEVICE.as_bytes(),
            zeros,
            int(now),
            int(total.count + 1),
            total.digest.0,
            u32::from(KIND_BASE),
        ],
        |r| r.get(0),
    )?;
    Ok(unsigned(seq))
}

/// `number`: of the new beginning. Verification and administration begin with the same change each time, so the actor
/// tells what is said again now from the same said again earlier.
fn again(tx: &Tx<'_>, plan: &Plan<'_>, number: u64, now: u64) -> Result<()> {
    let mut records: BTreeMap<u8, Household> = BTreeMap::new();
    // The changes in which they are said, in the plan's order.
    let mut written: Vec<Option<Hash>> = Vec::with_capacity(plan.again.len());
    for said in &plan.again {
        let household = match records.entry(said.kind.number()) {
            Slot::Occupied(there) => there.into_mut(),
            Slot::Vacant(free) => free.insert(Household {
                id: plan.household,
                village: plan.village.to_owned(),
                form: None,
                record: match said.kind {
                    DocumentKind::FieldAnswers => Record::genesis(&plan.row)?,
                    kind => Record::genesis_of(plan.household, kind)?,
                },
                changes: 0,
                max_op: 0,
                by_device: false,
            }),
        };
        let beginning = || household.record.genesis_hash().into_iter().collect();
        let heads = match &said.after {
            After::Beginning => beginning(),
            After::These(places) => {
                let known: Vec<Hash> = places.iter().filter_map(|at| written[*at]).collect();
                match known.is_empty() {
                    true => beginning(),
                    false => household.record.newest_of(&known),
                }
            }
        };
        // What people answered is no word of the register either.
        let registers = said.author.device == REGISTER_DEVICE;
        let actor = if registers && said.kind == DocumentKind::FieldAnswers {
            REGISTER_ACTOR.to_vec()
        } else {
            [REGISTER_ACTOR, &number.to_be_bytes()].concat()
        };
        let made = household
            .record
            .write(&heads, &actor, said.author.at, &said.writes)?;
        written.push(made.as_ref().map(|made| made.hash));
        let Some(made) = made else { continue };
        let info = inspect(&made.bytes).map_err(|e| ServerError::Damaged(e.to_string()))?;
        let origin = Origin {
            device: said.author.device,
            incarnation: [0; 8],
            person: &said.author.person,
            role: &said.author.role,
            now,
        };
        household::append_change(tx, household, said.kind, &info, &made.bytes, &origin)?;
    }
    Ok(())
}

/// Counts a village anew: what is erased adds nothing.
pub(crate) fn count_anew(tx: &Tx<'_>, village: &str) -> Result<()> {
    totals(tx, Log::Rows, village)?;
    totals(tx, Log::Changes, village)
}

fn totals(tx: &Tx<'_>, log: Log, village: &str) -> Result<()> {
    let (select, update) = match log {
        Log::Rows => (
            "SELECT row_seq, digest, CASE WHEN EXISTS
                 (SELECT 1 FROM withdrawn WHERE withdrawn.hash = row_log.digest) THEN 1 ELSE 0 END
             FROM row_log WHERE village = ?1 ORDER BY row_seq",
            "UPDATE row_log SET village_rows = ?2, village_digest = ?3 WHERE row_seq = ?1",
        ),
        Log::Changes => (
            "SELECT seq, hash, CASE WHEN erased IS NULL AND NOT EXISTS
                 (SELECT 1 FROM withdrawn WHERE withdrawn.hash = change_log.hash) THEN 0 ELSE 1 END
             FROM change_log WHERE village = ?1 ORDER BY seq",
            "UPDATE change_log SET village_changes = ?2, village_digest = ?3 WHERE seq = ?1",
        ),
    };
    let lines: Vec<(i64, [u8; 32], bool)> = tx.query(select, params![village], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })?;
    let (mut count, mut digest) = (0_i64, SetDigest::default());
    for (number, element, gone) in lines {
        if !gone {
            count += 1;
            match log {
                Log::Rows => digest.add_row(&element),
                Log::Changes => digest.add_change(&element),
            }
        }
        tx.execute(update, params![number, count, digest.0])?;
    }
    Ok(())
}
