//! Past exchanges in plain words.

use crate::{device::Device, error::AppError, views};
use serde::{Deserialize, Serialize};

/// How many are shown.
const SHOWN: u32 = 50;

/// A report as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    report: views::SyncReport,
    /// It broke off; missing in what older programs kept.
    #[serde(default)]
    failed: Option<bool>,
}

/// The text that is kept of an exchange.
pub(super) fn kept(report: views::SyncReport, failed: bool) -> String {
    let kept = Kept {
        report,
        failed: Some(failed),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

impl Device {
    /// The last exchanges, the newest first: when, with whom, what went over, or why it failed.
    pub fn sync_history(&self) -> Result<Vec<views::ExchangeEntry>, AppError> {
        let english = self.language == "en";
        let mut entries = Vec::new();
        for row in self.store.sync_log(SHOWN)? {
            let Ok(kept) = serde_json::from_str::<Kept>(&row.report) else {
                continue;
            };
            let report = kept.report;
            let ended = !kept.failed.unwrap_or(!row.ok && report.receipt.is_empty());
            let with = match (report.hub.as_str(), english) {
                ("", true) => format!("District server ({})", self.identity.address),
                ("", false) => format!("Server kabupaten ({})", self.identity.address),
                (hub, true) => format!("Hub {hub}"),
                (hub, false) => format!("Hub kecamatan {hub}"),
            };
            let mut words = report.notices;
            if ended && !row.ok && report.hub.is_empty() {
                let error = AppError::new("disagree", "the two sides differ");
                words.insert(0, error.words(&self.language).0);
            }
            entries.push(views::ExchangeEntry {
                at: report.at,
                agreed: row.ok,
                ended,
                with,
                pushed: report.pushed,
                pulled: report.pulled,
                refused: report.refused,
                bytes: report.bytes_up
                    + report.bytes_down
                    + report.photo_bytes_up
                    + report.photo_bytes_down,
                receipt_code: report.receipt_code,
                words,
            });
        }
        Ok(entries)
    }
}
