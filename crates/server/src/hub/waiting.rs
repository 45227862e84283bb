//! A hub's side towards devices: it takes work in, keeps it for the district as it was signed, and tells devices what
//! the district said.

use super::withdraw;
use crate::{
    devices,
    error::{Result, ServerError},
    household::{int, unsigned},
    ingest,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{
    Digest32, MAX_SEALED, Opened, OutcomesReply, PushReply, SignedBatch, Verdict, digest,
};

/// Most bytes of answers in one piece.
const ANSWERS: usize = 256 * 1024;
/// Most answers in one piece.
const ANSWERS_AT_ONCE: i64 = 500;

/// Something that waits for the district.
pub(super) struct Waiting {
    pub id: i64,
    pub device: [u8; 16],
    pub sealed: bool,
    pub body: Vec<u8>,
}

fn keep(
    tx: &Tx<'_>,
    device: DeviceId,
    body: &[u8],
    (sealed, held): (bool, bool),
    now: u64,
) -> Result<Digest32> {
    let hash = digest(body);
    tx.execute(
        "INSERT INTO forward (device, hash, sealed, held, body, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hash) DO NOTHING",
        params![
            device.as_bytes(),
            hash.as_slice(),
            sealed,
            held,
            body,
            int(now)
        ],
    )?;
    Ok(hash)
}

/// Whether the hub may still take in later what it could not now.
fn may_pass(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(code) if code == "missing_dependency" || code == "unknown_household")
}

/// Takes a batch: what fits goes to the village's devices at once, all of it to the district later, whatever the hub
/// itself makes of it.
pub(crate) fn push(server: &Server, device: DeviceId, bytes: &[u8], now: u64) -> Result<PushReply> {
    let known = server.store.read(|tx| devices::find(tx, device))?;
    if let Ok(Opened::Packed(_)) = SignedBatch::open(bytes, &known.public_key, device.as_bytes()) {
        // The district could not unpack it. Only a program that did not read the greeting sends one.
        return Err(ServerError::refused(
            "unpack_failed",
            "a hub takes whole batches only",
        ));
    }
    let mut reply = ingest::push(server, device, bytes, now)?;
    let held = reply.verdicts.iter().any(may_pass);
    server
        .store
        .write(|tx| keep(tx, device, bytes, (false, held), now))?;
    for verdict in reply.verdicts.iter_mut().filter(|v| may_pass(v)) {
        // Here, and not yet among what the hub shows to others.
        *verdict = Verdict::Accepted(0);
    }
    Ok(reply)
}

/// Keeps something that only the district can read.
pub(super) fn relay(server: &Server, device: DeviceId, body: &[u8], now: u64) -> Result<Digest32> {
    if server.hub().is_none() {
        return Err(ServerError::refused("not_a_hub", "this server is no hub"));
    }
    if body.len() > MAX_SEALED {
        return Err(ServerError::refused(
            "batch_too_large",
            "a sealed piece is too large",
        ));
    }
    server.store.write(|tx| {
        devices::find(tx, device)?;
        keep(tx, device, body, (true, false), now)
    })
}

/// What the district said of a device's work, after a number.
pub(super) fn outcomes(server: &Server, device: DeviceId, after: u64) -> Result<OutcomesReply> {
    server.store.read(|tx| {
        let found = devices::find(tx, device)?;
        let mut reply = answers(tx, device, after)?;
        if server.hub().is_some() && !reply.more {
            let villages: Vec<String> = found.villages.iter().map(ToString::to_string).collect();
            reply.withdrawn = Some(withdraw::told(tx, &villages)?).filter(|all| !all.is_empty());
        }
        Ok(reply)
    })
}

pub(super) fn answers(tx: &Tx<'_>, device: DeviceId, after: u64) -> Result<OutcomesReply> {
    let mut reply = OutcomesReply {
        next: after,
        more: false,
        outcomes: Vec::new(),
        withdrawn: None,
    };
    // A little more than one answer: what does not fit comes with the next question.
    let found: Vec<(i64, Vec<u8>)> = tx.query(
        "SELECT id, body FROM outcome WHERE device = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        params![device.as_bytes(), int(after), ANSWERS_AT_ONCE + 1],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let mut size = 0;
    for (id, body) in found {
        size += body.len();
        let full = size > ANSWERS || reply.outcomes.len() as i64 >= ANSWERS_AT_ONCE;
        if full && !reply.outcomes.is_empty() {
            reply.more = true;
            break;
        }
        reply.next = unsigned(id);
        reply.outcomes.push(body.into());
    }
    Ok(reply)
}

/// Keeps the district's word for a device.
pub(super) fn keep_answer(tx: &Tx<'_>, device: &[u8], body: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO outcome (device, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![device, body],
    )?;
    Ok(())
}

/// The oldest thing behind a number that waits.
pub(super) fn next_waiting(tx: &Tx<'_>, after: i64) -> Result<Option<Waiting>> {
    tx.optional(
        "SELECT id, device, sealed, body FROM forward WHERE state = 0 AND id > ?1
         ORDER BY id LIMIT 1",
        params![after],
        |row| {
            Ok(Waiting {
                id: row.get(0)?,
                device: row.get(1)?,
                sealed: row.get(2)?,
                body: row.get(3)?,
            })
        },
    )
}

/// The district answered, or will not have it.
pub(super) fn settled(tx: &Tx<'_>, id: i64, reason: Option<&str>) -> Result<()> {
    tx.execute(
        "UPDATE forward SET state = ?2, reason = ?3 WHERE id = ?1",
        params![id, if reason.is_some() { 2_i64 } else { 1_i64 }, reason],
    )?;
    Ok(())
}

/// A batch that was answered is kept for a restore of the district; this one holds something of what was erased.
pub(super) fn forget(tx: &Tx<'_>, id: i64) -> Result<()> {
    tx.execute(
        "UPDATE forward SET body = ?2, state = 2, held = 0 WHERE id = ?1",
        params![id, Vec::<u8>::new()],
    )?;
    Ok(())
}

/// Takes in what the hub could not when it came, now that the district's changes are here.
pub(super) fn take_held(server: &Server, now: u64) -> Result<()> {
    let held_ones: Vec<(i64, [u8; 16], Vec<u8>)> = server.store.read(|tx| {
        tx.query(
            "SELECT id, device, body FROM forward WHERE held = 1 ORDER BY id",
            params![],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
    })?;
    for (id, device, body) in held_ones {
        let device = DeviceId(uuid::Uuid::from_bytes(device));
        let still = match ingest::push_late(server, device, &body, now) {
            Ok(reply) => reply.verdicts.iter().any(may_pass),
            // Revoked meanwhile: it has gone up all the same, and the district decides.
            Err(ServerError::Refused { .. }) => false,
            Err(trouble) => return Err(trouble),
        };
        if !still {
            server.store.write(|tx| {
                tx.execute("UPDATE forward SET held = 0 WHERE id = ?1", params![id])?;
                Ok(())
            })?;
        }
    }
    Ok(())
}

impl Server {
    /// What devices gave this hub for the district, as it came, oldest first: for those who look after a hub.
    pub fn forwarded(&self) -> Result<Vec<Vec<u8>>> {
        self.store.read(|tx| {
            tx.query("SELECT body FROM forward ORDER BY id", params![], |r| {
                r.get(0)
            })
        })
    }
}
