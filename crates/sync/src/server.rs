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
/// Most messages of one device that are under way at once: a device speaks of one after the other.
pub const MAX_MESSAGES_OF_DEVICE: usize = 64;
/// What a message that is kept costs beside its bytes.
pub const COST_OF_MESSAGE: usize = 256;
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
    /// Bytes that are kept, with what each message costs beside them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn put(&mut self, key: (DeviceId, Digest32), bytes: Vec<u8>) {
        self.remove(&key);
        self.bytes += bytes.len() + COST_OF_MESSAGE;
        self.kept.insert(key, bytes);
        self.order.push_back(key);
        let too_much = |parts: &Self| {
            let mine = parts.kept.iter().filter(|(k, _)| k.0 == key.0);
            let (messages, bytes) = mine.fold((0, 0), |(messages, bytes), (_, kept)| {
                (messages + 1, bytes + kept.len() + COST_OF_MESSAGE)
            });
            messages > MAX_MESSAGES_OF_DEVICE || bytes > MAX_PARTS_OF_DEVICE
        };
        while self.order.len() > 1 && too_much(self) {
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
            self.bytes -= bytes.len() + COST_OF_MESSAGE;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u128) -> DeviceId {
        DeviceId(uuid::Uuid::from_u128(number))
    }

    /// The first byte of a message of two.
    fn begun(number: u64) -> Part {
        let id: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
        Part {
            id: id.into(),
            total: 2,
            offset: 0,
            bytes: vec![7].into(),
        }
    }

    /// How much is there of it.
    fn have(parts: &mut Parts, device: DeviceId, number: u64) -> u64 {
        let asked = Part {
            offset: 1,
            bytes: Vec::new().into(),
            ..begun(number)
        };
        parts.append(device, &asked).unwrap()
    }

    #[test]
    fn of_messages_without_end_that_a_device_begins_the_newest_are_kept_and_no_other_devices_go() {
        let mut parts = Parts::default();
        let (one, other) = (device(1), device(2));
        assert_eq!(parts.append(other, &begun(0)), Ok(1));
        for number in 0..100_000 {
            assert_eq!(parts.append(one, &begun(number)), Ok(1));
        }
        assert_eq!(parts.kept.len(), MAX_MESSAGES_OF_DEVICE + 1);
        assert_eq!(
            parts.bytes(),
            (MAX_MESSAGES_OF_DEVICE + 1) * (1 + COST_OF_MESSAGE)
        );
        let oldest = 100_000 - MAX_MESSAGES_OF_DEVICE as u64;
        assert_eq!(have(&mut parts, one, oldest - 1), 0);
        assert_eq!(have(&mut parts, one, oldest), 1);
        assert_eq!(have(&mut parts, other, 0), 1);
        // What is taken gives back all that it cost.
        for number in oldest..100_000 {
            assert!(parts.take(one, begun(number).id).unwrap().is_some());
        }
        assert!(parts.take(other, begun(0).id).unwrap().is_some());
        assert_eq!((parts.bytes(), parts.order.len()), (0, 0));
    }
}
