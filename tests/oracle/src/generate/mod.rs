//! Random questionnaires, from a seed. Types, columns and functions come from the lists of the engine, so
//! that nothing it supports is left out.

mod columns;
mod used;

pub use used::Used;

use crate::expressions::{Kind, Known, KnownList, Maker};
use crate::rng::Rng;
use crate::sheets::{Row, Sheets};
use lawang_forms::{QuestionType, Support, TYPES, TypeInfo};
use std::collections::BTreeSet;
use used::NOT_COMPARED;

/// One random questionnaire.
pub fn form(seed: u64, number: usize, used: &mut Used) -> Sheets {
    let mut rng = Rng::new(seed, &format!("form {number}"));
    let languages = rng.chance(35);
    let mut maker = FormMaker {
        rng,
        sheets: Sheets::default(),
        known: Vec::new(),
        lists: Vec::new(),
        around: Vec::new(),
        names: 0,
        languages,
        positions: true,
    };
    maker.lists();
    let questions = maker.rng.between(5, 22) as usize;
    maker.block(questions, 0);
    maker.settings(number);
    maker.entities();
    used.look(&maker.sheets);
    maker.sheets
}

struct FormMaker {
    rng: Rng,
    sheets: Sheets,
    known: Vec<Known>,
    lists: Vec<KnownList>,
    around: Vec<String>,
    names: usize,
    languages: bool,
    /// Whether `position(..)` may be used.
    positions: bool,
}

impl FormMaker {
    fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    fn label(&mut self, row: &mut Row, column: &str, text: &str) {
        if self.languages {
            row.push((format!("{column}::English (en)"), text.to_owned()));
            row.push((format!("{column}::Indonesia (id)"), format!("{text} (id)")));
        } else {
            row.push((column.to_owned(), text.to_owned()));
        }
    }

    fn lists(&mut self) {
        for _ in 0..self.rng.between(1, 3) {
            let name = self.name("list");
            let codes: Vec<String> = (0..self.rng.between(2, 6))
                .map(|n| match self.rng.below(3) {
                    0 => (n + 1).to_string(),
                    1 => char::from(b'a' + n as u8).to_string(),
                    _ => format!("code_{n}"),
                })
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            for code in &codes {
                let mut row = vec![
                    ("list_name".to_owned(), name.clone()),
                    ("name".to_owned(), code.clone()),
                ];
                self.label(&mut row, "label", &format!("Choice {code}"));
                if self.rng.chance(5) {
                    self.media(&mut row);
                }
                row.push(("num".to_owned(), self.rng.between(0, 9).to_string()));
                row.push(("tag".to_owned(), self.rng.word(&["x", "y", "z"]).to_owned()));
                self.sheets.choices.push(row);
            }
            self.lists.push(KnownList {
                name,
                codes,
                file: None,
            });
        }
        if self.rng.chance(25) {
            self.file();
        }
    }

    /// A list in a file beside the form: CSV, XML or GeoJSON.
    fn file(&mut self) {
        let name = self.name("places");
        let rows: Vec<(String, i64, &str)> = (0..self.rng.between(2, 8))
            .map(|n| {
                let (number, tag) = (self.rng.between(0, 9), self.rng.word(&["x", "y", "z"]));
                (format!("p{n}"), number, tag)
            })
            .collect();
        let (ending, table) = match self.rng.below(4) {
            0 => ("xml", xml(&rows)),
            1 => ("geojson", geojson(&rows)),
            _ => ("csv", csv(&rows)),
        };
        let file = format!("{name}.{ending}");
        self.sheets.files.push((file.clone(), table));
        // Only a select declares a GeoJSON file.
        let row = if ending == "geojson" {
            let question = self.name("sel");
            let mut row = vec![
                ("type".to_owned(), format!("select_one_from_file {file}")),
                ("name".to_owned(), question.clone()),
            ];
            self.label(&mut row, "label", &format!("Question {question}"));
            row
        } else {
            vec![
                ("type".to_owned(), format!("{ending}-external")),
                ("name".to_owned(), name.clone()),
            ]
        };
        self.sheets.survey.push(row);
        self.lists.push(KnownList {
            name,
            codes: rows.into_iter().map(|(code, ..)| code).collect(),
            file: Some(file),
        });
    }

    fn settings(&mut self, number: usize) {
        let mut row: Row = vec![
            ("form_id".to_owned(), format!("random_{number}")),
            ("form_title".to_owned(), format!("Random {number}")),
            ("version".to_owned(), "2026112201".to_owned()),
        ];
        if self.languages {
            row.push(("default_language".to_owned(), "English (en)".to_owned()));
        }
        if self.rng.chance(30) {
            let cell = self.expression(Kind::Text, 1, None, false);
            row.push(("instance_name".to_owned(), cell));
        }
        if self.rng.chance(20) {
            row.push(("allow_choice_duplicates".to_owned(), "yes".to_owned()));
        }
        if self.rng.chance(20) {
            row.push(("name".to_owned(), "visit".to_owned()));
        }
        self.sheets.settings.push(row);
    }

    /// A list of entities, filled from answers outside of repeats.
    fn entities(&mut self) {
        let plain = |row: &&mut Row| {
            row.iter().any(|(h, c)| {
                h == "type" && matches!(c.as_str(), "text" | "integer" | "decimal" | "date")
            })
        };
        if self.rng.chance(85) || self.sheets.survey.iter().any(is_repeat) {
            return;
        }
        for (number, row) in self
            .sheets
            .survey
            .iter_mut()
            .filter(plain)
            .take(2)
            .enumerate()
        {
            row.push(("save_to".to_owned(), format!("property_{number}")));
        }
        let mut row = vec![
            ("list_name".to_owned(), "people".to_owned()),
            (
                "label".to_owned(),
                self.expression(Kind::Text, 1, None, false),
            ),
        ];
        match self.rng.below(3) {
            0 => row.push((
                "create_if".to_owned(),
                self.expression(Kind::Truth, 1, None, false),
            )),
            1 => {
                self.sheets.survey.push(vec![
                    ("type".to_owned(), "csv-external".to_owned()),
                    ("name".to_owned(), "people".to_owned()),
                ]);
                let table = "name,label,__version,__trunkVersion,__branchId,property_0\n\
                             a,Person A,3,2,b1,x\nabc,Person B,1,1,b2,y\n";
                self.sheets
                    .files
                    .push(("people.csv".to_owned(), table.to_owned()));
                row.push((
                    "entity_id".to_owned(),
                    self.expression(Kind::Text, 1, None, false),
                ));
                row.push((
                    "update_if".to_owned(),
                    self.expression(Kind::Truth, 1, None, false),
                ));
            }
            _ => {}
        }
        self.sheets.entities.push(row);
    }

    /// Questions, groups and repeats.
    fn block(&mut self, questions: usize, depth: usize) {
        let mut left = questions;
        while left > 0 {
            let size = self.rng.between(1, 5) as usize;
            if depth < 3 && left > 2 && self.rng.chance(14) {
                self.group(size.min(left), depth);
                left = left.saturating_sub(size);
            } else if depth < 3 && left > 2 && self.rng.chance(12) {
                self.repeat(size.min(left), depth);
                left = left.saturating_sub(size);
            } else {
                self.question();
                left -= 1;
            }
        }
    }

    fn group(&mut self, size: usize, depth: usize) {
        let name = self.name("group");
        let opening = self.rng.word(&["begin_group", "begin group"]);
        let mut row = vec![
            ("type".to_owned(), opening.to_owned()),
            ("name".to_owned(), name.clone()),
        ];
        self.label(&mut row, "label", &format!("Group {name}"));
        if self.rng.chance(40) {
            let cell = self.expression(Kind::Truth, 2, None, false);
            row.push(("relevant".to_owned(), cell));
        }
        if self.rng.chance(30) {
            row.push(("appearance".to_owned(), "field-list".to_owned()));
        }
        self.sheets.survey.push(row);
        self.block(size, depth + 1);
        let closing = opening.replacen("begin", "end", 1);
        self.sheets.survey.push(vec![("type".to_owned(), closing)]);
    }

    fn repeat(&mut self, size: usize, depth: usize) {
        let name = self.name("repeat");
        let opening = self.rng.word(&["begin_repeat", "begin repeat"]);
        let mut row = vec![
            ("type".to_owned(), opening.to_owned()),
            ("name".to_owned(), name.clone()),
        ];
        self.label(&mut row, "label", &format!("Repeat {name}"));
        if self.rng.chance(25) {
            let cell = self.expression(Kind::Truth, 2, None, false);
            row.push(("relevant".to_owned(), cell));
        }
        if self.rng.chance(30) {
            let cell = match self.single_number() {
                Some(name) if self.rng.chance(60) => format!("${{{name}}}"),
                Some(name) if self.rng.chance(50) => format!("${{{name}}} mod 4"),
                _ => self.rng.word(&["1", "2", "3"]).to_owned(),
            };
            row.push(("repeat_count".to_owned(), cell));
        }
        self.sheets.survey.push(row);
        self.around.push(name);
        self.block(size, depth + 1);
        self.around.pop();
        let closing = opening.replacen("begin", "end", 1);
        self.sheets.survey.push(vec![("type".to_owned(), closing)]);
    }

    fn single_number(&mut self) -> Option<String> {
        let all: Vec<String> = self
            .known
            .iter()
            .filter(|q| q.kind == Kind::Number && self.around.starts_with(&q.repeats))
            .map(|q| q.name.clone())
            // A computed number may be large, and JavaRosa makes every instance.
            .filter(|name| {
                self.sheets.survey.iter().any(|row| {
                    row.iter().any(|(h, c)| h == "name" && c == name)
                        && !row
                            .iter()
                            .any(|(h, _)| h == "calculation" || h == "default")
                })
            })
            .collect();
        self.rng.pick(&all).cloned()
    }

    /// A question that a person answers, outside of repeats that are not around.
    fn asked(&mut self) -> Option<String> {
        let all: Vec<String> = self
            .known
            .iter()
            // See the row `trigger-into-repeat` of the divergences.
            .filter(|q| self.around == q.repeats)
            .map(|q| q.name.clone())
            .filter(|name| {
                self.sheets.survey.iter().any(|row| {
                    row.iter().any(|(h, c)| h == "name" && c == name)
                        && row.iter().any(|(h, _)| h.starts_with("label"))
                        && !row
                            .iter()
                            .any(|(h, _)| h == "calculation" || h == "trigger")
                })
            })
            .collect();
        self.rng.pick(&all).cloned()
    }

    /// A text asked in a repeat that is not around.
    fn answered_in_repeat(&mut self) -> Option<String> {
        let all: Vec<String> = self
            .known
            .iter()
            .filter(|q| q.kind == Kind::Text && q.repeats.len() == 1 && self.around.is_empty())
            .map(|q| q.name.clone())
            // pyxform stops at one without a label: KeyError.
            .filter(|name| {
                self.sheets.survey.iter().any(|row| {
                    row.iter().any(|(h, c)| h == "name" && c == name)
                        && row.iter().any(|(h, _)| h.starts_with("label"))
                })
            })
            .collect();
        self.rng.pick(&all).cloned()
    }

    fn expression(&mut self, kind: Kind, depth: usize, own: Option<Kind>, around: bool) -> String {
        let mut maker = Maker {
            rng: &mut self.rng,
            known: &self.known,
            lists: &self.lists,
            around: if around || !self.around.is_empty() {
                self.around.clone()
            } else {
                Vec::new()
            },
            own,
            positions: self.positions,
        };
        maker.make(kind, depth)
    }

    fn question(&mut self) {
        let types: Vec<&TypeInfo> = TYPES
            .iter()
            .filter(|t| t.support != Support::Refused && t.kind.is_some())
            .filter(|t| !NOT_COMPARED.contains(&t.name))
            .collect();
        // Plain types more often: they are what expressions are made of.
        let plain = [
            "integer",
            "decimal",
            "text",
            "select_one",
            "select_multiple",
            "calculate",
            "date",
            "time",
            "geopoint",
            "geoshape",
        ];
        let info = if self.rng.chance(60) {
            let name = self.rng.word(&plain);
            types.iter().find(|t| t.name == name)
        } else {
            self.rng.pick(&types)
        };
        let Some((info, kind)) = info.and_then(|t| t.kind.map(|k| (*t, k))) else {
            return;
        };
        let name =
            self.name(&info.name.replace(['-', '_'], "").to_lowercase()[..3.min(info.name.len())]);
        let value = value_kind(kind);
        let mut row: Row = Vec::new();
        let from_file = info.name.ends_with("_from_file");
        let list = if kind.is_select() {
            let all: Vec<KnownList> = self
                .lists
                .iter()
                .filter(|l| l.file.is_some() == from_file)
                .cloned()
                .collect();
            let Some(list) = self.rng.pick(&all).cloned() else {
                return;
            };
            Some(list)
        } else {
            None
        };
        let other = matches!(kind, QuestionType::SelectOne | QuestionType::SelectMultiple)
            && !from_file
            && !self.languages
            && self.rng.chance(8);
        let written = match &list {
            Some(list) if other => format!("{} {} or_other", info.name, list.name),
            Some(list) => format!("{} {}", info.name, list.file.as_ref().unwrap_or(&list.name)),
            None => info.name.to_owned(),
        };
        let answers = match kind {
            QuestionType::SelectOne | QuestionType::SelectMultiple
                if !from_file && !other && self.rng.chance(8) =>
            {
                self.answered_in_repeat()
            }
            _ => None,
        };
        let (list, written) = match answers {
            Some(question) => (None, format!("{} ${{{question}}}", info.name)),
            None => (list, written),
        };
        // Choices that come and go with a repeat have no code that an expression could name.
        let value = value.filter(|_| !kind.is_select() || list.is_some());
        row.push(("type".to_owned(), written));
        row.push(("name".to_owned(), name.clone()));
        if kind == QuestionType::BackgroundGeopoint {
            let Some(trigger) = self.asked() else { return };
            row.push(("trigger".to_owned(), format!("${{{trigger}}}")));
        }
        if kind.is_shown() {
            self.label(&mut row, "label", &format!("Question {name}"));
        }
        let calculated = self.columns(&mut row, kind, value, info.name, other);
        self.sheets.survey.push(row);
        if let Some(value) = value {
            let computed = calculated.unwrap_or(value);
            self.known.push(Known {
                name,
                kind: computed,
                repeats: self.around.clone(),
                list: list.map(|l| l.name),
            });
        }
    }
}

/// What expressions see of an answer.
fn value_kind(kind: QuestionType) -> Option<Kind> {
    use QuestionType as Q;
    Some(match kind {
        Q::Integer | Q::Decimal | Q::Range => Kind::Number,
        Q::Text | Q::Hidden | Q::Barcode | Q::DeviceId | Q::Username => Kind::Text,
        Q::Date | Q::Today => Kind::Day,
        Q::DateTime => Kind::Moment,
        Q::Time => Kind::Clock,
        Q::SelectOne => Kind::One,
        Q::Geopoint => Kind::Point,
        Q::SelectMultiple | Q::Rank => Kind::Several,
        Q::Geotrace | Q::Geoshape => Kind::Place,
        Q::Calculate => Kind::Text,
        _ => return None,
    })
}

fn csv(rows: &[(String, i64, &str)]) -> String {
    let lines = rows
        .iter()
        .map(|(code, number, tag)| format!("{code},Place {code},{number},{tag}\n"));
    std::iter::once("name,label,num,tag\n".to_owned())
        .chain(lines)
        .collect()
}

fn xml(rows: &[(String, i64, &str)]) -> String {
    let items: String = rows
        .iter()
        .map(|(code, number, tag)| {
            format!("<item><name>{code}</name><label>Place {code}</label><num>{number}</num><tag>{tag}</tag></item>")
        })
        .collect();
    format!("<root>{items}</root>")
}

/// With the columns of the other kinds among the properties, so that expressions find them.
fn geojson(rows: &[(String, i64, &str)]) -> String {
    let features: Vec<String> = rows
        .iter()
        .map(|(code, number, tag)| {
            format!(
                "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[105.{number},-5.1]}},\"properties\":{{\"id\":\"{code}\",\"title\":\"Place {code}\",\"name\":\"{code}\",\"label\":\"Place {code}\",\"num\":\"{number}\",\"tag\":\"{tag}\"}}}}"
            )
        })
        .collect();
    format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}]}}",
        features.join(",")
    )
}

fn is_repeat(row: &Row) -> bool {
    row.iter().any(|(h, c)| {
        h == "type" && (c.starts_with("begin_repeat") || c.starts_with("begin repeat"))
    })
}
