//! The device's side: send what was made here, fetch rows, fetch changes, compare, fetch questionnaires
//! and findings, send photos.

mod findings;
mod photos;

pub use photos::is_not_now;

use crate::{
    CheckReply, CheckRequest, Digest32, FindingsOffer, FormOffer, FormRequest, LinkFailure,
    Packing, PhotoOffer, PhotoPart, PullReply, PullRequest, Request, Response, RowsRequest,
    RulesOffer, Verdict, VillageScope, feature,
    link::Link,
    local::{Local, OutBatch},
    report::{Progress, Report, Stage},
};
use minicbor::bytes::ByteVec;
use std::collections::{BTreeSet, VecDeque};

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Wait this many milliseconds, send the bytes, tell [`Client::answer`] what came back.
    Send {
        bytes: Vec<u8>,
        wait: u64,
    },
    Done(Box<Report>),
}

/// Why an exchange ended without agreement being reached.
#[derive(Debug, thiserror::Error)]
pub enum ClientError<E> {
    #[error(transparent)]
    Link(#[from] LinkFailure),
    #[error("the device's database: {0}")]
    Local(E),
    #[error("this program speaks protocol {0}, the server {1}")]
    Protocol(u16, u16),
}

enum Phase {
    Glance,
    Hello,
    Push,
    Rows,
    Pull,
    Check(u8),
    Forms,
    Findings,
    Photo,
    PhotoParts { offer: PhotoOffer, have: u64 },
    Done,
}

/// What was asked and is being waited for.
enum Asked {
    Nothing,
    Glance {
        time: u64,
        check: Option<CheckRequest>,
    },
    Hello {
        time: u64,
    },
    Push(OutBatch),
    Rows,
    Pull,
    Check(CheckRequest),
    Form {
        offer: FormOffer,
        have: u64,
    },
    Findings {
        offer: FindingsOffer,
        hash: Digest32,
        have: u64,
    },
    Photo(PhotoOffer),
}

/// The device's machine for one exchange.
pub struct Client {
    link: Link,
    phase: Phase,
    asked: Asked,
    scope: Vec<VillageScope>,
    rows_left: VecDeque<String>,
    forms_left: VecDeque<FormOffer>,
    findings_left: VecDeque<FindingsOffer>,
    form_piece: usize,
    report: Report,
    photo_message: bool,
    /// What batches may leave out: what the server can, and has understood so far.
    packing: Packing,
    /// A questionnaire, or a village's findings, could not be fetched whole.
    forms_missing: bool,
    /// A village came in the middle of the exchange, and the device greeted once more.
    greeted_again: bool,
    /// How often the photo or questionnaire under way began anew, because its bytes do not fit the hash.
    setbacks: u8,
    /// Photos that the server cannot take now: the next exchange asks again.
    photos_skipped: BTreeSet<[u8; 32]>,
}

/// Bytes of changes asked for at once, before compression.
const PULL_BYTES: u32 = 512 * 1024;
const PUSH_BYTES: usize = 512 * 1024;
/// Bytes of a questionnaire asked for at once, at first and at most: each piece is on disk before the next is
/// asked for, so a link that breaks off loses little, and one that does not is asked for more.
const FORM_FIRST: usize = 16 * 1024;
const FORM_MOST: usize = 256 * 1024;
/// The same for a questionnaire that does not fit its hash.
const FORM_SETBACKS: u8 = 2;
/// The server cannot rebuild a packed batch from what it holds.
const UNPACK_FAILED: &str = "unpack_failed";
/// How often a difference is answered by fetching again before it is shown as one.
const CHECK_TRIES: u8 = 3;

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A new exchange.
    pub fn new() -> Self {
        Self {
            link: Link::new(),
            phase: Phase::Glance,
            asked: Asked::Nothing,
            scope: Vec::new(),
            rows_left: VecDeque::new(),
            forms_left: VecDeque::new(),
            findings_left: VecDeque::new(),
            form_piece: FORM_FIRST,
            report: Report::default(),
            photo_message: false,
            packing: Packing::Whole,
            forms_missing: false,
            greeted_again: false,
            setbacks: 0,
            photos_skipped: BTreeSet::new(),
        }
    }

    /// Numbers so far.
    pub fn progress(&self) -> Progress {
        self.report.progress
    }

    /// Where the exchange is.
    pub fn stage(&self) -> Stage {
        match self.phase {
            Phase::Glance | Phase::Hello => Stage::Connecting,
            Phase::Push => Stage::Sending,
            Phase::Rows | Phase::Pull | Phase::Forms | Phase::Findings => Stage::Receiving,
            Phase::Check(_) => Stage::Checking,
            Phase::Photo | Phase::PhotoParts { .. } => Stage::Photos,
            Phase::Done => Stage::Done,
        }
    }

    /// The next thing to do.
    pub fn next<L: Local>(&mut self, local: &mut L) -> Result<Step, ClientError<L::Error>> {
        while self.link.idle() {
            match self.request(local).map_err(ClientError::Local)? {
                Some(request) => {
                    self.photo_message =
                        matches!(request, Request::PhotoOffer(_) | Request::PhotoPart(_));
                    self.link.begin(&request);
                }
                None if matches!(self.phase, Phase::Done) => {
                    return Ok(Step::Done(Box::new(self.report.clone())));
                }
                None => {}
            }
        }
        let wait = self.link.pause();
        let bytes = self.link.next().unwrap_or_default();
        let progress = &mut self.report.progress;
        progress.requests += 1;
        if self.photo_message {
            progress.photo_bytes_up += bytes.len() as u64;
        } else {
            progress.bytes_up += bytes.len() as u64;
        }
        Ok(Step::Send { bytes, wait })
    }

    /// Decides what to ask; moves on to the next phase when there is nothing.
    fn request<L: Local>(&mut self, local: &mut L) -> Result<Option<Request>, L::Error> {
        match &self.phase {
            Phase::Glance => match local.glance()? {
                None => self.phase = Phase::Hello,
                Some((glance, check)) => {
                    self.asked = Asked::Glance {
                        time: glance.time,
                        check,
                    };
                    return Ok(Some(Request::Glance(glance)));
                }
            },
            Phase::Hello => {
                let hello = local.hello()?;
                self.asked = Asked::Hello { time: hello.time };
                return Ok(Some(Request::Hello(hello)));
            }
            Phase::Push => {
                if let Some(request) = self.push(local)? {
                    return Ok(Some(request));
                }
                self.phase = Phase::Rows;
                self.rows_left = self.scope.iter().map(|v| v.code.clone()).collect();
            }
            Phase::Rows => match self.rows_left.front().cloned() {
                None => self.phase = Phase::Pull,
                Some(village) => {
                    let after = local.row_cursor(&village)?;
                    let last = self
                        .scope
                        .iter()
                        .find(|v| v.code == village)
                        .map_or(0, |v| v.last_row);
                    if after < last {
                        self.asked = Asked::Rows;
                        return Ok(Some(Request::Rows(RowsRequest { village, after })));
                    }
                    self.rows_left.pop_front();
                }
            },
            Phase::Pull => {
                self.asked = Asked::Pull;
                let limit =
                    PULL_BYTES.min(u32::try_from(self.link.size() * 4).unwrap_or(PULL_BYTES));
                return Ok(Some(Request::Pull(PullRequest {
                    cursor: local.pull_cursor()?,
                    limit,
                })));
            }
            Phase::Check(_) => {
                // What waited for something that has just come.
                if let Some(request) = self.push(local)? {
                    self.phase = Phase::Push;
                    return Ok(Some(request));
                }
                let check = local.check()?;
                self.asked = Asked::Check(check.clone());
                return Ok(Some(Request::Check(check)));
            }
            Phase::Forms => match self.forms_left.front().cloned() {
                None => {
                    self.form_piece = FORM_FIRST;
                    self.phase = Phase::Findings;
                }
                Some(offer) => match local.form_have(&offer)? {
                    None => {
                        self.forms_left.pop_front();
                        self.setbacks = 0;
                    }
                    Some(have) => {
                        let max = self.form_piece.min(self.link.size().saturating_mul(4));
                        let request = FormRequest {
                            hash: offer.hash,
                            offset: have,
                            max: u32::try_from(max).unwrap_or(u32::MAX),
                        };
                        self.asked = Asked::Form { offer, have };
                        return Ok(Some(Request::Form(request)));
                    }
                },
            },
            Phase::Findings => return self.ask_for_findings(local),
            Phase::Photo => match local.next_photo(&self.photos_skipped)? {
                None => self.phase = Phase::Done,
                Some(offer) => {
                    self.asked = Asked::Photo(offer.clone());
                    return Ok(Some(Request::PhotoOffer(offer)));
                }
            },
            Phase::PhotoParts { offer, have } => {
                let max = self.link.size().saturating_sub(128).clamp(256, 256 * 1024);
                let bytes = local.photo_bytes(&offer.hash, *have, max)?;
                self.asked = Asked::Photo(offer.clone());
                return Ok(Some(Request::PhotoPart(PhotoPart {
                    hash: offer.hash,
                    offset: *have,
                    bytes: bytes.into(),
                })));
            }
            Phase::Done => {}
        }
        Ok(None)
    }

    /// What the server can do beyond the first version.
    fn know(&mut self, features: u32) {
        self.packing = Packing::of(features);
        self.link.use_pieces(features & feature::PIECES != 0);
    }

    fn push<L: Local>(&mut self, local: &mut L) -> Result<Option<Request>, L::Error> {
        let max = PUSH_BYTES.min(self.link.size().saturating_mul(4));
        Ok(local.next_batch(max, self.packing)?.map(|batch| {
            let request = Request::Push(ByteVec::from(batch.bytes.clone()));
            self.asked = Asked::Push(batch);
            request
        }))
    }

    /// Takes what came back for the last [`Step::Send`].
    pub fn answer<L: Local>(
        &mut self,
        local: &mut L,
        result: Result<Vec<u8>, LinkFailure>,
    ) -> Result<(), ClientError<L::Error>> {
        if let Ok(bytes) = &result {
            self.report.progress.bytes_down += bytes.len() as u64;
        }
        let cut = matches!(result, Err(LinkFailure::Cut(_)));
        let response = match self.link.answer(result) {
            Err(LinkFailure::Remote(error))
                if self.photo_message && photos::is_about_one(&error.code) =>
            {
                return self
                    .photo_not_taken(local, &error.code)
                    .map_err(ClientError::Local);
            }
            Err(LinkFailure::Remote(error))
                if matches!(self.asked, Asked::Form { .. }) && error.code == "unknown_form" =>
            {
                // It is gone from the server since the greeting: the next exchange knows more.
                self.asked = Asked::Nothing;
                self.forms_missing = true;
                self.forms_left.pop_front();
                return Ok(());
            }
            Err(LinkFailure::Remote(error))
                if matches!(self.asked, Asked::Findings { .. })
                    && error.code == "unknown_findings" =>
            {
                // Newer ones took their place since the greeting, or they are being made anew.
                self.asked = Asked::Nothing;
                self.forms_missing = true;
                self.findings_left.pop_front();
                return Ok(());
            }
            Err(LinkFailure::Remote(error))
                if matches!(self.asked, Asked::Push(_))
                    && self.packing != Packing::Whole
                    && error.code == UNPACK_FAILED =>
            {
                // It knows something else than this device thinks: from here on everything is sent whole.
                self.asked = Asked::Nothing;
                self.packing = Packing::Whole;
                return Ok(());
            }
            Err(LinkFailure::Remote(error))
                if matches!(self.asked, Asked::Glance { .. })
                    && error.code == "malformed_request" =>
            {
                // An older program answers at this address now: it knows no short greeting.
                self.asked = Asked::Nothing;
                self.phase = Phase::Hello;
                return Ok(());
            }
            other => other?,
        };
        if cut && matches!(self.phase, Phase::PhotoParts { .. }) && !self.link.goes_on() {
            // Ask the server what arrived, and go on from there with a smaller part.
            if let Phase::PhotoParts { .. } = std::mem::replace(&mut self.phase, Phase::Photo) {
                self.link.forget();
            }
            return Ok(());
        }
        let Some(response) = response else {
            return Ok(());
        };
        match (std::mem::replace(&mut self.asked, Asked::Nothing), response) {
            (Asked::Glance { time, check }, Response::Glance(reply)) => {
                self.report.clock_offset =
                    i64::try_from(time).unwrap_or(0) - i64::try_from(reply.time).unwrap_or(0);
                match check {
                    _ if !reply.known => self.phase = Phase::Hello,
                    Some(request) if !reply.receipt.is_empty() => {
                        let agreed = CheckReply {
                            agreed: true,
                            differing: Vec::new(),
                            receipt: reply.receipt,
                            checkpoint: None,
                        };
                        local
                            .checked(&request, &agreed)
                            .map_err(ClientError::Local)?;
                        self.report.agreed = true;
                        self.report.receipt = agreed.receipt.into();
                        self.phase = Phase::Photo;
                    }
                    _ => {
                        let features = local.features().map_err(ClientError::Local)?;
                        self.know(features);
                        self.phase = Phase::Push;
                    }
                }
            }
            (Asked::Hello { time }, Response::Hello(reply)) => {
                if reply.protocol != crate::PROTOCOL {
                    return Err(ClientError::Protocol(crate::PROTOCOL, reply.protocol));
                }
                self.report.clock_offset =
                    i64::try_from(time).unwrap_or(0) - i64::try_from(reply.time).unwrap_or(0);
                local.welcome(&reply).map_err(ClientError::Local)?;
                self.know(reply.features.unwrap_or(0));
                self.scope = reply.villages;
                let rules = reply.rules.as_ref().map(RulesOffer::as_form);
                let forms = reply.forms.unwrap_or_default();
                self.forms_left = rules.into_iter().chain(forms).collect();
                self.findings_left = reply.findings.unwrap_or_default().into();
                self.phase = Phase::Push;
            }
            (Asked::Push(batch), Response::Push(reply)) => {
                let verdicts = reply
                    .each(batch.rows.len() + batch.changes.len())
                    .ok_or(LinkFailure::NotLawang)?;
                local
                    .verdicts(&batch, &verdicts)
                    .map_err(ClientError::Local)?;
                let refused = |only: fn(&str) -> bool| {
                    let found = verdicts
                        .iter()
                        .filter(|v| matches!(v, Verdict::Refused(code) if only(code.as_str())));
                    u32::try_from(found.count()).unwrap_or(u32::MAX)
                };
                // What only builds on a refused change is rebased and sent again at once.
                self.report.refused +=
                    refused(|code| !matches!(code, "missing_dependency" | "old_base"));
                self.report.pushed += u32::try_from(verdicts.len())
                    .unwrap_or(u32::MAX)
                    .saturating_sub(refused(|_| true));
                self.report.progress.households_sent += batch.households;
            }
            (Asked::Rows, Response::Rows(reply)) => {
                local.take_page(&reply).map_err(ClientError::Local)?;
                self.report.pulled += reply.rows;
                self.report.progress.households_received += reply.rows;
                if reply.rows == 0 {
                    self.rows_left.pop_front();
                }
                self.expect_rows(local).map_err(ClientError::Local)?;
            }
            (Asked::Pull, Response::Pull(reply)) => {
                if !self.pulled(local, &reply).map_err(ClientError::Local)? {
                    return Err(LinkFailure::NotLawang.into());
                }
            }
            (Asked::Check(request), Response::Check(reply)) => {
                let Phase::Check(tries) = self.phase else {
                    return Ok(());
                };
                if !reply.agreed && tries < CHECK_TRIES {
                    // Somebody wrote meanwhile, or an answer got lost: again; at last from the greeting, for new villages.
                    self.phase = match tries + 1 {
                        CHECK_TRIES => Phase::Hello,
                        _ => Phase::Push,
                    };
                    self.report.differing = vec![String::new(); usize::from(tries) + 1];
                    return Ok(());
                }
                local
                    .checked(&request, &reply)
                    .map_err(ClientError::Local)?;
                self.report.agreed = reply.agreed;
                self.report.differing = reply.differing.into_iter().map(|v| v.code).collect();
                self.report.receipt = reply.receipt.into();
                self.phase = Phase::Forms;
            }
            (Asked::Form { offer, have }, Response::Form(part)) => {
                if part.hash != offer.hash || part.offset != have {
                    return Err(LinkFailure::NotLawang.into());
                }
                local.take_form(&offer, &part).map_err(ClientError::Local)?;
                self.form_piece = (self.form_piece * 2).min(FORM_MOST);
                let now = local.form_have(&offer).map_err(ClientError::Local)?;
                if now.is_some_and(|now| now <= have) {
                    self.setbacks += 1;
                    if self.setbacks >= FORM_SETBACKS {
                        // Damaged at the server: the version that is here goes on being used.
                        self.forms_missing = true;
                        self.forms_left.pop_front();
                        self.setbacks = 0;
                    }
                }
            }
            (Asked::Findings { offer, hash, have }, Response::Findings(part)) => {
                if part.hash != hash || part.offset != have {
                    return Err(LinkFailure::NotLawang.into());
                }
                self.take_findings(local, &offer, &part)
                    .map_err(ClientError::Local)?;
            }
            (Asked::Photo(offer), Response::Photo(state)) => {
                self.photo_state(local, offer, &state)
                    .map_err(ClientError::Local)?;
            }
            _ => return Err(LinkFailure::NotLawang.into()),
        }
        Ok(())
    }

    fn expect_rows<L: Local>(&mut self, local: &mut L) -> Result<(), L::Error> {
        let mut left = 0;
        for village in &self.scope {
            if local.row_cursor(&village.code)? == 0 {
                left += village.rows;
            }
        }
        self.report.progress.households_to_receive = u32::try_from(left).unwrap_or(u32::MAX);
        Ok(())
    }

    /// False when the server contradicts itself.
    fn pulled<L: Local>(&mut self, local: &mut L, reply: &PullReply) -> Result<bool, L::Error> {
        let mut behind = Vec::new();
        for village in &reply.villages {
            if local.row_cursor(&village.code)? < village.last_row {
                behind.push(village.code.clone());
            }
            match self.scope.iter_mut().find(|v| v.code == village.code) {
                Some(known) => known.last_row = village.last_row,
                None => self.scope.push(VillageScope {
                    code: village.code.clone(),
                    name: String::new(),
                    district: String::new(),
                    rows: 0,
                    last_row: village.last_row,
                    regency: String::new(),
                }),
            }
        }
        if !behind.is_empty() {
            // A village that was given to the person since the greeting: rows of it can only be kept once it is known.
            let known = local.check()?.villages;
            if behind
                .iter()
                .any(|code| known.iter().all(|v| v.code != *code))
            {
                self.phase = Phase::Hello;
                return Ok(!std::mem::replace(&mut self.greeted_again, true));
            }
            // A household that is new to this device may be among the changes: its row comes first.
            self.rows_left = behind.into();
            self.phase = Phase::Rows;
            return Ok(true);
        }
        let households = local.take_changes(reply)?;
        self.report.pulled += households;
        self.report.progress.households_received += households;
        self.report.progress.households_to_receive =
            u32::try_from(reply.remaining).unwrap_or(u32::MAX);
        if reply.remaining == 0 {
            let tries = u8::try_from(self.report.differing.len()).unwrap_or(CHECK_TRIES);
            self.phase = Phase::Check(tries);
        }
        Ok(true)
    }
}
