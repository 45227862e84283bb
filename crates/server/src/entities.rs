//! Lists of entities: what the records say of them, beside the records, for the questionnaires that read
//! them.

use crate::{
    error::{Result, ServerError},
    evaluate::{self, Flag},
    forms::{Catalogue, HOUSEHOLD_VISIT},
    household::json,
    projection::Projection,
    store::{Tx, params},
};
use lawang_domain::{HouseholdId, InstanceId};
use lawang_forms::{EntityRow, Form};
use lawang_records::{EntityOp, VISITS, project};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

fn read(body: &str) -> Result<EntityOp> {
    serde_json::from_str(body).map_err(|e| ServerError::Damaged(e.to_string()))
}

/// Puts what a record does to lists. Gives the lists for which that is something new.
pub(crate) fn put(
    tx: &Tx<'_>,
    household: HouseholdId,
    ops: &[EntityOp],
) -> Result<BTreeSet<String>> {
    if ops.is_empty() {
        return Ok(BTreeSet::new());
    }
    let before: BTreeSet<String> = tx.query(
        "SELECT body FROM entity_op WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    let bodies: Vec<String> = ops.iter().map(json).collect();
    if before == bodies.iter().cloned().collect() {
        return Ok(BTreeSet::new());
    }
    tx.execute(
        "DELETE FROM entity_op WHERE household = ?1",
        params![household.as_bytes()],
    )?;
    let mut changed = BTreeSet::new();
    for (op, body) in ops.iter().zip(&bodies) {
        tx.execute(
            "INSERT INTO entity_op (household, id, village, list, body)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                household.as_bytes(),
                op.id.0.as_bytes(),
                op.village,
                op.list,
                body
            ],
        )?;
        if !before.contains(body) {
            changed.insert(op.list.clone());
        }
    }
    Ok(changed)
}

/// Everything that was ever done to lists, in the order of records.
pub(crate) fn all(tx: &Tx<'_>) -> Result<Vec<EntityOp>> {
    let sql = "SELECT body FROM entity_op ORDER BY household, id";
    tx.query(sql, params![], |r| read(&r.get::<String>(0)?))
}

/// Leaves out what a visit did, and whatever builds on that.
fn without(mut ops: Vec<EntityOp>, visit: InstanceId) -> Vec<EntityOp> {
    ops.sort_by_key(|op| op.step);
    let mut after: BTreeSet<InstanceId> = BTreeSet::new();
    ops.retain(|op| {
        let out = op.visit == visit || op.sees.iter().any(|id| after.contains(id));
        if out {
            after.insert(op.id);
        }
        !out
    });
    ops
}

/// A questionnaire with the rows of the lists that it reads, as a visit saw them: as far as operations
/// are wanted, and without what the visit did.
fn bind(
    tx: &Tx<'_>,
    form: Arc<Form>,
    village: &str,
    visit: InstanceId,
    wanted: &dyn Fn(&EntityOp) -> bool,
) -> Result<Arc<Form>> {
    let mut rows: BTreeMap<String, Vec<EntityRow>> = BTreeMap::new();
    for list in form.entity_lists() {
        let mut ops = Vec::new();
        let sql = "SELECT body FROM entity_op WHERE village = ?1 AND list = ?2";
        tx.each(sql, params![village, list], |r| {
            let op = read(&r.get::<String>(0)?)?;
            if wanted(&op) {
                ops.push(op);
            }
            Ok(())
        })?;
        let entities = project(without(ops, visit))
            .entities
            .into_iter()
            .map(|entity| EntityRow {
                name: entity.id,
                label: entity.label,
                version: entity.version,
                properties: entity.properties,
            });
        rows.insert(list.to_owned(), entities.collect());
    }
    Ok(match rows.is_empty() {
        true => form,
        false => Arc::new(form.with_entities(&rows)),
    })
}

/// What is wrong in a record's newest submitted visit. A visit that reads lists of entities is read with
/// the lists as they were when it was submitted, without what it did to them itself and what builds on
/// that; what is wrong by those must be wrong by today's lists too, because the clocks of tablets differ.
pub(crate) fn flags(
    tx: &Tx<'_>,
    forms: &Catalogue,
    village: &str,
    expected: &str,
    projection: &Projection,
) -> Result<Vec<Flag>> {
    let Some((visit, submitted)) = projection.last_submitted() else {
        return Ok(Vec::new());
    };
    let reads_lists = Cell::new(false);
    let by = |wanted: &dyn Fn(&EntityOp) -> bool| {
        evaluate::flags(village, expected, projection, &|id, version| {
            let Some(form) = forms.form(tx, id, version)? else {
                return Ok(None);
            };
            reads_lists.set(!form.entity_lists().is_empty());
            bind(tx, form, village, visit, wanted).map(Some)
        })
    };
    let mut found = by(&|op| op.at.as_str() <= submitted)?;
    if reads_lists.get() && !found.is_empty() {
        let today = by(&|_| true)?;
        found.retain(|flag| today.contains(flag));
    }
    Ok(found)
}

/// Judges flagged records of a village again whose questionnaire reads one of these lists: what they chose
/// may only have come now.
pub(crate) fn judge_again(
    tx: &Tx<'_>,
    forms: &Catalogue,
    village: &str,
    lists: &BTreeSet<String>,
) -> Result<()> {
    type Flagged = ([u8; 16], Option<String>, Option<String>, String);
    let flagged: Vec<Flagged> = tx.query(
        "SELECT id, form, state, flags FROM household WHERE village = ?1 AND flags IS NOT NULL",
        params![village],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    for (id, form, state, before) in flagged {
        let projection: Option<Projection> =
            state.and_then(|state| serde_json::from_str(&state).ok());
        let Some(projection) = projection else {
            continue;
        };
        let Some((visit, _)) = projection.last_submitted() else {
            continue;
        };
        if !reads(tx, forms, &projection, visit, lists)? {
            continue;
        }
        let expected = form.as_deref().unwrap_or(HOUSEHOLD_VISIT);
        let found = flags(tx, forms, village, expected, &projection)?;
        let now = (!found.is_empty()).then(|| json(&found));
        if now.as_ref() != Some(&before) {
            tx.execute(
                "UPDATE household SET flags = ?2 WHERE id = ?1",
                params![id, now],
            )?;
        }
    }
    Ok(())
}

fn reads(
    tx: &Tx<'_>,
    forms: &Catalogue,
    projection: &Projection,
    visit: InstanceId,
    lists: &BTreeSet<String>,
) -> Result<bool> {
    let named = |key: &str| projection.field(VISITS, visit, key);
    let form = forms.form(tx, named("form"), named("form_version"))?;
    Ok(form.is_some_and(|form| form.entity_lists().iter().any(|l| lists.contains(*l))))
}

/// Which questionnaires make or change lists, and the properties that they save there, by list.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub forms: BTreeMap<String, BTreeSet<String>>,
    pub properties: BTreeMap<String, BTreeSet<String>>,
}

impl Declared {
    /// By all versions that were ever published.
    pub(crate) fn of(tx: &Tx<'_>, forms: &Catalogue) -> Result<Self> {
        let sql = "SELECT id, version FROM form ORDER BY seq";
        let versions: Vec<(String, String)> =
            tx.query(sql, params![], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let mut out = Self::default();
        for (id, version) in versions {
            if let Some(form) = forms.form(tx, &id, &version)? {
                out.add(&form);
            }
        }
        Ok(out)
    }

    /// And by this one.
    pub(crate) fn add(&mut self, form: &Form) {
        for (list, properties) in form.declared_entities() {
            let forms = self.forms.entry(list.to_owned()).or_default();
            forms.insert(form.id().to_owned());
            let known = self.properties.entry(list.to_owned()).or_default();
            known.extend(properties.into_iter().map(str::to_owned));
        }
    }
}
