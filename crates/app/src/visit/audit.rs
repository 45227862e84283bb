//! The log of how a form with a row of type `audit` is filled in, event by event as ODK Collect writes it: a row an
//! event in the database, and a file of the visit when it is submitted. It holds what the author asked for and no
//! number of a person: NIK and No. KK are masked.

use super::{OpenVisit, Whole, tree::PageInfo};
use crate::{device::Device, error::AppError};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, mask_number};
use lawang_records::VISITS;
use lawang_store::{AuditEvent, DraftEntry, EntryKind, Store, StoreError, Transaction};
use std::collections::BTreeMap;

/// Most positions that are remembered.
const MAX_PLACES: usize = 64;
/// Longest name and longest reason, in characters.
const MAX_WORDS: usize = 500;

/// What the row of type `audit` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditSettings {
    /// Priority, seconds between two positions, and how many milliseconds a position counts.
    pub location: Option<(String, u32, i64)>,
    pub changes: bool,
    pub identify: bool,
    pub reasons: bool,
}

impl AuditSettings {
    pub(crate) fn of(parameters: &[(String, String)]) -> Self {
        let get = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let seconds = |name: &str| get(name).and_then(|v| v.parse::<u32>().ok());
        let location = match (
            get("location-priority"),
            seconds("location-min-interval"),
            seconds("location-max-age"),
        ) {
            (Some(priority), Some(interval), Some(age)) => {
                Some((priority.to_owned(), interval, i64::from(age) * 1000))
            }
            _ => None,
        };
        Self {
            location,
            changes: get("track-changes") == Some("true"),
            identify: get("identify-user") == Some("true"),
            reasons: get("track-changes-reasons") == Some("on-form-edit"),
        }
    }
}

/// The log of one form, from opening it to leaving it.
pub(crate) struct Audit {
    household: HouseholdId,
    visit: InstanceId,
    settings: AuditSettings,
    /// Who said that they fill it in.
    person: String,
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
        let finished = super::open::finished_before(&open.state, open.form.id());
        if matches!(&self.audit, Some(audit) if audit.is_of(household) && audit.visit == visit) {
            return Ok(());
        }
        let resumed = !self.store.events(household)?.is_empty();
        self.audit = Some(Audit {
            household,
            visit,
            settings,
            person: String::new(),
            again: resumed || finished,
            changed: false,
            reasoned: false,
            screen: None,
            places: Vec::new(),
        });
        let event = if resumed { "form resume" } else { "form start" };
        self.log_event(household, event, String::new(), "")
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

    /// The person says who fills the form in. Events that were logged before stay without a name, as in ODK's log.
    pub fn identify(&mut self, household: HouseholdId, name: &str) -> Result<(), AppError> {
        self.begin_audit(household)?;
        let name: String = name.trim().chars().take(MAX_WORDS).collect();
        if name.is_empty() {
            return Err(AppError::new("name_needed", "no name given"));
        }
        if let Some(audit) = &mut self.audit {
            audit.person = name;
        }
        Ok(())
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
        reason.clone_into(&mut event.reason);
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
        if matches!(&audit.screen, Some(screen) if screen.name == page) {
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
        if there || !self.is_audited(household) {
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
    pub(crate) fn rows_of(
        &self,
        household: HouseholdId,
        entries: &[DraftEntry],
    ) -> (Vec<AuditRow>, Vec<AuditEvent>) {
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        let (Some(audit), Some(open)) = (&self.audit, &self.open) else {
            return (rows, events);
        };
        if !audit.is_of(household) || open.draft.household != household {
            return (rows, events);
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
            if open
                .instance
                .node(&path)
                .is_some_and(|n| !n.valid && !n.value.is_empty())
            {
                events.push(audit.event("constraint error", open.xpath_of(&path), entry.at));
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
            let masked = |value: &str| match super::readings::is_id_number(&path) {
                true => mask_number(value),
                false => value.to_owned(),
            };
            event.old_value = if same { String::new() } else { masked(old) };
            event.new_value = if same {
                String::new()
            } else {
                masked(&entry.value)
            };
            rows.push(AuditRow { path, id, event });
        }
        (rows, events)
    }

    /// The rows are on the disk.
    pub(crate) fn keep_rows(&mut self, household: HouseholdId, rows: Vec<AuditRow>) {
        let Some(audit) = self.audit.as_mut().filter(|a| a.is_of(household)) else {
            return;
        };
        audit.changed = true;
        let Some(screen) = &mut audit.screen else {
            return;
        };
        for AuditRow { path, id, event } in rows {
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
            let typed = !self.store.entries(household)?.is_empty();
            if typed {
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

impl OpenVisit {
    /// What a page is in the log: one question, or the questions of a group; the list of a repeat's instances is
    /// where one is added.
    fn event_of(&self, page: &PageInfo) -> (&'static str, String) {
        if let Some(place) = &page.roster {
            let around = page
                .around
                .last()
                .map(|(repeat, id)| (repeat.as_str(), *id));
            return ("add repeat", self.xpath(around, &place.repeat));
        }
        let mut paths = page.paths();
        if let (Some(path), None, true) = (paths.next(), paths.next(), page.inline.is_empty()) {
            return ("question", self.xpath_of(path));
        }
        let around = page
            .around
            .last()
            .map(|(repeat, id)| (repeat.as_str(), *id));
        let own = page.id.rsplit('/').next().unwrap_or_default();
        let own = own.split('~').next().unwrap_or_default();
        let own = if own.starts_with('_') { "" } else { own };
        ("group questions", self.xpath(around, own))
    }

    fn xpath_of(&self, path: &FieldPath) -> String {
        let around = path
            .instance
            .as_ref()
            .map(|(repeat, id)| (repeat.as_str(), *id));
        self.xpath(around, &path.key)
    }

    /// The XPath of a node in an instance, with the positions of the instances around it; an empty key: of the instance.
    pub(crate) fn xpath(&self, around: Option<(&str, InstanceId)>, key: &str) -> String {
        let mut ids: Vec<InstanceId> = Vec::new();
        let mut next = around.map(|(_, id)| id);
        while let Some(id) = next {
            ids.push(id);
            next = self.instance.parent_of(id);
        }
        let steps = self.form.steps(around.map(|(repeat, _)| repeat), key);
        let mut text = String::new();
        let mut parent = None;
        for (name, repeats) in steps.unwrap_or_default() {
            text.push('/');
            text.push_str(name);
            if !repeats {
                continue;
            }
            let here = self.instances_at(name, parent);
            parent = ids.pop();
            let position = parent.and_then(|id| here.iter().position(|other| *other == id));
            // Where none is named, it is the one that would be added.
            let number = position.unwrap_or(here.len()) + 1;
            text.push_str(&format!("[{number}]"));
        }
        text
    }
}

/// The log as a file, with the columns of ODK's.
fn written(settings: &AuditSettings, events: &[AuditEvent]) -> String {
    let mut columns = vec!["event", "node", "start", "end"];
    if settings.location.is_some() {
        columns.extend(["latitude", "longitude", "accuracy"]);
    }
    if settings.changes {
        columns.extend(["old-value", "new-value"]);
    }
    if settings.identify {
        columns.push("user");
    }
    if settings.reasons {
        columns.push("change-reason");
    }
    let mut text = columns.join(",");
    text.push('\n');
    for event in events {
        let place = |at: usize| event.place.map_or(String::new(), |p| p[at].to_string());
        let cells: Vec<String> = columns
            .iter()
            .map(|column| match *column {
                "event" => event.event.clone(),
                "node" => event.node.clone(),
                "start" => event.start.to_string(),
                "end" => event.end.map_or(String::new(), |end| end.to_string()),
                "latitude" => place(0),
                "longitude" => place(1),
                "accuracy" => place(2),
                "old-value" => event.old_value.clone(),
                "new-value" => event.new_value.clone(),
                "user" => event.person.clone(),
                _ => event.reason.clone(),
            })
            .map(|cell| quoted(&cell))
            .collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A cell that holds a comma, a quote or a line break stands in quotes.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_columns_that_the_settings_ask_for_and_quotes_what_needs_it() {
        let parameters = |text: &str| -> Vec<(String, String)> {
            text.split_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect()
        };
        let plain = AuditSettings::of(&[]);
        let event = AuditEvent {
            event: "question".into(),
            node: "/data/a".into(),
            start: 1,
            end: Some(2),
            place: Some([-5.36, 105.1, 4.5]),
            old_value: "a,b".into(),
            new_value: "the \"new\" one".into(),
            person: "Siti".into(),
            reason: String::new(),
        };
        assert_eq!(
            written(&plain, std::slice::from_ref(&event)),
            "event,node,start,end\nquestion,/data/a,1,2\n"
        );
        let full = AuditSettings::of(&parameters(
            "location-priority=balanced location-min-interval=60 location-max-age=120 track-changes=true \
             identify-user=true track-changes-reasons=on-form-edit",
        ));
        assert_eq!(full.location, Some(("balanced".into(), 60, 120_000)));
        assert_eq!(
            written(&full, &[event]),
            "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason\n\
             question,/data/a,1,2,-5.36,105.1,4.5,\"a,b\",\"the \"\"new\"\" one\",Siti,\n"
        );
    }
}
