//! Rows of a choice list by what stands in a column: `column = EXPR [and ..]` in a choice filter or in a
//! predicate on `instance('list')/root/item` is answered by looking up, not by trying every row.
//!
//! A lookup only proposes rows; the whole condition is tested on each of them, so that it decides alone.

use super::eval::{Env, Spot};
use super::value::{NodeRef, Value, to_number};
use super::{Expr, PathStart, Step};
use crate::form::{Form, List};
use crate::functions::Function as F;
use crate::xpath::Op;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// For columns of lists that conditions ask for: the rows, sorted by what stands in the column and then by
/// number. Four bytes a row, and no copy of any text.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    sorted: HashMap<(usize, usize), Arc<[u32]>>,
}

impl Lookups {
    /// All that the expressions of a form ask for.
    pub(crate) fn of(form: &Form) -> Self {
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for node in &form.nodes {
            if let (Some(filter), Some(list)) = (&node.choice_filter, node.list) {
                wanted.extend(keys(filter).map(|(column, _)| (list, column)));
            }
            if let Some(list) = node.list {
                // Every answer is looked for by its value: prepared here, not at the first answer.
                form.lists[list].by_value();
            }
        }
        form.each_expr(&mut |expr| collect(expr, &mut wanted));
        let mut sorted = HashMap::new();
        for (list, column) in wanted {
            // Labels have languages and outputs.
            let found = &form.lists[list];
            if !found.internal || column != found.label {
                sorted
                    .entry((list, column))
                    .or_insert_with(|| found.sorted(column).into());
            }
        }
        Self { sorted }
    }

    /// The same for lists of which some have other rows.
    pub(crate) fn renewed(&self, lists: &[Arc<List>], changed: impl Fn(usize) -> bool) -> Self {
        let sorted = self.sorted.iter().map(|((list, column), rows)| {
            let rows = match changed(*list) {
                true => lists[*list].sorted(*column).into(),
                false => rows.clone(),
            };
            ((*list, *column), rows)
        });
        Self {
            sorted: sorted.collect(),
        }
    }

    /// Number of columns that can be looked up.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Rows that may equal a value in a column, in order; `None` if only trying each can tell.
    fn rows<'l>(
        &'l self,
        lists: &[Arc<List>],
        place: (usize, usize),
        value: &Value,
    ) -> Option<Cow<'l, [u32]>> {
        let sorted = self.sorted.get(&place)?;
        let (list, column) = (&lists[place.0], place.1);
        let text = |row: u32| list.cell(row, column);
        match value {
            // A column holds texts: against all but numbers and truth values they are compared as texts.
            Value::Text(_) | Value::Date(_) | Value::Moment(_) => {
                Some(Cow::Borrowed(list.equal(sorted, column, &value.text())))
            }
            Value::Number(wanted) => {
                let mut found: Vec<u32> = Vec::new();
                // Equal texts stand together: each is read once.
                for equal in sorted.chunk_by(|a, b| text(*a) == text(*b)) {
                    let number = to_number(text(equal[0]));
                    if (number - wanted).abs() < 1e-12 || number == *wanted {
                        found.extend(equal);
                    }
                }
                found.sort_unstable();
                Some(Cow::Owned(found))
            }
            Value::Bool(_) | Value::Nodes(_) => None,
        }
    }
}

/// Columns that the predicates inside an expression ask for.
fn collect(expr: &Expr, wanted: &mut Vec<(usize, usize)>) {
    expr.each(&mut |inner| {
        if let Expr::Path(PathStart::Items(list), steps) = inner
            && let Some(Step::Predicate(test)) = steps.first()
        {
            wanted.extend(keys(test).map(|(column, _)| (*list, column)));
        }
    });
}

impl Env<'_> {
    /// Rows of a list that a condition accepts, found by looking up; `None` if each row must be tried.
    pub(crate) fn looked_up(&self, test: &Expr, list: usize) -> Option<Vec<u32>> {
        let lists = &self.form.lists;
        let current = self.at_current();
        let candidates = keys(test)
            .filter_map(|(column, value)| {
                let value = self.scalar(value, current);
                self.form.lookups.rows(lists, (list, column), &value)
            })
            .min_by_key(|rows| rows.len())?;
        let size = lists[list].len() as usize;
        let accepted = candidates.iter().copied().filter(|row| {
            let spot = Spot {
                node: NodeRef::Item { list, row: *row },
                position: *row as usize + 1,
                size,
            };
            self.bool(test, spot)
        });
        Some(accepted.collect())
    }

    /// Rows of a select's list that its choice filter accepts.
    pub(crate) fn filtered(&self, filter: &Expr, list: usize) -> Vec<u32> {
        self.looked_up(filter, list).unwrap_or_else(|| {
            (0..self.form.lists[list].len())
                .filter(|row| self.accepts(filter, list, *row))
                .collect()
        })
    }
}

/// The parts `column = EXPR` of a condition all of whose parts must hold, where the expression is the same
/// for all rows. None if the condition draws random numbers: then it is not to be tried more or less often.
fn keys(test: &Expr) -> impl Iterator<Item = (usize, &Expr)> {
    let parts = match test {
        Expr::And(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let fixed = test.is_repeatable();
    parts.iter().filter(move |_| fixed).filter_map(key)
}

fn key(part: &Expr) -> Option<(usize, &Expr)> {
    let Expr::Chain(left, rest) = part else {
        return None;
    };
    let [(Op::Eq, right)] = rest.as_slice() else {
        return None;
    };
    match (column(left), column(right)) {
        (Some(column), None) if right.is_same_for_all() => Some((column, right)),
        (None, Some(column)) if left.is_same_for_all() => Some((column, left)),
        _ => None,
    }
}

/// A column of the row that is looked at.
fn column(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Path(PathStart::Context, steps) => match steps.as_slice() {
            [Step::Column(column)] => Some(*column),
            _ => None,
        },
        _ => None,
    }
}

impl Expr {
    /// Visits an expression and all inside it.
    pub(crate) fn each<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match self {
            Expr::Number(_)
            | Expr::Text(_)
            | Expr::LastSaved(_)
            | Expr::FormId
            | Expr::Itext(_) => {}
            Expr::Or(parts) | Expr::And(parts) | Expr::Union(parts) | Expr::Call(_, parts) => {
                parts.iter().for_each(|part| part.each(visit));
            }
            Expr::Chain(first, rest) => {
                first.each(visit);
                rest.iter().for_each(|(_, part)| part.each(visit));
            }
            Expr::Neg(inner) | Expr::Regex(inner, _) | Expr::ChoiceName(inner, _) => {
                inner.each(visit);
            }
            Expr::Indexed(_, pairs) => pairs.iter().for_each(|(_, part)| part.each(visit)),
            Expr::Path(start, steps) => {
                if let PathStart::Expr(inner) = start {
                    inner.each(visit);
                }
                for step in steps {
                    if let Step::Predicate(test) = step {
                        test.each(visit);
                    }
                }
            }
        }
    }

    /// Whether it gives the same however often it is evaluated, and has no effect.
    pub(crate) fn is_repeatable(&self) -> bool {
        let mut good = true;
        self.each(&mut |part| {
            good &= !matches!(part, Expr::Call(function, _) if !is_pure(*function));
        });
        good
    }

    /// Whether it does not look at the node that a predicate or filter is about. What predicates inside
    /// it look at is their own.
    fn is_same_for_all(&self) -> bool {
        match self {
            Expr::Number(_) | Expr::Text(_) | Expr::LastSaved(_) | Expr::FormId => true,
            Expr::Itext(_) => false,
            Expr::Or(parts) | Expr::And(parts) | Expr::Union(parts) => {
                parts.iter().all(Expr::is_same_for_all)
            }
            Expr::Call(F::Position | F::Last, args) if args.is_empty() => false,
            Expr::Call(_, args) => args.iter().all(Expr::is_same_for_all),
            Expr::Chain(first, rest) => {
                first.is_same_for_all() && rest.iter().all(|(_, part)| part.is_same_for_all())
            }
            Expr::Neg(inner) | Expr::Regex(inner, _) | Expr::ChoiceName(inner, _) => {
                inner.is_same_for_all()
            }
            Expr::Indexed(_, pairs) => pairs.iter().all(|(_, part)| part.is_same_for_all()),
            Expr::Path(start, _) => match start {
                PathStart::Context => false,
                PathStart::Node { from_context, .. } => !from_context,
                PathStart::Current | PathStart::Items(_) => true,
                PathStart::Expr(inner) => inner.is_same_for_all(),
            },
        }
    }
}

fn is_pure(function: F) -> bool {
    !matches!(function, F::Random | F::Uuid | F::Randomize | F::Once)
}
