//! What loads and is probably not meant: constraints that never hold, codes that no list has.

use super::Report;
use crate::draft::{Cell, Draft, DraftNode};
use crate::expr::{Resolver, number_text};
use crate::form::{NodeId, NodeKind};
use crate::problem::did_you_mean;
use crate::types::QuestionType as Q;
use crate::xpath::{self, Ast, Op, PathStart, Step};
use std::collections::HashMap;

/// Columns whose expressions are looked through for codes.
const COLUMNS: [&str; 6] = [
    "relevant",
    "constraint",
    "required",
    "read_only",
    "calculation",
    "choice_filter",
];

/// Warns about all rows.
pub(super) fn look(draft: &Draft, resolver: &Resolver<'_>, report: &mut Report) {
    for (id, node) in draft.nodes.iter().enumerate().skip(1) {
        for column in COLUMNS {
            let Some(cell) = node.cell(column) else {
                continue;
            };
            let Ok(ast) = xpath::parse(&super::expressions::straighten(&cell.text)) else {
                continue;
            };
            if column == "constraint" && !is_possible(&ast, node.kind) {
                report.warn(cell.place.problem(
                    "constraint_never",
                    format!(
                        "No answer to '{}' can ever satisfy this constraint: its parts contradict each other.",
                        node.name
                    ),
                ));
            }
            // In a choice filter a dot is a choice, not the answer.
            let own = (column != "choice_filter").then_some(id as NodeId);
            codes(&ast, &mut |question, code| {
                let question = match question {
                    Some(name) => resolver.reference(name, id as NodeId).ok(),
                    None => own,
                };
                if let Some(question) = question {
                    doubt(question, code, (node, cell), resolver, report);
                }
            });
        }
    }
}

/// Warns if a question is compared with a code that its list does not have.
fn doubt(
    question: NodeId,
    code: &str,
    (node, cell): (&DraftNode, &Cell),
    resolver: &Resolver<'_>,
    report: &mut Report,
) {
    let asked = &resolver.nodes[question as usize];
    let Some(list) = asked.list.map(|l| &resolver.lists[l]) else {
        return;
    };
    if code.is_empty() || list.has(code) {
        return;
    }
    let near = did_you_mean(
        code,
        (0..list.len().min(5_000)).map(|row| list.value_of(row)),
    );
    report.warn(cell.place.problem(
        "choice_unknown",
        format!(
            "'{code}' is no choice of '{}' (list '{}'), so '{}' will never see it.{near}",
            asked.name, list.name, node.name
        ),
    ));
}

/// The question that an expression names: `Some(None)` for the dot.
fn question(ast: &Ast) -> Option<Option<&str>> {
    match ast {
        Ast::Path(PathStart::Reference(name), steps) if steps.is_empty() => Some(Some(name)),
        Ast::Path(PathStart::Context, steps)
            if steps.iter().all(|s| matches!(s, Step::SelfNode)) =>
        {
            Some(None)
        }
        _ => None,
    }
}

fn literal(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Text(text) => Some(text.clone()),
        Ast::Number(n) => Some(number_text(*n)),
        _ => None,
    }
}

/// Calls `found` with every question and code that are compared for equality.
fn codes(ast: &Ast, found: &mut dyn FnMut(Option<&str>, &str)) {
    match ast {
        Ast::Or(parts) | Ast::And(parts) | Ast::Union(parts) => {
            parts.iter().for_each(|p| codes(p, found));
        }
        Ast::Chain(first, rest) => {
            if let [(Op::Eq | Op::Ne, second)] = rest.as_slice() {
                for (a, b) in [(&**first, second), (second, &**first)] {
                    if let (Some(question), Some(code)) = (question(a), literal(b)) {
                        found(question, &code);
                    }
                }
            }
            codes(first, found);
            rest.iter().for_each(|(_, p)| codes(p, found));
        }
        Ast::Neg(inner) => codes(inner, found),
        Ast::Call(name, args) => {
            if let ("selected", [a, b]) = (name.as_str(), args.as_slice())
                && let (Some(question), Some(code)) = (question(a), literal(b))
            {
                found(question, code.trim());
            }
            args.iter().for_each(|p| codes(p, found));
        }
        // What stands in a predicate has another dot.
        Ast::Number(_) | Ast::Text(_) | Ast::Path(..) => {}
    }
}

/// What a number must lie between.
#[derive(Clone, Copy)]
struct Bounds {
    low: f64,
    high: f64,
    /// Whether the ends themselves are left out.
    open: (bool, bool),
}

impl Bounds {
    const ALL: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        open: (false, false),
    };

    fn narrow(&mut self, op: Op, n: f64) {
        let (raise, lower) = match op {
            Op::Gt => (Some(true), None),
            Op::Ge => (Some(false), None),
            Op::Lt => (None, Some(true)),
            Op::Le => (None, Some(false)),
            Op::Eq => (Some(false), Some(false)),
            _ => (None, None),
        };
        if let Some(open) = raise
            && (n > self.low || n == self.low && open)
        {
            (self.low, self.open.0) = (n, open);
        }
        if let Some(open) = lower
            && (n < self.high || n == self.high && open)
        {
            (self.high, self.open.1) = (n, open);
        }
    }

    fn is_empty(&self, whole: bool) -> bool {
        let (mut low, mut high) = (self.low, self.high);
        if whole {
            low = if self.open.0 {
                low.floor() + 1.0
            } else {
                low.ceil()
            };
            high = if self.open.1 {
                high.ceil() - 1.0
            } else {
                high.floor()
            };
            return low > high;
        }
        low > high || low == high && (self.open.0 || self.open.1)
    }
}

/// Whether some answer may satisfy a constraint; `true` where that cannot be told.
fn is_possible(ast: &Ast, kind: NodeKind) -> bool {
    match ast {
        Ast::Or(parts) => parts.iter().any(|p| is_possible(p, kind)),
        Ast::And(parts) => parts.iter().all(|p| is_possible(p, kind)) && agree(parts, kind),
        Ast::Call(name, args) => !(name == "false" && args.is_empty()),
        Ast::Chain(first, rest) => match (&**first, rest.as_slice()) {
            (Ast::Number(a), [(op, Ast::Number(b))]) => match op {
                Op::Eq => a == b,
                Op::Ne => a != b,
                Op::Lt => a < b,
                Op::Le => a <= b,
                Op::Gt => a > b,
                Op::Ge => a >= b,
                _ => true,
            },
            (_, [_]) => agree(std::slice::from_ref(ast), kind),
            _ => true,
        },
        _ => true,
    }
}

/// Whether comparisons that must all hold leave room for a value.
fn agree(parts: &[Ast], kind: NodeKind) -> bool {
    let mut numbers: HashMap<&'static str, Bounds> = HashMap::new();
    let mut text: Option<&str> = None;
    for part in parts {
        let Ast::Chain(first, rest) = part else {
            continue;
        };
        let [(op, second)] = rest.as_slice() else {
            continue;
        };
        let turned = match op {
            Op::Lt => Op::Gt,
            Op::Le => Op::Ge,
            Op::Gt => Op::Lt,
            Op::Ge => Op::Le,
            other => *other,
        };
        for (a, op, b) in [(&**first, *op, second), (second, turned, &**first)] {
            let Some(measure) = measure(a) else {
                continue;
            };
            if let Some(n) = number(b) {
                let bounds = numbers.entry(measure).or_insert(match measure {
                    "." => Bounds::ALL,
                    _ => Bounds {
                        low: 0.0,
                        ..Bounds::ALL
                    },
                });
                bounds.narrow(op, n);
            }
            if let (".", Op::Eq, Ast::Text(t)) = (measure, op, b) {
                if text.is_some_and(|other| other != t) {
                    return false;
                }
                text = Some(t);
            }
        }
    }
    let whole = kind == NodeKind::Question(Q::Integer);
    numbers
        .iter()
        .all(|(measure, bounds)| !bounds.is_empty(*measure != "." || whole))
}

/// What is measured of the answer.
fn measure(ast: &Ast) -> Option<&'static str> {
    match ast {
        Ast::Call(name, args) => match (name.as_str(), args.as_slice()) {
            ("string-length", [inner]) if question(inner) == Some(None) => Some("string-length"),
            ("string-length", []) => Some("string-length"),
            ("count-selected", [inner]) if question(inner) == Some(None) => Some("count-selected"),
            _ => None,
        },
        _ => (question(ast) == Some(None)).then_some("."),
    }
}

fn number(ast: &Ast) -> Option<f64> {
    match ast {
        Ast::Number(n) => Some(*n),
        Ast::Neg(inner) => number(inner).map(|n| -n),
        _ => None,
    }
}
