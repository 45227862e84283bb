//! Submissions of other questionnaires than the household visit, as their list shows them.

use crate::{Store, StoreError, log::blob16};
use lawang_domain::{HouseholdId, VisitState};
use rusqlite::{OptionalExtension, Transaction};

/// A submission as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyCard {
    /// The record's id.
    pub household: HouseholdId,
    pub village: String,
    /// Identifier of its questionnaire.
    pub form: String,
    /// Version with which it was filled in last; may be empty.
    pub version: String,
    /// As its questionnaire calls it; may be empty.
    pub name: String,
    /// Who filled it in last.
    pub person: String,
    pub state: VisitState,
    /// Something of it is not at the server.
    pub unsent: bool,
    pub conflicts: u32,
    /// RFC 3339, or empty.
    pub last_visit: String,
}

const CARD: &str =
    "household, village, form, version, name, person, state, unsent, conflicts, last_visit";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<SurveyCard> {
    Ok(SurveyCard {
        household: HouseholdId(blob16(&row.get::<_, Vec<u8>>(0)?)),
        village: row.get(1)?,
        form: row.get(2)?,
        version: row.get(3)?,
        name: row.get(4)?,
        person: row.get(5)?,
        state: row
            .get::<_, String>(6)?
            .parse()
            .unwrap_or(VisitState::NotVisited),
        unsent: row.get(7)?,
        conflicts: row.get(8)?,
        last_visit: row.get(9)?,
    })
}

impl Store {
    /// Replaces a submission's card. `id` is its row's number.
    pub fn put_survey(tx: &Transaction<'_>, id: i64, card: &SurveyCard) -> Result<(), StoreError> {
        tx.prepare_cached(&format!(
            "INSERT INTO survey (id, {CARD}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET village = ?3, form = ?4, version = ?5, name = ?6, person = ?7,
                 state = ?8, unsent = ?9, conflicts = ?10, last_visit = ?11"
        ))?
        .execute(rusqlite::params![
            id,
            card.household.as_bytes().as_slice(),
            card.village,
            card.form,
            card.version,
            card.name,
            card.person,
            card.state.as_str(),
            card.unsent,
            card.conflicts,
            card.last_visit,
        ])?;
        Ok(())
    }

    /// Submissions of a questionnaire, or of all, the newest first.
    pub fn surveys(&self, form: Option<&str>) -> Result<Vec<SurveyCard>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT {CARD} FROM survey WHERE ?1 IS NULL OR form = ?1
             ORDER BY last_visit = '' DESC, last_visit DESC, id DESC"
        ))?;
        let rows = select.query_map([form], read)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// One submission; `None` for a household.
    pub fn survey(&self, household: HouseholdId) -> Result<Option<SurveyCard>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(&format!("SELECT {CARD} FROM survey WHERE household = ?1"))?
            .query_row([household.as_bytes().as_slice()], read)
            .optional()?)
    }

    /// Households in the order of their rows; no other surveys.
    pub fn all_households(&self) -> Result<Vec<HouseholdId>, StoreError> {
        let mut select = self.conn.prepare(
            "SELECT household FROM row_log WHERE id NOT IN (SELECT id FROM survey) ORDER BY id",
        )?;
        let rows = select.query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Submissions with something that the server does not have.
    pub fn unsent_surveys(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT count(*) FROM survey WHERE unsent > 0")?
            .query_row([], |r| r.get(0))?)
    }

    /// State of a record's visit and whether something of it is not at the server, household or survey.
    pub fn card_state(
        &self,
        household: HouseholdId,
    ) -> Result<Option<(VisitState, bool)>, StoreError> {
        let found: Option<(String, bool)> = self
            .conn
            .prepare_cached(
                "SELECT state, unsent FROM household WHERE household = ?1
                 UNION ALL SELECT state, unsent FROM survey WHERE household = ?1",
            )?
            .query_row([household.as_bytes().as_slice()], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        Ok(found.map(|(state, unsent)| (state.parse().unwrap_or(VisitState::NotVisited), unsent)))
    }
}
