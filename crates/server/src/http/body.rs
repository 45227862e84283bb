//! Bodies as they arrive, within bounds.

use crate::error::{Result, ServerError};
use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A refused body is read to its end up to this size, so that the device hears the refusal.
const MAX_DRAIN: usize = 64 * 1024 * 1024;

/// What comes next of a body.
pub(super) enum Next {
    Bytes(Bytes),
    /// Nothing came for a while.
    Quiet,
    /// The last byte came; or the connection broke, which cannot always be told apart.
    End,
    /// The connection broke, or the time is over.
    Broken,
}

/// A body that is read piece by piece.
pub(super) struct Arriving {
    stream: BodyDataStream,
    limit: usize,
    deadline: Instant,
    seen: usize,
}

impl Arriving {
    /// `limit`: bytes that are taken; `time`: until when all must be there.
    pub(super) fn new(body: Body, limit: usize, time: Duration) -> Self {
        Self {
            stream: body.into_data_stream(),
            limit,
            deadline: Instant::now() + time,
            seen: 0,
        }
    }

    /// Bytes that came so far.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// Whether more came than is taken.
    pub(super) fn too_large(&self) -> bool {
        self.seen > self.limit
    }

    /// What comes next within `patience`. Bytes beyond the limit are read and dropped.
    pub(super) async fn next(&mut self, patience: Duration) -> Next {
        loop {
            let until = self.deadline.min(Instant::now() + patience);
            let bytes = match timeout_at(until, self.stream.next()).await {
                Ok(Some(Ok(bytes))) => bytes,
                Ok(Some(Err(_))) => return Next::Broken,
                Ok(None) => return Next::End,
                Err(_) if Instant::now() >= self.deadline => return Next::Broken,
                Err(_) => return Next::Quiet,
            };
            self.seen = self.seen.saturating_add(bytes.len());
            if self.seen > MAX_DRAIN {
                return Next::End;
            }
            if !self.too_large() {
                return Next::Bytes(bytes);
            }
        }
    }

    /// The refusal of a body that is too large.
    pub(super) fn refusal(&self) -> ServerError {
        ServerError::refused(
            "request_too_large",
            format!("a request has at most {} bytes", self.limit),
        )
    }
}

pub(super) fn broken() -> ServerError {
    ServerError::refused("malformed_request", "the body did not arrive whole")
}

/// The whole body, if it is not larger than `limit`.
pub(super) async fn whole(body: Body, limit: usize, time: Duration) -> Result<Bytes> {
    let mut bytes = Vec::new();
    let mut arriving = Arriving::new(body, limit, time);
    loop {
        match arriving.next(time).await {
            Next::Bytes(more) => bytes.extend_from_slice(&more),
            Next::Quiet => {}
            Next::End if arriving.too_large() => return Err(arriving.refusal()),
            Next::End => return Ok(bytes.into()),
            Next::Broken => return Err(broken()),
        }
    }
}
