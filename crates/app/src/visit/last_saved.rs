//! What `${last-saved#question}` gives: the answers of the form that was finished last on this device.

use super::OpenVisit;
use crate::{device::Device, error::AppError};
use lawang_forms::Form;
use std::collections::BTreeMap;

/// Key of the answers of a questionnaire in the store's own notes.
fn key(form: &Form) -> String {
    format!("last_saved/{}", form.id())
}

impl Device {
    /// Answers by the name of the question; none for a questionnaire that does not read them.
    pub(super) fn last_saved(&self, form: &Form) -> Result<BTreeMap<String, String>, AppError> {
        if !form.reads_last_saved() {
            return Ok(BTreeMap::new());
        }
        let kept = self.store.meta(&key(form))?;
        // Notes that cannot be read any more are as good as none: nothing is lost but a default.
        Ok(kept
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }
}

impl OpenVisit {
    /// The answers as the next form will see them, if it reads them at all; of a repeat the first instance.
    /// Given by the key under which they are kept.
    pub(super) fn for_the_next(&self) -> Result<Option<(String, Vec<u8>)>, AppError> {
        if !self.form.reads_last_saved() {
            return Ok(None);
        }
        let mut kept = BTreeMap::new();
        for (path, value) in self.instance.answers() {
            let relevant = self.instance.node(&path).is_some_and(|n| n.relevant);
            if relevant {
                kept.entry(path.key).or_insert(value);
            }
        }
        let bytes = serde_json::to_vec(&kept)
            .map_err(|error| AppError::new("internal", error.to_string()))?;
        Ok(Some((key(&self.form), bytes)))
    }
}
