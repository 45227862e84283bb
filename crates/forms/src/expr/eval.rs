//! Evaluation.

use super::dates::midnight;
use super::value::{NodeRef, Value};
use super::{Expr, Itext, ItextForm, number_text};
use crate::form::{Form, List};
use crate::instance::{Context, Data};
use crate::types::QuestionType;
use crate::xpath::Op;
use chrono::FixedOffset;
use std::borrow::Cow;
use std::cell::Cell;

/// Everything that an evaluation may look at.
pub(crate) struct Env<'a> {
    pub form: &'a Form,
    pub data: &'a Data,
    pub context: &'a Context,
    /// The node that the expression belongs to.
    pub current: NodeRef,
    /// Language of labels.
    pub lang: &'a str,
    /// State of the generator behind `random()` and `uuid()`.
    pub random: &'a Cell<u64>,
}

/// What a predicate looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub node: NodeRef,
    pub position: usize,
    pub size: usize,
}

impl Env<'_> {
    /// The value of an expression at the current node.
    pub(crate) fn value(&self, expr: &Expr) -> Value {
        self.scalar(expr, self.spot(self.current))
    }

    /// The value of an expression; that of a lone reference also while it is not relevant, as JavaRosa reads
    /// the number of a counted repeat.
    pub(crate) fn kept(&self, expr: &Expr) -> Value {
        match expr {
            Expr::Path(start, steps) => {
                self.first(&self.walk(start, steps, self.spot(self.current)))
            }
            _ => self.value(expr),
        }
    }

    /// The value of a choice filter for a row.
    pub(crate) fn accepts(&self, filter: &Expr, list: usize, row: u32) -> bool {
        let spot = Spot {
            node: NodeRef::Item { list, row },
            position: row as usize + 1,
            size: self.form.lists[list].len() as usize,
        };
        self.scalar(filter, spot).bool()
    }

    /// The current node, looked at by itself.
    pub(super) fn at_current(&self) -> Spot {
        self.spot(self.current)
    }

    /// The value of a filter for an instance of a repeat.
    pub(crate) fn accepts_instance(&self, filter: &Expr, scope: usize, repeat: u32) -> bool {
        let node = NodeRef::Main {
            scope,
            node: repeat,
        };
        self.scalar(filter, self.spot(node)).bool()
    }

    fn spot(&self, node: NodeRef) -> Spot {
        Spot {
            node,
            position: 1,
            size: 1,
        }
    }

    /// Evaluates to anything but nodes.
    pub(super) fn scalar(&self, expr: &Expr, spot: Spot) -> Value {
        if let Some(only) = self.only(expr, spot) {
            return match only {
                Some(node) => self.read(node),
                None => Value::Text(String::new()),
            };
        }
        match self.eval(expr, spot) {
            Value::Nodes(nodes) => self.first(&nodes),
            other => other,
        }
    }

    pub(super) fn first(&self, nodes: &[NodeRef]) -> Value {
        nodes
            .first()
            .map_or_else(|| Value::Text(String::new()), |node| self.read(*node))
    }

    pub(super) fn text(&self, expr: &Expr, spot: Spot) -> String {
        self.cow(expr, spot).into_owned()
    }

    /// As text, borrowed where it stands as text already.
    pub(super) fn cow<'s>(&'s self, expr: &'s Expr, spot: Spot) -> Cow<'s, str> {
        if let Expr::Text(text) = expr {
            return Cow::Borrowed(text);
        }
        if let Some(only) = self.only(expr, spot) {
            return only.map_or(Cow::Borrowed(""), |node| self.read_text(node));
        }
        match self.eval(expr, spot) {
            Value::Text(text) => Cow::Owned(text),
            Value::Nodes(nodes) => nodes
                .first()
                .map_or(Cow::Borrowed(""), |node| self.read_text(*node)),
            other => Cow::Owned(other.text()),
        }
    }

    pub(super) fn number(&self, expr: &Expr, spot: Spot) -> f64 {
        if let Some(only) = self.only(expr, spot) {
            return only.map_or(f64::NAN, |node| self.read_number(node));
        }
        self.scalar(expr, spot).number()
    }

    pub(super) fn bool(&self, expr: &Expr, spot: Spot) -> bool {
        self.scalar(expr, spot).bool()
    }

    pub(super) fn eval(&self, expr: &Expr, spot: Spot) -> Value {
        match expr {
            Expr::Number(n) => Value::Number(*n),
            Expr::Text(t) => Value::Text(t.clone()),
            Expr::Or(parts) => Value::Bool(parts.iter().any(|p| self.bool(p, spot))),
            Expr::And(parts) => Value::Bool(parts.iter().all(|p| self.bool(p, spot))),
            Expr::Chain(first, rest) => {
                let mut left = self.scalar(first, spot);
                for (op, right) in rest {
                    left = operate(&left, *op, &self.scalar(right, spot));
                }
                left
            }
            Expr::Neg(inner) => Value::Number(-self.number(inner, spot)),
            Expr::Union(parts) => {
                let mut all: Vec<NodeRef> = Vec::new();
                for part in parts {
                    if let Value::Nodes(nodes) = self.eval(part, spot) {
                        for node in nodes {
                            if !all.contains(&node) {
                                all.push(node);
                            }
                        }
                    }
                }
                Value::Nodes(all)
            }
            Expr::Call(function, args) => self.call(*function, args, spot),
            Expr::Regex(text, regex) => {
                Value::Bool(regex.is_match(&*self.cow(text, spot)).unwrap_or(false))
            }
            Expr::Indexed(target, pairs) => {
                let indices: Vec<_> = pairs
                    .iter()
                    .map(|(r, e)| (*r, self.number(e, spot)))
                    .collect();
                Value::Nodes(self.indexed(*target, &indices))
            }
            Expr::ChoiceName(value, question) => {
                let value = self.text(value, spot);
                Value::Text(self.choice_name(*question, &value))
            }
            Expr::FormId => Value::Text(self.form.id.clone()),
            Expr::Itext(text) => Value::Text(self.itext(text)),
            Expr::Path(start, steps) => Value::Nodes(self.follow(start, steps, spot)),
            Expr::LastSaved(node) => {
                let name = &self.form.node(*node).name;
                let text = self.context.last_saved.get(name).map_or("", String::as_str);
                self.last_saved(*node, text)
            }
        }
    }

    /// What `jr:itext` gives in the language of the evaluation.
    fn itext(&self, text: &Itext) -> String {
        match text {
            Itext::Choice { list, row } => {
                let list = &self.form.lists[*list];
                self.choice_label(list, *row)
            }
            Itext::Node(node, form) => {
                let node = self.form.node(*node);
                let text = match form {
                    ItextForm::Label => &node.label,
                    ItextForm::Hint => &node.hint,
                    ItextForm::ConstraintMessage => &node.constraint_message,
                    ItextForm::RequiredMessage => &node.required_message,
                };
                text.render(&self.form.languages, self.lang, |e| self.value(e).text())
            }
        }
    }

    /// Label of a choice in the language of the evaluation.
    pub(crate) fn choice_label(&self, list: &List, row: u32) -> String {
        if let Some(text) = list.with_outputs(row) {
            return text.render(&self.form.languages, self.lang, |e| self.value(e).text());
        }
        match list.plain(row, &self.form.languages, self.lang) {
            Some(label) => label.to_owned(),
            None if list.internal => String::new(),
            None => list.cell(row, list.label).to_owned(),
        }
    }

    /// Label of a value of a select; the value itself if the list has none, or no such choice.
    pub(crate) fn choice_name(&self, question: u32, value: &str) -> String {
        let Some(list) = self.form.node(question).list else {
            return value.to_owned();
        };
        let list = &self.form.lists[list];
        let row = list.rows_of(value).first();
        match row {
            Some(row) => {
                let label = self.choice_label(list, *row);
                if label.is_empty() {
                    value.to_owned()
                } else {
                    label
                }
            }
            None => String::new(),
        }
    }

    /// The next number of a splitmix64 generator.
    pub(super) fn next_random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn operate(left: &Value, op: Op, right: &Value) -> Value {
    let numbers = || (left.number(), right.number());
    match op {
        Op::Eq => Value::Bool(equal(left, right)),
        Op::Ne => Value::Bool(!equal(left, right)),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => {
            let (a, b) = numbers();
            Value::Bool(match op {
                Op::Lt => a < b,
                Op::Le => a <= b,
                Op::Gt => a > b,
                _ => a >= b,
            })
        }
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod => {
            let (a, b) = numbers();
            Value::Number(match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
                Op::Div => a / b,
                _ => a % b,
            })
        }
    }
}

/// Equality: by truth if one is a boolean, else by number if one is a number, else by text.
fn equal(left: &Value, right: &Value) -> bool {
    use Value::{Bool, Number};
    match (left, right) {
        (Bool(_), _) | (_, Bool(_)) => left.bool() == right.bool(),
        (Number(_), _) | (_, Number(_)) => {
            // An infinite number equals none, as in JavaRosa.
            (left.number() - right.number()).abs() < 1e-12
        }
        _ => left.text() == right.text(),
    }
}

/// What an expression gave to a field. A computed `false` must stay false when another expression
/// reads it, and a computed date a date, although both are stored as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Bool,
    Number,
    Date,
    Moment,
}

/// How a field of a type stores a computed value: empty for NaN, whole numbers for integers, 1 and 0
/// for true and false, and a date in a field of text as the moment when it begins, as JavaRosa does.
pub(crate) fn stored(value: &Value, question: QuestionType, zone: FixedOffset) -> (String, Kind) {
    use QuestionType as Q;
    if let Value::Date(date) = value
        && question != Q::Date
    {
        return match midnight(*date, zone) {
            Some(moment) => stored(&Value::Moment(moment), question, zone),
            None => (String::new(), Kind::Text),
        };
    }
    match (value, question) {
        (Value::Number(n), _) if n.is_nan() => (String::new(), Kind::Text),
        (Value::Number(n), Q::Integer) if n.is_finite() => (number_text(n.trunc()), Kind::Number),
        (Value::Number(_), Q::Date) => {
            let date = super::dates::to_date(value, zone);
            (date.map_or_else(String::new, |d| d.text()), Kind::Date)
        }
        (Value::Number(n), _) if n.is_finite() && (n - n.trunc()).abs() < 1e-9 => {
            (number_text(n.trunc()), Kind::Number)
        }
        (Value::Number(_), _) => (value.text(), Kind::Number),
        (Value::Bool(true), _) => ("1".to_owned(), Kind::Bool),
        (Value::Bool(false), _) => ("0".to_owned(), Kind::Bool),
        (Value::Moment(_) | Value::Date(_), Q::Date | Q::Today) => (value.text(), Kind::Date),
        // A day in a field that is no date becomes its first moment.
        (Value::Date(d), _) => match super::dates::midnight(*d, zone) {
            Some(moment) => stored(&Value::Moment(moment), question, zone),
            None => (value.text(), Kind::Date),
        },
        (Value::Moment(m), Q::Time) => (m.format("%H:%M:%S%.3f%:z").to_string(), Kind::Text),
        (Value::Moment(m), _) => (moment_text(m), Kind::Moment),
        (Value::Text(_) | Value::Nodes(_), _) => (value.text(), Kind::Text),
    }
}

/// A moment as ODK writes it.
pub(crate) fn moment_text(moment: &chrono::DateTime<chrono::FixedOffset>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}
