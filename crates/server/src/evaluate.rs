//! The questionnaire read again: what the server itself finds in a submitted visit. An invalid visit is
//! kept and flagged, never refused: the tablet may have been of another opinion for a reason.

use crate::{error::Result, projection::Projection};
use chrono::{DateTime, FixedOffset};
use lawang_domain::{FieldPath, VillageCode};
use lawang_forms::{Context, FindingKind, Form, Instance};
use lawang_records::{KEY_PARENT, KEY_STATUS, VISITS, is_bookkeeping};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One thing that is wrong in a submitted visit. Never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// `missing`, `invalid`, `unreadable_time`, `other_questionnaire`.
    pub code: String,
    /// Path of the field; empty when the visit as a whole is meant.
    pub field: String,
}

fn flag(code: &str, field: impl ToString) -> Flag {
    Flag {
        code: code.to_owned(),
        field: field.to_string(),
    }
}

/// Finds a version of a questionnaire by identifier and version.
pub(crate) type Find<'a> = dyn Fn(&str, &str) -> Result<Option<Arc<Form>>> + 'a;

/// What is wrong in the newest submitted visit, read with the version that it names. `expected`: the
/// questionnaire that the record answers; `form`: finds a version.
pub(crate) fn flags(
    village: &str,
    expected: &str,
    projection: &Projection,
    form: &Find<'_>,
) -> Result<Vec<Flag>> {
    let Some((visit, submitted)) = projection.last_submitted() else {
        return Ok(Vec::new());
    };
    let at = |key: &str| projection.field(VISITS, visit, key);
    let path = |key: &str| FieldPath::of(VISITS, visit, key);
    let mut out = Vec::new();
    let found = form(at("form"), at("form_version"))?;
    if at("form") != expected || found.is_none() {
        out.push(flag("other_questionnaire", path("form_version")));
    }
    let Some(form) = found else {
        return Ok(out);
    };
    // The day on which it was submitted is today.
    let Ok(now) = DateTime::parse_from_rfc3339(submitted) else {
        out.push(flag("unreadable_time", path("submitted")));
        return Ok(out);
    };
    let instance = fill(&form, village, projection, now);
    out.extend(instance.findings("id").into_iter().map(|finding| {
        let code = match finding.kind {
            FindingKind::Missing => "missing",
            FindingKind::Invalid => "invalid",
        };
        flag(code, finding.path)
    }));
    Ok(out)
}

fn fill(
    form: &Arc<Form>,
    village: &str,
    projection: &Projection,
    now: DateTime<FixedOffset>,
) -> Instance {
    let context = Context::at(now);
    let mut instance = Instance::new(form.clone(), context);
    for repeat in form.repeats() {
        for id in projection.present(repeat) {
            let parent = projection.field(repeat, id, KEY_PARENT).parse().ok();
            instance.add_repeat(repeat, parent, id);
        }
    }
    let removed = |path: &FieldPath| {
        path.instance
            .as_ref()
            .is_some_and(|(of, id)| projection.field(of, *id, KEY_STATUS) == "removed")
    };
    let bookkeeping = |path: &FieldPath| {
        path.key.starts_with('_')
            || path
                .instance
                .as_ref()
                .is_some_and(|(of, _)| is_bookkeeping(of))
    };
    let given = projection.fields.iter().filter_map(|(path, value)| {
        let path: FieldPath = path.parse().ok()?;
        (!bookkeeping(&path) && !removed(&path)).then(|| (path, value.clone()))
    });
    // Where it stands is the register's knowledge; the tablet fills it in from its scope.
    let place = place(village)
        .into_iter()
        .filter(|(key, _)| projection.answer(key).is_empty())
        .map(|(key, value)| (FieldPath::household(key), value));
    instance.load(given.chain(place).collect::<Vec<_>>());
    instance
}

fn place(village: &str) -> Vec<(&'static str, String)> {
    let names = village
        .parse::<VillageCode>()
        .ok()
        .and_then(lawang_prelist::regions::names);
    let mut out = vec![("village_code", village.to_owned())];
    if let Some(names) = names {
        out.push(("village_name", names.village.to_owned()));
        out.push(("district_name", names.district.to_owned()));
        out.push(("regency_name", names.regency.to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{HOUSEHOLD_VISIT, built_in};
    use lawang_domain::InstanceId;

    fn flags(village: &str, projection: &Projection) -> Vec<Flag> {
        super::flags(village, HOUSEHOLD_VISIT, projection, &|id, version| {
            let form = &built_in().unwrap().form;
            Ok((form.id() == id && form.version() == version).then(|| form.clone()))
        })
        .unwrap()
    }

    fn visited(extra: &[(&str, &str)]) -> Projection {
        let form = &built_in().unwrap().form;
        let id = InstanceId(uuid::Uuid::from_u128(5));
        let mut projection = Projection::default();
        projection.instances.insert(VISITS.into(), vec![id]);
        let mut put = |key: &str, value: &str| {
            projection.fields.insert(key.to_owned(), value.to_owned());
        };
        put(&format!("visits/{id}/form"), form.id());
        put(&format!("visits/{id}/form_version"), form.version());
        put(
            &format!("visits/{id}/submitted"),
            "2026-11-21T10:00:00+07:00",
        );
        for (key, value) in extra {
            put(key, value);
        }
        projection
    }

    fn fields(code: &str, extra: &[(&str, &str)]) -> Vec<String> {
        flags("18.09.01.2001", &visited(extra))
            .into_iter()
            .filter(|f| f.code == code)
            .map(|f| f.field)
            .collect()
    }

    #[test]
    fn the_embedded_questionnaire_compiles() {
        assert_eq!(built_in().unwrap().form.id(), HOUSEHOLD_VISIT);
    }

    #[test]
    fn a_household_that_nobody_submitted_is_not_judged() {
        assert_eq!(flags("18.09.01.2001", &Projection::default()), []);
    }

    #[test]
    fn a_submitted_visit_without_an_answer_that_it_needs_is_flagged_by_the_fields_name() {
        let missing = fields("missing", &[]);
        assert!(
            missing.contains(&"household_status".to_owned()),
            "{missing:?}"
        );
        let answered = fields("missing", &[("household_status", "2")]);
        assert!(!answered.contains(&"household_status".to_owned()));
    }

    #[test]
    fn a_code_that_no_list_has_is_flagged_without_its_value() {
        let found = flags("18.09.01.2001", &visited(&[("household_status", "77")]));
        assert!(found.contains(&flag("invalid", "household_status")));
        assert!(!format!("{found:?}").contains("77"));
    }

    #[test]
    fn a_visit_by_a_version_that_nobody_published_says_so_and_is_not_judged_by_another() {
        let id = InstanceId(uuid::Uuid::from_u128(5));
        let version = format!("visits/{id}/form_version");
        assert_eq!(
            fields("other_questionnaire", &[(&version, "1")]),
            std::slice::from_ref(&version)
        );
        assert!(fields("missing", &[(&version, "1")]).is_empty());
    }
}
