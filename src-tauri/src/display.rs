//! Whether there is a screen to open a window on.

/// Refuses in words when no display can be opened; Tauri itself would panic.
#[cfg(target_os = "linux")]
pub(crate) fn require() -> Result<(), String> {
    gtk::init().map_err(|_| {
        "Lawang needs a display: neither Wayland (WAYLAND_DISPLAY) nor X (DISPLAY) answered. \
         Start it in a desktop session, or without a screen as `xvfb-run -a lawang-window`."
            .to_owned()
    })
}

/// Every other system that runs the shell has a screen.
#[cfg(not(target_os = "linux"))]
pub(crate) fn require() -> Result<(), String> {
    Ok(())
}
