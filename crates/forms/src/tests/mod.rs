//! Forms as tables, filled in by paths.

mod compared;
mod data_files;
mod dirty;
mod documents;
mod doubts;
mod entities;
mod findings;
mod functions;
mod incremental;
mod lookups;
mod loops;
mod order;
mod placed;
mod repeats;
mod same_names;
mod scripts;
mod selects;
mod standard;
mod values;
mod workbooks;
mod xform;

use crate::{Changed, Compiled, Context, Form, Instance, Problem, SetError, compile};
use chrono::{DateTime, NaiveDate};
use lawang_domain::{FieldPath, InstanceId};
use std::sync::Arc;

/// 22 November 2026, 10:15:30 in Jakarta.
pub(crate) fn context() -> Context {
    Context {
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        now: DateTime::parse_from_rfc3339("2026-11-22T10:15:30.250+07:00").unwrap(),
        username: "Siti".to_owned(),
        device_id: "tablet-7".to_owned(),
        random: 42,
        properties: std::collections::BTreeMap::new(),
        last_saved: Arc::default(),
    }
}

pub(crate) fn try_form(table: &str) -> Result<Compiled, Vec<Problem>> {
    compile(table.as_bytes(), "test.md")
}

pub(crate) fn form(table: &str) -> Arc<Form> {
    match try_form(table) {
        Ok(compiled) => Arc::new(compiled.form),
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// A form with files beside it.
pub(crate) fn with_files(table: &str, files: &[(&str, &str)]) -> Result<Arc<Form>, Vec<Problem>> {
    let mut all = crate::Files::new();
    for (name, text) in files {
        all.insert(*name, text.as_bytes().to_vec());
    }
    crate::compile_with(table.as_bytes(), "test.md", &all).map(|c| Arc::new(c.form))
}

pub(crate) fn open(table: &str) -> Instance {
    Instance::new(form(table), context())
}

/// The only problem of a form that does not load.
pub(crate) fn problem(table: &str) -> Problem {
    match try_form(table) {
        Ok(_) => panic!("the form loads"),
        Err(problems) => {
            assert_eq!(problems.len(), 1, "{problems:#?}");
            problems.into_iter().next().unwrap()
        }
    }
}

/// Names of the choices that a question offers.
pub(crate) fn offered(instance: &Instance, place: &str) -> Vec<String> {
    let choices = instance.choices(&at(place), "en");
    choices.into_iter().map(|c| c.value).collect()
}

pub(crate) fn id(n: u128) -> InstanceId {
    InstanceId(uuid::Uuid::from_u128(n))
}

/// `name`, or `repeat 3 name` for the instance `id(3)`.
pub(crate) fn at(text: &str) -> FieldPath {
    match text.split(' ').collect::<Vec<_>>().as_slice() {
        [repeat, n, key] => FieldPath::of(*repeat, id(n.parse().unwrap()), *key),
        _ => FieldPath::household(text),
    }
}

pub(crate) trait Short {
    fn give(&mut self, place: &str, value: &str) -> Changed;
    fn refuse(&mut self, place: &str, value: &str) -> SetError;
    fn value(&self, place: &str) -> String;
    fn relevant(&self, place: &str) -> bool;
}

impl Short for Instance {
    fn give(&mut self, place: &str, value: &str) -> Changed {
        self.set(&at(place), value)
            .unwrap_or_else(|e| panic!("{place}: {e}"))
    }
    fn refuse(&mut self, place: &str, value: &str) -> SetError {
        self.set(&at(place), value).unwrap_err()
    }
    fn value(&self, place: &str) -> String {
        self.node(&at(place))
            .unwrap_or_else(|| panic!("no {place}"))
            .value
    }
    fn relevant(&self, place: &str) -> bool {
        self.node(&at(place))
            .unwrap_or_else(|| panic!("no {place}"))
            .relevant
    }
}
