//! Names to nodes, at load: whatever does not exist is an error here, so that evaluation has no
//! unknown left.

mod call;
mod path;

use super::{Dependency, Expr};
use crate::form::{CellKind, List, Node, NodeId, NodeKind};
use crate::functions::Function;
use crate::problem::did_you_mean;
use crate::xpath::{self, Ast, PathStart as From};
use std::cell::RefCell;
use std::collections::HashMap;

/// What an expression may refer to.
pub(crate) struct Resolver<'a> {
    pub nodes: &'a [Node],
    pub keys: &'a HashMap<NodeId, HashMap<String, NodeId>>,
    /// All nodes by name, for `${name}`.
    pub by_name: &'a HashMap<String, Vec<NodeId>>,
    pub lists: &'a [List],
    pub list_index: &'a HashMap<String, usize>,
    /// Columns of lists of entities that expressions name and that the lists do not have yet: list and name.
    pub added: RefCell<Vec<(usize, String)>>,
}

/// What a relative path starts from, at load.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Context {
    Node(NodeId),
    Item(usize),
}

/// The surroundings of an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// The node that the expression belongs to.
    pub current: NodeId,
    pub context: Context,
    /// Scope that everything found so far shares; only for predicates.
    floor: Option<NodeId>,
}

impl Scope {
    pub(crate) fn of(node: NodeId) -> Self {
        Self {
            current: node,
            context: Context::Node(node),
            floor: None,
        }
    }

    /// A filter of the instances of a repeat, seen from a question; `shared` is the scope around both.
    pub(crate) fn instances(node: NodeId, repeat: NodeId, shared: NodeId) -> Self {
        Self {
            current: node,
            context: Context::Node(repeat),
            floor: Some(shared),
        }
    }

    /// A choice filter: columns of the list, seen from a question.
    pub(crate) fn filter(node: NodeId, list: usize) -> Self {
        Self {
            current: node,
            context: Context::Item(list),
            floor: None,
        }
    }
}

/// Dependencies and errors, gathered while resolving.
#[derive(Debug, Default)]
pub(crate) struct Deps {
    pub on: Vec<Dependency>,
    /// Code and message.
    pub errors: Vec<(&'static str, String)>,
    /// Code and message.
    pub warnings: Vec<(&'static str, String)>,
}

impl Deps {
    fn fail(&mut self, code: &'static str, message: String) -> Expr {
        self.errors.push((code, message));
        Expr::Text(String::new())
    }
}

impl Resolver<'_> {
    /// The place of a column. A list of entities has every column that is asked for.
    pub(crate) fn column(&self, list: usize, name: &str) -> Option<usize> {
        let known = &self.lists[list];
        let at = known.columns.iter().position(|c| c == name);
        if at.is_some() || !known.linked {
            return at;
        }
        let mut added = self.added.borrow_mut();
        let mut own = added.iter().filter(|(of, _)| *of == list);
        let at = match own.position(|(_, column)| column == name) {
            Some(at) => at,
            None => {
                added.push((list, name.to_owned()));
                added.iter().filter(|(of, _)| *of == list).count() - 1
            }
        };
        Some(known.columns.len() + at)
    }

    /// Reads and resolves a text.
    pub(crate) fn text(&self, text: &str, scope: Scope, deps: &mut Deps) -> Expr {
        match xpath::parse(text) {
            Ok(ast) => self.resolve(&ast, scope, deps),
            Err(e) => deps.fail(
                "expression_syntax",
                format!("The expression cannot be read: {}", e.message),
            ),
        }
    }

    /// Resolves where one value is wanted.
    pub(crate) fn resolve(&self, ast: &Ast, scope: Scope, deps: &mut Deps) -> Expr {
        let (expr, plural) = self.any(ast, scope, deps);
        if let Some(what) = plural {
            return deps.fail(
                "reference_plural",
                format!("{what} has many values here; use sum(), count(), join(), indexed-repeat() or a predicate."),
            );
        }
        expr
    }

    fn all(&self, asts: &[Ast], scope: Scope, deps: &mut Deps) -> Vec<Expr> {
        asts.iter().map(|a| self.resolve(a, scope, deps)).collect()
    }

    /// Resolves where node sets are welcome; the second part names a path that may give many nodes.
    fn any(&self, ast: &Ast, scope: Scope, deps: &mut Deps) -> (Expr, Option<String>) {
        let expr = match ast {
            Ast::Number(n) => Expr::Number(*n),
            Ast::Text(t) => Expr::Text(t.clone()),
            Ast::Or(parts) => Expr::Or(self.all(parts, scope, deps)),
            Ast::And(parts) => Expr::And(self.all(parts, scope, deps)),
            Ast::Chain(first, rest) => Expr::Chain(
                Box::new(self.resolve(first, scope, deps)),
                rest.iter()
                    .map(|(op, a)| (*op, self.resolve(a, scope, deps)))
                    .collect(),
            ),
            Ast::Neg(inner) => Expr::Neg(Box::new(self.resolve(inner, scope, deps))),
            Ast::Union(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| match part {
                        Ast::Path(..) => self.any(part, scope, deps).0,
                        _ => deps.fail("expression_type", "'|' joins paths only.".to_owned()),
                    })
                    .collect();
                return (Expr::Union(parts), Some("A union".to_owned()));
            }
            Ast::Call(name, args) => {
                let expr = self.call(name, args, scope, deps);
                let many = matches!(expr, Expr::Call(Function::Randomize, _));
                return (expr, many.then(|| "randomize()".to_owned()));
            }
            Ast::Path(from, steps) => return self.path(from, steps, scope, deps),
        };
        (expr, None)
    }

    /// The node of `${name}`: in the scope of the current node, then outwards, then anywhere if unique.
    pub(crate) fn reference(
        &self,
        name: &str,
        current: NodeId,
    ) -> Result<NodeId, (&'static str, String)> {
        let mut scopes = self.nodes[current as usize].repeats.clone();
        loop {
            let scope = scopes.pop();
            if let Some(found) = self.keys.get(&scope.unwrap_or(0)).and_then(|k| k.get(name)) {
                let twice = |other: &NodeId| {
                    other != found
                        && self.nodes[*other as usize].repeats
                            == self.nodes[*found as usize].repeats
                        && self.nodes[*other as usize].kind != NodeKind::Repeat
                };
                if self
                    .by_name
                    .get(name)
                    .is_some_and(|all| all.iter().any(twice))
                {
                    return Err((
                        "reference_ambiguous",
                        format!(
                            "There has been a problem trying to replace ${{{name}}} with the XPath to the survey element named '{name}'. There are multiple survey elements with this name."
                        ),
                    ));
                }
                return Ok(*found);
            }
            if scope.is_none() {
                break;
            }
        }
        match self.by_name.get(name).map(Vec::as_slice) {
            Some([only]) => Ok(*only),
            Some([_, _, ..]) => Err((
                "reference_ambiguous",
                format!(
                    "There are several questions named '{name}', each in its own repeat; use a path instead of ${{{name}}}."
                ),
            )),
            _ => Err((
                "reference_unknown",
                format!(
                    "There is no question '{name}' for ${{{name}}}.{}",
                    did_you_mean(name, self.by_name.keys().map(String::as_str))
                ),
            )),
        }
    }

    /// A node named by `${name}` or an absolute path, as arguments that mean a node and not its value.
    pub(crate) fn named_node(
        &self,
        ast: &Ast,
        scope: Scope,
    ) -> Result<NodeId, (&'static str, String)> {
        match ast {
            Ast::Path(From::Reference(name), steps) if steps.is_empty() => {
                self.reference(name, scope.current)
            }
            Ast::Path(From::Root, steps) => {
                let (node, rest) = self.absolute(steps)?;
                if rest.is_empty() {
                    Ok(node)
                } else {
                    Err((
                        "expression_type",
                        "A plain path is expected, without predicates.".to_owned(),
                    ))
                }
            }
            Ast::Text(text) => match xpath::parse(text) {
                Ok(inner @ Ast::Path(..)) => self.named_node(&inner, scope),
                _ => Err((
                    "expression_type",
                    format!("'{text}' is not a reference to a question."),
                )),
            },
            _ => Err((
                "expression_type",
                "A reference such as ${name} is expected.".to_owned(),
            )),
        }
    }

    fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let children = &self.nodes[node as usize].children;
        children
            .iter()
            .copied()
            .find(|c| self.nodes[*c as usize].name == name)
    }

    /// Records that a value read at `node` counts, seen from a shared scope.
    pub(crate) fn depend(&self, node: NodeId, anchor: NodeId, deps: &mut Deps) {
        deps.on.push(((node, CellKind::Value), anchor));
        let target = &self.nodes[node as usize];
        for repeat in &target.repeats[self.depth(anchor).min(target.repeats.len())..] {
            deps.on.push((
                (*repeat, CellKind::Structure),
                self.shared(anchor, self.outer(*repeat)),
            ));
        }
        let mut at = Some(node);
        while let Some(n) = at {
            deps.on.push((
                (n, CellKind::Relevant),
                self.shared(anchor, self.scope_of(n)),
            ));
            at = self.nodes[n as usize].parent;
        }
    }

    pub(crate) fn scope_of(&self, node: NodeId) -> NodeId {
        self.nodes[node as usize]
            .repeats
            .last()
            .copied()
            .unwrap_or(0)
    }

    /// The scope around a node; for a repeat the one that holds its instances.
    pub(crate) fn outer(&self, node: NodeId) -> NodeId {
        let node = &self.nodes[node as usize];
        let own = usize::from(node.kind == NodeKind::Repeat);
        let outer = node.repeats.len().saturating_sub(own);
        outer.checked_sub(1).map_or(0, |last| node.repeats[last])
    }

    fn depth(&self, scope: NodeId) -> usize {
        self.nodes[scope as usize].repeats.len()
    }

    /// The innermost scope that two scopes share.
    pub(crate) fn shared(&self, a: NodeId, b: NodeId) -> NodeId {
        shared_scope(self.nodes, a, b)
    }

    fn describe(&self, node: NodeId) -> String {
        let node = &self.nodes[node as usize];
        match node.repeats.last() {
            Some(repeat) => format!(
                "'{}' stands in the repeat '{}' and",
                node.name, self.nodes[*repeat as usize].name
            ),
            None => format!("'{}'", node.name),
        }
    }
}

/// The innermost scope that two scopes share.
pub(crate) fn shared_scope(nodes: &[Node], a: NodeId, b: NodeId) -> NodeId {
    let (a, b) = (&nodes[a as usize].repeats, &nodes[b as usize].repeats);
    a.iter()
        .zip(b)
        .take_while(|(x, y)| x == y)
        .last()
        .map_or(0, |(x, _)| *x)
}
