//! HTTP around the server. Bodies, times and rates are bounded; errors are JSON with a stable code.

mod api;
mod body;
mod limits;
mod operations;
mod piece;
mod room;
mod run;
mod silent;

pub use api::{router, router_with};
pub use limits::Limits;
pub use operations::{operations, serve_operations};
pub use run::{Listening, ServeOptions, serve};
