//! Builds the cache anew from the two logs.

use crate::{error::Result, household, restrict, server::Server, store::params};
use lawang_domain::HouseholdId;
use uuid::Uuid;

impl Server {
    /// Rebuilds every household that was ever changed. Gives their number.
    pub fn rebuild(&self) -> Result<usize> {
        let changed: Vec<[u8; 16]> = self.store.read(|tx| {
            let sql = "SELECT DISTINCT household FROM change_log";
            tx.query(sql, params![], |r| r.get(0))
        })?;
        for id in &changed {
            self.store.write(|tx| {
                match household::from_logs(tx, HouseholdId(Uuid::from_bytes(*id)))? {
                    Some(found) => {
                        restrict::refresh(tx, found.id)?;
                        household::save(tx, &self.forms, &found)
                    }
                    None => Ok(()),
                }
            })?;
        }
        Ok(changed.len())
    }
}
