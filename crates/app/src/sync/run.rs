//! One exchange from begin to end: steps of the machine between messages, progress, cancelling, the log.

use super::Transport;
use crate::{device::Device, error::AppError, views, visit::timestamp};
use lawang_store::SyncLogRow;
use lawang_sync::{
    Client, ClientError, LinkFailure, Progress, Receipt, Report, Stage, Step, decode,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Stops an exchange between two messages. What was sent stays sent.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the exchange to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an exchange shows while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    pub stage: Stage,
    pub progress: Progress,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere leaves the data as the last transaction left them.
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Sends and receives until both sides agree, or says why not. The device is locked only for single
/// steps: people go on working meanwhile. `show` is told the state before each message.
pub fn exchange(
    device: &Mutex<Device>,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    mut show: impl FnMut(Stage, Progress),
) -> Result<Report, AppError> {
    let mut client = Client::new();
    let done = run(device, transport, cancel, &mut client, &mut show);
    let mut device = lock(device);
    let at = device.now();
    let (ok, report, receipt) = match &done {
        Ok(report) => (
            report.agreed,
            sync_report(report, at, &device.language),
            report.receipt.clone(),
        ),
        Err(error) => {
            let failed = Report {
                progress: client.progress(),
                ..Report::default()
            };
            let mut report = sync_report(&failed, at, &device.language);
            report.notices = vec![error.words(&device.language).0];
            (false, report, Vec::new())
        }
    };
    let text = serde_json::to_string(&report).unwrap_or_default();
    device.store.log_sync(&SyncLogRow {
        at,
        ok,
        report: text,
        receipt,
    })?;
    done
}

fn run(
    device: &Mutex<Device>,
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    client: &mut Client,
    show: &mut impl FnMut(Stage, Progress),
) -> Result<Report, AppError> {
    let flat = |error: ClientError<AppError>| match error {
        ClientError::Local(error) => error,
        ClientError::Link(failure) => failure.into(),
        ClientError::Protocol(ours, theirs) => {
            AppError::new("protocol", format!("{ours} and {theirs}"))
        }
    };
    lock(device).fold_all()?;
    loop {
        if cancel.cancelled() {
            return Err(AppError::new("cancelled", "stopped by the person"));
        }
        let step = client.next(&mut *lock(device)).map_err(flat)?;
        show(client.stage(), client.progress());
        match step {
            Step::Done(report) => return Ok(*report),
            Step::Send { bytes, wait } => {
                transport.pause(wait, cancel);
                let result = transport.call(&bytes);
                if let Err(LinkFailure::Cut(why)) = &result {
                    tracing::debug!(why, "the link was cut");
                }
                client.answer(&mut *lock(device), result).map_err(flat)?;
            }
        }
    }
}

/// The report as the screens show it.
pub(crate) fn sync_report(report: &Report, at: i64, language: &str) -> views::SyncReport {
    let english = language == "en";
    let mut notices = Vec::new();
    let offset = if report.clock_offset.abs() < 120_000 {
        0
    } else {
        report.clock_offset / 1000
    };
    if offset != 0 {
        let (amount, unit_id, unit_en) = match offset.unsigned_abs() {
            s if s >= 2 * 365 * 86_400 => (s / (365 * 86_400), "tahun", "years"),
            s if s >= 2 * 86_400 => (s / 86_400, "hari", "days"),
            s if s >= 2 * 3_600 => (s / 3_600, "jam", "hours"),
            s => (s / 60, "menit", "minutes"),
        };
        notices.push(match (english, offset > 0) {
            (true, true) => format!("This device's clock is {amount} {unit_en} ahead of the server's. Your data are safe; set the date and time."),
            (true, false) => format!("This device's clock is {amount} {unit_en} behind the server's. Your data are safe; set the date and time."),
            (false, true) => format!("Jam perangkat ini {amount} {unit_id} lebih cepat daripada jam server. Data aman; betulkan tanggal dan jam."),
            (false, false) => format!("Jam perangkat ini {amount} {unit_id} lebih lambat daripada jam server. Data aman; betulkan tanggal dan jam."),
        });
    }
    if report.refused > 0 {
        notices.push(if english {
            format!("The server refused {} changes. They are kept here; see the households marked `Refused`.", report.refused)
        } else {
            format!("Server menolak {} isian. Isian itu tetap tersimpan di sini; lihat keluarga bertanda `Ditolak server`.", report.refused)
        });
    }
    let progress = report.progress;
    views::SyncReport {
        pushed: report.pushed,
        pulled: report.pulled,
        refused: report.refused,
        bytes_up: progress.bytes_up,
        bytes_down: progress.bytes_down,
        photo_bytes_up: progress.photo_bytes_up,
        requests: progress.requests,
        agreed: report.agreed,
        receipt: hex::encode(&report.receipt),
        receipt_code: decode::<Receipt>(&report.receipt)
            .map(|r| r.code())
            .unwrap_or_default(),
        at: timestamp(at),
        clock_offset_seconds: offset,
        notices,
    }
}
