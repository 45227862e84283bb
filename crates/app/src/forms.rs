//! The questionnaires on this device: which one a visit uses, fetching, letting go.

mod program;

use crate::{device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{Files, Form, Item, compile_with};
use lawang_records::{KEY_FORM, State, VISITS};
use lawang_store::{FormRow, Store};
use lawang_sync::{FormHeld, FormOffer, FormPart, HelloReply, Package, RULES};
pub(crate) use program::BACK_CHECK_ID;
pub use program::{HOUSEHOLD_VISIT, HOUSEHOLD_VISIT_ID, household_visit};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

/// Compiled questionnaires in memory: the one in use, an older one of an open visit, a survey.
const COMPILED: usize = 4;
/// A package that claims to be larger is not fetched.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// A compiled questionnaire with the files that its labels show.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub form: Arc<Form>,
    pub files: Files,
}

/// Compiled questionnaires by identifier and version; the ones used last stay.
pub(crate) struct Library {
    /// The one that the device was opened with.
    built_in: Loaded,
    /// A preview shows this one, whatever a record says.
    fixed: Option<Loaded>,
    compiled: Mutex<VecDeque<Loaded>>,
    /// Packages that this program cannot use, by their hash: not tried again until the next start.
    useless: BTreeSet<[u8; 32]>,
}

impl Library {
    /// With the questionnaire that comes with the program.
    pub(crate) fn with(form: Arc<Form>) -> Self {
        Self {
            built_in: Loaded {
                form,
                files: Files::new(),
            },
            fixed: None,
            compiled: Mutex::default(),
            useless: BTreeSet::new(),
        }
    }

    fn find(&self, id: &str, version: &str) -> Option<Loaded> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let at = compiled
            .iter()
            .position(|l| l.form.id() == id && l.form.version() == version)?;
        let found = compiled.remove(at)?;
        compiled.push_back(found.clone());
        Some(found)
    }

    fn keep(&self, loaded: Loaded) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.push_back(loaded);
        while compiled.len() > COMPILED {
            compiled.pop_front();
        }
    }

    fn forget(&self, id: &str, version: &str) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.retain(|l| l.form.id() != id || l.form.version() != version);
    }
}

fn load(package: &Package) -> Result<Loaded, String> {
    let mut files = Files::new();
    for (name, bytes) in &package.files {
        files.insert(name.as_str(), bytes.as_slice());
    }
    // A list that did not come with it is one of entities, or it would not have been published.
    files.allow_entities();
    match compile_with(&package.form, &package.name, &files) {
        Ok(compiled) => Ok(Loaded {
            form: Arc::new(compiled.form),
            files,
        }),
        Err(problems) => Err(problems
            .first()
            .map_or_else(|| "no questionnaire".to_owned(), ToString::to_string)),
    }
}

/// What a record answers: another questionnaire's identifier, or the household visit's.
pub(crate) fn form_id(state: &State) -> &str {
    match state.answer(KEY_FORM) {
        "" => HOUSEHOLD_VISIT_ID,
        other => other,
    }
}

/// Whether a record is no household of the register.
pub(crate) fn is_survey(state: &State) -> bool {
    form_id(state) != HOUSEHOLD_VISIT_ID
}

impl Device {
    /// Shows one questionnaire and no other, whatever a record says: for a preview.
    pub(crate) fn fix_form(&mut self, form: &Arc<Form>, files: &Files) {
        self.form = form.clone();
        self.library.fixed = Some(Loaded {
            form: form.clone(),
            files: files.clone(),
        });
    }

    /// A version of a questionnaire; `None` when it is not here or this program cannot use it.
    pub(crate) fn form_version(&self, id: &str, version: &str) -> Result<Option<Loaded>, AppError> {
        if let Some(fixed) = &self.library.fixed {
            return Ok(Some(fixed.clone()));
        }
        if let Some(found) = self.library.find(id, version) {
            return Ok(Some(found));
        }
        let built_in = &self.library.built_in;
        let is_built_in = built_in.form.id() == id && built_in.form.version() == version;
        let Some((row, body)) = self.store.form(id, version)? else {
            return Ok(is_built_in.then(|| built_in.clone()));
        };
        // What came with the program is compiled already; the server's word on it would have a time.
        if is_built_in && row.at == 0 {
            return Ok(Some(built_in.clone()));
        }
        if self.library.useless.contains(&row.hash) {
            return Ok(None);
        }
        let loaded = Package::unpack(&body, &row.hash)
            .map_err(|e| e.to_string())
            .and_then(|package| load(&package));
        match loaded {
            Ok(loaded) => {
                self.library.keep(loaded.clone());
                Ok(Some(loaded))
            }
            Err(problem) => {
                tracing::error!(id, version, problem, "a questionnaire cannot be used");
                Ok(None)
            }
        }
    }

    /// The version that a new visit uses: what the server says is current, else the newest that is here.
    pub(crate) fn newest_form(&self, id: &str) -> Result<Option<Loaded>, AppError> {
        if let Some(fixed) = &self.library.fixed {
            return Ok(Some(fixed.clone()));
        }
        if let Some(version) = self.store.current_form(id)?
            && let Some(found) = self.form_version(id, &version)?
        {
            return Ok(Some(found));
        }
        for row in self.store.forms()?.iter().rev().filter(|row| row.id == id) {
            if let Some(found) = self.form_version(id, &row.version)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The version that a new visit to this record uses.
    pub(crate) fn newest_form_of(&self, state: &State) -> Result<Loaded, AppError> {
        let id = form_id(state);
        if let Some(found) = self.newest_form(id)? {
            return Ok(found);
        }
        if id == HOUSEHOLD_VISIT_ID {
            return Ok(self.library.built_in.clone());
        }
        Err(AppError::new("form_missing", format!("no version of {id}")).with(id))
    }

    /// The questionnaire in whose words a record is shown: the one of its newest visit, if that is here.
    pub(crate) fn reading_form(&self, village: &str, state: &State) -> Result<Arc<Form>, AppError> {
        let named = match newest_visit(state, None) {
            Some((id, version)) => self.form_version(&id, &version)?,
            None => None,
        };
        match named.map_or_else(|| self.newest_form_of(state), Ok) {
            Ok(found) => Ok(self.with_lists(found, village)?.0.form),
            // Without its questionnaire a record is shown by the names of its fields.
            Err(_) => Ok(self.form.clone()),
        }
    }

    /// The household visit that new visits use, after something arrived.
    pub(crate) fn refresh_form(&mut self) -> Result<(), AppError> {
        if let Some(found) = self.newest_form(HOUSEHOLD_VISIT_ID)? {
            self.form = found.form;
        }
        Ok(())
    }

    /// What is here and what open visits need, for the greeting.
    pub(crate) fn held_forms(&self) -> Result<Vec<FormHeld>, AppError> {
        let rows = self.store.forms()?;
        let needed = self.store.draft_forms()?;
        let mut held: Vec<FormHeld> = rows
            .iter()
            .map(|row| FormHeld {
                id: row.id.clone(),
                version: row.version.clone(),
                hash: Some(row.hash.into()),
            })
            .collect();
        held.extend(
            needed
                .into_iter()
                .filter(|(id, version)| !rows.iter().any(|r| r.id == *id && r.version == *version))
                .map(|(id, version)| FormHeld {
                    id,
                    version,
                    hash: None,
                }),
        );
        Ok(held)
    }

    /// Remembers what the server says is current.
    pub(crate) fn note_offers(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        let Some(offers) = &reply.forms else {
            return Ok(());
        };
        let mut current: Vec<(String, String)> = offers
            .iter()
            .filter(|offer| offer.current)
            .map(|offer| (offer.id.clone(), offer.version.clone()))
            .collect();
        current.sort();
        if current != self.store.current_forms()? {
            self.store
                .transact(|tx| Store::set_current_forms(tx, &current))?;
            self.refresh_form()?;
        }
        Ok(())
    }

    /// How much of an offered questionnaire is here; `None`: all of it.
    pub(crate) fn form_bytes(&self, offer: &FormOffer) -> Result<Option<u64>, AppError> {
        if offer.id == RULES {
            return self.rules_bytes(offer);
        }
        let here = self
            .store
            .form(&offer.id, &offer.version)?
            .is_some_and(|(row, _)| row.hash[..] == offer.hash[..]);
        if here || offer.len > MAX_BODY {
            return Ok(None);
        }
        Ok(Some(self.store.form_part_bytes(&offer.hash)?))
    }

    /// Takes a piece of a questionnaire; the last one makes the whole.
    pub(crate) fn take_form_part(
        &mut self,
        offer: &FormOffer,
        part: &FormPart,
    ) -> Result<(), AppError> {
        let hash: [u8; 32] = *offer.hash;
        let have = self.store.form_part_bytes(&hash)?;
        if part.offset != have || part.bytes.is_empty() {
            return Ok(());
        }
        if have + (part.bytes.len() as u64) < offer.len {
            return Ok(self
                .store
                .transact(|tx| Store::add_form_part(tx, &hash, have, &part.bytes))?);
        }
        let mut body = self.store.form_parts(&hash)?;
        body.extend_from_slice(&part.bytes);
        if offer.id == RULES {
            return self.take_rules(&hash, &body);
        }
        let package = Package::unpack(&body, &hash)
            .ok()
            .filter(|p| p.id == offer.id && p.version == offer.version);
        let Some(package) = package else {
            tracing::warn!(offer.id, offer.version, "a questionnaire came damaged");
            return Ok(self
                .store
                .transact(|tx| Store::drop_form_parts(tx, &hash))?);
        };
        let loaded = load(&package);
        let form = loaded.as_ref().ok().map(|l| &l.form);
        let title = |language: &str| form.map_or(package.id.clone(), |f| f.title(language));
        let row = FormRow {
            title: title("id"),
            title_en: title("en"),
            questions: form.map_or(0, |f| questions(&f.root().children)),
            id: package.id,
            version: package.version,
            hash,
            at: self.now().max(1),
            problem: loaded.as_ref().err().cloned().unwrap_or_default(),
        };
        self.store.transact(|tx| Store::put_form(tx, &row, &body))?;
        self.library.forget(&row.id, &row.version);
        match loaded {
            Ok(loaded) => {
                // Content that replaced other content under the same version.
                if self.open.as_ref().is_some_and(|open| {
                    open.draft.form == row.id && open.draft.version == row.version
                }) {
                    self.open = None;
                }
                self.library.keep(loaded);
            }
            Err(problem) => {
                tracing::error!(
                    row.id,
                    row.version,
                    problem,
                    "a questionnaire cannot be used"
                );
                self.library.useless.insert(hash);
            }
        }
        self.refresh_form()
    }

    /// Lets versions go that nothing here needs: not current and not the one before, in no open visit, in no
    /// visit that the server does not have.
    pub(crate) fn prune_forms(&mut self) -> Result<(), AppError> {
        let rows = self.store.forms()?;
        let current: BTreeSet<(String, String)> = self.store.current_forms()?.into_iter().collect();
        let old: Vec<&FormRow> = rows
            .iter()
            .filter(|row| {
                let key = (row.id.clone(), row.version.clone());
                // Until the current version is here, an older one is what new visits use.
                row.at != 0
                    && !current.contains(&key)
                    && rows.iter().any(|r| {
                        r.id == row.id
                            && r.problem.is_empty()
                            && current.contains(&(r.id.clone(), r.version.clone()))
                    })
            })
            .collect();
        // Of each questionnaire the newest old one stays: what was answered with it is shown in its words.
        let old: Vec<&FormRow> = old
            .iter()
            .enumerate()
            .filter(|(at, row)| old[at + 1..].iter().any(|later| later.id == row.id))
            .map(|(_, row)| *row)
            .collect();
        if old.is_empty() {
            return Ok(());
        }
        let mut needed = self.store.draft_forms()?;
        for record in self.store.unsettled()? {
            // One that cannot be read could need any of them.
            let Ok(state) = self.state(record) else {
                return Ok(());
            };
            needed.extend(newest_visit(&state, None));
        }
        let gone: Vec<(String, String)> = old
            .into_iter()
            .map(|row| (row.id.clone(), row.version.clone()))
            .filter(|key| !needed.contains(key))
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.store.transact(|tx| {
            for (id, version) in &gone {
                Store::drop_form(tx, id, version)?;
            }
            Ok(())
        })?;
        for (id, version) in &gone {
            self.library.forget(id, version);
        }
        Ok(())
    }

    /// What a questionnaire is called that has not come here: its id is nothing that people know it by.
    pub(crate) fn title_of_unknown(&self, id: &str) -> String {
        let (indonesian, english) = match id {
            HOUSEHOLD_VISIT_ID => ("Kunjungan keluarga", "Household visit"),
            BACK_CHECK_ID => ("Kunjungan ulang", "Second visit"),
            _ => (
                "Kuesioner yang belum diterima",
                "Questionnaire not received yet",
            ),
        };
        match self.language.as_str() {
            "en" => english,
            _ => indonesian,
        }
        .to_owned()
    }

    /// The questionnaires that can be filled in here, the household visit first.
    pub fn forms(&self) -> Result<Vec<views::FormEntry>, AppError> {
        let rows = self.store.forms()?;
        let current: BTreeMap<String, String> = self.store.current_forms()?.into_iter().collect();
        let mut ids: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
        ids.extend(current.keys().cloned());
        let mut entries = Vec::new();
        for id in ids {
            // What the list shows was noted when the questionnaire came: nothing is compiled for it.
            let mine = || rows.iter().filter(|row| row.id == id);
            let wanted = current.get(&id);
            let newest = mine()
                .find(|row| row.problem.is_empty() && Some(&row.version) == wanted)
                .or_else(|| mine().rev().find(|row| row.problem.is_empty()));
            let waiting = wanted.filter(|wanted| newest.is_none_or(|row| row.version != **wanted));
            entries.push(views::FormEntry {
                survey: id != HOUSEHOLD_VISIT_ID,
                title: match newest {
                    Some(row) if self.language == "en" => row.title_en.clone(),
                    Some(row) => row.title.clone(),
                    None => self.title_of_unknown(&id),
                },
                version: newest.map_or(String::new(), |row| row.version.clone()),
                questions: newest.map_or(0, |row| row.questions),
                usable: newest.is_some(),
                problem: waiting
                    .and_then(|wanted| mine().find(|row| row.version == *wanted))
                    .map_or(String::new(), |row| row.problem.clone()),
                waiting: waiting.cloned().unwrap_or_default(),
                versions: mine().map(|row| row.version.clone()).collect(),
                form: id.clone(),
            });
        }
        entries.sort_by_key(|e| (e.survey, e.title.to_lowercase()));
        Ok(entries)
    }
}

fn questions(items: &[Item]) -> u32 {
    items
        .iter()
        .map(|item| match item {
            Item::Group(group) => questions(&group.children),
            Item::Repeat(repeat) => questions(&repeat.children),
            Item::Question(q) => u32::from(q.kind.is_answered() && !q.calculated),
        })
        .sum()
}

/// Identifier and version of the questionnaire of the newest visit, one visit left aside.
pub(crate) fn newest_visit(
    state: &State,
    but: Option<lawang_domain::InstanceId>,
) -> Option<(String, String)> {
    let field = |id, key: &str| state.text(&FieldPath::of(VISITS, id, key));
    state
        .of(VISITS)
        .iter()
        .filter(|id| Some(**id) != but && !field(**id, "form").is_empty())
        .max_by_key(|id| (field(**id, "started"), field(**id, "submitted")))
        .map(|id| {
            (
                field(*id, "form").to_owned(),
                field(*id, "form_version").to_owned(),
            )
        })
}

/// Where a record stands, for those who do not ask what kind it is.
pub(crate) struct Place {
    pub village: String,
    pub state: lawang_domain::VisitState,
    pub unsent: bool,
}

impl Device {
    /// Village and state of a record, household or survey.
    pub(crate) fn place(&self, household: HouseholdId) -> Result<Place, AppError> {
        let (state, unsent) = self
            .store
            .card_state(household)?
            .ok_or_else(|| AppError::new("not_found", "no such record"))?;
        Ok(Place {
            village: self.store.row(household)?.1,
            state,
            unsent,
        })
    }
}
