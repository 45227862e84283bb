//! Receives a message. What comes of a piece is kept as it comes, once its head is known to be the device's: a
//! connection that breaks has cost nothing but what was still to come.

use super::{
    api::{Api, Claim},
    body::{Arriving, Next, broken},
    room::Taken,
};
use crate::error::{Result, ServerError};
use axum::body::Body;
use lawang_sync::{PieceHead, shorter_piece};
use std::{sync::Arc, time::Duration};

/// Content that is kept at once, when so much is there ..
const KEEP: usize = 64 * 1024;
/// .. or when nothing more came for so long: the connection may be dead without anybody having heard of it.
const QUIET: Duration = Duration::from_millis(500);

/// What arrives.
struct Message {
    api: Arc<Api>,
    claim: Claim,
    /// What came and is not kept; from the start, until something is kept.
    bytes: Vec<u8>,
    /// The room that these take.
    room: Taken,
    /// The head of a piece of which something was kept.
    head: Option<PieceHead>,
    /// Bytes of its content that were kept.
    kept: usize,
}

/// Bytes that came, and the answer. It goes on to its end whether or not anybody waits for the answer.
pub(super) async fn receive(api: Arc<Api>, claim: Claim, body: Body) -> (usize, Result<Vec<u8>>) {
    let mut arriving = Arriving::new(body, api.limits.sync_body, api.limits.request);
    let mut message = Message {
        api,
        claim,
        bytes: Vec::new(),
        room: Taken::default(),
        head: None,
        kept: 0,
    };
    let answer = match message.known().await {
        Ok(()) => message.receive(&mut arriving).await,
        Err(error) => Err(error),
    };
    drop(message);
    if answer.is_err() {
        // To its end, so that the device hears the refusal.
        while let Next::Bytes(_) | Next::Quiet = arriving.next(QUIET).await {}
    }
    (arriving.seen(), answer)
}

impl Message {
    /// Of whom nobody has heard, nothing is taken in.
    async fn known(&self) -> Result<()> {
        let claim = self.claim.clone();
        self.api.work(move |server| claim.known(server)).await
    }

    async fn receive(&mut self, arriving: &mut Arriving) -> Result<Vec<u8>> {
        let ended = loop {
            match arriving.next(QUIET).await {
                Next::Bytes(more) => {
                    self.room
                        .grow(&self.api.room, self.bytes.len() + more.len())?;
                    self.bytes.extend_from_slice(&more);
                    if self.bytes.len() >= KEEP {
                        self.keep().await?;
                    }
                }
                Next::Quiet => self.keep().await?,
                Next::End => break true,
                Next::Broken => break false,
            }
        };
        if arriving.too_large() {
            return Err(arriving.refusal());
        }
        let now = (self.api.clock)();
        let claim = self.claim.clone();
        let Some(head) = self.head else {
            let cut = PieceHead::read(&self.bytes)
                .is_some_and(|head| self.bytes.len() < head.len.saturating_add(head.content));
            let message = match (ended, cut) {
                (_, true) => shorter_piece(&self.bytes).ok_or_else(broken)?,
                (true, false) => std::mem::take(&mut self.bytes),
                (false, false) => return Err(broken()),
            };
            let signed = std::mem::take(&mut self.bytes);
            return self
                .api
                .work(move |server| {
                    let signed = if signed.is_empty() { &message } else { &signed };
                    claim.prove(server, signed, now)?;
                    Ok(server.handle(claim.device, &message, now))
                })
                .await;
        };
        self.keep().await?;
        self.api
            .work(move |server| Ok(server.handle(claim.device, &head.ask(), now)))
            .await
    }

    /// Keeps what came of a piece; of another message nothing.
    async fn keep(&mut self) -> Result<()> {
        let now = (self.api.clock)();
        let claim = self.claim.clone();
        let head = match self.head {
            Some(head) => head,
            None => {
                let Some(head) = PieceHead::read(&self.bytes) else {
                    return Ok(());
                };
                let content = self.bytes.split_off(head.len);
                let signed = std::mem::replace(&mut self.bytes, content);
                let claim = claim.clone();
                self.api
                    .work(move |server| claim.prove(server, &signed, now))
                    .await?;
                self.head = Some(head);
                head
            }
        };
        let content = std::mem::take(&mut self.bytes);
        if content.is_empty() {
            return Ok(());
        }
        if self.kept + content.len() > head.content {
            return Err(ServerError::refused(
                "malformed_request",
                "the body is longer than its head says",
            ));
        }
        let message = head.keep(self.kept, &content);
        self.kept += content.len();
        self.api
            .work(move |server| {
                server.handle(claim.device, &message, now);
                Ok(())
            })
            .await?;
        self.room = Taken::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EnrolRequest, Server,
        http::{Limits, room::Room},
    };
    use axum::http::HeaderMap;
    use lawang_domain::{DeviceId, Role};

    const NOW: u64 = 1_795_255_200_000;

    /// A server with so much room, and its one device.
    fn api(room: Room) -> (Arc<Api>, DeviceId) {
        let server = Server::open_in_memory(7).unwrap();
        let villages = ["18.09.01.2001".parse().unwrap()];
        let code = server.make_code("Siti", Role::Enumerator, &villages, 24, NOW);
        let request = EnrolRequest {
            code: code.unwrap().code,
            public_key: [8; 32],
            app: String::new(),
        };
        let device = server.enrol(&request, NOW).unwrap().device;
        let clock = Arc::new(|| NOW);
        let mut api = Api::new(Arc::new(server), clock, Limits::default());
        api.room = room;
        (Arc::new(api), device)
    }

    /// What somebody hears who says that they are this device and sends so many bytes.
    async fn heard(api: &Arc<Api>, device: DeviceId, bytes: usize) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("lawang-device", device.to_string()),
            ("lawang-time", NOW.to_string()),
            ("lawang-signature", "AAAA".to_owned()),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let claim = Claim::read(&headers).unwrap();
        let (up, answer) = receive(api.clone(), claim, Body::from(vec![0; bytes])).await;
        assert_eq!(up, bytes);
        answer.unwrap_err().code().to_owned()
    }

    #[tokio::test]
    async fn nothing_is_taken_in_from_a_device_that_does_not_exist() {
        let (api, device) = api(Room::of(0, 0));
        let nobody = DeviceId(uuid::Uuid::from_u128(3));
        assert_eq!(heard(&api, nobody, 5_000).await, "unknown_device");
        assert_eq!(heard(&api, device, 5_000).await, "busy");
        api.server.revoke(device, NOW).unwrap();
        assert_eq!(heard(&api, device, 5_000).await, "revoked");
    }

    #[tokio::test]
    async fn what_proves_nothing_takes_no_more_than_its_room_and_gives_it_back() {
        let (api, device) = api(Room::of(192 * 1024, 1024 * 1024));
        for _ in 0..3 {
            let most = (192 + 1024) * 1024;
            assert_eq!(heard(&api, device, most).await, "bad_signature");
            assert_eq!(heard(&api, device, most + 1).await, "busy");
        }
    }
}
