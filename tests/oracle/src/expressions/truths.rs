//! Truths and days.

use super::{Kind, Maker};

const TRUTH: &[&str] = &[
    "boolean",
    "boolean-from-string",
    "checklist",
    "contains",
    "ends-with",
    "false",
    "not",
    "random",
    "regex",
    "selected",
    "starts-with",
    "true",
    "uuid",
    "weighted-checklist",
    "now",
    "geofence",
];
const DAY: &[&str] = &["date", "today", "date-time"];

impl Maker<'_> {
    /// A true or false.
    pub fn truth(&mut self, depth: usize) -> String {
        if self.own == Some(Kind::One)
            && self.rng.chance(20)
            && let Some(list) = self.rng.pick(self.lists).cloned()
        {
            return format!(
                "count(instance('{}')/root/item[name = current()/.]) > 0",
                list.name
            );
        }
        let depth = depth.saturating_sub(1);
        match self.rng.below(10) {
            0..=2 => {
                let (a, b) = (self.number(depth), self.number(depth));
                let op = self.rng.word(&["=", "!=", "<", "<=", ">", ">="]);
                format!("{a} {op} {b}")
            }
            3..=4 => {
                let (a, b) = (self.text(depth), self.text(depth));
                let op = self.rng.word(&["=", "!="]);
                format!("{a} {op} {b}")
            }
            5 => {
                let (a, b) = (self.day(depth), self.day(depth));
                let op = self.rng.word(&["<", "<=", ">", ">=", "="]);
                format!("{a} {op} {b}")
            }
            6 if depth > 0 => {
                let (a, b) = (self.truth(depth), self.truth(depth));
                format!("({a} {} {b})", self.rng.word(&["and", "or"]))
            }
            7 => match self.single(&[Kind::One, Kind::Several]) {
                Some(q) => {
                    let list = self.lists.iter().find(|l| Some(&l.name) == q.list.as_ref());
                    let code = list
                        .and_then(|l| self.rng.pick(&l.codes))
                        .cloned()
                        .unwrap_or_default();
                    match self.rng.below(2) {
                        0 => format!("${{{}}} = '{code}'", q.name),
                        _ => format!("selected(${{{}}}, '{code}')", q.name),
                    }
                }
                None => "true()".to_owned(),
            },
            _ => self.truth_function(depth),
        }
    }

    fn truth_function(&mut self, depth: usize) -> String {
        let name = self.function(TRUTH);
        match name {
            "boolean" => match self.rng.below(3) {
                0 => format!("boolean({})", self.number(depth)),
                1 => format!("boolean({})", self.text(depth)),
                _ => format!("boolean({})", self.truth(depth)),
            },
            "not" => format!("not({})", self.truth(depth)),
            "boolean-from-string" => match self.rng.below(2) {
                0 => format!("boolean-from-string({})", self.text(depth)),
                _ => format!(
                    "boolean-from-string('{}')",
                    self.rng.word(&["true", "1", "0", "yes", "True"])
                ),
            },
            "checklist" => format!(
                "checklist({}, {}, {}, {})",
                self.rng.word(&["-1", "0", "1"]),
                self.rng.word(&["-1", "1", "2"]),
                self.truth(depth),
                self.truth(depth)
            ),
            "weighted-checklist" => format!(
                "weighted-checklist({}, {}, {}, 2, {}, {})",
                self.rng.word(&["-1", "0", "2"]),
                self.rng.word(&["-1", "3", "4"]),
                self.truth(depth),
                self.truth(depth),
                self.number(depth)
            ),
            "contains" | "starts-with" | "ends-with" => {
                format!("{name}({}, {})", self.text(depth), self.text(0))
            }
            "selected" => format!("selected({}, {})", self.text(depth), self.text(0)),
            "regex" => format!(
                "regex({}, '{}')",
                self.text(depth),
                self.rng.word(&[
                    "[a-z]+",
                    "[0-9]{1,3}",
                    ".*a.*",
                    "a",
                    "^[A-Z].*$",
                    "(a b|b c)"
                ])
            ),
            "false" => "false()".to_owned(),
            "random" => "random() < 1.5".to_owned(),
            "geofence" => match (self.single(&[Kind::Point]), self.single(&[Kind::Place])) {
                (Some(point), Some(shape)) => format!(
                    "if(string(${{{0}}}) = '' or string-length(string(${{{1}}})) < 60, false(), geofence(${{{0}}}, ${{{1}}}))",
                    point.name, shape.name
                ),
                _ => "false()".to_owned(),
            },
            "uuid" => "string-length(uuid()) = 36".to_owned(),
            "now" => "now() > date('2020-01-01')".to_owned(),
            _ => "true()".to_owned(),
        }
    }

    pub(super) fn day(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.chance(50) {
            if self.own == Some(Kind::Day) && self.rng.chance(50) {
                return ".".to_owned();
            }
            if let Some(q) = self.single(&[Kind::Day]).filter(|_| self.rng.chance(70)) {
                return format!("${{{}}}", q.name);
            }
        }
        match self.function(DAY) {
            "today" => "today()".to_owned(),
            "date-time" => match self.single(&[Kind::Moment]) {
                Some(q) => format!("date-time(${{{}}})", q.name),
                None => "date-time('2021-03-04T05:06:07')".to_owned(),
            },
            _ => match self.rng.below(3) {
                0 => format!(
                    "date({})",
                    self.rng.word(&["0", "18000", "12345.6", "20000"])
                ),
                1 => format!(
                    "date('{}')",
                    self.rng.word(&["2020-02-29", "1999-12-31", "2026-01-01"])
                ),
                _ => format!("date(today() - {})", self.rng.word(&["1", "7", "365"])),
            },
        }
    }
}
