//! Files from devices, taken in by the district or handed on by a hub; and answers written back.

use super::{district, upstream::for_good, waiting};
use crate::{
    devices,
    error::{Result, ServerError},
    server::Server,
};
use lawang_domain::DeviceId;
use lawang_sync::{CourierError, CourierFile, CourierReader, Piece, SignedOutcomes, Verdict};
use serde::Serialize;
use std::io::{Read, Write};
use uuid::Uuid;

/// What a file brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CourierReport {
    /// The device that wrote it.
    pub device: String,
    /// Sealed pieces in it.
    pub pieces: u32,
    /// Rows, changes and photos that are here now.
    pub accepted: u32,
    /// Rows and changes in quarantine.
    pub refused: u32,
    /// Pieces that build on what is not here yet: take the file in again later.
    pub waiting: u32,
    /// Pieces that a hub keeps for its district.
    pub kept: u32,
    /// Pieces whose bytes are not those that the device wrote.
    pub damaged: u32,
    /// Whole pieces that the district will not have.
    pub rejected: u32,
}

fn bad(error: CourierError) -> ServerError {
    match error {
        CourierError::Io(error) => error.into(),
        CourierError::Cut(_) => ServerError::refused("cut_courier_file", error.to_string())
            .hint("what came before is taken in; copy the file again and take it in once more"),
        other => ServerError::refused("bad_courier_file", other.to_string())
            .hint("choose the file that `lawang device export-batch` wrote"),
    }
}

impl Server {
    /// Takes a courier file in: at the district all of it, at a hub for the district. Twice is once.
    ///
    /// # Errors
    /// `bad_courier_file`, `cut_courier_file`, `other_district`, `unknown_device`, `revoked`, `bad_seal`.
    pub fn import_courier(&self, input: impl Read, now: u64) -> Result<CourierReport> {
        let mut file = CourierReader::open(input).map_err(bad)?;
        let device = DeviceId(Uuid::from_bytes(file.device));
        let district = self.hub().map_or(self.id.into_bytes(), |hub| *hub.district);
        if file.district != district {
            return Err(ServerError::refused(
                "other_district",
                "the file is for another district",
            ));
        }
        self.store
            .read(|tx| devices::find(tx, device).map(|_| ()))?;
        let mut report = CourierReport {
            device: device.to_string(),
            ..CourierReport::default()
        };
        while let Some(piece) = file.piece().map_err(bad)? {
            report.pieces += 1;
            let Piece::Whole(piece) = piece else {
                report.damaged += 1;
                continue;
            };
            if self.hub().is_some() {
                waiting::relay(self, device, &piece, now)?;
                report.kept += 1;
                continue;
            }
            let reply = match district::sealed(self, device, &piece, now) {
                Ok(reply) => reply,
                // One piece must not keep the others back.
                Err(ServerError::Refused { code, .. }) if for_good(code) && code != "revoked" => {
                    tracing::warn!(%device, code, "a piece of a courier file is refused");
                    report.rejected += 1;
                    continue;
                }
                Err(ServerError::Refused { code, .. }) if lawang_sync::is_not_now(code) => {
                    tracing::warn!(%device, "a piece of a photo cannot be taken in now; it waits");
                    report.waiting += 1;
                    continue;
                }
                Err(other) => return Err(other),
            };
            if reply.again {
                report.waiting += 1;
            }
            let list = SignedOutcomes::open(&reply.outcomes, &self.key.public())
                .map(|o| o.list)
                .unwrap_or_default();
            for outcome in &list {
                match outcome.verdict {
                    Verdict::Accepted(_) => report.accepted += 1,
                    Verdict::Refused(_) => report.refused += 1,
                }
            }
            if !list.is_empty() {
                self.store
                    .write(|tx| waiting::keep_answer(tx, device.as_bytes(), &reply.outcomes))?;
            }
        }
        Ok(report)
    }

    /// Writes all that the district said of a device's work into a file for that device. Gives the number of answers.
    ///
    /// # Errors
    /// `unknown_device`, `revoked`, and what the disk says.
    pub fn export_answers(&self, device: DeviceId, out: &mut dyn Write) -> Result<u32> {
        let district = self.hub().map_or(self.id.into_bytes(), |hub| *hub.district);
        let mut file = CourierFile::answers(out, device.as_bytes(), &district)?;
        let (mut after, mut written) = (0, 0);
        loop {
            let reply = waiting::outcomes(self, device, after)?;
            for answer in &reply.outcomes {
                file.put(answer)?;
                written += 1;
            }
            after = reply.next;
            if !reply.more {
                break;
            }
        }
        file.finish()?;
        Ok(written)
    }
}
