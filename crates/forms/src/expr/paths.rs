//! Following paths through the answers.

use super::eval::{Env, Spot};
use super::value::{NodeRef, Value, to_number};
use super::{Kind, PathStart, Step, parse_date, parse_date_time};
use crate::form::{NodeId, NodeKind};
use crate::types::QuestionType as Q;

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
            PathStart::Items(list) => (0..self.form.lists[*list].rows.len() as u32)
                .map(|row| NodeRef::Item { list: *list, row })
                .collect(),
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

    /// `indexed-repeat`: nothing if an index is out of range.
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
            let index = given(repeat).unwrap_or(1.0);
            if index.is_nan() || index < 1.0 {
                return Vec::new();
            }
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

    /// The value of a node in its type: numbers and dates as such, all else as text.
    pub(super) fn read(&self, node: NodeRef) -> Value {
        match node {
            NodeRef::Item { .. } => Value::Text(String::new()),
            NodeRef::Cell { list, row, column } => {
                let list = &self.form.lists[list];
                let row = &list.rows[row as usize];
                if list.internal && column == list.label {
                    return Value::Text(self.choice_label(list, row));
                }
                Value::Text(row.values[column].clone())
            }
            NodeRef::Main { scope, node } => {
                let slot = self.form.node(node).slot;
                let data = &self.data.scopes[scope];
                self.typed(node, data.values[slot].as_str(), data.kinds[slot])
            }
        }
    }

    /// A stored text as a value of its question's type.
    pub(super) fn typed(&self, node: NodeId, text: &str, stored: Kind) -> Value {
        let NodeKind::Question(kind) = self.form.node(node).kind else {
            return Value::Text(String::new());
        };
        if text.is_empty() {
            return Value::Text(String::new());
        }
        let zone = *self.context.now.offset();
        let number = || {
            Some(to_number(text))
                .filter(|n| !n.is_nan())
                .map(Value::Number)
        };
        let typed = match kind {
            Q::Integer | Q::Decimal | Q::Range => number(),
            Q::Date | Q::Today => parse_date(text).map(Value::Date),
            Q::DateTime | Q::Start | Q::End => parse_date_time(text, zone).map(Value::Moment),
            _ => match stored {
                Kind::Text => None,
                Kind::Bool => Some(Value::Bool(text == "1")),
                Kind::Number => number(),
                Kind::Date => parse_date(text).map(Value::Date),
                Kind::Moment => parse_date_time(text, zone).map(Value::Moment),
            },
        };
        typed.unwrap_or_else(|| Value::Text(text.to_owned()))
    }

    /// Number of a repeat instance among its siblings, from 1; other nodes are the only ones.
    pub(super) fn position(&self, node: NodeRef) -> f64 {
        let NodeRef::Main { scope, node } = node else {
            return 1.0;
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
