//! Calls of functions: what their arguments may be is known when the form is loaded.

use super::{Deps, Resolver, Scope};
use crate::expr::dates::bad_escape;
use crate::expr::functions::{PROPERTIES, algorithm, encoding, java_regex};
use crate::expr::{Expr, Itext, ItextForm, PathStart, Step};
use crate::form::{CellKind, NodeKind};
use crate::functions::{self, Function, FunctionInfo};
use crate::problem::did_you_mean;
use crate::xpath::{self, Ast, Op, PathStart as From};

/// Code and message of an error.
type Failure = (&'static str, String);

/// `.`
fn itself() -> Ast {
    Ast::Path(From::Context, vec![xpath::Step::SelfNode])
}

fn is_nodes(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Path(..) | Expr::Union(_) | Expr::Indexed(..) | Expr::Call(Function::Randomize, _)
    )
}

impl Resolver<'_> {
    pub(super) fn call(&self, name: &str, args: &[Ast], scope: Scope, deps: &mut Deps) -> Expr {
        let Some((function, info)) = functions::find(name) else {
            let near = did_you_mean(name, functions::all_functions().map(|f| f.name));
            return deps.fail(
                "function_unknown",
                format!("There is no function '{name}()'.{near}"),
            );
        };
        let Some(function) = function else {
            return deps.fail(
                "function_unsupported",
                format!("'{name}()' cannot be used: {}.", info.note),
            );
        };
        if let Some(message) = wrong_arguments(name, function, info, args.len()) {
            return deps.fail("function_arguments", message);
        }
        if let Err((code, message)) = check_literals(name, function, info, args) {
            return deps.fail(code, message);
        }
        match function {
            Function::Current => Expr::Path(PathStart::Current, Vec::new()),
            Function::Instance => deps.fail(
                "expression_type",
                "instance() must be followed by /root/item[..]/column.".to_owned(),
            ),
            Function::IndexedRepeat => self.indexed(args, scope, deps),
            Function::ChoiceName => self.choice_name(args, scope, deps),
            Function::PullData => match self.pull_data(args, scope, deps) {
                Ok(expr) => expr,
                Err((code, message)) => deps.fail(code, message),
            },
            Function::Itext => match self.itext(&args[0]) {
                Ok(text) => Expr::Itext(text),
                Err((code, message)) => deps.fail(code, message),
            },
            Function::Position => self.position(args, scope, deps),
            Function::Last if scope.floor.is_none() => deps.fail(
                "expression_type",
                "last() works only inside a predicate.".to_owned(),
            ),
            Function::StringLength | Function::NormalizeSpace if args.is_empty() => {
                Expr::Call(function, vec![self.resolve(&itself(), scope, deps)])
            }
            Function::Count | Function::CountNonEmpty | Function::Sum | Function::Randomize => {
                let nodes = self.any(&args[0], scope, deps).0;
                if !is_nodes(&nodes) && deps.errors.is_empty() {
                    return deps.fail(
                        "expression_type",
                        format!("{name}() takes a path or a reference."),
                    );
                }
                let mut all = vec![nodes];
                all.extend(self.all(&args[1..], scope, deps));
                Expr::Call(function, all)
            }
            Function::Min
            | Function::Max
            | Function::Concat
            | Function::Join
            | Function::Boolean
            | Function::Not
            | Function::Checklist
            | Function::WeightedChecklist
            | Function::Area
            | Function::Distance
            | Function::Geofence
            | Function::Intersects => {
                let args = args.iter().map(|a| self.any(a, scope, deps).0).collect();
                Expr::Call(function, args)
            }
            Function::Depend => {
                let mut args = args.iter().map(|a| self.any(a, scope, deps).0);
                Expr::Call(function, args.next().into_iter().collect())
            }
            Function::Regex => {
                if let Ast::Text(pattern) = &args[1]
                    && let Ok(regex) = java_regex(pattern)
                {
                    let text = self.resolve(&args[0], scope, deps);
                    return Expr::Regex(Box::new(text), Box::new(regex));
                }
                Expr::Call(function, self.all(args, scope, deps))
            }
            Function::Selected => {
                if let Ast::Number(number) = &args[1] {
                    deps.warnings.push((
                        "selected_number",
                        format!("The second part of {name}() must be in quotes, as '{number}'; ODK Collect stops here."),
                    ));
                }
                Expr::Call(function, self.all(args, scope, deps))
            }
            _ => Expr::Call(function, self.all(args, scope, deps)),
        }
    }

    fn position(&self, args: &[Ast], scope: Scope, deps: &mut Deps) -> Expr {
        let in_items = matches!(scope.context, super::Context::Item(_));
        if args.is_empty() && (scope.floor.is_some() || in_items) {
            return Expr::Call(Function::Position, Vec::new());
        }
        let expr = match args.first() {
            Some(path) => self.any(path, scope, deps).0,
            None => Expr::Path(PathStart::Current, Vec::new()),
        };
        // Which number an instance has changes with its siblings.
        let mut depth = &self.nodes[scope.current as usize].repeats[..];
        while let Some((repeat, outer)) = depth.split_last() {
            deps.on.push((
                (*repeat, CellKind::Structure),
                outer.last().copied().unwrap_or(0),
            ));
            depth = outer;
        }
        if !is_nodes(&expr) && deps.errors.is_empty() {
            return deps.fail(
                "expression_type",
                "position() takes a path, such as position(..).".to_owned(),
            );
        }
        Expr::Call(Function::Position, vec![expr])
    }

    /// `pulldata(list, column, key column, key)`: the same as
    /// `instance(list)/root/item[key column = string(key)]/column`, and the first if there are several.
    fn pull_data(&self, args: &[Ast], scope: Scope, deps: &mut Deps) -> Result<Expr, Failure> {
        let literal = |index: usize, what: &str| match &args[index] {
            Ast::Text(text) => Ok(text.trim()),
            _ => Err((
                "expression_type",
                format!("pulldata() takes {what} in quotes."),
            )),
        };
        let name = literal(0, "the name of a list")?;
        let list = self.list_index.get(name).copied().ok_or_else(|| {
            let near = did_you_mean(name, self.list_index.keys().map(String::as_str));
            (
                "list_unknown",
                format!(
                    "There is no data file '{name}.csv' and no list '{name}' for pulldata().{near}"
                ),
            )
        })?;
        let columns = &self.lists[list].columns;
        let column = |index: usize| {
            let name = literal(index, "the names of columns")?;
            self.column(list, name).ok_or_else(|| {
                let near = did_you_mean(name, columns.iter().map(String::as_str));
                (
                    "reference_unknown",
                    format!(
                        "The list '{}' has no column '{name}'.{near}",
                        self.lists[list].name
                    ),
                )
            })
        };
        let (wanted, key) = (column(1)?, column(2)?);
        let given = self.resolve(&args[3], scope, deps);
        let is_key = Expr::Chain(
            Box::new(Expr::Path(PathStart::Context, vec![Step::Column(key)])),
            vec![(Op::Eq, Expr::Call(Function::Text, vec![given]))],
        );
        Ok(Expr::Path(
            PathStart::Items(list),
            vec![Step::Predicate(Box::new(is_key)), Step::Column(wanted)],
        ))
    }

    /// The text of an id as pyxform makes them: `/data/group/name:label`, `list-0`.
    fn itext(&self, id: &Ast) -> Result<Itext, Failure> {
        let Ast::Text(id) = id else {
            return Err((
                "expression_type",
                "jr:itext() takes the id of a text in quotes.".to_owned(),
            ));
        };
        let unknown = || {
            (
                "itext_unknown",
                format!(
                    "There is no text '{id}' for jr:itext(); write '/{}/name:label' or 'list-0'.",
                    self.nodes[0].name
                ),
            )
        };
        let forms = [
            (":label", ItextForm::Label),
            (":hint", ItextForm::Hint),
            (":jr:constraintMsg", ItextForm::ConstraintMessage),
            (":jr:requiredMsg", ItextForm::RequiredMessage),
        ];
        for (end, form) in forms {
            if let Some(path) = id.strip_suffix(end) {
                let mut names = path.split('/');
                if names.next() != Some("") || names.next() != Some(&*self.nodes[0].name) {
                    return Err(unknown());
                }
                let node = names.try_fold(0, |node, name| self.child(node, name));
                return node.map(|node| Itext::Node(node, form)).ok_or_else(unknown);
            }
        }
        let (list, row) = id.rsplit_once('-').ok_or_else(unknown)?;
        let list = self.list_index.get(list).copied().ok_or_else(unknown)?;
        let row = row.parse().map_err(|_| unknown())?;
        if row >= self.lists[list].len() {
            return Err(unknown());
        }
        Ok(Itext::Choice { list, row })
    }

    fn indexed(&self, args: &[Ast], scope: Scope, deps: &mut Deps) -> Expr {
        if args.len().is_multiple_of(2) {
            return deps.fail(
                "function_arguments",
                "indexed-repeat() takes a field, and a repeat with an index once to three times."
                    .to_owned(),
            );
        }
        let target = match self.named_node(&args[0], scope) {
            Ok(node) => node,
            Err((code, message)) => return deps.fail(code, message),
        };
        let mut pairs = Vec::new();
        let mut floor = self.scope_of(scope.current);
        for pair in args[1..].chunks(2) {
            let repeat = match self.named_node(&pair[0], scope) {
                Ok(node) => node,
                Err((code, message)) => return deps.fail(code, message),
            };
            let (node, field) = (&self.nodes[repeat as usize], &self.nodes[target as usize]);
            if node.kind != NodeKind::Repeat || !field.repeats.contains(&repeat) {
                return deps.fail(
                    "indexed_repeat",
                    format!("'{}' is not a repeat around '{}'.", node.name, field.name),
                );
            }
            floor = self.shared(floor, self.outer(repeat));
            pairs.push((repeat, self.resolve(&pair[1], scope, deps)));
        }
        self.depend(target, floor, deps);
        Expr::Indexed(target, pairs)
    }

    fn choice_name(&self, args: &[Ast], scope: Scope, deps: &mut Deps) -> Expr {
        let question = match self.named_node(&args[1], scope) {
            Ok(node) => node,
            Err((code, message)) => return deps.fail(code, message),
        };
        if self.nodes[question as usize].list.is_none() {
            let name = &self.nodes[question as usize].name;
            return deps.fail(
                "expression_type",
                format!("'{name}' in jr:choice-name() is not a select."),
            );
        }
        Expr::ChoiceName(Box::new(self.resolve(&args[0], scope, deps)), question)
    }
}

fn wrong_arguments(
    name: &str,
    function: Function,
    info: &FunctionInfo,
    given: usize,
) -> Option<String> {
    if function == Function::WeightedChecklist && !given.is_multiple_of(2) {
        return Some(format!(
            "{name}() takes two bounds, and then answers and weights in pairs."
        ));
    }
    if given >= info.least && given <= info.most {
        return None;
    }
    let wanted = match (info.least, info.most) {
        (a, b) if a == b => format!("{a}"),
        (a, usize::MAX) => format!("at least {a}"),
        (a, b) => format!("{a} to {b}"),
    };
    Some(format!("'{name}()' takes {wanted} arguments, not {given}."))
}

/// Names and patterns in quotes are checked when the form is loaded; ODK Collect stops at the door.
fn check_literals(
    name: &str,
    function: Function,
    info: &FunctionInfo,
    args: &[Ast],
) -> Result<(), Failure> {
    let literal = |index: usize| match args.get(index) {
        Some(Ast::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    match function {
        Function::Regex => {
            if let Some(pattern) = literal(1)
                && let Err(e) = java_regex(pattern)
            {
                return Err((
                    "regex_invalid",
                    format!("The pattern '{pattern}' cannot be read: {e}"),
                ));
            }
        }
        Function::FormatDate | Function::FormatDateTime => {
            if let Some(bad) = literal(1).and_then(bad_escape) {
                return Err((
                    "format_invalid",
                    format!("'{bad}' is not known to {name}() ({}).", info.note),
                ));
            }
        }
        Function::Digest => {
            if let Some(wrong) = literal(1).filter(|text| algorithm(text).is_none()) {
                return Err((
                    "digest_invalid",
                    format!(
                        "digest() knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not '{wrong}'."
                    ),
                ));
            }
            if let Some(wrong) = literal(2).filter(|text| encoding(text).is_none()) {
                return Err((
                    "digest_invalid",
                    format!("digest() writes 'base64' or 'hex', not '{wrong}'."),
                ));
            }
        }
        Function::Property => {
            if let Some(wrong) = literal(0).filter(|text| !PROPERTIES.contains(text)) {
                let near = did_you_mean(wrong, PROPERTIES.iter().copied());
                return Err((
                    "property_unknown",
                    format!("property() does not know '{wrong}'.{near}"),
                ));
            }
        }
        _ => {}
    }
    Ok(())
}
