//! Sending and receiving: the database's side of the protocol, HTTP, and the run of one exchange.

mod arrivals;
mod base;
mod code;
mod courier;
mod futile;
mod history;
mod http;
mod hubs;
mod lives;
mod local;
mod moves;
mod packing;
mod photos;
mod pinned;
mod proofs;
mod rebase;
mod remade;
mod run;
mod sealing;
mod taken;

pub(crate) use code::read_code;
pub use courier::Exported;
pub(crate) use courier::FILE;
pub use http::HttpTransport;
pub(crate) use http::{enrol, normal_address};
pub use hubs::{Hub, exchange_at_hub};
pub use pinned::find_hub;
pub use pinned::{EnrolledHub, enrol_hub};
pub(crate) use pinned::{answers, scanned};
pub(crate) use rebase::Edit;
pub use run::{CancelToken, exchange};
pub(crate) use run::{Live, at_hub_words, sync_report};

use lawang_sync::LinkFailure;

/// What carries the bytes of one message there and the answer back.
pub trait Transport {
    /// Sends one message and waits for its answer.
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure>;

    /// Waits before the next try, unless somebody stops the exchange meanwhile.
    fn pause(&mut self, mut ms: u64, cancel: &CancelToken) {
        while ms > 0 && !cancel.cancelled() {
            let step = ms.min(100);
            std::thread::sleep(std::time::Duration::from_millis(step));
            ms -= step;
        }
    }
}
