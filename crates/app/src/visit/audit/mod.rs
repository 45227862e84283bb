//! The log of how a form with a row of type `audit` is filled in, event by event as ODK Collect writes it: a row an
//! event in the database, and a file of the visit when it is submitted. It holds what the author asked for and no
//! number of a person: NIK and No. KK are masked.

mod file;
mod nodes;

use super::Whole;
use crate::{device::Device, error::AppError};
pub(crate) use file::AuditSettings;
use file::written;
use lawang_domain::{FieldPath, HouseholdId, InstanceId, mask_long_numbers, mask_number};
use lawang_records::VISITS;
use lawang_store::{AuditEvent, DraftEntry, EntryKind, Store, StoreError, Transaction};
use std::collections::BTreeMap;

/// Most positions that are remembered.
const MAX_PLACES: usize = 64;
/// Longest name and longest reason, in characters.
const MAX_WORDS: usize = 500;

/// The log of one form, from opening it to leaving it.
pub(crate) struct Audit {
    household: HouseholdId,
    visit: InstanceId,
    settings: AuditSettings,
    /// Who said that they fill it in.
    person: String,
    /// The event that begins it, until it is logged: not before a name is known where one is wanted.
    beginning: Option<&'static str>,
    /// It had been put down, or finished, before.
    again: bool,
    /// An answer was given since it was opened.
    changed: bool,
    reasoned: bool,
    screen: Option<Screen>,
    places: Vec<(i64, [f64; 3])>,
}

/// What is on the screen.
struct Screen {
    name: String,
    id: i64,
    event: AuditEvent,
    /// Answers as they were when it was opened.
    before: BTreeMap<FieldPath, String>,
    /// Questions whose answers were changed on it, with their rows.
    changed: BTreeMap<FieldPath, (i64, AuditEvent)>,
}

/// What is logged together with answers.
#[derive(Default)]
pub(crate) struct Noted {
    pub rows: Vec<AuditRow>,
    pub events: Vec<AuditEvent>,
    /// Whether a person has answered.
    answered: bool,
}

/// A row to write with the answer that it is about.
pub(crate) struct AuditRow {
    path: FieldPath,
    /// The row that is there already.
    id: Option<i64>,
    event: AuditEvent,
}

impl AuditRow {
    pub(crate) fn put(
        &mut self,
        tx: &Transaction<'_>,
        household: HouseholdId,
    ) -> Result<(), StoreError> {
        match self.id {
            Some(id) => Store::set_event(tx, id, &self.event)?,
            None => self.id = Some(Store::add_event(tx, household, &self.event)?),
        }
        Ok(())
    }
}

impl Audit {
    fn place(&self, at: i64) -> Option<[f64; 3]> {
        let (_, _, age) = self.settings.location.as_ref()?;
        self.places
            .iter()
            .filter(|(seen, _)| at - seen <= *age)
            .map(|(_, place)| *place)
            .min_by(|a, b| a[2].total_cmp(&b[2]))
    }

    fn event(&self, event: &str, node: String, at: i64) -> AuditEvent {
        AuditEvent {
            event: event.to_owned(),
            node,
            start: at,
            place: self.place(at),
            person: self.person.clone(),
            ..AuditEvent::default()
        }
    }

    fn is_of(&self, household: HouseholdId) -> bool {
        self.household == household
    }
}

impl Device {
    /// Begins the log when a form that wants one is opened. Programs that correct a record are not logged.
    pub(crate) fn begin_audit(&mut self, household: HouseholdId) -> Result<(), AppError> {
        let open = self.open_visit(household, Whole::Visit)?;
        let Some(parameters) = open.form.audit() else {
            return Ok(());
        };
        let settings = AuditSettings::of(parameters);
        let visit = open.draft.visit;
        let finished = crate::visit::open::finished_before(&open.state, open.form.id());
        if matches!(&self.audit, Some(audit) if audit.is_of(household) && audit.visit == visit) {
            return Ok(());
        }
        let resumed = !self.store.events(household)?.is_empty();
        self.audit = Some(Audit {
            household,
            visit,
            settings,
            person: String::new(),
            beginning: Some(if resumed { "form resume" } else { "form start" }),
            again: resumed || finished,
            changed: false,
            reasoned: false,
            screen: None,
            places: Vec::new(),
        });
        if self.wants_name(household) {
            return Ok(());
        }
        self.log_beginning(household)
    }

    fn log_beginning(&mut self, household: HouseholdId) -> Result<(), AppError> {
        match self.audit.as_mut().and_then(|audit| audit.beginning.take()) {
            Some(event) => self.log_event(household, event, String::new(), ""),
            None => Ok(()),
        }
    }

    /// Whether the log of a household's form is open.
    pub(crate) fn is_audited(&self, household: HouseholdId) -> bool {
        self.audit.as_ref().is_some_and(|a| a.is_of(household))
    }

    /// What the log of this form asks for.
    pub(crate) fn audit_settings(&self, household: HouseholdId) -> Option<&AuditSettings> {
        let audit = self.audit.as_ref().filter(|a| a.is_of(household))?;
        Some(&audit.settings)
    }

    /// Whether the person has to say who they are before they go on.
    pub(crate) fn wants_name(&self, household: HouseholdId) -> bool {
        self.audit
            .as_ref()
            .is_some_and(|a| a.is_of(household) && a.settings.identify && a.person.is_empty())
    }

    /// The person says who fills the form in; the log begins with that.
    pub fn identify(&mut self, household: HouseholdId, name: &str) -> Result<(), AppError> {
        self.begin_audit(household)?;
        let name: String = name.trim().chars().take(MAX_WORDS).collect();
        if name.is_empty() {
            return Err(AppError::new("name_needed", "no name given"));
        }
        if let Some(audit) = &mut self.audit {
            audit.person = name;
        }
        self.log_beginning(household)
    }

    /// Refuses what needs a name while nobody has said one.
    pub(crate) fn check_identified(&self, household: HouseholdId) -> Result<(), AppError> {
        if self.wants_name(household) {
            return Err(AppError::new("name_needed", "identify-user"));
        }
        Ok(())
    }

    /// Why answers of a form that had been put down before were changed.
    pub fn give_reason(&mut self, household: HouseholdId, reason: &str) -> Result<(), AppError> {
        let reason: String = reason.trim().chars().take(MAX_WORDS).collect();
        if reason.is_empty() {
            return Err(AppError::new("change_reason_needed", "no reason given"));
        }
        self.begin_audit(household)?;
        self.log_event(household, "change reason", String::new(), &reason)?;
        if let Some(audit) = &mut self.audit {
            audit.reasoned = true;
        }
        Ok(())
    }

    pub(crate) fn check_reason(&self, household: HouseholdId) -> Result<(), AppError> {
        match &self.audit {
            Some(a)
                if a.is_of(household)
                    && a.settings.reasons
                    && a.again
                    && a.changed
                    && !a.reasoned =>
            {
                Err(AppError::new("change_reason_needed", "on-form-edit"))
            }
            _ => Ok(()),
        }
    }

    /// An event without duration.
    pub(crate) fn log_event(
        &mut self,
        household: HouseholdId,
        event: &str,
        node: String,
        reason: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        let Some(audit) = self.audit.as_ref().filter(|a| a.is_of(household)) else {
            return Ok(());
        };
        let mut event = audit.event(event, node, at);
        event.reason = mask_long_numbers(reason);
        self.store
            .transact(|tx| Store::add_event(tx, household, &event).map(|_| ()))?;
        Ok(())
    }

    /// A page of the form came on the screen; the same one again is no event.
    pub(crate) fn log_page(&mut self, household: HouseholdId, page: &str) -> Result<(), AppError> {
        let Some(audit) = self.audit.as_ref().filter(|a| a.is_of(household)) else {
            return Ok(());
        };
        let changes = audit.settings.changes;
        if self.wants_name(household)
            || matches!(&audit.screen, Some(screen) if screen.name == page)
        {
            return Ok(());
        }
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Visit)?;
        let Some(info) = open.pages(&language).into_iter().find(|p| p.id == page) else {
            return Ok(());
        };
        let (event, node) = open.event_of(&info);
        let before = if changes {
            open.page_all(page, &language)
                .into_iter()
                .filter_map(|path| {
                    let value = open.instance.node(&path)?.value;
                    Some((path, value))
                })
                .collect()
        } else {
            BTreeMap::new()
        };
        self.log_screen(household, page, event, node, before)
    }

    /// The list of pages (`jump`) or the summary (`end screen`) came on the screen.
    pub fn log_other_screen(
        &mut self,
        household: HouseholdId,
        event: &'static str,
    ) -> Result<(), AppError> {
        self.begin_audit(household)?;
        let there = matches!(&self.audit, Some(a) if a.is_of(household)
            && a.screen.as_ref().is_some_and(|s| s.name == event));
        if there || !self.is_audited(household) || self.wants_name(household) {
            return Ok(());
        }
        self.log_screen(household, event, event, String::new(), BTreeMap::new())
    }

    fn log_screen(
        &mut self,
        household: HouseholdId,
        name: &str,
        event: &str,
        node: String,
        before: BTreeMap<FieldPath, String>,
    ) -> Result<(), AppError> {
        self.end_screen(household)?;
        let at = self.now();
        let Some(audit) = self.audit.as_mut().filter(|a| a.is_of(household)) else {
            return Ok(());
        };
        let event = audit.event(event, node, at);
        let id = self
            .store
            .transact(|tx| Store::add_event(tx, household, &event))?;
        audit.screen = Some(Screen {
            name: name.to_owned(),
            id,
            event,
            before,
            changed: BTreeMap::new(),
        });
        Ok(())
    }

    /// What is on the screen goes away: its events get their end.
    fn end_screen(&mut self, household: HouseholdId) -> Result<(), AppError> {
        let at = self.now();
        let Some(audit) = self.audit.as_mut().filter(|a| a.is_of(household)) else {
            return Ok(());
        };
        let place = audit.place(at);
        let Some(screen) = audit.screen.take() else {
            return Ok(());
        };
        let rows: Vec<(i64, AuditEvent)> = std::iter::once((screen.id, screen.event))
            .chain(screen.changed.into_values())
            .map(|(id, mut event)| {
                event.end = Some(at.max(event.start));
                event.place = event.place.or(place);
                (id, event)
            })
            .collect();
        self.store.transact(|tx| {
            rows.iter()
                .try_for_each(|(id, event)| Store::set_event(tx, *id, event))
        })?;
        Ok(())
    }

    /// The rows of answers that are about to be typed: `question` with the old and the new value, and
    /// `constraint error` for an answer that breaks a rule.
    pub(crate) fn rows_of(&self, household: HouseholdId, entries: &[DraftEntry]) -> Noted {
        let mut noted = Noted::default();
        let (Some(audit), Some(open)) = (&self.audit, &self.open) else {
            return noted;
        };
        if !audit.is_of(household) || open.draft.household != household {
            return noted;
        }
        for entry in entries {
            let Ok(path) = entry.path.parse::<FieldPath>() else {
                continue;
            };
            let asked = open
                .form
                .question(&path)
                .is_some_and(|q| q.kind.is_answered());
            if entry.kind != EntryKind::Answer || !asked {
                continue;
            }
            noted.answered = true;
            if open
                .instance
                .node(&path)
                .is_some_and(|n| !n.valid && !n.value.is_empty())
            {
                noted
                    .events
                    .push(audit.event("constraint error", open.xpath_of(&path), entry.at));
            }
            let Some(screen) = audit.screen.as_ref().filter(|_| audit.settings.changes) else {
                continue;
            };
            let (id, mut event) = match screen.changed.get(&path) {
                Some((id, event)) => (Some(*id), event.clone()),
                None if screen.event.event == "question" => (Some(screen.id), screen.event.clone()),
                None => {
                    let mut event = audit.event("question", open.xpath_of(&path), entry.at);
                    event.start = screen.event.start;
                    (None, event)
                }
            };
            let old = screen.before.get(&path).map_or("", String::as_str);
            let same = old == entry.value;
            let masked = |value: &str| match crate::visit::readings::is_id_number(&path) {
                true => mask_number(value),
                // A person may type a NIK anywhere.
                false => mask_long_numbers(value),
            };
            event.old_value = if same { String::new() } else { masked(old) };
            event.new_value = if same {
                String::new()
            } else {
                masked(&entry.value)
            };
            noted.rows.push(AuditRow { path, id, event });
        }
        noted
    }

    /// The rows are on the disk.
    pub(crate) fn keep_rows(&mut self, household: HouseholdId, noted: Noted) {
        let Some(audit) = self.audit.as_mut().filter(|a| a.is_of(household)) else {
            return;
        };
        audit.changed |= noted.answered;
        let Some(screen) = &mut audit.screen else {
            return;
        };
        for AuditRow { path, id, event } in noted.rows {
            match id {
                Some(id) if id == screen.id => screen.event = event,
                Some(id) => {
                    screen.changed.insert(path, (id, event));
                }
                None => {}
            }
        }
    }

    /// An instance of a repeat was taken out; `node` is where it was.
    pub(crate) fn log_removed(
        &mut self,
        household: HouseholdId,
        node: String,
    ) -> Result<(), AppError> {
        self.log_event(household, "delete repeat", node, "")
    }

    /// The device is somewhere, or nobody knows why not: for the events that follow.
    pub(crate) fn note_place(
        &mut self,
        household: HouseholdId,
        place: Option<[f64; 3]>,
        problem: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        let Some(audit) = self.audit.as_mut().filter(|a| a.is_of(household)) else {
            return Ok(());
        };
        let Some((_, _, age)) = audit.settings.location.clone() else {
            return Ok(());
        };
        let first = audit.places.is_empty();
        let event = match (place, problem) {
            (Some(place), _) => {
                audit.places.retain(|(seen, _)| at - seen <= age);
                if audit.places.len() == MAX_PLACES {
                    audit.places.remove(0);
                }
                audit.places.push((at, place));
                first.then_some("location tracking enabled")
            }
            (None, "denied") => Some("location permissions not granted"),
            (None, _) => Some("location providers disabled"),
        };
        let Some(event) = event else {
            return Ok(());
        };
        let last = self.store.events(household)?.into_iter().next_back();
        if last.is_some_and(|last| last.event == event) {
            return Ok(());
        }
        self.log_event(household, event, String::new(), "")
    }

    /// Puts the open form down on the person's word. What was changed in a form that had been put down before needs
    /// a reason where its author wants one.
    pub fn leave_visit(&mut self, household: HouseholdId) -> Result<(), AppError> {
        self.check_reason(household)?;
        if self.is_audited(household) {
            self.end_screen(household)?;
            if self.audit.as_ref().is_some_and(|audit| audit.changed) {
                self.log_event(household, "form save", String::new(), "")?;
            }
            self.log_event(household, "form exit", String::new(), "")?;
            self.audit = None;
        }
        self.close_visit(household)
    }

    /// The form is about to be finished: the log ends, and becomes a file of the visit. Gives the field of the visit
    /// that names it.
    pub(crate) fn finish_audit(
        &mut self,
        household: HouseholdId,
    ) -> Result<Option<(FieldPath, String)>, AppError> {
        if self.is_audited(household) {
            self.end_screen(household)?;
            for event in ["form save", "form exit", "form finalize"] {
                self.log_event(household, event, String::new(), "")?;
            }
            self.audit = None;
        }
        let events = self.store.events(household)?;
        let Some(open) = self
            .open
            .as_ref()
            .filter(|o| o.draft.household == household)
        else {
            return Ok(None);
        };
        let Some(parameters) = open.form.audit().filter(|_| !events.is_empty()) else {
            return Ok(None);
        };
        let settings = AuditSettings::of(parameters);
        let visit = open.draft.visit;
        let file = written(&settings, &events);
        let value = self.keep_bytes(
            household,
            "text/csv; name=\"audit.csv\"".to_owned(),
            file.as_bytes(),
        )?;
        Ok(Some((FieldPath::of(VISITS, visit, "audit"), value)))
    }
}
