//! The columns of a question.

use super::FormMaker;
use crate::expressions::Kind;
use crate::sheets::Row;
use lawang_forms::QuestionType;

impl FormMaker {
    /// All columns but the first ones. Gives the kind of the calculation, if there is one.
    pub(super) fn columns(
        &mut self,
        row: &mut Row,
        kind: QuestionType,
        value: Option<Kind>,
        written: &str,
        other: bool,
    ) -> Option<Kind> {
        use QuestionType as Q;
        let mut calculated = None;
        // Answers as choices have no columns to filter by.
        let answers = row.iter().any(|(h, c)| h == "type" && c.contains("${"));
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
        } else if kind.is_answered()
            && !kind.is_select()
            && self.rng.chance(8)
            && let Some(value @ (Kind::Number | Kind::Text | Kind::Day)) = value
        {
            cell("calculation", self.expression(value, 2, None, false));
            if self.rng.chance(50) {
                cell("read_only", "yes".to_owned());
            }
            calculated = Some(value);
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
        if kind.is_select() && !other && !answers && self.rng.chance(35) {
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
    pub(super) fn media(&mut self, row: &mut Row) {
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
