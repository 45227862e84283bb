//! A household as one JSON document.

use lawang_app::{AppError, Device, digest_of};
use lawang_domain::{FieldPath, HouseholdId, mask_long_numbers, mask_number};
use lawang_records::{Entities, KEY_FORM, SETTLEMENTS, VISITS, is_bookkeeping};
use serde_json::{Map, Value, json};

fn is_number(key: &str) -> bool {
    matches!(key, "nik" | "no_kk" | "no_kk_member")
}

/// Masks NIK and No. KK in lists of entities.
pub fn mask_entities(found: &mut Entities) {
    for entity in &mut found.entities {
        entity.label = mask_long_numbers(&entity.label);
        for (name, value) in &mut entity.properties {
            *value = if is_number(name) {
                mask_number(value)
            } else {
                mask_long_numbers(value)
            };
        }
    }
    for problem in &mut found.problems {
        problem.entity = mask_long_numbers(&problem.entity);
    }
}

/// Everything that the document says. NIK and No. KK are masked unless revealed.
pub fn household(device: &Device, household: HouseholdId, reveal: bool) -> Result<Value, AppError> {
    let record = device.record(household)?;
    let state = record.state()?;
    let (village, visit_state, unsent) = device.record_place(household)?;
    let heads = record.heads();
    if let Some(restriction) = device.restriction(household)? {
        return Ok(json!({
            "household": household.to_string(),
            "village": village,
            "state": visit_state,
            "unsent": unsent,
            "restriction": restriction,
            "answers": {},
            "members": [],
            "heads": heads.iter().map(|h| hex::encode(h.0)).collect::<Vec<_>>(),
            "digest": digest_of(&heads),
        }));
    }
    let show = |path: &FieldPath, text: &str| {
        if is_number(&path.key) && !reveal {
            mask_number(text)
        } else {
            text.to_owned()
        }
    };
    let fields = |of: Option<(&str, lawang_domain::InstanceId)>| -> Map<String, Value> {
        state
            .fields
            .iter()
            .filter(|(path, _)| match (&path.instance, of) {
                (None, None) => true,
                (Some((name, id)), Some((of, wanted))) => name == of && *id == wanted,
                _ => false,
            })
            .filter_map(|(path, values)| {
                Some((
                    path.key.clone(),
                    Value::from(show(path, &values.first()?.text)),
                ))
            })
            .collect()
    };
    let instances = |of: &str| -> Vec<Value> {
        state
            .of(of)
            .iter()
            .map(|id| {
                let mut all = fields(Some((of, *id)));
                all.insert("id".into(), id.to_string().into());
                Value::Object(all)
            })
            .collect()
    };
    let repeats: Map<String, Value> = state
        .instances
        .keys()
        .filter(|of| of.as_str() != "members" && !is_bookkeeping(of))
        .map(|of| (of.clone(), Value::from(instances(of))))
        .collect();
    Ok(json!({
        "household": household.to_string(),
        "village": village,
        "state": visit_state,
        "unsent": unsent,
        "form": match state.answer(KEY_FORM) {
            "" => lawang_app::HOUSEHOLD_VISIT_ID,
            other => other,
        },
        "repeats": repeats,
        "answers": fields(None),
        "members": instances("members"),
        "visits": instances(VISITS),
        "settlements": instances(SETTLEMENTS),
        "conflicts": state.conflicts().map(|(path, _)| path.to_string()).collect::<Vec<_>>(),
        "heads": heads.iter().map(|h| hex::encode(h.0)).collect::<Vec<_>>(),
        "digest": digest_of(&heads),
    }))
}
