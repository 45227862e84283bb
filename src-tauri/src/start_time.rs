//! Measures the start: from launch to the first painted frame that shows text and has had an answer
//! from Rust. Only when `LAWANG_MEASURE_START` is set; then the program prints one line and ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use tauri::{AppHandle, Runtime, WebviewWindowBuilder, webview::WebviewWindow};

/// The line printed when the frame is there. The one who launched the program holds the stopwatch,
/// so the time of loading the program itself counts too.
pub const PAINTED: &str = "painted";

/// Says so through the title, which the shell hears without any further command or permission.
const SCRIPT: &str = r#"
(() => {
  let frame = 0;
  const look = () => {
    const shown = document.body && document.body.innerText.trim() !== "";
    if (shown) document.title = "painted " + ++frame;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"#;

/// Whether the start is measured, and whether Rust has answered the page yet.
#[derive(Clone, Default)]
pub struct StartTime {
    wanted: bool,
    answered: Arc<AtomicBool>,
}

impl StartTime {
    /// Reads `LAWANG_MEASURE_START`.
    pub fn from_environment() -> Self {
        Self {
            wanted: std::env::var_os("LAWANG_MEASURE_START").is_some(),
            answered: Arc::default(),
        }
    }

    /// To be called when a request of the page was answered.
    pub fn rust_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Adds the watching to a window, if it is wanted.
    pub fn watch<'a, R: Runtime>(
        &self,
        builder: WebviewWindowBuilder<'a, R, AppHandle<R>>,
    ) -> WebviewWindowBuilder<'a, R, AppHandle<R>> {
        if !self.wanted {
            return builder;
        }
        let answered = Arc::clone(&self.answered);
        let frames = AtomicU32::new(0);
        builder
            .initialization_script(SCRIPT)
            .on_document_title_changed(move |window: WebviewWindow<R>, title: String| {
                // The second frame begun after the answer: the first one is on the screen by then.
                if title.starts_with("painted")
                    && answered.load(Ordering::Relaxed)
                    && frames.fetch_add(1, Ordering::Relaxed) == 1
                {
                    println!("{PAINTED}");
                    tauri::Manager::app_handle(&window).exit(0);
                }
            })
    }
}
