//! Messages in parts where several processes answer at one address: whichever the next piece comes to, it finds the
//! pieces before.

use crate::{
    error::Result,
    household::{int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{Digest32, MAX_PARTS_OF_DEVICE, Part, PartStore, RemoteError};

/// What nobody asked for so long is forgotten, ms.
const FORGOTTEN: u64 = 24 * 3_600_000;

/// The parts that all processes on one database share.
pub(crate) struct SharedParts<'a> {
    pub server: &'a Server,
    /// Milliseconds since 1970.
    pub now: u64,
}

impl SharedParts<'_> {
    fn work<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> std::result::Result<T, RemoteError> {
        Ok(self.server.store.apart(work)?)
    }

    fn forget(&self, tx: &Tx<'_>) -> Result<()> {
        let before = self.now.saturating_sub(FORGOTTEN);
        tx.execute("DELETE FROM part WHERE heard < ?1", params![int(before)])?;
        Ok(())
    }
}

/// Bytes of a message that are there, from its start.
fn have(tx: &Tx<'_>, device: DeviceId, id: &Digest32) -> Result<u64> {
    let end: Option<i64> = tx.one(
        "SELECT max(start + length(body)) FROM part WHERE device = ?1 AND hash = ?2",
        params![device.as_bytes(), id.as_slice()],
        |r| r.get(0),
    )?;
    Ok(unsigned(end.unwrap_or(0)))
}

fn remove(tx: &Tx<'_>, device: DeviceId, id: &Digest32) -> Result<()> {
    tx.execute(
        "DELETE FROM part WHERE device = ?1 AND hash = ?2",
        params![device.as_bytes(), id.as_slice()],
    )?;
    Ok(())
}

/// A device keeps no more than its share: beyond that its messages are forgotten, and begin again.
fn make_room(tx: &Tx<'_>, device: DeviceId, more: usize) -> Result<()> {
    let held: Option<i64> = tx.one(
        "SELECT sum(length(body)) FROM part WHERE device = ?1",
        params![device.as_bytes()],
        |r| r.get(0),
    )?;
    if unsigned(held.unwrap_or(0)) + more as u64 > MAX_PARTS_OF_DEVICE as u64 {
        let mine = "DELETE FROM part WHERE device = ?1";
        tx.execute(mine, params![device.as_bytes()])?;
    }
    Ok(())
}

fn insert(
    tx: &Tx<'_>,
    device: DeviceId,
    id: &Digest32,
    at: u64,
    bytes: &[u8],
    now: u64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO part (device, hash, start, body, heard) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![device.as_bytes(), id.as_slice(), int(at), bytes, int(now)],
    )?;
    Ok(())
}

impl PartStore for SharedParts<'_> {
    fn append(&mut self, device: DeviceId, part: &Part) -> std::result::Result<u64, RemoteError> {
        let bytes = part.bytes.as_slice();
        let len = bytes.len() as u64;
        self.work(|tx| {
            if part.offset == 0 {
                self.forget(tx)?;
            }
            make_room(tx, device, bytes.len())?;
            let there = have(tx, device, &part.id)?;
            if part.offset != there || there + len > part.total || bytes.is_empty() {
                return Ok(there);
            }
            insert(tx, device, &part.id, there, bytes, self.now)?;
            Ok(there + len)
        })
    }

    fn take(
        &mut self,
        device: DeviceId,
        id: Digest32,
    ) -> std::result::Result<Option<Vec<u8>>, RemoteError> {
        self.work(|tx| {
            let mut whole = Vec::new();
            let mut any = false;
            tx.each(
                "SELECT body FROM part WHERE device = ?1 AND hash = ?2 ORDER BY start",
                params![device.as_bytes(), id.as_slice()],
                |r| {
                    any = true;
                    whole.extend_from_slice(&r.get::<Vec<u8>>(0)?);
                    Ok(())
                },
            )?;
            remove(tx, device, &id)?;
            Ok(any.then_some(whole))
        })
    }

    fn put(
        &mut self,
        device: DeviceId,
        id: Digest32,
        bytes: Vec<u8>,
    ) -> std::result::Result<(), RemoteError> {
        self.work(|tx| {
            self.forget(tx)?;
            remove(tx, device, &id)?;
            make_room(tx, device, bytes.len())?;
            insert(tx, device, &id, 0, &bytes, self.now)
        })
    }

    fn read(
        &mut self,
        device: DeviceId,
        id: Digest32,
        offset: u64,
        max: u32,
    ) -> std::result::Result<Option<(u64, Vec<u8>)>, RemoteError> {
        // An answer never has so many bytes; the database counts them in 31 bits.
        let offset = offset.min(1 << 30);
        self.work(|tx| {
            tx.optional(
                "SELECT length(body), substr(body, ?3 + 1, ?4) FROM part
                 WHERE device = ?1 AND hash = ?2 AND start = 0",
                params![
                    device.as_bytes(),
                    id.as_slice(),
                    int(offset),
                    max.min(1 << 30)
                ],
                |r| Ok((unsigned(r.get(0)?), r.get(1)?)),
            )
        })
    }
}
