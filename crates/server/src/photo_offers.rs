//! Which device offered which file for which record, and which villages are given it. The hash of a file stands in answers
//! that many devices have, so an offer alone shows nothing: a village is given a file once a device has sent its bytes for
//! a record of it.

use crate::{
    attachments::Hash,
    devices::Device,
    error::Result,
    household::{int, unsigned},
    hub::LIVE,
    moves,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, HouseholdId};
use uuid::Uuid;

/// What a device has sent of a file that is whole here.
pub(crate) struct Shown {
    pub(crate) bytes: u64,
    /// Nothing is left to be shown for any record for which it offered the file.
    pub(crate) all: bool,
}

pub(crate) fn note(
    tx: &Tx<'_>,
    device: DeviceId,
    hash: &Hash,
    household: HouseholdId,
) -> Result<()> {
    tx.execute(
        "INSERT INTO photo_offer (hash, household, device) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![hash, household.as_bytes(), device.as_bytes()],
    )?;
    Ok(())
}

/// Whether a device may send of a file: it was offered, by whichever device, for a record for which this one may write.
/// What was photographed before the record moved may still follow.
pub(crate) fn may_send(tx: &Tx<'_>, device: &Device, hash: &Hash) -> Result<bool> {
    let offered: Vec<([u8; 16], String)> = tx.query(
        "SELECT DISTINCT h.id, h.village FROM photo_offer o JOIN household h ON h.id = o.household WHERE o.hash = ?1",
        params![hash],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    for (id, village) in offered {
        let id = HouseholdId(Uuid::from_bytes(id));
        if device.covers(&village) || moves::left(tx, device, id)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The device sent the bytes of the whole file, or what was missing of it.
pub(crate) fn sent_all(tx: &Tx<'_>, device: DeviceId, hash: &Hash, len: u64) -> Result<()> {
    tx.execute(
        "UPDATE photo_offer SET sent = ?3, differs = 0, proven = 1 WHERE hash = ?1 AND device = ?2",
        params![hash, device.as_bytes(), int(len)],
    )?;
    Ok(())
}

/// What is left for a device to show of a file that is whole here and has `len` bytes.
pub(crate) fn shown(tx: &Tx<'_>, device: DeviceId, hash: &Hash, len: u64) -> Result<Shown> {
    let sent: i64 = tx.one(
        "SELECT coalesce(max(sent), 0) FROM photo_offer WHERE hash = ?1 AND device = ?2",
        params![hash, device.as_bytes()],
        |r| r.get(0),
    )?;
    if unsigned(sent) == len {
        sent_all(tx, device, hash, len)?;
        return Ok(Shown {
            bytes: len,
            all: true,
        });
    }
    // A village that is given it learns nothing from one more device of it.
    tx.execute(
        "UPDATE photo_offer SET proven = 1
         WHERE hash = ?1 AND device = ?2 AND proven = 0 AND household IN
             (SELECT mine.id FROM household mine WHERE mine.village IN
                 (SELECT h.village FROM photo_offer o JOIN household h ON h.id = o.household
                  WHERE o.hash = ?1 AND o.proven = 1))",
        params![hash, device.as_bytes()],
    )?;
    let left: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM photo_offer WHERE hash = ?1 AND device = ?2 AND proven = 0)",
        params![hash, device.as_bytes()],
        |r| r.get(0),
    )?;
    Ok(Shown {
        bytes: unsigned(sent),
        all: !left,
    })
}

/// Takes note of bytes that a device sent to show that it holds a file: `from` and `to` are how many it had sent before and
/// has now, `right` whether they are those of the file. Gives how many count.
pub(crate) fn show(
    tx: &Tx<'_>,
    device: DeviceId,
    hash: &Hash,
    (from, to): (u64, u64),
    (len, right): (u64, bool),
) -> Result<u64> {
    tx.execute(
        "UPDATE photo_offer SET sent = ?4, differs = CASE WHEN ?5 = 1 THEN differs ELSE 1 END
         WHERE hash = ?1 AND device = ?2 AND sent <= ?3",
        params![
            hash,
            device.as_bytes(),
            int(from),
            int(to),
            i64::from(right)
        ],
    )?;
    if to < len {
        return Ok(to);
    }
    let differs: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM photo_offer WHERE hash = ?1 AND device = ?2 AND differs = 1)",
        params![hash, device.as_bytes()],
        |r| r.get(0),
    )?;
    if !differs {
        sent_all(tx, device, hash, len)?;
        return Ok(len);
    }
    tx.execute(
        "UPDATE photo_offer SET sent = 0, differs = 0 WHERE hash = ?1 AND device = ?2",
        params![hash, device.as_bytes()],
    )?;
    Ok(0)
}

/// Whether a device of some village may be given a file that a record shows: it was sent for a record of the village, or
/// by the very device that wrote its name into this one.
pub(crate) fn reaches(
    tx: &Tx<'_>,
    device: &Device,
    household: HouseholdId,
    hash: &Hash,
) -> Result<bool> {
    let villages: Vec<String> = tx.query(
        "SELECT DISTINCT h.village FROM photo_offer o JOIN household h ON h.id = o.household
         WHERE o.hash = ?1 AND o.proven = 1",
        params![hash],
        |r| r.get(0),
    )?;
    if villages.iter().any(|village| device.covers(village)) {
        return Ok(true);
    }
    let name = hex::encode(hash);
    let mut found = false;
    let sql = format!(
        "SELECT body FROM change_log WHERE household = ?1 AND {LIVE} AND device IN
             (SELECT o.device FROM photo_offer o JOIN photo p ON p.hash = o.hash
              WHERE o.hash = ?2 AND o.sent = p.len)"
    );
    tx.each(&sql, params![household.as_bytes(), hash], |r| {
        let body: Vec<u8> = r.get(0)?;
        found |= body.windows(name.len()).any(|at| at == name.as_bytes());
        Ok(())
    })?;
    Ok(found)
}

/// Records for which the bytes of a file were sent.
pub(crate) fn owners(tx: &Tx<'_>, hash: &Hash) -> Result<Vec<HouseholdId>> {
    tx.query(
        "SELECT household FROM photo WHERE hash = ?1
         UNION SELECT household FROM photo_offer WHERE hash = ?1 AND proven = 1 ORDER BY 1",
        params![hash],
        |r| Ok(HouseholdId(Uuid::from_bytes(r.get(0)?))),
    )
}
