//! The way between two parties: messages get lost, doubled, late, torn; links break at any byte; servers die.

use crate::{
    report::Counts,
    script::{Fault, Link},
};
use lawang_app::{CancelToken, Transport};
use lawang_domain::DeviceId;
use lawang_server::Server;
use lawang_sync::{Envelope, LinkFailure, Request, Response, decode, shorter_piece};
use lawang_tests::chance::Chance;
use std::path::PathBuf;

/// A server that can die and start again.
pub struct Node {
    /// Gone only for the moment of a restart.
    server: Option<Server>,
    /// Its data folder; `None` in memory.
    pub folder: Option<PathBuf>,
    seed: u64,
    starts: u64,
    /// What it is called in reports.
    pub name: &'static str,
}

impl Node {
    pub fn new(seed: u64, folder: Option<PathBuf>, name: &'static str) -> Self {
        let mut node = Self {
            server: None,
            folder,
            seed,
            starts: 0,
            name,
        };
        node.start();
        node
    }

    fn start(&mut self) {
        self.starts += 1;
        let seed = self.seed ^ (self.starts << 40);
        let server = match (&self.folder, self.server.take()) {
            (Some(folder), old) => {
                drop(old);
                Server::open_seeded(folder, seed)
            }
            (None, Some(old)) => old.restarted(),
            (None, None) => Server::open_in_memory(seed),
        };
        self.server = Some(server.unwrap_or_else(|e| panic!("a server does not start: {e}")));
    }

    pub fn server(&self) -> &Server {
        self.server
            .as_ref()
            .unwrap_or_else(|| panic!("no server runs"))
    }

    /// The process ends and another one begins on the same data.
    pub fn restart(&mut self) {
        self.start();
    }

    /// The server is stopped; its data folder can be replaced before it starts again.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// A fault is planned, or none any more.
    pub fn plan(&mut self, fault: Option<Fault>, counts: &mut Counts) {
        if fault == Some(Fault::Full) {
            counts.add(format!("disk of the {} full", self.name));
        }
        let fault = fault.map(|fault| match fault {
            Fault::CrashBefore(n) => lawang_server::Fault::CrashBefore(n),
            Fault::CrashAfter(n) => lawang_server::Fault::CrashAfter(n),
            Fault::Full => lawang_server::Fault::Full,
        });
        self.server()
            .plan_fault(fault)
            .unwrap_or_else(|e| panic!("a fault cannot be planned: {e}"));
    }

    /// Starts the server again if a planned fault ended it.
    pub fn revive(&mut self, counts: &mut Counts) -> bool {
        let dead = self.server().is_dead();
        if dead {
            counts.add(format!("crash of the {} between two writes", self.name));
            self.start();
        }
        dead
    }
}

/// What of a party's messages is still under way.
#[derive(Default)]
pub struct Underway {
    seen: Vec<Vec<u8>>,
    late: Vec<Vec<u8>>,
}

/// Messages after which an exchange that goes on is taken for one without an end: of worlds this small the longest, over
/// the worst of links, have some hundred.
const ENDLESS: usize = 5_000;

/// One party's way to a server.
pub struct Way<'a> {
    pub node: &'a mut Node,
    pub device: DeviceId,
    pub link: Link,
    pub chance: Chance,
    pub underway: &'a mut Underway,
    pub counts: &'a mut Counts,
    pub now: u64,
    /// Messages so far.
    pub messages: usize,
    /// Bytes since the link broke last.
    pub bytes: usize,
    /// Greetings among the messages.
    pub greetings: u32,
    /// What the device's person does after so many messages.
    pub meanwhile: Option<(usize, Box<dyn FnOnce() + 'a>)>,
}

impl<'a> Way<'a> {
    pub fn new(
        node: &'a mut Node,
        device: DeviceId,
        (link, chance): (Link, Chance),
        underway: &'a mut Underway,
        counts: &'a mut Counts,
        now: u64,
    ) -> Self {
        Self {
            node,
            device,
            link,
            chance,
            underway,
            counts,
            now,
            messages: 0,
            bytes: 0,
            greetings: 0,
            meanwhile: None,
        }
    }

    fn hit(&mut self, percent: u8) -> bool {
        percent > 0 && self.chance.percent(usize::from(percent))
    }

    /// After how many of so many bytes more the link breaks.
    fn breaks(&mut self, bytes: usize) -> Option<usize> {
        let every = self.link.cut_every?;
        let left = every.saturating_sub(self.bytes);
        self.bytes += bytes;
        if self.bytes < every {
            return None;
        }
        self.bytes = 0;
        self.counts.add("link broken within a message");
        Some(left.min(bytes))
    }

    /// What came of a message that broke off: of a piece the server keeps it, as over HTTP.
    fn give_torn(&mut self, torn: &[u8]) {
        match shorter_piece(torn) {
            Some(kept) => {
                self.counts.add("kept of a torn message");
                self.give(&kept);
            }
            None => {
                self.give(torn);
            }
        }
    }

    /// Gives a message to the server; `None` when its process died over it. What it had answered before it died is on
    /// its way.
    fn give(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        let answer = self.node.server().handle(self.device, message, self.now);
        let died = self.node.revive(self.counts)
            && matches!(decode(&answer), Some(Response::Error(error)) if error.code == "crash");
        (!died).then_some(answer)
    }
}

fn cut(what: &str) -> Result<Vec<u8>, LinkFailure> {
    Err(LinkFailure::Cut(what.to_owned()))
}

impl Transport for Way<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        self.messages += 1;
        assert!(self.messages < ENDLESS, "an exchange comes to its end");
        self.counts.add("messages");
        if matches!(&self.meanwhile, Some((after, _)) if self.messages > *after)
            && let Some((_, work)) = self.meanwhile.take()
        {
            work();
        }
        let greets =
            decode::<Envelope>(message).is_some_and(|e| matches!(e.request, Request::Hello(_)));
        self.greetings += u32::from(greets);
        if self.link.parts_after.is_some_and(|n| self.messages > n) {
            self.counts.add("message into a parted network");
            return cut("the network is parted");
        }
        if let Some(at) = self.breaks(message.len()) {
            self.give_torn(&message[..at]);
            return cut("the link broke in the request");
        }
        if self.hit(self.link.stale) && !self.underway.seen.is_empty() {
            let old = self.chance.of(&self.underway.seen).clone();
            self.counts.add("message out of order");
            self.give(&old);
        }
        if self.hit(self.link.lose_request) {
            self.counts.add("message lost");
            return cut("the request is lost");
        }
        if self.hit(self.link.torn) {
            self.counts.add("message torn at any byte");
            let at = self.chance.below(message.len());
            self.give_torn(&message[..at]);
            return cut("the request was torn");
        }
        if self.hit(self.link.late) {
            self.counts.add("message late");
            self.underway.late.push(message.to_vec());
            return cut("the request is held up");
        }
        let mut answer = self.give(message);
        if self.hit(self.link.double) {
            self.counts.add("message doubled");
            answer = self.give(message);
        }
        for late in std::mem::take(&mut self.underway.late) {
            self.give(&late);
        }
        if self.underway.seen.len() < 40 {
            self.underway.seen.push(message.to_vec());
        }
        let Some(answer) = answer else {
            return cut("the server died");
        };
        if self.hit(self.link.lose_answer) {
            self.counts.add("answer lost");
            return cut("the answer is lost");
        }
        if self.breaks(answer.len()).is_some() {
            return cut("the link broke in the answer");
        }
        Ok(answer)
    }

    /// Simulated time does not pass while waiting.
    fn pause(&mut self, _: u64, _: &CancelToken) {}
}
