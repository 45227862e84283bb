//! Recomputes the chained log from its beginning and names the first thing that does not fit.

use super::{
    Body, Entry, Erased, Head, damaged,
    line::{self, LogName, Thing},
};
use crate::{
    error::Result,
    household::{int, unsigned},
    server::Server,
    store::{Row as Line, Tx, params},
};
use lawang_records::{Row, inspect};
use lawang_sync::{Checkpoint, KIND_BASE, NewBase, SetDigest, decode};
use serde::Serialize;
use std::collections::BTreeMap;

/// Entries read at once.
const PAGE: i64 = 100;

/// What was found in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Entries of the chain.
    pub entries: u64,
    /// Lines of the log of rows.
    pub rows: u64,
    /// Lines of the log of changes.
    pub changes: u64,
    /// Refused things.
    pub refused: u64,
    /// Batches.
    pub batches: u64,
    /// Lines whose bytes were erased or compacted; their hashes are there.
    pub erased: u64,
    /// Signed heads.
    pub checkpoints: u64,
    /// Hash of the newest entry, hexadecimal.
    pub head: String,
}

/// The first thing that does not fit. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misfit {
    /// Position in the chain.
    pub position: u64,
    /// `rows`, `changes`, `refused`, `batches`; nothing: the chain itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<&'static str>,
    /// Number of the line in its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Stable word.
    pub what: &'static str,
    /// A sentence.
    pub message: String,
}

type Check<T> = Result<std::result::Result<T, Misfit>>;

/// Gives a misfit on, like `?` for the inner result.
macro_rules! fits {
    ($check:expr) => {
        match $check {
            Ok(value) => value,
            Err(misfit) => return Ok(Err(misfit)),
        }
    };
}

fn chain(position: u64, what: &'static str, message: &str) -> Misfit {
    Misfit {
        position,
        log: None,
        number: None,
        what,
        message: message.to_owned(),
    }
}

fn in_log(position: u64, log: LogName, number: u64, what: &'static str, message: &str) -> Misfit {
    Misfit {
        position,
        log: Some(log.as_str()),
        number: Some(number),
        what,
        message: message.to_owned(),
    }
}

/// A line as the check needs it.
struct Found {
    number: u64,
    line: [u8; 32],
    /// Whether the bytes are what the line says.
    body: bool,
    erased: Option<u64>,
    village: String,
    /// What it adds to its village's set; nothing: it adds nothing.
    adds: Option<[u8; 32]>,
    running: (u64, [u8; 32]),
}

fn erased_at(r: &Line<'_>, column: usize) -> Result<Option<u64>> {
    Ok(r.get::<Option<i64>>(column)?.map(unsigned))
}

fn rows(tx: &Tx<'_>, after: u64, until: u64) -> Result<Vec<Found>> {
    tx.query(
        "SELECT row_seq, household, coalesce(first_village, village), coalesce(first_digest, digest), device, received_at,
                digest, body, erased, village_rows, village_digest, first_digest,
                CASE WHEN EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.hash = row_log.digest)
                     THEN 1 ELSE 0 END, village
         FROM row_log WHERE row_seq > ?1 AND row_seq <= ?2 ORDER BY row_seq",
        params![int(after), int(until)],
        |r| {
            let (number, line) = line::row(r)?;
            let digest: Vec<u8> = r.get(6)?;
            let erased = erased_at(r, 8)?;
            let again: Option<Vec<u8>> = r.get(11)?;
            Ok(Found {
                number,
                line,
                body: Row::digest(&r.get::<Vec<u8>>(7)?)[..] == digest[..]
                    && again.is_some() == erased.is_some(),
                erased,
                village: r.get(13)?,
                // A hub takes back what its district refused whole.
                adds: (!r.get::<bool>(12)?).then(|| digest.try_into().unwrap_or_default()),
                running: (unsigned(r.get(9)?), bytes32(r, 10)?),
            })
        },
    )
}

fn bytes32(r: &Line<'_>, column: usize) -> Result<[u8; 32]> {
    Ok(r.get::<Vec<u8>>(column)?.try_into().unwrap_or_default())
}

fn changes(tx: &Tx<'_>, after: u64, until: u64) -> Result<Vec<Found>> {
    tx.query(
        "SELECT seq, hash, household, coalesce(first_village, village), kind, device, incarnation, person, role, at, received_at,
                body, erased, village_changes, village_digest,
                CASE WHEN EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.hash = change_log.hash)
                     THEN 1 ELSE 0 END, village
         FROM change_log WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
        params![int(after), int(until)],
        |r| {
            let (number, line) = line::change(r)?;
            let hash = bytes32(r, 1)?;
            let body: Vec<u8> = r.get(11)?;
            let erased = erased_at(r, 12)?;
            let own = if r.get::<i64>(4)? == i64::from(KIND_BASE) {
                decode::<NewBase>(&body).map(|base| base.hash())
            } else {
                inspect(&body).ok().map(|info| info.hash.0)
            };
            Ok(Found {
                number,
                line,
                body: match erased {
                    Some(_) => body.is_empty(),
                    None => own == Some(hash),
                },
                erased,
                village: r.get(16)?,
                // A hub takes back what its district refused: the line stays and counts for nothing.
                adds: (erased.is_none() && !r.get::<bool>(15)?).then_some(hash),
                running: (unsigned(r.get(13)?), bytes32(r, 14)?),
            })
        },
    )
}

fn refused(tx: &Tx<'_>, after: u64, until: u64) -> Result<Vec<Found>> {
    tx.query(
        "SELECT id, device, received_at, hash, household, kind, code, message, document, body_hash, body,
                erased
         FROM quarantine WHERE id > ?1 AND id <= ?2 ORDER BY id",
        params![int(after), int(until)],
        |r| {
            let (number, line) = line::refused(r)?;
            let erased = erased_at(r, 11)?;
            let gone = r.get::<Vec<u8>>(10)?.is_empty();
            Ok(Found {
                number,
                line,
                body: erased.is_none() || gone,
                erased,
                village: String::new(),
                adds: None,
                running: (0, [0; 32]),
            })
        },
    )
}

/// Running counts and digests of villages, of one log.
#[derive(Default)]
struct Sums(BTreeMap<String, (u64, SetDigest)>);

impl Sums {
    fn add(&mut self, log: LogName, found: &Found) -> bool {
        let sum = self.0.entry(found.village.clone()).or_default();
        if let Some(element) = &found.adds {
            sum.0 += 1;
            if log == LogName::Rows {
                sum.1.add_row(element);
            } else {
                sum.1.add_change(element);
            }
        }
        (sum.0, sum.1.0) == found.running
    }
}

struct Walk<'a> {
    tx: &'a Tx<'a>,
    erased: BTreeMap<Erased, u64>,
    rows: Sums,
    changes: Sums,
    report: LogReport,
}

impl Walk<'_> {
    fn entry(&mut self, before: Option<&Head>, entry: &Entry, server: &[u8]) -> Check<()> {
        let position = entry.head.position;
        let expected = before.map_or(0, |head| head.position) + 1;
        if position != expected {
            return Ok(Err(chain(
                expected,
                "entry_missing",
                "the entry at this position is not there",
            )));
        }
        if entry.expected(&before.map_or([0; 32], |head| head.entry)) != entry.head.entry {
            return Ok(Err(chain(
                position,
                "entry",
                "the entry's hash does not follow from the entry before and what this one says",
            )));
        }
        let body: Body = decode(&entry.body).ok_or_else(|| damaged("an entry cannot be read"))?;
        if (entry.kind == "begin") != (position == 1) || (position == 1 && body.note != server) {
            return Ok(Err(chain(
                position,
                "begin",
                "the chain does not begin with this server",
            )));
        }
        let from = before.copied().unwrap_or(Head {
            position: 0,
            entry: [0; 32],
            rows: 0,
            changes: 0,
            refused: 0,
        });
        for (log, after, until) in [
            (LogName::Rows, from.rows, entry.head.rows),
            (LogName::Changes, from.changes, entry.head.changes),
            (LogName::Refused, from.refused, entry.head.refused),
        ] {
            let found = match log {
                LogName::Rows => rows(self.tx, after, until)?,
                LogName::Changes => changes(self.tx, after, until)?,
                _ => refused(self.tx, after, until)?,
            };
            let things: Vec<&Thing> = body.things.iter().filter(|t| t.log == log).collect();
            fits!(self.log(position, log, &things, &found));
        }
        let things: Vec<&Thing> = body
            .things
            .iter()
            .filter(|t| t.log == LogName::Batches)
            .collect();
        let batches = line::chained(self.tx, position)?;
        for (place, thing) in things.iter().enumerate() {
            if batches
                .get(place)
                .is_none_or(|(_, line)| *line != *thing.line)
            {
                return Ok(Err(in_log(
                    position,
                    LogName::Batches,
                    place as u64,
                    "columns",
                    "the batch is not there as it was chained",
                )));
            }
        }
        if batches.len() > things.len() {
            return Ok(Err(in_log(
                position,
                LogName::Batches,
                things.len() as u64,
                "added",
                "a batch says of itself that this entry covers it, and the entry does not know it",
            )));
        }
        self.report.entries += 1;
        self.report.batches += batches.len() as u64;
        Ok(Ok(()))
    }

    fn log(
        &mut self,
        position: u64,
        log: LogName,
        things: &[&Thing],
        found: &[Found],
    ) -> std::result::Result<(), Misfit> {
        let mut lines = found.iter();
        for thing in things {
            let number = thing.number;
            let line = match lines.next() {
                Some(line) if line.number == number => line,
                Some(line) if line.number < number => {
                    return Err(in_log(
                        position,
                        log,
                        line.number,
                        "added",
                        "no entry knows this line",
                    ));
                }
                _ => {
                    return Err(in_log(
                        position,
                        log,
                        number,
                        "missing",
                        "the line is not there",
                    ));
                }
            };
            if line.line != *thing.line {
                let words = "the line's columns are not those that were chained";
                return Err(in_log(position, log, number, "columns", words));
            }
            let key = Erased {
                log: log as u8,
                number,
            };
            let taken_away = self.erased.get(&key).copied();
            if line.erased.is_some() != taken_away.is_some() {
                let words = "an entry says that its bytes were erased and the line does not, or the reverse";
                return Err(in_log(position, log, number, "erased", words));
            }
            if !line.body {
                let words = "its bytes are not those that it was taken with";
                return Err(in_log(position, log, number, "bytes", words));
            }
            let sums = match log {
                LogName::Rows => &mut self.rows,
                _ => &mut self.changes,
            };
            if matches!(log, LogName::Rows | LogName::Changes) && !sums.add(log, line) {
                let words = "the village's running count or digest does not follow from its lines";
                return Err(in_log(position, log, number, "totals", words));
            }
            self.report.erased += u64::from(line.erased.is_some());
        }
        if let Some(line) = lines.next() {
            return Err(in_log(
                position,
                log,
                line.number,
                "added",
                "no entry knows this line",
            ));
        }
        let count = things.len() as u64;
        match log {
            LogName::Rows => self.report.rows += count,
            LogName::Changes => self.report.changes += count,
            _ => self.report.refused += count,
        }
        Ok(())
    }
}

/// What entries say was erased, and where.
fn erasures(tx: &Tx<'_>) -> Result<BTreeMap<Erased, u64>> {
    let entries: Vec<(i64, Vec<u8>)> = tx.query(
        "SELECT position, body FROM evidence WHERE kind IN ('erased', 'compacted', 'moved') ORDER BY position",
        params![],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let mut all = BTreeMap::new();
    for (position, body) in entries {
        // One that cannot be read does not fit its hash either, which is found where it stands.
        for line in decode::<Body>(&body).unwrap_or_default().erased {
            all.entry(line).or_insert(unsigned(position));
        }
    }
    Ok(all)
}

/// Rows that began anew must be those that the newest word about them says.
fn bases(tx: &Tx<'_>) -> Check<()> {
    let again: Vec<(i64, [u8; 16], Vec<u8>, i64)> = tx.query(
        "SELECT row_seq, household, digest, erased FROM row_log
         WHERE erased IS NOT NULL ORDER BY row_seq",
        params![],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    for (number, household, digest, position) in again {
        let newest: Option<Vec<u8>> = tx.optional(
            "SELECT body FROM change_log WHERE household = ?1 AND kind = ?2 ORDER BY seq DESC LIMIT 1",
            params![household, u32::from(KIND_BASE)],
            |r| r.get(0),
        )?;
        let said = newest.and_then(|body| decode::<NewBase>(&body));
        if said.is_none_or(|base| base.digest.as_slice() != digest) {
            return Ok(Err(in_log(
                unsigned(position),
                LogName::Rows,
                unsigned(number),
                "bytes",
                "the row is not the base that the log of changes names",
            )));
        }
    }
    Ok(Ok(()))
}

impl Server {
    /// Recomputes the chained log, the lines that it covers, the villages' totals and the signed heads. The inner result
    /// names the first thing that does not fit.
    pub fn verify_log(&self) -> Result<std::result::Result<LogReport, Misfit>> {
        self.store.read(|tx| {
            let mut walk = Walk {
                tx,
                erased: erasures(tx)?,
                rows: Sums::default(),
                changes: Sums::default(),
                report: LogReport::default(),
            };
            let mut signed: Vec<(u64, Vec<u8>)> = tx.query(
                "SELECT position, body FROM checkpoint ORDER BY position DESC",
                params![],
                |r| Ok((unsigned(r.get(0)?), r.get(1)?)),
            )?;
            let mut head: Option<Head> = None;
            loop {
                let after = head.map_or(0, |head| head.position);
                let page: Vec<Entry> = tx.query(
                    "SELECT position, at, kind, rows, changes, refused, body, entry
                     FROM evidence WHERE position > ?1 ORDER BY position LIMIT ?2",
                    params![int(after), PAGE],
                    Entry::read,
                )?;
                if page.is_empty() {
                    break;
                }
                for entry in page {
                    fits!(walk.entry(head.as_ref(), &entry, self.id.as_bytes())?);
                    let position = entry.head.position;
                    while let Some((at, body)) = signed.pop_if(|(at, _)| *at <= position) {
                        fits!(self.checkpoint(&entry.head, at, &body));
                        walk.report.checkpoints += 1;
                    }
                    head = Some(entry.head);
                }
            }
            let head = head.unwrap_or(Head {
                position: 0,
                entry: [0; 32],
                rows: 0,
                changes: 0,
                refused: 0,
            });
            if let Some((at, _)) = signed.pop() {
                return Ok(Err(chain(
                    at,
                    "end_missing",
                    "the server once signed an entry at this position, and the chain ends before it",
                )));
            }
            if line::any_after(tx, head.rows, head.changes, head.refused)? {
                return Ok(Err(chain(
                    head.position + 1,
                    "not_chained",
                    "there are lines after the newest entry that no entry covers",
                )));
            }
            fits!(bases(tx)?);
            walk.report.head = hex::encode(head.entry);
            Ok(Ok(walk.report))
        })
    }

    fn checkpoint(&self, head: &Head, at: u64, body: &[u8]) -> std::result::Result<(), Misfit> {
        let good = decode::<Checkpoint>(body).is_some_and(|found| {
            found.signed_by(&self.key.public())
                && found.position == at
                && found.position == head.position
                && *found.entry == head.entry
        });
        if good {
            Ok(())
        } else {
            let words = "what the server signed here is another entry, or it did not sign this";
            Err(chain(at, "checkpoint", words))
        }
    }
}
