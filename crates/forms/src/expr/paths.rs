//! Following paths through the answers.

use super::eval::{Env, Spot};
use super::value::{NodeRef, Value, to_number};
use super::{Expr, Kind, PathStart, Step, functions, parse_date, parse_date_time, parse_time};
use crate::form::{NodeId, NodeKind};
use crate::types::QuestionType as Q;
use chrono::TimeZone;
use std::borrow::Cow;

impl Env<'_> {
    /// The nodes that a path leads to, those that are not relevant left out, as JavaRosa does.
    pub(super) fn follow(&self, start: &PathStart, steps: &[Step], spot: Spot) -> Vec<NodeRef> {
        let mut nodes = self.walk(start, steps, spot);
        nodes.retain(|node| match node {
            NodeRef::Main { scope, node } => self.data.is_relevant(self.form, *scope, *node),
            _ => true,
        });
        nodes
    }

    /// The nodes that a path leads to, relevant or not.
    pub(super) fn walk(&self, start: &PathStart, steps: &[Step], spot: Spot) -> Vec<NodeRef> {
        let mut steps = steps;
        let mut nodes = match start {
            PathStart::Context => vec![spot.node],
            PathStart::Current => vec![self.current],
            PathStart::Node {
                target,
                from_context,
                own,
            } => {
                let from = if *from_context {
                    spot.node
                } else {
                    self.current
                };
                self.contextual(*target, from, *own)
            }
            PathStart::Items(list) => {
                let item = |row| NodeRef::Item { list: *list, row };
                let found = match steps.first() {
                    Some(Step::Predicate(test)) => self.looked_up(test, *list),
                    _ => None,
                };
                match found {
                    Some(rows) => {
                        steps = &steps[1..];
                        rows.into_iter().map(item).collect()
                    }
                    None => (0..self.form.lists[*list].len()).map(item).collect(),
                }
            }
            PathStart::Expr(expr) => match self.eval(expr, spot) {
                Value::Nodes(nodes) => nodes,
                _ => Vec::new(),
            },
        };
        for step in steps {
            nodes = self.step(nodes, step);
        }
        nodes
    }

    fn step(&self, nodes: Vec<NodeRef>, step: &Step) -> Vec<NodeRef> {
        match step {
            Step::Parent => {
                let mut out: Vec<NodeRef> = Vec::new();
                for node in nodes {
                    if let Some(parent) = self.parent(node)
                        && !out.contains(&parent)
                    {
                        out.push(parent);
                    }
                }
                out
            }
            Step::Down(targets) => {
                let mut out = Vec::new();
                for node in nodes {
                    if let NodeRef::Main { scope, node } = node {
                        for target in targets {
                            if self.is_below(*target, node) {
                                self.data.down(self.form, scope, *target, &mut |scope| {
                                    out.push(NodeRef::Main {
                                        scope,
                                        node: *target,
                                    });
                                });
                            }
                        }
                    }
                }
                out
            }
            Step::Column(column) => nodes
                .into_iter()
                .filter_map(|node| match node {
                    NodeRef::Item { list, row } => Some(NodeRef::Cell {
                        list,
                        row,
                        column: *column,
                    }),
                    _ => None,
                })
                .collect(),
            Step::Predicate(test) => {
                let size = nodes.len();
                nodes
                    .into_iter()
                    .enumerate()
                    .filter(|(index, node)| {
                        let spot = Spot {
                            node: *node,
                            position: index + 1,
                            size,
                        };
                        match self.scalar(test, spot) {
                            Value::Number(n) => n == (index + 1) as f64,
                            other => other.bool(),
                        }
                    })
                    .map(|(_, node)| node)
                    .collect()
            }
        }
    }

    fn is_below(&self, target: NodeId, node: NodeId) -> bool {
        self.form.node(target).parent == Some(node)
    }

    fn parent(&self, node: NodeRef) -> Option<NodeRef> {
        let NodeRef::Main { scope, node } = node else {
            return None;
        };
        let parent = self.form.node(node).parent?;
        let scope = if self.form.node(node).kind == NodeKind::Repeat {
            self.data.scopes[scope].parent?
        } else {
            scope
        };
        Some(NodeRef::Main {
            scope,
            node: parent,
        })
    }

    /// All nodes of an absolute path that stand in the same instances as `from`.
    fn contextual(&self, target: NodeId, from: NodeRef, own: bool) -> Vec<NodeRef> {
        let scope = match from {
            NodeRef::Main { scope, .. } => scope,
            _ => 0,
        };
        let node = self.form.node(target);
        let own = usize::from(node.kind == NodeKind::Repeat && !own);
        let around = &node.repeats[..node.repeats.len() - own];
        let here = &self.form.node(self.data.scopes[scope].def).repeats;
        let depth = around.iter().zip(here).take_while(|(a, b)| a == b).count();
        let scope = self.data.climb(self.form, scope, depth);
        let mut out = Vec::new();
        self.data.down(self.form, scope, target, &mut |scope| {
            out.push(NodeRef::Main {
                scope,
                node: target,
            });
        });
        out
    }

    /// `indexed-repeat`: nothing if an index is out of range. What is no number, or below 1, counts as
    /// 1, as in JavaRosa.
    pub(super) fn indexed(&self, target: NodeId, indices: &[(NodeId, f64)]) -> Vec<NodeRef> {
        let mut scope = match self.current {
            NodeRef::Main { scope, .. } => scope,
            _ => 0,
        };
        let here = self.form.node(self.data.scopes[scope].def).repeats.clone();
        let repeats = &self.form.node(target).repeats;
        let given = |repeat: &NodeId| indices.iter().find(|(r, _)| r == repeat).map(|(_, n)| *n);
        let depth = repeats
            .iter()
            .zip(&here)
            .take_while(|(a, b)| a == b && given(a).is_none())
            .count();
        scope = self.data.climb(self.form, scope, depth);
        for repeat in &repeats[depth..] {
            let siblings = &self.data.scopes[scope].children[self.form.node(*repeat).repeat_slot];
            let index = given(repeat).unwrap_or(1.0).max(1.0);
            let Some(next) = siblings.get(index as usize - 1) else {
                return Vec::new();
            };
            scope = *next;
        }
        if self.data.is_relevant(self.form, scope, target) {
            vec![NodeRef::Main {
                scope,
                node: target,
            }]
        } else {
            Vec::new()
        }
    }

    /// The node of a plain path that leads to one place at most, so that no list of nodes is needed:
    /// `Some(None)` if it is not relevant, `None` for every other expression.
    pub(super) fn only(&self, expr: &Expr, spot: Spot) -> Option<Option<NodeRef>> {
        let Expr::Path(start, steps) = expr else {
            return None;
        };
        if !steps.is_empty() {
            return None;
        }
        let found = match start {
            PathStart::Context => spot.node,
            PathStart::Current => self.current,
            PathStart::Node {
                target,
                from_context,
                ..
            } => {
                let node = self.form.node(*target);
                let from = if *from_context {
                    spot.node
                } else {
                    self.current
                };
                let NodeRef::Main { scope, .. } = from else {
                    return None;
                };
                let here = &self.form.node(self.data.scopes[scope].def).repeats;
                if node.kind == NodeKind::Repeat || !here.starts_with(&node.repeats) {
                    return None;
                }
                NodeRef::Main {
                    scope: self.data.climb(self.form, scope, node.repeats.len()),
                    node: *target,
                }
            }
            PathStart::Items(_) | PathStart::Expr(_) => return None,
        };
        Some(match found {
            NodeRef::Main { scope, node } if !self.data.is_relevant(self.form, scope, node) => None,
            found => Some(found),
        })
    }

    /// What a node holds as it is stored, if an expression sees just that text.
    fn plain_text(&self, node: NodeRef) -> Option<&str> {
        match node {
            NodeRef::Item { .. } => Some(""),
            NodeRef::Cell { list, row, column } => {
                let list = &self.form.lists[list];
                (!list.internal || column != list.label).then(|| list.cell(row, column))
            }
            NodeRef::Main { scope, node } => {
                let def = self.form.node(node);
                let NodeKind::Question(kind) = def.kind else {
                    return Some("");
                };
                let data = &self.data.scopes[scope];
                let text = data.values[def.slot].as_str();
                let plain = !is_typed(kind) && data.kinds[def.slot] == Kind::Text;
                (plain || text.is_empty()).then_some(text)
            }
        }
    }

    /// The text of a node.
    pub(super) fn read_text(&self, node: NodeRef) -> Cow<'_, str> {
        match self.plain_text(node) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.read(node).text()),
        }
    }

    /// The number of a node; NaN if it holds none.
    pub(super) fn read_number(&self, node: NodeRef) -> f64 {
        match self.plain_text(node) {
            Some(text) => to_number(text),
            None => self.read(node).number(),
        }
    }

    /// The value of a node in its type: numbers, dates and times as such, all else as text.
    pub(super) fn read(&self, node: NodeRef) -> Value {
        if let Some(text) = self.plain_text(node) {
            return Value::Text(text.to_owned());
        }
        match node {
            NodeRef::Item { .. } => Value::Text(String::new()),
            NodeRef::Cell { list, row, .. } => {
                let list = &self.form.lists[list];
                Value::Text(self.choice_label(list, row))
            }
            NodeRef::Main { scope, node } => {
                let def = self.form.node(node);
                let NodeKind::Question(kind) = def.kind else {
                    return Value::Text(String::new());
                };
                let data = &self.data.scopes[scope];
                self.typed(kind, data.kinds[def.slot], &data.values[def.slot])
            }
        }
    }

    /// An answer of the form saved last, in the type of its question.
    pub(super) fn last_saved(&self, node: NodeId, text: &str) -> Value {
        match self.form.node(node).kind {
            NodeKind::Question(kind) if !text.is_empty() => self.typed(kind, Kind::Text, text),
            _ => Value::Text(String::new()),
        }
    }

    fn typed(&self, question: Q, kind: Kind, text: &str) -> Value {
        let zone = *self.context.now.offset();
        // An infinite result stays one, although its text is no number.
        let number = || {
            Some(match text {
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                text => to_number(text),
            })
            .filter(|n| !n.is_nan())
            .map(Value::Number)
        };
        let moment = || parse_date_time(text, zone).map(|m| Value::Moment(m.with_timezone(&zone)));
        let typed = match question {
            Q::Integer | Q::Decimal | Q::Range => number(),
            Q::Date | Q::Today => parse_date(text).map(Value::Date),
            Q::DateTime | Q::Start | Q::End => moment(),
            // A time is a moment of the day of the visit, as in JavaRosa.
            Q::Time => parse_time(text).and_then(|(time, own)| {
                let local = self.context.today.and_time(time);
                let moment = own.unwrap_or(zone).from_local_datetime(&local).single()?;
                Some(Value::Moment(moment.with_timezone(&zone)))
            }),
            Q::Geopoint | Q::StartGeopoint | Q::BackgroundGeopoint | Q::Geotrace | Q::Geoshape => {
                functions::written(text).map(Value::Text)
            }
            _ => match kind {
                Kind::Text => None,
                Kind::Bool => Some(Value::Bool(text == "1")),
                Kind::Number => number(),
                Kind::Date => parse_date(text).map(Value::Date),
                Kind::Moment => moment(),
            },
        };
        typed.unwrap_or_else(|| Value::Text(text.to_owned()))
    }

    /// Number of a repeat instance or of a choice among its siblings, from 1; other nodes are the only ones.
    pub(super) fn position(&self, node: NodeRef) -> f64 {
        let (scope, node) = match node {
            NodeRef::Main { scope, node } => (scope, node),
            NodeRef::Item { row, .. } => return f64::from(row) + 1.0,
            NodeRef::Cell { .. } => return 1.0,
        };
        let def = self.form.node(node);
        if def.kind != NodeKind::Repeat {
            return 1.0;
        }
        let siblings = self.data.scopes[scope]
            .parent
            .map(|parent| &self.data.scopes[parent].children[def.repeat_slot]);
        siblings
            .and_then(|all| all.iter().position(|s| *s == scope))
            .map_or(1.0, |index| (index + 1) as f64)
    }
}

/// Whether the answers of a type are more than text to an expression.
fn is_typed(kind: Q) -> bool {
    matches!(
        kind,
        Q::Integer
            | Q::Decimal
            | Q::Range
            | Q::Date
            | Q::Today
            | Q::DateTime
            | Q::Start
            | Q::End
            | Q::Time
            | Q::Geopoint
            | Q::StartGeopoint
            | Q::BackgroundGeopoint
            | Q::Geotrace
            | Q::Geoshape
    )
}
