//! The chained log: every line that is taken or refused stands in an entry, each entry in the hash of the next one,
//! and the head is signed again and again. Whoever alters, removes, inserts or swaps anything afterwards is found out,
//! by the server's own checkpoints or by the receipts that devices keep.

mod line;
mod receipt;
#[cfg(test)]
mod tests;
mod verify;

pub use receipt::ReceiptVerdict;
pub use verify::{LogReport, Misfit};

use crate::{
    error::{Result, ServerError},
    household::{int, unsigned},
    server::Server,
    store::{Row, Tx, params},
};
use lawang_sync::{Checkpoint, encode};
use line::{LogName, Thing};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// Most lines of one log in an entry.
const AT_ONCE: u64 = 1_000;
/// The server signs the head at least this often.
const SIGN_EVERY: u64 = 64;

/// What an entry says, canonical CBOR.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Body {
    /// Lines that it covers, by log and number.
    #[n(0)]
    pub things: Vec<Thing>,
    /// Lines whose bytes were taken away with this entry.
    #[n(1)]
    pub erased: Vec<Erased>,
    /// At the beginning the server's id; at a restore the new life's.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub note: Vec<u8>,
}

/// A line whose bytes are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Erased {
    /// 0 rows, 1 changes, 2 refused.
    #[n(0)]
    pub log: u8,
    #[n(1)]
    pub number: u64,
}

/// The newest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub position: u64,
    pub entry: [u8; 32],
    /// Newest numbers of the logs that are chained.
    pub rows: u64,
    pub changes: u64,
    pub refused: u64,
}

/// An entry as it is stored.
pub(crate) struct Entry {
    pub head: Head,
    pub at: i64,
    pub kind: String,
    pub body: Vec<u8>,
}

impl Entry {
    fn read(r: &Row<'_>) -> Result<Self> {
        Ok(Self {
            head: Head {
                position: unsigned(r.get(0)?),
                rows: unsigned(r.get(3)?),
                changes: unsigned(r.get(4)?),
                refused: unsigned(r.get(5)?),
                entry: r.get(7)?,
            },
            at: r.get(1)?,
            kind: r.get(2)?,
            body: r.get(6)?,
        })
    }

    /// What its hash has to be.
    fn expected(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut said = Sha256::new_with_prefix(b"lawang evidence\0");
        said.update(before);
        for number in [
            self.head.position,
            u64::try_from(self.at).unwrap_or(u64::MAX),
            self.head.rows,
            self.head.changes,
            self.head.refused,
        ] {
            said.update(number.to_be_bytes());
        }
        for text in [self.kind.as_bytes(), &self.body] {
            said.update((text.len() as u64).to_be_bytes());
            said.update(text);
        }
        said.finalize().into()
    }
}

/// The newest entry; `None` before the first one.
pub(crate) fn head(tx: &Tx<'_>) -> Result<Option<Head>> {
    let found = tx.optional(
        "SELECT position, at, kind, rows, changes, refused, body, entry
         FROM evidence ORDER BY position DESC LIMIT 1",
        params![],
        Entry::read,
    )?;
    Ok(found.map(|entry| entry.head))
}

pub(crate) fn append(
    tx: &Tx<'_>,
    before: Option<Head>,
    (rows, changes, refused): (u64, u64, u64),
    kind: &str,
    body: &Body,
    now: u64,
) -> Result<Head> {
    let mut entry = Entry {
        head: Head {
            position: before.map_or(0, |head| head.position) + 1,
            entry: [0; 32],
            rows,
            changes,
            refused,
        },
        at: int(now),
        kind: kind.to_owned(),
        body: encode(body),
    };
    entry.head.entry = entry.expected(&before.map_or([0; 32], |head| head.entry));
    tx.execute(
        "INSERT INTO evidence (position, at, kind, rows, changes, refused, body, entry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            int(entry.head.position),
            entry.at,
            entry.kind,
            int(rows),
            int(changes),
            int(refused),
            entry.body,
            entry.head.entry,
        ],
    )?;
    Ok(entry.head)
}

/// Chains everything in the logs that is not chained yet; in the transaction that wrote it. Also what an older program
/// wrote. Gives the head.
pub(crate) fn seal(server: &Server, tx: &Tx<'_>, now: u64) -> Result<Head> {
    let mut head = match head(tx)? {
        Some(head) => head,
        None => {
            let body = Body {
                note: server.id.as_bytes().to_vec(),
                ..Body::default()
            };
            append(tx, None, (0, 0, 0), "begin", &body, now)?
        }
    };
    loop {
        let mut things = Vec::new();
        let mut numbers = [head.rows, head.changes, head.refused];
        for (log, newest) in [LogName::Rows, LogName::Changes, LogName::Refused]
            .into_iter()
            .zip(&mut numbers)
        {
            for (number, line) in line::next(tx, log, *newest, AT_ONCE)? {
                *newest = number;
                things.push(Thing {
                    log,
                    number,
                    line: line.into(),
                });
            }
        }
        let batches = line::unchained(tx, AT_ONCE)?;
        for (place, (_, line)) in batches.iter().enumerate() {
            things.push(Thing {
                log: LogName::Batches,
                number: place as u64,
                line: (*line).into(),
            });
        }
        if things.is_empty() {
            return Ok(head);
        }
        let [rows, changes, refused] = numbers;
        let body = Body {
            things,
            ..Body::default()
        };
        head = append(
            tx,
            Some(head),
            (rows, changes, refused),
            "taken",
            &body,
            now,
        )?;
        for (hash, _) in batches {
            tx.execute(
                "UPDATE batch SET chained = ?2 WHERE hash = ?1",
                params![hash, int(head.position)],
            )?;
        }
        if head.position.is_multiple_of(SIGN_EVERY) {
            sign(server, tx, head, now)?;
        }
    }
}

/// An entry about something else than new lines; everything that waits is chained before it.
pub(crate) fn note(
    server: &Server,
    tx: &Tx<'_>,
    kind: &str,
    body: &Body,
    now: u64,
) -> Result<Head> {
    let before = seal(server, tx, now)?;
    let numbers = (before.rows, before.changes, before.refused);
    let head = append(tx, Some(before), numbers, kind, body, now)?;
    sign(server, tx, head, now)?;
    Ok(head)
}

/// Keeps a checkpoint of the head.
pub(crate) fn sign(server: &Server, tx: &Tx<'_>, head: Head, now: u64) -> Result<()> {
    let id = server.id.into_bytes().into();
    let checkpoint = Checkpoint::issue(&server.key, id, now, (head.position, head.entry), None);
    tx.execute(
        "INSERT INTO checkpoint (position, body) VALUES (?1, ?2) ON CONFLICT (position) DO NOTHING",
        params![int(head.position), encode(&checkpoint)],
    )?;
    Ok(())
}

/// Whether the head was signed already.
pub(crate) fn signed(tx: &Tx<'_>, head: Head) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM checkpoint WHERE position = ?1)",
        params![int(head.position)],
        |r| r.get(0),
    )
}

fn damaged(what: &str) -> ServerError {
    ServerError::Damaged(format!("the chained log: {what}"))
}

impl Server {
    /// Chains what no entry covers yet, which an older program wrote before there were entries, and carries an erasure to
    /// its end that a kill broke off. At every start of a server.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn chain_all(&self, now: u64) -> Result<()> {
        let waits = self.store.read(|tx| {
            let head = head(tx)?;
            Ok(match head {
                None => true,
                Some(head) => line::any_after(tx, head.rows, head.changes, head.refused)?,
            })
        })?;
        self.finish_erasing_at_start()?;
        if waits {
            self.store.write(|tx| seal(self, tx, now).map(|_| ()))?;
        }
        Ok(())
    }
}
