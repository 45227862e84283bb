//! Random scripts: what a person might do, what a person might try, and what nobody does.

use crate::rng::Rng;
use crate::shape::Shape;
use lawang_forms::QuestionType as Q;
use lawang_forms::script::{Session, States, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Most instances that a script makes of a repeat.
const MOST_INSTANCES: usize = 4;

/// Makes steps one after another, looking at the form as it stands.
pub struct Scripter<'a> {
    pub rng: &'a mut Rng,
    pub shape: &'a Shape,
    /// Codes seen so far, by question.
    pub codes: BTreeMap<String, BTreeSet<String>>,
}

impl Scripter<'_> {
    /// The next step; `None` if there is nothing to do in this form.
    pub fn step(&mut self, session: &Session, states: &States) -> Option<Step> {
        let repeats: Vec<_> = session
            .repeats()
            .into_iter()
            .filter(|r| !r.counted)
            .collect();
        if !repeats.is_empty() && self.rng.chance(18) {
            let repeat = self.rng.pick(&repeats)?;
            if repeat.instances > 0 && (repeat.instances >= MOST_INSTANCES || self.rng.chance(35)) {
                let number = self.rng.between(1, repeat.instances as i64);
                return Some(Step::RemoveRepeat {
                    remove_repeat: format!("{}[{number}]", repeat.path),
                });
            }
            return Some(Step::AddRepeat {
                add_repeat: repeat.path.clone(),
            });
        }
        for (path, state) in states {
            let codes = self.codes.entry(Shape::plain(path)).or_default();
            codes.extend(state.choices.iter().cloned());
        }
        let open: Vec<&String> = states
            .iter()
            .filter(|(path, s)| s.relevant && !s.readonly && self.is_asked(path))
            .map(|(path, _)| path)
            .collect();
        let all: Vec<&String> = states.keys().filter(|path| self.is_asked(path)).collect();
        let path = if self.rng.chance(90) && !open.is_empty() {
            *self.rng.pick(&open)?
        } else {
            *self.rng.pick(&all)?
        };
        let value = self.value(path, states);
        Some(Step::Set {
            set: path.clone(),
            value,
        })
    }

    /// Nobody answers what has no place on a screen.
    fn is_asked(&self, path: &str) -> bool {
        self.shape.kind(path) != Some(Q::Hidden)
    }

    fn value(&mut self, path: &str, states: &States) -> String {
        let Some(kind) = self.shape.kind(path) else {
            return "x".to_owned();
        };
        match self.rng.below(100) {
            0..=5 => String::new(),
            6..=11 => self
                .rng
                .word(&[
                    "x",
                    "-",
                    "1.5",
                    "2017-02-30",
                    "é",
                    "1e3",
                    "0x1F",
                    "NaN",
                    " ",
                    "99:99",
                    "a b",
                    "' or 1",
                    "12abc",
                    "true",
                ])
                .to_owned(),
            _ => self.sensible(path, kind, states),
        }
    }

    fn sensible(&mut self, path: &str, kind: Q, states: &States) -> String {
        match kind {
            // A large number may count a repeat, and JavaRosa makes every instance.
            Q::Integer if self.shape.counted().is_empty() => match self.rng.below(10) {
                0 => self
                    .rng
                    .word(&["0", "-1", "999999999", "007", "-999999999"])
                    .to_owned(),
                _ => self.rng.between(0, 20).to_string(),
            },
            Q::Integer => self.rng.between(-1, 6).to_string(),
            Q::Decimal if !self.shape.counted().is_empty() => {
                format!(
                    "{}.{}",
                    self.rng.between(0, 6),
                    self.rng.word(&["0", "5", "25"])
                )
            }
            Q::Decimal => match self.rng.below(10) {
                0 => self
                    .rng
                    .word(&["0", "-0.5", "123456.789", "5.", ".5", "3.10"])
                    .to_owned(),
                _ => format!(
                    "{}.{}",
                    self.rng.between(0, 30),
                    self.rng.word(&["0", "5", "25", "125"])
                ),
            },
            Q::Range => self
                .rng
                .word(&["0", "1", "1.5", "2", "3", "5", "10", "20", "50"])
                .to_owned(),
            Q::Date => self
                .rng
                .word(&[
                    "2020-02-29",
                    "1999-12-31",
                    "2026-01-01",
                    "1970-01-01",
                    "2000-06-15",
                    "1899-03-01",
                ])
                .to_owned(),
            Q::Time => self
                .rng
                .word(&[
                    "06:30:00.000+07:00",
                    "23:59:59.000+07:00",
                    "00:00:00.000+07:00",
                    "12:05:00.000+07:00",
                ])
                .to_owned(),
            Q::DateTime => self
                .rng
                .word(&[
                    "2020-05-06T07:08:09.000+07:00",
                    "1999-12-31T23:59:59.000+07:00",
                    "2026-01-01T00:00:00.000+07:00",
                ])
                .to_owned(),
            Q::SelectOne => self.code(path, states),
            Q::SelectMultiple | Q::Rank => {
                let mut all: Vec<String> = (0..self.rng.between(1, 3))
                    .map(|_| self.code(path, states))
                    .collect();
                all.dedup();
                all.join(" ")
            }
            Q::Acknowledge => "OK".to_owned(),
            Q::Geopoint => self
                .rng
                .word(&[
                    "-6.2 106.8 10 5",
                    "0.5 -0.25 0 0",
                    "-6.200001 106.816667 12.5 4.9",
                    "89.9 -179.9 0 0",
                ])
                .to_owned(),
            Q::Geotrace => self
                .rng
                .word(&[
                    "-6.2 106.8 0 0;-6.3 106.9 0 0",
                    "0.5 0 0 0;0.5 1 0 0;1 1 0 0",
                ])
                .to_owned(),
            Q::Geoshape => self
                .rng
                .word(&[
                    "0.5 0 0 0;0.5 1 0 0;1 1 0 0;0.5 0 0 0",
                    "-6.2 106.8 0 0;-6.3 106.9 0 0;-6.1 107 0 0;-6.2 106.8 0 0",
                ])
                .to_owned(),
            Q::Image | Q::Audio | Q::Video | Q::File | Q::Osm => self
                .rng
                .word(&["photo.jpg", "sound.m4a", "file.pdf"])
                .to_owned(),
            _ => self
                .rng
                .word(&[
                    "a",
                    "abc",
                    "Siti",
                    "two words",
                    "12",
                    "0",
                    "b c a",
                    "é €",
                    " x ",
                    "a'b",
                    "ABC",
                    "true",
                    "1",
                ])
                .to_owned(),
        }
    }

    fn code(&mut self, path: &str, states: &States) -> String {
        let offered = states
            .get(path)
            .map(|s| s.choices.clone())
            .unwrap_or_default();
        if self.rng.chance(85)
            && let Some(code) = self.rng.pick(&offered)
        {
            return code.clone();
        }
        let seen: Vec<String> = self
            .codes
            .get(&Shape::plain(path))
            .map(|all| all.iter().cloned().collect())
            .unwrap_or_default();
        self.rng
            .pick(&seen)
            .cloned()
            .unwrap_or_else(|| "nonsense".to_owned())
    }
}
