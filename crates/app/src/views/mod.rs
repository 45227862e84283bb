//! What the screens are given: plain data, ready to show, in the chosen language.
//!
//! These types are the wire format between the core and the screens; TypeScript is generated from them.

mod comparison;
mod conflicts;
mod desk;
mod duplicates;
mod forms;
mod household;
mod maps;
mod preview;
mod proposals;
mod rules;
mod session;
mod settings;
mod sync;
mod visit;
mod worklist;

pub use comparison::*;
pub use conflicts::*;
pub use desk::*;
pub use duplicates::*;
pub use forms::*;
pub use household::*;
pub use maps::*;
pub use preview::*;
pub use proposals::*;
pub use rules::*;
pub use session::*;
pub use settings::*;
pub use sync::*;
pub use visit::*;
pub use worklist::*;
