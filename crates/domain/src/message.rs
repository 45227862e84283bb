//! A sentence for a person, in both languages of the screens.

use serde::{Deserialize, Serialize};

/// The same sentence in Indonesian and in English. Never holds a NIK, a No. KK or a person's name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Indonesian, shown first.
    pub id: String,
    /// English.
    pub en: String,
}

impl Message {
    /// A message from its two sentences.
    pub fn new(id: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            en: en.into(),
        }
    }

    /// The sentence in `language` (`en`, or anything else for Indonesian).
    pub fn in_language(&self, language: &str) -> &str {
        if language.starts_with("en") {
            &self.en
        } else {
            &self.id
        }
    }
}
