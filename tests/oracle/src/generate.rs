//! Random questionnaires, from a seed. Types, columns and functions come from the lists of the engine, so
//! that nothing it supports is left out.

use crate::expressions::{Kind, Known, KnownList, Maker, calls};
use crate::rng::Rng;
use crate::sheets::{Row, Sheets};
use lawang_forms::{COLUMNS, QuestionType, Support, TYPES, TypeInfo, all_functions};
use std::collections::BTreeSet;

/// What no other engine here can be asked about: lists that JavaRosa leaves to ODK Collect and Web Forms
/// does not have; a function of ODK Collect; one that needs a library which the jar leaves out; one that
/// converters write.
const NOT_COMPARED: &[&str] = &[
    "select_one_external",
    "intersects",
    "extract-signed",
    "jr:itext",
];

/// What the forms used of the engine's lists.
#[derive(Debug, Default)]
pub struct Used {
    types: BTreeSet<&'static str>,
    columns: BTreeSet<(&'static str, &'static str)>,
    functions: BTreeSet<&'static str>,
}

impl Used {
    /// Supported types, columns and functions that no form used.
    pub fn missing(&self) -> Vec<String> {
        let types = TYPES
            .iter()
            .filter(|t| t.support == Support::Full && !self.types.contains(t.name))
            .map(|t| format!("type {}", t.name));
        let columns = COLUMNS
            .iter()
            .filter(|c| c.support == Support::Full && !self.columns.contains(&(c.sheet, c.name)))
            .map(|c| format!("column {} of {}", c.name, c.sheet));
        let functions = all_functions()
            .filter(|f| f.support == Support::Full && !self.functions.contains(f.name))
            .map(|f| format!("function {}", f.name));
        types
            .chain(columns)
            .chain(functions)
            .filter(|what| !NOT_COMPARED.iter().any(|not| what.ends_with(not)))
            .collect()
    }

    /// Numbers of types, columns and functions used.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.types.len(), self.columns.len(), self.functions.len())
    }

    fn look(&mut self, sheets: &Sheets) {
        let all = [
            ("survey", &sheets.survey),
            ("choices", &sheets.choices),
            ("settings", &sheets.settings),
            ("entities", &sheets.entities),
        ];
        for (sheet, rows) in all {
            for (heading, cell) in rows.iter().flatten() {
                let plain = heading.split("::").next().unwrap_or(heading);
                let found = COLUMNS.iter().find(|c| {
                    let names = || std::iter::once(&c.name).chain(c.aliases);
                    c.sheet == sheet
                        && (names().any(|n| n == heading) || names().any(|n| *n == plain))
                });
                self.columns.extend(found.map(|c| (c.sheet, c.name)));
                self.functions.extend(calls(cell));
            }
        }
        for row in &sheets.survey {
            for (heading, cell) in row {
                if heading == "type" {
                    let word = cell
                        .replacen("begin ", "begin_", 1)
                        .replacen("end ", "end_", 1);
                    let word = word.split_whitespace().next().unwrap_or_default();
                    self.types
                        .extend(TYPES.iter().find(|t| t.name == word).map(|t| t.name));
                }
            }
        }
    }
}

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

    /// A list in a CSV file beside the form.
    fn file(&mut self) {
        let name = self.name("places");
        let codes: Vec<String> = (0..self.rng.between(2, 8))
            .map(|n| format!("p{n}"))
            .collect();
        let mut table = "name,label,num,tag\n".to_owned();
        for code in &codes {
            let (number, tag) = (self.rng.between(0, 9), self.rng.word(&["x", "y", "z"]));
            table += &format!("{code},Place {code},{number},{tag}\n");
        }
        let file = format!("{name}.csv");
        self.sheets.files.push((file.clone(), table));
        self.sheets.survey.push(vec![
            ("type".to_owned(), "csv-external".to_owned()),
            ("name".to_owned(), name.clone()),
        ]);
        self.lists.push(KnownList {
            name,
            codes,
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
        if self.rng.chance(85) || self.sheets.survey.iter().any(|r| is_repeat(r)) {
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
        row.push(("type".to_owned(), written));
        row.push(("name".to_owned(), name.clone()));
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

    /// All columns but the first ones. Gives the kind of the calculation, if there is one.
    fn columns(
        &mut self,
        row: &mut Row,
        kind: QuestionType,
        value: Option<Kind>,
        written: &str,
        other: bool,
    ) -> Option<Kind> {
        use QuestionType as Q;
        let mut calculated = None;
        let mut cell = |name: &str, text: String| row.push((name.to_owned(), text));
        if kind == Q::Calculate {
            let wanted = *self
                .rng
                .pick(&[
                    Kind::Number,
                    Kind::Text,
                    Kind::Truth,
                    Kind::Day,
                    Kind::Number,
                    Kind::Text,
                ])
                .unwrap_or(&Kind::Number);
            let text = match self.rng.below(10) {
                0 => format!("once({})", self.expression(wanted, 1, None, false)),
                _ => self.expression(wanted, 3, None, false),
            };
            cell("calculation", text);
            calculated = Some(if wanted == Kind::Truth {
                Kind::Text
            } else {
                wanted
            });
            // Computed only when another answer changes.
            if self.rng.chance(15)
                && let Some(trigger) = self.asked()
            {
                cell("trigger", format!("${{{trigger}}}"));
            }
        } else if kind.is_answered() && !kind.is_select() && self.rng.chance(8) {
            if let Some(value @ (Kind::Number | Kind::Text | Kind::Day)) = value {
                cell("calculation", self.expression(value, 2, None, false));
                if self.rng.chance(50) {
                    cell("read_only", "yes".to_owned());
                }
                calculated = Some(value);
            }
        }
        if kind == Q::Range {
            let parameters = self.rng.word(&[
                "start=0 end=10 step=1",
                "start=1 end=5 step=0.5",
                "start=10 end=50 step=10",
            ]);
            cell("parameters", parameters.to_owned());
        }
        if kind.is_metadata() {
            return calculated;
        }
        if self.rng.chance(30) {
            cell("relevant", self.expression(Kind::Truth, 3, None, false));
        }
        if !kind.is_shown() {
            return calculated;
        }
        if kind.is_answered() {
            if self.rng.chance(25) {
                let required = match self.rng.below(3) {
                    0 => self.expression(Kind::Truth, 2, None, false),
                    _ => self.rng.word(&["yes", "true()", "no", "TRUE"]).to_owned(),
                };
                cell("required", required);
            }
            if let Some(value) = value.filter(|_| self.rng.chance(30)) {
                cell(
                    "constraint",
                    self.expression(Kind::Truth, 2, Some(value), false),
                );
            }
            if self.rng.chance(8) && calculated.is_none() {
                let read_only = match self.rng.below(2) {
                    0 => self.expression(Kind::Truth, 1, None, false),
                    _ => "yes".to_owned(),
                };
                cell("read_only", read_only);
            }
            if calculated.is_none() && self.rng.chance(18) {
                let text = self.default(kind, value);
                if !text.is_empty() {
                    cell("default", text);
                }
            }
        }
        if kind.is_select() && !other && self.rng.chance(35) {
            // A list inside the filter of another: see the row `list-in-filter` of the divergences.
            // `position(..)` would be that of the choice.
            let lists = std::mem::take(&mut self.lists);
            self.positions = false;
            let filter = match self.rng.below(4) {
                0 => format!("num > {}", self.expression(Kind::Number, 1, None, false)),
                1 => "tag = 'x' or tag = 'y'".to_owned(),
                2 => format!(
                    "num <= 5 or {}",
                    self.expression(Kind::Truth, 1, None, false)
                ),
                _ => format!("name != {}", self.expression(Kind::Text, 0, None, false)),
            };
            self.lists = lists;
            self.positions = true;
            cell("choice_filter", filter);
        }
        if kind.is_select() && self.rng.chance(6) {
            let seed = self
                .rng
                .word(&["randomize=true, seed=42", "randomize=true, seed=7"]);
            cell("parameters", seed.to_owned());
        }
        let appearance = match kind {
            Q::SelectOne | Q::SelectMultiple => {
                self.rng
                    .word(&["", "minimal", "columns", "likert", "autocomplete"])
            }
            Q::Text => self.rng.word(&["", "multiline", "numbers"]),
            Q::Date => self.rng.word(&["", "no-calendar"]),
            Q::Image if written == "image" => self.rng.word(&["", "signature", "draw", "annotate"]),
            _ => "",
        };
        if !appearance.is_empty() {
            cell("appearance", appearance.to_owned());
        }
        self.texts(row, kind);
        calculated
    }

    /// Columns with words, which have no say in values.
    fn texts(&mut self, row: &mut Row, kind: QuestionType) {
        for (column, needs) in [
            ("hint", None),
            ("guidance_hint", None),
            ("constraint_message", Some("constraint")),
            ("required_message", Some("required")),
        ] {
            let there = needs.is_none_or(|n| row.iter().any(|(heading, _)| heading == n));
            if there && self.rng.chance(15) {
                self.label(row, column, &format!("Text of {column}"));
            }
        }
        if self.rng.chance(6) {
            self.media(row);
        }
        if self.rng.chance(4) && kind.is_answered() {
            row.push(("disabled".to_owned(), "no".to_owned()));
        }
    }

    /// A picture, a sound or a film; all in one spelling of the column.
    fn media(&mut self, row: &mut Row) {
        let prefix = if self.languages { "media::" } else { "" };
        for (column, file) in match self.rng.below(4) {
            0 => &[("image", "picture.png"), ("big-image", "picture.png")][..],
            1 => &[("audio", "sound.mp3")],
            2 => &[("video", "film.mp4")],
            _ => &[("image", "picture.png")],
        } {
            row.push((format!("{prefix}{column}"), (*file).to_owned()));
        }
    }

    fn default(&mut self, kind: QuestionType, value: Option<Kind>) -> String {
        use QuestionType as Q;
        if self.rng.chance(40)
            && let Some(value @ (Kind::Number | Kind::Text | Kind::Day)) = value
            && matches!(kind, Q::Integer | Q::Decimal | Q::Text | Q::Date)
        {
            return match value {
                Kind::Number => format!("{} + 1", self.expression(Kind::Number, 1, None, false)),
                Kind::Day => "today()".to_owned(),
                _ => format!(
                    "concat('d', {})",
                    self.expression(Kind::Text, 1, None, false)
                ),
            };
        }
        match kind {
            Q::Integer => self.rng.word(&["0", "3", "17", "-4"]),
            Q::Decimal => self.rng.word(&["1.5", "2", "-0.25"]),
            Q::Text | Q::Hidden | Q::Barcode => self.rng.word(&["abc", "two words", "é"]),
            Q::Date => "2020-01-31",
            // With a zone pyxform takes them for expressions.
            Q::Time => "06:30:00.000",
            Q::DateTime => "2020-01-31T06:30:00.000",
            _ => "",
        }
        .to_owned()
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

fn is_repeat(row: &Row) -> bool {
    row.iter().any(|(h, c)| {
        h == "type" && (c.starts_with("begin_repeat") || c.starts_with("begin repeat"))
    })
}
