//! The end of every exchange: do both sides hold the same?

use crate::{
    devices,
    error::Result,
    evidence,
    household::{self, Log},
    server::Server,
    store::Tx,
};
use lawang_domain::DeviceId;
use lawang_sync::{CheckReply, CheckRequest, Checkpoint, Receipt, VillageCheck, encode};
use std::collections::BTreeSet;

pub(crate) fn check(
    server: &Server,
    device: DeviceId,
    request: &CheckRequest,
    now: u64,
) -> Result<CheckReply> {
    let differing = server.store.read(|tx| {
        let device = devices::find(tx, device)?;
        let lost = request.cursor > household::head(tx)?;
        let mut differing = Vec::new();
        for theirs in &request.villages {
            let ours = held(tx, &theirs.code, theirs.last_row, request.cursor)?;
            if lost || ours != *theirs || !device.covers(&theirs.code) {
                differing.push(ours);
            }
        }
        let named: BTreeSet<&str> = request.villages.iter().map(|v| v.code.as_str()).collect();
        for code in &device.villages {
            let code = code.to_string();
            if !named.contains(code.as_str()) {
                differing.push(held(tx, &code, u64::MAX, request.cursor)?);
            }
        }
        // Nothing about a village that the device may not see.
        differing.retain(|v| device.covers(&v.code) || !named.contains(v.code.as_str()));
        let foreign = named.iter().any(|code| !device.covers(code));
        let head = match evidence::head(tx)? {
            Some(head) => Some((head, evidence::signed(tx, head)?)),
            None => None,
        };
        Ok((differing, foreign || lost, head))
    })?;
    let (differing, wrong, head) = differing;
    let agreed = differing.is_empty() && !wrong;
    let id = server.id.into_bytes().into();
    let from = device;
    let receipt = if agreed {
        let device = (*device.as_bytes()).into();
        encode(&Receipt::issue(&server.key, id, device, now, request))
    } else {
        Vec::new()
    };
    server.metrics.exchange(agreed);
    let checkpoint = match head {
        Some((head, signed)) if agreed => {
            server.store.write(|tx| {
                if !signed {
                    evidence::sign(server, tx, head, now)?;
                }
                devices::agreed(tx, from, now)
            })?;
            let at = (head.position, head.entry);
            let found = Checkpoint::issue(&server.key, id, now, at, Some(&receipt));
            Some(encode(&found).into())
        }
        _ => None,
    };
    Ok(CheckReply {
        agreed,
        differing,
        receipt: receipt.into(),
        checkpoint,
    })
}

/// What the server holds of a village up to a row and a cursor: two lines are read, whatever its size.
pub(crate) fn held(tx: &Tx<'_>, village: &str, last_row: u64, cursor: u64) -> Result<VillageCheck> {
    let rows = household::running(tx, Log::Rows, village, last_row)?;
    let changes = household::running(tx, Log::Changes, village, cursor)?;
    let mut digest = rows.digest;
    digest.merge(&changes.digest);
    Ok(VillageCheck {
        code: village.to_owned(),
        last_row,
        rows: rows.count,
        changes: changes.count,
        digest: digest.0.into(),
    })
}
