//! The seam to the core: the only file of the shell that names it.

use std::path::PathBuf;

use serde_json::{Value, json};

/// The core behind the window.
pub struct Host {
    directory: PathBuf,
}

impl Host {
    /// Opens the core on a device's data directory. Cheap: nothing is decrypted before the PIN.
    pub fn open(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Answers one request of the screens; both sides of the result are JSON of the command list.
    pub fn call(&self, request: Value) -> Result<Value, Value> {
        Err(json!({
            "code": "unknown_command",
            "message": format!("no core is linked for {}", self.directory.display()),
            "hint": "",
            "path": null,
            "request": request,
        }))
    }
}
