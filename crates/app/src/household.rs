//! One household: who lives there and what happened to its record.

use crate::{
    cards::{self, MEMBERS},
    device::Device,
    error::AppError,
    views,
    visit::{label_with_member, shown, timestamp},
    words,
};
use lawang_domain::{FieldPath, HouseholdId, mask_number};
use lawang_forms::Instance;
use lawang_records::{
    KEY_PARENT, KEY_STATUS, Restriction, SETTLEMENTS, State, VISITS, is_bookkeeping, stands_in,
};
use lawang_store::{HouseholdCard, LogState};

/// How many changes of the history are shown with what they did.
const HISTORY: usize = 60;

impl Device {
    /// An instance that holds what the document says: for labels and choices in words.
    pub(crate) fn reader(&self, village: &str, state: &State) -> Instance {
        let form = self
            .reading_form(village, state)
            .unwrap_or_else(|_| self.form.clone());
        let mut instance = Instance::new(form.clone(), self.context());
        for repeat in form.repeats() {
            for id in state.of(repeat) {
                let parent = state.text(&FieldPath::of(repeat, *id, KEY_PARENT));
                instance.add_repeat(repeat, parent.parse().ok(), *id);
            }
        }
        instance.load(
            state
                .fields
                .iter()
                .filter(|(path, _)| form.question(path).is_some())
                .filter_map(|(path, values)| Some((path.clone(), values.first()?.text.clone()))),
        );
        instance
    }

    /// The household's page.
    pub fn household(&self, household: HouseholdId) -> Result<views::HouseholdView, AppError> {
        let card = self
            .store
            .card(household)?
            .ok_or_else(|| AppError::new("not_found", "no such household"))?;
        let restrictions = self.restrictions(household)?;
        if let Some(restriction) = &restrictions.whole {
            return self.restricted_view(card, restriction);
        }
        let record = self.store.record(household)?;
        let state = record.state()?;
        let reader = self.reader(&card.village, &state);
        let language = self.language.as_str();
        let today = self.today();
        let members = state
            .of(MEMBERS)
            .iter()
            .map(|id| {
                let path = |key: &str| FieldPath::of(MEMBERS, *id, key);
                let words =
                    |key: &str| shown(&reader, &path(key), state.text(&path(key)), language);
                let presence = state.text(&path("presence_status"));
                let removed = state.text(&path(KEY_STATUS)) == "removed";
                if let Some(restriction) = restrictions.persons.get(id) {
                    return views::MemberRow {
                        id: id.to_string(),
                        name: state.text(&path("name")).to_owned(),
                        nik: String::new(),
                        relation: String::new(),
                        sex: String::new(),
                        age: None,
                        presence: String::new(),
                        removed,
                        restriction: Some(view(restriction)),
                    };
                }
                views::MemberRow {
                    id: id.to_string(),
                    name: state.text(&path("name")).to_owned(),
                    nik: mask_number(state.text(&path("nik"))),
                    relation: words("relation_to_head"),
                    sex: words("sex"),
                    age: state
                        .text(&path("birth_date"))
                        .parse::<chrono::NaiveDate>()
                        .ok()
                        .and_then(|birth| today.years_since(birth)),
                    presence: if matches!(presence, "" | "1" | "5") {
                        String::new()
                    } else {
                        words("presence_status")
                    },
                    removed,
                    restriction: None,
                }
            })
            .collect();
        let conflicts = card.conflicts;
        Ok(views::HouseholdView {
            conflicts,
            decile: state.answer("welfare_decile").to_owned(),
            programmes: cards::programmes(&state),
            register_updated: state.answer("register_updated").to_owned(),
            members,
            history: self.history(household, &record, &reader)?,
            position: position(state.answer("gps")),
            returned: self.returned_view(household)?,
            ..self.whom_it_is_about(card)?
        })
    }

    /// The restriction of all of a record, if there is one.
    pub fn restriction(
        &self,
        household: HouseholdId,
    ) -> Result<Option<views::RestrictionView>, AppError> {
        Ok(self.restrictions(household)?.whole.as_ref().map(view))
    }

    /// What is said of a household whose data are restricted: whom the notice is about, and the notice.
    fn restricted_view(
        &self,
        card: HouseholdCard,
        restriction: &Restriction,
    ) -> Result<views::HouseholdView, AppError> {
        Ok(views::HouseholdView {
            restriction: Some(view(restriction)),
            ..self.whom_it_is_about(card)?
        })
    }

    /// Who it is, where, and how its work stands: without an answer of the questionnaire.
    fn whom_it_is_about(&self, card: HouseholdCard) -> Result<views::HouseholdView, AppError> {
        let scope = self.store.scope()?;
        Ok(views::HouseholdView {
            id: card.household.to_string(),
            village_name: scope
                .iter()
                .find(|s| s.village == card.village)
                .map_or(String::new(), |s| s.name.clone()),
            head: card.head,
            address: card.address,
            sls: card.sls,
            rt: card.rt,
            rw: card.rw,
            village: card.village,
            state: card.state.into(),
            unsent: card.unsent,
            conflicts: 0,
            refusals: self
                .store
                .refusals(card.household)?
                .iter()
                .map(|code| words::refusal(code, &self.language))
                .collect(),
            decile: String::new(),
            programmes: Vec::new(),
            register_updated: String::new(),
            members: Vec::new(),
            history: Vec::new(),
            position: None,
            returned: None,
            restriction: None,
        })
    }

    fn history(
        &self,
        household: HouseholdId,
        record: &lawang_records::Record,
        reader: &Instance,
    ) -> Result<Vec<views::HistoryEntry>, AppError> {
        let language = self.language.as_str();
        let persons = self.restricted_persons(household)?;
        let known = record.state()?;
        let mut entries = Vec::new();
        for change in self
            .store
            .changes(household)?
            .into_iter()
            .rev()
            .take(HISTORY)
        {
            let mut kind = "visit";
            let mut fields = Vec::new();
            if change.device.0.is_nil() {
                kind = "register";
            }
            // A change that could not be applied, or was refused, is listed without its fields.
            for (path, old, new) in record.difference(&change.hash).unwrap_or_default() {
                match &path.instance {
                    Some((of, _)) if of == VISITS => {
                        if path.key == cards::VISIT_SUBMITTED {
                            kind = "submitted";
                        }
                        continue;
                    }
                    Some((of, _)) if of == SETTLEMENTS => {
                        kind = "settled";
                        if path.key == "reason" {
                            fields.push(views::ChangedField {
                                path: path.to_string(),
                                label: if language == "en" { "Reason" } else { "Alasan" }.into(),
                                old: String::new(),
                                new,
                            });
                        }
                        continue;
                    }
                    Some((of, _)) if is_bookkeeping(of) => continue,
                    Some((_, id)) if stands_in(&persons, &known, *id) => continue,
                    _ => {}
                }
                if path.key.starts_with('_') && path.key != KEY_STATUS {
                    continue;
                }
                fields.push(views::ChangedField {
                    label: if path.key == KEY_STATUS {
                        label_with_member(reader, &path, language).replace(
                            KEY_STATUS,
                            if language == "en" {
                                "entered by mistake"
                            } else {
                                "salah masuk"
                            },
                        )
                    } else {
                        label_with_member(reader, &path, language)
                    },
                    old: shown(reader, &path, &old, language),
                    new: shown(reader, &path, &new, language),
                    path: path.to_string(),
                });
            }
            entries.push(views::HistoryEntry {
                at: timestamp(change.at.saturating_mul(1000)),
                author: change.person,
                kind: kind.into(),
                sent: change.state == LogState::Sent,
                refused: change.state == LogState::Refused,
                fields,
            });
        }
        Ok(entries)
    }
}

fn view(restriction: &Restriction) -> views::RestrictionView {
    views::RestrictionView {
        reason: restriction.reason.clone(),
        since: timestamp(restriction.at),
    }
}

fn position(gps: &str) -> Option<(f64, f64)> {
    let mut parts = gps.split_whitespace().map(str::parse::<f64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(lat)), Some(Ok(lon))) => Some((lat, lon)),
        _ => None,
    }
}
