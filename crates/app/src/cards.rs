//! From a household's values to its card in the worklist: pure, so that rebuilding gives the same.

use crate::{desk::undone, desk_card::desk_card, duplicates::Persons, forms};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, RecordState, VisitState};
use lawang_records::{
    EntityOp, Hash, KEY_ORDER, KEY_SAID, KEY_STATUS, Row, State, VISITS, Value, entity_ops, maker,
};
use lawang_rules::RuleBook;
use lawang_store::{DeskCard, HouseholdCard, Store, StoreError, SurveyCard};
use std::collections::BTreeMap;

pub(crate) const MEMBERS: &str = "members";
/// Fields of a visit's instance.
pub(crate) const VISIT_SUBMITTED: &str = "submitted";
pub(crate) const VISIT_STARTED: &str = "started";
/// What the questionnaire of a survey calls the submission.
pub(crate) const VISIT_NAME: &str = "name";

/// Programmes shown by a short word, with the field that says so.
const PROGRAMMES: &[(&str, &str)] = &[
    ("program_pkh", "PKH"),
    ("program_sembako", "Sembako"),
    ("program_blt_dd", "BLT-DD"),
];

/// The values of a household that nobody has touched: straight from its row, without a document.
pub(crate) fn state_of_row(row: &Row) -> State {
    let one = |text: &String| {
        vec![Value {
            text: text.clone(),
            change: Hash([0; 32]),
        }]
    };
    let mut fields: BTreeMap<FieldPath, Vec<Value>> = row
        .answers
        .iter()
        .filter(|(key, _)| *key != KEY_SAID)
        .map(|(key, value)| (FieldPath::household(key.as_str()), one(value)))
        .collect();
    let mut order: BTreeMap<String, Vec<(String, lawang_domain::InstanceId)>> = BTreeMap::new();
    for instance in &row.instances {
        let place = instance.fields.get(KEY_ORDER).cloned().unwrap_or_default();
        order
            .entry(instance.of.clone())
            .or_default()
            .push((place, instance.id));
        for (key, value) in instance.fields.iter().filter(|(key, _)| *key != KEY_SAID) {
            fields.insert(
                FieldPath::of(instance.of.as_str(), instance.id, key.as_str()),
                one(value),
            );
        }
    }
    let instances = order
        .into_iter()
        .map(|(of, mut ids)| {
            ids.sort();
            (of, ids.into_iter().map(|(_, id)| id).collect())
        })
        .collect();
    State { fields, instances }
}

/// The head of the family: the member who is said to be it, else the first one.
pub(crate) fn head(state: &State) -> String {
    let members = state.of(MEMBERS);
    let field = |id, key: &str| state.text(&FieldPath::of(MEMBERS, id, key)).to_owned();
    members
        .iter()
        .filter(|id| field(**id, KEY_STATUS) != "removed")
        .find(|id| field(**id, "relation_to_head") == "1")
        .or_else(|| members.first())
        .map(|id| field(*id, "name"))
        .unwrap_or_default()
}

/// Short words of the programmes that the family receives.
pub(crate) fn programmes(state: &State) -> Vec<String> {
    PROGRAMMES
        .iter()
        .filter(|(key, _)| state.answer(key) == "1")
        .map(|(_, word)| (*word).to_owned())
        .collect()
}

/// A record's line in its list, and what it does to lists of entities.
pub(crate) struct Card {
    line: Line,
    /// The newest submitted visit.
    submitted: Option<InstanceId>,
    entities: Vec<EntityOp>,
    /// The persons as they are compared, and how many of them are struck out; none in a survey.
    persons: Option<(String, u32)>,
}

enum Line {
    Household(Box<(HouseholdCard, DeskCard)>),
    Survey(SurveyCard),
}

/// The card, as far as the values tell; what is waiting or refused is filled in by [`put`].
pub(crate) fn card(
    rules: &RuleBook,
    household: HouseholdId,
    village: &str,
    state: &State,
    draft: bool,
) -> Card {
    let (line, persons) = if forms::is_survey(state) {
        (Line::Survey(survey(household, village, state, draft)), None)
    } else {
        (
            Line::Household(Box::new((
                home(household, village, state, draft),
                desk_card(rules, state),
            ))),
            Some(Persons::of(village, state).line()),
        )
    };
    Card {
        line,
        persons,
        submitted: maker(state).map(|(visit, _)| visit),
        entities: entity_ops(household, village, state),
    }
}

/// What the visits of a record say.
struct Visits {
    submitted: String,
    started: String,
    /// The newest was begun and not finished.
    open: bool,
}

fn visits(state: &State) -> Visits {
    let newest = |key: &str| {
        state
            .of(VISITS)
            .iter()
            .map(|id| state.text(&FieldPath::of(VISITS, *id, key)))
            .max()
            .unwrap_or_default()
            .to_owned()
    };
    let (submitted, started) = (newest(VISIT_SUBMITTED), newest(VISIT_STARTED));
    let open = state.of(VISITS).iter().any(|id| {
        state
            .text(&FieldPath::of(VISITS, *id, VISIT_SUBMITTED))
            .is_empty()
            && state.text(&FieldPath::of(VISITS, *id, VISIT_STARTED)) > submitted.as_str()
    });
    Visits {
        submitted,
        started,
        open,
    }
}

impl Visits {
    fn last(self) -> String {
        if self.submitted > self.started {
            self.submitted
        } else {
            self.started
        }
    }
}

fn conflicts(state: &State) -> u32 {
    // One that was settled and undone waits again.
    let again = undone(state)
        .into_iter()
        .filter(|(path, _)| !state.conflicts().any(|(found, _)| found == path));
    u32::try_from(state.conflicts().count() + again.count()).unwrap_or(u32::MAX)
}

fn survey(household: HouseholdId, village: &str, state: &State, draft: bool) -> SurveyCard {
    let visits = visits(state);
    let newest = state
        .of(VISITS)
        .iter()
        .max_by_key(|id| state.text(&FieldPath::of(VISITS, **id, VISIT_STARTED)));
    let at = |key: &str| {
        newest.map_or(String::new(), |id| {
            state.text(&FieldPath::of(VISITS, *id, key)).to_owned()
        })
    };
    SurveyCard {
        household,
        village: village.to_owned(),
        form: forms::form_id(state).to_owned(),
        version: at("form_version"),
        name: at(VISIT_NAME),
        person: at("person"),
        // A submission that nobody has answered yet was begun all the same.
        state: if draft || visits.open || visits.submitted.is_empty() {
            VisitState::InProgress
        } else {
            VisitState::Sent
        },
        unsent: false,
        conflicts: conflicts(state),
        last_visit: visits.last(),
    }
}

fn home(household: HouseholdId, village: &str, state: &State, draft: bool) -> HouseholdCard {
    let members: Vec<_> = state
        .of(MEMBERS)
        .iter()
        .filter(|id| state.text(&FieldPath::of(MEMBERS, **id, KEY_STATUS)) != "removed")
        .collect();
    let mut search = String::with_capacity(256);
    let mut add = |text: &str| {
        if !text.is_empty() {
            search.push_str(text);
            search.push('\n');
        }
    };
    for id in &members {
        for key in ["name", "nik"] {
            add(state.text(&FieldPath::of(MEMBERS, **id, key)));
        }
    }
    for key in ["address", "sls", "no_kk"] {
        add(state.answer(key));
    }
    let (rt, rw) = (state.answer("rt"), state.answer("rw"));
    add(&format!("rt {rt:0>3} rw {rw:0>3}"));

    let visits = visits(state);
    let not_there =
        state.answer("household_status") == "2" || state.answer("enumeration_result") == "5";
    let visit_state = if draft || visits.open {
        VisitState::InProgress
    } else if visits.submitted.is_empty() {
        VisitState::NotVisited
    } else if not_there {
        VisitState::NotFound
    } else {
        VisitState::Sent
    };
    HouseholdCard {
        household,
        village: village.to_owned(),
        head: head(state),
        address: state.answer("address").to_owned(),
        sls: state.answer("sls").to_owned(),
        rt: rt.to_owned(),
        rw: rw.to_owned(),
        members: u32::try_from(members.len()).unwrap_or(0),
        state: visit_state,
        unsent: false,
        conflicts: conflicts(state),
        last_visit: visits.last(),
        programmes: programmes(state),
        search,
        restricted: false,
    }
}

/// Writes a card with what the log knows: waiting, refused. Called in the transaction that wrote the rest.
pub(crate) fn put(
    tx: &lawang_store::Transaction<'_>,
    id: i64,
    mut card: Card,
) -> Result<(), StoreError> {
    let (household, state, unsent_mark, conflicts) = match &mut card.line {
        Line::Household(both) => {
            let c = &mut both.0;
            (c.household, &mut c.state, &mut c.unsent, c.conflicts)
        }
        Line::Survey(c) => (c.household, &mut c.state, &mut c.unsent, c.conflicts),
    };
    let (unsent, refused) = Store::send_state(tx, household)?;
    *unsent_mark = unsent;
    let decided = Store::review_in(tx, household)?
        .filter(|review| review.visit.is_some() && review.visit == card.submitted)
        .and_then(|review| review.decision);
    *state = match *state {
        _ if refused => VisitState::Refused,
        VisitState::InProgress => VisitState::InProgress,
        _ if decided == Some(RecordState::Returned) => VisitState::Returned,
        _ if decided.is_some() && conflicts == 0 => VisitState::Verified,
        _ if conflicts > 0 => VisitState::Conflict,
        VisitState::Sent if unsent => VisitState::Ready,
        other => other,
    };
    Store::put_entity_ops(tx, &card.entities)?;
    if let Some((line, gone)) = &card.persons {
        Store::put_persons(tx, id, line, *gone)?;
    }
    match &card.line {
        Line::Household(both) => {
            let (card, desk) = &**both;
            Store::put_desk(tx, card.household, &card.village, desk)?;
            Store::put_card(tx, id, card)?;
            Store::put_on_top(tx, card.household)
        }
        Line::Survey(card) => Store::put_survey(tx, id, card),
    }
}
