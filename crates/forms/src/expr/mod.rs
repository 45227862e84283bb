//! Resolved expressions: every name has become a node of the form.

mod dates;
mod eval;
mod functions;
mod lookup;
mod paths;
mod resolve;
mod value;

pub(crate) use dates::{parse_date, parse_date_time, parse_time};
pub(crate) use eval::{Env, Kind, moment_text, stored};
pub(crate) use lookup::Lookups;
pub(crate) use resolve::{Deps, Resolver, Scope, shared_scope};
pub(crate) use value::{NodeRef, Value, number_text, to_number};

use crate::form::{CellKind, NodeId};
use crate::functions::Function;
use crate::xpath::Op;

/// A resolved expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Number(f64),
    Text(String),
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Chain(Box<Expr>, Vec<(Op, Expr)>),
    Neg(Box<Expr>),
    Union(Vec<Expr>),
    Call(Function, Vec<Expr>),
    /// `regex` with a pattern that is known when the form is loaded.
    Regex(Box<Expr>, Box<fancy_regex::Regex>),
    /// `indexed-repeat`: the field, and for each repeat its index.
    Indexed(NodeId, Vec<(NodeId, Expr)>),
    /// `jr:choice-name`: the value, the question whose list is meant.
    ChoiceName(Box<Expr>, NodeId),
    /// `jr:itext` with a known id.
    Itext(Itext),
    /// `/data/@id`
    FormId,
    Path(PathStart, Vec<Step>),
    /// The answer to a question in the form that was saved last.
    LastSaved(NodeId),
}

/// A text that `jr:itext` means, by the id that pyxform gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Itext {
    /// A text of a node.
    Node(NodeId, ItextForm),
    /// The label of a row of a list.
    Choice { list: usize, row: u32 },
}

/// Which text of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItextForm {
    Label,
    Hint,
    ConstraintMessage,
    RequiredMessage,
}

/// Where a path begins.
#[derive(Debug)]
pub(crate) enum PathStart {
    /// The node (or choice) that a predicate or filter looks at.
    Context,
    /// The node that the expression belongs to.
    Current,
    /// A node by its absolute path, in the same instances of repeats as the current node, or as the
    /// node that a predicate looks at if only that one stands in a repeat of the target.
    Node {
        target: NodeId,
        from_context: bool,
        /// A repeat around the node itself: the own instance, as JavaRosa reads absolute paths.
        own: bool,
    },
    /// The rows of a choice list.
    Items(usize),
    Expr(Box<Expr>),
}

#[derive(Debug)]
pub(crate) enum Step {
    Parent,
    /// Down to nodes below, through all instances of repeats between.
    Down(Vec<NodeId>),
    /// A column of a choice.
    Column(usize),
    Predicate(Box<Expr>),
}

/// What a cell depends on: another cell, and the scope whose instance both share.
pub(crate) type Dependency = ((NodeId, CellKind), NodeId);
