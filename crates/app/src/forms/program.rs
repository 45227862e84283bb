//! The questionnaires that come with the program: the household visit and the second visit.

use super::questions;
use crate::{device::Device, error::AppError};
use lawang_forms::Form;
use lawang_store::{FormRow, Store};
use lawang_sync::Package;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// The questionnaire of the register's households.
pub const HOUSEHOLD_VISIT_ID: &str = "household_visit";

/// The questionnaire that comes with this program.
pub const HOUSEHOLD_VISIT: &[u8] =
    include_bytes!("../../../../schema/questionnaires/household_visit.xlsx");

/// The questionnaire of second visits.
pub const BACK_CHECK_ID: &str = "back_check";
/// It comes with this program too.
const BACK_CHECK: &[u8] = include_bytes!("../../../../schema/questionnaires/back_check.xlsx");
/// Its version: known without reading it, because a device that has it reads it only when a second visit is made.
const BACK_CHECK_VERSION: &str = "2026112602";

/// Compiles the questionnaire that comes with this program.
pub fn household_visit() -> Result<Arc<Form>, AppError> {
    compiled(HOUSEHOLD_VISIT, "household_visit.xlsx")
}

fn compiled(workbook: &[u8], name: &str) -> Result<Arc<Form>, AppError> {
    lawang_forms::compile(workbook, name)
        .map(|compiled| Arc::new(compiled.form))
        .map_err(|problems| {
            let first = problems
                .first()
                .map_or(String::new(), |p| p.message.clone());
            AppError::new(
                "questionnaire",
                format!("{} problems, first: {first}", problems.len()),
            )
        })
}

/// A questionnaire of the program as it is kept.
#[derive(Clone)]
struct Kept {
    row: FormRow,
    body: Arc<[u8]>,
}

impl Kept {
    fn of(form: &Form, workbook: &[u8]) -> Self {
        let package = Package {
            id: form.id().to_owned(),
            version: form.version().to_owned(),
            name: format!("{}.xlsx", form.id()),
            form: workbook.to_vec().into(),
            files: BTreeMap::new(),
        };
        Self {
            row: FormRow {
                id: form.id().to_owned(),
                version: form.version().to_owned(),
                hash: package.hash(),
                title: form.title("id"),
                title_en: form.title("en"),
                questions: questions(&form.root().children),
                at: 0,
                problem: String::new(),
            },
            body: package.pack().into(),
        }
    }
}

impl Device {
    /// Keeps the questionnaires that come with the program like fetched ones: a visit that was begun with one
    /// needs it also when a later program comes with another.
    pub fn keep_built_in(&mut self) -> Result<(), AppError> {
        let form = self.library.built_in.form.clone();
        if form.id() != HOUSEHOLD_VISIT_ID {
            return Ok(());
        }
        let visit = (HOUSEHOLD_VISIT_ID, form.version());
        self.keep_form_of_program(visit, HOUSEHOLD_VISIT, || Ok(form.clone()))?;
        let second = (BACK_CHECK_ID, BACK_CHECK_VERSION);
        self.keep_form_of_program(second, BACK_CHECK, || {
            compiled(BACK_CHECK, "back_check.xlsx")
        })
    }

    /// `named`: identifier and version.
    fn keep_form_of_program(
        &mut self,
        named: (&str, &str),
        workbook: &[u8],
        form: impl FnOnce() -> Result<Arc<Form>, AppError>,
    ) -> Result<(), AppError> {
        let (id, version) = named;
        if self.store.form(id, version)?.is_some() {
            return Ok(());
        }
        // Packed once a process: only a device that is new to this program needs it.
        static PACKED: LazyLock<Mutex<BTreeMap<(String, String), Kept>>> =
            LazyLock::new(Mutex::default);
        let key = (id.to_owned(), version.to_owned());
        let mut all = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(&key) {
            let kept = Kept::of(&*form()?, workbook);
            all.insert(key.clone(), kept);
        }
        let Some(kept) = all.get(&key).cloned() else {
            return Ok(());
        };
        drop(all);
        self.store
            .transact(|tx| Store::put_form(tx, &kept.row, &kept.body))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questionnaire_of_second_visits_is_the_one_that_is_named() {
        let form = compiled(BACK_CHECK, "back_check.xlsx").unwrap();
        assert_eq!(
            (form.id(), form.version()),
            (BACK_CHECK_ID, BACK_CHECK_VERSION)
        );
    }
}
