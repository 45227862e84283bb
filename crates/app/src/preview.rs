//! A questionnaire tried by its author: a device in memory with one empty record. Nothing is kept,
//! nothing is sent.

use crate::{
    app::{App, AppOptions},
    device::Device,
    environment::{random, random_uuid},
    error::AppError,
    views,
    visit::Whole,
};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{Files, Form, Problem, Written};
use lawang_store::{Identity, ScopeNames, Store};
use std::{collections::BTreeMap, sync::Arc};

/// Where the empty record stands: a village that exists, so that lists of villages find it.
const VILLAGE: &str = "18.09.01.2001";

/// A questionnaire as it was read from its author's files.
#[derive(Default)]
pub struct Loaded {
    /// Name of the file.
    pub file: String,
    /// The form, if nothing is wrong with it.
    pub form: Option<Arc<Form>>,
    /// Files beside it.
    pub files: Files,
    pub errors: Vec<Problem>,
    pub warnings: Vec<Problem>,
    /// What the author wrote, node by node.
    pub written: Vec<Written>,
}

/// What is shown besides the form.
#[derive(Default)]
pub(crate) struct PreviewState {
    shown: views::Preview,
    written: Vec<Written>,
}

impl From<&Problem> for views::FormProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            sheet: problem.sheet.clone().unwrap_or_default(),
            row: problem.row.unwrap_or(0),
            column: problem.column.clone().unwrap_or_default(),
            message: problem.message.clone(),
        }
    }
}

impl App {
    /// A preview that holds no form yet: give it one with [`App::show_form`].
    pub fn preview(options: AppOptions) -> Self {
        let shown = views::Preview {
            active: true,
            ..views::Preview::default()
        };
        Self::in_memory(
            options,
            PreviewState {
                shown,
                written: Vec::new(),
            },
        )
    }

    /// Shows a form instead of the one before. Answers that were given stay where a question of their name
    /// still is. With errors, the form of before is kept until it can be replaced.
    pub fn show_form(&self, loaded: Loaded) -> Result<(), AppError> {
        let mut household = None;
        let mut dropped = Vec::new();
        if let Some(form) = &loaded.form {
            let id = match self.device() {
                Ok(_) => self.with(|device| {
                    let id = device.only_household()?;
                    dropped = device.change_form(id, form, &loaded.files)?;
                    Ok(id)
                })?,
                Err(_) => {
                    let (device, id) = self.empty_device(form, &loaded.files)?;
                    self.use_device(device);
                    id
                }
            };
            household = Some(id);
        }
        let Some(mut state) = self.preview_state() else {
            return Err(AppError::new("only_preview", "not a preview"));
        };
        let shown = &mut state.shown;
        shown.file = loaded.file;
        shown.generation += 1;
        shown.errors = loaded.errors.iter().map(Into::into).collect();
        shown.warnings = loaded.warnings.iter().map(Into::into).collect();
        shown.dropped = dropped.iter().map(ToString::to_string).collect();
        if let Some(form) = &loaded.form {
            shown.household = household.map_or(String::new(), |id| id.to_string());
            shown.missing_files = form
                .attachments()
                .iter()
                .filter(|name| loaded.files.get(name).is_none() && !form.reads_entities_as(name))
                .cloned()
                .collect();
            shown.languages = form
                .languages()
                .iter()
                .map(|l| views::PreviewLanguage {
                    code: l.code.clone(),
                    name: l.name.clone(),
                })
                .collect();
            if !shown.languages.iter().any(|l| l.code == shown.language) {
                shown.language = form.default_language().to_owned();
            }
            state.written = loaded.written;
            let language = state.shown.language.clone();
            drop(state);
            self.with(|device| device.speak(&language))?;
        }
        Ok(())
    }

    /// What the preview shows; inactive on a device of an enumerator.
    pub fn preview_view(&self) -> views::Preview {
        self.preview_state()
            .map(|state| state.shown.clone())
            .unwrap_or_default()
    }

    /// Shows the form in another of its languages; the screens follow where they have it.
    pub fn preview_language(&self, language: &str) -> Result<views::Preview, AppError> {
        {
            let Some(mut state) = self.preview_state() else {
                return Err(AppError::new("only_preview", "not a preview"));
            };
            if !state.shown.languages.iter().any(|l| l.code == language) {
                return Err(AppError::new("malformed_request", "no such language"));
            }
            state.shown.language = language.to_owned();
        }
        self.with(|device| device.speak(language))?;
        Ok(self.preview_view())
    }

    /// The questions of a page by name, with what their author wrote.
    pub fn preview_names(
        &self,
        household: HouseholdId,
        page: &str,
    ) -> Result<views::NamedPage, AppError> {
        let written = match self.preview_state() {
            Some(state) => state.written.clone(),
            None => return Err(AppError::new("only_preview", "not a preview")),
        };
        self.with(|device| device.named_page(household, page, &written))
    }

    fn empty_device(
        &self,
        form: &Arc<Form>,
        files: &Files,
    ) -> Result<(Device, HouseholdId), AppError> {
        let environment = self.environment().clone();
        let identity = Identity {
            database_key: random(environment.as_ref()),
            signing_seed: random(environment.as_ref()),
            device: random_uuid(environment.as_ref()),
            server: random_uuid(environment.as_ref()),
            server_key: [0; 32],
            address: String::new(),
            person: "Pratinjau".into(),
            role: "enumerator".into(),
        };
        let store = Store::in_memory()?;
        let mut device = Device::new(store, identity, form.clone(), environment)?;
        device.fix_form(form, files);
        device.store.transact(|tx| {
            Store::set_scope(
                tx,
                &[ScopeNames {
                    village: VILLAGE.into(),
                    name: "Desa Contoh".into(),
                    district: "Kecamatan Contoh".into(),
                    regency: "Kabupaten Contoh".into(),
                }],
            )
        })?;
        let household = device.add_household(VILLAGE)?;
        Ok((device, household))
    }
}

impl Device {
    fn only_household(&self) -> Result<HouseholdId, AppError> {
        self.store
            .all_households()?
            .first()
            .copied()
            .ok_or_else(|| AppError::new("not_found", "no record"))
    }

    /// The open visit goes on with another form; gives the answers that it has no question for.
    fn change_form(
        &mut self,
        household: HouseholdId,
        form: &Arc<Form>,
        files: &Files,
    ) -> Result<Vec<FieldPath>, AppError> {
        self.fix_form(form, files);
        self.open = None;
        self.audit = None;
        if let Some(mut draft) = self.store.draft(household)? {
            form.id().clone_into(&mut draft.form);
            form.version().clone_into(&mut draft.version);
            self.store.transact(|tx| Store::put_draft(tx, &draft))?;
        }
        let open = self.open_visit(household, Whole::Visit)?;
        let unknown = open.instance.unknown();
        Ok(unknown
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(path, _)| path.clone())
            .collect())
    }

    /// The language of the form, which may be one that the screens do not have.
    fn speak(&mut self, language: &str) -> Result<(), AppError> {
        let language = (!language.is_empty()).then(|| language.to_owned());
        if let Some("id" | "en") = language.as_deref() {
            self.set_preferences(language.as_deref(), None)?;
        }
        if let Some(open) = &mut self.open {
            open.spoken.clone_from(&language);
        }
        self.spoken = language;
        Ok(())
    }

    fn named_page(
        &mut self,
        household: HouseholdId,
        page: &str,
        written: &[Written],
    ) -> Result<views::NamedPage, AppError> {
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        let paths = open.page_questions(page, &language);
        let questions = open
            .page_all(page, &language)
            .iter()
            .map(|path| {
                let repeat = path.instance.as_ref().map(|(repeat, _)| repeat.as_str());
                let row = written
                    .iter()
                    .find(|w| w.name == path.key && w.repeat.as_deref() == repeat);
                let kind = open.form.question(path).map(|q| q.kind);
                views::NamedQuestion {
                    path: path.to_string(),
                    name: path.key.clone(),
                    kind: kind
                        .and_then(|kind| serde_json::to_value(kind).ok())
                        .and_then(|kind| kind.as_str().map(str::to_owned))
                        .unwrap_or_default(),
                    sheet: row.map_or(String::new(), |w| w.sheet.to_owned()),
                    row: row.map_or(0, |w| w.row),
                    shown: paths.contains(path),
                    value: open.instance.node(path).map_or(String::new(), |n| n.value),
                    cells: row.map_or_else(BTreeMap::new, |w| {
                        w.cells
                            .iter()
                            .map(|(column, text)| ((*column).to_owned(), text.clone()))
                            .collect()
                    }),
                }
            })
            .collect();
        Ok(views::NamedPage { questions })
    }
}
