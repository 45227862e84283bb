//! A person who fills in one of the project's questionnaires.
#![allow(clippy::unwrap_used)] // Part of tests; each test uses some of it.

use chrono::{DateTime, NaiveDate};
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::{Context, FindingKind, Instance, Item, check, compile};
use std::path::Path;
use std::sync::Arc;

/// The workbook of a questionnaire of the project.
pub fn workbook(name: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/questionnaires");
    std::fs::read(dir.join(name)).unwrap()
}

/// What an author would be told: nothing at all, for a questionnaire of the project.
pub fn nothing_to_mend(name: &str) {
    let report = check(&workbook(name), name);
    assert!(report.ok, "{:#?}", report.errors);
    assert!(report.warnings.is_empty(), "{:#?}", report.warnings);
}

/// A questionnaire that is being filled in on 25 November 2026.
pub struct Person {
    pub form: Instance,
}

/// `field`, or `repeat 2 field` for the second instance.
type Place<'p> = &'p str;

impl Person {
    pub fn opens(name: &str) -> Self {
        let compiled =
            compile(&workbook(name), name).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let context = Context {
            today: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
            now: DateTime::parse_from_rfc3339("2026-11-25T09:00:00+07:00").unwrap(),
            username: "Rahma".to_owned(),
            device_id: "tablet-3".to_owned(),
            random: 7,
            properties: Default::default(),
            last_saved: Default::default(),
        };
        Self {
            form: Instance::new(Arc::new(compiled.form), context),
        }
    }

    pub fn path(&self, place: Place<'_>) -> FieldPath {
        match place.split(' ').collect::<Vec<_>>().as_slice() {
            [repeat, number, key] => {
                let number: usize = number.parse().unwrap();
                FieldPath::of(*repeat, self.ids(repeat)[number - 1], *key)
            }
            _ => FieldPath::household(place),
        }
    }

    pub fn ids(&self, repeat: &str) -> Vec<InstanceId> {
        let all = self.form.instances(repeat);
        let is_open = |id: &InstanceId| self.form.group_relevant(repeat, Some(*id));
        all.into_iter().filter(is_open).collect()
    }

    /// Gives one answer, which must be asked for and taken.
    pub fn says(&mut self, place: Place<'_>, value: &str) -> &mut Self {
        let path = self.path(place);
        let state = self.form.node(&path);
        let state = state.unwrap_or_else(|| panic!("there is no '{place}'"));
        assert!(state.relevant, "'{place}' is not asked");
        if let Err(e) = self.form.set(&path, value) {
            panic!("{place} = {value}: {e}");
        }
        self
    }

    /// Gives several answers.
    pub fn answers(&mut self, all: &[(&str, &str)]) -> &mut Self {
        for (place, value) in all {
            self.says(place, value);
        }
        self
    }

    /// What stands in a question, computed ones too.
    pub fn value(&self, place: Place<'_>) -> String {
        let node = self.form.node(&self.path(place));
        node.unwrap_or_else(|| panic!("there is no '{place}'"))
            .value
    }

    pub fn is_asked(&self, place: Place<'_>) -> bool {
        let node = self.form.node(&self.path(place));
        node.unwrap_or_else(|| panic!("there is no '{place}'"))
            .relevant
    }

    /// Codes that a select offers now.
    pub fn is_offered(&self, place: Place<'_>) -> Vec<String> {
        let choices = self.form.choices(&self.path(place), "id");
        choices.into_iter().map(|c| c.value).collect()
    }

    pub fn reads(&self, place: Place<'_>, lang: &str) -> String {
        self.form.label(&self.path(place), lang)
    }

    /// What the screen says under a wrong answer; empty if it is right.
    pub fn is_told(&self, place: Place<'_>, lang: &str) -> String {
        let path = self.path(place);
        let findings = self.form.findings(lang);
        let wrong = |f: &&lawang_forms::Finding| f.path == path && f.kind == FindingKind::Invalid;
        findings
            .iter()
            .find(wrong)
            .map_or_else(String::new, |f| f.message.clone())
    }

    /// Names of the questions that are still missing or wrong.
    pub fn open_ends(&self) -> Vec<String> {
        self.form
            .findings("id")
            .into_iter()
            .map(|f| f.path.key)
            .collect()
    }

    /// Answers that are refused in words, in both languages: `(question, answer, Indonesian, English)`.
    pub fn is_refused(&mut self, cases: &[(&str, &str, &str, &str)]) {
        for (place, value, indonesian, english) in cases {
            self.says(place, value);
            assert_eq!(self.is_told(place, "id"), *indonesian, "{place} = {value}");
            assert_eq!(self.is_told(place, "en"), *english, "{place} = {value}");
            self.says(place, "");
        }
    }

    /// Every question that a person sees has a text of its own in both languages, and so has every
    /// message that could be shown.
    pub fn understands_every_question(&self) {
        let mut open: Vec<&Item> = self.form.form().root().children.iter().collect();
        let mut seen = 0;
        while let Some(item) = open.pop() {
            match item {
                Item::Group(group) => open.extend(&group.children),
                Item::Repeat(repeat) => open.extend(&repeat.children),
                Item::Question(question) if question.kind.is_shown() => {
                    seen += 1;
                    let languages = self.form.form().languages();
                    let texts: Vec<String> = languages
                        .iter()
                        .map(|l| text(&question.label, &l.code))
                        .collect();
                    assert_eq!(texts.len(), 2, "{}", question.name);
                    assert!(
                        texts.iter().all(|t| !t.is_empty()),
                        "{}: {texts:?}",
                        question.name
                    );
                }
                Item::Question(_) => {}
            }
        }
        assert!(seen > 40, "{seen} questions");
    }
}

fn text(label: &lawang_forms::Text, code: &str) -> String {
    let json = serde_json::to_value(label).unwrap();
    json[code].as_str().unwrap_or_default().to_owned()
}
