//! What a district's administrator does, on the server's data folder.

mod duplicates;
mod entities;
mod export;
mod forms;
mod import;
mod lists;
mod rebuild;
mod rules;
mod surveys;

pub use duplicates::{Duplicates, PairLine, PersonLine, PublishedPairs, SharedNik};
pub use entities::{EntityExport, EntityList, EntityLists};
pub(crate) use export::harmless;
pub use export::{ExportFormat, ExportReport};
pub use forms::{FormLine, Published};
pub use import::{ImportReport, RowNote};
pub use lists::{DeviceLine, HouseholdLine, QuarantineLine};
pub(crate) use lists::{Stored, rfc3339};
pub use rules::{PublishedRules, RulesLine};
pub use surveys::{FormTable, SurveyLine};
