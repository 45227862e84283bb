//! From a household's answers to its line at the desk: pure, so that rebuilding gives the same.

use crate::cards::{MEMBERS, VISIT_STARTED, VISIT_SUBMITTED};
use chrono::NaiveDate;
use lawang_domain::{FieldPath, InstanceId};
use lawang_records::{KEY_STATUS, SETTLEMENTS, State, VISITS, maker};
use lawang_rules::{Answers, Need, RuleBook, Rules};
use lawang_store::DeskCard;
use sha2::{Digest, Sha256};

/// The answer to `household_status` of a family that is not in the register.
const PROPOSED: &str = "4";

/// The day on which a visit was submitted; else the day of the register's last update.
fn day_of(state: &State, submitted: &str) -> Option<NaiveDate> {
    let day = |text: &str| text.get(..10)?.parse().ok();
    day(submitted).or_else(|| day(state.answer("register_updated")))
}

/// The rules that held when a household was visited last.
pub(crate) fn rules_of<'r>(book: &'r RuleBook, state: &State) -> &'r Rules {
    let submitted = maker(state).map_or("", |(visit, _)| {
        state.text(&FieldPath::of(VISITS, visit, VISIT_SUBMITTED))
    });
    let day = day_of(state, submitted).unwrap_or(NaiveDate::MAX);
    book.at(day)
}

/// The head of the family: who is said to be it among those who live there.
fn head_of(state: &State) -> Option<InstanceId> {
    let said = |id: InstanceId, key: &str| state.text(&FieldPath::of(MEMBERS, id, key));
    state
        .of(MEMBERS)
        .iter()
        .copied()
        .filter(|id| said(*id, KEY_STATUS).is_empty())
        .filter(|id| matches!(said(*id, "presence_status"), "" | "1" | "5"))
        .find(|id| said(*id, "relation_to_head") == "1")
}

/// The provisional need of a family.
pub(crate) fn need<'r>(rules: &'r Rules, state: &State) -> Need<'r> {
    let head = head_of(state);
    rules.need.score(&Answers {
        household: &|field| state.answer(field).to_owned(),
        head: &|field| {
            head.map_or(String::new(), |id| {
                state.text(&FieldPath::of(MEMBERS, id, field)).to_owned()
            })
        },
    })
}

/// Answers to choices of the house, by which two houses that were answered without looking are alike. Who lives there
/// and where it is are left out: those differ anyway.
fn alike(state: &State) -> Vec<u8> {
    let mut digest = Sha256::new();
    for (path, values) in &state.fields {
        let about_the_house = path.instance.is_none() && !path.key.starts_with('_');
        let Some(value) = values.first().filter(|_| about_the_house) else {
            continue;
        };
        let code = value.text.len() <= 2 && value.text.bytes().all(|b| b.is_ascii_digit());
        let place = matches!(
            path.key.as_str(),
            "rt" | "rw" | "building_number" | "family_number"
        );
        if code && !place && !value.text.is_empty() {
            digest.update(path.key.as_bytes());
            digest.update([0]);
            digest.update(value.text.as_bytes());
            digest.update([0]);
        }
    }
    digest.finalize()[..16].to_vec()
}

fn position(gps: &str) -> Option<(f64, f64)> {
    let mut parts = gps.split_whitespace().map(str::parse::<f64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(lat)), Some(Ok(lon))) if lat.is_finite() && lon.is_finite() => Some((lat, lon)),
        _ => None,
    }
}

/// The line.
pub(crate) fn desk_card(book: &RuleBook, state: &State) -> DeskCard {
    let visit = maker(state).map(|(visit, _)| visit);
    let said = |key: &str| {
        visit.map_or(String::new(), |id| {
            state.text(&FieldPath::of(VISITS, id, key)).to_owned()
        })
    };
    let submitted = said(VISIT_SUBMITTED);
    let rules = rules_of(book, state);
    let need = need(rules, state);
    let register = state.answer("register_updated");
    let visited = submitted.get(..10).unwrap_or_default();
    let gone = rules.removal_by(|field| state.answer(field).to_owned());
    DeskCard {
        visit,
        enumerator: said("person"),
        started: said(VISIT_STARTED),
        position: position(state.answer("gps")).filter(|_| visit.is_some()),
        updated: register.max(visited).to_owned(),
        gone: gone
            .filter(|_| visit.is_some())
            .map_or(String::new(), |reason| reason.code.clone()),
        need: need.known().then(|| need.rank()),
        proposed: state.answer("household_status") == PROPOSED,
        settled: u32::try_from(state.of(SETTLEMENTS).len()).unwrap_or(u32::MAX),
        alike: if visit.is_some() {
            alike(state)
        } else {
            Vec::new()
        },
        submitted,
    }
}
