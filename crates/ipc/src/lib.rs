//! The one command list between the screens and the core, and the host that answers it.

mod bindings;
mod commands;
mod desk;
mod host;
mod nearby;
mod parse;
mod system;

pub use bindings::{NAMES, typescript};
pub use commands::{Failure, Nothing};
pub use host::Host;

/// The system's clock and randomness, for programs at the edge.
pub fn system() -> std::sync::Arc<dyn lawang_app::Environment> {
    std::sync::Arc::new(system::System)
}
