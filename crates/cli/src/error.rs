//! What the program says when it will not.

use lawang_server::ServerError;
use serde::Serialize;

/// A refusal: exit status 1. Never holds a NIK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CliError {
    /// Stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// What exactly, where a list helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

impl CliError {
    /// A refusal without a hint.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: String::new(),
            details: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = text.into();
        self
    }

    /// Adds what exactly.
    #[must_use]
    pub fn details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// On standard error: for people, or as one JSON document.
    pub fn print(&self, json: bool) {
        if json {
            eprintln!("{}", serde_json::to_string(self).unwrap_or_default());
        } else {
            eprintln!("lawang: {} ({})", self.message, self.code);
            if !self.hint.is_empty() {
                eprintln!("        {}", self.hint);
            }
            for line in self.details.iter().filter_map(|d| d.as_array()).flatten() {
                let text = |key: &str| line.get(key).and_then(|v| v.as_str()).unwrap_or_default();
                eprintln!("        - {}: {}", text("path"), text("message"));
            }
        }
    }
}

impl From<ServerError> for CliError {
    fn from(error: ServerError) -> Self {
        let hint = match &error {
            ServerError::Refused { hint, .. } | ServerError::Attachments { hint, .. } => {
                hint.clone()
            }
            _ => String::new(),
        };
        Self::new(error.code(), error.to_string()).hint(hint)
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        ServerError::from(error).into()
    }
}

/// Reads a file that the caller named.
pub fn read_file(path: &std::path::Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| {
        CliError::new(
            "cannot_read",
            format!("{} cannot be read: {error}", path.display()),
        )
    })
}
