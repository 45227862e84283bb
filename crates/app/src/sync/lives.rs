//! The server was restored from a backup: what it acknowledged after that backup was made is sent again.

use crate::{device::Device, error::AppError};
use lawang_domain::{DocumentKind, Writer, may_touch};
use lawang_store::Store;
use lawang_sync::{HelloReply, Life};

/// The newest life of the server that this device knows of.
const LIFE: &str = "server_life";

impl Device {
    /// Compares what the server says of its lives with what this device knows; marks what was lost as not sent. True
    /// when anything happened since.
    pub(super) fn note_lives(&mut self, reply: &HelloReply) -> Result<bool, AppError> {
        let lives = reply.lives.as_deref().unwrap_or_default();
        let known: Option<[u8; 8]> = self.store.meta(LIFE)?.and_then(|id| id.try_into().ok());
        let Some((kept, kept_rows)) = Life::lost_since(lives, known) else {
            return Ok(false);
        };
        let newest = lives.last().map_or(Vec::new(), |life| life.id.to_vec());
        let me = self.id();
        let villages = self.assigned()?;
        let writer = Writer {
            role: self.role(),
            villages: &villages,
        };
        let writes = villages
            .first()
            .is_some_and(|v| may_touch(writer, DocumentKind::FieldAnswers, *v).is_ok());
        let lost = self.store.transact(|tx| {
            let lost = Store::server_lost(tx, me, writes, kept, kept_rows)?;
            Store::put_meta(tx, LIFE, &newest)?;
            Ok(lost)
        })?;
        // An older page may be on its way into the tables, and a form may be open at changes that are to be sent again.
        self.open = None;
        tracing::warn!(lost, "the server was restored from a backup");
        Ok(true)
    }
}
