//! What registers outside say of the register's persons: the civil registry and the lists of programmes, imported at the
//! district, matched with the register, dated, and told to those who verify. Likewise who may stand in another village. It is advice: nothing is refused for it, and
//! it stands beside the records, not in them.

mod civil;
pub(crate) mod elsewhere;
mod lists;
mod package;
mod programme;
mod register;
mod report;
#[cfg(test)]
mod tests;
mod write;

pub use civil::Progress;
pub use lists::{FindingLine, PastLine, RecipientLine};
pub(crate) use package::{keep, offers, part, stamp};
pub use report::{Bands, Entries, FindingsReport, Flags, Matched, Written};

use crate::{
    error::Result,
    store::{Tx, params},
};
use lawang_domain::{HouseholdId, InstanceId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Lets go of what was said of a record: all of it, or of those who are not among the persons kept.
pub(crate) fn forget(
    tx: &Tx<'_>,
    household: HouseholdId,
    kept: Option<&BTreeSet<InstanceId>>,
) -> Result<()> {
    elsewhere::unmention(tx, household, kept)?;
    let members: Vec<[u8; 16]> = tx.query(
        "SELECT DISTINCT member FROM finding WHERE household = ?1",
        params![household.as_bytes()],
        |r| r.get(0),
    )?;
    for member in members {
        let id = InstanceId(Uuid::from_bytes(member));
        if kept.is_none_or(|kept| !kept.contains(&id)) {
            tx.execute(
                "DELETE FROM finding WHERE household = ?1 AND member = ?2",
                params![household.as_bytes(), member],
            )?;
        }
    }
    stale(tx, household)
}

/// What travels of the record's village has to be made anew.
pub(crate) fn stale(tx: &Tx<'_>, household: HouseholdId) -> Result<()> {
    tx.execute(
        "UPDATE finding_package SET body = ?2
         WHERE village = (SELECT village FROM household WHERE id = ?1)",
        params![household.as_bytes(), Vec::<u8>::new()],
    )?;
    Ok(())
}
