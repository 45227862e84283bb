//! Builds the cache anew from the two logs.

use crate::{error::Result, household, server::Server};
use lawang_domain::HouseholdId;
use uuid::Uuid;

impl Server {
    /// Rebuilds every household that was ever changed. Gives their number.
    pub fn rebuild(&self) -> Result<usize> {
        let changed: Vec<[u8; 16]> = self.store.read(|tx| {
            let mut statement = tx.prepare("SELECT DISTINCT household FROM change_log")?;
            let all = statement.query_map([], |r| r.get(0))?;
            Ok(all.collect::<rusqlite::Result<_>>()?)
        })?;
        for id in &changed {
            self.store.write(|tx| {
                match household::from_logs(tx, HouseholdId(Uuid::from_bytes(*id)))? {
                    Some(found) => household::save(tx, &self.forms, &found),
                    None => Ok(()),
                }
            })?;
        }
        Ok(changed.len())
    }
}
