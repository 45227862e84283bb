//! The server's side: what it must be able to do, and the one door to it.

use crate::{
    CheckReply, CheckRequest, Digest32, Envelope, FetchPart, FindingsPart, FindingsRequest,
    FormPart, FormRequest, Glance, GlanceReply, Hello, HelloReply, HubRequest, HubResponse, Part,
    PhotoBytes, PhotoOffer, PhotoPart, PhotoState, PhotoWanted, PullReply, PullRequest, PushReply,
    RemoteError, Request, Response, RowsReply, RowsRequest, UploadState, decode, encode,
};
use lawang_domain::DeviceId;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};

/// What a server does for an authenticated device. Each call is one transaction.
/// `now`: milliseconds since 1970 by the server's clock.
pub trait Registry {
    fn hello(
        &mut self,
        device: DeviceId,
        hello: &Hello,
        now: u64,
    ) -> Result<HelloReply, RemoteError>;
    fn rows(&mut self, device: DeviceId, request: &RowsRequest) -> Result<RowsReply, RemoteError>;
    /// Takes a [`crate::SignedBatch`]; what is acknowledged is on disk.
    fn push(&mut self, device: DeviceId, batch: &[u8], now: u64) -> Result<PushReply, RemoteError>;
    fn pull(&mut self, device: DeviceId, request: &PullRequest) -> Result<PullReply, RemoteError>;
    fn check(
        &mut self,
        device: DeviceId,
        request: &CheckRequest,
        now: u64,
    ) -> Result<CheckReply, RemoteError>;
    fn photo_offer(
        &mut self,
        device: DeviceId,
        offer: &PhotoOffer,
    ) -> Result<PhotoState, RemoteError>;
    fn photo_part(&mut self, device: DeviceId, part: &PhotoPart)
    -> Result<PhotoState, RemoteError>;
    /// A piece of a photo for a device whose people check visits.
    fn photo_wanted(
        &mut self,
        device: DeviceId,
        request: &PhotoWanted,
    ) -> Result<PhotoBytes, RemoteError>;
    fn form_part(
        &mut self,
        device: DeviceId,
        request: &FormRequest,
    ) -> Result<FormPart, RemoteError>;
    /// A piece of a village's findings, for a device that may see them.
    fn findings_part(
        &mut self,
        device: DeviceId,
        request: &FindingsRequest,
    ) -> Result<FindingsPart, RemoteError>;
    fn glance(
        &mut self,
        device: DeviceId,
        request: &Glance,
        now: u64,
    ) -> Result<GlanceReply, RemoteError>;
    /// What concerns hubs.
    fn hub(
        &mut self,
        device: DeviceId,
        request: HubRequest,
        now: u64,
    ) -> Result<HubResponse, RemoteError>;
}

/// Most bytes of half-uploaded requests and half-fetched answers that are kept.
const PARTS_TOTAL: usize = 256 * 1024 * 1024;
/// Most of them for one device.
pub const MAX_PARTS_OF_DEVICE: usize = 40 * 1024 * 1024;
/// Largest request.
const MAX_REQUEST: u64 = 8 * 1024 * 1024;

/// Where messages in parts are kept until they are whole. What is forgotten begins again, so nothing has to last.
pub trait PartStore {
    /// Adds a piece of a request, or what of it goes on behind what is there. A piece that was sent twice, or one after
    /// a piece that never came, changes nothing. Gives how many bytes are there from the start.
    fn append(&mut self, device: DeviceId, part: &Part) -> Result<u64, RemoteError>;

    /// A request as far as it is there, which is not kept any longer.
    fn take(&mut self, device: DeviceId, id: Digest32) -> Result<Option<Vec<u8>>, RemoteError>;

    /// Keeps an answer.
    fn put(&mut self, device: DeviceId, id: Digest32, bytes: Vec<u8>) -> Result<(), RemoteError>;

    /// How many bytes an answer has, and those from `offset` on, at most `max`.
    fn read(
        &mut self,
        device: DeviceId,
        id: Digest32,
        offset: u64,
        max: u32,
    ) -> Result<Option<(u64, Vec<u8>)>, RemoteError>;
}

/// What a piece adds to the first `have` bytes of its message: nothing when it does not go on from there, or goes beyond
/// the end.
pub fn new_bytes(part: &Part, have: u64) -> &[u8] {
    let len = part.bytes.len() as u64;
    let fits = part
        .offset
        .checked_add(len)
        .is_some_and(|end| end <= part.total);
    let known = have
        .checked_sub(part.offset)
        .filter(|known| fits && *known <= len);
    let known = known.and_then(|known| usize::try_from(known).ok());
    known
        .and_then(|known| part.bytes.get(known..))
        .unwrap_or_default()
}

/// Messages in parts: kept in memory, forgotten oldest first. A device whose parts were forgotten
/// begins that one message again.
#[derive(Default)]
pub struct Parts {
    kept: HashMap<(DeviceId, Digest32), Vec<u8>>,
    order: VecDeque<(DeviceId, Digest32)>,
    bytes: usize,
}

impl Parts {
    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn put(&mut self, key: (DeviceId, Digest32), bytes: Vec<u8>) {
        self.remove(&key);
        self.bytes += bytes.len();
        self.kept.insert(key, bytes);
        self.order.push_back(key);
        let mine = |parts: &Self| -> usize {
            parts
                .kept
                .iter()
                .filter(|(k, _)| k.0 == key.0)
                .map(|(_, v)| v.len())
                .sum()
        };
        while self.order.len() > 1 && mine(self) > MAX_PARTS_OF_DEVICE {
            let Some(oldest) = self.order.iter().find(|k| k.0 == key.0).copied() else {
                break;
            };
            self.remove(&oldest);
        }
        while self.order.len() > 1 && self.bytes > PARTS_TOTAL {
            let Some(oldest) = self.order.front().copied() else {
                break;
            };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &(DeviceId, Digest32)) -> Option<Vec<u8>> {
        let found = self.kept.remove(key);
        if let Some(bytes) = &found {
            self.bytes -= bytes.len();
            self.order.retain(|k| k != key);
        }
        found
    }
}

impl PartStore for Parts {
    fn append(&mut self, device: DeviceId, part: &Part) -> Result<u64, RemoteError> {
        let key = (device, part.id);
        let mut bytes = self.remove(&key).unwrap_or_default();
        bytes.extend_from_slice(new_bytes(part, bytes.len() as u64));
        let have = bytes.len() as u64;
        if have > 0 {
            Parts::put(self, key, bytes);
        }
        Ok(have)
    }

    fn take(&mut self, device: DeviceId, id: Digest32) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(self.remove(&(device, id)))
    }

    fn put(&mut self, device: DeviceId, id: Digest32, bytes: Vec<u8>) -> Result<(), RemoteError> {
        Parts::put(self, (device, id), bytes);
        Ok(())
    }

    fn read(
        &mut self,
        device: DeviceId,
        id: Digest32,
        offset: u64,
        max: u32,
    ) -> Result<Option<(u64, Vec<u8>)>, RemoteError> {
        Ok(self.kept.get(&(device, id)).map(|bytes| {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            let end = start.saturating_add(max as usize).min(bytes.len());
            (bytes.len() as u64, bytes[start..end].to_vec())
        }))
    }
}

fn unknown_part() -> RemoteError {
    RemoteError::new("unknown_part", "begin this message again")
}

fn upload<P: PartStore>(
    parts: &mut P,
    device: DeviceId,
    part: &Part,
) -> Result<UploadState, RemoteError> {
    if part.total > MAX_REQUEST {
        return Err(RemoteError::new(
            "request_too_large",
            "the request is too large",
        ));
    }
    let have = parts.append(device, part)?;
    Ok(UploadState { have })
}

fn whole<P: PartStore>(
    parts: &mut P,
    device: DeviceId,
    id: Digest32,
) -> Result<Vec<u8>, RemoteError> {
    let bytes = parts.take(device, id)?.ok_or_else(unknown_part)?;
    if Sha256::digest(&bytes)[..] == id[..] {
        Ok(bytes)
    } else {
        Err(unknown_part())
    }
}

/// Carries out a request that came in parts.
fn run_upload<R: Registry, P: PartStore>(
    registry: &mut R,
    parts: &mut P,
    device: DeviceId,
    id: Digest32,
    now: u64,
) -> Result<Response, RemoteError> {
    let whole = whole(parts, device, id)?;
    let request = decode::<Request>(&whole).ok_or_else(|| {
        RemoteError::new("malformed_request", "the uploaded bytes are not a request")
    })?;
    run(registry, device, request, now)
}

fn fetch<P: PartStore>(
    parts: &mut P,
    device: DeviceId,
    request: &FetchPart,
) -> Result<Response, RemoteError> {
    let found = parts.read(device, request.id, request.offset, request.max.max(64))?;
    let (total, bytes) = found.ok_or_else(unknown_part)?;
    Ok(Response::Partial(Part {
        id: request.id,
        total,
        offset: request.offset.min(total),
        bytes: bytes.into(),
    }))
}

/// Answers one message of an authenticated device. Never panics on any bytes.
pub fn serve<R: Registry, P: PartStore>(
    registry: &mut R,
    parts: &mut P,
    device: DeviceId,
    bytes: &[u8],
    now: u64,
) -> Vec<u8> {
    let Some(envelope) = decode::<Envelope>(bytes) else {
        return encode(&Response::Error(RemoteError::new(
            "malformed_request",
            "the bytes are not a request of this protocol",
        )));
    };
    let max = envelope.max_response.max(64) as usize;
    let response = match envelope.request {
        Request::UploadPart(part) => upload(parts, device, &part).map(Response::Upload),
        Request::FetchPart(request) => fetch(parts, device, &request),
        Request::RunUpload(id) => run_upload(registry, parts, device, id, now),
        Request::Piece(part) => upload(parts, device, &part).and_then(|state| {
            if state.have < part.total {
                Ok(Response::Upload(state))
            } else {
                run_upload(registry, parts, device, part.id, now)
            }
        }),
        request => run(registry, device, request, now),
    };
    let response = response.unwrap_or_else(Response::Error);
    let in_parts = matches!(response, Response::Partial(_) | Response::Error(_));
    let encoded = encode(&response);
    if in_parts || encoded.len() <= max.saturating_add(256) {
        return encoded;
    }
    let digest: [u8; 32] = Sha256::digest(&encoded).into();
    let id = Digest32::from(digest);
    let first = encoded[..max].to_vec();
    let total = encoded.len() as u64;
    if let Err(error) = parts.put(device, id, encoded) {
        return encode(&Response::Error(error));
    }
    encode(&Response::Partial(Part {
        id,
        total,
        offset: 0,
        bytes: first.into(),
    }))
}

fn run<R: Registry>(
    registry: &mut R,
    device: DeviceId,
    request: Request,
    now: u64,
) -> Result<Response, RemoteError> {
    match request {
        Request::Hello(hello) => registry.hello(device, &hello, now).map(Response::Hello),
        Request::Rows(request) => registry.rows(device, &request).map(Response::Rows),
        Request::Push(batch) => registry.push(device, &batch, now).map(Response::Push),
        Request::Pull(request) => registry.pull(device, &request).map(Response::Pull),
        Request::Check(request) => registry.check(device, &request, now).map(Response::Check),
        Request::PhotoOffer(offer) => registry.photo_offer(device, &offer).map(Response::Photo),
        Request::PhotoPart(part) => registry.photo_part(device, &part).map(Response::Photo),
        Request::PhotoWanted(request) => {
            let piece = registry.photo_wanted(device, &request);
            piece.map(Response::PhotoBytes)
        }
        Request::Form(request) => registry.form_part(device, &request).map(Response::Form),
        Request::Findings(request) => registry
            .findings_part(device, &request)
            .map(Response::Findings),
        Request::Glance(request) => registry.glance(device, &request, now).map(Response::Glance),
        Request::Hub(request) => registry.hub(device, request, now).map(Response::Hub),
        Request::UploadPart(_)
        | Request::RunUpload(_)
        | Request::FetchPart(_)
        | Request::Piece(_) => Err(RemoteError::new(
            "malformed_request",
            "a request in parts cannot hold another one",
        )),
    }
}
