//! What is left of a record when it, or one person of it, is erased.

use super::{
    base::{Again, Author, Plan, row_of},
    said,
};
use crate::{authority, error::Result, household::Household, store::Tx};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_records::{KEY_ORDER, KEY_PARENT, Row, SETTLEMENTS, State, Write};
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
                concurrent: true,
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
            again.extend(events(tx, kind, &side.state()?, &gone)?);
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
    };
    Ok((plan, kept))
}

/// Events of a document that do not mention what is erased, to be said again for who said them.
fn events(
    tx: &Tx<'_>,
    kind: DocumentKind,
    said: &State,
    gone: &BTreeSet<InstanceId>,
) -> Result<Vec<Again>> {
    let mut all: BTreeMap<(String, InstanceId), Again> = BTreeMap::new();
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
            let mut author = Author::register();
            for (path, values) in fields {
                let Some(value) = values.first() else {
                    continue;
                };
                author = Author::of(tx, &value.change.0)?;
                // Of evidence nobody knows who can be seen in it: it goes with the person, and the proposal stays.
                let evidence = of == Event::REMOVALS && path.key == "evidence";
                if path.key != KEY_ORDER && !evidence {
                    writes.push(Write::Put(path.clone(), value.text.clone()));
                }
            }
            let step = said.text(&FieldPath::of(of.as_str(), *id, "step"));
            let again = Again {
                kind,
                concurrent: false,
                writes,
                author,
            };
            all.insert((format!("{step:0>20}{order:0>20}"), *id), again);
        }
    }
    Ok(all.into_values().collect())
}
