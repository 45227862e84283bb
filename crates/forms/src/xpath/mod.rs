//! XPath 1.0 as ODK uses it: text to tree. Names are resolved later, against a form.

mod lexer;
mod parser;

pub(crate) use lexer::is_name;
pub(crate) use parser::parse;

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub message: String,
}

/// An expression as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ast {
    Number(f64),
    Text(String),
    /// Operands joined by `or`.
    Or(Vec<Ast>),
    /// Operands joined by `and`.
    And(Vec<Ast>),
    /// Operators of one precedence, from left to right; a list, so that a long sum is not a deep tree.
    Chain(Box<Ast>, Vec<(Op, Ast)>),
    Neg(Box<Ast>),
    Union(Vec<Ast>),
    Call(String, Vec<Ast>),
    Path(PathStart, Vec<Step>),
}

/// An arithmetic or comparing operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PathStart {
    /// `/data/..`
    Root,
    /// `.`, `..`, `name`
    Context,
    /// `${name}`
    Reference(String),
    /// `${last-saved#name}`
    LastSaved(String),
    /// `current()/..`, `instance('x')/..`, `(..)[1]`
    Expr(Box<Ast>),
}

/// One step of a path, or a predicate after one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    SelfNode,
    Parent,
    Child(String),
    AnyChild,
    /// `@name`
    Attribute(String),
    Predicate(Ast),
}
