//! Changes after a cursor, in the server's order.

use crate::{
    devices,
    error::{Result, ServerError},
    household::{self, Log, int, unsigned},
    server::Server,
};
use lawang_domain::DeviceId;
use lawang_sync::{Author, Entry, PullBody, PullReply, PullRequest, VillageRows, compress, encode};
use rusqlite::{Transaction, params};

/// Most bytes of changes in one answer, before compression.
const MAX_BYTES: u32 = 4 * 1024 * 1024;
/// Most changes in one answer.
const MAX_ENTRIES: usize = 20_000;
/// Above this size the highest compression costs more time than the bytes it saves.
const SMALL: usize = 128 * 1024;

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
        let own = device.incarnation.clone().unwrap_or_default();
        let mut waiting: Vec<i64> = Vec::new();
        let mut villages = Vec::with_capacity(device.villages.len());
        for code in &device.villages {
            let code = code.to_string();
            let mut statement = tx.prepare_cached(
                "SELECT seq FROM change_log
                 WHERE village = ?1 AND seq > ?2 AND NOT (device = ?3 AND incarnation = ?4)",
            )?;
            let found = statement.query_map(
                params![code, int(request.cursor), device.id.as_bytes(), own],
                |r| r.get(0),
            )?;
            for seq in found {
                waiting.push(seq?);
            }
            let rows = household::running(tx, Log::Rows, &code, u64::MAX)?;
            villages.push(VillageRows {
                code,
                last_row: rows.last,
            });
        }
        waiting.sort_unstable();
        let (body, taken) = take(tx, &waiting, request.limit.min(MAX_BYTES) as usize)?;
        let remaining = waiting.len() - taken;
        let next = match taken.checked_sub(1).and_then(|last| waiting.get(last)) {
            Some(last) if remaining > 0 => unsigned(*last),
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

fn take(tx: &Transaction<'_>, waiting: &[i64], limit: usize) -> Result<(PullBody, usize)> {
    let mut statement = tx.prepare_cached(
        "SELECT household, body, device, person, role, kind FROM change_log WHERE seq = ?1",
    )?;
    let mut body = PullBody::default();
    let mut bytes = 0;
    for seq in waiting.iter().take(MAX_ENTRIES) {
        let (household, change, author, kind) = statement.query_row([seq], |r| {
            let author = Author {
                device: r.get::<_, [u8; 16]>(2)?.into(),
                person: r.get(3)?,
                role: r.get(4)?,
            };
            let kind: u8 = r.get(5)?;
            Ok((
                r.get::<_, [u8; 16]>(0)?,
                r.get::<_, Vec<u8>>(1)?,
                author,
                kind,
            ))
        })?;
        bytes += change.len() + 32;
        if bytes > limit && !body.entries.is_empty() {
            break;
        }
        let index = match body.authors.iter().position(|a| *a == author) {
            Some(index) => index,
            None => {
                body.authors.push(author);
                body.authors.len() - 1
            }
        };
        body.entries.push(Entry {
            seq: unsigned(*seq),
            household: household.into(),
            author: u32::try_from(index).unwrap_or(u32::MAX),
            change: change.into(),
            kind: (kind > 0).then_some(kind),
        });
    }
    let taken = body.entries.len();
    Ok((body, taken))
}
