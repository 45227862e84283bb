//! Fits requests and answers to a bad link: too large ones travel in parts, whose size shrinks with
//! every cut and grows with every success. No part is sent twice that arrived; to a server that keeps
//! what came of a part before a cut, no byte.

use crate::{
    Digest32, Envelope, FetchPart, Part, RemoteError, Request, Response, UploadState, decode,
    encode, piece::byte_string,
};
use sha2::{Digest, Sha256};

/// Largest part.
pub const MAX_PART: usize = 1024 * 1024;
/// Smallest part: a link that cannot carry this in one piece cannot carry anything.
pub const MIN_PART: usize = 512;
/// Cuts in a row, without a byte of progress, after which the link counts as gone.
const MAX_CUTS: u32 = 12;
/// The same before the server was heard of at all: without a signal people want to know it soon.
const MAX_CUTS_UNHEARD: u32 = 3;
/// Answers without a cut after which larger parts are tried again.
const CALM: u32 = 24;
/// Answers in a row that are no answers.
const MAX_GARBLED: u32 = 3;
/// A request larger than this goes as a piece: a smaller one is sent again in less than it takes to ask what came of it.
const MIN_PIECE: usize = 1024;
/// Cuts in a row of which nothing was kept, after which pieces are made small: what stands before the server may pass on
/// only what came whole.
const MAX_FRUITLESS: u32 = 2;
/// Times that a request in pieces begins anew, because the server forgot it or its bytes do not fit its hash.
const MAX_ANEW: u32 = 3;
/// Times that the server forgot a request, or the answer to it, before the rest of it arrived. On a link that breaks in a
/// rhythm this can go round for ever, one part after the other arriving and the last never.
const MAX_FORGOTTEN: u32 = 12;

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkFailure {
    /// Cut, timed out, refused: try again.
    #[error("the connection was cut: {0}")]
    Cut(String),
    /// What answers is no Lawang server.
    #[error("what answers there is not a Lawang server")]
    NotLawang,
    /// The certificate is wrong or has expired.
    #[error("the server's certificate is not trusted: {0}")]
    Certificate(String),
    /// The server will not.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

pub(crate) struct Link {
    size: usize,
    /// Size at which the link was last cut: growth stops short of it for a while.
    ceiling: usize,
    /// Answers since the last cut.
    calm: u32,
    cuts: u32,
    /// An answer came, ever.
    heard: bool,
    garbled: u32,
    /// The server takes pieces and keeps what comes of them.
    pieces: bool,
    /// Cuts in a row of which the server kept nothing.
    fruitless: u32,
    /// Times that the request in pieces under way began anew.
    anew: u32,
    /// Times that it was forgotten.
    forgotten: u32,
    /// Size and ceiling before the cuts of the piece under way.
    before: Option<(usize, usize)>,
    state: State,
}

enum State {
    Idle,
    Direct(Vec<u8>),
    Uploading {
        whole: Vec<u8>,
        id: Digest32,
        have: usize,
    },
    Running {
        whole: Vec<u8>,
        id: Digest32,
    },
    /// Going up in pieces. `ask`: one was cut, and how much came of it is not known yet.
    Pieces {
        whole: Vec<u8>,
        id: Digest32,
        have: usize,
        ask: bool,
    },
    Fetching {
        request: Vec<u8>,
        id: Digest32,
        total: usize,
        have: Vec<u8>,
    },
}

/// The beginning of an encoded [`Response::Partial`] that was cut on the way, as a shorter part; `None` when not a byte of
/// the part is there, or it is another answer. Nothing about it is believed: the whole is checked by its hash.
pub fn shorter_part(cut: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = minicbor::Decoder::new(cut);
    let partial = (decoder.array().ok()?, decoder.u8().ok()?) == (Some(2), 7);
    if !partial || decoder.array().ok()? != Some(1) || decoder.array().ok()? != Some(4) {
        return None;
    }
    let id: [u8; 32] = decoder.bytes().ok()?.try_into().ok()?;
    let (total, offset) = (decoder.u64().ok()?, decoder.u64().ok()?);
    let (_, size) = byte_string(cut.get(decoder.position()..)?)?;
    let bytes = cut.get(decoder.position() + size..)?;
    (!bytes.is_empty()).then(|| {
        encode(&Response::Partial(Part {
            id: id.into(),
            total,
            offset,
            bytes: bytes.to_vec().into(),
        }))
    })
}

fn id_of(bytes: &[u8]) -> Digest32 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.into()
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            size: MAX_PART,
            ceiling: MAX_PART,
            calm: 0,
            cuts: 0,
            heard: false,
            garbled: 0,
            pieces: false,
            fruitless: 0,
            anew: 0,
            forgotten: 0,
            before: None,
            state: State::Idle,
        }
    }

    pub(crate) fn idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// The size of what the link bears now.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Drops the request under way.
    pub(crate) fn forget(&mut self) {
        self.state = State::Idle;
    }

    /// From here on the server is known to take pieces, or not.
    pub(crate) fn use_pieces(&mut self, pieces: bool) {
        self.pieces = pieces;
    }

    /// Whether the request under way goes on where it was cut.
    pub(crate) fn goes_on(&self) -> bool {
        matches!(self.state, State::Pieces { .. })
    }

    /// Most bytes of the next piece.
    fn piece(&self) -> usize {
        if self.fruitless < MAX_FRUITLESS {
            MAX_PART
        } else {
            self.size
        }
    }

    /// How long to wait before the next try, in milliseconds.
    pub(crate) fn pause(&self) -> u64 {
        match self.cuts {
            // The first cut is most often the size: a smaller part goes at once.
            0 | 1 => 0,
            n => 50u64.saturating_mul(1 << (n - 1).min(5)),
        }
    }

    pub(crate) fn begin(&mut self, request: &Request) {
        self.anew = 0;
        self.forgotten = 0;
        self.start(encode(request));
    }

    fn start(&mut self, whole: Vec<u8>) {
        self.before = None;
        self.state = if self.pieces && whole.len() > MIN_PIECE {
            let id = id_of(&whole);
            State::Pieces {
                whole,
                id,
                have: 0,
                ask: false,
            }
        } else if whole.len() > self.size {
            let id = id_of(&whole);
            State::Uploading { whole, id, have: 0 }
        } else {
            State::Direct(whole)
        };
    }

    /// The bytes of the next message.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let max_response = u32::try_from(self.size).unwrap_or(u32::MAX);
        let request = match &self.state {
            State::Idle => return None,
            State::Direct(whole) => decode::<Request>(whole)?,
            State::Uploading { whole, id, have } => {
                let end = (*have + self.size).min(whole.len());
                Request::UploadPart(Part {
                    id: *id,
                    total: whole.len() as u64,
                    offset: *have as u64,
                    bytes: whole[*have..end].to_vec().into(),
                })
            }
            State::Running { id, .. } => Request::RunUpload(*id),
            State::Pieces {
                whole,
                id,
                have,
                ask,
            } => {
                let most = if *ask { 0 } else { self.piece() };
                let end = have.saturating_add(most).min(whole.len());
                Request::Piece(Part {
                    id: *id,
                    total: whole.len() as u64,
                    offset: *have as u64,
                    bytes: whole[*have..end].to_vec().into(),
                })
            }
            State::Fetching { id, have, .. } => Request::FetchPart(FetchPart {
                id: *id,
                offset: have.len() as u64,
                max: max_response,
            }),
        };
        Some(encode(&Envelope {
            max_response,
            request,
        }))
    }

    /// Takes what came back. `Ok(Some(..))`: the answer is whole.
    pub(crate) fn answer(
        &mut self,
        result: Result<Vec<u8>, LinkFailure>,
    ) -> Result<Option<Response>, LinkFailure> {
        let bytes = match result {
            Ok(bytes) => bytes,
            Err(LinkFailure::Cut(why)) => {
                self.cuts += 1;
                self.calm = 0;
                if self.goes_on() {
                    self.before.get_or_insert((self.size, self.ceiling));
                }
                self.ceiling = self.size;
                // Large parts shrink fast: a link that cannot carry 64 KB may be a very bad one.
                let shrink = if self.size > 64 * 1024 { 8 } else { 2 };
                self.size = (self.size / shrink).max(MIN_PART);
                if self.cuts
                    > if self.heard {
                        MAX_CUTS
                    } else {
                        MAX_CUTS_UNHEARD
                    }
                {
                    return Err(LinkFailure::Cut(why));
                }
                let piece = self.piece();
                match &mut self.state {
                    // A request that is now too large for the link starts again in parts.
                    State::Direct(whole) => {
                        let whole = std::mem::take(whole);
                        self.start(whole);
                    }
                    // What is left is little: it is sent again, not asked for.
                    State::Pieces {
                        whole, have, ask, ..
                    } => *ask |= (whole.len() - *have).min(piece) > MIN_PIECE / 2,
                    _ => {}
                }
                return Ok(None);
            }
            Err(other) => return Err(other),
        };
        let Some(response) = decode::<Response>(&bytes) else {
            self.garbled += 1;
            return if self.garbled >= MAX_GARBLED {
                Err(LinkFailure::NotLawang)
            } else {
                Ok(None)
            };
        };
        self.garbled = 0;
        self.cuts = 0;
        self.heard = true;
        self.calm += 1;
        if self.calm.is_multiple_of(CALM) {
            // The link may have become better: try more than what once was too much.
            self.ceiling = self.ceiling.saturating_mul(2).min(MAX_PART);
        }
        let limit = if self.ceiling == MAX_PART {
            MAX_PART
        } else {
            (self.ceiling / 4 * 3).max(MIN_PART)
        };
        self.size = (self.size + self.size / 2)
            .min(limit)
            .max(self.size.min(limit));
        self.take(response)
    }

    fn take(&mut self, response: Response) -> Result<Option<Response>, LinkFailure> {
        match (std::mem::replace(&mut self.state, State::Idle), response) {
            (
                State::Uploading {
                    whole,
                    id,
                    have: had,
                },
                Response::Upload(state),
            ) => {
                let have = usize::try_from(state.have).unwrap_or(0).min(whole.len());
                if have < had {
                    self.was_forgotten()?;
                }
                self.state = if have == whole.len() {
                    State::Running { whole, id }
                } else {
                    State::Uploading { whole, id, have }
                };
                Ok(None)
            }
            (
                State::Pieces {
                    whole,
                    id,
                    have,
                    ask,
                },
                Response::Upload(state),
            ) => self.kept(whole, id, have, ask, &state),
            (State::Pieces { whole, id, .. }, Response::Error(e)) if e.code == "unknown_part" => {
                self.anew += 1;
                if self.anew > MAX_ANEW {
                    return Err(LinkFailure::Cut("what arrives is not what was sent".into()));
                }
                self.state = State::Pieces {
                    whole,
                    id,
                    have: 0,
                    ask: false,
                };
                Ok(None)
            }
            // The server restarted and forgot the parts: begin again.
            (State::Running { whole, id }, Response::Error(e)) if e.code == "unknown_part" => {
                self.was_forgotten()?;
                self.state = State::Uploading { whole, id, have: 0 };
                Ok(None)
            }
            (State::Fetching { request, .. }, Response::Error(e)) if e.code == "unknown_part" => {
                self.was_forgotten()?;
                self.start(request);
                Ok(None)
            }
            (
                State::Direct(whole) | State::Running { whole, .. } | State::Pieces { whole, .. },
                Response::Partial(part),
            ) => {
                let total = usize::try_from(part.total).unwrap_or(usize::MAX);
                self.collect(whole, part.id, total, Vec::new(), &part)
            }
            (
                State::Fetching {
                    request,
                    id,
                    total,
                    have,
                },
                Response::Partial(part),
            ) => self.collect(request, id, total, have, &part),
            (_, Response::Error(error)) => Err(LinkFailure::Remote(error)),
            (State::Direct(_) | State::Running { .. } | State::Pieces { .. }, response) => {
                Ok(Some(response))
            }
            (_, _) => Err(LinkFailure::NotLawang),
        }
    }

    fn was_forgotten(&mut self) -> Result<(), LinkFailure> {
        self.forgotten += 1;
        if self.forgotten > MAX_FORGOTTEN {
            return Err(LinkFailure::Cut(
                "the server forgets it before all of it has arrived".into(),
            ));
        }
        Ok(())
    }

    /// The server says how much of a request in pieces it has, which is not all of it.
    fn kept(
        &mut self,
        whole: Vec<u8>,
        id: Digest32,
        had: usize,
        asked: bool,
        state: &UploadState,
    ) -> Result<Option<Response>, LinkFailure> {
        let have = usize::try_from(state.have).unwrap_or(usize::MAX);
        if have >= whole.len() {
            return Err(LinkFailure::NotLawang);
        }
        if have < had {
            // It was carried out and the answer got lost, or the server forgot it.
            self.was_forgotten()?;
        }
        let before = self.before.take().filter(|_| asked);
        if have > had {
            self.fruitless = if asked {
                0
            } else {
                self.fruitless.min(MAX_FRUITLESS)
            };
            if let Some((size, ceiling)) = before {
                // A cut that cost nothing says nothing about what the link bears.
                (self.size, self.ceiling) = (size, ceiling);
            }
        } else {
            self.fruitless += 1;
            if self.fruitless > MAX_CUTS {
                return Err(LinkFailure::Cut("nothing arrives".into()));
            }
        }
        self.state = State::Pieces {
            whole,
            id,
            have,
            ask: false,
        };
        Ok(None)
    }

    fn collect(
        &mut self,
        request: Vec<u8>,
        id: Digest32,
        total: usize,
        mut have: Vec<u8>,
        part: &Part,
    ) -> Result<Option<Response>, LinkFailure> {
        if part.id != id || part.offset != have.len() as u64 || total > crate::MAX_PAGE {
            return Err(LinkFailure::NotLawang);
        }
        have.extend_from_slice(&part.bytes);
        if have.len() < total {
            self.state = State::Fetching {
                request,
                id,
                total,
                have,
            };
            return Ok(None);
        }
        if id_of(&have) != id {
            // Garbled on the way: ask again from the start.
            self.garbled += 1;
            if self.garbled >= MAX_GARBLED {
                return Err(LinkFailure::NotLawang);
            }
            self.start(request);
            return Ok(None);
        }
        decode::<Response>(&have)
            .map(Some)
            .ok_or(LinkFailure::NotLawang)
    }
}

#[cfg(test)]
mod tests;
