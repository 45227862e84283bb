//! Changes after a cursor, in the server's order.

use crate::{
    devices::{self, Device},
    erase,
    error::{Result, ServerError},
    household::{self, Log, int, unsigned},
    hub::LIVE,
    moves::Arrivals,
    server::Server,
    store::{Row, Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{Author, Entry, PullBody, PullReply, PullRequest, VillageRows, compress, encode};

/// Most bytes of changes in one answer, before compression.
const MAX_BYTES: u32 = 4 * 1024 * 1024;
/// Most changes in one answer.
const MAX_ENTRIES: usize = 20_000;
/// Above this size the highest compression costs more time than the bytes it saves.
const SMALL: usize = 128 * 1024;

/// A device lets go of what it made of a record that moves away from its villages.
const HAS_IT: &str = "AND household NOT IN (SELECT household FROM moved)";

pub(crate) fn pull(server: &Server, device: DeviceId, request: &PullRequest) -> Result<PullReply> {
    let (mut reply, body) = server.store.read(|tx| {
        let device = devices::find(tx, device)?;
        let head = household::head(tx)?;
        if request.cursor > head {
            return Err(ServerError::refused(
                "server_restored",
                "the server holds fewer changes than the device has already seen; was it restored from an old copy?",
            ));
        }
        // The device's own changes are left out: it has them.
        // Not at a hub: what it took in later than it came has a number that the device was never told.
        let own = match server.hub() {
            Some(_) => Vec::new(),
            None => device.incarnation.clone().unwrap_or_default(),
        };
        // A hub takes back what the district refused; a district has nothing of the kind.
        let live = match server.hub() {
            Some(_) => format!("AND {LIVE}"),
            None => "AND erased IS NULL".to_owned(),
        };
        let mut waiting: Vec<(i64, i64)> = Vec::new();
        let mut villages = Vec::with_capacity(device.villages.len());
        for code in &device.villages {
            let code = code.to_string();
            tx.each(
                &format!(
                    "SELECT seq, length(body) FROM change_log
                 WHERE village = ?1 AND seq > ?2 {live}
                       AND NOT (device = ?3 AND incarnation = ?4 {HAS_IT})"
                ),
                params![code, int(request.cursor), device.id.as_bytes(), own],
                |r| {
                    waiting.push((r.get(0)?, r.get(1)?));
                    Ok(())
                },
            )?;
            let rows = household::running(tx, Log::Rows, &code, u64::MAX)?;
            villages.push(VillageRows {
                code,
                last_row: rows.last,
            });
        }
        waiting.sort_unstable();
        let taken = fitting(&waiting, request.limit.min(MAX_BYTES) as usize);
        let remaining = waiting.len() - taken;
        let last = taken.checked_sub(1).and_then(|last| waiting.get(last));
        let mut lines: Vec<Line> = Vec::with_capacity(taken);
        if let Some((last, _)) = last {
            for village in &villages {
                tx.each(
                    &format!(
                        "SELECT seq, household, body, device, person, role, kind FROM change_log
                     WHERE village = ?1 AND seq > ?2 AND seq <= ?5
                           {live} AND NOT (device = ?3 AND incarnation = ?4 {HAS_IT})"
                    ),
                    params![village.code, int(request.cursor), device.id.as_bytes(), own, last],
                    |r| {
                        lines.push(Line::read(r)?);
                        Ok(())
                    },
                )?;
            }
        }
        let lines = settled(tx, &device, lines, &live, request.cursor)?;
        let body = in_order(lines);
        let next = match last {
            Some((last, _)) if remaining > 0 => unsigned(*last),
            _ => head,
        };
        let reply = PullReply {
            next,
            remaining: remaining as u64,
            villages,
            body: Vec::new().into(),
        };
        Ok((reply, body))
    })?;
    if !body.entries.is_empty() {
        let raw = encode(&body);
        let level = if raw.len() <= SMALL { 19 } else { 9 };
        reply.body = compress(&raw, level).into();
    }
    Ok(reply)
}

/// Lines as they are sent: words about beginnings with their rows, and what moves with all that was said before.
fn settled(
    tx: &Tx<'_>,
    device: &Device,
    lines: Vec<Line>,
    live: &str,
    cursor: u64,
) -> Result<Vec<Line>> {
    let arrivals = Arrivals::after(tx, device, cursor)?;
    let mut all = Vec::with_capacity(lines.len());
    for mut line in lines {
        let base = line.base()?;
        if arrivals.holds_back(&line, base.as_ref()) {
            continue;
        }
        if let Some(base) = base {
            all.append(&mut arrivals.with(tx, device, &line, live)?);
            all.extend(Arrivals::farewell(tx, device, &line, &base, cursor)?);
            line.change = erase::with_row(tx, device, &line.household, base)?;
        }
        all.push(line);
    }
    Ok(all)
}

/// How many changes, by number and length, make an answer of at most `limit` bytes; never none of some.
fn fitting(waiting: &[(i64, i64)], limit: usize) -> usize {
    let mut bytes = 0;
    let fits = |(at, (_, length)): &(usize, &(i64, i64))| {
        bytes += unsigned(*length) as usize + 32;
        *at == 0 || bytes <= limit
    };
    waiting
        .iter()
        .take(MAX_ENTRIES)
        .enumerate()
        .take_while(fits)
        .count()
}

/// A line of the log.
pub(crate) struct Line {
    pub seq: i64,
    /// Where it is sent: at its own number, but for what comes along with a record that moves.
    pub place: (i64, u8),
    pub household: [u8; 16],
    pub change: Vec<u8>,
    pub author: Author,
    /// Number of the document; 0: field answers.
    pub kind: u8,
}

impl Line {
    pub(crate) fn read(r: &Row<'_>) -> Result<Self> {
        let seq = r.get(0)?;
        Ok(Self {
            seq,
            place: (seq, 1),
            household: r.get(1)?,
            change: r.get(2)?,
            author: Author {
                device: r.get::<[u8; 16]>(3)?.into(),
                person: r.get(4)?,
                role: r.get(5)?,
            },
            kind: u8::try_from(r.get::<i64>(6)?).unwrap_or(0),
        })
    }
}

/// Lines in the order of their numbers, each author said once.
fn in_order(mut lines: Vec<Line>) -> PullBody {
    lines.sort_unstable_by_key(|line| (line.place, line.seq));
    let mut body = PullBody::default();
    for line in lines {
        let index = match body.authors.iter().position(|a| *a == line.author) {
            Some(index) => index,
            None => {
                body.authors.push(line.author);
                body.authors.len() - 1
            }
        };
        body.entries.push(Entry {
            seq: unsigned(line.seq),
            household: line.household.into(),
            author: u32::try_from(index).unwrap_or(u32::MAX),
            change: line.change.into(),
            kind: (line.kind > 0).then_some(line.kind),
        });
    }
    body
}
