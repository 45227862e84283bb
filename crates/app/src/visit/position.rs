//! Where the device is while a form is filled in, for questions that nobody answers and for the log.

use super::{OpenVisit, Whole};
use crate::{device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{Changed, Item, QuestionType};
use lawang_store::{DraftEntry, EntryKind};

/// A position that is older counts no more for an answer given now, in milliseconds.
const FRESH: i64 = 60_000;
/// Seconds between two positions where the questionnaire says nothing.
const INTERVAL: u32 = 15;

impl Device {
    /// The screen says where the device is (latitude, longitude, altitude, accuracy), or why that is not known:
    /// `denied`, `unavailable`.
    pub fn locate(
        &mut self,
        household: HouseholdId,
        found: Option<[f64; 4]>,
        problem: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        let good = |[latitude, longitude, altitude, accuracy]: [f64; 4]| {
            latitude.abs() <= 90.0
                && longitude.abs() <= 180.0
                && altitude.is_finite()
                && accuracy.is_finite()
                && accuracy >= 0.0
        };
        let found = found.filter(|place| good(*place));
        self.begin_audit(household)?;
        self.note_place(household, found.map(|[a, b, _, d]| [a, b, d]), problem)?;
        let nothing_typed = self.store.entries(household)?.is_empty();
        let open = self.open_visit(household, Whole::Visit)?;
        let text = found.map(|[a, b, c, d]| format!("{a} {b} {c} {d}"));
        open.located = found.map(|_| at);
        let changed = open.instance.locate(text.as_deref());
        let mut entries = open.kept(&changed, at);
        if nothing_typed {
            // Opening a form and leaving it leaves nothing behind: the place goes to the disk with the first answer.
            open.waiting.append(&mut entries);
            return Ok(());
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.type_entries(household, &entries)
    }

    /// What the screen does besides asking while this form is open.
    pub(crate) fn background(
        &mut self,
        household: HouseholdId,
    ) -> Result<views::Background, AppError> {
        let wants_name = self.wants_name(household);
        let logged = self.audit_settings(household).cloned();
        let open = self.open_visit(household, Whole::Visit)?;
        let tracked = logged.as_ref().and_then(|log| log.location.clone());
        let locate = match (tracked, open.instance.wants_position()) {
            (Some((priority, seconds, _)), asked) => Some(views::Locating {
                high_accuracy: asked || priority == "high-accuracy",
                every: seconds.max(1),
            }),
            (None, true) => Some(views::Locating {
                high_accuracy: true,
                every: INTERVAL,
            }),
            (None, false) => None,
        };
        let form = open.form.clone();
        let record = recorded(&form.root().children).map(|question| {
            let path = FieldPath::household(question.name.as_str());
            let quality = question.parameters.iter().find(|(key, _)| key == "quality");
            views::Recording {
                stored: open
                    .instance
                    .node(&path)
                    .is_some_and(|node| !node.value.is_empty()),
                path: path.to_string(),
                quality: quality
                    .map_or_else(|| "voice-only".to_owned(), |(_, value)| value.clone()),
            }
        });
        Ok(views::Background {
            logged: logged.is_some(),
            changes_logged: logged.is_some_and(|log| log.changes),
            wants_name,
            locate,
            record,
        })
    }
}

/// The question of type `background-audio`, outside all repeats.
fn recorded(items: &[Item]) -> Option<&lawang_forms::Question> {
    items.iter().find_map(|item| match item {
        Item::Group(group) => recorded(&group.children),
        Item::Repeat(_) => None,
        Item::Question(question) => {
            (question.kind == QuestionType::BackgroundAudio).then_some(question)
        }
    })
}

impl OpenVisit {
    /// Entries for values that nothing but keeping them brings back: given by a trigger, or by where the device is.
    pub(crate) fn kept(&self, changed: &Changed, at: i64) -> Vec<DraftEntry> {
        let located = |path: &FieldPath| {
            let kind = self.form.question(path).map(|q| q.kind);
            kind == Some(QuestionType::StartGeopoint)
        };
        changed
            .values
            .iter()
            .filter(|path| self.form.is_triggered(path) || located(path))
            .filter_map(|path| {
                Some(DraftEntry {
                    kind: EntryKind::Answer,
                    path: path.to_string(),
                    value: self.instance.node(path)?.value,
                    at,
                    folded: false,
                })
            })
            .collect()
    }

    /// An old position does not say where an answer is given now.
    pub(crate) fn forget_old_position(&mut self, now: i64) {
        if self.located.is_some_and(|at| now - at > FRESH) {
            self.located = None;
            self.instance.locate(None);
        }
    }
}
