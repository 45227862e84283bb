//! The one command list between the screens and the core.

mod bindings;
mod commands;

pub use bindings::{NAMES, typescript};
pub use commands::{Failure, Nothing};
