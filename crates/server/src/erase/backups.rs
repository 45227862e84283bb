//! Erasures reach the backups that this server made: each is rewritten without what was erased, under a new key, and
//! the old file's key is destroyed.

use crate::{
    backup::{Repacked, clear_leftovers, repack},
    error::Result,
    evidence,
    server::Server,
    store::params,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What became of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScrubReport {
    /// Erasures that were carried out in it; 0: it held nothing of them, and was left as it is.
    pub erased: usize,
}

impl Server {
    /// Rewrites every backup that this server knows of and that still holds something erased. Gives those that are clean
    /// now, and those that cannot be reached.
    pub(super) fn scrub_backups(&self, now: u64) -> Result<(Vec<String>, Vec<String>)> {
        let known: Vec<([u8; 16], String)> = self.store.read(|tx| {
            tx.query(
                "SELECT id, file FROM backup WHERE position < (SELECT coalesce(max(position), 0) FROM erasure)
                 ORDER BY at",
                params![],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
        })?;
        let (mut clean, mut left) = (Vec::new(), Vec::new());
        for (id, file) in known {
            // A backup that was broken off left a copy of the database, and no file. (One that is being made breaks off by
            // this: it would hold what was erased.)
            if !Path::new(&file).exists() && clear_leftovers(Path::new(&file), &id)? {
                self.store
                    .write(|tx| tx.execute("DELETE FROM backup WHERE id = ?1", params![id]))?;
                continue;
            }
            match self.scrub_backup(Path::new(&file), now) {
                Ok(_) => clean.push(file),
                Err(error) => {
                    tracing::warn!(code = error.code(), "a backup could not be rewritten");
                    left.push(file);
                }
            }
        }
        Ok((clean, left))
    }

    /// Carries out in a backup of this server all that was erased since it was made, and rewrites it under a new key.
    ///
    /// # Errors
    /// `not_a_backup`, `damaged_backup`, `wrong_server_key`, `other_server`.
    pub fn scrub_backup(&self, file: &Path, now: u64) -> Result<ScrubReport> {
        let erasures = self.erasures()?;
        let work = |copy: &Server| -> Result<usize> {
            let done = copy.erasures()?;
            let mut count = 0;
            for erasure in &erasures {
                let same = |e: &super::Erasure| {
                    (e.household, e.person) == (erasure.household, erasure.person)
                };
                if done.iter().any(same) {
                    continue;
                }
                match copy.erase_here(
                    erasure.household,
                    erasure.person,
                    &erasure.reason,
                    &erasure.account,
                    now,
                ) {
                    Ok(_) => count += 1,
                    // It came into the register after this backup was made.
                    Err(error) if error.code() == "not_known" => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(count)
        };
        let Repacked { id, worked } = repack(self, file, &work, now)?;
        let whole: PathBuf = std::path::absolute(file)?;
        self.store.write(|tx| {
            let head = evidence::seal(self, tx, now)?;
            // From here on it holds nothing of what was erased up to now.
            tx.execute(
                "UPDATE backup SET position = ?2, file = ?3 WHERE id = ?1",
                params![
                    id,
                    crate::household::int(head.position),
                    whole.to_string_lossy().into_owned()
                ],
            )?;
            Ok(())
        })?;
        Ok(ScrubReport { erased: worked })
    }
}
