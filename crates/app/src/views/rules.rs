//! The rules that hold today.

use super::ReasonChoice;
use serde::Serialize;
use ts_rs::TS;

/// What holds today, in the chosen language.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RulesView {
    /// The district's number of the publication; 0: those of the country.
    pub version: u32,
    /// ISO date from which they hold.
    pub from: String,
    /// ISO date from which others hold; empty: none are known.
    pub next: String,
    /// Laws and decrees.
    pub source: String,
    /// The decree of the formula of need.
    pub formula: String,
    /// Data are verified at least this often, in years.
    pub overdue_years: u32,
    /// Day of the month on which the ministry takes over what changed.
    pub cutoff_day: u32,
    /// An objection that nobody verified lapses after so many days.
    pub objection_days: u32,
    /// Of those invited to a village meeting, in percent.
    pub quorum_percent: u32,
    /// A visit farther than this from the household's known place is looked at, in metres.
    pub far_metres: u32,
    pub return_reasons: Vec<ReasonChoice>,
    pub removal_reasons: Vec<ReasonChoice>,
}
