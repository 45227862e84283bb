//! A visit in memory: the questionnaire's instance with what is known and what was typed.

use super::choices::FoldedLists;
use crate::{
    cards, carry::Carried, device::Device, entities::SeenLists, error::AppError, forms,
    forms::Loaded, views,
};
use chrono::{DateTime, FixedOffset, NaiveDate, Offset, Utc};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::{Context, Files, Form, Instance, Item};
use lawang_records::{KEY_PARENT, KEY_STATUS, Record, State, VISITS, is_bookkeeping};
use lawang_store::{Draft, DraftEntry, EntryKind, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How much of what is already known stands in the form when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// A first visit at the door: pages marked `prefilled` hold the register's values, the others are
    /// asked anew with the old value beside the question. After a finished visit everything is there.
    Visit,
    /// Everything that is known: for corrections, and for programs.
    Everything,
}

/// An open visit in memory. It can be rebuilt from the database at any moment.
pub(crate) struct OpenVisit {
    pub draft: Draft,
    /// The questionnaire that this visit was begun with; a newer version changes nothing here.
    pub form: Arc<Form>,
    /// The files that its labels show, by name.
    pub files: Files,
    /// Lists of entities as they were when the form was opened.
    pub seen: SeenLists,
    /// What an earlier version's answers meet in this one.
    pub carried: Option<Carried>,
    pub whole: Whole,
    pub instance: Instance,
    /// What the register says (its newest word).
    pub register: State,
    /// What the document says at the heads of this form.
    pub state: State,
    /// Members and other instances struck out.
    pub removed: BTreeSet<InstanceId>,
    /// Persons whose data are restricted on request: they count in calculations and are shown on no page.
    pub restricted: BTreeSet<InstanceId>,
    /// Members and other instances that came in during this visit.
    pub added: BTreeSet<InstanceId>,
    /// Repeat of every instance that the record or this visit knows, and the instance around it.
    pub places: BTreeMap<InstanceId, (String, Option<InstanceId>)>,
    /// Folded labels of long lists, made when somebody searches in one.
    pub lists: FoldedLists,
    /// Language of the questionnaire's texts, where it is another one than that of the screens.
    pub spoken: Option<String>,
    /// Fields that are in conflict in the document as it is now.
    pub conflicts: BTreeSet<FieldPath>,
    /// Whether the household's card already says that it was begun.
    pub begun: bool,
    /// Answers typed and not part of a change yet.
    pub pending: u32,
    /// When the screen last said where the device is.
    pub located: Option<i64>,
    /// Entries that go to the disk with the first answer.
    pub waiting: Vec<DraftEntry>,
}

impl Device {
    pub(crate) fn local_time(&self) -> DateTime<FixedOffset> {
        let minutes = self.environment.utc_offset_minutes().clamp(-840, 840);
        let offset = FixedOffset::east_opt(minutes * 60).unwrap_or(Utc.fix());
        DateTime::<Utc>::from_timestamp_millis(self.now())
            .unwrap_or_default()
            .with_timezone(&offset)
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.local_time().date_naive()
    }

    /// The day here of a moment, in milliseconds since 1970.
    pub(crate) fn day_of(&self, moment: i64) -> NaiveDate {
        DateTime::<Utc>::from_timestamp_millis(moment)
            .unwrap_or_default()
            .with_timezone(self.local_time().offset())
            .date_naive()
    }

    pub(crate) fn context(&self) -> Context {
        let now = self.local_time();
        Context {
            today: now.date_naive(),
            now,
            username: self.identity.person.clone(),
            device_id: self.identity.device.to_string(),
            random: 0,
            properties: std::collections::BTreeMap::new(),
            last_saved: Arc::default(),
        }
    }

    /// Goes on with the open visit of a household, or starts one.
    pub(crate) fn open_visit(
        &mut self,
        household: HouseholdId,
        whole: Whole,
    ) -> Result<&mut OpenVisit, AppError> {
        self.not_restricted(household)?;
        let there = matches!(&self.open, Some(open)
            if open.draft.household == household && open.whole == whole);
        if !there {
            let open = self.load_visit(household, whole)?;
            self.open = Some(open);
        }
        self.open
            .as_mut()
            .ok_or_else(|| AppError::new("no_visit", "just opened"))
    }

    fn load_visit(&mut self, household: HouseholdId, whole: Whole) -> Result<OpenVisit, AppError> {
        let record = self.store.record(household)?;
        let (_, village) = self.store.row(household)?;
        let entries = self.store.entries(household)?;
        let (draft, loaded) = match self.store.draft(household)? {
            Some(draft) => self.go_on(draft, &record, &entries)?,
            None => {
                let state = record.state()?;
                let loaded = self.newest_form_of(&state)?;
                // To the second: nobody reads more, and of the visit's id nothing needs to travel then.
                let begun = self.now().div_euclid(1000) * 1000;
                let draft = Draft {
                    household,
                    visit: self.new_visit(household, &state, begun),
                    heads: record.heads(),
                    form: loaded.form.id().to_owned(),
                    version: loaded.form.version().to_owned(),
                    started: begun,
                    page: String::new(),
                    visited: Vec::new(),
                };
                self.store.transact(|tx| Store::put_draft(tx, &draft))?;
                (draft, loaded)
            }
        };
        self.build_visit(draft, loaded, &record, &village, &entries, whole)
    }

    /// The open visit as it was put down, with the questionnaire that it was begun with.
    fn go_on(
        &mut self,
        mut draft: Draft,
        record: &Record,
        entries: &[DraftEntry],
    ) -> Result<(Draft, Loaded), AppError> {
        let before = draft.clone();
        // Nothing waits to become a change: the form may show what others wrote meanwhile. What was typed
        // and not folded keeps the heads it was typed at.
        if entries.iter().all(|e| e.folded) {
            draft.heads = record.heads();
        }
        let loaded = match self.form_version(&draft.form, &draft.version)? {
            Some(found) => found,
            None => {
                // Lost with a damaged database, say. The answers go on in the version that is here.
                let newest = self.newest_form_of(&record.state_at(&draft.heads)?)?;
                draft.form = newest.form.id().to_owned();
                draft.version = newest.form.version().to_owned();
                newest
            }
        };
        if draft != before {
            self.store.transact(|tx| Store::put_draft(tx, &draft))?;
        }
        Ok((draft, loaded))
    }

    /// The instance from the document and what was typed: the same whether the program ran on or was
    /// killed and started again.
    fn build_visit(
        &self,
        draft: Draft,
        loaded: Loaded,
        record: &Record,
        village: &str,
        entries: &[DraftEntry],
        whole: Whole,
    ) -> Result<OpenVisit, AppError> {
        let state = record.state_at(&draft.heads)?;
        let register = record.register()?;
        let conflicts = record
            .state()?
            .conflicts()
            .map(|(path, _)| path.clone())
            .collect();
        let (Loaded { form, files }, seen) = self.with_lists(loaded, village)?;
        let everything = whole == Whole::Everything || finished_before(&state, form.id());
        let carried = self.carried(village, &state, &register, &form, Some(draft.visit))?;
        let prefilled = prefilled(&form);
        let mut removed = BTreeSet::new();
        let mut added = BTreeSet::new();
        let mut typed: Vec<(FieldPath, String)> = Vec::new();
        let mut instances: Vec<(String, InstanceId)> = form
            .repeats()
            .into_iter()
            .flat_map(|repeat| {
                state
                    .of(repeat)
                    .iter()
                    .map(move |id| (repeat.to_owned(), *id))
            })
            .collect();
        for (repeat, id) in &instances {
            if state.text(&FieldPath::of(repeat.as_str(), *id, KEY_STATUS)) == "removed" {
                removed.insert(*id);
            }
        }
        let mut parents: BTreeMap<InstanceId, InstanceId> = instances
            .iter()
            .filter_map(|(repeat, id)| {
                let parent = state.text(&FieldPath::of(repeat.as_str(), *id, KEY_PARENT));
                Some((*id, parent.parse().ok()?))
            })
            .collect();
        let mut pending = 0;
        for entry in entries {
            match entry.kind {
                EntryKind::NewInstance => {
                    if let Some((repeat, id)) = entry.path.split_once('/')
                        && let Ok(id) = id.parse::<InstanceId>()
                    {
                        added.insert(id);
                        if !instances.iter().any(|(_, known)| *known == id) {
                            instances.push((repeat.to_owned(), id));
                        }
                    }
                }
                EntryKind::Answer => {
                    let Ok(path) = entry.path.parse::<FieldPath>() else {
                        continue;
                    };
                    if path.key == KEY_PARENT
                        && let (Some(id), Ok(parent)) = (path.instance_id(), entry.value.parse())
                    {
                        parents.insert(id, parent);
                    }
                    if path.key == KEY_STATUS
                        && let Some(id) = path.instance_id()
                    {
                        let value = if entry.folded {
                            state.text(&path)
                        } else {
                            entry.value.as_str()
                        };
                        if value == "removed" {
                            removed.insert(id);
                        } else {
                            removed.remove(&id);
                        }
                    }
                    // Once it is part of a change, the record says what holds now: others may have
                    // corrected it.
                    let value = if entry.folded {
                        state.text(&path).to_owned()
                    } else {
                        entry.value.clone()
                    };
                    typed.push((path, value));
                }
            }
            pending += u32::from(!entry.folded);
        }
        let mut instance = Instance::new(
            form.clone(),
            Context {
                // Each visit draws numbers of its own, the same ones after a restart.
                random: draft.visit.0.as_u64_pair().0,
                last_saved: Arc::new(self.last_saved(&form)?),
                ..self.context()
            },
        );
        // Outer instances first, so that the inner ones have a place.
        for repeat in form.repeats() {
            for (_, id) in instances.iter().filter(|(of, _)| of == repeat) {
                if !removed.contains(id) {
                    instance.add_repeat(repeat, parents.get(id).copied(), *id);
                }
            }
        }
        let places = instances
            .into_iter()
            .map(|(repeat, id)| (id, (repeat, parents.get(&id).copied())))
            .collect();
        let gone = |path: &FieldPath| path.instance_id().is_some_and(|id| removed.contains(&id));
        let known = state
            .fields
            .iter()
            .filter(|(path, _)| {
                everything
                    || prefilled.contains(&(
                        path.instance.as_ref().map(|(of, _)| of.clone()),
                        path.key.clone(),
                    ))
            })
            .filter_map(|(path, values)| Some((path.clone(), values.first()?.text.clone())));
        let place = self.place_answers(village, &form)?;
        let all: Vec<(FieldPath, String)> = known
            .chain(place)
            .chain(typed)
            .filter(|(path, _)| {
                !gone(path)
                    && !path.key.starts_with('_')
                    && path
                        .instance
                        .as_ref()
                        .is_none_or(|(of, _)| !is_bookkeeping(of))
            })
            .collect();
        instance.load(all);
        let household = draft.household;
        let begun = self.store.card_state(draft.household)?
            == Some((lawang_domain::VisitState::InProgress, true));
        Ok(OpenVisit {
            draft,
            form,
            files,
            seen,
            carried,
            whole,
            instance,
            register,
            state,
            removed,
            restricted: self.restricted_persons(household)?,
            added,
            places,
            lists: FoldedLists::default(),
            spoken: self.spoken.clone(),
            conflicts,
            begun,
            pending,
            located: None,
            waiting: Vec::new(),
        })
    }

    /// Answers that the worklist gives, not a person: where the household stands.
    fn place_answers(
        &self,
        village: &str,
        form: &Form,
    ) -> Result<Vec<(FieldPath, String)>, AppError> {
        let scope = self.store.scope()?;
        let found = scope.iter().find(|s| s.village == village);
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        Ok(vec![
            (FieldPath::household("village_code"), village.to_owned()),
            (
                FieldPath::household("village_name"),
                text(found.map(|s| &s.name)),
            ),
            (
                FieldPath::household("district_name"),
                text(found.map(|s| &s.district)),
            ),
            (
                FieldPath::household("regency_name"),
                text(found.map(|s| &s.regency)),
            ),
        ]
        .into_iter()
        .filter(|(path, value)| !value.is_empty() && form.question(path).is_some())
        .collect())
    }

    /// Builds the open visit again from the database.
    pub(crate) fn reload_visit(&mut self) -> Result<(), AppError> {
        if let Some(open) = self.open.take() {
            self.open_visit(open.draft.household, open.whole)?;
        }
        Ok(())
    }
}

impl OpenVisit {
    /// A title: the household's head, else its address; of a survey what its questionnaire calls it, else the
    /// questionnaire's title.
    pub(crate) fn title(&self, language: &str) -> String {
        let known = match cards::head(&self.state) {
            head if head.is_empty() => self.state.answer("address").to_owned(),
            head => head,
        };
        // A form without members is no visit to a family: it has a name of its own.
        if !self.is_survey() && (!known.is_empty() || self.has_members()) {
            return known;
        }
        match self.instance.instance_name_so_far() {
            name if name.is_empty() => self.form.title(language),
            name => name,
        }
    }

    /// Whether it is no visit to a household of the register.
    pub(crate) fn is_survey(&self) -> bool {
        forms::is_survey(&self.state)
    }

    /// What of an earlier version's answers does not fit and was not answered anew in this visit.
    pub(crate) fn carry_over(&self, language: &str) -> Option<views::CarryOver> {
        let carried = self.carried.as_ref()?;
        let old = carried.view(language, |path, value| {
            self.form.question(path).is_none()
                || self.instance.node(path).is_none_or(|node| {
                    node.value == value || (node.value.is_empty() && node.relevant)
                })
        });
        Some(old)
    }
}

/// A visit with this questionnaire was finished before: what stands in it is to be corrected, not asked
/// again.
pub(super) fn finished_before(state: &State, form: &str) -> bool {
    state.of(VISITS).iter().any(|id| {
        let said = |key: &str| state.text(&FieldPath::of(VISITS, *id, key));
        said("form") == form && !said(cards::VISIT_SUBMITTED).is_empty()
    })
}

/// Questions in groups whose appearance says `prefilled`, with the repeat that they stand in.
fn prefilled(form: &Form) -> BTreeSet<(Option<String>, String)> {
    fn walk(
        items: &[Item],
        repeat: Option<&str>,
        inside: bool,
        out: &mut BTreeSet<(Option<String>, String)>,
    ) {
        for item in items {
            match item {
                Item::Group(group) => {
                    let here = inside
                        || group
                            .appearance
                            .split_whitespace()
                            .any(|w| w == "prefilled");
                    walk(&group.children, repeat, here, out);
                }
                Item::Repeat(r) => walk(&r.children, Some(&r.name), inside, out),
                Item::Question(question) => {
                    if inside {
                        out.insert((repeat.map(str::to_owned), question.name.clone()));
                    }
                }
            }
        }
    }
    let mut out = BTreeSet::new();
    walk(&form.root().children, None, false, &mut out);
    out
}
