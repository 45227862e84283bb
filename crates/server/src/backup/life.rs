//! Lives of a server: each restore begins one. What it acknowledged after the backup was made is gone here, and devices
//! have it still.

use crate::{
    devices::join,
    error::{Result, ServerError},
    evidence::{self, Body},
    household::{self, int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, Role, VillageCode};
use lawang_sync::{Life, Proof, decode};
use serde::Serialize;

/// All restores of this store, oldest first.
pub(crate) fn lives(tx: &Tx<'_>) -> Result<Vec<Life>> {
    tx.query(
        "SELECT id, kept, kept_rows FROM life ORDER BY number",
        params![],
        |r| {
            Ok(Life {
                id: r.get::<[u8; 8]>(0)?.into(),
                kept: unsigned(r.get(1)?),
                kept_rows: unsigned(r.get(2)?),
            })
        },
    )
}

/// A device that the server knows again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readmitted {
    /// Its id, as it was.
    pub device: DeviceId,
    /// Receipts of this server that it showed.
    pub receipts: usize,
}

impl Server {
    /// Begins a new life: this store is an older copy than devices remember. At their next exchange they send again what
    /// came after it. `restore` does it; after a copy by other means the administrator has to.
    pub fn begin_life(&self, now: u64) -> Result<()> {
        let id: [u8; 8] = self.entropy.bytes()?;
        self.store.write(|tx| {
            let kept = household::head(tx)?;
            let kept_rows: Option<i64> =
                tx.one("SELECT max(row_seq) FROM row_log", params![], |r| r.get(0))?;
            let kept_rows = kept_rows.unwrap_or(0);
            let mut note = id.to_vec();
            note.extend_from_slice(&kept.to_be_bytes());
            note.extend_from_slice(&unsigned(kept_rows).to_be_bytes());
            let before = evidence::seal(self, tx, now)?;
            let body = Body {
                note,
                ..Body::default()
            };
            evidence::note(self, tx, "restored", &body, now)?;
            tx.execute(
                "INSERT INTO life (id, kept, kept_rows, position, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id, int(kept), kept_rows, int(before.position), int(now)],
            )?;
            Ok(())
        })
    }

    /// Takes a device back that was enrolled after the backup was made: it shows receipts that this server signed for it.
    ///
    /// # Errors
    /// `not_a_receipt` when none of them is this server's word for this device, `device_known` when it is here already
    /// with another key.
    pub fn readmit(
        &self,
        device: DeviceId,
        public_key: [u8; 32],
        proofs: &[Vec<u8>],
        (person, role, villages): (&str, Role, &[VillageCode]),
        now: u64,
    ) -> Result<Readmitted> {
        let good = proofs
            .iter()
            .filter_map(|bytes| decode::<Proof>(bytes)?.verify(&self.key.public()).ok())
            .filter(|proved| *proved.receipt.device == *device.as_bytes())
            .count();
        if good == 0 {
            return Err(ServerError::refused(
                "not_a_receipt",
                "the file holds no receipt that this server gave to this device",
            ));
        }
        self.store.write(|tx| {
            let known: Option<[u8; 32]> = tx.optional(
                "SELECT public_key FROM device WHERE id = ?1",
                params![device.as_bytes()],
                |r| r.get(0),
            )?;
            match known {
                Some(key) if key == public_key => return Ok(()),
                Some(_) => {
                    return Err(ServerError::refused(
                        "device_known",
                        "a device of this id is here with another key",
                    ));
                }
                None => {}
            }
            tx.execute(
                "INSERT INTO device (id, public_key, person, role, villages, app, enrolled_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, '', ?6)",
                params![
                    device.as_bytes(),
                    public_key,
                    person,
                    role.as_str(),
                    join(villages),
                    int(now)
                ],
            )?;
            Ok(())
        })?;
        Ok(Readmitted {
            device,
            receipts: good,
        })
    }
}
