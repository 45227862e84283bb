//! What stands in the way of finishing, and finishing.

use super::{Whole, fold::Ending, fold::timestamp};
use crate::{device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{Finding, FindingKind, QuestionType};

impl Device {
    /// What is missing or wrong, what is odd, and what changes against the register.
    pub fn visit_summary(
        &mut self,
        household: HouseholdId,
        whole: Whole,
    ) -> Result<views::VisitSummary, AppError> {
        let language = self.language.clone();
        let open = self.open_visit(household, whole)?;
        let pages = open.pages(&language);
        let findings = open.instance.findings(open.form_language(&language));
        let problem = |finding: &Finding| {
            let page = pages
                .iter()
                .find(|p| p.paths().any(|path| *path == finding.path));
            views::Problem {
                page: page.map_or(String::new(), |p| p.id.clone()),
                page_label: page.map_or(String::new(), |p| open.jump_label(p, &language)),
                path: finding.path.to_string(),
                label: open
                    .instance
                    .label(&finding.path, open.form_language(&language)),
                message: finding.message.clone(),
                kind: match finding.kind {
                    FindingKind::Missing => "missing".into(),
                    FindingKind::Invalid => "invalid".into(),
                },
            }
        };
        let mut problems: Vec<_> = findings
            .iter()
            .filter(|finding| !open.hides(&finding.path))
            .map(problem)
            .collect();
        let place = |page: &str| {
            pages
                .iter()
                .position(|p| p.id == page)
                .unwrap_or(usize::MAX)
        };
        problems.sort_by_key(|p| place(&p.page));
        let mut warnings = Vec::new();
        let (mut questions, mut answered, mut photos) = (0, 0, 0);
        for page in &pages {
            for path in page.paths() {
                let Some(question) = open.form.question(path) else {
                    continue;
                };
                let is_warning = question
                    .appearance
                    .split_whitespace()
                    .any(|w| w == "warning");
                if is_warning {
                    warnings.push(views::Problem {
                        page: page.id.clone(),
                        page_label: open.jump_label(page, &language),
                        path: path.to_string(),
                        label: open.instance.label(path, open.form_language(&language)),
                        message: String::new(),
                        kind: "warning".into(),
                    });
                }
                if question.kind.is_answered() && !question.calculated {
                    questions += 1;
                    let value = open.instance.node(path).map_or(String::new(), |n| n.value);
                    answered += u32::from(!value.is_empty());
                    photos += u32::from(value.starts_with("sha256:"));
                }
            }
        }
        let changes = open.changes(&language);
        Ok(views::VisitSummary {
            household: household.to_string(),
            title: open.title(&language),
            survey: open.is_survey(),
            ready: problems.is_empty(),
            problems,
            warnings,
            changes,
            questions,
            answered,
            photos,
            started_at: timestamp(open.draft.started),
        })
    }

    /// Finishes the visit, if nothing is missing or wrong. Gives the moment.
    pub fn submit(&mut self, household: HouseholdId, whole: Whole) -> Result<String, AppError> {
        let summary = self.visit_summary(household, whole)?;
        if let Some(first) = summary.problems.first() {
            self.log_event(household, "finalize error", String::new(), "")?;
            return Err(
                AppError::new("incomplete", format!("first: {}", first.path))
                    .with(summary.problems.len().to_string())
                    .at(&first.path),
            );
        }
        let at = timestamp(self.now());
        self.check_reason(household)?;
        let open = self.open_visit(household, whole)?;
        let last_saved = open.for_the_next()?;
        let log = self.finish_audit(household)?;
        self.fold(
            household,
            &Ending {
                submit: true,
                close: false,
                last_saved,
                log,
            },
        )?;
        Ok(at)
    }
}

impl super::OpenVisit {
    /// Answers that differ from what the register says, for questions that apply.
    pub(crate) fn changes(&self, language: &str) -> Vec<views::ChangedField> {
        let mut changes = Vec::new();
        for (path, new) in self.instance.answers() {
            let Some(node) = self.instance.node(&path).filter(|_| !self.hides(&path)) else {
                continue;
            };
            let old = self.register.text(&path);
            let calculated = self
                .form
                .question(&path)
                .is_none_or(|q| q.calculated || !q.kind.is_answered());
            if calculated || !node.relevant || node.readonly || new.is_empty() || new == old {
                continue;
            }
            changes.push(views::ChangedField {
                path: path.to_string(),
                label: self.label_with_member(&path, language),
                old: self.shown(&path, old, language),
                new: self.shown(&path, &new, language),
            });
        }
        changes
    }

    /// The language in which the questionnaire speaks, on screens in this language.
    pub(crate) fn form_language<'a>(&'a self, language: &'a str) -> &'a str {
        self.spoken.as_deref().unwrap_or(language)
    }

    /// A value in words: labels of choices, dates as people write them, numbers of people masked.
    pub(crate) fn shown(&self, path: &FieldPath, value: &str, language: &str) -> String {
        shown(&self.instance, path, value, language)
    }

    /// The question's label, with the member's name in front where it belongs to one.
    pub(crate) fn label_with_member(&self, path: &FieldPath, language: &str) -> String {
        label_with_member(&self.instance, path, language)
    }
}

/// A value in words: labels of choices, dates as people write them, numbers of people masked.
pub(crate) fn shown(
    instance: &lawang_forms::Instance,
    path: &FieldPath,
    value: &str,
    language: &str,
) -> String {
    if value.is_empty() {
        return String::new();
    }
    if super::readings::is_id_number(path) {
        return lawang_domain::mask_number(value);
    }
    let kind = instance.form().question(path).map(|q| q.kind);
    if value.starts_with("sha256:") {
        return file_words(kind, language).into();
    }
    if let Some(words) = kind.and_then(|kind| super::places::place_words(kind, value, language)) {
        return words;
    }
    match value.parse::<chrono::NaiveDate>() {
        Ok(date) => super::date_words(date, language),
        Err(_) => instance.text_of(path, value, language),
    }
}

/// What kind of file a value names, as a screen takes it: `photo`, `audio`, `video`, `file`; empty for no file.
pub(crate) fn file_kind(kind: Option<QuestionType>, value: &str) -> &'static str {
    match kind {
        _ if !value.starts_with("sha256:") => "",
        Some(QuestionType::Audio) => "audio",
        Some(QuestionType::Video) => "video",
        Some(QuestionType::File | QuestionType::Osm) => "file",
        _ => "photo",
    }
}

/// A value in words beside others of the same question: two files are not the same word.
pub(crate) fn told_apart(
    instance: &lawang_forms::Instance,
    path: &FieldPath,
    value: &str,
    language: &str,
) -> String {
    let words = shown(instance, path, value, language);
    match value.strip_prefix("sha256:").and_then(|hash| hash.get(..4)) {
        Some(begins) => format!("{words} {}", begins.to_uppercase()),
        None => words,
    }
}

/// What a stored file is called.
fn file_words(kind: Option<QuestionType>, language: &str) -> &'static str {
    match (kind, language == "en") {
        (Some(QuestionType::Audio), true) => "recording",
        (Some(QuestionType::Audio), false) => "rekaman",
        (Some(QuestionType::Video), true) => "video",
        (Some(QuestionType::Video), false) => "video",
        (Some(QuestionType::File | QuestionType::Osm), true) => "file",
        (Some(QuestionType::File | QuestionType::Osm), false) => "berkas",
        (_, true) => "photo",
        (_, false) => "foto",
    }
}

/// The question's label, with the member's name in front where it belongs to one.
pub(crate) fn label_with_member(
    instance: &lawang_forms::Instance,
    path: &FieldPath,
    language: &str,
) -> String {
    let label = match instance.label(path, language) {
        label if label.is_empty() => path.key.clone(),
        label => label,
    };
    match &path.instance {
        Some((of, id)) => {
            let name = instance
                .node(&FieldPath::of(of.as_str(), *id, "name"))
                .map_or(String::new(), |n| n.value);
            if name.is_empty() {
                label
            } else {
                format!("{name}: {label}")
            }
        }
        None => label,
    }
}
