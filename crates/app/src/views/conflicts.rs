//! Two people answered one question differently while apart.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A question with more than one value.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ConflictView {
    pub household: String,
    /// Head of the household.
    pub head: String,
    pub address: String,
    pub path: String,
    /// The question's label, with the member's name in front where it belongs to one.
    pub label: String,
    pub widget: super::Widget,
    pub choices: Vec<super::ChoiceItem>,
    /// What the register said before, in words.
    pub register: String,
    /// Two or more different values.
    pub values: Vec<ConflictValue>,
    /// Stands for exactly these values: goes back with a choice, so that nobody overrules what they did not see.
    pub seen: String,
}

/// One of the values.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ConflictValue {
    pub value: String,
    /// In words; files of one kind are told apart by the beginning of their name.
    pub display: String,
    /// What kind of file it names: `photo` (to be looked at with the command `photo`), `audio`, `video`, `file`; empty for
    /// what is no file.
    pub file: String,
    pub author: String,
    /// Short name of the device.
    pub device: String,
    /// UTC, RFC 3339, by the author's clock.
    pub at: String,
    /// Written on this device.
    pub mine: bool,
}

/// Settles a conflict.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ResolveRequest {
    pub household: String,
    pub path: String,
    /// One of the values, or a third.
    pub value: String,
    /// Why; at least three characters.
    pub reason: String,
    /// [`ConflictView::seen`].
    pub seen: String,
}
