//! An in-memory network that loses, doubles, delays and cuts messages.

use crate::chance::Chance;
use lawang_app::{CancelToken, Transport};
use lawang_domain::DeviceId;
use lawang_server::Server;
use lawang_sync::LinkFailure;

/// What may happen to a message, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The request never arrives.
    pub lose_request: usize,
    /// The answer never arrives.
    pub lose_answer: usize,
    /// The request arrives twice.
    pub double: usize,
    /// An older request arrives (again) first: messages out of order.
    pub stale: usize,
    /// Messages larger than this are cut.
    pub cut_above: Option<usize>,
}

/// Counts of what was injected.
#[derive(Debug, Clone, Copy, Default)]
pub struct Injected {
    pub lost: u64,
    pub doubled: u64,
    pub stale: u64,
    pub cut: u64,
}

/// One device's way to the server.
pub struct Network<'a> {
    pub server: &'a Server,
    pub device: DeviceId,
    pub chance: &'a mut Chance,
    pub faults: Faults,
    pub now: u64,
    pub seen: &'a mut Vec<Vec<u8>>,
    pub injected: &'a mut Injected,
}

impl Transport for Network<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let cut = |what: &str| Err(LinkFailure::Cut(what.to_owned()));
        if self.faults.cut_above.is_some_and(|max| message.len() > max) {
            self.injected.cut += 1;
            return cut("request too long for the link");
        }
        if self.chance.percent(self.faults.stale) && !self.seen.is_empty() {
            let index = self.chance.below(self.seen.len());
            let old = self.seen[index].clone();
            self.server.handle(self.device, &old, self.now);
            self.injected.stale += 1;
        }
        if self.chance.percent(self.faults.lose_request) {
            self.injected.lost += 1;
            return cut("request lost");
        }
        let mut answer = self.server.handle(self.device, message, self.now);
        if self.chance.percent(self.faults.double) {
            self.injected.doubled += 1;
            answer = self.server.handle(self.device, message, self.now);
        }
        if self.seen.len() < 40 {
            self.seen.push(message.to_vec());
        }
        if self.chance.percent(self.faults.lose_answer) {
            self.injected.lost += 1;
            return cut("answer lost");
        }
        if self.faults.cut_above.is_some_and(|max| answer.len() > max) {
            self.injected.cut += 1;
            return cut("answer too long for the link");
        }
        Ok(answer)
    }

    /// Simulated time does not pass while waiting.
    fn pause(&mut self, _: u64, _: &CancelToken) {}
}
