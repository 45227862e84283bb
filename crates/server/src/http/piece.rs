//! Receives a message. What comes of a piece is kept as it comes, once its head is known to be the device's: a
//! connection that breaks has cost nothing but what was still to come.

use super::{
    api::{Api, Claim},
    body::{Arriving, Next, broken},
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
        head: None,
        kept: 0,
    };
    let answer = message.receive(&mut arriving).await;
    if answer.is_err() {
        // To its end, so that the device hears the refusal.
        while let Next::Bytes(_) | Next::Quiet = arriving.next(QUIET).await {}
    }
    (arriving.seen(), answer)
}

impl Message {
    async fn receive(&mut self, arriving: &mut Arriving) -> Result<Vec<u8>> {
        let ended = loop {
            match arriving.next(QUIET).await {
                Next::Bytes(more) => {
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
            .await
    }
}
