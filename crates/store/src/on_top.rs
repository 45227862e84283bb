//! Whose list a household stands on top of: it came back to that person, or was given to them. Everybody of a village has
//! the same records, and only one is to go there.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use rusqlite::Transaction;

/// Who holds the device.
const PERSON: &str = "person";
/// For whom the lists were ordered last.
const ORDERED_FOR: &str = "on_top_of";

/// 1 where it is this person's (`me`) to go there. What was given to nobody comes back to who visited. What was given to
/// somebody after another one's visit stands on top until they have visited themselves.
const MINE: &str = "CASE
    WHEN coalesce(r.assigned, '') = '' THEN h.state = 'returned' AND coalesce(d.enumerator, '') IN ('', me)
    WHEN r.assigned <> me OR h.state = 'verified' THEN 0
    ELSE h.state IN ('returned', 'not_visited', 'in_progress') OR coalesce(d.enumerator, '') <> me END";
const OF: &str = "household h LEFT JOIN review r ON r.household = h.household
    LEFT JOIN desk d ON d.household = h.household";

impl Store {
    /// Orders one household anew, in the transaction that wrote what it follows from.
    pub fn put_on_top(tx: &Transaction<'_>, household: HouseholdId) -> Result<(), StoreError> {
        // Almost always nothing changes, and then nothing is written.
        tx.prepare_cached(&format!(
            "UPDATE household SET on_top = 1 - on_top WHERE household = ?1 AND on_top <>
                 (SELECT {MINE} FROM {OF}, (SELECT CAST(coalesce(max(value), x'') AS TEXT) AS me FROM meta WHERE key = '{PERSON}')
                  WHERE h.household = ?1)"
        ))?
        .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Orders all lists anew when somebody else holds the device than the last time, or an earlier program ordered them.
    pub fn order_lists(&mut self, person: &str) -> Result<(), StoreError> {
        if self.meta(ORDERED_FOR)?.as_deref() == Some(person.as_bytes()) {
            return Ok(());
        }
        self.transact(|tx| {
            Self::put_meta(tx, PERSON, person.as_bytes())?;
            Self::put_meta(tx, ORDERED_FOR, person.as_bytes())?;
            tx.execute("UPDATE household SET on_top = 0 WHERE on_top <> 0", [])?;
            tx.execute(
                &format!(
                    "UPDATE household SET on_top = 1 WHERE id IN (SELECT h.id FROM {OF}, (SELECT ?1 AS me) WHERE {MINE})"
                ),
                [person],
            )?;
            Ok(())
        })
    }
}
