//! What the program acknowledged as saved.

use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// One acknowledged save.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Saved {
    /// Number of the device, from 0.
    pub(super) device: usize,
    pub(super) household: String,
    /// `set`, `member`, `household`, `settled`.
    pub(super) what: &'static str,
    /// The field, as the program names it.
    pub(super) path: String,
    /// No two saves have the same.
    pub(super) value: String,
}

/// The journal: in memory for the check, in a file for people.
pub(super) struct Journal {
    saved: Mutex<Vec<Saved>>,
    file: Mutex<File>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    pub(super) fn begin(folder: &Path) -> Result<Self, String> {
        let file = File::create(folder.join("journal.jsonl"))
            .map_err(|e| format!("the journal cannot be written: {e}"))?;
        Ok(Self {
            saved: Mutex::default(),
            file: Mutex::new(file),
        })
    }

    pub(super) fn note(&self, saved: Saved) {
        if let Ok(line) = serde_json::to_string(&saved) {
            let _ = writeln!(lock(&self.file), "{line}");
        }
        lock(&self.saved).push(saved);
    }

    pub(super) fn all(&self) -> Vec<Saved> {
        lock(&self.saved).clone()
    }

    pub(super) fn count(&self, what: &str) -> usize {
        lock(&self.saved).iter().filter(|s| s.what == what).count()
    }
}
