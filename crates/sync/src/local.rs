//! What the device's machine needs of the database.

use crate::{
    CheckReply, CheckRequest, FindingsOffer, FindingsPart, FormOffer, FormPart, Glance, Hello,
    HelloReply, Packing, PhotoOffer, PullReply, RowsReply, Verdict,
};
use std::collections::BTreeSet;

/// What the machine needs of the device's database. Each call is one transaction; nothing that a call
/// stored is lost by a crash after it.
pub trait Local {
    type Error;
    fn hello(&mut self) -> Result<Hello, Self::Error>;
    /// Stores the scope; takes a new incarnation if the server says that this is a restored copy.
    fn welcome(&mut self, reply: &HelloReply) -> Result<(), Self::Error>;
    /// A short greeting, when the last exchange with this server ended well; with the check that it stands for when
    /// nothing waits to be sent.
    fn glance(&mut self) -> Result<Option<(Glance, Option<CheckRequest>)>, Self::Error>;
    /// Both sides agreed and every questionnaire is here: the server's token may be used in the next greeting.
    fn settled(&mut self) -> Result<(), Self::Error>;
    /// Features of the greeting that the short greeting stands for.
    fn features(&mut self) -> Result<u32, Self::Error>;
    /// The next signed batch of at most about this many bytes before compression; at least one thing. `packing`: what
    /// it may leave out.
    fn next_batch(
        &mut self,
        max_bytes: usize,
        packing: Packing,
    ) -> Result<Option<OutBatch>, Self::Error>;
    fn verdicts(&mut self, batch: &OutBatch, verdicts: &[Verdict]) -> Result<(), Self::Error>;
    fn row_cursor(&mut self, village: &str) -> Result<u64, Self::Error>;
    fn take_page(&mut self, reply: &RowsReply) -> Result<(), Self::Error>;
    fn pull_cursor(&mut self) -> Result<u64, Self::Error>;
    /// Stores changes and cursor together; gives the number of households touched.
    fn take_changes(&mut self, reply: &PullReply) -> Result<u32, Self::Error>;
    fn check(&mut self) -> Result<CheckRequest, Self::Error>;
    fn checked(&mut self, request: &CheckRequest, reply: &CheckReply) -> Result<(), Self::Error>;
    /// How much of an offered questionnaire is on disk here; `None`: all of it, or it cannot be used.
    fn form_have(&mut self, offer: &FormOffer) -> Result<Option<u64>, Self::Error>;
    /// Stores a piece. The last one makes the whole, checked by its hash, in the same transaction; wrong
    /// bytes are thrown away.
    fn take_form(&mut self, offer: &FormOffer, part: &FormPart) -> Result<(), Self::Error>;
    /// How much of a village's offered findings is on disk here; `None`: nothing is to be fetched.
    fn findings_have(&mut self, offer: &FindingsOffer) -> Result<Option<u64>, Self::Error>;
    /// Stores a piece. The last one replaces what is here of the village, in the same transaction; wrong bytes are
    /// thrown away.
    fn take_findings(
        &mut self,
        offer: &FindingsOffer,
        part: &FindingsPart,
    ) -> Result<(), Self::Error>;
    /// The next photo that the server does not have, but for those that it cannot take in this exchange.
    fn next_photo(&mut self, skip: &BTreeSet<[u8; 32]>) -> Result<Option<PhotoOffer>, Self::Error>;
    fn photo_bytes(
        &mut self,
        hash: &[u8; 32],
        offset: u64,
        max: usize,
    ) -> Result<Vec<u8>, Self::Error>;
    fn photo_done(&mut self, hash: &[u8; 32]) -> Result<(), Self::Error>;
    /// The server will not have this photo, for a reason given as a code. It stays here.
    fn photo_refused(&mut self, hash: &[u8; 32], code: &str) -> Result<(), Self::Error>;
}

/// A batch on its way.
#[derive(Debug, Clone)]
pub struct OutBatch {
    /// An encoded [`crate::SignedBatch`].
    pub bytes: Vec<u8>,
    /// New households in it.
    pub rows: Vec<[u8; 16]>,
    /// Hashes of the changes in it.
    pub changes: Vec<[u8; 32]>,
    /// Different households in it.
    pub households: u32,
}
