//! What requests name, from text: ids, paths, files.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_app::AppError;
use lawang_domain::{FieldPath, HouseholdId, InstanceId};

/// Longest file in base64: 25 MB and a little.
const MAX_BASE64: usize = 36 * 1024 * 1024;

pub(crate) fn bytes(base64: &str) -> Result<Vec<u8>, AppError> {
    decoded(base64, "file_too_large", "malformed_request")
}

pub(crate) fn decoded(
    base64: &str,
    large: &'static str,
    bad: &'static str,
) -> Result<Vec<u8>, AppError> {
    if base64.len() > MAX_BASE64 {
        return Err(AppError::new(large, "too large before decoding"));
    }
    let decoded = BASE64.decode(base64.as_bytes());
    decoded.map_err(|_| AppError::new(bad, "not base64"))
}

pub(crate) fn household(text: &str) -> Result<HouseholdId, AppError> {
    text.parse()
        .map_err(|_| AppError::new("not_found", "not a household id"))
}

pub(crate) fn instance(text: &str) -> Result<InstanceId, AppError> {
    text.parse()
        .map_err(|_| AppError::new("no_such_repeat", "not an id"))
}

pub(crate) fn proposal(text: &str) -> Result<InstanceId, AppError> {
    text.parse()
        .map_err(|_| AppError::new("no_proposal", "not an id"))
}

pub(crate) fn path(text: &str) -> Result<FieldPath, AppError> {
    text.parse()
        .map_err(|_| AppError::new("no_such_field", "not a field path"))
}
