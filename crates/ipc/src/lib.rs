//! The one command list between the screens and the core, and the host that answers it.

mod bindings;
mod commands;
mod host;
mod system;

pub use bindings::{NAMES, typescript};
pub use commands::{Failure, Nothing};
pub use host::Host;
