//! The messages. All integers unsigned unless said; ids are 16 bytes, hashes 32.

use crate::PushReply;
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};

/// 16 bytes of a UUID.
pub type Id = ByteArray<16>;
/// A SHA-256.
pub type Digest32 = ByteArray<32>;

/// What a device sends: a request, and how large an answer its link can bear at once.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// Largest answer in bytes; a larger one comes in parts.
    #[n(0)]
    pub max_response: u32,
    #[n(1)]
    pub request: Request,
}

/// Everything that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    #[n(0)]
    Hello(#[n(0)] Hello),
    #[n(1)]
    Rows(#[n(0)] RowsRequest),
    /// A [`crate::SignedBatch`], encoded.
    #[n(2)]
    Push(#[n(0)] ByteVec),
    #[n(3)]
    Pull(#[n(0)] PullRequest),
    #[n(4)]
    Check(#[n(0)] CheckRequest),
    #[n(5)]
    PhotoOffer(#[n(0)] PhotoOffer),
    #[n(6)]
    PhotoPart(#[n(0)] PhotoPart),
    /// A part of a request that is too large for the link.
    #[n(7)]
    UploadPart(#[n(0)] Part),
    /// Carry out the request that was uploaded in parts, named by its SHA-256.
    #[n(8)]
    RunUpload(#[n(0)] Digest32),
    /// A part of an answer that was too large for the link.
    #[n(9)]
    FetchPart(#[n(0)] FetchPart),
    /// A piece of a questionnaire that the server offered. Asked only of a server that did.
    #[n(10)]
    Form(#[n(0)] FormRequest),
    /// Opens an exchange in few bytes. Asked only of a server that gave a token.
    #[n(11)]
    Glance(#[n(0)] Glance),
    /// A piece of a village's findings that the server offered. Asked only of a server that did.
    #[n(12)]
    Findings(#[n(0)] crate::FindingsRequest),
    /// A part of a request that is carried out when all of it is there. What came of a part before a cut is kept
    /// ([`crate::PieceHead`]). Asked only of a server that says so ([`feature::PIECES`]).
    #[n(13)]
    Piece(#[n(0)] Part),
    /// A piece of a photo that another device took. Asked only of a server that says so ([`feature::PHOTOS_DOWN`]).
    #[n(14)]
    PhotoWanted(#[n(0)] PhotoWanted),
    /// Between devices, hubs and their district. A server that knows no hubs answers `malformed_request`.
    #[n(20)]
    Hub(#[n(0)] crate::HubRequest),
}

/// Everything that can be answered.
#[allow(clippy::large_enum_variant)] // One at a time, and soon taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Response {
    #[n(0)]
    Hello(#[n(0)] HelloReply),
    #[n(1)]
    Rows(#[n(0)] RowsReply),
    #[n(2)]
    Push(#[n(0)] PushReply),
    #[n(3)]
    Pull(#[n(0)] PullReply),
    #[n(4)]
    Check(#[n(0)] CheckReply),
    #[n(5)]
    Photo(#[n(0)] PhotoState),
    #[n(6)]
    Upload(#[n(0)] UploadState),
    /// The start of an answer that is larger than the link bears.
    #[n(7)]
    Partial(#[n(0)] Part),
    #[n(8)]
    Error(#[n(0)] RemoteError),
    #[n(9)]
    Form(#[n(0)] FormPart),
    #[n(10)]
    Glance(#[n(0)] GlanceReply),
    #[n(11)]
    Findings(#[n(0)] crate::FindingsPart),
    #[n(12)]
    PhotoBytes(#[n(0)] PhotoBytes),
    #[n(20)]
    Hub(#[n(0)] crate::HubResponse),
}

/// What a server can do beyond the first version of the protocol, as bits of [`HelloReply::features`].
pub mod feature {
    /// It takes batches whose changes are packed ([`crate::PackedBatch`]).
    pub const PACKED_BATCH: u32 = 1;
    /// It takes tight batches ([`crate::PackedBatch::lengths`]) and answers them with runs of verdicts.
    pub const TIGHT_BATCH: u32 = 2;
    /// It works out derived ids and times of changes that a tight batch leaves out.
    pub const DERIVED: u32 = 8;
    /// Of these also ids of visits that follow from the second in which they began.
    pub const TIMED: u32 = 32;
    /// It takes requests in pieces that survive a cut ([`crate::Request::Piece`]).
    pub const PIECES: u32 = 4;
    /// It gives photos to devices whose people check visits ([`crate::Request::PhotoWanted`]).
    pub const PHOTOS_DOWN: u32 = 16;
}

/// Opens an exchange when nothing but data may have changed since the last one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Glance {
    #[n(0)]
    pub incarnation: ByteArray<8>,
    /// As in [`Hello`].
    #[n(1)]
    pub made: u64,
    /// As in [`Hello`].
    #[n(2)]
    pub time: u64,
    /// The one of the last [`HelloReply`].
    #[n(3)]
    pub token: ByteArray<8>,
    #[n(4)]
    pub cursor: u64,
    /// SHA-256 of the [`CheckRequest`] that the device would make; nothing while something waits to be sent.
    #[n(5)]
    pub checked: Option<Digest32>,
}

/// Whether the exchange may be cut short.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GlanceReply {
    /// Villages, questionnaires, person and role are what the token stands for, and the device is no old copy. If not,
    /// a [`Hello`] has to follow.
    #[n(0)]
    pub known: bool,
    /// Milliseconds since 1970 by the server's clock.
    #[n(1)]
    pub time: u64,
    /// A [`crate::Receipt`], encoded, when there is nothing new and both sides hold the same; empty otherwise.
    #[n(2)]
    pub receipt: ByteVec,
}

/// Opens an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    #[n(0)]
    pub protocol: u16,
    #[n(1)]
    pub incarnation: ByteArray<8>,
    /// How many changes this device ever made in this incarnation: if the server has seen more, the
    /// device was restored from an old copy.
    #[n(2)]
    pub made: u64,
    /// The questionnaire in use, `household_visit 2026112101`.
    #[n(3)]
    pub form: String,
    #[n(4)]
    pub app: String,
    /// Milliseconds since 1970 by the device's clock, for noticing a wrong one.
    #[n(5)]
    pub time: u64,
    /// Questionnaires that are here, and ones that an open visit needs. Nothing: a program that knows only
    /// the one it was built with.
    #[cbor(n(6), decode_with = "crate::bounded::maybe_named")]
    pub forms: Option<Vec<FormHeld>>,
}

/// A questionnaire as the device knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct FormHeld {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub version: String,
    /// Of its [`crate::Package`]; nothing: it is needed here and is not here.
    #[n(2)]
    pub hash: Option<Digest32>,
}

/// A questionnaire that the server has for the device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FormOffer {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub version: String,
    /// Of its [`crate::Package`].
    #[n(2)]
    pub hash: Digest32,
    /// Bytes that travel.
    #[n(3)]
    pub len: u64,
    /// New visits use this version.
    #[n(4)]
    pub current: bool,
}

/// Asks for a piece of a questionnaire's package.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FormRequest {
    #[n(0)]
    pub hash: Digest32,
    #[n(1)]
    pub offset: u64,
    /// Bytes wanted at most.
    #[n(2)]
    pub max: u32,
}

/// A piece of a questionnaire's package, as it is packed (zstd).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FormPart {
    #[n(0)]
    pub hash: Digest32,
    /// Bytes of the whole.
    #[n(1)]
    pub total: u64,
    #[n(2)]
    pub offset: u64,
    #[n(3)]
    pub bytes: ByteVec,
}

/// What the server says of itself and of the device's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HelloReply {
    #[n(0)]
    pub protocol: u16,
    #[n(1)]
    pub server: Id,
    /// Milliseconds since 1970 by the server's clock.
    #[n(2)]
    pub time: u64,
    /// The villages that this device gets, now.
    #[n(3)]
    pub villages: Vec<VillageScope>,
    /// The newest change in the server's order.
    #[n(4)]
    pub head: u64,
    /// The server has seen more changes of this incarnation than the device knows of: take a new one.
    #[n(5)]
    pub restored: bool,
    #[n(6)]
    pub person: String,
    #[n(7)]
    pub role: String,
    /// Questionnaires: the current ones, and those that the device needs. Nothing: a server that knows only
    /// the one it was built with.
    #[n(8)]
    pub forms: Option<Vec<FormOffer>>,
    /// What this server can do beyond the first version: bits of [`feature`].
    #[n(9)]
    pub features: Option<u32>,
    /// Stands for everything in this greeting that is not data; for [`Glance`].
    #[n(10)]
    pub token: Option<ByteArray<8>>,
    /// Every time that the server was restored from a backup, oldest first; nothing: never.
    #[n(11)]
    pub lives: Option<Vec<crate::Life>>,
    /// Keys of hubs that the district revoked: devices speak with them no more. Nothing: none, or a hub answers.
    #[n(12)]
    pub revoked_hubs: Option<Vec<Digest32>>,
    /// What registers outside say of the persons, by village: only for roles that verify. A village that is not named
    /// stays as it is. Nothing: a server that knows no findings.
    #[n(13)]
    pub findings: Option<Vec<crate::FindingsOffer>>,
    /// The district's own rules, asked for with [`Request::Form`]. Nothing: it published none, and those of the country
    /// hold.
    #[n(14)]
    pub rules: Option<crate::RulesOffer>,
}

/// A village in scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct VillageScope {
    /// Kemendagri code.
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub name: String,
    /// Name of the kecamatan.
    #[n(2)]
    pub district: String,
    /// Register rows in the village.
    #[n(3)]
    pub rows: u64,
    /// Number of the newest row; 0 if there is none.
    #[n(4)]
    pub last_row: u64,
    /// Name of the kabupaten or kota.
    #[n(5)]
    pub regency: String,
}

/// Asks for the next page of register rows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RowsRequest {
    #[n(0)]
    pub village: String,
    /// Number of the last row that the device holds; 0 at first.
    #[n(1)]
    pub after: u64,
}

/// A page of register rows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RowsReply {
    #[n(0)]
    pub village: String,
    #[n(1)]
    pub after: u64,
    /// Number of the last row of the page.
    #[n(2)]
    pub to: u64,
    #[n(3)]
    pub rows: u32,
    /// zstd of a page as `lawang-records` packs it: rows column by column.
    #[n(4)]
    pub page: ByteVec,
}

/// Largest page after decompression.
pub const MAX_PAGE: usize = 32 * 1024 * 1024;

/// Asks for changes after a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PullRequest {
    #[n(0)]
    pub cursor: u64,
    /// Bytes of changes wanted at most, before compression; at least one change comes.
    #[n(1)]
    pub limit: u32,
}

/// Changes in the server's order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PullReply {
    /// The cursor after these.
    #[n(0)]
    pub next: u64,
    /// Entries that remain after these.
    #[n(1)]
    pub remaining: u64,
    /// Newest row of each village: a device that is behind fetches rows before it applies these.
    #[n(2)]
    pub villages: Vec<VillageRows>,
    /// zstd of a [`PullBody`]; empty when there is nothing.
    #[n(3)]
    pub body: ByteVec,
}

/// Newest row of a village.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct VillageRows {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub last_row: u64,
}

/// Changes with their authors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct PullBody {
    #[n(0)]
    pub authors: Vec<Author>,
    #[n(1)]
    pub entries: Vec<Entry>,
}

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Author {
    #[n(0)]
    pub device: Id,
    #[n(1)]
    pub person: String,
    #[n(2)]
    pub role: String,
}

/// A change in the server's order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    #[n(0)]
    pub seq: u64,
    #[n(1)]
    pub household: Id,
    /// Index into the authors.
    #[n(2)]
    pub author: u32,
    /// The raw change.
    #[n(3)]
    pub change: ByteVec,
    /// The document of the record: 1 verification, 2 administration; nothing: field answers.
    #[n(4)]
    pub kind: Option<u8>,
}

/// Compares what both sides hold.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CheckRequest {
    /// The device's cursor: changes after it are not compared.
    #[n(0)]
    pub cursor: u64,
    #[cbor(n(1), decode_with = "crate::bounded::named")]
    pub villages: Vec<VillageCheck>,
}

/// What one side holds of a village.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct VillageCheck {
    #[n(0)]
    pub code: String,
    /// Number of the last row compared.
    #[n(1)]
    pub last_row: u64,
    #[n(2)]
    pub rows: u64,
    #[n(3)]
    pub changes: u64,
    /// [`crate::SetDigest`] over rows and changes.
    #[n(4)]
    pub digest: Digest32,
}

/// The result of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CheckReply {
    #[n(0)]
    pub agreed: bool,
    /// What the server holds, for the villages that differ.
    #[n(1)]
    pub differing: Vec<VillageCheck>,
    /// A [`crate::Receipt`], encoded; empty unless they agree.
    #[n(2)]
    pub receipt: ByteVec,
    /// A [`crate::Checkpoint`] of the server's log that belongs to the receipt, encoded.
    #[n(3)]
    pub checkpoint: Option<ByteVec>,
}

/// Offers a photo.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoOffer {
    #[n(0)]
    pub hash: Digest32,
    #[n(1)]
    pub len: u64,
    #[n(2)]
    pub household: Id,
}

/// A piece of a photo.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoPart {
    #[n(0)]
    pub hash: Digest32,
    #[n(1)]
    pub offset: u64,
    #[n(2)]
    pub bytes: ByteVec,
}

/// How much of a photo the server has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoState {
    #[n(0)]
    pub have: u64,
    /// Whole, checked by its hash, on disk.
    #[n(1)]
    pub done: bool,
}

/// Asks for a piece of a photo that a record shows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoWanted {
    #[n(0)]
    pub hash: Digest32,
    /// The record that shows it.
    #[n(1)]
    pub household: Id,
    /// Bytes that are here already.
    #[n(2)]
    pub offset: u64,
    /// Bytes wanted at most.
    #[n(3)]
    pub max: u32,
}

/// A piece of a photo, from where it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoBytes {
    /// Bytes of the whole photo.
    #[n(0)]
    pub len: u64,
    /// None when it was asked for from behind the end.
    #[n(1)]
    pub bytes: ByteVec,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    /// SHA-256 of the whole message.
    #[n(0)]
    pub id: Digest32,
    #[n(1)]
    pub total: u64,
    #[n(2)]
    pub offset: u64,
    #[n(3)]
    pub bytes: ByteVec,
}

/// Asks for a piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FetchPart {
    #[n(0)]
    pub id: Digest32,
    #[n(1)]
    pub offset: u64,
    #[n(2)]
    pub max: u32,
}

/// How much of an uploaded request the server has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct UploadState {
    #[n(0)]
    pub have: u64,
}

/// The server will not; `code` is stable, `message` is for a log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RemoteError {
    #[n(0)]
    pub code: String,
    #[n(1)]
    pub message: String,
}

impl RemoteError {
    /// An error with a code and a sentence.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// Encodes a message; writing into memory cannot fail.
pub fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = minicbor::encode(message, &mut out);
    out
}

/// Decodes a message; `None` if the bytes are not one.
pub fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    minicbor::decode(bytes).ok()
}
