//! Paths, followed through the tree of the form.

use super::{Context, Deps, Resolver, Scope};
use crate::expr::{Expr, PathStart, Step};
use crate::form::{List, NodeId, NodeKind};
use crate::functions::Function;
use crate::problem::did_you_mean;
use crate::xpath::{self, Ast, PathStart as From};

/// Where a path has come to.
enum At {
    Nodes(Vec<NodeId>),
    /// `instance('x')` and its `root`.
    Instance(usize),
    Root(usize),
    Items(usize),
    Column,
}

impl Resolver<'_> {
    pub(super) fn path(
        &self,
        from: &From,
        steps: &[xpath::Step],
        scope: Scope,
        deps: &mut Deps,
    ) -> (Expr, Option<String>) {
        let failed = |deps: &mut Deps, (code, message): (&'static str, String)| {
            (deps.fail(code, message), None)
        };
        let mut rest = steps;
        let mut plural = None;
        let mut floor = scope.floor;
        let (start, mut at) = match from {
            From::Context => match scope.context {
                Context::Node(node) => (PathStart::Context, At::Nodes(vec![node])),
                Context::Item(list) => (PathStart::Context, At::Items(list)),
            },
            From::LastSaved(name) => {
                return match (self.reference(name, scope.current), steps) {
                    (Ok(node), []) => (Expr::LastSaved(node), None),
                    (Err(e), _) => failed(deps, e),
                    (Ok(_), _) => failed(
                        deps,
                        (
                            "expression_type",
                            format!("${{last-saved#{name}}} cannot be followed by '/' or '['."),
                        ),
                    ),
                };
            }
            From::Reference(_) | From::Root => {
                let found = match from {
                    From::Reference(name) => self
                        .reference(name, scope.current)
                        .map(|node| (node, steps)),
                    _ => self.absolute(steps),
                };
                let target = match found {
                    Ok((node, after)) => {
                        rest = after;
                        node
                    }
                    Err(e) => return failed(deps, e),
                };
                let is_own = self.is_own(from, target, rest, scope);
                let home = if is_own { target } else { self.outer(target) };
                if is_own && rest.is_empty() {
                    let name = &self.nodes[target as usize].name;
                    deps.warnings.push((
                        "repeat_own",
                        format!("Inside the repeat '{name}' this means its own instance only, as in ODK Collect; for all of them add a predicate such as [true()]."),
                    ));
                }
                let own = self.shared(self.scope_of(scope.current), home);
                let inner = match scope.context {
                    Context::Node(node) => self.shared(self.scope_of(node), home),
                    Context::Item(_) => 0,
                };
                let from_context = self.depth(inner) > self.depth(own);
                let shared = if from_context { inner } else { own };
                if self.nodes[target as usize].repeats.len() > self.depth(shared) {
                    plural = Some(self.describe(target));
                }
                floor = Some(floor.map_or(shared, |f| self.shared(f, shared)));
                (
                    PathStart::Node {
                        target,
                        from_context,
                        own: is_own,
                    },
                    At::Nodes(vec![target]),
                )
            }
            From::Expr(inner) => match &**inner {
                Ast::Call(name, args) if name == "current" && args.is_empty() => {
                    (PathStart::Current, At::Nodes(vec![scope.current]))
                }
                Ast::Call(name, args)
                    if name == "instance"
                        && matches!(args.as_slice(), [Ast::Text(id)] if id == "__last-saved") =>
                {
                    return match self.absolute(steps) {
                        Ok((node, [])) => (Expr::LastSaved(node), None),
                        Err(e) => failed(deps, e),
                        Ok(_) => failed(
                            deps,
                            (
                                "expression_type",
                                "Only a plain path can follow instance('__last-saved').".to_owned(),
                            ),
                        ),
                    };
                }
                Ast::Call(name, args) if name == "instance" => match args.as_slice() {
                    [Ast::Text(list)] => match self.list_index.get(list) {
                        Some(list) => {
                            plural = Some("instance()".to_owned());
                            (PathStart::Items(*list), At::Instance(*list))
                        }
                        None => {
                            let near =
                                did_you_mean(list, self.list_index.keys().map(String::as_str));
                            return failed(
                                deps,
                                (
                                    "list_unknown",
                                    format!(
                                        "There is no choice list and no data file '{list}' for instance().{near}"
                                    ),
                                ),
                            );
                        }
                    },
                    _ => {
                        return failed(
                            deps,
                            (
                                "expression_type",
                                "instance() takes the name of a list in quotes.".to_owned(),
                            ),
                        );
                    }
                },
                other => {
                    let (expr, many) = self.any(other, scope, deps);
                    plural = many;
                    let Expr::Path(..) = &expr else {
                        return failed(
                            deps,
                            (
                                "expression_type",
                                "Only a path can be followed by '/' or '['.".to_owned(),
                            ),
                        );
                    };
                    let only_predicates =
                        steps.iter().all(|s| matches!(s, xpath::Step::Predicate(_)));
                    if !only_predicates {
                        return failed(
                            deps,
                            (
                                "expression_type",
                                "A path in parentheses can be followed by a predicate only."
                                    .to_owned(),
                            ),
                        );
                    }
                    (PathStart::Expr(Box::new(expr)), At::Column)
                }
            },
        };
        let mut anchor = match &at {
            At::Nodes(nodes) => match start {
                PathStart::Node { .. } => floor.unwrap_or(0),
                _ => floor.map_or(self.scope_of(nodes[0]), |f| {
                    self.shared(f, self.scope_of(nodes[0]))
                }),
            },
            _ => floor.unwrap_or_else(|| self.scope_of(scope.current)),
        };
        let mut out = Vec::new();
        for (index, step) in rest.iter().enumerate() {
            if let xpath::Step::Attribute(name) = step {
                let last = index + 1 == rest.len();
                return match (name.as_str(), &at) {
                    ("version", At::Nodes(nodes)) if last && nodes[..] == [0] => {
                        (Expr::Call(Function::Version, Vec::new()), None)
                    }
                    ("id", At::Nodes(nodes)) if last && nodes[..] == [0] => (Expr::FormId, None),
                    _ => failed(
                        deps,
                        (
                            "reference_unknown",
                            format!(
                                "There is no attribute '@{name}' here; there are /{0}/@id and /{0}/@version.",
                                self.nodes[0].name
                            ),
                        ),
                    ),
                };
            }
            match self.step(step, &mut at, &mut anchor, &mut plural, scope, deps) {
                Ok(Some(step)) => out.push(step),
                Ok(None) => {}
                Err(e) => return failed(deps, e),
            }
        }
        match at {
            At::Nodes(nodes) => {
                for node in nodes {
                    self.depend(node, anchor, deps);
                }
            }
            At::Instance(_) | At::Root(_) => {
                return failed(
                    deps,
                    (
                        "expression_type",
                        "instance() must be followed by /root/item[..]/column.".to_owned(),
                    ),
                );
            }
            At::Items(_) | At::Column => {}
        }
        (Expr::Path(start, out), plural)
    }

    /// Whether a repeat around the current node is named by what is, or becomes, an absolute path
    /// without a predicate: JavaRosa then takes the instance that the current node stands in.
    fn is_own(&self, from: &From, target: NodeId, rest: &[xpath::Step], scope: Scope) -> bool {
        let node = &self.nodes[target as usize];
        node.kind == NodeKind::Repeat
            && self.nodes[scope.current as usize].repeats.contains(&target)
            && !matches!(rest.first(), Some(xpath::Step::Predicate(_)))
            // A reference to a nested repeat becomes a relative path, which finds all instances.
            && (*from == From::Root || node.repeats.len() == 1)
    }

    fn step(
        &self,
        step: &xpath::Step,
        at: &mut At,
        anchor: &mut NodeId,
        plural: &mut Option<String>,
        scope: Scope,
        deps: &mut Deps,
    ) -> Result<Option<Step>, (&'static str, String)> {
        use xpath::Step as S;
        let wrong = |message: String| Err(("reference_unknown", message));
        Ok(match (step, &mut *at) {
            (S::SelfNode, _) => None,
            (S::Parent, At::Nodes(nodes)) => {
                let parents: Option<Vec<NodeId>> = nodes
                    .iter()
                    .map(|n| self.nodes[*n as usize].parent)
                    .collect();
                let Some(mut parents) = parents else {
                    return wrong(
                        "'..' leads out of the form: there is no node above the first one."
                            .to_owned(),
                    );
                };
                parents.dedup();
                for parent in &parents {
                    *anchor = self.shared(*anchor, self.scope_of(*parent));
                }
                *at = At::Nodes(parents);
                Some(Step::Parent)
            }
            (S::Child(_) | S::AnyChild, At::Nodes(nodes)) => {
                let mut found = Vec::new();
                for node in nodes.iter() {
                    match step {
                        S::Child(name) => found.extend(self.child(*node, name)),
                        _ => found.extend(&self.nodes[*node as usize].children),
                    }
                }
                if found.is_empty() {
                    let S::Child(name) = step else {
                        return wrong("'*' finds nothing here.".to_owned());
                    };
                    let node = &self.nodes[nodes[0] as usize];
                    let siblings = node
                        .children
                        .iter()
                        .map(|c| self.nodes[*c as usize].name.as_str());
                    return wrong(format!(
                        "There is no '{name}' in '{}'.{}",
                        node.name,
                        did_you_mean(name, siblings)
                    ));
                }
                if found
                    .iter()
                    .any(|n| self.nodes[*n as usize].kind == NodeKind::Repeat)
                    || found.len() > 1
                {
                    *plural = Some(self.describe(found[0]));
                }
                *at = At::Nodes(found.clone());
                Some(Step::Down(found))
            }
            (S::Child(name), At::Instance(list)) if *name == self.lists[*list].root => {
                *at = At::Root(*list);
                None
            }
            (S::Child(name), At::Root(list)) if *name == self.lists[*list].item => {
                *at = At::Items(*list);
                None
            }
            (S::Child(name), At::Items(list)) => {
                let Some(column) = self.column(*list, name) else {
                    let list = &self.lists[*list];
                    return wrong(format!(
                        "The choice list '{}' has no column '{name}'.{}",
                        list.name,
                        did_you_mean(name, list.columns.iter().map(String::as_str))
                    ));
                };
                *at = At::Column;
                Some(Step::Column(column))
            }
            (S::Predicate(inner), _) => {
                let context = match at {
                    At::Nodes(nodes) if nodes.len() == 1 => Context::Node(nodes[0]),
                    At::Items(list) => Context::Item(*list),
                    At::Column if matches!(inner, Ast::Number(_)) => scope.context,
                    _ => {
                        return Err((
                            "expression_type",
                            "A predicate cannot stand here.".to_owned(),
                        ));
                    }
                };
                *plural = None;
                let inside = Scope {
                    current: scope.current,
                    context,
                    floor: Some(*anchor),
                };
                Some(Step::Predicate(Box::new(self.resolve(inner, inside, deps))))
            }
            // Taken care of by the caller.
            (S::Attribute(_), _) => None,
            (S::Parent, _) => {
                return wrong(
                    "'..' cannot leave a choice list; write ${name} or current()/...".to_owned(),
                );
            }
            (S::AnyChild, _) => return wrong("'*' cannot be used in a choice list.".to_owned()),
            (S::Child(name), At::Instance(list)) => {
                let root = &self.lists[*list].root;
                return wrong(format!("instance() is followed by /{root}, not /{name}."));
            }
            (S::Child(name), At::Root(list)) => {
                let List { root, item, .. } = &self.lists[*list];
                return wrong(format!(
                    "instance(..)/{root} is followed by /{item}, not /{name}."
                ));
            }
            (S::Child(name), At::Column) => {
                return wrong(format!("There is nothing below a column: '{name}'."));
            }
        })
    }

    /// Follows an absolute path as long as it has no predicates.
    pub(super) fn absolute<'s>(
        &self,
        steps: &'s [xpath::Step],
    ) -> Result<(NodeId, &'s [xpath::Step]), (&'static str, String)> {
        let root = &self.nodes[0].name;
        match steps.first() {
            Some(xpath::Step::Child(name)) if name == root => {}
            Some(xpath::Step::Child(name)) => {
                return Err((
                    "reference_unknown",
                    format!("An absolute path begins with /{root}, not /{name}."),
                ));
            }
            _ => {
                return Err((
                    "reference_unknown",
                    format!("An absolute path begins with /{root}."),
                ));
            }
        }
        let mut node = 0;
        let mut rest = &steps[1..];
        while let [xpath::Step::Child(name), after @ ..] = rest {
            if matches!(after.first(), Some(xpath::Step::Predicate(_))) {
                break;
            }
            let Some(child) = self.child(node, name) else {
                let siblings = self.nodes[node as usize]
                    .children
                    .iter()
                    .map(|c| self.nodes[*c as usize].name.as_str());
                return Err((
                    "reference_unknown",
                    format!(
                        "There is no '{name}' in '{}'.{}",
                        self.nodes[node as usize].name,
                        did_you_mean(name, siblings)
                    ),
                ));
            };
            node = child;
            rest = after;
        }
        Ok((node, rest))
    }
}
