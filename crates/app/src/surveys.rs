//! Other questionnaires than the household visit: a submission belongs to a village.

use crate::{
    cards, device::Device, environment::random_uuid, error::AppError, forms::BACK_CHECK_ID, views,
};
use lawang_domain::HouseholdId;
use lawang_records::{KEY_FORM, Row};
use lawang_store::{LogState, NewRow, Store};
use std::collections::BTreeMap;

impl Device {
    /// A fresh record: of a household that is not on the list, or of another questionnaire (`form`); with what is known
    /// before anybody is asked.
    pub(crate) fn add_record(
        &mut self,
        village: &str,
        form: Option<&str>,
        known: &[(&str, &str)],
    ) -> Result<HouseholdId, AppError> {
        if !self
            .store
            .scope()?
            .iter()
            .any(|s| s.village == village && s.active)
        {
            return Err(AppError::new(
                "no_such_village",
                "the village is not in scope",
            ));
        }
        self.may_answer_in(village)?;
        let household = HouseholdId(random_uuid(self.environment.as_ref()));
        let mut row = Row::empty(household, village);
        if let Some(form) = form {
            row.answers.insert(KEY_FORM.to_owned(), form.to_owned());
        }
        for (key, value) in known {
            row.answers.insert((*key).to_owned(), (*value).to_owned());
        }
        let state = cards::state_of_row(&row);
        self.store.transact(|tx| {
            let (id, _) = Store::add_row(
                tx,
                &NewRow {
                    household,
                    village: village.to_owned(),
                    body: row.to_bytes(),
                    state: LogState::Unsent,
                },
            )?;
            cards::put(
                tx,
                id,
                cards::card(&self.rules, household, village, &state, false),
            )
        })?;
        Ok(household)
    }

    /// Begins a submission of another questionnaire in a village.
    ///
    /// # Errors
    /// `no_such_form`, `form_missing`; `not_drawn`: a second visit is begun for a household that was drawn.
    pub fn new_survey(&mut self, form: &str, village: &str) -> Result<HouseholdId, AppError> {
        if form == BACK_CHECK_ID {
            return Err(AppError::new("not_drawn", "a second visit of nobody"));
        }
        self.begin_survey(form, village, &[])
    }

    /// The same with what is known before anybody is asked.
    pub(crate) fn begin_survey(
        &mut self,
        form: &str,
        village: &str,
        given: &[(&str, &str)],
    ) -> Result<HouseholdId, AppError> {
        let known = self
            .forms()?
            .into_iter()
            .find(|entry| entry.form == form && entry.survey)
            .ok_or_else(|| AppError::new("no_such_form", "not on this device").with(form))?;
        if !known.usable {
            return Err(AppError::new("form_missing", "no version can be used").with(form));
        }
        self.add_record(village, Some(form), given)
    }

    /// Submissions on this device, with the questionnaires that one can begin.
    pub fn surveys(&self, query: &views::SurveyQuery) -> Result<views::SurveyList, AppError> {
        let mut forms: Vec<_> = self.forms()?.into_iter().filter(|f| f.survey).collect();
        let titles: BTreeMap<&str, &str> = forms
            .iter()
            .map(|f| (f.form.as_str(), f.title.as_str()))
            .collect();
        let scope = self.store.scope()?;
        let rows = self
            .store
            .surveys(query.form.as_deref())?
            .into_iter()
            .map(|card| views::SurveyRow {
                id: card.household.to_string(),
                form_title: titles
                    .get(card.form.as_str())
                    .map_or_else(|| self.title_of_unknown(&card.form), |t| (*t).to_owned()),
                form: card.form,
                form_version: card.version,
                name: card.name,
                village_name: scope
                    .iter()
                    .find(|s| s.village == card.village)
                    .map_or(String::new(), |s| s.name.clone()),
                village: card.village,
                person: card.person,
                state: card.state.into(),
                unsent: card.unsent,
                conflicts: card.conflicts,
                last_visit: card.last_visit,
            })
            .collect();
        // A second visit is begun where households were drawn.
        forms.retain(|entry| entry.form != BACK_CHECK_ID);
        Ok(views::SurveyList {
            rows,
            unsent: self.store.unsent_surveys()?,
            villages: self.villages()?,
            forms,
        })
    }

    /// Village, state, and whether something is unsent: of a household or of a survey.
    pub fn record_place(
        &self,
        household: HouseholdId,
    ) -> Result<(String, views::VisitState, bool), AppError> {
        let place = self.place(household)?;
        Ok((place.village, place.state.into(), place.unsent))
    }
}
