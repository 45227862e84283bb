//! A question or a note as the screen is given it.

use super::{
    OpenVisit,
    answers::widget,
    tree::{GroupLink, Inside, PageInfo, Place, Placed},
};
use crate::views;
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::{Media, QuestionType};
use std::collections::HashMap;

/// Names of the files that go with a label.
pub(crate) fn media_of(media: &Media) -> views::Media {
    views::Media {
        image: media.image.clone(),
        big_image: media.big_image.clone(),
        audio: media.audio.clone(),
        video: media.video.clone(),
    }
}

/// Column `parameters`; a question for OpenStreetMap data takes files of that kind.
fn parameters_of(question: &lawang_forms::Question) -> std::collections::BTreeMap<String, String> {
    let mut parameters: std::collections::BTreeMap<String, String> =
        question.parameters.iter().cloned().collect();
    if question.kind == QuestionType::Osm {
        parameters.insert("accept".to_owned(), ".osm".to_owned());
    }
    parameters
}

impl OpenVisit {
    /// The items of a page in order.
    pub(crate) fn items(
        &self,
        page: &PageInfo,
        today: chrono::NaiveDate,
        language: &str,
    ) -> Vec<views::Item> {
        let errors = self.errors(page, language);
        let mut out: Vec<views::Item> = Vec::with_capacity(page.questions.len());
        for placed in &page.questions {
            let Some(mut item) = self.item(placed, today, language) else {
                continue;
            };
            if let Some(error) = errors.get(&placed.path) {
                item.error.clone_from(error);
            }
            let before = out.last();
            item.groups = self.group_heads(placed.group.as_deref(), before, language);
            item.repeat = placed
                .inside
                .as_deref()
                .map(|inside| self.repeat_head(inside, before, language));
            out.push(item);
        }
        out
    }

    /// What is wrong with the answers of a page, in words.
    fn errors(&self, page: &PageInfo, language: &str) -> HashMap<FieldPath, String> {
        let wrong = |path: &FieldPath| {
            self.instance
                .node(path)
                .is_some_and(|n| !n.valid && !n.value.is_empty())
        };
        if !page.paths().any(wrong) {
            return HashMap::new();
        }
        let mut found: HashMap<FieldPath, String> = self
            .instance
            .findings(self.form_language(language))
            .into_iter()
            .map(|f| (f.path, f.message))
            .collect();
        found.retain(|path, _| wrong(path));
        found
    }

    fn item(
        &self,
        placed: &Placed,
        today: chrono::NaiveDate,
        language: &str,
    ) -> Option<views::Item> {
        let path = &placed.path;
        let tongue = self.form_language(language);
        let node = self.instance.node(path)?;
        let question = self.form.question(path)?;
        let old = self.register.text(path);
        let changed = !old.is_empty() && !node.value.is_empty() && old != node.value;
        let (choices, choices_total) = self.choices_of(path, &node.value, language);
        Some(views::Item {
            path: path.to_string(),
            widget: widget(question, path),
            appearance: question.appearance.clone(),
            label: self.instance.label(path, tongue),
            hint: self.instance.hint(path, tongue),
            guidance: self.instance.guidance(path, tongue),
            parameters: parameters_of(question),
            media: media_of(&self.instance.media(path, tongue)),
            groups: Vec::new(),
            repeat: None,
            required: node.required,
            readonly: node.readonly,
            display: if node.value.is_empty() {
                String::new()
            } else {
                self.unmasked(path, &node.value, language)
            },
            previous: self.shown(path, old, language),
            previous_value: old.to_owned(),
            changed,
            error: String::new(),
            reading: self.reading(path, &node.value, today, language),
            choices,
            choices_total,
            conflict: self.conflicts.contains(path),
            comments: Vec::new(),
            value: node.value,
        })
    }

    /// The value in words, on the page where the person is typing it.
    fn unmasked(&self, path: &FieldPath, value: &str, language: &str) -> String {
        if super::readings::is_id_number(path) {
            value.to_owned()
        } else {
            self.shown(path, value, language)
        }
    }

    fn group_heads(
        &self,
        group: Option<&GroupLink>,
        before: Option<&views::Item>,
        language: &str,
    ) -> Vec<views::GroupHead> {
        let mut heads = Vec::new();
        let mut next = group;
        while let Some(link) = next {
            let instance = link.instance.as_ref().map(|(_, id)| *id);
            let id = match &link.instance {
                None => link.name.clone(),
                Some((repeat, id)) => format!("{repeat}/{id}/{}", link.name),
            };
            heads.push(views::GroupHead {
                first: before.is_none_or(|item| item.groups.iter().all(|g| g.id != id)),
                id,
                label: self.instance.group_label(
                    &link.name,
                    instance,
                    self.form_language(language),
                ),
                appearance: link.appearance.clone(),
            });
            next = link.outer.as_deref();
        }
        heads.reverse();
        heads
    }

    fn repeat_head(
        &self,
        inside: &Inside,
        before: Option<&views::Item>,
        language: &str,
    ) -> views::RepeatHead {
        let instance = inside.id.to_string();
        views::RepeatHead {
            first: before
                .and_then(|item| item.repeat.as_ref())
                .is_none_or(|r| r.instance != instance),
            repeat: inside.place.repeat.clone(),
            label: self.repeat_label(&inside.place, language),
            number: u32::try_from(inside.number).unwrap_or(u32::MAX),
            can_remove: self.can_remove(&inside.place),
            needs_reason: self.needs_reason(&inside.place.repeat, inside.id),
            instance,
        }
    }

    pub(crate) fn repeat_label(&self, place: &Place, language: &str) -> String {
        let label =
            self.instance
                .group_label(&place.repeat, place.parent, self.form_language(language));
        if label.is_empty() {
            place.repeat.clone()
        } else {
            label
        }
    }

    /// Counted instances go when the count says so, not by hand.
    pub(crate) fn can_remove(&self, place: &Place) -> bool {
        !place.counted
    }

    /// An instance that is part of the record is struck out with a reason; one that only this visit knows
    /// goes without.
    pub(crate) fn needs_reason(&self, repeat: &str, id: InstanceId) -> bool {
        self.is_members(repeat) || self.state.of(repeat).contains(&id)
    }

    /// Whether a repeat is the household's roster of people.
    pub(crate) fn is_members(&self, repeat: &str) -> bool {
        repeat == crate::cards::MEMBERS && self.has_members()
    }
}
