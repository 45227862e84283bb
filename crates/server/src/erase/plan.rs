//! What is left of a record when it, or one person of it, is erased.

use super::{
    base::{After, Again, Author, Plan, row_of},
    said,
};
use crate::{
    authority,
    error::{Result, ServerError},
    household::Household,
    store::Tx,
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_records::{
    Hash, KEY_ORDER, KEY_PARENT, Record, Row, SETTLEMENTS, State, Write, inspect,
};
use lawang_sync::NewBase;
use std::collections::{BTreeMap, BTreeSet};

/// Instances that stand in others, these included.
fn with_nested(state: &State, first: InstanceId) -> BTreeSet<InstanceId> {
    let mut gone = BTreeSet::from([first]);
    loop {
        let before = gone.len();
        for (of, ids) in &state.instances {
            for id in ids {
                let parent = state.text(&FieldPath::of(of.as_str(), *id, KEY_PARENT));
                if parent.parse().is_ok_and(|parent| gone.contains(&parent)) {
                    gone.insert(*id);
                }
            }
        }
        if gone.len() == before {
            return gone;
        }
    }
}

/// Whether a text names one of these.
pub(super) fn mentions(text: &str, gone: &BTreeSet<InstanceId>) -> bool {
    gone.iter().any(|id| text.contains(&id.to_string()))
}

/// A record without anything: it stays known, so that it is not taken in anew.
pub(super) fn whole<'a>(household: HouseholdId, village: &'a str, form: Option<&str>) -> Plan<'a> {
    let mut row = Row::empty(household, village);
    if let Some(form) = form {
        row.answers
            .insert(lawang_records::KEY_FORM.to_owned(), form.to_owned());
    }
    Plan {
        household,
        village,
        row,
        reason: NewBase::ERASED,
        documents: DocumentKind::ALL.to_vec(),
        again: Vec::new(),
        refused: true,
        said: None,
        stays: BTreeSet::new(),
    }
}

/// A household without one person, and all values that are left.
pub(super) fn one<'a>(
    tx: &Tx<'_>,
    found: &Household,
    village: &'a str,
    state: &State,
    person: InstanceId,
) -> Result<(Plan<'a>, BTreeSet<String>)> {
    let household = found.id;
    let mut gone = with_nested(state, person);
    // Settled conflicts name the field that they were about.
    for id in state.of(SETTLEMENTS) {
        let about = state.fields.iter().any(|(path, values)| {
            path.instance_id() == Some(*id)
                && (mentions(&path.key, &gone) || values.iter().any(|v| mentions(&v.text, &gone)))
        });
        if about {
            gone.insert(*id);
        }
    }
    let left = |path: &FieldPath| path.instance_id().is_none_or(|id| !gone.contains(&id));
    let mut again = Vec::new();
    // What is open between people stays open.
    for (path, values) in state
        .fields
        .iter()
        .filter(|(path, v)| v.len() > 1 && left(path))
    {
        for value in values {
            again.push(Again {
                kind: DocumentKind::FieldAnswers,
                after: After::Beginning,
                writes: vec![Write::Put(path.clone(), value.text.clone())],
                author: Author::of(tx, &value.change.0)?,
            });
        }
    }
    let open = |path: &FieldPath| state.fields.get(path).is_some_and(|v| v.len() > 1);
    let mut said = said::of_now(tx, found, state)?;
    said.register.retain(|path, _| left(path));
    let keep = |id| !gone.contains(&id);
    let row = row_of(household, village, (state, &said), &keep, &open);
    // All documents, also those that do not name the person: what devices have not sent of them may.
    for kind in [DocumentKind::Verification, DocumentKind::Administration] {
        if let Some(side) = authority::side(tx, household, kind)? {
            let events = events(tx, kind, &side, &gone, again.len())?;
            again.extend(events);
        }
    }
    let kept = state
        .fields
        .iter()
        .filter(|(path, _)| left(path))
        .flat_map(|(_, values)| values.iter().map(|v| v.text.clone()))
        .collect();
    let plan = Plan {
        household,
        village,
        row,
        reason: NewBase::ERASED_PERSON,
        documents: DocumentKind::ALL.to_vec(),
        again,
        refused: true,
        said: None,
        stays: BTreeSet::new(),
    };
    Ok((plan, kept))
}

/// Events of a document that do not mention what is erased, to be said again for who said them. `first`: how many are said
/// again before these. Who had seen what stays as it was: a decision made beside another one is beside it afterwards.
fn events(
    tx: &Tx<'_>,
    kind: DocumentKind,
    document: &Record,
    gone: &BTreeSet<InstanceId>,
    first: usize,
) -> Result<Vec<Again>> {
    let said = document.state()?;
    let mut kept: BTreeMap<Hash, BTreeMap<(String, InstanceId), Vec<Write>>> = BTreeMap::new();
    for (of, ids) in &said.instances {
        for id in ids {
            let of_it = |path: &FieldPath| path.instance_id() == Some(*id);
            let fields: Vec<_> = said.fields.iter().filter(|(path, _)| of_it(path)).collect();
            let texts = fields.iter().flat_map(|(_, values)| values.iter());
            if texts.clone().any(|value| mentions(&value.text, gone)) {
                continue;
            }
            let order = said
                .text(&FieldPath::of(of.as_str(), *id, KEY_ORDER))
                .to_owned();
            let mut writes = vec![Write::AddInstance {
                repeat: of.clone(),
                id: *id,
                order: order.clone(),
            }];
            let mut change = None;
            for (path, values) in fields {
                let Some(value) = values.first() else {
                    continue;
                };
                change = change.or(Some(value.change));
                // Of evidence nobody knows who can be seen in it: it goes with the person, and the proposal stays.
                let evidence = of == Event::REMOVALS && path.key == "evidence";
                if path.key != KEY_ORDER && !evidence {
                    writes.push(Write::Put(path.clone(), value.text.clone()));
                }
            }
            let Some(change) = change else { continue };
            let step = said.text(&FieldPath::of(of.as_str(), *id, "step"));
            let place = (format!("{step:0>20}{order:0>20}"), *id);
            kept.entry(change).or_default().insert(place, writes);
        }
    }
    // From the oldest on: the nearest ones before each change that are said again.
    let mut before: BTreeMap<Hash, BTreeSet<usize>> = BTreeMap::new();
    let mut again = Vec::new();
    for change in document.changes_after_genesis() {
        let info = inspect(&change.bytes).map_err(|e| ServerError::Damaged(e.to_string()))?;
        let known = info.deps.iter().filter_map(|dep| before.get(dep));
        let known: BTreeSet<usize> = known.flatten().copied().collect();
        let Some(events) = kept.remove(&change.hash) else {
            before.insert(change.hash, known);
            continue;
        };
        before.insert(change.hash, BTreeSet::from([first + again.len()]));
        again.push(Again {
            kind,
            after: After::These(known.into_iter().collect()),
            writes: events.into_values().flatten().collect(),
            author: Author::of(tx, &change.hash.0)?,
        });
    }
    Ok(again)
}
