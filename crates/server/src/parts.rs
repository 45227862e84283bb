//! Messages in parts: in memory, or in the database where several processes answer at one address, so that whichever
//! the next piece comes to finds the pieces before. Both are bounded, per device and in all, and what nobody asked for
//! a while is forgotten: such a message begins again.

use crate::{
    error::Result,
    household::{int, unsigned},
    server::Server,
    store::{Tx, lock, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{
    COST_OF_MESSAGE, Digest32, MAX_MESSAGES_OF_DEVICE, MAX_PARTS_OF_DEVICE, Part, PartStore, Parts,
    RemoteError, new_bytes,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Most bytes that all devices' parts take in memory.
const MAX_IN_MEMORY: usize = 128 * 1024 * 1024;
/// Devices whose parts are in memory at once.
const MAX_DEVICES: usize = 1_024;
/// What nobody asked for so long is forgotten in memory, ms.
const FORGOTTEN_IN_MEMORY: u64 = 3_600_000;

/// The parts of a server that is alone on its store.
#[derive(Default)]
pub(crate) struct MemoryParts(Mutex<HashMap<DeviceId, Unfinished>>);

/// A device's messages in parts.
#[derive(Default)]
struct Unfinished {
    /// When it was heard of last, milliseconds since 1970.
    heard: u64,
    /// Bytes that its parts had when its last request was done.
    bytes: Arc<AtomicUsize>,
    parts: Arc<Mutex<Parts>>,
}

impl MemoryParts {
    /// Works with one device's parts; its requests wait for each other. `now`: milliseconds since 1970.
    pub(crate) fn with<T>(
        &self,
        device: DeviceId,
        now: u64,
        work: impl FnOnce(&mut Parts) -> T,
    ) -> T {
        let (parts, bytes) = self.of(device, now);
        let mut parts = lock(&parts);
        let done = work(&mut parts);
        bytes.store(parts.bytes(), Ordering::Relaxed);
        done
    }

    fn of(&self, device: DeviceId, now: u64) -> (Arc<Mutex<Parts>>, Arc<AtomicUsize>) {
        let mut all = lock(&self.0);
        let size = |found: &Unfinished| found.bytes.load(Ordering::Relaxed);
        if !all.contains_key(&device) {
            all.retain(|_, found| {
                let used = Arc::strong_count(&found.parts) > 1;
                let fresh = found.heard.saturating_add(FORGOTTEN_IN_MEMORY) >= now;
                used || (fresh && size(found) > 0)
            });
        }
        let entry = all.entry(device).or_default();
        entry.heard = now;
        let found = (entry.parts.clone(), entry.bytes.clone());
        // Those heard of longest ago make room.
        while all.len() > MAX_DEVICES || all.values().map(size).sum::<usize>() > MAX_IN_MEMORY {
            let others = all.iter().filter(|(id, _)| **id != device);
            let oldest = others.min_by_key(|(_, found)| found.heard);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            all.remove(&oldest);
        }
        found
    }
}

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

/// A device keeps no more than its share: beyond that its messages are forgotten, and begin again. Of messages under way
/// beside this one the oldest goes when there are too many.
fn make_room(tx: &Tx<'_>, device: DeviceId, id: &Digest32, more: usize) -> Result<()> {
    let (held, others) = tx.one(
        "SELECT sum(length(body)), count(*), count(DISTINCT CASE WHEN hash <> ?2 THEN hash END)
         FROM part WHERE device = ?1",
        params![device.as_bytes(), id.as_slice()],
        |r| {
            let held = unsigned(r.get::<Option<i64>>(0)?.unwrap_or(0));
            let pieces = unsigned(r.get(1)?);
            Ok((held + pieces * COST_OF_MESSAGE as u64, unsigned(r.get(2)?)))
        },
    )?;
    if held + (more + COST_OF_MESSAGE) as u64 > MAX_PARTS_OF_DEVICE as u64 {
        let mine = "DELETE FROM part WHERE device = ?1";
        tx.execute(mine, params![device.as_bytes()])?;
    } else if others >= MAX_MESSAGES_OF_DEVICE as u64 {
        tx.execute(
            "DELETE FROM part WHERE device = ?1 AND hash IN (
                 SELECT hash FROM part WHERE device = ?1 AND hash <> ?2
                 GROUP BY hash ORDER BY max(heard), hash LIMIT ?3)",
            params![
                device.as_bytes(),
                id.as_slice(),
                int(others + 1 - MAX_MESSAGES_OF_DEVICE as u64)
            ],
        )?;
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
        self.work(|tx| {
            if part.offset == 0 {
                self.forget(tx)?;
            }
            let there = have(tx, device, &part.id)?;
            if new_bytes(part, there).is_empty() {
                return Ok(there);
            }
            make_room(tx, device, &part.id, part.bytes.len())?;
            // It may have been forgotten with the others.
            let there = have(tx, device, &part.id)?;
            let new = new_bytes(part, there);
            if new.is_empty() {
                return Ok(there);
            }
            insert(tx, device, &part.id, there, new, self.now)?;
            Ok(there + new.len() as u64)
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
            make_room(tx, device, &id, bytes.len())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: u8, bytes: usize) -> Part {
        Part {
            id: [id; 32].into(),
            total: 8 * 1024 * 1024,
            offset: 0,
            bytes: vec![0; bytes].into(),
        }
    }

    fn device(number: u32) -> DeviceId {
        DeviceId(uuid::Uuid::from_u128(u128::from(number)))
    }

    #[test]
    fn parts_in_memory_are_bounded_and_those_heard_of_longest_ago_are_forgotten() {
        let all = MemoryParts::default();
        let keep = |number: u32, bytes, now| {
            let device = device(number);
            all.with(device, now, |parts| parts.append(device, &part(1, bytes)))
        };
        // Whoever has nothing unfinished takes no room.
        for number in 0..3_000 {
            all.with(device(number), 1, |_| ());
        }
        assert!(lock(&all.0).len() <= 1, "{}", lock(&all.0).len());
        for number in 0..40 {
            let now = 10 + u64::from(number);
            assert_eq!(keep(number, 7_000_000, now), Ok(7_000_000));
        }
        let kept: usize = lock(&all.0)
            .values()
            .map(|found| found.bytes.load(Ordering::Relaxed))
            .sum();
        assert!(kept <= MAX_IN_MEMORY + 7_000_000, "{kept}");
        // The newest is there and goes on; the oldest begins again.
        assert_eq!(keep(39, 7_000_001, 100), Ok(7_000_001));
        assert_eq!(keep(0, 5, 101), Ok(5));
    }

    #[test]
    fn parts_that_nobody_asked_for_in_an_hour_are_forgotten() {
        let all = MemoryParts::default();
        let (old, new) = (device(1), device(2));
        assert_eq!(
            all.with(old, 0, |parts| parts.append(old, &part(1, 9))),
            Ok(9)
        );
        all.with(new, FORGOTTEN_IN_MEMORY, |_| ());
        assert_eq!(
            all.with(old, 5, |parts| parts.append(old, &part(1, 1))),
            Ok(9)
        );
        let later = 2 * FORGOTTEN_IN_MEMORY + 9;
        all.with(device(3), later, |_| ());
        assert_eq!(
            all.with(old, later, |parts| parts.append(old, &part(1, 1))),
            Ok(1)
        );
    }
}
