//! The log of how a form is filled in, for questionnaires with a row `audit`: what ODK Collect writes into
//! `audit.csv` (<https://docs.getodk.org/form-audit-log/>). Every event is a row on disk, written together with
//! the answer or the page that it tells of; with the finished visit they become a file that is sent like a photo.

mod csv;
mod node;
mod session;

use super::{OpenVisit, Whole, fold::AuditFile, open::finished_before};
use crate::{device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_forms::{Form, QuestionType};
use lawang_store::{AuditEvent, Photo};
use sha2::{Digest, Sha256};

pub(super) use session::Screen;
use session::Shown;
pub(crate) use session::{AuditOp, AuditSession, Position, write};

/// Shortest reason, in letters.
const MIN_REASON: usize = 3;
/// Longest name and reason, in letters.
const MAX_TEXT: usize = 400;

/// What a questionnaire asks of its log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub changes: bool,
    pub reasons: bool,
    pub user: bool,
    pub location: Option<Location>,
}

/// How positions are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub priority: String,
    /// Seconds.
    pub interval: u32,
    /// Seconds for which a position counts.
    pub max_age: u32,
}

impl Settings {
    /// `None`: the questionnaire asks for no log.
    pub(crate) fn of(form: &Form) -> Option<Self> {
        let all = form.audit()?;
        let said = |key: &str| {
            let found = all.iter().find(|(k, _)| k == key);
            found.map_or("", |(_, value)| value.as_str())
        };
        let seconds = |key: &str| said(key).parse::<u32>().ok();
        let location = match (
            seconds("location-min-interval"),
            seconds("location-max-age"),
        ) {
            (Some(interval), Some(max_age)) if !said("location-priority").is_empty() => {
                Some(Location {
                    priority: said("location-priority").to_owned(),
                    interval,
                    max_age,
                })
            }
            _ => None,
        };
        Some(Self {
            changes: said("track-changes") == "true",
            reasons: said("track-changes-reasons") == "on-form-edit",
            user: said("identify-user") == "true",
            location,
        })
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(MAX_TEXT).collect()
}

impl Device {
    /// Settings of the log of the visit that is open, if its questionnaire has one.
    fn audit_settings(&self, household: HouseholdId) -> Option<Settings> {
        let open = self.open.as_ref()?;
        (open.draft.household == household)
            .then(|| Settings::of(&open.form))
            .flatten()
    }

    fn audit_live(&self, household: HouseholdId) -> Option<&AuditSession> {
        let open = self.open.as_ref()?;
        self.audit
            .as_ref()
            .filter(|s| s.household == household && s.visit == open.draft.visit)
    }

    /// What showing a page (or the end screen) adds to the log. `anew`: the visit was opened without saying
    /// where, so whoever had it open before had left it.
    pub(super) fn audit_show(
        &mut self,
        household: HouseholdId,
        screen: Screen,
        anew: bool,
    ) -> Result<Vec<AuditOp>, AppError> {
        let Some(settings) = self.audit_settings(household) else {
            return Ok(Vec::new());
        };
        let mut ops = Vec::new();
        if self.audit_live(household).is_none() {
            self.audit_leave_other(household)?;
            let Some(visit) = self.open.as_ref().map(|open| open.draft.visit) else {
                return Ok(Vec::new());
            };
            let event = if self.store.has_audit(household)? {
                "form resume"
            } else {
                "form start"
            };
            self.audit = Some(AuditSession::new(household, visit, self.now()));
            ops.push(AuditOp::Add(self.audit_event(&settings, event)));
        } else if anew
            && let Some(session) = &self.audit
            && session
                .shown
                .as_ref()
                .is_some_and(|s| matches!(s.screen, Screen::Page(_)))
        {
            let seen = session.seen;
            let mut left = self.audit_event(&settings, "form exit");
            left.started = seen;
            ops.push(AuditOp::Add(left));
            ops.push(AuditOp::Add(self.audit_event(&settings, "form resume")));
            if let Some(session) = &mut self.audit {
                session.shown = None;
            }
        }
        let shown = self.audit.as_ref().and_then(|s| s.shown.as_ref());
        if shown.is_some_and(|shown| shown.screen == screen) {
            return Ok(ops);
        }
        ops.extend(self.audit_extend(&settings));
        let mut event = self.audit_event(&settings, "end screen");
        let (mut before, mut alone) = (std::collections::BTreeMap::new(), None);
        if let (Screen::Page(id), Some(open)) = (&screen, &self.open) {
            let language = self.language.clone();
            let pages = open.pages(&language);
            let Some(page) = pages.iter().find(|p| p.id == *id) else {
                return Ok(ops);
            };
            let (name, node, only) = open.event_of_page(page);
            name.clone_into(&mut event.event);
            event.node = node;
            if let Some(path) = only.filter(|_| settings.changes) {
                let value = open.instance.node(&path).map_or(String::new(), |n| n.value);
                event.old_value = masked(&path, &value);
                event.new_value.clone_from(&event.old_value);
                before.insert(path.clone(), value);
                alone = Some(path);
            }
        }
        event.ended = Some(event.started);
        ops.push(AuditOp::Add(event.clone()));
        if let Some(session) = &mut self.audit {
            session.shown = Some(Shown {
                id: 0,
                screen,
                started: event.started,
                only: alone,
                before,
            });
        }
        Ok(ops)
    }

    /// Takes over the numbers that the store gave to the events of [`Device::audit_show`].
    pub(super) fn audit_showed(&mut self, ids: &[i64]) {
        let Some(session) = &mut self.audit else {
            return;
        };
        if session.first == 0
            && let Some(first) = ids.first()
        {
            session.first = *first;
        }
        if let (Some(shown), Some(last)) = (&mut session.shown, ids.last())
            && shown.id == 0
        {
            shown.id = *last;
        }
    }

    /// A visit to somebody else was left without being closed: its log says when it was last seen.
    fn audit_leave_other(&mut self, household: HouseholdId) -> Result<(), AppError> {
        let Some(other) = self.audit.take().filter(|s| s.household != household) else {
            return Ok(());
        };
        if self.store.draft(other.household)?.is_none() {
            return Ok(());
        }
        let event = AuditEvent {
            event: "form exit".into(),
            started: other.seen,
            person: other.person,
            ..AuditEvent::default()
        };
        self.store
            .transact(|tx| write(tx, other.household, &[AuditOp::Add(event)]).map(|_| ()))?;
        Ok(())
    }

    /// An event of this moment. Time never runs backwards in a log.
    fn audit_event(&mut self, settings: &Settings, event: &str) -> AuditEvent {
        let now = self.now();
        let best = settings
            .location
            .as_ref()
            .and_then(|wanted| session::best(&self.positions, now, wanted.max_age));
        let [latitude, longitude, accuracy] = best.map(Position::texts).unwrap_or_default();
        let mut at = now;
        let mut person = String::new();
        if let Some(session) = &mut self.audit {
            at = at.max(session.seen);
            session.seen = at;
            person.clone_from(&session.person);
        }
        AuditEvent {
            event: event.to_owned(),
            started: at,
            latitude,
            longitude,
            accuracy,
            person,
            ..AuditEvent::default()
        }
    }

    /// The page on the screen is seen until now.
    fn audit_extend(&mut self, settings: &Settings) -> Vec<AuditOp> {
        let now = self.now();
        let place = settings
            .location
            .as_ref()
            .and_then(|wanted| session::best(&self.positions, now, wanted.max_age))
            .map(Position::texts);
        let Some(session) = &mut self.audit else {
            return Vec::new();
        };
        session.seen = session.seen.max(now);
        let Some(shown) = session.shown.as_ref().filter(|s| s.id != 0) else {
            return Vec::new();
        };
        let mut ops = vec![AuditOp::Extend(shown.id, session.seen)];
        ops.extend(place.map(|place| AuditOp::Place(shown.id, place)));
        ops
    }

    /// An answer was given: the page is seen until now, and the change is kept where the questionnaire asks
    /// for changes. To be written together with the answer.
    pub(super) fn audit_answered(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        before: &str,
        after: &str,
    ) {
        let Some(settings) = self.audit_settings(household) else {
            return;
        };
        if self.audit_live(household).is_none() {
            return;
        }
        let mut ops = self.audit_extend(&settings);
        let Some(open) = &self.open else { return };
        let shown_kind = open.form.question(path).is_some_and(|q| q.kind.is_shown());
        let node = open.node_of(path);
        if settings.changes && shown_kind && before != after {
            let template = self.audit_event(&settings, "question");
            if let Some(shown) = self.audit.as_mut().and_then(|s| s.shown.as_mut()) {
                ops.extend(shown.changed(path, before, after, template, node));
            }
        }
        self.audit_ops.extend(ops);
    }

    /// An instance of a repeat was added or taken out. To be written together with it.
    pub(super) fn audit_instance(
        &mut self,
        household: HouseholdId,
        event: &str,
        repeat: &str,
        id: InstanceId,
    ) {
        let Some(settings) = self.audit_settings(household) else {
            return;
        };
        if self.audit_live(household).is_none() {
            return;
        }
        let mut ops = self.audit_extend(&settings);
        let mut event = self.audit_event(&settings, event);
        event.ended = Some(event.started);
        if let Some(open) = &self.open {
            event.node = open.node_of_instance(repeat, id);
        }
        ops.push(AuditOp::Add(event));
        self.audit_ops.extend(ops);
    }

    /// The same for an instance that is struck out, or taken back in.
    pub(super) fn audit_struck_out(
        &mut self,
        household: HouseholdId,
        repeat: &str,
        id: InstanceId,
        removed: bool,
    ) {
        let event = if removed {
            "delete repeat"
        } else {
            "add repeat"
        };
        self.audit_instance(household, event, repeat, id);
    }

    /// The visit is put down: what its log says of that.
    pub(super) fn audit_closing(&mut self, household: HouseholdId) -> Vec<AuditOp> {
        let Some(settings) = self.audit_settings(household) else {
            return Vec::new();
        };
        if self.audit_live(household).is_none() {
            return Vec::new();
        }
        let mut ops = self.audit_extend(&settings);
        for event in ["form save", "form exit"] {
            ops.push(AuditOp::Add(self.audit_event(&settings, event)));
        }
        self.audit = None;
        ops
    }

    /// Something happened on the screen that the core cannot see.
    pub fn visit_log(
        &mut self,
        household: HouseholdId,
        event: views::VisitEvent,
    ) -> Result<(), AppError> {
        let Some(settings) = self.audit_settings(household) else {
            return Ok(());
        };
        if self.audit_live(household).is_none()
            || (event.is_location() && settings.location.is_none())
        {
            return Ok(());
        }
        let event = self.audit_event(&settings, event.words());
        self.store
            .transact(|tx| write(tx, household, &[AuditOp::Add(event)]).map(|_| ()))?;
        Ok(())
    }

    /// Who fills the form in says so, where its log wants to know; counts for this sitting.
    pub fn visit_identify(&mut self, household: HouseholdId, person: &str) -> Result<(), AppError> {
        let person = short(person);
        if person.is_empty() {
            return Err(AppError::new("name_needed", "no name given"));
        }
        self.open_visit(household, Whole::Visit)?;
        if self.audit_live(household).is_none() {
            return Err(AppError::new("no_visit", "no log is kept"));
        }
        let Some(session) = &mut self.audit else {
            return Ok(());
        };
        session.person.clone_from(&person);
        let first = session.first;
        self.store
            .transact(|tx| lawang_store::Store::name_audit(tx, household, first, &person))?;
        Ok(())
    }

    /// Why a finished visit is changed, where its log wants to know.
    pub fn visit_reason(&mut self, household: HouseholdId, reason: &str) -> Result<(), AppError> {
        let reason = short(reason);
        if reason.chars().count() < MIN_REASON {
            return Err(AppError::new("reason_needed", "no reason given"));
        }
        self.open_visit(household, Whole::Visit)?;
        let Some(settings) = self.audit_settings(household) else {
            return Err(AppError::new("no_visit", "no log is kept"));
        };
        let mut event = self.audit_event(&settings, "change reason");
        event.reason = reason;
        self.store
            .transact(|tx| write(tx, household, &[AuditOp::Add(event)]).map(|_| ()))?;
        Ok(())
    }

    /// A position of the device, for the log of the visit: decimal degrees, metres. It counts as long as the
    /// questionnaire says (`location-max-age`).
    pub fn audit_position(&mut self, latitude: f64, longitude: f64, accuracy: f64) {
        let at = self.now();
        session::keep(
            &mut self.positions,
            Position {
                at,
                latitude,
                longitude,
                accuracy,
            },
        );
    }

    /// Whether the log still needs to know who fills the form in.
    pub(super) fn audit_asks_name(&self, household: HouseholdId) -> bool {
        self.audit_settings(household).is_some_and(|s| s.user)
            && self
                .audit_live(household)
                .is_none_or(|session| session.person.is_empty())
    }

    /// Whether the log still needs to know why a finished visit is changed.
    pub(super) fn audit_asks_reason(&self, household: HouseholdId) -> Result<bool, AppError> {
        let edits = self
            .open
            .as_ref()
            .is_some_and(|open| finished_before(&open.state, open.form.id()));
        if !edits || !self.audit_settings(household).is_some_and(|s| s.reasons) {
            return Ok(false);
        }
        let events = self.store.audit_events(household)?;
        Ok(!events.iter().any(|e| e.event == "change reason"))
    }

    /// The log of a visit that is finished now, as the file that is kept with it. `None`: no log, or nobody
    /// filled the form in on a screen.
    pub(super) fn audit_file(
        &mut self,
        household: HouseholdId,
    ) -> Result<Option<AuditFile>, AppError> {
        let Some(settings) = self.audit_settings(household) else {
            return Ok(None);
        };
        if !self.store.has_audit(household)? {
            return Ok(None);
        }
        let mut events = self.store.audit_events(household)?;
        if self.audit_live(household).is_some() {
            for op in self.audit_extend(&settings) {
                session::apply(&mut events, &op);
            }
        }
        for event in ["form save", "form exit", "form finalize"] {
            events.push(self.audit_event(&settings, event));
        }
        let body = csv::csv(&settings, &events).into_bytes();
        let hash: [u8; 32] = Sha256::digest(&body).into();
        Ok(Some(AuditFile {
            value: format!("sha256:{}", hex::encode(hash)),
            photo: Photo {
                hash,
                household,
                mime: "text/csv; name=\"audit.csv\"".into(),
                len: body.len() as u64,
            },
            body,
        }))
    }

    /// A visit could not be finished, because an answer is missing or wrong.
    pub(super) fn audit_refused(&mut self, household: HouseholdId) -> Result<(), AppError> {
        let Some(settings) = self.audit_settings(household) else {
            return Ok(());
        };
        if self.audit_live(household).is_none() {
            return Ok(());
        }
        let event = self.audit_event(&settings, "constraint error");
        self.store
            .transact(|tx| write(tx, household, &[AuditOp::Add(event)]).map(|_| ()))?;
        Ok(())
    }

    /// What the screen has to do for the log.
    pub(super) fn audit_view(&self, household: HouseholdId) -> Option<views::VisitAudit> {
        let settings = self.audit_settings(household)?;
        Some(views::VisitAudit {
            identify: self.audit_asks_name(household),
            location: settings.location.map(|location| views::AuditLocation {
                priority: location.priority,
                interval: location.interval,
                max_age: location.max_age,
            }),
        })
    }
}

/// Numbers of people stay out of a file that lies beside the register.
fn masked(path: &FieldPath, value: &str) -> String {
    if super::readings::is_id_number(path) && !value.is_empty() {
        lawang_domain::mask_number(value)
    } else {
        value.to_owned()
    }
}

impl OpenVisit {
    /// The question whose answer is a sound recorded while the form is filled in, if it applies now.
    pub(crate) fn background_audio(&self) -> Option<views::BackgroundAudio> {
        fn find<'f>(items: &'f [lawang_forms::Item]) -> Option<&'f lawang_forms::Question> {
            items.iter().find_map(|item| match item {
                lawang_forms::Item::Question(q) => {
                    (q.kind == QuestionType::BackgroundAudio).then_some(q)
                }
                lawang_forms::Item::Group(group) => find(&group.children),
                lawang_forms::Item::Repeat(_) => None,
            })
        }
        let question = find(&self.form.root().children)?;
        let path = FieldPath::household(question.name.as_str());
        let node = self.instance.node(&path).filter(|node| node.relevant)?;
        let quality = question.parameters.iter().find(|(key, _)| key == "quality");
        Some(views::BackgroundAudio {
            path: path.to_string(),
            quality: quality.map_or_else(|| "normal".to_owned(), |(_, q)| q.clone()),
            parts: u32::try_from(node.value.split_whitespace().count()).unwrap_or(u32::MAX),
        })
    }
}
