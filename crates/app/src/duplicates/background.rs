//! The search in a thread of its own, in steps between which the screens have the device.

use super::search::Searched;
use crate::{
    app::{App, lock},
    device::Device,
    error::AppError,
};
use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Between two steps: whoever waits for the device gets it.
const PAUSE: Duration = Duration::from_millis(4);
/// While somebody else makes the index.
const WAIT: Duration = Duration::from_millis(50);

impl App {
    /// Searches for duplicates in the background, unless that is under way.
    ///
    /// # Errors
    /// `locked`, `not_enrolled`.
    pub fn search_duplicates(&self) -> Result<(), AppError> {
        search_in_background(&self.device()?, &self.searching);
        Ok(())
    }
}

/// The same for a device that is at hand. It ends when the device is locked.
pub(crate) fn search_in_background(device: &Arc<Mutex<Device>>, searching: &Arc<AtomicBool>) {
    if searching.swap(true, Ordering::SeqCst) {
        return;
    }
    let device = Arc::downgrade(device);
    let searching = searching.clone();
    thread::spawn(move || {
        if let Err(error) = search(&device) {
            tracing::error!(code = error.code, "the search for duplicates stopped");
        }
        searching.store(false, Ordering::SeqCst);
    });
}

fn search(device: &Weak<Mutex<Device>>) -> Result<(), AppError> {
    loop {
        let Some(held) = device.upgrade() else {
            return Ok(());
        };
        let step = lock(&held).search_step();
        drop(held);
        match step? {
            Searched::Done => return Ok(()),
            Searched::More => thread::sleep(PAUSE),
            Searched::Build(unbuilt) => {
                let ready = unbuilt.build();
                if let Some(device) = device.upgrade() {
                    lock(&device).take_index(ready);
                }
            }
            Searched::Elsewhere => thread::sleep(WAIT),
        }
    }
}
