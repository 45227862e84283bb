//! The server was restored from a backup: what it acknowledged after that backup was made is sent again. Or this
//! database is an old copy: then the device goes on under another actor and fetches again what it lost.

use super::local::INCARNATIONS;
use crate::{
    device::{Device, INCARNATION, MADE},
    environment::random,
    error::AppError,
};
use lawang_domain::{DocumentKind, Writer, may_touch};
use lawang_store::Store;
use lawang_sync::{HelloReply, Incarnation, Life, actor_of};

/// The newest life of the server that this device knows of.
const LIFE: &str = "server_life";

/// When this device last began a new life because it differed from the district; milliseconds since 1970.
const DOUBTED: &str = "doubted";
const DAY_MS: i64 = 86_400_000;

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

    /// This database is an old copy. From here on it writes under a new actor, and fetches again what it may have lost.
    pub(super) fn begin_new_life(&mut self) -> Result<(), AppError> {
        let fresh: Incarnation = random(self.environment.as_ref());
        let mut joined: Vec<u8> = self.incarnations()?.iter().flatten().copied().collect();
        joined.extend_from_slice(&fresh);
        self.store.transact(|tx| {
            Store::put_meta(tx, INCARNATIONS, &joined)?;
            Store::put_meta(tx, INCARNATION, &fresh)?;
            Store::put_meta(tx, MADE, &0u64.to_be_bytes())?;
            Store::forget_cursors(tx)
        })?;
        self.incarnation = fresh;
        self.actor = actor_of(&self.key.public(), &fresh);
        self.open = None;
        Ok(())
    }

    /// After everything was sent and fetched the two sides differ: as they do when this database is an old copy on which
    /// as much was made since as was lost, which the server cannot tell from the numbers. The next exchange fetches all
    /// again. At most once a day: a difference that stays must not cost a download each time.
    pub(super) fn doubt_this_copy(&mut self) -> Result<(), AppError> {
        let last = self.store.meta(DOUBTED)?.and_then(|v| v.try_into().ok());
        let last = last.map_or(0, i64::from_be_bytes);
        let now = self.now();
        if last != 0 && (now - last).abs() < DAY_MS {
            return Ok(());
        }
        self.store
            .transact(|tx| Store::put_meta(tx, DOUBTED, &now.to_be_bytes()))?;
        self.begin_new_life()
    }
}
