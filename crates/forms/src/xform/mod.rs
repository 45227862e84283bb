//! ODK XForms, the XML that ODK Collect runs: written from a [`Draft`](crate::draft::Draft), read into
//! one.
//!
//! The shape follows the ODK XForms specification (<https://getodk.github.io/xforms-spec/>) and, where
//! it leaves a choice, what pyxform writes.

mod read;
mod tokens;
mod write;
mod xml;

pub(crate) use read::{is_xml, read};
pub(crate) use tokens::{instance_expressions, is_dynamic};

use crate::compile::{Report, draft, finish};
use crate::{Files, Problem};

/// Writes a questionnaire as an ODK XForm; one that is an XForm already stays as it is. `file_name` gives
/// the form's identifier where the settings give none.
///
/// # Errors
/// Every problem that makes the form unusable, with sheet, row and column.
pub fn to_xform(bytes: &[u8], file_name: &str, files: &Files) -> Result<String, Vec<Problem>> {
    let mut report = Report::default();
    let xml = draft(bytes, file_name, files, &mut report).map(|draft| {
        let xml = if is_xml(bytes) {
            String::from_utf8_lossy(bytes).into_owned()
        } else {
            write::document(&draft, &mut report)
        };
        // A form that cannot be used here is not passed on to others.
        finish(draft, &mut report);
        xml
    });
    report.sort();
    match xml {
        Some(xml) if report.errors.is_empty() => Ok(xml),
        _ => Err(report.errors),
    }
}
