//! A line of a log as it is chained: the log's columns, and nothing that may change or be erased.

use crate::{
    error::Result,
    household::int,
    store::{Row, Tx, params},
};
use minicbor::{Decode, Encode, bytes::ByteArray};
use sha2::{Digest, Sha256};

/// Which log a line is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum LogName {
    #[n(0)]
    Rows,
    #[n(1)]
    Changes,
    #[n(2)]
    Refused,
    #[n(3)]
    Batches,
}

impl LogName {
    /// As people read it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Changes => "changes",
            Self::Refused => "refused",
            Self::Batches => "batches",
        }
    }
}

/// One line as an entry lists it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Thing {
    #[n(0)]
    pub log: LogName,
    /// The line's number in its log; of batches their place in the entry.
    #[n(1)]
    pub number: u64,
    /// SHA-256 over its columns.
    #[n(2)]
    pub line: ByteArray<32>,
}

/// Columns, each with its length, so that nothing can move from one to the next.
struct Columns(Sha256);

impl Columns {
    fn new(log: LogName) -> Self {
        Self(Sha256::new_with_prefix(format!(
            "lawang {}\0",
            log.as_str()
        )))
    }

    fn bytes(mut self, value: &[u8]) -> Self {
        self.0.update((value.len() as u64).to_be_bytes());
        self.0.update(value);
        self
    }

    fn number(mut self, value: i64) -> Self {
        self.0.update([1]);
        self.0.update(value.to_be_bytes());
        self
    }

    fn done(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

pub(super) fn row(r: &Row<'_>) -> Result<(u64, [u8; 32])> {
    let number: i64 = r.get(0)?;
    let device: Option<Vec<u8>> = r.get(4)?;
    let line = Columns::new(LogName::Rows)
        .number(number)
        .bytes(&r.get::<Vec<u8>>(1)?)
        .bytes(r.get::<String>(2)?.as_bytes())
        .bytes(&r.get::<Vec<u8>>(3)?)
        .number(i64::from(device.is_some()))
        .bytes(&device.unwrap_or_default())
        .number(r.get(5)?)
        .done();
    Ok((crate::household::unsigned(number), line))
}

pub(super) fn change(r: &Row<'_>) -> Result<(u64, [u8; 32])> {
    let number: i64 = r.get(0)?;
    let line = Columns::new(LogName::Changes)
        .number(number)
        .bytes(&r.get::<Vec<u8>>(1)?)
        .bytes(&r.get::<Vec<u8>>(2)?)
        .bytes(r.get::<String>(3)?.as_bytes())
        .number(r.get(4)?)
        .bytes(&r.get::<Vec<u8>>(5)?)
        .bytes(&r.get::<Vec<u8>>(6)?)
        .bytes(r.get::<String>(7)?.as_bytes())
        .bytes(r.get::<String>(8)?.as_bytes())
        .number(r.get(9)?)
        .number(r.get(10)?)
        .done();
    Ok((crate::household::unsigned(number), line))
}

pub(super) fn refused(r: &Row<'_>) -> Result<(u64, [u8; 32])> {
    let number: i64 = r.get(0)?;
    let body = match r.get::<Option<Vec<u8>>>(9)? {
        Some(hash) => hash,
        None => Sha256::digest(r.get::<Vec<u8>>(10)?).to_vec(),
    };
    let line = Columns::new(LogName::Refused)
        .number(number)
        .bytes(&r.get::<Vec<u8>>(1)?)
        .number(r.get(2)?)
        .bytes(&r.get::<Vec<u8>>(3)?)
        .bytes(&r.get::<Vec<u8>>(4)?)
        .bytes(r.get::<String>(5)?.as_bytes())
        .bytes(r.get::<String>(6)?.as_bytes())
        .bytes(r.get::<String>(7)?.as_bytes())
        .number(r.get(8)?)
        .bytes(&body)
        .done();
    Ok((crate::household::unsigned(number), line))
}

/// The batch's hash, and the hash over its columns.
pub(super) fn batch(r: &Row<'_>) -> Result<(Vec<u8>, [u8; 32])> {
    let hash: Vec<u8> = r.get(0)?;
    let line = Columns::new(LogName::Batches)
        .bytes(&hash)
        .bytes(&r.get::<Vec<u8>>(1)?)
        .bytes(&r.get::<Vec<u8>>(2)?)
        .bytes(&r.get::<Vec<u8>>(3)?)
        .number(r.get(4)?)
        .number(r.get(5)?)
        .number(r.get(6)?)
        .number(r.get(7)?)
        .done();
    Ok((hash, line))
}

/// The next lines of a log after a number, in order.
pub(super) fn next(
    tx: &Tx<'_>,
    log: LogName,
    after: u64,
    most: u64,
) -> Result<Vec<(u64, [u8; 32])>> {
    let (after, most) = (int(after), int(most));
    let bounds = params![after, most];
    match log {
        LogName::Rows => tx.query(
            "SELECT row_seq, household, coalesce(first_village, village), coalesce(first_digest, digest), device, received_at
             FROM row_log WHERE row_seq > ?1 ORDER BY row_seq LIMIT ?2",
            bounds,
            row,
        ),
        LogName::Changes => tx.query(
            "SELECT seq, hash, household, coalesce(first_village, village), kind, device, incarnation, person, role, at, received_at
             FROM change_log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            bounds,
            change,
        ),
        LogName::Refused => tx.query(
            "SELECT id, device, received_at, hash, household, kind, code, message, document, body_hash, body
             FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?2",
            bounds,
            refused,
        ),
        LogName::Batches => Ok(Vec::new()),
    }
}

/// Batches that no entry covers.
pub(super) fn unchained(tx: &Tx<'_>, most: u64) -> Result<Vec<(Vec<u8>, [u8; 32])>> {
    tx.query(
        "SELECT hash, device, incarnation, signature, clock, received_at, things, refused
         FROM batch WHERE chained IS NULL ORDER BY hash LIMIT ?1",
        params![int(most)],
        batch,
    )
}

/// Batches that an entry covers, in its order.
pub(super) fn chained(tx: &Tx<'_>, position: u64) -> Result<Vec<(Vec<u8>, [u8; 32])>> {
    tx.query(
        "SELECT hash, device, incarnation, signature, clock, received_at, things, refused
         FROM batch WHERE chained = ?1 ORDER BY hash",
        params![int(position)],
        batch,
    )
}

/// Whether a log holds anything after these numbers.
pub(super) fn any_after(tx: &Tx<'_>, rows: u64, changes: u64, refused: u64) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM row_log WHERE row_seq > ?1)
             OR EXISTS (SELECT 1 FROM change_log WHERE seq > ?2)
             OR EXISTS (SELECT 1 FROM quarantine WHERE id > ?3)
             OR EXISTS (SELECT 1 FROM batch WHERE chained IS NULL)",
        params![int(rows), int(changes), int(refused)],
        |r| r.get(0),
    )
}
