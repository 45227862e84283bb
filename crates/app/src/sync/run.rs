//! One exchange from begin to end: steps of the machine between messages, progress, cancelling, the log.

use super::{Transport, photos};
use crate::{device::Device, error::AppError, views, visit::timestamp};
use lawang_store::SyncLogRow;
use lawang_sync::{
    Client, ClientError, LinkFailure, Local, Progress, Receipt, Report, Stage, Step, decode,
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
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
    let done = (|| {
        lock(device).fold_all()?;
        let mut report = steps(
            transport,
            cancel,
            &mut client,
            &mut show,
            |work: Work<'_>| work.on(&mut *lock(device)),
        )?;
        if report.agreed {
            let features = lock(device).told_features()?;
            photos::fetch(
                device,
                (features, &|_| true),
                transport,
                cancel,
                &mut report,
                &mut show,
            )?;
        }
        Ok(report)
    })();
    log(device, &done, client.progress(), None)?;
    done
}

/// Remembers an exchange. `hub`: it was one at a hub, which proves nothing about the district.
pub(super) fn log(
    device: &Mutex<Device>,
    done: &Result<Report, AppError>,
    progress: Progress,
    hub: Option<&str>,
) -> Result<(), AppError> {
    let mut device = lock(device);
    let at = device.now();
    let (ok, report, receipt) = match done {
        Ok(report) => (
            report.agreed && hub.is_none(),
            sync_report(report, at, &device.language, hub),
            match hub {
                None => report.receipt.clone(),
                Some(_) => Vec::new(),
            },
        ),
        Err(error) => {
            let failed = Report {
                progress,
                ..Report::default()
            };
            let mut report = sync_report(&failed, at, &device.language, hub);
            report.notices = vec![error.words(&device.language).0];
            (false, report, Vec::new())
        }
    };
    let text = super::history::kept(report, done.is_err());
    device.store.log_sync(&SyncLogRow {
        at,
        ok,
        report: text,
        receipt,
    })?;
    Ok(())
}

/// Where the work is now, in plain words.
pub(crate) fn at_hub_words(name: &str, language: &str) -> String {
    if language == "en" {
        format!(
            "At the hub ({name}), not yet at the district. Your work counts as safe once the district has it."
        )
    } else {
        format!(
            "Sudah di hub ({name}), belum di kabupaten. Data baru dihitung aman bila kabupaten sudah menerimanya."
        )
    }
}

/// One touch of the machine on the device's database.
pub(super) enum Work<'w> {
    Next(&'w mut Client, &'w mut Option<Step>),
    Answer(&'w mut Client, Result<Vec<u8>, LinkFailure>),
}

impl Work<'_> {
    /// Does it. The database is locked no longer than this takes.
    pub(super) fn on<L: Local<Error = AppError>>(self, local: &mut L) -> Result<(), AppError> {
        let flat = |error: ClientError<AppError>| match error {
            ClientError::Local(error) => error,
            ClientError::Link(failure) => failure.into(),
            ClientError::Protocol(ours, theirs) => {
                AppError::new("protocol", format!("{ours} and {theirs}"))
            }
        };
        match self {
            Work::Next(client, step) => {
                *step = Some(client.next(local).map_err(flat)?);
                Ok(())
            }
            Work::Answer(client, result) => client.answer(local, result).map_err(flat),
        }
    }
}

/// The steps of one exchange. `with` carries out what touches the database.
pub(super) fn steps(
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    client: &mut Client,
    show: &mut impl FnMut(Stage, Progress),
    mut with: impl FnMut(Work<'_>) -> Result<(), AppError>,
) -> Result<Report, AppError> {
    loop {
        if cancel.cancelled() {
            return Err(AppError::new("cancelled", "stopped by the person"));
        }
        let mut step = None;
        with(Work::Next(client, &mut step))?;
        show(client.stage(), client.progress());
        match step {
            Some(Step::Done(report)) => return Ok(*report),
            Some(Step::Send { bytes, wait }) => {
                transport.pause(wait, cancel);
                let result = transport.call(&bytes);
                if let Err(LinkFailure::Cut(why)) = &result {
                    tracing::debug!(why, "the link was cut");
                }
                with(Work::Answer(client, result))?;
            }
            None => {}
        }
    }
}

/// What is said of two clocks that differ; `hub`: with whose clock.
fn clock_words(offset: i64, english: bool, hub: Option<&str>) -> String {
    let (amount, unit_id, unit_en) = match offset.unsigned_abs() {
        s if s >= 2 * 365 * 86_400 => (s / (365 * 86_400), "tahun", "years"),
        s if s >= 2 * 86_400 => (s / 86_400, "hari", "days"),
        s if s >= 2 * 3_600 => (s / 3_600, "jam", "hours"),
        s => (s / 60, "menit", "minutes"),
    };
    let ahead = offset > 0;
    if english {
        let side = if ahead { "ahead of" } else { "behind" };
        return match hub {
            None => format!(
                "This device's clock is {amount} {unit_en} {side} the server's. Your data are safe; set the date and time."
            ),
            Some(name) => format!(
                "This device's clock is {amount} {unit_en} {side} that of the hub ({name}). One of the two is wrong; nothing is lost. Set the date and time where they are wrong."
            ),
        };
    }
    let side = if ahead { "lebih cepat" } else { "lebih lambat" };
    match hub {
        None => format!(
            "Jam perangkat ini {amount} {unit_id} {side} daripada jam server. Data aman; betulkan tanggal dan jam."
        ),
        Some(name) => format!(
            "Jam perangkat ini {amount} {unit_id} {side} daripada jam hub ({name}). Salah satunya keliru; tidak ada data yang hilang. Betulkan tanggal dan jam yang keliru."
        ),
    }
}

/// What is said when photos of other devices are still to come.
fn photo_words(report: &Report, english: bool) -> Option<String> {
    let (came, all) = (
        report.progress.photos_received,
        report.progress.photos_to_receive,
    );
    if came >= all {
        return None;
    }
    Some(match (report.no_room, english) {
        (false, false) => format!(
            "Foto kunjungan untuk pemeriksaan: {came} dari {all} sudah diterima. Sisanya menyusul pada kirim & terima berikutnya."
        ),
        (false, true) => format!(
            "Photos of visits to check: {came} of {all} came. The rest comes with the next exchange."
        ),
        (true, false) => format!(
            "Foto kunjungan untuk pemeriksaan: {came} dari {all} sudah diterima. Ruang penyimpanan hampir habis, jadi sisanya belum diambil."
        ),
        (true, true) => format!(
            "Photos of visits to check: {came} of {all} came. The disk is nearly full, so the rest was not fetched."
        ),
    })
}

/// The report as the screens show it. `hub`: the name of the hub at which it was.
pub(crate) fn sync_report(
    report: &Report,
    at: i64,
    language: &str,
    hub: Option<&str>,
) -> views::SyncReport {
    let english = language == "en";
    let mut notices = Vec::new();
    let offset = if report.clock_offset.abs() < 120_000 {
        0
    } else {
        report.clock_offset / 1000
    };
    if offset != 0 {
        notices.push(clock_words(offset, english, hub));
    }
    if report.refused > 0 {
        notices.push(if english {
            format!("The server refused {} changes. They are kept here; see the households marked `Refused`.", report.refused)
        } else {
            format!("Server menolak {} isian. Isian itu tetap tersimpan di sini; lihat keluarga bertanda `Ditolak server`.", report.refused)
        });
    }
    let progress = report.progress;
    notices.extend(photo_words(report, english));
    // A hub's receipt is none: it proves nothing about the district.
    let receipt: &[u8] = match hub {
        None => &report.receipt,
        Some(_) => &[],
    };
    views::SyncReport {
        pushed: report.pushed,
        pulled: report.pulled,
        refused: report.refused,
        bytes_up: progress.bytes_up,
        bytes_down: progress.bytes_down,
        photo_bytes_up: progress.photo_bytes_up,
        photos_received: progress.photos_received,
        photo_bytes_down: progress.photo_bytes_down,
        requests: progress.requests,
        agreed: report.agreed,
        receipt: hex::encode(receipt),
        receipt_code: decode::<Receipt>(receipt)
            .map(|r| r.code())
            .unwrap_or_default(),
        at: timestamp(at),
        clock_offset_seconds: offset,
        hub: hub.unwrap_or_default().to_owned(),
        notices,
    }
}
