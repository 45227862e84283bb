//! XLSForm compiled to a definition, and the engine that evaluates it.
//!
//! [`compile`] turns a workbook into a [`Form`] or into a list of [`Problem`]s, all at once. An
//! [`Instance`] holds one filled-in form: values are strings, one answer recomputes only what depends
//! on it. Semantics follow JavaRosa, the engine of ODK Collect; `docs/forms.md` says what is supported.

mod appearances;
mod book;
mod check;
mod compile;
mod data;
pub mod docs;
mod draft;
mod entities;
mod expr;
mod files;
mod form;
mod functions;
mod instance;
mod list;
mod problem;
pub mod script;
mod source;
mod text;
mod types;
mod xform;
mod xlsform;
mod xpath;

pub use appearances::{APPEARANCES, AppearanceInfo};
pub use check::{CheckReport, check, check_with};
pub use compile::{Compiled, compile, compile_with, wanted_files};
pub use entities::EntityRow;
pub use files::Files;
pub use form::{Form, Group, Item, Language, Question, Repeat};
pub use functions::{FunctionInfo, REFUSED, Support, all_functions};
pub use instance::{
    Changed, Choice, Context, EntityAction, EntityChange, Finding, FindingKind, Instance,
    NodeState, SetError,
};
pub use problem::Problem;
pub use source::{Written, written};
pub use text::{Media, Text};
pub use types::{COLUMNS, ColumnInfo, QuestionType, TYPES, TypeInfo};
pub use xform::to_xform;

#[cfg(test)]
mod tests;
