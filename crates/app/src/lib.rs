//! Use cases of the device: what a person does, one file a group.
//!
//! [`Device`] is an open device and everything that can be done with it; [`App`] is a data directory
//! with its lock, its background exchange, and the one device in it. Neither knows who hosts it: clock,
//! randomness and key store come in through [`Environment`] and [`AppOptions`].

mod app;
mod authority;
mod cards;
mod carry;
mod comments;
mod conflicts;
mod couriers;
mod desk;
mod desk_card;
mod device;
mod duplicates;
mod entities;
mod environment;
mod error;
mod exchanges;
mod findings;
mod forms;
mod household;
mod maps;
mod preview;
mod proposals;
mod rules;
mod scripted;
mod standing;
mod surveys;
mod sync;
pub mod views;
mod visit;
mod words;
mod worklist;

pub use app::{App, AppOptions};
pub use device::Device;
pub use duplicates::{Ready, Searched, Unbuilt};
pub use environment::{Environment, FoundHub, HubFinder};
pub use error::AppError;
pub use forms::{HOUSEHOLD_VISIT, HOUSEHOLD_VISIT_ID, household_visit};
pub use lawang_sync::{HUB_SERVICE, hub_text};
pub use preview::Loaded;
pub use scripted::{Given, digest_of};
pub use sync::{
    CancelToken, EnrolledHub, Exported, HttpTransport, Hub, Transport, enrol_hub, exchange,
    exchange_at_hub, find_hub,
};
pub use visit::{Whole, prepare_photo};
