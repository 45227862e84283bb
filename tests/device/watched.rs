//! A way to the server that watches what is asked of photos, and breaks where it is told to.

use lawang_app::{CancelToken, Transport, exchange};
use lawang_sync::{
    Envelope, GlanceReply, LinkFailure, Report, Request, Response, Stage, decode, encode,
};
use lawang_tests::world::{NOW, World};

/// Counts what is asked, and breaks off for good at some question about photos.
pub struct Watched<'a> {
    pub server: &'a lawang_server::Server,
    pub device: lawang_domain::DeviceId,
    pub asked: Vec<([u8; 32], u64)>,
    /// Questions about photos that are still answered.
    pub answers: usize,
    pub cancel: CancelToken,
    pub cancel_after: usize,
    /// The server does not know of photos on the way down.
    pub old: bool,
    /// So many bytes of a photo come with each answer.
    pub crumbs: usize,
}

impl<'a> Watched<'a> {
    pub fn new(world: &'a World, tablet: usize) -> Self {
        Self {
            server: &world.server,
            device: world.tablets[tablet].id,
            asked: Vec::new(),
            answers: usize::MAX,
            cancel: CancelToken::default(),
            cancel_after: usize::MAX,
            old: false,
            crumbs: usize::MAX,
        }
    }

    pub fn run(&mut self, world: &World, tablet: usize) -> (Report, Vec<Stage>) {
        let mut stages = Vec::new();
        let cancel = self.cancel.clone();
        let device = &world.tablets[tablet].device;
        let report = exchange(device, self, &cancel, |stage, _| {
            if stages.last() != Some(&stage) {
                stages.push(stage);
            }
        });
        (report.expect("an exchange"), stages)
    }
}

impl Transport for Watched<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let envelope: Envelope = decode(message).expect("a request");
        if let Request::PhotoWanted(wanted) = &envelope.request {
            if self.asked.len() >= self.answers {
                return Err(LinkFailure::Cut("no signal".into()));
            }
            self.asked.push((*wanted.hash, wanted.offset));
            if self.asked.len() == self.cancel_after {
                self.cancel.cancel();
            }
        }
        if self.old && matches!(envelope.request, Request::Glance(_)) {
            let known = GlanceReply {
                known: false,
                time: NOW,
                receipt: Vec::<u8>::new().into(),
            };
            return Ok(encode(&Response::Glance(known)));
        }
        let answer = self.server.handle(self.device, message, NOW);
        if self.old
            && let Some(Response::Hello(mut reply)) = decode(&answer)
        {
            reply.features = Some(3);
            return Ok(encode(&Response::Hello(reply)));
        }
        if let Some(Response::PhotoBytes(mut piece)) = decode(&answer) {
            piece.bytes.truncate(self.crumbs);
            return Ok(encode(&Response::PhotoBytes(piece)));
        }
        Ok(answer)
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}
