//! What a district's administrator does, on the server's data folder.

mod export;
mod import;
mod lists;
mod rebuild;

pub use export::{ExportFormat, ExportReport};
pub use import::{ImportReport, RowNote};
pub use lists::{DeviceLine, HouseholdLine, QuarantineLine};
