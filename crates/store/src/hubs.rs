//! What hubs hold, beside the logs: cursors and marks for each of them.

use crate::{Store, StoreError, Unsent, log::blob16, syncing::Waiting};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId};
use lawang_records::Hash;
use lawang_sync::SetDigest;
use rusqlite::{OptionalExtension, Transaction};
use std::collections::BTreeSet;

/// A hub that this device exchanged with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRow {
    /// Its store.
    pub server: [u8; 16],
    pub name: String,
    pub address: String,
    /// Signed by the district.
    pub certificate: Vec<u8>,
    /// In the hub's order of changes.
    pub cursor: u64,
    /// Number of the newest answer of the district that was fetched there.
    pub outcome: u64,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Kinds of things, as the protocol numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Row = 0,
    Change = 1,
    Photo = 2,
}

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Store {
    /// A hub as it is known here.
    pub fn hub(&self, server: &[u8; 16]) -> Result<Option<HubRow>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT name, address, certificate, cursor, outcome, at FROM hub WHERE server = ?1",
            )?
            .query_row([server.as_slice()], |r| {
                Ok(HubRow {
                    server: *server,
                    name: r.get(0)?,
                    address: r.get(1)?,
                    certificate: r.get(2)?,
                    cursor: r.get::<_, i64>(3)?.unsigned_abs(),
                    outcome: r.get::<_, i64>(4)?.unsigned_abs(),
                    at: r.get(5)?,
                })
            })
            .optional()?)
    }

    /// All hubs that this device exchanged with, the newest exchange first.
    pub fn hubs(&self) -> Result<Vec<HubRow>, StoreError> {
        let servers: Vec<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT server FROM hub ORDER BY at DESC")?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let mut all = Vec::with_capacity(servers.len());
        for server in servers {
            if let Ok(server) = <[u8; 16]>::try_from(server) {
                all.extend(self.hub(&server)?);
            }
        }
        Ok(all)
    }

    /// Households that wait for the district and of which some hub has everything.
    pub fn unsent_at_hubs(&self) -> Result<u32, StoreError> {
        self.all_marked("IN (SELECT server FROM hub)", None)
    }

    /// The same for a courier file, by the id under which its things are marked.
    pub fn unsent_in_file(&self, file: &[u8; 16]) -> Result<u32, StoreError> {
        self.all_marked("= ?1", Some(file))
    }

    fn all_marked(&self, servers: &str, file: Option<&[u8; 16]>) -> Result<u32, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT household FROM change_log WHERE state = 0
                                   UNION SELECT household FROM row_log WHERE state = 0) w
             WHERE NOT EXISTS (SELECT 1 FROM draft_entry d WHERE d.household = w.household AND d.folded = 0)
               AND NOT EXISTS (SELECT 1 FROM change_log c WHERE c.household = w.household AND c.state = 0
                     AND NOT EXISTS (SELECT 1 FROM hub_thing t WHERE t.server {servers} AND t.kind = 1 AND t.id = c.hash))
               AND NOT EXISTS (SELECT 1 FROM row_log r WHERE r.household = w.household AND r.state = 0
                     AND NOT EXISTS (SELECT 1 FROM hub_thing t WHERE t.server {servers} AND t.kind = 0 AND t.id = r.household))"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        Ok(match file {
            Some(file) => select.query_row([file.as_slice()], |r| r.get(0))?,
            None => select.query_row([], |r| r.get(0))?,
        })
    }

    /// Notes an exchange with a hub; cursors stay.
    pub fn note_hub(tx: &Transaction<'_>, hub: &HubRow) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO hub (server, name, address, certificate, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (server) DO UPDATE SET name = excluded.name, address = excluded.address,
                 certificate = excluded.certificate, at = excluded.at",
        )?
        .execute((
            hub.server.as_slice(),
            &hub.name,
            &hub.address,
            &hub.certificate,
            hub.at,
        ))?;
        Ok(())
    }

    /// Moves the cursor in a hub's order, in the transaction that stores what it stands for.
    pub fn set_hub_cursor(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        cursor: u64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE hub SET cursor = ?2 WHERE server = ?1")?
            .execute((server.as_slice(), int(cursor)))?;
        Ok(())
    }

    /// The newest answer of the district that was fetched at a hub.
    pub fn set_hub_outcome(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        number: u64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("UPDATE hub SET outcome = ?2 WHERE server = ?1")?
            .execute((server.as_slice(), int(number)))?;
        Ok(())
    }

    /// Number of the last row of a village that was fetched at a hub.
    pub fn hub_row_cursor(&self, server: &[u8; 16], village: &str) -> Result<u64, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT row_cursor FROM hub_village WHERE server = ?1 AND village = ?2",
            )?
            .query_row((server.as_slice(), village), |r| r.get::<_, i64>(0))
            .optional()?
            .map_or(0, i64::unsigned_abs))
    }

    /// Moves it, in the transaction that stores the rows.
    pub fn set_hub_row_cursor(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        village: &str,
        cursor: u64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO hub_village (server, village, row_cursor) VALUES (?1, ?2, ?3)
             ON CONFLICT (server, village) DO UPDATE SET row_cursor = excluded.row_cursor",
        )?
        .execute((server.as_slice(), village, int(cursor)))?;
        Ok(())
    }

    /// A hub holds a thing under a number, or was given it (number 0). A number is never lost again.
    pub fn mark_at_hub(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        thing: Thing,
        id: &[u8],
        seq: u64,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "INSERT INTO hub_thing (server, kind, id, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (server, kind, id) DO UPDATE SET seq = max(seq, excluded.seq)",
        )?
        .execute((server.as_slice(), thing as i64, id, int(seq)))?;
        Ok(())
    }

    /// A hub takes changes back: they count no more as held there.
    pub fn withdrawn_at_hub(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        hash: &[u8; 32],
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "UPDATE hub_thing SET seq = 0 WHERE server = ?1 AND kind = 1 AND id = ?2",
        )?
        .execute((server.as_slice(), hash.as_slice()))?;
        Ok(())
    }

    /// A hub takes a household back: it counts no more as held there.
    pub fn household_withdrawn_at_hub(
        tx: &Transaction<'_>,
        server: &[u8; 16],
        household: HouseholdId,
    ) -> Result<(), StoreError> {
        tx.prepare_cached(
            "UPDATE hub_thing SET seq = 0 WHERE server = ?1 AND kind = 0 AND id = ?2",
        )?
        .execute((server.as_slice(), household.as_bytes().as_slice()))?;
        Ok(())
    }

    /// Households whose rows have these digests; true for those that were only heard of at a hub.
    pub fn households_of(
        &self,
        digests: &BTreeSet<Hash>,
    ) -> Result<Vec<(HouseholdId, bool)>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT household, digest, state = 4 FROM row_log")?;
        let mut rows = select.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let digest: Vec<u8> = r.get(1)?;
            if digest
                .try_into()
                .is_ok_and(|digest| digests.contains(&Hash(digest)))
            {
                let id = HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?));
                found.push((id, r.get(2)?));
            }
        }
        Ok(found)
    }

    /// Whether anything of a household was made here: changes, answers, photos.
    pub fn worked_on(&self, household: HouseholdId, device: DeviceId) -> Result<bool, StoreError> {
        Ok(self.conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM change_log WHERE household = ?1 AND device = ?2)
                 OR EXISTS (SELECT 1 FROM draft WHERE household = ?1)
                 OR EXISTS (SELECT 1 FROM draft_entry WHERE household = ?1)
                 OR EXISTS (SELECT 1 FROM proposal WHERE household = ?1)
                 OR EXISTS (SELECT 1 FROM photo WHERE household = ?1 AND state <> 5)
                 OR EXISTS (SELECT 1 FROM evidence_draft WHERE household = ?1)
                 OR EXISTS (SELECT 1 FROM desk_draft WHERE household = ?1)",
            (
                household.as_bytes().as_slice(),
                device.as_bytes().as_slice(),
            ),
            |r| r.get(0),
        )?)
    }

    /// Lets go of a household that was only heard of at a hub, and on which nothing was done here.
    pub fn forget_household(
        tx: &Transaction<'_>,
        household: HouseholdId,
    ) -> Result<(), StoreError> {
        let id = household.as_bytes().as_slice();
        tx.execute(
            "DELETE FROM search WHERE rowid = (SELECT id FROM row_log WHERE household = ?1)",
            [id],
        )?;
        tx.execute(
            "DELETE FROM hub_thing WHERE (kind = 0 AND id = ?1) OR (kind = 1 AND id IN
                 (SELECT hash FROM change_log WHERE household = ?1))",
            [id],
        )?;
        for table in [
            "household",
            "survey",
            "snapshot",
            "entity_op",
            "review",
            "change_log",
            "desk",
            "photo",
            "photo_piece",
            "photo_absent",
            "evidence_draft",
            "desk_draft",
            "row_log",
        ] {
            tx.execute(&format!("DELETE FROM {table} WHERE household = ?1"), [id])?;
        }
        Ok(())
    }

    /// Whether the district is known to hold a thing.
    pub fn at_district(&self, thing: Thing, id: &[u8]) -> Result<bool, StoreError> {
        let sql = match thing {
            Thing::Row => {
                "SELECT EXISTS (SELECT 1 FROM row_log WHERE household = ?1 AND state = 1)"
            }
            Thing::Change => {
                "SELECT EXISTS (SELECT 1 FROM change_log WHERE hash = ?1 AND state = 1)"
            }
            Thing::Photo => "SELECT EXISTS (SELECT 1 FROM photo WHERE hash = ?1 AND state = 1)",
        };
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row([id], |r| r.get(0))?)
    }

    /// Forgets what was marked for a hub, or a file.
    pub fn forget_marks(tx: &Transaction<'_>, server: &[u8; 16]) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM hub_thing WHERE server = ?1",
            [server.as_slice()],
        )?;
        Ok(())
    }

    /// Marks of one become those of another, whose own are forgotten.
    pub fn move_marks(
        tx: &Transaction<'_>,
        from: &[u8; 16],
        to: &[u8; 16],
    ) -> Result<(), StoreError> {
        Self::forget_marks(tx, to)?;
        tx.execute(
            "UPDATE hub_thing SET server = ?2 WHERE server = ?1",
            (from.as_slice(), to.as_slice()),
        )?;
        Ok(())
    }

    /// A hub is met as for the first time: what it was given and what it showed do not count any more.
    pub fn forget_hub(tx: &Transaction<'_>, server: &[u8; 16]) -> Result<(), StoreError> {
        Self::forget_marks(tx, server)?;
        tx.execute(
            "UPDATE hub SET cursor = 0, outcome = 0 WHERE server = ?1",
            [server.as_slice()],
        )?;
        tx.execute(
            "DELETE FROM hub_village WHERE server = ?1",
            [server.as_slice()],
        )?;
        Ok(())
    }

    /// After a restore everything is fetched again, from hubs too.
    pub fn forget_hub_cursors(tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.execute("UPDATE hub SET cursor = 0, outcome = 0", [])?;
        tx.execute("DELETE FROM hub_village", [])?;
        Ok(())
    }

    /// Rows and changes of a village that a hub holds, up to a cursor, with their digest.
    pub fn hub_village_sets(
        &self,
        server: &[u8; 16],
        village: &str,
        cursor: u64,
    ) -> Result<(u64, u64, SetDigest), StoreError> {
        let mut digest = SetDigest::default();
        let (mut rows, mut changes) = (0, 0);
        let mut select = self.conn.prepare_cached(
            "SELECT r.digest FROM hub_thing t JOIN row_log r ON r.household = t.id
             WHERE t.server = ?1 AND t.kind = 0 AND t.seq > 0 AND r.village = ?2",
        )?;
        let mut found = select.query((server.as_slice(), village))?;
        while let Some(row) = found.next()? {
            digest.add_row(&row.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default());
            rows += 1;
        }
        let mut select = self.conn.prepare_cached(
            "SELECT c.hash FROM hub_thing t JOIN change_log c ON c.hash = t.id
             WHERE t.server = ?1 AND t.kind = 1 AND t.seq BETWEEN 1 AND ?3 AND c.village = ?2",
        )?;
        let mut found = select.query((server.as_slice(), village, int(cursor)))?;
        while let Some(row) = found.next()? {
            digest.add_change(&row.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default());
            changes += 1;
        }
        Ok((rows, changes, digest))
    }

    /// Rows or changes that the district does not have and a hub was not given yet, oldest first, with their village.
    pub fn unsent_at_hub(
        &self,
        server: &[u8; 16],
        thing: Thing,
    ) -> Result<Vec<Waiting>, StoreError> {
        let sql = match thing {
            Thing::Row => {
                "SELECT household, digest, body, village, 0 FROM row_log
                 WHERE state = 0 AND NOT EXISTS
                     (SELECT 1 FROM hub_thing WHERE server = ?1 AND kind = 0 AND id = household)
                 ORDER BY id"
            }
            Thing::Change | Thing::Photo => {
                "SELECT household, hash, body, village, kind FROM change_log
                 WHERE state = 0 AND NOT EXISTS
                     (SELECT 1 FROM hub_thing WHERE server = ?1 AND kind = 1 AND hub_thing.id = hash)
                 ORDER BY change_log.id"
            }
        };
        let mut select = self.conn.prepare_cached(sql)?;
        let rows = select.query_map([server.as_slice()], |r| {
            Ok(Waiting {
                thing: Unsent {
                    household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?)),
                    hash: r.get::<_, Vec<u8>>(1)?.try_into().unwrap_or_default(),
                    body: r.get(2)?,
                    kind: DocumentKind::from_number(r.get(4)?).unwrap_or_default(),
                },
                village: r.get(3)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// The oldest photo that neither the district has nor a hub was given, of those whose hash and village fit.
    pub fn unsent_photo_at_hub(
        &self,
        server: &[u8; 16],
        fits: impl Fn(&[u8; 32], &str) -> bool,
    ) -> Result<Option<crate::Photo>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT p.hash, p.household, p.mime, p.len, r.village
             FROM photo p JOIN row_log r ON r.household = p.household
             WHERE p.state = 0 AND NOT EXISTS
                 (SELECT 1 FROM hub_thing t WHERE t.server = ?1 AND t.kind = 2 AND t.id = p.hash)
             ORDER BY p.rowid",
        )?;
        let mut rows = select.query([server.as_slice()])?;
        while let Some(r) = rows.next()? {
            let hash = r.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default();
            if fits(&hash, &r.get::<_, String>(4)?) {
                return Ok(Some(crate::Photo {
                    hash,
                    household: HouseholdId(blob16(&r.get::<_, Vec<u8>>(1)?)),
                    mime: r.get(2)?,
                    len: r.get::<_, i64>(3)?.unsigned_abs(),
                }));
            }
        }
        Ok(None)
    }

    /// Things made elsewhere that came from a hub and are not known to be at the district: ids of households whose row
    /// is among them, hashes of changes. What builds on them waits for them. Only of villages that are this device's:
    /// of others it will not hear, so its own late work goes to the district, which says what becomes of it.
    pub fn only_at_hubs(&self) -> Result<(BTreeSet<HouseholdId>, BTreeSet<[u8; 32]>), StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT household FROM row_log
             WHERE state = 4 AND village IN (SELECT village FROM scope WHERE active = 1)",
        )?;
        let rows = select
            .query_map([], |r| Ok(HouseholdId(blob16(&r.get::<_, Vec<u8>>(0)?))))?
            .collect::<Result<_, _>>()?;
        let mut select = self.conn.prepare_cached(
            "SELECT hash FROM change_log
             WHERE state = 4 AND village IN (SELECT village FROM scope WHERE active = 1)",
        )?;
        let changes = select
            .query_map([], |r| {
                Ok(r.get::<_, Vec<u8>>(0)?.try_into().unwrap_or_default())
            })?
            .collect::<Result<_, _>>()?;
        Ok((rows, changes))
    }
}
