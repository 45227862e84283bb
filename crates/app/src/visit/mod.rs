//! The household visit: opening it, answering, members, photos, finishing.

mod answers;
mod attachments;
mod audit;
mod choices;
mod fold;
mod instances;
mod items;
mod last_saved;
mod members;
mod open;
mod pages;
mod photos;
mod places;
mod position;
mod readings;
mod summary;
mod thumbnails;
mod tree;

pub(crate) use answers::widget;
pub(crate) use attachments::{MAX_BYTES as MAX_ATTACHMENT, attachment_kind};
pub(crate) use audit::Audit;
pub(crate) use choices::item_of;
pub(crate) use fold::{Ending, timestamp};
pub(crate) use open::OpenVisit;
pub use open::Whole;
pub(crate) use photos::picture;
pub use photos::prepare_photo;
pub(crate) use places::Place;
pub(crate) use readings::{date_words, month_words};
pub(crate) use summary::{file_kind, label_with_member, shown, told_apart};
pub(crate) use thumbnails::Thumbnails;
