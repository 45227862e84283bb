//! The district's office goes on working: it verifies the log, writes backups, and moves one person to another village.

use super::{ELSEWHERE, link::nap, servers::Place};
use crate::chance::Chance;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// `moved`: the device that loses a village after `half`.
pub(super) fn work(
    place: &Place,
    stop: &AtomicBool,
    mut chance: Chance,
    moved: Option<&str>,
    half: Duration,
) -> Result<(), String> {
    let begun = Instant::now();
    let mut moved = moved;
    let mut backups = 0;
    while !stop.load(Ordering::Relaxed) {
        nap(stop, 4_000 + chance.below(12_000));
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if begun.elapsed() >= half
            && let Some(device) = moved.take()
        {
            place.admin(&["change-device", device, "--villages", ELSEWHERE])?;
        }
        place.admin(&["verify-log"])?;
        place.counts.verified.fetch_add(1, Ordering::Relaxed);
        if chance.percent(15) {
            backups += 1;
            let file = place.backup(backups);
            place.admin(&["backup", &file.to_string_lossy()])?;
            let _ = std::fs::remove_file(file);
            place.counts.backups.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
