//! What a district's administrator does, on the server's data folder.

mod export;
mod forms;
mod import;
mod lists;
mod rebuild;
mod surveys;

pub use forms::{FormLine, Published};
pub use export::{ExportFormat, ExportReport};
pub use import::{ImportReport, RowNote};
pub use surveys::{FormTable, SurveyLine};
pub use lists::{DeviceLine, HouseholdLine, QuarantineLine};
